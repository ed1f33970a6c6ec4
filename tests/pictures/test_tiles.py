"""Tiles are laid out exactly: enlarged by whole numbers, gaps between, blank cells blank."""

import numpy as np
import pytest

from netinspect.pictures.draw import tiles
from netinspect.pictures.draw.colour import GAP, PAPER
from netinspect.pictures.draw.tiles import Grid


def test_a_grid_by_hand():
    pixels = np.array([[[1, 2]], [[3, 4]], [[5, 6]]], np.uint8)  # three tiles of 1x2
    whole = tiles.tile(pixels, Grid(2, 2, 2, 1, 2, gap=1))
    g, p = GAP, PAPER
    assert whole.tolist() == [
        [g, g, g, g, g, g, g, g, g, g, g],
        [g, 1, 1, 2, 2, g, 3, 3, 4, 4, g],
        [g, 1, 1, 2, 2, g, 3, 3, 4, 4, g],
        [g, g, g, g, g, g, g, g, g, g, g],
        [g, 5, 5, 6, 6, g, p, p, p, p, p],
        [g, 5, 5, 6, 6, g, p, p, p, p, p],
        [g, g, g, g, g, g, p, p, p, p, p],
    ]


def test_colour_tiles_keep_their_channels_and_leave_white_cells():
    pixels = np.arange(1, 4, dtype=np.uint8).reshape(1, 1, 1, 3)
    whole = tiles.tile(pixels, Grid(1, 2, 1, 1, 1, gap=1))
    assert whole.shape == (3, 5, 3)
    assert whole[1, 1].tolist() == [1, 2, 3]
    assert (whole[1, 3] == 255).all()


def test_captions_have_room_beneath_each_row():
    layout = Grid(2, 1, 3, 2, 2, gap=2, below=10)
    assert layout.corner(0) == (2, 2)
    assert layout.corner(1) == (2 + 6 + 2 + 10, 2)
    assert tiles.extent(layout) == (2 + 2 * (6 + 2 + 10), 2 + 6 + 2)


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (6, 6), (8, 8), (9, 3), (16, 4), (32, 8), (64, 8), (96, 12), (20, 5), (128, 16)]
)
def test_columns_leave_no_cell_blank_where_they_need_not(count, columns):
    assert tiles.near_square(count) == columns


def test_columns_are_never_more_than_tiles():
    for count in range(1, 200):
        for height, width in ((1, 1), (1, 9), (100, 2), (3, 4)):
            assert 1 <= tiles.near_square(count, height, width) <= count


def test_enlarging_stops_at_the_width_of_a_sheet():
    layout = tiles.grid(64, 11, 11)
    assert layout.columns == 8
    assert tiles.extent(layout)[1] <= tiles.WIDTH
    assert layout.factor == 15
    assert tiles.grid(1, 4000, 4000).factor == 1


def test_reduction_is_a_mean_over_squares():
    values = np.arange(16.0).reshape(1, 4, 4)
    assert tiles.reduced(values, 2).tolist() == [[[2.5, 4.5], [10.5, 12.5]]]
    assert tiles.reduced(np.arange(5.0).reshape(1, 5, 1), 2).tolist() == [[[0.5], [2.5], [4.0]]]  # nothing is left out
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3) * 10
    assert tiles.smaller(grey, 2).tolist() == [[20, 35]]
    assert tiles.smaller(np.stack([grey] * 3, axis=2), 2).tolist() == [[[20] * 3, [35] * 3]]
    assert tiles.reduction(100, 100) == 1
    assert tiles.reduction(101, 100) == 2


def test_the_strongest_value_of_each_block_keeps_its_sign():
    values = np.array([[[1.0, -3.0, 2.0, 0.0, -0.5], [2.0, 0.0, -1.0, 0.5, 0.25]]])
    assert tiles.strongest(values, 2, 2).tolist() == [[[-3.0, 2.0, -0.5]]]
    assert tiles.strongest(values, 1, 1) is values
    assert np.isnan(tiles.strongest(np.array([[1.0, np.nan]]), 1, 2)).all()


@pytest.mark.parametrize("by", [2, 3, 7])
def test_the_strongest_value_agrees_with_a_search(by):
    values = np.random.default_rng(by).standard_normal((2, 20, 31))
    found = tiles.strongest(values, by, by)
    for channel, row, column in np.ndindex(found.shape):
        block = values[channel, row * by : (row + 1) * by, column * by : (column + 1) * by].ravel()
        assert found[channel, row, column] == block[np.abs(block).argmax()]
