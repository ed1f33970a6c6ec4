"""Lists of lines that are alike become blocks and repeats.

From the innermost lists outwards: those of one class that have the same lines, but for numbers and for lines that some
lack, are one block. What differs is a parameter of it: the same numbers one parameter, multiples of it a product, what
is a size of the input that size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from operator import and_
from typing import Any, Final, Literal

from netinspect.importing.alignment import ANY, Unlike, skeleton
from netinspect.importing.blocks import FoldedBlock, Hole, holes
from netinspect.importing.inline import names_in
from netinspect.importing.items import Instance, LayerLine, LayerList, usable
from netinspect.importing.nodes import NOWHERE, literal, renamed, word
from netinspect.importing.outputs import without_unread_outputs
from netinspect.importing.runs import in_runs
from netinspect.importing.together import Member, Together, all_lines
from netinspect.language import syntax
from netinspect.language.write import expression_text

# --- parameters of a block -------------------------------------------------------------------


def _name_parameters(block: FoldedBlock, together: Together, taken: set[str]) -> None:
    """Give each hole its text: a parameter, a multiple of one, or a size of the input."""
    names = together.list.inputs or ("input",)
    inputs = names if together.keeps_inputs else names[:1]  # of which every body has the shape
    for hole in together.holes:
        common = Counter(value for value in hole.values if value is not ANY).most_common(1)[0][0]
        hole.is_open = tuple(value is ANY for value in hole.values)
        hole.text = _size_of_input(hole, inputs if hole.lists == tuple(together.bodies) else ("input",))
        if hole.text is None:
            hole.values = tuple(common if value is ANY else value for value in hole.values)
    named: dict[str, tuple[Any, ...]] = {}
    waiting = [hole for hole in together.holes if hole.text is None]
    strided = {hole: stride for hole in waiting if (stride := _stride_of(block, hole, waiting)) is not None}
    waiting = [hole for hole in waiting if hole not in strided]
    for hole in sorted(waiting, key=lambda hole: _order(block, hole)):
        hole.text = (
            _multiple(hole, named)
            or _size_of_line_above(hole)
            or _by_flag(block, hole, named)
            or _half_of_kernel(hole, together.holes)
        )
        if hole.text is None:
            name = usable(_parameter_name(block, hole), taken)
            named[name] = hole.values
            hole.text = word(name)
    for hole, stride in strided.items():
        assert stride.text is not None
        hole.text = syntax.Compare(stride.text, (("!=", literal(1)),), NOWHERE)
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


def _name_sizes(together: Together, taken: set[str]) -> None:
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


def _order(block: FoldedBlock, hole: Hole) -> tuple[Any, ...]:
    """Those with a value in every body first, for the others may be any of them; then flags, from which others follow,
    above all the author's own; then smaller numbers, so that others are their multiples."""
    is_flag = all(isinstance(value, bool) for value in hole.values)
    is_number = not is_flag and all(isinstance(value, int) for value in hole.values)
    kind = 0 if is_flag else 1 if is_number else 2
    is_ours = is_flag and (_attribute(block, hole) is None, hole.is_presence)
    return any(hole.is_open), kind, is_ours, hole.role == "padding", sum(hole.values) if is_number else 0


def _is_sizes(values: Sequence[Any]) -> bool:
    return all(value is ANY or (isinstance(value, int) and not isinstance(value, bool)) for value in values)


_SECOND: Final = frozenset({"out_channels", "groups", "num_groups", "num_parameters"})
_LAST: Final = frozenset({"out_features", "hidden_size", "width"})
"""The arguments that say channels, and the axis of those in what the layer reads."""


def _title(name: str) -> str:
    """`DownSample` for `down_sample`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_.]", name))


def _size_of_input(hole: Hole, inputs: Sequence[str]) -> syntax.Expression | None:
    if hole.role not in _SECOND | _LAST or not _is_sizes(hole.values):
        return None
    lists = [body if body is not ANY else None for body in hole.lists]
    for place, name in enumerate(inputs):
        known = [body.shapes[place] if place < len(body.shapes) else () for body in lists if body is not None]
        shapes = [
            known[0] if body is None else body.shapes[place] if place < len(body.shapes) else () for body in lists
        ]
        axes = (1, -1) if hole.role in _SECOND else (-1, 1)
        for axis in axes if {len(shape) for shape in shapes} != {2} else (1,):
            sizes = [shape[axis] if len(shape) > 1 else None for shape in shapes]
            if None in sizes:  # it is no channels that differ between the runs
                continue
            text = _ratio(hole.values, sizes)
            if text is not None and len(set(sizes)) > 1:
                shape = syntax.Attribute(word(name), "shape", NOWHERE, NOWHERE)
                size: syntax.Expression = syntax.Index(shape, (literal(axis),), NOWHERE)
                operator, factor = text
                if operator == "*":
                    return size if factor == 1 else syntax.Binary("*", literal(factor), size, NOWHERE)
                return syntax.Binary("//", size, literal(factor), NOWHERE)
    return None


def _size_of_line_above(hole: Hole) -> syntax.Expression | None:
    """`prev.shape[1]` for channels that are those of what the line reads, as in a convolution of each channel alone."""
    if hole.role not in _SECOND | _LAST or not hole.reads:
        return None
    ranks = {len(shape) for shape in hole.reads if shape is not ANY}
    axis = 1 if hole.role in _SECOND or ranks == {2} else -1
    if min(ranks) < 2:
        return None
    sizes = [ANY if shape is ANY else shape[axis] for shape in hole.reads]
    if all(size is ANY or value == size for value, size in zip(hole.values, sizes, strict=True)):
        shape = syntax.Attribute(word("prev"), "shape", NOWHERE, NOWHERE)
        return syntax.Index(shape, (literal(axis),), NOWHERE)
    return None


def _ratio(values: Sequence[int], sizes: Sequence[Any]) -> tuple[str, int] | None:
    for factor in (1, 2, 3, 4, 6, 8):
        if all(value is ANY or value == factor * size for value, size in zip(values, sizes, strict=True)):
            return "*", factor
    for factor in (2, 4, 8, 16):
        if all(value is ANY or value * factor == size for value, size in zip(values, sizes, strict=True)):
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


def _half_of_kernel(hole: Hole, holes: Sequence[Hole]) -> syntax.Expression | None:
    """`kernel_size // 2` for a padding that keeps the size."""
    for other in holes if hole.role == "padding" and _is_sizes(hole.values) else ():
        pairs = list(zip(hole.values, other.values, hole.is_open, strict=True))
        is_kernel = other.role == "kernel_size" and isinstance(other.text, syntax.Name) and _is_sizes(other.values)
        if is_kernel and all(is_open or padding == kernel // 2 for padding, kernel, is_open in pairs):
            assert other.text is not None
            return syntax.Binary("//", other.text, literal(2), NOWHERE)
    return None


def _stride_of(block: FoldedBlock, flag: Hole, holes: Sequence[Hole]) -> Hole | None:
    """The stride that is other than 1 exactly where a line is there, as that of a shortcut; None where an attribute of
    the author's says it, or none does."""
    if not flag.is_shortcut or _attribute(block, flag) is not None:
        return None
    for hole in holes:
        pairs = zip(hole.values, flag.values, hole.is_open, flag.is_open, strict=True)
        if (
            hole.role == "stride"
            and not any(hole.is_open)
            and all(is_any or (value != 1) is is_there for value, is_there, _, is_any in pairs)
        ):
            return hole
    return None


def _by_flag(block: FoldedBlock, hole: Hole, named: dict[str, tuple[Any, ...]]) -> syntax.Expression | None:
    """A flag that follows from one or two others, as `has_bias and not is_causal`; and `16 if flag else 8` for a number
    without a name of its own that goes with one."""
    if _attribute(block, hole) is not None:
        return None
    flags: list[tuple[syntax.Expression, tuple[bool, ...]]] = []
    for name, values in named.items():
        if all(isinstance(value, bool) for value in values):
            flags.append((word(name), values))
            flags.append((syntax.Unary("not", word(name), NOWHERE), tuple(not value for value in values)))
    both = [
        (syntax.Logical("and", (flag, other), NOWHERE), tuple(map(and_, values, other_values)))
        for (flag, values), (other, other_values) in combinations(flags, 2)
    ]
    there = [place for place, is_open in enumerate(hole.is_open) if not is_open]
    if all(isinstance(hole.values[place], bool) for place in there):
        ways = (flag for flag, values in (*flags, *both) if all(values[place] is hole.values[place] for place in there))
        return next(ways, None)
    for flag, values in flags[::2] if hole.role in ("size", "x") else ():
        groups = [{hole.values[place] for place in there if values[place] is is_so} for is_so in (True, False)]
        if all(len(group) == 1 for group in groups):
            return syntax.Conditional(literal(groups[0].pop()), flag, literal(groups[1].pop()), NOWHERE)
    return None


def _parameter_name(block: FoldedBlock, hole: Hole) -> str:
    """The attribute of the modules that holds the value in every one, or the argument's name."""
    return _attribute(block, hole) or hole.role


def _attribute(block: FoldedBlock, hole: Hole) -> str | None:
    """The attribute of the modules that holds the value in every one."""
    for name in block.bodies[0].settings:
        values = [body.settings.get(name) for body in block.bodies]
        is_same = all(
            value is ANY or (type(value) is type(other) and value == other)
            for value, other in zip(hole.values, values, strict=True)
        )
        if is_same and len(set(map(str, values))) > 1:
            return name
    return None


# --- folding ---------------------------------------------------------------------------------


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
        for height in sorted(levels):
            self._level(levels[height])
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

    def _block(self, class_name: str, members: list[tuple[LayerLine, LayerList]]) -> None:
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
        _name_parameters(block, together, taken)
        block.bodies = [merged]
        for place, (line, _) in enumerate(members):
            values = {name: values[place] for name, values in block.parameters.items()}
            line.arguments = together.arguments(place, line)
            said = {name: value for name, value in values.items()
                    if name not in block.defaults or block.defaults[name] != value}  # fmt: skip
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
    own = {syntax.name_of(line.name) for line in all_lines(body) if line.name}
    names = {syntax.name_of(line.name) for outer in around for line in outer.entries if line.name}
    names |= {name for outer in around for name in (*outer.inputs, outer.rest or "")}
    return any(name in names - own for name in names_in(body))


def _is_class(line: LayerLine, body: LayerList) -> bool:
    """Whether a list is of an author's class, and not one that stands for itself at its place."""
    return body.class_name not in ("", "Sequential", "ModuleList") or line.name is None or bool(body.inputs)
