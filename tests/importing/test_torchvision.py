"""torchvision's networks: each import proves itself, and one is read by eye."""

import os
from pathlib import Path

import pytest
import torch

import netinspect

pytestmark = [  # of GoogLeNet's heads, of ConvNeXt's scales, and of Swin, which shifts more windows on larger pictures
    pytest.mark.filterwarnings("ignore:.*has weights and is never called:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*begins with ones, and with another number:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*the model is not what its spec says:UserWarning"),
]

FAST = ("resnet18", "squeezenet1_1")
SLOW = ("alexnet", "mobilenet_v3_small", "shufflenet_v2_x0_5", "regnet_y_400mf")
LARGER = ("efficientnet_b0", "convnext_tiny", "googlenet", "maxvit_t")
TEXTS = {"resnet50": 42, "vit_b_16": 42, "densenet121": 60, "swin_t": 130}
"""The most lines that each may have."""
FOLDER = Path(__file__).parents[2] / "docs" / "imported"


def imported(torchvision_models, name, size=224):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        options = {"init_weights": False} if name == "googlenet" else {}  # else it warns that they will change
        model = getattr(torchvision_models, name)(weights=None, **options).eval()
    return model, netinspect.from_torch(model, torch.empty(1, 3, size, size))


def assert_is_the_model(model, network):
    with torch.device("meta"):
        keys = network.build(device="meta").state_dict()
    assert {key: value.shape for key, value in keys.items()} == {
        key: value.shape for key, value in model.state_dict().items()
    }
    assert network.profile().totals.params == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", [*FAST, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_a_network_of_torchvision(torchvision_models, name):
    assert_is_the_model(*imported(torchvision_models, name, size=128))


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGER)
def test_a_larger_network_of_torchvision(torchvision_models, name):
    assert_is_the_model(*imported(torchvision_models, name))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "most_lines"), TEXTS.items())
def test_a_text_to_read(torchvision_models, name, most_lines):
    """Those that docs/importing.md shows beside the gallery's; `NETINSPECT_UPDATE=1` writes them anew."""
    model, network = imported(torchvision_models, name)
    path = FOLDER / f"{name}.yaml"
    if os.environ.get("NETINSPECT_UPDATE"):
        path.write_text(network.spec, encoding="utf-8")
    assert network.spec == path.read_text(encoding="utf-8")
    assert len(network.spec.splitlines()) <= most_lines
    assert network.profile().totals.macs == netinspect.load(name).profile().totals.macs
    assert_is_the_model(model, network)
