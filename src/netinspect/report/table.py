"""A profile as a table for people, in a terminal or a log. The only module that imports rich.

Names from a spec are rich Text, never markup. Off a terminal, and where a terminal is too narrow, the table
has its natural width: no digit is ever cut.
"""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table
from rich.text import Text

from netinspect.analysis.figures import Profile, Row
from netinspect.analysis.fold import Line
from netinspect.language.messages import printable
from netinspect.report.columns import Column
from netinspect.report.lines import Layout, cells, lines
from netinspect.report.sentences import folded, heading, totals

_WRAPPING = frozenset({"params-how", "macs-how", "from", "buckets", "shared-with"})
_ENDLESS = 100_000
_NARROW = 16


def table(
    profile: Profile, how: Layout, *, width: int | None = None, color: bool = False, partial: bool = False
) -> str:
    """The table with heading and totals, lines ended by newlines.

    `width` is a terminal's, None for any other place. Where the network is cut off at a mistake (`partial`),
    there are no totals.
    """
    shown = lines(profile, how)
    parts: list[Text | Table] = [Text(heading(profile), style="bold"), _grid(profile, how, shown)]
    if not partial:
        parts += [Text(sentence) for sentence in totals(profile)]
    hint = folded(profile, shown)
    if hint:
        parts.append(Text(hint, style="dim"))
    return _rendered(parts, width, color)


def _grid(profile: Profile, how: Layout, shown: tuple[Line, ...]) -> Table:
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_edge=False)
    rows = [cells(profile, how, line) for line in shown]
    for index, column in enumerate(how.columns):
        wraps = column.name in _WRAPPING
        longest = max((len(row[index]) for row in rows), default=0)
        grid.add_column(
            Text(column.title),
            justify="right" if column.numeric else "left",
            no_wrap=not wraps,
            overflow="fold",
            min_width=min(_NARROW, longest) if wraps else max(longest, len(column.title)),
        )
    for line, row in zip(shown, rows, strict=True):
        grid.add_row(*(_cell(column, line, text) for column, text in zip(how.columns, row, strict=True)))
    return grid


def _cell(column: Column, line: Line, text: str) -> Text:
    return Text(printable(text), style=_style(column, line, text))


def _style(column: Column, line: Line, text: str) -> str:
    if not isinstance(line.item, Row):
        return "bold"
    return "dim" if text in ("0", "(shared)") or (not column.numeric and column.name.endswith("how")) else ""


def _rendered(parts: list[Text | Table], width: int | None, color: bool) -> str:
    """Everything as text; trailing blanks are cut off."""
    stream = io.StringIO()
    console = Console(file=stream, width=_ENDLESS, force_terminal=color, no_color=not color, legacy_windows=False)
    for part in parts:
        if isinstance(part, Table):
            console.print()
            console.print(part, width=_table_width(console, part, width))
            console.print()
        else:
            console.print(part, soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _table_width(console: Console, grid: Table, width: int | None) -> int:
    """The natural width, or a terminal's where the table can be wrapped to that."""
    natural = console.measure(grid)
    return natural.maximum if width is None else max(natural.minimum, min(width, natural.maximum))
