"""torchvision's figures, keys and outputs are those of the gallery's networks for video."""

import pytest
import torch

from netinspect.analysis.profile import profile
from netinspect.network.load import load
from netinspect.torch_backend.build import build
from tests.conformance.test_more_torchvision import kinds, with_random_numbers

NETWORKS = ("r3d_18", "mc3_18", "r2plus1d_18")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_figures_are_those_that_torchvision_publishes(torchvision_models, name):
    meta = torchvision_models.get_model_weights(name).KINETICS400_V1.meta
    network = load(name)
    totals = profile(network).totals
    assert totals.params == meta["num_params"]
    assert round(totals.macs / 1e9, 3) == meta["_ops"]
    accuracy = meta["_metrics"]["Kinetics-400"]
    assert (network.results["kinetics400_top1"], network.results["kinetics400_top5"]) == (
        accuracy["acc@1"],
        accuracy["acc@5"],
    )
    assert network.results["source"].endswith("_Weights.KINETICS400_V1")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_state_dict_has_torchvisions_keys_and_shapes_in_its_order(torchvision_models, name):
    with torch.device("meta"):
        theirs = kinds(getattr(torchvision_models.video, name)(weights=None).state_dict())
    assert kinds(build(load(name), device="meta").state_dict()) == theirs


@pytest.mark.parametrize("name", NETWORKS)
def test_torchvisions_weights_give_torchvisions_outputs(torchvision_models, name):
    torch.manual_seed(0)
    theirs = with_random_numbers(getattr(torchvision_models.video, name)(weights=None).eval())
    ours = build(load(name)).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(2, 3, 8, 56, 56)  # a clip may be of any size
    with torch.no_grad():
        expected = theirs(x)
        assert expected.std() > 0.01
        assert torch.equal(ours(x), expected)
