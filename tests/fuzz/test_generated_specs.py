"""Specs drawn from the catalogue: only the tool's own errors come out, and what is accepted torch confirms."""

import pytest
from hypothesis import HealthCheck, given, settings

import netinspect
from netinspect.torch_backend.batches import batch, noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.verify import verify
from tests.exporting.test_torch_source import assert_is_the_network, run
from tests.fuzz.generated import any_specs, sound_specs
from tests.fuzz.tried import elaborated, tried

MANY = settings(max_examples=settings.default.max_examples * 3, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=settings.default.max_examples // 2, suppress_health_check=list(HealthCheck))


FEW = settings(max_examples=settings.default.max_examples // 8, suppress_health_check=list(HealthCheck))


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


@pytest.mark.filterwarnings("ignore:dropout option adds dropout", "ignore:.*size that is different:UserWarning")
@FEW
@given(sound_specs())
def test_what_is_accepted_is_exported(text):
    network = netinspect.loads(text)
    try:
        run(build(network.graph).eval(), batch(network.graph, noise(network.graph, samples=2)))
    except (RuntimeError, NotImplementedError):  # torch does not compute it: complex numbers, whole ones
        return
    assert_is_the_network(network.export(), network.graph)
