"""netinspect from Python: what a user at a prompt or in a notebook relies on."""

from __future__ import annotations

from pathlib import Path

import pytest

import netinspect


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
