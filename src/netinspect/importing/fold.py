"""Lists of lines that are alike become blocks and repeats.

From the innermost lists outwards: those of one class that have the same lines, but for numbers and for lines that some
lack, are one block. What differs is a parameter of it: the same numbers one parameter, multiples of it a product, what
is a size of the input that size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

from netinspect.importing.alignment import Unlike, skeleton
from netinspect.importing.blocks import FoldedBlock, Hole, holes
from netinspect.importing.fewer_lines import in_runs, names_in
from netinspect.importing.items import Instance, LayerLine, LayerList, usable
from netinspect.importing.nodes import mapped, renamed, word
from netinspect.importing.parameters import name_parameters
from netinspect.importing.together import Member, Together, all_lines, reads_any
from netinspect.language import syntax

Folding = Literal["none", "alike", "joined"]
"""Which lists of one class are one block: none, those alike but for numbers, or also those that differ in more."""


class Folder:
    """Folds one body tree into blocks."""

    def __init__(self, folding: Folding) -> None:
        self.folding = folding
        self.blocks: list[FoldedBlock] = []
        self.names: set[str] = set()

    def fold(self, root: LayerList) -> None:
        self.names = {syntax.name_of(line.name) for line in all_lines(root) if line.name}  # which no block may have
        levels = _levels(root)
        for _, lines in sorted(levels.items()):
            classes: dict[str, list[Member]] = {}
            for line, body in lines:
                if _is_class(line, body):
                    classes.setdefault(body.class_name, []).append((line, body))
            for class_name, members in classes.items():
                for alike in self._alike(members):
                    self._fold_alike(class_name, alike)
        without_unread_outputs(root, self.blocks)
        if self.folding != "none":
            self._put_at_their_places(root)

    def _put_at_their_places(self, root: LayerList) -> None:
        """Put a block that is used once, and is a list of layers and no more, on the line that uses it. It was made a
        block because the lists around it were several, which are one now."""
        lines = [line for body in (root, *(block.bodies[0] for block in self.blocks)) for line in all_lines(body)]
        uses = Counter(line.unit.type for line in lines if isinstance(line.unit, Instance))
        for line in lines:
            unit = line.unit
            if not isinstance(unit, Instance) or not isinstance(unit.type, FoldedBlock) or uses[unit.type] > 1:
                continue
            (body,) = unit.type.bodies
            takes_more = bool(unit.type.parameters or body.inputs or body.rest is not None)
            has_more = bool(body.vars or body.parameters or body.buffers or body.outputs)
            is_once = line.name is not None and line.run is None and line.condition is None
            if is_once and not takes_more and not has_more:
                line.unit = body
                self.blocks.remove(unit.type)

    def _alike(self, members: list[Member]) -> list[list[Member]]:
        """The lists of one class by the block that they are; where that makes fewer, runs in them count as one line."""
        if self.folding == "none":
            return [[member] for member in members]
        if self.folding == "alike":
            return list(_alike(members).values())
        groups = _joined(members)
        if len(groups) > 1:
            shorter = [
                (line, replace(body, entries=in_runs([replace(entry) for entry in body.entries])))
                for line, body in members
            ]
            named = [(line, _with_usual_names(body)) for line, body in members]
            groups = min(groups, _joined(shorter), _joined(named), key=len)
        return groups

    def _name_optional_lists(self, body: LayerList) -> None:
        """A list under a condition becomes a block of its own: only a layer or a block may have one."""
        for line in all_lines(body):
            if line.condition is None or not isinstance(line.unit, LayerList):
                continue
            inner = line.unit
            title = inner.class_name if inner.class_name not in ("", "Sequential") else _title(line.name or "part")
            block = FoldedBlock(usable(title, self.names), [inner], is_part=True)
            taken = {*inner.inputs, "input"} | {line.name for line in all_lines(inner) if line.name}
            named: dict[str, Hole] = {}
            for hole in dict.fromkeys(holes(inner)):
                same = next((name for name, other in named.items() if other.values == hole.values), None)
                name = same or usable(hole.role, taken)
                named.setdefault(name, hole)
                hole.inner = word(name)
            block.parameters = {name: hole.values for name, hole in named.items()}
            line.unit = Instance(block, dict(named))
            self.blocks.append(block)

    def _fold_alike(self, class_name: str, members: list[Member]) -> None:
        """Make lists that are alike one block; a single one only where it can be no list at its place."""
        first_line, first = members[0]
        has_own = bool(first.parameters or first.buffers or first.outputs)
        takes_more = bool(first.inputs) or first.rest is not None or (first_line.name is None and has_own)
        if len(members) == 1 and not takes_more:
            return
        bodies = [body for _, body in members]
        if class_name in ("", "Sequential", "ModuleList"):  # its place says more of it
            class_name = _title(re.sub(r"(^|\.)\d+$", "", bodies[0].path).rpartition(".")[2] or "part")
        block = FoldedBlock(usable(class_name, self.names), bodies)
        together = Together(members)
        merged = together.list
        self._name_optional_lists(merged)
        taken = {*merged.inputs, "input"} | {line.name for line in all_lines(merged) if line.name}
        tensors: tuple[syntax.Parameter | syntax.Buffer, ...] = (*merged.parameters, *merged.buffers)
        taken |= {tensor.name for tensor in tensors}
        name_parameters(block, together, taken)
        block.bodies = [merged]
        for place, (line, _) in enumerate(members):
            values = {name: values[place] for name, values in block.parameters.items()}
            line.arguments = together.arguments(place, line)
            said = {
                name: value
                for name, value in values.items()
                if name not in block.defaults or block.defaults[name] != value
            }
            line.unit = Instance(block, said, together.passes(place))
        self.blocks.append(block)


def _with_usual_names(body: LayerList) -> LayerList:
    """A list in which functions have their author's names, also where the next line alone reads them: another of its
    class may have to say them."""
    entries = [replace(line) for line in body.entries]
    taken = {line.name for line in all_lines(body)} | {*body.inputs}
    unnamed = set(body.unnamed)
    for line, after in pairwise(entries):
        is_free = line.name is None and line.usual is not None and line.usual not in taken
        if is_free and not isinstance(line.unit, Instance | LayerList) and "prev" in names_in(after.unit):
            line.name = line.usual
            taken.add(line.name)
            unnamed.add(line.name or "")
            after.unit = renamed(after.unit, {"prev": word(line.name or "")})
    return replace(body, entries=entries, unnamed=unnamed)


def _alike(members: Sequence[Member]) -> dict[Any, list[Member]]:
    """Lists of one class by what they have in common that are alike but for numbers."""
    alike: dict[Any, list[Member]] = {}
    for line, body in members:
        alike.setdefault(skeleton(body), []).append((line, body))
    return alike


def _joined(members: Sequence[Member]) -> list[list[Member]]:
    """Lists of one class in groups that are one block: alike ones, or such of which some lack a few lines."""
    joined: list[list[Member]] = []
    for group in sorted(_alike(members).values(), key=lambda group: -len(group[0][1].entries)):
        for others in joined:
            try:
                Together([*others, *group])
            except Unlike:
                continue
            others.extend(group)
            break
        else:
            joined.append(list(group))
    return joined


def _levels(root: LayerList) -> dict[int, list[tuple[LayerLine, LayerList]]]:
    """Every list by its level: a class stands above all that its lists hold, so that its lists are folded together."""
    lists: list[tuple[LayerLine, LayerList, list[LayerList]]] = []

    def walk(body: LayerList, outer: list[LayerList], around: list[LayerList]) -> None:
        """`outer` are all lists around, `around` those of them that may be blocks."""
        for line in body.entries:
            if isinstance(line.unit, LayerList):
                if _reads_around(line.unit, outer):
                    walk(line.unit, [*outer, line.unit], around)
                else:
                    lists.append((line, line.unit, around))
                    walk(line.unit, [*outer, line.unit], [*around, line.unit])

    walk(root, [root], [])
    key = {
        id(body): body.class_name if _is_class(line, body) else f"{body.class_name} {body.path}"
        for line, body, _ in lists
    }
    for _, body, around in lists:
        if any(key[id(outer)] == key[id(body)] for outer in around):
            key |= {
                id(other): f"{other.class_name} {other.path}"
                for _, other, _ in lists
                if other.class_name == body.class_name
            }
    level: dict[str, int] = dict.fromkeys(key.values(), 0)
    for _ in range(len(level)):
        before = dict(level)
        for _, body, around in lists:
            if around:
                outer = key[id(around[-1])]
                level[outer] = max(level[outer], level[key[id(body)]] + 1)
        if level == before:
            break
    levels: dict[int, list[tuple[LayerLine, LayerList]]] = {}
    for line, body, _ in lists:
        levels.setdefault(level[key[id(body)]], []).append((line, body))
    return levels


def _reads_around(body: LayerList, around: Sequence[LayerList]) -> bool:
    """Whether the lines of a list read what stands around it, as a container's may: then it can be no block."""
    if body.class_name not in ("", "Sequential", "ModuleList"):
        return False
    names = {syntax.name_of(line.name) for outer in around for line in outer.entries if line.name}
    return reads_any(body, names | {name for outer in around for name in (*outer.inputs, outer.rest or "")})


def _is_class(line: LayerLine, body: LayerList) -> bool:
    """Whether a list is of an author's class, and not one that stands for itself at its place."""
    return body.class_name not in ("", "Sequential", "ModuleList") or line.name is None or bool(body.inputs)


def _title(name: str) -> str:
    """`DownSample` for `down_sample`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_.]", name))


# --- what nothing reads ------------------------------------------------------------------------


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
    lines = [(line, inside.entries[:place]) for inside in _lists(body) for place, line in enumerate(inside.entries)]
    for line, before in lines:
        if line.name is None or syntax.name_of(line.name) != name:
            continue
        yield from _gives(line)
        for above in reversed(before) if isinstance(line.unit, syntax.Name) else ():
            yield from _gives(above)
            if above.condition is None and not isinstance(above.unit, syntax.Name):
                break


def _gives(line: LayerLine) -> Iterator[LayerList]:
    if isinstance(line.unit, LayerList):
        yield line.unit
    elif isinstance(line.unit, Instance) and isinstance(line.unit.type, FoldedBlock):
        yield line.unit.type.bodies[0]
