"""Where what a command has to say goes: documents to standard output or a file, findings to standard error; and what is
known of a terminal there: its width, and whether the environment asks for colours."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netinspect.cli.streams import complain

if TYPE_CHECKING:
    from netinspect.findings import Finding

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
