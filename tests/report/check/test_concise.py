"""Lines that GitHub reads with the shipped problem matcher."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given

import netinspect
from netinspect.report.check import document
from tests.cli.running import run_here
from tests.report.check.checks import check_of, finding, findings, repository

FILE = Path(netinspect.__file__).with_name("netinspect-problem-matcher.json")
MATCHERS = json.loads(FILE.read_text(encoding="utf-8"))["problemMatcher"]


def matches(line):
    """(severity, file, line, column, code, message) for each matcher that a line fits."""
    for matcher in MATCHERS:
        (pattern,) = matcher["pattern"]
        groups = re.search(pattern["regexp"], line)
        if groups:
            yield (
                matcher["severity"],
                *(groups[pattern[name]] for name in ("file", "line", "column", "code", "message")),
            )


def lines(check):
    return document(check, "concise").split("\n")[:-1]


def test_every_line_of_a_real_run_is_read_by_one_matcher(tmp_path):
    result = run_here("check", "--format", "concise", cwd=repository(tmp_path))
    read = [tuple(matches(line)) for line in result.stdout.splitlines()]
    assert len(read) > 5
    assert all(len(found) == 1 for found in read)
    assert read[0][0][:5] == ("error", "specs/broken.yaml", "7", "37", "E301")


@pytest.mark.parametrize(("code", "severity"), [("E101", "error"), ("W201", "warning"), ("N002", "notice")])
def test_the_letter_of_the_code_says_how_serious_it_is(code, severity):
    (line,) = lines(check_of([finding(code, "it is: wrong", 12, "my net.yaml", "wide")]))
    assert list(matches(line)) == [(severity, "my net.yaml", "12", "2", code, "it is: wrong [wide]")]


def test_a_finding_about_a_whole_file_is_read_too():
    (line,) = lines(check_of([finding("E019", "there is no file", None)]))
    assert list(matches(line)) == [("error", "net.yaml", None, None, "E019", "there is no file")]


@given(findings)
def test_whatever_is_said_is_a_line_a_finding_and_read(found):
    text = lines(check_of(found))
    assert len(text) == len(found)
    assert all(any(matches(line)) for line in text)


def test_the_matchers_are_what_github_takes():
    """actions/runner, IssueMatcher.cs: different owners, a known severity, groups that there are."""
    assert len({matcher["owner"] for matcher in MATCHERS}) == len(MATCHERS) == 3
    for matcher in MATCHERS:
        (pattern,) = matcher["pattern"]
        assert matcher["severity"] in ("error", "warning", "notice")
        numbers = [pattern[name] for name in ("file", "line", "column", "code", "message")]
        assert max(numbers) == re.compile(pattern["regexp"]).groups
