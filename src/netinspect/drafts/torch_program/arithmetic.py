"""Operators on numbers that keep their words, and on tensors, where they are steps."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any, Final

from netinspect.drafts.torch_program import tensors
from netinspect.drafts.torch_program.values import (
    UNARY,
    UNKNOWN,
    Argument,
    Opaque,
    Sample,
    Scalar,
    Shape,
    Step,
    Tensor,
    Torch,
    Untold,
    Value,
    known,
    literal,
    truth,
)

MAX_NUMBER: Final = 2**31
MAX_TEXT: Final = 10_000
MAX_ITEMS: Final = 10_000

BINARY: Final[dict[type[ast.operator], tuple[str, int, Callable[[Any, Any], Any], str | None]]] = {
    ast.Add: ("+", 5, operator.add, "+"),
    ast.Sub: ("-", 5, operator.sub, "-"),
    ast.Mult: ("*", 6, operator.mul, "mul"),
    ast.Div: ("/", 6, operator.truediv, "div"),
    ast.FloorDiv: ("//", 6, operator.floordiv, None),
    ast.Mod: ("%", 6, operator.mod, None),
    ast.Pow: ("**", 8, operator.pow, "pow"),
    ast.MatMult: ("@", 6, operator.matmul, "matmul"),
}
"""Of each operator: its sign, how strongly it binds, what it does to numbers, and its step on tensors."""

COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def binary(sign: ast.operator, left: Value, right: Value, steps: list[Step]) -> Value:
    """`left sign right`."""
    symbol, binding, compute, on_tensors = BINARY.get(type(sign), (None, 0, None, None))
    if symbol is None or compute is None:
        raise Untold
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        if on_tensors is None:
            raise Untold
        arguments: list[Argument] = [(None, left), (None, right)]
        return tensors.call_function(on_tensors, arguments, steps)
    if isinstance(left, Opaque) or isinstance(right, Opaque):
        return Opaque()
    if isinstance(left, Sample) and isinstance(right, Scalar) and isinstance(right.value, int | float):
        if symbol != "*":
            raise Untold
        return Sample(left.shape, left.maker, left.high, left.std * right.value)
    if symbol == "*" and isinstance(right, Sample) and isinstance(left, Scalar):
        return binary(sign, right, left, steps)
    if symbol == "+" and isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if len(left) + len(right) > MAX_ITEMS:
            raise Untold
        return [*left, *right] if isinstance(left, list) else (*left, *right)
    if symbol == "*" and isinstance(left, list | tuple) and isinstance(right, Scalar):
        count = known(right)
        if not isinstance(count, int) or count * len(left) > 1000:
            raise Untold
        return left * count
    if symbol == "%" and isinstance(left, Scalar) and isinstance(left.value, str):
        # `"layer%d" % 3`; no width or precision.
        words = [known(value) for value in (right if isinstance(right, tuple) else (right,))]
        first, *pieces = re.split(r"%[ds]", left.value)
        if len(pieces) != len(words) or "%" in "".join((first, *pieces)):
            raise Untold
        return literal(first + "".join(f"{word}{piece}" for word, piece in zip(words, pieces, strict=True)))
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return _of_scalars(symbol, binding, compute, left, right)
    raise Untold


def _of_scalars(symbol: str, binding: int, compute: Callable[[Any, Any], Any], left: Scalar, right: Scalar) -> Scalar:
    """The value is worked out where both are known; numbers of a loop are folded, as nobody wrote them."""
    value: object = UNKNOWN
    if left.value is not UNKNOWN and right.value is not UNKNOWN:
        value = _computed(symbol, compute, left.value, right.value)
        if isinstance(value, str) or (left.is_literal and right.is_literal and (left.counted or right.counted)):
            return literal(value, counted=True)
        if right.value == 1 and right.is_literal and symbol in ("*", "/", "//", "**") and isinstance(left.value, int):
            return left if symbol != "/" else literal(value)
        if left.value == 1 and left.is_literal and symbol == "*":
            return right
        if right.value == 0 and right.is_literal and symbol in ("+", "-"):
            return left
        if left.value == 0 and left.is_literal and symbol == "+":
            return right
        if left.value == 0 and left.is_literal and symbol == "*":
            return literal(value)
    if left.scope is not None and right.scope is not None and left.scope is not right.scope:
        if value is UNKNOWN:
            raise Untold
        return literal(value)
    before = _bracketed(left, binding + (symbol == "**"))
    after = _bracketed(right, binding + (symbol != "**"))
    return Scalar(
        (*before, f" {symbol} " if symbol != "**" else " ** ", *after), value, binding, left.scope or right.scope
    )


def _computed(symbol: str, compute: Callable[[Any, Any], Any], left: object, right: object) -> object:
    if symbol == "**" and not (isinstance(right, int | float) and abs(right) <= 64):
        raise Untold
    if isinstance(left, str) and isinstance(right, str) and symbol == "+" and len(left) + len(right) < MAX_TEXT:
        return left + right
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise Untold
    try:
        value = compute(left, right)
    except (ArithmeticError, TypeError, ValueError):
        raise Untold from None
    if not isinstance(value, int | float) or abs(value) > MAX_NUMBER:
        raise Untold
    return value


def _bracketed(scalar: Scalar, binding: int) -> tuple[str | Tensor, ...]:
    return scalar.parts if scalar.binding >= binding else ("(", *scalar.parts, ")")


def unary(sign: ast.unaryop, operand: Value, steps: list[Step]) -> Value:
    """`-x`, `+x`, `not x`."""
    if isinstance(sign, ast.Not):
        return literal(not truth(operand))
    if isinstance(operand, Tensor) and isinstance(sign, ast.USub):
        return tensors.call_function("neg", [(None, operand)], steps)
    if not isinstance(operand, Scalar):
        raise Untold
    if isinstance(sign, ast.UAdd):
        return operand
    if not isinstance(sign, ast.USub):
        raise Untold
    if isinstance(operand.value, int | float):
        if operand.is_literal:
            return literal(-operand.value, counted=operand.counted)
        return Scalar(("-", *_bracketed(operand, UNARY)), -operand.value, UNARY, operand.scope)
    if operand.value is UNKNOWN:
        return Scalar(("-", *_bracketed(operand, UNARY)), UNKNOWN, UNARY, operand.scope)
    raise Untold


def compare(sign: ast.cmpop, left: Value, right: Value) -> Scalar:
    """A comparison of known values."""
    if isinstance(sign, ast.Is | ast.IsNot):
        if isinstance(left, Tensor | Shape) and isinstance(right, Scalar) and right.value is None:
            return literal(isinstance(sign, ast.IsNot))
        return literal(_same(left, right) == isinstance(sign, ast.Is))
    if isinstance(sign, ast.In | ast.NotIn) and isinstance(right, list | tuple | dict):
        return literal(any(_equal(left, item) for item in right) == isinstance(sign, ast.In))
    if isinstance(sign, ast.Eq | ast.NotEq):
        return literal(_equal(left, right) == isinstance(sign, ast.Eq))
    if type(sign) not in COMPARISONS:
        raise Untold
    try:
        return literal(bool(COMPARISONS[type(sign)](known(left), known(right))))
    except TypeError:
        raise Untold from None


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return known(left) is known(right) or known(left) == known(right)
    if isinstance(left, Opaque) or isinstance(right, Opaque):
        raise Untold
    if isinstance(left, Torch) and isinstance(right, Torch):
        return left.path == right.path
    return left is right


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, str):
        left = literal(left)
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return bool(known(left) == known(right))
    if isinstance(left, str) or isinstance(right, str):
        return left == right or (isinstance(right, str) and isinstance(left, Scalar) and known(left) == right)
    if isinstance(left, Shape | Opaque | Tensor) or isinstance(right, Shape | Opaque | Tensor):
        raise Untold
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(_equal(a, b) for a, b in zip(left, right, strict=True))
    return _same(left, right)
