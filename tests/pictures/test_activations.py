"""Activations: sequential after a ReLU, diverging where signed, one scale a layer, options in the title."""

import warnings

import numpy as np
import pytest

from netinspect.pictures.draw import colour, tiles
from netinspect.pictures.draw.axes import Clock
from netinspect.pictures.draw.text import label
from netinspect.pictures.kinds.activations import CELLS_SIDE, LayerOutput, activations
from netinspect.pictures.kinds.strip import strip
from netinspect.pictures.look import Look, Origin
from tests.pictures.pixels import enlargement, find, rgb, says

TRAINED = Origin("net.pt")


def maps(values, **more):
    return LayerOutput("conv1", values, TRAINED, "cat.png", **more)


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
    noise = LayerOutput("conv1", np.ones((2, 3, 3)), Origin(), "standard-normal noise, seed 0")
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


def test_maps_of_a_sound_have_seconds_and_hertz():
    values = np.random.default_rng(0).random((6, 20, 40)).astype(np.float32)
    known = {"spectrogram": True, "clock": Clock(0.05), "frequencies": np.linspace(100, 4000, 20)}
    picture = activations(maps(values, **known))
    pixels = rgb(picture)
    flipped = colour.coloured(colour.sequential(values[0, ::-1], picture.description.scale.high), "magma")
    assert enlargement(pixels, flipped) > 1
    assert says(pixels, "time / s")
    assert says(np.rot90(pixels, -1), "frequency / Hz")
    assert "Low frequencies are at the bottom" in picture.description.alt


def test_a_map_over_time_is_marked_in_seconds():
    values = np.random.default_rng(0).random((4, 80)).astype(np.float32)
    assert says(rgb(activations(maps(values, clock=Clock(0.01)))), "time / s")
    assert not says(rgb(activations(maps(values))), "time / s")


def test_what_is_pooled_to_one_cell_is_one_cell_a_channel():
    values = np.arange(64, dtype=np.float32).reshape(64, 1, 1, 1)
    picture = activations(maps(values), Look(clip=100))
    assert len(picture.description.indices) == 64
    first = colour.coloured(colour.sequential(values[:8, 0, 0].T, 63.0), "magma")
    assert find(rgb(picture), tiles.enlarge(first, CELLS_SIDE))


def test_volumes_are_slices_from_left_to_right():
    values = np.abs(np.random.default_rng(0).standard_normal((3, 4, 6, 6))).astype(np.float32)
    picture = activations(maps(values, along="time step"), Look(clip=100))
    row = [colour.coloured(colour.sequential(plane, float(values.max())), "magma") for plane in values[1]]
    places = [
        find(rgb(picture), tiles.enlarge(plane, tiles.grid(12, 6, 6, columns=4, side=256).factor)) for plane in row
    ]
    assert [x for _, x in places] == sorted(x for _, x in places)
    assert len({y for y, _ in places}) == 1
    assert "3 channels, in order of index, 4 slices each" in picture.description.title


def test_a_title_names_the_type_where_the_name_is_a_number_and_the_layers_own_shape():
    values = np.ones((5, 40), np.float32)
    said = activations(maps(values, type="ReLU", shape=(40, 5))).description
    assert said.title.startswith("conv1 (ReLU) 40×5 · 5 channels")
    assert said.shape == (40, 5)
    assert activations(maps(np.ones(3))).description.title.startswith("conv1 · 3 channels · scale")


def test_most_active_channels_first_when_asked():
    values = np.ones((5, 2, 2)) * np.array([1, 5, 3, 2, 4]).reshape(5, 1, 1)
    assert activations(maps(values), Look(order="activation", max_tiles=3)).description.indices == (1, 4, 2)
    assert activations(maps(values), Look(max_tiles=3)).description.indices == (0, 1, 2)


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


def test_large_maps_are_made_smaller_and_say_so():
    said = activations(maps(np.ones((64, 600, 600), np.float32))).description
    assert said.notes[-1] == "each pixel is the value of largest magnitude of 3×3"


def test_filters_stand_upwards_by_peak_frequency_when_asked():
    values = np.array([[1.0] * 4, [2.0] * 4, [3.0] * 4])
    bank = maps(values, peaks=np.array([500.0, 100.0, 2690.0]))
    picture = activations(bank, Look(order="frequency"))
    assert picture.description.indices == (2, 0, 1)
    painted = np.repeat(np.repeat(colour.sequential(values[[2, 0, 1]], 3.0), 32, axis=0), 32, axis=1)
    assert find(rgb(picture), colour.coloured(painted, "magma"))
    assert "by their filters' peak frequency, low ones at the bottom" in picture.description.title
    assert find(rgb(picture), colour.coloured(label("2690", strength=0.75), "magma"))
    assert activations(bank).description.indices == (0, 1, 2)
    assert activations(maps(values), Look(order="frequency")).description.indices == (0, 1, 2)


def test_what_is_not_finite_is_noted():
    values = np.array([[[1.0, np.nan], [np.inf, 0.5]]])
    assert activations(maps(values)).description.notes == (
        "2 of 4 values are not finite (NaN or infinite) and drawn in green",
    )


def test_the_strip_goes_from_the_first_layer_to_the_last():
    layers = [LayerOutput(f"conv{i}", np.full((6, 8, 8), i + 1.0), TRAINED, "cat.png") for i in range(20)]
    said = strip(layers, np.zeros((30, 40, 3), np.uint8)).description
    assert len(said.indices) == 8
    assert (said.indices[0], said.indices[-1]) == (0, 19)
    assert "8 of 20 layers" in said.title
    assert "trained: net.pt" in said.alt


@pytest.mark.parametrize(
    ("picture", "shape", "told"),
    [
        (np.zeros((30, 40, 3), np.uint8), None, "3×30×40"),
        (np.zeros((30, 40), np.uint8), None, "1×30×40"),
        (np.zeros((30, 40, 3), np.uint8), (1, 30, 40), "1×30×40"),  # a spectrogram in colours
    ],
)
def test_the_strip_says_the_inputs_own_shape(picture, shape, told):
    drawn = rgb(strip([maps(np.ones((1, 4, 4)))], picture, None, shape))
    assert find(drawn, colour.coloured(label(told, strength=0.75), "magma"))
    assert find(drawn, colour.coloured(label("1×31×40", strength=0.75), "magma")) is None


def test_the_strip_shows_the_strongest_channels_and_the_input():
    values = np.ones((8, 4, 4), np.float32) * np.arange(8, dtype=np.float32).reshape(8, 1, 1)
    image = np.random.default_rng(0).integers(0, 255, (84, 84, 3), dtype=np.uint8)
    picture = strip([maps(values)], image)
    assert find(rgb(picture), tiles.enlarge(image, 2))
    for channel in (7, 6, 5, 4, 3):
        painted = colour.coloured(colour.sequential(values[channel], 7.0), "magma")
        assert find(rgb(picture), tiles.enlarge(painted, 42))
    assert find(rgb(picture), tiles.enlarge(colour.coloured(colour.sequential(values[2], 7.0), "magma"), 42)) is None


def test_the_strip_is_not_saturated_by_its_own_strongest_channels():
    values = np.random.default_rng(0).uniform(0, 1, (100, 20, 20))
    values[:5] = np.linspace(20, 100, 5 * 400).reshape(5, 20, 20)
    brightest = colour.coloured(np.array([[colour.LEVELS - 1]], np.uint8), "magma")
    pixels = rgb(strip([maps(values)]))
    area = 5 * (20 * 8) ** 2
    assert (pixels == brightest).all(axis=2).sum() < 0.05 * area


def test_a_strip_whose_scales_end_below_the_largest_values_does_not_say_max():
    clipped = np.ones((5, 27, 27))
    clipped[0, 0, 0] = 50.0
    few = np.ones((1, 4, 4))
    for layers, said, unsaid in (([few, clipped], "≥ limit", "max"), ([few], "max", "≥ limit"),
                                 ([few, -clipped], "≤ −limit", "−max")):  # fmt: skip
        drawn = rgb(strip([maps(values) for values in layers]))
        assert says(drawn, said)
        assert not says(drawn, unsaid)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([f"features.{stage}.blocks.0.feed_forward.activation" for stage in (1, 3)], ["…1…", "…3…"]),
        ([f"features.{stage}.0.mlp.1" for stage in (1, 3)], ["…1.0.mlp.1", "…3.0.mlp.1"]),
        (["conv1", "layer1.0.relu"], ["conv1", "layer1.0.relu"]),
    ],
)
def test_titles_of_a_strip_differ_where_names_begin_and_end_alike(names, told):
    drawn = rgb(strip([LayerOutput(name, np.ones((1, 4, 4)), TRAINED, "cat.png", type="GELU") for name in names]))
    assert [name for name in told if not says(drawn, name, bold=True, strength=1)] == []
    assert says(drawn, "GELU 1×4×4")


def test_the_strip_shows_the_middle_slices_of_volumes():
    values = np.zeros((2, 3, 4, 4), np.float32)
    values[0, 1] = np.arange(16).reshape(4, 4)
    picture = strip([maps(values), maps(values)])
    middle = colour.coloured(colour.sequential(values[0, 1], picture_limit(values)), "magma")
    assert find(rgb(picture), tiles.enlarge(middle, 42))
    assert "the middle slices of volumes" in picture.description.title


def picture_limit(values):
    return float(values.max())  # of so few none is cut off
