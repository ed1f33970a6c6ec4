"""Skips are found in the graph, and gradients are those that torch gives with and without them."""

import pytest
import torch

from netinspect.network.load import load
from netinspect.torch_backend.batches import batch, noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.gradients import gradients
from netinspect.torch_backend.studies.skips import depths, skip_operands


def skips_of(net):
    return {call.path: positions for call, positions in skip_operands(net).items()}


def test_the_skips_of_a_resnet():
    found = skips_of(load("resnet18"))
    assert len(found) == 8
    assert set(found.values()) == {(1,)}  # the projected ones too
    assert len(skip_operands(load("resnet50"))) == 16


@pytest.mark.parametrize(("name", "count"), [("alexnet", 0), ("lenet5", 0), ("unet", 4), ("densenet121", 58)])
def test_other_networks(name, count):
    assert len(skip_operands(load(name))) == count


def test_the_skips_of_transformers():
    found = skips_of(load("gpt2", assignments=[("depth", "2")]))
    assert len(found) == 4  # around attention and around the MLP, and not where positions are added
    assert len(skip_operands(load("vit_b_16", assignments=[("depth", "2")]))) == 4


def test_what_is_spread_over_the_places_of_a_map_is_no_skip(network):
    net = network("""
        input: [4, 8, 8]
        layers:
          - a: Conv2d(4, kernel_size=1)
          - b: Conv2d(4, kernel_size=1)
          - whole(a): AdaptiveAvgPool2d(1)
          - add(b, whole)
    """)
    assert skip_operands(net) == {}


def test_branches_of_an_inception_block_are_no_skips():
    assert skip_operands(load("googlenet")) == {}


def test_depth_is_the_longest_path():
    net = load("resnet18")
    assert max(depths(net).values()) == 35  # 18 layers, and a BatchNorm after each but the last


SKIP = """
    input: [6]
    layers:
      - a: Linear(6)
      - Tanh
      - b: Linear(6)
      - add(a, b)
      - c: Linear(2)
"""


def test_gradients_are_torchs(network):
    net = network(SKIP)
    model = build(net)
    rows = {row.path: row for row in gradients(model, net, noise(net, samples=3), seed=5)}
    assert {row.type for row in rows.values()} == {"Linear"}
    (x,) = batch(net, noise(net, samples=3))
    target = torch.randn((3, 2), generator=torch.Generator().manual_seed(5))
    for with_skip in (True, False):
        model.zero_grad()
        a = model.a(x)
        b = model.b(a.tanh())
        (model.c(a + b if with_skip else b) * target).sum().backward()
        for name in "abc":
            wanted = float(getattr(model, name).weight.grad.square().mean().sqrt())
            found = rows[name].gradient if with_skip else rows[name].without_skips
            assert found == pytest.approx(wanted, rel=1e-5)
    assert [rows[name].depth for name in "abc"] == [1, 2, 3]
    assert rows["a"].weight == pytest.approx(float(model.a.weight.detach().square().mean().sqrt()))


def test_the_model_comes_back_as_it_was(network):
    net = network(SKIP + "\n    frozen: [a]\n")
    model = build(net)
    rows = gradients(model, net, noise(net))
    assert rows[0].gradient > 0  # frozen, and asked all the same
    assert not model.a.weight.requires_grad
    assert model.b.weight.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model.training


def test_without_skips_there_is_nothing_to_compare():
    net = load("lenet5")
    assert {row.without_skips for row in gradients(build(net), net, noise(net))} == {None}


def test_skips_carry_the_gradient_through_a_deep_network():
    net = load("resnet34", input_shapes=[("", (3, 32, 32))])
    rows = gradients(build(net), net, noise(net))
    assert rows[0].gradient > 3 * rows[0].without_skips


@pytest.mark.parametrize("name", ["bilstm", "rnn", "self_attention", "siamese"])
def test_every_layer_of_other_kinds_of_networks_is_reached(name):
    net = load(name)
    rows = gradients(build(net), net, noise(net, samples=2))
    layers = {call.path for call in net.calls if call.module is not None and not call.again and call.result.parameters}
    assert {row.path for row in rows} == layers
    assert all(0 < row.gradient < 1e6 for row in rows)


def test_which_layers_have_numbers_for_each_unit_only(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: [3, 8, 8]\nlayers:\n  - Conv2d(4, kernel_size=3)\n  - BatchNorm2d\n  - PReLU\n", "utf-8")
    network = load(path)
    by_layer = gradients(build(network), network, noise(network))
    assert [layer.by_unit for layer in by_layer] == [False, True, True]
