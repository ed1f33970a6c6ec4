"""Numbers to colours: the palettes of paletted PNGs, and the arithmetic that puts zero where it belongs.

A palette holds 225 colours of a map (so that an odd number leaves one exactly in the middle, for zero), one for
the gap between tiles, one for what is not finite, and 29 greys from paper to ink, for text. The gap and the
missing colour occur in no map. Signed values use RdBu_r, which colour-blind people can read; amounts use magma.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.uint8]
Values = NDArray[np.floating]

LEVELS: Final = 225
ZERO: Final = LEVELS // 2
GAP: Final = 225
MISSING: Final = 226
PAPER: Final = 227
INK: Final = 255

DIVERGING: Final = "RdBu_r"
SEQUENTIAL: Final = "magma"
GREY: Final = "gray"

_AT_ONCE: Final = 1 << 17
"""Values that stay in the processor's cache while they are looked at twice."""

_MANY: Final = 1 << 22
"""Values of which the percentile is found by counting, without a copy of them all."""

_HALF: Final = 16
"""Bits of a float32 that are counted at once: its upper half, then its lower one."""

MISSING_COLOUR: Final = (0, 158, 115)
_GAPS: Final = {DIVERGING: (64, 64, 64), SEQUENTIAL: (255, 255, 255), GREY: (213, 94, 0)}


@lru_cache
def palette(colormap: str) -> NDArray[np.uint8]:
    """The 256 RGB colours of a matplotlib map, gap, missing and greys. Shape (256, 3), not to be written to."""
    from matplotlib import colormaps

    colours = np.empty((256, 3), np.uint8)
    colours[:LEVELS] = np.rint(255 * colormaps[colormap](np.linspace(0, 1, LEVELS))[:, :3])
    colours[GAP] = _GAPS[colormap]
    colours[MISSING] = MISSING_COLOUR
    colours[PAPER:] = np.rint(np.linspace(255, 0, INK - PAPER + 1))[:, None]
    colours.flags.writeable = False
    return colours


def coloured(indices: Indices, colormap: str) -> NDArray[np.uint8]:
    """Palette indices (H, W) as RGB (H, W, 3)."""
    return palette(colormap)[indices]


def diverging(values: Values, limit: float | Values, gamma: float = 1.0) -> Indices:
    """-limit … 0 … limit as indices 0 … ZERO … 224; beyond is clipped, what is not finite is MISSING."""
    part = _share(values, limit)
    part = np.sign(part) * np.abs(part) ** (1 / gamma) if gamma != 1 else part
    return _indices(ZERO + np.clip(part, -1, 1) * ZERO)


def sequential(values: Values, limit: float | Values, gamma: float = 1.0) -> Indices:
    """0 … limit as indices 0 … 224; beyond is clipped, what is not finite is MISSING."""
    part = np.clip(_share(values, limit), 0, 1)
    part = part ** (1 / gamma) if gamma != 1 else part
    return _indices(part * (LEVELS - 1))


def rgb(values: Values, limit: float | Values) -> NDArray[np.uint8]:
    """Signed values with three channels last as `0.5 + v/(2·limit)`: zero is the middle grey 128."""
    part = _share(values, limit)
    with np.errstate(invalid="ignore"):
        colours = np.rint(255 * (0.5 + np.clip(part, -1, 1) / 2))
    missing = np.isnan(part).any(axis=-1)
    if missing.any():
        colours[missing] = MISSING_COLOUR
    return colours.astype(np.uint8)


def _share(values: Values, limit: float | Values) -> Values:
    """values/limit; NaN where a value is not finite. Where the limit is 0 so are the values, and their share."""
    safe = np.where(np.asarray(limit) > 0, limit, 1.0)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        part = np.asarray(values / safe, dtype=np.float64)
    finite = np.isfinite(values)
    return part if finite.all() else np.where(finite, part, np.nan)


def _indices(levels: Values) -> Indices:
    missing = np.isnan(levels)
    if not missing.any():
        return np.rint(levels).astype(np.uint8)
    return np.where(missing, MISSING, np.rint(np.where(missing, 0, levels))).astype(np.uint8)


def largest(values: Values) -> float:
    """max|v| over finite values; 0 where there are none."""
    if values.size == 0:
        return 0.0
    low, high = extremes(values)
    if np.isfinite(low) and np.isfinite(high):
        return max(high, -low)
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def extremes(values: Values) -> tuple[float, float]:
    """The least and the largest of at least one value; NaN where one is. Both in one pass over the memory."""
    rows = np.atleast_1d(values)
    step = max(1, _AT_ONCE * len(rows) // rows.size)
    pieces = [rows[first : first + step] for first in range(0, len(rows), step)]
    with np.errstate(all="ignore"):
        lows, highs = zip(*((piece.min(), piece.max()) for piece in pieces), strict=True)
        return float(np.min(lows)), float(np.max(highs))


def percentile(values: Values, clip: float) -> float:
    """The `clip` percentile of |v| over finite values, in float32, between two values as numpy's; their largest where
    that would be 0 and they are not, and where so few are finite that less than one of them lies above."""
    most = largest(values)
    count = int(np.isfinite(values).sum()) if values.size <= _MANY else sum(map(len, _magnitudes(values)))
    if count * (100 - clip) < 100:
        return most
    if values.size <= _MANY:
        return float(np.percentile(np.abs(values[np.isfinite(values)], dtype=np.float32), clip)) or most
    below, share = divmod((count - 1) * clip / 100, 1)
    low, high = (_ranked(values, min(int(below) + step, count - 1)) for step in (0, 1))
    return low + share * (high - low) or most


def _magnitudes(values: Values) -> Iterator[NDArray[np.float32]]:
    """|v| of what is finite, piece by piece."""
    rows = values.reshape(-1)
    for first in range(0, rows.size, _AT_ONCE):
        piece = rows[first : first + _AT_ONCE]
        yield np.abs(piece[np.isfinite(piece)], dtype=np.float32)


def _ranked(values: Values, rank: int) -> float:
    """The magnitude above which all but `rank` others lie. The bits of floats that are not negative, read as whole
    numbers, have the order of the floats: their upper halves are counted, then the lower halves of those that have the
    upper half of the one that is looked for."""
    upper = 0
    for is_lower in (False, True):
        counts = np.zeros(1 << _HALF, np.int64)
        for piece in _magnitudes(values):
            bits = piece.view(np.uint32)
            halves = bits[bits >> _HALF == upper] & ((1 << _HALF) - 1) if is_lower else bits >> _HALF
            counts += np.bincount(halves, minlength=1 << _HALF)
        reached = np.cumsum(counts)
        half = int(np.searchsorted(reached, rank, side="right"))
        rank -= int(reached[half] - counts[half])
        upper, lower = (upper, half) if is_lower else (half, 0)
    return float(np.array(upper << _HALF | lower, np.uint32).view(np.float32))
