"""Edits applied to the file as it lies on disk, and shown as a diff. Encoding, byte order mark and line ends stay."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

from netinspect.errors import Edit
from netinspect.language import decoded, encoding_of, printable

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def mended(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The file with the edits made, new lines ending as its first does. Of edits that overlap only the first is made;
    the others come in another run."""
    mark, encoding = encoding_of(data)
    text = data[len(mark) :].decode(encoding)
    starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
    first_end = _LINE_END.search(text)
    line_end = first_end[0] if first_end else "\n"
    pieces: list[str] = []
    position = 0
    for edit in sorted(set(edits)):
        start = starts[edit.span.line - 1] + edit.span.column - 1
        end = starts[edit.span.end_line - 1] + edit.span.end_column - 1
        if start >= position:
            pieces += (text[position:start], edit.text.replace("\n", line_end))
            position = end
    return mark + "".join((*pieces, text[position:])).encode(encoding)


def with_text(data: bytes, text: str) -> bytes:
    """The file with another text, in its own encoding and with its own line ends."""
    mark, encoding = encoding_of(data)
    first_end = _LINE_END.search(data[len(mark) :].decode(encoding))
    return mark + text.replace("\n", first_end[0] if first_end else "\n").encode(encoding)


def unified_diff(name: str, old: bytes, new: bytes) -> str:
    """The difference as a unified diff that `patch` and `git apply -p0` take: line ends are those of the file, and a
    last line without one is marked."""
    text = ""
    for line in difflib.unified_diff(_lines(old), _lines(new), printable(name), printable(name)):
        body = line.rstrip("\r\n")
        text += "\t".join(map(printable, body.split("\t")))
        text += line[len(body) :] or "\n\\ No newline at end of file\n"
    return text


def _lines(data: bytes) -> list[str]:
    return _LINE.findall(decoded(data))
