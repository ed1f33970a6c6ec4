"""New layers and the scopes they stand in: blocks, sub-networks, the containers of named repeats.

A layer's key is its name, or its position among the layers of its list. A scope that is called again runs
its lines again with the same modules; its parameters are then shared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from netinspect.catalogue.entry import Entry
from netinspect.errors import Span
from netinspect.language import syntax
from netinspect.language.names import is_name
from netinspect.network import lines, misfit, operators, parameters, units
from netinspect.network.apply import Site, apply
from netinspect.network.binding import BoundCall, Given, bind_block, bind_forward, bind_layer
from netinspect.network.context import MAX_DEPTH, MISSING, Context, Cursor, tensor_of
from netinspect.network.evaluate import evaluate
from netinspect.network.invoke import forward_named, join, names_first, with_only_axis
from netinspect.network.made import POISON, LayerModule, Made, Mistake, Poisoned, ScopeModule, Unknown
from netinspect.network.network import Scope, Value

Tensors = Value | tuple[Value, ...]
"""What a scope gives under one name: a tensor, or a list of such."""


def _place(context: Context, name: str | None, span: Span) -> str:
    """The key of a new layer or scope in its list: its name, or its position; the position is used up (E107)."""
    key = name if name is not None else str(context.cursor.position)
    context.cursor.position += 1
    if not context.scope.again:
        _refuse_twice(context, key, span)
    return key


def _refuse_twice(context: Context, key: str, span: Span) -> None:
    """E107 where a key is taken, or leads into a layer: `convs.0` beside a line `convs`."""
    work, parts = context.work, key.split(".")
    containers = [join(context.scope.module, ".".join(parts[:length])) for length in range(1, len(parts))]
    module = join(context.scope.module, key)
    taken = next((path for path in containers if path in work.placed), None)
    is_repeated = module in work.placed and not is_name(key)  # two lines of one name are reported with that name
    if taken is not None or is_repeated or module in work.containers:
        raise Mistake("E107", f"`{taken or module}` is already the key of another line", span,
                      help="give one of the two another name")  # fmt: skip
    work.placed.add(module)
    work.containers.update(containers)


def layer(
    context: Context, name: str | None, entry: Entry, arguments: tuple[syntax.Argument, ...],
    inputs: list[Given], named: list[syntax.Argument], span: Span,
) -> Made:  # fmt: skip
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
            made = apply(context, entry, bound.arguments, call, site)
        except Mistake as mistake:
            if not isinstance(first, Value):
                raise
            raise misfit.explained(context, entry, arguments, bound, first, mistake, span) from None
        assert isinstance(made.module, LayerModule)
        context.work.modules[module] = made.module
        return made
    return _same_layer(context, entry, call, site)


def _same_layer(context: Context, entry: Entry, call: BoundCall, site: Site) -> Made:
    first = context.work.modules.get(site.module or "")
    if first is None or first.entry is not entry:
        raise _differs(site.span)
    return apply(context, entry, first.arguments, call, site)


def _differs(span: Span) -> Mistake:
    return Mistake("E217", "called again, this line would come out as another layer", span,
                   note="the same weights can only be used by the same layers")  # fmt: skip


def _prev(context: Context, span: Span) -> Given:
    prev = context.cursor.prev
    if prev is POISON:
        raise Poisoned
    return Given(None, tensor_of(prev, span, "prev"), span)


# --- blocks and sub-networks -----------------------------------------------------------------


def block(
    context: Context, name: str | None, target: syntax.Block, arguments: tuple[syntax.Argument, ...],
    inputs: list[Given], span: Span,
) -> Made:  # fmt: skip
    """A new use of one of the spec's blocks."""
    if context.depth >= MAX_DEPTH:
        raise Mistake("E501", f"blocks are nested more than {MAX_DEPTH} deep", span)
    key = _place(context, name, span)
    values = bind_block(target, arguments, context, span)
    definition = _BlockDefinition(target, values)
    module = join(context.scope.module, key)
    path = context.work.unique_path(join(context.scope.path, key))
    tensors = [Made(item.value, item.span) for item in inputs]
    if not tensors and context.cursor.prev is not MISSING:  # a block that makes a buffer has no input
        tensors = [Made(_prev(context, span).value, span)]
    return _run(context, definition, _Use(path, module, span, context.scope.again), tensors)


def sub_network(context: Context, name: str | None, body: syntax.Scope, inputs: units.Inputs, span: Span) -> Made:
    """A list inside the list, which sees the lines around it."""
    if len(inputs.positional) > 1 or inputs.named:
        raise Mistake("E216", "a sub-network has one input", span,
                      help="inside it, use the other lines by their names")  # fmt: skip
    key = _place(context, name, span)
    module = join(context.scope.module, key)
    path = context.work.unique_path(join(context.scope.path, key))
    given = inputs.positional[0] if inputs.given else _prev(context, span)
    definition = _ListDefinition(body, context)
    return _run(context, definition, _Use(path, module, span, context.scope.again), [Made(given.value, given.span)])


class _Use:
    """One use of a scope: where it stands and whether its modules were made before."""

    __slots__ = ("again", "module", "path", "span")

    def __init__(self, path: str, module: str, span: Span, again: bool) -> None:
        self.path, self.module, self.span, self.again = path, module, span, again


class _BlockDefinition:
    """A block with the values of its parameters: it sees these, its inputs and the vars."""

    __slots__ = ("body", "given", "target")

    def __init__(self, target: syntax.Block, given: dict[str, Any]) -> None:
        self.target, self.given, self.body = target, given, target.body

    @property
    def title(self) -> str:
        return self.target.name

    def open(self, context: Context, scope: Scope, inputs: list[Made]) -> Context:
        block = self.target
        expected = block.inputs if block.inputs or block.rest is not None or not inputs else ("input",)
        if len(inputs) < len(expected) or (len(inputs) > len(expected) and block.rest is None):
            words = ", ".join(expected if block.rest is None else (*expected, f"*{block.rest}"))
            raise Mistake("E216", f"`{block.name}` takes {'at least ' * (block.rest is not None)}{len(expected)}"
                          f" input{'s' * (len(expected) != 1)} ({words}), and gets {len(inputs)}",
                          scope.span)  # fmt: skip
        names = dict(zip(block.inputs, inputs, strict=False))
        if block.rest is not None:
            further = tuple(tensor_of(item, scope.span, "this") for item in inputs[len(block.inputs) :])
            names[block.rest] = Made(further, scope.span, kind="list")
        inside = Context(
            context.work, scope, dict(names), Cursor(inputs[0] if inputs else MISSING),
            inputs[0] if inputs else MISSING, {}, declared_names(self.body), depth=context.depth + 1,
        )  # fmt: skip
        inside.counters = scope.arguments = self._parameters(inside)
        return inside

    def _parameters(self, inside: Context) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for parameter in self.target.parameters:
            if parameter.name in self.given:
                values[parameter.name] = self.given[parameter.name]
            elif parameter.default is not None:
                inside.counters = values
                value = evaluate(parameter.default, inside)
                values[parameter.name] = operators.settle(value, parameter.span, f"`{parameter.name}`")
        return values


class _ListDefinition:
    """A list inside a list: it sees everything that the list around it sees."""

    __slots__ = ("body", "outer")
    title = None

    def __init__(self, body: syntax.Scope, outer: Context) -> None:
        self.body, self.outer = body, outer

    def open(self, context: Context, scope: Scope, inputs: list[Made]) -> Context:
        if len(inputs) != 1:
            raise Mistake("E216", f"a sub-network has one input, and gets {len(inputs)}", scope.span)
        return Context(
            context.work, scope, {}, Cursor(inputs[0]), inputs[0], self.outer.counters, declared_names(self.body),
            outer=self.outer, depth=context.depth,
        )  # fmt: skip


Definition = _BlockDefinition | _ListDefinition


def declared_names(body: syntax.Scope) -> dict[str, Span]:
    """The plain names of a list's lines, and where they stand."""
    found: dict[str, Span] = {}
    for line in body.lines:
        if line.name is not None and line.name.plain is not None:
            found.setdefault(line.name.plain, line.name.span)
    return found


def _run(context: Context, definition: Definition, use: _Use, inputs: list[Made]) -> Made:
    scope = Scope(use.path, use.module, definition.title, use.again, context.scope, use.span)
    scope.inputs = tuple(tensor_of(item, use.span, "this") for item in inputs)
    inside = definition.open(context, scope, inputs)
    context.scope.items.append(scope)
    start = len(context.work.calls)
    value, outputs = fill(inside, definition.body)
    signature = _signature(context, start)

    def replay(again_in: Context, path: str, tensors: list[Made], span: Span) -> Made:
        before = len(again_in.work.calls)
        made = _run(again_in, definition, _Use(path, use.module, span, again=True), tensors)
        _need_same(signature, again_in, before, span)
        return made

    module = ScopeModule(use.module, replay)
    return Made(value, use.span, outputs, inside.names, module=module, kind=definition.title or "")


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
    parameters.own_tensors(context, body)
    lines.elaborate_lines(body.lines, context)
    outputs = _outputs(body, context)
    main = next(iter(outputs.values())) if outputs else _last(context)
    given = outputs.values() if outputs else (main,)
    context.scope.results = tuple(value for item in given for value in (item if isinstance(item, tuple) else (item,)))
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
        raise Mistake("E107", f"`{var.name}` is already the name of an input, a parameter or a line", var.span)
    try:
        value = evaluate(var.value, context)
    except Unknown:
        value = context.input
    if not isinstance(value, Made):
        return value
    raise Mistake("E212", f"`{var.name}` is a number, text, a list or a layer type, never a tensor", var.value.span,
                  help="a tensor is a line of its own under `layers`")  # fmt: skip


def _tensors_of(result: Any, context: Context, span: Span, name: str) -> Tensors:
    """The tensor or the list of tensors that a result stands for; E110 for a list that the network would give."""
    is_list = isinstance(result, Made) and isinstance(result.value, tuple) and bool(result.value)
    return result.value if is_list and context.scope.parent is not None else tensor_of(result, span, name)


def _outputs(body: syntax.Scope, context: Context) -> dict[str, Tensors]:
    """The outputs a list names; each that is not there (E401) or is there twice (E107) is reported."""
    found: dict[str, Tensors] = {}
    failed = False
    for output in body.outputs:
        try:
            found[output.name] = _output(output, context, found)
        except Mistake as mistake:
            context.work.report(mistake.diagnostic)
            failed = True
        except Poisoned:
            failed = True
    if failed:
        raise Poisoned
    return found


def _last(context: Context) -> Tensors:
    prev = context.cursor.prev
    if prev is POISON:
        raise Poisoned
    return _tensors_of(prev, context, context.scope.span, "the last line")


def _output(output: syntax.Output, context: Context, taken: Mapping[str, Tensors]) -> Tensors:
    if output.name in taken:
        raise Mistake("E107", f"`{output.name}` is the name of two outputs", output.span,
                      help="delete it, or give one of them another name: `outputs: {name: line}`")  # fmt: skip
    if isinstance(output.value, syntax.Name) and output.value.id not in ("input", "prev"):
        found = context.names.get(output.value.id)
        if found is None:
            if context.has_poisoned_names:
                raise Poisoned
            raise Mistake("E401", f"no line defines the output `{output.value.id}`", output.span,
                          note=f"lines with names: {', '.join(context.names) or 'none'}")  # fmt: skip
        return _tensors_of(found, context, output.span, output.value.id)
    written = context.work.text_at(output.value.span)
    result = evaluate(output.value, context)
    if isinstance(result, tuple) and result and all(isinstance(item, Made) for item in result):
        result = Made(tuple(tensor_of(item, output.value.span, written) for item in result), output.value.span)
    return _tensors_of(result, context, output.value.span, written)


# --- named repeats ---------------------------------------------------------------------------

Run = Callable[[Context, list[Given] | None], tuple[Any, ...]]
"""Runs the turns of a repeat in a context; the inputs of the first turn are the key's own for None."""


def container(context: Context, name: str, run: Run, inputs: list[Given], span: Span) -> Made:
    """A named repeat: its layers stand inside a container, also where it runs once or never."""
    _place(context, name, span)
    module = join(context.scope.module, name)
    path = context.work.unique_path(join(context.scope.path, name))
    return _run_container(context, run, inputs, _Use(path, module, span, context.scope.again))


def _run_container(context: Context, run: Run, inputs: list[Given], use: _Use) -> Made:
    scope = Scope(use.path, use.module, None, use.again, context.scope, use.span, is_repeat=True)
    inputs = inputs or [_prev(context, use.span)]
    scope.inputs = tuple(tensor_of(item.value, item.span, "this") for item in inputs)
    context.scope.items.append(scope)
    inside = context.inside(scope, Made(scope.inputs[0], use.span))
    start = len(context.work.calls)
    steps = run(inside, inputs)
    value = tensor_of(inside.cursor.prev, use.span, "the last turn")
    scope.results = (value,)
    signature = _signature(context, start)

    def replay(again_in: Context, path: str, tensors: list[Made], span: Span) -> Made:
        before = len(again_in.work.calls)
        given = [Given(None, tensor.value, span) for tensor in tensors]
        made = _run_container(
            replace(context, scope=again_in.scope), run, given, _Use(path, use.module, span, again=True)
        )
        _need_same(signature, again_in, before, span)
        return made

    return Made(value, use.span, steps=steps, module=ScopeModule(use.module, replay))
