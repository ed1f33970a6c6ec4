"""Bytes to text: a spec is read to a bound, decoded deliberately, and keeps its name for messages.

Nothing after this module meets a byte, a carriage return or a control character. The bound holds for
what cannot be measured beforehand too: a pipe, `/dev/zero`, standard input.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from netinspect.errors import Diagnostic, InputError, Span, SpecError

STDIN: Final = "<stdin>"
"""What standard input is called."""

MAX_BYTES: Final = 1 << 20
"""The largest spec that is read: 1 MiB."""

_BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_ALLOWED_CONTROLS: Final = "\t\n"
_INVISIBLE: Final = frozenset(
    "\u0085\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff"
)  # line separators of old YAML, directions that make text read other than it is, and no characters at all


@dataclass(frozen=True, slots=True)
class Source:
    """A spec's text, lines ended by line feeds; `lines` are without them, line 1 first.

    `name` is what messages call it: a path, `<stdin>`. `origin` is the file from whose code the text was written, and
    the place there, of a text that stands in no file; the file is "" where none of the user's is known.
    """

    name: str
    text: str
    origin: tuple[str, Span | None] | None = None
    lines: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(self.text.split("\n")))

    @classmethod
    def from_bytes(cls, name: str, data: bytes) -> Source:
        """Decode UTF-8, or UTF-16 with a byte order mark. SpecError E504, E015."""
        if len(data) > MAX_BYTES:
            raise SpecError((Diagnostic("E504", "the file is too large: a spec has at most 1 MiB"),), cls(name, ""))
        text = _decode(name, data)
        source = cls(name, text.replace("\r\n", "\n").replace("\r", "\n"))
        _refuse_controls(source)
        return source


def read_source(path: str | Path | None = None) -> Source:
    """The spec at `path`; `-` and None are standard input.

    InputError for what cannot be read, SpecError (E504, E015) for what is no text or too much of it.
    """
    if path is None or path == "-":
        return Source.from_bytes(STDIN, _read_stdin())
    name = os.fspath(path)
    if not name or "\0" in name:
        raise InputError(f"{name!r} is not the name of a file")
    return Source.from_bytes(name, _read_file(name))


def _read_file(name: str) -> bytes:
    try:
        with open(name, "rb", buffering=0, opener=open_without_waiting) as file:
            return read_at_most(MAX_BYTES, file.read)
    except BlockingIOError:
        raise InputError(f"{name} keeps one waiting for what it holds; a spec is a file") from None
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{name} is a directory; a spec is one file") from None
    except PermissionError:
        raise InputError(f"{name}: permission to read it is denied") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from None


def open_without_waiting(name: str, flags: int) -> int:
    """An opener for files from outside. A pipe may be waited for; anything else is opened so that reading it gives
    None where it would wait, as `/proc/kmsg` does for ever."""
    waits = stat.S_ISFIFO(os.stat(name).st_mode)  # noqa: PTH116  a Path would drop a `/` at the end
    return os.open(name, flags if waits else flags | getattr(os, "O_NONBLOCK", 0))


def _read_stdin() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("standard input is closed; pipe a spec in, or name a file")
    try:
        return read_at_most(MAX_BYTES, sys.stdin.buffer.read)
    except OSError as error:
        reason = "is closed" if error.errno == errno.EBADF else f"cannot be read: {error.strerror or error}"
        raise InputError(f"standard input {reason}; pipe a spec in, or name a file") from None


def read_at_most(most: int, read: Callable[[int], bytes | None]) -> bytes:
    """All there is, but one byte past the bound at most. BlockingIOError where one would have to wait for more."""
    pieces: list[bytes] = []
    left = most + 1
    while left and (piece := read(min(left, 1 << 20))) != b"":
        if piece is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def encoding_of(data: bytes) -> tuple[bytes, str]:
    """The byte order mark that text begins with, and the encoding it says; without one it is UTF-8."""
    return next((pair for pair in _BYTE_ORDER_MARKS if data.startswith(pair[0])), (b"", "utf-8"))


def decoded(data: bytes) -> str:
    """The text of UTF-8, with a byte order mark or without, or of UTF-16 with one, as PowerShell's `>` writes it.
    UnicodeDecodeError."""
    mark, encoding = encoding_of(data)
    return data[len(mark) :].decode(encoding)


def _decode(name: str, data: bytes) -> str:
    """The text behind the byte order mark."""
    mark, encoding = encoding_of(data)
    if encoding == "UTF-32":
        raise _not_text(Source(name, ""), None, "it is UTF-32", "save it as UTF-8")
    body = data[len(mark) :]
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace").replace("\r", "")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        source = Source(name, body.decode(encoding, "backslashreplace").replace("\r", ""))
        # What undecodable bytes probably are, and what to do.
        what = f"byte 0x{body[error.start]:02x} is not {'UTF-8' if encoding == 'utf-8' else 'UTF-16'}"
        if b"\0" in body[:64]:
            guess = (
                what,
                "save the file as UTF-8 (it looks like UTF-16 without a byte order mark, or like no text at all)",
            )
        elif body[error.start : error.start + 1] == b"\xed":
            guess = (f"{what}: half of a surrogate pair", "write the character itself, in UTF-8")
        else:
            guess = (what, "save the file as UTF-8 (it looks like Latin-1 or Windows-1252)")
        raise _not_text(source, Span(line, column, line, column + 1), *guess) from None


def _refuse_controls(source: Source) -> None:
    if source.text.isascii() and source.text.isprintable():
        return
    for number, line in enumerate(source.lines, 1):
        if line.isprintable():
            continue
        for column, character in enumerate(line, 1):
            if is_forbidden(character):
                span = Span(number, column, number, column + 1)
                advice = "delete the character"
                if character == "\0":
                    doubt = "it looks like UTF-16 without a byte order mark, or like no text at all"
                    advice = f"save the file as UTF-8 text ({doubt})"
                what = f"control character U+{ord(character):04X} is not allowed in a spec"
                raise _not_text(source, span, what, advice)


def is_forbidden(character: str) -> bool:
    """Whether a character may not stand in a spec: controls, surrogates, changes of direction."""
    if character.isprintable() or character in _ALLOWED_CONTROLS:
        return False
    return (
        character < " "
        or "\x7f" <= character <= "\x9f"
        or "\ud800" <= character <= "\udfff"
        or (character in _INVISIBLE)
    )


def _not_text(source: Source, span: Span | None, what: str, advice: str) -> SpecError:
    diagnostic = Diagnostic("E015", f"not a text file: {what}" if span is None else what, span, help=advice)
    return SpecError((diagnostic,), source)
