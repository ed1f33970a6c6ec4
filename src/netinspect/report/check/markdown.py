"""For the summary of a job and a comment on a pull request: what was found, and what the change costs.

Both places have a limit, and a text that is too long is refused as a whole: rows that do not fit are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netinspect.report.check import counts
from netinspect.report.comparison.baseline import layers_grid, totals_grid
from netinspect.report.comparison.markdown import grid_lines
from netinspect.report.finding import place, rendered, variants_text
from netinspect.report.markdown import escaped

if TYPE_CHECKING:
    from netinspect.baselines import Comparison
    from netinspect.checking import Check
    from netinspect.findings import Finding

MOST: Final = 65_000
"""GitHub takes 65,536 characters in a comment, and 1 MiB in $GITHUB_STEP_SUMMARY; what posts it may add some words."""

_CLOSING: Final = 400
"""Bytes that are kept for the lines that say what is left out."""

_LINKED: Final = re.compile("[@#]")
_FENCE: Final = re.compile("`{3,}")


def document(check: Check, *, color: bool = False, most: int = MOST) -> str:  # noqa: ARG001
    """The whole text in at most `most` bytes of UTF-8: counts, findings, changes of cost, then details."""
    head = f"**netinspect: {_words(counts(check))}**\n"
    room = most - _size(head) - _CLOSING
    findings = _findings(check.findings, room // 2 if check.comparison else room)
    changes = _changes(check.comparison, room - _size(findings)) if check.comparison else ""
    details = _details(check, room - _size(findings) - _size(changes))
    return head + findings + changes + details


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _fitting(pieces: Iterable[str], room: int) -> tuple[str, int]:
    """As many of the pieces as have room, from the first on, and how many are left."""
    kept: list[str] = []
    left = 0
    for piece in pieces:
        room -= _size(piece)
        if room < 0 or left:
            left += 1
        else:
            kept.append(piece)
    return "".join(kept), left


def _words(text: str) -> str:
    """Text in which nothing is Markdown; GitHub makes no mention of an @name in it, and no link of a #1."""
    return _LINKED.sub(lambda match: f"{match[0]}&#8203;", escaped(text))


# --- findings ------------------------------------------------------------------------------------


def _findings(findings: Sequence[Finding], room: int) -> str:
    if not findings:
        return ""
    head = "\n| | code | where | what |\n| --- | --- | --- | --- |\n"
    lines = []
    for finding in findings:
        variants = variants_text(finding)
        where = f"{place(finding)} ({variants})" if variants else place(finding)
        cells = (finding.severity, finding.code, where, finding.diagnostic.message)
        lines.append(f"| {' | '.join(map(_words, cells))} |\n")
    rows, left = _fitting(lines, room - _size(head))
    if left == len(findings):
        return _left_out(left, "finding")
    return head + rows + _left_out(left, "further finding")


def _left_out(number: int, what: str) -> str:
    verb = "is" if number == 1 else "are"
    return f"\n{number:,} {what}{'s' * (number != 1)} {verb} left out here.\n" if number else ""


# --- changes -------------------------------------------------------------------------------------


def _changes(comparison: Comparison, room: int) -> str:
    """The totals that changed, a line each, and what is new, renamed or gone."""
    changed = [change for change in comparison.changes if change is not None and change.totals]
    title = "\n**Cost against the baseline**\n"
    head = "\n| network | | baseline | now | change |\n| --- | --- | ---: | ---: | ---: |\n"
    lines = []
    for change in changed:
        for number, row in enumerate(totals_grid(change).rows):
            cells = ("" if number else change.new.title, *row)
            lines.append(f"| {' | '.join(map(_words, cells))} |\n")
    rows, left = _fitting(lines, room - _size(title + head))
    notes, notes_left = _fitting(
        (f"- {_words(note)}\n" for note in comparison.notes), room - _size(title + head + rows) - 1
    )
    table = head + rows if rows else ""
    nothing = "" if changed or comparison.notes else "\nNo network costs more or less than it did.\n"
    return (
        title
        + nothing
        + table
        + _left_out(left, "changed figure")
        + (f"\n{notes}" if notes else "")
        + _left_out(notes_left, "note")
    )


# --- details -------------------------------------------------------------------------------------


def _details(check: Check, room: int) -> str:
    """Closed until they are opened: each finding with its line of the spec, and the layers that changed."""
    blocks = []
    for finding in check.findings:
        text = rendered(finding, color=False)
        fence = "`" * max([3, *(len(run) + 1 for run in _FENCE.findall(text))])  # longer than any in the text
        blocks.append(f"\n{fence}text\n{text}\n{fence}\n")
    findings = _closed("The findings with their lines", blocks, "finding", room)
    tables = []
    for change in check.comparison.changes if check.comparison else ():
        rows = [layer for layer in change.layers if layer.is_told] if change is not None else []
        if change is not None and rows:
            grid = grid_lines(replace(layers_grid(rows), title=None))
            tables.append("\n".join((f"\n**{_words(change.new.title)}**\n", *grid, "")))
    return findings + _closed("The layers that changed", tables, "network", room - _size(findings))


def _closed(title: str, pieces: Iterable[str], what: str, room: int) -> str:
    head, foot = f"\n<details><summary>{title}</summary>\n", "\n</details>\n"
    inner, left = _fitting(pieces, room - _size(head + foot))
    return head + inner + _left_out(left, f"further {what}") + foot if inner else ""
