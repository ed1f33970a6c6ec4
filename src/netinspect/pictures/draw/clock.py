"""Time along an axis: where in seconds each cell stands, and the round times that are marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw import sheet
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.look import number

SECONDS: Final = "time / s"
IN_FRAME: Final = ", in the frame that is shown"


@dataclass(frozen=True, slots=True)
class Clock:
    """Cell i begins `start + i·step` seconds after the sound does."""

    step: float
    start: float = 0.0


def marks(clock: Clock, cells: int, pixels: float, most: int = 8) -> list[Tick]:
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
