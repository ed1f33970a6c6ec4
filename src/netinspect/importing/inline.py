"""Lines whose value one later line alone reads, and that the author gave no name, as a part of that line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS
from netinspect.importing.items import Instance, LayerLine, LayerList
from netinspect.importing.nodes import NOWHERE, mapped
from netinspect.language import syntax
from netinspect.language.write import expression_text

MAX_TEXT: Final = 72
"""How long a line may become so: what is longer reads better in two."""


def inlined(lines: Sequence[LayerLine], unnamed: set[str], results: Sequence[syntax.Expression]) -> list[LayerLine]:
    """The lines of a list, fewer of them. `unnamed` are names that the author did not give."""
    uses = Counter(_names(lines)) + Counter(name for result in results for name in _names(result))
    kept: list[LayerLine] = []
    values: dict[str, syntax.Expression] = {}
    for place, line in enumerate(lines):
        unit = line.unit
        if isinstance(unit, Instance | LayerList):
            kept.append(line)
            continue
        before = kept[-1] if kept and kept[-1] is lines[place - 1] else None
        if before is not None and before.name is None and not isinstance(before.unit, Instance | LayerList):
            joined = _with(unit, "prev", before.unit)
            if Counter(_names(unit))["prev"] == 1 and len(expression_text(joined)) <= MAX_TEXT:
                unit = joined
                kept.pop()
        for name in [name for name in _names(unit) if name in values]:
            joined = _with(unit, name, values[name])
            if len(expression_text(joined)) <= MAX_TEXT:
                unit = joined
                kept = [other for other in kept if other.name != name]
        line.unit = unit
        is_free = line.name in unnamed and uses[line.name or ""] == 1 and "prev" not in set(_names(unit))
        after = lines[place + 1] if place + 1 < len(lines) else None
        if is_free and (after is None or "prev" not in set(_names([after]))) and not _takes_prev(after):
            values[line.name or ""] = unit
        kept.append(line)
    return kept


def _takes_prev(line: LayerLine | None) -> bool:
    """Whether a line reads the one above without naming it."""
    return line is None or (line.arguments is None and isinstance(line.unit, Instance | LayerList))


def _names(node: Any) -> Iterator[str]:
    """Every name in lines and expressions, each as often as it stands there."""
    if isinstance(node, syntax.Name):
        yield node.id
    elif isinstance(node, tuple | list):
        for item in node:
            yield from _names(item)
    elif isinstance(node, LayerLine):
        yield from _names((node.arguments, node.unit))
    elif isinstance(node, LayerList):
        yield from _names((node.entries, tuple(output.value for output in node.outputs)))
    else:
        parts: list[Any] = []
        mapped(node, parts.append)
        yield from _names(parts)


def _with(node: Any, name: str, value: syntax.Expression) -> Any:
    """An expression with a value in place of a name; `value.mean(1)` for `mean(name, 1)`."""
    if isinstance(node, syntax.Name):
        return value if node.id == name else node
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and node.arguments:
        first, *rest = node.arguments
        entry = FUNCTIONS.get(node.function.id)
        is_method = entry is not None and entry.torch.startswith(("Tensor.", "torch.")) and (
            not entry.torch.startswith("torch.nn.") and not entry.forward[0].variadic
        )  # fmt: skip
        if is_method and first.name is None and isinstance(first.value, syntax.Name) and first.value.id == name:
            return syntax.Call(syntax.Attribute(value, node.function.id, NOWHERE, NOWHERE), tuple(rest), NOWHERE)
    return mapped(node, lambda part: _with(part, name, value))
