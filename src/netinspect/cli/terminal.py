"""What is known of where stdout goes: colours and width, as the environment asks for them."""

from __future__ import annotations

import os
import shutil
import sys

from netinspect.errors import InputError


def width() -> int | None:
    """A terminal's width in characters; None off a terminal, where text has its natural width."""
    return shutil.get_terminal_size().columns if _is_terminal() else None


def color() -> bool:
    """Whether to colour stdout: NO_COLOR forbids it, FORCE_COLOR asks for it, else a terminal that is not dumb does."""
    return _wants_color(sys.stdout.isatty())


def error_color() -> bool:
    """Whether to colour stderr."""
    return _wants_color(sys.stderr is not None and sys.stderr.isatty())


def _wants_color(is_terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def refuse_typing(reference: str) -> None:
    """InputError where a spec is asked for from a terminal: nobody types one, and a prompt would look like a hang."""
    if reference == "-" and sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
        raise InputError("standard input is a terminal; pipe a spec in, or name a file")
