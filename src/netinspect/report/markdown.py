"""A summary as a Markdown table, for a README or a pull request. Folds like the terminal's."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Final

from netinspect.analysis.figures import Profile
from netinspect.analysis.fold import Line
from netinspect.language.messages import printable
from netinspect.report.columns import Column
from netinspect.report.lines import Layout, cells, lines
from netinspect.report.sentences import folded, heading, totals

_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_INDENT: Final = "&nbsp;&nbsp;"


def document(profiles: Sequence[Profile], how: Layout) -> str:
    """A heading, a table and the totals for each network, ended by a newline."""
    return "\n".join(_network(profile, how) for profile in profiles)


def _network(profile: Profile, how: Layout) -> str:
    table_lines = lines(profile, how)
    hint = folded(profile, table_lines)
    below = [*totals(profile), *([hint] if hint else [])]
    parts = [
        f"**{escaped(heading(profile))}**",
        "",
        _row([column.title for column in how.columns]),
        _row(["---:" if column.numeric else "---" for column in how.columns]),
        *(_line(profile, how, line) for line in table_lines),
        "",
        "  \n".join(escaped(sentence) for sentence in below),
    ]
    return "\n".join(parts) + "\n"


def _line(profile: Profile, how: Layout, line: Line) -> str:
    values = cells(profile, how, line)
    return _row([_cell(column, line, text) for column, text in zip(how.columns, values, strict=True)])


def _cell(column: Column, line: Line, text: str) -> str:
    indent = _INDENT * line.level if column.name == "layer" else ""
    return indent + escaped(text.strip())


def _row(values: Sequence[str]) -> str:
    return f"| {' | '.join(values)} |"


def escaped(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    return _MARKS.sub(r"\\\1", html.escape(printable(text), quote=False))
