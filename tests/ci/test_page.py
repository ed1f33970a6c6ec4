"""docs/ci.md is true: its workflows and pipelines are what GitHub and GitLab take, and all of its commands run."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from netinspect import configuration
from tests.ci.repositories import CNN, ROOT, commit, git, surroundings, write
from tests.ci.test_action import ACTION
from tests.ci.test_hooks import HOOKS, OTHERS
from tests.cli.running import run
from tests.docs.examples import blocks

PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("docs/ci.md", "README.md")}
BLOCKS = blocks(PAGES["docs/ci.md"])
PROGRAMS = Path(sys.executable).parent
FINDING = CNN.replace("  - ReLU\n  - MaxPool2d(2)\n", "  - BatchNorm2d\n  - ReLU\n  - MaxPool2d(2)\n")
"""A spec with a bias before a normalisation (W202)."""
LINEARS = CNN.replace("Linear(32)\n  - ReLU", "Linear(32)")
"""A spec with two linear layers in a row (W201)."""


def texts(kind, page=None):
    found = [block for block in (BLOCKS if page is None else blocks(page)) if block.kind == kind]
    assert found
    return [pytest.param(block.text, id=f"line {block.line}") for block in found]


@pytest.fixture
def repository(tmp_path):
    """A user's repository: a branch off main that adds a spec, and the page's file of custom layers."""
    folder = tmp_path / "repository"
    folder.mkdir()
    main = commit(
        folder, {"specs/digits.yaml": CNN, "models/a/wide.yaml": CNN, "layers.py": "raise SystemExit('run')\n"}
    )
    git(folder, "checkout", "--quiet", "-b", "feature")
    commit(folder, {"specs/new.yaml": CNN, **OTHERS})
    return folder, main


def shell(folder, script, **changes):
    """A script of the page, run as a job does: it ends where a command fails."""
    path = os.pathsep.join([str(PROGRAMS), os.environ["PATH"]])
    env = surroundings(folder.parent, PATH=path, PYTHONPATH=str(ROOT / "src"), **changes)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


# --- pre-commit ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*texts("yaml pre-commit"), *texts("yaml pre-commit", PAGES["README.md"])])
def test_a_configuration_of_pre_commit_is_one_and_its_hooks_take_the_options(text, tmp_path):
    write(tmp_path, {"config.yaml": text, "digits.yaml": CNN})
    command = [sys.executable, "-m", "pre_commit", "validate-config", "config.yaml"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    (source,) = yaml.safe_load(text)["repos"]
    for hook in source["hooks"]:
        _, *entry = HOOKS[hook["id"]]["entry"].split()
        assert run(*entry, *hook.get("args", ()), "digits.yaml", cwd=tmp_path).returncode == 0


# --- GitHub --------------------------------------------------------------------------------------


def valid(schema, file):
    """Whether check-jsonschema takes a file by one of the schemas that it brings along."""
    command = [PROGRAMS / "check-jsonschema", "--builtin-schema", schema, file]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("text", texts("yaml github"))
def test_a_workflow_is_one(text, tmp_path):
    write(tmp_path, {"workflow.yml": text})
    result = valid("vendor.github-workflows", tmp_path / "workflow.yml")
    assert result.returncode == 0, result.stdout
    if shutil.which("actionlint"):
        subprocess.run(["actionlint", tmp_path / "workflow.yml"], check=True)


def test_the_workflow_with_the_action_is_ten_lines_and_gives_it_inputs_that_it_has():
    (text,) = (block.text for block in BLOCKS if "uses: OWNER/netinspect" in block.text)
    assert len(text.splitlines()) <= 10
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    *_, step = workflow["jobs"]["specs"]["steps"]
    assert set(step["with"]) <= set(ACTION["inputs"])


def test_every_input_of_the_action_is_told():
    for name in ACTION["inputs"]:
        assert f"| `{name}` |" in PAGES["docs/ci.md"]


def test_the_workflow_without_the_action_registers_the_problem_matcher(repository):
    folder, _ = repository
    (text,) = (block.text for block in BLOCKS if "::add-matcher::" in block.text)
    *_, install, step = yaml.safe_load(text)["jobs"]["specs"]["steps"]
    assert install["run"].startswith("pip install git+https://")
    result = shell(folder, step["run"], GITHUB_ACTIONS="true")
    assert (result.returncode, result.stderr) == (0, "")
    assert Path(result.stdout.strip().removeprefix("::add-matcher::")).is_file()
    write(folder, {"specs/bad.yaml": FINDING})
    result = shell(folder, step["run"], GITHUB_ACTIONS="true")
    assert result.returncode == 1
    assert result.stdout.splitlines()[1].startswith("specs/bad.yaml:7:12: W202 ")


# --- GitLab --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", texts("yaml gitlab"))
def test_the_pipeline_is_one_and_its_commands_leave_the_reports(text, repository):
    folder, main = repository
    write(folder, {".gitlab-ci.yml": text})
    result = valid("vendor.gitlab-ci", folder / ".gitlab-ci.yml")
    assert result.returncode == 0, result.stdout
    job = yaml.safe_load(text)["specs"]
    install, *commands = job["script"]
    assert install.startswith("pip install git+https://")
    env = {"CI_PROJECT_DIR": str(folder), "CI_MERGE_REQUEST_DIFF_BASE_SHA": main}
    result = shell(folder, "\n".join(commands), **env)
    assert (result.returncode, result.stderr) == (0, "")
    assert (
        result.stdout
        == "note: specs/new.yaml is new: it is not in the baseline\n4 networks in 2 files: nothing found\n"
    )
    assert all((folder / report).is_file() for report in job["artifacts"]["reports"].values())
    write(
        folder, {"specs/digits.yaml": CNN.replace("Linear(32)", "Linear(64)"), "specs/bad.yaml": "layers: [Linaer]\n"}
    )
    result = shell(folder, "\n".join(commands), **env)
    assert result.returncode == 2
    assert "specs/digits.yaml: error[E604]: params rose by " in result.stdout
    assert "E018" in (folder / "codequality.json").read_text()
    assert "E018" in (folder / "junit.xml").read_text()


# --- the shell -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", texts("sh"))
def test_every_script_runs(text, repository):
    folder, _ = repository
    if "jq " in text and not shutil.which("jq"):
        pytest.skip("jq is not installed")
    result = shell(folder, text)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_lines_printed_for_a_start_silence_what_is_found(repository):
    if not shutil.which("jq"):
        pytest.skip("jq is not installed")
    folder, _ = repository
    write(
        folder, {"specs/old one.yaml": FINDING, "specs/old.yaml": FINDING.replace("Linear(32)\n  - ReLU", "Linear(32)")}
    )
    (script,) = (block.text for block in BLOCKS if "group_by" in block.text)
    assert shell(folder, "netinspect check").returncode == 1
    lines = shell(folder, f"set +eo pipefail\n{script}").stdout
    write(folder, {"netinspect.toml": f"[per-file-ignores]\n{lines}"})
    assert 'old one.yaml" = ["W202"]' in lines
    assert shell(folder, "netinspect check").returncode == 0
    write(folder, {"specs/new.yaml": FINDING})
    assert shell(folder, "netinspect check").returncode == 1


# --- configuration -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", texts("toml", (ROOT / "docs" / "check.md").read_text(encoding="utf-8")))
def test_the_configuration_shown_has_every_key_and_works(text, repository):
    folder, _ = repository
    assert set(tomllib.loads(text)) == set(configuration._KEYS)
    write(folder, {"netinspect.toml": text, "specs/old/bad.yaml": FINDING, "specs/lecture_1.yaml": LINEARS})
    result = shell(folder, "netinspect check --format concise")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert shell(folder, "netinspect check --max-params 100").returncode == 1
    (folder / "netinspect.toml").unlink()
    assert {"W201", "W202"} < set(shell(folder, "netinspect check --format concise").stdout.split())
