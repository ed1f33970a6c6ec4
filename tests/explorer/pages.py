"""The data of pages for tests: of gallery networks, and of specs of a few lines."""

from functools import cache

from netinspect.api import load, loads
from netinspect.explorer.payload import Facts, payload
from netinspect.explorer.run import explore
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from tests.explorer.interpreter import Network

ROOMY = 1 << 40


def decoded(network, *, max_bytes=ROOMY, change=None):
    """The data of the page of a loaded network, read again. `change` may change the model before it is run."""
    model = build(network.graph, seed=0)
    if change is not None:
        change(model)
    samples = noise(network.graph)
    exploration = explore(model, network.graph, samples, max_bytes=max_bytes)
    texts = payload(exploration, network.profile(), Facts(samples=samples))
    return Network(texts.network, texts.numbers)


@cache
def of_gallery(name):
    return decoded(load(name))


def of_text(text, **options):
    return decoded(loads(text), **options)
