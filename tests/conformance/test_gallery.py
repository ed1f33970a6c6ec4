"""torch confirms every figure of every network of the gallery."""

import pytest

from netinspect import gallery_specs
from netinspect.network.load import load
from netinspect.torch_backend.verify import verify

SHORT = {"umxhq": (2, 2049, 12), "umxl": (2, 2049, 12), "umxse": (1, 513, 12), "demucs": (2, 44100)}
"""On the meta device a recurrent layer takes as many calls as there are steps, so these are shown fewer."""


@pytest.mark.parametrize("name", [entry.name for entry in gallery_specs.entries()])
def test_torch_agrees(name):
    verification = verify(load(name, input_shapes=[("", SHORT[name])] if name in SHORT else ()))
    assert verification.differences == ()
    assert verification.unchecked == ()
    assert verification.torchinfo_layers == verification.layers > 0
