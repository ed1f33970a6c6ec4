"""`netinspect new`: a spec on stdout or in a file, and what it refuses."""

import os
import re
import subprocess
import sys

import pytest

from netinspect.starting.kinds import KINDS
from tests.cli.running import environment, is_clean, run, run_here


def test_it_prints_a_spec_that_the_other_commands_read(tmp_path):
    result = run_here("new", "cnn", "--input", "1,64,64", "--classes", "11")
    assert (result.returncode, result.stderr) == (0, "")
    assert "input: [1, 64, 64]" in result.stdout
    assert "vars: {classes: 11}" in result.stdout
    checked = run_here("check", "--strict", "-", input=result.stdout)
    assert (checked.returncode, checked.stderr) == (0, "")
    summary = run_here("summary", "-", input=result.stdout)
    assert (summary.returncode, summary.stderr) == (0, "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for_and_stands_in_the_help(kind):
    result = run_here("new", kind)
    assert (result.returncode, result.stderr) == (0, "")
    assert f"    {kind} " in run_here("new", "--help").stdout


def test_it_writes_a_file_that_names_itself(tmp_path):
    path = tmp_path / "sound.yaml"
    result = run_here("new", "crnn", "--input", "1,80,300", "--name", "Sound events", "-o", path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    text = path.read_text(encoding="utf-8")
    assert "netinspect summary sound.yaml" in text
    assert 'name: "Sound events"' in text
    assert run_here("check", path).returncode == 0


def test_a_file_that_is_there_is_never_overwritten(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("mine")
    result = run_here("new", "mlp", "-o", path)
    assert is_clean(result)
    assert "is already there; name another file" in result.stderr
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cn",), "'cn' is not one of 'mlp', 'cnn'"),
        (("cnn", "--input", "64x64"), "--input 64x64: write sizes without the batch, such as --input 1,64,64"),
        (("cnn", "--input", "64,64,3"), "these seem to be height, width and channels; write `--input 3,64,64`"),
        (
            ("autoencoder", "--classes", "3"),
            "--classes is for networks that classify",
        ),
    ],
)
def test_what_cannot_be_is_said(arguments, message):
    result = run_here("new", *arguments)
    assert is_clean(result)
    assert message in result.stderr


def test_without_a_kind_there_is_help():
    result = run_here("new")
    assert result.returncode == 2
    assert "Kinds:" in result.stderr


def test_completion_knows_the_kinds():
    line = "netinspect new c"
    env = environment(_NETINSPECT_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD="2")
    command = [sys.executable, "-m", "netinspect"]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout.split() == ["cnn", "crnn"]


def test_it_works_in_a_terminal_without_unicode():
    result = run("new", "cnn", "--name", "Größe", env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0
    assert re.search(r'^name: ".+"$', result.stdout, re.MULTILINE)
    assert os.linesep in result.stdout
