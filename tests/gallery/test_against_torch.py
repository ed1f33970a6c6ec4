"""torch agrees with every figure of the gallery: shapes, parameters and multiply-accumulates, layer by layer."""

import pytest

from netinspect import gallery
from netinspect.network import load


@pytest.mark.parametrize("name", [entry.name for entry in gallery.entries()])
def test_torch_agrees_layer_by_layer(name):
    from netinspect.torch_backend.verify import verify

    verification = verify(load(name))
    assert verification.differences == ()
    assert verification.layers > 0
