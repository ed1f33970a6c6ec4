"""Outputs that are inputs (fault 41): refused before any work, whatever the file is called, in real processes."""

import pytest

from tests.cli.running import is_clean, run

SPEC = "input: [1, 8, 8]\nlayers:\n  - conv: Conv2d(2, kernel_size=3)\n"


@pytest.fixture
def here(tmp_path):
    """A folder with a spec, a link to it, a baseline and a folder of inputs and weights."""
    (tmp_path / "s.yaml").write_text(SPEC)
    (tmp_path / "t.yaml").write_text(SPEC)
    (tmp_path / "link.yaml").symlink_to("s.yaml")
    (tmp_path / "hard.yaml").hardlink_to(tmp_path / "s.yaml")
    assert run("summary", "s.yaml", "--format", "json", "-o", "base.json", cwd=tmp_path).returncode == 0
    (tmp_path / "w.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "input.png").write_bytes(b"a picture")
    (tmp_path / "out" / "manifest.json").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    return tmp_path


COMMANDS = {
    "41 summary": "summary s.yaml -o s.yaml",
    "41 summary, dots": "summary s.yaml -o ./s.yaml",
    "41 summary, link": "summary s.yaml -o link.yaml",
    "41 summary, hard link": "summary hard.yaml -o s.yaml",
    "41 summary, variant": "summary lenet s.yaml -o s.yaml",
    "41 compare": "compare s.yaml t.yaml -o t.yaml",
    "41 compare, plot": "compare s.yaml t.yaml --plot s.yaml",
    "41 compare, two outputs": "compare s.yaml t.yaml --plot new.png -o ./new.png",
    "41 compare, baseline": "compare --baseline base.json s.yaml -o base.json",
    "41 verify, weights": "verify s.yaml --weights w.safetensors -o w.safetensors",
    "41 visualize, input": "visualize s.yaml -o out --force --input out/input.png",
    "41 visualize, weights": "visualize s.yaml -o out --force --weights out/manifest.json",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_an_output_that_is_an_input_or_another_output(here, command):
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    result = run(*command.split(), cwd=here)
    assert is_clean(result)
    assert "is the input" in result.stderr or "lies in" in result.stderr or "one file" in result.stderr
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
