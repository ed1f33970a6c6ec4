"""The input as the net saw it."""

import warnings

import numpy as np
import pytest

from netinspect.figures import colour, tiles
from netinspect.figures.inputs import WAVE_HEIGHT, array, photograph, sound
from tests.figures.pixels import find, rgb


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


def test_whole_numbers_can_be_drawn():
    assert array(np.arange(12), "ids").description.scale.high == 11


def test_a_waveform_reaches_from_lowest_to_highest_sample():
    samples = np.zeros(200)
    samples[100:] = 1.0
    picture = sound(samples, "step.wav", 100)
    pixels = rgb(picture)
    ink = tuple(int(level) for level in colour.palette("gray")[colour.INK - 6])
    rows = np.argwhere((pixels == ink).all(axis=2))[:, 0]
    assert np.ptp(rows) >= WAVE_HEIGHT // 2 - 1
    assert picture.description.alt == "Waveform of step.wav, 2 seconds long."


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 5)), np.full(10, np.nan)])
def test_odd_sounds_can_be_drawn(samples):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sound(samples, "x.wav", None, frames=(0, 3)).image.size[0] > 100
