"""For editors and CI: a line a finding, `file:line:column: W201 message`, as compilers write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netinspect.language.messages import printable
from netinspect.report.finding import place, variants_text

if TYPE_CHECKING:
    from netinspect.checking import Check
    from netinspect.findings import Finding


def document(check: Check, *, color: bool) -> str:  # noqa: ARG001  a line for programs is never coloured
    """A line a finding; nothing where there is none."""
    return "".join(f"{_line(finding)}\n" for finding in check.findings)


def _line(finding: Finding) -> str:
    variants = variants_text(finding)
    message = f"{place(finding)}: {finding.code} {finding.diagnostic.message}"
    return printable(f"{message} [{variants}]" if variants else message)
