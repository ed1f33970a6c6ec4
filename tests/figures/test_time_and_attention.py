"""Spectrograms, hidden units over time, attention and filter responses."""

import warnings

import numpy as np
import pytest

from netinspect.errors import InputError
from netinspect.figures import colour
from netinspect.figures.attention import Heads, attention, entropy
from netinspect.figures.choice import peak_frequencies
from netinspect.figures.picture import Look, Origin
from netinspect.figures.responses import FLOOR_DB, Filters, magnitude_db, responses
from netinspect.figures.sequence import HiddenStates, hidden_states, peak_order
from netinspect.figures.spectrogram import Spectrogram, decibels, spectrogram
from tests.figures.pixels import find, rgb

TRAINED = Origin("net.pt")


def test_decibels_are_relative_to_the_maximum_and_cut_at_80():
    assert decibels(np.array([[1.0, 10.0, 1e-12, 0.0]]), "power").tolist() == [[-10.0, 0.0, -80.0, -80.0]]
    assert decibels(np.array([[1.0, 10.0]]), "magnitude").tolist() == [[-20.0, 0.0]]
    assert decibels(np.array([[-30.0, 5.0]]), "dB").tolist() == [[-35.0, 0.0]]
    with pytest.raises(InputError, match="power, magnitude or dB"):
        decibels(np.ones((1, 1)), "mel")


def test_low_frequencies_are_at_the_bottom():
    values = np.full((6, 4), 1e-9)
    values[0] = 1.0
    picture = spectrogram(Spectrogram("tone.wav", values, np.arange(6) * 100.0, 0.01))
    column = np.repeat(np.array([0, 0, 0, 0, 0, colour.LEVELS - 1], np.uint8), 12)[:, None]
    assert find(rgb(picture), colour.coloured(np.repeat(column, 48, axis=1), "magma"))


def test_a_spectrogram_and_its_kernels_share_the_direction_of_frequency():
    from netinspect.figures.kernels import Tensor, kernels

    low = np.zeros((8, 8))
    low[0] = 1
    seen = rgb(spectrogram(Spectrogram("tone.wav", low, np.arange(8.0), 0.1, "power")))
    heard = rgb(kernels(Tensor("conv1", low[None, None].astype(np.float32), TRAINED, spectrogram=True)))
    for pixels, name, ground in ((seen, "magma", 0), (heard, "RdBu_r", colour.ZERO)):
        lit, dark = (np.tile(colour.palette(name)[level], (12, 96, 1)) for level in (colour.LEVELS - 1, ground))
        assert find(pixels, lit) > find(pixels, dark)


def test_hidden_units_are_ordered_by_peak_time():
    values = np.array([[0.1, 0.9, 0.2], [-0.8, 0.1, 0.3], [0.2, 0.1, -0.7]])
    assert peak_order(values).tolist() == [1, 0, 2]
    said = hidden_states(HiddenStates("lstm", values, TRAINED, "x.wav")).description
    assert said.shown == (1, 0, 2)
    assert (said.scale.low, said.scale.high) == (-1.0, 1.0)


def test_two_directions_are_ordered_apart():
    values = np.eye(4)[[3, 1, 0, 2]]
    said = hidden_states(HiddenStates("lstm", values, TRAINED, "x.wav", directions=2)).description
    assert sorted(said.shown[:2]) == [0, 1]
    assert sorted(said.shown[2:]) == [2, 3]


def test_values_beyond_one_widen_the_scale():
    assert hidden_states(HiddenStates("rnn", np.full((3, 2), 5.0), TRAINED, "x")).description.scale.high == 5.0


def test_entropy_in_bits():
    alike, one = np.full((4, 8), 1 / 8), np.eye(8)[:4]
    assert entropy(np.stack([alike, one])).tolist() == [3.0, 0.0]


def test_heads_share_one_maximum():
    weights = np.stack([np.full((4, 4), 0.25), np.eye(4)])
    picture = attention(Heads("attn", weights, TRAINED, "text"))
    assert picture.description.scale.high == 1.0
    quarter = colour.coloured(np.full((100, 100), round(0.25 * 224), np.uint8), "magma")
    assert find(rgb(picture), quarter)
    assert picture.description.labels == ((0, "2.00 bits"), (1, "0.00 bits"))


def test_more_heads_than_tiles_are_counted():
    said = attention(Heads("attn", np.full((10, 3, 3), 1 / 3), TRAINED, "text"), Look(max_tiles=4)).description
    assert "showing 4 of 10 heads" in said.title


def filters(*cycles, length=64):
    taps = np.arange(length)
    return np.stack([np.cos(2 * np.pi * c * taps / length) for c in cycles])[:, None]


def test_filters_are_sorted_by_peak_frequency():
    weight = filters(20, 4, 10)
    assert peak_frequencies(weight) * 64 == pytest.approx([20, 4, 10], abs=0.2)
    said = responses(Filters("conv1", weight, TRAINED, sample_rate=16000)).description
    assert said.shown == (1, 2, 0)


def test_responses_are_db_re_the_layers_largest():
    weight = np.stack([np.ones((1, 4)), 0.1 * np.ones((1, 4))])
    level = magnitude_db(weight)
    assert level[0, 0] == 0.0
    assert level[1, 0] == pytest.approx(-20.0)
    assert level.min() >= FLOOR_DB
    assert (magnitude_db(np.zeros((2, 1, 8))) == FLOOR_DB).all()


def test_odd_filters_draw_without_warnings():
    for weight in (np.zeros((3, 1, 5)), np.full((2, 2, 3), np.nan), np.ones((1, 1, 1)), filters(*range(1, 30))):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert responses(Filters("conv1", weight, Origin())).image.size[0] > 1000
