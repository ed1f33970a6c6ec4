"""For editors and CI: a line a finding, `file:line:column: W201 message`, as compilers write it.

netinspect-problem-matcher.json tells GitHub how to read these lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netinspect.language.messages import printable
from netinspect.report.finding import located, message, place

if TYPE_CHECKING:
    from netinspect.checking import Check


def document(check: Check, *, color: bool) -> str:  # noqa: ARG001  a line for programs is never coloured
    """A line a finding; nothing where there is none."""
    return "".join(f"{printable(place(each))}: {each.code} {message(each)}\n" for each in map(located, check.findings))
