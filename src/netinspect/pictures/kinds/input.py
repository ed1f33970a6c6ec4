"""What the net saw: a photograph as it went in, a sound as its waveform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw import clock, colour, sheet, tiles, waves
from netinspect.pictures.draw.clock import Clock
from netinspect.pictures.draw.scaling import remarks
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.look import Description, Picture, Scale, number, sizes

Values = NDArray[np.floating]

SIDE: Final = 448
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
    """The waveform of a sound (channels, time) or (time,), from -1 to 1, or further where it is louder.

    `frames` are starts of frames to mark, and `later` the steps by which the network's numbers are made of it.

    `shown` is the frame that the other figures show, its first sample and the one after its last: it is marked, and
    drawn large beneath.
    """
    channels = np.atleast_2d(samples)
    count = channels.shape[1]
    duration = count / sample_rate if sample_rate else float(count)
    limit = loudest(channels)
    drawn = waveform(channels, sample_rate, frames, shown)
    if shown is not None:
        frame = channels[:, shown[0] : shown[1]]
        large = waves.wave(frame, limit, colour.GAP)
        drawn = sheet.stack([drawn, _with_times(large, frame, sample_rate, limit, clock.IN_FRAME)], gap=20)
    rate = f"{sample_rate:g} Hz" if sample_rate else "sample rate unknown"
    segments = [f"input {sizes(samples.shape)}", source, rate, *([f"before {', '.join(later)}"] if later else [])]
    notes = remarks(samples, "samples")
    alt = f"Waveform of {source}, {number(duration)} {'seconds' if sample_rate else 'samples'} long."
    description = Description(
        "input", " · ".join(segments), alt, None, samples.shape, Scale(-limit, limit, "input"), notes=notes
    )
    return Picture(sheet.sheet(segments, drawn, colour.GREY, notes=notes), description)


def loudest(channels: Values) -> float:
    """The amplitude at the edge of a waveform: 1, or more where a sound goes beyond."""
    return max(1.0, colour.largest(channels))


def waveform(
    channels: Values, sample_rate: float | None, frames: Sequence[int], shown: tuple[int, int] | None
) -> Pixels:  # fmt: skip
    """A whole sound (channels, time) with its axes, as indices of greys; where frames start, and which one is shown."""
    limit = loudest(channels)
    body = waves.wave(channels, limit)
    width, count = body.shape[1], max(1, channels.shape[1])
    for start in frames if len(frames) <= width // 8 else ():
        body[:12, min(width - 1, start * width // count)] = colour.INK - 8
    if shown is not None:
        _mark(body, *(place * width // count for place in shown))
    return _with_times(body, channels, sample_rate, limit)


def _with_times(body: Pixels, channels: Values, sample_rate: float | None, limit: float, words: str = "") -> Pixels:
    """A waveform with its axes."""
    time = Clock(1 / sample_rate) if sample_rate else None
    across = clock.SECONDS if sample_rate else "sample"
    return waves.with_axes(body, channels.shape[1], time, limit, "amplitude", f"{across}{words}")


def _mark(body: Pixels, first: int, end: int) -> None:
    """A stretch of a waveform in colour, with a bar above that can be seen however short it is."""
    end = max(end, first + 1)
    stretch = body[:, first:end]
    stretch[stretch == colour.PAPER] = colour.PAPER + 2
    stretch[stretch == waves.LINE] = colour.GAP
    body[:MARK, max(0, min(first, (first + end - MARK) // 2)) : max(end, (first + end + MARK) // 2)] = colour.GAP
