"""Expressions of a spec to values: numbers, text, lists, shapes, layer types, results of lines.

Nothing here reaches Python's own names: an expression is a tree of the language, and every name is looked
up in the context alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from netinspect.errors import Mistake, Span
from netinspect.language import syntax
from netinspect.language.messages import closest
from netinspect.network import operators
from netinspect.network.context import MISSING, Context
from netinspect.network.network import Extent, Value
from netinspect.network.results import (
    POISON,
    LayerModule,
    LineResult,
    Opaque,
    Poisoned,
    ShapeOf,
    TypeRef,
    Unknown,
)

Node = syntax.Expression


def evaluate(node: Node, context: Context) -> Any:
    """The value of `node` in `context`. Raises Mistake, or Poisoned where a failed line is touched."""
    return _RULES[type(node)](node, context)


def _literal(node: syntax.Literal, _context: Context) -> Any:
    value = node.value
    return operators.checked(value, node.span) if type(value) in (int, float) else value


def _name(node: syntax.Name, context: Context) -> Any:
    if node.id == "prev":
        meaning = context.cursor.prev
    elif node.id == "input":
        meaning = context.input
    else:
        meaning = context.find(node.id)
    if meaning is MISSING:
        raise context.unresolved(node.id, node.span, called=False)
    if meaning is POISON:
        raise Poisoned
    if isinstance(meaning, Opaque):
        raise Unknown
    return meaning


_PREFIXES: Final = frozenset({"nn", "torch", "F", "torch.nn", "torch.nn.functional", "nn.functional"})


def without_prefix(node: Node, context: Context) -> Node:
    """`Linear` for torch's `nn.Linear`, `relu` for `F.relu`; any other expression as it is."""
    if not isinstance(node, syntax.Attribute):
        return node
    path, root = "", node.value
    while isinstance(root, syntax.Attribute):
        path, root = f".{root.name}{path}", root.value
    if not isinstance(root, syntax.Name) or root.id + path not in _PREFIXES or context.find(root.id) is not MISSING:
        return node
    return syntax.Name(node.name, node.span)


def _attribute(node: syntax.Attribute, context: Context) -> Any:
    plain = without_prefix(node, context)
    if plain is not node:
        return evaluate(plain, context)
    if node.name == "steps" and isinstance(node.value, syntax.Name):
        turns = context.find_turns(node.value.id)
        if turns is not None:
            return turns
    base = evaluate(node.value, context)
    if isinstance(base, LineResult):
        module = base.module if isinstance(base.module, LayerModule) and node.name not in base.outputs else None
        weight = next((item for item in module.tensors if item.name == node.name), None) if module else None
        if module is not None and weight is not None:
            return context.work.invoke.weight(context, module, weight, node.span)
        return _result_attribute(base, node, context)
    raise Mistake.at("E110", f"{operators.kind_of(base)} has no `.{node.name}`", node.name_span)


def _result_attribute(result: LineResult, node: syntax.Attribute, context: Context) -> Any:
    name = node.name
    if name == "shape":
        if isinstance(result.value, Value):
            return ShapeOf(result.value)
        raise Mistake.at(
            "E110",
            f"a list of {len(result.value)} tensors has no shape",
            node.name_span,
            help="take one of them: `[0]`",
        )
    if name == "steps" and result.steps is not None:
        return result.steps
    if name in result.outputs:
        return LineResult(result.outputs[name], result.span)
    line = result.names.get(name)
    if line is POISON:
        raise Poisoned
    if line is not None:
        return line
    weights = [item.name for item in result.module.tensors] if isinstance(result.module, LayerModule) else []
    candidates = (*result.outputs, *result.names, *weights, *(("steps",) if result.steps is not None else ()), "shape")
    guess = closest(name, candidates)
    if name in context.work.functions and guess is None:
        raise Mistake.at("E110", f"`.{name}` is a method, not a value", node.name_span, help=f"call it: `.{name}(…)`")
    raise Mistake.at(
        "E110",
        f"there is no output `{name}` here",
        node.name_span,
        note=f"there are {', '.join(candidates)}",
        help=f"did you mean `.{guess}`?" if guess else None,
    )


def _index(node: syntax.Index, context: Context) -> Any:
    base = evaluate(node.value, context)
    if isinstance(base, LineResult):
        if isinstance(base.value, Value):
            return context.work.invoke.subscript(context, base, node, None)
        return _element(tuple(LineResult(value, base.span) for value in base.value), node, context)
    if isinstance(base, ShapeOf):
        extents = tuple(extent_of(base.value, axis) for axis in range(base.value.type.rank))
        return _element(extents, node, context)
    if isinstance(base, tuple):
        return _element(base, node, context)
    raise Mistake.at("E212", f"{operators.kind_of(base)} cannot be indexed", node.span)


def values_of(argument: syntax.Argument, context: Context) -> tuple[Any, ...]:
    """The value of an argument, or behind a `*` the items of the list that it is (E212)."""
    if not isinstance(argument.value, syntax.Spread):
        return (evaluate(argument.value, context),)
    value = evaluate(argument.value.value, context)
    if isinstance(value, LineResult) and isinstance(value.value, tuple):
        return tuple(LineResult(item, value.span) for item in value.value)
    if isinstance(value, ShapeOf):
        return tuple(extent_of(value.value, axis) for axis in range(value.value.type.rank))
    if not isinstance(value, tuple):
        raise Mistake.at("E212", f"`*` spreads a list, and this is {operators.kind_of(value)}", argument.span)
    if any(item is POISON for item in value):
        raise Poisoned
    return value


def extent_of(value: Value, axis: int) -> Extent:
    """The size of one axis, as a number that remembers where it comes from."""
    two, three, reported = (kind.shape[axis] for kind in value.types)
    return Extent((two, three, reported), "size", (value, axis))


def _element(items: tuple[Any, ...], node: syntax.Index, context: Context) -> Any:
    if len(node.items) != 1 or isinstance(node.items[0], syntax.Ellipsis):
        raise Mistake.at("E214", "a list takes one index", node.span)
    item = node.items[0]
    if isinstance(item, syntax.Slice):
        start, stop, step = (
            None if part is None else whole(evaluate(part, context), part.span, "a slice bound")
            for part in (item.start, item.stop, item.step)
        )
        if step == 0:
            raise Mistake.at("E215", "a slice with a step of 0 has no end", item.span)
        return items[start:stop:step]
    position = whole(evaluate(item, context), item.span, "an index")
    if not -len(items) <= position < len(items):
        raise Mistake.at("E215", f"index {position} is out of range: there are {len(items)}", item.span)
    element = items[position]
    if element is POISON:
        raise Poisoned
    return element


def whole(value: Any, span: Span, what: str) -> int:
    """A fixed whole number (E205, E212, E307)."""
    value = operators.settle(value, span, what)
    if isinstance(value, float):
        help = f"write {int(value)}; `/` gives a fraction, `//` a whole number" if value.is_integer() else None
        raise Mistake.at("E205", f"{what} is a whole number, not {value}", span, help=help)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake.at("E212", f"{what} is a whole number, not {operators.kind_of(value)}", span)
    return value


def _call(node: syntax.Call, context: Context) -> Any:
    function = without_prefix(node.function, context)
    if isinstance(function, syntax.Attribute):
        return context.work.invoke.method(context, function, node, None)
    assert isinstance(function, syntax.Name)
    meaning = context.find_callable(function.id)
    if isinstance(meaning, TypeRef):
        raise Mistake.at(
            "E209",
            f"a layer cannot be made inside a call: `{meaning.name}`",
            node.span,
            help=f"give it a line of its own above: `- name: {meaning.name}(…)`",
        )
    if isinstance(meaning, LineResult):
        return context.work.invoke.again(context, meaning, node, None)
    if function.id in NUMBER_FUNCTIONS:
        if meaning is not MISSING and node.arguments and is_tensor(node.arguments[0].value, context):
            return context.work.invoke.function(context, meaning, node, None, None)
        # Arguments that are given by name go to their places in the function's own order (E201).
        items = [value for a in node.arguments if a.name is None for value in values_of(a, context)]
        named = {a.name: evaluate(a.value, context) for a in node.arguments if a.name is not None}
        rest = operators.PARAMETERS.get(function.id, ())[len(items) :] if named else ()
        items += [named.pop(parameter, _DEFAULTS.get(parameter)) for parameter in rest]
        if named:
            raise Mistake.at("E201", f"`{function.id}` has no argument `{next(iter(named))}`", node.span)
        values = tuple(items)
        if function.id == "len":
            if len(values) != 1:
                raise Mistake.at("E202", "`len` takes one list", node.span)
            value = values[0]
            if isinstance(value, ShapeOf):
                return value.value.type.rank
            if isinstance(value, LineResult) and isinstance(value.value, tuple):
                return len(value.value)
            if isinstance(value, tuple):
                return len(value)
            raise Mistake.at("E212", f"`len` needs a list, and gets {operators.kind_of(value)}", node.span)
        if function.id == "range":
            settled = tuple(operators.settle(value, node.span, "a range") for value in values)
            return operators.number_range(settled, node.span)
        return operators.call_number_function(function.id, values, node.span)
    if meaning is MISSING:
        raise context.unresolved(function.id, function.span, called=True)
    return context.work.invoke.function(context, meaning, node, None, None)


NUMBER_FUNCTIONS: Final = frozenset({*operators.FUNCTIONS, "len", "range"})
"""Functions on numbers; some share their name with a tensor function, and the arguments decide."""


_DEFAULTS: Final = {"divisor": 8, "min_value": None, "ndigits": None}


def is_tensor(node: Node, context: Context) -> bool:
    """Whether an expression is a tensor, told from names alone: nothing is evaluated twice."""
    node = without_prefix(node, context)
    if isinstance(node, syntax.Name):
        if node.id in ("prev", "input"):
            return True
        return isinstance(context.find(node.id), LineResult)
    if isinstance(node, syntax.Attribute):
        return node.name != "shape" and is_tensor(node.value, context)
    if isinstance(node, syntax.Index):
        return is_tensor(node.value, context)
    if isinstance(node, syntax.Unary):
        return node.operator != "not" and is_tensor(node.operand, context)
    if isinstance(node, syntax.Binary):
        return is_tensor(node.left, context) or is_tensor(node.right, context)
    if isinstance(node, syntax.Call):
        function = without_prefix(node.function, context)
        if isinstance(function, syntax.Attribute):
            return function.name not in ("size", "dim") and is_tensor(function.value, context)
        if isinstance(function, syntax.Name) and function.id in NUMBER_FUNCTIONS:
            return bool(node.arguments) and is_tensor(node.arguments[0].value, context)
        return True
    return False


def _unary(node: syntax.Unary, context: Context) -> Any:
    value = evaluate(node.operand, context)
    if node.operator == "not":
        return not truth(value, node.operand.span)
    return (
        context.work.invoke.signed(context, node, value, None)
        if isinstance(value, LineResult)
        else _signed(node, value)
    )


def _signed(node: syntax.Unary, value: Any) -> Any:
    return operators.negate(value, node.span) if node.operator == "-" else operators.binary("+", 0, value, node.span)


def _binary(node: syntax.Binary, context: Context) -> Any:
    return arithmetic(node, context, None)


def arithmetic(node: syntax.Expression, context: Context, name: str | None) -> Any:
    """A sum, product or sign, on numbers or on tensors; of a tensor `name` is the line's. A chain of them is a loop."""
    if isinstance(node, syntax.Unary):
        value = evaluate(node.operand, context)
        return (
            context.work.invoke.signed(context, node, value, name)
            if isinstance(value, LineResult)
            else _signed(node, value)
        )
    chain: list[syntax.Binary] = []
    while isinstance(node, syntax.Binary):
        chain.append(node)
        node = node.left
    value = evaluate(node, context)
    for link in reversed(chain):
        right = evaluate(link.right, context)
        if isinstance(value, LineResult) or isinstance(right, LineResult):
            value = context.work.invoke.joined(context, link, value, right, name if link is chain[0] else None)
        else:
            value = operators.binary(link.operator, value, right, link.span)
    return value


def _logical(node: syntax.Logical, context: Context) -> Any:
    stop_at = node.operator == "or"
    value: Any = None
    for operand in node.operands:
        value = evaluate(operand, context)
        if truth(value, operand.span) is stop_at:
            return value
    return value


def _conditional(node: syntax.Conditional, context: Context) -> Any:
    chosen = node.value if truth(evaluate(node.test, context), node.test.span) else node.otherwise
    return evaluate(chosen, context)


def _list(node: syntax.ListOf, context: Context) -> Any:
    return operators.bounded_list(tuple(evaluate(item, context) for item in node.items), node.span)


def _spread(node: syntax.Spread, _context: Context) -> Any:
    raise Mistake.at("E017", "`*` cannot spread a list over settings", node.span, help="write them out")


def truth(value: Any, span: Span) -> bool:
    """A condition (E307 if it depends on the batch size; tensors have no truth)."""
    if isinstance(value, LineResult | TypeRef):
        raise Mistake.at(
            "E212",
            f"a condition needs a number or a truth value, and gets {operators.kind_of(value)}",
            span,
            note="what a network computes does not decide which layers it has",
        )
    return bool(operators.settle(value, span, "this condition"))


_COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "in": lambda a, b: a in b, "not in": lambda a, b: a not in b,
    "is": lambda a, b: a is b, "is not": lambda a, b: a is not b,
}  # fmt: skip


def _compare(node: syntax.Compare, context: Context) -> bool:
    left, left_span = evaluate(node.first, context), node.first.span
    for symbol, operand in node.rest:
        right = evaluate(operand, context)
        if not _holds(symbol, left, right, node.span, (left_span, operand.span)):
            return False
        left, left_span = right, operand.span
    return True


def _holds(symbol: str, left: Any, right: Any, span: Span, sides: tuple[Span, Span]) -> bool:
    for value, side in zip((left, right), sides, strict=True):
        if isinstance(value, LineResult):
            raise Mistake.at("E210", f"`{symbol}` does not work on tensors", side, help="compare their `.shape`")
    if not (operators.depends_on_shape(left) or operators.depends_on_shape(right)):
        return _compare_plain(symbol, left, right, span)
    answers = {_compare_plain(symbol, operators.at(left, k), operators.at(right, k), span) for k in range(3)}
    if len(answers) > 1:
        raise Mistake.at(
            "E307",
            "this condition depends on the batch size",
            span,
            help="axis 0 of a tensor is the batch; compare another axis",
        )
    return answers.pop()


def _compare_plain(symbol: str, left: Any, right: Any, span: Span) -> bool:
    if symbol in ("is", "is not"):
        symbol = "==" if symbol == "is" else "!="
    try:
        return bool(_COMPARISONS[symbol](left, right))
    except TypeError:
        message = f"`{symbol}` cannot compare {operators.kind_of(left)} with {operators.kind_of(right)}"
        raise Mistake.at("E212", message, span) from None


_RULES: Final[dict[type, Callable[[Any, Context], Any]]] = {
    syntax.Literal: _literal, syntax.Name: _name, syntax.Attribute: _attribute, syntax.Index: _index,
    syntax.Call: _call, syntax.Unary: _unary, syntax.Binary: _binary, syntax.Logical: _logical,
    syntax.Conditional: _conditional, syntax.ListOf: _list, syntax.Compare: _compare,
    syntax.Spread: _spread,
}  # fmt: skip
