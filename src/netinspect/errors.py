"""Every error netinspect raises on purpose, and the exit code it ends a command with.

NetinspectError                3   the program could not finish
├── InputError                 2   what was given is wrong: usage, a file, a checkpoint
│   ├── SpecError              2   a spec, with every located mistake that was found
│   └── Unreadable             2   a picture, sound or array that cannot be read; of many the others can
├── CheckFailed                1   a check that was asked for did not pass
└── Unfinished                 3   files, memory or the machine stood in the way
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final

MAX_QUOTED: Final = 200
"""How much of a name or another text of the user's a message repeats: beyond it nobody reads on."""
MAX_LINE: Final = 1000
"""How long a line of a message is; what is longer is a list of names, or names with blanks in them."""

_LONG: Final = re.compile(rf"`[^`\n]{{{MAX_QUOTED},}}`|[^\s`]{{{MAX_QUOTED + 1},}}")
"""What is quoted between backticks, or a word without blanks, such as a path."""


def shortened(message: str) -> str:
    """A message in which no quoted text, no word and no line is so long that it hides the rest: the middle of each
    that is gives way to an ellipsis."""
    if len(message) <= MAX_QUOTED:
        return message
    short = _LONG.sub(lambda match: _without_middle(match[0], MAX_QUOTED), message)
    return "\n".join(_without_middle(line, MAX_LINE) for line in short.split("\n"))


def _without_middle(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    kept = longest - 1
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a source file: 1-based lines and columns (code points), the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: what is wrong, where, why (`note`) and the line to write instead (`help`)."""

    code: str
    message: str
    span: Span | None = None
    note: str | None = None
    help: str | None = None

    def __post_init__(self) -> None:
        for part in ("message", "note", "help"):
            text = getattr(self, part)
            if text is not None and len(text) > MAX_QUOTED:
                object.__setattr__(self, part, shortened(text))


class NetinspectError(Exception):
    """Base of every error raised on purpose."""

    exit_code: ClassVar[int] = 3

    def __str__(self) -> str:
        return shortened(super().__str__())


class InputError(NetinspectError):
    """What the user gave is wrong; the message says what to give instead."""

    exit_code: ClassVar[int] = 2


class SpecError(InputError):
    """A spec with mistakes.

    `diagnostics` are in source order. `source` is the `language.Source` they point into.
    `partial` is the `network.Network` of the lines before the first mistake, where there is one.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...], source: Any = None, partial: Any = None) -> None:
        super().__init__("\n".join(_told(diagnostic, source) for diagnostic in diagnostics))
        self.diagnostics = diagnostics
        self.source = source
        self.partial = partial


def _told(diagnostic: Diagnostic, source: Any) -> str:
    """One mistake in a line, for a traceback; a command shows the line of the spec too."""
    name = getattr(source, "name", "")
    place = f"{name}:{diagnostic.span.line}:{diagnostic.span.column}" if diagnostic.span else name
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    return f"{place}: {diagnostic.code}: {diagnostic.message}{help}".lstrip(": ")


class Unreadable(InputError):
    """A file that cannot be read, however the spec is written. `reason` is the message without the file's name."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class CheckFailed(NetinspectError):
    """A check that was asked for (expect, budget, verify) did not pass."""

    exit_code: ClassVar[int] = 1


class Unfinished(NetinspectError):
    """Files, memory or the machine stood in the way."""

    exit_code: ClassVar[int] = 3
