"""What changed between two states of a network."""

import pytest

from netinspect.analysis.baseline import COUNTED, Pair, changes, paired, snapshot
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
    assert told(changes(state(), state(new))) == [("removed", "1"), ("added", "norm"), ("renamed", "head")]


def test_a_line_put_in_is_one_change(state):
    found = changes(state(), state(NET.replace("  - ReLU\n", "  - Dropout(0.1)\n  - ReLU\n")))
    assert told(found) == [("added", "1")]
    assert {one.kind for one in found.layers if not one.is_told} == {"renamed"}


def test_another_activation_is_a_change(state):
    (one,) = changes(state(), state(NET.replace("ReLU", "GELU"))).layers
    assert (one.kind, one.old.type, one.new.type) == ("changed", "ReLU", "GELU")


def test_macs_that_rose_with_the_input_are_no_change_of_a_layer(state):
    convolutions = NET.partition("  - Flatten")[0]
    found = changes(state(convolutions), state(convolutions.replace("12, 12", "24, 24")))
    assert found.resized
    assert not told(found)
    assert all(one.delta("macs") == 0 for one in found.layers)


def test_a_layer_that_reads_the_same_sizes_is_compared_at_another_input(state):
    pooled = NET.replace("ReLU", "AdaptiveAvgPool2d(1)")
    resized = pooled.replace("12, 12", "24, 24")
    (fc,) = [
        one for one in changes(state(pooled), state(resized.replace("Linear(10", "Linear(20"))).layers if one.is_told
    ]
    assert (fc.layer.path, fc.delta("macs")) == ("fc", 6 * 10)
    (conv,) = [one for one in changes(state(pooled), state(resized.replace("size=5", "size=3"))).layers if one.is_told]
    assert (conv.layer.path, conv.delta("params"), conv.has_comparable_macs) == ("conv", 6 * (9 - 25), False)


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
    old, new = state(name="old.yaml"), state(NET.replace("Conv2d(6", "Conv2d(8"), name="new.yaml")
    assert paired((old,), (new,)) == ((Pair(old, new),), ())
    assert Pair(old, new).is_renamed


def test_several_are_paired_by_source(state):
    a, b, c = (state(f"name: {name}\n{NET.replace('10', size)}", f"{name}.yaml") for name, size in zip(
        "abc", ("10", "11", "12"), strict=True
    ))  # fmt: skip
    assert paired((b, a), (a, c)) == ((Pair(a, a), Pair(None, c)), (b,))
    assert not Pair(a, a).is_renamed


def test_networks_that_the_baseline_does_not_know_are_new(state):
    a, b = state(name="a.yaml"), state(NET.replace("10", "11"), name="b.yaml")
    new = state("name: other\n" + NET.replace("10", "12"), name="c.yaml")
    assert paired((a, b), (new,)) == ((Pair(None, new),), (a, b))
    assert paired((), (a, b)) == ((Pair(None, a), Pair(None, b)), ())


def test_a_file_that_was_moved_is_the_network_of_the_same_name(state):
    old, other = state("name: Net\n" + NET, "old.yaml"), state("name: Other\n" + NET, "other.yaml")
    new = state("name: Net\n" + NET.replace("Conv2d(6", "Conv2d(8"), "new.yaml")
    assert paired((other, old), (new, other)) == ((Pair(old, new), Pair(other, other)), ())


def test_a_file_that_was_moved_is_the_network_of_the_same_layers(state):
    """Without a name in the spec, a network is named after its file."""
    old, other = state(NET, "old.yaml"), state(NET.replace("10", "11"), "other.yaml")
    new = state(NET, "new.yaml")
    assert paired((other, old), (new, other)) == ((Pair(old, new), Pair(other, other)), ())


def test_what_could_be_either_is_new(state):
    """Two networks of the same layers are gone: which of them was renamed cannot be known."""
    old, twin, new = (state(NET, name) for name in ("old.yaml", "twin.yaml", "new.yaml"))
    assert paired((old, twin), (new,)) == ((Pair(None, new),), (old, twin))


def test_no_state_is_used_twice(state):
    old, new, copy = (state(NET, name) for name in ("old.yaml", "old.yaml", "copy.yaml"))
    assert paired((old,), (new, copy)) == ((Pair(old, new), Pair(None, copy)), ())
