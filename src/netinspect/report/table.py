"""A profile as a table for people: in a terminal or a log, and as HTML in notebooks."""

from __future__ import annotations

from typing import Final

from netinspect.analysis.figures import Profile, Row
from netinspect.language.messages import markup
from netinspect.report.columns import Layout, cells, layout, lines
from netinspect.report.grid import Cell, Column, laid_out, paragraph, styled
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
    rows: list[list[Cell]] = []
    for line in table_lines:
        texts = cells(profile, how, line)
        if not isinstance(line.item, Row):
            rows.append([(text, "bold") for text in texts])
            continue
        row = []
        for column, text in zip(how.columns, texts, strict=True):
            is_formula = not column.numeric and column.name.endswith("how")
            row.append((text, "dim" if is_formula or text in ("0", "(shared)") else ""))
        rows.append(row)
    grid = laid_out(columns, rows, width=width, color=color)
    parts = [styled(line, "bold", color=color) for line in paragraph(heading(profile), width)]
    parts += ["", *grid, ""]
    if not partial:
        parts += [line for sentence in totals(profile) for line in paragraph(sentence, width)]
    hint = folded(profile, table_lines)
    if hint:
        parts += [styled(line, "dim", color=color) for line in paragraph(hint, width)]
    return "".join([f"{part.rstrip()}\n" for part in parts])


# --- as HTML -------------------------------------------------------------------------------------


_INDENT: Final = "&nbsp;" * 4


def html_table(profile: Profile) -> str:
    """Heading, rows and totals of one network as an HTML fragment. Nothing in it is styled but the alignment of
    numbers."""
    how = layout()
    styles = [f"text-align: {'right' if column.numeric else 'left'}" for column in how.columns]
    titles = zip(how.columns, styles, strict=True)
    head = "".join(f'<th style="{style}">{markup(column.title)}</th>' for column, style in titles)
    body = ""
    for line in lines(profile, how):
        body += "<tr>"
        for column, style, text in zip(how.columns, styles, cells(profile, how, line), strict=True):
            indent = _INDENT * line.level if column.name == "layer" else ""
            body += f'<td style="{style}">{indent}{markup(text.strip())}</td>'
        body += "</tr>"
    below = "<br>".join(markup(sentence) for sentence in totals(profile))
    caption = f"<caption>{markup(heading(profile))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{below}</p>"
