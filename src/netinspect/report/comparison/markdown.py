"""A comparison as Markdown, for a README or a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netinspect.report.comparison.page import Grid, Page
from netinspect.report.markdown import escaped


def document(pages: Sequence[Page]) -> str:
    """A heading, tables and notes for each page, ended by a newline."""
    texts = []
    for page in pages:
        parts = [f"**{escaped(page.heading)}**"]
        for grid in page.grids:
            parts += ["", *grid_lines(grid)]
        if page.notes:
            parts += ["", "  \n".join(escaped(note) for note in page.notes)]
        texts.append("\n".join(parts) + "\n")
    return "\n".join(texts)


def grid_lines(grid: Grid) -> Iterator[str]:
    """The lines of a table, its title above it."""
    if grid.title:
        yield from (escaped(grid.title.capitalize()), "")
    yield _row(escaped(column.title) for column in grid.columns)
    yield _row("---:" if column.is_numeric else "---" for column in grid.columns)
    for number, row in enumerate(grid.rows):
        cells = [escaped(" ".join(cell.split())) for cell in row]
        yield _row(f"**{cell}**" if cell and number in grid.strong else cell for cell in cells)


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"
