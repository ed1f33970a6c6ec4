"""netinspect from Python: what a user at a prompt or in a notebook relies on."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest
import torch
import yaml

import netinspect
from netinspect.cli.main import COMMANDS, main
from netinspect.report.check import document


def test_a_network_at_the_prompt_is_a_short_line() -> None:
    assert repr(netinspect.load("resnet50")) == "<Network 'resnet50' of resnet.yaml:resnet50, 187 calls>"


def test_every_part_of_a_network_can_be_printed() -> None:
    """A Value knows its scope and a scope its calls: printed naively, that has no end worth waiting for."""
    graph = netinspect.load("resnet18").graph
    assert len(repr(graph)) < 1_000_000
    assert len(repr(graph.calls[-1])) < 5_000


def test_an_error_says_where_and_what_to_write(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text("input: [4]\nlayers:\n  - Linaer(4)\n  - Linear(4, bais=False)\n")
    with pytest.raises(netinspect.SpecError) as raised:
        netinspect.load(spec)
    first, second = str(raised.value).splitlines()
    assert first.startswith(f"{spec}:3:5: E101: there is no layer type or function `Linaer` (did you mean `Linear`?")
    assert first.endswith("Then write `- Linear(4)`)")
    assert second.startswith(f"{spec}:4:15: E201: `Linear` has no argument `bais` (did you mean `bias`?")
    assert second.endswith("Then write `- Linear(4, bias=False)`)")


def test_an_unknown_setting_names_the_ones_there_are() -> None:
    with pytest.raises(netinspect.InputError, match="did you mean `depths`"):
        netinspect.load("resnet18", settings={"depth": 3})


# --- what is to be said of a network -------------------------------------------------------------

CHECKED = """\
vars: {n: 8}
input: [4]
layers: [Linear(n), ReLU, Linear(2)]
expect: {params: 58}
budget: {params: 60}
variants:
  wide: {n: 16, expect: {params: 114}, budget: {params: 120}}
  wrong: {n: 15, expect: {params: 114}, budget: {params: 120}}
  heavy: {n: 17, budget: {params: 100}}
"""


@pytest.fixture
def checked(tmp_path: Path) -> str:
    (tmp_path / "net.yaml").write_text(CHECKED)
    return str(tmp_path / "net.yaml")


def test_a_network_that_is_as_its_spec_says_is_loaded(checked: str) -> None:
    assert netinspect.load(checked).findings() == ()
    assert netinspect.load(f"{checked}:wide").profile().totals.params == 114


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("params: 58", "params: 59", ":4:18: E601: params is 58, and not 59 as expected (if the network is right"),
        ("params: 60", "params: 50", ":5:18: E603: 58 parameters: 8 (16.0%) over the 50 that `budget` allows"),
    ],
)
def test_expect_and_budget_that_are_not_met(checked: str, old: str, new: str, message: str) -> None:
    Path(checked).write_text(CHECKED.replace(old, new))
    with pytest.raises(netinspect.CheckFailed) as raised:
        netinspect.load(checked)
    assert str(raised.value).startswith(checked + message)
    assert len(raised.value.diagnostics) == 1
    assert raised.value.exit_code == 1
    with pytest.raises(netinspect.CheckFailed):
        netinspect.build(checked)


@pytest.mark.parametrize(("variant", "code"), [("wrong", "E601"), ("heavy", "E603")])
def test_expect_and_budget_of_a_variant_that_are_not_met(checked: str, variant: str, code: str) -> None:
    with pytest.raises(netinspect.CheckFailed) as raised:
        netinspect.load(f"{checked}:{variant}")
    assert [diagnostic.code for diagnostic in raised.value.diagnostics] == [code]


def test_a_setting_or_another_input_switches_them_off(checked: str) -> None:
    assert netinspect.load(checked, settings={"n": 9}).profile().totals.params == 65
    assert netinspect.load(checked, input_shape=(5,)).profile().totals.params == 66


def test_findings_are_selected_by_code(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text("input: [4]\nvars: {n: 9}\nlayers: [Linear(n)]\nblocks:\n  Idle:\n    layers:\n      - Linaer(3)\n")
    network = netinspect.load(spec)
    (finding,) = network.findings()
    assert (finding.code, finding.severity, finding.file, finding.variant) == ("W106", "warning", str(spec), None)
    assert finding.diagnostic.span is not None
    assert network.findings(ignore=["W1"]) == ()
    assert network.findings(ignore=["W1"], select=["W106"]) == (finding,)


def test_findings_heed_comments_and_not_the_settings_of_a_repository(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    text = "input: [4]\nlayers: [Linear(2)]\nblocks:\n  Idle:\n    layers:\n      - Linaer(3)"
    (tmp_path / "netinspect.toml").write_text('ignore = ["W"]\n')
    spec.write_text(f"{text}\n")
    assert [finding.code for finding in netinspect.load(spec).findings()] == ["W106"]
    spec.write_text(f"{text}  # netinspect: ignore[W106] an example\n")
    assert netinspect.load(spec).findings() == ()


def test_networks_side_by_side():
    plain, deep = netinspect.compare("resnet18", "resnet152")
    assert (plain.label, deep.label) == ("resnet18", "resnet152")
    assert deep.profile.totals.params == 60_192_808
    assert plain.results["imagenet_top1"] == 69.758


# --- what the commands do, as functions ----------------------------------------------------------


def test_every_command_has_a_function():
    functions = {"summary": "table", "import": "from_torch"}
    for command in COMMANDS:
        assert callable(getattr(netinspect, functions.get(command, command)))


TEXT = "input: [1, 28, 28]\nlayers:\n  - conv: Conv2d(8, kernel_size=3)\n  - Flatten\n  - fc: Linear(10)\n"


@pytest.mark.parametrize(
    "spec",
    [
        TEXT,
        json.loads(json.dumps(yaml.safe_load(TEXT))),
        {"input": (1, 28, 28), "layers": ({"conv": "Conv2d(8, kernel_size=3)"}, "Flatten", {"fc": "Linear(10)"})},
        MappingProxyType(yaml.safe_load(TEXT)),
    ],
    ids=["text", "json", "tuples", "mapping"],
)
def test_a_spec_that_is_at_hand(spec, tmp_path):
    (tmp_path / "net.yaml").write_text(TEXT, encoding="utf-8")
    network, same = netinspect.loads(spec), netinspect.load(tmp_path / "net.yaml")
    assert network.profile().totals == same.profile().totals
    assert [call.path for call in network.graph.calls] == [call.path for call in same.graph.calls]
    assert network.build()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_a_mistake_of_a_text_at_hand_has_its_line():
    with pytest.raises(netinspect.SpecError, match="E101") as raised:
        netinspect.loads(TEXT.replace("Conv2d", "Convv2d"))
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.span.line == 3
    with pytest.raises(netinspect.InputError, match="texts, numbers, lists and mappings alone"):
        netinspect.loads({"input": [8], "layers": [object()]})
    with pytest.raises(netinspect.InputError, match=r"there is no file none\.py"):
        netinspect.loads(TEXT, custom_layers="none.py")


def test_variants_and_settings_of_a_text_at_hand():
    text = "input: [4]\nvars: {n: 3}\nlayers:\n  - Linear(n)\nvariants: {wide: {n: 5}}\n"
    assert netinspect.loads(text, variant="wide").profile().totals.params == 25
    assert netinspect.loads(text, settings={"n": 7}, batch_size=2).profile().rows[0].outputs[0].shape == (2, 7)


def test_functions_give_what_the_commands_print(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(TEXT, encoding="utf-8")

    def printed(line):
        main(line.split())
        return capsys.readouterr().out

    assert netinspect.table("net.yaml") == printed("summary net.yaml")
    assert netinspect.table("net.yaml", columns=["type", "macs"], formula=True) == printed(
        "summary net.yaml --columns type,macs --formula"
    )
    assert netinspect.new("cnn", (1, 64, 64), classes=11) == printed("new cnn --input 1,64,64 --classes 11")
    assert netinspect.explain("E203") + "\n" == printed("explain E203")
    assert netinspect.schema() == json.loads(printed("schema"))
    assert netinspect.schema("check") == json.loads(printed("schema --of check"))
    assert [entry.name for entry in netinspect.gallery()] == [
        line.split()[0] for line in printed("gallery").splitlines()[1:]
    ]
    checked = netinspect.check("net.yaml")
    assert document(checked, "text", color=False) == printed("check net.yaml")
    assert checked.exit_code == 1
    assert netinspect.verify("net.yaml").agrees


def test_changes_since_a_baseline_and_alternatives(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(TEXT, encoding="utf-8")
    main(["summary", "net.yaml", "--format", "json", "-o", "old.json"])
    (tmp_path / "net.yaml").write_text(TEXT.replace("Conv2d(8", "Conv2d(9"), encoding="utf-8")
    (change,) = netinspect.changes("net.yaml", baseline="old.json").values()
    assert change.new.total("params") - change.old.total("params") == 10 + 26 * 26 * 10
    (layer,) = netinspect.alternatives("net.yaml")
    assert layer.convolution.params == 90


def test_a_network_stands_for_its_spec(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(TEXT, encoding="utf-8")
    network, wider = netinspect.load("net.yaml"), netinspect.loads(TEXT.replace("Conv2d(8", "Conv2d(9"))
    assert netinspect.table(network) == netinspect.table("net.yaml")
    assert netinspect.alternatives(network) == netinspect.alternatives("net.yaml")
    assert netinspect.verify(network).agrees
    assert netinspect.build(network).state_dict().keys() == netinspect.build("net.yaml").state_dict().keys()
    one, two, three = netinspect.compare("net.yaml", network, wider)
    assert [each.label for each in (one, two, three)] == ["net.yaml", "net.yaml (2)", "<text>"]
    assert one.profile.totals == two.profile.totals
    found = netinspect.changes(wider, baseline=network)
    main(["compare", "net.yaml", "--baseline", "net.yaml"])
    capsys.readouterr()
    (tmp_path / "wide.yaml").write_text(wider.spec, encoding="utf-8")
    main(["compare", "wide.yaml", "--baseline", "net.yaml"])
    assert str(found).splitlines()[1:] == capsys.readouterr().out.splitlines()[1:]
    with pytest.raises(netinspect.InputError, match="load it with `batch_size=4`"):
        netinspect.compare(network, batch_size=4)
    with pytest.raises(netinspect.InputError, match="settings"):
        netinspect.build(network, settings={"n": 1})


def test_a_wrong_word_is_an_input_error():
    with pytest.raises(netinspect.InputError, match="there is no schema of 'x'"):
        netinspect.schema("x")
    with pytest.raises(netinspect.InputError):
        netinspect.new("cnnn")


def test_custom_layers_from_python(tmp_path):
    file = tmp_path / "own.py"
    file.write_text("from torch import nn\nclass Twice(nn.Module):\n    def forward(self, x):\n        return x + x\n")
    assert netinspect.loads("input: [4]\nlayers: [Twice]\n", custom_layers=file).verify().agrees


@pytest.mark.parametrize(("spec", "words"), [({"input": [4]}, "`netinspect.loads` reads"), (3, "give a file")])
def test_what_is_no_reference_is_told_where_to_go(spec, words):
    for function in (netinspect.load, netinspect.verify, netinspect.table):
        with pytest.raises(netinspect.InputError, match=words):
            function(spec)
