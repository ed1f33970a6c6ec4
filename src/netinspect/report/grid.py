"""Text in columns, for people: the one way in which tables are laid out. The only module that imports rich.

Off a terminal a grid has its natural width. In one that is too narrow for it, text is wrapped, and where that is not
enough the columns come a few at a time, each time with the first: no digit is ever cut. rich is asked only where text
has to be wrapped; names from a spec are rich Text there, never markup.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netinspect.language.messages import printable, text_width

Cell = tuple[str, str]
"""A text, and its style: `bold`, `dim` or nothing."""

_NARROW: Final = 16
"""Text that may be wrapped is not made narrower than this."""

_STYLES: Final = {"bold": "\x1b[1m", "dim": "\x1b[2m"}
_PLAIN: Final = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title, which may have several lines. `wraps` marks text that may be broken where space is short."""

    title: str
    is_numeric: bool = True
    wraps: bool = False


def laid_out(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, width: int | None = None, color: bool = False
) -> list[str]:
    """The lines of the titles and rows, two blanks between columns. `width` is a terminal's, None for elsewhere."""
    parts = _bands(columns, rows, width)
    if len(parts) > 1:
        tables = [laid_out(*_cut(columns, rows, part), width=width, color=color) for part in parts]
        return [line for table in tables for line in ("", *table)][1:]
    grid = [*_titles(columns), *([(printable(text), style) for text, style in row] for row in rows)]
    by_column = list(zip(*grid, strict=True))
    widths = [max([text_width(text) for text, _ in column]) for column in by_column]
    wraps = any(column.wraps and natural > _NARROW for column, natural in zip(columns, widths, strict=True))
    if width is not None and wraps and _total(widths) > width:
        return _wrapped(columns, grid, widths, width, color)
    lines = []
    for cells in grid:
        padded = []
        for column, natural, (text, style) in zip(columns, widths, cells, strict=True):
            blanks, written = " " * (natural - text_width(text)), styled(text, style, color=color)
            padded.append(blanks + written if column.is_numeric else written + blanks)
        lines.append("  ".join(padded).rstrip())
    return lines


def _bands(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int | None) -> list[list[int]]:
    """Which columns stand beside each other, by number: all, or a few at a time with the first, as many as fit."""
    everything = list(range(len(columns)))
    if width is None or least_width(columns, rows) <= width:
        return [everything]
    groups, rest = [], everything[1:]
    while rest:
        fitting = 1
        while fitting < len(rest) and least_width(*_cut(columns, rows, [0, *rest[: fitting + 1]])) <= width:
            fitting += 1
        groups.append([0, *rest[:fitting]])
        rest = rest[fitting:]
    return groups or [everything]


def _cut(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], numbers: Sequence[int]
) -> tuple[list[Column], list[list[Cell]]]:
    return [columns[number] for number in numbers], [[row[number] for number in numbers] for row in rows]


def least_width(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> int:
    """How narrow it can be: text that wraps at its narrowest, all else as it is."""
    grid = [*_titles(columns), *rows]
    return _least(
        columns, [max([text_width(printable(text)) for text, _ in cells]) for cells in zip(*grid, strict=True)]
    )


def _least(columns: Sequence[Column], widths: Sequence[int]) -> int:
    return _total(
        [min(_NARROW, natural) if column.wraps else natural for column, natural in zip(columns, widths, strict=True)]
    )


def paragraph(text: str, width: int | None) -> list[str]:
    """A sentence in lines that fit a terminal; no word is broken that fits a line."""
    if width is None or text_width(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_on_hyphens=False)


def styled(text: str, style: str, *, color: bool) -> str:
    """The text as it is written to a terminal that shows styles."""
    return f"{_STYLES[style]}{text}{_PLAIN}" if color and style and text else text


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * (len(widths) - 1)


def _titles(columns: Sequence[Column]) -> list[list[Cell]]:
    """The lines of the titles, as rows."""
    titles = [[printable(line) for line in column.title.split("\n")] for column in columns]
    height = max(map(len, titles))
    return [[(title[line] if line < len(title) else "", "dim") for title in titles] for line in range(height)]


def _wrapped(
    columns: Sequence[Column], grid: Sequence[Sequence[Cell]], widths: Sequence[int], width: int, color: bool
) -> list[str]:
    """The lines of a grid that has to be narrower than it is: formulas and lists are wrapped, figures are not."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False, show_edge=False)
    for column, natural in zip(columns, widths, strict=True):
        table.add_column(
            justify="right" if column.is_numeric else "left",
            no_wrap=not column.wraps,
            overflow="fold",
            min_width=min(_NARROW, natural) if column.wraps else natural,
        )
    for row in grid:
        table.add_row(*(Text(text, style=style) for text, style in row))
    stream = io.StringIO()
    console = Console(
        file=stream, width=sum(widths) + 2 * len(widths), force_terminal=color, no_color=not color, legacy_windows=False
    )
    console.print(table, width=max(_least(columns, widths), width))
    return [line.rstrip() for line in stream.getvalue().splitlines()]
