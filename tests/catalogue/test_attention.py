"""Attention and Transformer layers against torch on meta: shapes, keys in order, counts, both refuse or both accept."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import TensorType as T
from tests.catalogue.kept import bytes_kept_by_torch, bytes_kept_by_us
from tests.catalogue.torch_side import agree, ours, refused

FLAGS = (True, False)
MHA = LAYERS["MultiheadAttention"]


@pytest.mark.parametrize(("bias", "add_bias_kv", "add_zero_attn", "first"), list(itertools.product(FLAGS, repeat=4)))
def test_every_combination_of_switches_is_as_torch(
    bias: bool, add_bias_kv: bool, add_zero_attn: bool, first: bool
) -> None:
    arguments = {
        "num_heads": 4, "bias": bias, "add_bias_kv": add_bias_kv, "add_zero_attn": add_zero_attn, "batch_first": first,
    }  # fmt: skip
    query = T((2, 3, 8))
    memory = T((2, 5, 8)) if first else T((5, 3, 8))
    for need, average in itertools.product(FLAGS, FLAGS):
        options = {"need_weights": need, "average_attn_weights": average}
        assert agree(MHA, {"query": query, **options}, arguments) is not None
        assert agree(MHA, {"query": query, "key": memory, "value": memory, **options}, arguments) is not None


@pytest.mark.parametrize(("kdim", "vdim"), list(itertools.product((None, 8, 6), (None, 8, 10))))
def test_keys_and_values_of_other_widths(kdim: int | None, vdim: int | None) -> None:
    arguments = {"num_heads": 2, "kdim": kdim, "vdim": vdim, "batch_first": True}
    for key, value in itertools.product((6, 8), (8, 10)):
        forward = {"query": T((2, 3, 8)), "key": T((2, 5, key)), "value": T((2, 5, value))}
        result = agree(MHA, forward, arguments)
        assert (result is not None) == ((kdim or 8, vdim or 8) == (key, value))


@settings(max_examples=40, deadline=None)
@given(
    batch=st.integers(1, 4), queries=st.integers(1, 6), keys=st.integers(1, 6), heads=st.integers(1, 4),
    size=st.integers(1, 12), other=st.integers(1, 6), need=st.booleans(), dtype=st.sampled_from(("bool", "float32")),
)  # fmt: skip
def test_any_sizes_and_masks_are_as_torch(
    batch: int, queries: int, keys: int, heads: int, size: int, other: int, need: bool, dtype: str
) -> None:
    forward = {
        "query": T((batch, queries, size)), "key": T((batch, keys, size)), "value": T((batch, other, size)),
        "key_padding_mask": T((batch, keys), dtype), "need_weights": need, "attn_mask": T((queries, keys), dtype),
    }  # fmt: skip
    agree(MHA, forward, {"num_heads": heads, "batch_first": True})


@pytest.mark.parametrize("mask", [(3, 5), (8, 3, 5), (5, 3), (4, 3, 5), (3,), (1, 3, 5)])
def test_masks_of_other_shapes(mask: tuple[int, ...]) -> None:
    for causal in FLAGS:
        forward = {"query": T((2, 3, 8)), "key": T((2, 5, 8)), "attn_mask": T(mask), "is_causal": causal}
        result = agree(MHA, forward, {"num_heads": 4, "batch_first": True})
        assert (result is not None) == (mask in ((3, 5), (8, 3, 5)))


def test_one_input_is_self_attention_and_two_share_the_second() -> None:
    arguments = {"num_heads": 2, "batch_first": True}
    alone = ours(MHA, {"query": T((1, 3, 8))}, arguments)
    assert str(alone.macs) == "4·3·8·8 + 2·3·3·8"
    assert str(alone.params) == "4·8·(8 + 1)"
    memory = T((1, 5, 8))
    two = ours(MHA, {"query": T((1, 3, 8)), "key": memory}, arguments)
    three = ours(MHA, {"query": T((1, 3, 8)), "key": memory, "value": memory}, arguments)
    # torch projects keys and values that are one tensor together
    assert two == replace(three, training=two.training)


def test_weights_are_an_output_only_if_they_are_needed() -> None:
    arguments = {"num_heads": 2, "batch_first": True}
    assert ours(MHA, {"query": T((2, 3, 8))}, arguments).outputs == (T((2, 3, 8)), T((2, 3, 3)))
    assert ours(MHA, {"query": T((2, 3, 8)), "need_weights": False}, arguments).outputs == (T((2, 3, 8)),)


# --- Transformer layers ------------------------------------------------------------------------


def layer_arguments() -> list[dict[str, Any]]:
    return [
        {"nhead": 2, "dim_feedforward": 7, "norm_first": norm, "bias": bias, "batch_first": first, "activation": act}
        for norm, bias, first, act in itertools.product(FLAGS, FLAGS, FLAGS, ("relu", "gelu"))
    ]


@pytest.mark.parametrize("arguments", layer_arguments(), ids=str)
def test_layers_and_stacks_are_as_torch(arguments: dict[str, Any]) -> None:
    first = arguments["batch_first"]
    src, tgt = (T((3, 5, 8)), T((3, 4, 8))) if first else (T((5, 3, 8)), T((4, 3, 8)))
    assert agree(LAYERS["TransformerEncoderLayer"], {"src": src}, arguments) is not None
    assert agree(LAYERS["TransformerDecoderLayer"], {"tgt": tgt, "memory": src}, arguments) is not None
    stacked = {"num_layers": 2, **arguments}
    assert agree(LAYERS["TransformerEncoder"], {"src": src}, stacked) is not None
    assert agree(LAYERS["TransformerDecoder"], {"tgt": tgt, "memory": src}, stacked) is not None
    both = {"num_encoder_layers": 2, "num_decoder_layers": 1, **arguments}
    assert agree(LAYERS["Transformer"], {"src": src, "tgt": tgt}, both) is not None


@settings(max_examples=20, deadline=None)
@given(
    batch=st.integers(1, 3), length=st.integers(1, 5), other=st.integers(1, 5), heads=st.integers(1, 3),
    size=st.integers(1, 9), width=st.integers(1, 9), kind=st.sampled_from(("bool", "float32")),
)  # fmt: skip
def test_masks_of_transformers_are_as_torch(
    batch: int, length: int, other: int, heads: int, size: int, width: int, kind: str
) -> None:
    arguments = {"nhead": heads, "dim_feedforward": width, "batch_first": True}
    encode = {"src": T((batch, length, size)), "src_key_padding_mask": T((batch, length), kind)}
    masked = {**encode, "src_mask": T((length, length), kind)}
    agree(LAYERS["TransformerEncoderLayer"], masked, arguments)
    stack = {**encode, "mask": T((length, length), kind), "is_causal": False}
    agree(LAYERS["TransformerEncoder"], stack, {"num_layers": 1, **arguments})
    decode = {
        "tgt": T((batch, other, size)), "memory": T((batch, length, size)), "tgt_mask": T((other, other), kind),
        "memory_mask": T((other, length), kind), "tgt_key_padding_mask": T((batch, other), kind),
        "memory_key_padding_mask": T((batch, length), kind),
    }  # fmt: skip
    agree(LAYERS["TransformerDecoderLayer"], decode, arguments)
    agree(LAYERS["TransformerDecoder"], {**decode, "tgt_is_causal": True}, {"num_layers": 1, **arguments})


def test_the_whole_transformer_meets_its_reference() -> None:
    result = agree(LAYERS["Transformer"], {"src": T((10, 32, 512)), "tgt": T((20, 32, 512))}, {"batch_first": False})
    assert result is not None
    assert (int(result.params), int(result.macs)) == (44_140_544, 21_276_917_760)


def test_a_mask_in_a_stack_has_to_say_whether_it_is_causal() -> None:
    forward = {"src": T((2, 5, 8)), "mask": T((5, 5))}
    arguments = {"num_layers": 1, "nhead": 2, "batch_first": True}
    assert refused(LAYERS["TransformerEncoder"], forward, arguments) == "E207"
    assert refused(LAYERS["TransformerEncoder"], {**forward, "is_causal": False}, arguments) is None
    assert refused(LAYERS["TransformerEncoder"], {"src": T((2, 5, 8)), "is_causal": True}, arguments) == "E202"


@pytest.mark.parametrize(
    ("name", "forward", "arguments", "code"),
    [
        ("MultiheadAttention", {"query": T((2, 3, 8))}, {"num_heads": 3}, "E206"),
        ("MultiheadAttention", {"query": T((2, 3, 8))}, {"num_heads": 2, "embed_dim": 9}, "E204"),
        ("MultiheadAttention", {"query": T((2, 8))}, {"num_heads": 2}, "E305"),
        ("MultiheadAttention", {"query": T((2, 3, 8), "int64")}, {"num_heads": 2}, "E306"),
        ("MultiheadAttention", {"query": T((2, 3, 8)), "key": T((2, 3, 6))}, {"num_heads": 2}, "E204"),
        ("MultiheadAttention", {"query": T((2, 3, 8)), "key": T((4, 3, 8))}, {"num_heads": 2}, "E303"),
        ("MultiheadAttention", {"query": T((2, 3, 8)), "is_causal": True}, {"num_heads": 2}, "E202"),
        ("TransformerEncoderLayer", {"src": T((2, 3, 8))}, {"nhead": 3}, "E206"),
        ("TransformerEncoderLayer", {"src": T((2, 3, 8))}, {"nhead": 2, "d_model": 4}, "E204"),
        ("TransformerEncoderLayer", {"src": T((2, 3, 8))}, {"nhead": 2, "activation": "tanh"}, "E213"),
        ("TransformerEncoder", {"src": T((2, 3, 8))}, {"nhead": 2, "num_layers": 0}, "E211"),
        ("TransformerDecoderLayer", {"tgt": T((2, 3, 8)), "memory": T((2, 3, 6))}, {"nhead": 2}, "E303"),
        ("Transformer", {"src": T((2, 3, 8)), "tgt": T((3, 3, 8))}, {"nhead": 2}, "E303"),
    ],
)
def test_mistakes_have_their_codes(name: str, forward: dict[str, Any], arguments: dict[str, Any], code: str) -> None:
    assert refused(LAYERS[name], forward, {**arguments, "batch_first": True}) == code


SEQ = T((3, 5, 8))


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize(
    ("name", "forward", "heads"),
    [
        ("MultiheadAttention", {"query": SEQ, "key": T((3, 6, 8)), "value": T((3, 6, 8))}, "num_heads"),
        ("TransformerEncoderLayer", {"src": SEQ}, "nhead"),
    ],
)
def test_backward_keeps_as_many_bytes_as_torch(name: str, forward: dict[str, T], heads: str, dropout: float) -> None:
    for activation in ("relu", "gelu"):
        arguments: dict[str, Any] = {heads: 2, "batch_first": True, "dropout": dropout}
        if heads == "nhead":
            arguments |= {"activation": activation, "dim_feedforward": 16}
        result = ours(LAYERS[name], forward, arguments)
        theirs = bytes_kept_by_torch(LAYERS[name], forward, {**arguments, **dict(result.inferred)})
        assert bytes_kept_by_us(result, list(forward.values())) == theirs


def test_they_take_names_only_and_must_say_batch_first() -> None:
    names = ("MultiheadAttention", *(name for name in LAYERS if name.startswith("Transformer")))
    assert len(names) == 6
    for name in names:
        batch_first = LAYERS[name].argument("batch_first")
        assert batch_first is not None
        assert batch_first.must_say
        assert LAYERS[name].unnamed == ()


def test_every_output_sees_the_whole_sequence() -> None:
    for first, axis in ((True, 1), (False, 0)):
        result = ours(MHA, {"query": T((2, 3, 8))}, {"num_heads": 2, "batch_first": first})
        assert result.reach.mixes == (axis, 2)
        for name, forward in (("TransformerEncoderLayer", {"src": SEQ}), ("Transformer", {"src": SEQ, "tgt": SEQ})):
            layer = ours(LAYERS[name], forward, {"nhead": 2, "batch_first": first})
            assert layer.reach.mixes == (axis, 2)
