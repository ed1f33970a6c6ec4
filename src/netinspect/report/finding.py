"""A finding as text: for a person with its line of the spec, and the pieces that every format is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netinspect.language.messages import printable, render

if TYPE_CHECKING:
    from netinspect.findings import Finding

_VARIANTS: Final = 4
"""So many variants are named; of more, how many there are."""


def rendered(finding: Finding, *, color: bool) -> str:
    """A finding as a person reads it, with its line of the spec where it is about one."""
    diagnostic, variants = finding.diagnostic, variants_text(finding)
    if finding.source is not None:
        return render(diagnostic, finding.source, severity=finding.severity, variant=variants or None, colour=color)
    code = "" if finding.code == "E019" else f"[{finding.code}]"
    words = (("note", diagnostic.note), ("help", diagnostic.help))
    lines = [f"     = {word}: {printable(text)}" for word, text in words if text]
    return "\n".join([f"{finding.severity}{code}: {printable(diagnostic.message)}", *lines])


def place(finding: Finding) -> str:
    """`net.yaml:4:5`; the file alone where no line is meant."""
    span = finding.diagnostic.span
    return f"{finding.file}:{span.line}:{span.column}" if span else finding.file


def variants_text(finding: Finding) -> str:
    """The variants it was found in: `wide, tall and 3 more`; nothing where that is the base alone."""
    variants = (finding.variant, *finding.also)
    if variants == (None,):
        return ""
    names = [variant or "the base" for variant in variants]
    if len(names) > _VARIANTS:
        names = [*names[: _VARIANTS - 1], f"{len(names) - _VARIANTS + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
