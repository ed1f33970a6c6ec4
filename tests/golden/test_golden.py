"""Whole outputs, kept as files: exit code, stdout and stderr of real runs.

Each file in `cases/` starts with the command. `NETINSPECT_UPDATE_GOLDEN=1 pytest tests/golden` writes them anew;
read the difference before committing it.
"""

import os
import shlex
from pathlib import Path

import pytest

from tests.cli.running import run

CASES = Path(__file__).parent / "cases"


def outcome(command):
    """A run in the folder of the cases, as text."""
    result = run(*shlex.split(command.removeprefix("$ netinspect ")), cwd=CASES)
    return f"{command}\n--- exit {result.returncode}\n--- stdout\n{result.stdout}--- stderr\n{result.stderr}"


@pytest.mark.parametrize("path", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_output(path):
    kept = path.read_text(encoding="utf-8")
    actual = outcome(kept.splitlines()[0])
    if os.environ.get("NETINSPECT_UPDATE_GOLDEN"):
        path.write_text(actual, encoding="utf-8")
    else:
        assert actual == kept


def test_there_are_cases():
    assert len(list(CASES.glob("*.txt"))) >= 10
