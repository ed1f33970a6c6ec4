"""Which inputs an output of a layer on sequences depends on, by gradient: what its receptive field says."""

from __future__ import annotations

import pytest
import torch

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import TensorType as T
from tests.catalogue.exceptions import RECURRENT
from tests.catalogue.tally import REACH, compared
from tests.catalogue.torch_side import call_arguments, construct, ours, pick

BATCH, TIME, FEATURES = 3, 5, 8
CALLS = [
    *((name, {"hidden_size": 4, "bidirectional": both}) for name in ("RNN", "LSTM", "GRU") for both in (False, True)),
    *((name, {"hidden_size": 4}) for name in ("RNNCell", "LSTMCell", "GRUCell")),
    ("MultiheadAttention", {"num_heads": 2}),
    *((name, {"nhead": 2, "dim_feedforward": 9}) for name in ("TransformerEncoderLayer", "TransformerDecoderLayer")),
    *((name, {"nhead": 2, "dim_feedforward": 9, "num_layers": 2})
      for name in ("TransformerEncoder", "TransformerDecoder")),
    ("Transformer", {"nhead": 2, "num_encoder_layers": 1, "num_decoder_layers": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given"), CALLS, ids=str)
def test_an_output_depends_on_all_of_its_own_sequence_and_on_no_other(name, given):
    entry = LAYERS[name]
    arguments = given if name.endswith("Cell") else {**given, "batch_first": True}
    first = T((BATCH, FEATURES) if name.endswith("Cell") else (BATCH, TIME, FEATURES))
    tensors = {a.name: first for a in entry.forward if a.name in ("src", "tgt", "memory", entry.forward[0].name)}
    result = ours(entry, tensors, arguments)
    compared(REACH, name)
    assert set(result.reach.mixes) == set(range(1, first.rank))
    seen = _seen(entry, tensors, {**arguments, **dict(result.inferred)})
    assert not seen[1:].any()
    assert seen[0].all() or (name in RECURRENT and not given["bidirectional"] and seen[0][:3].all())


def _seen(entry, tensors, arguments):
    """Which elements of the first tensor the middle step of the first sample's output depends on."""
    torch.manual_seed(0)
    module = construct(entry, dict(arguments), "cpu")
    positional, named = call_arguments(entry, tensors, "cpu")
    output = pick(module(*positional, **named), entry)[0]
    one = output[0, TIME // 2] if output.dim() > 2 else output[0]
    weights = torch.linspace(0.5, 1.5, one.numel())
    return torch.autograd.grad((one * weights).sum(), positional[0])[0] != 0
