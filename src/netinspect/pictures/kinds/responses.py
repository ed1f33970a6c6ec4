"""A Conv1d layer as what it is: a bank of learnable FIR filters, each with its impulse and magnitude response.

Sorted by peak frequency a bank that has learned to cover the spectrum shows itself as a rising line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.axes import STEREO, dilation, sample_rate, taps_axis, without_width
from netinspect.pictures.draw import colour, sheet
from netinspect.pictures.draw.axes import OCTAVES
from netinspect.pictures.draw.plots import BLUE, DPI, VERMILION, rendered
from netinspect.pictures.draw.scaling import SPECTRUM_POINTS, peak_frequencies, remarks
from netinspect.pictures.draw.sheet import Bar
from netinspect.pictures.kind import Kind, Layer, Plan, Planned
from netinspect.pictures.look import Description, Look, Origin, Picture, Scale, number, showing, sizes
from netinspect.pictures.run import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

Values = NDArray[np.floating]

FLOOR_DB: Final = -60.0
ROW_INCHES: Final = 0.17


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """The weight (C_out, C_in, k) of a Conv1d, whose taps lie `dilation` samples apart. `sample_rate` in Hz is that of
    the layer's input, None if unknown; `channels` are those of its input, C_in of each group of filters by default.

    Filters that read more than two channels hear no sound: their frequencies are those at which maps change.
    """

    layer: str
    weight: Values
    origin: Origin
    sample_rate: float | None = None
    name: str = "weight"
    dilation: int = 1
    channels: int | None = None

    @property
    def hears(self) -> bool:
        """Whether the layer's input is the sound itself."""
        return (self.weight.shape[1] if self.channels is None else self.channels) <= STEREO

    @property
    def what(self) -> str:
        """What the frequency axis measures."""
        unit = "Hz" if self.sample_rate else "cycles per sample"
        return f"{'frequency' if self.hears else 'frequency of changes in the maps'} / {unit}"


def magnitude_db(weight: Values, dilation: int = 1) -> Values:
    """|H(f)| of each filter in dB re the layer's largest, at least FLOOR_DB; its inputs' powers added up.

    weight (C_out, C_in, k), result (C_out, points), from 0 to half the sample rate. With taps `dilation` samples apart
    it is H(dilation·f), which repeats and mirrors below half the sample rate.
    """
    clean = np.nan_to_num(weight.astype(np.float64), posinf=0.0, neginf=0.0)
    points = max(SPECTRUM_POINTS[1], 1 << (clean.shape[2] - 1).bit_length())
    power = np.stack([(np.abs(np.fft.rfft(kernel, points)) ** 2).sum(axis=0) for kernel in clean])
    top = power.max(initial=0.0)
    if top <= 0:
        return np.full_like(power, FLOOR_DB)
    bins = dilation * np.arange(power.shape[1]) % points
    power = power[:, np.minimum(bins, points - bins)]
    return np.asarray(np.maximum(10 * np.log10(np.maximum(power / top, 1e-12)), FLOOR_DB))


def responses(filters: Filters, look: Look | None = None) -> Picture:
    """All filters as one heat map over frequency, sorted; and of some the waveform and |H(f)| next to each other."""
    look = look or Look()
    weight = filters.weight.astype(np.float64)
    order = np.argsort(peak_frequencies(weight), kind="stable")
    if len(order) <= look.max_tiles:
        drawn = order
    else:  # evenly from the first to the last
        drawn = order[np.linspace(0, len(order) - 1, look.max_tiles).round().astype(np.intp)]
    decibels = magnitude_db(weight, filters.dilation)
    title = f"{filters.layer}.{filters.name} {sizes(filters.weight.shape)}"
    segments = [
        title, f"{showing(len(drawn), len(weight), 'filters')}, sorted by peak frequency",
        f"waveform and |H(f)| in dB re the layer's largest, {-FLOOR_DB:g} dB", str(filters.origin),
    ]  # fmt: skip
    body = rendered(_figure(filters, weight, decibels, order, drawn))
    of_inputs = f"waveforms are those of each filter's strongest input; |H(f)| is over all {weight.shape[1]} inputs"
    notes = (*remarks(filters.weight), *(of_inputs,) * (weight.shape[1] > 1), *_dilation_note(filters))
    bar = Bar(
        colour.SEQUENTIAL, Scale(FLOOR_DB, 0.0, "layer"), "dB", signed=False, clipped=bool((decibels <= FLOOR_DB).any())
    )
    alt = (
        f"The {len(weight)} filters of {filters.layer}, sorted by peak frequency: magnitude responses as a heat map, "
        f"waveforms and responses one by one. {filters.origin}."
    )
    return Picture(
        sheet.sheet(segments, body, bars=(bar,), notes=notes),
        Description("responses", " · ".join(segments), alt, filters.layer, filters.weight.shape,
                    Scale(FLOOR_DB, 0.0, "layer"), colour.SEQUENTIAL, tuple(drawn.tolist()), len(weight), notes),
    )  # fmt: skip


def _dilation_note(filters: Filters) -> tuple[str, ...]:
    if filters.dilation == 1:
        return ()
    apart = (filters.sample_rate or 1.0) / filters.dilation
    period = f"{number(apart)} {'Hz' if filters.sample_rate else 'cycles per sample'}"
    return (f"taps lie {filters.dilation} samples apart: |H(f)| repeats every {period}, and the lowest peak counts",)


# --- drawing -----------------------------------------------------------------------------------------


def _figure(
    filters: Filters, weight: Values, decibels: Values, order: NDArray[np.intp], drawn: NDArray[np.intp]
) -> Figure:
    """A heat map above, and beneath it one or two pairs of columns: waveforms and responses."""
    from matplotlib.figure import Figure

    pairs = 1 if len(drawn) <= 16 else 2
    rows = ceil(len(drawn) / pairs)
    figure = Figure(figsize=(7.0, 2.7 + 0.6 + ROW_INCHES * rows), dpi=DPI, layout="constrained")
    grid = figure.add_gridspec(2, 2 * pairs, height_ratios=[2.7, 0.6 + ROW_INCHES * rows])
    half, what = (filters.sample_rate or 1.0) / 2, filters.what
    heard = bool(filters.sample_rate) and filters.hears and decibels.shape[1] > 3
    _heat_map(figure.add_subplot(grid[0, :]), decibels[order], half, what, in_octaves=heard)
    for pair in range(pairs):
        part = drawn[pair * rows : (pair + 1) * rows]
        _waveforms(figure.add_subplot(grid[1, 2 * pair]), weight[part], row_height(weight), part, rows)
        _curves(figure.add_subplot(grid[1, 2 * pair + 1]), decibels[part], half, what, rows, in_octaves=heard)
    return figure


def _heat_map(axes: Axes, decibels: Values, half: float, what: str, *, in_octaves: bool) -> None:
    """A column a filter, a row a bin of the spectrum."""
    bins = decibels.shape[1] - 1
    edges = (np.arange(bins + 2) - 0.5) * half / max(bins, 1)  # the bins lie at 0 … half
    columns = np.arange(len(decibels) + 1) - 0.5
    axes.pcolormesh(columns, edges, decibels.T, cmap=colour.SEQUENTIAL, vmin=FLOOR_DB, vmax=0)
    axes.set_xlim(columns[0], columns[-1])
    axes.set_ylim(0, half)
    if in_octaves:
        axes.set_yscale("log", base=2)
        axes.set_ylim(edges[1], half)
        _mark_octaves(axes.yaxis, half, 1)
    axes.set_xlabel("filter, sorted by peak frequency", fontsize=8)
    axes.set_ylabel(what, fontsize=8)
    axes.tick_params(labelsize=7)


def _mark_octaves(axis: Axis, highest: float, every: int) -> None:
    """Marks at every so many octaves."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis.set_major_locator(FixedLocator([hertz for hertz in OCTAVES if hertz <= highest][::-every]))
    axis.set_major_formatter(FuncFormatter(lambda hertz, _: f"{hertz:g}"))
    axis.set_minor_locator(NullLocator())


def row_height(weight: Values) -> float:
    """Half a row in units of the weights: most filters stay inside theirs, a loud one reaches into the next."""
    clean = np.nan_to_num(weight, posinf=0.0, neginf=0.0)
    peaks = np.abs(clean).max(axis=(1, 2), initial=0.0)
    return float(np.percentile(peaks, 75)) or float(peaks.max(initial=0.0)) or 1.0


def _waveforms(axes: Axes, weight: Values, height: float, indices: NDArray[np.intp], rows: int) -> None:
    """One line a filter, all on one scale, the first at the top, its index at the left."""
    flat = np.nan_to_num(weight, posinf=0.0, neginf=0.0)
    strongest = np.argmax((flat**2).sum(axis=2), axis=1) if flat.size else np.zeros(len(flat), int)
    lines = flat[np.arange(len(flat)), strongest]
    _ridges(axes, np.arange(lines.shape[1]), lines * (0.5 / height), BLUE, rows)
    axes.set_yticks(-np.arange(len(indices)), [str(index) for index in indices.tolist()])
    axes.set_xlabel("tap", fontsize=8)
    axes.tick_params(axis="y", labelsize=6.5, length=0)


def _curves(axes: Axes, decibels: Values, half: float, what: str, rows: int, *, in_octaves: bool) -> None:
    """One line a filter, FLOOR_DB at its foot and 0 dB a row above."""
    x = np.linspace(0, half, decibels.shape[1])
    first = 1 if in_octaves else 0  # octaves never come to 0 Hz
    _ridges(axes, x[first:], (decibels[:, first:] - FLOOR_DB) / -FLOOR_DB * 0.9 - 0.45, VERMILION, rows)
    if in_octaves:
        axes.set_xscale("log", base=2)
        axes.set_xlim(x[1], half)
        _mark_octaves(axes.xaxis, half, 2)
    axes.set_yticks([])
    axes.set_xlabel(what, fontsize=8)


def _ridges(axes: Axes, x: NDArray[Any], lines: Values, ink: str, rows: int) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.ticker import MaxNLocator

    points = [np.column_stack([x, line - row]) for row, line in enumerate(lines)]
    axes.add_collection(LineCollection(points, colors=ink, linewidths=0.7))
    axes.set_xlim(float(x[0]), float(x[-1]) if len(x) > 1 else 1.0)
    axes.set_ylim(-rows + 0.4, 0.6)
    axes.tick_params(axis="x", labelsize=7)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.spines[["top", "right", "left"]].set_visible(False)


# --- in an album -----------------------------------------------------------------------------


SIGNALS: Final = 4
"""Input channels up to which a layer's filters are drawn as filters unasked."""


def _planned(layer: Layer, plan: Plan) -> Iterator[tuple[str, str]]:
    """Filters of signals; unasked not those of feature maps, whose responses add up over many inputs."""
    call, request = layer.call, plan.request
    if call is None or taps_axis(call) is None:
        return
    if request.everything or request.what is not None or call.result.parameters[0].shape[1] <= SIGNALS:
        for key, _ in layer.weights:
            yield key, layer.weight_name(key)


def _drawn(planned: Planned, scene: Scene) -> Picture:
    call = planned.call
    kernel = scene.recorded.kernels[planned.subject]
    axis = taps_axis(call) or 2
    filters = Filters(
        kernel.path, without_width(kernel.values, call), scene.session.origin_of(kernel),
        sample_rate(call.inputs[0], axis, scene.network, scene.sights), kernel.name, dilation(call, axis),
        call.inputs[0].type.shape[1],
    )  # fmt: skip
    return responses(filters, scene.look)


KIND: Final = Kind(
    name="responses",
    title="Filter responses",
    file="responses/03_conv1.png",
    shows="filters over time: waveform and magnitude response, sorted by peak frequency",
    drawn="over up to 4 channels; others with `--all`",
    place=50,
    of_layer=_planned,
    draw=_drawn,
)
