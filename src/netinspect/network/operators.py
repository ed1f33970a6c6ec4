"""Arithmetic of the language: Python's, with bounds, over plain numbers and Extents alike.

Every operation is checked before it can grow: whole numbers stay below 2^31, powers are bounded before
they are computed, lists hold at most 1,000 elements nested 3 deep.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final

from netinspect.catalogue.own_functions import make_divisible
from netinspect.errors import Mistake, Span
from netinspect.network.network import Extent, Value
from netinspect.network.results import LineResult, ShapeOf, TypeRef

BOUND: Final = 2**31
MAX_RANGE: Final = 10_000
MAX_ELEMENTS: Final = 1_000
MAX_NESTING: Final = 3

_BINARY: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow,
}  # fmt: skip


PARAMETERS: Final = {"make_divisible": ("value", "divisor", "min_value"), "round": ("number", "ndigits")}
"""The names by which a function on numbers takes its arguments, where it takes names at all."""

FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "min": min, "max": max, "round": round, "int": int, "ceil": math.ceil, "floor": math.floor,
    "sqrt": math.sqrt, "log": math.log, "exp": math.exp, "sin": math.sin, "cos": math.cos,
    "make_divisible": make_divisible,
}  # fmt: skip


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, LineResult | Value):
        return "a tensor"
    if isinstance(value, TypeRef):
        return f"the type `{value.name}`"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return f"the text '{value}'"
    if value is None:
        return "None"
    if isinstance(value, tuple | ShapeOf):
        return "a list"
    return "a number"


def is_number(value: Any) -> bool:
    """Whether arithmetic may use it; a truth value may not."""
    return isinstance(value, int | float | Extent) and not isinstance(value, bool)


def at(value: Any, batch: int) -> Any:
    """`value` at one of the three batch sizes, Extents and shapes resolved, tuples through and through."""
    if isinstance(value, Extent):
        return value.values[batch]
    if isinstance(value, ShapeOf):
        return value.at(batch)
    if isinstance(value, tuple):
        return tuple([at(item, batch) for item in value])
    return value


def depends_on_shape(value: Any) -> bool:
    """Whether an Extent or a shape is in it."""
    if isinstance(value, tuple):
        return any(depends_on_shape(item) for item in value)
    return isinstance(value, Extent | ShapeOf)


def settle(value: Any, span: Span, what: str) -> Any:
    """A fixed value: what does not depend on the batch size (E307 if it does)."""
    if not depends_on_shape(value):
        return value
    two, three, reported = at(value, 0), at(value, 1), at(value, 2)
    if two != three or two != reported:
        raise Mistake.at(
            "E307",
            f"{what} depends on the batch size",
            span,
            note=f"it is {two} for a batch of 2 and {three} for a batch of 3",
            help="axis 0 of a tensor is the batch; use another axis, or a var",
        )
    return two


def binary(symbol: str, left: Any, right: Any, span: Span) -> Any:
    """`left symbol right` for numbers; `+` joins lists, `*` repeats a list or text never."""
    if type(left) is int and type(right) is int and symbol in "+-*":
        return checked(_BINARY[symbol](left, right), span)
    if symbol == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        return bounded_list(left + right, span)
    for value in (left, right):
        if not is_number(value):
            raise Mistake.at("E212", f"`{symbol}` needs numbers, and gets {kind_of(value)}", span)
    if symbol == "@":
        raise Mistake.at("E212", "`@` multiplies matrices, and these are numbers", span, help="write `*`")
    if isinstance(left, Extent) or isinstance(right, Extent):
        two, three, reported = (_compute(symbol, at(left, k), at(right, k), span) for k in range(3))
        return Extent((two, three, reported), symbol, (left, right))
    return _compute(symbol, left, right, span)


def _compute(symbol: str, left: float, right: float, span: Span) -> Any:
    if symbol == "**":
        if left == 0 and right < 0:
            raise Mistake.at("E215", f"division by zero: 0 ** {right}", span)
        if left < 0 and not float(right).is_integer():
            raise Mistake.at("E211", f"{left} ** {right} is not a real number", span)
        if abs(left) > 1 and right * math.log2(abs(left)) > 64:
            raise Mistake.at("E502", f"{left} ** {right} is too large", span, note="whole numbers stay below 2^31")
    try:
        result = _BINARY[symbol](left, right)
    except ZeroDivisionError:
        raise Mistake.at("E215", f"division by zero: {left} {symbol} {right}", span) from None
    except OverflowError:
        raise Mistake.at("E502", "the number is too large", span) from None
    return checked(result, span)


def checked(value: Any, span: Span) -> Any:
    """A number within bounds: whole below 2^31, fractions finite (E502)."""
    if isinstance(value, int) and not -BOUND < value < BOUND:
        raise Mistake.at("E502", f"{value} is too large", span, note="whole numbers stay below 2^31")
    if isinstance(value, float) and not math.isfinite(value):
        raise Mistake.at("E502", f"{value} is not a finite number", span)
    return value


def negate(value: Any, span: Span) -> Any:
    """`-value`."""
    if not is_number(value):
        code = "E210" if isinstance(value, LineResult | Value) else "E212"
        raise Mistake.at(code, f"`-` needs a number, and gets {kind_of(value)}", span)
    if isinstance(value, Extent):
        two, three, reported = value.values
        return Extent((-two, -three, -reported), "neg", (value,))
    return -value


def call_number_function(name: str, arguments: tuple[Any, ...], span: Span) -> Any:
    """A function of FUNCTIONS over numbers and lists of numbers."""
    if name in ("min", "max") and len(arguments) == 1 and isinstance(arguments[0], tuple):
        arguments = arguments[0]
    for value in arguments:
        if not is_number(value) and not (name == "make_divisible" and value is None):
            code = "E210" if isinstance(value, LineResult | Value) else "E212"
            raise Mistake.at(code, f"`{name}` needs numbers, and gets {kind_of(value)}", span)
    if not any(isinstance(value, Extent) for value in arguments):
        return _apply(name, arguments, span)
    two, three, reported = (_apply(name, at(arguments, k), span) for k in range(3))
    return Extent((two, three, reported), name, arguments)


def _apply(name: str, arguments: tuple[Any, ...], span: Span) -> Any:
    try:
        return checked(FUNCTIONS[name](*arguments), span)
    except OverflowError:
        raise Mistake.at("E502", "the number is too large", span) from None
    except TypeError:
        raise Mistake.at("E202", f"`{name}` does not take these values", span) from None
    except ValueError:
        raise Mistake.at("E211", f"`{name}` has no value for {', '.join(map(str, arguments))}", span) from None
    except ZeroDivisionError:
        raise Mistake.at("E215", f"division by zero in `{name}`", span) from None


def number_range(arguments: tuple[Any, ...], span: Span) -> tuple[int, ...]:
    """`range(…)`, bounded before it is listed (E501)."""
    for value in arguments:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Mistake.at("E205", f"`range` needs whole numbers, and gets {kind_of(value)}", span)
    if not 1 <= len(arguments) <= 3:
        raise Mistake.at("E202", "`range` takes one to three numbers", span)
    if len(arguments) == 3 and arguments[2] == 0:
        raise Mistake.at("E215", "`range` with a step of 0 never ends", span)
    numbers = range(*arguments)
    if len(numbers) > MAX_RANGE:
        raise Mistake.at("E501", f"a range of {len(numbers):,} numbers; at most {MAX_RANGE:,} are allowed", span)
    return tuple(numbers)


def bounded_list(items: tuple[Any, ...], span: Span) -> tuple[Any, ...]:
    """A list value within bounds: 1,000 elements counted recursively, nested at most 3 deep (E502)."""
    if any(isinstance(item, tuple) for item in items):
        elements, nesting = _extent_of(items)
    else:
        elements, nesting = len(items), 1
    if elements > MAX_ELEMENTS or nesting > MAX_NESTING:
        raise Mistake.at(
            "E502",
            f"a list of {elements} elements, nested {nesting} deep, is too large",
            span,
            note=f"at most {MAX_ELEMENTS:,} elements and {MAX_NESTING} levels",
        )
    return items


def _extent_of(items: tuple[Any, ...]) -> tuple[int, int]:
    elements, nesting = 0, 1
    for item in items:
        if isinstance(item, tuple):
            inner, depth = _extent_of(item)
            elements, nesting = elements + inner, max(nesting, depth + 1)
        else:
            elements += 1
    return elements, nesting
