"""What changed between two states of a network."""

import pytest

from netinspect.analysis.baseline import COUNTED, changes, paired, snapshot
from netinspect.analysis.profile import profile
from netinspect.errors import InputError
from netinspect.network import load

NET = """
input: [1, 12, 12]
layers:
  - conv: Conv2d(6, kernel_size=5)
  - ReLU
  - Flatten
  - fc: Linear(10)
"""


@pytest.fixture
def state(tmp_path):
    def of(text=NET, name="net.yaml", **options):
        path = tmp_path / name
        path.write_text(text)
        return snapshot(profile(load(path, **options)))

    return of


def told(found):
    return [(one.kind, one.layer.path) for one in found.layers if one.is_told]


def test_the_same_network_has_not_changed(state):
    assert changes(state(), state()).is_empty


def test_a_wider_layer_changes_it_and_what_it_feeds(state):
    found = changes(state(), state(NET.replace("Conv2d(6", "Conv2d(8")))
    assert told(found) == [("changed", "conv"), ("changed", "fc")]
    assert [one.delta("params") for one in found.layers if one.is_told] == [52, 1_280]
    assert "params" in found.totals
    assert "layers" not in found.totals
    assert len(found.layers) == 4


def test_added_removed_and_renamed_layers(state):
    new = NET.replace("  - ReLU\n", "  - norm: BatchNorm2d\n").replace("fc:", "head:")
    assert told(changes(state(), state(new))) == [("removed", "1"), ("added", "norm"), ("renamed", "head")] or told(
        changes(state(), state(new))
    ) == [("added", "norm"), ("removed", "1"), ("renamed", "head")]


def test_a_line_put_in_is_one_change(state):
    found = changes(state(), state(NET.replace("  - ReLU\n", "  - Dropout(0.1)\n  - ReLU\n")))
    assert told(found) == [("added", "1")]
    assert {one.kind for one in found.layers if not one.is_told} == {"renamed"}


def test_another_activation_is_a_change(state):
    (one,) = changes(state(), state(NET.replace("ReLU", "GELU"))).layers
    assert (one.kind, one.old.type, one.new.type) == ("changed", "ReLU", "GELU")


def test_removed_layers_stand_where_they_were(state):
    found = changes(state(), state(NET.replace("  - ReLU\n", "")))
    assert next((one.kind, one.layer.path) for one in found.layers) == ("removed", "1")


def test_every_total_is_compared(state):
    found = changes(state(), state(NET.replace("Conv2d(6", "Conv2d(8")))
    for name in COUNTED:
        assert (name in found.totals) == (found.old.total(name) != found.new.total(name))


@pytest.mark.parametrize("option", [{"batch_size": 2}])
def test_states_of_other_batch_sizes_are_not_compared(state, option):
    with pytest.raises(InputError, match="--batch-size 1"):
        changes(state(), state(**option))


def test_one_and_one_belong_together_whatever_they_are_called(state):
    old, new = state(name="old.yaml"), state(name="new.yaml")
    assert paired((old,), (new,)) == ((old, new),)


def test_several_are_paired_by_source(state):
    a, b, c = state(name="a.yaml"), state(name="b.yaml"), state(name="c.yaml")
    assert paired((b, a), (a, c)) == ((a, a), (None, c))


def test_a_baseline_of_other_networks_is_an_error(state):
    with pytest.raises(InputError, match="none of these networks"):
        paired((state(name="a.yaml"), state(name="b.yaml")), (state("name: other\n" + NET, name="c.yaml"),))
