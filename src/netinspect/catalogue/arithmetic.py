"""Arithmetic on tensors, element by element: two operands with broadcasting, comparisons, choices, and one operand.

Counting: one elementwise FLOP an output element, a fused one too; tanh and sigmoid count as activation. Backward
keeps what torch's formulas need, as if every floating-point tensor wanted a gradient: both factors of a product,
the output of exp, nothing of a sum. Numbers are not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from netinspect.catalogue.common import (
    Operand,
    broadcast,
    float_dtype,
    is_whole,
    join_reach,
    result_dtype,
    tensors_of,
)
from netinspect.catalogue.entry import Argument, Effect, Entry, Fault, Result, Saved, SavedFor, TensorType
from netinspect.catalogue.signature import (
    ANY_NUMBER,
    AXIS,
    IMAGE,
    INPUT,
    NUMBER,
    OTHER,
    TENSOR,
    TENSOR_OR_NUMBER,
    Maybe,
    function,
    keyword,
)

Dtype = Callable[..., str]
Kept = tuple[Saved | SavedFor, ...]


# --- two operands ----------------------------------------------------------------------------


def elementwise(name: str, operands: tuple[Operand, ...], dtype: str, saved: Kept = ()) -> Result:
    """One FLOP for each element of the broadcast shape; E216 unless one operand is a tensor."""
    tensors = tensors_of(*operands)
    if not tensors:
        raise Fault("E216", f"{name} needs a tensor, and gets numbers only")
    output = TensorType(broadcast(name, *(tensor.shape for tensor in tensors)), dtype)
    return Result(
        (output,),
        flops=(("elementwise", output.elements),),
        reach=join_reach(tensors[0], output.rank),
        saved=saved if any(wants_gradient(tensor) for tensor in tensors) else (),
    )


def wants_gradient(operand: Operand) -> bool:
    """Whether backward goes on to it: a tensor that holds no whole numbers."""
    return isinstance(operand, TensorType) and not is_whole(operand.dtype)


def factors(first: Operand, second: Operand) -> tuple[SavedFor, ...]:
    """What a product of two tensors keeps: each factor for the other's gradient."""
    if not _both(first, second):
        return ()
    return tuple(SavedFor(kept, (1 - kept,)) for kept, other in ((0, second), (1, first)) if wants_gradient(other))


def _both(first: Operand, second: Operand) -> bool:
    return isinstance(first, TensorType) and isinstance(second, TensorType)


def _add(input: Operand, other: Operand) -> Result:
    return elementwise("add", (input, other), result_dtype(input, other))


def _sub(input: Operand, other: Operand) -> Result:
    if any(_is_bool(operand) for operand in (input, other)):
        raise Fault("E306", "sub is not defined for bools", help="`logical_not` or `eq` may be meant")
    return elementwise("sub", (input, other), result_dtype(input, other))


def _is_bool(operand: Operand) -> bool:
    return operand.dtype == "bool" if isinstance(operand, TensorType) else isinstance(operand, bool)


def _mul(input: Operand, other: Operand) -> Result:
    return elementwise("mul", (input, other), result_dtype(input, other), factors(input, other))


def _div(input: Operand, other: Operand) -> Result:
    dtype = float_dtype(input, other)
    saved: Kept = ()
    if _both(input, other):
        saved = (SavedFor(0, (1,)), 1) if wants_gradient(other) else (1,)
    elif isinstance(other, TensorType):
        saved = (TensorType(other.shape, dtype),)  # its reciprocal
    return elementwise("div", (input, other), dtype, saved)


def _floor_divide(input: Operand, other: Operand) -> Result:
    if _is_bool(input) and _is_bool(other):
        raise Fault("E306", "floor_divide is not defined for bools")
    return elementwise("floor_divide", (input, other), result_dtype(input, other))


def _pow(input: Operand, other: Operand) -> Result:
    dtype = result_dtype(input, other)
    if dtype == "bool":
        raise Fault("E306", "pow is not defined for bools")
    if is_whole(dtype) and isinstance(other, int) and other < 0:
        raise Fault("E211", "whole numbers have no negative powers", argument="other", help="convert first: `float`")
    saved: Kept = (0,) if isinstance(input, TensorType) else (0, "output")
    return elementwise("pow", (input, other), dtype, (0, 1, "output") if _both(input, other) else saved)


def _larger(name: str) -> Callable[[TensorType, TensorType], Result]:
    def rule(input: TensorType, other: TensorType) -> Result:
        return elementwise(name, (input, other), result_dtype(input, other), (0, 1))

    return rule


def _compare(name: str) -> Callable[[Operand, Operand], Result]:
    def rule(input: Operand, other: Operand) -> Result:
        return elementwise(name, (input, other), "bool")

    return rule


def _remainder(input: Operand, other: Operand) -> Result:
    dtype = result_dtype(input, other)
    if dtype in ("bool", "complex64"):
        raise Fault("E306", f"remainder is not defined for {dtype}")
    saved = (0, 1) if _both(input, other) and wants_gradient(other) else ()
    return elementwise("remainder", (input, other), dtype, saved)


def _addcmul(input: TensorType, tensor1: TensorType, tensor2: TensorType, value: float) -> Result:
    dtype = result_dtype(input, tensor1, tensor2)
    if dtype == "bool":
        raise Fault("E306", "addcmul is not defined for bools")
    if is_whole(dtype) and isinstance(value, float):
        raise Fault("E306", f"addcmul of {dtype} needs a whole number as value", argument="value")
    result = elementwise("addcmul", (input, tensor1, tensor2), dtype)
    saved = tuple(
        SavedFor(kept + 1, (2 - kept,)) for kept, other in ((0, tensor2), (1, tensor1)) if wants_gradient(other)
    )
    return replace(result, saved=saved)


_TWO: Final = (Argument("input", TENSOR_OR_NUMBER), Argument("other", TENSOR_OR_NUMBER))
_PAIR: Final = (INPUT, OTHER)


def _two(
    name: str,
    torch: str,
    rule: Callable[..., Result],
    forward: tuple[Argument, ...],
    summary: str,
    effect: Effect = "computes",
    keeps_chances: bool = False,
) -> Entry:
    example = f"{name}(a, b)"
    return function("arithmetic", name, torch, rule, forward, summary, example, (IMAGE, IMAGE), effect=effect,
                    keeps_chances=keeps_chances)  # fmt: skip


_BINARY: Final = (
    _two("add", "operator.add", _add, _TWO, "Sum, element by element.", "adds"),
    _two("sub", "operator.sub", _sub, _TWO, "Difference, element by element.", "adds"),
    _two("mul", "operator.mul", _mul, _TWO, "Product, element by element.", keeps_chances=True),
    _two("div", "operator.truediv", _div, _TWO, "Quotient, element by element; of whole numbers a fraction."),
    _two("floor_divide", "operator.floordiv", _floor_divide, _TWO, "Quotient rounded down."),
    _two(
        "remainder",
        "torch.remainder",
        _remainder,
        (INPUT, Argument("other", TENSOR_OR_NUMBER)),
        "What is left of a quotient rounded down.",
    ),
    _two("pow", "operator.pow", _pow, _TWO, "Power, element by element."),
    _two(
        "maximum",
        "torch.maximum",
        _larger("maximum"),
        _PAIR,
        "The larger of two, element by element.",
        keeps_chances=True,
    ),
    _two(
        "minimum",
        "torch.minimum",
        _larger("minimum"),
        _PAIR,
        "The smaller of two, element by element.",
        keeps_chances=True,
    ),
    _two("logical_and", "torch.logical_and", _compare("logical_and"), _PAIR, "Whether both are other than 0."),
    _two("logical_or", "torch.logical_or", _compare("logical_or"), _PAIR, "Whether one is other than 0."),
    _two("logical_xor", "torch.logical_xor", _compare("logical_xor"), _PAIR, "Whether exactly one is other than 0."),
    _two("eq", "operator.eq", _compare("eq"), _TWO, "Whether they are equal."),
    _two("ne", "operator.ne", _compare("ne"), _TWO, "Whether they differ."),
    _two("lt", "operator.lt", _compare("lt"), _TWO, "Whether the first is less."),
    _two("le", "operator.le", _compare("le"), _TWO, "Whether the first is less or equal."),
    _two("gt", "operator.gt", _compare("gt"), _TWO, "Whether the first is greater."),
    _two("ge", "operator.ge", _compare("ge"), _TWO, "Whether the first is greater or equal."),
)


# --- choices ---------------------------------------------------------------------------------


def _need_mask(name: str, mask: TensorType, argument: str) -> None:
    if mask.dtype != "bool":
        raise Fault("E306", f"{name} needs a mask of bools, and gets {mask.dtype}", argument=argument)


def _where(condition: TensorType, input: Operand, other: Operand) -> Result:
    _need_mask("where", condition, "condition")
    kept = (0,) if wants_gradient(input) or wants_gradient(other) else ()
    result = elementwise("where", (condition, input, other), result_dtype(input, other))
    return replace(result, saved=kept)


def _masked_fill(input: TensorType, mask: TensorType, value: float) -> Result:
    _need_mask("masked_fill", mask, "mask")
    return elementwise("masked_fill", (input, mask), input.dtype, (1,))


def _clamp(input: TensorType, min: float | None, max: float | None) -> Result:
    bounds = [bound for bound in (min, max) if bound is not None]
    if not bounds:
        raise Fault("E202", "clamp needs min, max or both")
    return elementwise("clamp", (input,), result_dtype(input, *bounds), (0,))


def _triangle(name: str) -> Callable[[TensorType, int], Result]:
    def rule(input: TensorType, diagonal: int) -> Result:
        if input.rank < 2:
            raise Fault("E305", f"{name} needs two axes or more")
        return elementwise(name, (input,), input.dtype)

    return rule


_DIAGONAL: Final = (INPUT, Argument("diagonal", AXIS, 0))
_CHOICES: Final = (
    function(
        "arithmetic",
        "where",
        "torch.where",
        _where,
        (Argument("condition", TENSOR), *_TWO),
        "The first where the condition holds, else the second.",
        "where(gt(a, 0), a, b)",
        (IMAGE, IMAGE),
        effect="computes",
    ),
    function(
        "arithmetic",
        "masked_fill",
        "Tensor.masked_fill",
        _masked_fill,
        (INPUT, Argument("mask", TENSOR), Argument("value", ANY_NUMBER)),
        "A number where the mask holds.",
        "masked_fill(a, lt(b, 0), 0.0)",
        (IMAGE, IMAGE),
        effect="computes",
    ),
    function(
        "arithmetic",
        "clamp",
        "torch.clamp",
        _clamp,
        (INPUT, Argument("min", Maybe(ANY_NUMBER), None), Argument("max", Maybe(ANY_NUMBER), None)),
        "Limited to a range.",
        "clamp(0, 6)",
        effect="computes",
        keeps_chances=True,
    ),
    function(
        "arithmetic",
        "addcmul",
        "torch.addcmul",
        _addcmul,
        (INPUT, Argument("tensor1", TENSOR), Argument("tensor2", TENSOR), keyword("value", NUMBER, 1)),
        "A tensor and the product of two others.",
        "addcmul(a, b, b)",
        (IMAGE, IMAGE),
        effect="computes",
    ),
    function("arithmetic", "tril", "torch.tril", _triangle("tril"), _DIAGONAL, "The lower triangle, else 0."),
    function("arithmetic", "triu", "torch.triu", _triangle("triu"), _DIAGONAL, "The upper triangle, else 0."),
)


# --- one operand -----------------------------------------------------------------------------


def _as_float(x: TensorType) -> str:
    return float_dtype(x)


def _same(x: TensorType) -> str:
    return x.dtype


def _no_bool(x: TensorType) -> str:
    if x.dtype == "bool":
        raise Fault("E306", "this is not defined for bools", help="convert first: `float` or `long`")
    return x.dtype


def _squared(x: TensorType) -> str:
    return "int64" if x.dtype == "bool" else x.dtype


def _only_bool(x: TensorType) -> str:
    return "bool"


class _Unary(NamedTuple):
    name: str
    dtype: Dtype
    saved: Kept
    summary: str
    effect: Effect = "computes"
    bucket: str = "elementwise"


_ONE: Final = (
    _Unary("neg", _no_bool, (), "The negative.", "adds"),
    _Unary("abs", _no_bool, (0,), "The absolute value."),
    _Unary("sign", _same, (), "-1, 0 or 1."),
    _Unary("square", _squared, (0,), "The square."),
    _Unary("sqrt", _as_float, ("output",), "The square root."),
    _Unary("rsqrt", _as_float, ("output",), "One over the square root."),
    _Unary("reciprocal", _as_float, ("output",), "One over the input."),
    _Unary("exp", _as_float, ("output",), "e to the power of the input."),
    _Unary("expm1", _as_float, ("output",), "exp less 1, exact near 0."),
    _Unary("log", _as_float, (0,), "The natural logarithm."),
    _Unary("log1p", _as_float, (0,), "The logarithm of 1 more, exact near 0."),
    _Unary("log2", _as_float, (0,), "The logarithm to base 2."),
    _Unary("log10", _as_float, (0,), "The logarithm to base 10."),
    _Unary("sin", _as_float, (0,), "Sine."),
    _Unary("cos", _as_float, (0,), "Cosine."),
    _Unary("tan", _as_float, ("output",), "Tangent."),
    _Unary("atan", _as_float, (0,), "Arc tangent."),
    _Unary("erf", _as_float, (0,), "The error function.", "squashes"),
    _Unary("floor", _no_bool, (), "Rounded down."),
    _Unary("ceil", _no_bool, (), "Rounded up."),
    _Unary("round", _no_bool, (), "Rounded to the nearest whole number, halves to even."),
    _Unary("logical_not", _only_bool, (), "Whether it is 0."),
    _Unary("isnan", _only_bool, (), "Whether it is not a number."),
    _Unary("tanh", _as_float, ("output",), "Hyperbolic tangent.", "squashes", "activation"),
    _Unary("sigmoid", _as_float, ("output",), "1 / (1 + exp(-x)).", "chances", "activation"),
)


def _one(row: _Unary) -> Entry:
    def rule(input: TensorType) -> Result:
        output = TensorType(input.shape, row.dtype(input))
        kept = row.saved if wants_gradient(input) else ()
        return Result((output,), flops=((row.bucket, output.elements),), saved=kept)

    return function("arithmetic", row.name, f"torch.{row.name}", rule, (INPUT,), row.summary, effect=row.effect)


ENTRIES: Final[tuple[Entry, ...]] = (
    *_BINARY,
    *_CHOICES,
    *map(_one, _ONE),
)
