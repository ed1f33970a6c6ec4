"""A comparison as tables for people, in a terminal or a log.

Titles take two lines, and columns of networks come a few at a time, where that makes a table fit.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from netinspect.language.messages import printable
from netinspect.report.comparison.page import Grid, Page
from netinspect.report.grid import Cell, Column, laid_out, least_width, styled


def table(page: Page, *, width: int | None = None, color: bool = False) -> str:
    """The page, lines ended by newlines. `width` is a terminal's, None for any other place."""
    parts = [styled(printable(page.heading), "bold", color=color)]
    for grid in page.grids:
        for band in _bands(grid, width):
            parts.append("")
            if band.title:
                parts.append(styled(printable(band.title), "bold", color=color))
            is_wide = width is not None and not grid.splits and _least_width(band) > width
            columns = _stacked(band.columns) if is_wide else band.columns
            parts += laid_out(columns, _cells(band), width=width, color=color)
    if page.notes:
        parts.append("")
    for note in page.notes:
        lines = [printable(note)] if width is None else textwrap.wrap(printable(note), width) or [""]
        parts += [styled(line, "dim", color=color) for line in lines]
    return "".join(f"{part.rstrip()}\n" for part in parts)


def _stacked(columns: Sequence[Column]) -> list[Column]:
    """The columns with the words of their titles below each other."""
    return [replace(column, title=column.title.replace(" ", "\n")) for column in columns]


def _bands(grid: Grid, width: int | None) -> Iterator[Grid]:
    """The grid, or several with the first column in each, as many columns in one as fit."""
    if width is None or not grid.splits:
        yield grid
        return
    start, total = 1, len(grid.columns)
    while start < total:
        end = start + 1
        while end < total and _least_width(_cut(grid, start, end + 1)) <= width:
            end += 1
        yield _cut(grid, start, end)
        start = end


def _cut(grid: Grid, start: int, end: int) -> Grid:
    rows = tuple((row[0], *row[start:end]) for row in grid.rows)
    return replace(grid, columns=(grid.columns[0], *grid.columns[start:end]), rows=rows)


def _cells(grid: Grid) -> list[list[Cell]]:
    return [[(cell, "bold" if number in grid.strong else "") for cell in row] for number, row in enumerate(grid.rows)]


def _least_width(grid: Grid) -> int:
    return least_width(grid.columns, _cells(grid))
