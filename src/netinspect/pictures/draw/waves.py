"""A signal as a waveform: from the lowest to the highest value of each column of pixels, so that no peak is lost."""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw import clock, colour, sheet, tiles
from netinspect.pictures.draw.clock import Clock
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.look import number

Values = NDArray[np.floating]

HEIGHT: Final = 320
LINE: Final = colour.INK - 6


def wave(channels: Values, limit: float = 1.0, ink: int = LINE) -> Pixels:
    """A signal (channels, time) from -limit at the bottom to limit at the top, as palette indices that mean the same in
    every map. The stroke takes in all channels, since the mean of two in opposite phase would be silence. Columns with
    values that are not finite are MISSING."""
    count = channels.shape[1]
    canvas = tiles.paper(HEIGHT, tiles.WIDTH)
    canvas[HEIGHT // 2] = colour.PAPER + 6
    share = np.clip(channels / limit, -1, 1)
    bounds = np.linspace(0, count, tiles.WIDTH + 1).astype(int).tolist()
    before = -1
    for column, (first, end) in enumerate(pairwise(bounds) if count else ()):
        last = max(first + 1, end)
        touching = first if first == before else max(0, first - 1)  # with the value before, so that strokes touch
        before = first
        if not np.isfinite(channels[:, first:last]).all():
            canvas[:, column] = colour.MISSING
            continue
        piece = share[:, touching:last]
        top, bottom = ((1 - float(level)) / 2 * (HEIGHT - 1) for level in (np.nanmax(piece), np.nanmin(piece)))
        canvas[int(top) : ceil(bottom) + 1, column] = ink
    return canvas


def with_axes(body: Pixels, count: int, time: Clock | None, limit: float, title: str, along: str) -> Pixels:
    """A waveform of `count` values with its axes; without a clock the values are counted."""
    per_value = time or Clock(1.0)
    per_pixel = Clock(per_value.step * count / body.shape[1], per_value.start)
    levels = [Tick((1 - part) / 2 * (HEIGHT - 1), number(part * limit)) for part in (1, 0, -1)]
    return sheet.with_axes(body, levels, clock.marks(per_pixel, body.shape[1], 1), title, along)
