"""Signals over time: a waveform from the lowest to the highest value of each column of pixels, so that no peak is lost;
a spectrogram in magma, dB re its maximum, seconds across, low frequencies at the bottom."""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.errors import InputError
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import IN_FRAME, SECONDS, Clock, frequency_marks, time_marks
from netinspect.pictures.draw.scaling import remarks
from netinspect.pictures.draw.sheet import Bar, Tick
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.look import Description, Picture, Scale, number, sizes
from netinspect.recording import Array, Prepared, Spectrogram

Values = NDArray[np.floating]

UNITS: Final = ("power", "magnitude", "dB")
"""Those that can be drawn."""

RANGE_DB: Final = 80.0
HEIGHT: Final = 520


def decibels(values: Values, unit: str) -> Values:
    """dB re the maximum, between -RANGE_DB and 0. Raises InputError for another unit."""
    if unit not in UNITS:
        raise InputError(f"cannot draw a spectrogram in `{unit}`: power, magnitude or dB")
    with np.errstate(divide="ignore", invalid="ignore"):
        if unit == "dB":
            level = values.astype(np.float64)
        else:
            level = (10.0 if unit == "power" else 20.0) * np.log10(np.abs(values, dtype=np.float64))
    finite = level[np.isfinite(level)]
    top = finite.max() if finite.size else 0.0
    return np.asarray(np.clip(np.where(np.isneginf(level), -np.inf, level) - top, -RANGE_DB, 0.0))


def painted(heard: Spectrogram, down: int = 1, across: int = 1) -> tiles.Pixels:
    """uint8 (frequency, time, 3), low frequencies at the bottom: a pixel for each block of `down` by `across` cells, as
    loud as its loudest."""
    level = tiles.strongest(decibels(heard.values, heard.unit)[::-1] + RANGE_DB, down, across)
    return colour.coloured(colour.sequential(level, RANGE_DB), colour.SEQUENTIAL)


def as_seen(sample: Prepared) -> Array | None:
    """The photograph, or the spectrogram in the colours of its picture; None for what is no picture."""
    heard = sample.spectrogram
    if sample.picture is not None or heard is None:
        return sample.picture
    by = tiles.reduction(max(heard.values.shape))
    return painted(heard, by, by)


def spectrogram(
    heard: Spectrogram, source: str, shape: tuple[int, ...] = (), above: tiles.Pixels | None = None
) -> Picture:
    """The picture of what was heard in a source, its axes in s and Hz. `shape` is that of the tensor the network is
    given; `above` the sound of which it is one frame, as indices of greys."""
    above_floor = decibels(heard.values, heard.unit) + RANGE_DB
    by = tiles.reduction(above_floor.shape[1])
    loudest = tiles.strongest(above_floor, 1, by)
    pixels = colour.sequential(loudest[::-1], RANGE_DB)  # the lowest row last: at the bottom
    down = max(1, min(12, HEIGHT // max(1, pixels.shape[0])))
    across = max(1, min(12, tiles.WIDTH // max(1, pixels.shape[1])))
    large = tiles.framed(np.repeat(np.repeat(pixels, down, axis=0), across, axis=1))
    body = sheet.with_axes(
        large, frequency_marks(heard.frequencies, down), _time_marks(heard, across / by), "frequency / Hz",
        f"{SECONDS}{IN_FRAME if above is not None else ''}",
    )  # fmt: skip
    if above is not None:
        body = sheet.stack([colour.coloured(above, colour.GREY), colour.coloured(body, colour.SEQUENTIAL)], 20)
    shape = shape or heard.values.shape
    segments = [f"input {sizes(shape)}", source]
    segments += [f"the network's: {heard.network_unit}"] * bool(heard.network_unit)
    segments.append(f"drawn in dB re max, {RANGE_DB:g} dB")
    notes = (*remarks(heard.values, "values"), *(f"each column is the loudest of {by}",) * (by > 1))
    scale = Scale(-RANGE_DB, 0.0, "input")
    is_clipped = bool((above_floor <= 0).any())
    alt = f"Spectrogram of {source}: time from left to right, frequency from low at the bottom to high."
    return Picture(
        sheet.sheet(segments, body, colour.SEQUENTIAL, notes=notes,
                    bars=(Bar(colour.SEQUENTIAL, scale, "dB re max", signed=False, clipped=is_clipped),)),
        Description("input", " · ".join(segments), alt, None, shape, scale, colour.SEQUENTIAL,
                    notes=notes),
    )  # fmt: skip


def _time_marks(heard: Spectrogram, across: float) -> list[Tick]:
    columns = heard.values.shape[1]
    duration = columns * heard.seconds_per_column
    if duration <= 0:
        return []
    step = sheet.round_step(duration / 8)
    times = np.arange(0, duration, step)
    return [Tick(2 + (time / heard.seconds_per_column + 0.5) * across, number(float(time))) for time in times]


# --- waveforms -------------------------------------------------------------------------------


WAVE_HEIGHT: Final = 320
LINE: Final = colour.INK - 6


def wave(
    channels: Values, limit: float = 1.0, ink: int = LINE, height: int = WAVE_HEIGHT, width: int = tiles.WIDTH
) -> Pixels:
    """A signal (channels, time) from -limit at the bottom to limit at the top, as palette indices that mean the same in
    every map, drawn for so many pixels: made smaller afterwards it would lose columns. The stroke takes in all
    channels, since the mean of two in opposite phase would be silence. Columns with values that are not finite are
    MISSING."""
    count = channels.shape[1]
    canvas = tiles.paper(height, width)
    canvas[height // 2] = colour.PAPER + 6
    share = np.clip(channels / limit, -1, 1)
    bounds = np.linspace(0, count, width + 1).astype(int).tolist()
    before = -1
    for column, (first, end) in enumerate(pairwise(bounds) if count else ()):
        last = max(first + 1, end)
        touching = first if first == before else max(0, first - 1)  # with the value before, so that strokes touch
        before = first
        if not np.isfinite(channels[:, first:last]).all():
            canvas[:, column] = colour.MISSING
            continue
        piece = share[:, touching:last]
        top, bottom = ((1 - float(level)) / 2 * (height - 1) for level in (np.nanmax(piece), np.nanmin(piece)))
        canvas[int(top) : ceil(bottom) + 1, column] = ink
    return canvas


def one_line(channels: Values) -> tuple[Values, str]:
    """A signal (channels, time) as one line (time,), and what its axis says of it: one-hot codes as the number of the
    code, else of several channels the value of largest magnitude."""
    count = len(channels)
    if count == 1:
        return channels[0], "amplitude"
    if np.isin(channels, (0, 1)).all() and (channels.sum(axis=0) == 1).all():
        return channels.argmax(axis=0).astype(np.float64), f"code, one-hot of {count:,}"
    return tiles.loudest_channel(channels), f"largest of {count:,} channels"


def with_time_axes(body: Pixels, count: int, time: Clock | None, limit: float, title: str, along: str) -> Pixels:
    """A waveform of `count` values with its axes; without a clock the values are counted."""
    per_value = time or Clock(1.0)
    per_pixel = Clock(per_value.step * count / body.shape[1], per_value.start)
    levels = [Tick((1 - part) / 2 * (WAVE_HEIGHT - 1), number(part * limit)) for part in (1, 0, -1)]
    return sheet.with_axes(body, levels, time_marks(per_pixel, body.shape[1], 1), title, along)
