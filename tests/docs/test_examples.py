"""What README.md and docs/ show is what a reader gets."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netinspect.analysis.profile import profile
from netinspect.network import load
from tests.docs.examples import KINDS, PAGES, ROOT, blocks, run_page, with_kinds

PAGE_TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in PAGES}
SPECS = [
    pytest.param(block, id=f"{page}:{block.line}")
    for page, text in PAGE_TEXTS.items()
    for block in blocks(text)
    if block.kind == "yaml"
]
PYTHON = [
    pytest.param(page, id=page) for page, text in PAGE_TEXTS.items() if any(b.kind == "python" for b in blocks(text))
]


@pytest.mark.parametrize("block", SPECS)
def test_every_spec_shown_elaborates_and_meets_its_expectation(block, tmp_path):
    spec = tmp_path / Path(block.file_name).name
    spec.write_text(block.text, encoding="utf-8")
    assert profile(load(str(spec))).totals.params > 0


@pytest.mark.parametrize("page", PAGE_TEXTS)
def test_every_output_shown_is_what_the_command_prints(page):
    assert run_page(PAGE_TEXTS[page]) == PAGE_TEXTS[page]


RUN_EACH = """
import json, sys
for line, text in json.load(sys.stdin):
    exec(compile(text, f"line {line}", "exec"), {"__name__": "__main__"})
"""


@pytest.mark.parametrize("page", PYTHON)
def test_every_python_example_runs(page, tmp_path):
    """Each with names of its own, in one process a page, which imports torch once."""
    examples = []
    for block in blocks(PAGE_TEXTS[page]):
        if block.file_name is not None:
            (tmp_path / block.file_name).write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            examples.append((block.line, block.text))
    result = subprocess.run(
        [sys.executable, "-c", RUN_EACH],
        input=json.dumps(examples),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
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
