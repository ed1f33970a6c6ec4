"""The wheel alone in an empty environment: what it brings, what it can do, and what it says of the rest."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.package.commands import LIGHT, PYTHON, REFUSED, write_files

ROOT = Path(__file__).parents[2]
MOST_MEGABYTES = 60

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    """A folder with an environment `env` that holds the wheel without extras, and the files of the commands."""
    folder = tmp_path_factory.mktemp("light")
    write_files(folder)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder / "env")]
    install = [*pip, "install", "--constraint", str(ROOT / "constraints.txt"), str(wheel)]
    installed = subprocess.run(install, capture_output=True, text=True, check=False)
    assert installed.returncode == 0, installed.stderr
    yield folder
    shutil.rmtree(folder)


def run(folder, program, *arguments):
    """A program of the environment, in a process that knows nothing of the environment of the tests."""
    surroundings = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [folder / "env" / "bin" / program, *arguments],
        cwd=folder,
        env={**surroundings, "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", LIGHT)
def test_a_light_install_runs_what_needs_no_torch(light, command):
    result = run(light, "netinspect", *command.split())
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout


def test_the_problem_matcher_comes_along(light):
    assert len(list((light / "env").rglob("netinspect-problem-matcher.json"))) == 1


@pytest.mark.parametrize(("command", "message"), REFUSED.items())
def test_it_names_the_command_to_run_for_the_rest(light, command, message):
    result = run(light, "netinspect", *command.split())
    assert (result.returncode, result.stdout, result.stderr) == (2, "", message)
    assert not (light / "album").exists()


def test_python_says_the_same(light):
    result = run(light, "python", "-c", PYTHON)
    assert (result.returncode, result.stderr) == (0, "")


def test_it_stays_small(light):
    """Disk space with the compiled files that pip writes; Python itself is linked, and pip is not in it."""
    sizes = {path: path.lstat().st_size for path in (light / "env").rglob("*") if not path.is_dir()}
    parts = sorted({path.relative_to(light / "env").parts[:5][-1] for path in sizes})
    megabytes = sum(sizes.values()) / 1e6
    assert 10 < megabytes < MOST_MEGABYTES, f"{megabytes:.1f} MB: {parts}"
