"""The weights that were put in, found again in the decoded pixels of the pictures that the command writes."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from matplotlib import colormaps
from PIL import Image

import netinspect
from netinspect.cli.main import main
from netinspect.pictures.draw import colour
from netinspect.pictures.draw.sheet import CAPTION
from netinspect.pictures.draw.text import label
from tests.pictures.pixels import enlargement, find

RNG = np.random.default_rng(5)
GREY = (128, 128, 128)
PICTURES = "input: [3, 6, 6]\nlayers:\n  - a: Conv2d(6, kernel_size=3)\n  - ReLU\n  - b: Conv2d(4, kernel_size=2)\n"
SOUND = """\
input:
  shape: {channels: 1, mel: 24, time: 40}
  preprocess: {log_mel: {sample_rate: 8000, n_fft: 512, hop_length: 200, n_mels: 24}}
layers:
  - a: Conv2d(2, kernel_size=(5, 5), padding=2)
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(spec, weights, *arguments):
    """The manifest's figures by file. Weights that are not given are 0."""
    Path("net.yaml").write_text(spec, encoding="utf-8")
    torch.save({key: torch.from_numpy(value.astype(np.float32)) for key, value in weights.items()}, "net.pt")
    assert main(["visualize", "net.yaml", "-o", "out", "--weights", "net.pt", *arguments]) == 0
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    return {figure["file"]: figure for figure in manifest["figures"]}


def state(a=None, b=None):
    """A checkpoint of PICTURES."""
    a = RNG.uniform(-1, 1, (6, 3, 3, 3)) if a is None else a
    b = RNG.uniform(-1, 1, (4, 6, 2, 2)) if b is None else b
    return {"a.weight": a, "a.bias": np.zeros(6), "b.weight": b, "b.bias": np.zeros(4)}


def decoded(file):
    with Image.open(Path("out", file)) as image:
        return np.asarray(image.convert("RGB"))


# --- what figures.md says, written down once more ----------------------------------------------


def in_colour(kernel, limit):
    """(3, h, w) as RGB: 0.5 + w / (2·limit)."""
    return np.rint(255 * (0.5 + kernel.transpose(1, 2, 0) / (2 * limit))).astype(np.uint8)


def red_and_blue(values, limit):
    """RdBu_r from -limit to limit, in steps of which one is exactly in the middle."""
    steps = np.rint(112 + 112 * np.clip(values / limit, -1, 1))
    return np.rint(255 * colormaps["RdBu_r"](steps / 224)[..., :3]).astype(np.uint8)


def places(pixels, blocks):
    """(y, x) of each block, all enlarged by the same whole number; and that number."""
    factor = enlargement(pixels, blocks[0])
    assert factor > 1
    found = [find(pixels, block.repeat(factor, 0).repeat(factor, 1)) for block in blocks]
    assert None not in found
    return found, factor


def in_reading_order(found):
    """Whether places follow each other from left to right, and from the top down."""
    return found == sorted(found) and len(set(found)) == len(found)


def printed(pixels, text, y, x):
    """Whether a caption stands at that place."""
    words = colour.coloured(label(text, CAPTION, strength=0.75), colour.GREY)
    return np.array_equal(pixels[y : y + words.shape[0], x : x + words.shape[1]], words)


# --- colour ------------------------------------------------------------------------------------


def test_rgb_kernels_on_one_scale_in_order_of_index_and_a_dead_one_stays_grey():
    weight = RNG.uniform(-1, 1, (6, 3, 3, 3)) * np.array([1, 0.1, 0, 0.5, 0.001, 2])[:, None, None, None]
    figures = drawn(PICTURES, state(a=weight), "--what", "kernels")
    limit = np.abs(weight.astype(np.float32)).max()
    pixels = decoded("kernels/01_a.png")
    blocks = [in_colour(kernel, limit) for kernel in weight.astype(np.float32)]
    assert (blocks[2] == GREY).all()
    found, factor = places(pixels, [block for at, block in enumerate(blocks) if at not in (2, 4)])
    assert in_reading_order(found)
    pitch = found[1][1] - found[0][1]
    y, x = found[1][0], found[1][1] + pitch
    assert (pixels[y : y + 3 * factor, x : x + 3 * factor] == GREY).all()
    x += 2 * pitch  # one in a thousand: no confetti
    assert np.abs(pixels[y : y + 3 * factor, x : x + 3 * factor].astype(int) - 128).max() <= 1
    assert figures["kernels/01_a.png"]["scale"] == {"low": -limit, "high": limit, "over": "layer", "gamma": 1.0}
    assert figures["kernels/01_a.png"]["shown"] == list(range(6))
    for at in range(6):
        assert printed(pixels, str(at), found[0][0] + 3 * factor + 2, found[0][1] + at * pitch)


def test_a_scale_for_each_kernel_has_a_floor_and_its_gain_is_printed():
    weight = RNG.uniform(-1, 1, (6, 3, 3, 3)).astype(np.float32)
    weight /= np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
    sizes = np.array([2, 1, 0.2, 0.05, 0.02, 0], np.float32)
    weight *= sizes[:, None, None, None]
    figures = drawn(PICTURES, state(a=weight), "--what", "kernels", "--scale", "kernel")
    pixels = decoded("kernels/01_a.png")
    blocks = [in_colour(kernel, max(size, 0.1)) for kernel, size in zip(weight, sizes, strict=True)]
    found, factor = places(pixels, blocks)
    assert in_reading_order(found[:5])
    assert (blocks[5] == GREY).all()
    assert np.abs(blocks[4].astype(int) - 128).max() == pytest.approx(128 * 0.02 / 0.1, abs=1)
    for at, gain in enumerate(("×1.0", "×2.0", "×10", "×20", "×20")):
        assert printed(pixels, f"{at} {gain}", found[at][0] + 3 * factor + 2, found[at][1])
    assert "gain at most ×20" in figures["kernels/01_a.png"]["title"]


def test_a_scale_for_the_network_is_that_of_its_largest_weight():
    weights = state(b=RNG.uniform(-4, 4, (4, 6, 2, 2)))
    figures = drawn(PICTURES, weights, "--what", "kernels", "--scale", "network")
    limit = np.abs(weights["b.weight"].astype(np.float32)).max()
    for name, title in (("kernels/01_a.png", "a"), ("kernels/03_b.png", "b")):
        assert figures[name]["scale"]["high"] == limit, title
    found, _ = places(decoded("kernels/01_a.png"), [in_colour(k, limit) for k in weights["a.weight"]])
    assert in_reading_order(found)


def test_a_network_without_weights_is_drawn_by_the_same_rule(here):
    (here / "net.yaml").write_text(PICTURES, encoding="utf-8")
    assert main(["visualize", "net.yaml", "-o", "out", "--what", "kernels", "--save-arrays", "--seed", "4"]) == 0
    with np.load("out/data/01_a.npz") as saved:
        weight = saved["a.weight"]
    found, _ = places(decoded("kernels/01_a.png"), [in_colour(kernel, np.abs(weight).max()) for kernel in weight])
    assert in_reading_order(found)


# --- slices ------------------------------------------------------------------------------------


def test_slices_have_a_row_for_each_output_and_a_column_for_each_input_on_one_scale():
    weight = RNG.uniform(-1, 1, (4, 6, 2, 2)).astype(np.float32)
    weight[1] *= 0.05
    weight[2] = 0
    drawn(PICTURES, state(b=weight), "--what", "kernels")
    pixels, limit = decoded("kernels/03_b.png"), np.abs(weight).max()
    alive = [weight[output, channel] for output in (0, 3) for channel in range(6)]
    found, factor = places(pixels, [red_and_blue(kernel, limit) for kernel in alive])
    assert in_reading_order(found)
    rows, columns = sorted({y for y, _ in found}), sorted({x for _, x in found})
    assert (len(rows), len(columns)) == (2, 6)
    pitch = columns[1] - columns[0]
    assert rows[1] - rows[0] == 3 * pitch
    for output in (1, 2):
        for channel in range(6):
            y, x = rows[0] + output * pitch, columns[channel]
            block = pixels[y : y + 2 * factor, x : x + 2 * factor]
            expected = red_and_blue(weight[output, channel], limit).repeat(factor, 0).repeat(factor, 1)
            assert np.array_equal(block, expected)
    assert (red_and_blue(np.zeros(1), 1) == red_and_blue(weight[2, 0], limit)).all()


@pytest.mark.parametrize("order", ["norm", "frequency", "activation"])
def test_another_order_is_the_one_that_the_manifest_lists_and_the_numbers_under_the_tiles_say(order):
    weight = np.random.default_rng(7).uniform(-1, 1, (6, 3, 3, 3)).astype(np.float32)
    weight *= np.arange(3, 9, dtype=np.float32)[::-1, None, None, None]
    figure = drawn(PICTURES, state(a=weight), "--order", order)["kernels/01_a.png"]
    shown = figure["shown"]
    assert sorted(shown) == list(range(6))
    assert shown != list(range(6)) or order == "norm"
    if order == "norm":
        assert shown == np.argsort(-np.linalg.norm(weight.reshape(6, -1), axis=1)).tolist()
    pixels, limit = decoded("kernels/01_a.png"), np.abs(weight).max()
    found, factor = places(pixels, [in_colour(weight[at], limit) for at in shown])
    assert in_reading_order(found)
    for at, (y, x) in zip(shown, found, strict=True):
        assert printed(pixels, str(at), y + 3 * factor + 2, x)
    assert {"norm": "by norm", "frequency": "by peak frequency", "activation": "by mean activation"}[order] in figure[
        "title"
    ]


# --- activations -------------------------------------------------------------------------------


def test_activations_are_red_and_blue_about_zero_and_after_a_relu_from_black():
    figures = drawn(PICTURES, state(), "--save-arrays", "--clip", "90", "--gamma", "2", "--all")
    with np.load("out/data/01_a.npz") as saved:
        signed = saved["activation"][0]
    limit = figures["activations/01_a.png"]["scale"]["high"]
    assert limit == pytest.approx(np.percentile(np.abs(signed), 90), rel=1e-6)
    share = np.clip(signed / limit, -1, 1)
    found, _ = places(decoded("activations/01_a.png"), list(red_and_blue(np.sign(share) * np.abs(share) ** 0.5, 1)))
    assert in_reading_order(found)
    positive = np.maximum(signed, 0)
    limit = figures["activations/02_1.png"]["scale"]["high"]
    assert limit == pytest.approx(np.percentile(positive, 90), rel=1e-6)
    steps = np.rint(224 * np.clip(positive / limit, 0, 1) ** 0.5)
    blocks = np.rint(255 * colormaps["magma"](steps / 224)[..., :3]).astype(np.uint8)
    assert (blocks[positive == 0] == (0, 0, 4)).all()
    found, _ = places(decoded("activations/02_1.png"), list(blocks))
    assert in_reading_order(found)
    for name in ("activations/01_a.png", "activations/02_1.png"):
        assert "clip 90 %" in figures[name]["title"]
        assert "gamma 2" in figures[name]["title"]


# --- spectrograms ------------------------------------------------------------------------------


def brightest(pixels, colours):
    """(y, x) of the pixels that have one of a map's last colours, colour bar apart."""
    hot = (pixels[:, :, None] == colours).all(axis=3).any(axis=2)
    y, x = np.nonzero(hot)
    return y[y < pixels.shape[0] * 0.8], x[y < pixels.shape[0] * 0.8]


def test_a_glide_in_the_input_and_the_same_glide_as_a_kernel_rise_alike():
    time = np.arange(39 * 200) / 8000
    phase = 2 * np.pi * (300 * time + (3000 - 300) / 2 * time**2 / time[-1])  # from 300 to 3000 Hz
    soundfile.write("glide.wav", 0.5 * np.sin(phase), 8000)
    glide = 5 * np.eye(5) - 1  # the frequency rises with time, as in the array of the input
    weight = np.stack([glide, glide[::-1]])[:, None]
    figures = drawn(
        SOUND, {"a.weight": weight, "a.bias": np.zeros(2)}, "--input", "glide.wav", "--save-arrays", "--max-tiles", "4"
    )
    with np.load("out/data/inputs.npz") as saved:
        (heard,) = saved.values()
    loudest = heard[0, 0].argmax(axis=0)
    assert loudest[3] < loudest[20] < loudest[36]  # low frequencies first in the array

    pixels = decoded("input.png")
    colours = np.rint(255 * colormaps["magma"](np.arange(190, 225) / 224)[:, :3]).astype(np.uint8)
    y, x = brightest(pixels, colours)
    assert np.polyfit(x, y, 1)[0] < -0.1  # from the lower left to the upper right

    rising = red_and_blue(glide[::-1], 4)
    assert (rising[-1, 0] == rising[0, -1]).all()
    assert rising[-1, 0, 0] > rising[-1, 0, 2]  # red at the lower left and the upper right
    found, _ = places(decoded("kernels/01_a.png"), [rising, red_and_blue(glide, 4)])
    assert found[0][1] < found[1][1]
    assert "Low frequencies are at the bottom." in figures["kernels/01_a.png"]["alt"]
    assert figures["kernels/01_a.png"]["labels"] == {"0": "glide up", "1": "glide down"}

    with np.load("out/data/01_a.npz") as saved:
        maps = saved["activation"][0]
    inside = maps[:, 3:-3, 3:-3]
    assert inside[0].max() > 1.5 * inside[1].max()  # the kernel that looks like the input answers it
    limit = figures["activations/01_a.png"]["scale"]["high"]
    found, _ = places(decoded("activations/01_a.png"), [red_and_blue(one[::-1], limit) for one in maps])
    assert in_reading_order(found)


def test_all_tensors_of_a_layer_are_saved_its_biases_and_norms_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layers = ("c: Conv2d(4, kernel_size=3)", "n: BatchNorm2d", "Flatten", "f: Linear(2)")
    spec = "input: [3, 8, 8]\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)
    Path("net.yaml").write_text(spec, encoding="utf-8")
    model = netinspect.build("net.yaml", seed=4)
    assert main(["visualize", "net.yaml", "-o", "out", "--what", "kernels", "--save-arrays", "--seed", "4"]) == 0
    saved = {}
    for file in Path("out/data").glob("0*.npz"):
        saved |= np.load(file)
    parameters = {key: parameter.detach().numpy() for key, parameter in model.named_parameters()}
    assert {key: values.tolist() for key, values in saved.items()} == {
        key: values.tolist() for key, values in parameters.items()
    }
