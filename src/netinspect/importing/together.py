"""Several lists of lines as one, with holes where they differ.

What the lists read is followed to the line or the input that it comes from: two lists are one where every line of the
list of all can say what each of them reads. A line that some lack is there under a condition; where it is absent, the
lines below it get what that list has instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace
from typing import Any

from netinspect.catalogue import FUNCTIONS
from netinspect.importing.alignment import ANY, Unlike, aligned, default, first_of, flag, formula, skeleton
from netinspect.importing.blocks import Hole, LayerType
from netinspect.importing.fewer_lines import names_in
from netinspect.importing.items import Instance, LayerLine, LayerList, Run, usable
from netinspect.importing.nodes import NOWHERE, argument, is_unread, literal, mapped, unread, word
from netinspect.importing.sources import Joint, Level, Sources, read_as
from netinspect.language import syntax

Member = tuple[LayerLine, LayerList]
"""A list and the line on which it stands."""


class Together:
    """The lines of several bodies as one list; `holes` are the places where they differ. What is the same input in one
    body and two in another are two inputs. Unlike where they are no one block."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.bodies = [body for _, body in members]
        self.holes: list[Hole] = []
        self.lists: Sequence[Any] = self.bodies
        self.reads: tuple[Any, ...] = ()  # of each body the shape of what the line above gives
        spreads = (isinstance(item.value, syntax.Spread) for line, _ in members for item in line.arguments or ())
        are_fixed = any(body.rest is not None or body.is_called_again for body in self.bodies) or any(spreads)
        self.sources = Sources(self.bodies, may_differ=not are_fixed)
        self.values = {"prev", "input"}.union(
            *self.sources.names,
            *({read_as(line.name, line) for line in all_lines(body) if line.name} for body in self.bodies),
        )
        interfaces = {(body.rest, tuple((item.name, item.init) for item in body.parameters)) for body in self.bodies}
        if len(interfaces) > 1:
            raise Unlike
        self.list = self.list_of(self.bodies, self.sources.level)
        for joint in reversed(self.sources.joints):
            self._say_instead(joint)
        inputs = self.sources.name_inputs()
        self.keeps_inputs = inputs is None
        self.list.inputs = self.bodies[0].inputs if inputs is None else inputs
        self.list.is_called_again = any(body.is_called_again for body in self.bodies)
        self.list.unnamed = {
            joint.name
            for joint in self.sources.joints
            if joint.name is not None
            and all(line.name is None or line.name in self.bodies[body].unnamed for body, line in joint.present.items())
        }

    def arguments(self, place: int, line: LayerLine) -> tuple[syntax.Argument, ...] | None:
        """What the line of a body reads, as the one block takes it."""
        if self.keeps_inputs:
            return line.arguments
        read = line.arguments or (argument(word("prev")),)
        first = read[0].value.id if isinstance(read[0].value, syntax.Name) else "prev"
        return tuple(
            argument(unread(first)) if name is None else read[self.sources.names[place].index(name)]
            for name in (item.names[place] for item in self.sources.inputs)
        )

    def passes(self, place: int) -> dict[str, int]:
        """Which inputs of the one block a body gives as they are, by the names of its outputs."""
        names = [item.names[place] for item in self.sources.inputs]
        return {
            output.name: names.index(output.value.id)
            for output in self.bodies[place].outputs
            if isinstance(output.value, syntax.Name) and output.value.id in names
        }

    # --- lines

    def _say_instead(self, joint: Joint) -> None:
        """Write what stands for a line where it is absent: an Identity for a layer, a value for a function."""
        line, sources = joint.merged, self.sources
        if not joint.instead or line is None:
            return
        sources.level, joint.level.place = joint.level, joint.place
        others = {body: sources.written_above(body, joint.level, joint.place) for body in joint.passed} | joint.instead
        read = line.arguments[0].value if line.arguments else word("prev")
        if joint.is_function:
            line.instead = sources.name_of(others, by_prev=True)
            if joint.name in FUNCTIONS:  # it may be the name of a layer now, which is called by that word
                joint.name = joint.node.id = line.name = usable(f"{joint.name}_2", sources.taken())
        elif line.arguments is not None and len(line.arguments) > 1:
            # no Identity can stand for it: the value behind it gets a name, in a line of its own
            above = {body: self.sources.written_above(body, joint.level, joint.place) for body in joint.instead}
            if above != joint.instead:
                raise Unlike
            joint.node.id = usable(joint.node.id, self.sources.taken())
            joint.level.lines.insert(joint.place + 1, LayerLine(joint.node.id, None, word("prev")))
        elif isinstance(read, syntax.Name):
            others |= {body: sources.first_read(joint, body) for body in joint.present}
            value = sources.name_of(others, by_prev=read.id == "prev", by_input=read.id == "input")
            if value is not read and value.id not in ("prev", "input"):
                raise Unlike
            line.is_replaced = True
        else:
            raise Unlike

    def value(self, role: str, values: Sequence[Any]) -> Any:
        """The one value, or a hole."""
        there = [value for value in values if value is not ANY]
        first = there[0] if there else None
        if all(type(value) is type(first) and value == first for value in there):
            return first
        hole = Hole(role, tuple(values), tuple(self.lists), reads=self.reads)
        self.holes.append(hole)
        return hole

    def lines(self, groups: Sequence[Sequence[LayerLine] | None], level: Level) -> list[LayerLine]:
        """The lines of one list for those of all; a list that is not there is None."""
        taken: set[str] = set()
        for place, lines in enumerate(aligned(groups, self.values)):
            first = first_of(lines)
            names = [line.name for line in lines if line is not None and line is not ANY and line.name is not None]
            name = names[0] if names else None
            if name in taken:
                if isinstance(first.unit, Instance | LayerList) or not level.is_outer:
                    raise Unlike
                name = usable(name or "", taken)
            joint = Joint(lines, level, place, name)
            level.joints.append(joint)
            if name is not None:
                taken.add(name)
                joint.node.id = read_as(name, first)
        for joint in level.joints:
            for body, line in joint.present.items():
                if line.name is not None:
                    self.sources.named[body][read_as(line.name, line)] = joint
        for joint in level.joints:
            self.sources.level, level.place, joint.order = level, joint.place, len(self.sources.joints)
            self.sources.joints.append(joint)
            joint.merged = self._line(joint, groups)
            level.lines.append(joint.merged)
        self.sources.level, level.place = level, len(level.joints)
        return level.lines

    def _line(self, joint: Joint, groups: Sequence[Any]) -> LayerLine:
        present, first, level = joint.present, first_of(joint.lines), self.sources.level
        arguments = self._arguments(joint)
        around, self.reads = self.reads, () if arguments or first.run else self.shapes_above(joint.lines, groups)
        line = LayerLine(joint.name, arguments, first.unit)
        units = [present[body].unit if body in present else ANY for body in range(len(joint.lines))]
        if isinstance(first.unit, LayerList):
            joint.inside = Level([self.sources.first_read(joint, body) for body in range(len(units))], is_outer=False)
            named = [dict(names) for names in self.sources.named]
            if None in joint.lines and any(
                reads_any(line.unit, {*self.sources.named[body], *self.sources.names[body]})
                for body, line in present.items()
            ):
                raise Unlike  # it becomes a block of its own
            line.unit = self.list_of(units, joint.inside)
            self.sources.level, self.sources.named = level, named
        elif isinstance(first.unit, Instance):
            line.unit = self.instance(units)
        else:
            kinds = [ANY if unit is ANY else skeleton(unit, self.values) for unit in units]
            branches = [kind for kind in dict.fromkeys(kinds) if kind is not ANY]
            if len(branches) > 2 or (len(branches) == 2 and (None in joint.lines)):
                raise Unlike
            written = [
                self.expression(
                    [unit if kind == branch else ANY for unit, kind in zip(units, kinds, strict=True)], "size"
                )
                for branch in branches
            ]
            line.unit = written[0]
            if len(branches) == 2:
                line.instead = written[1]
                line.condition = self._presence(line, [ANY if kind is ANY else kind == branches[0] for kind in kinds])
        self.reads = around
        if first.run is not None:
            counts = [present[body].run.count if body in present else ANY for body in range(len(units))]  # type: ignore[union-attr]
            line.run = Run(first.run.start, self.value("layers", counts), first.run.is_dense)
        if None in joint.lines and not joint.is_alias:
            is_there = [ANY if each is ANY else each is not None for each in joint.lines]
            line.condition = self._shapes_differ(first, is_there, groups) or self._presence(first, is_there)
        return line

    def _presence(self, line: LayerLine, is_there: Sequence[Any]) -> Hole:
        unit, name = line.unit, line.name
        if name is None:  # `relu` for ReLU, `drop_path` for DropPath, `mean` for `mean(x, 1)`
            if isinstance(unit, LayerList):
                kind = unit.class_name or "list"
            elif isinstance(unit, Instance):
                kind = getattr(unit.type, "name", "activation")
            else:
                function = getattr(unit, "function", None)
                kind = getattr(function, "name", getattr(function, "id", "step"))
            name = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", kind).lower()
        hole: Hole = self.value(f"with_{name}", is_there)
        hole.is_presence, hole.is_shortcut = True, line.arguments is not None
        return hole

    def _arguments(self, joint: Joint) -> tuple[syntax.Argument, ...] | None:
        """What a line of the list of all reads; None where that is what the line above gives."""
        present = joint.present
        if not isinstance(first_of(joint.lines).unit, Instance | LayerList):
            return None
        reads = {body: line.arguments or (argument(word("prev")),) for body, line in present.items()}
        columns = [
            [reads[body][place] if body in reads else ANY for body in range(len(joint.lines))]
            for place in range(len(next(iter(reads.values()))))
        ]
        merged = tuple(self.expression(column, "x") for column in columns)
        is_plain = len(merged) == 1 and isinstance(merged[0].value, syntax.Name) and merged[0].value.id == "prev"
        return None if is_plain and any(line.arguments is None for line in present.values()) else merged

    def _shapes_differ(self, line: LayerLine, is_there: Sequence[Any], groups: Sequence[Any]) -> Any:
        """`bn2.shape != input.shape` where a line is there exactly when two shapes differ: those of what it is added to
        and of what it reads."""
        if line.name is None or not line.arguments or len(line.arguments) != 1 or len(groups) != len(self.bodies):
            return None
        source = line.arguments[0].value
        if not isinstance(source, syntax.Name) or source.id != "input":
            return None
        for other in groups[is_there.index(True)]:
            if other is line:
                break
            if other.name is None:
                continue
            shapes = [next((item.shape for item in group if item.name == other.name), None) for group in groups]
            inputs = [body.shapes[0] for body in self.bodies]
            if other.name in _names(groups[is_there.index(True)], line.name) and all(
                (shape != size) is there for shape, size, there in zip(shapes, inputs, is_there, strict=True)
            ):
                left = syntax.Attribute(word(other.name), "shape", NOWHERE, NOWHERE)
                right = syntax.Attribute(source, "shape", NOWHERE, NOWHERE)
                return syntax.Compare(left, (("!=", right),), NOWHERE)
        return None

    def shapes_above(self, lines: Sequence[Any], groups: Sequence[Any]) -> tuple[Any, ...]:
        """In each list the shape of what a line without arguments reads, ANY where it lacks the line; () where one is
        not known."""
        shapes: list[Any] = []
        for line, group, body in zip(lines, groups, self.lists, strict=True):
            is_there = line is not None and line is not ANY
            place = next(at for at, other in enumerate(group) if other is line) if is_there else 0
            of_input = body.shapes[0] if body is not ANY and body.shapes else None
            shapes.append((group[place - 1].shape if place else of_input) if is_there else ANY)
        return () if None in shapes else tuple(shapes)

    def list_of(self, lists: Sequence[Any], level: Level) -> LayerList:
        """One list for several, ANY among them where there is none."""
        first: LayerList = next(body for body in lists if body is not ANY)
        parameters, buffers = self.tensors("parameters", lists), self.tensors("buffers", lists)
        around, self.lists = self.lists, lists
        entries = self.lines([body.entries if body is not ANY else None for body in lists], level)
        groups = [{} if body is ANY else {output.name: output.value for output in body.outputs} for body in lists]
        if len({bool(group) for group, body in zip(groups, lists, strict=True) if body is not ANY}) > 1:
            raise Unlike
        names = dict.fromkeys(name for group in groups for name in group)
        outputs = tuple(
            syntax.Output(name, self.expression([group.get(name, ANY) for group in groups], name), NOWHERE)
            for name in names
        )
        self.lists = around
        return replace(first, entries=entries, parameters=parameters, buffers=buffers, outputs=outputs)

    def tensors(self, kind: str, lists: Sequence[Any]) -> tuple[Any, ...]:
        """The parameters or the buffers of several lists as those of one. A list may lack a buffer that no state dict
        has."""
        groups = [None if body is ANY else {item.name: item for item in getattr(body, kind)} for body in lists]
        merged = []
        for name in dict.fromkeys(name for group in groups for name in group or ()):
            column = [ANY if group is None else group.get(name) for group in groups]
            there = [item for item in column if item is not ANY and item is not None]
            is_saved = isinstance(there[0], syntax.Parameter) or there[0].persistent
            if len({formula(item) for item in there}) > 1 or (is_saved and None in column):
                raise Unlike
            parts = {}
            for part in ("shape", "value"):
                nodes = [getattr(item, part, ANY) if item is not None else ANY for item in column]
                if getattr(there[0], part, None) is not None:
                    parts[part] = self.expression(nodes, "width" if part == "shape" else "size")
            merged.append(replace(there[0], **parts))
        return tuple(merged)

    def instance(self, units: Sequence[Any]) -> Instance:
        there = [unit for unit in units if unit is not ANY]
        names = dict.fromkeys(name for unit in there for name in unit.arguments)
        kind = there[0].type
        if any(unit.type is not kind for unit in there):
            kind = self.value("activation", [LayerType(unit.type) if unit is not ANY else ANY for unit in units])
        arguments = {}
        for name in names:
            values = [unit.arguments.get(name, default(unit.type, name)) if unit is not ANY else ANY for unit in units]
            arguments[name] = self.value(name, values)
        return Instance(kind, arguments, there[0].passes)

    def expression(self, nodes: Sequence[Any], role: str) -> Any:
        """One expression with holes for the numbers that differ. Unlike where more than numbers differs."""
        if not all(node is ANY or is_unread(node) for node in nodes):
            nodes = [ANY if is_unread(node) else node for node in nodes]
        path = next((node for node in nodes if isinstance(node, syntax.Attribute)), None)
        nodes = [
            ANY if path is not None and self.sources.is_passed_on(body, path, node) else node
            for body, node in enumerate(nodes)
        ]
        there = [node for node in nodes if node is not ANY]
        first = there[0]
        if any(type(node) is not type(first) for node in there):
            raise Unlike
        if isinstance(first, syntax.Name):
            return self.sources.name(nodes)
        if isinstance(first, syntax.Literal):
            values = [ANY if node is ANY else node.value for node in nodes]
            if any(isinstance(node.value, str | None) and node.value != first.value for node in there):
                raise Unlike
            value = self.value(role, values)
            return value if isinstance(value, Hole) else first
        if isinstance(first, tuple):
            if len({len(node) for node in there}) > 1:
                raise Unlike
            return tuple(
                self.expression([ANY if node is ANY else node[place] for node in nodes], role)
                for place in range(len(first))
            )
        if not hasattr(type(first), "__dataclass_fields__"):
            if any(node != first for node in there):
                raise Unlike
            return first
        parts = [item.name for item in fields(first) if "span" not in item.name]
        changed = {}
        if isinstance(first, syntax.Call):
            nodes = _with_flags(nodes)
            first = next(node for node in nodes if node is not ANY)
            if isinstance(first.function, syntax.Name):  # a layer that is called again keeps its name
                parts.remove("function")
                if any(getattr(node.function, "id", None) != first.function.id for node in nodes if node is not ANY):
                    raise Unlike
        if isinstance(first, syntax.Argument):
            role = first.name or role
        for part in parts:
            changed[part] = self.expression([ANY if node is ANY else getattr(node, part) for node in nodes], role)
        return replace(first, **changed)


def _with_flags(calls: Sequence[Any]) -> list[Any]:
    """Calls of one function, each with every argument that has a default and that one of them says."""
    there = [call for call in calls if isinstance(call, syntax.Call)]
    flags = {
        item.name: flag(call, item.name)
        for call in there
        for item in call.arguments
        if flag(call, item.name) is not None
    }
    if not flags:
        return list(calls)

    def full(call: Any) -> Any:
        if not isinstance(call, syntax.Call):
            return call
        said = {item.name: item for item in call.arguments if item.name in flags}
        others = tuple(item for item in call.arguments if item.name not in flags)
        added = tuple(said.get(name) or argument(literal(value), name) for name, value in flags.items())
        return replace(call, arguments=(*others, *added))

    return [full(call) for call in calls]


def _names(lines: Sequence[LayerLine], beside: str) -> set[str]:
    """The names that stand in a sum with `beside`."""
    names: set[str] = set()

    def look(node: Any) -> None:
        if isinstance(node, syntax.Binary):
            sides = {side.id for side in (node.left, node.right) if isinstance(side, syntax.Name)}
            names.update(sides if beside in sides else ())
        mapped(node, look)

    for line in lines:
        look(line.unit)
    return names


def all_lines(body: LayerList) -> Iterator[LayerLine]:
    """The lines of a list, and those of the lists inside it."""
    for line in body.entries:
        yield line
        if isinstance(line.unit, LayerList):
            yield from all_lines(line.unit)


def reads_any(body: Any, names: AbstractSet[str]) -> bool:
    """Whether the lines of a list read one of these names around it, which none of its own lines has."""
    line_names = {read_as(line.name, line) for line in all_lines(body) if line.name}
    return any(name in names and name not in line_names and name != "input" for name in names_in(body))
