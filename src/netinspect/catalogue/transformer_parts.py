"""What Transformer layers are made of: attention, a feed-forward of two Linear layers, and normalisation, as figures.

Counting: attention's conventions; two more products of the feed-forward; 5 normalisation FLOPs an element. Backward
keeps what the parts keep: their inputs, mean and deviation of a norm, the activation. With dropout also its masks,
what they leave of the weights and of the activation, and the weights themselves, which are then written out. The first
tensor that a layer keeps is its own input; the memory of a decoder is kept by none of them, but for copies.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from netinspect.catalogue.attention import (
    Heads,
    attention_flops,
    attention_macs,
    attention_params,
    attention_saved,
    attention_weights,
)
from netinspect.catalogue.entry import TensorType, Weight
from netinspect.catalogue.formula import Formula, formula, times

NORM_FLOPS: Final = 5


class Part(NamedTuple):
    """One layer, or a stack of them: its weights and what they cost."""

    weights: tuple[Weight, ...]
    params: Formula
    macs: Formula
    flops: dict[str, int]
    saved: tuple[TensorType, ...]
    activations: int = 0
    """MACs of the products of two activations; the others are those of weights."""


# --- parts -----------------------------------------------------------------------------------


def _inside(prefix: str, weights: Iterable[Weight]) -> tuple[Weight, ...]:
    return tuple(weight._replace(name=f"{prefix}.{weight.name}") for weight in weights)


def _mask(a: Any, *shapes: TensorType) -> tuple[TensorType, ...]:
    return shapes if a.dropout else ()


def attend(name: str, h: Heads, a: Any) -> Part:
    """Multi-head attention called `name`."""
    inputs = TensorType((h.batch, h.queries, h.embed))
    return Part(
        _inside(name, attention_weights(h)),
        attention_params(h),
        attention_macs(h),
        attention_flops(h),
        (inputs, *attention_saved(h, need_weights=False, dropout=a.dropout), *_mask(a, inputs)),
        2 * h.batch * h.queries * h.attended * h.embed,
    )


def feed_forward(h: Heads, a: Any) -> Part:
    """Two Linear layers with an activation between them."""
    width = a.dim_feedforward
    first, second = Weight("linear1.weight", (width, h.embed)), Weight("linear2.weight", (h.embed, width))
    biases = (Weight("linear1.bias", (width,)), Weight("linear2.bias", (h.embed,)))
    one, rows = (1 if h.bias else 0), h.batch * h.queries
    inputs, hidden = TensorType((h.batch, h.queries, h.embed)), TensorType((h.batch, h.queries, width))
    activated = (hidden, hidden) if a.activation == "gelu" and not a.dropout else (hidden,)
    return Part(
        (first, biases[0], second, biases[1]) if h.bias else (first, second),
        (formula(h.embed) + one) * width + (formula(width) + one) * h.embed,
        times(h.batch, formula(2) * h.queries * h.embed * width),
        {"bias": rows * (width + h.embed) * one, "activation": rows * width},
        (inputs, *activated, *_mask(a, hidden, hidden, inputs)),
    )


def norm(name: str, h: Heads, residual: bool = True) -> Part:
    """A LayerNorm called `name`, and the addition of the skip before it."""
    elements = h.batch * h.queries * h.embed
    names = (f"{name}.weight", f"{name}.bias") if h.bias else (f"{name}.weight",)
    return Part(
        tuple(Weight(full, (h.embed,)) for full in names),
        formula(len(names)) * h.embed,
        formula(0),
        {"normalisation": NORM_FLOPS * elements, "elementwise": elements if residual else 0},
        (TensorType((h.batch, h.queries, h.embed)), TensorType((2, h.batch, h.queries))),
    )


def together(parts: Iterable[Part]) -> Part:
    """The parts' figures summed, their weights in order."""
    listed = tuple(parts)
    buckets = dict.fromkeys((bucket for part in listed for bucket in part.flops), 0)
    for part in listed:
        for bucket, flops in part.flops.items():
            buckets[bucket] += flops
    return Part(
        tuple(weight for part in listed for weight in part.weights),
        sum((part.params for part in listed), formula(0)),
        sum((part.macs for part in listed), formula(0)),
        buckets,
        tuple(kept for part in listed for kept in part.saved),
        sum(part.activations for part in listed),
    )


def stack(count: int, layer: Part, prefix: str = "") -> Part:
    """`count` layers of the same sizes, as `layers.0` and on."""
    return Part(
        tuple(weight for i in range(count) for weight in _inside(f"{prefix}layers.{i}", layer.weights)),
        times(count, layer.params),
        times(count, layer.macs),
        {bucket: count * flops for bucket, flops in layer.flops.items()},
        layer.saved * count,
        layer.activations * count,
    )


def encoder_layer(h: Heads, a: Any) -> Part:
    """One layer of an encoder."""
    return together((attend("self_attn", h, a), feed_forward(h, a), norm("norm1", h), norm("norm2", h)))


def decoder_layer(own: Heads, cross: Heads, a: Any) -> Part:
    """One layer of a decoder; `cross` is its attention to the memory."""
    attention = (attend("self_attn", own, a), attend("multihead_attn", cross._replace(projections=2), a))
    norms = (norm(name, own) for name in ("norm1", "norm2", "norm3"))
    return together((*attention, feed_forward(own, a), *norms))
