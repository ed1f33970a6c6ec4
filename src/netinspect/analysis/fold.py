"""A profile as the lines of a table: repeated blocks shown once, scopes closed from some depth on.

Folding changes what is shown, never the sums: each line says how often it stands (`count`, itself, and
`times`, with the repeats around it), and the lines that are not `opened` add up to the totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from netinspect.analysis.figures import Profile, Row, Section

SCREEN: Final = 50
"""Lines that a table may have before scopes are closed unasked."""

_ROW_RUN: Final = 3
"""Single layers are worth folding from this many equal ones on, and turns of several; blocks from two."""

_TYPES_SHOWN: Final = 4
"""How many items of a turn are named in its line at most."""

_LONGEST_TURN: Final = 1000
_PERIODS_TRIED: Final = 16
"""How many items a turn may have to be looked for, and how many lengths are tried from one item on."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a row, or a section of which the lines follow (`opened`) or not.

    `item` is the first of `count` equal siblings, `last` the last of them; `level` is how deep it is indented.
    `final` is what comes last of all that the line stands for, in the last of the repeats around it.
    """

    item: Row | Section
    last: Row | Section
    final: Row | Section
    count: int
    times: int
    level: int
    opened: bool

    @classmethod
    def of(cls, row: Row) -> Line:
        """A row by itself."""
        return cls(row, row, row, count=1, times=1, level=0, opened=False)

    def sum(self, figure: Callable[[Row], int]) -> int:
        """A figure of one of the siblings, summed over all that it holds."""
        return subtotal(self.item, figure)


def subtotal(item: Row | Section, figure: Callable[[Row], int]) -> int:
    """A figure of a row, or summed over a section's rows."""
    return figure(item) if isinstance(item, Row) else sum(figure(row) for row in item.rows)


def fold(profile: Profile, *, depth: int | None = None, expand: bool = False) -> tuple[Line, ...]:
    """The lines of a table. `depth` closes the scopes below that many levels; `expand` shows every row.

    Without either, scopes are closed from the outermost depth on that lets the table fit `SCREEN` lines.
    """
    if expand:
        return tuple(_lines(_runs(profile.root, profile.root, fold=False), depth))
    runs = _runs(profile.root, profile.root, fold=True)
    if depth is not None:
        return tuple(_lines(runs, depth))
    best = tuple(_lines(runs, 1))  # where no view is short enough
    for deeper in range(2, _levels(runs) + 1):
        lines = tuple(_lines(runs, deeper))
        if len(lines) > SCREEN:
            break
        best = lines
    return best


def equal_sections(profile: Profile) -> dict[str, tuple[Section, Section]]:
    """By the path of each row: the outermost section around it that is made and shaped like an earlier one, and that
    earlier one. Rows of what stands only once, or comes first, are left out."""
    first: dict[Any, Section] = {}
    equal: dict[str, tuple[Section, Section]] = {}

    def walk(section: Section) -> None:
        for child in section.children:
            if isinstance(child, Section):
                earlier = first.setdefault(_kind(child), child)
                if earlier is child or child.title is None:
                    walk(child)
                else:
                    equal.update({row.path: (child, earlier) for row in child.rows})

    walk(profile.root)
    return equal


@dataclass(frozen=True, slots=True)
class _Run:
    """Equal siblings, and the runs inside the first of them."""

    item: Row | Section
    last: Row | Section
    final: Row | Section
    count: int
    inner: tuple[_Run, ...]


def _runs(section: Section, final: Section, *, fold: bool) -> tuple[_Run, ...]:
    """The runs of a section; `final` is its equal in the last of the repeats around it."""
    groups, finals = (
        tuple(_groups(turn.children)) if fold else tuple((child, child, 1) for child in turn.children)
        for turn in (section, final)
    )
    return tuple(
        _Run(
            first,
            last,
            end,
            count,
            _runs(first, end, fold=fold) if isinstance(first, Section) and isinstance(end, Section) else (),
        )
        for (first, last, count), (_, end, _) in zip(groups, finals, strict=True)
    )


_Group = tuple[Row | Section, Row | Section, int]
"""The first of equal neighbours, the last, and how many they are."""


def _groups(children: tuple[Row | Section, ...]) -> Iterator[_Group]:
    """Neighbours that are equal in all but the numbers of their names, together: `0, 1, 2`, never `query, key`.

    What one line of the spec repeats (`3 * [Linear(8), ReLU]`) is together as a section for each turn.
    """
    kinds = [_kind(child) for child in children]
    letters = [child.name.rstrip("0123456789") for child in children]
    # `layer2` as ("layer", 2), `add_1` as ("add", 1), `add` as ("add", 0).
    names = [
        (word.rstrip("_"), int(child.name[len(word) :] or 0)) for word, child in zip(letters, children, strict=True)
    ]
    done = 0
    for start, period, turns in _turns(children, kinds, names):
        yield from _alike(children[done:start], kinds[done:start], names[done:start])
        done = start + period * turns
        stem, _ = names[start]
        final = max(position for position in range(done - period, done) if names[position][0] == stem)
        first, last = children[start : start + period], children[done - period : done]
        yield _turn(first, first[0]), _turn(last, children[final]), turns
    yield from _alike(children[done:], kinds[done:], names[done:])


def _alike(children: Sequence[Row | Section], kinds: list[Any], names: list[tuple[str, int]]) -> Iterator[_Group]:
    """Equal neighbours, each with the name before counted on by one: `layer2` after `layer1`, `add_1` after `add`."""
    start = 0
    for end in range(1, len(children) + 1):
        if end < len(children) and kinds[end] == kinds[start]:
            stem, number = names[end - 1]
            if names[end] == (stem, number + 1):
                continue
        if isinstance(children[start], Row) and end - start < _ROW_RUN:
            yield from ((row, row, 1) for row in children[start:end])
        else:
            yield children[start], children[end - 1], end - start
        start = end


# --- the turns of a repeat without a name ----------------------------------------------------


def _turn(children: tuple[Row | Section, ...], named: Row | Section) -> Section:
    """One turn of a repeat as a section of its own, called as one of its items and titled as a spec writes it."""
    inside = []
    for _, run in groupby(children, _kind):
        first, *others = run
        name = first.type if isinstance(first, Row) else first.title or "list"
        inside.append(f"{1 + len(others)} × {name}" if others else name)
    if len(inside) > _TYPES_SHOWN:
        inside = [*inside[: _TYPES_SHOWN - 1], "…"]
    return Section(
        path=named.path,
        name=named.name,
        title=f"[{', '.join(inside)}]",
        inputs=children[0].inputs,
        outputs=children[-1].outputs,
        children=children,
        line=named.line,
    )


def _turns(
    children: tuple[Row | Section, ...], kinds: list[Any], names: list[tuple[str, int]]
) -> Iterator[tuple[int, int, int]]:
    """Where one line of the spec gives several items again and again: (where it starts, items a turn, turns)."""
    numbers: dict[Any, int] = {}
    before: dict[str, int] = {}
    tokens = []
    for position, (kind, (stem, number)) in enumerate(zip(kinds, names, strict=True)):
        counts_on = before.get(stem, number - 1) == number - 1
        tokens.append(numbers.setdefault((kind, stem) if counts_on else position, len(numbers)))
        before[stem] = number
    start = 0
    for end in range(1, len(children) + 1):
        if end == len(children) or children[end].line != children[start].line:
            if end - start >= 2 * _ROW_RUN:
                yield from _repeats(tokens, start, end)
            start = end


def _repeats(tokens: list[int], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The stretches from `start` to `end` in which two or more tokens come `_ROW_RUN` times or more in a row."""
    after: dict[int, int] = {}
    latest: dict[int, int] = {}
    for position in range(start, end):
        before = latest.get(tokens[position])
        if before is not None:
            after[before] = position
        latest[tokens[position]] = position
    position = start
    while position < end:
        period, length = _longest(tokens, position, end, after)
        if period > 1:
            # The first turns of a line may be cut off, because their sizes differ from the others'; its last is whole.
            first = position if position == start else position + length % period
            yield first, period, length // period
            position = first + length // period * period
        else:
            position += max(length, 1)


def _longest(tokens: list[int], position: int, end: int, after: dict[int, int]) -> tuple[int, int]:
    """The period with which tokens repeat for longest from `position` on, and for how many tokens; (0, 0) if none does.

    The few next places of the first token are tried, so that no text of tokens takes long.
    """
    best = (0, 0)
    follower = after.get(position)
    for _ in range(_PERIODS_TRIED):
        if follower is None or position + _ROW_RUN * (follower - position) > end:
            break
        period = follower - position
        if period > _LONGEST_TURN:
            break
        turn = tokens[position:follower]
        stop = follower
        while tokens[stop : stop + period] == turn and stop + period <= end:
            stop += period
        if stop - position >= _ROW_RUN * period:
            while stop < end and tokens[stop] == tokens[stop - period]:
                stop += 1
            if stop - position > best[1]:
                best = (period, stop - position)
        follower = after.get(follower)
    return best


def _kind(item: Row | Section) -> Any:
    """All of an item that its line shows, its own name left out."""
    if isinstance(item, Row):
        return (
            item.type,
            _shapes(item.inputs),
            _shapes(item.outputs),
            item.params,
            item.trainable_params,
            item.shared_params,
            item.params_formula,
            item.macs,
            item.macs_formula,
            item.buffers,
            item.flop_buckets,
            item.kernel,
            item.uncounted,
        )
    inner = tuple((child.name, _kind(child)) for child in item.children)
    return item.title, _shapes(item.inputs), _shapes(item.outputs), inner


def _shapes(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((tensor.shape, tensor.dtype) for tensor in tensors)


def _levels(runs: tuple[_Run, ...]) -> int:
    return 1 + max((_levels(run.inner) for run in runs if run.inner), default=0)


def _lines(runs: tuple[_Run, ...], depth: int | None, level: int = 0, times: int = 1) -> Iterator[Line]:
    for run in runs:
        opened = bool(run.inner) and (depth is None or level + 1 < depth)
        yield Line(run.item, run.last, run.final, run.count, times * run.count, level, opened)
        if opened:
            yield from _lines(run.inner, depth, level + 1, times * run.count)
