"""torch confirms every figure of every network of the gallery."""

import pytest

from netinspect import gallery_specs
from netinspect.network.load import load
from netinspect.torch_backend.verify import verify


@pytest.mark.parametrize("name", [entry.name for entry in gallery_specs.entries()])
def test_torch_agrees(name):
    verification = verify(load(name))
    assert verification.differences == ()
    assert verification.unchecked == ()
    assert verification.torchinfo_layers == verification.layers > 0
