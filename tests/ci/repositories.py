"""Repositories of git for the tests: of a user, and one that holds netinspect as its users fetch it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.cli.running import QUIET

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "src", "specs")
HIDDEN = ("PYTHONPATH", "VIRTUAL_ENV", "GITHUB_", "CI_", "GIT_", "RUNNER_", "PRE_COMMIT")

CNN = """\
name: Digits
input: [1, 28, 28]
vars: {width: 16}
variants:
  small: {width: 8}
layers:
  - conv1: Conv2d(width, kernel_size=3)
  - ReLU
  - MaxPool2d(2)
  - conv2: Conv2d(2 * width, kernel_size=3, stride=2)
  - ReLU
  - AdaptiveAvgPool2d(1)
  - Flatten
  - hidden: Linear(32)
  - ReLU
  - head: Linear(10)
"""
"""A spec as a user keeps one: nothing is found in it."""


def surroundings(home: Path, **changes: str) -> dict[str, str]:
    """The environment of a job: nothing of that of the tests but the search path, the language and pip's settings."""
    kept = {key: value for key, value in os.environ.items() if key not in QUIET and not key.startswith(HIDDEN)}
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    return {**kept, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", **identity, **changes}


def git(folder: Path, *arguments: str) -> str:
    """What git prints, without the last line end."""
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    result = subprocess.run(command, cwd=folder, env=surroundings(folder), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.rstrip("\n")


def write(folder: Path, files: dict[str, str]) -> None:
    """Files by their paths below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def commit(folder: Path, files: dict[str, str] | None = None) -> str:
    """Write files and commit all that lies in the folder; a repository is made of it where it is none."""
    write(folder, files or {})
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "a change")
    return git(folder, "rev-parse", "HEAD")


def netinspect_repository(folder: Path) -> str:
    """netinspect as it lies here, committed in a folder of its own; its commit."""
    folder.mkdir()
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return commit(folder)
