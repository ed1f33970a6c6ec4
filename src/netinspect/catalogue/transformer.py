"""Transformer layers, stacks of them, and the whole of `torch.nn.Transformer`.

`TransformerEncoder` and `TransformerDecoder` take their layer's arguments themselves and have torch's keys; the final
norm that torch takes as a module is written as a LayerNorm on the next line. Where a mask is square, torch compares
its values with a causal mask unless `is_causal` is said; a network must not depend on values, so it has to be said.

Counting: attention's conventions; two more products of the feed-forward; 5 normalisation FLOPs an element. Backward
keeps what the parts keep: their inputs, mean and deviation of a norm, the activation. With dropout also its masks,
what they leave of the weights and of the activation, and the weights themselves, which are then written out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, NamedTuple

from netinspect.catalogue.attention import (
    BATCH_FIRST_WHY,
    Heads,
    Masks,
    attend,
    attention_flops,
    attention_macs,
    attention_params,
    attention_weights,
    check_heads,
    check_masks,
    check_sequence,
)
from netinspect.catalogue.common import sizes, stated
from netinspect.catalogue.entry import Argument, Attends, Entry, Fault, Reach, Result, TensorType, Training, Weight
from netinspect.catalogue.formula import Formula, formula, times
from netinspect.catalogue.recurrent import MAX_LAYERS
from netinspect.catalogue.signature import (
    EXAMPLE_BATCH,
    FLAG,
    OPTIONAL_TENSOR,
    POSITIVE,
    POSITIVE_REAL,
    PROBABILITY,
    TENSOR,
    Maybe,
    Whole,
)
from netinspect.catalogue.signature import Word as Words
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


def _result(part: Part, a: Any, output: TensorType, train: Callable[[Tape], object]) -> Result:
    """`train` runs the layer on a tape."""
    return Result(
        (output,),
        parameters=part.weights,
        params=part.params,
        macs=part.macs,
        flops=tuple(part.flops.items()),
        inferred=(("d_model", output.shape[2]),),
        reach=Reach(mixes=(1 if a.batch_first else 0, 2)),
        training=partial(_training, train),
    )


def _training(
    train: Callable[[Tape], object], takes: Callable[[int | str], bool], first: Callable[[int], int]
) -> Training:
    tape = Tape(takes, first)
    train(tape)
    return tape.training()


# --- checks ----------------------------------------------------------------------------------


def _heads(name: str, a: Any, queries: TensorType, keys: TensorType) -> Heads:
    batch, length, embed = check_sequence(name, queries, a.batch_first)
    other, attended, width = check_sequence(name, keys, a.batch_first)
    if batch != other or embed != width:
        raise Fault(
            "E303",
            f"{name} needs sequences of one batch and as many features, and gets {sizes(queries.shape)} and "
            f"{sizes(keys.shape)}",
        )
    stated(a.d_model, embed, "d_model")
    check_heads(embed, a.nhead, "nhead")
    return Heads(batch, a.nhead, length, attended, attended, embed, embed, embed, a.bias)


def _masked(h: Heads, attn: TensorType | None, padding: TensorType | None, names: tuple[str, str]) -> Heads:
    return h._replace(masks=check_masks(h, attn, padding, names))


def _causal_said(said: bool | None, mask: TensorType | None, h: Heads, name: str) -> None:
    if said is None and mask is not None and mask.shape == (h.queries, h.queries):
        raise Fault(
            "E207",
            f"{name} has to be said where there is a mask",
            argument=name,
            note="torch would look into the mask's values to find out",
            help=f"write {name}=False; True if the mask is causal",
        )


def _causal_needs_mask(said: bool | None, mask: TensorType | None, name: str) -> None:
    if said and mask is None:
        raise Fault("E202", f"{name}=True only tells that the mask is causal: torch needs the mask too", argument=name)


# --- rules -----------------------------------------------------------------------------------


def _encoder_layer_rule(
    a: Any, src: TensorType, mask: TensorType | None, padding: TensorType | None, is_causal: bool
) -> Result:
    _causal_needs_mask(is_causal, mask, "is_causal")
    h = _masked(_heads("TransformerEncoderLayer", a, src, src), mask, padding, ("src_mask", "src_key_padding_mask"))
    return _result(encoder_layer(h, a), a, src, partial(_encode, a, h, ("",), src, (mask, padding), is_causal))


def _encoder_rule(
    a: Any, src: TensorType, mask: TensorType | None, padding: TensorType | None, is_causal: bool | None
) -> Result:
    _causal_needs_mask(is_causal, mask, "is_causal")
    h = _masked(_heads("TransformerEncoder", a, src, src), mask, padding, ("mask", "src_key_padding_mask"))
    _causal_said(is_causal, mask, h, "is_causal")
    names = tuple(f"layers.{i}." for i in range(a.num_layers))
    part = stack(a.num_layers, encoder_layer(h, a))
    return _result(part, a, src, partial(_encode, a, h, names, src, (mask, padding), bool(is_causal)))


def _encode(
    a: Any,
    h: Heads,
    names: tuple[str, ...],
    src: TensorType,
    masks: tuple[TensorType | None, TensorType | None],
    is_causal: bool,
    tape: Tape,
) -> None:
    x = tape.input(src)
    positions, padding = (tape.input(mask) for mask in masks)
    run_encoder(tape, a, names, x, (h, Masks(positions, padding, is_causal)))


def _decoder_sizes(name: str, a: Any, tgt: TensorType, memory: TensorType, masks: _Masks) -> tuple[Heads, Heads]:
    target = _masked(_heads(name, a, tgt, tgt), masks.tgt, masks.tgt_padding, ("tgt_mask", "tgt_key_padding_mask"))
    cross = _masked(
        _heads(name, a, tgt, memory), masks.memory, masks.memory_padding, ("memory_mask", "memory_key_padding_mask")
    )
    _causal_needs_mask(masks.tgt_is_causal, masks.tgt, "tgt_is_causal")
    _causal_needs_mask(masks.memory_is_causal, masks.memory, "memory_is_causal")
    return target, cross


class _Masks(NamedTuple):
    """The optional forward arguments of a decoder, in torch's order."""

    tgt: TensorType | None
    memory: TensorType | None
    tgt_padding: TensorType | None
    memory_padding: TensorType | None
    tgt_is_causal: bool | None
    memory_is_causal: bool


def _decoder_layer_rule(a: Any, tgt: TensorType, memory: TensorType, *masks: Any) -> Result:
    heads = _decoder_sizes("TransformerDecoderLayer", a, tgt, memory, _Masks(*masks))
    return _result(decoder_layer(*heads, a), a, tgt, partial(_decode, a, heads, ("",), (tgt, memory), _Masks(*masks)))


def _decoder_rule(a: Any, tgt: TensorType, memory: TensorType, *masks: Any) -> Result:
    heads = _decoder_sizes("TransformerDecoder", a, tgt, memory, _Masks(*masks))
    _causal_said(masks[4], masks[0], heads[0], "tgt_is_causal")
    names = tuple(f"layers.{i}." for i in range(a.num_layers))
    part = stack(a.num_layers, decoder_layer(*heads, a))
    return _result(part, a, tgt, partial(_decode, a, heads, names, (tgt, memory), _Masks(*masks)))


def _decode(
    a: Any,
    heads: tuple[Heads, Heads],
    names: tuple[str, ...],
    inputs: tuple[TensorType, TensorType],
    masks: _Masks,
    tape: Tape,
) -> None:
    x, memory = (tape.input(tensor) for tensor in inputs)
    tensors = [tape.input(mask) for mask in masks[:4]]
    of_self, of_memory = (
        (h, Masks(tensors[place], tensors[2 + place], bool(masks[4 + place]))) for place, h in enumerate(heads)
    )
    for name in names:
        x = run_layer(tape, a, name, x, of_self, memory, of_memory)


def _transformer_rule(
    a: Any,
    src: TensorType,
    tgt: TensorType,
    src_mask: TensorType | None,
    tgt_mask: TensorType | None,
    memory_mask: TensorType | None,
    src_padding: TensorType | None,
    tgt_padding: TensorType | None,
    memory_padding: TensorType | None,
    src_is_causal: bool | None,
    tgt_is_causal: bool | None,
    memory_is_causal: bool,
) -> Result:
    _causal_needs_mask(src_is_causal, src_mask, "src_is_causal")
    read = _masked(_heads("Transformer", a, src, src), src_mask, src_padding, ("src_mask", "src_key_padding_mask"))
    masks = _Masks(tgt_mask, memory_mask, tgt_padding, memory_padding, tgt_is_causal, memory_is_causal)
    target, cross = _decoder_sizes("Transformer", a, tgt, src, masks)
    _causal_said(src_is_causal, src_mask, read, "src_is_causal")
    _causal_said(tgt_is_causal, tgt_mask, target, "tgt_is_causal")
    encoder = (
        stack(a.num_encoder_layers, encoder_layer(read, a), "encoder."),
        norm("encoder.norm", read, residual=False),
    )
    decoder = (
        stack(a.num_decoder_layers, decoder_layer(target, cross, a), "decoder."),
        norm("decoder.norm", target, residual=False),
    )
    all_masks = (src_mask, tgt_mask, memory_mask, src_padding, tgt_padding, memory_padding)
    is_causal = bool(src_is_causal), bool(tgt_is_causal), memory_is_causal
    return _result(
        together((*encoder, *decoder)),
        a,
        tgt,
        partial(_translate, a, (read, target, cross), (src, tgt), all_masks, is_causal),
    )


def _translate(
    a: Any,
    heads: tuple[Heads, ...],
    inputs: tuple[TensorType, TensorType],
    masks: tuple[TensorType | None, ...],
    is_causal: tuple[bool, ...],
    tape: Tape,
) -> None:
    x, y = (tape.input(tensor) for tensor in inputs)
    tensors = [tape.input(mask) for mask in masks]
    of_encoder, of_self, of_memory = (
        (h, Masks(tensors[place], tensors[3 + place], is_causal[place])) for place, h in enumerate(heads)
    )
    names = [f"encoder.layers.{i}." for i in range(a.num_encoder_layers)]
    memory = run_encoder(tape, a, names, x, of_encoder)
    memory = tape.layer_norm(memory, "encoder.norm.weight", "encoder.norm.bias")
    for i in range(a.num_decoder_layers):
        y = run_layer(tape, a, f"decoder.layers.{i}.", y, of_self, memory, of_memory)
    tape.layer_norm(y, "decoder.norm.weight", "decoder.norm.bias")


# --- entries ---------------------------------------------------------------------------------

_D_MODEL: Final = Argument("d_model", POSITIVE, inferred=True)
_NHEAD: Final = Argument("nhead", POSITIVE)
_LAYERS: Final = Whole(1, MAX_LAYERS)
_WIDTHS: Final = (
    Argument("dim_feedforward", POSITIVE, 2048),
    Argument("dropout", PROBABILITY, 0.1),
    Argument("activation", Words(("relu", "gelu")), "relu"),
)
_REST: Final = (
    Argument("layer_norm_eps", POSITIVE_REAL, 1e-5),
    Argument("batch_first", FLAG, False, must_say=True, why=BATCH_FIRST_WHY),
    Argument("norm_first", FLAG, False),
    Argument("bias", FLAG, True),
)
_LAYER: Final = (_D_MODEL, _NHEAD, *_WIDTHS, *_REST)
_STACK: Final = (Argument("num_layers", _LAYERS), *_LAYER)


def _optional(*names: str) -> tuple[Argument, ...]:
    return tuple(Argument(name, OPTIONAL_TENSOR, None) for name in names)


def _hints(kind: Any, default: bool | None, *names: str) -> tuple[Argument, ...]:
    return tuple(Argument(name, kind, default) for name in names)


_MEMORY: Final = (
    Argument("tgt", TENSOR),
    Argument("memory", TENSOR),
    *_optional("tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask"),
)
_PADDED: Final = ("src_key_padding_mask", "tgt_key_padding_mask", "memory_key_padding_mask")
_SRC: Final = Argument("src", TENSOR)
_HINT: Final = Maybe(FLAG)
_IN_ENCODER: Final = ("self_attn",)
_IN_DECODER: Final = ("self_attn", "multihead_attn")


def _entry(
    name: str,
    rule: Callable[..., Result],
    arguments: tuple[Argument, ...],
    forward: tuple[Argument, ...],
    example: str,
    summary: str,
    stack_of: str | None = None,
    stack_options: tuple[tuple[str, Any], ...] = (),
    *,
    attends: tuple[Attends, ...],
    short: str = "",
) -> Entry:
    tensors = sum(argument.kind == TENSOR for argument in forward)
    fed = f"({', '.join(argument.name for argument in forward[:tensors])}): " if tensors > 1 else ""
    return Entry(
        name,
        f"torch.nn.{name}",
        "attention",
        rule,
        arguments,
        forward,
        example=f"{fed}{name}({example}, batch_first=True)",
        example_inputs=(TensorType((EXAMPLE_BATCH, 50, 64)),) * tensors,
        summary=summary,
        is_layer=True,
        units="last",
        stack_of=stack_of,
        stack_options=stack_options,
        attends=attends,
        short=short,
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    _entry(
        "TransformerEncoderLayer",
        _encoder_layer_rule,
        _LAYER,
        (_SRC, *_optional("src_mask", "src_key_padding_mask"), *_hints(FLAG, False, "is_causal")),
        "nhead=8",
        "Self-attention and a feed-forward, each with a skip and a LayerNorm.",
        attends=(Attends(_IN_ENCODER),),
        short="Encoder layer",
    ),
    _entry(
        "TransformerEncoder",
        _encoder_rule,
        _STACK,
        (_SRC, *_optional("mask", "src_key_padding_mask"), *_hints(_HINT, None, "is_causal")),
        "num_layers=6, nhead=8",
        "A stack of TransformerEncoderLayer, which takes their arguments itself.",
        stack_of="torch.nn.TransformerEncoderLayer",
        stack_options=(("enable_nested_tensor", False),),
        attends=(Attends(_IN_ENCODER, "layers", "num_layers"),),
        short="Encoder",
    ),
    _entry(
        "TransformerDecoderLayer",
        _decoder_layer_rule,
        _LAYER,
        (*_MEMORY, *_hints(FLAG, False, "tgt_is_causal", "memory_is_causal")),
        "nhead=8",
        "Self-attention, attention to a memory and a feed-forward, each with a skip and a LayerNorm.",
        attends=(Attends(_IN_DECODER),),
        short="Decoder layer",
    ),
    _entry(
        "TransformerDecoder",
        _decoder_rule,
        _STACK,
        (*_MEMORY, *_hints(_HINT, None, "tgt_is_causal"), *_hints(FLAG, False, "memory_is_causal")),
        "num_layers=6, nhead=8",
        "A stack of TransformerDecoderLayer, which takes their arguments itself.",
        stack_of="torch.nn.TransformerDecoderLayer",
        attends=(Attends(_IN_DECODER, "layers", "num_layers"),),
        short="Decoder",
    ),
    _entry(
        "Transformer",
        _transformer_rule,
        (
            _D_MODEL,
            Argument("nhead", POSITIVE, 8),
            Argument("num_encoder_layers", _LAYERS, 6),
            Argument("num_decoder_layers", _LAYERS, 6),
            *_WIDTHS,
            *_REST,
        ),
        (
            _SRC,
            Argument("tgt", TENSOR),
            *_optional("src_mask", "tgt_mask", "memory_mask", *_PADDED),
            *_hints(_HINT, None, "src_is_causal", "tgt_is_causal"),
            *_hints(FLAG, False, "memory_is_causal"),
        ),
        "nhead=8",
        "Encoder and decoder, each a stack with a final LayerNorm: from a source and a target sequence.",
        attends=(
            Attends(_IN_ENCODER, "encoder.layers", "num_encoder_layers"),
            Attends(_IN_DECODER, "decoder.layers", "num_decoder_layers"),
        ),
    ),
)
