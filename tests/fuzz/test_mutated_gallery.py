"""Every spec of the gallery with one token changed is an error of the tool's own or a sound network.

There are some 490,000 such changes. A few of each spec are tried in the quick suite, one in two hundred in the whole
one, and all of them, for half an hour, with `make fuzz` (NETINSPECT_FUZZ=all).
"""

import itertools
import os
import random
import zlib
from pathlib import Path

import pytest

from tests.fuzz.mutations import mutations
from tests.fuzz.tried import tried

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
SAMPLE = 40
STEP = 1 if os.environ.get("NETINSPECT_FUZZ") == "all" else 200


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_some_changes_of_one_token(path):
    changed = list(mutations(path.read_text(encoding="utf-8")))
    outcomes = [tried(text) for text in random.Random(zlib.crc32(path.name.encode())).sample(changed, SAMPLE)]
    assert None in outcomes


@pytest.mark.slow
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_change_of_one_token(path):
    for text in itertools.islice(mutations(path.read_text(encoding="utf-8")), None, None, STEP):
        tried(text)
