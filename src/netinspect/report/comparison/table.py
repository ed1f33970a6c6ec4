"""A comparison as tables for people, in a terminal or a log. Titles take several lines where that makes a table fit."""

from __future__ import annotations

from dataclasses import replace

from netinspect.language.messages import printable
from netinspect.report.comparison.page import Page
from netinspect.report.grid import laid_out, least_width, paragraph, styled


def table(page: Page, *, width: int | None = None, color: bool = False) -> str:
    """The page, lines ended by newlines. `width` is a terminal's, None for any other place."""
    parts = [styled(line, "bold", color=color) for line in paragraph(printable(page.heading), width)]
    for grid in page.grids:
        parts.append("")
        if grid.title:
            parts += [styled(line, "bold", color=color) for line in paragraph(printable(grid.title), width)]
        cells = [
            [(cell, "bold" if number in grid.strong else "") for cell in row] for number, row in enumerate(grid.rows)
        ]
        is_wide = width is not None and least_width(grid.columns, cells) > width
        columns = (
            [replace(column, title=column.title.replace(" ", "\n")) for column in grid.columns]
            if is_wide
            else grid.columns
        )
        parts += laid_out(columns, cells, width=width, color=color)
    if page.notes:
        parts.append("")
    for note in page.notes:
        parts += [styled(line, "dim", color=color) for line in paragraph(printable(note), width)]
    return "".join(f"{part.rstrip()}\n" for part in parts)
