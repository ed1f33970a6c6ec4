"""A scope's own nn.Parameters and buffers: their shapes and how they start, before its lines are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from netinspect.catalogue.entry import TensorType
from netinspect.errors import Mistake
from netinspect.language import syntax
from netinspect.network import operators
from netinspect.network.context import MAX_RANK, MISSING, Context, Cursor, tensor_of
from netinspect.network.evaluate import evaluate, whole
from netinspect.network.network import Buffer, Parameter, Scope, Value, join
from netinspect.network.results import POISON, LineResult, Poisoned

Make = Callable[[syntax.Expression, Context], LineResult]
"""What an expression makes by itself, as a unit without inputs."""


def own_tensors(context: Context, body: syntax.Scope, make: Make) -> None:
    """The scope's nn.Parameters and buffers, which its lines see by name (E107, E205, E211, E212, E214, E502)."""
    tensors: tuple[syntax.Parameter | syntax.Buffer, ...] = (*body.parameters, *body.buffers)
    for declared in tensors:
        word = syntax.name_of(declared.name)
        if word in context.names:
            taken = "an input" if isinstance(declared, syntax.Parameter) else "an input or a parameter"
            mistake = Mistake.at("E107", f"`{declared.name}` is already the name of {taken}", declared.span)
            context.work.report(mistake.diagnostic)
            continue
        try:
            if isinstance(declared, syntax.Parameter):
                context.names[word] = _own_parameter(context, declared)
            else:
                context.names[word] = _own_buffer(context, declared, make)
        except Mistake as mistake:
            context.work.report(mistake.diagnostic)
            context.names[word] = POISON
        except Poisoned:
            context.names[word] = POISON


def _own_buffer(context: Context, declared: syntax.Buffer, make: Make) -> LineResult:
    values = None if declared.values is None else _values(declared, context)
    formula = None if declared.value is None else _formula(declared, declared.value, context, make)
    if formula is not None:
        shape: tuple[int, ...] = formula.results[0].type.shape
    elif declared.shape is None:
        assert values is not None
        shape = (len(values),)
    else:
        shape = parameter_shape(declared.shape, context)
    kind = TensorType(shape, declared.dtype) if formula is None else formula.results[0].type
    if values is not None and len(values) != kind.elements:
        raise Mistake.at("E214", f"{len(values)} values, and the shape takes {kind.elements}", declared.span)
    path = context.work.unique_path(join(context.scope.path, declared.name))
    value = Value((kind, kind, kind), path, context.scope, 0, declared.span)
    key = join(context.scope.module, declared.name)
    context.scope.buffers.append(Buffer(key, declared.name, kind, values, declared.persistent, value, formula))
    return LineResult(value, declared.span, kind="buffer")


def _formula(declared: syntax.Buffer, node: syntax.Expression, context: Context, make: Make) -> Scope:
    """The calls that make a buffer, in a scope of their own, which sees numbers and no tensor (E110, E212)."""
    work, outside = context.work, context.scope
    key = join(outside.module, declared.name)
    scope = Scope(join(outside.path, declared.name), key, None, outside.again, None, declared.span)
    inside = Context(work, scope, {}, Cursor(MISSING), MISSING, context.counters, {}, depth=context.depth)
    calls, work.calls = work.calls, []
    try:
        result = make(node, inside)
        layer = next((call for call in work.calls if call.module is not None), None)
    finally:
        work.calls = calls
    if layer is not None:
        raise Mistake.at("E212", f"`{layer.entry.name}` is a layer, and a buffer is made by functions", layer.span)
    scope.results = (tensor_of(result, node.span, context.work.text_at(node.span)),)
    return scope


def _values(declared: syntax.Buffer, context: Context) -> tuple[int | float, ...]:
    """The numbers of `values`, nested lists one after the other, times `scale`."""
    assert declared.values is not None
    node = declared.values

    def flat(value: Any) -> Iterator[int | float]:
        if isinstance(value, tuple):
            for item in value:
                yield from flat(item)
        elif isinstance(value, bool):
            yield int(value)
        elif isinstance(value, int | float):
            yield value
        else:
            raise Mistake.at("E212", f"a buffer holds numbers, not {operators.kind_of(value)}", node.span)

    values = tuple(flat(operators.settle(evaluate(node, context), node.span, "`values`")))
    if declared.scale is not None:
        scale = operators.settle(evaluate(declared.scale, context), declared.scale.span, "`scale`")
        if not operators.is_number(scale):
            raise Mistake.at("E212", f"`scale` is a number, not {operators.kind_of(scale)}", declared.scale.span)
        values = tuple(value * scale for value in values)
    return values


def _own_parameter(context: Context, declared: syntax.Parameter) -> LineResult:
    shape = parameter_shape(declared.shape, context)
    if declared.std is None:
        std = None
    else:
        span = declared.std.span
        deviation = operators.settle(evaluate(declared.std, context), span, "`std`")
        if not operators.is_number(deviation):
            raise Mistake.at("E212", f"`std` is a number, not {operators.kind_of(deviation)}", span)
        if deviation < 0:
            raise Mistake.at("E211", f"std: {deviation} is out of range: must be at least 0", span)
        std = float(deviation)
    frozen = declared.frozen is not None and _is_frozen(declared.frozen, context)
    kind = TensorType(shape)
    path = context.work.unique_path(join(context.scope.path, declared.name))
    value = Value((kind, kind, kind), path, context.scope, 0, declared.span)
    key = join(context.scope.module, declared.name)
    context.scope.parameters.append(Parameter(key, declared.name, shape, declared.init, std, frozen, value))
    return LineResult(value, declared.span, kind="parameter")


def _is_frozen(node: syntax.Expression, context: Context) -> bool:
    """Whether `frozen` holds (E212)."""
    value = operators.settle(evaluate(node, context), node.span, "`frozen`")
    if not isinstance(value, bool):
        raise Mistake.at("E212", f"`frozen` is True or False, not {operators.kind_of(value)}", node.span)
    return value


def parameter_shape(node: syntax.Expression, context: Context) -> tuple[int, ...]:
    """A list of sizes of at least 1."""
    value = operators.settle(evaluate(node, context), node.span, "a parameter's shape")
    items = value if isinstance(value, tuple) else (value,)
    shape = tuple(whole(item, node.span, "a size") for item in items)
    if len(shape) > MAX_RANK:
        raise Mistake.at(
            "E501", f"a parameter of {len(shape)} axes; at most {MAX_RANK} are allowed, as in torch", node.span
        )
    if any(size < 1 for size in shape):
        raise Mistake.at("E211", f"{min(shape)} is out of range: a size is at least 1", node.span)
    elements = 1
    for size in shape:
        elements *= size
    if elements > 10**15:
        raise Mistake.at("E502", f"a parameter of {elements:,} elements; at most 10^15 are allowed", node.span)
    return shape
