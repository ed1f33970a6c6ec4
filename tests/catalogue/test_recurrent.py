"""Recurrent layers and cells against torch: shapes, state-dict keys in order, counts, both refuse or both accept."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import TensorType as T
from tests.catalogue.kept import bytes_kept_by_torch, bytes_kept_by_us
from tests.catalogue.torch_side import agree, ours, refused

FLAGS = (True, False)
LONG = ("RNN", "LSTM", "GRU")
CELLS = ("RNNCell", "LSTMCell", "GRUCell")


def test_what_recurs_is_what_torch_calls_recurrent() -> None:
    bases = {"sequence": nn.RNNBase, "step": nn.RNNCellBase}
    for name, entry in LAYERS.items():
        kinds = [word for word, base in bases.items() if issubclass(getattr(nn, name, nn.Module), base)]
        assert [entry.recurs] == (kinds or [None]), name


def constructors(name: str) -> list[dict[str, Any]]:
    base = [
        {"hidden_size": 5, "num_layers": layers, "bias": bias, "batch_first": first, "bidirectional": both}
        for layers, bias, first, both in itertools.product((1, 2, 3), FLAGS, FLAGS, FLAGS)
    ]
    extra = {"LSTM": {"proj_size": 3}, "RNN": {"nonlinearity": "relu"}, "GRU": {"dropout": 0.2}}[name]
    return [*base, *({**one, **extra} for one in base)]


@pytest.mark.parametrize("name", LONG)
def test_every_combination_of_arguments_is_as_torch(name: str) -> None:
    for arguments in constructors(name):
        assert agree(LAYERS[name], {"input": T((3, 4, 7))}, arguments) is not None


@pytest.mark.parametrize("name", LONG)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_sizes_are_as_torch(name: str, data: st.DataObject) -> None:
    small = st.integers(1, 9)
    arguments = {"hidden_size": data.draw(small), "num_layers": data.draw(st.integers(1, 4)), "batch_first": True}
    arguments["bidirectional"] = data.draw(st.booleans())
    if name == "LSTM":
        arguments["proj_size"] = data.draw(st.integers(0, 9))
    agree(LAYERS[name], {"input": T((data.draw(small), data.draw(small), data.draw(small)))}, arguments)


@pytest.mark.parametrize(("name", "first"), list(itertools.product(LONG, FLAGS)))
def test_initial_states_are_checked_as_torch_does(name: str, first: bool) -> None:
    arguments = {"hidden_size": 5, "num_layers": 2, "batch_first": first, "bidirectional": True}
    batch = 3 if first else 4
    good, bad = T((4, batch, 5)), T((4, batch + 1, 5))
    states = ("h_0", "c_0") if name == "LSTM" else ("h_0",)
    for chosen in itertools.product((good, bad), repeat=len(states)):
        forward = {"input": T((3, 4, 7)), **dict(zip(states, chosen, strict=True))}
        result = agree(LAYERS[name], forward, arguments)
        assert (result is None) == (bad in chosen)


def test_an_lstm_takes_both_states_or_none() -> None:
    forward = {"input": T((2, 4, 7)), "h_0": T((1, 2, 5))}
    assert refused(LAYERS["LSTM"], forward, {"hidden_size": 5, "batch_first": True}) == "E216"


def test_a_projected_lstm_carries_a_smaller_state() -> None:
    arguments = {"hidden_size": 5, "proj_size": 3, "batch_first": True}
    forward = {"input": T((2, 4, 7)), "h_0": T((1, 2, 3)), "c_0": T((1, 2, 5))}
    result = agree(LAYERS["LSTM"], forward, arguments)
    assert result is not None
    assert [output.shape for output in result.outputs] == [(2, 4, 3), (1, 2, 3), (1, 2, 5)]


@pytest.mark.parametrize(("name", "bias"), list(itertools.product(CELLS, FLAGS)))
def test_cells_are_as_torch(name: str, bias: bool) -> None:
    for batch, features, hidden in itertools.product((1, 3), (1, 4), (1, 6)):
        arguments = {"hidden_size": hidden, "bias": bias}
        forward: dict[str, Any] = {"input": T((batch, features))}
        assert agree(LAYERS[name], forward, arguments) is not None
        forward["h_0"] = T((batch, hidden))
        if name == "LSTMCell":
            forward["c_0"] = T((batch, hidden))
        assert agree(LAYERS[name], forward, arguments) is not None
        forward["h_0"] = T((batch, hidden + 1))
        assert agree(LAYERS[name], forward, arguments) is None


@pytest.mark.parametrize(
    ("name", "shape", "arguments", "params", "macs"),
    [
        ("LSTM", (1, 100, 300), {"hidden_size": 512, "num_layers": 2}, 3_768_320, 376_012_800),
        ("LSTM", (4, 50, 128), {"hidden_size": 256, "num_layers": 2, "bidirectional": True}, 2_367_488, 471_859_200),
        ("GRU", (4, 50, 128), {"hidden_size": 256, "num_layers": 2, "bidirectional": True}, 1_775_616, 353_894_400),
        ("RNN", (4, 50, 128), {"hidden_size": 256}, 98_816, 19_660_800),
        ("LSTM", (3, 5, 10), {"hidden_size": 20}, 2_560, 36_000),
        ("LSTM", (3, 5, 10), {"hidden_size": 20, "proj_size": 6}, 1_560, 21_000),
        ("GRU", (3, 5, 10), {"hidden_size": 20}, 1_920, 27_000),
    ],
)
def test_reference_figures(
    name: str, shape: tuple[int, ...], arguments: dict[str, Any], params: int, macs: int
) -> None:
    result = agree(LAYERS[name], {"input": T(shape)}, {**arguments, "batch_first": True})
    assert result is not None
    assert (int(result.params), int(result.macs)) == (params, macs)


def test_an_lstm_cell_of_the_micro_suite() -> None:
    result = agree(LAYERS["LSTMCell"], {"input": T((12, 10))}, {"hidden_size": 20})
    assert result is not None
    assert int(result.macs) == 28_800


def test_formulas_are_those_of_a_textbook() -> None:
    result = ours(LAYERS["LSTM"], {"input": T((1, 40, 100))}, {"hidden_size": 128, "batch_first": True})
    assert str(result.params) == "4·128·(100 + 128 + 2)"
    assert str(result.macs) == "4·128·(100 + 128)·40"
    both = {"hidden_size": 128, "batch_first": True, "bidirectional": True}
    assert str(ours(LAYERS["LSTM"], {"input": T((1, 40, 100))}, both).params) == "2·4·128·(100 + 128 + 2)"


@pytest.mark.parametrize(
    ("name", "forward", "arguments", "code"),
    [
        ("LSTM", T((2, 7)), {"hidden_size": 5}, "E305"),
        ("LSTM", T((2, 3, 4, 7)), {"hidden_size": 5}, "E305"),
        ("LSTM", T((2, 4, 7), "int64"), {"hidden_size": 5}, "E306"),
        ("LSTM", T((2, 4, 7), "float64"), {"hidden_size": 5}, "E306"),
        ("LSTM", T((2, 4, 7)), {"hidden_size": 5, "input_size": 8}, "E204"),
        ("LSTM", T((2, 4, 7)), {"hidden_size": 5, "proj_size": 5}, "E211"),
        ("LSTM", T((2, 4, 7)), {"hidden_size": 0}, "E211"),
        ("LSTM", T((2, 4, 7)), {"hidden_size": 5, "bidirectional": "yes"}, "E212"),
        ("LSTM", T((2, 4, 7)), {"hidden_size": 5, "num_layers": 1025}, "E211"),
        ("LSTM", T((2, 4, 7)), {"hidden_size": 5, "dropout": 1.5}, "E211"),
        ("RNN", T((2, 4, 7)), {"hidden_size": 5, "nonlinearity": "gelu"}, "E213"),
        ("LSTM", T((2, 0, 7)), {"hidden_size": 5}, "E302"),
    ],
)
def test_mistakes_have_their_codes(name: str, forward: T, arguments: dict[str, Any], code: str) -> None:
    assert refused(LAYERS[name], {"input": forward}, {**arguments, "batch_first": True}) == code


def test_batch_first_has_to_be_said_and_sizes_are_inferred() -> None:
    for name in LONG:
        batch_first = LAYERS[name].argument("batch_first")
        assert batch_first is not None
        assert batch_first.must_say
        assert LAYERS[name].unnamed == ("hidden_size",)
    result = ours(LAYERS["GRU"], {"input": T((2, 4, 7))}, {"hidden_size": 5, "batch_first": True})
    assert result.inferred == (("input_size", 7),)


def test_every_step_sees_all_of_time() -> None:
    for first, axis in ((True, 1), (False, 0)):
        result = ours(LAYERS["LSTM"], {"input": T((2, 4, 7))}, {"hidden_size": 5, "batch_first": first})
        assert result.reach.mixes == (axis, 2)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
def test_backward_keeps_as_many_bytes_as_torch(name: str) -> None:
    """As torch's plain steps, time first; the first states, of zeros, among them."""
    forward, arguments = {"input": T((4, 3, 7))}, {"hidden_size": 5, "batch_first": False}
    result = ours(LAYERS[name], forward, arguments)
    kept = bytes_kept_by_torch(LAYERS[name], forward, {**arguments, "input_size": 7})
    assert bytes_kept_by_us(result, [forward["input"]]) == kept


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_keeps_as_many_bytes_as_torch(name: str) -> None:
    forward = {"input": T((3, 7)), "h_0": T((3, 5))}
    if name == "LSTMCell":
        forward["c_0"] = T((3, 5))
    result = ours(LAYERS[name], forward, {"hidden_size": 5})
    kept = bytes_kept_by_torch(LAYERS[name], forward, {"hidden_size": 5, "input_size": 7})
    assert bytes_kept_by_us(result, list(forward.values())) == kept
