"""Charts of costs: what convolutions save layer by layer, networks side by side, and what changed.

Every cost is a dot on a log axis. The dots of a row are joined, with their factors on the line between them. Plain data
in, a matplotlib Figure out; never pyplot. Colours are Okabe and Ito's, and every series has a marker of its own and
every dot its number, so that nothing rests on colour alone. A `slide` is 16:9 and read from the last row; `paper` is
the width of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from netinspect.pictures.draw.chart_axes import (
    COLOURS,
    GAP,
    HALO,
    INK,
    LINE,
    MARKERS,
    SIZES,
    Size,
    dress,
    mark,
    short,
)
from netinspect.pictures.draw.scatter import Scatter, draw_scatter, name_discs
from netinspect.pictures.draw.text import broken, families, length_of

_AROUND: Final = 1.2
"""Inches for title, axis and legend."""


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
    """One panel on a log axis. For each row there are `steps`, written along its line, and a note on the dot of the
    last series, before it where that is the first of several dots, else behind. `text` writes a value."""

    title: str
    series: tuple[Series, ...]
    steps: tuple[tuple[Step, ...], ...] = ()
    notes: tuple[str, ...] = ()
    text: Callable[[int], str] = short

    def dots(self, row: int) -> list[tuple[int, int]]:
        """Values of a row with the positions of their series, the smallest first."""
        values = ((group.values[row], position) for position, group in enumerate(self.series))
        return sorted((value, position) for value, position in values if value is not None)


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

    `sums` are rows that are in bold. Of more rows than fit the sums and those with the largest shares are drawn,
    which the title says; beside a scatter all of them are.
    """
    form = SIZES[size]
    lines = 1.5 + 0.6 * any(panel.steps for panel in panels) + 0.6 * any(len(panel.series) > 2 for panel in panels)
    each = form.type_size * max(lines, 1.1 * max(name.count("\n") + 1 for name in rows)) / 72
    kept = (
        list(range(len(rows))) if scatter else _largest(panels, len(rows), int((form.tallest - _AROUND) / each), sums)
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
    series = dict.fromkeys(group.name for panel in panels for group in panel.series)
    looks = {name: number for number, name in enumerate(series)}
    drawn = []
    for number, panel in enumerate(panels):
        axes = figure.add_subplot(grid[number, 0] if scatter else grid[0, number])
        drawn.append((axes, panel, *_draw_dots(axes, panel, kept, looks, form)))
        _name_rows(axes, [rows[row] for row in kept], form, {kept.index(row) for row in sums if row in kept})
        if number and not scatter:
            axes.tick_params(axis="y", labelleft=False)
    disks = draw_scatter(figure.add_subplot(grid[:, -1]), rows, scatter, form) if scatter else ()
    count, total = len(kept) - len(sums), len(rows) - len(sums)  # a sum is none of what is counted
    left_out = f" ({count} of {total}, the largest shares of any total)" if count < total else ""
    head, *more = title.split("\n")
    _entitle(figure, "\n".join((f"{head}{left_out}", *more)), looks, form)
    figure.canvas.draw()  # the layout is known only then
    for axes, panel, low, high in drawn:
        _write_numbers(axes, panel, kept, low, high, form)
    if scatter:
        name_discs(figure, figure.axes[-1], disks, form.type_size * 0.85, INK)
    return figure


def _largest(panels: Sequence[Dots], total: int, most: int, sums: frozenset[int]) -> list[int]:
    """The rows that are drawn, in their own order: besides the sums those with the largest shares. A row counts by its
    share of the total of that series, of any panel, of which it has most."""
    shares = dict.fromkeys((row for row in range(total) if row not in sums), 0.0)
    for group in (group for panel in panels for group in panel.series):
        column = {row: group.values[row] or 0 for row in shares}
        all_rows = sum(column.values())
        shares = {row: max(share, column[row] / all_rows if all_rows else 0) for row, share in shares.items()}
    return sorted([*sums, *sorted(shares, key=lambda row: -shares[row])[: max(0, most - len(sums))]])


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
    dress(axes, f"{panel.title}{scale}", "", form)
    axes.margins(x=0)
    if not values:
        return 0.0, 0.0
    ends = axes.xaxis.get_transform().transform(np.array([min(values), max(values)], float))
    return float(ends[0]), float(ends[1])


_Row = tuple[int, int, list[tuple[int, int]]]
"""Where a row stands, its number, and its dots, the smallest first: values with the positions of their series."""

_Steps = dict[tuple[int, int], tuple[float, float, str]]
"""By the place of a row and the number of a step in it: where it begins and ends on the axis, and its text."""


def _write_numbers(axes: Axes, panel: Dots, kept: Sequence[int], low: float, high: float, form: Size) -> None:
    """The number of every dot, what lies between them and the notes; the axis is made as long as they need it.

    The first number of a row stands before its dot, the last one behind, those between below; a note beside that of the
    last series. A step that is longer than its piece of the line is written at the row's end; that of the first two of
    several dots stands over its piece and begins before it.
    """
    letters = form.type_size * 0.8
    gap = GAP + form.type_size * 0.45
    width = axes.get_window_extent().width * 72 / axes.figure.get_dpi()
    transform = axes.xaxis.get_transform()
    rows = [(place, row, panel.dots(row)) for place, row in enumerate(kept) if panel.dots(row)]
    steps = {
        (place, number): (*transform.transform(np.array(_ends(panel, step, row), float)), step.text)
        for place, row, _ in rows
        for number, step in enumerate(panel.steps[row] if panel.steps else ())
        if step.text
    }
    per_point, left, before, behind, spilled, leading = _fitted(axes, panel, rows, steps, (low, high), letters, gap)
    limits = transform.inverted().transform(np.array([low - left * per_point, low + (width - left) * per_point]))
    axes.set_xlim(float(limits[0]), float(limits[1]))
    mark(
        axes.xaxis,
        [value for _, _, dots in rows for value, _ in dots],
        width / (form.type_size * 2.7),
        panel.text,
        letters,
    )
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
            if (place, number) in leading:
                _annotate(axes, step.text, dots[1][0], place, (-GAP, gap - GAP), letters)
            elif (place, number) in steps and (place, number) not in spilled:
                start, end, _ = steps[place, number]
                middle = transform.inverted().transform(np.array([(start + end) / 2]))[0]
                _annotate(axes, step.text, float(middle), place, (0, GAP), letters)


def _ends(panel: Dots, step: Step, row: int) -> tuple[int, int]:
    start, end = panel.series[step.start].values[row], panel.series[step.end].values[row]
    assert start is not None
    assert end is not None
    return start, end


class _Fitted(NamedTuple):
    """How long an axis is so that the words at both ends of each row have room.

    per_point       how much of the axis a point of the paper is
    left            points before the lowest value
    before, behind  the words, by the place of the row
    spilled         the steps that stand among them, as they are longer than their pieces of the line
    leading         the steps that are too long, too, and begin before their pieces, the first ones of their rows
    """

    per_point: float
    left: float
    before: dict[int, str]
    behind: dict[int, str]
    spilled: set[tuple[int, int]]
    leading: set[tuple[int, int]]


def _fitted(
    axes: Axes, panel: Dots, rows: Sequence[_Row], steps: _Steps, ends: tuple[float, float], letters: float, gap: float
) -> _Fitted:
    """Steps that are too long leave their pieces until all others fit. `ends` are the lowest and the highest value."""
    width = axes.get_window_extent().width * 72 / axes.figure.get_dpi()
    transform = axes.xaxis.get_transform()
    notes = {place: panel.notes[row] for place, row, _ in rows if panel.notes and panel.notes[row]}
    firsts = {place: panel.text(dots[0][0]) for place, _, dots in rows if dots[0][0] != dots[-1][0]}
    for place, _, dots in rows:
        if place in notes and place in firsts and dots[0][1] == len(panel.series) - 1:
            firsts[place] = f"{notes.pop(place)}   {firsts[place]}"
    leads = {
        (place, number) for place, row, dots in rows if len(dots) > 2
        for number, step in enumerate(panel.steps[row] if panel.steps else ())
        if (step.start, step.end) == (dots[0][1], dots[1][1])
    }  # fmt: skip
    first, last = (
        {place: float(transform.transform(np.array([dots[end][0]], float))[0]) for place, _, dots in rows}
        for end in (0, -1)
    )
    behind = dict[int, str]()
    spilled: set[tuple[int, int]] = set()
    low, high = ends
    while True:
        for place, _, dots in rows:
            remarks = [notes[place]] if place in notes else []
            remarks += [steps[key][2] for key in steps if key[0] == place and key in spilled - leads]
            behind[place] = "   ".join((panel.text(dots[-1][0]), ", ".join(remarks))).strip()
        # The words before a first dot and those behind a last one, of one row or of two, leave the rest of the width
        starts = [(low, 0.0), *((first[place], _points(text, letters)) for place, text in firsts.items())]
        starts += [(max(steps[key][:2]), _points(steps[key][2], letters)) for key in spilled & leads]
        needed = [
            (last[place] - start) / max(width - 3 * gap - 2 - words - _points(text, letters), width / 6)
            for place, text in behind.items()
            for start, words in starts
        ]
        per_point = max([*needed, (high - low) / width, 1e-6 if high > low else 0.5 / width])
        left = max(words - (start - low) / per_point for start, words in starts) + 2 * gap
        more = {
            key for key, (start, end, text) in steps.items()
            if key not in spilled and abs(end - start) / per_point < _points(text, letters) + 2 * gap
        }  # fmt: skip
        if not more:
            return _Fitted(per_point, left, firsts, behind, spilled - leads, spilled & leads)
        spilled |= more


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


# --- what all charts share -------------------------------------------------------------------


def _entitle(figure: Figure, title: str, looks: dict[str, int], form: Size) -> None:
    """The title, in lines that fit, and what each marker stands for where there are several."""
    if title:
        letters, width = form.type_size * 1.1, 0.98 * figure.get_figwidth() * 72
        lines = [piece for line in title.split("\n") for piece in broken(line, int(16 * width), round(16 * letters))]
        title = "\n".join(lines)  # measured large, as in `_points`
        figure.suptitle(
            title, fontsize=letters, fontfamily=families(title), color=INK, x=0.01, ha="left",
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
