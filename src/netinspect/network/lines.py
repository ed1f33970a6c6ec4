"""The lines of a list, one after the other: conditions, names, repeats."""

from __future__ import annotations

from typing import Any

from netinspect.catalogue import FUNCTIONS
from netinspect.errors import Span
from netinspect.language import syntax
from netinspect.language.names import name_mistake
from netinspect.network import operators, scopes, units
from netinspect.network.binding import Given
from netinspect.network.context import Context
from netinspect.network.evaluate import evaluate, is_tensor, truth
from netinspect.network.made import POISON, Made, Mistake, Poisoned
from netinspect.network.meant_lines import with_rewrite
from netinspect.network.repeats import makes_layers, read_product, run_turns, turns_of
from netinspect.network.units import Inputs, inputs_of


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
        name = _scope_name(line)
        _refuse_values(name, content, line, context)
        key = line.name.key if line.name else None
        made = scopes.sub_network(context, key, content, inputs_of(line, context), line.span)
        _bind(context, name, made, _name_span(line))
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
        made = units.unit(body.unit, key, inputs_of(line, context), context, is_applied=False)
        _bind(context, name, made, _name_span(line))


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
        raise Mistake("E216", message, line.name.span, note)
    if len(values) > 1:
        what = f"`{name}`" if name is not None else "this"
        message = f"{what} is a list of values, and nothing is done with them"
        raise Mistake("E216", message, _name_span(line), note, "join them, as in `cat(a, b, dim=1)` or `a + b`")


def _name_span(line: syntax.Line) -> Span:
    return line.name.span if line.name is not None else line.span


def _scope_name(line: syntax.Line) -> str | None:
    if line.name is not None and line.name.plain is None:
        raise Mistake("E108", "a name with `{…}` needs `for` on its line", line.name.span)
    return line.name.plain if line.name else None


def _bind(context: Context, name: str | None, made: Made, span: Span) -> None:
    context.cursor.prev = made
    if name is None:
        return
    earlier = context.names.get(name)
    if isinstance(earlier, Made):
        raise Mistake("E107", f"`{name}` is already the name of line {earlier.span.line}", span,
                      help="give one of the two another name")  # fmt: skip
    context.names[name] = made


def _name_each(
    line: syntax.Line, pattern: syntax.Pattern, step: syntax.Step, body: syntax.Body, context: Context
) -> None:
    """`layer{i}: X for i in …`: one entry each in this list."""
    if step.loop is None:
        raise Mistake("E108", "a name with `{…}` needs `for` on its line", pattern.span,
                      help="`- layer{i}: Linear(64) for i in range(3)`")  # fmt: skip
    if body.count is not None:
        raise Mistake("E017", "a name with `{…}` names one layer a turn, so the line takes no count", pattern.span)
    stem = pattern.parts[0] if isinstance(pattern.parts[0], str) else ""
    results = context.turns.setdefault(syntax.name_of(stem.rstrip(".-")), [])
    for turn in turns_of(step.loop, context):
        key = _pattern_key(pattern, turn)
        made = units.unit(body.unit, key, inputs_of(line, turn), turn, is_applied=False)
        _bind(context, syntax.name_of(key) if pattern.is_key else key, made, pattern.span)
        results.append(made)


def _pattern_key(pattern: syntax.Pattern, context: Context) -> str:
    parts = []
    for part in pattern.parts:
        if isinstance(part, str):
            parts.append(part)
        else:
            value = operators.settle(evaluate(part, context), part.span, "a name")
            parts.append(str(value))
    key = "".join(parts)
    unusable = name_mistake(syntax.name_of(key) if pattern.is_key else key, pattern.span)
    if unusable is not None:
        raise Mistake(unusable.code, unusable.message, unusable.span, unusable.note, unusable.help)
    return key


def _repeat(line: syntax.Line, loop: syntax.Loop | None, body: syntax.Body, context: Context) -> None:
    name = line.name.plain if line.name else None
    inputs = inputs_of(line, context)

    def run(inside: Context, first: list[Given] | None) -> tuple[Any, ...]:
        return run_turns(loop, body, Inputs(tuple(first or ()), inputs.named), inside)

    if name is not None and makes_layers(body, context):
        key = line.name.key if line.name is not None and line.name.key is not None else name
        made = scopes.container(context, key, run, list(inputs.positional), line.span)
        _bind(context, name, made, _name_span(line))
        return
    steps = run(context, list(inputs.positional))
    if name is not None:
        last = evaluate(syntax.Name("prev", line.span), context)
        _bind(context, name, Made(last.value, line.span, steps=steps), _name_span(line))
