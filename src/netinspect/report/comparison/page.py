"""A page of a comparison: grids of text with a heading above and notes below, the same for a terminal and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from netinspect.report.grid import Column

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells under titles. `strong` are the numbers of rows that stand out."""

    title: str | None
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """What one comparison shows, in the order it is read."""

    heading: str
    grids: tuple[Grid, ...]
    notes: tuple[str, ...] = ()


def without_blank_columns(grid: Grid) -> Grid:
    """The grid without columns that have nothing in any row."""
    kept = [index for index in range(len(grid.columns)) if any(row[index] for row in grid.rows)]
    rows = tuple(_picked(row, kept) for row in grid.rows)
    return Grid(grid.title, _picked(grid.columns, kept), rows, grid.strong)


def _picked(items: Sequence[Item], kept: Sequence[int]) -> tuple[Item, ...]:
    return tuple(items[index] for index in kept)
