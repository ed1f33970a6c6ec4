"""What stands above and beneath pictures with axes: the name bold on top, settings and notes small beneath."""

import numpy as np
import pytest

from netinspect.network.network import Labels
from netinspect.pictures.draw.plots import DPI, points
from netinspect.pictures.draw.text import SMALL, TITLE
from netinspect.pictures.draw.tiles import WIDEST
from netinspect.pictures.kinds.activation_functions import curves
from netinspect.pictures.kinds.decision_plane import plane
from netinspect.pictures.kinds.equivariance import equivariance
from netinspect.pictures.kinds.health import health
from netinspect.pictures.kinds.histograms import LayerSpread, histograms, spread
from netinspect.pictures.kinds.occlusion import Question, under_signal
from netinspect.pictures.kinds.output import About, Answer, output
from netinspect.pictures.kinds.receptive_fields import Frame, Level, fan, on_picture
from netinspect.pictures.kinds.receptive_fields import under_signal as spans
from netinspect.pictures.look import Origin
from netinspect.recording import ActivationCurve, LayerEquivariance, LayerGradient, Occlusion

WEIGHTS = Origin("a file with a name that is too long for one line, " * 4 + "net.pt")
LINE = np.linspace(-1, 1, 5)
FRAMES = (Frame("a", ((4, 6), (8, 10))), Frame("b", ((-9, 29), (5, 40))))
LONG = "features.block7.a_convolution_with_a_long_name"
MANY = 60
"""Layers, more than a page has room for at the usual distance."""


def answer():
    labels = Labels(1, (), (100.0, 200.0, 400.0), "Hz")
    rows = (("200 Hz", 0.9, "probability"),)
    return Answer("", "curve", np.array([0.1, 0.9, 0.2]), labels, "unit", "the numbers themselves", rows)


PICTURES = {
    "curves": lambda: curves([ActivationCurve("ReLU", LINE, np.maximum(LINE, 0))] * 5, WEIGHTS),
    "plane": lambda: plane(np.zeros((5, 5, 4)), LINE, LINE, 0.5, WEIGHTS, np.zeros((2, 2)), "x.npy"),
    "equivariance": lambda: equivariance(
        [LayerEquivariance(f"layer{index}.conv", "width", 1, 1, 0.1, 0.2) for index in range(MANY)], WEIGHTS
    ),
    "health": lambda: health([], [LayerGradient(f"layer{index}", 1, 1.0, 1.0, None) for index in range(MANY)], WEIGHTS),
    "histograms": lambda: histograms([LayerSpread("conv1", spread(LINE), spread(LINE))], WEIGHTS),
    "occlusion": lambda: under_signal(
        np.zeros((1, 8)), Occlusion(0, 0, 1, True, 0.75, (4,), ((0, 4),), np.array([0.5, 0.25])),
        Question("x.wav", "“cat”", WEIGHTS, 5, 1000),
    ),
    "output": lambda: output(answer(), About("x.wav", None, WEIGHTS)),
    "frames": lambda: on_picture(np.zeros((20, 30), np.uint8), FRAMES, "photo.png", sees_all="head"),
    "tall": lambda: on_picture(
        np.zeros((224, 100), np.uint8), [Frame(LONG, ((-100, 320), (-100, 320)), "MaxPool2d")], "photo.png"
    ),
    "spans": lambda: spans(np.zeros((1, 100)), (Frame("b", ((-300, 99),)),), "x.wav", sees_all="head"),
    "fan": lambda: fan((Level("input", (0, 1)), Level("conv", (0,), ((0, 0), (0, 1)))), "net"),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_the_name_is_bold_on_top_and_all_else_is_small_beneath(name):
    picture = PICTURES[name]()
    figure = picture.image
    head, foot = figure._suptitle, figure._supxlabel
    title, *settings = picture.description.title.split(" · ")
    assert (head.get_text().replace("\n", " "), head.get_weight()) == (title, "bold")
    assert (head.get_size(), foot.get_size()) == (points(TITLE), points(SMALL))
    words = foot.get_text().replace("\n", " ")
    assert settings
    assert [said for said in (*settings, *picture.description.notes) if said not in words] == []


@pytest.mark.parametrize("name", PICTURES)
def test_the_axes_lie_between_them_and_all_on_the_page(name):
    figure = PICTURES[name]().image
    figure.set_dpi(DPI)
    figure.canvas.draw()
    head, foot = (text.get_window_extent() for text in (figure._suptitle, figure._supxlabel))
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    assert max(box.y1 for box in boxes) <= head.y0 + 1
    assert min(box.y0 for box in boxes) >= foot.y1 - 1
    everything = [head, foot, *boxes]
    assert min(box.x0 for box in everything) >= 0
    assert max(box.x1 for box in everything) <= figure.bbox.width <= WIDEST + 1e-6
    assert (foot.y0 >= 0, head.y1 <= figure.bbox.height) == (True, True)
