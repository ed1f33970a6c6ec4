"""Crops of the inputs that drive a kernel most."""

import numpy as np

from netinspect.pictures.draw import colour, tiles
from netinspect.pictures.kinds.kernels import Tensor
from netinspect.pictures.kinds.top_inputs import INK, Data, Unit, kernel_tiles, top_inputs, waveform
from netinspect.pictures.look import Look, Origin
from netinspect.recording import OUTSIDE
from tests.pictures.pixels import find, rgb


def test_a_waveform_is_grey_where_there_is_no_sound():
    drawn = waveform(np.ones(50), 0, 99)
    assert (drawn[:, -40:] == OUTSIDE).all()
    assert not (drawn[:, :40] == OUTSIDE).any()
    assert waveform(np.ones(5), 100, 120).min() == OUTSIDE


def test_blocks_show_the_crops_of_each_kernel():
    crops = tuple(np.full((8, 8, 3), value, np.uint8) for value in range(10, 100, 10))
    units = [Unit(index, crops, tuple(range(9, 0, -1))) for index in range(3)]
    picture = top_inputs("conv1", units, Origin("net.pt"), Data("photos", 1234, 64), Look(max_tiles=2))
    assert picture.description.indices == (0, 1)
    assert "showing 2 of 64 kernels" in picture.description.title
    assert "the 9 strongest of 1,234 inputs" in picture.description.title
    for value in range(10, 100, 10):
        assert find(rgb(picture), tiles.enlarge(np.full((8, 8, 3), value, np.uint8), 12))


def test_large_and_empty_crops_can_be_drawn():
    units = [Unit(0, (np.full((500, 300, 3), 7, np.uint8), np.full((4, 4), np.nan)), (1.0, 0.5)), Unit(1, (), ())]
    assert top_inputs("conv1", units, Origin("net.pt"), Data("photos", 2, 2)).image.size[0] < 1200
    assert top_inputs("conv1", [], Origin("net.pt"), Data("photos", 0, 0)).description.indices == ()


# --- the kernel beside its crops -----------------------------------------------------------------


def test_a_tone_in_a_large_table_does_not_vanish():
    """Of numbers a pixel is the largest of many, not their mean, which of a tone is nothing."""
    tone = np.zeros((900, 900), np.float32)
    tone[:, 450:] = np.where(np.arange(450) % 2, 1.0, -1.0)
    picture = top_inputs("conv", [Unit(0, (tone,), (1.0,))], Origin("net.pt"), Data("data", 1, 1), Look())
    pixels = rgb(picture)
    silent, loud = (
        int((pixels == colour.palette(colour.SEQUENTIAL)[level]).all(axis=-1).sum())
        for level in (colour.LEVELS // 2, colour.LEVELS - 1)
    )
    assert silent > 1000
    assert loud == silent


def weights(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def tiles_of(weight, indices=(0,), **more):
    return kernel_tiles(Tensor("conv1", weight, Origin("net.pt"), **more), indices)


def test_kernels_over_three_channels_are_in_colour_on_the_layers_scale():
    weight = weights(5, 3, 4, 4)
    drawn, limit = tiles_of(weight, (0, 3))
    assert limit == np.abs(weight).max()
    assert np.array_equal(drawn[1], colour.rgb(weight[3].transpose(1, 2, 0), limit))


def test_kernels_over_one_channel_are_red_and_blue():
    weight = weights(4, 1, 5, 5)
    (drawn,), limit = tiles_of(weight, (2,))
    assert np.array_equal(drawn, colour.coloured(colour.diverging(weight[2, 0], limit), "RdBu_r"))


def test_kernels_over_two_channels_are_slices_side_by_side():
    (drawn,), limit = tiles_of(weights(4, 2, 5, 5))
    assert drawn.shape == (5, 11, 3)
    assert np.array_equal(drawn[:, 6:], colour.coloured(colour.diverging(weights(4, 2, 5, 5)[0, 1], limit), "RdBu_r"))


def test_kernels_over_a_spectrogram_have_low_frequencies_at_the_bottom():
    weight = weights(4, 1, 5, 3)
    (drawn,), limit = tiles_of(weight, spectrogram=True)
    assert np.array_equal(drawn, colour.coloured(colour.diverging(weight[0, 0, ::-1], limit), "RdBu_r"))


def test_kernels_over_time_are_waveforms():
    weight = np.zeros((8, 1, 4), np.float32)
    weight[:, 0] = (1.0, 0.0, -1.0, 0.0)
    weight[7, 0] = (1.0, 0.0, 0.0, 9.0)
    (first, loud), limit = tiles_of(weight, (0, 7))
    middle = first.shape[0] // 2
    quarter = first.shape[1] // 4
    assert (first[: middle - 1, :quarter] == INK).all()
    assert (first[middle + 1 :, 2 * quarter : 3 * quarter] == INK).all()
    assert not (first[:, quarter : 2 * quarter] == INK).any()
    assert limit == 1.0
    assert (loud[: middle - 1, -quarter:] == INK).all()  # cut off at the edge


def test_rows_of_a_first_linear_layer_are_images():
    weight = weights(6, 48)
    (drawn,), limit = tiles_of(weight, (4,), input_shape=(3, 4, 4))
    assert np.array_equal(drawn, colour.rgb(weight[4].reshape(3, 4, 4).transpose(1, 2, 0), limit))


def test_a_volume_is_its_slices():
    (drawn,), _ = tiles_of(weights(2, 3, 4, 5, 5))
    assert drawn.shape == (5, 4 * 5 + 3, 3)


def test_kernels_over_many_channels_or_one_cell_have_no_tile():
    assert tiles_of(weights(4, 5, 3, 3)) is None
    assert tiles_of(weights(4, 3, 1, 1)) is None
    assert tiles_of(weights(4, 20)) is None


def test_of_a_linear_layer_it_is_units_and_their_weights():
    own = np.zeros((2, 2, 3), np.uint8)
    data = Data("photos", 1, 10, 0.25, "unit")
    said = top_inputs("fc", [Unit(0, (np.zeros((8, 8, 3), np.uint8),), (1.5,), own)], Origin("net.pt"), data)
    assert said.description.title.startswith("fc: what drives each unit most · ")
    assert "showing 1 of 10 units · weights on one scale, ±0.25" in said.description.title
    assert said.description.alt.startswith("For each unit of fc what")


def test_the_kernel_stands_in_its_block_and_its_scale_in_the_title():
    crops = (np.full((8, 8, 3), 90, np.uint8),)
    own = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20
    picture = top_inputs("conv1", [Unit(0, crops, (1.5,), own)], Origin("net.pt"), Data("photos", 1, 1, 0.25))
    assert find(rgb(picture), tiles.enlarge(own, 32))
    assert "the strongest of 1 input ·" in picture.description.title
    assert "kernels on one scale, ±0.25" in picture.description.title
    assert (picture.description.scale.low, picture.description.scale.high) == (-0.25, 0.25)
