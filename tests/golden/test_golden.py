"""Whole outputs, kept as files: exit code, stdout and stderr of runs, one of each command in a process of its own.

Each file in `cases/` starts with the command. `NETINSPECT_UPDATE_GOLDEN=1 pytest tests/golden` writes them anew;
read the difference before committing it.
"""

import os
import shlex
from pathlib import Path

import pytest

from tests.cli.running import run, run_here

CASES = Path(__file__).parent / "cases"
COMMANDS = {path: path.read_text(encoding="utf-8").splitlines()[0] for path in sorted(CASES.glob("*.txt"))}
FIRST = {command.split()[2]: path for path, command in reversed(COMMANDS.items())}
"""The first case of each command."""


def outcome(command, run):
    """A run in the folder of the cases, as text."""
    result = run(*shlex.split(command.removeprefix("$ netinspect ")), cwd=CASES)
    return f"{command}\n--- exit {result.returncode}\n--- stdout\n{result.stdout}--- stderr\n{result.stderr}"


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_output(path):
    kept = path.read_text(encoding="utf-8")
    actual = outcome(COMMANDS[path], run if path in FIRST.values() else run_here)
    if os.environ.get("NETINSPECT_UPDATE_GOLDEN"):
        path.write_text(actual, encoding="utf-8")
    else:
        assert actual == kept


def test_there_are_cases():
    assert len(COMMANDS) >= 10
