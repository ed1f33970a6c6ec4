"""A summary as CSV: a line for every row of every network, never folded, for spreadsheets.

A text that a spreadsheet would take for a formula (`=cmd()`) gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from netinspect.analysis.figures import Profile, Row, Totals
from netinspect.analysis.fold import Line
from netinspect.analysis.text import field_sizes
from netinspect.language.messages import printable
from netinspect.report.columns import Column

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_PATHS: Final = frozenset({"layer", "path"})


def document(profiles: Sequence[Profile], columns: Sequence[Column]) -> str:
    """A header and the rows, lines ended by a newline. Counts are plain digits, bytes and shares too."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    by_name = tuple({("path" if column.name in _PATHS else column.name): column for column in columns}.items())
    writer.writerow(["model", "source", "variant", *(name.replace("-", "_") for name, _ in by_name)])
    for profile in profiles:
        for row in profile.rows:
            cells = [_value(name, column, row, profile.totals) for name, column in by_name]
            origin = (profile.variant or profile.name, profile.source, profile.variant or "")
            writer.writerow([*map(harmless, origin), *cells])
    return stream.getvalue()


def _value(name: str, column: Column, row: Row, totals: Totals) -> int | str:
    if name == "path":
        return harmless(row.path)
    if name.endswith("-share"):
        total = totals.params if name == "params-share" else totals.macs
        part = column.figure(row) if column.figure else 0
        return f"{part / total:.6f}" if total else "0"
    if column.figure is not None:
        return column.figure(row)
    if name == "sees":
        return field_sizes(row.receptive_field)
    return harmless(column.cell(Line.of(row), totals))


def harmless(text: str) -> str:
    """The text, printable, with an apostrophe in front where a spreadsheet would take it for a formula."""
    readable = printable(text)
    return f"'{readable}" if readable.startswith(_FORMULA_STARTS) else readable
