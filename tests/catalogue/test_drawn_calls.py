"""Every function, and every layer with a sequence, is held against torch over calls that hypothesis draws from its
entry: both refuse, or both accept and say the same, on meta and on the CPU."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netinspect.catalogue import ENTRIES
from tests.catalogue.function_cases import uncounted_macs
from tests.catalogue.function_strategies import calls
from tests.catalogue.layer_cases import LAYERS
from tests.catalogue.torch_side import agree

DRAWN = {entry.name: entry for entry in ENTRIES if entry.name not in LAYERS}


@pytest.mark.parametrize("name", DRAWN)
@settings(max_examples=settings.default.max_examples // 6, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_catalogue_and_torch_agree_on_drawn_calls(name: str, data: st.DataObject) -> None:
    entry = DRAWN[name]
    forward, arguments = data.draw(calls(entry))
    macs = None if entry.is_layer else uncounted_macs(name, forward)
    agree(entry, forward, arguments if entry.is_layer else None, macs)
