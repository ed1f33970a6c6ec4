"""A summary as an HTML table, for notebooks. Nothing in it is styled but the alignment of numbers."""

from __future__ import annotations

import html
from typing import Final

from netinspect.analysis.figures import Profile
from netinspect.analysis.fold import Line
from netinspect.language.messages import printable
from netinspect.report.columns import Column
from netinspect.report.lines import Layout, cells, layout, lines
from netinspect.report.sentences import heading, totals

_INDENT: Final = "&nbsp;" * 4


def table(profile: Profile) -> str:
    """Heading, rows and totals of one network as an HTML fragment."""
    how = layout()
    head = "".join(f"<th{_align(column)}>{_escaped(column.title)}</th>" for column in how.columns)
    body = "".join(_row(profile, how, line) for line in lines(profile, how))
    below = "<br>".join(_escaped(sentence) for sentence in totals(profile))
    caption = f"<caption>{_escaped(heading(profile))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{below}</p>"


def _row(profile: Profile, how: Layout, line: Line) -> str:
    values = zip(how.columns, cells(profile, how, line), strict=True)
    return "<tr>" + "".join(_cell(column, line, text) for column, text in values) + "</tr>"


def _cell(column: Column, line: Line, text: str) -> str:
    indent = _INDENT * line.level if column.name == "layer" else ""
    return f"<td{_align(column)}>{indent}{_escaped(text.strip())}</td>"


def _align(column: Column) -> str:
    return ' style="text-align: right"' if column.numeric else ' style="text-align: left"'


def _escaped(text: str) -> str:
    return html.escape(printable(text))
