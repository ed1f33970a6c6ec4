"""Lines that are one but for the number in their names, as one line: `3 * X`, `layer{i}: X for i in range(3)`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from netinspect.importing.blocks import written_unit
from netinspect.importing.items import Instance, LayerLine, Run
from netinspect.importing.nodes import NOWHERE, argument, is_unread, mapped, steps_of, word
from netinspect.language import syntax
from netinspect.language.write import arguments_text, expression_text


def in_runs(lines: Sequence[LayerLine]) -> list[LayerLine]:
    """The lines of a list with runs of alike ones as one each."""
    folded: list[LayerLine] = []
    spreads: list[tuple[list[str], str]] = []
    place = 0
    while place < len(lines):
        first = lines[place]
        alike = _alike(lines, place)
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


def _alike(lines: Sequence[LayerLine], place: int) -> list[LayerLine]:
    """The line at a place and those behind it that make the same, with the numbers that follow in their names."""
    first = lines[place]
    alike = [first]
    text = expression_text(written_unit(first.unit)) if _may_run(first) else ""
    stem, number = numbered(first.name) if first.name is not None else (None, None)
    for other in lines[place + 1 :] if text and (first.name is None or number is not None) else ():
        is_next = other.name is None if number is None else (
            other.name is not None and numbered(other.name) == (stem, number + len(alike))
        )  # fmt: skip
        if not is_next or not _may_run(other) or expression_text(written_unit(other.unit)) != text:
            break
        alike.append(other)
    return alike


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
