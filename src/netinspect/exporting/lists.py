"""Lists of modules: nn.Sequential, nn.ModuleList, and alike modules as one comprehension."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from keyword import iskeyword
from typing import Final

from netinspect.exporting.code import Brackets, Chain, Code, Prefixed, flat, literal, rewritten


def sequential(keys: Sequence[str], modules: Sequence[Code]) -> Brackets:
    """`nn.Sequential(…)`; with names, of a mapping."""
    if all(key == str(place) for place, key in enumerate(keys)):
        return Brackets("nn.Sequential(", tuple(folded(modules)))
    pairs = [Brackets("(", (literal(key), module)) for key, module in zip(keys, modules, strict=True)]
    by_name = [Prefixed(f"{key}=", module) for key, module in zip(keys, modules, strict=True)]
    is_named = len(list(folded(pairs))) == len(pairs) and all(key.isidentifier() and not iskeyword(key) for key in keys)
    return Brackets("nn.Sequential(", (Brackets("OrderedDict(", tuple(by_name) if is_named else (in_list(pairs),)),))


def gathered(keys: Sequence[str], modules: Sequence[Code]) -> dict[str, Code]:
    """The modules by the first part of their keys, those of `convs.0`, `convs.1` in one container `convs`."""
    inner: dict[str, list[tuple[str, Code]]] = {}
    for key, module in zip(keys, modules, strict=True):
        name, _, rest = key.partition(".")
        inner.setdefault(name, []).append((rest, module))
    return {name: rows[0][1] if not rows[0][0] else container(rows) for name, rows in inner.items()}


def container(parts: Sequence[tuple[str, Code]]) -> Code:
    """The modules of one container: `nn.ModuleList([…])`, or an nn.ModuleDict of named ones; containers in it, too."""
    modules = gathered([key for key, _ in parts], [code for _, code in parts])
    if all(name == str(place) for place, name in enumerate(modules)):
        return Brackets("nn.ModuleList(", (in_list(list(modules.values())),))
    items = tuple(Prefixed(f"{flat(literal(name))}: ", code) for name, code in modules.items())
    return Brackets("nn.ModuleDict(", (Brackets("{", items, "}"),))


def in_list(modules: Sequence[Code]) -> Code:
    """`[…]`, or a comprehension where all are alike."""
    items = list(folded(modules))
    if len(items) == 1 and isinstance(items[0], Prefixed):
        return items[0].value
    return Brackets("[", tuple(items), "]")


def folded(modules: Sequence[Code]) -> Iterator[Code]:
    """The modules, with a run of alike ones as a comprehension: `*[Block(64) for _ in range(3)]`; runs that are alike
    are one, `*[Block(2**i) for _ in range(4) for i in range(10)]`."""
    place, parts = 0, []
    while place < len(modules):
        run = longest_run(modules[place:])
        parts.append(modules[place] if run is None else run[1])
        place += 1 if run is None else run[0]
    for part, alike in groupby(parts):
        times = len(list(alike))
        if isinstance(part, Chain) and part.is_comprehension:
            turns = (("for", f"_ in range({times})"),) if times > 1 else ()
            yield Prefixed("*", Brackets("[", (replace(part, rest=(*turns, *part.rest)),), "]"))
        else:
            yield from [part] * times


def longest_run(modules: Sequence[Code]) -> tuple[int, Code] | None:
    """How many modules from the first on are alike, and all of them as one comprehension; None for fewer than two, and
    for fewer than three that count up."""
    for length in range(len(modules), 1, -1):
        run = modules[:length]
        if all(module == run[0] for module in run):
            return length, Chain(run[0], (("for", f"_ in range({length})"),), is_comprehension=True)
        counted = counting(run) if length > 2 else None
        if counted is not None:
            return length, Chain(counted, (("for", f"i in range({length})"),), is_comprehension=True)
    return None


NUMBER: Final = re.compile(r'"([^"\\{}]*?)(\d+)"|("(?:[^"\\]|\\.)*")|(?<![\w.])(\d+)(?![\w.])')
"""The key of a module that ends with a number; any other text; a number."""


def counting(run: Sequence[Code]) -> Code | None:
    """Modules whose numbers count up or double from one to the next, as one with `i` in it; None for others."""
    texts = [flat(module) for module in run]
    if len({NUMBER.sub(lambda match: match[3] or f"{match[1] or ''}#", text) for text in texts}) != 1:
        return None
    rows = [[int(match[2] or match[4]) for match in NUMBER.finditer(text) if not match[3]] for text in texts]
    replaced = [progression(column) for column in zip(*rows, strict=True)]
    if None in replaced:
        return None
    numbers = iter(replaced)

    def counted(match: re.Match[str]) -> str:
        if match[3]:
            return match[3]
        number = next(numbers) or ""
        if match[4]:
            return number
        if number.isdigit():
            return match[0]
        return f'f"{match[1]}{{{number}}}"' if match[1] else f"str({number})"

    return rewritten(run[0], lambda text: NUMBER.sub(counted, text))


def progression(row: Sequence[int]) -> str | None:
    """`64 + 32 * i`, `2**i`, or the number that all are."""
    first, step = row[0], row[1] - row[0]
    if all(number == first + step * place for place, number in enumerate(row)):
        if step == 0:
            return str(first)
        times = "i" if abs(step) == 1 else f"{abs(step)} * i"
        if first == 0 and step > 0:
            return times
        return f"{first} {'+' if step > 0 else '-'} {times}"
    if first > 0 and all(number == first * 2**place for place, number in enumerate(row)):
        return "2**i" if first == 1 else f"{first} * 2**i"
    if all(number * 2**place == first for place, number in enumerate(row)):
        return f"{first} // 2**i"
    return None
