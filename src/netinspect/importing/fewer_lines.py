"""Lists with fewer lines: those that are one but for the number in their names as one line, `3 * X` and
`layer{i}: X for i in range(3)`; and those whose value one later line alone reads, and that the author gave no name, as
a part of that line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from netinspect.catalogue import FUNCTIONS
from netinspect.importing.blocks import written_unit
from netinspect.importing.items import Instance, LayerLine, LayerList, Run
from netinspect.importing.nodes import NOWHERE, argument, is_unread, mapped, steps_of, word
from netinspect.language import syntax
from netinspect.language.syntax import Expression
from netinspect.language.write import WIDTH, arguments_text, expression_text


def in_runs(lines: Sequence[LayerLine]) -> list[LayerLine]:
    """The lines of a list with runs of alike ones as one each."""
    folded: list[LayerLine] = []
    spreads: list[tuple[list[str], str]] = []
    place = 0
    while place < len(lines):
        first = lines[place]
        # The line and those behind it that make the same, with the numbers that follow in their names.
        alike = [first]
        text = expression_text(written_unit(first.unit)) if _may_run(first) else ""
        stem, number = numbered(first.name) if first.name is not None else (None, None)
        for other in lines[place + 1 :] if text and (first.name is None or number is not None) else ():
            is_next = other.name is None
            if number is not None:
                is_next = other.name is not None and numbered(other.name) == (stem, number + len(alike))
            if not is_next or not _may_run(other) or expression_text(written_unit(other.unit)) != text:
                break
            alike.append(other)
        base = _base(alike, folded)
        count = len(alike)
        if base is None:
            count = _turns(alike)
        if count == 1:
            folded.append(first)
        else:
            stem, start = numbered(first.name) if first.name is not None else (None, 0)
            run = LayerLine(
                stem, first.arguments, first.unit, alike[count - 1].shape, run=Run(start or 0, count, base is not None)
            )
            if base is not None and stem is not None:
                run.arguments = (*base, argument(syntax.Spread(steps_of(stem), NOWHERE)))
            folded.append(run)
            if stem is not None:
                spreads.append(([syntax.name_of(line.name or "") for line in alike[:count]], stem))
        place += count
    for line in folded:
        for names, stem in spreads:
            line.arguments = _spread(line.arguments, names, stem)
            if not isinstance(line.unit, Instance):
                line.unit = _spread(line.unit, names, stem)
    return folded


def numbered(name: str) -> tuple[str, int | None]:
    """A name without the number at its end, and the number."""
    match = re.fullmatch(r"(.*?[^\d])(0|[1-9]\d*)", name)
    return (match[1], int(match[2])) if match else (name, None)


def _may_run(line: LayerLine) -> bool:
    return line.run is None and line.condition is None and isinstance(line.unit, Instance)


def _turns(lines: Sequence[LayerLine]) -> int:
    """How many lines from the first on each read what the one before gave; and, without names, the same besides."""
    further = _further(lines[0].arguments)
    reads_twice = re.search(r"\b(prev|input)\b", further)  # which is another value on each line
    if (lines[0].name is not None and lines[0].arguments is not None) or reads_twice:
        return 1
    for place, line in enumerate(lines[1:], 1):
        first = (line.arguments or (argument(word("prev")),))[0]
        if arguments_text([first]) != "prev" or _further(line.arguments) != further:
            return place
    return len(lines)


def _further(arguments: Sequence[syntax.Argument] | None) -> str:
    """What a line reads besides the first value, but for inputs that nothing reads."""
    return arguments_text(
        [replace(item, value=word("_")) if is_unread(item.value) else item for item in (arguments or ())[1:]]
    )


def _base(lines: Sequence[LayerLine], before: Sequence[LayerLine]) -> tuple[syntax.Argument, ...] | None:
    """What every line of a run reads, where each reads what all before it gave as well; None where it does not."""
    if len(lines) < 2 or lines[0].name is None:
        return None
    names = [syntax.name_of(line.name or "") for line in lines]
    base = (lines[1].arguments or ())[:-1]
    above = syntax.name_of(before[-1].name or "") if before else "input"
    first = lines[0].arguments or (argument(word(above)),)
    for place, line in enumerate(lines):
        expected = (*base, *(argument(word(name)) for name in names[:place]))
        if arguments_text(line.arguments or first) != arguments_text(expected):
            return None
    return base


def _spread(node: Any, names: Sequence[str], stem: str) -> Any:
    """An expression with `*layer.steps` for `layer1, layer2, layer3` among the arguments of a call."""
    if isinstance(node, tuple) and any(isinstance(item, syntax.Argument) for item in node):
        texts = [item.value.id if isinstance(item.value, syntax.Name) else "" for item in node]
        for place in range(len(texts) - len(names) + 1):
            if texts[place : place + len(names)] == list(names):
                spread = argument(syntax.Spread(steps_of(stem), NOWHERE))
                node = (*node[:place], spread, *node[place + len(names) :])
                break
    return mapped(node, lambda part: _spread(part, names, stem))


# --- lines as parts of others --------------------------------------------------------------------


def inlined(
    lines: Sequence[LayerLine], unnamed: AbstractSet[str], results: Sequence[Expression], indent: int
) -> list[LayerLine]:
    """The lines of a list, fewer of them, each in one row of the file, which begins after `indent` columns. `unnamed`
    are names that the author did not give, `results` what the list gives."""
    uses = Counter(names_in(lines)) + Counter(names_in(tuple(results)))
    kept: list[LayerLine] = []
    values: dict[str, Any] = {}
    for place, line in enumerate(lines):
        before = kept[-1] if kept else None
        if not _is_function(line):
            kept.append(line)
            continue
        unit: Any = line.unit
        room = WIDTH - indent - len("- ") - (len(f"{line.name}: ") if line.name is not None else 0)
        room -= sum(len(expression_text(part)) + 6 for part in (line.condition, line.instead) if part is not None)
        is_joined = before is not None and before.name is None and _is_function(before) and _is_beside(before, line)
        if is_joined and before is not None and Counter(names_in(unit))["prev"] == 1:
            value: Any = before.unit
            joined = _with(unit, "prev", value)
            if len(expression_text(joined)) <= room:
                unit = joined
                kept.pop()
        names = [name for name in names_in(unit) if name in values and _is_beside(values[name], line)]
        parts = [name for name in names if isinstance(values[name].unit, syntax.Index)]  # all of them, if they fit
        for group in (parts, *([name] for name in names)):
            if not set(group) <= set(names_in(unit)):
                continue
            joined = unit
            for name in group:
                joined = _with(joined, name, values[name].unit)
            if len(expression_text(joined)) <= room:
                unit = joined
                kept = [other for other in kept if other.name not in group]
        is_free = line.name in unnamed and uses[line.name or ""] == 1 and "prev" not in set(names_in(unit))
        after = lines[place + 1] if place + 1 < len(lines) else None
        if (
            is_free
            and (after is None or "prev" not in set(names_in([after])))
            and not (after is None or (after.arguments is None and isinstance(after.unit, Instance | LayerList)))
        ):
            values[line.name or ""] = replace(line, unit=unit)
        kept.append(replace(line, unit=unit))
    return kept


def _is_function(line: LayerLine) -> bool:
    return not isinstance(line.unit, Instance | LayerList)


def _is_beside(line: LayerLine, other: LayerLine) -> bool:
    """Whether a line, without a value where it is absent, is there whenever another one is."""
    texts = [None if each.condition is None else expression_text(each.condition) for each in (line, other)]
    return texts[0] == texts[1] and line.instead is None


def names_in(node: Any) -> Iterator[str]:
    """Every name in lines and expressions, each as often as it stands there."""
    if isinstance(node, syntax.Name):
        yield node.id
    elif isinstance(node, tuple | list):
        for item in node:
            yield from names_in(item)
    elif isinstance(node, LayerLine):
        yield from names_in((node.arguments, node.unit, node.condition, node.instead))
    elif isinstance(node, LayerList):
        yield from names_in((node.entries, tuple(output.value for output in node.outputs)))
    else:
        parts: list[Any] = []
        mapped(node, parts.append)
        yield from names_in(parts)


def _with(node: Any, name: str, value: Expression) -> Any:
    """An expression with a value in place of a name; `value.mean(1)` for `mean(name, 1)`."""
    if isinstance(node, syntax.Name):
        return value if node.id == name else node
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and node.arguments:
        first, *rest = node.arguments
        entry = FUNCTIONS.get(node.function.id)
        is_of_tensors = entry is not None and re.match(r"Tensor\.|torch\.(?!nn\.)", entry.torch) is not None
        is_method = entry is not None and is_of_tensors and not entry.forward[0].variadic
        function = value.function if isinstance(value, syntax.Call) else None
        calls_layer = isinstance(function, syntax.Name) and function.id not in FUNCTIONS  # then it would be a path
        is_first = first.name is None and isinstance(first.value, syntax.Name) and first.value.id == name
        if is_method and is_first and not calls_layer:
            return syntax.Call(syntax.Attribute(value, node.function.id, NOWHERE, NOWHERE), tuple(rest), NOWHERE)
    return mapped(node, lambda part: _with(part, name, value))
