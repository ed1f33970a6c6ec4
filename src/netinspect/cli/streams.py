"""Standard output and error, made safe: any encoding, a closed pipe, a full disk.

Data goes to stdout, everything else to stderr. What an encoding lacks is written in its nearest plain form
(`×` as `x`), so that no digit is lost and nothing crashes. Errors of writing end the program in one way,
whoever wrote: a closed pipe silently with 141, anything else with a message and 3.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import Final, TextIO

from netinspect.errors import Unfinished

_PLAIN: Final = {"×": "x", "·": "*", "…": "...", "–": "-", "—": "-", "≥": ">=", "≤": "<=", "→": "->", "’": "'"}


class PipeClosed(BaseException):
    """Whoever read our output has gone."""


class SafeOutput(io.TextIOBase):
    """Stdout as commands and typer see it: text is held until `flush`, and errors of writing are our own."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._held: list[str] = []

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self._stream, "encoding", None) or "utf-8"

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        if not isinstance(text, str):  # how typer asks whether a stream is binary
            raise TypeError("standard output takes text")
        self._held.append(text)
        return len(text)

    def flush(self) -> None:
        """Write out what is held. PipeClosed, or Unfinished where it cannot be written."""
        text = "".join(self._held)
        self._held.clear()
        if not text:
            return
        if self._stream is None:
            raise Unfinished("there is no standard output to write to")
        try:
            _write_whole(self._stream, text)
        except BrokenPipeError:
            _abandon(self._stream)
            raise PipeClosed from None
        except OSError as error:
            _abandon(self._stream)
            raise Unfinished(f"cannot write to standard output: {error.strerror or error}") from None


def safe_output(stream: TextIO | None) -> SafeOutput:
    """A safe form of stdout; also lets stdout and stderr write any text."""
    codecs.register_error("netinspect-plain", _plain)
    for each in (stream, sys.stderr):
        if isinstance(each, io.TextIOWrapper):
            each.reconfigure(errors="netinspect-plain")
    return SafeOutput(stream)


def without_commands(text: str) -> str:
    """Text of a spec as it may stand in a log of GitHub Actions, which takes `::error::` at the start of a line and
    `##[error]` anywhere in it for commands. Elsewhere the text as it is."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    lines = text.replace("##[", "# #[").splitlines(keepends=True)
    return "".join(f"| {line}" if line.lstrip(" +-").startswith("::") else line for line in lines)


def complain(text: str) -> None:
    """A message on stderr, if there is one that takes it. What it does not take must not change the exit code."""
    if sys.stderr is None:
        return
    text = without_commands(text)
    try:
        sys.stderr.write(text if text.endswith("\n") else f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        _abandon(sys.stderr)


def _write_whole(stream: TextIO, text: str) -> None:
    """Write and flush. An unbuffered stream may take a part only, which its text layer would not notice."""
    stream.flush()
    if not isinstance(stream, io.TextIOWrapper):
        stream.write(text)
    else:
        rest = memoryview(text.encode(stream.encoding, stream.errors or "strict"))
        while rest:
            rest = rest[stream.buffer.write(rest) :]
    stream.flush()


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: the nearest plain form of what cannot be encoded."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(_PLAIN.get(char) or char.encode("unicode_escape").decode() for char in bad), error.end


def _abandon(stream: TextIO) -> None:
    """Point the stream's file nowhere, so that the interpreter's own flush at exit does not fail again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
