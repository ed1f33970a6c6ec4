"""For people: a block a finding with its line of the spec, then one line of counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netinspect.language.messages import printable
from netinspect.report.check import certain_fixes, counts
from netinspect.report.finding import rendered

if TYPE_CHECKING:
    from netinspect.checking import Check


def document(check: Check, *, color: bool) -> str:
    """The findings, what changed against the baseline, and the counts, with those that `--fix` mends."""
    blocks = [rendered(finding, color=color) for finding in check.findings]
    notes = [f"note: {printable(note)}" for note in check.notes]
    certain = certain_fixes(check)
    return "\n".join([*blocks, *notes, f"{counts(check)}{f'; `--fix` mends {certain} of them' if certain else ''}", ""])
