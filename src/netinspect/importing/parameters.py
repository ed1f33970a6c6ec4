"""What differs between the bodies of a block, as it is written: sizes of its inputs, multiples, flags that follow from
others, and parameters with a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from operator import and_
from typing import Any, Final, NamedTuple

from netinspect.importing.alignment import ANY
from netinspect.importing.blocks import FoldedBlock, Hole
from netinspect.importing.items import usable
from netinspect.importing.nodes import NOWHERE, literal, word
from netinspect.importing.together import Together
from netinspect.language import syntax
from netinspect.language.write import expression_text


class _Around(NamedTuple):
    """What a hole may be written with: the other holes of its block, and the parameters named so far."""

    block: FoldedBlock
    holes: Sequence[Hole]
    named: dict[str, tuple[Any, ...]]


def name_parameters(block: FoldedBlock, together: Together, taken: set[str]) -> None:
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
        around = _Around(block, together.holes, named)
        texts = (text_of(hole, around) for text_of in _WITHOUT_A_NAME)
        hole.text = next((text for text in texts if text is not None), None)
        if hole.text is None:
            name = usable(_attribute(block, hole) or hole.role, taken)
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
                if not isinstance(hole.text, syntax.Binary):
                    hole.text = word(name)
                elif hole.text.operator == "*":
                    hole.text = replace(hole.text, right=word(name))
                else:
                    hole.text = replace(hole.text, left=word(name))


def _base(text: Any) -> syntax.Index | None:
    """The `input.shape[-1]` of `4 * input.shape[-1]`."""
    if isinstance(text, syntax.Binary):
        return _base(text.right if text.operator == "*" else text.left)
    return text if isinstance(text, syntax.Index) else None


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


def _size_of_line_above(hole: Hole, _around: _Around) -> syntax.Expression | None:
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


def _multiple(hole: Hole, around: _Around) -> syntax.Expression | None:
    """A parameter that has the same numbers, or a multiple of one."""
    named = around.named
    for name, values in named.items():
        if all(
            is_open or (type(value) is type(other) and value == other)
            for value, other, is_open in zip(hole.values, values, hole.is_open, strict=True)
        ):
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


def _half_of_kernel(hole: Hole, around: _Around) -> syntax.Expression | None:
    """`kernel_size // 2` for a padding that keeps the size."""
    for other in around.holes if hole.role == "padding" and _is_sizes(hole.values) else ():
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


def _by_flag(hole: Hole, around: _Around) -> syntax.Expression | None:
    """A flag that follows from one or two others, as `has_bias and not is_causal`; and `16 if flag else 8` for a number
    without a name of its own that goes with one."""
    if _attribute(around.block, hole) is not None:
        return None
    flags: list[tuple[syntax.Expression, tuple[bool, ...]]] = []
    for name, values in around.named.items():
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


_WITHOUT_A_NAME: Final[tuple[Callable[[Hole, _Around], syntax.Expression | None], ...]] = (
    _multiple,
    _size_of_line_above,
    _by_flag,
    _half_of_kernel,
)
"""What a hole may be without a parameter of its own, the first that fits."""


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
