"""For what shows tests: JUnit XML, a suite for each file and a case for each network.

There is no standard; the rules are those of Jenkins (junit-10.xsd of its xunit plugin), which others follow.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from netinspect.findings.selection import is_mistake
from netinspect.language.messages import markup
from netinspect.report.finding import message, rendered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netinspect.checking import Check
    from netinspect.findings import Finding


def document(check: Check, *, color: bool) -> str:  # noqa: ARG001  a document for programs is never coloured
    """The whole document. A network fails where there is an error or a warning; notes stand beside it."""
    # by file and variant what was found; what is about no network in particular belongs to a file's first
    cases: dict[str, dict[str | None, list[Finding]]] = {}
    for network in check.networks:
        cases.setdefault(network.file, {}).setdefault(network.variant, [])
    for finding in check.findings:
        variants = cases.setdefault(finding.file, {finding.variant: []})
        present = [variant for variant in (finding.variant, *finding.also) if variant in variants]
        for variant in present or [next(iter(variants))]:
            variants[variant].append(finding)
    heads = [findings for variants in cases.values() for findings in variants.values()]
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="netinspect check"{_totals(heads)}>\n'
    for file, variants in cases.items():
        name = markup(file)
        text += f'  <testsuite name="{name}" file="{name}"{_totals(list(variants.values()))}>\n'
        elements = []
        for variant, findings in variants.items():
            # One element stands for all that fails, since most readers show only the first.
            head = f'    <testcase classname="{name}" name="{markup(variant or "base")}"'
            failing = [finding for finding in findings if finding.severity != "note"]
            notes = [finding for finding in findings if finding.severity == "note"]
            inner = ""
            if failing:
                kind = _kind(failing)
                more = f" (and {len(failing) - 1:,} more)" if len(failing) > 1 else ""
                label = markup(f"{failing[0].code} {message(failing[0])}{more}")
                inner += f'      <{kind} type="{failing[0].code}" message="{label}">{_blocks(failing)}</{kind}>\n'
            if notes:
                inner += f"      <system-out>{_blocks(notes)}</system-out>\n"
            elements.append(f"{head}>\n{inner}    </testcase>\n" if inner else f"{head}/>\n")
        text += "".join(elements)
        text += "  </testsuite>\n"
    return f"{text}</testsuites>\n"


def _kind(failing: Sequence[Finding]) -> str:
    """`error` where there is no network to test, else `failure`."""
    return "error" if any(is_mistake(finding.code) for finding in failing) else "failure"


def _totals(cases: Sequence[Sequence[Finding]]) -> str:
    failing = [[finding for finding in findings if finding.severity != "note"] for findings in cases]
    kinds = [_kind(findings) for findings in failing if findings]
    return f' tests="{len(cases)}" failures="{kinds.count("failure")}" errors="{kinds.count("error")}"'


def _blocks(findings: Sequence[Finding]) -> str:
    return html.escape("\n".join(rendered(finding, color=False) for finding in findings))
