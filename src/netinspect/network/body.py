"""The body of a scope: its lines one after the other, each unit on them, and the layers and scopes that these make.

A unit is a new layer or block, a function, a layer called again, or a value. A layer's key is its name, or its position
among the layers of its list. A scope that is called again runs its lines again with the same modules; its parameters
are then shared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import Entry
from netinspect.catalogue.refused import SHORT
from netinspect.errors import Mistake, Span
from netinspect.language import syntax
from netinspect.language.messages import closest
from netinspect.language.names import is_name, name_mistake
from netinspect.network import invoke, misfit, operators
from netinspect.network.apply import Site, apply
from netinspect.network.binding import ArgumentValue, bind_block, bind_forward, bind_layer, operand_of
from netinspect.network.context import MAX_DEPTH, MISSING, Context, Cursor, tensor_of
from netinspect.network.evaluate import arithmetic, evaluate, is_tensor, truth, values_of, without_prefix
from netinspect.network.invoke import forward_named, names_first, with_only_axis
from netinspect.network.meant_lines import with_rewrite
from netinspect.network.network import Scope, Value, join
from netinspect.network.parameters import own_tensors
from netinspect.network.repeats import makes_layers, mentions, read_product, repeat_count, turns_of
from netinspect.network.results import POISON, LayerModule, LineResult, Poisoned, ScopeModule, TypeRef, Unknown


def elaborate_lines(lines: tuple[syntax.Line, ...], context: Context) -> None:
    """Every line of a list in order. A line with a mistake is reported, poisoned and passed by."""
    for line in lines:
        context.work.take_step(line.span)
        try:
            _elaborate_line(line, context)
        except Mistake as mistake:
            context.work.report(with_rewrite(mistake.diagnostic, line, context))
            _poison(line, context)
        except Poisoned:
            _poison(line, context)


def _poison(line: syntax.Line, context: Context) -> None:
    context.cursor.prev = POISON
    if line.name is None:
        return
    if line.name.plain is None:
        context.has_poisoned_names = True
    else:
        context.names[line.name.plain] = POISON


def _elaborate_line(line: syntax.Line, context: Context) -> None:
    content = line.content
    if isinstance(content, syntax.Broken):
        raise Poisoned
    if isinstance(content, syntax.Scope):
        if line.name is not None and line.name.plain is None:
            raise Mistake.at("E108", "a name with `{…}` needs `for` on its line", line.name.span)
        name = line.name.plain if line.name else None
        _refuse_values(name, content, line, context)
        key = line.name.key if line.name else None
        result = sub_network(context, key, content, inputs_of(line, context), line.span)
        _bind(context, name, result, _name_span(line))
        return
    body = content.body
    if content.condition is not None and not truth(evaluate(content.condition, context), content.condition.span):
        if content.otherwise is None:
            return
        body = content.otherwise
    body = read_product(body, context)
    if line.name is not None and line.name.plain is None:
        _name_each(line, line.name, content, body, context)
    elif content.loop is not None or body.count is not None:
        _repeat(line, content.loop, body, context)
    else:
        name, key = (line.name.plain, line.name.key) if line.name else (None, None)
        result = unit(body.unit, key, inputs_of(line, context), context, is_applied=False)
        _bind(context, name, result, _name_span(line))


def _refuse_values(name: str | None, content: syntax.Scope, line: syntax.Line, context: Context) -> None:
    """E216 for `- cat: [up, skip]`: as a sub-network it would be the last of its values, and nothing of `cat`."""
    bodies = [
        inner.content.body for inner in content.lines if isinstance(inner.content, syntax.Step) and not inner.name
    ]
    names = [body.unit for body in bodies if isinstance(body.unit, syntax.Name | syntax.Attribute)]
    values = [name for name in names if is_tensor(name, context)]
    if len(values) != len(content.lines) or content.parameters or content.buffers:
        return
    note = "a list in a list is a sub-network, which gives its last line"
    if line.name is not None and name in FUNCTIONS:
        message = f"`{name}` is a function, and its tensors stand in its brackets"
        raise Mistake.at("E216", message, line.name.span, note)
    if len(values) > 1:
        what = f"`{name}`" if name is not None else "this"
        message = f"{what} is a list of values, and nothing is done with them"
        raise Mistake.at("E216", message, _name_span(line), note, "join them, as in `cat(a, b, dim=1)` or `a + b`")


def _name_span(line: syntax.Line) -> Span:
    return line.name.span if line.name is not None else line.span


def _bind(context: Context, name: str | None, result: LineResult, span: Span) -> None:
    context.cursor.prev = result
    if name is None:
        return
    earlier = context.names.get(name)
    if isinstance(earlier, LineResult):
        raise Mistake.at(
            "E107",
            f"`{name}` is already the name of line {earlier.span.line}",
            span,
            help="give one of the two another name",
        )
    context.names[name] = result


def _name_each(
    line: syntax.Line, pattern: syntax.Pattern, step: syntax.Step, body: syntax.Body, context: Context
) -> None:
    """`layer{i}: X for i in …`: one entry each in this list."""
    if step.loop is None:
        raise Mistake.at(
            "E108",
            "a name with `{…}` needs `for` on its line",
            pattern.span,
            help="`- layer{i}: Linear(64) for i in range(3)`",
        )
    if body.count is not None:
        raise Mistake.at("E017", "a name with `{…}` names one layer a turn, so the line takes no count", pattern.span)
    stem = pattern.parts[0] if isinstance(pattern.parts[0], str) else ""
    results = context.turns.setdefault(syntax.name_of(stem.rstrip(".-")), [])
    for turn in turns_of(step.loop, context):
        parts = []
        for part in pattern.parts:
            if isinstance(part, str):
                parts.append(part)
            else:
                value = operators.settle(evaluate(part, turn), part.span, "a name")
                parts.append(str(value))
        key = "".join(parts)
        unusable = name_mistake(syntax.name_of(key) if pattern.is_key else key, pattern.span)
        if unusable is not None:
            raise Mistake.at(unusable.code, unusable.message, unusable.span, unusable.note, unusable.help)
        result = unit(body.unit, key, inputs_of(line, turn), turn, is_applied=False)
        _bind(context, syntax.name_of(key) if pattern.is_key else key, result, pattern.span)
        results.append(result)


def _repeat(line: syntax.Line, loop: syntax.Loop | None, body: syntax.Body, context: Context) -> None:
    name = line.name.plain if line.name else None
    inputs = inputs_of(line, context)

    def run(inside: Context, first: list[ArgumentValue] | None) -> tuple[Any, ...]:
        return run_turns(loop, body, Inputs(tuple(first or ()), inputs.named), inside)

    if name is not None and makes_layers(body, context):
        key = line.name.key if line.name is not None and line.name.key is not None else name
        result = container(context, key, run, list(inputs.positional), line.span)
        _bind(context, name, result, _name_span(line))
        return
    steps = run(context, list(inputs.positional))
    if name is not None:
        last = evaluate(syntax.Name("prev", line.span), context)
        _bind(context, name, LineResult(last.value, line.span, steps=steps), _name_span(line))


# --- one unit of a line ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inputs:
    """What stands in a key's brackets: `(prev, enc1)`; empty without brackets."""

    positional: tuple[ArgumentValue, ...] = ()
    named: tuple[syntax.Argument, ...] = ()


NO_INPUTS = Inputs()


def inputs_of(line: syntax.Line, context: Context) -> Inputs:
    """The inputs a line names before its colon, evaluated (E110, E212)."""
    if line.arguments is None:
        return NO_INPUTS
    positional = []
    for argument in line.arguments:
        for item in values_of(argument, context) if argument.name is None else ():
            value = operand_of(item, argument.value.span, context.work)
            if not isinstance(value, Value):
                raise Mistake.at("E212", f"an input is a tensor, not {operators.kind_of(value)}", argument.value.span)
            positional.append(ArgumentValue(None, value, argument.value.span))
    return Inputs(tuple(positional), tuple(argument for argument in line.arguments if argument.name is not None))


def unit(
    node: syntax.Expression | tuple[syntax.Body, ...],
    name: str | None,
    inputs: Inputs,
    context: Context,
    *,
    is_applied: bool,
) -> LineResult:
    """One layer, block, function or value. `is_applied`: a bare name after a count calls what it names."""
    assert not isinstance(node, tuple)
    node = without_prefix(node, context)
    if isinstance(node, syntax.Call):
        function = without_prefix(node.function, context)
        if isinstance(function, syntax.Attribute):
            _need_no_inputs(inputs, node.span)
            return _result(invoke.method(context, function, node, name), node.span)
        assert isinstance(function, syntax.Name)
        meaning = context.find_callable(function.id)
        if isinstance(meaning, TypeRef):
            return _make(meaning, node.arguments, name, inputs, context, node.span)
        if isinstance(meaning, LineResult):
            _need_no_inputs(inputs, node.span)
            return invoke.again(context, meaning, node, name)
        if isinstance(meaning, Entry):
            return invoke.function(context, meaning, node, name, _implicit(inputs, node.span))
        return _result(evaluate(node, context), node.span)
    if isinstance(node, syntax.Binary | syntax.Unary):
        _need_no_inputs(inputs, node.span)
        return _result(arithmetic(node, context, name), node.span)
    if isinstance(node, syntax.Name):
        return _bare(node, name, inputs, context, is_applied=is_applied)
    if isinstance(node, syntax.Index):
        base = evaluate(node.value, context)
        if isinstance(base, LineResult) and isinstance(base.value, Value):
            _need_no_inputs(inputs, node.span)
            return invoke.subscript(context, base, node, name)
    _need_no_inputs(inputs, node.span)
    return _result(evaluate(node, context), node.span)


def _without_inputs(node: syntax.Expression, context: Context) -> LineResult:
    """What an expression makes by itself."""
    return unit(node, None, NO_INPUTS, context, is_applied=False)


def _result(value: Any, span: Span) -> LineResult:
    if isinstance(value, LineResult):
        return value
    if isinstance(value, TypeRef):
        raise Mistake.at("E212", f"the type `{value.name}` is not the name of a layer here", span)
    raise Mistake.at(
        "E212",
        f"a line gives a tensor, and this is {operators.kind_of(value)}",
        span,
        help="numbers belong under `vars:`",
    )


def _need_no_inputs(inputs: Inputs, span: Span) -> None:
    if inputs.positional or inputs.named:
        raise Mistake.at("E216", "a value takes no inputs", span, help="leave out the brackets before the colon")


def _implicit(inputs: Inputs, span: Span) -> LineResult | None:
    if inputs.named or len(inputs.positional) > 1:
        raise Mistake.at("E216", "a function's tensors stand inside its own brackets", span)
    return LineResult(inputs.positional[0].value, span) if inputs.positional else None


def _bare(node: syntax.Name, name: str | None, inputs: Inputs, context: Context, *, is_applied: bool) -> LineResult:
    if node.id not in ("prev", "input"):
        meaning = context.find_callable(node.id) if is_applied else context.find(node.id)
        if meaning is POISON:
            raise Poisoned
        if isinstance(meaning, TypeRef):
            return _make(meaning, (), name, inputs, context, node.span)
        if is_applied and isinstance(meaning, LineResult):
            return invoke.call_again(context, meaning, list(inputs.positional), list(inputs.named), node.span, name)
        function = context.find_callable(node.id)
        if isinstance(meaning, LineResult):
            # E109: a bare `relu` after `relu: ReLU` may mean three things.
            if meaning.module is not None and meaning.kind and meaning.kind.lower() == node.id.lower():
                raise Mistake.at(
                    "E109",
                    f"`{node.id}` alone is the value of line {meaning.span.line}, not a new layer",
                    node.span,
                    note=f"`{node.id}(prev)` applies the same layer again; `{meaning.kind}` makes a new one",
                    help=f"write `{meaning.kind}` for a new layer, or give line {meaning.span.line} another name",
                )
        elif isinstance(function, Entry) and (meaning is MISSING or is_applied):
            return invoke.bare_function(context, function, node.span, name, _implicit(inputs, node.span))
        elif meaning is MISSING and is_applied and isinstance(context.find(node.id), LineResult):
            raise Mistake.at("E212", f"`{node.id}` is a value, and a repeat needs a layer", node.span)
        elif meaning is MISSING:
            # A bare unknown word is taken for a layer type if it is written like one, or is close to one.
            looks_called = (
                node.id[:1].isupper() or node.id.lower() in SHORT or closest(node.id, tuple(LAYERS)) is not None
            )
            raise context.unresolved(node.id, node.span, called=looks_called)
    _need_no_inputs(inputs, node.span)
    return _result(evaluate(node, context), node.span)


def _make(
    reference: TypeRef,
    arguments: tuple[syntax.Argument, ...],
    name: str | None,
    inputs: Inputs,
    context: Context,
    span: Span,
) -> LineResult:
    if isinstance(reference.target, Entry):
        return layer(context, name, reference.target, arguments, list(inputs.positional), list(inputs.named), span)
    if inputs.named:
        raise Mistake.at("E216", f"`{reference.name}` takes its inputs in order, without names", inputs.named[0].span)
    return block(context, name, reference.target, arguments, list(inputs.positional), span)


# --- layers, and the scopes they stand in ----------------------------------------------------


Tensors = Value | tuple[Value, ...]
"""What a scope gives under one name: a tensor, or a list of such."""


def _place(context: Context, name: str | None, span: Span) -> str:
    """The key of a new layer or scope in its list: its name, or its position; the position is used up (E107)."""
    key = name if name is not None else str(context.cursor.position)
    context.cursor.position += 1
    if not context.scope.again:
        # E107 where a key is taken, or leads into a layer: `convs.0` beside a line `convs`.
        work, parts = context.work, key.split(".")
        containers = [join(context.scope.module, ".".join(parts[:length])) for length in range(1, len(parts))]
        module = join(context.scope.module, key)
        taken = next((path for path in containers if path in work.placed), None)
        is_repeated = module in work.placed and not is_name(key)  # two lines of one name are reported with that name
        if taken is not None or is_repeated or module in work.containers:
            raise Mistake.at(
                "E107",
                f"`{taken or module}` is already the key of another line",
                span,
                help="give one of the two another name",
            )
        work.placed.add(module)
        work.containers.update(containers)
    return key


def layer(
    context: Context,
    name: str | None,
    entry: Entry,
    arguments: tuple[syntax.Argument, ...],
    inputs: list[ArgumentValue],
    named: list[syntax.Argument],
    span: Span,
) -> LineResult:
    """A new layer on `inputs`, or on `prev`."""
    key = _place(context, name, span)
    bound = bind_layer(entry, with_only_axis(entry.arguments, arguments, inputs, context, span), context, span)
    if not inputs and not names_first(entry, named):
        inputs = [_prev(context, span)]
    call = bind_forward(entry, inputs, forward_named(context, entry, named), span)
    module = join(context.scope.module, key)
    path = context.work.unique_path(join(context.scope.path, key))
    site = Site(path, span, bound.spans, module, context.scope.again)
    if not context.scope.again:
        first = call.operands[0]
        if isinstance(first, Value):
            misfit.refuse_two_readings(context, entry, arguments, bound, first, span)
        try:
            result = apply(context, entry, bound.arguments, call, site)
        except Mistake as mistake:
            if not isinstance(first, Value):
                raise
            raise misfit.explained(context, entry, arguments, bound, first, mistake, span) from None
        assert isinstance(result.module, LayerModule)
        context.work.modules[module] = result.module
        return result
    earlier = context.work.modules.get(module)
    if earlier is None or earlier.entry is not entry:
        raise _differs(span)
    return apply(context, entry, earlier.arguments, call, site)


def _differs(span: Span) -> Mistake:
    return Mistake.at(
        "E217",
        "called again, this line would come out as another layer",
        span,
        note="the same weights can only be used by the same layers",
    )


def _prev(context: Context, span: Span) -> ArgumentValue:
    prev = context.cursor.prev
    if prev is POISON:
        raise Poisoned
    return ArgumentValue(None, tensor_of(prev, span, "prev"), span)


# --- blocks and sub-networks -----------------------------------------------------------------


def block(
    context: Context,
    name: str | None,
    target: syntax.Block,
    arguments: tuple[syntax.Argument, ...],
    inputs: list[ArgumentValue],
    span: Span,
) -> LineResult:
    """A new use of one of the spec's blocks."""
    if context.depth >= MAX_DEPTH:
        raise Mistake.at("E501", f"blocks are nested more than {MAX_DEPTH} deep", span)
    key = _place(context, name, span)
    values = bind_block(target, arguments, context, span)
    definition = _BlockDefinition(target, values)
    module = join(context.scope.module, key)
    path = context.work.unique_path(join(context.scope.path, key))
    tensors = [LineResult(item.value, item.span) for item in inputs]
    if not tensors and context.cursor.prev is not MISSING:  # a block that makes a buffer has no input
        tensors = [LineResult(_prev(context, span).value, span)]
    return _run(context, definition, _Use(path, module, span, context.scope.again), tensors)


def sub_network(context: Context, name: str | None, body: syntax.Scope, inputs: Inputs, span: Span) -> LineResult:
    """A list inside the list, which sees the lines around it."""
    if len(inputs.positional) > 1 or inputs.named:
        raise Mistake.at(
            "E216", "a sub-network has one input", span, help="inside it, use the other lines by their names"
        )
    key = _place(context, name, span)
    module = join(context.scope.module, key)
    path = context.work.unique_path(join(context.scope.path, key))
    source = inputs.positional[0] if inputs.positional else _prev(context, span)
    definition = _ListDefinition(body, context)
    return _run(
        context, definition, _Use(path, module, span, context.scope.again), [LineResult(source.value, source.span)]
    )


class _Use:
    """One use of a scope: where it stands and whether its modules were made before."""

    __slots__ = ("again", "module", "path", "span")

    def __init__(self, path: str, module: str, span: Span, again: bool) -> None:
        self.path, self.module, self.span, self.again = path, module, span, again


class _BlockDefinition:
    """A block with the values of its parameters: it sees these, its inputs and the vars."""

    __slots__ = ("arguments", "body", "target")

    def __init__(self, target: syntax.Block, arguments: dict[str, Any]) -> None:
        self.target, self.arguments, self.body = target, arguments, target.body

    @property
    def title(self) -> str:
        return self.target.name

    def open(self, context: Context, scope: Scope, inputs: list[LineResult]) -> Context:
        block = self.target
        expected = block.inputs if block.inputs or block.rest is not None or not inputs else ("input",)
        if len(inputs) < len(expected) or (len(inputs) > len(expected) and block.rest is None):
            words = ", ".join(expected if block.rest is None else (*expected, f"*{block.rest}"))
            raise Mistake.at(
                "E216",
                f"`{block.name}` takes {'at least ' * (block.rest is not None)}{len(expected)}"
                f" input{'s' * (len(expected) != 1)} ({words}), and gets {len(inputs)}",
                scope.span,
            )
        names = dict(zip(block.inputs, inputs, strict=False))
        rest = (f"{block.rest}[{place}]" for place in range(len(inputs) - len(block.inputs)))
        scope.input_names = (*block.inputs, *rest)[: len(inputs)]
        if block.rest is not None:
            further = tuple(tensor_of(item, scope.span, "this") for item in inputs[len(block.inputs) :])
            names[block.rest] = LineResult(further, scope.span, kind="list")
        inside = Context(
            context.work,
            scope,
            dict(names),
            Cursor(inputs[0] if inputs else MISSING),
            inputs[0] if inputs else MISSING,
            {},
            declared_names(self.body),
            depth=context.depth + 1,
        )
        values: dict[str, Any] = {}
        for parameter in self.target.parameters:
            if parameter.name in self.arguments:
                values[parameter.name] = self.arguments[parameter.name]
            elif parameter.default is not None:
                inside.counters = values
                value = evaluate(parameter.default, inside)
                values[parameter.name] = operators.settle(value, parameter.span, f"`{parameter.name}`")
        inside.counters = scope.arguments = values
        return inside


class _ListDefinition:
    """A list inside a list: it sees everything that the list around it sees."""

    __slots__ = ("body", "outer")
    title = None

    def __init__(self, body: syntax.Scope, outer: Context) -> None:
        self.body, self.outer = body, outer

    def open(self, context: Context, scope: Scope, inputs: list[LineResult]) -> Context:
        if len(inputs) != 1:
            raise Mistake.at("E216", f"a sub-network has one input, and gets {len(inputs)}", scope.span)
        return Context(
            context.work,
            scope,
            {},
            Cursor(inputs[0]),
            inputs[0],
            self.outer.counters,
            declared_names(self.body),
            outer=self.outer,
            depth=context.depth,
        )


Definition = _BlockDefinition | _ListDefinition


def declared_names(body: syntax.Scope) -> dict[str, Span]:
    """The plain names of a list's lines, and where they stand."""
    names: dict[str, Span] = {}
    for line in body.lines:
        if line.name is not None and line.name.plain is not None:
            names.setdefault(line.name.plain, line.name.span)
    return names


def _run(context: Context, definition: Definition, use: _Use, inputs: list[LineResult]) -> LineResult:
    scope = Scope(use.path, use.module, definition.title, use.again, context.scope, use.span)
    scope.inputs = tuple(tensor_of(item, use.span, "this") for item in inputs)
    inside = definition.open(context, scope, inputs)
    context.scope.items.append(scope)
    start = len(context.work.calls)
    value, outputs = fill(inside, definition.body)
    signature = _signature(context, start)

    def replay(again_in: Context, path: str, tensors: list[LineResult], span: Span) -> LineResult:
        before = len(again_in.work.calls)
        result = _run(again_in, definition, _Use(path, use.module, span, again=True), tensors)
        _need_same(signature, again_in, before, span)
        return result

    module = ScopeModule(use.module, replay)
    return LineResult(value, use.span, outputs, inside.names, module=module, kind=definition.title or "")


def _need_same(signature: list[tuple[str, str]], context: Context, start: int, span: Span) -> None:
    """E217 unless a second use made the very calls of the first."""
    if _signature(context, start) != signature:
        raise _differs(span)


def _signature(context: Context, start: int) -> list[tuple[str, str]]:
    return [(call.module or "", call.entry.name) for call in context.work.calls[start:]]


def fill(context: Context, body: syntax.Scope) -> tuple[Tensors, dict[str, Tensors]]:
    """Own parameters, lines and outputs of a scope; its bare output, and its outputs by name. Any may be a list of
    tensors, but for the root."""
    _own_vars(context, body)
    own_tensors(context, body, _without_inputs)
    elaborate_lines(body.lines, context)
    # The outputs a list names; each that is not there (E401) or is there twice (E107) is reported.
    outputs: dict[str, Tensors] = {}
    failed = False
    for output in body.outputs:
        try:
            outputs[output.name] = _output(output, context, outputs)
        except Mistake as mistake:
            context.work.report(mistake.diagnostic)
            failed = True
        except Poisoned:
            failed = True
    if failed:
        raise Poisoned
    if outputs:
        main = next(iter(outputs.values()))
    elif context.cursor.prev is POISON:
        raise Poisoned
    else:
        main = _tensors_of(context.cursor.prev, context, context.scope.span, "the last line")
    results = outputs.values() if outputs else (main,)
    context.scope.results = tuple(value for item in results for value in (item if isinstance(item, tuple) else (item,)))
    return main, outputs


def _own_vars(context: Context, body: syntax.Scope) -> None:
    """The vars of a block or sub-network, which its own tensors and lines see (E107, E212)."""
    if not body.vars:
        return
    tensors: tuple[syntax.Parameter | syntax.Buffer, ...] = (*body.parameters, *body.buffers)
    taken = {*context.names, *context.scope.arguments, *(tensor.name for tensor in tensors), *declared_names(body)}
    values = context.counters = dict(context.counters)
    for var in body.vars:
        values[var.name] = POISON
        try:
            values[var.name] = _own_var(context, var, taken)
        except Mistake as mistake:
            context.work.report(mistake.diagnostic)
        except Poisoned:
            continue


def _own_var(context: Context, var: syntax.Variable, taken: AbstractSet[str]) -> Any:
    """A var's value, of the shapes of its list's inputs, of parameters, and of the vars above it."""
    if var.name in taken:
        raise Mistake.at("E107", f"`{var.name}` is already the name of an input, a parameter or a line", var.span)
    try:
        value = evaluate(var.value, context)
    except Unknown:
        value = context.input
    if not isinstance(value, LineResult):
        return value
    raise Mistake.at(
        "E212",
        f"`{var.name}` is a number, text, a list or a layer type, never a tensor",
        var.value.span,
        help="a tensor is a line of its own under `layers`",
    )


def _tensors_of(result: Any, context: Context, span: Span, name: str) -> Tensors:
    """The tensor or the list of tensors that a result stands for; E110 for a list that the network would give."""
    is_list = isinstance(result, LineResult) and isinstance(result.value, tuple) and bool(result.value)
    return result.value if is_list and context.scope.parent is not None else tensor_of(result, span, name)


def _output(output: syntax.Output, context: Context, taken: Mapping[str, Tensors]) -> Tensors:
    if output.name in taken:
        raise Mistake.at(
            "E107",
            f"`{output.name}` is the name of two outputs",
            output.span,
            help="delete it, or give one of them another name: `outputs: {name: line}`",
        )
    if isinstance(output.value, syntax.Name) and output.value.id not in ("input", "prev"):
        line = context.names.get(output.value.id)
        if line is None:
            if context.has_poisoned_names:
                raise Poisoned
            raise Mistake.at(
                "E401",
                f"no line defines the output `{output.value.id}`",
                output.span,
                note=f"lines with names: {', '.join(context.names) or 'none'}",
            )
        return _tensors_of(line, context, output.span, output.value.id)
    written = context.work.text_at(output.value.span)
    result = evaluate(output.value, context)
    if isinstance(result, tuple) and result and all(isinstance(item, LineResult) for item in result):
        result = LineResult(tuple(tensor_of(item, output.value.span, written) for item in result), output.value.span)
    return _tensors_of(result, context, output.value.span, written)


# --- named repeats ---------------------------------------------------------------------------

Run = Callable[[Context, list[ArgumentValue] | None], tuple[Any, ...]]
"""Runs the turns of a repeat in a context; the inputs of the first turn are the key's own for None."""


def container(context: Context, name: str, run: Run, inputs: list[ArgumentValue], span: Span) -> LineResult:
    """A named repeat: its layers stand inside a container, also where it runs once or never."""
    _place(context, name, span)
    module = join(context.scope.module, name)
    path = context.work.unique_path(join(context.scope.path, name))
    return _run_container(context, run, inputs, _Use(path, module, span, context.scope.again))


def _run_container(context: Context, run: Run, inputs: list[ArgumentValue], use: _Use) -> LineResult:
    scope = Scope(use.path, use.module, None, use.again, context.scope, use.span, is_repeat=True)
    inputs = inputs or [_prev(context, use.span)]
    scope.inputs = tuple(tensor_of(item.value, item.span, "this") for item in inputs)
    context.scope.items.append(scope)
    inside = context.inside(scope, LineResult(scope.inputs[0], use.span))
    start = len(context.work.calls)
    steps = run(inside, inputs)
    value = tensor_of(inside.cursor.prev, use.span, "the last turn")
    scope.results = (value,)
    signature = _signature(context, start)

    def replay(again_in: Context, path: str, tensors: list[LineResult], span: Span) -> LineResult:
        before = len(again_in.work.calls)
        operands = [ArgumentValue(None, tensor.value, span) for tensor in tensors]
        result = _run_container(
            replace(context, scope=again_in.scope), run, operands, _Use(path, use.module, span, again=True)
        )
        _need_same(signature, again_in, before, span)
        return result

    return LineResult(value, use.span, steps=steps, module=ScopeModule(use.module, replay))


# --- turns of a repeat -----------------------------------------------------------------------


def run_turns(loop: syntax.Loop | None, body: syntax.Body, inputs: Inputs, context: Context) -> tuple[Any, ...]:
    """All turns, each fed by the one before; the result of each. The first input of the key feeds the first turn; the
    others, and what it gives by name, hold for every turn."""
    if loop is None:
        return _run_count(body, inputs, context)
    steps = []
    turns = tuple(turns_of(loop, context))
    are_alike = not mentions(body, loop.names)
    for number, turn in enumerate(turns, 1):
        before, started = _types(context.cursor.prev), context.work.steps
        _run_count(body, inputs, turn)
        _expect(context, body.span, before, started, len(turns) - number if are_alike else 0)
        inputs = _next_inputs(inputs, context)
        steps.append(context.cursor.prev)
    return tuple(steps)


def _run_count(body: syntax.Body, inputs: Inputs, context: Context) -> tuple[Any, ...]:
    steps = []
    for left in reversed(range(repeat_count(body, context))):
        before, started = _types(context.cursor.prev), context.work.steps
        _run_unit(body.unit, inputs, context)
        _expect(context, body.span, before, started, left)
        inputs = _next_inputs(inputs, context)
        steps.append(context.cursor.prev)
    return tuple(steps)


def _next_inputs(inputs: Inputs, context: Context) -> Inputs:
    """The inputs of the next turn: the first is what this turn gives, the others stay."""
    first, *others = inputs.positional or (None,)
    if first is None or not others:
        return Inputs((), inputs.named)
    return Inputs(
        (ArgumentValue(None, tensor_of(context.cursor.prev, first.span, "prev"), first.span), *others), inputs.named
    )


def _expect(context: Context, span: Span, before: Any, started: int, left: int) -> None:
    """A turn that gives the very type it was given (`before`) is followed by turns just like it, `left` of them:
    where they are too many, they are refused before they run (E501). It began after `started` steps."""
    if before == _types(context.cursor.prev):
        context.work.take_step(span, expected=left * (context.work.steps - started + 1))


def _types(result: Any) -> Any:
    return result.value.types if isinstance(result, LineResult) and isinstance(result.value, Value) else None


def _run_unit(node: syntax.Expression | tuple[syntax.Body, ...], inputs: Inputs, context: Context) -> None:
    if not isinstance(node, tuple):
        context.cursor.prev = unit(node, None, inputs, context, is_applied=True)
        return
    for written in node:
        body = read_product(written, context)
        for _ in range(repeat_count(body, context)):
            _run_unit(body.unit, inputs, context)
            inputs = Inputs((), inputs.named)
