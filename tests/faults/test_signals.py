"""Signals at any moment (faults 36 and 45): an exit code, no traceback, nothing half-written, in real processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import PROGRAM, environment
from tests.faults.galleries import bytes_in, heed_interrupts, hit, left_over

AT_AN_IMPORT = """
import os, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["AT_IMPORT_OF"]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(os.environ["SEND"]))

sys.meta_path.insert(0, Finder())
"""
"""Python runs a `sitecustomize` before anything else: a signal comes when a module is first looked for."""

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
SCRIPT = (sys.executable, "-c", "import sys; from netinspect.__main__ import main; sys.exit(main())")


def interrupted_at_import(tmp_path, module, number, *arguments, program=PROGRAM, preexec=heed_interrupts):
    """A run to which a signal comes when it imports a module for the first time."""
    (tmp_path / "sitecustomize.py").write_text(AT_AN_IMPORT)
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [*program, *arguments],
        env=environment(PYTHONPATH=paths, AT_IMPORT_OF=module, SEND=str(int(number))),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
        preexec_fn=preexec,
    )


MOMENTS = {
    "45 the command line": ("netinspect.cli", ("summary", "lenet")),
    "45 typer": ("typer", ("compare", "lenet", "lenet5")),
    "45 the catalogue": ("netinspect.catalogue.convolution", ("summary", "lenet")),
    "45 yaml": ("yaml", ("summary", "lenet")),
    "45 torch": ("torch", ("verify", "lenet")),
    "45 numpy in C": ("numpy._core._multiarray_umath", ("visualize", "lenet", "-o", "out")),
}


CASES = [
    pytest.param(module, arguments, number, code, id=f"{name}, {number.name}")
    for name, (module, arguments) in MOMENTS.items()
    for number, code in SIGNALS
    if number == signal.SIGINT or arguments[0] == "summary"
]


@pytest.mark.slow
@pytest.mark.parametrize(("module", "arguments", "number", "code"), CASES)
def test_a_signal_while_modules_are_imported(tmp_path, module, arguments, number, code):
    result = interrupted_at_import(tmp_path, module, number, *arguments)
    assert (result.returncode, result.stdout, result.stderr) == (code, b"", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["sitecustomize.py"]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_45_the_script_owns_the_signals_as_early(tmp_path, number, code):
    result = interrupted_at_import(tmp_path, "typer", number, "summary", "lenet", program=SCRIPT)
    assert (result.returncode, result.stdout, result.stderr) == (code, b"", b"")


def test_45_the_installed_script_is_the_one_that_owns_them():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert 'netinspect = "netinspect.__main__:main"' in text


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("module", ["typer", "yaml"])
def test_45_what_is_ignored_stays_ignored_as_under_nohup(tmp_path, module, number):
    def ignore():
        signal.signal(number, signal.SIG_IGN)

    result = interrupted_at_import(tmp_path, module, number, "summary", "lenet", preexec=ignore)
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"51,902" in result.stdout


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("place", ["os.fsync", "os.urandom"])
def test_36_a_signal_while_a_file_is_written(tmp_path, place, number, code):
    (tmp_path / "out.json").write_text("old")
    command = ("summary", "lenet", "--format", "json", "--output-file", "out.json")
    result = hit(place, 1, number, *command, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (code, "", "")
    assert bytes_in(tmp_path) == {"out.json": b"old"}
    assert left_over(tmp_path) == []


def test_45_a_terminal_that_goes_away_leaves_no_gallery_behind(tmp_path):
    (tmp_path / "net.yaml").write_text("input: [1, 8, 8]\nlayers: ['Conv2d(2, kernel_size=3)']\n")
    command = ("visualize", "net.yaml", "-o", "out", "--what", "kernels")
    result = hit("netinspect.folders._written", 1, signal.SIGHUP, *command, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (143, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["net.yaml"]
