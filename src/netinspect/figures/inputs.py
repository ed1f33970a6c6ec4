"""What the net saw: a photograph as it went in, numbers as colours, a sound as its waveform."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.figures import captions, colour, sheet, tiles
from netinspect.figures.activations import fitted
from netinspect.figures.matrices import ticks
from netinspect.figures.picture import Description, Picture, Scale, number, showing, sizes
from netinspect.figures.scaling import remarks
from netinspect.figures.sheet import Bar, Tick
from netinspect.figures.tiles import Pixels

Values = NDArray[np.floating]

SIDE: Final = 448
WAVE_HEIGHT: Final = 320
MOST_TILES: Final = 64
MOST_ROWS: Final = 512


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


def array(values: Values, source: str) -> Picture:
    """Numbers without a picture of their own, such as noise: (3, H, W) in colour, else one tile a channel, or a row."""
    plain = values if values.dtype in (np.float32, np.float64) else values.astype(np.float32)
    limit = colour.largest(plain)
    body, colormap, words, notes = _drawn(plain, limit)
    scale = Scale(-limit, limit, "input")
    segments = [f"input {sizes(values.shape)}", source, f"scale ±{number(limit)}", *words]
    notes = (*remarks(plain, "values"), *notes)
    bar = Bar(colormap, scale, "value", signed=True)
    return Picture(
        sheet.sheet(segments, body, colormap, bars=(bar,), notes=notes),
        Description("input", " · ".join(segments), f"What the net saw: {source}, {sizes(values.shape)}.", None,
                    values.shape, scale, "RGB" if colormap == colour.GREY else colormap, notes=notes),
    )  # fmt: skip


Drawn = tuple[Pixels, str, Sequence[str], tuple[str, ...]]
"""Pixels, their map, what the title says of them, notes."""


def _drawn(values: Values, limit: float) -> Drawn:
    if values.size == 0:
        return tiles.paper(2, 2), colour.DIVERGING, (), ()
    if values.ndim == 3 and values.shape[0] == 3:
        small, notes = fitted(values, 1)
        factor = max(1, SIDE // max(small.shape[1:]))
        return tiles.enlarge(colour.rgb(small.transpose(1, 2, 0), limit), factor), colour.GREY, ("in colour",), notes
    if values.ndim >= 3:
        return _tiles(values.reshape(-1, *values.shape[-2:]), limit)
    return _rows(np.atleast_2d(values), limit)


def _tiles(planes: Values, limit: float) -> Drawn:
    shown = planes[:MOST_TILES]
    columns = tiles.near_square(len(shown), *shown.shape[1:])
    small, notes = fitted(shown, columns)
    layout = tiles.grid(len(small), *small.shape[1:], columns=columns, side=SIDE)
    body = captions.numbered(colour.diverging(small, limit), layout, range(len(small)))
    return body, colour.DIVERGING, (showing(len(shown), len(planes), "planes"),), notes


def _rows(values: Values, limit: float) -> Drawn:
    """Channels downwards, time across; each pixel the mean of as many values as it takes to fit."""
    by = tiles.reduction(values.shape[1], tiles.WIDTH)
    length = values.shape[1] // by
    means = values[:MOST_ROWS, : length * by].reshape(-1, length, by).mean(axis=2)
    across, down = max(1, min(24, tiles.WIDTH // length)), max(1, min(40, 600 // len(means)))
    large = np.repeat(np.repeat(colour.diverging(means, limit), down, axis=0), across, axis=1)
    body = sheet.with_axes(tiles.framed(large), (), ticks(np.arange(length) * by, across), "", "position")
    words = (showing(len(means), len(values), "rows"),)
    return body, colour.DIVERGING, words, (f"each pixel is the mean of {by} values",) if by > 1 else ()


# --- sound ---------------------------------------------------------------------------------------


def sound(samples: Values, source: str, sample_rate: float | None, frames: Sequence[int] = ()) -> Picture:
    """The waveform of a sound (channels, time) or (time,), from -1 to 1; `frames` are starts of frames to mark."""
    mono = samples if samples.ndim == 1 else samples.mean(axis=0)
    width = max(1, min(tiles.WIDTH, len(mono)))
    body = _wave(mono, width)
    for start in frames if len(frames) <= width // 8 else ():
        body[:12, min(width - 1, start * width // max(1, len(mono)))] = colour.INK - 8
    duration = len(mono) / sample_rate if sample_rate else float(len(mono))
    across = "time / s" if sample_rate else "sample"
    drawn = sheet.with_axes(body, _levels(), _times(duration, width), "amplitude", across)
    rate = f"{sample_rate:g} Hz" if sample_rate else "sample rate unknown"
    segments = [f"input {sizes(samples.shape)}", source, rate, *((f"{len(frames)} frames",) if frames else ())]
    notes = remarks(samples, "samples")
    alt = f"Waveform of {source}, {number(duration)} {'seconds' if sample_rate else 'samples'} long."
    description = Description(
        "input", " · ".join(segments), alt, None, samples.shape, Scale(-1, 1, "input"), notes=notes
    )
    return Picture(sheet.sheet(segments, drawn, colour.GREY, notes=notes), description)


def _wave(mono: Values, width: int) -> Pixels:
    """From the lowest to the highest sample of each column of pixels."""
    canvas = tiles.paper(WAVE_HEIGHT, width)
    canvas[WAVE_HEIGHT // 2] = colour.PAPER + 6
    clean = np.clip(np.nan_to_num(mono), -1, 1)
    bounds = np.linspace(0, len(clean), width + 1).astype(int).tolist()
    for column, (first, last) in enumerate(pairwise(bounds)):
        piece = clean[max(0, first - 1) : last]  # with the sample before, so that strokes touch
        if piece.size:
            top, bottom = ((1 - float(level)) / 2 * (WAVE_HEIGHT - 1) for level in (piece.max(), piece.min()))
            canvas[int(top) : ceil(bottom) + 1, column] = colour.INK - 6
    return canvas


def _levels() -> list[Tick]:
    return [Tick((1 - level) / 2 * (WAVE_HEIGHT - 1), number(level)) for level in (1, 0, -1)]


def _times(duration: float, width: int) -> list[Tick]:
    if duration <= 0:
        return []
    times = np.arange(0, duration, sheet.round_step(duration / 8))
    return [Tick(float(time) / duration * width, number(float(time))) for time in times]
