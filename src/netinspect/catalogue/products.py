"""Products of tensors: matrix products and attention of tensors the network made itself.

Counting: one MAC for each pair that is multiplied and summed, as `2·MACs` of torch's FlopCounterMode, and also where
that counts nothing (matrix times vector, dot products, cdist). An outer product sums nothing: it is elementwise.
Causal attention is not halved. Backward keeps both factors, or the copy of one that torch makes to repeat it over a
batch; attention its queries, keys, values, output, mask and the log of the sum of exponentials of every row, or the
weights where torch has no single operation for it. All tensors are taken to lie in memory in order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from netinspect.catalogue.arithmetic import factors
from netinspect.catalogue.common import broadcast, is_whole, need_float, result_dtype, same_dtype, sizes
from netinspect.catalogue.einsum import einsum
from netinspect.catalogue.entry import (
    Argument,
    Attends,
    Backward,
    Entry,
    Fault,
    Reach,
    Result,
    SavedFor,
    TensorType,
    Training,
)
from netinspect.catalogue.formula import extent, formula
from netinspect.catalogue.signature import (
    FEATURES,
    FLAG,
    INPUT,
    NUMBER,
    OPTIONAL_TENSOR,
    OTHER,
    PROBABILITY,
    SEQUENCE,
    TENSOR,
    TENSORS,
    TEXT,
    Maybe,
    Real,
    function,
    keyword,
)
from netinspect.catalogue.training import Tape, as_numbers

FAMILY: Final = "products"


def _inner(name: str, left: int, right: int, first: TensorType, second: TensorType) -> None:
    if left != right:
        raise Fault(
            "E309",
            f"{name} of {sizes(first.shape)} and {sizes(second.shape)}: the inner sizes {left} and {right} differ",
            help="`transpose(x, -2, -1)` swaps the last two axes of one of them",
        )


# --- matrix products -------------------------------------------------------------------------


def _matmul(input: TensorType, other: TensorType) -> Result:
    dtype = same_dtype("matmul", input, other)
    if input.rank == 0 or other.rank == 0:
        raise Fault("E305", "matmul needs tensors with an axis, and gets a single number", help="`mul` takes these")
    left = input.shape if input.rank > 1 else (1, *input.shape)
    right = other.shape if other.rank > 1 else (*other.shape, 1)
    _inner("matmul", left[-1], right[-2], input, other)
    batch = broadcast("matmul", left[:-2], right[:-2])
    rows = left[-2:-1] if input.rank > 1 else ()
    columns = right[-1:] if other.rank > 1 else ()
    output = TensorType((*batch, *rows, *columns), dtype)
    return Result(
        (output,),
        macs=extent((*output.shape, left[-1])) if output.elements * left[-1] != 1 else formula(1),
        reach=_rows_reach(input, output.rank, bool(columns)),
        training=partial(_train_matmul, input, other, output.shape),
    )


def _train_matmul(
    input: TensorType,
    other: TensorType,
    shape: tuple[int, ...],
    takes: Callable[[int | str], bool],
    first: Callable[[int], int],
) -> Training:
    tape = Tape(takes, first)
    tape.matmul(tape.input(input), tape.input(other), shape)
    return tape.training()


def _rows_reach(input: TensorType, rank: int, has_columns: bool) -> Reach:
    """The first factor's last axis is summed over; its others stand where they stood, counted from the end."""
    last = input.rank - 1
    if has_columns and rank == input.rank:
        return Reach(mixes=(last,))
    places = tuple((axis,) for axis in range(input.rank if has_columns else last))
    return Reach(mixes=(last,), axes=(*((),) * (rank - len(places)), *places))


def _bmm(input: TensorType, other: TensorType) -> Result:
    for tensor in (input, other):
        if tensor.rank != 3:
            raise Fault("E305", f"bmm needs batch×rows×columns, and gets {sizes(tensor.shape)}", help="`matmul`")
    if input.shape[0] != other.shape[0]:
        raise Fault("E303", f"bmm of batches of {input.shape[0]} and {other.shape[0]}")
    return _matmul(input, other)


def _mm(input: TensorType, other: TensorType) -> Result:
    for tensor in (input, other):
        if tensor.rank != 2:
            raise Fault("E305", f"mm needs rows×columns, and gets {sizes(tensor.shape)}", help="`matmul`")
    return _matmul(input, other)


def _added(name: str, product: Callable[[TensorType, TensorType], Result]) -> Callable[..., Result]:
    def rule(input: TensorType, first: TensorType, second: TensorType, beta: float, alpha: float) -> Result:
        dtype = same_dtype(name, input, first, second)
        result = product(first, second)
        output = result.outputs[0]
        if broadcast(name, input.shape, output.shape) != output.shape:
            raise Fault("E303", f"{name} cannot add {sizes(input.shape)} to {sizes(output.shape)}", argument="input")
        aligned = tuple(
            (axis - output.rank + input.rank,) if axis >= output.rank - input.rank else ()
            for axis in range(output.rank)
        )
        return Result(
            (output,),
            macs=result.macs,
            flops=(("elementwise", output.elements),),
            reach=Reach(axes=aligned),
            backward=tuple(Backward(int(result.macs), (place,)) for place in (1, 2)),
            saved=() if is_whole(dtype) else (SavedFor(1, (2,)), SavedFor(2, (1,))),
        )

    return rule


def _outer(input: TensorType, vec2: TensorType) -> Result:
    for tensor in (input, vec2):
        if tensor.rank != 1:
            raise Fault("E305", f"outer needs tensors of one axis, and gets {sizes(tensor.shape)}")
    output = TensorType((*input.shape, *vec2.shape), result_dtype(input, vec2))
    flops = (("elementwise", output.elements),)
    return Result((output,), flops=flops, reach=Reach(axes=((0,), ())), saved=factors(input, vec2))


def _cdist(x1: TensorType, x2: TensorType, p: float) -> Result:
    need_float("cdist", x1)
    dtype = same_dtype("cdist", x1, x2)
    for tensor in (x1, x2):
        if tensor.rank < 2:
            raise Fault("E305", f"cdist needs rows×features, and gets {sizes(tensor.shape)}")
    _inner("cdist", x1.shape[-1], x2.shape[-1], x1, x2)
    batch = broadcast("cdist", x1.shape[:-2], x2.shape[:-2])
    output = TensorType((*batch, x1.shape[-2], x2.shape[-2]), dtype)
    reach = _rows_reach(x1, output.rank, True)
    return Result((output,), macs=extent((*output.shape, x1.shape[-1])), reach=reach, saved=(0, 1, "output"))


# --- attention -------------------------------------------------------------------------------


def _scaled_dot_product_attention(
    query: TensorType,
    key: TensorType,
    value: TensorType,
    attn_mask: TensorType | None,
    dropout_p: float,
    is_causal: bool,
    scale: float | None,
    enable_gqa: bool,
) -> Result:
    name = "scaled_dot_product_attention"
    need_float(name, query)
    dtype = same_dtype(name, query, key, value)
    batch = _attention_batch(query, key, value, enable_gqa)
    _inner("attention", query.shape[-1], key.shape[-1], query, key)
    if key.shape[-2] != value.shape[-2]:
        raise Fault("E303", f"attention of {key.shape[-2]} keys with {value.shape[-2]} values", argument="value")
    scores = (*batch, query.shape[-2], key.shape[-2])
    output = TensorType((*scores[:-1], value.shape[-1]), dtype)
    _check_attn_mask(attn_mask, scores, dtype, is_causal)
    cells, depth, width = TensorType(scores).elements, query.shape[-1], value.shape[-1]
    macs = formula(2) * extent((*scores, depth)) if depth == width else extent(scores) * (formula(depth) + width)
    return Result(
        (output,),
        macs=macs,
        flops=(("activation", cells), ("elementwise", cells * (1 if attn_mask is None else 2))),
        reach=Reach(mixes=(query.rank - 2, query.rank - 1)),
        training=partial(_train_attention, (query, key, value), attn_mask, scores, dropout_p, enable_gqa),
    )


def _train_attention(
    types: tuple[TensorType, TensorType, TensorType],
    mask_type: TensorType | None,
    scores: tuple[int, ...],
    dropout: float,
    is_grouped: bool,
    takes: Callable[[int | str], bool],
    first: Callable[[int], int],
) -> Training:
    """torch's one operation takes four axes, one batch, and as many values as keys, as wide as these."""
    tape = Tape(takes, first)
    query, key, value = (tape.input(type) for type in types)
    mask = as_numbers(tape.input(mask_type), query.type.dtype)
    depth, width = key.type.shape[-1], value.type.shape[-1]
    batches = {type.shape[:-2] for type in types[is_grouped:]}
    output = tape.attention(
        query,
        key,
        value,
        mask,
        scores,
        (depth, width),
        dropout,
        is_fused=len(scores) == 4 and depth == width and len(batches) == 1,
        is_grouped=is_grouped,
    )
    return tape.training(output)


def _attention_batch(query: TensorType, key: TensorType, value: TensorType, grouped: bool) -> tuple[int, ...]:
    for tensor in (query, key, value):
        if tensor.rank < 2:
            raise Fault("E305", f"attention needs time×features at the end, and gets {sizes(tensor.shape)}")
    if not grouped:
        return broadcast("attention", query.shape[:-2], key.shape[:-2], value.shape[:-2])
    for tensor in (key, value):
        if tensor.rank != query.rank or tensor.rank < 3 or tensor.shape[:-3] != query.shape[:-3]:
            raise Fault("E305", "with enable_gqa query, key and value need one batch and an axis of heads")
        if query.shape[-3] % tensor.shape[-3]:
            raise Fault("E206", f"{query.shape[-3]} heads of queries are no multiple of {tensor.shape[-3]}")
    return query.shape[:-2]


def _check_attn_mask(mask: TensorType | None, scores: tuple[int, ...], dtype: str, is_causal: bool) -> None:
    if mask is None:
        return
    if is_causal:
        raise Fault("E211", "attn_mask and is_causal=True exclude each other", argument="is_causal")
    if mask.dtype not in ("bool", dtype):
        raise Fault("E306", f"attn_mask must hold bool or {dtype}, and holds {mask.dtype}", argument="attn_mask")
    if broadcast("attn_mask and scores", mask.shape, scores) != scores:
        raise Fault("E303", f"attn_mask {sizes(mask.shape)} does not fit {sizes(scores)}", argument="attn_mask")


# --- entries ---------------------------------------------------------------------------------

_MATRICES: Final = (TensorType((2, 8, 16)), TensorType((2, 16, 4)))
_HEADS: Final = (TensorType((2, 8, 50, 64)),) * 3
_SCALES: Final = (keyword("beta", NUMBER, 1), keyword("alpha", NUMBER, 1))


def _entry(
    name: str,
    rule: Callable[..., Result],
    forward: tuple[Argument, ...],
    summary: str,
    example: str,
    inputs: tuple[TensorType, ...],
    torch: str = "",
    attends: tuple[Attends, ...] = (),
    drawn_as: str = "",
    short: str = "",
) -> Entry:
    return function(
        FAMILY,
        name,
        torch or f"torch.{name}",
        rule,
        forward,
        summary,
        example,
        inputs,
        attends=attends,
        drawn_as=drawn_as,
        short=short,
    )


def _batches(*names: str) -> tuple[Argument, ...]:
    return tuple(Argument(name, TENSOR) for name in names)


_QKV: Final = _batches("query", "key", "value")

ENTRIES: Final[tuple[Entry, ...]] = (
    _entry("matmul", _matmul, (INPUT, OTHER), "Matrix product of the last two axes, the others broadcast.",
           "matmul(a, b)", _MATRICES),
    _entry("bmm", _bmm, (INPUT, Argument("mat2", TENSOR)), "Matrix product for each of a batch.", "bmm(a, b)",
           _MATRICES),
    _entry("mm", _mm, (INPUT, Argument("mat2", TENSOR)), "Matrix product of two matrices.",
           "mm(a, transpose(b, 0, 1))", (FEATURES, FEATURES)),
    _entry("baddbmm", _added("baddbmm", _bmm), (INPUT, *_batches("batch1", "batch2"), *_SCALES),
           "bmm and a sum.", "baddbmm(c, a, b)", (*_MATRICES, TensorType((2, 8, 4)))),
    _entry("addmm", _added("addmm", _mm), (INPUT, *_batches("mat1", "mat2"), *_SCALES), "mm and a sum.",
           "addmm(a, mm(a, transpose(b, 0, 1)), b)", (FEATURES, FEATURES)),
    _entry("outer", _outer, (INPUT, Argument("vec2", TENSOR)), "Every product of an element of each.",
           "outer(arange(4), arange(8))", ()),
    _entry("einsum", einsum, (Argument("equation", TEXT), Argument("operands", TENSORS, variadic=True)),
           "Products summed over the indices that the equation leaves out.", "einsum('bij,bjk->bik', a, b)",
           _MATRICES),
    _entry("cdist", _cdist, (*_batches("x1", "x2"), Argument("p", Real(0.0), 2.0)),
           "The distance of every row of one from every row of the other.", "cdist(a, b)", (SEQUENCE, SEQUENCE)),
    _entry("scaled_dot_product_attention", _scaled_dot_product_attention,
           (*_QKV, Argument("attn_mask", OPTIONAL_TENSOR, None), Argument("dropout_p", PROBABILITY, 0.0),
            Argument("is_causal", FLAG, False), keyword("scale", Maybe(NUMBER), None),
            keyword("enable_gqa", FLAG, False)),
           "Attention: values weighed by softmax(query·key / sqrt(size)).", "scaled_dot_product_attention(a, b, c)",
           _HEADS, "torch.nn.functional.scaled_dot_product_attention", attends=(Attends(),),
           drawn_as="attention", short="Attention"),
)  # fmt: skip
