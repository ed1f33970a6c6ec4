"""Outputs of lists that nothing reads: modules of one class give the same, and often one alone is asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from netinspect.importing.blocks import FoldedBlock
from netinspect.importing.items import Instance, LayerLine, LayerList
from netinspect.importing.nodes import mapped
from netinspect.importing.together import all_lines
from netinspect.language import syntax


def without_unread_outputs(root: LayerList, blocks: Sequence[FoldedBlock]) -> None:
    """Take away what nothing reads of what the lists and blocks of a spec give; `blocks` stand inner ones first. What a
    list gives first is always kept."""
    read: set[tuple[int, str]] = set()
    for body in (root, *(block.bodies[0] for block in reversed(blocks))):
        if body is not root:
            _keep(body, read)
        for inside in _lists(body):
            for path in _paths(inside):
                read.update((id(giver), path.name) for giver in _givers(body, path.value))
        for inside in _lists(body):
            if inside is not body:
                _keep(inside, read)


def _keep(body: LayerList, read: set[tuple[int, str]]) -> None:
    """Leave a list the outputs that are read."""
    if body.is_called_again or not body.outputs:
        return
    first, *others = body.outputs
    kept = [output for output in others if (id(body), output.name) in read]
    last = body.entries[-1].name
    is_last = last is not None and isinstance(first.value, syntax.Name) and first.value.id == syntax.name_of(last)
    body.outputs = () if not kept and is_last else (first, *kept)


def _lists(body: LayerList) -> Iterator[LayerList]:
    """A list and all lists inside it."""
    yield body
    yield from (line.unit for line in all_lines(body) if isinstance(line.unit, LayerList))


def _paths(body: LayerList) -> Iterator[syntax.Attribute]:
    """Every `line.output` that the lines of a list read, or that it gives."""
    nodes: list[Any] = [output.value for output in body.outputs]
    for line in body.entries:
        nodes += [line.arguments, line.instead]
        nodes += [] if isinstance(line.unit, Instance | LayerList) else [line.unit]
    while nodes:
        node = nodes.pop()
        if isinstance(node, syntax.Attribute):
            yield node
        mapped(node, nodes.append)


def _givers(body: LayerList, path: Any) -> Iterator[LayerList]:
    """The lists whose outputs the value is that a path names; behind a line that may be absent, of those above too."""
    name = path.name if isinstance(path, syntax.Attribute) else getattr(path, "id", None)
    for inside in _lists(body):
        for place, line in enumerate(inside.entries):
            if line.name is None or syntax.name_of(line.name) != name:
                continue
            yield from _gives(line)
            if isinstance(line.unit, syntax.Name):
                for above in reversed(inside.entries[:place]):
                    yield from _gives(above)
                    if above.condition is None and not isinstance(above.unit, syntax.Name):
                        break


def _gives(line: LayerLine) -> Iterator[LayerList]:
    if isinstance(line.unit, LayerList):
        yield line.unit
    elif isinstance(line.unit, Instance) and isinstance(line.unit.type, FoldedBlock):
        yield line.unit.type.bodies[0]
