"""Long signals keep their peaks: a full-amplitude tone fills its picture, wherever it is drawn."""

import numpy as np
import pytest

from netinspect.pictures.draw import colour, sheet, signals
from netinspect.pictures.draw.axes import Clock
from netinspect.pictures.kinds.activations import LayerOutput, activations
from netinspect.pictures.kinds.input import Axes, array, sound
from netinspect.pictures.kinds.sequence import OverTime, UnitsOverTime, hidden_states, over_time
from netinspect.pictures.kinds.strip import MOST, strip
from netinspect.pictures.look import Origin
from netinspect.recording import Spectrogram
from tests.pictures.pixels import rgb

TONE = np.sin(np.arange(100_000) * (2 * np.pi / 16)).astype(np.float32)
"""Sixteen samples a period: over a whole number of periods its mean is zero."""

BUZZ = np.where(np.arange(100_000) % 2, 1, -1).astype(np.float32)


def share_of(picture, colours):
    """The share of a picture's pixels that have one of these colours."""
    pixels = rgb(picture)
    hits = np.zeros(pixels.shape[:2], bool)
    for one in colours:
        hits |= (pixels == one).all(axis=2)
    return hits.mean()


INK = colour.palette("gray")[[signals.LINE]]
STRONG = colour.palette("RdBu_r")[[0, 1, 2, 222, 223, 224]]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: array(TONE, "tone.npy"),
        lambda: array(TONE[None], "tone.npy", Axes(names=("channels", "time"))),
        lambda: sound(TONE, "tone.wav", 16000),
        lambda: sound(np.stack([TONE, -TONE]), "tone.wav", 16000),
        lambda: activations(LayerOutput("conv1", TONE[None], Origin(), "tone.wav", clock=Clock(1 / 16000))),
        lambda: activations(LayerOutput("conv1", TONE[None], Origin(), "tone.wav")),
        lambda: activations(LayerOutput("voices", np.stack([TONE, TONE]), Origin(), "tone.wav")),
    ],
)
def test_a_tone_in_one_channel_is_a_waveform_that_fills_its_picture(draw):
    assert share_of(draw(), INK) > 0.5


@pytest.mark.parametrize(
    "draw",
    [
        lambda: array(np.stack([TONE, TONE]), "tone.npy", Axes(names=("channels", "time"))),
        lambda: array(BUZZ.reshape(1, 200, 500).repeat(64, axis=0), "tone.npy"),
        lambda: activations(LayerOutput("conv1", np.stack([TONE] * 5), Origin(), "tone.wav")),
        lambda: activations(LayerOutput("conv1", BUZZ[:90_000].reshape(1, 300, 300).repeat(64, 0), Origin(), "t.wav")),
        lambda: hidden_states(UnitsOverTime("rnn", np.stack([TONE, TONE], axis=1), Origin(), "tone.wav")),
        lambda: over_time(OverTime("out", np.stack([TONE] * 8, axis=1), Origin(), "tone.wav", 0, "frame 1")),
    ],
)
def test_a_tone_in_many_values_is_as_strong_as_it_is(draw):
    assert share_of(draw(), STRONG) > 0.05


def test_the_strip_keeps_the_tone():
    layer = LayerOutput("conv1", BUZZ.reshape(1, 200, 500), Origin(), "tone.wav")
    assert share_of(strip([layer]), STRONG) > 0.02


def test_a_waveform_reaches_from_the_lowest_to_the_highest_value_of_each_column():
    values = np.random.default_rng(0).uniform(-1, 1, (1, 7000))
    drawn = signals.wave(values)
    for column in (0, 17, 1399):
        piece = values[0, max(0, 5 * column - 1) : 5 * column + 5]
        rows = np.flatnonzero(drawn[:, column] == signals.LINE)
        expected = (1 - np.array([piece.max(), piece.min()])) / 2 * (signals.WAVE_HEIGHT - 1)
        assert np.abs(rows[[0, -1]] - expected).max() <= 1


def test_what_is_not_finite_is_seen_in_a_waveform():
    values = np.zeros((1, 2000))
    values[0, 1000] = np.nan
    columns = np.flatnonzero((signals.wave(values) == colour.MISSING).any(axis=0))
    assert columns.tolist() == [700]


@pytest.mark.parametrize(("height", "width"), [(16, 112), (40, 33), (1, 1)])
def test_a_waveform_is_drawn_for_the_pixels_that_it_has(height, width):
    drawn = signals.wave(TONE[None], height=height, width=width) == signals.LINE
    assert drawn.shape == (height, width)
    assert drawn.all()  # each column has the whole amplitude of some periods


def test_a_click_is_seen_in_the_strips_input():
    power = np.full((80, 3000), 1e-9)
    for column in (1000, 1004, 2999):
        power[:, column] = 1.0
    layer = LayerOutput("conv1", np.ones((1, 80, 3000)), Origin(), "x.wav")
    drawn = rgb(strip([layer], Spectrogram(power, np.arange(80.0), 0.01)))
    lit = np.argwhere((drawn == colour.palette("magma")[colour.LEVELS - 1]).all(axis=2))
    columns = np.unique(lit[lit[:, 1] < sheet.MARGIN + MOST, 1])  # the input stands at the left
    assert np.diff(columns).tolist() == [166]  # 12 cells a pixel: the first two clicks are one


def test_token_ids_are_no_waveform():
    assert "waveform" not in array(np.arange(50), "ids", Axes(names=("time",))).description.alt
