"""What the net saw: a photograph as it went in, a sound as its waveform, an array as its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.inputs.preprocessing import STEPS
from netinspect.pictures.axes import clock, frequencies
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import (
    FREQUENCIES,
    IN_FRAME,
    SECONDS,
    Clock,
    frequency_marks,
    time_marks,
    with_scales,
)
from netinspect.pictures.draw.matrices import ticks
from netinspect.pictures.draw.scaling import remarks
from netinspect.pictures.draw.sheet import Bar
from netinspect.pictures.draw.signals import LINE, spectrogram, wave, with_time_axes
from netinspect.pictures.draw.tiles import Pixels, loudest_channel
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.kinds.activations import shrinking, shrunk
from netinspect.pictures.look import Description, Picture, Scale, number, showing, sizes
from netinspect.pictures.run import Scene
from netinspect.pictures.stems import file_name
from netinspect.recording import Prepared

Values = NDArray[np.floating]

SIDE: Final = 448
MARK: Final = 10
"""Pixels of the bar over the frame that is shown."""


def photograph(picture: NDArray[np.uint8], source: str, shape: tuple[int, ...]) -> Picture:
    """An image as it was seen after resizing and cropping: uint8 (H, W) or (H, W, 3). `shape` is the tensor's."""
    rgb = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    by = tiles.reduction(max(rgb.shape[:2]), tiles.WIDTH)
    small = tiles.smaller(rgb, by)
    factor = max(1, SIDE // max(small.shape[:2]))
    notes = (f"each pixel is the mean of {by}×{by}",) if by > 1 else ()
    segments = [f"input {sizes(shape)}", source]
    description = Description("input", " · ".join(segments), f"What the net saw: {source}.", shape=shape, notes=notes)
    return Picture(sheet.sheet(segments, tiles.enlarge(small, factor), notes=notes), description)


# --- sound ---------------------------------------------------------------------------------------


def sound(
    samples: Values, source: str, sample_rate: float | None, frames: Sequence[int] = (),
    frame: tuple[int, int] | None = None, later: Sequence[str] = (),
) -> Picture:  # fmt: skip
    """The waveform of a sound (channels, time) or (time,), from -1 to 1, or further where it is louder.

    `frames` are starts of frames to mark, and `later` the steps by which the network's numbers are made of it.

    `frame` is the frame that the other figures show, its first sample and the one after its last: it is marked, and
    drawn large beneath.
    """
    channels = np.atleast_2d(samples)
    count = channels.shape[1]
    duration = count / sample_rate if sample_rate else float(count)
    limit = loudest(channels)
    drawn = waveform(channels, sample_rate, frames, frame)
    if frame is not None:
        piece = channels[:, frame[0] : frame[1]]
        large = wave(piece, limit, colour.GAP)
        drawn = sheet.stack([drawn, _with_times(large, piece, sample_rate, limit, IN_FRAME)], gap=20)
    rate = f"{sample_rate:g} Hz" if sample_rate else "sample rate unknown"
    length = f"{number(duration)} s" if sample_rate else f"{count:,} samples"
    many = f"{len(channels)} channels, " if len(channels) > 1 else ""
    segments = [f"input {many}{length}", source, rate, *([f"before {', '.join(later)}"] if later else [])]
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
    channels: Values, sample_rate: float | None, frames: Sequence[int], frame: tuple[int, int] | None
) -> Pixels:  # fmt: skip
    """A whole sound (channels, time) with its axes, as indices of greys; where frames start, and which one is shown."""
    limit = loudest(channels)
    body = wave(channels, limit)
    width, count = body.shape[1], max(1, channels.shape[1])
    for start in frames if len(frames) <= width // 8 else ():
        body[:12, min(width - 1, start * width // count)] = colour.INK - 8
    if frame is not None:
        _mark(body, *(place * width // count for place in frame))
    return _with_times(body, channels, sample_rate, limit)


def _with_times(body: Pixels, channels: Values, sample_rate: float | None, limit: float, words: str = "") -> Pixels:
    """A waveform with its axes."""
    time = Clock(1 / sample_rate) if sample_rate else None
    across = SECONDS if sample_rate else "sample"
    return with_time_axes(body, channels.shape[1], time, limit, "amplitude", f"{across}{words}")


def _mark(body: Pixels, first: int, end: int) -> None:
    """A stretch of a waveform in colour, with a bar above that can be seen however short it is."""
    end = max(end, first + 1)
    stretch = body[:, first:end]
    stretch[stretch == colour.PAPER] = colour.PAPER + 2
    stretch[stretch == LINE] = colour.GAP
    body[:MARK, max(0, min(first, (first + end - MARK) // 2)) : max(end, (first + end + MARK) // 2)] = colour.GAP


# --- arrays ----------------------------------------------------------------------------------


MOST_TILES: Final = 64
MOST_ROWS: Final = 512
_STEPS: Final = {
    "time": "time step", "features": "feature", "channels": "channel", "mel": "mel band", "freq": "frequency bin",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """What is known of an input: its name where there are several, its axes' names, when the cells of the time axis
    are, and the Hz of each row of a spectrogram."""

    input: str = ""
    names: tuple[str, ...] = ()
    clock: Clock | None = None
    frequencies: Values | None = None


Drawn = tuple[Pixels, str, Sequence[str], tuple[str, ...]]
"""Pixels, their map, what the title says of them, notes."""


def array(values: Values, source: str, axes: Axes | None = None) -> Picture:
    """(3, H, W) and (3, D, H, W) in colour, other maps one tile a channel, the rest as rows with time across. What is
    never negative is drawn from 0 to its largest, else the scale is symmetric."""
    axes = axes or Axes()
    is_row = values.dtype.kind == "f" and values.size == max(values.shape, default=0) > 1
    is_signal = is_row and (values.size > tiles.WIDTH or axes.names[int(np.argmax(values.shape)) :][:1] == ("time",))
    if is_signal:
        return _waveform(values, source, axes)
    plain = values if values.dtype in (np.float32, np.float64) else values.astype(np.float32)
    limit = colour.largest(plain)
    with np.errstate(invalid="ignore"):
        is_signed = bool((plain < 0).any())
    body, colormap, words, notes = _drawn(plain, limit, axes, is_signed=is_signed)
    is_signed = is_signed or colormap == colour.GREY
    scale = Scale(-limit if is_signed else 0.0, limit, "input")
    ends = f"±{number(limit)}" if is_signed else f"0…{number(limit)}"
    segments = [_title(values, axes), source, f"scale {ends}", *words]
    notes = (*remarks(plain, "values"), *notes)
    return Picture(
        sheet.sheet(segments, body, colormap, bars=(Bar(colormap, scale, "value", signed=is_signed),), notes=notes),
        Description("input", " · ".join(segments), f"What the net saw: {source}, of shape {sizes(values.shape)}.", None,
                    values.shape, scale, "RGB" if colormap == colour.GREY else colormap, notes=notes),
    )  # fmt: skip


def _title(values: Values, axes: Axes) -> str:
    """`input 2 channels, 1.5 s` for what is known to be sound, else the sizes."""
    words = sizes(values.shape)
    if axes.names == ("channels", "time") or (axes.names == ("time",) and axes.clock is not None):
        many = f"{values.shape[0]} channels, " if values.ndim > 1 and values.shape[0] > 1 else ""
        steps, step = values.shape[-1], axes.clock.step if axes.clock is not None else None
        words = f"{many}{steps:,} time steps" if step is None else f"{many}{number(steps * step)} s"
    return f"input {axes.input}".rstrip() + f" {words}"


def _waveform(values: Values, source: str, axes: Axes) -> Picture:
    """One channel as a line over time, between its largest magnitude and that below zero."""
    limit = colour.largest(values) or 1.0
    along = SECONDS if axes.clock is not None else "sample"
    line = wave(values.reshape(1, -1), limit)
    body = with_time_axes(line, values.size, axes.clock, limit, "value", along)
    segments = [_title(values, axes), source, f"scale ±{number(limit)}"]
    notes = remarks(values, "values")
    alt = f"What the net saw: {source}, of shape {sizes(values.shape)}, as a waveform."
    scale = Scale(-limit, limit, "input")
    description = Description("input", " · ".join(segments), alt, None, values.shape, scale, notes=notes)
    return Picture(sheet.sheet(segments, body, colour.GREY, notes=notes), description)


def _drawn(values: Values, limit: float, axes: Axes, *, is_signed: bool) -> Drawn:
    if values.size == 0:
        return tiles.paper(2, 2), colour.DIVERGING, (), ()
    if values.ndim in (3, 4) and values.shape[0] == 3:
        return _in_colour(values.reshape(3, -1, *values.shape[-2:]), limit)
    if values.ndim == 3 and min(values.shape[1:]) == 1 < max(values.shape[1:]):  # a signal kept as a picture
        return _rows(values.reshape(len(values), -1), limit, axes, ("channels", "time"), is_signed=is_signed)
    if values.ndim >= 3:
        # One tile a channel; a spectrogram's have low frequencies at the bottom
        planes = values.reshape(-1, *values.shape[-2:])
        is_heard = len(axes.names) > 1 and axes.names[-2] in FREQUENCIES
        kept = planes[:MOST_TILES]
        columns = tiles.near_square(len(kept), *kept.shape[1:])
        by = shrinking(kept.shape[1:], columns)
        small, notes = tiles.strongest(kept, by, by), shrunk(by)
        small = small[:, ::-1] if is_heard else small
        layout = tiles.grid(len(small), *small.shape[1:], columns=columns, side=SIDE)
        pixels = _paint(small, limit, is_signed=is_signed)
        known = is_heard and axes.clock is not None and not notes
        body = (
            with_scales(pixels, layout, range(len(small)), axes.clock, axes.frequencies) if known
            else sheet.numbered(pixels, layout, range(len(small))) if len(small) > 1
            else tiles.tile(pixels, layout)
        )  # fmt: skip
        words = (showing(len(kept), len(planes), "planes"),) if len(planes) > 1 else ()
        return body, _map(is_signed=is_signed), words, notes
    names = axes.names if len(axes.names) == values.ndim else ("",) * values.ndim
    return _rows(values, limit, axes, names, is_signed=is_signed)


def _paint(values: Values, limit: float, *, is_signed: bool) -> Pixels:
    return (colour.diverging if is_signed else colour.sequential)(values, limit)


def _map(*, is_signed: bool) -> str:
    return colour.DIVERGING if is_signed else colour.SEQUENTIAL


# --- maps --------------------------------------------------------------------------------------------


def _in_colour(values: Values, limit: float) -> Drawn:
    """A picture (3, 1, H, W), or the slices of a volume or frames of a clip (3, D, H, W), each in colour."""
    drawn = values[:, :MOST_TILES]
    columns = tiles.near_square(drawn.shape[1], *drawn.shape[2:])
    by = shrinking(drawn.shape[2:], columns)
    small = tiles.reduced(drawn.reshape(-1, *drawn.shape[2:]), by)
    notes = (f"each pixel is the mean of {by}×{by} values",) if by > 1 else ()
    images = colour.rgb(small.reshape(*drawn.shape[:2], *small.shape[1:]).transpose(1, 2, 3, 0), limit)
    if len(images) == 1:
        return tiles.enlarge(images[0], max(1, SIDE // max(images.shape[1:3]))), colour.GREY, ("in colour",), notes
    layout = tiles.grid(len(images), *images.shape[1:3], columns=columns, side=SIDE)
    body = sheet.numbered(images, layout, range(len(images)))
    return body, colour.GREY, (showing(len(images), values.shape[1], "slices"), "in colour"), notes


# --- rows --------------------------------------------------------------------------------------------


def _rows(values: Values, limit: float, axes: Axes, names: tuple[str, ...], *, is_signed: bool) -> Drawn:
    """Channels or features downwards, frequencies upwards, time across; each pixel the strongest of as many values as
    it takes to fit."""
    rows = np.atleast_2d(values)
    names = names if values.ndim > 1 else ("", *(names or ("",)))
    if names[0] == "time":
        rows, names = rows.T, names[::-1]
    by = tiles.reduction(rows.shape[1], tiles.WIDTH)
    cells = tiles.strongest(rows[:MOST_ROWS], 1, by)
    count, length = cells.shape
    across, down = max(1, min(40, tiles.WIDTH // length)), max(1, min(40, 600 // count))
    is_heard = names[0] in FREQUENCIES
    pixels = _paint(cells[::-1] if is_heard else cells, limit, is_signed=is_signed)
    large = tiles.framed(np.repeat(np.repeat(pixels, down, axis=0), across, axis=1))
    timed = axes.clock if names[1] == "time" else None
    seconds = () if timed is None else time_marks(Clock(timed.step * by, timed.start), length, across)
    title = "frequency / Hz" if is_heard and axes.frequencies is not None else _STEPS.get(names[0], "row")
    body = sheet.with_axes(
        large, _row_marks(count, down, axes, is_heard=is_heard), seconds or ticks(np.arange(length) * by, across),
        title if count > 1 else "",
        SECONDS if seconds else _STEPS.get(names[1], "position"),
    )  # fmt: skip
    words = (showing(count, len(rows), f"{_STEPS.get(names[0], 'row')}s"),) if len(rows) > 1 else ()
    return (
        body,
        _map(is_signed=is_signed),
        words,
        (f"each pixel is the value of largest magnitude of {by}",) if by > 1 else (),
    )


def _row_marks(rows: int, down: int, axes: Axes, *, is_heard: bool) -> list[sheet.Tick]:
    if rows == 1:
        return []
    if is_heard and axes.frequencies is not None:
        return frequency_marks(axes.frequencies, down)
    order = np.arange(rows)
    return ticks(order[::-1] if is_heard else order, down, 40)


# --- in an album -----------------------------------------------------------------------------


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    """`input.png`, or one for each of several inputs."""
    inputs = plan.network.inputs
    for index, item in enumerate(inputs, 1):
        yield "input.png" if len(inputs) == 1 else f"input/{file_name(index, item.name)}", item.name


def _drawn_sample(planned: Planned, scene: Scene) -> Picture:
    prepared = next(sample for sample in scene.session.samples if sample.input == planned.subject)
    spectrum, heard = prepared.spectrogram, prepared.sound
    if prepared.picture is not None:
        return photograph(prepared.picture, prepared.source, prepared.array.shape[1:])
    if spectrum is not None:
        above = None
        if heard is not None and prepared.frame is not None:
            above = waveform(heard.samples, heard.sample_rate, prepared.frame_starts, prepared.frame)
        return spectrogram(spectrum, prepared.source, prepared.array.shape[1:], above)
    if heard is not None:
        item = next(item for item in scene.network.inputs if item.name == prepared.input)
        later = [f"`{step}`" for step in item.preprocess if step in ("normalize", *STEPS)]
        return sound(heard.samples, prepared.source, heard.sample_rate, prepared.frame_starts, prepared.frame, later)
    return array(prepared.array[0], prepared.source, _axes_of(prepared, scene))


def _axes_of(prepared: Prepared, scene: Scene) -> Axes:
    """What is known of the axes of an input that is numbers."""
    network, sights = scene.network, scene.sights
    item = next(item for item in network.inputs if item.name == prepared.input)
    name = item.name if len(network.inputs) > 1 else ""
    heard = next((axis for axis, word in enumerate(item.axes, 1) if word in FREQUENCIES), None)
    timed = next((axis for axis, word in enumerate(item.axes, 1) if word == "time"), None)
    # Ids of tokens have a place, and are no features
    names = tuple("" if word == "features" and not item.value.type.is_float else word for word in item.axes)
    return Axes(
        name, names, clock(item.value, timed, network, sights) if timed else None,
        frequencies(item.value, heard, network, sights) if heard else None,
    )  # fmt: skip


def background(prepared: Prepared, space: Sequence[int]) -> NDArray[np.uint8]:
    """An input as a picture to draw on: as it was seen; of what is none the strongest of all channels in greys. `space`
    has its two axes, the samples counted."""
    if prepared.picture is not None:
        return np.asarray(prepared.picture)
    planes = np.moveaxis(prepared.array[0].astype(np.float64), [axis - 1 for axis in space], (-2, -1))
    plane = loudest_channel(planes.reshape(-1, *planes.shape[-2:]))
    low, high = colour.extremes(np.nan_to_num(plane))
    return np.asarray(np.rint(255 * (np.nan_to_num(plane) - low) / ((high - low) or 1.0)), dtype=np.uint8)


def background_notes(prepared: Prepared, space: Sequence[int]) -> tuple[str, ...]:
    """What must be said of the picture to draw on: where it is no photograph, of how many channels it is."""
    values = prepared.array[0]
    channels = values.size // max(1, prod(values.shape[axis - 1] for axis in space))
    if prepared.picture is not None or channels == 1:
        return ()
    return (f"the picture, in greys: the value of largest magnitude of {channels:,} channels",)


KIND: Final = Kind(
    name="input",
    title="Input",
    file="input.png",
    shows="what the net saw",
    place=20,
    is_of_weights=False,
    of_network=_planned,
    draw=_drawn_sample,
)
