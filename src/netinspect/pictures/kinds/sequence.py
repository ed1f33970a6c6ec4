"""What a recurrent layer remembers: every hidden unit over time; and the outputs of a network from frame
to frame of a sound.

Units stand in order of index, or the most active first. In order of their peaks even noise would make a diagonal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.network.network import Call
from netinspect.pictures.axes import clock
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import SECONDS, Clock, time_marks
from netinspect.pictures.draw.colour import INK
from netinspect.pictures.draw.matrices import ticks
from netinspect.pictures.draw.scaling import WORDS, remarks
from netinspect.pictures.draw.sheet import Bar, Tick
from netinspect.pictures.draw.text import TEXT, label
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kind import Kind, Layer, Plan, Planned
from netinspect.pictures.kinds.activations import CELL, MOST_UNITS, Tone, strength, tone_of
from netinspect.pictures.look import CLIP, Description, Look, Origin, Picture, Scale, number, showing, sizes, unusual
from netinspect.pictures.run import OUTPUT, Scene
from netinspect.pictures.stems import file_name

Values = NDArray[np.floating]

DIRECTIONS: Final = ("reading forwards, from the first step →", "reading backwards, from the last step ←")
HEIGHT: Final = 900
WIDEST: Final = 64
"""Pixels of one step at most: a short sequence need not be narrow."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitsOverTime:
    """values (time, units) of one input. Of two directions the first half of the units reads forwards.

    stacked  how many layers lie upon each other, of which this is the last
    clock    where the steps are pieces of a sound, else None
    """

    layer: str
    values: Values
    origin: Origin
    input: str
    directions: int = 1
    stacked: int = 1
    clock: Clock | None = None


def hidden_states(states: UnitsOverTime, look: Look | None = None) -> Picture:
    """Units downwards, time across, zero in white, on a scale of the units that are drawn."""
    look = look or Look()
    gamma, by_strength = look.gamma, look.order == "activation"
    # For each direction its name and its units in order
    size = states.values.shape[1] // max(1, states.directions)
    words = DIRECTIONS if states.directions == 2 else ("",)
    halves = [states.values[:, part * size : (part + 1) * size] for part in range(len(words))]
    orders = [
        (word, part * size + _most(half, states.directions, by_strength=by_strength))
        for part, (word, half) in enumerate(zip(words, halves, strict=True))
    ]
    how = WORDS["activation" if by_strength else "index"]
    drawn = states.values[:, np.concatenate([order for _, order in orders])]
    limit = colour.percentile(drawn, look.clip)
    clipped = colour.largest(drawn) > limit
    panels = [_panel(states, order, limit, gamma) for _, order in orders]
    widest = max(panel.shape[1] for panel in panels)
    # All have the same axis of time and end alike: their cells begin alike, too, when there is paper before the shorter
    # numbers of units.
    level = [sheet.padded(panel, 0, 0, 0, widest - panel.shape[1]) for panel in panels]
    headings = [[label(word, TEXT, bold=True, strength=0.85)] if word else [] for word, _ in orders]
    parts = [sheet.stack([*heading, panel], gap=4) for heading, panel in zip(headings, level, strict=True)]
    body = sheet.stack(parts, gap=16)
    units_drawn = tuple(int(unit) for _, order in orders for unit in order)
    units = states.values.shape[1]
    of = (f"the last of {states.stacked} layers",) if states.stacked > 1 else ()
    segments = [
        f"{states.layer} {sizes(states.values.shape)}", *of,
        f"{showing(len(units_drawn), units, 'hidden units')}, {how}", f"scale ±{number(limit)}",
        *unusual((f"clip {number(look.clip)} %", look.clip, CLIP), (f"gamma {number(gamma)}", gamma, 1.0)),
        f"input: {states.input}", str(states.origin),
    ]  # fmt: skip
    by = tiles.reduction(len(states.values), tiles.WIDTH)
    notes = (
        *remarks(states.values, "values"), *(f"each pixel is the value of largest magnitude of {by}",) * (by > 1),
    )  # fmt: skip
    scale = Scale(-limit, limit, "layer", gamma)
    which = f" ({of[0]})" if of else ""
    apart = "; above those that read forwards, below those that read backwards" if states.directions == 2 else ""
    seconds = f", {number(states.clock.step * len(states.values))} s" if states.clock is not None else ""
    alt = (
        f"Hidden units of {states.layer}{which} over {len(states.values)} time steps{seconds}, for {states.input}, "
        f"{how}{apart}; red above zero, blue below. {states.origin}."
    )
    return Picture(
        sheet.sheet(segments, body, colour.DIVERGING, notes=notes,
                    bars=(Bar(colour.DIVERGING, scale, "hidden state", signed=True, clipped=clipped),)),
        Description("sequence", " · ".join(segments), alt, states.layer, states.values.shape, scale,
                    colour.DIVERGING, units_drawn, units, notes),
    )  # fmt: skip


def _most(values: Values, directions: int, *, by_strength: bool) -> NDArray[np.intp]:
    """The units that are shown: those that move most where there are too many."""
    kept = np.arange(values.shape[1])
    if len(kept) > MOST_UNITS // directions:
        moves = np.nan_to_num(np.ptp(values, axis=0))
        kept = np.sort(np.argsort(-moves, kind="stable")[: MOST_UNITS // directions])
    if not by_strength or not len(values):
        return kept
    strength = np.nan_to_num(np.abs(values[:, kept]), posinf=0.0).mean(axis=0, dtype=np.float64)
    return kept[np.argsort(-strength, kind="stable")]


def _panel(states: UnitsOverTime, order: NDArray[np.intp], limit: float, gamma: float) -> tiles.Pixels:
    values = states.values.T[order]
    by = tiles.reduction(values.shape[1], tiles.WIDTH)
    cells = tiles.strongest(values, 1, by)
    length = cells.shape[1]
    down = max(1, min(24, HEIGHT // states.directions // max(1, len(order))))
    across = max(1, min(WIDEST, tiles.WIDTH // max(1, length)))
    pixels = colour.diverging(cells, limit, gamma)
    large = tiles.framed(np.repeat(np.repeat(pixels, down, axis=0), across, axis=1))
    title = SECONDS if states.clock is not None else "time step"
    return sheet.with_axes(
        large, ticks(order, down, 40), _times(states.clock, length, by, across), "hidden unit", title
    )


def _times(clock: Clock | None, length: int, by: int, across: int) -> list[Tick]:
    """Marks of an axis of `length` cells, each of `by` steps and `across` pixels: in seconds where these are known."""
    if clock is None:
        return ticks(np.arange(length) * by, across)
    per_cell = Clock(clock.step * by, clock.start)
    return [Tick(2 + tick.at, tick.text) for tick in time_marks(per_cell, length, across)]


# --- outputs over time -----------------------------------------------------------------------


OVER: Final = "all frames"
LEAST_WIDTH: Final = 640
MARK: Final = 14
"""Pixels of the arrow over the frame that the other figures show."""


@dataclass(frozen=True, slots=True, eq=False)
class OverTime:
    """values (frames, units) of one output.

    frame   the one that the other figures show, and `marked` what they call it
    clock   None where nobody knows the sample rate
    points  what each unit stands for, in `unit`, where it is a point on a scale
    names   what each unit is called, where it has a name
    """

    output: str
    values: Values
    origin: Origin
    input: str
    frame: int
    marked: str
    clock: Clock | None = None
    points: tuple[float, ...] = ()
    unit: str = "unit"
    names: tuple[str, ...] = ()

    def called(self, unit: int) -> str:
        """The word for a unit on the axis."""
        return self.names[unit] if self.names else number(self.points[unit]) if self.points else str(unit)


def over_time(output: OverTime, look: Look | None = None) -> Picture:
    """The output as a picture, in the colours of activations."""
    tone = tone_of(output.values, look or Look(), OVER)
    scale = replace(tone.scale, over=OVER)
    frames, units = output.values.shape
    kept = np.sort(np.argsort(-strength(output.values.T), kind="stable")[:MOST_UNITS])
    by = tiles.reduction(frames, tiles.WIDTH)
    lowest = output.names[0] if output.names else f"{output.called(0)} {output.unit}" if output.points else "unit 0"
    order = f"{lowest} at the bottom" if len(kept) == units else "the strongest in order of index, from the bottom"
    segments = [
        f"{output.output} {sizes(output.values.shape)}", f"{showing(len(kept), units, 'units')}, {order}",
        f"{frames:,} frames" if frames > 1 else "1 frame", tone.words, f"input: {output.input}", str(output.origin),
    ]  # fmt: skip
    notes = (
        *remarks(output.values, "values"),
        *(f"each pixel is the value of largest magnitude of {by} frames",) * (by > 1),
        f"▼ {output.marked}: what the other figures show",
    )  # fmt: skip
    bar = tone.bar("output", OVER)
    alt = f"{output.output} for each frame of {output.input}: time from left to right, {order}. {output.origin}."
    return Picture(
        sheet.sheet(segments, _body(output, tone, kept, by), tone.colormap, bars=(bar,), notes=notes),
        Description("sequence", " · ".join(segments), alt, None, output.values.shape, scale, tone.colormap,
                    tuple(kept.tolist()), units, notes),
    )  # fmt: skip


def _body(output: OverTime, tone: Tone, kept: NDArray[np.intp], by: int) -> Pixels:
    cells = tiles.strongest(output.values[:, kept].T, 1, by)
    length = cells.shape[1]
    down = max(1, min(HEIGHT // max(1, len(kept)), CELL))
    across = max(1, min(tiles.WIDTH // length, max(CELL, LEAST_WIDTH // length)))
    painted = tone.paint(cells)[::-1]
    large = tiles.framed(np.repeat(np.repeat(painted, down, axis=0), across, axis=1))
    # A triangle that points down to a column of pixels
    width = large.shape[1]
    at = 2 + (output.frame // by + 0.5) * across
    arrow = tiles.paper(MARK, width)
    for row in range(MARK - 2):
        half = (MARK - 3 - row) // 2
        middle = min(int(at), width - 1)
        arrow[row, max(0, middle - half) : middle + half + 1] = INK
    rows = [
        Tick(MARK + large.shape[0] - tick.at, output.called(int(tick.text)))
        for tick in ticks(kept, down, 24 if output.names else 40)
    ]
    across_title = SECONDS if output.clock is not None else "frame"
    body, times = sheet.stack([arrow, large]), _times(output.clock, length, by, across)
    return sheet.with_axes(body, rows, times, output.unit, across_title)


# --- in an album -----------------------------------------------------------------------------


def _planned(layer: Layer, plan: Plan) -> Iterator[tuple[str, str]]:
    """RNN, LSTM and GRU over time, and cells that are called step by step."""
    call = layer.call
    is_recurrent = call is not None and call.entry.recurs == "sequence" and len(call.outputs[0].type.shape) == 3
    if call is not None and (is_recurrent or call in plan.loops):
        yield "", layer.row.path


def _planned_outputs(plan: Plan) -> Iterator[tuple[str, str]]:
    """The outputs that are a row of numbers for each frame, with their files."""
    if not plan.is_framed:
        return
    network = plan.network
    for index, (name, value) in enumerate(network.outputs, 1):
        sizes = [size for axis, size in enumerate(value.type.shape) if axis not in value.batch_axes]
        if value.type.is_float and len(value.batch_axes) == 1 and sum(size > 1 for size in sizes) <= 1:
            is_alone = len(network.outputs) == 1
            yield "sequence/output.png" if is_alone else f"sequence/output/{file_name(index, name)}", name


def _outputs(planned: Planned, plan: Plan) -> Iterator[Call]:
    if planned.layer is not None:
        yield planned.call
        yield from plan.loops.get(planned.call, ())


def _drawn(planned: Planned, scene: Scene) -> Picture:
    if planned.layer is not None:
        return hidden_states(_hidden_states(planned.call, scene), scene.look)
    session = scene.session
    at, seconds = session.framed
    file, sample = session.files[at], session.samples[at]
    step = Clock(seconds[1] - seconds[0], seconds[0]) if len(seconds) > 1 else None
    marked = sample.source.removeprefix(file.source).removeprefix(", ") or "the only frame"
    values, labels = session.frame_outputs[planned.subject], scene.network.labels.get(planned.subject)
    points = labels.points if labels is not None else ()
    output = OverTime(
        planned.subject or OUTPUT, values.reshape(len(values), -1), session.origin, file.source, session.index, marked,
        step, points, labels.unit if labels is not None and points else "unit",
        labels.names if labels is not None else (),
    )  # fmt: skip
    return over_time(output, scene.look)


def _hidden_states(call: Call, scene: Scene) -> UnitsOverTime:
    """The hidden units of a recurrent layer over its steps, or those of a cell over the calls that are its steps."""
    session, recorded = scene.session, scene.recorded
    stacked = int(call.arguments.get("num_layers", 1))
    time = 1 if call.arguments.get("batch_first") else 0
    is_layer = len(call.outputs[0].type.shape) == 3
    return UnitsOverTime(
        call.path, recorded.hidden_states[call.path][0], session.origin, session.input_title,
        recorded.directions[call.path], stacked,
        clock(call.outputs[0], time, scene.network, scene.sights) if is_layer else None,
    )  # fmt: skip


KIND: Final = Kind(
    name="sequence",
    title="Over time",
    file="sequence/03_lstm.png",
    shows="hidden units over time",
    drawn="RNN, LSTM, GRU, and cells that are called step by step",
    more=(
        (
            "sequence/output.png",
            "the network's output for every frame of a sound",
            "`--input` where `preprocess` has `frame`",
        ),
    ),
    place=70,
    of_layer=_planned,
    of_network=_planned_outputs,
    outputs=_outputs,
    draw=_drawn,
    arrays=lambda planned, recorded: {"hidden_states": recorded.hidden_states[planned.call.path]},
)
