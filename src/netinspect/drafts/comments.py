"""Comments of lines that are written anew: each goes on at the line that says most of what stood at its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from netinspect.catalogue.refused import KERAS, SHORT

_COMMENT: Final = re.compile(
    r"(?P<code>(?:[^'\"#]|'[^']*'|\"[^\"]*\"|(?<=\S)#|['\"])*?)(?P<comment>(?:^|(?<=\s))#.*)?$"
)
_WORD: Final = re.compile(r"[A-Za-z_]{2,}|\d+")
_UNSAID: Final = frozenset({"self", "nn", "torch", "type", "return"})
_NAMES: Final = {name.lower(): meant for name, meant in {**SHORT, **KERAS}.items()}
_ALIKE: Final = 0.5
"""The share of words from which on two lines say the same."""


def with_comments(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new lines with the comments of the old ones, in their order; none is lost."""
    parts = [_COMMENT.match(line) for line in old]
    if not any(part and part["comment"] for part in parts) or not any(line.strip() for line in new):
        return list(new)
    kept = {part["comment"] for line in new if (part := _COMMENT.match(line))}
    begins = next((number for number, line in enumerate(new) if line.strip() and line.lstrip()[0] != "#"), 0)
    margin = 0
    above: dict[int, list[str]] = {}
    behind: dict[int, list[str]] = {}
    waiting: list[str] = []
    place = begins - 1
    for line, part in zip(old, parts, strict=True):
        code, comment = (part["code"], part["comment"]) if part else (line, None)
        comment = None if comment in kept else comment
        if not code.strip():
            waiting += [line] if comment else []
            continue
        depth = len(code) - len(code.lstrip())
        if code.lstrip().startswith("- ") or depth <= margin:  # and no key of an entry
            place, margin = _same(code, new, place), depth
        if waiting:
            above.setdefault(max(place, begins), []).extend(waiting)
            waiting = []
        if comment:
            behind.setdefault(max(place, begins), []).append(comment.removeprefix("#").strip())
    lines: list[str] = []
    for number, line in enumerate(new):
        blanks = line[: len(line) - len(line.lstrip())]
        lines += [blanks + comment.lstrip() for comment in above.get(number, ())]
        lines.append(f"{line}  # {'; '.join(behind[number])}" if number in behind else line)
    return [*lines, *waiting]


def _same(code: str, new: Sequence[str], place: int) -> int:
    """The next line that says the same as an old one; the present one where none does."""
    words = _words(code)
    best, most = place, 0.0
    for number in range(place + 1, len(new)):
        said = _words(new[number].partition("#")[0])
        alike = SequenceMatcher(None, words, said, autojunk=False).ratio() if said else 0.0
        if alike >= _ALIKE and alike > most:
            best, most = number, alike
    return best


def _words(code: str) -> list[str]:
    """The words and numbers of a line, with torch's names for those of other tools."""
    names = re.sub(r"[A-Za-z_]\w*", lambda match: _NAMES.get(match[0].lower(), match[0]), code)
    return [word.lower() for word in _WORD.findall(names) if word not in _UNSAID]
