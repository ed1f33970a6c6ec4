"""Activations: sequential after a ReLU, diverging where signed, one scale a layer, options in the title."""

import warnings

import numpy as np
import pytest

from netinspect.figures import colour, tiles
from netinspect.figures.activations import Activation, activations
from netinspect.figures.picture import Look, Origin
from netinspect.figures.strip import strip
from tests.figures.pixels import find, rgb

TRAINED = Origin("net.pt")


def maps(values, **more):
    return Activation("conv1", values, TRAINED, "cat.png", **more)


def test_after_a_relu_the_map_runs_from_zero_to_the_percentile():
    values = np.abs(np.random.default_rng(0).standard_normal((9, 10, 10))).astype(np.float32)
    picture = activations(maps(values))
    limit = np.percentile(values, 99.5)
    expected = colour.coloured(colour.sequential(values[5], limit), "magma")
    assert find(rgb(picture), tiles.enlarge(expected, tiles.grid(9, 10, 10, side=256).factor))
    assert picture.description.scale.low == 0
    assert picture.description.colormap == "magma"


def test_signed_values_use_the_diverging_map():
    values = np.random.default_rng(0).standard_normal((4, 6, 6))
    said = activations(maps(values)).description
    assert said.colormap == "RdBu_r"
    assert said.scale.low == -said.scale.high


def test_gamma_and_clip_stand_in_the_title_and_are_applied():
    values = np.linspace(0, 1, 4 * 64).reshape(4, 8, 8)
    picture = activations(maps(values), Look(gamma=2.0, clip=90))
    assert "clip 90 %" in picture.description.title
    assert "gamma 2" in picture.description.title
    expected = colour.coloured(colour.sequential(values[1], float(np.percentile(values, 90)), 2.0), "magma")
    assert find(rgb(picture), tiles.enlarge(expected, tiles.grid(4, 8, 8, side=256).factor))


def test_titles_say_the_input():
    noise = Activation("conv1", np.ones((2, 3, 3)), Origin(), "standard-normal noise, seed 0")
    title = activations(noise).description.title
    assert "input: standard-normal noise, seed 0" in title
    assert title.endswith("random initialisation, seed 0: nothing learned")


def test_maps_of_a_spectrogram_have_low_frequencies_at_the_bottom():
    values = np.zeros((2, 4, 6), np.float32)
    values[:, 0] = 1.0
    picture = activations(maps(values, spectrogram=True))
    expected = np.zeros((4, 6), np.uint8)
    expected[3] = colour.LEVELS - 1
    assert find(rgb(picture), tiles.enlarge(colour.coloured(expected, "magma"), 8))


def test_most_active_channels_first_when_asked():
    values = np.ones((5, 2, 2)) * np.array([1, 5, 3, 2, 4]).reshape(5, 1, 1)
    assert activations(maps(values), Look(order="activation", max_tiles=3)).description.shown == (1, 4, 2)
    assert activations(maps(values), Look(max_tiles=3)).description.shown == (0, 1, 2)


@pytest.mark.parametrize(
    "shape", [(10,), (1000,), (4096,), (), (128, 256), (2000, 5000), (3, 1), (16, 9, 20, 20), (64, 600, 600), (3, 0, 0)]
)
def test_every_shape_gives_a_picture_of_bounded_size(shape):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = activations(maps(np.random.default_rng(0).standard_normal(shape).astype(np.float32)))
    assert picture.image.size[0] <= 2200
    assert picture.image.size[1] <= 2600
    assert picture.description.shape == shape


def test_large_maps_are_means_and_say_so():
    said = activations(maps(np.ones((64, 600, 600), np.float32))).description
    assert said.notes[-1] == "each pixel is the mean of 3×3 values"


def test_what_is_not_finite_is_noted():
    values = np.array([[[1.0, np.nan], [np.inf, 0.5]]])
    assert activations(maps(values)).description.notes == (
        "2 of 4 values are not finite (NaN or infinite) and drawn in green",
    )


def test_the_strip_goes_from_the_first_layer_to_the_last():
    layers = [Activation(f"conv{i}", np.full((6, 8, 8), i + 1.0), TRAINED, "cat.png") for i in range(20)]
    said = strip(layers, np.zeros((30, 40, 3), np.uint8)).description
    assert len(said.shown) == 8
    assert (said.shown[0], said.shown[-1]) == (0, 19)
    assert "8 of 20 layers" in said.title
    assert "trained: net.pt" in said.alt


def test_the_strip_shows_the_strongest_channels_and_the_input():
    values = np.ones((8, 4, 4), np.float32) * np.arange(8, dtype=np.float32).reshape(8, 1, 1)
    image = np.random.default_rng(0).integers(0, 255, (84, 84, 3), dtype=np.uint8)
    picture = strip([maps(values)], image)
    assert find(rgb(picture), tiles.enlarge(image, 2))
    for channel in (7, 6, 5, 4, 3):
        painted = colour.coloured(colour.sequential(values[channel], 7.0), "magma")
        assert find(rgb(picture), tiles.enlarge(painted, 42))
    assert find(rgb(picture), tiles.enlarge(colour.coloured(colour.sequential(values[2], 7.0), "magma"), 42)) is None
