"""Specs drawn from the catalogue: only the tool's own errors come out, and what is accepted torch confirms."""

import pytest
from hypothesis import HealthCheck, given, settings

from netinspect.torch_backend.verify import verify
from tests.fuzz.generated import any_specs, sound_specs
from tests.fuzz.tried import elaborated, tried

MANY = settings(max_examples=settings.default.max_examples * 3, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=settings.default.max_examples // 2, suppress_health_check=list(HealthCheck))


@MANY
@given(any_specs())
def test_only_the_tools_own_errors_come_out(text):
    tried(text)


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")  # of one recurrent layer: torch says so, and runs it
@SOME
@given(sound_specs())
def test_what_is_accepted_is_confirmed_by_torch(text):
    assert tried(text) is not None
    differences = verify(elaborated(text)).differences
    assert differences == (), text
