"""netinspect as a user runs it: a real process with its own streams, a fork that has torch already, or the same in the
process of the tests."""

from __future__ import annotations

import io
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
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


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["torch", "PIL.Image", "matplotlib.figure", "matplotlib.projections", "matplotlib.backends.backend_agg"]
)


def run_forked(
    *arguments: str | Path, cwd: str | Path = ".", before: Callable[[], object] | None = None
) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own that has loaded torch and matplotlib already, which is most of what a run with
    torch costs: for what a signal, a limit or another run at once does to one. `before` is called in that process."""
    return forked([arguments], cwd=cwd, before=before)[0]


def forked(
    commands: Sequence[Sequence[str | Path]], cwd: str | Path = ".", before: Callable[[], object] | None = None
) -> list[subprocess.CompletedProcess[str]]:
    """Several such runs at once."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, str(number)) for number in range(len(commands))]
        runs = [
            FORKS.Process(target=_forked, args=([*map(str, command)], str(Path(cwd).absolute()), before, stream))
            for command, stream in zip(commands, streams, strict=True)
        ]
        for process in runs:
            process.start()
        for process in runs:
            process.join(timeout=60)
            process.kill()
            process.join()
        texts = [
            [stream.with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".out", ".err")]
            for stream in streams
        ]
    return [
        subprocess.CompletedProcess(["netinspect", *map(str, command)], process.exitcode, *text)
        for command, process, text in zip(commands, runs, texts, strict=True)
    ]


def _forked(arguments: list[str], cwd: str, before: Callable[[], object] | None, stream: Path) -> None:
    os.environ.clear()
    os.environ.update(environment(OMP_NUM_THREADS="1"))
    os.chdir(cwd)
    names = (("stdout", ".out", "surrogateescape"), ("stderr", ".err", "backslashreplace"))  # as Python opens them
    for number, (name, suffix, errors) in enumerate(names, 1):
        with stream.with_suffix(suffix).open("wb") as file:
            os.dup2(file.fileno(), number)
        setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", errors=errors, closefd=False))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is started with it ignored
    if before is not None:
        before()
    sys.exit(main(arguments))


def is_clean(result: subprocess.CompletedProcess[str], code: int = 2) -> bool:
    """Nothing on stdout, one message on stderr, no traceback."""
    return (
        result.returncode == code
        and result.stdout == ""
        and len(re.findall(r"\berror[:\[]", result.stderr)) == 1
        and "Traceback" not in result.stderr
    )
