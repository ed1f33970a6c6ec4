"""Kernels: zero is mid-grey, one scale a layer, dead kernels stay grey; checked on decoded pixels."""

import warnings

import numpy as np
import pytest

from netinspect.errors import InputError
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.matrices import matrix
from netinspect.pictures.draw.scaling import limits_of
from netinspect.pictures.kinds.kernels import Tensor, _axes, kernels, outputs_first
from netinspect.pictures.look import Look, Origin
from netinspect.recording import Kernel
from tests.pictures.pixels import enlargement, find, rgb, says

TRAINED = Origin("net.pt")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def limit_of(weight):
    """The end of a layer's scale: what 99.5 % of its weights stay within, of fewer than 200 the largest."""
    amounts = np.abs(weight)
    return float(np.percentile(amounts, 99.5) if weight.size >= 200 else amounts.max())


def tile_of(picture, pixels):
    """By which factor a tile stands enlarged in the picture; 0 where it does not."""
    return enlargement(rgb(picture), pixels)


def test_rgb_kernels_are_drawn_as_the_formula_says():
    weight = normal(6, 3, 5, 5)
    picture = kernels(Tensor("conv1", weight, TRAINED))
    limit = limit_of(weight)
    expected = np.rint(255 * (0.5 + np.clip(weight[4].transpose(1, 2, 0) / limit, -1, 1) / 2)).astype(np.uint8)
    assert tile_of(picture, expected) == tiles.grid(6, 5, 5).factor
    assert picture.description.colormap == "RGB"
    assert picture.description.scale.high == pytest.approx(limit)


def test_the_scale_of_a_layer_is_that_of_all_its_kernels_drawn_or_not():
    weight = normal(6, 3, 5, 5)
    weight[5] *= 8
    picture = kernels(Tensor("conv1", weight, TRAINED), Look(max_tiles=4))
    expected = np.rint(255 * (0.5 + weight[2].transpose(1, 2, 0) / (2 * limit_of(weight)))).astype(np.uint8)
    assert tile_of(picture, expected) > 0
    assert picture.description.scale.high == pytest.approx(limit_of(weight))


def test_one_large_weight_does_not_leave_the_others_white(monkeypatch):
    weight = normal(8, 1, 9, 9)
    weight[0, 0, 0, 0] = 100.0
    bars = []
    draw = sheet.colour_bar
    monkeypatch.setattr(sheet, "colour_bar", lambda bar: bars.append(bar) or draw(bar))
    picture = kernels(Tensor("conv1", weight, TRAINED))
    assert picture.description.scale.high < 4
    assert "clip" not in picture.description.title  # as usual
    assert "(clip 90 %)" in kernels(Tensor("conv1", weight, TRAINED), Look(clip=90)).description.title
    bars.pop()
    assert bars[0].clipped
    assert says(rgb(picture), f"≥ {picture.description.scale.high:.3g}")
    whole = kernels(Tensor("conv1", weight, TRAINED), Look(clip=100))
    assert (whole.description.scale.high, bars[1].clipped) == (100.0, False)


def test_a_dead_kernel_stays_grey_and_zero_is_mid_grey():
    weight = normal(4, 3, 3, 3)
    weight[2] = 0
    picture = kernels(Tensor("conv1", weight, TRAINED))
    dead = np.full((3, 3, 3), 128, np.uint8)
    assert tile_of(picture, dead) == tiles.grid(4, 3, 3).factor


@pytest.mark.parametrize("scaling", ["layer", "kernel"])
def test_a_nearly_dead_kernel_is_never_blown_up_into_confetti(scaling):
    weight = normal(4, 1, 5, 5)
    weight[1] *= 1e-4 / np.abs(weight[1]).max()
    picture = kernels(Tensor("conv1", weight, TRAINED), Look(scale=scaling))
    still = colour.coloured(np.full((5, 5), colour.ZERO, np.uint8), "RdBu_r")
    assert tile_of(picture, still) == tiles.grid(4, 5, 5).factor


def test_with_a_scale_for_each_kernel_the_gain_is_floored_and_printed():
    weight = np.ones((3, 1, 2, 2), np.float32) * np.array([1.0, 0.5, 0.001], np.float32).reshape(3, 1, 1, 1)
    picture = kernels(Tensor("conv1", weight, TRAINED), Look(scale="kernel"))
    assert "kernel, gain at most ×20" in picture.description.title
    full = colour.coloured(np.full((2, 2), colour.LEVELS - 1, np.uint8), "RdBu_r")
    faint = colour.coloured(np.full((2, 2), colour.ZERO + round(0.001 / 0.05 * colour.ZERO), np.uint8), "RdBu_r")
    assert tile_of(picture, full) > 0
    assert tile_of(picture, faint) > 0


def test_a_scale_for_the_network_uses_its_limit():
    weight = np.ones((2, 1, 2, 2), np.float32)
    picture = kernels(Tensor("conv1", weight, TRAINED), Look(scale="network", network_limit=4.0))
    quarter = colour.coloured(np.full((2, 2), colour.ZERO + 28, np.uint8), "RdBu_r")
    assert tile_of(picture, quarter) > 0
    assert "scale ±4 (network)" in picture.description.title


def test_titles_say_shape_scale_and_origin():
    title = kernels(Tensor("conv2", np.full((8, 1, 5, 5), 0.21, np.float32), Origin("alexnet.pt"))).description.title
    assert title == "conv2.weight 8×1×5×5 · 8 kernels, in order of index · scale ±0.21 · trained: alexnet.pt"


def test_random_weights_are_called_so_in_title_and_alt():
    said = kernels(Tensor("conv1", normal(4, 3, 3, 3), Origin(seed=7))).description
    for words in (said.title, said.alt):
        assert "random initialisation, seed 7: nothing learned" in words


def test_a_deep_layer_shows_the_strongest_16_by_16():
    weight = normal(64, 40, 3, 3) * np.linspace(1, 3, 64, dtype=np.float32).reshape(-1, 1, 1, 1)
    said = kernels(Tensor("conv5", weight, TRAINED)).description
    assert "16 of 64 outputs × 16 of 40 inputs, by norm" in said.title
    norms = np.sqrt((weight.astype(np.float64) ** 2).sum(axis=(1, 2, 3)))
    assert said.indices == tuple(np.argsort(-norms, kind="stable")[:16].tolist())
    assert said.total == 64


def test_max_tiles_bounds_a_grid_and_says_so():
    said = kernels(Tensor("conv1", normal(96, 3, 5, 5), TRAINED)).description
    assert said.indices == tuple(range(64))
    assert "showing 64 of 96 kernels" in said.title
    assert len(kernels(Tensor("conv1", normal(96, 3, 5, 5), TRAINED), Look(max_tiles=10)).description.indices) == 10


def test_orders():
    weight = np.zeros((3, 1, 1, 64), np.float32)
    taps = np.arange(64)
    for index, (cycles, loud) in enumerate([(20, 1.0), (4, 3.0), (10, 2.0)]):
        weight[index, 0, 0] = loud * np.cos(2 * np.pi * cycles * taps / 64)
    sound = Tensor("conv1", weight[:, :, 0], TRAINED, activation=np.array([0.1, 0.2, 0.9]))
    shown = {
        order: kernels(sound, Look(order=order)).description.indices
        for order in ("index", "norm", "activation", "frequency")
    }
    assert shown == {"index": (0, 1, 2), "norm": (1, 2, 0), "activation": (2, 1, 0), "frequency": (1, 2, 0)}


def test_an_order_by_activation_needs_activations():
    with pytest.raises(InputError, match="needs the layer's activations"):
        kernels(Tensor("conv1", normal(4, 1, 3, 3), TRAINED), Look(order="activation"))


def test_a_1x1_layer_is_a_matrix():
    weight = normal(12, 20, 1, 1)
    picture = kernels(Tensor("conv", weight, TRAINED))
    cells = colour.coloured(colour.diverging(weight[:, :, 0, 0], limit_of(weight)), "RdBu_r")
    assert tile_of(picture, cells) > 1
    assert picture.description.shape == (12, 20, 1, 1)


def test_depthwise_layers_have_one_tile_a_channel():
    said = kernels(Tensor("dw", normal(32, 1, 3, 3), TRAINED, groups=32)).description
    assert said.indices == tuple(range(32))
    assert "channels of dw" in said.alt


def test_rows_of_a_linear_layer_become_images_of_the_declared_input():
    weight = normal(5, 48)
    grey = kernels(Tensor("fc", weight, TRAINED, input_shape=(1, 6, 8)))
    expected = colour.coloured(colour.diverging(weight[3].reshape(6, 8), limit_of(weight)), "RdBu_r")
    assert tile_of(grey, expected) > 1
    assert kernels(Tensor("fc", weight, TRAINED, input_shape=(3, 4, 4))).description.colormap == "RGB"
    assert "5 outputs" in kernels(Tensor("fc", weight, TRAINED)).description.title
    assert "5 outputs" in kernels(Tensor("fc", weight, TRAINED, input_shape=(7, 7))).description.title


def test_transposed_weights_are_drawn_outputs_first():
    weight = normal(4, 3, 2, 2)  # groups 2: in 4, out 6
    tensor = Tensor("up", weight, TRAINED, groups=2, transposed=True)
    found = outputs_first(tensor)
    assert found.shape == (6, 2, 2, 2)
    assert np.array_equal(found[4, 1], weight[3, 1])


def test_kernels_over_a_spectrogram_stand_with_low_frequencies_at_the_bottom():
    weight = np.zeros((2, 1, 3, 3), np.float32)
    weight[:, 0, 0, :] = 1  # the lowest frequency
    for flipped, rows in ((True, [0, 0, 1]), (False, [1, 0, 0])):
        picture = kernels(Tensor("conv1", weight, Origin(), spectrogram=flipped))
        expected = np.array([[colour.LEVELS - 1 if row else colour.ZERO] * 3 for row in rows], np.uint8)
        assert tile_of(picture, colour.coloured(expected, "RdBu_r")) > 1


@pytest.mark.slow
def test_volumes_show_every_slice():
    weight = normal(4, 2, 3, 5, 5)
    picture = kernels(Tensor("conv3d", weight, TRAINED))
    limit = limit_of(weight)
    for plane in weight[3, 1]:
        assert tile_of(picture, colour.coloured(colour.diverging(plane, limit), "RdBu_r")) > 1


@pytest.mark.parametrize(
    ("weight", "note"),
    [
        (np.full((2, 3, 3, 3), np.nan, np.float32), "54 of 54 weights are not finite"),
        (np.zeros((2, 1, 3, 3), np.float32), "all 18 weights are 0"),
        (np.full((4, 4), 2.0, np.float32), "all 16 weights are 2"),
        (np.zeros((0, 3, 3, 3), np.float32), "no weights: the tensor is empty"),
        (np.full((2, 1, 3, 3), np.float32(3e38)), "all 18 weights are 3e+38"),
        (np.array([[np.inf, 1.0]], np.float16), "1 of 2 weights are not finite"),
    ],
)
def test_odd_tensors_give_a_picture_with_a_note_and_no_warning(weight, note):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = kernels(Tensor("conv", weight, TRAINED))
    assert picture.description.notes[0].startswith(note)
    assert picture.image.size[0] > 100


@pytest.mark.parametrize(
    "shape", [(7,), (1, 1), (3, 1, 1, 1), (2, 1, 4096, 4096), (4, 5, 7), (2, 3, 1, 9), (3000, 2000)]
)
def test_every_shape_gives_a_picture_of_bounded_size(shape):
    weight = np.ones(shape, np.float32) if max(shape) > 1000 else normal(*shape)
    width, height = kernels(Tensor("layer", weight, TRAINED)).image.size
    assert width <= 2200
    assert height <= 2600


def test_single_channel_pictures_are_paletted():
    assert kernels(Tensor("conv", normal(4, 1, 3, 3), TRAINED)).image.mode == "P"
    assert kernels(Tensor("conv", normal(4, 3, 3, 3), TRAINED)).image.mode == "RGB"


# --- volumes -------------------------------------------------------------------------------------


def test_kernels_over_a_clip_in_colour_are_their_slices_from_left_to_right():
    weight = normal(5, 3, 2, 4, 4)
    picture = kernels(Tensor("conv1", weight, TRAINED))
    limit = limit_of(weight)
    first, second = (colour.rgb(weight[3, :, at].transpose(1, 2, 0), limit) for at in (0, 1))
    factor = tile_of(picture, first)
    assert factor > 1
    (y, x), (other_y, other_x) = (find(rgb(picture), tiles.enlarge(plane, factor)) for plane in (first, second))
    assert (other_y, other_x) == (y, x + 4 * factor + tiles.TILE_GAP)
    assert "5 kernels, in order of index, 2 slices each" in picture.description.title
    assert picture.description.shape == (5, 3, 2, 4, 4)


def test_slices_of_volumes_are_counted():
    said = kernels(Tensor("conv2", normal(20, 8, 3, 3, 3), TRAINED)).description
    assert "showing 16 of 20 outputs × 5 of 8 inputs, by norm, 3 slices each" in said.title
    assert "a tile for each output and input and slice" in said.alt


def test_a_kernel_one_cell_deep_is_drawn_as_one_over_pictures():
    flat = normal(4, 3, 5, 5)
    deep = kernels(Tensor("conv1", flat[:, :, None], TRAINED))
    plane = colour.rgb(flat[2].transpose(1, 2, 0), limit_of(flat))
    assert tile_of(deep, plane) == tiles.grid(4, 5, 5).factor


# --- matrices ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("outputs", "written"), [(3, "2 ×20"), (12, "2\n×20")])
def test_rows_of_a_matrix_on_scales_of_their_own_say_their_gains(outputs, written, monkeypatch):
    weight = np.ones((outputs, 6), np.float32)
    weight[1], weight[2] = 0.25, 0.001
    seen = []
    monkeypatch.setattr(sheet, "with_axes", lambda body, down, across, *_: seen.extend([*down, *across]) or body)
    kernels(Tensor("fc", weight, TRAINED), Look(scale="kernel"))
    assert written in [tick.text for tick in seen]


def test_each_gate_has_as_many_of_its_strongest_rows():
    weight = normal(4 * 300, 6)
    weight[600:900] *= 0.01  # the third gate is weak
    weight[610:740] *= 10
    gates = ("i input", "f forget", "g cell", "o output")
    picture = kernels(Tensor("lstm", weight, TRAINED, name="weight_hh_l0", axes=("output", "h unit"), gates=gates))
    kept = np.array(picture.description.indices)
    assert np.bincount(kept // 300).tolist() == [128] * 4
    assert set(kept[256:384].tolist()) <= set(range(610, 740))
    assert "showing 512 of 1,200 outputs, the strongest of each gate in order of index" in picture.description.title


@pytest.mark.parametrize(
    ("name", "type", "columns"),
    [("weight_hh_l0", "LSTM", "h unit"), ("weight_ih_l0", "LSTM", "input"), ("weight_hh", "GRUCell", "h unit"),
     ("weight", "Linear", "input"), ("weight", "Embedding", "feature")],
)  # fmt: skip
def test_the_columns_of_a_matrix_are_what_it_reads(name, type, columns):
    assert _axes(Kernel("a", f"a.{name}", name, type, np.zeros((2, 2)), (), "random"))[1] == columns


def test_a_parameter_of_its_own_is_a_matrix_of_its_long_axes():
    weight = normal(1, 7, 12)
    picture = kernels(Tensor("positions", weight, TRAINED, axes=("row", "column"), plain=True))
    cells = colour.coloured(colour.diverging(weight[0], limit_of(weight)), "RdBu_r")
    assert tile_of(picture, cells) > 10
    assert "1×7×12 · 7 rows, in order of index" in picture.description.title


def test_an_embedding_is_counted_in_embeddings():
    said = kernels(Tensor("embed", normal(2000, 4), TRAINED, axes=("embedding", "feature"))).description
    assert "showing 512 of 2,000 embeddings, the strongest in order of index" in said.title


def test_a_matrix_of_one_long_row_is_tall_enough_to_see():
    weight = normal(1, 500)
    row = colour.coloured(colour.diverging(weight, limit_of(weight)), "RdBu_r")
    picture = kernels(Tensor("same", weight, TRAINED))
    assert find(rgb(picture), np.repeat(np.repeat(row, 40, axis=0), 2, axis=1))


@pytest.mark.parametrize(("shape", "is_turned"), [((40, 8), True), ((8, 40), False), ((9, 8), False)])
def test_a_matrix_that_lies_on_its_side_says_so_in_its_title(shape, is_turned):
    picture = matrix(normal(*shape), "fc", "fc", Origin(), Look(), shape=shape)
    assert ("turned: outputs run across" in picture.description.title) is is_turned


def test_a_scale_for_each_kernel_is_clipped_as_that_of_a_layer_is():
    """One weight of a hundred thousand says nothing of the others, and the ends of the bar say that it is beyond."""
    weight = normal(4, 1, 30, 30)
    weight[1, 0, 3, 3] = 1000.0
    limits = limits_of(weight, range(4), Look(scale="kernel"))
    assert limits.limit.max() < 4
    assert limits.limit[1] == pytest.approx(np.percentile(np.abs(weight[1]), 99.5))
    assert limits.gains[0] == pytest.approx(np.percentile(np.abs(weight), 99.5) / limits.limit[0])
    assert limits.clipped
    assert "clip 99.5 %" in limits.words


def test_each_cell_of_a_small_matrix_has_its_number():
    """In ink that can be read on its colour; a larger matrix has none."""
    values = np.array([[3.0, -3.0, 0.01], [0.5, -0.5, 0.0]])
    for weight, has_numbers in ((values, True), (np.tile(values, (1, 3)), False)):
        picture = matrix(weight, "fc", "fc", Origin(), Look(), shape=weight.shape)
        pixels = np.asarray(picture.image.convert("RGB")).astype(int)
        for (row, column), value in np.ndenumerate(weight):
            cell = cell_of(pixels, row, column)
            ground = cell[3, 3]
            written = np.abs(cell - ground).sum(axis=2).max() > 300
            assert written == has_numbers, value
            if has_numbers:
                ink = cell.reshape(-1, 3)[np.abs(cell - ground).sum(axis=2).argmax()]
                assert abs(ink.sum() - ground.sum()) > 300


def cell_of(pixels, row, column):
    """The pixels of a cell: matrices of up to 12 cells a side have cells of 80, framed in grey."""
    is_grey = (pixels == 64).all(axis=2)  # letters have some of it too
    top, left = (int(np.flatnonzero(is_grey.sum(axis=axis) > 80)[0]) for axis in (1, 0))
    y, x = top + 2 + 80 * row, left + 2 + 80 * column
    return pixels[y : y + 80, x : x + 80]
