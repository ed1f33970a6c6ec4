"""Repeats: `3 * X`, `X for i in …`, `2 * [A, B]`, and how a long one is refused before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from netinspect.errors import Mistake, Span
from netinspect.language import syntax
from netinspect.network import operators
from netinspect.network.context import MISSING, Context
from netinspect.network.evaluate import evaluate, is_tensor, whole, without_prefix
from netinspect.network.network import Extent
from netinspect.network.results import LineResult, TypeRef

MAX_REPEATS: Final = 10_000


def turns_of(loop: syntax.Loop, context: Context) -> Iterator[Context]:
    """The context of each turn, its counters in sight."""
    for value in loop_values(loop, context):
        yield context.with_counters(loop_counters(loop, value))


def loop_values(loop: syntax.Loop, context: Context) -> tuple[Any, ...]:
    """What `for` runs over, bounded (E501)."""
    values = operators.settle(evaluate(loop.values, context), loop.values.span, "what `for` runs over")
    if not isinstance(values, tuple):
        help = "write `range(…)`" if isinstance(values, int | Extent) else None
        raise Mistake.at(
            "E212", f"`for` runs over a list, not {operators.kind_of(values)}", loop.values.span, help=help
        )
    return values


def loop_counters(loop: syntax.Loop, value: Any) -> dict[str, Any]:
    """The counters of one turn (E214 where a pair does not unpack)."""
    if len(loop.names) == 1:
        return {loop.names[0]: value}
    if not isinstance(value, tuple) or len(value) != len(loop.names):
        count = len(value) if isinstance(value, tuple) else 1
        raise Mistake.at(
            "E214",
            f"`for {', '.join(loop.names)}` needs {len(loop.names)} values a turn, and gets {count}",
            loop.values.span,
        )
    return dict(zip(loop.names, value, strict=True))


def repeat_count(body: syntax.Body, context: Context) -> int:
    """How often a body runs: E205, E211, E501."""
    if body.count is None:
        return 1
    value = evaluate(body.count, context)
    if isinstance(value, LineResult):
        raise Mistake.at("E212", "a number of repeats is a whole number, not a tensor", body.count.span)
    count = whole(value, body.count.span, "a number of repeats")
    if count < 0:
        raise Mistake.at("E211", f"{count} repeats: must be at least 0", body.count.span)
    if count > MAX_REPEATS:
        raise Mistake.at("E501", f"{count:,} repeats; at most {MAX_REPEATS:,} are allowed", body.count.span)
    return count


def read_product(body: syntax.Body, context: Context) -> syntax.Body:
    """The body with `weights * gru` and `0.5 * prev` read as the products they are: what is no layer cannot repeat.

    E203 for `2 * relu(prev)`, which may be either."""
    if body.count is None or isinstance(body.unit, tuple):
        return body
    if not is_tensor(body.count, context):
        if not _is_value(body.unit, context):
            return body
        if mentions(body.unit, ("prev",)) and not isinstance(body.unit, syntax.Name):
            # The number may count the turns as well as be a factor.
            count = operators.settle(evaluate(body.count, context), body.count.span, "a number of repeats")
            if isinstance(count, int):
                unit = context.work.text_at(body.unit.span)
                raise Mistake.at(
                    "E203",
                    f"`{count} * {unit}` may be a product or a repeat",
                    body.span,
                    note=f"for {count} turns write `{unit} for _ in range({count})`",
                    help=f"for the product write `{unit} * {count}`",
                )
    product = syntax.Binary("*", body.count, body.unit, body.span)
    if body.is_sum and isinstance(body.count, syntax.Binary):  # a + b * c is a + (b * c)
        right = body.count.right
        last = Span(right.span.line, right.span.column, body.span.end_line, body.span.end_column)
        product = syntax.Binary("*", right, body.unit, last)
        product = syntax.Binary(body.count.operator, body.count.left, product, body.span)
    return syntax.Body(None, product, body.span)


def _is_value(node: syntax.Expression, context: Context) -> bool:
    """Whether the unit behind a count is a tensor, and no layer, block, sub-network or function to call."""
    node = without_prefix(node, context)
    if isinstance(node, syntax.Name):
        if node.id in ("prev", "input"):
            return True
        return isinstance(context.find_line(node.id), LineResult) and context.find_callable(node.id) is MISSING
    if not isinstance(node, syntax.Call):
        return is_tensor(node, context)
    function = without_prefix(node.function, context)
    if isinstance(function, syntax.Name) and isinstance(context.find_callable(function.id), TypeRef):
        return False
    operand = function.value if isinstance(function, syntax.Attribute) else None
    operands = [operand] if operand else [argument.value for argument in node.arguments]
    return any(is_tensor(operand, context) for operand in operands)


def makes_layers(body: syntax.Body, context: Context) -> bool:
    """Whether a repeat holds new layers, so that its name is a container and not only a value."""
    if isinstance(body.unit, tuple):
        return any(makes_layers(inner, context) for inner in body.unit)
    callee = without_prefix(body.unit.function if isinstance(body.unit, syntax.Call) else body.unit, context)
    if not isinstance(callee, syntax.Name):
        return False
    meaning = context.find_callable(callee.id)
    return isinstance(meaning, TypeRef) or meaning is MISSING


def mentions(node: Any, names: tuple[str, ...]) -> bool:
    """Whether a part of the syntax tree uses one of these names."""
    if isinstance(node, syntax.Name):
        return node.id in names
    if isinstance(node, tuple):
        return any(mentions(item, names) for item in node)
    slots = getattr(type(node), "__slots__", ())
    return any(mentions(getattr(node, slot), names) for slot in slots if slot != "span")
