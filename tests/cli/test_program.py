"""The program around the commands: help, version, completion, the gallery, bugs."""

import json
import re
import subprocess
import sys
from importlib.metadata import version

import pytest

from netinspect.cli.main import app, main
from tests.cli.running import environment, run


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize(
    "command", [(), ("new",), ("summary",), ("verify",), ("explain",), ("gallery",), ("schema",), ("import",)]
)
def test_help_has_examples(flag, command):
    result = run(*command, flag)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Usage: netinspect" in result.stdout
    assert "Examples:" in result.stdout


def test_version():
    assert run("--version").stdout == f"netinspect {version('netinspect')}\n"


def test_without_a_command_help_on_stderr():
    result = run()
    assert (result.returncode, result.stdout) == (2, "")
    assert "Usage: netinspect" in result.stderr


def test_the_gallery_lists_networks_with_their_figures():
    lines = run("gallery").stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("resnet50 ")]
    assert line.split()[1:4] == ["3×224×224", "25,557,032", "4,089,184,256"]


def test_a_network_of_the_gallery():
    assert len(run("gallery", "lenet5").stdout.splitlines()) == 2


def test_a_spec_of_the_gallery_is_a_start(tmp_path):
    spec = tmp_path / "my.yaml"
    spec.write_text(run("gallery", "resnet50", "--spec").stdout)
    result = run("summary", spec, "--format", "json")
    assert json.loads(result.stdout)["models"][0]["totals"]["params"] == 25_557_032


def test_an_unknown_network_is_told_where_to_look():
    result = run("summary", "resnet51")
    assert result.returncode == 2
    assert "resnet50" in result.stderr


def test_completion_knows_the_gallery():
    line = "netinspect summary resnet1"
    env = environment(_NETINSPECT_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD="2")
    command = [sys.executable, "-m", "netinspect"]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert set(result.stdout.split()) == {"resnet18", "resnet101", "resnet152"}


def test_a_bug_is_one_line_that_asks_for_a_report(monkeypatch, capsys, spec):
    monkeypatch.setattr("netinspect.reading.elaborate_file", lambda *_, **__: 1 / 0)
    monkeypatch.delenv("NETINSPECT_DEBUG", raising=False)
    assert main(["summary", str(spec)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert re.match(r"error: netinspect has a bug \(ZeroDivisionError: division by zero\)\. Please report", line)


def test_a_bug_with_debug_shows_the_traceback(monkeypatch, capsys, spec):
    monkeypatch.setattr("netinspect.reading.elaborate_file", lambda *_, **__: 1 / 0)
    monkeypatch.setenv("NETINSPECT_DEBUG", "1")
    assert main(["summary", str(spec)]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_no_memory_is_no_bug(monkeypatch, capsys, spec):
    def exhausted(*_, **__):
        raise MemoryError

    monkeypatch.setattr("netinspect.reading.elaborate_file", exhausted)
    assert main(["summary", str(spec)]) == 3
    assert capsys.readouterr().err == "error: not enough memory to finish\n"


def test_it_starts_from_any_folder_with_an_unwritable_home(tmp_path):
    result = run("summary", "lenet5", cwd=tmp_path, env={"HOME": "/nonexistent"})
    assert result.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_run_leaves_nothing_for_the_next_in_the_same_process(capsys):
    """Only the command that is asked for is loaded; the next run must not know it twice, or alone."""
    assert main(["--help"]) == 0
    first = capsys.readouterr().out
    for _ in range(2):
        assert main(["gallery"]) == 0
    assert [command.name for command in app.registered_commands] == ["gallery"]
    capsys.readouterr()
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == first
    assert main(["sumary"]) == 2
    assert "summary" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("summary lenet -o a.txt --output-file b.txt", 2),
        ("visualize lenet -o out --layers conv1 --layers conv2 --dry-run", 2),
        ("compare lenet --baseline a.json --baseline b.json", 2),
        ("check . --max-params 3 --max-params 4", 2),
        ("summary lenet --format csv --format json --batch-size 2 --batch-size 4 --strict --strict", 0),
    ],
)
def test_a_second_file_is_a_mistake_and_a_second_setting_a_change_of_mind(options, code, capsys):
    assert main(options.split()) == code
    assert ("it is given twice" in capsys.readouterr().err) == bool(code)


@pytest.mark.parametrize(
    "words",
    [
        ["summary", "lenet"],
        ["export", "lenet"],
        ["new", "cnn"],
        ["schema"],
        ["check", "lenet"],
        ["format", "lenet.yaml"],
    ],
    ids=lambda words: words[0],
)
def test_a_dash_is_standard_output(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lenet.yaml").write_text("input: [8]\nlayers:\n  - Linear(2)\n")
    main([*words, "-o", "-"])
    assert capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["lenet.yaml"]
