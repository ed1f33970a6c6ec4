"""What the net saw: a photograph as it went in, a sound as its waveform."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.figures import clock, colour, sheet, tiles
from netinspect.figures.clock import Clock
from netinspect.figures.picture import Description, Picture, Scale, number, sizes
from netinspect.figures.scaling import remarks
from netinspect.figures.sheet import Tick
from netinspect.figures.tiles import Pixels

Values = NDArray[np.floating]

SIDE: Final = 448
WAVE_HEIGHT: Final = 320
MARK: Final = 10
"""Pixels of the bar over the frame that is shown."""


def photograph(picture: NDArray[np.uint8], source: str, shape: tuple[int, ...]) -> Picture:
    """An image as it was seen after resizing and cropping: uint8 (H, W) or (H, W, 3). `shape` is the tensor's."""
    rgb = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    by = tiles.reduction(max(rgb.shape[:2]), tiles.WIDTH)
    small = np.rint(tiles.reduced(rgb.transpose(2, 0, 1).astype(np.float32), by)).astype(np.uint8).transpose(1, 2, 0)
    factor = max(1, SIDE // max(small.shape[:2]))
    notes = (f"each pixel is the mean of {by}×{by}",) if by > 1 else ()
    segments = [f"input {sizes(shape)}", source]
    description = Description("input", " · ".join(segments), f"What the net saw: {source}.", shape=shape, notes=notes)
    return Picture(sheet.sheet(segments, tiles.enlarge(small, factor), notes=notes), description)


# --- sound ---------------------------------------------------------------------------------------


def sound(
    samples: Values, source: str, sample_rate: float | None, frames: Sequence[int] = (),
    shown: tuple[int, int] | None = None, later: Sequence[str] = (),
) -> Picture:  # fmt: skip
    """The waveform of a sound (channels, time) or (time,), from -1 to 1; `frames` are starts of frames to mark, and
    `later` the steps by which the network's numbers are made of it.

    `shown` is the frame that the other figures show, its first sample and the one after its last: it is marked, and
    drawn large beneath.
    """
    mono = samples if samples.ndim == 1 else samples.mean(axis=0)
    duration = len(mono) / sample_rate if sample_rate else float(len(mono))
    drawn = _waves(mono, sample_rate, frames, shown)
    rate = f"{sample_rate:g} Hz" if sample_rate else "sample rate unknown"
    segments = [f"input {sizes(samples.shape)}", source, rate, *([f"before {', '.join(later)}"] if later else [])]
    notes = remarks(samples, "samples")
    alt = f"Waveform of {source}, {number(duration)} {'seconds' if sample_rate else 'samples'} long."
    description = Description(
        "input", " · ".join(segments), alt, None, samples.shape, Scale(-1, 1, "input"), notes=notes
    )
    return Picture(sheet.sheet(segments, drawn, colour.GREY, notes=notes), description)


def _waves(
    mono: Values, sample_rate: float | None, frames: Sequence[int], shown: tuple[int, int] | None
) -> Pixels:  # fmt: skip
    """The whole sound, and the shown frame beneath."""
    whole = waveform(mono, sample_rate, frames, shown)
    if shown is None:
        return whole
    frame = mono[shown[0] : shown[1]]
    large = _wave(frame, _width(mono), colour.GAP)
    return sheet.stack([whole, _with_times(large, len(frame), sample_rate, clock.IN_FRAME)], gap=20)


def waveform(
    mono: Values, sample_rate: float | None, frames: Sequence[int], shown: tuple[int, int] | None
) -> Pixels:  # fmt: skip
    """A whole sound (time,) with its axes, as indices of greys; where frames start, and which one is shown."""
    width = _width(mono)
    body = _wave(mono, width)
    for start in frames if len(frames) <= width // 8 else ():
        body[:12, min(width - 1, start * width // max(1, len(mono)))] = colour.INK - 8
    if shown is not None:
        _mark(body, *(place * width // max(1, len(mono)) for place in shown))
    return _with_times(body, len(mono), sample_rate)


def _width(mono: Values) -> int:
    return max(1, min(tiles.WIDTH, len(mono)))


def _with_times(body: Pixels, count: int, sample_rate: float | None, words: str = "") -> Pixels:
    """A waveform of `count` samples with its axes."""
    times = clock.marks(Clock(count / (sample_rate or 1.0) / body.shape[1]), body.shape[1], 1)
    across = clock.SECONDS if sample_rate else "sample"
    return sheet.with_axes(body, _levels(), times, "amplitude", f"{across}{words}")


def _mark(body: Pixels, first: int, end: int) -> None:
    """A stretch of a waveform in colour, with a bar above that can be seen however short it is."""
    end = max(end, first + 1)
    stretch = body[:, first:end]
    stretch[stretch == colour.PAPER] = colour.PAPER + 2
    stretch[stretch == colour.INK - 6] = colour.GAP
    body[:MARK, max(0, min(first, (first + end - MARK) // 2)) : max(end, (first + end + MARK) // 2)] = colour.GAP


def _wave(mono: Values, width: int, ink: int = colour.INK - 6) -> Pixels:
    """From the lowest to the highest sample of each column of pixels; of fewer samples than columns as they stand."""
    canvas = tiles.paper(WAVE_HEIGHT, width)
    canvas[WAVE_HEIGHT // 2] = colour.PAPER + 6
    clean = np.clip(np.nan_to_num(mono), -1, 1)
    bounds = np.linspace(0, len(clean), width + 1).astype(int).tolist()
    for column, (first, last) in enumerate(pairwise(bounds)):
        piece = clean[max(0, first - 1) : max(1, last)]  # with the sample before, so that strokes touch
        if piece.size:
            top, bottom = ((1 - float(level)) / 2 * (WAVE_HEIGHT - 1) for level in (piece.max(), piece.min()))
            canvas[int(top) : ceil(bottom) + 1, column] = ink
    return canvas


def _levels() -> list[Tick]:
    return [Tick((1 - level) / 2 * (WAVE_HEIGHT - 1), number(level)) for level in (1, 0, -1)]
