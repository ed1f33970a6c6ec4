"""A summary as CSV: a line for every row of every network, never folded, for spreadsheets.

A text that a spreadsheet would take for a formula (`=cmd()`) gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from netinspect.analysis.figures import Profile
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
        origin = (profile.variant or profile.name, profile.source, profile.variant or "")
        for row in profile.rows:
            cells: list[int | str] = [harmless(text) for text in origin]
            for name, column in by_name:
                if name == "path":
                    cells.append(harmless(row.path))
                elif name.endswith("-share"):
                    total = profile.totals.params if name == "params-share" else profile.totals.macs
                    part = column.figure(row) if column.figure else 0
                    cells.append(f"{part / total:.6f}" if total else "0")
                elif column.figure is not None:
                    cells.append(column.figure(row))
                elif name == "sees":
                    cells.append(field_sizes(row.receptive_field))
                else:
                    cells.append(harmless(column.cell(Line.of(row), profile.totals)))
            writer.writerow(cells)
    return stream.getvalue()


def harmless(text: str) -> str:
    """The text, printable, with an apostrophe in front where a spreadsheet would take it for a formula."""
    readable = printable(text)
    return f"'{readable}" if readable.startswith(_FORMULA_STARTS) else readable
