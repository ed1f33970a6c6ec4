"""Which lines a table shows, folded or sorted: the same for a terminal and for Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from netinspect.analysis.figures import Profile, Row
from netinspect.analysis.fold import Line, fold
from netinspect.errors import InputError
from netinspect.report.columns import BY_NAME, SORTABLE, Column, chosen


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out: its columns, how far it is folded, and what it is sorted by (largest first)."""

    columns: tuple[Column, ...]
    depth: int | None = None
    expand: bool = False
    sort: str | None = None


def layout(
    columns: tuple[str, ...] = (),
    *,
    everything: bool = False,
    formula: bool = False,
    depth: int | None = None,
    expand: bool = False,
    sort: str | None = None,
) -> Layout:
    """A layout; InputError for a column that does not exist or cannot be sorted by. A sorted table has full paths."""
    if sort is not None and sort not in SORTABLE:
        raise InputError(f"cannot sort by '{sort}': one of {', '.join(SORTABLE)}")
    picked = chosen(columns, formula=formula, everything=everything)
    if sort is not None:
        picked = tuple(dict.fromkeys(BY_NAME["path"] if column.name == "layer" else column for column in picked))
    return Layout(picked, depth, expand, sort)


def lines(profile: Profile, how: Layout) -> tuple[Line, ...]:
    """The lines in order; sorted ones are single rows."""
    if how.sort is None:
        return fold(profile, depth=how.depth, expand=how.expand)
    rows = sorted(profile.rows, key=lambda row: -_figure(row, how.sort or ""))
    return tuple(Line.of(row) for row in rows)


def _figure(row: Row, name: str) -> int:
    figure = BY_NAME[name].figure
    return figure(row) if figure is not None else 0


def cells(profile: Profile, how: Layout, line: Line) -> tuple[str, ...]:
    """One line's cells, one a column."""
    return tuple(column.cell(line, profile.totals) for column in how.columns)
