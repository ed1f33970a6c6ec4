"""A unit is dead if it is zero everywhere, over all inputs and places."""

import numpy as np
import pytest
import torch

from netinspect.errors import InputError
from netinspect.network.load import load
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.health import health


@pytest.fixture
def net(network):
    return network("""
        input: [1, 6, 6]
        layers:
          - conv: Conv2d(3, kernel_size=3)
          - relu: ReLU
          - Flatten
          - fc: Linear(4)
          - act: ReLU
    """)


@pytest.fixture
def model(net):
    """The second channel never speaks; the third only for bright inputs."""
    model = build(net)
    with torch.no_grad():
        model.conv.weight.zero_()
        model.conv.bias.copy_(torch.tensor([1.0, -1.0, -100.0]))
        model.conv.weight[2] = 5
    return model


def test_silent_units_are_found(net, model):
    first, second = health(model, net, [noise(net)])
    assert (first.path, first.type, first.inputs) == ("relu", "ReLU", 1)
    assert first.silent.tolist() == [False, True, True]
    assert first.largest[0] == 1
    assert second.path == "act"
    assert second.largest.shape == (4,)


def test_all_inputs_count(net, model):
    (bright,) = noise(net)
    (dim,) = noise(net)
    bright = type(bright)(bright.input, "bright", np.full((1, 1, 6, 6), 10, np.float32), bright.axes)
    for batches in ([[dim], [bright]], [[bright], [dim]], [[dim, bright]]):
        assert health(model, net, batches)[0].silent.tolist() == [False, True, False]
    assert health(model, net, [[dim], [bright]])[0].inputs == 2


def test_with_few_inputs_a_unit_is_not_called_dead(net, model):
    assert health(model, net, [noise(net, samples=31)])[0].word == "silent for these inputs"
    assert health(model, net, [noise(net, samples=16), noise(net, samples=16)])[0].word == "dead"


def test_a_batch_at_a_time(net, model):
    drawn = []

    def batches():
        for number in range(3):
            drawn.append(number)
            yield noise(net, seed=number)

    assert health(model, net, batches())[0].inputs == 3
    assert drawn == [0, 1, 2]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_not_silent_and_said(net, model, value):
    with torch.no_grad():
        model.conv.bias[0] = value
    first, second = health(model, net, [noise(net), noise(net, seed=1)])
    assert first.silent.tolist() == [False, True, True]
    assert first.not_finite.tolist() == [True, False, False]
    assert second.not_finite.any()


def test_one_input_of_several_is_enough(net, model):
    bad = noise(net)[0]
    bad = type(bad)(bad.input, "bad", np.full((1, 1, 6, 6), np.nan, np.float32), bad.axes)
    for batches in ([[bad], noise(net)], [noise(net), [bad]]):
        assert health(model, net, batches)[0].not_finite.all()


def test_chosen_layers_and_networks_without_activations(net, model, network):
    assert [row.path for row in health(model, net, [noise(net)], paths=["conv"])] == ["conv"]
    with pytest.raises(InputError, match="there is no layer `cnv`"):
        health(model, net, [noise(net)], paths=["cnv"])
    linear = network("input: [4]\nlayers:\n  - fc: Linear(3)\n")
    assert [row.path for row in health(build(linear), linear, [noise(linear)])] == ["fc"]


def test_features_last_are_units_too():
    net = load("transformer", assignments=[("depth", "1")])
    (row,) = health(build(net), net, [noise(net)])
    assert row.largest.shape == (2048,)
