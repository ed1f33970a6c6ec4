"""How many steps a spec will take, counted before anything is elaborated.

A hostile spec multiplies repeats through nested blocks; this count multiplies too, and each block is
counted once for each set of arguments. What depends on a tensor's shape is not known yet: such a repeat
counts once, and of two branches the longer one counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netinspect.errors import Mistake, Span
from netinspect.language import syntax
from netinspect.network import operators
from netinspect.network.context import MAX_DEPTH, MAX_STEPS, Context, Cursor, too_deep, too_many_steps
from netinspect.network.evaluate import evaluate, truth, without_prefix
from netinspect.network.repeats import loop_counters, loop_values, read_product, repeat_count
from netinspect.network.results import Opaque, Poisoned, Refused, TypeRef, Unknown

_OPEN = (Unknown, Mistake, Poisoned)


class _Count:
    """Blocks counted so far by name and arguments, and the blocks that are being counted."""

    __slots__ = ("known", "stack")

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], int] = {}
        self.stack: list[str] = []


def count_steps(body: syntax.Scope, context: Context) -> int:
    """The number of steps of the root list, absent lines and functions included. Raises Refused."""
    return _scope(body, context, _Count())


def _scope(body: syntax.Scope, context: Context, state: _Count) -> int:
    total = 0
    for var in body.vars:
        context.counters = {**context.counters, var.name: _known(var.value, context)}
    for line in body.lines:
        steps = _line(line, context, state)
        total = _bounded(total + steps, line.span)
        if line.name is not None and line.name.plain is not None:
            context.names[line.name.plain] = Opaque(steps)
    return total


def _bounded(steps: int, span: Span) -> int:
    if steps > MAX_STEPS:
        raise too_many_steps(span)
    return steps


def _line(line: syntax.Line, context: Context, state: _Count) -> int:
    content = line.content
    if isinstance(content, syntax.Broken):
        return 1
    if isinstance(content, syntax.Scope):
        inner = replace(context, names={}, outer=context, cursor=Cursor(Opaque()), input=Opaque())
        return 1 + _scope(content, inner, state)
    if content.loop is not None:
        loop = content.loop
        try:
            values = loop_values(loop, context)
        except _OPEN:
            return _body(content.body, context.with_counters(dict.fromkeys(loop.names, Opaque())), state)
        total = 1
        for value in values:
            try:
                counters = loop_counters(loop, value)
            except Mistake:
                return total
            total = _bounded(total + _body(content.body, context.with_counters(counters), state), loop.span)
        return total
    if content.condition is None:
        return _body(content.body, context, state)
    try:
        chosen = content.body if truth(evaluate(content.condition, context), content.span) else content.otherwise
        return 1 if chosen is None else _body(chosen, context, state)
    except _OPEN:
        branches = [content.body] if content.otherwise is None else [content.body, content.otherwise]
        return max(_body(branch, context, state) for branch in branches)


def _body(body: syntax.Body, context: Context, state: _Count) -> int:
    try:
        body = read_product(body, context)
        count = repeat_count(body, context)
    except Mistake as mistake:
        if mistake.diagnostic.code == "E501":
            raise Refused(mistake) from None
        count = 1
    except (Unknown, Poisoned):
        count = 1
    if isinstance(body.unit, tuple):
        each = sum(_body(inner, context, state) for inner in body.unit)
    else:
        each = _expression(body.unit, context, state)
    return _bounded(max(1, count * each), body.span)


def _expression(node: Any, context: Context, state: _Count) -> int:
    """Steps of one expression: of its call, of the calls among its arguments, of its operators."""
    node = without_prefix(node, context)
    if isinstance(node, syntax.Name):
        return _called(node.id, (), context, state, node.span)
    steps = 0
    while isinstance(node, syntax.Binary):
        steps += 1 + _inner(node.right, context, state)
        node = node.left
    if not isinstance(node, syntax.Call):
        return max(1, steps)
    steps += sum(_inner(argument.value, context, state) for argument in node.arguments)
    function = without_prefix(node.function, context)
    if isinstance(function, syntax.Name):
        steps += _called(function.id, node.arguments, context, state, node.span)
    elif isinstance(function, syntax.Attribute):
        steps += 1 + _inner(function.value, context, state)
    return max(1, steps)


def _inner(node: syntax.Expression, context: Context, state: _Count) -> int:
    """Steps of an operand or an argument: a name alone or a number takes none."""
    return _expression(node, context, state) if isinstance(node, syntax.Call | syntax.Binary) else 0


def _called(name: str, arguments: tuple[syntax.Argument, ...], context: Context, state: _Count, span: Span) -> int:
    line = context.find_line(name)
    if isinstance(line, Opaque):
        return line.steps
    meaning = context.find_callable(name)
    if isinstance(meaning, TypeRef) and isinstance(meaning.target, syntax.Block):
        return _block(meaning.target, arguments, context, state, span)
    return 1


def _block(
    block: syntax.Block, arguments: tuple[syntax.Argument, ...], context: Context, state: _Count, span: Span
) -> int:
    if block.name in state.stack:
        chain = " → ".join((*state.stack[state.stack.index(block.name) :], block.name))
        raise Refused(Mistake.at("E503", f"the block `{block.name}` contains itself", span, note=chain))
    if len(state.stack) >= MAX_DEPTH:
        raise too_deep(span)
    # The block's parameters as far as they are known without shapes; the others are opaque.
    by_name = {argument.name: argument.value for argument in arguments if argument.name is not None}
    unnamed = [argument.value for argument in arguments if argument.name is None]
    by_name.update(zip((parameter.name for parameter in block.parameters), unnamed, strict=False))
    values: dict[str, Any] = {}
    for parameter in block.parameters:
        if parameter.name in by_name:
            values[parameter.name] = _known(by_name[parameter.name], context)
        elif parameter.default is not None:
            values[parameter.name] = _known(parameter.default, replace(context, names={}, outer=None, counters=values))
    key = (block.name, repr(sorted(values.items(), key=lambda item: item[0])))
    if key not in state.known:
        state.stack.append(block.name)
        inside = Context(
            context.work,
            context.scope,
            dict.fromkeys((*block.inputs, block.rest or "input"), Opaque()),
            Cursor(Opaque()),
            Opaque(),
            values,
            {},
        )
        state.known[key] = 1 + _scope(block.body, inside, state)
        state.stack.pop()
    return state.known[key]


def _known(node: syntax.Expression, context: Context) -> Any:
    try:
        return operators.settle(evaluate(node, context), node.span, "this value")
    except _OPEN:
        return Opaque()
