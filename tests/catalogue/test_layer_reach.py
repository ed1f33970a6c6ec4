"""The receptive field of every layer: inputs are changed one by one, and the outputs that change are those it says.

Only where the catalogue documents a bound may it say more.
"""

from __future__ import annotations

import numpy as np
import pytest

from netinspect.catalogue.formula import count
from tests.catalogue import engine
from tests.catalogue.engine import Case
from tests.catalogue.exceptions import BOUNDS, NOT_FOLLOWED
from tests.catalogue.layer_cases import LAYERS, accepted
from tests.catalogue.tally import REACH, compared


def _followed(one: Case) -> bool:
    name = one.entry.name
    estimated = one.given.get("scale_factor") == 0.7071  # no ratio of whole numbers up to 1000
    return not any(name.startswith(other) for other in NOT_FOLLOWED) and not one.given.get("inplace") and not estimated


def _is_bound(one: Case) -> bool:
    bound = any(one.entry.name.startswith(name) for name in BOUNDS)
    return bound or one.given.get("groups", 1) > 1 or one.given.get("mode") == "bicubic"


def _repeats_borders(one: Case) -> bool:
    mode = one.given.get("padding_mode", "zeros")
    return mode != "zeros" or one.entry.name.startswith(("Reflection", "Replication", "Circular"))


@pytest.mark.parametrize("name", [name for name in LAYERS if not any(name.startswith(other) for other in NOT_FOLLOWED)])
def test_an_output_depends_on_the_inputs_its_receptive_field_says(name):
    draw = np.random.default_rng(0)
    for one, result in [pair for pair in accepted(name) if _followed(pair[0])]:
        compared(REACH, name)
        source, target = one.operands[0].shape, result.outputs[0].shape
        inputs = sorted(draw.choice(count(source), min(count(source), 16), replace=False).tolist())
        depends = engine.dependence(one, dict(result.inferred), inputs)
        for flat in draw.choice(count(target), min(count(target), 16), replace=False).tolist():
            place = tuple(int(i) for i in np.unravel_index(flat, target)) if target else ()
            if _repeats_borders(one) and not engine.inside(result.reach, place, source):
                continue
            sees = np.zeros(source, dtype=bool)
            sees[np.ix_(*(sorted(axis) for axis in engine.seen(result.reach, place, source)))] = True
            said = sees.reshape(-1)[inputs]
            assert not (depends[flat] & ~said).any(), (one, place)
            assert _is_bound(one) or not (said & ~depends[flat]).any(), (one, place)
