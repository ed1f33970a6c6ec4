"""What a person reads: a mistake with its line, carets under it, why, and the line to write instead.

Text of a spec never reaches the terminal raw: what does not print is shown as its escape.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import islice
from typing import Final

from netinspect.errors import Diagnostic, Severity, Span, shortened
from netinspect.language.source import Source

MAX_CELLS: Final = 110
"""How much of a long line is shown."""

_RED, _CYAN, _BOLD, _PLAIN = "\x1b[1;31m", "\x1b[36m", "\x1b[1m", "\x1b[0m"
_GAP: Final = "..."


def render(
    diagnostic: Diagnostic,
    source: Source,
    *,
    severity: Severity | None = None,
    variant: str | None = None,
    colour: bool = False,
) -> str:
    """The message of one diagnostic, without a line end at its end.

    `file:line:col: error[CODE]: what is wrong`, the line with carets under the span, `= note:`, `= help:`; the
    `variant` it was found in, where the spec has several. Further lines of a help are lines of the spec, where the
    excerpt of the spec stands.
    """
    span = diagnostic.span
    place = printable(shortened(source.name)) + (f":{span.line}:{span.column}" if span else "")
    label = f"{severity or diagnostic.severity}[{diagnostic.code}]"
    heads = (place, label, printable(diagnostic.message))
    lines = [f"{_BOLD}{heads[0]}:{_PLAIN} {_RED}{heads[1]}{_PLAIN}: {heads[2]}" if colour else ": ".join(heads)]
    margin = " " * max(4, len(str(span.line)) if span else 0)
    if span and span.line <= len(source.lines):
        source_line, carets = excerpt(source.lines[span.line - 1], span)
        lines.append(f"{span.line:>{len(margin)}} | {source_line}".rstrip())
        lines.append(f"{margin} | {_RED}{carets}{_PLAIN}" if colour else f"{margin} | {carets}")
    for word, text in (("note", diagnostic.note), ("help", diagnostic.help), ("variant", variant)):
        if text:
            lead = f"{_CYAN}= {word}:{_PLAIN}" if colour else f"= {word}:"
            first, *others = text.split("\n") if word == "help" else [text]
            lines.append(f"{margin} {lead} {printable(first)}")
            lines += [f"{margin} | {printable(other)}".rstrip() for other in others]
    return "\n".join(lines)


def printable(text: str) -> str:
    """`text` on one line, with every character that does not print as its escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def markup(text: str) -> str:
    """Text for HTML and XML: escaped, and without characters that do not print, which XML does not allow."""
    return escape(printable(text), quote=True)


def text_width(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def excerpt(line: str, span: Span) -> tuple[str, str]:
    """A line as it is shown, at most `MAX_CELLS` wide, and the carets under `span`."""
    first = min(span.column - 1, len(line))
    last = len(line) if span.end_line > span.line else min(span.end_column - 1, len(line))
    # Of a long line only a stretch is shown, with the place in it.
    length = len(line)
    if length <= MAX_CELLS:
        line_start, line_end = 0, length
    else:
        room = MAX_CELLS - 2 * len(_GAP)
        start = max(0, min(first - room // 3, length - room))
        line_start, line_end = (start, start + room) if last - first < room else (max(0, first), first + room)
    cells = ["    " if character == "\t" else printable(character) for character in line[line_start:line_end]]
    widths = [_width(cell) for cell in cells]
    lead = _GAP if line_start else ""
    tail = _GAP if line_end < len(line) else ""
    before = sum(widths[: first - line_start])
    under = sum(widths[first - line_start : last - line_start])
    return lead + "".join(cells) + tail, " " * (len(lead) + before) + "^" * max(under, 1)


def _width(cell: str) -> int:
    """How many columns of a terminal a cell takes."""
    if cell.isascii():
        return len(cell)
    import unicodedata

    if unicodedata.combining(cell):
        return 0
    return 2 if unicodedata.east_asian_width(cell) in ("W", "F") else 1


# --- did you mean ------------------------------------------------------------------------------

_MAX_WORD: Final = 64
_MAX_CANDIDATES: Final = 1000
_MIN_PART: Final = 3
"""So many letters of a word say which one is meant."""


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a misspelling of; None where none is near.

    Case counts little; a swap of neighbours is one mistake; one mistake in three characters is near.
    Of two equally near ones the alphabet's first wins, so that messages do not change from run to run.
    """
    if not word or len(word) > _MAX_WORD:
        return None
    lowered, most = word.lower(), max(1, len(word) // 3)
    best: tuple[int, int, str] | None = None
    for candidate in islice(candidates, _MAX_CANDIDATES):
        if candidate == word or abs(len(candidate) - len(word)) > most:
            continue
        limit = best[0] if best else most
        distance = _distance(lowered, candidate.lower(), limit)
        key = (distance, sum(a != b for a, b in zip(word, candidate, strict=False)), candidate)
        if distance <= limit and (best is None or key < best):
            best = key
    return best[2] if best else None


def with_a_word_of(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that shares words with `name`, as `scale_factor` does with `scale` and `bidirectional` with
    `bidir`: the one that shares most and has fewest; None where there is none, or several."""
    words = [word for word in name.lower().split("_") if len(word) >= _MIN_PART]
    ranks: dict[str, tuple[int, int]] = {}
    for candidate in islice(candidates, _MAX_CANDIDATES):
        parts = candidate.lower().split("_")
        shared = sum(any(part.startswith(word) or closest(word, [part]) for part in parts) for word in words)
        if shared:
            ranks[candidate] = (-shared, len(parts))
    first = [candidate for candidate, rank in ranks.items() if rank == min(ranks.values())]
    return first[0] if len(first) == 1 else None


def _distance(a: str, b: str, limit: int) -> int:
    """Edits from `a` to `b` (change, insert, delete, swap neighbours), or `limit + 1` where there are more."""
    if a == b:
        return 0
    earlier: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        before, row = row, [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit and min(before) > limit:
            return limit + 1
        earlier = before
    return row[-1]
