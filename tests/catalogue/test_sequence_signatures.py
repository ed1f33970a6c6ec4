"""Layers on sequences take torch's arguments, in torch's order, with torch's defaults."""

from __future__ import annotations

import inspect

import pytest
import torch

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import REQUIRED
from tests.catalogue.layer_cases import LAYERS as OTHERS

LEFT_OUT = {"device", "dtype", "mode", "custom_encoder", "custom_decoder", "self", "nonlinearity"}
SIGNATURES = {
    **dict.fromkeys(("RNN", "LSTM", "GRU"), torch.nn.RNNBase),
    **{name: getattr(torch.nn, name) for name in ("RNNCell", "LSTMCell", "GRUCell", "MultiheadAttention")},
    **{name: getattr(torch.nn, name) for name in ("TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer")},
    "TransformerEncoder": torch.nn.TransformerEncoderLayer, "TransformerDecoder": torch.nn.TransformerDecoderLayer,
}  # fmt: skip
OWN = {"TransformerEncoder": {"num_layers"}, "TransformerDecoder": {"num_layers"}}


def test_every_layer_is_in_one_of_the_two_tables():
    assert set(SIGNATURES) == set(LAYERS) - set(OTHERS)


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_stand_in_torchs_order_with_torchs_defaults(name):
    theirs = inspect.signature(SIGNATURES[name]).parameters
    ours = {a.name: a for a in LAYERS[name].arguments if a.name not in LEFT_OUT | OWN.get(name, set())}
    wanted = [one for one in theirs if one not in LEFT_OUT and (one != "proj_size" or name == "LSTM")]
    assert list(ours) == wanted
    for argument in ours.values():
        default = theirs[argument.name].default
        if not argument.must_say and not argument.inferred and default is not inspect.Parameter.empty:
            assert argument.default == _plain(default), argument.name
        if default is inspect.Parameter.empty:
            assert argument.inferred or argument.default is REQUIRED


def _plain(default):
    """torch's default activation is a function; a spec says its name."""
    return default.__name__ if callable(default) else default


@pytest.mark.parametrize(
    "name", [name for name in SIGNATURES if "Cell" not in name and name not in ("RNN", "LSTM", "GRU")]
)
def test_the_call_takes_torchs_arguments_in_torchs_order(name):
    theirs = inspect.signature(getattr(torch.nn, name).forward).parameters
    assert [a.name for a in LAYERS[name].forward] == [one for one in theirs if one != "self"]
