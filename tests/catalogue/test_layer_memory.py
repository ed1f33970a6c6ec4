"""What autograd saves for backward, and which layers give their input's own memory back: as torch does on the CPU."""

from __future__ import annotations

import pytest

from tests.catalogue import engine
from tests.catalogue.engine import Case
from tests.catalogue.exceptions import OUTSIDE_AUTOGRAD
from tests.catalogue.layer_cases import LAYERS, accepted
from tests.catalogue.tally import KEPT, MEMORY, compared


@pytest.mark.parametrize("name", [name for name in LAYERS if name not in OUTSIDE_AUTOGRAD])
def test_backward_keeps_what_is_said(name):
    for one, result in accepted(name):
        if not _single_numbers(one):
            compared(KEPT, name)
            assert engine.kept_by_us(one, result) == engine.kept_by_torch(one, dict(result.inferred)), one


def _single_numbers(one: Case) -> bool:
    """torch refuses to train on these."""
    return "BatchNorm" in one.entry.name and one.operands[0].elements == one.operands[0].shape[1]


@pytest.mark.parametrize("name", LAYERS)
def test_a_view_is_told_from_a_copy(name):
    for one, result in accepted(name):
        compared(MEMORY, name)
        assert engine.shares_memory(one, dict(result.inferred)) == result.alias, one
