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
def networks(path):
    """Each variant of a spec, with its profile and the spec's source."""
    file = open_spec(path)
    made = [elaborate_file(replace(file, variant=variant)) for variant in file.variants or (None,)]
    return [(network, profile(network), file.source) for network in made]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_nothing_is_found_in_the_gallery(path):
    found = [
        (network.variant, finding.code, finding.diagnostic.span, finding.diagnostic.message)
        for network, figures, source in networks(path)
        for finding in examine(network, figures, source)
    ]
    assert found == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_comment_that_ignores_something_has_a_reason_and_is_needed(path):
    source = read_source(path)
    comments = ignores(source)
    if not comments:
        return
    bare = replace(source, text=source.text.replace("netinspect: ignore", "netinspect ignored"))
    found = [
        finding.diagnostic for network, figures, _ in networks(path) for finding in examine(network, figures, bare)
    ]
    for comment in comments:
        assert comment.reason
        assert any(comment.covers(diagnostic) for diagnostic in found), comment


def test_no_rule_needs_many_comments():
    """A rule that has to be silenced often is a bad rule; VGG's five lines are one network."""
    used = Counter(code for path in SPECS for comment in ignores(read_source(path)) for code in comment.codes)
    assert max(used.values()) <= 6, used
