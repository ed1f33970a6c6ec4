"""What check must survive: hostile settings, streams in folders, links, and text of a spec in a log of CI."""

import json
import os
import sys

import pytest

from tests.cli.running import run

SPEC = "input: [8]\nlayers:\n  - Linear(4)\n  - ReLU\n  - Linear(2)\n"
FIXABLE = "input: [20, 8]\nlayers:\n  - LSTM(16, dropout=0.2, batch_first=True)\n"
IDLE = FIXABLE.replace("dropout", "num_layers=n, dropout") + "vars: {n: 2}\nvariants: {one: {n: 1}}\n"


@pytest.fixture
def specs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.yaml").write_text(SPEC)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "[" * 5000, "nested too deep"),
        ("x = " + "9" * 5000, "is no TOML"),
        ("a." * 50_000 + "a = 1", "more than 2000 dots"),
        ("\x00", "is no TOML"),
        ("ignore = [" + '"W2", ' * 200_000 + "]", "too large"),
    ],
)
def test_hostile_settings_are_one_message(specs, text, message):
    (specs / "netinspect.toml").write_text(text)
    result = run("check")
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert "bug" not in result.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in folders")
def test_a_pipe_is_not_waited_for(specs):
    os.mkfifo(specs / "specs" / "b.yaml")
    assert run("check").stdout == "1 network in 1 file: nothing found\n"
    os.mkfifo(specs / "netinspect.toml")
    assert "is no file" in run("check").stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["specs/hidden", "netinspect.toml"])
def test_what_cannot_be_read_is_no_pass(specs, name):
    path = specs / name
    path.mkdir() if name.startswith("specs") else path.write_text("max-params = 1\n")
    path.chmod(0)
    try:
        assert run("check").returncode == 2
    finally:
        path.chmod(0o700)


@pytest.mark.parametrize("words", [("n.yaml:one",), ("n.yaml", "--set", "n=1"), ("n.yaml",)])
def test_a_fix_that_another_variant_does_not_need_is_not_made(specs, words):
    (specs / "n.yaml").write_text(IDLE)
    run("check", *words, "--fix")
    assert (specs / "n.yaml").read_text() == IDLE


def test_a_link_stays_a_link_and_its_file_is_mended(specs):
    (specs / "real.yaml").write_text(FIXABLE)
    (specs / "link.yaml").symlink_to("real.yaml")
    assert run("check", "link.yaml", "--fix").returncode == 0
    assert (specs / "link.yaml").is_symlink()
    assert "dropout" not in (specs / "real.yaml").read_text()


def test_a_document_of_a_fix_is_only_a_document(specs):
    (specs / "f.yaml").write_text(FIXABLE)
    result = run("check", "f.yaml", "--fix", "--format", "json")
    assert json.loads(result.stdout)["findings"] == []
    assert "-  - LSTM(16, dropout=0.2" in result.stderr


@pytest.mark.parametrize(
    "words", [("-", "--fix"), ("-", "--diff"), ("-", "--watch"), ("a.yaml", "--baseline", "-", "--fix")]
)
def test_standard_input_is_not_read_twice(specs, words):
    result = run("check", *words, input=SPEC)
    assert (result.returncode, result.stdout) == (2, "")
    assert "standard input can be read once" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be")
@pytest.mark.parametrize("option", ["--diff", "--format=text", "--format=concise"])
def test_a_spec_gives_github_no_command(specs, option):
    name = specs / "specs" / "x\n::error::name ##[error]\x1b[31m.yaml"
    text = "# ##[error]y\n" + FIXABLE.replace("batch_first=True)", "batch_first=True)  # ##[warning]x")
    name.write_text("name: >\n  ::add-mask::e\n" + text)
    result = run("check", name, option, env={"GITHUB_ACTIONS": "true"})
    everything = result.stdout + result.stderr
    assert "W205" in everything or "dropout" in everything
    assert "##[" not in everything
    assert "\x1b" not in everything
    assert not any(line.lstrip(" +-").startswith("::") for line in everything.splitlines())
