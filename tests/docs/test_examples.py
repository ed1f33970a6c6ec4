"""What README.md and docs/ show is what a reader gets."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from netinspect.analysis.profile import profile
from netinspect.network import load
from tests.cli.running import run_here
from tests.docs.examples import KINDS, PAGES, ROOT, blocks, output, run_page, with_kinds, without_trailing_spaces

PAGE_TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in PAGES}
SPECS = [
    pytest.param(block, id=f"{page}:{block.line}")
    for page, text in PAGE_TEXTS.items()
    for block in blocks(text)
    if block.kind == "yaml"
]


@pytest.mark.parametrize("block", SPECS)
def test_every_spec_shown_elaborates_and_meets_its_expectation(block, tmp_path):
    spec = tmp_path / Path(block.file_name).name
    spec.write_text(block.text, encoding="utf-8")
    assert profile(load(str(spec))).totals.params > 0


@pytest.mark.parametrize("page", PAGE_TEXTS)
def test_every_output_shown_is_what_the_command_prints(page):
    assert run_page(PAGE_TEXTS[page], output_here) == PAGE_TEXTS[page]


def output_here(command, folder):
    """What a command prints: in this process, which takes a tenth of the time, where no shell is needed, nor a process
    to know which of its two streams comes first."""
    program, *arguments = shlex.split(command)
    if program == "netinspect" and not set(command) & set("|<>;&$`"):
        result = run_here(*arguments, cwd=folder)
        if not (result.stdout and result.stderr):
            return without_trailing_spaces(result.stdout + result.stderr)
    return output(command, folder)


RUN_EACH = """
import json, os, sys
for folder, name, text in json.load(sys.stdin):
    os.chdir(folder)
    exec(compile(text, name, "exec"), {"__name__": "__main__"})
"""


def test_every_python_example_runs(tmp_path):
    """Each with names of its own, in one process, which imports torch once."""
    examples = []
    for page, text in PAGE_TEXTS.items():
        folder = tmp_path / Path(page).stem
        folder.mkdir()
        for block in blocks(text):
            if block.file_name is not None and Path(block.file_name).parent == Path():
                (folder / block.file_name).write_text(block.text, encoding="utf-8")
            elif block.kind == "python":
                examples.append((str(folder), f"{page}:{block.line}", block.text))
    result = subprocess.run(
        [sys.executable, "-c", RUN_EACH], input=json.dumps(examples), capture_output=True, text=True, check=False
    )
    assert len({name.partition(":")[0] for _, name, _ in examples}) > 1
    assert (result.returncode, result.stderr) == (0, "")


def test_the_table_of_pictures_is_that_of_their_records():
    page = (ROOT / "docs" / "visualize.md").read_text(encoding="utf-8")
    assert KINDS.search(page)
    assert with_kinds(page) == page


def test_a_stale_output_is_noticed():
    page = "```console\n$ printf 'two\\n'\none\n```\n"
    assert run_page(page) == "```console\n$ printf 'two\\n'\ntwo\n```\n"


@pytest.mark.parametrize("page", PAGE_TEXTS)
def test_every_link_to_a_file_leads_somewhere(page):
    folder = (ROOT / page).parent
    prose = re.sub(r"`[^`\n]*`", "", PAGE_TEXTS[page])
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", prose)
    assert [target for target in targets if not (folder / target).exists()] == []
