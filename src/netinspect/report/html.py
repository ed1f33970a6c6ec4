"""A summary as an HTML table, for notebooks. Nothing in it is styled but the alignment of numbers."""

from __future__ import annotations

from typing import Final

from netinspect.analysis.figures import Profile
from netinspect.language.messages import markup
from netinspect.report.columns import Column
from netinspect.report.lines import cells, layout, lines
from netinspect.report.sentences import heading, totals

_INDENT: Final = "&nbsp;" * 4


def table(profile: Profile) -> str:
    """Heading, rows and totals of one network as an HTML fragment."""
    how = layout()
    head = "".join(f"<th{_align(column)}>{markup(column.title)}</th>" for column in how.columns)
    body = ""
    for line in lines(profile, how):
        body += "<tr>"
        for column, text in zip(how.columns, cells(profile, how, line), strict=True):
            indent = _INDENT * line.level if column.name == "layer" else ""
            body += f"<td{_align(column)}>{indent}{markup(text.strip())}</td>"
        body += "</tr>"
    below = "<br>".join(markup(sentence) for sentence in totals(profile))
    caption = f"<caption>{markup(heading(profile))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{below}</p>"


def _align(column: Column) -> str:
    return ' style="text-align: right"' if column.numeric else ' style="text-align: left"'
