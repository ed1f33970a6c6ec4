"""No false alarm: nothing is found in the networks of the gallery, but for what their specs ignore with a reason."""

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from netinspect.analysis.profile import profile
from netinspect.findings import examine
from netinspect.findings.selection import ignores
from netinspect.language import read_source
from netinspect.network.load import elaborate_file, open_spec

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


@cache
def examinations(path):
    """What is found in each variant of a spec, and what its comments ignore."""
    file = open_spec(path)
    examined = []
    for variant in file.variants or (None,):
        network = elaborate_file(replace(file, variant=variant))
        examined.append(examine(network, profile(network), file))
    return examined


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_nothing_is_found_in_the_gallery(path):
    found = [finding for examination in examinations(path) for finding in examination.findings]
    assert [(each.variant, each.code, each.diagnostic.span, each.diagnostic.message) for each in found] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_comment_that_ignores_something_has_a_reason_and_is_needed(path):
    ignored = [finding.diagnostic for examination in examinations(path) for finding in examination.ignored]
    for comment in ignores(read_source(path)):
        assert comment.reason
        assert any(comment.covers(diagnostic) for diagnostic in ignored), comment


def test_no_rule_is_silenced_in_many_files():
    """A rule that has to be silenced often is a bad rule. VGG's five lines are one network."""
    silenced = [{code for comment in ignores(read_source(path)) for code in comment.codes} for path in SPECS]
    assert max(Counter(code for codes in silenced for code in codes).values()) <= 4, silenced
