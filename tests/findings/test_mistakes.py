"""Every code without a rule is explained, and its examples are what they are said to be."""

import pytest

from netinspect.findings.mistakes import MISTAKES
from netinspect.findings.rules import all_rules
from netinspect.reference.findings import example_findings

OF_FILES = ("E019", "E218", "E506", "E602", "E604", "E605")
"""What only a file, a layer of one's own, a checkpoint, a baseline or a model can show."""

SHOWN = [pytest.param(mistake, id=mistake.code) for mistake in MISTAKES if mistake.bad]
MENDED = [pytest.param(mistake, id=mistake.code) for mistake in MISTAKES if mistake.good]


@pytest.mark.parametrize("mistake", SHOWN)
def test_the_bad_example_gives_its_code_once_and_no_other(mistake):
    assert [finding.code for finding in example_findings(mistake, mistake.bad)] == [mistake.code]


@pytest.mark.parametrize("mistake", MENDED)
def test_the_good_example_gives_nothing(mistake):
    assert example_findings(mistake, mistake.good) == ()


@pytest.mark.parametrize("mistake", SHOWN)
def test_the_bad_example_is_short(mistake):
    assert len(mistake.bad.splitlines()) <= 10
    assert max(map(len, mistake.bad.splitlines())) <= 80


def test_every_mistake_has_an_example_that_a_spec_alone_can_show():
    assert tuple(mistake.code for mistake in MISTAKES if not mistake.bad) == OF_FILES


def test_what_needs_an_option_says_it_and_is_mended_without():
    assert {mistake.code: mistake.options for mistake in MISTAKES if mistake.options} == {"E112": "--set widht=16"}
    assert [mistake.code for mistake in MISTAKES if mistake.bad and not mistake.good] == ["E112"]


def test_codes_are_unique_and_no_rule_has_one():
    codes = [mistake.code for mistake in MISTAKES]
    assert len(codes) == len(set(codes))
    assert not {rule.code for rule in all_rules()} & set(codes)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.code)
def test_every_mistake_says_what_and_why(mistake):
    assert mistake.title == mistake.title.strip(" .")
    assert mistake.why.endswith(".")
    assert mistake.why.count(". ") + mistake.why.count(": ") >= 1  # what it is, and what to do
    assert mistake.bad != mistake.good or not mistake.bad
