"""No false alarm: nothing is found in the networks of the gallery, but for what their specs ignore with a reason."""

from collections import Counter
from pathlib import Path

import pytest

from netinspect import gallery_specs
from netinspect.findings.selection import ignores
from netinspect.language import read_source
from tests.gallery_readings import NAMES, gallery_reading

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_in_the_gallery(name):
    found = gallery_reading(name).findings
    assert [(each.variant, each.code, each.diagnostic.span, each.diagnostic.message) for each in found] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_comment_that_ignores_something_has_a_reason_and_is_needed(path):
    names = [entry.name for entry in gallery_specs.entries() if entry.file == path.name]
    ignored = [finding.diagnostic for name in names for finding in gallery_reading(name).ignored]
    for comment in ignores(read_source(path)):
        assert comment.reason
        assert any(comment.covers(diagnostic) for diagnostic in ignored), comment


def test_no_rule_is_silenced_in_many_files():
    """A rule that has to be silenced often is a bad rule. VGG's five lines are one network."""
    silenced = [{code for comment in ignores(read_source(path)) for code in comment.codes} for path in SPECS]
    assert max(Counter(code for codes in silenced for code in codes).values()) <= 4, silenced
