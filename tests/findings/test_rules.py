"""Every rule finds what its bad example shows, and nothing in its good one; its fix mends what it says it mends."""

import re

import pytest

from netinspect.analysis.profile import profile
from netinspect.findings.codes import titles
from netinspect.findings.rules import all_rules
from netinspect.reference.findings import example_findings
from tests.findings.looking import findings, network_of

RULES = [pytest.param(rule, id=rule.code) for rule in all_rules()]
FIXING = [
    pytest.param(rule, id=rule.code)
    for rule in all_rules()
    if any(finding.diagnostic.fix for finding in example_findings(rule, rule.bad))
]


def mended(text, edits):
    """A text with edits made."""
    lines = text.split("\n")
    for edit in sorted(edits, reverse=True):
        span = edit.span
        assert span.line == span.end_line
        line = lines[span.line - 1]
        lines[span.line - 1] = line[: span.column - 1] + edit.text + line[span.end_column - 1 :]
    return "\n".join(lines)


def examined(text, code):
    return profile(network_of(text)), findings(text, (code,))


def figures(told):
    totals = told.totals
    shapes = [(row.path, row.type, row.outputs, row.params, row.macs) for row in told.rows]
    return totals.params, totals.macs, totals.flops, totals.depth, shapes


@pytest.mark.parametrize("rule", RULES)
def test_the_bad_example_gives_its_code_once_and_no_other(rule):
    assert [finding.code for finding in example_findings(rule, rule.bad)] == [rule.code]


@pytest.mark.parametrize("rule", RULES)
def test_the_good_example_gives_nothing(rule):
    assert example_findings(rule, rule.good) == ()


@pytest.mark.parametrize("rule", RULES)
def test_what_is_found_stands_in_the_example(rule):
    (finding,) = example_findings(rule, rule.bad)
    span = finding.diagnostic.span
    if rule.code in ("E606", "N003"):  # of the command line, not of a line of the spec
        assert span is None
        return
    assert span is not None
    assert rule.bad.split("\n")[span.line - 1][span.column - 1 : span.end_column - 1].strip()


@pytest.mark.parametrize("rule", FIXING)
def test_a_fix_mends_the_example_and_the_network_computes_the_same(rule):
    before, wrong = examined(rule.bad, rule.code)
    after, left = examined(mended(rule.bad, [edit for f in wrong for edit in f.diagnostic.fix]), rule.code)
    assert left == ()
    assert figures(before) == figures(after)


def test_which_rules_have_a_fix():
    assert [rule.values[0].code for rule in FIXING] == ["W205"]


def test_codes_are_unique_and_in_order():
    codes = [rule.code for rule in all_rules()]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"[EWN]\d{3}", code) for code in codes)


def test_every_rule_says_what_and_why():
    for rule in all_rules():
        assert rule.title, rule.code
        assert rule.title == rule.title.strip(" .")
        assert rule.why.endswith("."), rule.code
        assert rule.bad != rule.good


def test_the_table_of_codes_has_every_rule():
    table = titles()
    assert list(table) == sorted(table)
    assert all(table[rule.code] == rule.title for rule in all_rules())


def test_notes_are_looked_for_when_they_are_asked_for():
    assert [rule.code for rule in all_rules() if not rule.is_usual] == ["N001", "N002"]
