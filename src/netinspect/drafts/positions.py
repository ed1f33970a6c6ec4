"""A text that is edited again and again, and where its places come from: so that what is found in the mended text is
told of the line that the user wrote."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

from netinspect.errors import Edit, Span


@dataclass(frozen=True, slots=True)
class Change:
    """`text[start:end]` gives way to `new`."""

    start: int
    end: int
    new: str


@lru_cache(maxsize=32)
def lines_of(text: str) -> Lines:
    """The lines of a text; kept, since every place of a text asks for them."""
    return Lines(text)


class Lines:
    """Where the lines of a text begin: between offsets, and lines with columns."""

    __slots__ = ("starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and column, within the text."""
        if line > len(self.starts):
            return len(self.text)
        return min(self.starts[line - 1] + column - 1, len(self.text))

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The place of a stretch, which is at least one character wide where it is on one line."""
        first, last = self.place(start), self.place(end)
        return Span(*first, *(last if last > first else (first[0], first[1] + 1)))


@dataclass(slots=True)
class EditedText:
    """A text, the texts it became one after the other, and the changes that led from each to the next."""

    texts: list[str]
    changes: list[tuple[Change, ...]] = field(default_factory=list)

    @property
    def now(self) -> str:
        return self.texts[-1]

    def edit(self, rewrites: Iterable[tuple[Edit, ...]]) -> bool:
        """Make edits that stand in the latest text, each tuple whole or not at all: of some that overlap the first is
        made. Whether there were any."""
        lines = lines_of(self.now)
        accepted: set[Change] = set()
        for rewrite in rewrites:
            changes = {
                Change(
                    lines.offset(edit.span.line, edit.span.column),
                    lines.offset(edit.span.end_line, edit.span.end_column),
                    edit.text,
                )
                for edit in rewrite
            }
            pairs = ((change, other) for change in changes - accepted for other in accepted)
            if not any(a.start == b.start or (a.start < b.end and b.start < a.end) for a, b in pairs):
                accepted |= {change for change in changes if self.now[change.start : change.end] != change.new}
        if not accepted:
            return False
        ordered = sorted(accepted, key=lambda change: (change.start, change.end))
        pieces, position = [], 0
        for change in ordered:
            pieces += [self.now[position : change.start], change.new]
            position = change.end
        self.texts.append("".join((*pieces, self.now[position:])))
        self.changes.append(tuple(ordered))
        return True

    def original(self, span: Span) -> Span:
        """Where a place of the latest text stood in the first; what was written anew stands where it was put."""
        lines = lines_of(self.now)
        start, end = lines.offset(span.line, span.column), lines.offset(span.end_line, span.end_column)
        for changes in reversed(self.changes):
            start, end = _before(start, changes, at_end=False), _before(end, changes, at_end=True)
        return lines_of(self.texts[0]).span(start, max(start, end))

    def regions(self) -> list[tuple[int, int, str]]:
        """Where the first text and the latest differ, in whole lines: the first and the last line of each stretch of
        the first text, and the lines that stand in its place. Stretches that touch are one."""
        stretches: list[tuple[int, int]] = []
        for depth, changes in enumerate(self.changes):
            for change in changes:
                start, end = change.start, change.end
                for earlier in reversed(self.changes[:depth]):
                    start, end = _before(start, earlier, at_end=False), _before(end, earlier, at_end=True)
                stretches.append((start, max(start, end)))
        first, last = lines_of(self.texts[0]), lines_of(self.now)
        merged: list[list[int]] = []
        for start, end in sorted(stretches):
            line, end_line = first.place(start)[0], first.place(end)[0]
            if merged and line <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end_line)
            else:
                merged.append([line, end_line])
        regions = []
        for line, end_line in merged:
            end_offset = first.starts[end_line] - 1 if end_line < len(first.starts) else len(self.texts[0])
            start = self._forward(first.starts[line - 1], at_end=False)
            end = self._forward(end_offset, at_end=True)
            regions.append((line, end_line, last.text[start:end]))
        return regions

    def _forward(self, offset: int, *, at_end: bool) -> int:
        for changes in self.changes:
            offset = _after(offset, changes, at_end=at_end)
        return offset


def _before(offset: int, changes: Sequence[Change], *, at_end: bool) -> int:
    """An offset behind the changes, in front of them: inside what is new it is the start or the end of the old."""
    moved = 0
    for change in changes:
        start = change.start + moved
        end = start + len(change.new)
        if offset < start or (offset == start and at_end and change.start < change.end):
            break
        if offset < end or (offset == end and at_end and offset > start):
            return change.end if at_end else change.start
        moved += len(change.new) - (change.end - change.start)
    return offset - moved


def _after(offset: int, changes: Sequence[Change], *, at_end: bool) -> int:
    """An offset in front of the changes, behind them: what is inserted there stands behind a start, before an end."""
    moved = 0
    for change in changes:
        if change.start > offset or (change.start == offset and not at_end):
            break
        if offset < change.end:
            return change.start + moved + (len(change.new) if at_end else 0)
        moved += len(change.new) - (change.end - change.start)
    return offset + moved
