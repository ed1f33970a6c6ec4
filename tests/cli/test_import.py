"""`netinspect import`: the spec of a torch model on standard output, everything else on standard error."""

from importlib.metadata import version

import pytest

import netinspect
from netinspect.cli.main import main
from tests.cli.running import is_clean, run

MODEL = """\
import torch
from torch import nn

print("a word while it is imported")


class Net(nn.Module):
    def __init__(self, classes=4):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8, classes)

    def forward(self, x):
        print("a word while it runs")
        return self.fc(self.conv(x).mean((2, 3)))


class Branch(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Fails(nn.Module):
    def forward(self, x):
        raise ValueError("no such thing")


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 8)

    def forward(self, scale, words):
        return self.embed(words) * scale


class Table(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.randn(40, 40))

    def forward(self, x):
        return x @ self.table


class Stated(nn.Module):
    default_cfg = {"input_size": (3, 16, 16)}

    def forward(self, x):
        return x * 2


class WithLoss(nn.Module):
    def forward(self, x):
        return {"scores": x * 2, "loss": 0.5}


net = Net()
number = 3


def text():
    return "a text"


def asks(classes):
    return Net(classes)


def ends():
    raise SystemExit


class EndsWhenCopied(Net):
    def __deepcopy__(self, memo):
        raise SystemExit


class Ends(nn.Module):
    def forward(self, x):
        raise SystemExit(0)
"""
NET = """\
name: Net
input: [3, 32, 32]

layers:
  - conv: Conv2d(8, kernel_size=3)
  - mean(conv, (2, 3))
  - fc: Linear(4)

expect: {params: 260, macs: 194_432, output: [4]}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with `model.py`, in which the command runs."""
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    (tmp_path / "ends.py").write_text("import sys\nsys.exit(0)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_spec_alone_is_on_standard_output(here):
    result = run("import", "model.py:Net", "--input", "3,32,32", cwd=here)
    comment, _, spec = result.stdout.partition("\n")
    assert (result.returncode, spec) == (0, NET)
    assert comment.startswith(f"# model.py:Net (torch {version('torch')}), as it runs in evaluation mode")
    lines = result.stderr.splitlines()
    assert lines[0] == "a word while it is imported"
    assert set(lines[1:-1]) == {"a word while it runs"}
    assert lines[-1] == "proven: 9 lines for 3 modules"
    (here / "net.yaml").write_text(result.stdout)
    assert netinspect.verify(here / "net.yaml").agrees


def test_a_buffer_whose_numbers_no_spec_says_is_told(here, capsys):
    assert main(["import", "model.py:Table", "--input", "40"]) == 0
    shown = capsys.readouterr()
    assert "table: (40, 40)" in shown.out
    assert "note: `table` begins with zeros: no formula gives its numbers" in shown.err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("channels=3,height=16,width=18", "input: {channels: 3, height: 16, width: 18}"),
        ("x=channels=3,height=16,width=18", "input: {channels: 3, height: 16, width: 18}"),
        ("x=3,16,18", "input: [3, 16, 18]"),
    ],
)
def test_axes_with_names(here, capsys, words, line):
    assert main(["import", "model.py:Net", "--input", words]) == 0
    assert line in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("words", ["rows=3,height=16,width=18", "time=3,time=4", "3,height=16"])
def test_axes_that_there_are_not(here, capsys, words):
    assert main(["import", "model.py:Net", "--input", words]) == 2
    assert f"--input {words}: " in capsys.readouterr().err


def test_an_output_that_is_no_tensor_is_told(here, capsys):
    assert main(["import", "model.py:WithLoss", "--input", "4"]) == 0
    assert "note: `loss` (float) is an output that is no tensor, and is left out" in capsys.readouterr().err


def test_into_a_file_that_is_not_there_yet(here, capsys):
    words = ["import", "model.py:Net", "--input", "3,32,32", "--name", "My net", "-o", "net.yaml"]
    assert main(words) == 0
    assert capsys.readouterr().out == ""
    assert (here / "net.yaml").read_text().partition("\n")[2] == NET.replace("name: Net", "name: My net")
    assert main(words) == 2
    assert "net.yaml is already there; name another file, or write over it with --force" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["model.py:net", "--input", "3,32,32"], "- fc: Linear(4)"),
        (["model.py:Net", "--input", "3,32,32", "--args", '{"classes": 11}'], "- fc: Linear(11)"),
        (["model.py:asks", "--input", "x=3,32,32", "--args", '{"classes": 5}'], "- fc: Linear(5)"),
        (
            ["model.py:Words", "--input", "words=6:int64:50", "--input", "6,1"],
            "words: {shape: [6], dtype: int64, high: 50}",
        ),
        (["model.py:Stated"], "input: [3, 16, 16]"),
    ],
)
def test_what_can_be_imported(here, capsys, words, line):
    assert main(["import", *words]) == 0, capsys.readouterr().err
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["model.py", "--input", "3"], "write package.module:factory or file.py:Class"),
        (["other.py:Net", "--input", "3"], "there is no file other.py"),
        (["no_such_package:Net", "--input", "3"], "no_such_package cannot be imported: ModuleNotFoundError"),
        (["model.py:Other", "--input", "3"], "model.py has no `Other`"),
        (["model.py:Nett", "--input", "3"], "model.py has no `Nett`; did you mean `Net`?"),
        (["model.py:Words", "--input", "words=6:int64"], "takes scale, words, and `scale` is not among"),
        (["model.py:Words", "--input", "words=6", "--input", "1"], "give its input the dtype int64, as in"),
        (["model.py:Fails", "--input", "3"], "\nmodel.py:"),
        (["model.py:number", "--input", "3"], "model.py:number is int, and no model"),
        (["model.py:text", "--input", "3"], "model.py:text gives str, and no torch module"),
        (["model.py:asks", "--input", "3"], "--args gives its arguments"),
        (["model.py:Net"], "the model does not say what it takes; write --input"),
        (["model.py:Net", "--input", "3,32,32", "--args", "[1]"], "write the arguments by name"),
        (["model.py:Net", "--input", "3,32,32", "--args", "{"], "--args {:"),
        (["model.py:Net", "--input", "three"], "--input three: write --input 3,224,224"),
        (["model.py:Net", "--input", "3:float8"], "--input 3:float8: write"),
        (["model.py:Net", "--input", "y=3,32,32"], "the model's forward has no argument `y`; it has x"),
        (["model.py:Net", "--input", "3,32,32", "--input", "3"], "2 inputs, and the model's forward takes x"),
        (["model.py:Net", "--input", "4,32,32"], "the model fails on an input of 2×4×32×32: RuntimeError"),
        (["ends.py:Net", "--input", "3"], "ends.py cannot be run: SystemExit: 0"),
        (["ends:Net", "--input", "3"], "ends cannot be imported: SystemExit: 0"),
        (["model.py:ends", "--input", "3"], "model.py:ends cannot be made: SystemExit; --args"),
        (["model.py:Ends", "--input", "3"], "the model fails on an input of 2×3: SystemExit: 0"),
        (["model.py:EndsWhenCopied", "--input", "3"], "SystemExit"),
        (["model.py:Fails", "--input", "3"], "the model fails on an input of 2×3: ValueError: no such thing"),
    ],
)
def test_what_is_wrong_ends_with_2(here, capsys, words, message):
    assert main(["import", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_what_no_spec_can_say_ends_with_1(here, capsys):
    assert main(["import", "model.py:Branch", "--input", "3", "-o", "net.yaml"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the model cannot be written as a spec: `__bool__` makes what follows depend on the data" in captured.err
    assert "model.py:20)" in captured.err
    assert not (here / "net.yaml").exists()


def test_without_a_target():
    result = run("import")
    assert result.returncode == 2
    assert "Usage: netinspect import" in result.stdout + result.stderr


def test_nothing_is_imported_from_a_spec(here):
    """A target is named on the command line alone."""
    assert is_clean(run("summary", "model.py:Net", cwd=here))


CONFIGURED = """\
import json
from pathlib import Path

from torch import nn


class Config:
    def __init__(self, classes):
        self.classes = classes

    @classmethod
    def from_pretrained(cls, folder, local_files_only):
        assert local_files_only
        return cls(**json.loads(Path(folder, "config.json").read_text()))


class Net(nn.Module):
    config_class = Config

    def __init__(self, config):
        super().__init__()
        self.fc = nn.Linear(8, config.classes)

    def forward(self, x):
        return self.fc(x)


class AutoModel:
    @classmethod
    def from_config(cls, config):
        return Net(config)


AutoConfig = Config
"""


@pytest.mark.parametrize("name", ["Net", "AutoModel"])
def test_a_model_of_a_config_as_transformers_has_it(capsys, tmp_path, name):
    (tmp_path / "net.py").write_text(CONFIGURED)
    (tmp_path / "config.json").write_text('{"classes": 5}')
    assert main(["import", f"{tmp_path}/net.py:{name}", "--config", str(tmp_path), "--input", "8"]) == 0
    assert "- fc: Linear(5)" in capsys.readouterr().out


def test_a_config_that_is_not_there(capsys, tmp_path):
    (tmp_path / "net.py").write_text(CONFIGURED)
    assert main(["import", f"{tmp_path}/net.py:Net", "--config", f"{tmp_path}/none", "--input", "8"]) == 2
    assert "there is no such folder" in capsys.readouterr().err
