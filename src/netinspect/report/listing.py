"""A short plain list in columns, such as the gallery's."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.language.messages import printable


def listing(titles: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> str:
    """`rows` under `titles`, columns aligned (those in `numeric` to the right), lines ended by newlines."""
    cells = [tuple(titles), *(tuple(printable(text) for text in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    return "".join(f"{_line(row, widths, numeric)}\n" for row in cells)


def _line(row: Sequence[str], widths: Sequence[int], numeric: Sequence[int]) -> str:
    shown = [
        text.rjust(width) if column in numeric else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(shown).rstrip()
