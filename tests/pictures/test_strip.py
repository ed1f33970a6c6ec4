"""Which layers stand in the strip from the first to the last, and how large their maps are."""

import numpy as np
import pytest

from netinspect.analysis.profile import profile
from netinspect.network.load import load
from netinspect.pictures.draw import colour
from netinspect.pictures.kinds.activations import LayerOutput
from netinspect.pictures.kinds.strip import strip, strip_calls
from netinspect.pictures.look import Origin
from netinspect.pictures.plan import plan
from netinspect.pictures.request import Request
from tests.pictures.pixels import rgb

ORIGIN = Origin("net.pt")


@pytest.mark.parametrize(
    "sides", [(128, 64, 128), (30, 26, 25, 7), (500, 300, 250, 4), (224, 112, 56, 28, 14, 7), (1000, 2, 1000)]
)
def test_a_map_of_fewer_cells_is_drawn_no_larger_than_one_of_more(sides):
    """A map of ones is a square in the brightest colour, a column each; so its size can be read off."""
    layers = [LayerOutput(f"l{number}", np.ones((1, side, side)), ORIGIN, "x") for number, side in enumerate(sides)]
    picture = strip(layers)
    brightest = colour.coloured(np.array([[colour.LEVELS - 1]], np.uint8), colour.SEQUENTIAL)
    is_bright = (rgb(picture) == brightest).all(axis=2)
    top = int(np.argmax(is_bright.sum(axis=1) > 0))
    edges = np.flatnonzero(np.diff(is_bright[top].astype(int), prepend=0, append=0))
    widths = (edges[1::2] - edges[::2]).tolist()
    assert len(widths) == len(sides)
    by_size = sorted(zip(sides, widths, strict=True))
    assert [width for _, width in by_size] == sorted(widths)
    assert all(100 < width <= 252 for width in widths)
    assert "small maps enlarged to about the size of large ones" in picture.description.title


CONV = "Conv2d(4, kernel_size=3, padding=1)"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ([CONV, "ReLU", CONV, "ReLU"], ["1", "3"]),
        ([CONV, CONV, "ReLU", CONV, "ReLU"], ["2", "4"]),
        ([CONV, "ReLU", CONV, "ReLU", CONV, CONV], ["0", "2", "4", "5"]),  # half of them have none
        ([CONV, CONV, "ReLU"], ["0", "1"]),
    ],
)
def test_activations_or_convolutions_where_those_are_mostly_without(tmp_path, lines, shown):
    spec = "".join(f"  - {line}\n" for line in lines)
    (tmp_path / "net.yaml").write_text(f"input: [1, 8, 8]\nlayers:\n{spec}", encoding="utf-8")
    network = load(str(tmp_path / "net.yaml"))
    calls = strip_calls(plan(network, profile(network), Request("net.yaml", tmp_path)).layers)
    assert [call.path for call in calls] == shown
