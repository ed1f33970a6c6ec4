"""`netinspect explain`: words on stdout, and what it does not know."""

import subprocess
import sys

import pytest

from netinspect.reference.explaining import explained_word
from tests.cli.running import environment, is_clean, run_here


@pytest.mark.parametrize("word", ["Conv2d", "add", "padding", "E203", "W104", "expect", "Dense", "MSELoss", "units"])
def test_it_prints_the_explanation_and_nothing_else(word):
    result = run_here("explain", word)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{explained_word(word)}\n"


def test_check_explains_a_code_in_the_same_words():
    assert run_here("explain", "W201").stdout.rstrip("\n") == run_here("check", "--explain", "W201").stdout.rstrip("\n")


@pytest.mark.parametrize(("word", "message"), [("Convv2d", "did you mean `Conv2d`?"), ("xyzzy", "docs/catalogue.md")])
def test_an_unknown_word_is_said(word, message):
    result = run_here("explain", word)
    assert is_clean(result)
    assert f"nothing here is called `{word}`" in result.stderr
    assert message in result.stderr


def test_without_a_word_there_is_help():
    result = run_here("explain")
    assert result.returncode == 2
    assert "Examples:" in result.stderr


def test_it_is_cut_off_quietly():
    command = [sys.executable, "-m", "netinspect", "explain", "Conv2d"]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_completion_knows_layers_and_arguments():
    line = "netinspect explain paddi"
    env = environment(_NETINSPECT_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD="2")
    command = [sys.executable, "-m", "netinspect"]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout.split() == ["padding", "padding_idx", "padding_mode"]
