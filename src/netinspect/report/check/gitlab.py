"""For GitLab: a Code Quality report. https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from netinspect.findings.selection import is_mistake
from netinspect.report.finding import fingerprints, located, message, repository_paths

if TYPE_CHECKING:
    from netinspect.checking import Check
    from netinspect.findings import Finding


def document(check: Check, *, color: bool) -> str:  # noqa: ARG001  a document for programs is never coloured
    """A list with an entry for each finding; an empty one where nothing was found."""
    findings = [*map(located, check.findings)]
    paths = repository_paths(finding.file for finding in findings)
    names = fingerprints(findings, paths)
    entries = [_entry(finding, paths[finding.file], name) for finding, name in zip(findings, names, strict=True)]
    return json.dumps(entries, indent=2) + "\n"


def _entry(finding: Finding, path: str, fingerprint: str) -> dict[str, Any]:
    span = finding.diagnostic.span
    return {
        "description": message(finding),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _severity(finding),
        "location": {"path": path, "lines": {"begin": span.line if span else 1}},
    }


def _severity(finding: Finding) -> str:
    """GitLab's words. A broken spec is worse than a check that failed."""
    if is_mistake(finding.code):
        return "critical"
    return {"error": "major", "warning": "minor", "note": "info"}[finding.severity]
