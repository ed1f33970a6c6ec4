"""What is to be said of a network beside its figures: mistakes, failed checks, warnings, notes.

Rules are plug-ins (`rules/`); `codes` is the table of what every code means; `selection` says which are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netinspect.errors import Diagnostic, Severity
from netinspect.findings.rule import Bound, subject
from netinspect.findings.rules import all_rules
from netinspect.findings.selection import Selection, ignores, ignoring
from netinspect.language.source import Source
from netinspect.language.syntax import Budget

if TYPE_CHECKING:
    from netinspect.analysis.figures import Profile
    from netinspect.network.load import SpecFile
    from netinspect.network.network import Network

__all__ = ["METRICS", "USUAL", "Bound", "Examination", "Finding", "Selection", "broken", "examine"]

METRICS = {
    "params": "params",
    "macs": "macs",
    "param_memory": "param_bytes",
    "peak_memory": "peak_activation_bytes",
}
"""The keys of `budget`, and the totals they bound."""

USUAL = Selection()
"""Nothing is selected or ignored beyond what is looked for anyway."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic, where it stands, and how serious it is here (`--strict` makes a warning an error).

    `source` is the spec's text, None where there was none to read; `variant` is the one it was found in, None for the
    base; `also` are further ones of the same spec.
    """

    diagnostic: Diagnostic
    severity: Severity
    source: Source | None = field(repr=False)
    file: str = ""
    variant: str | None = None
    also: tuple[str | None, ...] = ()

    @property
    def code(self) -> str:
        return self.diagnostic.code


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in a network: what is told, and what a comment in the spec ignores."""

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]


def examine(
    network: Network,
    profile: Profile,
    file: SpecFile,
    *,
    selection: Selection = USUAL,
    bounds: Iterable[Bound] = (),
    strict: bool = False,
) -> Examination:
    """What rules find in a network, in the order of the spec. `bounds` come on top of its own `budget`.

    Only what is selected by code is looked for; `strict` makes errors of warnings.
    """
    source = file.source
    budget, of_spec = network.budget, []
    if isinstance(budget, Budget):
        spans = dict(budget.spans)
        most = {key: getattr(budget, key) for key in METRICS}
        of_spec = [
            Bound(METRICS[key], most[key], "`budget`", spans.get(key)) for key in METRICS if most[key] is not None
        ]
    looked_at = subject(network, profile, file, (*of_spec, *bounds))
    findings: list[Finding] = []
    for rule in all_rules():
        if selection.takes(rule.code, is_usual=rule.is_usual or (strict and rule.is_strict)):
            is_error = strict and (rule.is_strict or rule.code.startswith("W"))
            findings += (
                Finding(
                    diagnostic=diagnostic,
                    severity="error" if is_error else diagnostic.severity,
                    source=source,
                    file=source.name,
                    variant=network.variant,
                )
                for diagnostic in rule.check(looked_at)
            )
    findings.sort(key=_place)
    is_ignored = ignoring(ignores(source))
    reported: list[Finding] = []
    ignored: list[Finding] = []
    for finding in findings:
        (ignored if is_ignored(finding.diagnostic) else reported).append(finding)
    return Examination(tuple(reported), tuple(ignored))


def broken(
    diagnostics: Iterable[Diagnostic], source: Source | None, file: str, variant: str | None
) -> tuple[Finding, ...]:
    """The mistakes of a spec from which no network comes, and what is to be said of the spec that was meant."""
    return tuple(Finding(diagnostic, diagnostic.severity, source, file, variant) for diagnostic in diagnostics)


def _place(finding: Finding) -> tuple[int, int, str]:
    span = finding.diagnostic.span
    return (span.line, span.column, finding.code) if span else (0, 0, finding.code)
