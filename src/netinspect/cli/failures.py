"""What goes wrong, said on stderr, and the exit code for it.

0 done · 1 a check failed · 2 wrong input · 3 could not finish · 130 SIGINT · 143 SIGTERM · 141 closed pipe
"""

from __future__ import annotations

import errno
import os
from typing import Final

import typer

from netinspect.cli.output import PipeClosed, complain, error_color
from netinspect.errors import CheckFailed, NetinspectError, SpecError, shortened

INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141
TERMINATED: Final = 143

SIGNALS: Final = {"SIGINT": INTERRUPTED, "SIGTERM": TERMINATED, "SIGHUP": TERMINATED}
"""The signals that end a run, and the exit code of each: a terminal that goes away ends it as SIGTERM does."""

_OF_A_NAME: Final = (
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EACCES,
    errno.EPERM,
    errno.ELOOP,
)
"""What a system says of a path that is wrong. Those that are written to are dealt with where that is done."""

_UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]  # public under no name of its own


class Terminated(BaseException):
    """SIGTERM or SIGHUP came."""


def report(failure: BaseException) -> int:
    """Say what went wrong, if anything needs saying; the exit code."""
    if isinstance(failure, KeyboardInterrupt | typer.Abort):
        return INTERRUPTED
    if isinstance(failure, Terminated):
        return TERMINATED
    if isinstance(failure, PipeClosed | BrokenPipeError):
        return PIPE_CLOSED
    if isinstance(failure, SystemExit):
        return failure.code if isinstance(failure.code, int) else int(failure.code is not None)
    text, code = described(failure)
    complain(text)
    return code


def described(failure: BaseException) -> tuple[str, int]:
    """What to say of a failure, and its exit code."""
    if isinstance(failure, ImportError):
        from netinspect.extras import explained

        failure = explained(failure)
    if isinstance(failure, SpecError | CheckFailed) and failure.source is not None:
        from netinspect.language.messages import render

        source, colour = failure.source, error_color()
        messages = [render(diagnostic, source, colour=colour) for diagnostic in failure.diagnostics]
        return "\n".join(messages), failure.exit_code
    if isinstance(failure, NetinspectError):
        return f"error: {_readable(str(failure))}", failure.exit_code
    if isinstance(failure, _UsageError):
        # Where a command was given nothing at all, typer's message is its own help text.
        message = failure.format_message() if hasattr(failure, "format_message") else str(failure)
        context = getattr(failure, "ctx", None)
        if context is None or type(failure).__name__ == "NoArgsIsHelpError":
            usage = message
        else:
            usage = f"error: {_readable(message)}\n{context.get_usage()}\nTry '{context.command_path} --help'."
        return usage, 2
    if isinstance(failure, MemoryError) or type(failure).__name__ == "OutOfMemoryError":  # torch's, on a device
        return "error: not enough memory to finish", 3
    if isinstance(failure, OSError):
        where = f": {os.fsdecode(failure.filename)}" if isinstance(failure.filename, str | bytes) else ""
        return f"error: {_readable(f'{failure.strerror or failure}{where}')}", 2 if failure.errno in _OF_A_NAME else 3
    if isinstance(failure, UnicodeEncodeError):
        bad = failure.object[failure.start : failure.end]
        if all("\ud800" <= character <= "\udfff" for character in bad):  # as in the name of a file that is no UTF-8
            text = _readable(failure.object)
            return f"error: {text} is no text that can be written: a character in it is cut in half", 2
    if os.environ.get("NETINSPECT_DEBUG"):
        import traceback

        return "".join(traceback.format_exception(failure)), 3
    kind, words = type(failure).__name__, _readable(" ".join(str(failure).split()))
    return (
        f"error: netinspect has a bug ({kind}: {words}). Please report it with the spec and the output of "
        "NETINSPECT_DEBUG=1."
    ), 3


def _readable(message: str) -> str:
    """The one way of a name into a message: on one line, what does not print as its escape, and no longer than anyone
    reads."""
    from netinspect.language.messages import printable

    return printable(shortened(message))
