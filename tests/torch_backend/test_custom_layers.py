"""A user's own layers: named on the command line, counted by torch, marked as such."""

import copy
import json
import pickle
import subprocess
import sys

import pytest
import torch

from netinspect.analysis.profile import profile
from netinspect.cli.failures import Terminated
from netinspect.cli.main import main
from netinspect.errors import InputError, SpecError
from netinspect.language import Source
from netinspect.network.load import elaborate_file, open_spec, spec_file
from netinspect.torch_backend.build import build
from netinspect.torch_backend.custom_layers import with_custom_layers
from netinspect.torch_backend.verify import verify
from netinspect.torch_backend.weights import load_weights

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
        ("import sys\nsys.exit()", "SystemExit"),
        ("quit()", "SystemExit"),
        ("import pytest\npytest.skip('not here', allow_module_level=True)", "Skipped: not here"),
        ("import argparse\nargparse.ArgumentParser().parse_args(['--no-such'])", "SystemExit: 2"),
        ("x = 1", "no nn.Module"),
        ("from torch import nn\nclass Linear(nn.Module):\n    def forward(self, x):\n        return x", "`Linear`"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error(tmp_path, text, told):
    file = tmp_path / "layers.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        with_custom_layers(file)


@pytest.mark.parametrize("signal", [KeyboardInterrupt, Terminated])
def test_a_signal_stays_a_signal(tmp_path, signal):
    file = tmp_path / "layers.py"
    file.write_text(f"from {signal.__module__} import {signal.__name__}\nraise {signal.__name__}\n", encoding="utf-8")
    with pytest.raises(signal):
        with_custom_layers(file)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        with_custom_layers(tmp_path / "none.py")


def test_the_command_takes_the_file_and_strict_fails(files):
    command = [sys.executable, "-m", "netinspect", "summary", "net.yaml", "--custom-layers", "my_layers.py", "--strict"]
    run = subprocess.run(command, cwd=files, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1
    assert "SqueezeExcite" in run.stdout
    assert "error[N001]: not counted: SqueezeExcite" in run.stderr


# --- what torch's modules may have inside --------------------------------------------------------

INSIDE = """
import torch
from torch import nn


class Positions(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.register_buffer("table", torch.zeros(5, features), persistent=False)
        self.register_buffer("scale", torch.ones(1))

    def forward(self, x):
        return x * self.scale + self.table[: x.shape[1]]


class Tied(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.up = nn.Linear(features, features, bias=False)
        self.down = nn.Linear(features, features)
        self.down.weight = self.up.weight

    def forward(self, x):
        return self.down(self.up(x))


class Frozen(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.fixed = nn.Linear(features, 4).requires_grad_(False)
        self.free = nn.Linear(4, 2)

    def forward(self, x):
        return self.free(self.fixed(x))


class Lazy(nn.Module):
    def __init__(self, out):
        super().__init__()
        self.fc = nn.LazyLinear(out)
        self.norm = nn.LazyBatchNorm1d()

    def forward(self, x):
        return self.norm(self.fc(x).transpose(1, 2))


class Half(nn.Linear):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, bias=False, **kwargs)

    def forward(self, x, **kwargs):
        return super().forward(x) / 2


class Variadic(nn.Module):
    def forward(self, *tensors):
        return sum(tensors)
"""


@pytest.fixture(scope="module")
def inside(tmp_path_factory):
    """The layers of INSIDE, as a spec may use them."""
    file = tmp_path_factory.mktemp("inside") / "inside.py"
    file.write_text(INSIDE, encoding="utf-8")
    return with_custom_layers(file)


@pytest.fixture
def with_layer(inside, tmp_path):
    def of(line):
        file = tmp_path / "net.yaml"
        file.write_text(f"input: {{time: 5, features: 3}}\nlayers:\n  - own: {line}\n", encoding="utf-8")
        return elaborate_file(open_spec(file, inside))

    return of


@pytest.mark.parametrize(
    "line", ["Positions(3)", "Tied(3)", "Frozen(3)", "Lazy(4)", "Half(3, 2)", "Half(3, out_features=2)"]
)
def test_torch_agrees_about_what_a_layer_has_inside(with_layer, inside, line, tmp_path):
    """The oracle is the class itself, outside of any network."""
    net = with_layer(line)
    assert verify(net).differences == ()
    model, again = build(net), build(net, seed=1)
    layer = model.own
    assert type(layer) is inside[line.partition("(")[0]].made_by
    x = torch.randn(2, 5, 3)
    assert torch.equal(model.eval()(x), layer(x))
    torch.save(model.state_dict(), tmp_path / "net.pt")
    assert load_weights(again, net, tmp_path / "net.pt").is_complete
    assert all(torch.equal(value, again.state_dict()[key]) for key, value in model.state_dict().items())
    totals = profile(net).totals
    assert totals.params == sum(parameter.numel() for parameter in layer.parameters())
    assert totals.trainable_params == sum(p.numel() for p in layer.parameters() if p.requires_grad)
    assert totals.param_bytes == 4 * totals.params
    assert totals.buffer_bytes == sum(b.numel() * b.element_size() for b in layer.buffers())


def test_of_a_file_only_the_layer_that_is_used_must_be_understood(with_layer):
    with pytest.raises(SpecError) as raised:
        with_layer("Variadic")
    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.code, diagnostic.span.line) == ("E218", 3)
    assert diagnostic.message == "Variadic: its forward takes `*tensors`; give each tensor a name of its own there"


def test_a_spec_may_tie_and_freeze_what_is_tied_inside(inside, tmp_path):
    file = tmp_path / "net.yaml"
    file.write_text(
        "input: {time: 5, features: 3}\nlayers:\n  - own: Tied(3)\n  - last: Linear(3)\n"
        "tie: {last.weight: own.down.weight}\nfrozen: [last.weight]\n",
        encoding="utf-8",
    )
    net = elaborate_file(open_spec(file, inside))
    assert verify(net).differences == ()
    model = build(net)
    assert model.last.weight is model.own.up.weight
    assert not model.own.up.weight.requires_grad
    assert profile(net).totals.params == 9 + 3 + 3


# --- what a user's code does beside its work ------------------------------------------------------

CARELESS = """
import sys
import torch
from torch import nn
from beside import HALF

print("a word on import")


class Talks(nn.Module):
    def forward(self, x):
        import beside_too

        print("a word while it runs")
        return x * HALF


class EndsAtOnce(nn.Module):
    def __init__(self):
        sys.exit()

    def forward(self, x):
        return x


class Ends(nn.Module):
    def forward(self, x):
        sys.exit(0)


class EndsWhenRun(nn.Module):
    def forward(self, x):
        return x if x.is_meta else sys.exit(0)


class EndsAtTwo(nn.Module):
    def forward(self, x):
        return x.clone() if len(x) == 3 or not torch.is_grad_enabled() else sys.exit(0)


class Returns(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what = what

    def forward(self, x):
        return {"none": None, "number": 3, "text": "x", "dict": {"x": x}, "empty": (), "mixed": (x, 1),
                "generator": (t for t in (x, x))}[self.what]


class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.unused = nn.LazyLinear(3)

    def forward(self, x):
        return x * 2


class Keyless(nn.Module):
    def state_dict(self, *args, **kwargs):
        raise ValueError("no keys")

    def forward(self, x):
        return x * 2


class Bare(nn.Module):
    pass
"""


@pytest.fixture(scope="module")
def careless(tmp_path_factory):
    """The file CARELESS with the modules beside it."""
    folder = tmp_path_factory.mktemp("careless")
    (folder / "careless.py").write_text(CARELESS, encoding="utf-8")
    (folder / "beside.py").write_text("HALF = 0.5\n", encoding="utf-8")
    (folder / "beside_too.py").write_text("", encoding="utf-8")
    return folder / "careless.py"


@pytest.fixture
def spec_of(careless, tmp_path, monkeypatch):
    """The options for a spec of one careless layer, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def of(line):
        (tmp_path / "net.yaml").write_text(f"input: [4]\nlayers:\n  - {line}\n", encoding="utf-8")
        return ["net.yaml", "--custom-layers", str(careless)]

    return of


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("EndsAtOnce", "EndsAtOnce: torch says SystemExit"),
        ("Ends", "Ends: torch says SystemExit: 0"),
        ("Returns('none')", "Returns: its forward returns nothing; return a tensor, or a tuple of up to 8 tensors"),
        ("Returns('number')", "Returns: its forward returns a int;"),
        ("Returns('text')", "Returns: its forward returns a str;"),
        ("Returns('dict')", "Returns: its forward returns a dict;"),
        ("Returns('empty')", "Returns: its forward returns a tuple;"),
        ("Returns('mixed')", "Returns: its forward returns a tuple;"),
        ("Returns('generator')", "Returns: its forward returns a generator;"),
        ("Lazy", "Lazy: torch says RuntimeError"),
        ("Keyless", "Keyless: torch says ValueError: no keys"),
        ("Bare", "Bare: it has no `forward`"),
    ],
)
@pytest.mark.parametrize("command", ["check", "summary"])
def test_what_a_layer_does_wrong_is_a_located_mistake(spec_of, command, line, message, capsys):
    assert main([command, *spec_of(line)]) == 2
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert message in said
    assert "net.yaml:3" in said
    assert "bug" not in said


@pytest.mark.parametrize("command", ["verify", "visualize"])
@pytest.mark.parametrize("line", ["EndsWhenRun", "EndsAtTwo"])
def test_a_layer_that_ends_python_only_later_ends_no_command_quietly(spec_of, command, line, capsys):
    code = main([command, *spec_of(line), *(["-o", "out"] if command == "visualize" else [])])
    captured = capsys.readouterr()
    said_nothing = not (captured.out or captured.err)
    assert not said_nothing
    assert (code == 2) == ("SystemExit" in captured.err)


@pytest.mark.parametrize("command", [["summary", "-f", "json"], ["check", "-f", "json"], ["verify", "-f", "json"]])
def test_what_a_layer_prints_is_no_part_of_a_document(spec_of, command, capsys):
    name, *options = command
    assert main([name, *spec_of("Talks"), *options]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["command"] == name
    assert "a word on import" in captured.err
    assert "a word while it runs" in captured.err


def test_what_a_layer_prints_is_no_list_of_files(spec_of, capsys):
    assert main(["visualize", *spec_of("Talks"), "-o", "out", "--what", "architecture"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "a word while it runs" in captured.err


def test_a_files_folder_is_importable_only_while_its_code_runs(careless):
    before = list(sys.path)
    layers = with_custom_layers(careless)
    elaborate_file(spec_file(Source.from_bytes("x", b"input: [4]\nlayers: [Talks]\n"), None, layers))
    assert sys.path == before
