"""The examples of README.md and docs/: what stands in their fenced blocks, and what they really give.

A `yaml` block is a whole spec; its first line names the file (`# lenet.yaml`), which the `console` blocks
below it may use. In a `console` block a line that begins with `$ ` is a command, and what follows is its
output, stdout and stderr together. `python tests/docs/examples.py --write` puts the real outputs in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from netinspect.pictures.kinds import all_kinds

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(r"^```(?P<kind>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (?P<name>(?:\w+/)?[\w.-]+\.(?:yaml|json))\n")

KINDS = re.compile(r"(?P<head>^\| file \| what it shows \| drawn \|\n\|[-|]+\n)(?:\|.*\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its kind (`yaml`, `yaml mistake`, `console`, `python`), text and line in the page."""

    kind: str
    text: str
    line: int
    start: int
    end: int

    @property
    def file_name(self) -> str | None:
        match = FILE_NAME.match(self.text)
        return match["name"] if match else None


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(m["kind"].strip(), m["text"], page.count("\n", 0, m.start()) + 2, m.start("text"), m.end("text"))
        for m in FENCE.finditer(page)
    ]


def run_page(page: str, output_of: Callable[[str, Path], str] | None = None) -> str:
    """The page with the output of every console block as it really is; `output_of` gives that of a command that is run
    in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        pieces, last = [], 0
        for block in blocks(page):
            if block.file_name is not None:
                file = Path(folder) / block.file_name
                file.parent.mkdir(exist_ok=True)
                file.write_text(block.text, encoding="utf-8")
            elif block.kind == "console":
                pieces += [page[last : block.start], transcript(block.text, Path(folder), output_of or output)]
                last = block.end
        return "".join(pieces) + page[last:]


def transcript(console: str, folder: Path, output_of: Callable[[str, Path], str]) -> str:
    """The commands of a console block, each with what it prints when it is run in `folder`."""
    commands = [line[2:] for line in console.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{output_of(command, folder)}" for command in commands)


def output(command: str, folder: Path) -> str:
    """What a command prints, off a terminal: stdout and stderr together."""
    environment = {key: value for key, value in os.environ.items() if key not in _TERMINAL}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    result = subprocess.run(
        command, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return without_trailing_spaces(result.stdout.decode("utf-8"))


def without_trailing_spaces(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


_TERMINAL = (
    *("COLUMNS", "FORCE_COLOR", "GITHUB_ACTIONS", "NETINSPECT_FORMAT"),
    *("GITHUB_WORKSPACE", "CI_PROJECT_DIR"),  # from where a CI counts paths
)


def with_kinds(page: str) -> str:
    """The page with its table of the kinds of pictures as their records are, where it has one."""
    rows = "".join(f"| {' | '.join(row)} |\n" for kind in all_kinds().values() for row in kind.rows)
    return KINDS.sub(lambda table: table["head"] + rows, page)


def main() -> None:
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        if (real := with_kinds(run_page(page))) != page:
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")
            if "--write" in sys.argv:
                path.write_text(real, encoding="utf-8")


if __name__ == "__main__":
    main()
