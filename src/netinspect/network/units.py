"""One unit of a step: a new layer or block, a function, a layer called again, or a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import Entry
from netinspect.catalogue.refused import SHORT
from netinspect.errors import Span
from netinspect.language import closest, syntax
from netinspect.network import invoke, operators, scopes
from netinspect.network.binding import Given, operand_of
from netinspect.network.context import MISSING, Context
from netinspect.network.evaluate import arithmetic, evaluate, values_of, without_prefix
from netinspect.network.made import POISON, Made, Mistake, Poisoned, TypeRef
from netinspect.network.network import Value


@dataclass(frozen=True, slots=True)
class Inputs:
    """What stands in a key's brackets: `(prev, enc1)`; `given` is False without brackets."""

    positional: tuple[Given, ...] = ()
    named: tuple[syntax.Argument, ...] = ()

    @property
    def given(self) -> bool:
        return bool(self.positional)


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
                raise Mistake("E212", f"an input is a tensor, not {operators.kind_of(value)}", argument.value.span)
            positional.append(Given(None, value, argument.value.span))
    return Inputs(tuple(positional), tuple(argument for argument in line.arguments if argument.name is not None))


def unit(
    node: syntax.Expression | tuple[syntax.Body, ...], name: str | None, inputs: Inputs, context: Context,
    *, is_applied: bool,
) -> Made:  # fmt: skip
    """One layer, block, function or value. `is_applied`: a bare name after a count calls what it names."""
    assert not isinstance(node, tuple)
    node = without_prefix(node, context)
    if isinstance(node, syntax.Call):
        return _call(node, name, inputs, context)
    if isinstance(node, syntax.Binary | syntax.Unary):
        _need_no_inputs(inputs, node.span)
        return _result(arithmetic(node, context, name), node.span)
    if isinstance(node, syntax.Name):
        return _bare(node, name, inputs, context, is_applied=is_applied)
    if isinstance(node, syntax.Index):
        base = evaluate(node.value, context)
        if isinstance(base, Made) and isinstance(base.value, Value):
            _need_no_inputs(inputs, node.span)
            return invoke.subscript(context, base, node, name)
    _need_no_inputs(inputs, node.span)
    return _result(evaluate(node, context), node.span)


def _result(value: Any, span: Span) -> Made:
    if isinstance(value, Made):
        return value
    if isinstance(value, TypeRef):
        raise Mistake("E212", f"the type `{value.name}` is not the name of a layer here", span)
    raise Mistake("E212", f"a line gives a tensor, and this is {operators.kind_of(value)}", span,
                  help="numbers belong under `vars:`")  # fmt: skip


def _need_no_inputs(inputs: Inputs, span: Span) -> None:
    if inputs.given or inputs.named:
        raise Mistake("E216", "a value takes no inputs", span, help="leave out the brackets before the colon")


def _call(node: syntax.Call, name: str | None, inputs: Inputs, context: Context) -> Made:
    function = without_prefix(node.function, context)
    if isinstance(function, syntax.Attribute):
        _need_no_inputs(inputs, node.span)
        return _result(invoke.method(context, function, node, name), node.span)
    assert isinstance(function, syntax.Name)
    found = context.find_callable(function.id)
    if isinstance(found, TypeRef):
        return _make(found, node.arguments, name, inputs, context, node.span)
    if isinstance(found, Made):
        _need_no_inputs(inputs, node.span)
        return invoke.again(context, found, node, name)
    if isinstance(found, Entry):
        return invoke.function(context, found, node, name, _implicit(inputs, node.span))
    return _result(evaluate(node, context), node.span)


def _implicit(inputs: Inputs, span: Span) -> Made | None:
    if inputs.named or len(inputs.positional) > 1:
        raise Mistake("E216", "a function's tensors stand inside its own brackets", span)
    return Made(inputs.positional[0].value, span) if inputs.given else None


def _bare(node: syntax.Name, name: str | None, inputs: Inputs, context: Context, *, is_applied: bool) -> Made:
    if node.id not in ("prev", "input"):
        found = context.find_callable(node.id) if is_applied else context.find(node.id)
        if found is POISON:
            raise Poisoned
        if isinstance(found, TypeRef):
            return _make(found, (), name, inputs, context, node.span)
        if is_applied and isinstance(found, Made):
            return invoke.call_again(context, found, list(inputs.positional), list(inputs.named), node.span, name)
        function = context.find_callable(node.id)
        if isinstance(found, Made):
            _refuse_ambiguous(node, found)
        elif isinstance(function, Entry) and (found is MISSING or is_applied):
            return invoke.bare_function(context, function, node.span, name, _implicit(inputs, node.span))
        elif found is MISSING and is_applied and isinstance(context.find(node.id), Made):
            raise Mistake("E212", f"`{node.id}` is a value, and a repeat needs a layer", node.span)
        elif found is MISSING:
            raise context.unresolved(node.id, node.span, called=_looks_called(node.id))
    _need_no_inputs(inputs, node.span)
    return _result(evaluate(node, context), node.span)


def _looks_called(name: str) -> bool:
    """A bare unknown word is taken for a layer type if it is written like one, or is close to one."""
    return name[:1].isupper() or name.lower() in SHORT or closest(name, tuple(LAYERS)) is not None


def _refuse_ambiguous(node: syntax.Name, found: Made) -> None:
    """E109: a bare `relu` after `relu: ReLU` may mean three things."""
    if found.module is not None and found.kind and found.kind.lower() == node.id.lower():
        raise Mistake(
            "E109", f"`{node.id}` alone is the value of line {found.span.line}, not a new layer", node.span,
            note=f"`{node.id}(prev)` applies the same layer again; `{found.kind}` makes a new one",
            help=f"write `{found.kind}` for a new layer, or give line {found.span.line} another name",
        )  # fmt: skip


def _make(
    found: TypeRef, arguments: tuple[syntax.Argument, ...], name: str | None, inputs: Inputs, context: Context,
    span: Span,
) -> Made:  # fmt: skip
    if isinstance(found.target, Entry):
        return scopes.layer(context, name, found.target, arguments, list(inputs.positional), list(inputs.named), span)
    if inputs.named:
        raise Mistake("E216", f"`{found.name}` takes its inputs in order, without names", inputs.named[0].span)
    return scopes.block(context, name, found.target, arguments, list(inputs.positional), span)
