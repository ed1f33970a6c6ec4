"""`--torch TARGET` in a spec's place: what is shown is what the model's own spec shows, and a model that fails is shown
up to the line that fails."""

import json
from pathlib import Path

import pytest

from netinspect.cli.main import main
from netinspect.cli.torch_models import targets
from netinspect.errors import InputError

MODEL = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, padding=1)

    def forward(self, x):
        print("a word")
        return torch.relu(self.conv(x))


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.body = nn.Sequential(Block(1, width), Block(width, width))
        self.fc = nn.Linear(width, 3)

    def forward(self, x):
        return self.fc(self.body(x).mean((2, 3)))


class Half(Net):
    def __init__(self):
        super().__init__(2)
        with torch.no_grad():
            for block in self.body:
                block.conv.weight.fill_(0.5)
                block.conv.bias.zero_()


class Wrong(Net):
    def forward(self, x):
        features = self.body(x).flatten(1)
        return self.fc(features)


class WrongInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(5, 7)
        self.body = nn.Sequential(nn.Linear(7, 9), Wrong(), nn.Linear(3, 3))

    def forward(self, x):
        return self.body(self.first(x))


class Idle(Net):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8)
        self.attention = nn.MultiheadAttention(8, 2)
        self.tied = nn.Linear(3, 3)
        self.register_buffer("mask", torch.ones(3, 3).tril())

    def forward(self, x):
        return nn.functional.linear(super().forward(x), self.tied.weight) @ self.mask


class Refused(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class WrongAtOnce(nn.Module):
    def forward(self, x):
        raise ValueError("no such thing")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models")
    (path / "model.py").write_text(MODEL, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def document(capsys, *words, code=0):
    assert main([*words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def params(width):
    return (9 + 1) * width + (9 * width + 1) * width + (width + 1) * 3


def test_a_model_is_summarised_as_its_spec(folder, capsys):
    assert main(["import", "model.py:Net", "--input", "1,12,12", "-o", "net.yaml"]) == 0
    capsys.readouterr()
    (model,) = document(capsys, "summary", "--torch", "model.py:Net", "--input", "1,12,12")["models"]
    (spec,) = document(capsys, "summary", "net.yaml")["models"]
    assert model["source"] == "model.py:Net"
    for key in ("name", "inputs", "outputs", "totals", "layers"):
        assert model[key] == spec[key]
    (folder / "net.yaml").unlink()


def test_models_with_other_arguments_beside_a_spec(capsys):
    words = ["--torch", "model.py:Net", "--input", "1,9,9", "--args", '{"width": 4}', "--torch", "model.py:Net"]
    models = document(capsys, "compare", "lenet", *words)["models"]
    assert [model["label"] for model in models] == ["lenet", "model.py:Net(width=4)", "model.py:Net"]
    assert [model["totals"]["params"] for model in models[1:]] == [params(4), params(8)]


def test_the_gate_holds_for_a_model(capsys):
    words = ["check", "--torch", "model.py:Net", "--input", "1,9,9"]
    assert main([*words, "--max-params", str(params(8))]) == 0
    assert main([*words, "--max-params", str(params(8) - 1)]) == 1
    assert f"{params(8)} parameters" in capsys.readouterr().out


def test_torch_agrees_with_it(capsys):
    assert main(["verify", "--torch", "model.py:Net", "--input", "1,9,9"]) == 0
    assert "model.py:Net: torch agrees" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "loaded"),
    [("Net", None), ("Half", {"body.0.conv.weight", "body.0.conv.bias", "body.1.conv.weight", "body.1.conv.bias"})],
)
def test_pictures_show_the_models_own_weights_and_say_which_are_random(tmp_path, name, loaded):
    """Another seed makes other random weights; what it leaves as it is was put there."""
    words = ["--torch", f"model.py:{name}", "--input", "1,9,9", "-o", str(tmp_path / "out"), "--what", "kernels"]
    assert main(["visualize", *words]) == 0
    weights = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["weights"]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "nothing learned" in page
    if loaded is None:
        assert weights is None
    else:
        assert {key for key, state in weights["tensors"].items() if state == "loaded"} == loaded


def test_a_model_is_exported_as_its_spec_is(capsys):
    assert main(["export", "--torch", "model.py:Net", "--input", "1,9,9", "--args", '{"width": 5}']) == 0
    names = {}
    exec(capsys.readouterr().out, names)
    assert sum(parameter.numel() for parameter in names["Net"]().parameters()) == params(5)


# --- a model that fails ----------------------------------------------------------------------------


def line_of(text):
    return MODEL.splitlines().index(text) + 1


def test_of_a_model_that_fails_the_layers_before_are_shown_with_the_line(capsys):
    assert main(["summary", "--torch", "model.py:Wrong", "--input", "1,4,4", "--columns", "path,params"]) == 2
    shown = capsys.readouterr()
    assert [line.split() for line in shown.out.splitlines() if line.startswith("body")][1:] == [
        ["body.0", "80"], ["body.0.conv", "80"], ["body.0.relu", "0"],
        ["body.1", "584"], ["body.1.conv", "584"], ["body.1.relu", "0"],
    ]  # fmt: skip
    assert "\nflatten" in shown.out
    assert "fc" not in shown.out
    line = line_of("        return self.fc(features)")
    assert f"model.py:{line}:9: error[E506]: the model fails on an input of 2×1×4×4: RuntimeError: mat1" in shown.err
    assert "return self.fc(features)\n" in shown.err


def test_a_failure_deep_inside_is_found(capsys):
    found = document(capsys, "summary", "--torch", "model.py:WrongInside", "--input", "5", code=2)
    (finding,) = found["findings"]
    assert (finding["code"], finding["line"]) == ("E506", line_of("        return torch.relu(self.conv(x))"))
    assert main(["summary", "--torch", "model.py:WrongInside", "--input", "5", "--expand"]) == 2
    shown = capsys.readouterr().out
    assert "first" in shown
    assert "2×9" not in shown
    assert "body" in shown


def test_the_calls_that_led_to_a_failure_are_told(capsys):
    assert main(["summary", "--torch", "model.py:WrongInside", "--input", "5"]) == 2
    outer = [line_of("        return self.body(self.first(x))"), line_of("        features = self.body(x).flatten(1)")]
    told = capsys.readouterr().err
    assert f"called by model.py:{outer[1]} `features = self.body(x).flatten(1)`, by model.py:{outer[0]}" in told


def test_what_is_never_called_is_told(capsys):
    assert main(["summary", "--torch", "model.py:Idle", "--input", "1,9,9"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note")]
    assert notes == [f"note: model.py:Idle: `{path}` has weights and is never called"
                     for path in ("norm", "attention", "attention.out_proj")]  # fmt: skip


def test_a_model_that_no_spec_can_say_stands_beside_the_others(capsys):
    found = document(capsys, "compare", "lenet", "--torch", "model.py:Refused", "--input", "5", code=2)
    assert [model["label"] for model in found["models"]] == ["lenet"]
    (finding,) = found["findings"]
    assert "makes what follows depend on the data" in finding["message"]


def test_the_gate_tells_a_model_that_fails_from_a_check_that_does(capsys):
    assert main(["check", "--torch", "model.py:Wrong", "--input", "1,4,4"]) == 2
    assert "error[E506]" in capsys.readouterr().out


def test_a_failure_before_any_layer(capsys):
    assert main(["summary", "--torch", "model.py:WrongAtOnce", "--input", "5"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    line = line_of('        raise ValueError("no such thing")')
    assert f"model.py:{line}:9: error[E506]" in shown.err


def test_others_are_shown_beside_one_that_fails(capsys):
    words = ["--torch", "model.py:Wrong", "--torch", "model.py:Net", "--input", "1,4,4"]
    found = document(capsys, "compare", *words, code=2)
    assert [model["label"] for model in found["models"]] == ["model.py:Net"]


# --- which input is whose -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "shapes", "left"),
    [
        ("torch input", [[(1,)]], []),
        ("torch torch input", [[(1,)], [(1,)]], []),
        ("torch input torch", [[(1,)], [(1,)]], []),
        ("torch input torch input", [[(1,)], [(2,)]], []),
        ("torch input input", [[(1,), (2,)]], []),
        ("layer input torch input", [[(2,)]], ["1"]),
        ("torch input layer input", [[(1,)]], ["2"]),
        ("input torch", [[]], ["1"]),
    ],
)
def test_an_input_belongs_to_the_model_before_it(words, shapes, left):
    order = words.split()
    names = [f"m:{number}" for number in range(order.count("torch"))]
    inputs = [str(number + 1) for number in range(order.count("input"))]
    models, others, remaining = targets(order, names, [], inputs)
    assert [[item.shape for item in model.inputs] for model in models] == shapes
    assert others == left
    assert remaining.count("input") == len(left)


def test_arguments_belong_to_the_model_before_them():
    order = ["torch", "args", "torch", "torch", "args"]
    models, _, _ = targets(order, ["m:a", "m:b", "m:c"], ['{"n": 1}', '{"n": 3}'], [])
    assert [dict(model.arguments) for model in models] == [{"n": 1}, {}, {"n": 3}]
    with pytest.raises(InputError, match="for the --torch before it, once"):
        targets(["torch", "args", "args"], ["m:a"], ['{"n": 1}', "{}"], [])


def test_a_config_belongs_to_the_model_before_it():
    models, _, _ = targets(["torch", "config", "torch"], ["m:a", "m:b"], [], [], [Path("bert")])
    assert [model.config for model in models] == [Path("bert"), None]
    assert [model.title for model in models] == ["m:a(config=bert)", "m:b"]
    with pytest.raises(InputError, match="--config gpt: it is for the --torch before it, once"):
        targets(["torch", "config", "config"], ["m:a"], [], [], [Path("bert"), Path("gpt")])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("concise", ["model.py:15:1: W201 "]),
        ("github", ["::warning file=model.py,line=15,endLine=15,col=1,"]),
        ("gitlab", ['"path": "model.py"', '"begin": 15']),
        ("sarif", ['"uri": "model.py"', '"startLine": 15']),
    ],
)
def test_a_finding_stands_at_the_code_for_programs(form, expected, tmp_path, monkeypatch, capsys):
    text = MODEL.replace("self.fc(self.body(x).mean((2, 3)))", "self.fc(self.last(x.mean((2, 3))))")
    text = text.replace("self.fc = nn.Linear(width, 3)", "self.last, self.fc = nn.Linear(1, 64), nn.Linear(64, 64)")
    (tmp_path / "model.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    main(["check", "--torch", "model.py:Net", "--input", "1,8,8", "--format", form])
    shown = capsys.readouterr().out
    for words in expected:
        assert words in shown, shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["summary", "lenet", "--input", "1,2"],
            "--input 1,2 is for a --torch before it; for a spec write --input-shape",
        ),
        (["summary", "lenet", "--args", "{}"], "--args {} is for a --torch before it"),
        (["summary", "lenet", "--config", "bert"], "--config bert is for a --torch before it"),
        (["summary", "--depth", "2"], "nothing is named: give a SPEC, or --torch TARGET"),
        (["summary", "model.py:Net"], "model.py:Net is a torch model, and no spec: write --torch model.py:Net"),
        (["summary", "--torch", "model.py:Nit", "--input", "1"], "model.py has no `Nit`"),
        (
            ["visualize", "lenet", "--torch", "model.py:Net", "--input", "1,9,9", "-o", "x"],
            "one network is asked for, and here are 2",
        ),
        (["check", "--torch", "model.py:Net", "--input", "1,9,9", "--fix"], "are for files of specs, not for --torch"),
    ],
)
def test_usage_that_is_refused(capsys, words, message):
    assert main(words) == 2
    assert message in capsys.readouterr().err
