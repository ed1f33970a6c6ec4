"""Where what a command has to say goes: documents to standard output or a file, findings to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from netinspect.cli.streams import complain
from netinspect.cli.terminal import error_color
from netinspect.report.finding import rendered

if TYPE_CHECKING:
    from netinspect.findings import Finding


def write(text: str, file: Path | None) -> None:
    """To the file if there is one, whole or not at all; else to standard output, at once."""
    if file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from netinspect.files import write as write_file

    write_file(file, text.encode("utf-8"))


def tell(findings: Iterable[Finding]) -> None:
    """Findings on standard error, each with its line of the spec."""
    for finding in findings:
        complain(rendered(finding, color=error_color()))
