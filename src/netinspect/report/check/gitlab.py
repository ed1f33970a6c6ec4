"""For GitLab: a Code Quality report. https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from netinspect.findings.selection import is_mistake
from netinspect.report.finding import fingerprints, located, message, repository_paths

if TYPE_CHECKING:
    from netinspect.checking import Check

_SEVERITIES: Final = {"error": "major", "warning": "minor", "note": "info"}
"""GitLab's words. A broken spec is `critical`: it is worse than a check that failed."""


def document(check: Check, *, color: bool) -> str:  # noqa: ARG001  a document for programs is never coloured
    """A list with an entry for each finding; an empty one where nothing was found."""
    findings = [*map(located, check.findings)]
    paths = repository_paths(finding.file for finding in findings)
    entries = []
    for finding, fingerprint in zip(findings, fingerprints(findings, paths), strict=True):
        span = finding.diagnostic.span
        entries.append(
            {
                "description": message(finding),
                "check_name": finding.code,
                "fingerprint": fingerprint,
                "severity": "critical" if is_mistake(finding.code) else _SEVERITIES[finding.severity],
                "location": {"path": paths[finding.file], "lines": {"begin": span.line if span else 1}},
            }
        )
    return json.dumps(entries, indent=2) + "\n"
