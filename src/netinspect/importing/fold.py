"""Lists of lines that are alike become blocks and repeats.

From the innermost lists outwards: those of one class that have the same lines, but for numbers and for lines that some
lack, are one block. What differs is a parameter of it: the same numbers one parameter, multiples of it a product, what
is a size of the input that size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS
from netinspect.catalogue.entry import REQUIRED, Entry
from netinspect.importing.blocks import FoldedBlock, Hole, LayerType, holes
from netinspect.importing.inline import names_in
from netinspect.importing.items import Instance, LayerLine, LayerList, Run, usable
from netinspect.importing.nodes import NOWHERE, argument, literal, mapped, word
from netinspect.importing.runs import in_runs
from netinspect.language import syntax
from netinspect.language.write import expression_text

# --- what is alike ---------------------------------------------------------------------------


def _skeleton(unit: Any, inputs: AbstractSet[str] = frozenset()) -> Any:
    """A unit without its numbers, and without the names of `inputs`; activations without weights are all alike."""
    if isinstance(unit, LayerList):
        lines = tuple(
            (line.name, _turns(line), _arguments(line), _skeleton(line.unit, inputs - {"input"}))
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
    return re.sub(r"(?<![\w.])\d[\d_.e-]*", "#", expression_text(_without_flags(_renamed(unit, names))))


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
    value = None if tensor.value is None else _skeleton(tensor.value)
    return value, None if tensor.values is None else expression_text(tensor.values)


# --- one block of several bodies -------------------------------------------------------------


class _Unlike(Exception):
    """Lists that are no one block."""


_ANY: Final[Any] = object()
"""The value of an argument on a line that is not there: it may be any."""


Inputs = tuple[frozenset[str], frozenset[str]]
"""The names of the inputs of a longer list and of a shorter one that may stand for each other."""


def _places(longer: Sequence[LayerLine], shorter: Sequence[LayerLine], inputs: Inputs) -> list[int]:
    """Where the lines of a shorter list stand in a longer one; _Unlike where they do not."""
    places: list[int] = []
    place = 0
    for line in shorter:
        while place < len(longer) and not _is_like(longer[place], line, _stand_ins(longer, places, place), inputs):
            place += 1
        if place == len(longer):
            raise _Unlike
        places.append(place)
        place += 1
    return places


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
        except _Unlike:
            return False
        return bool(_arguments(line, inputs[0], absent) == _arguments(other, inputs[1]))
    unit = line.unit if isinstance(line.unit, Instance) else _renamed(line.unit, absent)
    is_alike = _arguments(line, inputs[0], absent) == _arguments(other, inputs[1])
    return bool(is_alike and _skeleton(unit, inputs[0]) == _skeleton(other.unit, inputs[1]))


def _turns(line: LayerLine) -> Any:
    """How a line that stands for several runs, without their number."""
    return None if line.run is None else (line.run.start, line.run.is_dense)


def _arguments(
    line: LayerLine, inputs: AbstractSet[str] = frozenset(), absent: Mapping[str, Any] = MappingProxyType({})
) -> Any:
    if line.arguments is None:
        return None
    return tuple(_skeleton(_renamed(item.value, absent), inputs) for item in line.arguments)


def _stand_ins(lines: Sequence[LayerLine], places: Sequence[int], end: int) -> dict[str, Any]:
    """For the name of each layer before `end` that a list lacks, with only the lines at `places`, what it has instead:
    what the layer reads."""
    values: dict[str, Any] = {}
    for place, line in enumerate(lines[:end]):
        if place in places or line.name is None or not isinstance(line.unit, Instance | LayerList):
            continue
        value: Any = line.arguments[0].value if line.arguments else word("prev")
        if isinstance(value, syntax.Name) and value.id == "prev":
            above = lines[place - 1].name if place else "input"
            if above is None:
                continue
            value = word(syntax.name_of(above))
        values[syntax.name_of(line.name)] = _renamed(value, values)
    return values


def _renamed(node: Any, names: Mapping[str, Any]) -> Any:
    if not names:
        return node
    if isinstance(node, syntax.Name):
        return names.get(node.id, node)
    return mapped(node, lambda part: _renamed(part, names))


@dataclass(slots=True, eq=False)
class _Input:
    """An input of the block that several bodies are. `names` are the inputs that they have for it, None where a body
    has not said yet; `node` stands wherever it is read, and gets its name when all of them are known."""

    names: list[str | None]
    node: syntax.Name


class _Together:
    """The lines of several bodies as one list; `holes` are the places where they differ. What is the same input in one
    body and two in another are two inputs."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.bodies = [body for _, body in members]
        self.holes: list[Hole] = []
        self.lists: Sequence[Any] = self.bodies
        self.names = [body.inputs or ("input",) for body in self.bodies]
        self.may_differ = not any(
            body.rest is not None or body.is_called_again or _spreads(line) for line, body in members
        )
        self.inputs = [_Input([names[0] for names in self.names], word("input"))]
        self.list = self._list()

    def _list(self) -> LayerList:
        if len({_gives(body) for body in self.bodies}) > 1:
            raise _Unlike
        if not self.may_differ and len(set(self.names)) > 1:
            raise _Unlike
        merged: LayerList = self.unit(self.bodies)
        if len(set(self.names)) == 1:
            for item in self.inputs:
                item.node.id = item.names[0] or ""
            return merged
        widest = max(range(len(self.bodies)), key=lambda place: len(self.names[place]))
        for item in self.inputs:
            item.names = [name or names[0] for name, names in zip(item.names, self.names, strict=True)]
        self.inputs[1:] = sorted(self.inputs[1:], key=lambda item: self.names[widest].index(item.names[widest] or ""))
        taken = {line.name for line in _all_lines(merged) if line.name}
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
        first: syntax.Name = next(node for node in nodes if node is not _ANY)
        ids = [None if node is _ANY else getattr(node, "id", "") for node in nodes]
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
        there = [value for value in values if value is not _ANY]
        first = there[0] if there else None
        if all(type(value) is type(first) and value == first for value in there):
            return first
        hole = Hole(role, tuple(values), tuple(self.lists))
        self.holes.append(hole)
        return hole

    def lines(self, groups: Sequence[Sequence[LayerLine] | None]) -> list[LayerLine]:
        """The lines of one list for those of all; a list that lacks one has None there."""
        longest = max((group for group in groups if group is not None), key=len)
        known = [frozenset(names if self.may_differ else ()) for names in self.names]
        if self.lists is not self.bodies:
            known = [names - {"input"} for names in known]
        of_longest = known[next(place for place, group in enumerate(groups) if group is longest)]
        places = [
            _places(longest, group, (of_longest, names)) if group is not None else []
            for group, names in zip(groups, known, strict=True)
        ]
        absent = sum(any(place not in of for of, group in zip(places, groups, strict=True) if group is not None)
                     for place in range(len(longest)))  # fmt: skip
        if absent > max(1, len(longest) / 3):
            raise _Unlike
        lines = []
        for place in range(len(longest)):
            column = [group[of.index(place)] if group is not None and place in of else None
                      for group, of in zip(groups, places, strict=True)]  # fmt: skip
            lines.append(self.line(longest[place], column, groups))
        return lines

    def line(self, first: LayerLine, lines: Sequence[LayerLine | None], groups: Sequence[Any]) -> LayerLine:
        arguments = None
        if first.arguments is not None:
            columns: Any = zip(*(line.arguments if line else first.arguments for line in lines), strict=True)
            arguments = tuple(
                replace(
                    item,
                    value=self.expression(
                        [node.value if line else _ANY for node, line in zip(column, lines, strict=True)],
                        item.name or "x",
                    ),
                )
                for item, column in zip(first.arguments, columns, strict=True)
            )
        line = LayerLine(first.name, arguments, self.unit([line.unit if line else _ANY for line in lines]))
        if first.run is not None:
            counts = [item.run.count if item is not None and item.run is not None else _ANY for item in lines]
            line.run = Run(first.run.start, self.value("layers", counts), first.run.is_dense)
        is_there = [
            there is not None if group is not None else _ANY for there, group in zip(lines, groups, strict=True)
        ]
        if not all(is_there):
            read = {name for group in groups if group is not None for name in names_in(group)}
            is_read = first.name is not None and syntax.name_of(first.name) in read
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

    def unit(self, units: Sequence[Any]) -> Any:
        first = next(unit for unit in units if unit is not _ANY)
        if isinstance(first, LayerList):
            parameters, buffers = self.tensors("parameters", units), self.tensors("buffers", units)
            around, self.lists = self.lists, units
            entries = self.lines([unit.entries if unit is not _ANY else None for unit in units])
            self.lists = around
            return replace(first, entries=entries, parameters=parameters, buffers=buffers)
        if isinstance(first, Instance):
            return self.instance(units)
        return self.expression(units, "size")

    def tensors(self, kind: str, lists: Sequence[Any]) -> tuple[Any, ...]:
        """The parameters or the buffers of several lists as those of one. A list may lack a buffer that no state dict
        has."""
        groups = [{} if body is _ANY else {item.name: item for item in getattr(body, kind)} for body in lists]
        merged = []
        for name in dict.fromkeys(name for group in groups for name in group):
            column = [group.get(name, _ANY) for group in groups]
            there = [item for item in column if item is not _ANY]
            if len({_formula(item) for item in there}) > 1:
                raise _Unlike
            parts = {}
            for part in ("shape", "value"):
                nodes = [getattr(item, part, None) if item is not _ANY else _ANY for item in column]
                if getattr(there[0], part, None) is not None:
                    parts[part] = self.expression(nodes, "width" if part == "shape" else "size")
            merged.append(replace(there[0], **parts))
        return tuple(merged)

    def instance(self, units: Sequence[Instance]) -> Instance:
        there = [unit for unit in units if unit is not _ANY]
        names = dict.fromkeys(name for unit in there for name in unit.arguments)
        kind = there[0].type
        if any(unit.type is not kind for unit in there):
            kind = self.value("activation", [LayerType(unit.type) if unit is not _ANY else _ANY for unit in units])
        arguments = {}
        for name in names:
            values = [
                unit.arguments.get(name, _default(unit.type, name)) if unit is not _ANY else _ANY for unit in units
            ]
            arguments[name] = self.value(name, values)
        return Instance(kind, arguments)

    def expression(self, nodes: Sequence[Any], role: str) -> Any:
        """One expression with holes for the numbers that differ."""
        first = next(node for node in nodes if node is not _ANY)
        if isinstance(first, syntax.Name):
            return self.name(nodes)
        if isinstance(first, syntax.Call):
            nodes = _with_flags(nodes)
            first = next(node for node in nodes if node is not _ANY)
        if isinstance(first, syntax.Literal):
            value = self.value(role, [getattr(node, "value", _ANY) for node in nodes])
            return value if isinstance(value, Hole) else first
        if isinstance(first, tuple):
            columns = [
                [node[place] if isinstance(node, tuple) else _ANY for node in nodes] for place in range(len(first))
            ]
            return tuple(self.expression(column, role) for column in columns)
        if not hasattr(type(first), "__dataclass_fields__"):
            return first
        if isinstance(first, syntax.Argument):
            role = first.name or role
        names = [item.name for item in fields(first) if "span" not in item.name]
        return replace(
            first, **{name: self.expression([getattr(node, name, _ANY) for node in nodes], role) for name in names}
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


# --- parameters of a block -------------------------------------------------------------------


def _name_parameters(block: FoldedBlock, together: _Together, taken: set[str]) -> None:
    """Give each hole its text: a parameter, a multiple of one, or a size of the input."""
    names = together.list.inputs or ("input",)
    inputs = names if len(set(together.names)) == 1 else names[:1]  # of which every body has the shape
    for hole in together.holes:
        common = Counter(value for value in hole.values if value is not _ANY).most_common(1)[0][0]
        hole.is_open = tuple(value is _ANY for value in hole.values)
        hole.text = _size_of_input(hole, inputs if hole.lists == tuple(together.bodies) else ("input",))
        if hole.text is None:
            hole.values = tuple(common if value is _ANY else value for value in hole.values)
    named: dict[str, tuple[Any, ...]] = {}
    waiting = [hole for hole in together.holes if hole.text is None]
    for hole in sorted(waiting, key=_order):
        hole.text = _multiple(hole, named)
        if hole.text is None:
            name = usable(_parameter_name(block, hole), taken)
            named[name] = hole.values
            hole.text = word(name)
    block.parameters = named
    for name, values in named.items():
        value, count = Counter(values).most_common(1)[0]
        if 2 * count >= len(values) and not (
            isinstance(value, int) and not isinstance(value, bool) and name.endswith(("channels", "features"))
        ):
            block.defaults[name] = value
    required = {name: values for name, values in named.items() if name not in block.defaults}
    block.parameters = required | {name: values for name, values in named.items() if name in block.defaults}
    _name_sizes(together, taken)


LEAST_SAVED: Final = 60
"""How many characters a var of a block saves at least: it costs up to three lines."""


def _name_sizes(together: _Together, taken: set[str]) -> None:
    """Make a size of the input that the lines of a block say many times a var of the block."""
    sizes: dict[str, list[Hole]] = {}
    for hole in together.holes:
        base = _base(hole.text) if hole.lists == tuple(together.bodies) else None
        if base is not None:
            sizes.setdefault(expression_text(base), []).append(hole)
    for text, where in sizes.items():
        size = _base(where[0].text)
        name = "channels" if text.endswith("[1]") else "width"
        if size is not None and len(where) * (len(text) - len(name)) > LEAST_SAVED:
            name = usable(name, taken)
            together.list.vars += (syntax.Variable(name, size, NOWHERE),)
            for hole in where:
                hole.text = _with_base(hole.text, word(name))


def _base(text: Any) -> syntax.Index | None:
    """The `input.shape[-1]` of `4 * input.shape[-1]`."""
    if isinstance(text, syntax.Binary):
        return _base(text.right if text.operator == "*" else text.left)
    return text if isinstance(text, syntax.Index) else None


def _with_base(text: Any, value: syntax.Expression) -> Any:
    if isinstance(text, syntax.Index):
        return value
    return replace(text, right=value) if text.operator == "*" else replace(text, left=value)


def _order(hole: Hole) -> tuple[bool, bool, int]:
    """Those with a value in every body first, for the others may be any of them; then smaller numbers, so that others
    are their multiples."""
    numbers = [value for value in hole.values if isinstance(value, int)]
    is_number = len(numbers) == len(hole.values)
    return any(hole.is_open), not is_number, sum(numbers) if is_number else 0


def _is_sizes(values: Sequence[Any]) -> bool:
    return all(value is _ANY or (isinstance(value, int) and not isinstance(value, bool)) for value in values)


_CHANNELS: Final = frozenset(
    {"out_channels", "out_features", "groups", "num_groups", "hidden_size", "width", "num_parameters"}
)


def _title(name: str) -> str:
    """`DownSample` for `down_sample`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_.]", name))


def _size_of_input(hole: Hole, inputs: Sequence[str]) -> syntax.Expression | None:
    if hole.role not in _CHANNELS or not _is_sizes(hole.values):
        return None
    lists = [body if body is not _ANY else None for body in hole.lists]
    for place, name in enumerate(inputs):
        known = [body.shapes[place] if place < len(body.shapes) else () for body in lists if body is not None]
        shapes = [
            known[0] if body is None else body.shapes[place] if place < len(body.shapes) else () for body in lists
        ]
        for axis in _axes(shapes):
            sizes = [shape[axis] for shape in shapes]
            text = _ratio(hole.values, sizes)
            if text is not None and len(set(sizes)) > 1:
                shape = syntax.Attribute(word(name), "shape", NOWHERE, NOWHERE)
                size: syntax.Expression = syntax.Index(shape, (literal(axis),), NOWHERE)
                operator, factor = text
                if operator == "*":
                    return size if factor == 1 else syntax.Binary("*", literal(factor), size, NOWHERE)
                return syntax.Binary("//", size, literal(factor), NOWHERE)
    return None


def _axes(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    ranks = {len(shape) for shape in shapes}
    if ranks in ({2}, {3}):
        return (-1,) if ranks == {3} else (1,)
    return (1,) if ranks in ({4}, {5}) else ()


def _ratio(values: Sequence[int], sizes: Sequence[int]) -> tuple[str, int] | None:
    for factor in (1, 2, 3, 4, 6, 8):
        if all(value is _ANY or value == factor * size for value, size in zip(values, sizes, strict=True)):
            return "*", factor
    for factor in (2, 4, 8, 16):
        if all(value is _ANY or value * factor == size for value, size in zip(values, sizes, strict=True)):
            return "//", factor
    return None


def _multiple(hole: Hole, named: dict[str, tuple[Any, ...]]) -> syntax.Expression | None:
    for name, values in named.items():
        if all(is_open or (type(value) is type(other) and value == other)
               for value, other, is_open in zip(hole.values, values, hole.is_open, strict=True)):  # fmt: skip
            return word(name)
    if not _is_sizes(hole.values) or not any(value > 8 for value in hole.values):
        return None
    for name, values in named.items():
        if not _is_sizes(values) or 0 in values or not any(value > 8 for value in values):
            continue
        factors = {
            value / base for value, base, is_open in zip(hole.values, values, hole.is_open, strict=True) if not is_open
        }
        if len(factors) == 1 and (factor := factors.pop()).is_integer():
            return syntax.Binary("*", literal(int(factor)), word(name), NOWHERE)
    return None


def _parameter_name(block: FoldedBlock, hole: Hole) -> str:
    """The attribute of the modules that holds the value in every one, or the argument's name."""
    for name in block.bodies[0].settings:
        values = [body.settings.get(name) for body in block.bodies]
        is_same = all(
            value is _ANY or (type(value) is type(other) and value == other)
            for value, other in zip(hole.values, values, strict=True)
        )
        if is_same and len(set(map(str, values))) > 1:
            return name
    return hole.role


# --- folding ---------------------------------------------------------------------------------


class Folder:
    """Folds one body tree into blocks."""

    def __init__(self, *, is_folded: bool) -> None:
        self.is_folded = is_folded
        self.blocks: list[FoldedBlock] = []
        self.names: set[str] = set()

    def fold(self, root: LayerList) -> None:
        levels = _levels(root)
        for height in sorted(levels):
            self._level(levels[height])

    def _level(self, lines: list[Member]) -> None:
        classes: dict[str, list[Member]] = {}
        for line, body in lines:
            if _is_class(line, body):
                classes.setdefault(body.class_name, []).append((line, body))
        for class_name, members in classes.items():
            for alike in self._alike(members):
                line, body = alike[0]
                has_own = bool(body.parameters or body.buffers or body.outputs)
                if len(alike) > 1 or body.inputs or body.rest is not None or (line.name is None and has_own):
                    self._block(class_name, alike)

    def _alike(self, members: list[Member]) -> list[list[Member]]:
        """The lists of one class by the block that they are; where that makes fewer, runs in them count as one line."""
        if not self.is_folded:
            return [[member] for member in members]
        groups = _joined(members)
        if len(groups) > 1:
            shorter = [
                (line, replace(body, entries=in_runs([replace(entry) for entry in body.entries])))
                for line, body in members
            ]
            groups = min(groups, _joined(shorter), key=len)
        return groups

    def _name_optional_lists(self, body: LayerList) -> None:
        """A list under a condition becomes a block of its own: only a layer or a block may have one."""
        for line in _all_lines(body):
            if line.condition is None or not isinstance(line.unit, LayerList):
                continue
            inner = line.unit
            title = inner.class_name if inner.class_name not in ("", "Sequential") else _title(line.name or "part")
            block = FoldedBlock(usable(title, self.names), [inner], is_part=True)
            taken = {*inner.inputs, "input"} | {line.name for line in _all_lines(inner) if line.name}
            named: dict[str, Hole] = {}
            for hole in dict.fromkeys(holes(inner)):
                same = next((name for name, other in named.items() if other.values == hole.values), None)
                name = same or usable(hole.role, taken)
                named.setdefault(name, hole)
                hole.inner = word(name)
            block.parameters = {name: hole.values for name, hole in named.items()}
            line.unit = Instance(block, dict(named))
            self.blocks.append(block)

    def _block(self, class_name: str, members: list[tuple[LayerLine, LayerList]]) -> None:
        bodies = [body for _, body in members]
        if class_name in ("", "Sequential", "ModuleList"):  # its place says more of it
            class_name = _title(re.sub(r"(^|\.)\d+$", "", bodies[0].path).rpartition(".")[2] or "part")
        block = FoldedBlock(usable(class_name, self.names), bodies)
        together = _Together(members)
        merged = together.list
        self._name_optional_lists(merged)
        taken = {*merged.inputs, "input"} | {line.name for line in _all_lines(merged) if line.name}
        tensors: tuple[syntax.Parameter | syntax.Buffer, ...] = (*merged.parameters, *merged.buffers)
        taken |= {tensor.name for tensor in tensors}
        _name_parameters(block, together, taken)
        block.bodies = [merged]
        for place, (line, _) in enumerate(members):
            values = {name: values[place] for name, values in block.parameters.items()}
            line.arguments = together.arguments(place, line)
            line.unit = Instance(block, {name: value for name, value in values.items()
                                     if name not in block.defaults or block.defaults[name] != value})  # fmt: skip
        self.blocks.append(block)


Member = tuple[LayerLine, LayerList]
"""A list and the line on which it stands."""


def _joined(members: Sequence[Member]) -> list[list[Member]]:
    """Lists of one class in groups that are one block: alike ones, or such of which some lack a few lines."""
    alike: dict[Any, list[Member]] = {}
    for line, body in members:
        alike.setdefault(_skeleton(body), []).append((line, body))
    joined: list[list[Member]] = []
    for group in sorted(alike.values(), key=lambda group: -len(group[0][1].entries)):
        for others in joined:
            try:
                _Together([*others, group[0]])
            except _Unlike:
                continue
            others.extend(group)
            break
        else:
            joined.append(list(group))
    return joined


def _all_lines(body: LayerList) -> Iterator[LayerLine]:
    for line in body.entries:
        yield line
        if isinstance(line.unit, LayerList):
            yield from _all_lines(line.unit)


def _levels(root: LayerList) -> dict[int, list[tuple[LayerLine, LayerList]]]:
    """Every list by its level: a class stands above all that its lists hold, so that its lists are folded together."""
    lists: list[tuple[LayerLine, LayerList, list[LayerList]]] = []

    def walk(body: LayerList, around: list[LayerList]) -> None:
        for line in body.entries:
            if isinstance(line.unit, LayerList):
                lists.append((line, line.unit, around))
                walk(line.unit, [*around, line.unit])

    walk(root, [])
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


def _is_class(line: LayerLine, body: LayerList) -> bool:
    """Whether a list is of an author's class, and not one that stands for itself at its place."""
    return body.class_name not in ("", "Sequential", "ModuleList") or line.name is None or bool(body.inputs)
