"""`netinspect verify`: both engines, one report, an exit code."""

import json
from dataclasses import replace

import pytest

from netinspect.cli.main import main
from netinspect.torch_backend import verify as engine
from netinspect.torch_backend.verification import Difference, Unchecked

SPEC = """\
vars: {width: 3}
input: [4]
layers:
  - fc: Linear(width)
variants:
  wide: {width: 5}
"""

BILINEAR = "inputs: {a: [4], b: [5]}\nlayers:\n  - both(a, b): Bilinear(2)\n"


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "bilinear.yaml").write_text(BILINEAR, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text("input: [4]\nlayers: [Linera(3)]\n", encoding="utf-8")
    return "net.yaml"


@pytest.fixture
def disagreement(monkeypatch):
    """An engine that finds a difference in every network."""
    right = engine.verify

    def wrong(network):
        return replace(right(network), differences=(Difference("fc", "macs", "12", "13", "FlopCounterMode"),))

    monkeypatch.setattr(engine, "verify", wrong)


def test_a_file_stands_for_its_base_and_every_variant(spec, capsys):
    assert main(["verify", spec]) == 0
    out, err = capsys.readouterr()
    compared = "1 layer, 0 functions, {} parameters, {} MACs; batches of 1 and 2; torchinfo asked for 1 layer"
    assert out.splitlines() == [
        f"net.yaml: torch agrees · {compared.format(15, 12)}",
        f"net.yaml:wide: torch agrees · {compared.format(25, 20)}",
    ]
    assert err == ""


def test_one_variant_alone(spec, capsys):
    assert main(["verify", f"{spec}:wide", "--batch-size", "3"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("net.yaml:wide: torch agrees")
    assert "60 MACs; batches of 3 and 2" in line


def test_a_difference_is_told_and_gives_exit_1(spec, disagreement, capsys):
    assert main(["verify", f"{spec}:wide"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("net.yaml:wide: 1 difference · ")
    assert lines[1:] == ["  fc: macs: catalogue 12, FlopCounterMode 13"]


def test_what_torch_cannot_confirm_is_told_and_is_no_difference(spec, capsys):
    assert main(["verify", "bilinear.yaml"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  both: macs not checked by torch: FlopCounterMode does not count bilinear products"
    ]


def test_a_wrong_spec_does_not_hide_the_others(spec, capsys):
    assert main(["verify", "wrong.yaml", spec]) == 2
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert "wrong.yaml:2:10: error[E101]" in err


def test_json_is_one_document(spec, disagreement, capsys):
    assert main(["verify", spec, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert {key: document[key] for key in ("format_version", "command")} == {
        "format_version": "1.0",
        "command": "verify",
    }
    base, wide = document["models"]
    assert (base["variant"], wide["variant"]) == (None, "wide")
    assert base["agrees"] is False
    assert base["differences"] == [
        {"path": "fc", "what": "macs", "catalogue": "12", "torch": "13", "engine": "FlopCounterMode"}
    ]
    assert (wide["layers"], wide["params"], wide["macs"], wide["batch_sizes"]) == (1, 25, 20, [1, 2])


def test_json_of_a_wrong_spec_is_nothing(spec, capsys):
    assert main(["verify", "wrong.yaml", spec, "--format", "json"]) == 2
    assert capsys.readouterr().out == ""


def test_unchecked_rows_are_in_the_json(spec, capsys):
    assert main(["verify", "bilinear.yaml", "--format", "json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    reason = "FlopCounterMode does not count bilinear products"
    assert model["unchecked"] == [{"path": "both", "what": "macs", "reason": reason}]
    assert Unchecked(**model["unchecked"][0]).reason == reason
