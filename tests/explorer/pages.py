"""The data of pages for tests: of gallery networks, and of specs of a few lines."""

from functools import cache

from netinspect.api import load, loads
from netinspect.explorer.fit import fitted_page
from netinspect.explorer.page import page
from netinspect.explorer.payload import Facts, payload
from netinspect.explorer.run import explore
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from tests.explorer.interpreter import Network, unpacked


def texts(network, *, left_out=(), change=None):
    """The data of the page of a loaded network, as the page holds them. `change` may change the model first; the
    weights of the layers `left_out` are."""
    model = build(network.graph, seed=0)
    if change is not None:
        change(model)
    samples = noise(network.graph)
    calls = {call for call in network.graph.calls if call.path in left_out}
    exploration = explore(model, network.graph, samples, left_out=calls)
    return payload(exploration, network.profile(), Facts(samples=samples))


def texts_within(network, max_bytes):
    """The data of the page with the weights for which it has room, and the bytes of the page."""
    samples, written = noise(network.graph), []

    def write(exploration):
        written.append(payload(exploration, network.profile(), Facts(samples=samples)))
        return page(written[-1])

    content = fitted_page(build(network.graph, seed=0), network.graph, samples, write, max_bytes=max_bytes)
    return next(item for item in written if page(item) == content), content


@cache
def texts_of_gallery(name):
    return texts(load(name))


def texts_of_text(text, **options):
    return texts(loads(text), **options)


def decoded(page):
    """The same, read again."""
    return Network(page.network, page.numbers)


def network_of(html):
    """The graph of a page as JSON, out of the element that holds it."""
    packed_text = html.split('id="network">')[1].split("</script>")[0]
    return unpacked(packed_text).decode()
