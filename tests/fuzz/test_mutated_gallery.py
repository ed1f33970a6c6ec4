"""Every spec of the gallery with one token changed is an error of the tool's own or a sound network.

There are some 490,000 such changes. A few of each spec are tried in a run of the tests, and all of them, for half an
hour, with `make fuzz` (NETINSPECT_FUZZ=all).
"""

import os
import random
import zlib
from pathlib import Path

import pytest

from tests.fuzz.mutations import mutations
from tests.fuzz.tried import tried

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
SAMPLE = 40
TRIES_ALL = os.environ.get("NETINSPECT_FUZZ") == "all"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_changes_of_one_token(path):
    changed = list(mutations(path.read_text(encoding="utf-8")))
    if not TRIES_ALL:
        changed = random.Random(zlib.crc32(path.name.encode())).sample(changed, SAMPLE)
    assert sum(tried(text) is None for text in changed) > 0
