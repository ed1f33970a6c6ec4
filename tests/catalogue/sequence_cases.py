"""Calls of every layer that runs over a sequence, chosen by hand: recurrent layers and cells, attention, Transformers.

A case is the constructor's arguments and the tensors of the call, by name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from netinspect.catalogue.entry import TensorType as T

Case = tuple[dict[str, Any], dict[str, Any]]
FLAGS = (True, False)
SEQUENCE, OTHER = T((3, 5, 8)), T((3, 4, 8))


def recurrent(name: str) -> Iterator[Case]:
    extra = {"LSTM": {"proj_size": 3}, "RNN": {"nonlinearity": "relu"}, "GRU": {"bias": True}}[name]
    for layers, bias, first, both in itertools.product((1, 2, 3), FLAGS, FLAGS, FLAGS):
        sizes = {"hidden_size": 5, "num_layers": layers, "bias": bias, "batch_first": first, "bidirectional": both}
        yield sizes, {"input": T((3, 4, 7))}
        yield {**sizes, **extra}, {"input": T((3, 4, 7))}
        yield {**sizes, "dropout": 0.2}, {"input": T((3, 4, 7))}
        state = (layers * (2 if both else 1), 3 if first else 4, 5)
        yield sizes, {"input": T((3, 4, 7)), **{key: T(state) for key in states(name)}}


def states(name: str) -> tuple[str, ...]:
    return ("h_0", "c_0") if name.startswith("LSTM") else ("h_0",)


def cells(name: str) -> Iterator[Case]:
    for bias in FLAGS:
        yield {"hidden_size": 5, "bias": bias}, {"input": T((3, 7))}
        yield {"hidden_size": 5, "bias": bias}, {"input": T((3, 7)), **{key: T((3, 5)) for key in states(name)}}


def attention() -> Iterator[Case]:
    for first, weights, bias, dropout in itertools.product(FLAGS, FLAGS, FLAGS, (0.0, 0.5)):
        base = {"num_heads": 2, "batch_first": first, "bias": bias, "dropout": dropout}
        queries, keys = (SEQUENCE, OTHER) if first else (T((5, 3, 8)), T((4, 3, 8)))
        asked = {"need_weights": weights}
        yield base, {"query": queries, **asked}
        yield base, {"query": queries, "key": keys, **asked}
        yield base, {"query": queries, "key": keys, "value": keys, **asked}
        yield {**base, "add_bias_kv": True}, {"query": queries, "key": keys, **asked}
        yield {**base, "add_zero_attn": True}, {"query": queries, **asked}
        narrow = T((*keys.shape[:2], 6))
        yield {**base, "kdim": 6, "vdim": 6}, {"query": queries, "key": narrow, **asked}
        for mask in (T((5, 4), "bool"), T((6, 5, 4))):
            yield base, {"query": queries, "key": keys, "attn_mask": mask, **asked}
        yield base, {"query": queries, "key": keys, "key_padding_mask": T((3, 4), "bool"), **asked}
        yield base, {"query": queries, "attn_mask": T((5, 5)), "is_causal": True, **asked}
        yield base, {"query": queries, "average_attn_weights": False, **asked}


def transformers(name: str) -> Iterator[Case]:
    tensors = {"tgt": SEQUENCE, "memory": OTHER} if "Decoder" in name else {"src": SEQUENCE}
    if name == "Transformer":
        tensors = {"src": OTHER, "tgt": SEQUENCE}
    counts: dict[str, int] = {}
    if name in ("TransformerEncoder", "TransformerDecoder"):
        counts = {"num_layers": 2}
    elif name == "Transformer":
        counts = {"num_encoder_layers": 2, "num_decoder_layers": 3}
    swapped = {key: T((kind.shape[1], kind.shape[0], kind.shape[2])) for key, kind in tensors.items()}
    for before, first, bias, dropout in itertools.product(FLAGS, FLAGS, FLAGS, (0.0, 0.1)):
        for activation in ("relu", "gelu"):
            arguments = {"nhead": 2, "dim_feedforward": 6, "norm_first": before, "batch_first": first, "bias": bias}
            more = {"dropout": dropout, "activation": activation}
            yield {**arguments, **counts, **more}, tensors if first else swapped
    sizes = {"nhead": 2, "dim_feedforward": 6, "batch_first": True, "dropout": 0.0, **counts}
    for masks in _masks(name):
        yield sizes, {**tensors, **masks}


def _masks(name: str) -> Iterator[dict[str, Any]]:
    """Masks of positions and of padding, of bools and of numbers, alone and together, and those said to be causal."""
    is_decoder = "Decoder" in name
    own, length = ("tgt", 5) if is_decoder or name == "Transformer" else ("src", 5)
    positions = "mask" if name == "TransformerEncoder" else f"{own}_mask"
    said = {"TransformerEncoder": "is_causal", "TransformerEncoderLayer": "is_causal"}.get(name, f"{own}_is_causal")
    hint = {} if name.endswith("Layer") else {said: False}
    for kind in ("bool", "float32"):
        square, padding = T((length, length), kind), {f"{own}_key_padding_mask": T((3, length), kind)}
        yield {positions: square, **hint}
        yield {positions: square, said: True}
        yield padding
        yield {positions: square, **hint, **padding}
        if own == "tgt":
            yield {"memory_mask": T((5, 4), kind)}
            yield {"memory_key_padding_mask": T((3, 4), kind)}
        if name == "Transformer":
            yield {"src_mask": T((4, 4), kind), "src_is_causal": False}
            yield {"src_key_padding_mask": T((3, 4), kind)}


CASES: dict[str, list[Case]] = {
    **{name: list(recurrent(name)) for name in ("RNN", "LSTM", "GRU")},
    **{name: list(cells(name)) for name in ("RNNCell", "LSTMCell", "GRUCell")},
    "MultiheadAttention": list(attention()),
    **{
        name: list(transformers(name))
        for name in (
            "TransformerEncoderLayer",
            "TransformerEncoder",
            "TransformerDecoderLayer",
            "TransformerDecoder",
            "Transformer",
        )
    },
}
