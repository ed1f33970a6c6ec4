"""Folded lists to the syntax tree of a spec, with `3 * X` and `layer{i}: X for i in range(3)` for alike lines."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

from netinspect.catalogue.entry import Entry
from netinspect.importing.fold import FoldedBlock, Folder, Hole, LayerType, holes
from netinspect.importing.items import Instance, LayerLine, LayerList
from netinspect.importing.nodes import NOWHERE, argument, called, layer_call, literal, setting, word
from netinspect.importing.scopes import Reader
from netinspect.importing.trace import Trace
from netinspect.language import syntax
from netinspect.language.names import is_name
from netinspect.language.write import expression_text


def folded_spec(trace: Trace, name: str) -> syntax.Spec:
    """The spec with lists of one class as one block, and repeats."""
    return _spec(trace, name, is_folded=True)


def flat_spec(trace: Trace, name: str) -> syntax.Spec:
    """The spec with every list at its own place, as far as the language has a place for it."""
    return _spec(trace, name, is_folded=False)


def _spec(trace: Trace, name: str, *, is_folded: bool) -> syntax.Spec:
    body, _ = Reader(trace).body(trace.call, [item.tensor for item in trace.inputs])
    folder = Folder(is_folded=is_folded)
    folder.fold(body)
    blocks = tuple(_block_node(block) for block in folder.blocks)
    inputs = tuple(
        syntax.Input(item.name if len(trace.inputs) > 1 else "input", tuple(literal(size) for size in item.shape), None,
                     item.dtype, literal(item.high) if item.high else None, (), NOWHERE)
        for item in trace.inputs
    )  # fmt: skip
    tie = tuple((syntax.PathRef(tied, NOWHERE), syntax.PathRef(to, NOWHERE)) for tied, to in trace.ties)
    return syntax.Spec(name, None, None, None, (), (), (), blocks, inputs, _scope(body), (), tie, None, None)


def _block_node(block: FoldedBlock) -> syntax.Block:
    (body,) = block.bodies
    parameters = tuple(
        syntax.BlockParameter(name, _written(block.defaults[name]) if name in block.defaults else None, NOWHERE)
        for name in block.parameters
    )
    inside = [hole for hole in dict.fromkeys(holes(body)) if hole.inner is not None] if block.is_part else []
    texts = [hole.text for hole in inside]
    for hole in inside:
        hole.text = hole.inner
    node = syntax.Block(block.name, parameters, body.inputs, _scope(body), NOWHERE)
    for hole, text in zip(inside, texts, strict=True):
        hole.text = text
    return node


def _scope(body: LayerList) -> syntax.Scope:
    parameters = tuple(replace(item, shape=_filled(item.shape)) for item in body.parameters)
    buffers = tuple(replace(item, shape=_filled(item.shape)) for item in body.buffers)
    return syntax.Scope(_runs([_line(line) for line in body.entries]), parameters, body.outputs, buffers=buffers)


def _line(line: LayerLine) -> syntax.Line:
    name = syntax.Pattern((line.name,), NOWHERE, not is_name(line.name)) if line.name is not None else None
    arguments = None if line.arguments is None else tuple(_filled(item) for item in line.arguments)
    unit = line.unit
    if isinstance(unit, LayerList):
        scope = _scope(unit)
        alone = (
            scope.lines[0]
            if len(scope.lines) == 1 and not scope.parameters and not scope.buffers and not scope.outputs
            else None
        )
        if (
            alone is not None
            and alone.name is None
            and alone.arguments is None
            and isinstance(alone.content, syntax.Step)
        ):
            step = alone.content
            if step.body.count is not None and not isinstance(step.body.unit, tuple):
                return syntax.Line(name, arguments, step, NOWHERE)
        return syntax.Line(name, arguments, scope, NOWHERE)
    step = _step(_unit(unit))
    if line.condition is not None:
        condition = line.condition.text if isinstance(line.condition, Hole) else line.condition
        otherwise = syntax.Body(None, word("Identity"), NOWHERE) if line.is_replaced else None
        step = replace(step, condition=condition, otherwise=otherwise)
    return syntax.Line(name, arguments, step, NOWHERE)


def _unit(unit: Any) -> syntax.Expression:
    if not isinstance(unit, Instance):
        expression: syntax.Expression = _filled(unit)
        return expression
    arguments = {name: _written(value) for name, value in unit.arguments.items()}
    if isinstance(unit.type, Entry):
        return layer_call(unit.type, arguments)
    if isinstance(unit.type, Hole):
        assert isinstance(unit.type.text, syntax.Name)
        return called(unit.type.text.id, [argument(value, name) for name, value in arguments.items()])
    required = [name for name in unit.type.parameters if name not in unit.type.defaults][:1]
    nodes = [argument(arguments[name]) for name in required]
    return called(unit.type.name, nodes + [argument(arguments[name], name) for name in unit.type.parameters
                                           if name in arguments and name not in required])  # fmt: skip


def _written(value: Any) -> syntax.Expression:
    if isinstance(value, Hole):
        assert value.text is not None
        return value.text
    if isinstance(value, LayerType):
        return word(value.entry.name)
    return setting(value)


def _filled(node: Any) -> Any:
    """An expression with the texts of its holes."""
    if isinstance(node, Hole):
        return node.text
    if isinstance(node, tuple):
        return tuple(_filled(item) for item in node)
    if not hasattr(type(node), "__dataclass_fields__") or isinstance(node, syntax.Literal | syntax.Name):
        return node
    return replace(
        node, **{item.name: _filled(getattr(node, item.name)) for item in fields(node) if "span" not in item.name}
    )


def _step(unit: syntax.Expression) -> syntax.Step:
    return syntax.Step(syntax.Body(None, unit, NOWHERE), None, None, None, NOWHERE)


# --- runs ------------------------------------------------------------------------------------


def _runs(lines: list[syntax.Line]) -> tuple[syntax.Line, ...]:
    """`3 * X` for the same line three times, `layer{i}: X for i in range(3)` for names with numbers."""
    folded: list[syntax.Line] = []
    place = 0
    while place < len(lines):
        end = place + 1
        while end < len(lines) and _goes_on(lines[place], lines[end], end - place):
            end += 1
        folded.append(_run(lines[place], end - place) if end - place > 1 else lines[place])
        place = end
    return tuple(folded)


def _goes_on(first: syntax.Line, other: syntax.Line, distance: int) -> bool:
    if not isinstance(first.content, syntax.Step) or not isinstance(other.content, syntax.Step):
        return False
    if first.arguments is not None or other.arguments is not None:
        return False
    unit = first.content.body.unit
    if isinstance(unit, tuple) or expression_text(unit) != expression_text(other.content.body.unit):  # type: ignore[arg-type]
        return False
    head = unit.function if isinstance(unit, syntax.Call) else unit
    if not isinstance(head, syntax.Name) or not head.id[:1].isupper():
        return False
    if first.name is None or other.name is None:
        return first.name is other.name
    stem, number = _numbered(first.name.key or "")
    other_stem, other_number = _numbered(other.name.key or "")
    return number is not None and other_number is not None and (stem, number + distance) == (other_stem, other_number)


def _numbered(name: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(.*?[^\d])(0|[1-9]\d*)", name)
    return (match[1], int(match[2])) if match else (name, None)


def _run(first: syntax.Line, count: int) -> syntax.Line:
    assert isinstance(first.content, syntax.Step)
    unit = first.content.body.unit
    if first.name is None:
        return syntax.Line(None, None, replace(first.content, body=syntax.Body(literal(count), unit, NOWHERE)), NOWHERE)
    stem, start = _numbered(first.name.key or "")
    assert start is not None
    bounds = [start, start + count] if start else [count]
    loop = syntax.Loop(
        ("i",), syntax.Call(word("range"), tuple(argument(literal(bound)) for bound in bounds), NOWHERE), NOWHERE
    )
    name = syntax.Pattern((stem, word("i")), NOWHERE, first.name.is_key)
    return syntax.Line(name, None, replace(first.content, loop=loop), NOWHERE)
