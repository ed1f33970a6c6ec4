"""For code scanning: SARIF 2.1.0, with help for every rule and the fixes that are certain.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; GitHub's limits:
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from netinspect.errors import Diagnostic, Span
from netinspect.findings.codes import titles
from netinspect.findings.rules import all_rules
from netinspect.report.finding import explanations, fingerprints, located, message, repository_paths
from netinspect.version import VERSION

if TYPE_CHECKING:
    from netinspect.checking import Check
    from netinspect.findings import Finding

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST: Final = 25_000
"""GitHub refuses a run with more results."""

_ROOT: Final = "%SRCROOT%"
_FULL_STOP: Final = re.compile(r"[.!?]$")


def document(check: Check, *, color: bool) -> str:  # noqa: ARG001  a document for programs is never coloured
    """The whole document: one run, with the rules of which something was found, and a result for each finding."""
    findings = [*map(located, check.findings[:MOST])]
    paths = repository_paths(finding.file for finding in findings)
    codes = sorted({finding.code for finding in findings})
    left_out = len(check.findings) - len(findings)
    words = f"{left_out:,} findings are left out: a run holds {MOST:,} at most"
    notice = {"toolExecutionNotifications": [{"level": "warning", "message": {"text": words}}]}
    known, rules = titles(), {rule.code: rule for rule in all_rules()}
    driver_rules = []
    for code in codes:
        # Mistakes of the language have a title alone; a rule says why, with examples.
        title = known.get(code, code)
        rule = rules.get(code)
        text = markdown = _sentence(title)
        if rule is not None:
            text = rule.why
            bad, good = (f"```yaml\n{spec.rstrip()}\n```" for spec in (rule.bad, rule.good))
            markdown = f"{text}\n\nInstead of\n\n{bad}\n\nwrite\n\n{good}"
        # the title as a name in one word, up to its first stop: `OverBudget`
        pieces = re.findall(r"[A-Za-z0-9]+", re.split(r"[,:;(]", title)[0])
        name = "".join(piece[:1].upper() + piece[1:] for piece in pieces) or "Rule"
        driver_rules.append(
            {
                "id": code,
                "name": name,
                "shortDescription": {"text": _sentence(title)},
                "fullDescription": {"text": text},
                "help": {"text": f"{text}\nnetinspect check --explain {code} tells more.", "markdown": markdown},
                "defaultConfiguration": {"level": Diagnostic(code, "").severity},
            }
        )
    run = {
        "tool": {"driver": {"name": "netinspect", "version": VERSION, "rules": driver_rules}},
        "invocations": [{"executionSuccessful": True, **(notice if left_out else {})}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [
            _result(finding, codes.index(finding.code), paths[finding.file], fingerprint)
            for finding, fingerprint in zip(findings, fingerprints(findings, paths), strict=True)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


# --- rules ---------------------------------------------------------------------------------------


def _sentence(title: str) -> str:
    return title if _FULL_STOP.search(title) else f"{title[:1].upper()}{title[1:]}."


# --- results -------------------------------------------------------------------------------------


def _result(finding: Finding, rule: int, path: str, fingerprint: str) -> dict[str, Any]:
    if Path(path).is_absolute():  # a file outside of the repository
        location = {"uri": Path(path).as_uri()}
    else:
        location = {"uri": quote(path, safe="/", errors="surrogateescape"), "uriBaseId": _ROOT}
    words = "\n".join([message(finding), *explanations(finding)]).replace("](", "] (")  # which would be a link
    fix = finding.diagnostic.fix
    replacements = [{"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}} for edit in fix]
    changes = [{"artifactLocation": location, "replacements": replacements}]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": words},
        "locations": [{"physicalLocation": {"artifactLocation": location, "region": _region(finding.diagnostic.span)}}],
        "partialFingerprints": {"netinspect/v1": fingerprint},
        **({"fixes": [{"artifactChanges": changes}]} if fix else {}),
        "properties": {"variants": [finding.variant, *finding.also]},
    }


def _region(span: Span | None) -> dict[str, int]:
    """A place in a file; its first line where the file as a whole is meant."""
    if span is None:
        return {"startLine": 1}
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
