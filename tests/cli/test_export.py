"""`netinspect export`: source on standard output, nothing else there; files are not lost."""

from importlib.util import find_spec

import pytest
import torch

import netinspect
from netinspect.cli.main import main
from netinspect.errors import InputError


def test_the_source_alone_is_on_standard_output(spec, monkeypatch, capsys):
    monkeypatch.chdir(spec.parent)
    assert main(["export", "net.yaml"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("# Small, from the spec net.yaml\n\n")
    assert out == netinspect.export("net.yaml") == netinspect.load("net.yaml").export()
    namespace = {}
    exec(out, namespace)
    assert list(namespace["Small"]().state_dict()) == list(netinspect.build("net.yaml").state_dict())


def test_options_change_what_is_written(spec, monkeypatch, capsys):
    monkeypatch.chdir(spec.parent)
    assert main(["export", "net.yaml", "--name", "Net", "--input-shape", "3,16,16"]) == 0
    out = capsys.readouterr().out
    assert "class Net(" in out
    assert "nn.Conv2d(3, 6, kernel_size=5)" in out
    assert main(["export", "lenet.yaml", "--set", "nothing=3"]) == 2
    assert "there is no var `nothing`" in capsys.readouterr().err


def test_a_file_is_written_over_only_by_force(spec, monkeypatch, capsys):
    monkeypatch.chdir(spec.parent)
    words = ["export", "net.yaml", "-o", "net.py"]
    assert main(words) == 0
    assert capsys.readouterr().out == ""
    assert main(words) == 2
    assert "net.py is already there" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0
    assert main(["export", "net.yaml", "-o", "net.yaml", "--force"]) == 2


@pytest.mark.parametrize("name", ["class", "3d", "a b", "x.y", ""])
def test_a_class_is_called_as_python_allows(spec, name, capsys):
    assert main(["export", str(spec), "--name", name]) == 2
    assert "a class of Python is called otherwise" in capsys.readouterr().err
    with pytest.raises(InputError, match="called otherwise"):
        netinspect.export(spec, name=name)


def test_a_broken_spec_is_not_written(tmp_path, capsys):
    path = tmp_path / "net.yaml"
    path.write_text("input: [3]\nlayers:\n  - Linaer(3)\n")
    assert main(["export", str(path), "-o", str(tmp_path / "net.py")]) == 2
    assert "Linear" in capsys.readouterr().err
    assert not (tmp_path / "net.py").exists()


def test_layers_of_the_users_own_are_imported_by_name(here, capsys, monkeypatch):
    (here / "own.yaml").write_text(
        "input: [4, 8, 8]\nlayers:\n  - scale: Scale(2.0)\n  - conv: Conv2d(4, kernel_size=3)\n"
    )
    (here / "scales.py").write_text(
        "from torch import nn\n\n\nclass Scale(nn.Module):\n    def __init__(self, by):\n        super().__init__()\n"
        "        self.by = by\n\n    def forward(self, x):\n        return x * self.by\n"
    )
    assert main(["export", "own.yaml", "--custom-layers", "scales.py"]) == 0
    out = capsys.readouterr().out
    assert "# your own: Scale, from scales.py, which has to stand beside this file\n" in out
    assert "from scales import Scale\n" in out
    monkeypatch.syspath_prepend(here)
    namespace = {}
    exec(out, namespace)
    assert torch.equal(namespace["Own"]().scale(torch.ones(1)), torch.full((1,), 2.0))


@pytest.mark.skipif(find_spec("onnxscript") is not None, reason="it is there")
def test_what_onnx_needs_is_named(spec, tmp_path, capsys):
    assert main(["export", str(spec), "--to", "onnx", "-o", str(tmp_path / "net.onnx")]) == 2
    assert "run `pip install" in capsys.readouterr().err


def test_onnx_is_no_text(spec, capsys):
    assert main(["export", str(spec), "--to", "onnx"]) == 2
    assert "--output-file net.onnx" in capsys.readouterr().err


@pytest.mark.skipif(find_spec("onnxscript") is None or find_spec("onnxruntime") is None, reason="no onnx")
@pytest.mark.parametrize("name", ["lenet", "bilstm", "siamese", "resnet18", "self_attention"])
def test_onnxruntime_returns_what_torch_returns(name, tmp_path, capsys):
    path = tmp_path / "net.onnx"
    assert main(["export", name, "--to", "onnx", "-o", str(path)]) == 0
    assert "checked with onnxruntime" in capsys.readouterr().err
    assert path.stat().st_size > 1000
