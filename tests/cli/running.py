"""netinspect as a user runs it: a real process with its own streams, or the same in the process of the tests."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from netinspect.cli.main import main

PROGRAM = (sys.executable, "-m", "netinspect")
QUIET = (
    *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "NETINSPECT_FORMAT", "NETINSPECT_DEBUG"),
    *("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"),
    *("PYTHONUNBUFFERED", "PYTHONIOENCODING"),
)


def environment(**changes: str) -> dict[str, str]:
    """The surroundings of a run, without what would change its output, and with `changes`. Nothing is compiled beside a
    user's file; netinspect is compiled already (`tests/conftest.py`)."""
    kept = {name: value for name, value in os.environ.items() if name not in QUIET}
    return {**kept, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", **changes}


def run(*arguments: str | Path, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """One run to its end: exit code, stdout and stderr as text."""
    options.setdefault("stdin", subprocess.DEVNULL) if "input" not in options else None
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env=environment(**(env or {})), **options,
    )  # fmt: skip


def run_here(
    *arguments: str | Path, env: dict[str, str] | None = None, cwd: str | Path = ".", input: str = ""
) -> subprocess.CompletedProcess[str]:
    """The same without a process, which costs ten times as much: for all but what is loaded, streams and signals."""
    stdin, stdout, stderr = (
        io.TextIOWrapper(io.BytesIO(data.encode()), encoding="utf-8", write_through=True) for data in (input, "", "")
    )
    surroundings = mock.patch.dict(os.environ, environment(**(env or {})), clear=True)
    with surroundings, chdir(cwd), mock.patch("sys.stdin", stdin), redirect_stdout(stdout), redirect_stderr(stderr):
        code = main([*map(str, arguments)])
    texts = [stream.buffer.getvalue().decode() for stream in (stdout, stderr)]
    return subprocess.CompletedProcess(["netinspect", *map(str, arguments)], code, *texts)


def is_clean(result: subprocess.CompletedProcess[str], code: int = 2) -> bool:
    """Nothing on stdout, one message on stderr, no traceback."""
    return (
        result.returncode == code
        and result.stdout == ""
        and len(re.findall(r"\berror[:\[]", result.stderr)) == 1
        and "Traceback" not in result.stderr
    )
