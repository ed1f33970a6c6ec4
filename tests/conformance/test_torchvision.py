"""torchvision's own weights load into the gallery's networks and give the same outputs."""

import pytest
import torch

from netinspect.network.load import load
from netinspect.torch_backend.build import build

NETWORKS = ["alexnet", "vgg16", "resnet18", "resnet50", "resnet152", "mobilenet_v2", "vit_b_16"]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_state_dict_has_torchvisions_keys_and_shapes_in_its_order(torchvision_models, name):
    with torch.device("meta"):
        theirs = getattr(torchvision_models, name)(weights=None).state_dict()
    ours = build(load(name), device="meta").state_dict()
    assert [(key, value.shape, value.dtype) for key, value in ours.items()] == [
        (key, value.shape, value.dtype) for key, value in theirs.items()
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_torchvisions_weights_give_torchvisions_outputs(torchvision_models, name):
    torch.manual_seed(0)
    theirs = getattr(torchvision_models, name)(weights=None).eval()
    if name == "vit_b_16":  # torchvision starts the head at zero, which would hide everything before it
        torch.nn.init.normal_(theirs.heads.head.weight, std=0.02)
    ours = build(load(name)).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))
