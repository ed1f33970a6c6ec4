"""A spectrogram as the net saw it: magma, dB re its maximum, seconds across, low frequencies at the bottom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.errors import InputError
from netinspect.pictures.draw import clock, colour, sheet, tiles
from netinspect.pictures.draw.scaling import remarks
from netinspect.pictures.draw.sheet import Bar, Tick
from netinspect.pictures.look import Description, Picture, Scale, number, sizes

Values = NDArray[np.floating]

UNITS: Final = ("power", "magnitude", "dB")
"""Those that can be drawn."""

RANGE_DB: Final = 80.0
HEIGHT: Final = 520
OCTAVES: Final = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)
"""Frequencies in Hz that are marked where the rows are not evenly spaced."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectrogram:
    """values (frequency, time), low frequencies first, in one of UNITS.

    frequencies   in Hz, one for each row
    shape         of the tensor that the network is given
    network_unit  what it is given in each cell: "ln"
    """

    source: str
    values: Values
    frequencies: Values
    seconds_per_column: float
    unit: str = "power"
    shape: tuple[int, ...] = ()
    network_unit: str = ""


def decibels(values: Values, unit: str) -> Values:
    """dB re the maximum, between -RANGE_DB and 0. Raises InputError for another unit."""
    if unit not in UNITS:
        raise InputError(f"cannot draw a spectrogram in `{unit}`: power, magnitude or dB")
    with np.errstate(divide="ignore", invalid="ignore"):
        level = (
            values.astype(np.float64) if unit == "dB" else _factor(unit) * np.log10(np.abs(values, dtype=np.float64))
        )
    finite = level[np.isfinite(level)]
    top = finite.max() if finite.size else 0.0
    return np.asarray(np.clip(np.where(np.isneginf(level), -np.inf, level) - top, -RANGE_DB, 0.0))


def painted(values: Values, unit: str) -> tiles.Pixels:
    """One pixel a cell, uint8 (frequency, time, 3), low frequencies at the bottom."""
    return colour.coloured(colour.sequential(decibels(values, unit)[::-1] + RANGE_DB, RANGE_DB), colour.SEQUENTIAL)


def _factor(unit: str) -> float:
    return 10.0 if unit == "power" else 20.0


def spectrogram(given: Spectrogram, above: tiles.Pixels | None = None) -> Picture:
    """The picture, its axes in s and Hz. `above` is the sound of which it is one frame, as indices of greys."""
    level = decibels(given.values, given.unit)
    pixels = colour.sequential(level[::-1] + RANGE_DB, RANGE_DB)  # the lowest row last: at the bottom
    down = max(1, min(12, HEIGHT // max(1, pixels.shape[0])))
    across = max(1, min(12, tiles.WIDTH // max(1, pixels.shape[1])))
    large = tiles.framed(np.repeat(np.repeat(pixels, down, axis=0), across, axis=1))
    body = sheet.with_axes(
        large, frequency_marks(given.frequencies, down), _time_marks(given, across), "frequency / Hz",
        f"{clock.SECONDS}{clock.IN_FRAME if above is not None else ''}",
    )  # fmt: skip
    if above is not None:
        body = sheet.stack([colour.coloured(above, colour.GREY), colour.coloured(body, colour.SEQUENTIAL)], 20)
    shape = given.shape or given.values.shape
    segments = [f"input {sizes(shape)}", given.source]
    segments += [f"the network's: {given.network_unit}"] * bool(given.network_unit)
    segments.append(f"drawn in dB re max, {RANGE_DB:g} dB")
    notes = remarks(given.values, "values")
    scale = Scale(-RANGE_DB, 0.0, "input")
    alt = f"Spectrogram of {given.source}: time from left to right, frequency from low at the bottom to high."
    return Picture(
        sheet.sheet(segments, body, colour.SEQUENTIAL, bars=(Bar(colour.SEQUENTIAL, scale, "dB re max", signed=False),),
                    notes=notes),
        Description("input", " · ".join(segments), alt, None, shape, scale, colour.SEQUENTIAL,
                    notes=notes),
    )  # fmt: skip


def frequency_marks(frequencies: Values, down: int) -> list[Tick]:
    """Round frequencies where they lie between the rows, counted from the bottom, in rows of `down` pixels."""
    if len(frequencies) < 2:
        return []
    gaps = np.diff(frequencies)
    even = np.allclose(gaps, gaps[0], rtol=1e-3)
    step = sheet.round_step(float(frequencies[-1]) / 8)
    wanted = np.arange(0, float(frequencies[-1]) * 1.0001, step) if even else np.array(OCTAVES)
    inside = wanted[(wanted >= frequencies[0] - abs(gaps[0])) & (wanted <= frequencies[-1])]
    found: list[Tick] = []
    for hertz in inside[::-1]:
        row = float(np.interp(hertz, frequencies, np.arange(len(frequencies))))
        at = 2 + (len(frequencies) - row - 0.5) * down
        if not found or at - found[-1].at >= 26:
            found.append(Tick(at, f"{hertz:g}"))
    return found


def _time_marks(given: Spectrogram, across: int) -> list[Tick]:
    columns = given.values.shape[1]
    duration = columns * given.seconds_per_column
    if duration <= 0:
        return []
    step = sheet.round_step(duration / 8)
    times = np.arange(0, duration, step)
    return [Tick(2 + (time / given.seconds_per_column + 0.5) * across, number(float(time))) for time in times]
