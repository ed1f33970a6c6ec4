"""What the middle cell of each layer sees: nested frames on the picture, spans under a waveform; and the fan of taps
through which dilated convolutions see far.

All of it is the receptive-field algebra of `analysis`, which knows the fields exactly and runs nothing. What sees
everything has no frame; the picture says which layer is the first one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.analysis.receptive_field import Axis, Field, Sight, long_axes, sights, spatial_axes, taps
from netinspect.catalogue.entry import Window
from netinspect.inputs.fields import Box, unit_box
from netinspect.network.network import Call, Network, Value
from netinspect.pictures.axes import clock
from netinspect.pictures.draw.axes import FREQUENCIES, SECONDS
from netinspect.pictures.draw.plots import draw_wave, dress, end_of, entitle, paper
from netinspect.pictures.draw.signals import one_line
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.kinds.input import background, background_notes
from netinspect.pictures.look import Description, Picture, number, sizes
from netinspect.pictures.run import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values = NDArray[np.floating]

MOST: Final = 9
"""Frames that can be told apart in one picture; of more layers some are left out."""
OVERHANG: Final = 0.5
"""How far beyond its edges a picture is continued for fields that hang over, as a share of its size."""
MOST_TAPS: Final = 4096
"""Cells of one layer up to which a fan is drawn."""
SIDE: Final = 7.0
"""Inches of a picture's longer side."""
APART: Final = 2.6
"""Points between sides of frames that lie on each other."""
FAN: Final = "dilation_fan.png"
MAP: Final = "viridis"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the middle cell of a layer sees: (first, last) cell along each axis of the input, beyond it too. `type` is
    that of a layer whose name is a number."""

    layer: str
    box: Box
    type: str = ""

    @property
    def name(self) -> str:
        """What stands beside it: `5 MaxPool2d`, `conv1`."""
        return f"{end_of(self.layer)} {self.type}".rstrip()

    @property
    def size(self) -> tuple[int, ...]:
        return tuple(last - first + 1 for first, last in self.box)


@dataclass(frozen=True, slots=True)
class Level:
    """One layer of a fan: the cells that count, and for each a tap in the layer below, (cell, cell below). Its cell 0
    is drawn over the cell `start` of the input, the next one `stride` cells further on."""

    name: str
    cells: tuple[int, ...]
    links: tuple[tuple[int, int], ...] = ()
    start: float = 0.0
    stride: float = 1.0

    def over(self, cell: int) -> float:
        """The cell of the input over which a cell is drawn."""
        return self.start + self.stride * cell


# --- what is seen ----------------------------------------------------------------------------


def frames_of(network: Network, sight_of: dict[Value, Sight], index: int) -> tuple[Frame, ...]:
    """The fields of the middle cells of all layers with windows, on one input, each larger than those before it; none
    of a single cell."""
    target = network.inputs[index]
    space = [(index, axis) for axis in long_axes(target)]
    frames: list[Frame] = []
    for call in network.calls:
        value = call.outputs[0]
        sight = sight_of[value]
        places = {sight.along(axis) for axis in range(len(sight.carried))}
        is_known = all(axis in places and sight.fields.get(axis) is not None for axis in space)
        if not call.result.reach.windows or not is_known:
            continue
        full_box = unit_box(sight, target, [size // 2 for size in value.type.shape], index)
        box = tuple(side for axis, side in zip(spatial_axes(target), full_box, strict=True) if (index, axis) in space)
        sides = zip(box, frames[-1].box, strict=True) if frames else ()
        is_around = all(out[0] <= low and high <= out[1] for out, (low, high) in sides)
        if not frames or (box != frames[-1].box and is_around):
            frames.append(Frame(call.path, box, call.entry.name if call.path.isdecimal() else ""))
    return tuple(frame for frame in frames if any(size > 1 for size in frame.size))


def first_global(network: Network, sight_of: dict[Value, Sight], index: int) -> str:
    """The path of the first layer that sees all of one input; "" where none does."""
    space = [(index, axis) for axis in long_axes(network.inputs[index])]
    for call in network.calls:
        fields = sight_of[call.outputs[0]].fields
        if call.entry.is_layer and all(axis in fields and fields[axis] is None for axis in space):
            return f"{call.path} {call.entry.name}" if call.path.isdecimal() else call.path
    return ""


def chosen(frames: Sequence[Frame], most: int = MOST) -> tuple[Frame, ...]:
    """Of too many frames the first, the last and some between, evenly."""
    if len(frames) <= most:
        return tuple(frames)
    places = np.linspace(0, len(frames) - 1, most).round().astype(int)
    return tuple(frames[place] for place in places.tolist())


# --- the fan ---------------------------------------------------------------------------------


def fan_of(network: Network) -> tuple[Level, ...]:
    """The taps from the middle cell of the first layer with the largest dilation down to the input, the input first;
    () where no layer along one axis is dilated. Where several tensors meet, the way of the largest field is gone.

    The statistics of norms are no taps, and the way leads through them. A layer stands over the middle of the input,
    so that of a causal one, which is padded to its input's length, every cell stands over the last one that it sees.
    """
    sight_of = sights(network, with_statistics=False)
    dilated = [
        (window.dilation, call, axis)
        for call in network.calls
        for axis, window in call.result.reach.windows
        if window.dilation > 1 and _field(sight_of[call.inputs[0]], axis) is not None
    ]
    if not dilated:
        return ()
    most = max(dilation for dilation, *_ in dilated)
    call, axis = next((call, axis) for dilation, call, axis in dilated if dilation == most)
    source = sight_of[call.inputs[0]].along(axis)
    if source is None or len(long_axes(network.inputs[source[0]])) != 1:
        return ()
    target = network.inputs[source[0]]
    length = target.value.type.shape[source[1]]
    way: list[tuple[Call, int, Window]] = []
    for below, along, window in _way(call, source, network, sight_of):
        if way and window.size == window.stride == window.spread == 1:  # padding moves the window above it
            above, along_above, wide = way.pop()
            way.append((above, along_above, wide._replace(before=wide.before + window.before)))
        else:
            way.append((below, along, window))
    cells = [call.outputs[0].type.shape[axis] // 2]
    levels = []
    for layer, along, window in way:
        links = tuple((cell, below) for cell in cells for below in taps(window, cell))
        value = layer.outputs[0]
        field = _field(sight_of[value], along)
        stride = field.stride if field is not None else 1.0
        start = (length - 1 - (value.type.shape[along] - 1) * stride) / 2
        levels.append(Level(layer.path, tuple(cells), links, start, stride))
        cells = sorted({below for _, below in links})
        if len(cells) > MOST_TAPS:
            return ()
    return (Level(target.name, tuple(cells)), *reversed(levels))


def _field(sight: Sight, axis: int) -> Field | None:
    """What the cells along an axis of a tensor see of the axis of the input that it runs along."""
    source = sight.along(axis)
    return sight.fields.get(source) if source is not None else None


def _way(
    call: Call, source: Axis, network: Network, sight_of: dict[Value, Sight]
) -> Iterator[tuple[Call, int, Window]]:
    """Calls with windows along an axis of an input, with the axis of theirs and the window, from a call down."""
    makers = network.makers
    current: Call | None = call
    while current is not None and current.inputs:
        widths = {
            value: field.size
            for value in current.inputs
            if value in sight_of and (field := sight_of[value].fields.get(source)) is not None
        }
        if not widths:
            return
        value = max(widths, key=widths.__getitem__)
        for axis, window in current.result.reach.windows:
            if sight_of[current.inputs[0]].along(axis) == source and window != Window():
                yield current, axis, window
        current = makers.get(value)


# --- pictures --------------------------------------------------------------------------------


def on_picture(
    picture: NDArray[np.uint8], frames: Sequence[Frame], source: str, *, is_heard: bool = False, sees_all: str = "",
    notes: tuple[str, ...] = (),
) -> Picture:  # fmt: skip
    """Frames on a picture, (height, width) or (height, width, 3) of uint8; a spectrogram has its first row below.
    `sees_all` is the first layer without a frame, because it sees everything; `notes` are those on the picture."""
    height, width = picture.shape[:2]
    drawn = chosen(frames)
    over = [OVERHANG * max(height, width)] * 2
    low_x, high_x = _reach([frame.box[1] for frame in drawn], width, over[1])
    low_y, high_y = _reach([frame.box[0] for frame in drawn], height, over[0])
    tall = SIDE * (high_y - low_y) / max(high_x - low_x, high_y - low_y)
    figure = paper(9.3, max(3.2, tall))
    is_over = any(first < 0 or last >= size for frame in frames for (first, last), size in zip(
        frame.box, (height, width), strict=True))  # fmt: skip
    if is_over:
        notes += ("grey: beyond the input, where a field sees padding; a frame that is larger still is cut",)
    said = entitle(figure, _segments(drawn, len(frames), source, sees_all), notes)
    axes = figure.add_subplot()
    extent = (0, width, 0, height) if is_heard else (0, width, height, 0)
    axes.imshow(
        picture, cmap="gray", vmin=0, vmax=255, extent=extent, origin="lower" if is_heard else "upper",
        interpolation="antialiased",
    )  # fmt: skip
    axes.set_xlim(low_x, high_x)
    axes.set_ylim(*((low_y, high_y) if is_heard else (high_y, low_y)))
    axes.set_anchor("W")  # what stands beside it is given room at the right only
    axes.set_facecolor("#E4E4E4")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    _draw_frames(axes, drawn, is_heard=is_heard)
    return Picture(figure, _described(said, drawn, len(frames), notes))


def _reach(spans: Sequence[tuple[int, int]], size: int, over: float) -> tuple[float, float]:
    """How far is drawn: the input, and beyond it as far as a field goes, `over` at most."""
    return max(min(0, *(first for first, _ in spans)) - 2, -over), min(
        max(size, *(last + 1 for _, last in spans)) + 2, size + over
    )


def _draw_frames(axes: Axes, frames: Sequence[Frame], *, is_heard: bool) -> None:
    """The frames, the largest first, and their names in a column at the right, in the order of their upper edges. A
    side that lies on one of larger frames is moved inwards, so that both are visible."""
    from matplotlib.patches import Rectangle

    (left, right), (low, high) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    apart = APART * max(right - left, high - low) / (72 * SIDE)
    boxes = [
        (max(first, left), max(top, low), min(last + 1, right), min(bottom + 1, high))
        for (top, bottom), (first, last) in (frame.box for frame in frames)
    ]
    for rank, frame in reversed(list(enumerate(frames))):
        x0, y0, x1, y1 = boxes[rank]
        shared = [sum(larger[side] == boxes[rank][side] for larger in boxes[rank + 1 :]) for side in range(4)]
        limits = 2 * ((x1 - x0) / 4, (y1 - y0) / 4)
        inward = [min(count * apart, limit) for count, limit in zip(shared, limits, strict=True)]
        corner = x0 + inward[0], y0 + inward[1]
        across, down = x1 - inward[2] - corner[0], y1 - inward[3] - corner[1]
        for wide, ink in ((3.4, "white"), (1.8, _ink(rank, len(frames)))):
            axes.add_patch(Rectangle(corner, across, down, fill=False, linewidth=wide, edgecolor=ink))
        place = len(frames) - 1 - rank
        edge = corner[1] + down if is_heard else corner[1]
        share = (place + 0.5) / len(frames)
        at = high - share * (high - low) if is_heard else low + share * (high - low)
        beyond = right + 0.06 * (right - left)
        axes.annotate(
            f"{frame.name}  {sizes(frame.size)}", (corner[0] + across, edge), (beyond, at),
            annotation_clip=False, fontsize=9, va="center", parse_math=False,
            arrowprops={"arrowstyle": "-", "color": _ink(rank, len(frames)), "linewidth": 1.4, "relpos": (0, 0.5),
                        "shrinkA": 2, "shrinkB": 0},
        )  # fmt: skip


def _ink(rank: int, count: int) -> str:
    """From dark for what sees little to bright for what sees much."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return to_hex(colormaps[MAP](0.15 + 0.8 * rank / max(1, count - 1)))


def under_signal(
    samples: Values, frames: Sequence[Frame], source: str, *, seconds: float | None = None, sees_all: str = ""
) -> Picture:
    """The waveform of what is seen, (channels, time), and under it a bar for each layer. `seconds` from one sample to
    the next; without them samples are counted."""
    drawn = chosen(frames, 2 * MOST)
    count = samples.shape[1]
    first, last = min(frame.box[0][0] for frame in drawn), max(frame.box[0][1] for frame in drawn) + 1
    room = max(4, (last - first) // 20)
    start, end = max(first - room, -room), min(last + room, count + room)
    figure = paper(9.3, 2.2 + 0.26 * len(drawn))
    notes = ["a bar that begins before 0 sees padding"] if first < 0 else []
    if first < start or last > end:
        notes.append("an arrow: the bar is longer than what is drawn; its length stands at its name")
    said = entitle(figure, _segments(drawn, len(frames), source, sees_all), notes)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.6, 0.3 + 0.26 * len(drawn)))
    unit = seconds or 1.0
    line, measure = one_line(samples)
    draw_wave(upper, line, unit, (start, end))
    for row, frame in enumerate(drawn):
        (low, high), ink = frame.box[0], _ink(row, len(drawn))
        lower.barh(row, (high + 1 - low) * unit, left=low * unit, height=0.62, color=ink)
        for edge, is_cut, mark in ((start, low < start, "<"), (end, high + 1 > end, ">")):
            if is_cut:
                lower.plot(edge * unit, row, mark, color=ink, markersize=9, markeredgecolor="white", clip_on=False)
        upper.axvspan(low * unit, (high + 1) * unit, color=ink, alpha=0.06, linewidth=0)
    dress(upper, measure)
    along = SECONDS if seconds else "sample"
    dress(lower, "", along)
    milliseconds = [f" = {number(1000 * frame.size[0] * unit)} ms" if seconds else "" for frame in drawn]
    words = [f"{frame.name}  {frame.size[0]:,}{also}" for frame, also in zip(drawn, milliseconds, strict=True)]
    lower.set_yticks(range(len(drawn)), words, fontsize=8, parse_math=False)
    lower.set_xlim(start * unit, end * unit)
    lower.invert_yaxis()
    lower.grid(visible=False)
    return Picture(figure, _described(said, drawn, len(frames), tuple(notes)))


def fan(levels: Sequence[Level], source: str) -> Picture:
    """A row of cells for each layer, the input at the bottom, and a line for each tap."""
    from matplotlib.collections import LineCollection

    reached = len(levels[0].cells)
    weights = sum(len({below for cell, below in level.links if cell == level.cells[0]}) for level in levels)
    figure = paper(9.3, 1.0 + 0.42 * len(levels))
    through = f"{weights} taps in {len(levels) - 1} layers"
    said = entitle(figure, [f"{source}: {through}", f"a cell of {levels[-1].name} sees {reached:,} cells"])
    axes = figure.add_subplot()
    for row, level in enumerate(levels):
        ink = _ink(row, len(levels))
        lines = [[(level.over(cell), row), (levels[row - 1].over(below), row - 1)] for cell, below in level.links]
        width = max(0.25, min(1.2, 120 / max(1, len(level.links))))
        axes.add_collection(LineCollection(lines, colors=ink, linewidths=width))
        size = max(0.6, min(14.0, 3000 / len(level.cells) / 10))
        places = [level.over(cell) for cell in level.cells]
        axes.scatter(places, [row] * len(places), s=size, color=ink, zorder=3, linewidths=0)
    dress(axes, "", "cell of the input")
    axes.set_yticks(
        range(len(levels)), [levels[0].name, *map(_fan_name, levels, levels[1:])], fontsize=8, parse_math=False
    )
    axes.set_ylim(-0.5, len(levels) - 0.5)
    axes.margins(x=0.02)
    axes.grid(visible=False)
    alt = (
        f"A fan of taps: one cell of {levels[-1].name} reaches {reached:,} cells of the input through "
        f"{len(levels) - 1} layers with windows."
    )
    return Picture(figure, Description("receptive_fields", said, alt, levels[-1].name, total=reached))


def _fan_name(below: Level, level: Level) -> str:
    """A layer with how far apart its taps are, `…layer_9.filter.conv: 512 apart`; behind a stride also in cells of the
    input, `c: 4 apart, 32 in the input`."""
    cells = sorted({tap for cell, tap in level.links if cell == level.cells[0]})
    gaps = {right - left for left, right in pairwise(cells)}
    if len(gaps) != 1:
        return end_of(level.name)
    (gap,) = gaps
    of_input = f", {number(gap * below.stride)} in the input" if below.stride != 1 else ""
    return f"{end_of(level.name)}: {gap:,} apart{of_input}"


def _segments(drawn: Sequence[Frame], total: int, source: str, sees_all: str) -> list[str]:
    left_out = f"{len(drawn)} of {total} layers whose field grows" if len(drawn) < total else ""
    everything = f"the first layer that sees everything: {sees_all}" if sees_all else ""
    title = "What the middle cell of a layer sees"
    return list(filter(None, (title, f"input: {source}", left_out, everything)))


def _described(title: str, drawn: Sequence[Frame], total: int, notes: tuple[str, ...]) -> Description:
    listed = ", ".join(f"{frame.layer} {sizes(frame.size)}" for frame in drawn)
    alt = f"Receptive fields of the middle cells, the smallest first: {listed}."
    return Description("receptive_fields", title, alt, indices=tuple(range(len(drawn))), total=total, notes=notes)


# --- in an album -----------------------------------------------------------------------------


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    sight_of = sights(plan.network)
    for index, item in enumerate(plan.network.inputs):
        if len(long_axes(item)) in (1, 2) and frames_of(plan.network, sight_of, index):
            file = "receptive_fields.png" if len(plan.network.inputs) == 1 else f"receptive_fields_{item.name}.png"
            yield file, item.name
    if fan_of(plan.network):
        yield FAN, "fan"


def _drawn(planned: Planned, scene: Scene) -> Picture:
    network, sight_of = scene.network, scene.sights
    if planned.file == FAN:
        return fan(fan_of(network), network.name)
    at = next(at for at, item in enumerate(network.inputs) if item.name == planned.subject)
    item, prepared = network.inputs[at], scene.session.samples[at]
    frames, sees_all = frames_of(network, sight_of, at), first_global(network, sight_of, at)
    space = long_axes(item)
    if len(space) == 1:
        time = clock(item.value, space[0], network, sight_of)
        values = np.moveaxis(prepared.array[0].astype(np.float64), space[0] - 1, -1)
        return under_signal(
            values.reshape(-1, values.shape[-1]),
            frames,
            prepared.source,
            seconds=time.step if time else None,
            sees_all=sees_all,
        )
    is_heard = item.axes[space[0] - 1] in FREQUENCIES
    return on_picture(
        background(prepared, space), frames, prepared.source, is_heard=is_heard, sees_all=sees_all,
        notes=background_notes(prepared, space),
    )  # fmt: skip


KIND: Final = Kind(
    name="receptive_fields",
    title="Receptive fields",
    file="receptive_fields.png",
    shows="what the middle cell of each layer sees, as frames on the input or spans under it",
    place=25,
    is_of_weights=False,
    is_study=True,
    more=(("dilation_fan.png", "the taps through which dilated layers see far", "with `receptive_fields.png`"),),
    of_network=_planned,
    draw=_drawn,
)
