"""torchvision's figures, keys and outputs are those of the gallery's networks from DenseNet to Swin."""

import pytest
import torch

from netinspect.analysis.profile import profile
from netinspect.network.load import load
from netinspect.torch_backend.build import build

NETWORKS = """
    densenet121 densenet161 densenet169 densenet201 googlenet inception_v3 squeezenet1_1
    mobilenet_v3_large mobilenet_v3_small mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3
    shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0
    resnext50_32x4d resnext101_32x8d resnext101_64x4d wide_resnet50_2 wide_resnet101_2
    efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3
    efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7
    convnext_tiny convnext_small convnext_base convnext_large swin_t swin_s swin_b
""".split()

RUN = """
    densenet121 googlenet inception_v3 squeezenet1_1 mobilenet_v3_large mobilenet_v3_small mnasnet1_0
    shufflenet_v2_x1_0 resnext50_32x4d wide_resnet50_2 efficientnet_b0 efficientnet_b1 convnext_tiny swin_t
""".split()
"""One network of each kind, and a scaled one: those whose outputs are compared."""

AUXILIARY = {"inception_v3": 27_161_264 - 23_834_568}
"""Parameters of the heads that only training uses, where torchvision's figure counts them."""


def published(models, name):
    """torchvision's record of its first weights of a network."""
    (weights,) = [weights for weights in models.get_model_weights(name) if weights.name == "IMAGENET1K_V1"]
    return weights.meta


def torchvisions(models, name):
    """A network of torchvision as it runs at inference with its published weights, here with random ones."""
    options = {}
    if name in ("googlenet", "inception_v3"):
        options = {"aux_logits": False, "init_weights": False, "transform_input": True}
    return getattr(models, name)(weights=None, **options).eval()


def without_index(state):
    """A state dict without Swin's buffers: where a pair of tokens stands in the table, which a spec computes."""
    return {key: value for key, value in state.items() if not key.endswith("relative_position_index")}


def kinds(state):
    return [(key, value.shape, value.dtype) for key, value in state.items()]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_figures_are_those_that_torchvision_publishes(torchvision_models, name):
    meta = published(torchvision_models, name)
    network = load(name)
    totals = profile(network).totals
    assert totals.params == meta["num_params"] - AUXILIARY.get(name, 0)
    assert round(totals.macs / 1e9, 3) == meta["_ops"]
    accuracy = meta["_metrics"]["ImageNet-1K"]
    assert (network.results["imagenet_top1"], network.results["imagenet_top5"]) == (
        accuracy["acc@1"],
        accuracy["acc@5"],
    )
    assert network.results["source"].endswith("_Weights.IMAGENET1K_V1")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_state_dict_has_torchvisions_keys_and_shapes_in_its_order(torchvision_models, name):
    with torch.device("meta"):
        theirs = kinds(without_index(torchvisions(torchvision_models, name).state_dict()))
    ours = kinds(build(load(name), device="meta").state_dict())
    if name.startswith("swin"):  # torchvision makes `reduction` before `norm`, and calls it after
        ours, theirs = sorted(ours, key=repr), sorted(theirs, key=repr)
    assert ours == theirs


def with_random_numbers(model):
    """Every parameter and statistic that starts at 0, 1 or next to nothing gets a value that matters."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1 or parameter.abs().max() < 1e-3:
                parameter.normal_(0.5, 0.1)
        for key, buffer in model.named_buffers():
            if key.endswith("running_mean"):
                buffer.normal_(0.0, 0.1)
            elif key.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
def test_torchvisions_weights_give_torchvisions_outputs(torchvision_models, name):
    torch.manual_seed(0)
    theirs = with_random_numbers(torchvisions(torchvision_models, name))
    network = load(name)
    ours = build(network).eval()
    ours.load_state_dict(without_index(theirs.state_dict()), strict=True)
    x = torch.randn(2, *network.inputs[0].value.type.shape[1:])
    with torch.no_grad():
        expected = theirs(x)
        assert expected.std() > 0.01
        assert torch.equal(ours(x), expected)
