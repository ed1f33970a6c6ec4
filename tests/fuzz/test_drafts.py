"""Drafts with a few changes that hands and clipboards make: each is a network, or is told what is wrong with it, and
what is certain can be written and read again.

Some hundreds are tried; `make fuzz` (NETINSPECT_FUZZ=all) tries ten thousand.
"""

import os
import random

import pytest

from netinspect.fixing import mended
from netinspect.language import render
from tests.drafts.outcomes import cases, reading
from tests.fuzz.tried import in_time

TYPED = (
    "", ")", "(", "[", "]", "{", "}", ":", " ", "\n", "- ", ",", "'", '"', "#", "self.", "x = ", "nn.", "=", "*", "\t",
    "0", "\N{NO-BREAK SPACE}", "\N{LATIN SMALL LETTER E WITH ACUTE}", "import torch\n", "class A(nn.Module):\n",
)  # fmt: skip
SHARES = 50 if os.environ.get("NETINSPECT_FUZZ") == "all" else 2
DRAFTS = [case.draft for case in cases()]


def changed(text, chance):
    """One change: of a few characters, of two lines that swap, of a line that goes, moves in, or brings others."""
    lines = text.split("\n")
    here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.choice(["typed", "typed", "swapped", "gone", "indented", "pasted"])
    if kind == "typed":
        place = chance.randrange(len(text) + 1)
        return text[:place] + chance.choice(TYPED) + text[place + chance.choice([0, 1, 1, 3]) :]
    if kind == "swapped":
        lines[here], lines[there] = lines[there], lines[here]
    elif kind == "gone":
        del lines[here]
    elif kind == "indented":
        lines[here] = " " * chance.randrange(6) + lines[here].lstrip()
    else:
        others = chance.choice(DRAFTS).split("\n")
        start = chance.randrange(len(others))
        lines[here:here] = others[start : start + chance.randrange(1, 6)]
    return "\n".join(lines)


@pytest.mark.parametrize("share", range(SHARES))
def test_a_draft_that_was_changed_is_answered(share):
    chance = random.Random(share)
    for _ in range(200):
        text = chance.choice(DRAFTS)
        for _ in range(chance.choice([1, 1, 2, 4])):
            text = changed(text, chance) or "\n"
        with in_time():
            first = reading(text)
            assert first.network is not None or first.findings
            for finding in first.findings:
                assert finding.source is None or render(finding.diagnostic, finding.source)
            edits = [edit for finding in first.findings for edit in finding.diagnostic.fix]
            reading(mended(text.encode(), edits).decode())
