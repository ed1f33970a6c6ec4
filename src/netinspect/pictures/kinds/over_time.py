"""What a network says of a sound from frame to frame: a row for each output unit, a column for each frame.

Unit 0 is at the bottom, as low frequencies are in a spectrogram: of a pitch tracker's units it is the lowest pitch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw import clock, sheet, tiles
from netinspect.pictures.draw.clock import Clock
from netinspect.pictures.draw.colour import INK
from netinspect.pictures.draw.matrices import ticks
from netinspect.pictures.draw.scaling import remarks
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kinds.activations import CELL, MOST_UNITS, Tone, strength, tone_of
from netinspect.pictures.look import Description, Look, Origin, Picture, showing, sizes

Values = NDArray[np.floating]

OVER: Final = "all frames"
HEIGHT: Final = 900
LEAST_WIDTH: Final = 640
MARK: Final = 14
"""Pixels of the arrow over the frame that the other figures show."""


@dataclass(frozen=True, slots=True, eq=False)
class OverTime:
    """values (frames, units) of one output.

    frame   the one that the other figures show, and `marked` what they call it
    clock   None where nobody knows the sample rate
    """

    output: str
    values: Values
    origin: Origin
    input: str
    frame: int
    marked: str
    clock: Clock | None = None


def over_time(given: OverTime, look: Look | None = None) -> Picture:
    """The output as a picture, in the colours of activations."""
    tone = tone_of(given.values, look or Look(), OVER)
    scale = replace(tone.scale, over=OVER)
    frames, units = given.values.shape
    kept = np.sort(np.argsort(-strength(given.values.T), kind="stable")[:MOST_UNITS])
    by = tiles.reduction(frames, tiles.WIDTH)
    order = "unit 0 at the bottom" if len(kept) == units else "the strongest in order of index, from the bottom"
    segments = [
        f"{given.output} {sizes(given.values.shape)}", f"{showing(len(kept), units, 'units')}, {order}",
        f"{frames:,} frames" if frames > 1 else "1 frame", tone.words, f"input: {given.input}", str(given.origin),
    ]  # fmt: skip
    notes = (
        *remarks(given.values, "values"), *(f"each pixel is the value of largest magnitude of {by} frames",) * (by > 1),
        f"▼ {given.marked}: what the other figures show",
    )  # fmt: skip
    bar = tone.bar("output", OVER)
    alt = f"{given.output} for each frame of {given.input}: time from left to right, {order}. {given.origin}."
    return Picture(
        sheet.sheet(segments, _body(given, tone, kept, by), tone.colormap, bars=(bar,), notes=notes),
        Description("sequence", " · ".join(segments), alt, None, given.values.shape, scale, tone.colormap,
                    tuple(kept.tolist()), units, notes),
    )  # fmt: skip


def _body(given: OverTime, tone: Tone, kept: NDArray[np.intp], by: int) -> Pixels:
    cells = tiles.strongest(given.values[:, kept].T, 1, by)
    length = cells.shape[1]
    down = max(1, min(HEIGHT // max(1, len(kept)), CELL))
    across = max(1, min(tiles.WIDTH // length, max(CELL, LEAST_WIDTH // length)))
    painted = tone.paint(cells)[::-1]
    large = tiles.framed(np.repeat(np.repeat(painted, down, axis=0), across, axis=1))
    arrow = _arrow(large.shape[1], 2 + (given.frame // by + 0.5) * across)
    rows = [Tick(MARK + large.shape[0] - tick.at, tick.text) for tick in ticks(kept, down, 40)]
    across_title = clock.SECONDS if given.clock is not None else "frame"
    return sheet.with_axes(sheet.stack([arrow, large]), rows, _times(given, length, by, across), "unit", across_title)


def _arrow(width: int, at: float) -> Pixels:
    """A triangle that points down to a column of pixels."""
    canvas = tiles.paper(MARK, width)
    for row in range(MARK - 2):
        half = (MARK - 3 - row) // 2
        middle = min(int(at), width - 1)
        canvas[row, max(0, middle - half) : middle + half + 1] = INK
    return canvas


def _times(given: OverTime, length: int, by: int, across: int) -> list[Tick]:
    if given.clock is None:
        return ticks(np.arange(length) * by, across)
    per_cell = Clock(given.clock.step * by, given.clock.start)
    return [Tick(2 + tick.at, tick.text) for tick in clock.marks(per_cell, length, across)]
