"""Lines whose value one later line alone reads, and that the author gave no name, as a part of that line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from netinspect.catalogue import FUNCTIONS
from netinspect.importing.items import Instance, LayerLine, LayerList
from netinspect.importing.nodes import NOWHERE, mapped
from netinspect.language import syntax
from netinspect.language.syntax import Expression
from netinspect.language.write import WIDTH, expression_text


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
        is_method = entry is not None and entry.torch.startswith(("Tensor.", "torch.")) and (
            not entry.torch.startswith("torch.nn.") and not entry.forward[0].variadic
        )  # fmt: skip
        function = value.function if isinstance(value, syntax.Call) else None
        calls_layer = isinstance(function, syntax.Name) and function.id not in FUNCTIONS  # then it would be a path
        is_first = first.name is None and isinstance(first.value, syntax.Name) and first.value.id == name
        if is_method and is_first and not calls_layer:
            return syntax.Call(syntax.Attribute(value, node.function.id, NOWHERE, NOWHERE), tuple(rest), NOWHERE)
    return mapped(node, lambda part: _with(part, name, value))
