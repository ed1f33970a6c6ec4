"""Calls on tensors: functions, layers called again, subscripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.creation import WEIGHT
from netinspect.catalogue.entry import REQUIRED, Argument, Entry, TensorType, Weight
from netinspect.catalogue.refused import REFUSED
from netinspect.catalogue.signature import TENSORS, Tensor, TensorOrNumber
from netinspect.errors import Mistake, Span
from netinspect.language import syntax
from netinspect.language.messages import closest
from netinspect.language.rewrite import replacement
from netinspect.network import operators
from netinspect.network.apply import NO_ARGUMENTS, Site, apply
from netinspect.network.binding import (
    ArgumentValue,
    argument_value,
    bind_forward,
    operand_of,
    unknown_argument,
)
from netinspect.network.context import MISSING, Context, tensor_of
from netinspect.network.evaluate import evaluate, extent_of, is_tensor, values_of, whole
from netinspect.network.network import Call, Value, join
from netinspect.network.results import (
    POISON,
    BoundCall,
    LayerModule,
    LineResult,
    Poisoned,
    ScopeModule,
    ShapeOf,
)


def with_only_axis(
    declared: tuple[Argument, ...],
    arguments: tuple[syntax.Argument, ...],
    inputs: Sequence[ArgumentValue],
    context: Context,
    span: Span,
) -> tuple[syntax.Argument, ...]:
    """The arguments with `dim=1` where a softmax of one row a sample leaves it out: torch takes that axis, too."""
    if not any(a.name == "dim" and a.must_say and a.default is None for a in declared):
        return arguments
    first = inputs[0].value if inputs else getattr(context.cursor.prev, "value", None)
    says_dim = any(argument.name in (None, "dim") for argument in arguments)
    if says_dim or not isinstance(first, Value) or first.type.rank != 2:
        return arguments
    return (*arguments, syntax.Argument("dim", syntax.Literal(1, span), span))


def function(
    context: Context, entry: Entry, node: syntax.Call, name: str | None, implicit: LineResult | None
) -> LineResult:
    """Call a tensor function. A function of exactly one tensor takes `implicit`, or `prev`, if it is given none."""
    positional, named = _given(context, entry, node.arguments, node.span, [])
    if _wants_first_tensor(entry, positional, named):
        # `implicit`, or `prev`; POISON where the line above failed, so that this line's own mistakes are still told.
        if implicit is None and context.cursor.prev is POISON:
            first_tensor = POISON
        else:
            first = implicit if implicit is not None else evaluate(syntax.Name("prev", node.span), context)
            first_tensor = tensor_of(first, node.span, "prev")
        positional.insert(0, ArgumentValue(None, first_tensor, node.span))
    elif implicit is not None:
        raise Mistake.at(
            "E216",
            f"`{entry.name}` names its tensors itself",
            node.span,
            help="put the other input inside its brackets",
        )
    return _called(context, entry, positional, named, name, node.span)


def _called(
    context: Context,
    entry: Entry,
    positional: list[ArgumentValue],
    named: list[ArgumentValue],
    name: str | None,
    span: Span,
) -> LineResult:
    tensors = sum(isinstance(item.value, Value) for item in (*positional, *named))
    is_bare = not any(item.name == "training" for item in named)  # `batch_norm(x, training=True)` needs no weight
    if entry.layer_with_weight and tensors < 2 and is_bare:
        raise _needs_weight(entry, span)
    bound = bind_forward(entry, positional, named, span)
    if positional and positional[0].value is POISON:
        raise Poisoned
    return apply(context, entry, NO_ARGUMENTS, bound, _site(context, entry.name, name, span, bound))


def method(context: Context, function: syntax.Attribute, node: syntax.Call, name: str | None) -> Any:
    """`x.mean(1)`: the function of the tensor before the point. `x.size(1)` and `x.dim()` are numbers."""
    is_running = _is_running_value(function.value, context)
    base = evaluate(syntax.Name("prev", function.value.span) if is_running else function.value, context)
    if not isinstance(base, LineResult):
        raise Mistake.at("E101", f"{operators.kind_of(base)} has no method `{function.name}`", function.span)
    if function.name in base.outputs or function.name in base.names:
        raise Mistake.at(
            "E101",
            "a layer cannot be called by its path",
            function.span,
            help="a layer is called again from its own list or an inner one",
        )
    if function.name in ("size", "dim"):
        value = tensor_of(base, function.value.span, "this")
        if function.name == "dim":
            return value.type.rank
        if not node.arguments:
            return ShapeOf(value)
        axis = whole(evaluate(node.arguments[0].value, context), node.arguments[0].span, "an axis")
        if not -value.type.rank <= axis < value.type.rank:
            raise Mistake.at(
                "E215", f"axis {axis} is out of range: there are {value.type.rank}", node.arguments[0].span
            )
        return extent_of(value, axis)
    entry = FUNCTIONS.get(function.name)
    if entry is None or not entry.forward or not isinstance(entry.forward[0].kind, Tensor | TensorOrNumber):
        raise _no_method(function)
    tensor = operand_of(base, function.value.span, context.work)
    first = ArgumentValue(None, tensor, function.value.span)
    positional, named = _given(context, entry, node.arguments, node.span, [first])
    return _called(context, entry, positional, named, name, node.span)


def _no_method(function: syntax.Attribute) -> Mistake:
    name = function.name
    plain = name.rstrip("_")
    if plain != name and plain in FUNCTIONS:
        return Mistake.at(
            "E101",
            f"`.{name}` works in place, and a spec has values only",
            function.name_span,
            help=f"write `.{plain}(…)`",
        )
    if name in REFUSED:
        return Mistake.at("E113", f"`{name}` is not part of the language", function.name_span, help=REFUSED[name])
    guess = closest(name, FUNCTIONS)
    return Mistake.at(
        "E101",
        f"a tensor has no method `{name}`",
        function.name_span,
        help=f"did you mean `.{guess}(…)`?" if guess else None,
    )


_OPERATORS: Final = {"+": "add", "-": "sub", "*": "mul", "/": "div", "@": "matmul", "**": "pow", "//": "floor_divide"}


def joined(context: Context, node: syntax.Binary, left: Any, right: Any, name: str | None) -> LineResult:
    """`a + b` on a tensor and another, or a number: the function `add`."""
    function = _OPERATORS.get(node.operator)
    if function is None:
        raise Mistake.at("E210", f"`{node.operator}` does not work on tensors", node.span)
    operands = [
        ArgumentValue(None, operand_of(value, side.span, context.work), side.span)
        for value, side in ((left, node.left), (right, node.right))
    ]
    for operand in operands:
        if not isinstance(operand.value, Value) and not operators.is_number(operand.value):
            what = operators.kind_of(operand.value)
            raise Mistake.at("E212", f"`{node.operator}` joins tensors and numbers, and gets {what}", operand.span)
    return _called(context, FUNCTIONS[function], operands, [], name, node.span)


def signed(context: Context, node: syntax.Unary, operand_result: LineResult, name: str | None) -> LineResult:
    """`-x`: the function `neg`."""
    if node.operator == "+":
        return operand_result
    operand = ArgumentValue(None, operand_of(operand_result, node.operand.span, context.work), node.operand.span)
    return _called(context, FUNCTIONS["neg"], [operand], [], name, node.span)


def _needs_weight(entry: Entry, span: Span) -> Mistake:
    return Mistake.at(
        "E103",
        f"`{entry.name}` is the function and needs a weight tensor",
        span,
        help=f"the layer that makes its own weights is `{entry.layer_with_weight}`",
    )


def _site(context: Context, base: str, name: str | None, span: Span, bound: BoundCall) -> Site:
    return Site(context.work.unique_path(join(context.scope.path, name or base)), span, bound.spans)


def _given(
    context: Context, entry: Entry, arguments: tuple[syntax.Argument, ...], span: Span, positional: list[ArgumentValue]
) -> tuple[list[ArgumentValue], list[ArgumentValue]]:
    """The arguments of a call, evaluated, those without a name behind what is in `positional` already."""
    named: list[ArgumentValue] = []
    kinds = {a.name: a.kind for a in entry.forward}
    order = [a.kind for a in entry.forward if not a.keyword_only]
    poisoned = False
    for place, argument in enumerate(arguments):
        index = len(positional)
        if (
            place == 0
            and not positional
            and argument.name is None
            and _is_running_value(argument.value, context)
            and _wants_first_tensor(entry, [], [])
        ):  # a function of one tensor is given `x` where nothing is called so: it then takes `prev`
            continue
        if argument.name is not None and argument.name not in kinds:
            # E103 for an argument that the layer has and the function has not: `conv2d(6, kernel_size=3)`.
            if entry.layer_with_weight and LAYERS[entry.layer_with_weight].argument(argument.name) is not None:
                raise _needs_weight(entry, span)
            raise unknown_argument(entry.name, argument.name, list(kinds), argument.span)
        # where the first tensor is left out, an unnamed value stands one place further
        possible = (kinds[argument.name],) if argument.name else order[index : index + 2]
        try:
            if isinstance(argument.value, syntax.Spread):
                values = values_of(argument, context)
            else:
                values = (argument_value(argument.value, possible, context),)
            operands = []
            for value in values:
                if isinstance(value, LineResult) and isinstance(value.value, tuple) and TENSORS in possible:
                    operands.append(value.value)
                else:
                    operands.append(operand_of(value, argument.value.span, context.work))
        except Poisoned:
            poisoned = True
            continue
        kept = positional if argument.name is None else named
        kept += [ArgumentValue(argument.name, value, argument.value.span) for value in operands]
    if poisoned:
        raise Poisoned
    return positional, named


def _is_running_value(node: syntax.Expression, context: Context) -> bool:
    """Whether it is the `x` of code, what runs through the network, and no line or var has that name."""
    return isinstance(node, syntax.Name) and node.id == "x" and context.find("x") is MISSING


def _wants_first_tensor(entry: Entry, positional: list[ArgumentValue], named: list[ArgumentValue]) -> bool:
    if not entry.forward or not isinstance(entry.forward[0].kind, Tensor):
        return False
    if sum(isinstance(a.kind, Tensor) and a.default is REQUIRED for a in entry.forward) != 1:
        return False
    given_by_name = any(item.name == entry.forward[0].name for item in named)
    return not given_by_name and not (positional and isinstance(positional[0].value, Value))


def bare_function(
    context: Context, entry: Entry, span: Span, name: str | None, implicit: LineResult | None
) -> LineResult:
    """A function's name alone on a line: `- relu`."""
    return function(context, entry, syntax.Call(syntax.Name(entry.name, span), (), span), name, implicit)


def subscript(context: Context, base: LineResult, node: syntax.Index, name: str | None) -> LineResult:
    """`x[:, -1]` on a tensor."""
    entry = FUNCTIONS["getitem"]
    first = node.items[0]
    if (
        len(base.outputs) > 1
        and isinstance(first, syntax.Literal)
        and first.value in (0, 1)
        and 0 in tensor_of(base, node.span, "this").batch_axes
    ):
        written, outputs = context.work.text_at(node.value.span), tuple(base.outputs)
        is_certain = len(node.items) == 1 and (first.value == 0 or len(outputs) == 2)
        output = outputs[0] if first.value == 0 else outputs[1]
        raise Mistake.at(
            "E110",
            f"`{written}` is no tuple: it is the first of its outputs",
            node.span,
            note=f"its outputs are {', '.join(outputs)}",
            help=f"write {', '.join(f'`{written}.{output}`' for output in outputs)}",
            fix=replacement(node.span, f"{written}.{output}") if is_certain else (),
        )
    items: list[Any] = []
    for item in node.items:
        if isinstance(item, syntax.Ellipsis):
            items.append("...")
        elif isinstance(item, syntax.Slice):
            items.append(("slice", *(_position(part, context) for part in (item.start, item.stop, item.step))))
        elif is_tensor(item, context):
            items.append(tensor_of(evaluate(item, context), item.span, context.work.text_at(item.span)))
        else:
            items.append(_position(item, context))
    value = tensor_of(base, node.value.span, "this")
    bound = BoundCall((value, tuple(items)), {entry.forward[1].name: node.span})
    return apply(context, entry, NO_ARGUMENTS, bound, _site(context, "getitem", name, node.span, bound))


def weight(context: Context, module: LayerModule, tensor: Weight, span: Span) -> LineResult:
    """`embed.weight`: a parameter or buffer of a layer as a value."""
    kind = TensorType(tensor.shape, tensor.dtype)
    path = context.work.unique_path(join(context.scope.path, f"{module.module.rpartition('.')[2]}.{tensor.name}"))
    value = Value((kind, kind, kind), path, context.scope, 0, span)
    call = Call(
        path,
        None,
        False,
        WEIGHT,
        {},
        (module.module, tensor.name),
        (),
        (value,),
        WEIGHT.rule(kind),
        context.scope,
        span,
    )
    context.work.take_tensors(1, span)
    context.work.calls.append(call)
    context.scope.items.append(call)
    return LineResult(value, span, kind="weight")


def _position(node: syntax.Expression | None, context: Context) -> Any:
    if node is None:
        return None
    value = evaluate(node, context)
    if value is None:
        return None
    if isinstance(value, LineResult | Value):
        raise Mistake.at("E212", "a bound of a slice is a whole number, not a tensor", node.span)
    if isinstance(value, float):
        raise Mistake.at("E205", f"an index is a whole number, not {value}", node.span)
    if isinstance(value, bool) or not operators.is_number(value):
        raise Mistake.at("E212", f"an index is a whole number, not {operators.kind_of(value)}", node.span)
    return value


def again(context: Context, callee: LineResult, node: syntax.Call, name: str | None) -> LineResult:
    """Call a layer, block, sub-network or repeat that was made before: `embed(right)`."""
    positional = [
        ArgumentValue(None, operand_of(value, a.value.span, context.work), a.value.span)
        for a in node.arguments
        if a.name is None
        for value in values_of(a, context)
    ]
    named = [a for a in node.arguments if a.name is not None]
    return call_again(context, callee, positional, named, node.span, name)


def call_again(
    context: Context,
    callee: LineResult,
    positional: list[ArgumentValue],
    named: list[syntax.Argument],
    span: Span,
    name: str | None,
) -> LineResult:
    """The same, with its inputs evaluated; `prev` where there are none."""
    module = callee.module
    assert module is not None
    if not positional and not (isinstance(module, LayerModule) and names_first(module.entry, named)):
        prev = evaluate(syntax.Name("prev", span), context)
        positional = [ArgumentValue(None, tensor_of(prev, span, "prev"), span)]
    base = name or module.module.rsplit(".", 1)[-1]
    path = context.work.unique_path(join(context.scope.path, base))
    if isinstance(module, ScopeModule):
        if named:
            raise unknown_argument(base, named[0].name or "", [], named[0].span)
        inputs = [LineResult(tensor_of(item.value, item.span, "this"), item.span) for item in positional]
        return module.replay(context, path, inputs, span)  # type: ignore[no-any-return]
    return layer_again(context, module, positional, named, Site(path, span, None, module.module, again=True))


def layer_again(
    context: Context, module: LayerModule, positional: list[ArgumentValue], named: list[syntax.Argument], site: Site
) -> LineResult:
    """A layer's second call: the same arguments, so that another input size is E204."""
    bound = bind_forward(module.entry, positional, forward_named(context, module.entry, named), site.span)
    return apply(context, module.entry, module.arguments, bound, site)


def names_first(entry: Entry, named: list[syntax.Argument]) -> bool:
    """Whether a layer's first tensor is given by name, so that it does not take `prev`."""
    return any(argument.name == entry.forward[0].name for argument in named)


def forward_named(context: Context, entry: Entry, named: list[syntax.Argument]) -> list[ArgumentValue]:
    """Arguments of a layer's call (not its constructor) given by name: `attn(prev, need_weights=False)`."""
    values = []
    kinds = {a.name: a.kind for a in entry.forward}
    for argument in named:
        if argument.name not in kinds:
            raise unknown_argument(f"{entry.name}'s call", argument.name or "", list(kinds), argument.span)
        value = argument_value(argument.value, (kinds[argument.name],), context)
        operand = operand_of(value, argument.value.span, context.work)
        values.append(ArgumentValue(argument.name, operand, argument.value.span))
    return values
