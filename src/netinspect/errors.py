"""Every error netinspect raises on purpose, and the exit code it ends a command with.

NetinspectError                3   the program could not finish
├── InputError                 2   what was given is wrong: usage, a file, a checkpoint
│   ├── SpecError              2   a spec, with every located mistake that was found
│   ├── NotInstalled           2   a package that a light install leaves out (extras.py)
│   └── Unreadable             2   a picture, sound or array that cannot be read; of many the others can
├── CheckFailed                1   a check that was asked for did not pass
└── Unfinished                 3   files, memory or the machine stood in the way
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

Severity = Literal["error", "warning", "note"]

_SEVERITIES: Final[dict[str, Severity]] = {"E": "error", "W": "warning", "N": "note"}
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


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A stretch of a source file, and the text that goes in its place."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake, warning or note: what it is, where, why (`note`) and what to write instead (`help`, which may have
    several lines).

    The letter of the code says how serious it is: E an error, W a warning, N a note.
    `fix` are the edits that mend it, where they are certain: a mistake has one meaning, or the network computes the
    same without what was found. Where there is a choice, `suggestion` are those that the help shows.
    """

    code: str
    message: str
    span: Span | None = None
    note: str | None = None
    help: str | None = None
    fix: tuple[Edit, ...] = ()
    suggestion: tuple[Edit, ...] = ()

    @property
    def severity(self) -> Severity:
        """As the letter of the code says."""
        return _SEVERITIES[self.code[0]]

    def __post_init__(self) -> None:
        for part in ("message", "note", "help"):
            text = getattr(self, part)
            if text is not None and len(text) > MAX_QUOTED and "\n" not in text:
                object.__setattr__(self, part, shortened(text))


class Mistake(Exception):
    """What is wrong at a place of a spec, while it is read or elaborated. Whoever catches it reports its diagnostic and
    goes on."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic

    @classmethod
    def at(
        cls, code: str, message: str, span: Span | None, note: str | None = None, help: str | None = None, *,
        fix: tuple[Edit, ...] = (), suggestion: tuple[Edit, ...] = (),
    ) -> Mistake:  # fmt: skip
        """The mistake that a diagnostic of these words says."""
        return cls(Diagnostic(code, message, span, note, help, fix, suggestion))


class Reported(Exception):
    """What is wrong there is reported already; it ends the part of the spec that it is in."""


class NetinspectError(Exception):
    """Base of every error raised on purpose."""

    exit_code: ClassVar[int] = 3

    def __str__(self) -> str:
        return shortened(super().__str__())


class InputError(NetinspectError):
    """What the user gave is wrong; the message says what to give instead. `code` is for a spec that is meant."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, code: str = "E019") -> None:
        super().__init__(message)
        self.code = code


class SpecError(InputError):
    """A spec with mistakes.

    `diagnostics` are in source order. `source` is the `language.Source` they point into.
    `partial` is the `network.Network` of the lines before the first mistake, where there is one.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...], source: Any = None, partial: Any = None) -> None:
        super().__init__("\n".join(_as_text(diagnostic, source) for diagnostic in diagnostics))
        self.diagnostics = diagnostics
        self.source = source
        self.partial = partial


def _as_text(diagnostic: Diagnostic, source: Any) -> str:
    """One mistake in a line, for a traceback; a command shows the line of the spec too."""
    name = getattr(source, "name", "")
    place = f"{name}:{diagnostic.span.line}:{diagnostic.span.column}" if diagnostic.span else name
    lines = [line.strip() for line in (diagnostic.help or "").split("\n")]
    help = f" ({' / '.join(lines)})" if diagnostic.help else ""
    return f"{place}: {diagnostic.code}: {diagnostic.message}{help}".lstrip(": ")


class Unreadable(InputError):
    """A file that cannot be read, however the spec is written. `reason` is the message without the file's name."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class CheckFailed(NetinspectError):
    """A check did not pass: `expect`, `budget`. `diagnostics` say which, `source` is what they point into."""

    exit_code: ClassVar[int] = 1

    def __init__(self, diagnostics: tuple[Diagnostic, ...], source: Any = None) -> None:
        super().__init__("\n".join(_as_text(diagnostic, source) for diagnostic in diagnostics))
        self.diagnostics = diagnostics
        self.source = source


class Unfinished(NetinspectError):
    """Files, memory or the machine stood in the way."""

    exit_code: ClassVar[int] = 3
