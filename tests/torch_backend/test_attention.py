"""Attention weights head by head: rows add up to 1, and times the values they give what the layer gives."""

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from netinspect.network.load import load
from netinspect.torch_backend.batches import batch, noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.record import AttentionLog, attention_watched, attention_weights, record


def attention_of(net):
    model = build(net)
    recording = record(model, net, noise(net, samples=2))
    for attention in recording.attention:
        assert np.allclose(attention.values.sum(axis=-1), 1, atol=1e-5)
        assert (attention.values >= 0).all()
    with torch.no_grad():
        result = model.eval()(*batch(net, recording.inputs))
    first = result if isinstance(result, torch.Tensor) else result[0]
    assert np.allclose(recording.outputs[0][1], first.numpy(), atol=1e-5)
    return {attention.path: attention.values for attention in recording.attention}


@pytest.mark.parametrize("answers", ["attn", "attn.attn_output_weights"])
def test_a_layer_is_asked_for_every_head_and_gives_what_it_gave(network, answers):
    net = network(f"""
        input: {{time: 5, features: 8}}
        layers:
          - attn: MultiheadAttention(num_heads=2, batch_first=True)
        outputs: {{out: {answers}}}
    """)
    (weights,) = attention_of(net).values()
    assert weights.shape == (2, 2, 5, 5)


@pytest.mark.parametrize(
    ("options", "shape"),
    [({}, (2, 5, 5)), ({"need_weights": False}, None), ({"average_attn_weights": False}, (2, 2, 5, 5))],
)
def test_the_caller_is_given_what_it_asked_for(options, shape):
    layer, log = torch.nn.MultiheadAttention(8, 2, batch_first=True), AttentionLog(load("lenet5"))
    x = torch.randn(2, 5, 8)
    with attention_watched(layer, log), torch.no_grad():
        _, weights = layer(x, x, x, **options)
    with torch.no_grad():
        _, by_head = layer(x, x, x, average_attn_weights=False)  # torch itself, unwatched
    assert (None if weights is None else tuple(weights.shape)) == shape
    assert np.allclose(log.found[0].values, by_head.numpy(), atol=1e-6)
    assert not layer._forward_hooks
    assert not layer._forward_pre_hooks


def test_inside_a_transformer_encoder(network):
    net = network("""
        input: {time: 5, features: 8}
        layers:
          - encoder: TransformerEncoder(num_layers=2, nhead=2, dim_feedforward=16, batch_first=True)
    """)
    found = attention_of(net)
    assert list(found) == ["encoder.layers.0.self_attn", "encoder.layers.1.self_attn"]
    assert all(weights.shape == (2, 2, 5, 5) for weights in found.values())


def test_a_layer_of_its_own_and_a_decoder(network):
    net = network("""
        inputs: {x: {time: 5, features: 8}, memory: {time: 7, features: 8}}
        layers:
          - TransformerEncoderLayer(nhead=2, dim_feedforward=16, batch_first=True)
          - decoder(x, memory): TransformerDecoderLayer(nhead=4, dim_feedforward=16, batch_first=True)
    """)
    found = attention_of(net)
    assert {path: weights.shape for path, weights in found.items()} == {
        "0.self_attn": (2, 2, 5, 5),
        "decoder.self_attn": (2, 4, 5, 5),
        "decoder.multihead_attn": (2, 4, 5, 7),
    }


def test_a_layer_that_is_called_again_is_numbered(network):
    net = network("""
        input: {time: 5, features: 8}
        layers:
          - attn: MultiheadAttention(num_heads=2, batch_first=True)
          - attn(prev)
    """)
    assert list(attention_of(net)) == ["attn", "attn#2"]


def test_the_function_in_gpt2():
    net = load("gpt2", assignments=[("tokens", "6"), ("depth", "2"), ("width", "24"), ("heads", "3"), ("vocab", "50")])
    found = attention_of(net)
    assert list(found) == [f"transformer.h.{i}.attn.scaled_dot_product_attention" for i in range(2)]
    first = found["transformer.h.0.attn.scaled_dot_product_attention"]
    assert first.shape == (2, 3, 6, 6)
    assert not np.triu(first, 1).any()  # no token sees a later one


def test_attention_written_out_in_functions():
    (weights,) = attention_of(load("self_attention")).values()
    assert weights.shape == (2, 1, 10, 10)


def test_a_softmax_over_classes_is_no_attention():
    assert attention_of(load("logmel_cnn")) == {}


def test_every_head_of_a_vit():
    net = load("vit_b_16", assignments=[("depth", "2")], input_shapes=[("", (3, 32, 32))])
    found = attention_of(net)
    assert [weights.shape for weights in found.values()] == [(2, 12, 5, 5)] * 2


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 0.3},
        {"attn_mask": torch.rand(5, 7, generator=torch.Generator().manual_seed(1)) > 0.3},
        {"attn_mask": torch.rand(3, 1, 5, 7)},
    ],
)
def test_recomputed_weights_give_torchs_result(options):
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 4, 5, 8), torch.randn(3, 4, 7, 8), torch.randn(3, 4, 7, 6)
    if "attn_mask" in options and options["attn_mask"].dtype is torch.bool:
        options["attn_mask"][:, 0] = True
    weights = attention_weights(query, key, value, **options)
    assert torch.allclose(weights @ value, scaled_dot_product_attention(query, key, value, **options), atol=1e-5)


def test_grouped_queries_and_attention_without_heads():
    torch.manual_seed(0)
    query, key = torch.randn(2, 4, 5, 8), torch.randn(2, 2, 5, 8)
    weights = attention_weights(query, key, enable_gqa=True)
    wanted = scaled_dot_product_attention(query, key, key, enable_gqa=True)
    assert torch.allclose(weights @ key.repeat_interleave(2, 1), wanted, atol=1e-5)
    assert attention_weights(query[:, 0], key[:, 0]).shape == (2, 1, 5, 5)
