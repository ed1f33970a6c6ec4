"""Maps whose axes are known in seconds and Hz: marked under the lowest tiles and beside the first ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from numpy.typing import NDArray

from netinspect.pictures.draw import captions, clock, sheet
from netinspect.pictures.draw.clock import Clock
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.draw.spectrogram import frequency_marks
from netinspect.pictures.draw.tiles import Grid, Pixels

FREQUENCIES: Final = ("mel", "freq")
"""Names of axes that run over frequencies, low ones first."""

LEAST: Final = 80
"""Pixels between two times, about."""


def with_scales(
    pixels: Pixels, layout: Grid, shown: Sequence[int], time: Clock | None, frequencies: NDArray[Any] | None
) -> Pixels:
    """Tiles with their numbers beneath, and axes: `time` of the columns (in numbers under the first tile),
    `frequencies` in Hz of the rows from below."""
    body = captions.captioned(pixels, layout, [str(index) for index in shown])
    layout = replace(layout, below=captions.below())
    rows: list[Tick] = []
    if frequencies is not None:
        marks = frequency_marks(frequencies, layout.factor)
        starts = [layout.corner(row * layout.columns)[0] - 2 for row in range(layout.rows)]
        rows = [Tick(start + mark.at, mark.text) for start in starts for mark in marks]
    columns: list[Tick] = []
    if time is not None:
        marks = clock.marks(time, layout.width, layout.factor, max(2, layout.width * layout.factor // LEAST))
        starts = [layout.corner(column)[1] for column in range(min(layout.columns, len(shown)))]
        columns = [Tick(start + mark.at, mark.text if start == starts[0] else "") for start in starts for mark in marks]
    return sheet.with_axes(body, rows, columns, "frequency / Hz" if rows else "", clock.SECONDS if columns else "")
