"""`expect`: what a spec says of itself is held against what it is."""

from netinspect.findings.rules.unmet_expectation import RULE
from tests.findings.looking import found

SPEC = """
input: [8]
layers:
  - a: Linear(4)
  - b: Linear(2)
{rest}
"""


def complaints(rest, **options):
    return found(RULE, SPEC.format(rest=rest), **options)


def test_what_is_met_is_not_mentioned():
    assert complaints("expect: {params: 46, macs: 40, output: [2]}") == ()


def test_a_spec_without_expect_is_content():
    assert complaints("") == ()


def test_a_wrong_count_is_told_with_the_right_one():
    (finding,) = complaints("expect: {params: 45}")
    assert (finding.code, finding.message) == ("E601", "params is 46, and not 45 as expected")
    assert finding.help == "if the network is right, write params: 46"
    assert finding.span is not None
    assert finding.span.line == 6


def test_a_wrong_output_is_told_without_the_batch():
    (finding,) = complaints("expect: {output: [3]}")
    assert finding.message == "the output is 2, and not 3 as expected"


def test_each_named_output_is_checked():
    rest = "outputs: [a, b]\nexpect: {output: {a: [4], b: [9]}}"
    assert [finding.message for finding in complaints(rest)] == ["output `b` is 2, and not 9 as expected"]


def test_every_violation_is_told():
    assert len(complaints("expect: {params: 1, macs: 1, output: [1]}")) == 3


def test_macs_are_one_samples_and_not_checked_for_more():
    assert complaints("expect: {macs: 40}", batch_size=4) == ()
    assert len(complaints("expect: {macs: 41}")) == 1


def test_overridden_vars_switch_it_off():
    spec = "vars: {n: 4}\ninput: [8]\nlayers: [Linear(n)]\nexpect: {params: 1}"
    assert len(found(RULE, spec)) == 1
    assert found(RULE, spec, assignments=[("n", "5")]) == ()
