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
    assert str(raised.value).splitlines() == [
        f"{spec}:3:5: E101: there is no layer type or function `Linaer` (did you mean `Linear`?)",
        f"{spec}:4:15: E201: `Linear` has no argument `bais` (did you mean `bias`?)",
    ]


def test_an_unknown_setting_names_the_ones_there_are() -> None:
    with pytest.raises(netinspect.InputError, match="did you mean `depths`"):
        netinspect.load("resnet18", settings={"depth": 3})


def test_networks_side_by_side():
    plain, deep = netinspect.compare("resnet18", "resnet152")
    assert (plain.label, deep.label) == ("resnet18", "resnet152")
    assert deep.profile.totals.params == 60_192_808
    assert plain.results["imagenet_top1"] == 69.758
