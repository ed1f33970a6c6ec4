"""A profile as the lines of a table: repeated blocks shown once, scopes closed from some depth on.

Folding changes what is shown, never the sums: each line says how often it stands (`count`, itself, and
`times`, with the repeats around it), and the lines that are not `opened` add up to the totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from netinspect.analysis.figures import Profile, Row, Section

SCREEN: Final = 50
"""Lines that a table may have before scopes are closed unasked."""

_ROW_RUN: Final = 3
"""Single layers are worth folding from this many equal ones on; blocks from two."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a row, or a section of which the lines follow (`opened`) or not.

    `item` is the first of `count` equal siblings, `last` the last of them; `level` is how deep it is indented.
    """

    item: Row | Section
    last: Row | Section
    count: int
    times: int
    level: int
    opened: bool

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
        return tuple(_lines(_runs(profile.root, fold=False), depth))
    runs = _runs(profile.root, fold=True)
    if depth is not None:
        return tuple(_lines(runs, depth))
    return _fitting(runs)


def _fitting(runs: tuple[_Run, ...]) -> tuple[Line, ...]:
    """The deepest view of at most `SCREEN` lines; the outermost where none is that short."""
    best = tuple(_lines(runs, 1))
    for depth in range(2, _levels(runs) + 1):
        lines = tuple(_lines(runs, depth))
        if len(lines) > SCREEN:
            break
        best = lines
    return best


@dataclass(frozen=True, slots=True)
class _Run:
    """Equal siblings, and the runs inside the first of them."""

    item: Row | Section
    last: Row | Section
    count: int
    inner: tuple[_Run, ...]


def _runs(section: Section, *, fold: bool) -> tuple[_Run, ...]:
    runs: list[_Run] = []
    for group in _groups(section.children) if fold else [[child] for child in section.children]:
        inner = _runs(group[0], fold=fold) if isinstance(group[0], Section) else ()
        runs.append(_Run(group[0], group[-1], len(group), inner))
    return tuple(runs)


def _groups(children: tuple[Row | Section, ...]) -> Iterator[list[Row | Section]]:
    """Neighbours that are equal in all but the numbers of their names, together: `0, 1, 2`, never `query, key`."""
    group: list[Row | Section] = []
    kind: Any = None
    for child in children:
        own = _kind(child)
        if group and (own != kind or not _follows(child.name, group[-1].name)):
            yield from _worthwhile(group)
            group = []
        group.append(child)
        kind = own
    if group:
        yield from _worthwhile(group)


def _follows(name: str, before: str) -> bool:
    """Whether a name is the one before, counted on by one: `layer2` after `layer1`, `add_1` after `add`."""
    stem, number = _counted(name)
    return _counted(before) == (stem, number - 1)


def _counted(name: str) -> tuple[str, int]:
    letters = name.rstrip("0123456789")
    return letters.rstrip("_"), int(name[len(letters) :] or 0)


def _worthwhile(group: list[Row | Section]) -> Iterator[list[Row | Section]]:
    if isinstance(group[0], Row) and len(group) < _ROW_RUN:
        yield from ([row] for row in group)
    else:
        yield group


def _kind(item: Row | Section) -> Any:
    """All of an item that its line shows, its own name left out."""
    if isinstance(item, Row):
        return (
            item.type, _shapes(item.inputs), _shapes(item.outputs), item.params, item.trainable_params,
            item.shared_params, item.params_formula, item.macs, item.macs_formula, item.buffers, item.flop_buckets,
            item.kernel, item.uncounted,
        )  # fmt: skip
    inner = tuple((child.name, _kind(child)) for child in item.children)
    return item.title, _shapes(item.inputs), _shapes(item.outputs), inner


def _shapes(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((tensor.shape, tensor.dtype) for tensor in tensors)


def _levels(runs: tuple[_Run, ...]) -> int:
    return 1 + max((_levels(run.inner) for run in runs if run.inner), default=0)


def _lines(runs: tuple[_Run, ...], depth: int | None, level: int = 0, times: int = 1) -> Iterator[Line]:
    for run in runs:
        opened = bool(run.inner) and (depth is None or level + 1 < depth)
        yield Line(run.item, run.last, run.count, times * run.count, level, opened)
        if opened:
            yield from _lines(run.inner, depth, level + 1, times * run.count)
