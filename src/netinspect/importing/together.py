"""Several lists of lines as one: what they have in common, and the places where they differ.

Two lists are alike that have the same lines, but for numbers, for lines that some lack, and for inputs that are one in
some and two in others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS
from netinspect.catalogue.entry import REQUIRED, Entry
from netinspect.importing.blocks import Hole, LayerType
from netinspect.importing.inline import names_in
from netinspect.importing.items import Instance, LayerLine, LayerList, Run, usable
from netinspect.importing.nodes import NOWHERE, argument, literal, mapped, word
from netinspect.language import syntax
from netinspect.language.write import expression_text

Member = tuple[LayerLine, LayerList]
"""A list and the line on which it stands."""


# --- what is alike ---------------------------------------------------------------------------


def skeleton(unit: Any, inputs: AbstractSet[str] = frozenset()) -> Any:
    """A unit without its numbers, and without the names of `inputs`; activations without weights are all alike."""
    if isinstance(unit, LayerList):
        lines = tuple(
            (line.name, _turns(line), _arguments(line), skeleton(line.unit, inputs - {"input"}))
            for line in unit.entries
        )
        return ("list", lines, *_interface(unit))
    if isinstance(unit, Instance):
        entry = unit.type
        if isinstance(entry, Entry):
            is_plain = entry.family == "activation" and entry.argument("num_parameters") is None
            return "activation" if is_plain else entry.name
        return id(entry)
    names = dict.fromkeys(inputs, word("@"))
    return re.sub(r"(?<![\w.])\d[\d_.e-]*", "#", expression_text(_without_flags(renamed(unit, names))))


def _without_flags(node: Any) -> Any:
    """An expression without arguments of functions that have a default: alike calls may say them or not."""
    node = mapped(node, _without_flags)
    if isinstance(node, syntax.Call):
        said = tuple(item for item in node.arguments if _flag(node, item.name) is None)
        return replace(node, arguments=said)
    return node


def _flag(call: syntax.Call, name: str | None) -> Any:
    """The default of an argument of a function that is a number or a flag; None for any other argument."""
    function = call.function
    entry = FUNCTIONS.get(function.id if isinstance(function, syntax.Name) else getattr(function, "name", ""))
    item = entry.argument(name) if entry is not None and name is not None else None
    return item.default if item is not None and isinstance(item.default, bool | int | float) else None


def _interface(body: LayerList) -> tuple[Any, ...]:
    """What a list takes, gives and owns."""
    return body.inputs, *_gives(body)


def _gives(body: LayerList) -> tuple[Any, ...]:
    """What a list gives and owns."""
    outputs = tuple((output.name, expression_text(output.value)) for output in body.outputs)
    saved = tuple((item.name, _formula(item)) for item in body.buffers if item.persistent)
    return body.rest, outputs, tuple(item.name for item in body.parameters), saved


def _formula(tensor: syntax.Parameter | syntax.Buffer) -> Any:
    """What gives a buffer its numbers, but for sizes; None for a parameter."""
    if isinstance(tensor, syntax.Parameter):
        return None
    value = None if tensor.value is None else skeleton(tensor.value)
    return value, None if tensor.values is None else expression_text(tensor.values)


# --- one block of several bodies -------------------------------------------------------------


class Unlike(Exception):
    """Lists that are no one block."""


ANY: Final[Any] = object()
"""The value of an argument on a line that is not there: it may be any."""


Inputs = tuple[frozenset[str], frozenset[str]]
"""The names of the inputs of a longer list and of a shorter one that may stand for each other."""


def _places(longer: Sequence[LayerLine], shorter: Sequence[LayerLine], inputs: Inputs) -> list[int]:
    """Where the lines of a shorter list stand in a longer one: of the ways to begin, that in which fewest numbers
    differ. Unlike where there is none."""
    starts = range(len(longer) - len(shorter) + 1)
    ways = [way for start in starts if (way := _places_from(start, longer, shorter, inputs)) is not None]
    if not ways:
        raise Unlike
    return min(ways, key=lambda way: sum(_differing(longer[at], line) for at, line in zip(way, shorter, strict=True)))


def _places_from(
    place: int, longer: Sequence[LayerLine], shorter: Sequence[LayerLine], inputs: Inputs
) -> list[int] | None:
    """The first places from `place` on where the lines of a shorter list may stand; None where they do not."""
    places: list[int] = []
    for line in shorter:
        while place < len(longer) and not (
            _is_like(longer[place], line, _stand_ins(longer, places, place), inputs)
            or _instead_of_above(longer, place, places, line, inputs) is not None
        ):
            place += 1
        if place == len(longer):
            return None
        places.append(place)
        place += 1
    return places


def _differing(line: LayerLine, other: LayerLine) -> int:
    """How many settings of a layer or block differ between two lines; 1 at most for a function."""
    if isinstance(line.unit, Instance) and isinstance(other.unit, Instance):
        names = line.unit.arguments | other.unit.arguments
        settings = [
            [unit.arguments.get(name, _default(unit.type, name)) for name in names] for unit in (line.unit, other.unit)
        ]
        return sum(value != another for value, another in zip(*settings, strict=True))
    if isinstance(line.unit, Instance | LayerList) or isinstance(other.unit, Instance | LayerList):
        return 0
    return int(expression_text(line.unit) != expression_text(other.unit))


def _is_like(line: LayerLine, other: LayerLine, absent: Mapping[str, Any], inputs: Inputs) -> bool:
    """Whether two lines are the same but for numbers, where the other has `absent` in place of some lines."""
    if line.name != other.name or _turns(line) != _turns(other):
        return False
    if isinstance(line.unit, LayerList) and isinstance(other.unit, LayerList):
        inside: Any = inputs[0] - {"input"}, inputs[1] - {"input"}
        is_longer = len(line.unit.entries) >= len(other.unit.entries)
        longer, shorter = (line.unit, other.unit) if is_longer else (other.unit, line.unit)
        if _interface(longer) != _interface(shorter):
            return False
        try:
            _places(longer.entries, shorter.entries, inside if is_longer else inside[::-1])
        except Unlike:
            return False
        return bool(_arguments(line, inputs[0], absent) == _arguments(other, inputs[1]))
    unit = line.unit if isinstance(line.unit, Instance) else renamed(line.unit, absent)
    is_alike = _arguments(line, inputs[0], absent) == _arguments(other, inputs[1])
    return bool(is_alike and skeleton(unit, inputs[0]) == skeleton(other.unit, inputs[1]))


def _turns(line: LayerLine) -> Any:
    """How a line that stands for several runs, without their number."""
    return None if line.run is None else (line.run.start, line.run.is_dense)


def _arguments(
    line: LayerLine, inputs: AbstractSet[str] = frozenset(), absent: Mapping[str, Any] = MappingProxyType({})
) -> Any:
    if line.arguments is None:
        return None
    return tuple(skeleton(renamed(item.value, absent), inputs) for item in line.arguments)


def _stand_ins(lines: Sequence[LayerLine], places: Sequence[int], end: int) -> dict[str, Any]:
    """For the name of each layer before `end` that a list lacks, with only the lines at `places`, what it has instead:
    what the layer reads."""
    values: dict[str, Any] = {}
    for place, line in enumerate(lines[:end]):
        if place in places or line.name is None or not isinstance(line.unit, Instance | LayerList):
            continue
        value: Any = line.arguments[0].value if line.arguments else word("prev")
        if isinstance(value, syntax.Name) and value.id == "prev":
            above = lines[place - 1].name if place else None
            if place and above is None:
                continue
            value = word("input" if above is None else syntax.name_of(above))
        values[syntax.name_of(line.name)] = renamed(value, values)
    return values


def _instead_of_above(
    lines: Sequence[LayerLine], place: int, places: Sequence[int], other: LayerLine, inputs: Inputs
) -> syntax.Name | None:
    """What a shorter list, with only the lines at `places`, reads in its line `other` where the line at a place reads
    the function above it, which is not there."""
    above = lines[place - 1] if place and place - 1 not in places else None
    if above is None or isinstance(above.unit, Instance | LayerList):
        return None
    absent = _stand_ins(lines, places, place)
    name = "prev" if above.name is None else above.name
    values = (word(name) for name in dict.fromkeys(names_in(other.unit)))
    return next((value for value in values if _is_like(lines[place], other, absent | {name: value}, inputs)), None)


def renamed(node: Any, names: Mapping[str, Any]) -> Any:
    """An expression with other values for names."""
    if not names:
        return node
    if isinstance(node, syntax.Name):
        return names.get(node.id, node)
    return mapped(node, lambda part: renamed(part, names))


@dataclass(slots=True, eq=False)
class _Input:
    """An input of the block that several bodies are. `names` are the inputs that they have for it, None where a body
    has not said yet; `node` stands wherever it is read, and gets its name when all of them are known."""

    names: list[str | None]
    node: syntax.Name


class Together:
    """The lines of several bodies as one list; `holes` are the places where they differ. What is the same input in one
    body and two in another are two inputs."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.bodies = [body for _, body in members]
        self.holes: list[Hole] = []
        self.lists: Sequence[Any] = self.bodies
        self.longest = 0  # the place of the list of most lines
        self.reads: tuple[Any, ...] = ()  # of each body the shape of what the line above gives
        self.names = [body.inputs or ("input",) for body in self.bodies]
        self.may_differ = not any(
            body.rest is not None or body.is_called_again or _spreads(line) for line, body in members
        )
        self.inputs = [_Input([names[0] for names in self.names], word("input"))]
        self.list = self._list()

    def _list(self) -> LayerList:
        if len({_gives(body) for body in self.bodies}) > 1:
            raise Unlike
        if not self.may_differ and len(set(self.names)) > 1:
            raise Unlike
        merged: LayerList = self.unit(self.bodies)
        if len(set(self.names)) == 1:
            for item in self.inputs:
                item.node.id = item.names[0] or ""
            return merged
        if len(self.inputs) == 1:
            self.inputs[0].node.id, merged.inputs = "input", ()
            return merged
        widest = max(range(len(self.bodies)), key=lambda place: len(self.names[place]))
        for item in self.inputs:
            item.names = [name or names[0] for name, names in zip(item.names, self.names, strict=True)]
        self.inputs[1:] = sorted(self.inputs[1:], key=lambda item: self.names[widest].index(item.names[widest] or ""))
        taken = {line.name for line in all_lines(merged) if line.name}
        for item in self.inputs:
            item.node.id = usable(item.names[widest] or "", taken)
        merged.inputs = tuple(item.node.id for item in self.inputs)
        return merged

    def arguments(self, place: int, line: LayerLine) -> tuple[syntax.Argument, ...] | None:
        """What the line of a body reads, as the one block takes it."""
        if len(set(self.names)) == 1:
            return line.arguments
        read = line.arguments or (argument(word("prev")),)
        return tuple(read[self.names[place].index(item.names[place] or "")] for item in self.inputs)

    def name(self, nodes: Sequence[Any]) -> syntax.Name:
        """A name that is read: an input of every body, or the name of a line."""
        there = [node for node in nodes if node is not ANY]
        first: syntax.Name = there[0] if nodes[self.longest] is ANY else nodes[self.longest]
        ids = [None if node is ANY else getattr(node, "id", "") for node in nodes]
        is_inside = self.lists is not self.bodies  # where `input` is that of the inner list
        if not self.may_differ or not all(
            name is None or (name in names and not (is_inside and name == "input"))
            for name, names in zip(ids, self.names, strict=True)
        ):
            return first
        for item in self.inputs:
            if all(None in pair or pair[0] == pair[1] for pair in zip(item.names, ids, strict=True)):
                item.names = [name or other for name, other in zip(item.names, ids, strict=True)]
                return item.node
        self.inputs.append(_Input(ids, word(first.id)))
        return self.inputs[-1].node

    def value(self, role: str, values: Sequence[Any]) -> Any:
        """The one value, or a hole."""
        there = [value for value in values if value is not ANY]
        first = there[0] if there else None
        if all(type(value) is type(first) and value == first for value in there):
            return first
        hole = Hole(role, tuple(values), tuple(self.lists), reads=self.reads)
        self.holes.append(hole)
        return hole

    def lines(self, groups: Sequence[Sequence[LayerLine] | None]) -> list[LayerLine]:
        """The lines of one list for those of all; a list that lacks one has None there."""
        longest = max((group for group in groups if group is not None), key=len)
        known = [frozenset(names if self.may_differ else ()) for names in self.names]
        if self.lists is not self.bodies:
            known = [names - {"input"} for names in known]
        around, self.longest = self.longest, next(place for place, group in enumerate(groups) if group is longest)
        of_longest = known[self.longest]
        places = [
            _places(longest, group, (of_longest, names)) if group is not None else []
            for group, names in zip(groups, known, strict=True)
        ]
        absent = 0.0
        for place, line in enumerate(longest):
            if any(place not in of for of, group in zip(places, groups, strict=True) if group is not None):
                is_layer = isinstance(line.unit, Instance | LayerList)
                absent += 1.0 if is_layer else 0.5  # functions are joined, two and more in a row of the file
        if absent > max(1, len(longest) / 3):
            raise Unlike
        lines = []
        for place in range(len(longest)):
            column = [group[of.index(place)] if group is not None and place in of else None
                      for group, of in zip(groups, places, strict=True)]  # fmt: skip
            lines.append(self.line(longest[place], column, groups))
            values = [
                _instead_of_above(longest, place, of[: of.index(place)], line, (of_longest, names))
                if line is not None and place and place - 1 not in of else ANY
                for line, of, names in zip(column, places, known, strict=True)
            ]  # fmt: skip
            values = [ANY if value is None else value for value in values]
            if any(value is not ANY for value in values):
                lines[-2].instead = self.expression(values, "x")
        self.longest = around
        return lines

    def line(self, first: LayerLine, lines: Sequence[LayerLine | None], groups: Sequence[Any]) -> LayerLine:
        arguments = None
        if first.arguments is not None:
            columns: Any = zip(*(line.arguments if line else first.arguments for line in lines), strict=True)
            arguments = tuple(
                replace(
                    item,
                    value=self.expression(
                        [node.value if line else ANY for node, line in zip(column, lines, strict=True)],
                        item.name or "x",
                    ),
                )
                for item, column in zip(first.arguments, columns, strict=True)
            )
        around, self.reads = self.reads, () if arguments or first.run else self.shapes_above(lines, groups)
        line = LayerLine(first.name, arguments, self.unit([line.unit if line else ANY for line in lines]))
        self.reads = around
        if first.run is not None:
            counts = [item.run.count if item is not None and item.run is not None else ANY for item in lines]
            line.run = Run(first.run.start, self.value("layers", counts), first.run.is_dense)
        is_there = [there is not None if group is not None else ANY for there, group in zip(lines, groups, strict=True)]
        if not all(is_there):
            read = {name for group in groups if group is not None for name in names_in(group)}
            is_layer = isinstance(first.unit, Instance | LayerList)
            is_read = is_layer and first.name is not None and syntax.name_of(first.name) in read
            line.is_replaced = first.name is not None and (first.arguments is not None or is_read)
            line.condition = self._shapes_differ(first, is_there, groups) or self.value(
                f"with_{first.name or _word_of(first.unit)}", is_there
            )
        return line

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

    def shapes_above(self, lines: Sequence[LayerLine | None], groups: Sequence[Any]) -> tuple[Any, ...]:
        """In each list the shape of what a line without arguments reads, ANY where it lacks the line; () where one is
        not known."""
        shapes: list[Any] = []
        for line, group, body in zip(lines, groups, self.lists, strict=True):
            place = 0 if line is None else next(at for at, other in enumerate(group) if other is line)
            of_input = body.shapes[0] if body is not ANY and body.shapes else None
            shapes.append(ANY if line is None else group[place - 1].shape if place else of_input)
        return () if None in shapes else tuple(shapes)

    def unit(self, units: Sequence[Any]) -> Any:
        first = next(unit for unit in units if unit is not ANY)
        if isinstance(first, LayerList):
            parameters, buffers = self.tensors("parameters", units), self.tensors("buffers", units)
            around, self.lists = self.lists, units
            entries = self.lines([unit.entries if unit is not ANY else None for unit in units])
            self.lists = around
            return replace(first, entries=entries, parameters=parameters, buffers=buffers)
        if isinstance(first, Instance):
            return self.instance(units)
        return self.expression(units, "size")

    def tensors(self, kind: str, lists: Sequence[Any]) -> tuple[Any, ...]:
        """The parameters or the buffers of several lists as those of one. A list may lack a buffer that no state dict
        has."""
        groups = [{} if body is ANY else {item.name: item for item in getattr(body, kind)} for body in lists]
        merged = []
        for name in dict.fromkeys(name for group in groups for name in group):
            column = [group.get(name, ANY) for group in groups]
            there = [item for item in column if item is not ANY]
            if len({_formula(item) for item in there}) > 1:
                raise Unlike
            parts = {}
            for part in ("shape", "value"):
                nodes = [getattr(item, part, None) if item is not ANY else ANY for item in column]
                if getattr(there[0], part, None) is not None:
                    parts[part] = self.expression(nodes, "width" if part == "shape" else "size")
            merged.append(replace(there[0], **parts))
        return tuple(merged)

    def instance(self, units: Sequence[Instance]) -> Instance:
        there = [unit for unit in units if unit is not ANY]
        names = dict.fromkeys(name for unit in there for name in unit.arguments)
        kind = there[0].type
        if any(unit.type is not kind for unit in there):
            kind = self.value("activation", [LayerType(unit.type) if unit is not ANY else ANY for unit in units])
        arguments = {}
        for name in names:
            values = [unit.arguments.get(name, _default(unit.type, name)) if unit is not ANY else ANY for unit in units]
            arguments[name] = self.value(name, values)
        return Instance(kind, arguments)

    def expression(self, nodes: Sequence[Any], role: str) -> Any:
        """One expression with holes for the numbers that differ."""
        first = next(node for node in nodes if node is not ANY)
        if isinstance(first, syntax.Name):
            return self.name(nodes)
        if isinstance(first, syntax.Call):
            nodes = _with_flags(nodes)
            first = next(node for node in nodes if node is not ANY)
        if isinstance(first, syntax.Literal):
            value = self.value(role, [getattr(node, "value", ANY) for node in nodes])
            return value if isinstance(value, Hole) else first
        if isinstance(first, tuple):
            columns = [
                [node[place] if isinstance(node, tuple) else ANY for node in nodes] for place in range(len(first))
            ]
            return tuple(self.expression(column, role) for column in columns)
        if not hasattr(type(first), "__dataclass_fields__"):
            return first
        if isinstance(first, syntax.Argument):
            role = first.name or role
        names = [item.name for item in fields(first) if "span" not in item.name]
        return replace(
            first, **{name: self.expression([getattr(node, name, ANY) for node in nodes], role) for name in names}
        )


def _word_of(unit: Any) -> str:
    """What a line without a name is called: `relu` for ReLU, `drop_path` for DropPath, `mean` for `mean(x, 1)`."""
    if isinstance(unit, LayerList):
        kind = unit.class_name or "list"
    elif isinstance(unit, Instance):
        kind = getattr(unit.type, "name", "activation")
    else:
        function = getattr(unit, "function", None)
        kind = getattr(function, "name", getattr(function, "id", "step"))
    return re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", kind).lower()


def _spreads(line: LayerLine) -> bool:
    return any(isinstance(item.value, syntax.Spread) for item in line.arguments or ())


def _with_flags(calls: Sequence[Any]) -> list[Any]:
    """Calls of one function, each with every argument that has a default and that one of them says."""
    there = [call for call in calls if isinstance(call, syntax.Call)]
    flags = {
        item.name: _flag(call, item.name)
        for call in there
        for item in call.arguments
        if _flag(call, item.name) is not None
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


def _default(kind: Any, name: str) -> Any:
    if isinstance(kind, Entry):
        item = kind.argument(name)
        value = item.default if item is not None else REQUIRED
    else:
        value = kind.default(name)
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value


def all_lines(body: LayerList) -> Iterator[LayerLine]:
    """The lines of a list, and those of the lists inside it."""
    for line in body.entries:
        yield line
        if isinstance(line.unit, LayerList):
            yield from all_lines(line.unit)
