"""Many small images in one: tiled in numpy, enlarged by a whole number, so that every value is one flat square.

A grid of 256 kernels costs milliseconds this way; one matplotlib Axes a tile costs seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw.colour import GAP, PAPER

Pixels = NDArray[np.uint8]
"""Palette indices (H, W) or RGB (H, W, 3)."""

TILE_GAP: Final = 2
WIDTH: Final = 1400
"""Width in pixels that a grid is enlarged towards."""
WIDEST: Final = 1860
"""Most pixels of a picture's width: a page at 1,024 pixels shows two of them as one, and would shrink a wider picture
with its letters."""
MOST: Final = 1680
"""Most pixels a side of anything drawn from values: WIDEST without the margins and the marks at its left."""
TILE_SIDE: Final = 176
"""A tile is not enlarged beyond a square of so many pixels a side, or as much area."""
ONE_ROW: Final = 8
"""So many square tiles or fewer stand in one row, and of tall ones up to ONE_ROW_MOST."""
ONE_ROW_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Grid:
    """Where tiles lie: enlarged `factor` times, in so many columns, with `gap` pixels around each and `below` for a
    caption."""

    rows: int
    columns: int
    factor: int
    height: int
    width: int
    gap: int = TILE_GAP
    below: int = 0

    def corner(self, index: int) -> tuple[int, int]:
        """y and x of a tile's first pixel."""
        row, column = divmod(index, self.columns)
        down, across = self.height * self.factor, self.width * self.factor
        return self.gap + row * (down + self.gap + self.below), self.gap + column * (across + self.gap)


def grid(
    count: int, height: int, width: int, *, columns: int | None = None, side: int = TILE_SIDE, below: int = 0
) -> Grid:  # fmt: skip
    """How `count` tiles of so many values are laid out: near square, few blank cells, enlarged to fit WIDTH."""
    columns = columns or near_square(count, height, width)
    fits = (WIDTH - TILE_GAP) // columns - TILE_GAP
    factor = max(1, min(fits // width, int(side / sqrt(height * width)), 3 * side // max(height, width)))
    return Grid(ceil(count / columns), columns, factor, height, width, below=below)


def near_square(count: int, height: int = 1, width: int = 1) -> int:
    """Columns that make the whole near square and leave the fewest cells blank."""
    if count <= ONE_ROW_MOST and count * width <= ONE_ROW * height:
        return max(1, count)
    least = max(1, min(count, ceil(sqrt(count * height / width))))
    return min(range(least, min(2 * least, count) + 1), key=lambda columns: (-count % columns, columns))


def enlarge(pixels: Pixels, factor: int, axes: tuple[int, int] = (0, 1)) -> Pixels:
    """Every value as a square of `factor` pixels."""
    if factor == 1:
        return pixels
    return np.repeat(np.repeat(pixels, factor, axis=axes[0]), factor, axis=axes[1])


def tile(tiles: Pixels, layout: Grid) -> Pixels:
    """Tiles (N, h, w) of indices or (N, h, w, 3) of RGB in one array. Cells without a tile are paper."""
    large = enlarge(tiles, layout.factor, (1, 2))
    canvas = paper(*extent(layout), rgb=tiles.ndim == 4)
    frame = GAP if tiles.ndim == 3 else 255
    for index, pixels in enumerate(large):
        y, x = layout.corner(index)
        height, width = pixels.shape[:2]
        gap = layout.gap
        canvas[y - gap : y + height + gap, x - gap : x + width + gap] = frame
    for index, pixels in enumerate(large):
        y, x = layout.corner(index)
        canvas[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    return canvas


def extent(layout: Grid) -> tuple[int, int]:
    """Height and width of the whole."""
    down, across = layout.height * layout.factor, layout.width * layout.factor
    return layout.gap + layout.rows * (down + layout.gap + layout.below), layout.gap + layout.columns * (
        across + layout.gap
    )


def framed(pixels: Pixels, gap: int = TILE_GAP) -> Pixels:
    """One tile with the gap's colour around it."""
    frame = GAP if pixels.ndim == 2 else 255
    pad = ((gap, gap), (gap, gap)) + ((0, 0),) * (pixels.ndim - 2)
    return np.pad(pixels, pad, constant_values=frame)


def paper(height: int, width: int, *, rgb: bool = False) -> Pixels:
    """Blank paper."""
    return np.full((height, width, 3) if rgb else (height, width), 255 if rgb else PAPER, np.uint8)


def reduction(size: int, room: int = MOST) -> int:
    """By how much a side must be made smaller to fit: 1 where it fits."""
    return max(1, ceil(size / room))


def reduced(values: NDArray[np.floating], by: int) -> NDArray[np.floating]:
    """The mean over squares of `by` values a side in the last two axes; those at the border may be smaller."""
    if by == 1:
        return values
    height, width = values.shape[-2:]
    rows, columns = np.arange(0, height, by), np.arange(0, width, by)
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=-2), columns, axis=-1)
    return np.asarray(sums / np.outer(np.diff(rows, append=height), np.diff(columns, append=width)))


def smaller(picture: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    """A photograph (height, width) or (height, width, 3) with the mean of each square of `by` pixels a side."""
    planes = np.atleast_3d(picture).transpose(2, 0, 1).astype(np.float32)
    means: NDArray[np.uint8] = np.rint(reduced(planes, by)).astype(np.uint8).transpose(1, 2, 0)
    return means.reshape(*means.shape[:2], *picture.shape[2:])


def loudest_channel(channels: NDArray[np.floating]) -> NDArray[np.floating]:
    """Of the first axis the value of largest magnitude: the mean of two channels in opposite phase would be nothing."""
    high, low = channels.max(axis=0), channels.min(axis=0)
    return np.asarray(np.where(high >= -low, high, low))


def strongest(values: NDArray[np.floating], down: int, across: int) -> NDArray[np.floating]:
    """The value of largest magnitude in each block of `down` by `across` values of the last two axes; NaN where a block
    holds one. Blocks at the border may be smaller.

    Signed values must not be averaged for a picture: the mean of a tone over its period is zero.
    """
    if down == across == 1:
        return values
    height, width = values.shape[-2:]
    before = [(0, 0)] * (values.ndim - 2)
    padded = np.pad(values, [*before, (0, -height % down), (0, -width % across)])
    blocks = padded.reshape(*values.shape[:-2], padded.shape[-2] // down, down, padded.shape[-1] // across, across)
    high, low = blocks.max(axis=(-3, -1)), blocks.min(axis=(-3, -1))
    return np.asarray(np.where(high >= -low, high, low))
