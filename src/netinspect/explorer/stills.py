"""What each layer gave, as one small picture for readers without JavaScript: a cell of a map is a pixel.

All maps lie under each other in one PNG, of which the page shows a part for each layer. Few colours and few channels
keep it small; whoever wants more lets the script run.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np

from netinspect.recording import Array

SHADES: Final = 11
"""Of each of the two colour maps; an odd number, so that one is zero."""

PAPER: Final = 2 * SHADES
"""Nothing is painted here."""

MISSING: Final = PAPER + 1

MOST_CELLS: Final = 900
"""Of the map of one layer: some 400 bytes."""

MOST_SIDE: Final = 40
"""A map with more rows or columns is shown by every second or third of them."""

WIDEST: Final = 96
"""Cells from the first channel's left side to the last one's right side; channels beyond begin a new row."""

WIDEST_VECTOR: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """The map of a value: places in the palette, shape (rows, columns), and what is shown of which numbers."""

    pixels: Array
    words: str


def still(array: Array, unit_axis: int | None, upwards: int | None = None) -> Still:
    """The first channels of a value, of any shape, beside each other, or a vector row by row. The axis `upwards` runs
    from the bottom to the top where it is the one of rows."""
    numbers = array.astype(np.float32)
    finite = numbers[np.isfinite(numbers)]
    limit = float(np.abs(finite).max(initial=0))
    span = f"{number_text(finite.min())} to {number_text(finite.max())}" if finite.size else "not finite"
    axes = [axis for axis in range(numbers.ndim) if numbers.shape[axis] > 1]
    is_signed = bool((finite < 0).any())
    if len(axes) < 2:
        vector = numbers.reshape(-1)[:MOST_CELLS]
        wide = min(len(vector), WIDEST_VECTOR)
        filled = np.pad(vector, (0, -len(vector) % wide)).reshape(-1, wide)  # the last row with zeros
        return Still(_shades(filled, limit, is_signed), span)
    inner = [axis for axis in axes if axis != unit_axis][-2:] if len(axes) > 2 else axes
    outer = sorted((axis for axis in axes if axis not in inner), key=lambda axis: axis != unit_axis)
    rows, columns = (numbers.shape[axis] for axis in inner)
    alone = [axis for axis in range(numbers.ndim) if axis not in axes]
    tiles = numbers.transpose(alone + outer + inner).reshape(-1, rows, columns)
    step = -(-max(rows, columns) // MOST_SIDE)
    count = min(len(tiles), max(1, MOST_CELLS // (tiles[0, ::step, ::step].size)))
    parts = [f"the first {f'{count} ' if count > 1 else ''}of {len(tiles)} channels"] if count < len(tiles) else []
    parts += [f"one of {step} rows and columns"] if step > 1 else []
    if parts and finite.size:  # the colours are those of all of them
        span = f"all numbers of the layer from {span}"
    tiles = tiles[:count, ::step, ::step]
    pixels = _side_by_side(_shades(tiles[:, ::-1] if upwards == inner[0] else tiles, limit, is_signed))
    return Still(pixels, ", ".join([*parts, span]))


def number_text(number: float) -> str:
    """With four digits, and with a minus sign."""
    return f"{number:.4g}".replace("-", "\N{MINUS SIGN}")


def strip(stills: Sequence[Still]) -> str:
    """All maps under each other as a PNG in base64."""
    from PIL import Image

    from netinspect.pictures.draw.colour import DIVERGING, LEVELS, MISSING_COLOUR, SEQUENTIAL, palette

    pixels = np.full((sum(len(item.pixels) for item in stills), max(item.pixels.shape[1] for item in stills)), PAPER)
    top = 0
    for item in stills:
        rows, columns = item.pixels.shape
        pixels[top : top + rows, :columns] = item.pixels
        top += rows
    every = np.linspace(0, LEVELS - 1, SHADES).round().astype(int)
    colours = [*palette(DIVERGING)[every], *palette(SEQUENTIAL)[every], (0, 0, 0), MISSING_COLOUR]
    image = Image.fromarray(pixels.astype(np.uint8), "P")
    image.putpalette(np.array(colours, np.uint8).tobytes())
    file = BytesIO()
    image.save(file, "PNG", optimize=True, bits=5, transparency=PAPER)
    return b64encode(file.getvalue()).decode("ascii")


def _shades(numbers: Array, limit: float, is_signed: bool) -> Array:
    """Places in the palette."""
    with np.errstate(invalid="ignore"):
        share = numbers / limit if limit else np.zeros_like(numbers)
        share = (share + 1) / 2 if is_signed else share
        shades = np.rint(np.nan_to_num(share, posinf=0, neginf=0) * (SHADES - 1)).clip(0, SHADES - 1) + (
            0 if is_signed else SHADES
        )
    return np.where(np.isfinite(numbers), shades, MISSING).astype(np.uint8)


def _side_by_side(tiles: Array) -> Array:
    """Tiles (count, rows, columns) with a line of paper between them."""
    count, rows, columns = tiles.shape
    in_row = min(count, max(1, (WIDEST + 1) // (columns + 1)))
    down = -(-count // in_row)
    sheet = np.full((down * (rows + 1) - 1, in_row * (columns + 1) - 1), PAPER, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // in_row * (rows + 1), number % in_row * (columns + 1)
        sheet[top : top + rows, left : left + columns] = tile
    return sheet
