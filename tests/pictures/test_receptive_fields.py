"""Receptive fields as frames, spans and a fan of taps: held against the gradients of a real network, and arithmetic."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from netinspect.analysis.receptive_field import sights
from netinspect.pictures.kinds.receptive_fields import (
    Frame,
    Level,
    chosen,
    fan,
    fan_of,
    first_global,
    frames_of,
    on_picture,
    under_signal,
)  # fmt: skip
from netinspect.torch_backend.build import build
from tests.gallery_readings import gallery_reading
from tests.network.building import network

PICTURES = """\
netspec: 1
input: [1, 24, 20]
layers:
  - a: Conv2d(2, kernel_size=3, padding=1)
  - b: Conv2d(2, kernel_size=5, stride=2)
  - pool: MaxPool2d(2)
  - c: Conv2d(2, kernel_size=(1, 3))
  - point: Conv2d(2, kernel_size=1)
"""
DILATED = """\
netspec: 1
input: {channels: 1, time: 64}
layers:
  - a: Conv1d(1, kernel_size=2, bias=False)
  - pad((2, 0))
  - b: Conv1d(1, kernel_size=2, dilation=2, bias=False)
  - c: Conv1d(1, kernel_size=3, dilation=4, bias=False)
"""


def frames(net):
    return frames_of(net, sights(net), 0)


def seen_cells(net, path, sample):
    """Where on the input the gradient of the middle cell of a layer is not zero."""
    model = build(net).eval()
    kept = {}
    model.get_submodule(path).register_forward_hook(lambda _layer, _inputs, output: kept.update(out=output))
    sample.requires_grad_()
    model(sample)
    out = kept["out"]
    out[0, :, *(size // 2 for size in out.shape[2:])].sum().backward()
    return sample.grad[0].abs().sum(0).nonzero()


@pytest.mark.parametrize("path", ["a", "b", "c"])
def test_frames_are_what_gradients_say_of_the_middle_cell(path):
    net = network(PICTURES.replace("pool: MaxPool2d(2)", "pool: AvgPool2d(2)"))
    frame = next(frame for frame in frames(net) if frame.layer == path)
    cells = seen_cells(net, path, torch.randn(1, 1, 24, 20))
    assert frame.box == tuple((int(low), int(high)) for low, high in zip(cells.amin(0), cells.amax(0), strict=True))


def test_each_frame_holds_those_before_it_and_layers_that_see_no_more_have_none():
    assert [(frame.layer, frame.size) for frame in frames(network(PICTURES))] == [
        ("a", (3, 3)), ("b", (7, 7)), ("pool", (9, 9)), ("c", (9, 17)),
    ]  # fmt: skip


def test_the_frames_of_the_gallery_are_the_fields_that_the_summary_prints():
    reading = gallery_reading("vgg16")
    rows = {row.path: row.receptive_field for row in reading.profile.rows}
    assert all(frame.size == rows[frame.layer] for frame in frames(reading.network))


def test_an_axis_of_one_cell_is_none():
    net = gallery_reading("crepe_tiny").network
    assert [frame.size for frame in frames(net)][:3] == [(512,), (516,), (1020,)]


def test_of_too_many_frames_the_first_and_the_last_are_kept():
    many = tuple(Frame(str(size), ((0, size),)) for size in range(30))
    kept = chosen(many, 5)
    assert [frame.layer for frame in kept] == ["0", "7", "14", "22", "29"]


def test_the_fan_has_the_cells_that_gradients_reach_and_no_others():
    net = network(DILATED)
    levels = fan_of(net)
    assert [level.name for level in levels] == ["input", "a", "b", "c"]
    assert list(levels[0].cells) == seen_cells(net, "c", torch.randn(1, 1, 64)).flatten().tolist()
    for lower, upper in pairwise(levels):
        assert set(lower.cells) == {below for _, below in upper.links}


def test_wavenets_taps_double_from_1_to_512():
    net = gallery_reading("wavenet").network
    levels = fan_of(net)
    gaps = [abs(level.links[1][1] - level.links[0][1]) for level in levels[1:]]
    assert gaps == [1, *(2**power for power in range(10))]
    assert len(levels[0].cells) == 1 + 1 + sum(2**power for power in range(10))
    assert levels[0].cells[-1] == levels[-1].cells[0]  # causal: nothing later than itself


STRIDED = """\
netspec: 1
input: {channels: 1, time: 200}
layers:
  - front: Conv1d(4, kernel_size=16, stride=8)
  - NORM
  - a: Conv1d(4, kernel_size=3, dilation=2, padding=2)
  - NORM
  - b: Conv1d(4, kernel_size=3, dilation=4, padding=4)
"""


@pytest.mark.parametrize("norm", ["GroupNorm(2)", "InstanceNorm1d"])
def test_the_fan_leads_through_norms_that_take_statistics_over_time(norm):
    levels = fan_of(network(STRIDED.replace("NORM", norm)))
    assert levels == fan_of(network(STRIDED.replace("NORM", "BatchNorm1d")))
    assert [level.name for level in levels] == ["input", "front", "a", "b"]


def test_what_sees_all_of_time_otherwise_has_no_fan():
    recurrent = "x.transpose(1, 2)\n  - LSTM(4, batch_first=True)\n  - prev.output.transpose(1, 2)"
    lines = STRIDED.replace("  - NORM\n  - a", "  - NORM\n  - x: ReLU\n  - t: " + recurrent + "\n  - a", 1)
    assert fan_of(network(lines.replace("NORM", "BatchNorm1d"))) == ()


def test_the_cells_of_strided_layers_are_drawn_over_the_middle_of_what_they_see():
    net = network(STRIDED.replace("NORM", "BatchNorm1d"))
    fields = {call.path: sights(net)[call.outputs[0]].fields[0, 2] for call in net.calls}
    for level in fan_of(net)[1:]:
        field = fields[level.name]
        for cell in level.cells:
            assert level.over(cell) == (field.low(cell) + field.high(cell)) / 2
    (axes,) = fan(fan_of(net), "net").image.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "input", "front: 1 apart", "a: 2 apart, 16 in the input", "b: 4 apart, 32 in the input",
    ]  # fmt: skip


def test_a_net_without_dilation_has_no_fan():
    net = network(PICTURES)
    assert fan_of(net) == ()


def patches(figure):
    """Outlines of frames, in cells: left, top, width, height."""
    (axes,) = figure.axes
    return [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in axes.patches]


def test_frames_lie_on_the_picture_where_the_field_is():
    shown = (Frame("a", ((4, 6), (8, 10))), Frame("b", ((2, 9), (5, 14))))
    picture = on_picture(np.zeros((20, 30), np.uint8), shown, "photo.png")
    assert patches(picture.image)[::2] == [(5, 2, 10, 8), (8, 4, 3, 3)]
    assert picture.description.notes == ()
    assert "a 3×3, b 8×10" in picture.description.alt


def test_a_field_beyond_the_picture_is_drawn_beyond_it_and_said():
    picture = on_picture(np.zeros((20, 20), np.uint8), (Frame("a", ((-5, 24), (-100, 120))),), "photo.png")
    (axes,) = picture.image.axes
    assert axes.get_xlim() == (-10, 30)
    assert patches(picture.image)[0] == (-10, -5, 40, 30)
    assert "beyond the input" in picture.description.notes[0]


def test_sides_that_lie_on_each_other_are_drawn_apart():
    shown = (Frame("a", ((4, 6), (8, 10))), Frame("b", ((4, 9), (5, 14))), Frame("c", ((4, 12), (5, 14))))
    (ax, ay, _, _), (bx, by, wide, _), c = patches(on_picture(np.zeros((20, 30), np.uint8), shown, "photo.png").image)[
        4::-2
    ]
    assert c == (5, 4, 10, 9)
    assert 5 < bx < bx + wide < 15
    assert ax == 8
    assert 4 < by < ay < 5


def test_the_first_layer_that_sees_everything_is_said():
    lines = PICTURES + "  - flatten(1)\n  - head: Linear(3)\n"
    net, without = network(lines), network(PICTURES)
    assert first_global(net, sights(net), 0) == "head"
    assert first_global(without, sights(without), 0) == ""
    picture = on_picture(np.zeros((24, 20), np.uint8), frames(net), "photo.png", sees_all="head")
    assert "the first layer that sees everything: head" in picture.description.title
    attended = gallery_reading("vit_b_16").network
    assert first_global(attended, sights(attended), 0) == "encoder.layers.encoder_layer_0.self_attention"


def test_a_bar_that_is_cut_ends_in_an_arrow():
    picture = under_signal(np.zeros((1, 100)), (Frame("a", ((40, 59),)), Frame("b", ((-300, 99),))), "x.wav")
    _, lower = picture.image.axes
    assert [(line.get_marker(), *line.get_ydata()) for line in lower.lines] == [("<", 1)]
    assert lower.lines[0].get_xdata()[0] == lower.get_xlim()[0]
    assert "an arrow" in picture.description.notes[1]


def test_spans_lie_under_the_signal_in_seconds():
    shown = (Frame("a", ((40, 59),)), Frame("b", ((-20, 99),)))
    picture = under_signal(np.zeros((2, 400)), shown, "x.wav", seconds=0.01)
    _, lower = picture.image.axes
    bars = [(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in lower.patches]
    assert bars == [(0.4, 0.2), (-0.2, 1.2)]
    assert [tick.get_text() for tick in lower.get_yticklabels()] == ["a  20 = 200 ms", "b  120 = 1,200 ms"]
    assert lower.get_xlabel() == "time / s"
    assert "padding" in picture.description.notes[0]


def test_what_is_drawn_of_several_channels_is_said():
    shown = (Frame("a", ((3, 4),)),)
    codes = np.eye(8)[:, [0, 5, 2, 7, 1, 1, 4, 3]]
    for samples, measure, line in (
        (np.array([[0.0, 2.0]]), "amplitude", [0, 2]),
        (np.array([[0.0, 2.0], [1.0, -3.0]]), "largest of 2 channels", [1, -3]),
        (codes, "code, one-hot of 8", [0, 5, 2, 7, 1, 1, 4, 3]),
    ):
        upper, _ = under_signal(samples, shown, "x.npy").image.axes
        assert upper.get_ylabel() == measure
        assert upper.lines[0].get_ydata().tolist()[: len(line)] == line


def test_the_fan_draws_a_line_for_each_tap():
    picture = fan((Level("input", (0, 2)), Level("a", (2,), ((2, 0), (2, 2)))), "net")
    (axes,) = picture.image.axes
    lines = [path.vertices.tolist() for group in axes.collections for path in group.get_paths() if len(path) == 2]
    assert lines == [[[2, 1], [0, 0]], [[2, 1], [2, 0]]]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["input", "a: 2 apart"]
