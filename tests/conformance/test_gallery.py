"""torch confirms every figure of every network of the gallery."""

import pytest

from netinspect.network.load import load
from netinspect.torch_backend.verify import verify
from tests.gallery_readings import NAMES, SHORT, gallery_reading


@pytest.mark.parametrize("name", NAMES)
def test_torch_agrees(name):
    network = load(name, input_shapes=[("", SHORT[name])]) if name in SHORT else gallery_reading(name).network
    verification = verify(network)
    assert verification.differences == ()
    assert verification.unchecked == ()
    assert verification.torchinfo_layers == verification.layers > 0
