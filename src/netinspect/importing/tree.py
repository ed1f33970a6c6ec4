"""Folded lists to the syntax tree of a spec."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netinspect.importing.blocks import FoldedBlock, Hole, filled, holes, written, written_unit
from netinspect.importing.fold import Folder
from netinspect.importing.items import LayerLine, LayerList, Run
from netinspect.importing.nodes import NOWHERE, argument, called, literal, word
from netinspect.importing.runs import in_runs
from netinspect.importing.scopes import Reader
from netinspect.importing.trace import Trace, TracedModule
from netinspect.language import syntax
from netinspect.language.names import is_name, needs_quotes


def folded_spec(trace: Trace, name: str) -> syntax.Spec:
    """The spec with lists of one class as one block, and repeats."""
    return _spec(trace, name, is_folded=True, keeps_order=False)


def ordered_spec(trace: Trace, name: str) -> syntax.Spec:
    """The folded spec with `contiguous()` wherever the model has it: kernels round otherwise in another order."""
    return _spec(trace, name, is_folded=True, keeps_order=True)


def flat_spec(trace: Trace, name: str) -> syntax.Spec:
    """The spec with every list at its own place, as far as the language has a place for it."""
    return _spec(trace, name, is_folded=False, keeps_order=True)


def _spec(trace: Trace, name: str, *, is_folded: bool, keeps_order: bool) -> syntax.Spec:
    reader = Reader(trace, keeps_order=keeps_order)
    body, _ = reader.body(reader.call, [item.tensor for item in trace.inputs])
    folder = Folder(is_folded=is_folded)
    folder.fold(body)
    blocks = tuple(_block_node(block) for block in folder.blocks)
    inputs = []
    for item in reader.inputs:
        input_name = item.name if len(reader.inputs) > 1 else "input"
        shape = tuple(literal(size) for size in item.shape)
        high = literal(item.high) if item.high else None
        inputs.append(syntax.Input(input_name, shape, item.axes, item.dtype, high, (), NOWHERE))
    tie = tuple((syntax.PathRef(tied, NOWHERE), syntax.PathRef(to, NOWHERE)) for tied, to in trace.ties)
    frozen = tuple(syntax.PathRef(path, NOWHERE) for path in _frozen(trace))
    return syntax.Spec(name, None, None, None, (), (), (), blocks, tuple(inputs), _scope(body), frozen, tie, None, None)


def _frozen(trace: Trace) -> Iterator[str]:
    """The fewest paths that say which layers are not trained: of modules, else of their parameters. What a list of the
    author's own declares says so itself."""

    def inside(path: str) -> Iterator[tuple[str, TracedModule]]:
        yield path, trace.modules[path]
        for child in trace.modules[path].children:
            yield from inside(f"{path}.{child}" if path else child)

    def walk(path: str) -> Iterator[str]:
        parameters = [
            (f"{owner}.{name}", kind, module)
            for owner, module in inside(path)
            for name, _, _, kind in module.tensors
            if kind in ("parameter", "frozen")
        ]
        of_layers = [name for name, kind, module in parameters if kind == "frozen" and (module.layer or module.base)]
        if not of_layers:
            return
        if path and all(kind == "frozen" for _, kind, _ in parameters):
            yield path
            return
        module = trace.modules[path]
        if module.layer or module.base:
            yield from (f"{path}.{name}" for name, _, _, kind in module.tensors if kind == "frozen")
        for child in module.children:
            yield from walk(f"{path}.{child}" if path else child)

    yield from walk("")


def _block_node(block: FoldedBlock) -> syntax.Block:
    (body,) = block.bodies
    parameters = tuple(
        syntax.BlockParameter(name, written(block.defaults[name]) if name in block.defaults else None, NOWHERE)
        for name in block.parameters
    )
    inside = [hole for hole in dict.fromkeys(holes(body)) if hole.inner is not None] if block.is_part else []
    texts = [hole.text for hole in inside]
    for hole in inside:
        hole.text = hole.inner
    node = syntax.Block(block.name, parameters, body.inputs, _scope(body), NOWHERE, body.rest)
    for hole, text in zip(inside, texts, strict=True):
        hole.text = text
    return node


def _scope(body: LayerList) -> syntax.Scope:
    parameters = tuple(replace(item, shape=filled(item.shape)) for item in body.parameters)
    buffers = tuple(replace(item, shape=filled(item.shape), value=filled(item.value)) for item in body.buffers)
    lines = tuple(_line(line) for line in in_runs(body.entries))
    return syntax.Scope(lines, parameters, body.outputs, buffers=buffers)


def _line(line: LayerLine) -> syntax.Line:
    name = syntax.Pattern((line.name,), NOWHERE, needs_quotes(line.name)) if line.name is not None else None
    arguments = None if line.arguments is None else tuple(filled(item) for item in line.arguments)
    unit = line.unit
    if isinstance(unit, LayerList):
        scope = _scope(unit)
        alone = (
            scope.lines[0]
            if len(scope.lines) == 1 and not scope.parameters and not scope.buffers and not scope.outputs
            else None
        )
        if alone is not None and name is not None and alone.name is None and isinstance(alone.content, syntax.Step):
            step = alone.content
            if step.body.count is not None and not isinstance(step.body.unit, tuple):
                return syntax.Line(name, _of_both(arguments, alone.arguments), step, NOWHERE)
        return syntax.Line(name, arguments, scope, NOWHERE)
    step = _step(written_unit(unit))
    if line.condition is not None:
        condition = line.condition.text if isinstance(line.condition, Hole) else line.condition
        otherwise = syntax.Body(None, word("Identity"), NOWHERE) if line.is_replaced else None
        step = replace(step, condition=condition, otherwise=otherwise)
    if line.run is not None:
        return _run(line, line.run, arguments, step)
    return syntax.Line(name, arguments, step, NOWHERE)


def _of_both(
    around: tuple[syntax.Argument, ...] | None, inside: tuple[syntax.Argument, ...] | None
) -> tuple[syntax.Argument, ...] | None:
    """What the one line of a list reads, said outside of the list: its `input` is what the list reads."""
    if inside is None:
        return around
    first, *rest = inside
    if isinstance(first.value, syntax.Name) and first.value.id == "input":
        first = around[0] if around is not None else argument(word("prev"))
    return (first, *rest)


def _run(line: LayerLine, run: Run, arguments: tuple[syntax.Argument, ...] | None, step: syntax.Step) -> syntax.Line:
    count = written(run.count)
    if line.name is None:
        body = syntax.Body(count, step.body.unit, NOWHERE)
        return syntax.Line(None, arguments, replace(step, body=body), NOWHERE)
    bounds = [count]
    if run.start:
        is_known = isinstance(run.count, int)
        end = literal(run.start + run.count) if is_known else syntax.Binary("+", count, literal(run.start), NOWHERE)
        bounds = [literal(run.start), end]
    loop = syntax.Loop(("i",), called("range", [argument(bound) for bound in bounds]), NOWHERE)
    name = syntax.Pattern((line.name, word("i")), NOWHERE, not is_name(f"{line.name}0"))
    return syntax.Line(name, arguments, replace(step, loop=loop), NOWHERE)


def _step(unit: syntax.Expression) -> syntax.Step:
    return syntax.Step(syntax.Body(None, unit, NOWHERE), None, None, None, NOWHERE)
