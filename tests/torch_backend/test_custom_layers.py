"""A user's own layers: named on the command line, counted by torch, marked as such."""

import copy
import pickle
import subprocess
import sys

import pytest
import torch

from netinspect.analysis.profile import profile
from netinspect.errors import InputError, SpecError
from netinspect.network.load import elaborate_file, open_spec
from netinspect.torch_backend.build import build
from netinspect.torch_backend.custom_layers import with_custom_layers
from netinspect.torch_backend.verify import verify

LAYERS = """
import torch
from torch import nn


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        self.down = nn.Linear(channels, channels // reduction)
        self.up = nn.Linear(channels // reduction, channels)

    def forward(self, x):
        scale = torch.sigmoid(self.up(torch.relu(self.down(x.mean((2, 3))))))
        return x * scale[:, :, None, None]


class Halves(nn.Module):
    def forward(self, x):
        return x.chunk(2, dim=1)


class _Private(nn.Module):
    pass
"""

SPEC = """
input: [3, 8, 8]
layers:
  - conv: Conv2d(16, kernel_size=3, padding=1)
  - se: SqueezeExcite(prev.shape[1], reduction=2)
  - halves: Halves
  - add(halves, halves.output1)
"""


@pytest.fixture
def files(tmp_path):
    """A file of layers and a spec that uses them."""
    (tmp_path / "my_layers.py").write_text(LAYERS, encoding="utf-8")
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.fixture
def network(files):
    return elaborate_file(open_spec(files / "net.yaml", with_custom_layers(files / "my_layers.py")))


def test_shapes_and_counts_come_from_torch_and_are_marked_as_partial(network):
    whole = profile(network)
    row = next(row for row in whole.rows if row.type == "SqueezeExcite")
    assert (row.outputs[0].shape, row.params, row.macs) == ((1, 16, 8, 8), 16 * 8 + 8 + 8 * 16 + 16, 2 * 16 * 8)
    assert whole.status == "partial"
    assert network.outputs[0][1].type.shape == (1, 8, 8, 8)


def test_torch_agrees_and_the_model_runs_copies_and_pickles(network):
    assert verify(network).agrees
    model = build(network)
    assert list(model.state_dict())[2:] == ["se.down.weight", "se.down.bias", "se.up.weight", "se.up.bias"]
    x = torch.randn(2, 3, 8, 8)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(twin(x), model(x))


def test_what_torch_refuses_is_a_located_mistake(files):
    (files / "net.yaml").write_text(SPEC.replace("prev.shape[1]", "7"), encoding="utf-8")
    with pytest.raises(SpecError) as raised:
        elaborate_file(open_spec(files / "net.yaml", with_custom_layers(files / "my_layers.py")))
    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.code, diagnostic.span.line) == ("E218", 5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("x = 1", "no nn.Module"),
        ("from torch import nn\nclass Linear(nn.Module):\n    def forward(self, x):\n        return x", "`Linear`"),
        ("from torch import nn\nclass A(nn.Module):\n    def forward(self, *x):\n        return x", "name each"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error(tmp_path, text, told):
    file = tmp_path / "layers.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        with_custom_layers(file)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no such"):
        with_custom_layers(tmp_path / "none.py")


def test_the_command_takes_the_file_and_strict_fails(files):
    command = [sys.executable, "-m", "netinspect", "summary", "net.yaml", "--custom-layers", "my_layers.py", "--strict"]
    run = subprocess.run(command, cwd=files, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1
    assert "SqueezeExcite" in run.stdout
    assert "error[N001]: not counted: SqueezeExcite" in run.stderr
