"""Marks along axes that are known in seconds and Hz, and tiles with such axes: beneath the lowest, beside the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw import sheet
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.draw.tiles import Grid, Pixels
from netinspect.pictures.look import number

SECONDS: Final = "time / s"
IN_FRAME: Final = ", in the frame that is shown"


@dataclass(frozen=True, slots=True)
class Clock:
    """Cell i begins `start + i·step` seconds after the sound does."""

    step: float
    start: float = 0.0


def time_marks(clock: Clock, cells: int, pixels: float, most: int = 8) -> list[Tick]:
    """At most about `most` round times over `cells` cells of so many pixels each, from the left edge of the first; two
    at least, since one says nothing of how fast time goes."""
    if cells <= 0 or clock.step <= 0:
        return []
    apart = sheet.round_step(cells * clock.step / most)
    while len(times := _round_times(clock, cells, apart)) < 2:
        apart = sheet.round_step(apart / 2.5)
    return [Tick((float(time) - clock.start) / clock.step * pixels, number(float(time))) for time in times]


def _round_times(clock: Clock, cells: int, apart: float) -> NDArray[np.float64]:
    """Multiples of `apart` from the first cell's beginning to the last one's end."""
    first, last = clock.start, clock.start + cells * clock.step
    return np.asarray(apart * np.arange(np.ceil(first / apart - 1e-9), np.floor(last / apart - 1e-9) + 1))


# --- maps ------------------------------------------------------------------------------------


FREQUENCIES: Final = ("mel", "freq")
"""Names of axes that run over frequencies, low ones first."""

OCTAVES: Final = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)
"""Frequencies in Hz that are marked where the rows are not evenly spaced."""

LEAST: Final = 80
"""Pixels between two times, about."""


def with_scales(
    pixels: Pixels, layout: Grid, indices: Sequence[int], time: Clock | None, frequencies: NDArray[Any] | None
) -> Pixels:
    """Tiles with their numbers beneath, and axes: `time` of the columns (in numbers under the first tile),
    `frequencies` in Hz of the rows from below."""
    body = sheet.captioned(pixels, layout, [str(index) for index in indices])
    layout = replace(layout, below=sheet.below())
    rows: list[Tick] = []
    if frequencies is not None:
        marks = frequency_marks(frequencies, layout.factor)
        starts = [layout.corner(row * layout.columns)[0] - 2 for row in range(layout.rows)]
        rows = [Tick(start + mark.at, mark.text) for start in starts for mark in marks]
    columns: list[Tick] = []
    if time is not None:
        marks = time_marks(time, layout.width, layout.factor, max(2, layout.width * layout.factor // LEAST))
        starts = [layout.corner(column)[1] for column in range(min(layout.columns, len(indices)))]
        columns = [Tick(start + mark.at, mark.text if start == starts[0] else "") for start in starts for mark in marks]
    return sheet.with_axes(body, rows, columns, "frequency / Hz" if rows else "", SECONDS if columns else "")


def frequency_marks(frequencies: NDArray[np.floating], down: int) -> list[Tick]:
    """Round frequencies where they lie between the rows, counted from the bottom, in rows of `down` pixels."""
    if len(frequencies) < 2:
        return []
    gaps = np.diff(frequencies)
    even = np.allclose(gaps, gaps[0], rtol=1e-3)
    step = sheet.round_step(float(frequencies[-1]) / 8)
    round_ones = np.arange(0, float(frequencies[-1]) * 1.0001, step) if even else np.array(OCTAVES)
    inside = round_ones[(round_ones >= frequencies[0] - abs(gaps[0])) & (round_ones <= frequencies[-1])]
    ticks: list[Tick] = []
    for hertz in inside[::-1]:
        row = float(np.interp(hertz, frequencies, np.arange(len(frequencies))))
        at = 2 + (len(frequencies) - row - 0.5) * down
        if not ticks or at - ticks[-1].at >= 26:
            ticks.append(Tick(at, f"{hertz:g}"))
    return ticks
