"""N003: what is not checked is said."""

import pytest

from netinspect.findings.rules.switched_off import RULE
from tests.findings.looking import found, on

SPEC = on("[8]", "Linear(4)")


def notes(rest, **options):
    return [note.message for note in found(RULE, SPEC + rest, **options)]


def test_macs_that_are_expected_are_not_checked_for_a_batch_of_two():
    (note,) = notes("expect: {macs: 32}\n", batch_size=2)
    assert note == "batch size 2: `macs` of `expect` is what one sample costs, and is not checked"


@pytest.mark.parametrize(
    ("rest", "batch_size"), [("expect: {macs: 32}\n", 1), ("expect: {params: 36, output: [4]}\n", 2), ("", 2)]
)
def test_what_is_checked_is_not_spoken_of(rest, batch_size):
    assert notes(rest, batch_size=batch_size) == []


def test_where_nothing_is_checked_it_is_said_once():
    (note,) = notes("expect: {macs: 32}\n", batch_size=2, input_shapes=[("input", (8,))])
    assert note.endswith("`expect` and `budget` are not checked")
