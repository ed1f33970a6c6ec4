"""Every format of `check` on a repository whose names are hostile, kept as files.

`NETINSPECT_UPDATE_GOLDEN=1 pytest tests/report/check` writes them anew; read the difference before committing it.
"""

import os
from pathlib import Path

import pytest

from netinspect.report.check import FORMATS
from tests.cli.running import run, run_here
from tests.report.check.checks import repository

GOLDEN = Path(__file__).parent / "golden"
OUTSIDE_CI = {"GITHUB_WORKSPACE": "", "CI_PROJECT_DIR": ""}
BASELINE = ("--baseline", "base.json", "--fail-on-increase", "params")
RUNS = {form: ("--format", form) for form in FORMATS}
RUNS |= {f"{form}_baseline": ("--format", form, *BASELINE) for form in ("json", "markdown", "text")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The repository, and the document of what two of its specs were: one larger, one smaller, one is gone."""
    folder = repository(tmp_path_factory.mktemp("repository"))
    for name, width in (("good", 4), ("unmet", 12), ("gone", 10)):
        (folder / f"{name}.yaml").write_text(f"input: [1, 12, 12]\nlayers:\n  - Flatten\n  - fc: Linear({width})\n")
    stored = run_here("check", "good.yaml", "unmet.yaml", "gone.yaml", "--format", "json", cwd=folder, env=OUTSIDE_CI)
    (folder / "base.json").write_text(stored.stdout.replace('"source": "', '"source": "specs/'))
    return folder


@pytest.mark.parametrize("name", RUNS)
def test_output(folder, name):
    result = run_here("check", *RUNS[name], cwd=folder, env=OUTSIDE_CI)
    assert (result.returncode, result.stderr) == (2, "")
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("NETINSPECT_UPDATE_GOLDEN"):
        path.write_text(result.stdout, encoding="utf-8")
    assert result.stdout == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["json", "gitlab", "sarif"])
def test_documents_for_programs_are_ascii(folder, form):
    assert run_here("check", "--format", form, cwd=folder).stdout.isascii()


@pytest.mark.parametrize("form", FORMATS)
def test_no_document_names_the_folder_it_was_written_in(folder, form):
    assert folder.name not in run_here("check", "--format", form, cwd=folder).stdout


def test_two_runs_give_the_same(folder):
    for form in ("json", "sarif", "github", "markdown"):
        first, second = (call("check", "--format", form, cwd=folder).stdout for call in (run, run_here))
        assert first == second
