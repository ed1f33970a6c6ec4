"""What is saved for backward, against what autograd keeps in a training step, to the byte."""

import pytest

from netinspect.analysis.profile import profile
from netinspect.network.load import load


def kept_by_autograd(network):
    """Bytes of the distinct memories that a forward pass in training leaves for backward, parameters left out."""
    import torch

    from netinspect.torch_backend.build import build

    model = build(network).train()
    shapes = [given.value.type.shape for given in network.inputs]
    ours = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
    kept = {}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(*(torch.randn(shape) for shape in shapes))
    return sum(tensor.untyped_storage().nbytes() for place, tensor in kept.items() if place not in ours)


@pytest.mark.parametrize("name", ["mlp", "lenet5", "cnn64", "logmel_resnet", "resnet18", "self_attention"])
def test_saved_activations_are_what_autograd_keeps(name):
    network = load(name)
    assert profile(network).totals.saved_activation_bytes == kept_by_autograd(network)
