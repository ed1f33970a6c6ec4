"""Which lines of several lists are one line of a list of all.

Two lines may be one that have the same name and the same layer or function, but for numbers and for what they read; a
list may lack some. Whether what they read is one and the same is not asked here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS
from netinspect.catalogue.entry import REQUIRED, Entry
from netinspect.importing.items import Instance, LayerLine, LayerList
from netinspect.importing.nodes import mapped, renamed, word
from netinspect.language import syntax
from netinspect.language.write import expression_text


class Unlike(Exception):
    """Lists that are no one block."""


ANY: Final[Any] = object()
"""What stands for a line, or for a value on it, where there is no such list or line: it may be any."""

Column = list[Any]
"""The line of each list that is one line of the list of all: None in one that lacks it, ANY where there is no list."""


def aligned(groups: Sequence[Sequence[LayerLine] | None], names: AbstractSet[str]) -> list[Column]:
    """The lines of several lists, None where there is no such list, as columns in an order that every list has. `names`
    are those of values. Unlike where more than a third of the lines are not in every list."""
    columns: list[Column] = []
    keys: list[Any] = []  # of the first line of each column
    longest_first = sorted(range(len(groups)), key=lambda place: -len(groups[place] or ()))
    for place in longest_first:
        lines = groups[place]
        if lines is None:
            continue
        line_keys = [_key(line, names) for line in lines]
        firsts = [first_of(column) for column in columns]
        partners = _partners(firsts, keys, lines, line_keys, names) if columns else [None] * len(lines)
        passed = 0
        for line, key, partner in zip(lines, line_keys, partners, strict=True):
            if partner is None:
                columns.insert(passed, [None if group is not None else ANY for group in groups])
                keys.insert(passed, key)
            else:
                passed = partner + (len(columns) - len(firsts))
            columns[passed][place] = line
            passed += 1
    if lacking(columns) > max(1, len(columns) / 3):
        raise Unlike
    return columns


def first_of(column: Column) -> LayerLine:
    """The line of the first list that has one."""
    first: LayerLine = next(line for line in column if line is not None and line is not ANY)
    return first


def lacking(columns: Sequence[Column]) -> float:
    """How many lines some lists lack; of functions, which are joined, two and more in a row of the file, half."""
    return sum(_weight(first_of(column)) / 100 for column in columns if None in column)


def is_alias(line: LayerLine) -> bool:
    """Whether a line only gives a name to what the line above gives; then it may be there for all."""
    return isinstance(line.unit, syntax.Name) and line.unit.id == "prev"


def _weight(line: LayerLine) -> int:
    if isinstance(line.unit, Instance | LayerList):
        return 100
    return 0 if is_alias(line) else 50


def _partners(
    lines: Sequence[LayerLine],
    keys: Sequence[Any],
    others: Sequence[LayerLine],
    other_keys: Sequence[Any],
    names: AbstractSet[str],
) -> list[int | None]:
    """For each of `others` the place of the line that it is one with, None for one without such: of all ways to go
    through both lists in order, that with most pairs, and of these that in which most is the same."""
    if 6 * (Counter(keys) & Counter(other_keys)).total() < len(lines) + len(others):
        raise Unlike

    def score(first: int, second: int) -> int:
        line, other = lines[first], others[second]
        if keys[first] == other_keys[second]:
            return _score(line, other, names)
        # two functions are the branches of one line where their author has one name for what they give
        is_function = not any(isinstance(each.unit, Instance | LayerList | syntax.Name) for each in (line, other))
        return 20 if is_function and line.name is not None and line.name == other.name else 0

    if len(lines) == len(others) and all(score(place, place) >= 50 for place in range(len(lines))):
        return list(range(len(lines)))
    scores = [[score(first, second) for second in range(len(others))] for first in range(len(lines))]
    best = [[0] * (len(others) + 1) for _ in range(len(lines) + 1)]
    for first in reversed(range(len(lines))):
        for second in reversed(range(len(others))):
            pair = scores[first][second] and scores[first][second] + best[first + 1][second + 1]
            best[first][second] = max(pair, best[first + 1][second], best[first][second + 1])

    def is_pair(first: int, second: int) -> bool:
        score = scores[first][second]
        return bool(score) and best[first][second] == score + best[first + 1][second + 1]

    partners: list[int | None] = []
    first = 0
    for second in range(len(others)):
        while first < len(lines) and best[first][second] == best[first + 1][second] and not is_pair(first, second):
            first += 1
        is_one = first < len(lines) and is_pair(first, second)
        partners.append(first if is_one else None)
        first += is_one
    return partners


def _score(line: LayerLine, other: LayerLine, names: AbstractSet[str]) -> int:
    """How well two lines of one kind are one: 0 not at all, more for a layer than for a function, and more the more of
    them is the same."""
    is_layer = isinstance(line.unit, Instance | LayerList)
    stems = {re.sub(r"_\d+$", "", each.name or each.usual or "") for each in (line, other)}
    if line.name != other.name and (is_layer or (len(stems) > 1 and "" not in stems)):
        return 0
    if isinstance(line.unit, LayerList) and isinstance(other.unit, LayerList):
        try:
            columns = aligned([line.unit.entries, other.unit.entries], names)
        except Unlike:
            return 0
        return max(51, 100 - round(5 * lacking(columns)))
    differing = 0  # settings of a layer or block
    if isinstance(line.unit, Instance) and isinstance(other.unit, Instance):
        for name in line.unit.arguments | other.unit.arguments:
            value, another = (unit.arguments.get(name, default(unit.type, name)) for unit in (line.unit, other.unit))
            differing += value != another
    return max(1, _weight(line) + (10 if _reads(line) == _reads(other) else 0) - min(9, differing))


def _reads(line: LayerLine) -> Any:
    arguments = None if line.arguments is None else tuple(expression_text(item.value) for item in line.arguments)
    return arguments, None if isinstance(line.unit, Instance | LayerList) else expression_text(line.unit)


def default(kind: Any, name: str) -> Any:
    """What an argument of a layer type or block is where it is not said; REQUIRED where it must be."""
    if isinstance(kind, Entry):
        item = kind.argument(name)
        value = item.default if item is not None else REQUIRED
    else:
        value = kind.default(name)
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value


# --- what a line is, but for numbers ---------------------------------------------------------


def _key(line: LayerLine, names: AbstractSet[str]) -> Any:
    """What two lines have in common that may be one: all but numbers and what they read."""
    reads = (None,) if line.arguments is None else tuple(item.name for item in line.arguments)
    body = line.unit
    if isinstance(body, LayerList):
        owns = (*_owned(body.parameters), *(item.name for item in body.buffers))
        return "list", line.name, _turns(line), len(reads), body.inputs, body.rest, owns
    if isinstance(body, Instance):
        return "layer", line.name, _turns(line), reads, skeleton(body)
    return "function", skeleton(body, names)


def _turns(line: LayerLine) -> Any:
    """How a line that stands for several runs, without their number."""
    return None if line.run is None else (line.run.start, line.run.is_dense)


def skeleton(unit: Any, names: AbstractSet[str] = frozenset()) -> Any:
    """A unit without its numbers, and with one word for all `names`; activations without weights are all alike."""
    if isinstance(unit, LayerList):
        lines = tuple(
            (
                line.name,
                _turns(line),
                None if line.arguments is None else tuple(skeleton(item.value, names) for item in line.arguments),
                skeleton(line.unit, names - {"input"}),
            )
            for line in unit.entries
        )
        outputs = tuple((output.name, expression_text(output.value)) for output in unit.outputs)
        saved = tuple((item.name, formula(item)) for item in unit.buffers if item.persistent)
        return "list", lines, unit.inputs, unit.rest, outputs, _owned(unit.parameters), saved
    if isinstance(unit, Instance):
        entry = unit.type
        if isinstance(entry, Entry):
            is_plain = entry.family == "activation" and entry.argument("num_parameters") is None
            return "activation" if is_plain else entry.name
        return id(entry)
    words = dict.fromkeys(names, word("@"))
    return re.sub(r"(?<![\w.])\d[\d_.e-]*", "#", expression_text(_without_flags(renamed(unit, words))))


def _owned(parameters: Sequence[syntax.Parameter]) -> tuple[tuple[str, str], ...]:
    """The names of parameters, and how they begin."""
    return tuple((item.name, item.init) for item in parameters)


def _without_flags(node: Any) -> Any:
    """An expression without arguments of functions that have a default: alike calls may say them or not."""
    node = mapped(node, _without_flags)
    if isinstance(node, syntax.Call):
        said = tuple(item for item in node.arguments if flag(node, item.name) is None)
        return syntax.Call(node.function, said, node.span)
    return node


def flag(call: syntax.Call, name: str | None) -> Any:
    """The default of an argument of a function that is a number or a flag; None for any other argument."""
    function = call.function
    entry = FUNCTIONS.get(function.id if isinstance(function, syntax.Name) else getattr(function, "name", ""))
    item = entry.argument(name) if entry is not None and name is not None else None
    return item.default if item is not None and isinstance(item.default, bool | int | float) else None


def formula(tensor: syntax.Parameter | syntax.Buffer) -> Any:
    """What gives a buffer its numbers, but for sizes; None for a parameter."""
    if isinstance(tensor, syntax.Parameter):
        return None
    value = None if tensor.value is None else skeleton(tensor.value)
    return value, None if tensor.values is None else expression_text(tensor.values)
