"""Backward MACs, against what FlopCounterMode counts in a training step on the meta device.

Networks with grouped convolutions are left out: the counter's backward formula is wrong for them.
"""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import netinspect


def backward_macs(network):
    """What the counter adds for backward, halved to multiply-accumulates."""
    model = network.build(device="meta").train()
    given = [
        torch.empty(each.value.type.shape, dtype=getattr(torch, each.value.type.dtype), device="meta")
        for each in network.graph.inputs
    ]
    with FlopCounterMode(display=False) as counter:
        output = model(*given)
        forward = counter.get_total_flops()
        (output[0] if isinstance(output, tuple) else output).sum().backward()
    return (counter.get_total_flops() - forward) // 2


@pytest.mark.parametrize(
    "name", ["mlp", "lenet", "cnn64", "alexnet", "resnet18", "unet", "logmel_resnet", "self_attention", "googlenet"]
)
def test_a_backward_pass_costs_what_torch_counts(name):
    network = netinspect.load(name)
    assert network.profile().totals.backward_macs == backward_macs(network)
