"""A mistake inside a block that nothing uses: elaboration never meets it, and the block breaks once it is used.

What can be said without sizes is looked at: whether every layer type, function and argument is one that there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from netinspect.catalogue import FUNCTIONS, Entry
from netinspect.errors import Diagnostic, Span
from netinspect.findings.rule import Rule, Subject
from netinspect.language import closest, syntax

_Known = Callable[[str], Entry | syntax.Block | None]
"""What a name stands for in the whole spec; None where it may be a name of the block's own, or nothing."""


def _mistakes(subject: Subject) -> Iterator[Diagnostic]:
    spec = subject.file.parsed.spec
    if spec is None or not spec.blocks:
        return
    blocks = {block.name: block for block in spec.blocks}
    reached = {node.id for part in (spec.body, spec.vars, spec.variants) for node in _nodes(part, syntax.Name)}
    waiting = [blocks[name] for name in reached if name in blocks]
    while waiting:
        inner = {node.id for node in _nodes(waiting.pop(), syntax.Name)} - reached
        reached |= inner
        waiting += [blocks[name] for name in inner if name in blocks]
    layers = subject.file.layers

    def known(name: str) -> Entry | syntax.Block | None:
        return blocks.get(name) or layers.get(name) or FUNCTIONS.get(name)

    for block in spec.blocks:
        if block.name not in reached:
            own = {variable.name for variable in spec.vars} | _own_names(block)
            yield from _in_block(block, known, own, (*blocks, *layers, *FUNCTIONS))


def _own_names(block: syntax.Block) -> set[str]:
    """What a block itself gives a name: its parameters, inputs, lines and counters."""
    lines = {line.name.plain or "" for line in _nodes(block.body, syntax.Line) if line.name is not None}
    counters = {name for loop in _nodes(block.body, syntax.Loop) for name in loop.names}
    return {*(parameter.name for parameter in block.parameters), *block.inputs, *lines, *counters}


def _in_block(block: syntax.Block, known: _Known, own: set[str], names: tuple[str, ...]) -> Iterator[Diagnostic]:
    note = f"nothing uses `{block.name}` (line {block.span.line}), so this shows only once something does"
    for call in _nodes(block.body, syntax.Call):
        if not isinstance(call.function, syntax.Name):
            continue
        name, span = call.function.id, call.function.span
        target = known(name)
        if name in own:
            continue
        if target is None and name[:1].isupper():
            guess = closest(name, names)
            help = f"did you mean `{guess}`?" if guess else None
            yield Diagnostic("W106", f"there is no layer type or function `{name}`", span, note, help)
        elif target is not None:
            yield from _unknown_arguments(name, call, target, note)
    for unit in _bare_units(block.body):
        if known(unit.id) is None and unit.id[:1].isupper() and unit.id not in own:
            guess = closest(unit.id, names)
            help = f"did you mean `{guess}`?" if guess else None
            yield Diagnostic("W106", f"there is no layer type or function `{unit.id}`", unit.span, note, help)


def _unknown_arguments(name: str, call: syntax.Call, target: Entry | syntax.Block, note: str) -> Iterator[Diagnostic]:
    if isinstance(target, syntax.Block):
        arguments = [parameter.name for parameter in target.parameters]
    else:
        arguments = [argument.name for argument in (*target.arguments, *target.forward)]
    for argument in call.arguments:
        if argument.name is not None and argument.name not in arguments:
            guess = closest(argument.name, arguments)
            help = f"did you mean `{guess}`?" if guess else f"it has {', '.join(arguments) or 'none'}"
            message = f"`{name}` has no argument `{argument.name}`"
            yield Diagnostic("W106", message, _name_span(argument), note, help)


def _name_span(argument: syntax.Argument) -> Span:
    span = argument.span
    return Span(span.line, span.column, span.line, span.column + len(argument.name or ""))


def _bare_units(body: syntax.Scope) -> Iterator[syntax.Name]:
    """Words that stand alone as a layer: `- ReLU`."""
    for inner in _nodes(body, syntax.Body):
        if isinstance(inner.unit, syntax.Name):
            yield inner.unit


def _nodes(tree: Any, kind: type[Any]) -> Iterator[Any]:
    """Every node of a kind below `tree`, in the order of the text."""
    if isinstance(tree, kind):
        yield tree
    if isinstance(tree, tuple):
        for item in tree:
            yield from _nodes(item, kind)
    elif is_dataclass(tree) and not isinstance(tree, Span):
        for field in fields(tree):
            yield from _nodes(getattr(tree, field.name), kind)


RULE = Rule(
    code="W106",
    title="a mistake inside a block that nothing uses",
    why=(
        "Only what is used is worked out, so a mistake in a block that nothing uses stays unseen until somebody uses "
        "it: then their change seems to have broken it."
    ),
    bad="blocks:\n  Wide(channels):\n    - Covn2d(channels, kernel_size=3)\n    - ReLU\ninput: [3, 8, 8]\nlayers:\n"
    "  - Conv2d(8, kernel_size=3)\n",
    good="blocks:\n  Wide(channels):\n    - Conv2d(channels, kernel_size=3)\n    - ReLU\ninput: [3, 8, 8]\nlayers:\n"
    "  - Conv2d(8, kernel_size=3)\n",
    check=_mistakes,
)
