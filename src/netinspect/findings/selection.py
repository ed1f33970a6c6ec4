"""Which findings are shown: what is selected and ignored by code, and what a comment in the spec ignores.

- Softmax(dim=1)   # netinspect: ignore[W303] the loss is NLLLoss on its log
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netinspect.errors import Diagnostic
from netinspect.language import Source

_COMMENT: Final = re.compile(r"(?:^|\s)#\s*netinspect:\s*ignore(?:\[([^\]]*)\]|\b)\s*(.*?)\s*$")


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

    def covers(self, diagnostic: Diagnostic) -> bool:
        """Whether it is about this finding."""
        span = diagnostic.span
        if span is None or (diagnostic.code < "E6" and diagnostic.code.startswith("E")):
            return False
        is_near = self.first <= span.end_line and span.line <= self.last
        return is_near and any(diagnostic.code.startswith(code) for code in self.codes)


def ignores(source: Source) -> tuple[Ignore, ...]:
    """The comments of a spec that ignore something. One on a line of its own is about the next line."""
    if "netinspect:" not in source.text:
        return ()
    return tuple(_ignores(source))


def _ignores(source: Source) -> Iterator[Ignore]:
    for number, line in enumerate(source.lines, 1):
        comment = _COMMENT.search(line)
        if comment is None:
            continue
        last = number
        if line.lstrip().startswith("#"):
            rest = source.lines[number:]
            last = next((below for below, text in enumerate(rest, number + 1) if _says_something(text)), number)
        codes = tuple(code.strip() for code in (comment[1] or "").split(",") if code.strip())
        yield Ignore(number, line.index("#", comment.start()) + 1, number, last, codes, comment[2])


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
