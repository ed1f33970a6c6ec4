"""The data of pages for tests: of gallery networks, and of specs of a few lines."""

from functools import cache

from netinspect.api import load, loads
from netinspect.explorer.payload import Facts, payload
from netinspect.explorer.run import explore
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from tests.explorer.interpreter import Network

ROOMY = 1 << 40


def texts(network, *, max_bytes=ROOMY, change=None):
    """The data of the page of a loaded network, as the page holds them. `change` may change the model first."""
    model = build(network.graph, seed=0)
    if change is not None:
        change(model)
    samples = noise(network.graph)
    exploration = explore(model, network.graph, samples, max_bytes=max_bytes)
    return payload(exploration, network.profile(), Facts(samples=samples))


@cache
def texts_of_gallery(name, max_bytes=ROOMY):
    return texts(load(name), max_bytes=max_bytes)


def texts_of_text(text, **options):
    return texts(loads(text), **options)


def decoded(page):
    """The same, read again."""
    return Network(page.network, page.numbers)
