"""Which findings are shown: what is selected and ignored by code, and what a comment in the spec ignores.

Such a comment: `- Softmax(dim=1)  # netinspect: ignore[W301] the loss is NLLLoss on its log`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Final

from netinspect.errors import Diagnostic
from netinspect.language.reader import scalar_ranges
from netinspect.language.source import Source

_COMMENT: Final = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*netinspect:[ \t]*ignore\b", re.MULTILINE)
_CODES: Final = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Selection:
    """Codes, or beginnings of codes (`W2`), that are looked for on top of the usual ones, or passed over.

    The longer beginning wins over the shorter, and `ignore` over `select` where they are equally long. What is not
    decided here is decided by `under`: the repository's own selection below that of the command line.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    under: Selection | None = None

    def takes(self, code: str, *, is_usual: bool = True) -> bool:
        """Whether a finding of this code is shown. A broken spec is always told."""
        if is_mistake(code):
            return True
        selected = max((len(prefix) for prefix in self.select if code.startswith(prefix)), default=0)
        ignored = max((len(prefix) for prefix in self.ignore if code.startswith(prefix)), default=0)
        if selected or ignored:
            return selected > ignored
        return is_usual if self.under is None else self.under.takes(code, is_usual=is_usual)


def is_mistake(code: str) -> bool:
    """Whether a code says that the spec is wrong, so that there is no network."""
    return code.startswith("E") and code < "E6"


@dataclass(frozen=True, slots=True)
class Ignore:
    """A comment that ignores codes on the lines `first` to `last`. `line` is its own."""

    line: int
    column: int
    first: int
    last: int
    codes: tuple[str, ...]
    reason: str
    prefixes: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefixes", frozenset(self.codes))

    def covers(self, diagnostic: Diagnostic) -> bool:
        """Whether it is about this finding."""
        span = diagnostic.span
        is_near = span is not None and self.first <= span.end_line and span.line <= self.last
        return is_near and _has_beginning(self.prefixes, diagnostic)


def ignoring(comments: Iterable[Ignore]) -> Callable[[Diagnostic], bool]:
    """Whether any of these comments is about a finding: `covers` of all of them, by line, as there may be thousands."""
    by_line: defaultdict[int, set[str]] = defaultdict(set)
    for comment in comments:
        # between the first and the last line there is nothing that could be told of
        by_line[comment.first] |= comment.prefixes
        by_line[comment.last] |= comment.prefixes

    def is_ignored(diagnostic: Diagnostic) -> bool:
        span = diagnostic.span
        lines = range(span.line, span.end_line + 1) if span is not None and by_line else ()
        return any(_has_beginning(by_line[line], diagnostic) for line in lines if line in by_line)

    return is_ignored


def _has_beginning(prefixes: frozenset[str] | set[str], diagnostic: Diagnostic) -> bool:
    code = diagnostic.code
    return not is_mistake(code) and any(code[:length] in prefixes for length in range(1, len(code) + 1))


@lru_cache(maxsize=4)
def ignores(source: Source) -> tuple[Ignore, ...]:
    """The comments of a spec that ignore something, the first on each line, in order. One on a line of its own is about
    the next line; what stands in a text, quoted or in a block, is none."""
    if "netinspect:" not in source.text or _COMMENT.search(source.text) is None:
        return ()
    text, lines = source.text, source.lines
    ranges = scalar_ranges(text)
    starts = [start for start, _ in ranges]

    def is_in_text(offset: int) -> bool:
        before = bisect_right(starts, offset) - 1
        return before >= 0 and offset < ranges[before][1]

    # by line, the next one that is neither blank nor a comment; the line itself where there is none
    line_below = list(range(len(lines) + 1))
    following: int | None = None
    for number in range(len(lines), 0, -1):
        line_below[number] = number if following is None else following
        stripped = lines[number - 1].lstrip()
        if stripped and not stripped.startswith("#"):
            following = number
    line_starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    comments: list[Ignore] = []
    latest = 0
    for match in _COMMENT.finditer(text):
        number = bisect_right(line_starts, match.start())
        if number == latest or is_in_text(match.start()):
            continue
        latest, line, line_start = number, lines[number - 1], line_starts[number - 1]
        rest = line[match.end() - line_start :]
        bracket = _CODES.match(rest)
        codes = tuple(code.strip() for code in bracket[1].split(",") if code.strip()) if bracket else ()
        is_alone = line.lstrip().startswith("#") and not is_in_text(line_start + len(line) - len(line.lstrip()))
        last = line_below[number] if is_alone else number
        reason = rest[bracket.end() if bracket else 0 :].strip()
        comments.append(Ignore(number, match.start() - line_start + 1, number, last, codes, reason))
    return tuple(comments)
