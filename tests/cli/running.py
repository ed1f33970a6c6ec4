"""netinspect as a user runs it: a real process with its own streams."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, "-m", "netinspect")
QUIET = (
    *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "NETINSPECT_FORMAT", "NETINSPECT_DEBUG"),
    *("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"),
    *("PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONDONTWRITEBYTECODE"),
)
COMPILED = str(Path(tempfile.gettempdir()) / "netinspect-tests-compiled")  # as an installed program's, to be quick


def environment(**changes: str) -> dict[str, str]:
    """The surroundings of a run, without what would change its output, and with `changes`."""
    kept = {name: value for name, value in os.environ.items() if name not in QUIET}
    return {**kept, "PYTHONUTF8": "1", "PYTHONPYCACHEPREFIX": COMPILED, **changes}


def run(*arguments: str | Path, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """One run to its end: exit code, stdout and stderr as text."""
    options.setdefault("stdin", subprocess.DEVNULL) if "input" not in options else None
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env=environment(**(env or {})), **options,
    )  # fmt: skip


def is_clean(result: subprocess.CompletedProcess[str], code: int = 2) -> bool:
    """Nothing on stdout, one message on stderr, no traceback."""
    return (
        result.returncode == code
        and result.stdout == ""
        and len(re.findall(r"\berror[:\[]", result.stderr)) == 1
        and "Traceback" not in result.stderr
    )
