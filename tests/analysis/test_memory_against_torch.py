"""What is saved for backward, against what autograd keeps in a training step, to the byte."""

import textwrap

import pytest

import netinspect
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


TRAINED_IN_PART = {
    "queries, keys and values are one tensor": """
        layers:
          - x: Linear(8)
          - (x, x, x): MultiheadAttention(num_heads=2, batch_first=True)
        """,
    "a mask that is learned": """
        parameters: {mask: [5, 5]}
        layers:
          - x: Linear(8)
          - (x, attn_mask=mask, need_weights=False): MultiheadAttention(num_heads=2, batch_first=True)
        """,
    "frozen attention to what is learned": """
        layers:
          - x: Linear(8)
          - attention(input, x): MultiheadAttention(num_heads=2, batch_first=True)
        frozen: [attention]
        """,
    "the first of two layers is frozen": """
        layers:
          - encoder: TransformerEncoder(num_layers=2, nhead=2, dim_feedforward=6, batch_first=True)
        frozen: [encoder.layers.0]
        """,
}


@pytest.mark.parametrize("text", TRAINED_IN_PART.values(), ids=TRAINED_IN_PART)
def test_a_network_that_is_trained_in_part_keeps_what_autograd_keeps(text):
    network = netinspect.loads("name: net\ninput: [5, 8]\n" + textwrap.dedent(text))
    assert network.profile().totals.saved_activation_bytes == kept_by_autograd(network.graph)


@pytest.mark.parametrize("name", ["mlp", "lenet5", "cnn64", "logmel_resnet", "resnet18", "self_attention"])
def test_saved_activations_are_what_autograd_keeps(name):
    network = load(name)
    assert profile(network).totals.saved_activation_bytes == kept_by_autograd(network)
