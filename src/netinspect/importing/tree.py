"""Folded lists to the syntax tree of a spec."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from netinspect.importing.blocks import filled, holes, written, written_unit
from netinspect.importing.fewer_lines import in_runs, inlined
from netinspect.importing.fold import Folder, Folding
from netinspect.importing.items import Instance, LayerLine, LayerList
from netinspect.importing.nodes import NOWHERE, argument, called, literal, with_roots, word
from netinspect.importing.scopes import Reader
from netinspect.importing.trace import Trace, TracedModule
from netinspect.language import syntax
from netinspect.language.names import is_name, needs_quotes


def folded_spec(trace: Trace, name: str) -> syntax.Spec:
    """The spec with lists of one class as one block, and repeats."""
    return _spec(trace, name, folding="joined", keeps_order=False)


def ordered_spec(trace: Trace, name: str) -> syntax.Spec:
    """The folded spec with `contiguous()` wherever the model has it: kernels round otherwise in another order."""
    return _spec(trace, name, folding="joined", keeps_order=True)


def grouped_spec(trace: Trace, name: str) -> syntax.Spec:
    """The spec in which only lists that are alike but for numbers are one block."""
    return _spec(trace, name, folding="alike", keeps_order=True)


def flat_spec(trace: Trace, name: str) -> syntax.Spec:
    """The spec with every list at its own place, as far as the language has a place for it."""
    return _spec(trace, name, folding="none", keeps_order=True)


def _spec(trace: Trace, name: str, *, folding: Folding, keeps_order: bool) -> syntax.Spec:
    reader = Reader(trace, keeps_order=keeps_order)
    body, _ = reader.body(reader.call, [item.tensor for item in trace.inputs])
    folder = Folder(folding)
    folder.fold(body)
    blocks = []
    for block in folder.blocks:
        (inner,) = block.bodies
        parameters = tuple(
            syntax.BlockParameter(name, written(block.defaults[name]) if name in block.defaults else None, NOWHERE)
            for name in block.parameters
        )
        # A part of another block names its holes by its own parameters.
        inside = [hole for hole in dict.fromkeys(holes(inner)) if hole.inner is not None] if block.is_part else []
        texts = [hole.text for hole in inside]
        for hole in inside:
            hole.text = hole.inner
        blocks.append(syntax.Block(block.name, parameters, inner.inputs, _scope(inner, 4), NOWHERE, inner.rest))
        for hole, text in zip(inside, texts, strict=True):
            hole.text = text
    inputs = []
    for item in reader.inputs:
        input_name = item.name if body.inputs else "input"
        shape = tuple(literal(size) for size in item.shape)
        high = literal(item.high) if item.high else None
        inputs.append(syntax.Input(input_name, shape, item.axes, item.dtype, high, (), NOWHERE))
    tie = tuple((syntax.PathRef(tied, NOWHERE), syntax.PathRef(to, NOWHERE)) for tied, to in trace.ties)
    frozen = tuple(syntax.PathRef(path, NOWHERE) for path in _frozen(trace))
    root = _scope(body, 2)
    return syntax.Spec(name, None, None, None, (), (), (), tuple(blocks), tuple(inputs), root, frozen, tie, None, None)


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


def _scope(body: LayerList, indent: int, unnamed: AbstractSet[str] = frozenset()) -> syntax.Scope:
    """A list of lines; `indent` is the column in which it begins, `unnamed` the names that no author gave around it."""
    parameters = tuple(replace(item, shape=filled(item.shape)) for item in body.parameters)
    buffers = tuple(replace(item, shape=filled(item.shape), value=filled(item.value)) for item in body.buffers)
    indent += 2 if body.vars or parameters or buffers or body.outputs else 0
    unnamed = unnamed | body.unnamed
    entries = []
    for line in in_runs(body.entries):  # with the texts of their holes, but for those of a layer or a list
        unit = line.unit if isinstance(line.unit, Instance | LayerList) else with_roots(filled(line.unit))
        arguments = None if line.arguments is None else tuple(map(filled, line.arguments))
        condition, instead = filled(line.condition), filled(line.instead)
        entries.append(replace(line, unit=unit, arguments=arguments, condition=condition, instead=instead))
    for before, line in zip((None, *entries), entries, strict=False):
        # What reads the line above more than once says its name.
        values = [item.value for item in line.arguments or ()]
        places = [place for place, value in enumerate(values) if isinstance(value, syntax.Name) and value.id == "prev"]
        has_name = before is None or not (before.run or before.condition or before.name is None)
        if len(places) > 1 and has_name:
            named = argument(word("input" if before is None else syntax.name_of(before.name or "")))
            line.arguments = tuple(
                named if place in places else item for place, item in enumerate(line.arguments or ())
            )
    entries = inlined(entries, unnamed, [output.value for output in body.outputs], indent)
    lines = tuple(_line(line, indent, unnamed) for line in entries)
    return syntax.Scope(lines, parameters, body.outputs, buffers=buffers, vars=body.vars)


def _line(line: LayerLine, indent: int, unnamed: AbstractSet[str]) -> syntax.Line:
    name = syntax.Pattern((line.name,), NOWHERE, needs_quotes(line.name)) if line.name is not None else None
    arguments, unit = line.arguments, line.unit
    if isinstance(unit, LayerList):
        scope = _scope(unit, indent + (2 if name is None else 4), unnamed)
        alone = (
            scope.lines[0]
            if len(scope.lines) == 1 and not (scope.vars or scope.parameters or scope.buffers or scope.outputs)
            else None
        )
        if alone is not None and name is not None and alone.name is None and isinstance(alone.content, syntax.Step):
            step = alone.content
            if step.body.count is not None and not isinstance(step.body.unit, tuple):
                return syntax.Line(name, _of_both(arguments, alone.arguments), step, NOWHERE)
        return syntax.Line(name, arguments, scope, NOWHERE)
    step = syntax.Step(syntax.Body(None, written_unit(unit), NOWHERE), None, None, None, NOWHERE)
    if line.condition is not None:
        value = word("Identity") if line.is_replaced else line.instead
        otherwise = None if value is None else syntax.Body(None, value, NOWHERE)
        step = replace(step, condition=line.condition, otherwise=otherwise)
    if line.run is not None:
        count = written(line.run.count)
        if line.name is None:
            body = syntax.Body(count, step.body.unit, NOWHERE)
            return syntax.Line(None, arguments, replace(step, body=body), NOWHERE)
        bounds = [count]
        if line.run.start:
            is_known = isinstance(line.run.count, int)
            end = (
                literal(line.run.start + line.run.count)
                if is_known
                else syntax.Binary("+", count, literal(line.run.start), NOWHERE)
            )
            bounds = [literal(line.run.start), end]
        loop = syntax.Loop(("i",), called("range", [argument(bound) for bound in bounds]), NOWHERE)
        pattern = syntax.Pattern((line.name, word("i")), NOWHERE, not is_name(f"{line.name}0"))
        return syntax.Line(pattern, arguments, replace(step, loop=loop), NOWHERE)
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
