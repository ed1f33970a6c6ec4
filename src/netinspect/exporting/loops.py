"""Alike things as one: the lines of `forward`, those of modules that run one after the other as a loop; and lists of
modules, nn.Sequential and nn.ModuleList, with alike modules as one comprehension."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from keyword import iskeyword
from typing import Final

from netinspect.exporting.code import (
    INDENT,
    WIDTH,
    Brackets,
    Chain,
    Code,
    Prefixed,
    flat,
    laid_out,
    literal,
    rewritten,
    unused,
)

MODULE: Final = re.compile(r"\b(self(?:\.\w+|\[\d+\])+)\[(\d+)\](?=\()")
LEAST_GATHERED: Final = 3
"""Fewer results, each of which is needed later, have names of their own."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`x, skip = code  # comment`; `before` is what stands before the code."""

    before: str
    code: Code
    comment: str = ""

    @property
    def targets(self) -> tuple[str, ...]:
        """The names that it assigns to; as one text where some are in brackets."""
        names = self.before.removesuffix(" = ")
        return tuple(names.split(", ")) if "(" not in names else (names,)

    def lines(self, indent: str) -> Iterator[str]:
        lines = list(laid_out(self.code, indent, self.before))
        if self.comment and len(lines) == 1 and len(lines[0]) + 2 + len(self.comment) <= WIDTH:
            lines[0] += f"  {self.comment}"
        yield from lines


@dataclass(frozen=True, slots=True)
class Run:
    """Statements that differ in the place of a module in its list, and in the names of what each of them gives.

    modules   `self.layers`, of which those from `start` on are called
    gathered  by the position of a target the names that it has in each statement
    """

    modules: str
    start: int
    length: int
    gathered: Mapping[int, tuple[str, ...]]


NUMBERED: Final = re.compile(r"self\.(\w*?[A-Za-z_])(\d+)\(")
LEAST_DENSE: Final = 4
"""Fewer modules, of which each is given what all before it gave, are lines of their own."""


def looped(statements: Sequence[Statement], parameters: Iterable[str]) -> Iterator[str]:
    """The lines of the statements. `x = self.layers[0](x)`, `x = self.layers[1](x)`, … are a loop over `self.layers`;
    what the turns give beside the value that goes on is gathered in a list. Modules `self.layer1`, `self.layer2`, …, of
    which each is given what all before it gave, are a loop as well."""
    words = {word for s in statements for word in re.findall(r"\w+", s.before + flat(s.code))} | set(parameters)
    counts = Counter(name for statement in statements for name in statement.targets)
    pending, indent = list(statements), INDENT * 2
    while pending:
        dense = dense_run(pending)
        if dense is not None:
            stem, start, inputs, targets = dense
            listed, variable = unused("features", words), unused("layer", words)
            words.add(listed)
            yield f"{indent}{listed} = [{', '.join(inputs)}]"
            bounds = f"{start}, {start + len(targets)}" if start else f"{len(targets)}"
            yield f"{indent}for i in range({bounds}):"
            yield f'{indent}{INDENT}{variable} = getattr(self, f"{stem}{{i}}")'
            yield f"{indent}{INDENT}{listed}.append({variable}(*{listed}))"
            pending = list(gathered_after(pending[len(targets) :], listed, targets, inputs))
            continue
        run = run_of(pending, counts)
        if run is None:
            yield from pending.pop(0).lines(indent)
            continue
        first, rest = pending[0], pending[run.length :]
        variable = unused("layer", words)
        last = run.start + run.length
        is_all = not run.start and not any(
            int(match[2]) >= last
            for statement in rest
            for match in MODULE.finditer(flat(statement.code))
            if match[1] == run.modules
        )
        lists = {}
        for position, names in run.gathered.items():
            lists[position] = unused(f"{re.sub(r'_?[0-9]+$', '', names[0])}s", words)
            words.add(lists[position])
            yield f"{indent}{lists[position]} = []"
            rest = list(gathered_after(rest, lists[position], names))
        part = "" if is_all else f"[{run.start or ''}:{last}]"
        yield f"{indent}for {variable} in {run.modules}{part}:"
        code = rewritten(first.code, lambda text: MODULE.sub(variable, text, count=1))  # noqa: B023
        yield from replace(first, code=code, comment="").lines(indent + INDENT)
        for position, name in lists.items():
            yield f"{indent}{INDENT}{name}.append({first.targets[position]})"
        pending = rest


def run_of(statements: Sequence[Statement], counts: Mapping[str, int]) -> Run | None:
    """The run that begins with the first statement; None where there is none. `counts` says how often a name is
    assigned to: one that is gathered must mean one thing."""
    first = statements[0]
    text = flat(first.code)
    match = MODULE.search(text)
    if match is None:
        return None
    start, rows = int(match[2]), [first.targets]
    for statement in statements[1:]:
        place = f"{match[1]}[{start + len(rows)}]("
        if flat(statement.code) != text.replace(match[0] + "(", place) or len(statement.targets) != len(rows[0]):
            break
        rows.append(statement.targets)
    while True:
        columns = list(zip(*rows, strict=True))
        gathered = {position: names for position, names in enumerate(columns) if len(set(names)) > 1}
        if all(counts[name] == 1 for names in gathered.values() for name in names):
            break
        rows.pop()
    if len(rows) < (LEAST_GATHERED if gathered else 2):
        return None
    return Run(match[1], start, len(rows), gathered)


def dense_run(statements: Sequence[Statement]) -> tuple[str, int, tuple[str, ...], tuple[str, ...]] | None:
    """The stem of modules `layer1`, `layer2`, …, the number of the first, what all of them are given, and what they
    give, which each of the further ones is given too; None where the statements do not begin so."""
    targets: list[str] = []
    inputs: tuple[str, ...] = ()
    stem, start = "", 0
    for statement in statements:
        code = statement.code
        match = NUMBERED.fullmatch(code.head) if isinstance(code, Brackets) else None
        if match is None or not isinstance(code, Brackets) or len(statement.targets) != 1:
            break
        if not targets:
            stem, start = match[1], int(match[2])
            inputs = tuple(item for item in code.items if isinstance(item, str) and item.isidentifier())
        is_next = (match[1], int(match[2])) == (stem, start + len(targets)) and code.items == (*inputs, *targets)
        if not is_next or statement.targets[0] in (*inputs, *targets):
            break
        targets.append(statement.targets[0])
    return (stem, start, inputs, tuple(targets)) if len(targets) >= LEAST_DENSE and len(inputs) == 1 else None


def gathered_after(
    statements: Sequence[Statement], name: str, items: Sequence[str], before: Sequence[str] = ()
) -> Iterator[Statement]:
    """The statements with `skips[0]` for the first of the items, as long as their names are given to nothing else."""
    left: dict[str, int] = {item: place for place, item in enumerate(items, len(before))}
    everything: tuple[str, ...] = (*before, *items)
    for statement in statements:
        yield gathered_in(statement, name, left, everything)
        left = {item: place for item, place in left.items() if item not in statement.targets}
        everything = () if set(everything).intersection(statement.targets) else everything


def gathered_in(statement: Statement, name: str, places: Mapping[str, int], everything: Sequence[str]) -> Statement:
    """The statement with `skips[0]` for what has that place in a list, and with the list for `everything` in it."""
    if not places:
        return statement
    text = flat(statement.code)
    listed, added = map(re.escape, (", ".join(everything) or "()", " + ".join(everything) or "()"))
    short = re.sub(rf"(?<![\w.]){listed}(?!\w)", f"*{name}", text)
    short = re.sub(rf"\(\*{name},?\)", name, short)
    short = re.sub(rf"(?:(?<=^)|(?<=\()){added}(?= \+|$|\))", f"sum({name})", short)
    code: Code = short if short != text and len(short) < WIDTH - len(INDENT * 2 + statement.before) else statement.code
    pattern = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, places))})(?!\w)")
    return replace(
        statement, code=rewritten(code, lambda text: pattern.sub(lambda match: f"{name}[{places[match[0]]}]", text))
    )


# --- lists of modules ----------------------------------------------------------------------------


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
