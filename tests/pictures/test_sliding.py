"""The convolution that moves: its numbers are those of torch, and it stands still where that is asked."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch

from netinspect.pictures.draw.sliding import Sliding, svg
from netinspect.pictures.kinds.convolution import GROUNDS, MOST_STEPS, sliding
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.worked import worked_convolution
from tests.network.building import network

SVG = "{http://www.w3.org/2000/svg}"
LAYERS = {
    "plain": ([1, 9, 12], "Conv2d(2, kernel_size=3)", (1, 3, 5)),
    "stride": ([1, 20, 21], "Conv2d(2, kernel_size=5, stride=(2, 3))", (0, 1, 4)),
    "padding": ([1, 8, 8], "Conv2d(2, kernel_size=3, padding=1)", (1, 0, 7)),
    "dilation": ([1, 16, 18], "Conv2d(1, kernel_size=3, dilation=(2, 3), padding=2)", (0, 9, 0)),
    "circular": ([1, 6, 6], "Conv2d(1, kernel_size=3, padding=1, padding_mode=circular)", (0, 5, 0)),
    "reflect": ([1, 6, 7], "Conv2d(1, kernel_size=3, padding=2, padding_mode=reflect)", (0, 0, 0)),
    "depthwise": ([4, 9, 9], "Conv2d(4, kernel_size=3, groups=4)", (2, 4, 4)),
    "same": ([1, 7, 7], "Conv2d(1, kernel_size=5, padding=same)", (0, 6, 6)),
    "point": ([1, 7, 7], "Conv2d(1, kernel_size=1, stride=2)", (0, 3, 0)),
    "time": ([1, 50], "Conv1d(2, kernel_size=4, dilation=3, padding=5)", (1, 1)),
}


def slide(sizes, layer, unit):
    net = network(f"netspec: 1\ninput: {sizes}\nlayers:\n  - conv: {layer}\n")
    model, samples = build(net).eval(), noise(net)
    example = worked_convolution(model, net, samples, "conv", unit)
    with torch.no_grad():
        made = model(torch.as_tensor(samples[0].array))[0].numpy()
    return sliding(example, samples[0].array[0], made, net.calls[0]), example


@pytest.mark.parametrize("name", LAYERS)
def test_at_every_place_the_window_and_the_kernel_give_the_number_of_the_map(name):
    shown, example = slide(*LAYERS[name])
    assert shown.output[shown.unit] == pytest.approx(example.output, abs=1e-5)
    for row, column in np.ndindex(shown.output.shape):
        taps = [
            slice(at * step, at * step + (size - 1) * apart + 1, apart)
            for at, step, size, apart in zip(
                (row, column), shown.stride, shown.kernel.shape, shown.dilation, strict=True
            )
        ]
        window = shown.fed[tuple(taps)]
        assert (window * shown.kernel).sum() + example.bias == pytest.approx(shown.output[row, column], abs=1e-4)
    assert max(shown.output.shape) <= 2 * MOST_STEPS


def drawn(shown):
    data, width, height = svg(shown, "conv:0,1,1 <&>", "What it shows.", ("a line",), *GROUNDS["viewer"])
    return data, ET.fromstring(data), (width, height)


def keyframes(data):
    """By name: seconds, steps, and how far it goes."""
    found = re.findall(
        rb"animation:(\w+) ([\d.]+)s steps\((\d+)\) infinite}@keyframes \w+{from{[^}]*}to{[^(]*\((\d+)px", data
    )
    return {name.decode(): (float(seconds), int(steps), int(end)) for name, seconds, steps, end in found}


def test_the_window_goes_by_its_stride_and_the_map_fills_as_it_goes():
    shown, _ = slide(*LAYERS["stride"])
    data, root, _ = drawn(shown)
    rows, columns = shown.output.shape
    moves = keyframes(data)
    window = next(rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "f")
    side = int(window.get("width")) // shown.kernel.shape[1]
    assert moves["wx"][1:] == (columns, columns * 3 * side)
    assert moves["wy"][1:] == (rows, rows * 2 * side)
    assert moves["wy"][0] == pytest.approx(rows * moves["wx"][0])  # a row in the time that its columns take
    assert (moves["ox"][:2], moves["oy"][:2]) == (moves["wx"][:2], moves["wy"][:2])


def test_it_stands_still_at_the_unit_where_less_motion_is_asked_for():
    shown, _ = slide(*LAYERS["plain"])
    data, *_ = drawn(shown)
    text = data.decode()
    assert "@media (prefers-reduced-motion:reduce){*{animation:none!important}}" in text
    still = {name: int(at) for name, at in re.findall(r"\.(w[xy]){transform:translate[XY]\((\d+)px\)", text)}
    steps = {name: end // count for name, (_, count, end) in keyframes(data).items()}
    assert still == {"wy": shown.unit[0] * steps["wy"], "wx": shown.unit[1] * steps["wx"]}
    assert ".c{opacity:0;" in text  # what hides the map is not there


@pytest.mark.parametrize(
    ("ground", "page", "ink"), [("light", "#FFFFFF", "#1A1A1A"), ("dark", "#16181D", "#F2F2F2"), ("viewer", "", "")]
)
def test_its_ground_is_light_or_dark_as_asked_or_as_its_viewer_prefers(ground, page, ink):
    shown, _ = slide(*LAYERS["plain"])
    text = svg(shown, "conv:0,1,1", "What it shows.", ("a line",), *GROUNDS[ground])[0].decode()
    dark = "@media (prefers-color-scheme:dark){text{fill:#F2F2F2}.g{fill:#16181D}"
    assert (dark in text) == (ground == "viewer")
    plain = text.replace(dark, "")
    assert f"text{{fill:{ink or '#1A1A1A'}}}.g{{fill:{page or '#FFFFFF'}}}" in plain
    root = ET.fromstring(text)
    ground_rect = next(root.iter(f"{SVG}rect"))
    assert (ground_rect.get("class"), ground_rect.get("fill")) == ("g", None)
    assert ".n{font-size:11px;text-anchor:middle;dominant-baseline:central;fill:#1A1A1A}.w{fill:#fff}" in text


def test_it_is_small_says_what_it_is_and_runs_no_script():
    shown, _ = slide(*LAYERS["plain"])
    data, root, size = drawn(shown)
    assert len(data) < 20_000
    assert root.find(f"{SVG}title").text == "conv:0,1,1 <&>"
    assert root.find(f"{SVG}desc").text == "What it shows."
    assert root.get("viewBox") == f"0 0 {size[0]} {size[1]}"
    assert not [node for node in root.iter() if node.tag.endswith("script") or "animate" in node.tag]
    assert b"http" not in data.replace(b"http://www.w3.org/2000/svg", b"")


@pytest.mark.parametrize(
    ("channels", "layer", "rest"),
    [
        (3, "Conv2d(2, kernel_size=3)", ["+ 2 channels", "+ bias", "="]),
        (2, "Conv2d(2, kernel_size=3, bias=False)", ["+ 1 channel", "="]),
        (1, "Conv2d(2, kernel_size=3, bias=False)", ["="]),
    ],
)
def test_the_rest_of_the_sum_stands_before_the_output(channels, layer, rest):
    shown, _ = slide([channels, 8, 8], layer, (1, 2, 2))
    _, root, _ = drawn(shown)
    words = [node.text for node in root.iter(f"{SVG}text") if node.get("class") in ("s", "r") and node.text]
    assert words == ["∗", *rest]


def test_numbers_stand_in_cells_that_have_room_for_them():
    few = Sliding(np.eye(4), np.eye(2), np.eye(3) * 0.25, (0, 0), (1, 1), (1, 1), ("a", "b", "c"))
    many = Sliding(np.eye(60), np.eye(2), np.eye(3) * 0.25, (0, 0), (1, 1), (1, 1), ("a", "b", "c"))
    counts = []
    for shown in (few, many):
        _, root, _ = drawn(shown)
        counts.append(sum("n" in (text.get("class") or "").split() for text in root.iter(f"{SVG}text")))
    assert counts == [16 + 4 + 9, 9]


def test_two_runs_give_the_same_bytes():
    shown, _ = slide(*LAYERS["dilation"])
    assert drawn(shown)[0] == drawn(shown)[0]
