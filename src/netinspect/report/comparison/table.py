"""A comparison as tables for people, in a terminal or a log.

Names from a spec are rich Text, never markup. Off a terminal, and where a terminal is too narrow, a table has its
natural width: no digit is ever cut. Titles take two lines, and columns of networks come a few at a time, where that
makes a table fit.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from netinspect.language.messages import printable
from netinspect.report.comparison.page import Grid, Page

_ENDLESS = 100_000
_NARROW = 16


def table(page: Page, *, width: int | None = None, color: bool = False) -> str:
    """The page, lines ended by newlines. `width` is a terminal's, None for any other place."""
    stream = io.StringIO()
    console = Console(file=stream, width=_ENDLESS, force_terminal=color, no_color=not color, legacy_windows=False)
    console.print(Text(printable(page.heading), style="bold"), soft_wrap=True)
    for grid in page.grids:
        _print(console, grid, width)
    if page.notes:
        console.print()
    for note in page.notes:
        console.print(Text(printable(note), style="dim"), soft_wrap=width is None, width=width)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _print(console: Console, grid: Grid, width: int | None) -> None:
    for part in _bands(console, grid, width):
        console.print()
        if part.title:
            console.print(Text(printable(part.title), style="bold"))
        made = _table(part)
        if width is not None and not grid.splits and console.measure(made).minimum > width:
            made = _table(_stacked(part))
        console.print(made, width=_width(console, made, width))


def _width(console: Console, made: Table, width: int | None) -> int:
    natural = console.measure(made)
    return natural.maximum if width is None else max(natural.minimum, min(width, natural.maximum))


def _stacked(grid: Grid) -> Grid:
    """The grid with its titles' words below each other."""
    return replace(grid, columns=tuple(replace(c, title=c.title.replace(" ", "\n")) for c in grid.columns))


def _bands(console: Console, grid: Grid, width: int | None) -> Iterator[Grid]:
    """The grid, or several with the first column in each, as many columns in one as fit."""
    if width is None or not grid.splits:
        yield grid
        return
    start, total = 1, len(grid.columns)
    while start < total:
        end = start + 1
        while end < total and console.measure(_table(_cut(grid, start, end + 1))).minimum <= width:
            end += 1
        yield _cut(grid, start, end)
        start = end


def _cut(grid: Grid, start: int, end: int) -> Grid:
    rows = tuple((row[0], *row[start:end]) for row in grid.rows)
    return replace(grid, columns=(grid.columns[0], *grid.columns[start:end]), rows=rows)


def _table(grid: Grid) -> Table:
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_edge=False)
    for index, column in enumerate(grid.columns):
        longest = max(len(text) for text in (*column.title.split("\n"), *(row[index] for row in grid.rows)))
        made.add_column(
            Text("\n".join(printable(part) for part in column.title.split("\n"))),
            justify="right" if column.is_numeric else "left",
            no_wrap=not column.wraps,
            overflow="fold",
            min_width=min(_NARROW, longest) if column.wraps else longest,  # rich would cut at a blank
        )
    for number, row in enumerate(grid.rows):
        made.add_row(*(Text(printable(cell)) for cell in row), style="bold" if number in grid.strong else None)
    return made
