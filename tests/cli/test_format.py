"""`netinspect format`: files are laid out in place, or only listed."""

import io
import subprocess
import sys

import pytest

from netinspect.cli.main import main

UNTIDY = "input: [ 3,32,32 ]\nlayers:\n- conv : Conv2d( 8,kernel_size=3 )   # a comment\n"
TIDY = "input: [3, 32, 32]\nlayers:\n  - conv: Conv2d(8, kernel_size=3)   # a comment\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/tidy.yaml").write_text(TIDY)
    (tmp_path / "specs/untidy.yaml").write_text(UNTIDY)
    return tmp_path


def test_files_are_laid_out(here, capsys):
    assert main(["format", "specs"]) == 0
    assert capsys.readouterr().out == "specs/untidy.yaml\n"
    assert (here / "specs/untidy.yaml").read_text() == TIDY
    assert main(["format", "specs"]) == 0
    assert capsys.readouterr().out == ""


def test_check_lists_what_would_change_and_changes_nothing(here, capsys):
    assert main(["format", "--check", "specs/untidy.yaml", "specs/tidy.yaml"]) == 1
    assert capsys.readouterr().out == "specs/untidy.yaml\n"
    assert main(["format", "--diff", "specs"]) == 1
    assert "+  - conv: Conv2d(8, kernel_size=3)   # a comment\n" in capsys.readouterr().out
    assert (here / "specs/untidy.yaml").read_text() == UNTIDY
    assert main(["format", "--check", "specs/tidy.yaml"]) == 0


@pytest.mark.parametrize("text", [UNTIDY, UNTIDY.rstrip("\n"), UNTIDY.replace("\n", "\r\n"), UNTIDY + "#\ta\tb\n"])
def test_the_difference_is_a_patch(here, capsys, text):
    file = here / "specs/untidy.yaml"
    file.write_bytes(text.encode())
    assert main(["format", "--diff", "specs"]) == 1
    patch = capsys.readouterr().out.encode()
    subprocess.run(["git", "apply", "-p0", "-"], input=patch, cwd=here, check=True)
    patched = file.read_bytes()
    file.write_bytes(text.encode())
    main(["format", "specs"])
    assert file.read_bytes() == patched


def test_a_broken_file_does_not_keep_the_others(here, capsys):
    (here / "specs/broken.yaml").write_text("input: [3]\nlayers:\n  - Linear(\n")
    assert main(["format", "specs"]) == 2
    out, err = capsys.readouterr()
    assert (out, "specs/broken.yaml:3:" in err) == ("specs/untidy.yaml\n", True)
    assert (here / "specs/broken.yaml").read_text() == "input: [3]\nlayers:\n  - Linear(\n"


def test_standard_input_goes_to_standard_output(here, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UNTIDY.encode())))
    assert main(["format", "-"]) == 0
    assert capsys.readouterr().out == TIDY


def test_into_another_file(here, capsys):
    assert main(["format", "specs/untidy.yaml", "-o", "other.yaml"]) == 0
    assert (here / "other.yaml").read_text() == TIDY
    assert (here / "specs/untidy.yaml").read_text() == UNTIDY
    assert main(["format", "specs", "-o", "other.yaml"]) == 2
    assert main(["format", "specs/untidy.yaml", "-o", "specs/untidy.yaml"]) == 2


def test_line_ends_and_the_byte_order_mark_stay(here):
    path = here / "specs/untidy.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + UNTIDY.replace("\n", "\r\n").encode())
    assert main(["format", str(path)]) == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode()
