"""Where what a command has to say goes: documents to standard output or a file, findings to standard error; and what is
known of a terminal there: its width, and whether the environment asks for colours.

Both streams are made safe: any encoding, a closed pipe, a full disk. What an encoding lacks is written in its nearest
plain form (`×` as `x`), so that no digit is lost and nothing crashes. Errors of writing end the program in one way,
whoever wrote: a closed pipe silently with 141, anything else with a message and 3.
"""

from __future__ import annotations

import codecs
import io
import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from netinspect.errors import Unfinished

if TYPE_CHECKING:
    from netinspect.findings import Finding

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
            # An unbuffered stream may take a part only, which its text layer would not notice.
            stream = self._stream
            stream.flush()
            if not isinstance(stream, io.TextIOWrapper):
                stream.write(text)
            else:
                rest = memoryview(text.encode(stream.encoding, stream.errors or "strict"))
                while rest:
                    rest = rest[stream.buffer.write(rest) :]
            stream.flush()
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


# --- where what is said goes ---------------------------------------------------------------------


STREAM: Final = Path("-")
"""Standard input where something is read, standard output where it is written."""


def write(text: str, file: Path | None) -> None:
    """To the file if there is one, whole or not at all; else, or where it is `-`, to standard output, at once."""
    if file is None or file == STREAM:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from netinspect.files import write as write_file

    write_file(file, text.encode("utf-8"))


def tell(findings: Iterable[Finding]) -> None:
    """Findings on standard error, each with its line of the spec."""
    from netinspect.report.finding import rendered

    for finding in findings:
        complain(rendered(finding, color=error_color()))


# --- terminals -----------------------------------------------------------------------------------


def width() -> int | None:
    """A terminal's width in characters; None off a terminal, where text has its natural width."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def width_of_messages() -> int | None:
    """The width of the terminal that standard error is; None off a terminal."""
    return shutil.get_terminal_size().columns if sys.stderr is not None and sys.stderr.isatty() else None


def color() -> bool:
    """Whether to colour stdout: NO_COLOR forbids it, FORCE_COLOR asks for it, else a terminal that is not dumb does."""
    return _wants_color(is_terminal=sys.stdout.isatty())


def error_color() -> bool:
    """Whether to colour stderr."""
    return _wants_color(is_terminal=sys.stderr is not None and sys.stderr.isatty())


def _wants_color(*, is_terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"
