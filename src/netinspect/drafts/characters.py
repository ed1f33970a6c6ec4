"""Characters that look like others and are not: what a text processor or another keyboard puts in a spec's way."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from netinspect.errors import Diagnostic, Edit, Span
from netinspect.language import Source
from netinspect.language.reader import scalar_ranges

_MEANT: Final = {
    "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
    "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\u00ad": "", "\ufe0f": "",
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2022": "-",
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00d7": "*", "\u2217": "*", "\u00b7": "*",
    "\u0410": "A", "\u0412": "B", "\u0415": "E", "\u041a": "K", "\u041c": "M", "\u041d": "H", "\u041e": "O",
    "\u0420": "P", "\u0421": "C", "\u0422": "T", "\u0425": "X", "\u0430": "a", "\u0435": "e", "\u043e": "o",
    "\u0440": "p", "\u0441": "c", "\u0443": "y", "\u0445": "x", "\u0456": "i", "\u0455": "s", "\u0458": "j",
    "\u0391": "A", "\u0392": "B", "\u0395": "E", "\u0397": "H", "\u0399": "I", "\u039a": "K", "\u039c": "M",
    "\u039d": "N", "\u039f": "O", "\u03a1": "P", "\u03a4": "T", "\u03a7": "X", "\u03bf": "o", "\u0131": "i",
}  # fmt: skip
"""What is meant where one of these stands outside of quotes and comments. Full-width forms come on top."""


def odd_characters(source: Source) -> tuple[Diagnostic, ...]:
    """E015 for each line with characters that only look like those of a spec, in names, numbers and signs."""
    if source.text.isascii():
        return ()
    return tuple(_of_lines(source))


def _of_lines(source: Source) -> Iterator[Diagnostic]:
    quoted = [(start, end) for start, end in scalar_ranges(source.text) if source.text[start : start + 1] in ("'", '"')]
    offset = 0
    for number, line in enumerate(source.lines, 1):
        edits: list[Edit] = []
        names: dict[str, tuple[int, str]] = {}
        if not line.isascii() and not _is_text(line):
            comment = line.find(" #")
            for column, character in enumerate(line if comment < 0 else line[:comment], 1):
                if character.isascii():
                    meant = None
                elif "\uff01" <= character <= "\uff5e":
                    meant = chr(ord(character) - 0xFEE0)
                else:
                    meant = _MEANT.get(character)
                if meant is not None and not any(start <= offset + column - 1 < end for start, end in quoted):
                    edits.append(Edit(Span(number, column, number, column + 1), meant))
                    names.setdefault(unicodedata.name(character, f"U+{ord(character):04X}"), (column, meant))
        if edits:
            description = " and ".join(
                f"{name} (for `{meant}`)" if meant else name for name, (_, meant) in names.items()
            )
            message = f"{description} {'stand' if len(names) > 1 else 'stands'} on this line"
            yield Diagnostic("E015", message, edits[0].span, "it only looks like what is meant", fix=tuple(edits))
        offset += len(line) + 1


_TEXTS: Final = ("name", "about", "paper", "source", "#")


def _is_text(line: str) -> bool:
    """Whether a line holds words for people alone: a name, a comment."""
    return line.lstrip().startswith(_TEXTS) and "\uff1a" not in line.partition(":")[0]
