"""Charts of costs: what convolutions save layer by layer, networks side by side, and what changed.

Every cost is a dot on a log axis. The dots of a row are joined, with their factors on the line between them. Plain data
in, a matplotlib Figure out; never pyplot. Colours are Okabe and Ito's, and every series has a marker of its own and
every dot its number, so that nothing rests on colour alone. A `slide` is 16:9 and read from the last row; `paper` is
the width of a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from matplotlib.transforms import Bbox

from netinspect.pictures.draw.text import families, length_of

COLOURS: Final = ("#0072B2", "#E69F00", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
"""Blue, orange, vermilion, green, purple, sky blue."""
MARKERS: Final = ("o", "s", "D", "^", "v", "P", "X")
"""As many as no multiple of the colours, so that 42 series have looks of their own."""
INK: Final = "#222222"
FAINT: Final = "#DDDDDD"
LINE: Final = "#999999"
HALO: Final = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.4}
"""The ground of numbers and names, so that no line runs through them. An outline of the letters would do the same, but
then a PDF would have curves in place of text."""
_AROUND: Final = 1.2
"""Inches for title, axis and legend."""
_GAP: Final = 3.0
"""Points between a dot and its number."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a figure is, in inches, and how tall it may become; its type in points; dots per inch as PNG."""

    width: float
    height: float
    tallest: float
    type_size: float
    dpi: int


SIZES: Final = {"slide": Size(12.8, 7.2, 7.2, 15, 150), "paper": Size(6.5, 3.8, 9.0, 8, 300)}


def short(number: int) -> str:
    """`138.4M`, `4.82M`, `156`."""
    return _in_units(number, (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 1000)), "")


def short_time(nanoseconds: int) -> str:
    """`66.9 µs`, `1.32 ms`."""
    return _in_units(nanoseconds, ((" s", 10**9), (" ms", 10**6), (" µs", 1000)), " ns")


def _in_units(number: int, units: Sequence[tuple[str, int]], smallest: str) -> str:
    for unit, size in units:
        value = number / size
        if value >= 0.9995:
            return f"{value:,.{2 if value < 9.995 else 1}f}{unit}"
    return f"{number:,}{smallest}"


@dataclass(frozen=True, slots=True)
class Series:
    """A dot of every row: what it stands for, and its values, None where a row has no such dot."""

    name: str
    values: tuple[int | None, ...]


class Step(NamedTuple):
    """What lies between two dots of a row, by the positions of their series: `784× sharing`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Dots:
    """One panel on a log axis. For each row there are `steps`, written along its line, and a note behind its last dot.
    `text` writes a value."""

    title: str
    series: tuple[Series, ...]
    steps: tuple[tuple[Step, ...], ...] = ()
    notes: tuple[str, ...] = ()
    text: Callable[[int], str] = short

    def dots(self, row: int) -> list[tuple[int, int]]:
        """Values of a row with the positions of their series, the smallest first."""
        values = ((group.values[row], position) for position, group in enumerate(self.series))
        return sorted((value, position) for value, position in values if value is not None)


@dataclass(frozen=True, slots=True)
class Scatter:
    """Networks by two figures: a cost, and either a second cost or something that is better the higher it is.

    `y` is None where a network has no such figure. Discs have `areas` in proportion, or one size. Networks of one
    family are joined; `front` are those that no other one beats, from the cheapest on.
    """

    x_title: str
    y_title: str
    x: tuple[int, ...]
    y: tuple[float | None, ...]
    families: tuple[str, ...]
    front: tuple[int, ...]
    is_y_cost: bool = False
    area_title: str = ""
    areas: tuple[int, ...] = ()


def dots_chart(
    title: str,
    rows: Sequence[str],
    panels: Sequence[Dots],
    scatter: Scatter | None = None,
    *,
    size: str,
    sums: frozenset[int] = frozenset(),
) -> Figure:
    """Panels of dots side by side; beside a scatter, one above the other.

    `sums` are rows that are in bold. Of more rows than fit the dearest and the sums are drawn, which the title says;
    beside a scatter all of them are.
    """
    form = SIZES[size]
    lines = 1.5 + 0.6 * any(panel.steps for panel in panels) + 0.6 * any(len(panel.series) > 2 for panel in panels)
    each = form.type_size * max(lines, 1.1 * max(name.count("\n") + 1 for name in rows)) / 72
    kept = (
        list(range(len(rows))) if scatter else _dearest(panels, len(rows), int((form.tallest - _AROUND) / each), sums)
    )
    levels, columns = (len(panels), 1) if scatter else (1, len(panels))
    height = max(form.height, levels * (len(kept) * each + 0.9) + (0 if scatter else _AROUND - 0.9))
    wider = max(height / form.height if height > form.tallest else 1, columns / 2)  # a slide keeps its shape
    height = max(height, form.height * columns / 2)
    figure = Figure(figsize=(form.width * wider, height), dpi=form.dpi, layout="constrained")
    FigureCanvasAgg(figure)
    widths = [1.0 + 0.5 * max(map(len, panel.steps), default=0) for panel in panels] if columns > 1 else [1.0]
    ratios = [*widths, 1.15] if scatter else widths
    grid = figure.add_gridspec(levels, len(ratios), width_ratios=ratios)
    looks = {name: number for number, name in enumerate(_names(panels))}
    drawn = []
    for number, panel in enumerate(panels):
        axes = figure.add_subplot(grid[number, 0] if scatter else grid[0, number])
        drawn.append((axes, panel, *_draw_dots(axes, panel, kept, looks, form)))
        _name_rows(axes, [rows[row] for row in kept], form, {kept.index(row) for row in sums if row in kept})
        if number and not scatter:
            axes.tick_params(axis="y", labelleft=False)
    disks = _draw_scatter(figure.add_subplot(grid[:, -1]), rows, scatter, form) if scatter else ()
    left_out = f" ({len(kept)} of {len(rows)}, the dearest)" if len(kept) < len(rows) else ""
    _entitle(figure, f"{title}{left_out}", looks, form)
    figure.canvas.draw()  # the layout is known only then
    for axes, panel, low, high in drawn:
        _write_numbers(axes, panel, kept, low, high, form)
    if scatter:
        place(figure, figure.axes[-1], disks, form.type_size * 0.85, INK)
    return figure


def _names(panels: Sequence[Dots]) -> tuple[str, ...]:
    """The series of all panels, each once; one that stands alone needs no name."""
    return tuple(dict.fromkeys(group.name for panel in panels for group in panel.series))


def _dearest(panels: Sequence[Dots], total: int, most: int, sums: frozenset[int]) -> list[int]:
    """The rows that are drawn, in their own order."""
    costs = {row: [max((value for value, _ in panel.dots(row)), default=0) for panel in panels] for row in range(total)}
    dearest = sorted((row for row in range(total) if row not in sums), key=lambda row: costs[row], reverse=True)
    return sorted([*sums, *dearest[: max(0, most - len(sums))]])


# --- dots ------------------------------------------------------------------------------------


def _draw_dots(axes: Axes, panel: Dots, kept: Sequence[int], looks: dict[str, int], form: Size) -> tuple[float, float]:
    """The joined dots of a panel; its smallest and largest value on the axis's own scale."""
    values = [value for row in kept for value, _ in panel.dots(row)]
    positive = [value for value in values if value > 0]
    scale = " (log scale)" if positive else ""
    if positive and min(values) == 0:
        axes.set_xscale("symlog", linthresh=min(positive), linscale=0.5)
        scale = " (log scale, 0 at its left)"
    elif positive:
        axes.set_xscale("log")
    for place, row in enumerate(kept):
        dots = panel.dots(row)
        if len(dots) > 1:
            axes.plot([dots[0][0], dots[-1][0]], [place, place], color=LINE, linewidth=form.type_size / 8, zorder=1)
        elif dots:
            axes.plot([0, 1], [place, place], ":", color=LINE, linewidth=form.type_size / 15, zorder=0,
                      transform=axes.get_yaxis_transform())  # fmt: skip
    for position, group in enumerate(panel.series):
        places = [(value, place) for place, row in enumerate(kept) if (value := group.values[row]) is not None]
        look = looks[group.name]
        area = (form.type_size * (1.0, 0.7, 0.55)[min(position, 2)]) ** 2  # dots at one place lie one in the other
        axes.scatter(
            [value for value, _ in places], [place for _, place in places], area, label=group.name, zorder=2 + position,
            color=COLOURS[look % len(COLOURS)], marker=MARKERS[look % len(MARKERS)], edgecolors="white", linewidths=0.5,
        )  # fmt: skip
    _dress(axes, f"{panel.title}{scale}", "", form)
    axes.margins(x=0)
    if not values:
        return 0.0, 0.0
    ends = axes.xaxis.get_transform().transform(np.array([min(values), max(values)], float))
    return float(ends[0]), float(ends[1])


def _write_numbers(axes: Axes, panel: Dots, kept: Sequence[int], low: float, high: float, form: Size) -> None:
    """The number of every dot, what lies between them and the notes; the axis is made as long as they need it.

    The first number of a row stands before its dot, the last one behind, those between below. A step that is longer
    than its piece of the line is written behind the row.
    """
    letters = form.type_size * 0.8
    gap = _GAP + form.type_size * 0.45
    width = axes.get_window_extent().width * 72 / axes.figure.get_dpi()
    transform = axes.xaxis.get_transform()
    spilled: set[tuple[int, int]] = set()
    rows = [(place, row, panel.dots(row)) for place, row in enumerate(kept) if panel.dots(row)]
    steps = {
        (place, number): (*transform.transform(np.array(_ends(panel, step, row), float)), step.text)
        for place, row, _ in rows
        for number, step in enumerate(panel.steps[row] if panel.steps else ())
        if step.text
    }
    before = {place: panel.text(dots[0][0]) for place, _, dots in rows if dots[0][0] != dots[-1][0]}
    left = max((_points(text, letters) for text in before.values()), default=0.0) + 2 * gap
    lasts = {place: float(transform.transform(np.array([dots[-1][0]], float))[0]) for place, _, dots in rows}
    behind: dict[int, str] = {}
    per_point = 1.0
    while True:
        for place, row, dots in rows:
            remarks = [panel.notes[row]] if panel.notes and panel.notes[row] else []
            remarks += [text for (at, number), (_, _, text) in steps.items() if at == place and (at, number) in spilled]
            behind[place] = "   ".join((panel.text(dots[-1][0]), ", ".join(remarks))).strip()
        rooms = {place: width - left - gap - 2 - _points(text, letters) for place, text in behind.items()}
        needed = [(lasts[place] - low) / max(room, width / 6) for place, room in rooms.items()]
        per_point = max([*needed, (high - low) / width, 1e-6 if high > low else 0.5 / width])
        more = {
            key for key, (start, end, text) in steps.items()
            if key not in spilled and abs(end - start) / per_point < _points(text, letters) + 2 * gap
        }  # fmt: skip
        if not more:
            break
        spilled |= more
    limits = transform.inverted().transform(np.array([low - left * per_point, low + (width - left) * per_point]))
    axes.set_xlim(float(limits[0]), float(limits[1]))
    _mark(axes.xaxis, [value for _, _, dots in rows for value, _ in dots], width / (form.type_size * 2.7), panel.text)
    for place, row, dots in rows:
        if place in before:
            _annotate(axes, before[place], dots[0][0], place, (-gap, 0), letters)
        _annotate(axes, behind[place], dots[-1][0], place, (gap, 0), letters)
        ends = {dots[0][0], dots[-1][0]}
        for text, value in _apart(
            [value for value, _ in dots if value not in ends], panel, transform, per_point, letters
        ):
            _annotate(axes, text, value, place, (0, -gap), letters)
        for number, step in enumerate(panel.steps[row] if panel.steps else ()):
            if (place, number) in steps and (place, number) not in spilled:
                start, end, _ = steps[place, number]
                middle = transform.inverted().transform(np.array([(start + end) / 2]))[0]
                _annotate(axes, step.text, float(middle), place, (0, _GAP), letters)


def _ends(panel: Dots, step: Step, row: int) -> tuple[int, int]:
    start, end = panel.series[step.start].values[row], panel.series[step.end].values[row]
    assert start is not None
    assert end is not None
    return start, end


def _apart(
    values: Sequence[int], panel: Dots, transform: Any, per_point: float, letters: float
) -> Iterator[tuple[str, float]]:
    """The numbers below a line with where their middles stand; what would overlap is one text."""
    group: list[int] = []
    end = -np.inf
    for value in dict.fromkeys(values):
        at = float(transform.transform(np.array([value], float))[0]) / per_point
        half = _points(panel.text(value), letters) / 2
        if group and at - half < end + letters / 2:
            group.append(value)
            end = max(end, at) + 2 * half
            continue
        if group:
            yield " | ".join(map(panel.text, group)), sum(group) / len(group)
        group, end = [value], at + half
    if group:
        yield " | ".join(map(panel.text, group)), sum(group) / len(group)


def _points(text: str, letters: float) -> float:
    """Points that a line takes. It is measured large, because letters of a few pixels are rounded to whole ones."""
    return 1.02 * length_of(text, 16 * letters) / 16


def _annotate(axes: Axes, text: str, x: float, y: int, offset: tuple[float, float], letters: float) -> None:
    across, up = offset
    note = axes.annotate(
        text, (x, y), offset, textcoords="offset points", fontsize=letters, color=INK, fontfamily=families(text),
        ha="left" if across > 0 else "right" if across < 0 else "center",
        va="bottom" if up > 0 else "top" if up < 0 else "center_baseline", bbox=HALO,
    )  # fmt: skip
    note.set_parse_math(False)
    note.set_in_layout(False)


def _mark(axis: Any, values: Sequence[float], room: float, text: Callable[[int], str]) -> None:
    """As many marks along a log axis as there is room for, written short: `2G`, `5G`, `10G`; 0 where there is one."""
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    positive = [value for value in values if value > 0]
    if not positive:
        axis.set_major_locator(NullLocator())
        return
    low, high = axis.get_view_interval()
    zero = [0.0] if axis.get_scale() == "symlog" else []
    low, high = min(positive) if zero else low, min(high, 10 * max(positive))
    candidates = [
        LogLocator(subs=subs, numticks=99).tick_values(low, high) for subs in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
    ]
    if high < 8 * low:
        candidates = [MaxNLocator(max(2, int(room)), steps=[1, 2, 5, 10]).tick_values(low, high)]
    candidates += [candidates[-1][::step] for step in (2, 3, 4)]
    marks = [[at for at in candidate if low <= at <= high] for candidate in candidates]
    axis.set_major_locator(FixedLocator([*zero, *next((places for places in marks if len(places) <= room), marks[-1])]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: re.sub(r"\.0+(?!\d)", "", text(round(value)))))


# --- cost against accuracy, or against another cost -------------------------------------------


def _draw_scatter(axes: Axes, networks: Sequence[str], scatter: Scatter, form: Size) -> tuple[Label, ...]:
    """The discs with their families joined and the front that nothing beats; the labels that are to be placed."""
    placed = [number for number, y in enumerate(scatter.y) if y is not None]
    xs, ys = (
        [float(max(scatter.x[number], 1)) for number in placed],
        [float(scatter.y[number] or 0) for number in placed],
    )
    largest = max(scatter.areas, default=0) or 1
    largest_area = (form.type_size * 5) ** 2 if scatter.areas else form.type_size**2  # points² of the largest disc
    areas = [max((scatter.areas[number] if scatter.areas else 1) / largest * largest_area, 4) for number in placed]
    members = {name: [at for at, number in enumerate(placed) if scatter.families[number] == name]
               for name in dict.fromkeys(scatter.families)}  # fmt: skip
    joined = [name for name, where in members.items() if len(where) > 1]
    for number, name in enumerate(joined):
        where = sorted(members[name], key=lambda at: xs[at])
        axes.plot([xs[at] for at in where], [ys[at] for at in where], color=_family(number), linewidth=1.5, zorder=1)
    for name, where in members.items():
        colour = _family(joined.index(name)) if name in joined else LINE
        axes.scatter(
            [xs[at] for at in where], [ys[at] for at in where], [areas[at] for at in where],
            color=colour, alpha=0.55, edgecolors=INK, linewidths=0.8, zorder=2,
        )  # fmt: skip
    axes.set_xscale("log")
    if scatter.is_y_cost:
        axes.set_yscale("log")
    _margins(axes, xs, ys, is_log=scatter.is_y_cost)
    front = [placed.index(number) for number in scatter.front]
    axes.step([xs[at] for at in front], [ys[at] for at in front], "--", where="post", color=INK, linewidth=1, zorder=1)
    _mark(axes.xaxis, xs, 6, short)
    if scatter.is_y_cost:
        _mark(axes.yaxis, ys, 8, short)
    notes = ["dashed: the Pareto front,\nwhich no other network beats in both"] if len(front) > 1 else []
    notes += ["joined: networks of one file"] if joined else []
    notes += [f"area: {scatter.area_title}"] if scatter.areas else []
    _dress(axes, f"{scatter.y_title} against {scatter.x_title}", f"{scatter.x_title} (log scale)", form)
    axes.set_xlabel("\n".join((axes.get_xlabel(), *notes)), fontsize=form.type_size * 0.85, linespacing=1.4)
    y_scale = " (log scale)" if scatter.is_y_cost else ""
    axes.set_ylabel(f"{scatter.y_title}{y_scale}", fontsize=form.type_size, color=INK, parse_math=False)
    axes.grid(visible=True, axis="both", color=FAINT, linewidth=0.8)
    names = [networks[number] for number in placed]
    if scatter.areas:
        names = [f"{name}\n{short(scatter.areas[number])}" for name, number in zip(names, placed, strict=True)]
    radii = [(area / np.pi) ** 0.5 for area in areas]
    return tuple(Label(*parts) for parts in zip(names, xs, ys, radii, strict=True))


def _family(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _margins(axes: Axes, xs: Sequence[float], ys: Sequence[float], *, is_log: bool) -> None:
    """Room around the discs and their names."""
    wide = min(max(max(xs) / min(xs), 4), 1000) ** 0.25
    axes.set_xlim(min(xs) / wide, max(xs) * wide)
    if is_log:
        tall = min(max(max(ys) / max(min(ys), 1), 4), 1000) ** 0.2
        axes.set_ylim(max(min(ys), 1) / tall, max(*ys, 1) * tall)
        return
    more = max(max(ys) - min(ys), 1) * 0.25
    axes.set_ylim(min(ys) - more, max(ys) + more)


# --- what all charts share -------------------------------------------------------------------


def _entitle(figure: Figure, title: str, looks: dict[str, int], form: Size) -> None:
    """The title, and what each marker stands for where there are several."""
    if title:
        figure.suptitle(
            title, fontsize=form.type_size * 1.1, fontfamily=families(title), color=INK, x=0.01, ha="left",
            parse_math=False,
        )  # fmt: skip
    if len(looks) > 1:
        marks = [
            Line2D([], [], linestyle="", color=COLOURS[look % len(COLOURS)], marker=MARKERS[look % len(MARKERS)],
                   markersize=form.type_size * 0.6, label=name)
            for name, look in looks.items()
        ]  # fmt: skip
        legend = figure.legend(
            handles=marks,
            loc="outside lower center",
            ncols=min(len(marks), 4),
            frameon=False,
            fontsize=form.type_size * 0.9,
        )
        for text in legend.get_texts():
            text.set_parse_math(False)
            text.set_fontfamily(families(text.get_text()))


def _dress(axes: Axes, title: str, x_title: str, form: Size) -> None:
    axes.set_title(title, fontsize=form.type_size, fontfamily=families(title), color=INK, loc="left", parse_math=False)
    axes.set_xlabel(x_title, fontsize=form.type_size, color=INK, parse_math=False)
    axes.tick_params(labelsize=form.type_size * 0.8, colors=INK, which="both")
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="x", color=FAINT, linewidth=0.8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _name_rows(axes: Axes, names: Sequence[str], form: Size, bold: set[int]) -> None:
    """The rows' names, first at the top."""
    axes.set_yticks(range(len(names)), names, fontsize=form.type_size * 0.9)
    ticks: Any = axes.get_yticklabels()
    for number, tick in enumerate(ticks):
        assert isinstance(tick, Text)
        tick.set_parse_math(False)
        tick.set_fontfamily(families(tick.get_text()))
        tick.set_fontweight("bold" if number in bold else "normal")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.4, -0.7)


# --- labels ----------------------------------------------------------------------------------


ROUNDS: Final = 4
"""How often each label is placed anew beside the others."""

_PLACES: Final = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Above, right, below, left, and the corners."""


class Label(NamedTuple):
    """A text at a point of the data that is drawn as a disc of `radius` points."""

    text: str
    x: float
    y: float
    radius: float


def place(figure: Figure, axes: Axes, labels: Sequence[Label], type_size: float, colour: str) -> None:
    """Write every label beside its point, inside the axes and clear of other labels and of small discs, if it can."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]  # the layout is known only then
    discs, frame = [_disc(figure, axes, label) for label in labels], axes.get_window_extent()
    spots: dict[int, tuple[float, float, int, int]] = {}
    boxes: dict[int, Bbox] = {}
    for _ in range(ROUNDS):
        for number, label in enumerate(labels):
            others = [box for index, box in enumerate(discs) if index != number]
            others += [box for index, box in boxes.items() if index != number]
            spots[number] = min(
                _tries(label), key=lambda spot: _cost(figure, axes, label, spot, type_size, others, discs, frame)
            )
            boxes[number] = _extent(axes, label, spots[number], type_size, colour, keep=False)
    for number, label in enumerate(labels):
        _extent(axes, label, spots[number], type_size, colour, keep=True)


def _tries(label: Label) -> Iterator[tuple[float, float, int, int]]:
    """Offsets in points and on which side they lie; a large disc may hold its own name."""
    yield from ((x * (label.radius + _GAP), y * (label.radius + _GAP), x, y) for x, y in _PLACES)
    yield (0.0, 0.0, 0, 0)


def _cost(
    figure: Figure, axes: Axes, label: Label, spot: tuple[float, float, int, int], type_size: float,
    others: Sequence[Bbox], discs: Sequence[Bbox], frame: Bbox,
) -> float:  # fmt: skip
    """The area that a place covers of others or loses at the frame; its own disc counts where the name is on it."""
    box = _extent(axes, label, spot, type_size, "black", keep=False)
    covered = sum(_overlap(box, other) for other in others)
    outside = box.width * box.height - _overlap(box, frame)
    disc = _disc(figure, axes, label)
    spills = box.width * box.height - _overlap(box, disc) if spot[2:] == (0, 0) else 0.0
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    nearer = [
        other for other in discs if _apart_from(other, x, y) < _apart_from(disc, x, y)
    ]  # it would be read as theirs
    return covered + 3 * outside + 2 * spills + 0.5 * box.width * box.height * bool(nearer)


def _apart_from(disc: Bbox, x: float, y: float) -> float:
    """From a place to the edge of a disc."""
    return float(np.hypot(x - (disc.x0 + disc.x1) / 2, y - (disc.y0 + disc.y1) / 2) - disc.width / 2)


def _overlap(box: Bbox, other: Bbox) -> float:
    wide = min(box.x1, other.x1) - max(box.x0, other.x0)
    tall = min(box.y1, other.y1) - max(box.y0, other.y0)
    return float(wide * tall) if wide > 0 and tall > 0 else 0.0


def _disc(figure: Figure, axes: Axes, label: Label) -> Bbox:
    x, y = axes.transData.transform((label.x, label.y))
    radius = label.radius * figure.dpi / 72
    return Bbox.from_extents(x - radius, y - radius, x + radius, y + radius)


def _extent(
    axes: Axes, label: Label, spot: tuple[float, float, int, int], type_size: float, colour: str, *, keep: bool
) -> Bbox:
    """Where the label stands, in pixels; it stays there if it is kept."""
    dx, dy, across, up = spot
    text = axes.annotate(
        label.text, (label.x, label.y), (dx, dy), textcoords="offset points", fontsize=type_size, color=colour,
        ha=("right", "center", "left")[across + 1], va=("top", "center", "bottom")[up + 1],
        multialignment="center", fontfamily=families(label.text), bbox=HALO if across or up else None,
    )  # fmt: skip
    text.set_parse_math(False)
    text.set_in_layout(False)
    box = text.get_window_extent()
    if not keep:
        text.remove()
    return box
