"""What Transformer layers are made of: attention, a feed-forward of two Linear layers, and normalisation, as figures.

Counting: attention's conventions; two more products of the feed-forward; 5 normalisation FLOPs an element. Backward
keeps what the parts keep: their inputs, mean and deviation of a norm, the activation. With dropout also its masks,
what they leave of the weights and of the activation, and the weights themselves, which are then written out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from netinspect.catalogue.attention import (
    Heads,
    Masks,
    attend,
    attention_flops,
    attention_macs,
    attention_params,
    attention_weights,
)
from netinspect.catalogue.entry import Weight
from netinspect.catalogue.formula import Formula, formula, times
from netinspect.catalogue.training import Tape, Tensor, as_numbers

NORM_FLOPS: Final = 5


class Part(NamedTuple):
    """One layer, or a stack of them: its weights and what they cost."""

    weights: tuple[Weight, ...]
    params: Formula
    macs: Formula
    flops: dict[str, int]


# --- parts -----------------------------------------------------------------------------------


def _inside(prefix: str, weights: Iterable[Weight]) -> tuple[Weight, ...]:
    return tuple(weight._replace(name=f"{prefix}.{weight.name}") for weight in weights)


def _attention(name: str, h: Heads) -> Part:
    """Multi-head attention called `name`."""
    return Part(_inside(name, attention_weights(h)), attention_params(h), attention_macs(h), attention_flops(h))


def _feed_forward(h: Heads, a: Any) -> Part:
    """Two Linear layers with an activation between them."""
    width = a.dim_feedforward
    first, second = Weight("linear1.weight", (width, h.embed)), Weight("linear2.weight", (h.embed, width))
    biases = (Weight("linear1.bias", (width,)), Weight("linear2.bias", (h.embed,)))
    bias, rows = (1 if h.bias else 0), h.batch * h.queries
    return Part(
        (first, biases[0], second, biases[1]) if h.bias else (first, second),
        (formula(h.embed) + bias) * width + (formula(width) + bias) * h.embed,
        times(h.batch, formula(2) * h.queries * h.embed * width),
        {"bias": rows * (width + h.embed) * bias, "activation": rows * width},
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
    )


def stack(count: int, layer: Part, prefix: str = "") -> Part:
    """`count` layers of the same sizes, as `layers.0` and on."""
    return Part(
        tuple(weight for i in range(count) for weight in _inside(f"{prefix}layers.{i}", layer.weights)),
        times(count, layer.params),
        times(count, layer.macs),
        {bucket: count * flops for bucket, flops in layer.flops.items()},
    )


def encoder_layer(h: Heads, a: Any) -> Part:
    """One layer of an encoder."""
    return together((_attention("self_attn", h), _feed_forward(h, a), norm("norm1", h), norm("norm2", h)))


def decoder_layer(heads: Heads, cross: Heads, a: Any) -> Part:
    """One layer of a decoder; `cross` is its attention to the memory."""
    attention = (_attention("self_attn", heads), _attention("multihead_attn", cross))
    norms = (norm(name, heads) for name in ("norm1", "norm2", "norm3"))
    return together((*attention, _feed_forward(heads, a), *norms))


# --- in training -----------------------------------------------------------------------------


def run_layer(
    tape: Tape,
    a: Any,
    name: str,
    x: Tensor,
    attention: tuple[Heads, Masks],
    memory: Tensor | None = None,
    cross: tuple[Heads, Masks] | None = None,
) -> Tensor:
    """One layer as torch runs it in training, a decoder's with `memory`. `name` has a dot at its end, or is empty."""

    def attended(part: str, x: Tensor, y: Tensor, h: Heads, masks: Masks) -> Tensor:
        output = attend(tape, h, x, y, y, masks, name=f"{name}{part}.", batch_first=a.batch_first, dropout=a.dropout)
        return tape.dropout(output, a.dropout)

    def fed_forward(x: Tensor) -> Tensor:
        hidden = tape.linear(x, a.dim_feedforward, f"{name}linear1.weight", f"{name}linear1.bias")
        activated = tape.by_input(hidden) if a.activation == "gelu" else tape.by_output(hidden)
        dropped = tape.dropout(activated, a.dropout)
        output = tape.linear(dropped, x.type.shape[-1], f"{name}linear2.weight", f"{name}linear2.bias")
        return tape.dropout(output, a.dropout)

    blocks: list[Callable[[Tensor], Tensor]] = [lambda x: attended("self_attn", x, x, *attention)]
    if memory is not None and cross is not None:
        blocks.append(lambda x: attended("multihead_attn", x, memory, *cross))
    blocks.append(fed_forward)
    for number, block in enumerate(blocks, 1):
        norm = f"{name}norm{number}.weight", f"{name}norm{number}.bias"
        if a.norm_first:
            x = tape.new(x.type.shape, x, block(tape.layer_norm(x, *norm)))
        else:
            x = tape.layer_norm(tape.new(x.type.shape, x, block(x)), *norm)
    return x


def run_encoder(tape: Tape, a: Any, names: Iterable[str], x: Tensor, attention: tuple[Heads, Masks]) -> Tensor:
    """Layers of an encoder, one after the other; they share the numbers that torch makes of masks of bools."""
    h, masks = attention
    masks = Masks(as_numbers(masks.positions), as_numbers(masks.padding), masks.is_causal)
    for name in names:
        x = run_layer(tape, a, name, x, (h, masks))
    return x
