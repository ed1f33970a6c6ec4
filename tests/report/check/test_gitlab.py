"""GitLab's Code Quality report: its rules, and fingerprints by which a finding is known again."""

import json

import jsonschema
from hypothesis import given

from netinspect.report.check import document
from tests.report.check.checks import check_of, finding, findings

REPORT = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": r"^\./"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format, which has no schema, as one."""


def report(*found):
    return json.loads(document(check_of(found), "gitlab"))


def fingerprints(*found):
    return [entry["fingerprint"] for entry in report(*found)]


@given(findings)
def test_whatever_is_said_it_is_a_report_with_an_entry_a_finding(found):
    text = document(check_of(found), "gitlab")
    assert text.isascii()
    entries = json.loads(text)
    jsonschema.validate(entries, REPORT)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == len(found)


def test_an_entry():
    (entry,) = report(finding("E603", "too large", 3, "./specs//net.yaml", "wide"))
    assert entry | {"fingerprint": ""} == {
        "description": "too large [wide]",
        "check_name": "E603",
        "fingerprint": "",
        "severity": "major",
        "location": {"path": "specs/net.yaml", "lines": {"begin": 3}},
    }


def test_severities():
    codes = ("E101", "E601", "W201", "N002")
    assert [entry["severity"] for entry in report(*map(finding, codes))] == ["critical", "major", "minor", "info"]


def test_a_fingerprint_survives_lines_that_moved():
    before = finding(message="`x` (line 2) is `y` (lines 3 and 14)", line=2, text="a\nb\nc")
    after = finding(message="`x` (line 12) is `y` (lines 13 and 4)", line=4, text="a\n# new\n# lines\n  b\nc")
    assert fingerprints(before) == fingerprints(after)


def test_a_fingerprint_tells_code_file_line_and_message_apart():
    usual = {"code": "W201", "message": "m", "line": 1, "file": "a.yaml", "text": "a\nb\nc"}
    others = ({}, {"code": "W202"}, {"message": "n"}, {"line": 2}, {"file": "b.yaml"}, {"text": "x\nb\nc"})
    every = [fingerprints(finding(**{**usual, **other}))[0] for other in others]
    assert len(set(every)) == len(others)


def test_equal_findings_are_told_apart_and_the_first_keeps_its_name():
    first, second, third = fingerprints(finding(), finding(), finding())
    assert [first] == fingerprints(finding())
    assert len({first, second, third}) == 3


def test_nothing_found_is_an_empty_report():
    assert report() == []
