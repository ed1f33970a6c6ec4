"""What a layer made of one input: a map for each channel, a curve for each filter over time, a cell for each unit.

After a ReLU nothing is negative and the map is magma, black at 0; signed values use RdBu_r. One scale a layer:
its 99.5th percentile, so that one bright pixel does not leave all others black.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect import recording
from netinspect.network.network import Call
from netinspect.pictures.axes import along, clock, filter_peaks, frequencies
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import FREQUENCIES, SECONDS, Clock, time_marks, with_scales
from netinspect.pictures.draw.matrices import FEW_CELLS, LARGE_CELL, ticks
from netinspect.pictures.draw.scaling import Choice, choose, remarks
from netinspect.pictures.draw.sheet import Bar, Tick
from netinspect.pictures.draw.signals import wave, with_time_axes
from netinspect.pictures.draw.tiles import Grid, Pixels
from netinspect.pictures.kind import Kind, Layer, Plan
from netinspect.pictures.look import CLIP, Description, Look, Origin, Picture, Scale, number, showing, sizes, unusual
from netinspect.pictures.run import Scene

Values = NDArray[np.floating]

MOST_UNITS: Final = 512
MOST_POINTS: Final = 1240
CELL: Final = 32
CELLS_SIDE: Final = 44
FEW_SIGNALS: Final = 4
"""So many long channels or fewer are waveforms, as the two sides of a recording or the voices that were parted."""
DEEP: Final = 8
"""Slices of a volume that are shown, and channels."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerOutput:
    """The values of one layer for one input, units first: (C, H, W), (C, D, H, W), (C, T) or (C,).

    input        what the net saw, for the title: a file's name, or "standard-normal noise, seed 0"
    type         of the layer, for the title where its name says little
    shape        the layer's own, where units are not its first axis
    units        what the first axis counts; `along` is what the second is, where there are two, or four
    spectrogram  whether the axis before the last is frequency, low ones first: it is drawn upwards
    clock        when the cells of the last axis are, where that is a sound's time
    frequencies  in Hz, of each row of a spectrogram's map
    peaks        where the filter behind each channel responds most, in `peak_unit`
    """

    layer: str
    values: Values
    origin: Origin
    input: str
    units: str = "channel"
    along: str = "position"
    spectrogram: bool = False
    clock: Clock | None = None
    frequencies: Values | None = None
    peaks: Values | None = None
    peak_unit: str = "Hz"
    type: str = ""
    shape: tuple[int, ...] | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the layer's output for one input."""
        return self.values.shape if self.shape is None else self.shape

    @property
    def title(self) -> str:
        """`conv1 64×55×55`, `features.1 (ReLU) 64×55×55`, `fc`."""
        name = f"{self.layer} ({self.type})" if self.type else self.layer
        return f"{name} {sizes(self.sizes)}" if len(self.sizes) > 1 else name


@dataclass(frozen=True, slots=True)
class Tone:
    """How values become colours: the map, the value of its last colour, gamma, and the words for the title; `clipped`
    where values lie beyond."""

    colormap: str
    limit: float
    gamma: float
    words: str
    clipped: bool = False

    @property
    def signed(self) -> bool:
        """Whether zero is in the middle."""
        return self.colormap == colour.DIVERGING

    @property
    def scale(self) -> Scale:
        """For the description."""
        return Scale(-self.limit if self.signed else 0.0, self.limit, "layer", self.gamma)

    def bar(self, measure: str, over: str = "layer") -> Bar:
        """The colour bar."""
        return Bar(self.colormap, replace(self.scale, over=over), measure, self.signed, clipped=self.clipped)

    def paint(self, values: Values) -> Pixels:
        """Values as palette indices."""
        return (colour.diverging if self.signed else colour.sequential)(values, self.limit, self.gamma)


def tone_of(values: Values, look: Look, over: str = "layer") -> Tone:
    """The map and scale that fit a layer's values, or those of what is `over`."""
    with np.errstate(all="ignore"):
        signed = bool((values < 0).any())
    limit = colour.percentile(values, look.clip)
    ends = f"±{number(limit)}" if signed else f"0…{number(limit)}"
    scale = f"scale {ends}" if over == "layer" else f"scale {ends} ({over})"
    gamma = (f"gamma {number(look.gamma)}", look.gamma, 1.0)
    words = " · ".join([scale, *unusual((f"clip {number(look.clip)} %", look.clip, CLIP), gamma)])
    clipped = colour.largest(values) > limit
    return Tone(colour.DIVERGING if signed else colour.SEQUENTIAL, limit, look.gamma, words, clipped)


def activations(activation: LayerOutput, look: Look | None = None) -> Picture:
    """The picture that fits the rank of the values: maps, slices of volumes, a heat map, or a block of cells."""
    look = look or Look()
    values = activation.values
    if values.dtype not in (np.float32, np.float64):
        values = values.astype(np.float32)
    tone = tone_of(values, look)
    if values.size == 0:
        return _picture(activation, tone, tiles.paper(2, 2), (), "no units", ())
    if prod(values.shape[1:]) == 1:  # one cell a unit, also after pooling all of a map
        body, words, indices = _cells(values.reshape(-1), tone, activation.units)
        return _picture(activation, tone, body, indices, words, ())
    if values.ndim == 2:
        return _heat_map(activation, values, tone, look)
    if values.ndim == 3:
        return _maps(activation, values, tone, look)
    volumes = values.reshape(values.shape[0], -1, *values.shape[-2:])
    if volumes.shape[1] == 1:
        return _maps(activation, volumes[:, 0], tone, look)
    return _volumes(activation, volumes, tone, look)


# --- maps ------------------------------------------------------------------------------------------


def _maps(activation: LayerOutput, values: Values, tone: Tone, look: Look) -> Picture:
    choice = chosen_channels(values, look, look.max_tiles)
    columns = tiles.near_square(len(choice.kept), *values.shape[1:])
    by = shrinking(values.shape[1:], columns)
    small = tiles.strongest(values[choice.kept], by, by)
    small = small[:, ::-1] if activation.spectrogram else small
    layout = tiles.grid(len(small), *small.shape[1:], columns=columns, side=256)
    body = _numbered(activation, tone.paint(small), layout, choice.indices, by)
    words = f"{showing(len(choice.kept), len(values), f'{activation.units}s')}, {choice.words}"
    return _picture(activation, tone, body, choice.indices, words, shrunk(by))


def _numbered(activation: LayerOutput, pixels: Pixels, layout: Grid, indices: tuple[int, ...], by: int) -> Pixels:
    """The tiles with their numbers, and with axes where it is known what these measure; a pixel is `by` cells wide."""
    if activation.clock is None and activation.frequencies is None:
        return sheet.numbered(pixels, layout, indices)
    frequencies = activation.frequencies
    if frequencies is not None:
        frequencies = np.array([rows.mean() for rows in np.split(frequencies, range(by, len(frequencies), by))])
    return with_scales(pixels, layout, indices, _slower(activation.clock, by), frequencies)


def _slower(clock: Clock | None, by: int) -> Clock | None:
    """The clock of pixels that stand for `by` cells each."""
    return None if clock is None else Clock(clock.step * by, clock.start)


def chosen_channels(values: Values, look: Look, most: int) -> Choice:
    """The first channels, or with another order than index those of largest mean magnitude."""
    if look.order == "index":
        return choose(values, "index", most)
    return choose(values, "activation", most, strength(values))


def strength(values: Values) -> Values:
    """The mean magnitude of each channel; what is not finite counts as 0. Shape (C,)."""
    flat = np.nan_to_num(np.abs(values.reshape(len(values), -1)), posinf=0.0)
    return np.asarray(flat.mean(axis=1, dtype=np.float64))


def shrinking(sides: Sequence[int], columns: int) -> int:
    """How many values of a map (height, width) a pixel stands for along each side, with so many maps in a row."""
    height, width = sides
    return max(tiles.reduction(width * columns), tiles.reduction(height))


def shrunk(by: int) -> tuple[str, ...]:
    """The note on maps whose pixels stand for several values."""
    return (f"each pixel is the value of largest magnitude of {by}×{by}",) if by > 1 else ()


def _volumes(activation: LayerOutput, values: Values, tone: Tone, look: Look) -> Picture:
    """A row for each channel, slices through its first axis from left to right."""
    choice = chosen_channels(values, look, min(look.max_tiles, DEEP))
    planes = np.unique(np.linspace(0, values.shape[1] - 1, DEEP).round().astype(int))
    chosen = values[np.ix_(choice.kept, planes)].reshape(-1, *values.shape[2:])
    by = shrinking(chosen.shape[1:], len(planes))
    small = tiles.strongest(chosen, by, by)
    layout = tiles.grid(len(small), *small.shape[1:], columns=len(planes), side=256)
    body = sheet.with_axes(
        tiles.tile(tone.paint(small), layout), marks(layout.height, layout, choice.indices),
        marks(layout.width, layout, planes.tolist()), activation.units, activation.along,
    )  # fmt: skip
    slices = showing(len(planes), values.shape[1], "slices").removeprefix("showing ")
    words = f"{showing(len(choice.kept), len(values), f'{activation.units}s')}, {choice.words}, {slices} each"
    return _picture(activation, tone, body, choice.indices, words, shrunk(by))


def marks(side: int, layout: Grid, indices: Sequence[int]) -> list[Tick]:
    """A mark at the middle of each row (`side` is a tile's height) or column (its width)."""
    pitch = side * layout.factor + layout.gap
    return [Tick(layout.gap + at * pitch + side * layout.factor / 2, str(index)) for at, index in enumerate(indices)]


# --- a heat map, a block of cells --------------------------------------------------------------------


def _heat_map(activation: LayerOutput, values: Values, tone: Tone, look: Look) -> Picture:
    """Units downwards, or filters upwards by peak frequency; time or position across. A single channel that runs over
    time is a waveform, and so are a few long ones."""
    is_long = values.shape[1] > MOST_POINTS
    is_timed = is_long or activation.along == "time step" or activation.clock is not None
    if (len(values) == 1 and is_timed) or (len(values) <= FEW_SIGNALS and is_long):
        return _waveform(activation, values)
    kept = np.sort(np.argsort(-strength(values), kind="stable")[:MOST_UNITS])
    peaks = activation.peaks if look.order == "frequency" else None
    kept = kept if peaks is None else kept[np.argsort(-peaks[kept], kind="stable")]
    by = tiles.reduction(values.shape[1], MOST_POINTS)
    cells = tiles.strongest(values[kept], 1, by)
    length = cells.shape[1]
    across = max(1, min(tiles.WIDTH // length, 2 * CELL))
    down = max(1, min(900 // len(kept), CELL))
    large = tiles.framed(np.repeat(np.repeat(tone.paint(cells), down, axis=0), across, axis=1))
    slower = _slower(activation.clock, by)
    marks = ticks(np.arange(length) * by, across) if slower is None else time_marks(slower, length, across)
    along = activation.along if slower is None else SECONDS
    if peaks is None:
        body = sheet.with_axes(large, ticks(kept, down), marks, activation.units, along)
    else:  # marks at some of the rows, as `ticks` has them, with the frequency of each
        rows = [(tick.at, float(peaks[kept[int(tick.text)]])) for tick in ticks(np.arange(len(kept)), down)]
        peak_marks = [Tick(at, f"{peak:.0f}" if peak >= 100 else number(peak)) for at, peak in rows]
        upwards = f"peak frequency of the filter / {activation.peak_unit}"
        body = sheet.with_axes(large, peak_marks, marks, upwards, along)
    notes = (f"each pixel is the value of largest magnitude of {by}",) if by > 1 else ()
    order = "in order of index" if peaks is None else "by their filters' peak frequency, low ones at the bottom"
    order = order if len(kept) == len(values) else f"the strongest {order}"
    words = f"{showing(len(kept), len(values), f'{activation.units}s')}, {order}"
    return _picture(activation, tone, body, tuple(kept.tolist()), words, notes)


def _waveform(activation: LayerOutput, values: Values) -> Picture:
    """Channels (C, T) as lines over time, between their largest magnitude and that below zero."""
    limit = colour.largest(values) or 1.0
    along = activation.along if activation.clock is None else SECONDS
    waves = [
        with_time_axes(wave(channel[None], limit), values.shape[1], activation.clock, limit, "activation", along)
        for channel in values
    ]
    words = f"1 {activation.units}, a waveform" if len(values) == 1 else f"{len(values)} {activation.units}s, waveforms"
    segments = [
        activation.title, words, f"scale ±{number(limit)}",
        f"input: {activation.input}", str(activation.origin),
    ]  # fmt: skip
    notes = remarks(activation.values, "values")
    alt = f"What {activation.layer} makes of {activation.input}, as a waveform. {activation.origin}."
    return Picture(
        sheet.sheet(segments, sheet.stack(waves, gap=16), colour.GREY, notes=notes),
        Description("activations", " · ".join(segments), alt, activation.layer, activation.sizes,
                    Scale(-limit, limit, "layer"), None, tuple(range(len(values))), len(values), notes),
    )  # fmt: skip


def _cells(values: Values, tone: Tone, units: str) -> tuple[Pixels, str, tuple[int, ...]]:
    """One cell a unit, row by row."""
    most = MOST_UNITS * 16
    kept = values[:most]
    columns = len(kept) if len(kept) <= 32 else tiles.near_square(len(kept), 2, 1)
    rows = ceil(len(kept) / columns)
    painted = np.full(rows * columns, colour.PAPER, np.uint8)
    painted[: len(kept)] = tone.paint(kept)
    factor = max(1, min(tiles.WIDTH // columns, CELLS_SIDE if len(kept) > FEW_CELLS else LARGE_CELL))
    large = tiles.framed(tiles.enlarge(painted.reshape(rows, columns), factor))
    starts = np.arange(rows) * columns
    body = sheet.with_axes(
        large, ticks(starts, factor) if rows > 1 else (), ticks(np.arange(columns), factor), "", units
    )
    words = f"{showing(len(kept), len(values), f'{units}s')}{', row by row' if rows > 1 else ''}"
    return body, words, tuple(range(len(kept)))


def _picture(
    activation: LayerOutput, tone: Tone, body: Pixels, indices: tuple[int, ...], words: str, notes: tuple[str, ...]
) -> Picture:
    segments = [
        activation.title, words, tone.words, f"input: {activation.input}", str(activation.origin),
    ]  # fmt: skip
    notes = (*remarks(activation.values, "values"), *notes)
    bar = tone.bar("activation")
    colours = "red above zero, blue below" if tone.signed else "from black at 0 to bright"
    low = " Low frequencies are at the bottom." if activation.spectrogram else ""
    alt = f"Activations of {activation.layer} for {activation.input}: {words}; {colours}.{low} {activation.origin}."
    return Picture(
        sheet.sheet(segments, body, tone.colormap, bars=(bar,), notes=notes),
        Description("activations", " · ".join(segments), alt, activation.layer, activation.sizes, tone.scale,
                    tone.colormap, indices, len(activation.values) if activation.values.ndim else 1, notes),
    )  # fmt: skip


# --- in an album -----------------------------------------------------------------------------


SHOWN: Final = frozenset({
    "convolution", "linear", "pooling", "activation", "embedding", "recurrent", "attention", "custom",
})  # fmt: skip
"""Families whose activations are drawn unasked; norms, dropout and reshaping look like what they were given."""

_FLAT: Final = ("Identity", "Fold", "Unfold")

_AXES: Final = {"time": "time step", "depth": "slice", "mel": "mel band", "freq": "frequency bin"}


def _planned(layer: Layer, plan: Plan) -> Iterator[tuple[str, str]]:
    call = layer.call
    is_attention = call is not None and call.entry.name.lower() == "softmax" and call.path in plan.attended
    if call is not None and _is_drawn(call, plan) and not is_attention:
        yield "", layer.row.path


def _is_drawn(call: Call, plan: Plan) -> bool:
    """Whether a call's activation is drawn unasked, or computed at all where everything is."""
    if call.entry.gives_list or not call.inputs or not call.outputs[0].type.is_float:
        return False
    if plan.request.everything:
        return call.module is not None or not call.result.alias
    is_later_step = call.again and call.entry.recurs == "step"  # drawn over time
    return call.entry.family in SHOWN and call.entry.name not in _FLAT and not is_later_step


def units_first(activation: recording.Activation, call: Call) -> Values:
    """The values for the first sample, their units on axis 0; a single number is one unit."""
    values, units = activation.values, activation.unit_axis
    batch = call.outputs[0].batch_axes
    if batch:
        values = values.take(0, axis=batch[0])
        units = units - 1 if units is not None and units > batch[0] else units
    if units is None or units == 0 or units >= values.ndim:
        return np.atleast_1d(values)
    return values.transpose(units, *(axis for axis in range(values.ndim) if axis != units))


def drawn_activation(call: Call, scene: Scene) -> LayerOutput:
    """One layer's values for the first sample, as they are drawn."""
    network, sights = scene.network, scene.sights
    activation, output = scene.recorded.activations[call.path], call.outputs[0]
    values = units_first(activation, call)
    axes = [axis for axis in range(len(output.type.shape)) if axis not in (activation.unit_axis, *output.batch_axes)]
    if values.ndim == 3 and 1 in values.shape[1:] and values.shape[1:] != (1, 1):  # a row of cells is no map
        axes = [axis for axis, size in zip(axes, values.shape[1:], strict=True) if size > 1]
        values = values.reshape(len(values), -1)
    names = [along(output, axis, network, sights) for axis in axes]
    is_heard = values.ndim == 3 and len(names) == 2 and names[0] in FREQUENCIES
    is_channel = activation.unit_axis is not None and any(axis > activation.unit_axis for axis in axes)
    units = "channel" if values.ndim > 2 or is_channel or call.entry.family == "convolution" else "unit"
    bank = filter_peaks(call, network, scene.recorded.kernels, sights) if values.ndim == 2 else None
    peaks, peak_unit = bank or (None, "Hz")
    return LayerOutput(
        call.path, values, scene.session.origin, scene.session.input_title,
        "row" if activation.unit_axis is None else units,
        along=_AXES.get(names[0 if values.ndim > 3 else -1] or "", "position") if names else "position",
        spectrogram=is_heard,
        clock=clock(output, axes[-1], network, sights) if axes and values.ndim in (2, 3) else None,
        frequencies=frequencies(output, axes[0], network, sights) if is_heard else None,
        peaks=peaks, peak_unit=peak_unit, type=call.entry.name if call.path.rpartition(".")[2].isdigit() else "",
        shape=tuple(size for axis, size in enumerate(output.type.shape) if axis not in output.batch_axes),
    )  # fmt: skip


KIND: Final = Kind(
    name="activations",
    title="Activations",
    file="activations/03_conv1.png",
    shows="what a layer made of the input",
    place=60,
    of_layer=_planned,
    outputs=lambda planned, _plan: [planned.call],
    draw=lambda planned, scene: activations(drawn_activation(planned.call, scene), scene.look),
    arrays=lambda planned, recorded: {"activation": recorded.activations[planned.call.path].values},
)
