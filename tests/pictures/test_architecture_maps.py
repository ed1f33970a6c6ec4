"""The diagram with the input on its first box and each layer's strongest map on its own."""

import base64
import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from netinspect.cli.main import main
from netinspect.network.load import load
from netinspect.pictures.diagram.glyph import LEAST_WINDOW, WIDEST_MAP, Glyph, window_on
from netinspect.pictures.diagram.layout import DEFAULT_WIDTH, layout
from netinspect.pictures.diagram.parts import Box
from netinspect.pictures.diagram.scene import PIXELS_PER_POINT, Face
from netinspect.pictures.draw import colour
from netinspect.pictures.kinds.activations import LayerOutput
from netinspect.pictures.kinds.architecture_maps import Room, input_map, map_of
from netinspect.pictures.look import Look, Origin
from netinspect.recording import Prepared, Spectrogram
from netinspect.torch_backend.build import build
from tests.gallery_readings import NAMES, gallery_diagram, gallery_reading

ROOM = Room(320, 320)
SVG = "{http://www.w3.org/2000/svg}"
NET = """
input: {channels: 3, height: 20, width: 30}
layers:
  - first: Conv2d(4, kernel_size=3)
  - ReLU
  - smaller: MaxPool2d(2)
  - Flatten
  - head: Linear(5)
"""


def rgb(image):
    return np.asarray(image.convert("RGB")).astype(int)


def output(values, **more):
    return LayerOutput("layer", np.asarray(values, np.float32), Origin(), "input", **more)


# --- one map ---------------------------------------------------------------------------------


def test_of_several_maps_the_strongest_is_drawn():
    values = np.zeros((3, 4, 6))
    values[0, 0, 0], values[1, 2, 5], values[2] = 5.0, 9.0, 1.0  # the last has the largest mean
    pixels = rgb(map_of(output(values), Look(), ROOM))
    assert pixels.shape == (4, 6, 3)
    assert (pixels == pixels[0, 0]).all()
    values[1] = 2.0
    values[1, 2, 5] = 9.0
    pixels = rgb(map_of(output(values), Look(), ROOM))
    brightness = pixels.sum(axis=2)
    assert np.unravel_index(brightness.argmax(), brightness.shape) == (2, 5)
    assert (pixels[2, 5] == colour.palette(colour.SEQUENTIAL)[colour.LEVELS - 1]).all()


def test_what_is_not_finite_is_not_the_strongest():
    values = np.ones((2, 3, 3))
    values[0, 1, 1] = np.nan
    assert (rgb(map_of(output(values), Look(), ROOM)) != colour.MISSING_COLOUR).any(axis=2).all()


def test_a_spectrogram_has_its_low_frequencies_at_the_bottom():
    values = np.zeros((1, 4, 6))
    values[0, 0, :] = 1.0
    assert (rgb(map_of(output(values, spectrogram=True), Look(), ROOM)).sum(axis=2).argmax(axis=0) == 3).all()


def test_a_sequence_has_units_down_and_time_across_a_high_box_time_down():
    values = np.zeros((3, 5))
    values[2, 4] = 1.0
    assert rgb(map_of(output(values), Look(), ROOM)).sum(axis=2).argmax() == 14
    assert map_of(output(values, shape=(3, 5, 1)), Look(), ROOM).size == (3, 5)


def test_a_vector_is_a_column_of_its_units_and_pooled_channels_a_block():
    signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0, 1.0])
    column = rgb(map_of(output(signs), Look(), ROOM))
    assert column.shape == (6, 1, 3)
    assert [pixel[0] > pixel[2] for pixel in column[:, 0]] == [sign > 0 for sign in signs]
    assert map_of(output(signs.reshape(6, 1, 1)), Look(), ROOM).size == (3, 2)


def pixels_of(image):
    with Image.open(io.BytesIO(image.data)) as opened:
        return rgb(opened)


@pytest.mark.parametrize("column", [0, 1002, 1003, 1004, 2999])
def test_a_click_is_seen_on_the_box_of_its_spectrogram_wherever_it_is(column):
    power = np.full((40, 3000), 1e-9)
    power[:, column] = 1.0
    heard = Prepared("input", "click.wav", power[None, None], ("channels", "mel", "time"),
                     spectrogram=Spectrogram(power, np.arange(40.0), 0.01))  # fmt: skip
    image = input_map(heard, Room(320, 64))
    pixels = pixels_of(image)
    lit = np.flatnonzero((pixels == colour.palette(colour.SEQUENTIAL)[colour.LEVELS - 1]).all(axis=(0, 2)))
    assert pixels.shape[1] <= 320
    assert lit.tolist() == [column * pixels.shape[1] // 3000]
    assert image.smooth  # a browser of half the pixels takes the mean, and leaves none out


@pytest.mark.parametrize(("room", "across"), [(Room(300, 40), 1), (Room(40, 300), 0)])
def test_a_wave_is_drawn_for_the_pixels_of_its_box_time_along_the_longer_side(room, across):
    tone = np.sin(np.arange(16_000) * (2 * np.pi / 160))  # a hundred periods
    for image in (
        input_map(Prepared("input", "tone.wav", tone[None, None], ("channels", "time")), room),
        room.filled(map_of(output(tone[None]), Look(), room)),
    ):
        pixels = pixels_of(image)
        assert pixels.shape == (room.height, room.width, 3)
        ink = pixels[:, :, 0] < 100
        assert ink.any(axis=1 - across).all()  # no column of time without the line
        lengths = ink.sum(axis=1 - across)
        assert lengths.min() > 10  # three columns a period: each goes far up or down
        assert (ink.any(axis=across)).all()  # the whole amplitude is used


def test_more_maps_than_pixels_keep_their_largest_values():
    values = np.zeros((2, 900, 900))
    values[1, 451, 700] = -7.0
    small = map_of(output(values), Look(), Room(300, 300))
    strong = colour.palette(colour.DIVERGING)[0]
    assert np.argwhere((rgb(small) == strong).all(axis=2)).tolist() == [[150, 233]]


def test_of_numbers_the_strongest_plane_is_on_the_first_box():
    planes = np.stack([np.full((6, 6), 0.1), np.eye(6)]).astype(np.float32)
    shown = pixels_of(input_map(Prepared("input", "x.npy", planes[None], ("channels", "height", "width")), ROOM))
    assert (shown.sum(axis=2) > 500).tolist() == np.eye(6, dtype=bool).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_box_shows_the_output_of_a_call_with_its_sizes(name):
    calls = {call.path: call for call in gallery_reading(name).network.calls}
    for box in gallery_diagram(name).panels[0].boxes:
        if box.shows in calls and box.space and not box.symbol:
            sizes = calls[box.shows].outputs[0].type.shape
            assert set(box.space) <= set(sizes) or len(sizes) != len(box.space) + 2


# --- in an album -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """The folder of a net that was shown a picture, the picture and the net's own outputs."""
    folder = tmp_path_factory.mktemp("maps")
    (folder / "net.yaml").write_text(NET.lstrip(), encoding="utf-8")
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:, 15:] = (200, 40, 40)
    Image.fromarray(pixels).save(folder / "red.png")
    options = ["visualize", str(folder / "net.yaml"), "--what", "architecture_maps", "--input", str(folder / "red.png")]
    assert main([*options, "-o", str(folder / "out"), "--light"]) == 0
    assert main([*options, "-o", str(folder / "again"), "--light"]) == 0
    network = load(folder / "net.yaml")
    model = build(network, seed=0)
    with torch.no_grad():
        relu = model[:2](torch.tensor(pixels.transpose(2, 0, 1)[None] / 255, dtype=torch.float32))[0].numpy()
    return folder, pixels, relu


def images(folder):
    """By the words of its box, each picture in the SVG."""
    root = ET.fromstring((folder / "out" / "architecture_maps.svg").read_text(encoding="utf-8"))
    found = {}
    for group in root.findall(f"{SVG}g"):
        image = group.find(f"{SVG}image")
        if image is not None:
            data = base64.b64decode(image.get("href").partition("base64,")[2])
            found[group.find(f"{SVG}title").text] = (image, Image.open(io.BytesIO(data)))
    return found


def test_the_first_box_has_the_photograph_and_each_other_its_map(album):
    folder, pixels, relu = album
    drawn = images(folder)
    assert list(drawn) == [
        "input, 3@20×30",
        "first: Conv 3×3, → ReLU, 4@18×28",
        "smaller: MaxPool 2×2, → flatten, 4@9×14",
        "head: Linear, 5",
    ]
    element, photograph = drawn["input, 3@20×30"]
    assert photograph.format == "JPEG"
    assert np.abs(rgb(photograph) - pixels).mean() < 6
    assert float(element.get("width")) / float(element.get("height")) == pytest.approx((30 / 20) ** 0.5, rel=0.01)
    _, conv = drawn["first: Conv 3×3, → ReLU, 4@18×28"]
    strongest = relu[relu.mean(axis=(1, 2)).argmax()]
    limit = colour.percentile(strongest, 99.5)
    expected = colour.coloured(colour.sequential(strongest, limit), colour.SEQUENTIAL)
    assert (np.abs(rgb(conv) - expected.astype(int)) <= 12).all()
    assert drawn["head: Linear, 5"][1].size == (1, 5)


def test_the_pixels_show_the_maps_where_their_boxes_stand(album):
    folder, _, _ = album
    with Image.open(folder / "out" / "architecture_maps.png") as image:
        page = rgb(image)
    scale = 192 / 72
    for element, picture in images(folder).values():
        x, y, width, height = (scale * float(element.get(name)) for name in ("x", "y", "width", "height"))
        pixels = rgb(picture)
        for part in ((0.1, 0.1), (0.9, 0.9), (0.1, 0.9)):  # away from the window in the middle
            row, column = (int(share * size) for share, size in zip(part, pixels.shape[:2], strict=True))
            middle_y, middle_x = (
                y + (row + 0.5) * height / pixels.shape[0],
                x + (column + 0.5) * width / pixels.shape[1],
            )
            assert np.abs(page[int(middle_y), int(middle_x)] - pixels[row, column]).max() < 40


def test_a_window_covers_as_many_pixels_of_a_map_as_its_kernel(album):
    folder, _, _ = album
    drawing = (folder / "out" / "architecture_maps.svg").read_text(encoding="utf-8")
    windows = []
    for way in re.findall(r'd="([^"]*)Z" fill="none" stroke="#FFFFFF"', drawing):
        numbers = [float(number) for number in re.findall(r"[\d.]+", way)]
        windows.append((numbers[0::2], numbers[1::2]))
    drawn = images(folder)
    boxes = [drawn["input, 3@20×30"], drawn["first: Conv 3×3, → ReLU, 4@18×28"]]
    for (xs, ys), (element, _), cells, kernel in zip(windows, boxes, ((20, 30), (18, 28)), (3, 2), strict=True):
        left, top, width, height = (float(element.get(name)) for name in ("x", "y", "width", "height"))
        across, down = width / cells[1], height / cells[0]
        assert max(xs) - min(xs) == pytest.approx(kernel * across, abs=0.2)
        assert max(ys) - min(ys) == pytest.approx(kernel * down, abs=0.2)
        assert (min(xs) - left) / across == pytest.approx((cells[1] - kernel) // 2, abs=0.1)
        assert (min(ys) - top) / down == pytest.approx((cells[0] - kernel) // 2, abs=0.1)


def test_a_window_over_time_covers_its_taps_and_all_units():
    box = Box("a", "Conv", "convolution", channels=8, space=(16,))
    drawn = Glyph(box, 64.0, 20.0, 2.0, (), (), 0, 0, 0, 0, facing=True)
    (x0, y0), _, (x1, y1), _ = window_on(drawn, (4,), 33.0, 11.0)
    assert (x0, x1, y0, y1) == (24.0, 40.0, 0.0, 20.0)
    (x0, _), _, (x1, _), _ = window_on(replace(drawn, thickness=16.0), (1,), 9.0, 11.0)
    assert x1 - x0 == pytest.approx(LEAST_WINDOW)


def test_two_runs_give_the_same_bytes(album):
    folder, _, _ = album
    for name in ("architecture_maps.svg", "architecture_maps.png"):
        assert (folder / "out" / name).read_bytes() == (folder / "again" / name).read_bytes()


def test_it_is_described_and_small(album):
    folder, _, _ = album
    figures = json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))["figures"]
    assert [figure["kind"] for figure in figures] == ["architecture_maps"]
    assert "red.png on its first box" in figures[0]["alt"]
    assert "nothing learned" in figures[0]["title"]
    svg = (folder / "out" / "architecture_maps.svg").read_text(encoding="utf-8")
    assert "red.png" in re.sub("<[^>]*>", "", svg)
    assert len(svg) < 30_000


def test_it_is_drawn_of_what_is_given_only(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    soundfile.write("tone.wav", 0.5 * np.sin(np.arange(16_000) / 6), 16_000)
    assert main(["visualize", "crepe_tiny", "-o", "out", "--dry-run"]) == 0
    assert "architecture_maps" not in capsys.readouterr().out
    assert main(["visualize", "crepe_tiny", "-o", "out", "--what", "architecture_maps", "--input", "tone.wav"]) == 0
    element, first = next(iter(images(tmp_path).values()))
    box = [float(element.get(side)) * 192 / 72 for side in ("width", "height")]
    assert first.size == pytest.approx(box, abs=1)  # a pixel of a sharp screen each
    assert first.height > first.width  # the wave runs down, as the box is high
    left, top = (float(element.get(side)) * 192 / 72 for side in ("x", "y"))
    with Image.open("out/architecture_maps.png") as page:
        drawn = rgb(page)[round(top) :, round(left) :][: first.height, : first.width]
    apart = np.abs(drawn - rgb(first)).mean(axis=(1, 2))
    assert np.median(apart) < 25  # but for the window's line the picture in pixels is that of the SVG


@pytest.mark.parametrize("name", ["onet", "alexnet", "resnet18"])
def test_maps_fill_the_sheet_whatever_branches_there_are(name):
    page = layout(gallery_diagram(name), name, DEFAULT_WIDTH, maps={})
    fronts = [part for part in page.parts if isinstance(part, Face) and part.shade == "front"]
    widest = max(max(x for x, _ in front.points) - min(x for x, _ in front.points) for front in fronts)
    assert 0.85 * WIDEST_MAP <= widest <= WIDEST_MAP + 0.01
    assert page.width * PIXELS_PER_POINT <= DEFAULT_WIDTH


@pytest.mark.parametrize(
    "lines",
    [
        "input: [8]\nlayers:\n  - a: Linear(4)\n  - t: sum(a, dim=1)\n  - a * t[:, None]\noutputs: {t: t}\n",
        "input: []\nlayers:\n  - prev * 2\n  - prev[:, None]\n  - Linear(3)\n  - sum(prev, dim=1)\n",
    ],
    ids=["inside and as an output", "as an input"],
)
def test_a_number_a_sample_is_one_cell(lines, tmp_path, monkeypatch):
    """Of every kind of picture, as an input, inside and as an output."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(lines, encoding="utf-8")
    size = load(tmp_path / "net.yaml").inputs[0].value.type.shape[1:]
    np.save("numbers.npy", np.linspace(-1, 1, 3 * max([1, *size]), dtype=np.float32).reshape(3, *size))
    assert main(["visualize", "net.yaml", "-o", "out", "--all", "--input", "numbers.npy"]) == 0
    cells = [image.size for _, image in images(tmp_path).values()]
    assert (1, 1) in cells
    figures = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["figures"]
    assert {"architecture_maps", "activations", "output", "input"} <= {figure["kind"] for figure in figures}
