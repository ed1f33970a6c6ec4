"""A profile as a table for people, in a terminal or a log."""

from __future__ import annotations

from typing import Final

from netinspect.analysis.figures import Profile, Row
from netinspect.analysis.fold import Line
from netinspect.report.grid import Cell, Column, laid_out, paragraph, styled
from netinspect.report.lines import Layout, cells, lines
from netinspect.report.sentences import folded, heading, totals

_WRAPPING: Final = frozenset({"layer", "path", "type", "params-how", "macs-how", "from", "buckets", "shared-with"})


def table(
    profile: Profile, how: Layout, *, width: int | None = None, color: bool = False, partial: bool = False
) -> str:
    """The table with heading and totals, lines ended by newlines.

    `width` is a terminal's, None for any other place; in one that is narrow sentences are wrapped, and the columns come
    a few at a time. Where the network is cut off at a mistake (`partial`),
    there are no totals.
    """
    table_lines = lines(profile, how)
    columns = [Column(column.title, column.numeric, column.name in _WRAPPING) for column in how.columns]
    grid = laid_out(columns, [_cells(profile, how, line) for line in table_lines], width=width, color=color)
    parts = [styled(line, "bold", color=color) for line in paragraph(heading(profile), width)]
    parts += ["", *grid, ""]
    if not partial:
        parts += [line for sentence in totals(profile) for line in paragraph(sentence, width)]
    hint = folded(profile, table_lines)
    if hint:
        parts += [styled(line, "dim", color=color) for line in paragraph(hint, width)]
    return "".join([f"{part.rstrip()}\n" for part in parts])


def _cells(profile: Profile, how: Layout, line: Line) -> list[Cell]:
    texts = cells(profile, how, line)
    if not isinstance(line.item, Row):
        return [(text, "bold") for text in texts]
    return [
        (text, "dim" if text in ("0", "(shared)") or (not column.numeric and column.name.endswith("how")) else "")
        for column, text in zip(how.columns, texts, strict=True)
    ]
