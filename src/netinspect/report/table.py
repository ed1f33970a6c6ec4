"""A profile as a table for people, in a terminal or a log. The only module that imports rich.

Off a terminal, and where a terminal is too narrow, the table has its natural width: no digit is ever cut. rich is asked
only where formulas have to be wrapped into a terminal; names from a spec are rich Text there, never markup.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from netinspect.analysis.figures import Profile, Row
from netinspect.analysis.fold import Line
from netinspect.language.messages import printable, text_width
from netinspect.report.columns import Column
from netinspect.report.lines import Layout, cells, lines
from netinspect.report.sentences import folded, heading, totals

_WRAPPING: Final = frozenset({"params-how", "macs-how", "from", "buckets", "shared-with"})
_NARROW: Final = 16
_STYLES: Final = {"bold": "\x1b[1m", "dim": "\x1b[2m"}
_PLAIN: Final = "\x1b[0m"

Cell = tuple[str, str]
"""A text, and its style: bold, dim or nothing."""


def table(
    profile: Profile, how: Layout, *, width: int | None = None, color: bool = False, partial: bool = False
) -> str:
    """The table with heading and totals, lines ended by newlines.

    `width` is a terminal's, None for any other place. Where the network is cut off at a mistake (`partial`),
    there are no totals.
    """
    shown = lines(profile, how)
    grid = [[(column.title, "dim") for column in how.columns]]
    grid += [_cells(profile, how, line) for line in shown]
    parts = [_styled(heading(profile), "bold", color), "", *_laid_out(how.columns, grid, width, color), ""]
    if not partial:
        parts += totals(profile)
    hint = folded(profile, shown)
    if hint:
        parts.append(_styled(hint, "dim", color))
    return "".join([f"{part.rstrip()}\n" for part in parts])


def _cells(profile: Profile, how: Layout, line: Line) -> list[Cell]:
    texts = [printable(text) for text in cells(profile, how, line)]
    if not isinstance(line.item, Row):
        return [(text, "bold") for text in texts]
    return [
        (text, "dim" if text in ("0", "(shared)") or (not column.numeric and column.name.endswith("how")) else "")
        for column, text in zip(how.columns, texts, strict=True)
    ]


def _styled(text: str, style: str, color: bool) -> str:
    return f"{_STYLES[style]}{text}{_PLAIN}" if color and style and text else text


def _laid_out(columns: Sequence[Column], grid: list[list[Cell]], width: int | None, color: bool) -> list[str]:
    """The lines of the table, two blanks between its columns."""
    by_column = list(zip(*grid, strict=True))
    widths = [max([text_width(text) for text, _ in column]) for column in by_column]
    wraps = any(column.name in _WRAPPING and natural > _NARROW for column, natural in zip(columns, widths, strict=True))
    if width is not None and wraps and sum(widths) + 2 * (len(widths) - 1) > width:
        return _wrapped(columns, grid, widths, width, color)
    padded = [
        [_padded(text, style, natural, column.numeric, color) for text, style in in_column]
        for column, natural, in_column in zip(columns, widths, by_column, strict=True)
    ]
    return ["  ".join(row) for row in zip(*padded, strict=True)]


def _padded(text: str, style: str, width: int, at_right: bool, color: bool) -> str:
    blanks = " " * (width - text_width(text))
    written = _styled(text, style, color)
    return blanks + written if at_right else written + blanks


def _wrapped(
    columns: Sequence[Column], grid: list[list[Cell]], widths: list[int], width: int, color: bool
) -> list[str]:
    """The lines of a table that has to be narrower than it is: formulas and lists are wrapped, figures are not."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False, show_edge=False)
    for column, natural, (_, *texts) in zip(columns, widths, zip(*grid, strict=True), strict=True):
        wraps = column.name in _WRAPPING
        table.add_column(
            justify="right" if column.numeric else "left",
            no_wrap=not wraps,
            overflow="fold",
            min_width=min(_NARROW, max([text_width(text) for text, _ in texts], default=0)) if wraps else natural,
        )
    for row in grid:
        table.add_row(*(Text(text, style=style) for text, style in row))
    stream = io.StringIO()
    console = Console(
        file=stream, width=sum(widths) + 2 * len(widths), force_terminal=color, no_color=not color, legacy_windows=False
    )
    console.print(table, width=max(console.measure(table).minimum, width))
    return stream.getvalue().splitlines()
