"""The hooks, run by the real pre-commit in a repository of a user."""

import subprocess
import sys

import pytest
import yaml

from tests.ci.repositories import CNN, ROOT, commit, git, netinspect_repository, surroundings, write
from tests.cli.running import run
from tests.docs.examples import blocks

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
MOST_MEGABYTES = 60
OTHERS = {
    "serverless.yml": "service: a\nlayers:\n  tools: {path: tools}\n",
    ".github/workflows/ci.yml": "on: push\njobs: {}\n",
}
CONFIGURATION = next(
    block.text for block in blocks((ROOT / "README.md").read_text(encoding="utf-8")) if block.kind == "yaml pre-commit"
)


def pre_commit(folder, *arguments):
    """A run of pre-commit with a cache of its own, beside the repository."""
    constraints = str(ROOT / "constraints.txt")
    env = surroundings(folder.parent, PRE_COMMIT_HOME=str(folder.parent / "cache"), PIP_CONSTRAINT=constraints)
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments, "--color", "never"],
        cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A user's repository with the environment of the hook built."""
    folder = tmp_path_factory.mktemp("hooks")
    revision = netinspect_repository(folder / "netinspect")
    user = folder / "user"
    configuration = CONFIGURATION.replace("https://github.com/OWNER/netinspect", str(folder / "netinspect"))
    configuration = configuration.replace("v0.1.0", revision)
    user.mkdir()
    commit(user, {".pre-commit-config.yaml": configuration, "models/digits.yaml": CNN, **OTHERS})
    result = pre_commit(user, "install-hooks")
    assert result.returncode == 0, result.stdout + result.stderr
    return user


@pytest.fixture
def user(installed):
    """The repository as it was committed."""
    git(installed, "reset", "--quiet", "--hard")
    git(installed, "clean", "--quiet", "-d", "--force")
    return installed


def hook(folder, **files):
    write(folder, files)
    git(folder, "add", "--all")
    return pre_commit(folder, "run", "--all-files")


@pytest.mark.slow
def test_a_good_spec_passes_and_yaml_that_is_no_spec_is_passed_over(user):
    result = hook(user)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == 1
    assert result.stdout.startswith("netinspect check")
    assert result.stdout.endswith("Passed\n")


@pytest.mark.slow
def test_a_broken_variant_fails_with_a_line_wherever_the_spec_lies(user):
    result = hook(user, **{"src/nets/wide.yaml": CNN.replace("small: {width: 8}", "wide: {width: 0}")})
    assert result.returncode == 1
    lines = [line for line in result.stdout.splitlines() if ".yaml" in line]
    assert [line.split()[0] for line in lines] == ["src/nets/wide.yaml:7:19:", "src/nets/wide.yaml:10:19:"]
    assert all(line.split()[1] == "E211" and line.endswith("[wide]") for line in lines)
    assert "- exit code: 2" in result.stdout


@pytest.mark.slow
def test_what_the_configuration_excludes_is_passed_over(user):
    broken = CNN.replace("Flatten", "Flaten")
    assert hook(user, **{"old/net.yaml": broken}).returncode == 1
    assert hook(user, **{"netinspect.toml": 'exclude = ["old"]\n'}).returncode == 0


@pytest.mark.slow
def test_the_hook_runs_on_commit_and_stops_it(user):
    assert pre_commit(user, "install").returncode == 0
    write(user, {"net.yaml": CNN.replace("Flatten", "Flaten")})
    git(user, "add", "--all")
    env = surroundings(user.parent, PRE_COMMIT_HOME=str(user.parent / "cache"))
    result = subprocess.run(
        ["git", "commit", "-m", "x"], cwd=user, env=env, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "net.yaml:13:5: E101" in result.stderr


@pytest.mark.slow
def test_its_environment_is_light(installed):
    (environment,) = (installed.parent / "cache").glob("repo*/py_env-*")
    assert not list(environment.rglob("torch"))
    files = [path for path in environment.rglob("*") if not path.is_dir() and "pip" not in path.parts]
    megabytes = sum(path.lstat().st_size for path in files) / 1e6
    assert 10 < megabytes < MOST_MEGABYTES


# --- without an environment of their own ---------------------------------------------------------


def test_the_manifest_is_one():
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_passes_over_what_is_no_spec(name, tmp_path):
    write(tmp_path, {"digits.yaml": CNN, **OTHERS})
    program, *arguments = HOOKS[name]["entry"].split()
    assert program == "netinspect"
    result = run(*arguments, *OTHERS, "digits.yaml", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert ("digits.yaml" in result.stdout) == (name == "netinspect-verify")
    assert run(*arguments, *OTHERS, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_says_what_is_wrong(name, tmp_path):
    write(tmp_path, {"digits.yaml": CNN.replace("Flatten", "Flaten"), **OTHERS})
    _, *arguments = HOOKS[name]["entry"].split()
    result = run(*arguments, *OTHERS, "digits.yaml", cwd=tmp_path)
    assert result.returncode == 2
    assert "digits.yaml:13:5: " in result.stdout + result.stderr


@pytest.mark.parametrize("name", HOOKS)
def test_a_file_name_cannot_be_an_option(name):
    assert HOOKS[name]["exclude"] == "^-"
