"""A summary as a Markdown table, for a README or a pull request. Folds like the terminal's."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Final

from netinspect.analysis.figures import Profile
from netinspect.language.messages import printable
from netinspect.report.columns import Layout, cells, lines
from netinspect.report.sentences import folded, heading, totals

_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_INDENT: Final = "&nbsp;&nbsp;"


def document(profiles: Sequence[Profile], how: Layout) -> str:
    """A heading, a table and the totals for each network, ended by a newline."""
    parts = []
    for profile in profiles:
        parts += [
            f"**{escaped(heading(profile))}**",
            "",
            _row([column.title for column in how.columns]),
            _row(["---:" if column.numeric else "---" for column in how.columns]),
        ]
        table_lines = lines(profile, how)
        for line in table_lines:
            texts = zip(how.columns, cells(profile, how, line), strict=True)
            indent = _INDENT * line.level
            parts.append(_row([indent * (column.name == "layer") + escaped(text.strip()) for column, text in texts]))
        hint = folded(profile, table_lines)
        below = [*totals(profile), *([hint] if hint else [])]
        parts += ["", "  \n".join(escaped(sentence) for sentence in below), ""]
    return "\n".join(parts)


def _row(values: Sequence[str]) -> str:
    return f"| {' | '.join(values)} |"


def escaped(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    return _MARKS.sub(r"\\\1", html.escape(printable(text), quote=False))
