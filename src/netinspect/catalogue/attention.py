"""Multi-head attention as a layer: `torch.nn.MultiheadAttention`, and the figures Transformer layers share with it.

Counting: the four projections and both products (queries with keys, weights with values), at every length, also
for causal attention and also with need_weights=False. Softmax counts as activation; scaling the queries and adding
masks as elementwise. `add_bias_kv` and `add_zero_attn` lengthen keys and values by one each, after the projection.
Backward keeps what the operations keep: with all gradients the inputs, the projected queries, keys and values, the
context and, with need_weights, dropout or a mask that is learned, the weights (else one number per row, the log of the
sum of exponentials); with dropout also its mask and what it leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from netinspect.catalogue.common import need_float32, sizes, stated
from netinspect.catalogue.entry import (
    Argument,
    Attends,
    Entry,
    Fault,
    Output,
    Reach,
    Result,
    TensorType,
    Training,
    Weight,
)
from netinspect.catalogue.formula import Formula, formula, times
from netinspect.catalogue.signature import EXAMPLE_BATCH, FLAG, OPTIONAL_TENSOR, POSITIVE, PROBABILITY, TENSOR, Maybe
from netinspect.catalogue.training import Tape, Tensor, as_numbers

BATCH_FIRST_WHY: Final = "torch's default takes time as the first axis, and a network's input has the batch there"


class Heads(NamedTuple):
    """The sizes of one attention: batch, heads, queries and keys in number, keys that are attended to (with the
    added ones), embedding and the widths of keys and values."""

    batch: int
    heads: int
    queries: int
    keys: int
    attended: int
    embed: int
    kdim: int
    vdim: int
    bias: bool = True
    masks: int = 0

    @property
    def scores(self) -> int:
        return self.batch * self.heads * self.queries * self.attended

    @property
    def packed(self) -> bool:
        return self.kdim == self.vdim == self.embed


# --- figures ---------------------------------------------------------------------------------


def attention_weights(h: Heads, added: bool = False) -> tuple[Weight, ...]:
    """torch's parameters in state-dict order."""
    rows = h.embed
    if h.packed:
        weights = [Weight("in_proj_weight", (3 * rows, rows))]
    else:
        widths = (("q", rows), ("k", h.kdim), ("v", h.vdim))
        weights = [Weight(f"{letter}_proj_weight", (rows, width)) for letter, width in widths]
    if h.bias:
        weights.append(Weight("in_proj_bias", (3 * rows,)))
    if added:
        weights += [Weight("bias_k", (1, 1, rows)), Weight("bias_v", (1, 1, rows))]
    weights.append(Weight("out_proj.weight", (rows, rows)))
    return (*weights, Weight("out_proj.bias", (rows,))) if h.bias else tuple(weights)


def attention_params(h: Heads, added: bool = False) -> Formula:
    """The count of `attention_weights`."""
    bias = 1 if h.bias else 0
    if h.packed:
        figure = formula(4) * h.embed * (formula(h.embed) + bias)
    else:
        figure = formula(h.embed) * (formula(2) * h.embed + h.kdim + h.vdim + 4 * bias)
    return figure + formula(2) * h.embed if added else figure


def attention_macs(h: Heads) -> Formula:
    """Projections of queries, keys, values and output, then both products of every head."""
    if h.packed and h.queries == h.keys:
        projections = formula(4) * h.queries * h.embed * h.embed
    else:
        projections = formula(2) * h.queries * h.embed * h.embed
        projections = projections + formula(h.keys) * (formula(h.kdim) + h.vdim) * h.embed
    return times(h.batch, projections + formula(2) * h.queries * h.attended * h.embed)


def attention_flops(h: Heads) -> dict[str, int]:
    """FLOPs by bucket: the projections' biases, softmax, scaling and masks."""
    positions = h.batch * (2 * h.queries + 2 * h.keys)
    return {
        "bias": positions * h.embed if h.bias else 0,
        "activation": h.scores,
        "elementwise": h.batch * h.queries * h.embed + h.masks * h.scores,
    }


# --- in training ---------------------------------------------------------------------------------


class Masks(NamedTuple):
    """The masks of one attention, of positions and of padded keys, and whether the first is said to be causal."""

    positions: Tensor | None
    padding: Tensor | None
    is_causal: bool = False


def _merged(tape: Tape, h: Heads, masks: Masks) -> Tensor | None:
    """Both masks as one, as long as the keys that are attended to."""
    positions, padding = (as_numbers(mask) for mask in masks[:2])
    if h.attended != h.keys:
        positions, padding = (
            None if mask is None else tape.new((*mask.type.shape[:-1], h.attended), mask)
            for mask in (positions, padding)
        )
    if padding is not None and h.heads > 1:
        padding = tape.new((h.batch * h.heads, 1, h.attended), padding)
    if positions is not None and padding is not None:
        return tape.new((h.batch * h.heads, h.queries, h.attended), positions, padding)
    return padding if positions is None else positions


def attend(
    tape: Tape,
    h: Heads,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    masks: Masks,
    *,
    name: str = "",
    batch_first: bool,
    dropout: float,
    need_weights: bool = False,
) -> Tensor:
    """Multi-head attention as torch runs it, up to the context times the weights of the output. Tensors of one product
    lie in one memory. `name` is that of the layer inside another, with a dot at its end."""

    def projected(x: Tensor, letter: str, parts: int = 1) -> Tensor:
        weight = "in_proj_weight" if h.packed else f"{letter}_proj_weight"
        is_copied = batch_first and 1 not in x.type.shape[:2]
        return tape.linear(x, parts * h.embed, name + weight, f"{name}in_proj_bias", is_copied=is_copied)

    def lengthened(x: Tensor, bias: str) -> Tensor:
        if h.attended == h.keys:
            return x
        return tape.new((h.attended, h.batch, h.embed), x, learns=tape.takes(name + bias))

    if not h.packed or key is not value:
        q, k, v = projected(query, "q"), projected(key, "k"), projected(value, "v")
    elif query is key:
        q = k = v = projected(query, "q", 3)
    else:
        q = projected(query, "q")
        k = v = projected(key, "k", 2)
    of_heads, depth = (h.batch, h.heads), h.embed // h.heads
    q = tape.view(q, (*of_heads, h.queries, depth))
    k, v = (
        tape.view(lengthened(x, bias), (*of_heads, h.attended, depth)) for x, bias in ((k, "bias_k"), (v, "bias_v"))
    )
    scores = (*of_heads, h.queries, h.attended)
    mask = None
    if need_weights or masks.padding is not None or not masks.is_causal:
        mask = _merged(tape, h, masks)
    if need_weights:
        product = tape.product(tape.new(q.type.shape, q), k, scores, depth)
        weights = tape.dropout(tape.by_output(tape.new(scores, product, mask)), dropout)
        context = tape.product(weights, v, q.type.shape, h.attended)
    else:
        context = tape.attention(q, k, v, mask, scores, (depth, depth), dropout, is_fused=True)
    together = tape.view(context, (h.queries, h.batch, h.embed))
    return tape.linear(together, h.embed, f"{name}out_proj.weight", f"{name}out_proj.bias")


# --- checks ----------------------------------------------------------------------------------


def check_heads(embed: int, heads: int, argument: str) -> None:
    """E206 unless the embedding divides into the heads."""
    if embed % heads:
        divisor = next(number for number in range(min(heads, embed), 0, -1) if embed % number == 0)
        raise Fault(
            "E206",
            f"{embed} features do not divide into {heads} heads",
            argument=argument,
            help=f"write a number of heads that divides {embed}, such as {divisor}",
        )


def check_sequence(name: str, x: TensorType, batch_first: bool) -> tuple[int, int, int]:
    """(batch, length, features) of a sequence; E305 or E306 if it is none."""
    if x.rank != 3:
        raise Fault("E305", f"{name} needs two axes beside the batch, time and features, and gets {sizes(x.shape[1:])}")
    need_float32(name, x)
    first, second, features = x.shape
    return (first, second, features) if batch_first else (second, first, features)


def check_mask(name: str, mask: TensorType | None, shapes: tuple[tuple[int, ...], ...]) -> int:
    """1 if there is a mask, 0 if not; E306 or E303 unless it is of bools or float32 and has one of `shapes`."""
    if mask is None:
        return 0
    if mask.dtype not in ("bool", "float32"):
        raise Fault("E306", f"{name} must hold bool or float32, and holds {mask.dtype}", argument=name)
    if mask.shape not in shapes:
        choices = " or ".join(sizes(shape) for shape in shapes)
        raise Fault("E303", f"{name} needs {choices}, and gets {sizes(mask.shape)}", argument=name)
    return 1


def check_masks(h: Heads, attn: TensorType | None, padding: TensorType | None, names: tuple[str, str]) -> int:
    """How many masks are added to the scores: the one of positions and the one of padded keys."""
    positions = ((h.queries, h.keys), (h.batch * h.heads, h.queries, h.keys))
    return check_mask(names[0], attn, positions) + check_mask(names[1], padding, ((h.batch, h.keys),))


# --- the layer -------------------------------------------------------------------------------


def _heads(a: Any, query: TensorType, key: TensorType, value: TensorType) -> Heads:
    batch, queries, embed = check_sequence("MultiheadAttention", query, a.batch_first)
    stated(a.embed_dim, embed, "embed_dim")
    check_heads(embed, a.num_heads, "num_heads")
    kbatch, keys, kdim = check_sequence("MultiheadAttention", key, a.batch_first)
    vbatch, values, vdim = check_sequence("MultiheadAttention", value, a.batch_first)
    if not batch == kbatch == vbatch or keys != values:
        raise Fault(
            "E303",
            f"key and value must have the query's batch and one length, and are {sizes(key.shape)} and "
            f"{sizes(value.shape)} with a query of {sizes(query.shape)}",
        )
    for name, says, width in (("kdim", a.kdim, kdim), ("vdim", a.vdim, vdim)):
        expected = embed if says is None else says
        if expected != width:
            tensor = "key" if name == "kdim" else "value"
            raise Fault(
                "E204",
                f"the {tensor} has {width} features, and {expected} are expected",
                argument=name,
                help=f"write {name}={width}",
            )
    return Heads(batch, a.num_heads, queries, keys, keys + a.add_bias_kv + a.add_zero_attn, embed, kdim, vdim, a.bias)


def _attention(
    a: Any,
    query: TensorType,
    key: TensorType | None,
    value: TensorType | None,
    key_padding_mask: TensorType | None,
    need_weights: bool,
    attn_mask: TensorType | None,
    average_attn_weights: bool,
    is_causal: bool,
) -> Result:
    tensors = (query, key, value)
    key = query if key is None else key
    value = key if value is None else value
    if is_causal and attn_mask is None:
        raise Fault("E202", "is_causal=True only tells that attn_mask is causal: torch needs the mask too")
    h = _heads(a, query, key, value)
    masks = check_masks(h, attn_mask, key_padding_mask, ("attn_mask", "key_padding_mask"))
    h = h._replace(masks=masks)
    per_head = () if average_attn_weights else (h.heads,)
    weights = TensorType((h.batch, *per_head, h.queries, h.attended))
    return Result(
        (query, weights) if need_weights else (query,),
        parameters=attention_weights(h, a.add_bias_kv),
        params=attention_params(h, a.add_bias_kv),
        macs=attention_macs(h),
        flops=tuple(attention_flops(h).items()),
        inferred=(("embed_dim", h.embed),),
        reach=Reach(mixes=(1 if a.batch_first else 0, 2)),
        training=partial(_train, a, h, tensors, (key_padding_mask, attn_mask), need_weights, is_causal),
    )


def _train(
    a: Any,
    h: Heads,
    tensors: tuple[TensorType, TensorType | None, TensorType | None],
    masks: tuple[TensorType | None, TensorType | None],
    need_weights: bool,
    is_causal: bool,
    takes: Callable[[int | str], bool],
    first: Callable[[int], int],
) -> Training:
    tape = Tape(takes, first)
    query = tape.input(tensors[0])
    key = tape.input(tensors[1]) or query
    value = tape.input(tensors[2]) or key
    padding, positions = (tape.input(mask) for mask in masks)
    attend(
        tape,
        h,
        query,
        key,
        value,
        Masks(positions, padding, is_causal),
        batch_first=a.batch_first,
        dropout=a.dropout,
        need_weights=need_weights,
    )
    return tape.training()


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        "MultiheadAttention",
        "torch.nn.MultiheadAttention",
        "attention",
        _attention,
        (
            Argument("embed_dim", POSITIVE, inferred=True),
            Argument("num_heads", POSITIVE),
            Argument("dropout", PROBABILITY, 0.0),
            Argument("bias", FLAG, True),
            Argument("add_bias_kv", FLAG, False),
            Argument("add_zero_attn", FLAG, False),
            Argument("kdim", Maybe(POSITIVE), None),
            Argument("vdim", Maybe(POSITIVE), None),
            Argument("batch_first", FLAG, False, must_say=True, why=BATCH_FIRST_WHY),
        ),
        (
            Argument("query", TENSOR),
            Argument("key", OPTIONAL_TENSOR, None, same_as="query"),
            Argument("value", OPTIONAL_TENSOR, None, same_as="key"),
            Argument("key_padding_mask", OPTIONAL_TENSOR, None),
            Argument("need_weights", FLAG, True),
            Argument("attn_mask", OPTIONAL_TENSOR, None),
            Argument("average_attn_weights", FLAG, True),
            Argument("is_causal", FLAG, False),
        ),
        outputs=(Output("output", (0,)), Output("attn_output_weights", (1,))),
        example="MultiheadAttention(num_heads=8, batch_first=True)",
        example_inputs=(TensorType((EXAMPLE_BATCH, 50, 64)),),
        summary="Attention in several heads. One input is self-attention: key and value are then the query.",
        is_layer=True,
        units="last",
        attends=(Attends(),),
        short="Attention",
    ),
)
