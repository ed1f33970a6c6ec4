"""`netinspect verify`: both engines, one report, an exit code."""

import json
from dataclasses import replace

import pytest
import torch

from netinspect.cli.main import main
from netinspect.torch_backend import verify as engine
from netinspect.torch_backend.verify import Difference, Unchecked

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
        "format_version": "1.1",
        "command": "verify",
    }
    assert document["findings"] == []
    base, wide = document["models"]
    assert (base["variant"], wide["variant"]) == (None, "wide")
    assert base["agrees"] is False
    assert base["differences"] == [
        {"path": "fc", "what": "macs", "catalogue": "12", "torch": "13", "engine": "FlopCounterMode"}
    ]
    assert (wide["layers"], wide["params"], wide["macs"], wide["batch_sizes"]) == (1, 25, 20, [1, 2])


def test_json_tells_what_is_wrong_and_verifies_the_others(spec, capsys):
    assert main(["verify", "wrong.yaml", spec, "nowhere.yaml", "--format", "json"]) == 2
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert [(finding["code"], finding["file"], finding["line"]) for finding in document["findings"]] == [
        ("E101", "wrong.yaml", 2),
        ("E019", "nowhere.yaml", None),
    ]
    assert [(model["variant"], model["agrees"]) for model in document["models"]] == [(None, True), ("wide", True)]
    assert "wrong.yaml:2:10: error[E101]" in err


def test_a_broken_variant_does_not_hide_the_others(spec, tmp_path, capsys):
    (tmp_path / spec).write_text(f"{SPEC}  narrow: {{width: 0}}\n  wider: {{width: 9}}\n")
    assert main(["verify", spec]) == 2
    out, err = capsys.readouterr()
    assert [line.partition(": ")[0] for line in out.splitlines()] == ["net.yaml", "net.yaml:wide", "net.yaml:wider"]
    assert "error[E211]" in err
    assert "= variant: narrow" in err


@pytest.mark.parametrize(
    ("override", "params"), [(("--set", "width=7"), 35), (("--input-shape", "9"), 30)], ids=["set", "input-shape"]
)
def test_vars_and_inputs_are_overridden(spec, override, params, capsys):
    assert main(["verify", spec, *override, "--format", "json"]) == 0
    (base, *_) = json.loads(capsys.readouterr().out)["models"]
    assert (base["params"], base["agrees"]) == (params, True)


def test_expect_that_is_not_met_exits_1_unless_that_is_asked_for(spec, tmp_path, capsys):
    (tmp_path / spec).write_text(f"{SPEC}expect: {{params: 16}}\n")
    assert main(["verify", f"{spec}:wide"]) == 0
    assert main(["verify", spec]) == 1
    assert "error[E601]: params is 15, and not 16 as expected" in capsys.readouterr().err
    assert main(["verify", spec, "--exit-zero"]) == 0


def test_a_wrong_spec_is_no_failed_check(spec, capsys):
    assert main(["verify", "wrong.yaml", "--exit-zero"]) == 2


def test_a_difference_with_exit_zero(spec, disagreement, capsys):
    assert main(["verify", spec, "--exit-zero"]) == 0
    assert "1 difference" in capsys.readouterr().out


def test_an_output_file(spec, tmp_path, capsys):
    assert main(["verify", spec, "-o", "out.txt"]) == 0
    assert main(["verify", spec, "wrong.yaml", "-o", "none.txt"]) == 2
    assert main(["verify", spec, "wrong.yaml", "-o", "out.json", "--format", "json"]) == 2
    assert capsys.readouterr().out == ""
    assert (tmp_path / "out.txt").read_text().startswith("net.yaml: torch agrees")
    assert not (tmp_path / "none.txt").exists()
    document = json.loads((tmp_path / "out.json").read_text())
    assert (len(document["models"]), len(document["findings"])) == (2, 1)


def test_unchecked_rows_are_in_the_json(spec, capsys):
    assert main(["verify", "bilinear.yaml", "--format", "json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    reason = "FlopCounterMode does not count bilinear products"
    assert model["unchecked"] == [{"path": "both", "what": "macs", "reason": reason}]
    assert Unchecked(**model["unchecked"][0]).reason == reason


# --- a checkpoint ------------------------------------------------------------------------------


@pytest.fixture
def weights(tmp_path):
    def save(**changes):
        state = {"fc.weight": torch.zeros(3, 4), "fc.bias": torch.zeros(3)} | changes
        torch.save({"state_dict": {f"module.{key}": value for key, value in state.items()}}, tmp_path / "net.pt")
        return "net.pt"

    return save


def test_a_checkpoint_that_fits(spec, weights, capsys):
    assert main(["verify", spec, "--weights", weights()]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("net.yaml: torch agrees")
    assert lines[1] == "  net.pt: 2 of 2 tensors fit, by name, from state_dict, without the prefix module."


def test_an_entry_of_a_checkpoint_and_one_that_it_has_not(spec, tmp_path, capsys):
    state = {"fc.weight": torch.zeros(3, 4), "fc.bias": torch.zeros(3)}
    torch.save({"params": state, "params_ema": state}, tmp_path / "net.pt")
    assert main(["verify", spec, "--weights", "net.pt"]) == 2
    assert "say which: net.pt:params, net.pt:params_ema" in capsys.readouterr().err
    assert main(["verify", spec, "--weights", "net.pt:params_ema"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1] == "  net.pt: 2 of 2 tensors fit, by name, from params_ema"
    assert err == "note: net.pt also holds `params` (2 tensors)\n"
    assert main(["verify", spec, "--weights", "net.pt:params", "-o", "net.pt"]) == 2
    assert "the output net.pt is the input net.pt" in capsys.readouterr().err


def test_one_file_of_several_names_the_index(spec, tmp_path, capsys):
    torch.save({"fc.weight": torch.zeros(3, 4)}, tmp_path / "model-00001-of-00002.bin")
    assert main(["verify", spec, "--weights", "model-00001-of-00002.bin"]) == 2
    assert "it is one file of several: give their index" in capsys.readouterr().err
    (tmp_path / "model-00001-of-00002.bin.index.json").touch()
    assert main(["verify", spec, "--weights", "model-00001-of-00002.bin"]) == 2
    assert "give their index, model-00001-of-00002.bin.index.json, beside it" in capsys.readouterr().err


def test_two_checkpoints_are_one_too_many(spec, weights, capsys):
    file = weights()
    assert main(["verify", spec, "--weights", file, "--weights", file]) == 2
    assert "'--weights': it is given twice, and takes one value" in capsys.readouterr().err


def test_a_checkpoint_of_another_network(spec, weights, capsys):
    assert main(["verify", f"{spec}:wide", "--weights", weights()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == (
        "net.pt: error[E602]: 2 tensors have another shape: `fc.weight` is 5×4 in the network and 3×4 in the "
        "checkpoint, `fc.bias` is 5 in the network and 3 in the checkpoint"
    )


def test_a_checkpoint_of_another_network_in_json(spec, weights, capsys):
    assert main(["verify", f"{spec}:wide", "--weights", weights(more=torch.zeros(1)), "--format", "json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["models"] == []
    assert [(finding["code"], finding["severity"]) for finding in document["findings"]] == [("E602", "error")] * 2
    assert {(finding["file"], finding["variant"], finding["line"]) for finding in document["findings"]} == {
        ("net.pt", "wide", None)
    }
    assert all("--partial" in finding["help"] for finding in document["findings"])


def test_a_file_that_is_no_checkpoint_in_json(spec, tmp_path, capsys):
    (tmp_path / "bad.pt").write_bytes(b"text")
    assert main(["verify", spec, "--weights", "bad.pt", "--format", "json"]) == 2
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["code"], finding["file"]) == ("E019", "bad.pt")


def test_a_checkpoint_in_another_order_does_not_fit(spec, tmp_path, capsys):
    torch.save({"b": torch.zeros(3), "a": torch.zeros(3, 4)}, tmp_path / "other.pt")
    assert main(["verify", spec, "--weights", "other.pt", "--match", "order", "--format", "json"]) == 2
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["code"], finding["severity"], finding["file"]) == ("E602", "error", "other.pt")


def test_a_part_that_fits_is_told_and_noted(spec, weights, capsys):
    file = weights(**{"fc.bias": torch.zeros(4), "more": torch.zeros(1), "fc.weight": torch.zeros(3, 4).half()})
    assert main(["verify", spec, "--weights", file, "--partial"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1:] == [
        "  net.pt: 1 of 2 tensors fit, by name, from state_dict, without the prefix module.",
        "    misshapen: fc.bias",
        "    extra: more",
    ]
    assert err == "note: stored as float16, read as float32\n"


def test_a_checkpoint_by_order(spec, tmp_path, capsys):
    torch.save({"a": torch.zeros(3, 4), "b": torch.zeros(3)}, tmp_path / "other.pt")
    assert main(["verify", spec, "--weights", "other.pt"]) == 2
    assert main(["verify", spec, "--weights", "other.pt", "--match", "order"]) == 0
    assert "2 of 2 tensors fit, by order" in capsys.readouterr().out


def test_a_checkpoint_in_json(spec, weights, capsys):
    assert main(["verify", spec, "--weights", weights(), "--format", "json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert (model["weights"]["source"], model["weights"]["complete"]) == ("net.pt", True)
    assert model["weights"]["tensors"][0] == {
        "key": "fc.weight", "shape": [3, 4], "state": "loaded", "stored": "fc.weight", "stored_shape": [3, 4],
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", b"\x80\x02cposix\nsystem\n."])
def test_what_is_no_checkpoint_is_one_line(spec, tmp_path, content, capsys):
    (tmp_path / "bad.pt").write_bytes(content)
    assert main(["verify", spec, "--weights", "bad.pt"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("error: bad.pt ")


def test_one_checkpoint_fits_one_network(spec, weights, capsys):
    assert main(["verify", spec, "bilinear.yaml", "--weights", weights()]) == 2
    assert capsys.readouterr().err == "error: --weights checks a checkpoint against one SPEC\n"
