"""The input as the net saw it."""

import warnings

import numpy as np
import pytest
from PIL import Image

from netinspect.cli.main import main
from netinspect.pictures.draw import colour, tiles
from netinspect.pictures.draw.axes import Clock
from netinspect.pictures.draw.signals import WAVE_HEIGHT
from netinspect.pictures.kinds.input import Axes, array, photograph, sound, waveform
from tests.pictures.pixels import enlargement, find, rgb, says


def test_a_photograph_is_shown_as_it_is():
    image = np.random.default_rng(0).integers(0, 255, (28, 28, 3), dtype=np.uint8)
    picture = photograph(image, "cat.png", (3, 28, 28))
    assert find(rgb(picture), tiles.enlarge(image, 16))
    assert picture.description.title == "input 3×28×28 · cat.png"


def test_a_grey_image_stays_grey():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert find(rgb(photograph(image, "digit", (1, 8, 8))), tiles.enlarge(np.repeat(image[..., None], 3, axis=2), 56))


def test_noise_in_three_channels_is_in_colour_with_zero_mid_grey():
    values = np.zeros((3, 4, 4), np.float32)
    values[:, 0, 0] = (1.0, -1.0, 0.0)
    picture = array(values, "standard-normal noise, seed 0")
    assert find(rgb(picture), tiles.enlarge(colour.rgb(values.transpose(1, 2, 0), 1.0), 112))
    assert "standard-normal noise, seed 0" in picture.description.title


@pytest.mark.parametrize(
    "shape", [(1, 28, 28), (5, 9, 9), (1, 16000), (40, 100), (7,), (2, 3, 8, 8), (3, 900, 900), (0,)]
)
def test_every_shape_can_be_drawn(shape):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = array(np.random.default_rng(0).standard_normal(shape), "noise")
    assert max(picture.image.size) < 2400


def test_ids_are_drawn_from_zero_up():
    said = array(np.arange(12), "ids").description
    assert (said.scale.low, said.scale.high, said.colormap) == (0.0, 11.0, "magma")
    assert said.title == "input 12 · ids · scale 0…11"


def test_ids_have_places_and_numbers_features(tmp_path):
    for settings, along in (("{shape: [30], dtype: int64, high: 50}", "position"), ("[30]", "feature")):
        net = f"input: {settings}\nlayers:\n  - {'Embedding(50, 4)' if 'int' in settings else 'Linear(4)'}\n"
        (tmp_path / "net.yaml").write_text(net, encoding="utf-8")
        out = tmp_path / "out"
        options = ["--what", "input", "-o", str(out), "--force"]
        assert main(["visualize", str(tmp_path / "net.yaml"), *options]) == 0
        with Image.open(out / "input.png") as image:
            assert says(np.asarray(image.convert("RGB")), along)


def test_time_runs_across():
    values = np.zeros((5, 3), np.float32)  # five steps of three features
    values[0] = (1.0, -1.0, 0.5)
    pixels = rgb(array(values, "x.npy", Axes(names=("time", "features"))))
    first = colour.coloured(colour.diverging(values[:1].T, 1.0), "RdBu_r")
    assert find(pixels, tiles.enlarge(first, 40))


@pytest.mark.parametrize(("names", "shape"), [(("channels", "mel", "time"), (1, 4, 6)), (("time", "mel"), (6, 4))])
def test_low_frequencies_of_numbers_are_at_the_bottom(names, shape):
    values = np.zeros(shape, np.float32)
    values[(0, 0) if len(shape) == 3 else (slice(None), 0)] = 1.0  # the lowest band
    hertz = np.array([100.0, 500.0, 2000.0, 6000.0])
    picture = array(values, "x.npy", Axes(names=names, clock=Clock(0.1), frequencies=hertz))
    expected = np.zeros((4, 6), np.uint8)
    expected[3] = colour.LEVELS - 1
    assert find(rgb(picture), tiles.enlarge(colour.coloured(expected, "magma"), 24))


def test_a_clip_is_its_frames_in_colour():
    values = np.random.default_rng(0).standard_normal((3, 4, 6, 6)).astype(np.float32)
    picture = array(values, "clip.npy")
    third = colour.rgb(values[:, 2].transpose(1, 2, 0), float(np.abs(values).max()))
    assert enlargement(rgb(picture), third) > 1
    assert "4 slices · in colour" in picture.description.title


def test_one_of_several_inputs_is_called_by_its_name():
    assert array(np.arange(3.0), "noise", Axes("left")).description.title.startswith("input left 3 · noise")


def test_a_waveform_reaches_from_lowest_to_highest_sample():
    samples = np.zeros(200)
    samples[100:] = 1.0
    picture = sound(samples, "step.wav", 100)
    pixels = rgb(picture)
    ink = tuple(int(level) for level in colour.palette("gray")[colour.INK - 6])
    rows = np.argwhere((pixels == ink).all(axis=2))[:, 0]
    assert np.ptp(rows) >= WAVE_HEIGHT // 2 - 1
    assert picture.description.alt == "Waveform of step.wav, 2 seconds long."


def test_a_sound_says_which_steps_come_after_it():
    assert sound(np.ones(20), "x.wav", 10, later=("`normalize`",)).description.title == (
        "input 2 s · x.wav · 10 Hz · before `normalize`"
    )


def test_two_channels_are_said_and_a_sound_has_its_seconds():
    assert sound(np.ones((2, 30)), "x.wav", 10).description.title.startswith("input 2 channels, 3 s · x.wav")
    assert sound(np.ones((2, 1500)), "x.wav", None).description.title.startswith("input 2 channels, 1,500 samples ·")
    heard = Axes(names=("channels", "time"), clock=Clock(0.1))
    assert array(np.ones((2, 30), np.float32), "noise", heard).description.title.startswith("input 2 channels, 3 s ·")
    assert array(np.ones((2, 30), np.float32), "noise").description.title.startswith("input 2×30 ·")
    steps = array(np.ones((2, 1500), np.float32), "noise", Axes(names=("channels", "time"))).description.title
    assert steps.startswith("input 2 channels, 1,500 time steps ·")


def marked(shown):
    """The columns of pixels in which a sound of 1,400 samples is marked: one a sample."""
    drawn = waveform(np.sin(np.arange(1400))[None], 1000, (), shown)
    columns = np.flatnonzero((drawn == colour.GAP).any(axis=0))
    assert np.array_equal(columns, np.arange(columns[0], columns[-1] + 1))
    return columns


def test_the_shown_frame_is_marked_where_it_is():
    loud, silent = (waveform(level * np.sin(np.arange(1400) + 1)[None], 1000, (), None) for level in (1, 0))
    left = np.flatnonzero((loud != silent).any(axis=0))[0]
    assert marked((0, 1400))[0] == left
    assert (marked((300, 500)) - left).tolist() == list(range(300, 500))
    assert (marked((1390, 1391)) - left).tolist() == list(range(1385, 1395))  # a bar that can be seen


def test_the_shown_frame_is_drawn_large_beneath():
    samples = np.zeros(1400)
    samples[300:500] = 0.5
    alone, with_frame = sound(samples, "x.wav", 1000), sound(samples, "x.wav", 1000, (), (300, 500))
    assert with_frame.image.size[1] > alone.image.size[1] + WAVE_HEIGHT
    orange = (rgb(with_frame)[-(WAVE_HEIGHT + 100) :] == colour.palette("gray")[colour.GAP]).all(axis=2)
    assert orange.any(axis=0).sum() == 1400


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 5)), np.full(10, np.nan)])
def test_odd_sounds_can_be_drawn(samples):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sound(samples, "x.wav", None, frames=(0, 3)).image.size[0] > 100
