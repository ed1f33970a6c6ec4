"""The micro-suite of docs/counting.md: the true MACs of small networks, each a whole spec, each held against torch.

Every case is a line of that paragraph, worked out by hand beside it.
"""

from __future__ import annotations

import textwrap

import pytest

from netinspect.analysis.profile import profile
from netinspect.errors import SpecError
from netinspect.language import Source, parse
from netinspect.network.elaborate import elaborate
from netinspect.torch_backend.verify import verify


def net(text, batch=1):
    source = Source("micro.yaml", textwrap.dedent(text))
    parsed = parse(source)
    assert parsed.spec is not None, parsed.diagnostics
    return elaborate(parsed.spec, source, diagnostics=parsed.diagnostics, batch_size=batch)


def one(layer, shape, batch=1):
    """A network of one line."""
    return net(f"input: {shape}\nlayers:\n  - {layer}\n", batch)


ONE_LAYER = {
    # every one of 4·7 rows meets 10·20 weights
    "Linear on (4, 7, 10)": (("Linear(20)", [7, 10], 4), 5_600),
    "Linear without a bias": (("Linear(20, bias=False)", [7, 10], 4), 5_600),
    # every input element meets every kernel element of its group once
    "ConvTranspose2d": (("ConvTranspose2d(6, kernel_size=4, stride=2)", [4, 8, 8]), 4 * 8 * 8 * 6 * 4 * 4),
    "ConvTranspose2d in two groups": (("ConvTranspose2d(6, kernel_size=4, stride=2, groups=2)", [4, 8, 8]), 12_288),
    "ConvTranspose2d with padding": (("ConvTranspose2d(6, kernel_size=4, stride=2, padding=1)", [4, 8, 8]), 24_576),
    # 3·5 steps, four gates of 20 from 10 inputs and 20 of the state
    "LSTM": (("LSTM(20, batch_first=True)", [5, 10], 3), 36_000),
    "LSTM, time first": (("LSTM(20, batch_first=False)", [3, 10], 5), 36_000),
    # the state is projected to 6: 4·20·(10 + 6) and 20·6 a step
    "LSTM with proj_size": (("LSTM(20, proj_size=6, batch_first=True)", [5, 10], 3), 21_000),
    # three gates
    "GRU": (("GRU(20, batch_first=True)", [5, 10], 3), 27_000),
    "RNN": (("RNN(20, batch_first=True)", [5, 10], 3), 3 * 5 * 20 * 30),
    "LSTM both ways": (("LSTM(20, bidirectional=True, batch_first=True)", [5, 10], 3), 72_000),
    # one step
    "LSTMCell": (("LSTMCell(20)", [10], 12), 28_800),
    "GRUCell": (("GRUCell(20)", [10], 12), 12 * 3 * 20 * 30),
    "Embedding": (("Embedding(100, 20)", "{shape: [5], dtype: int64, high: 100}", 3), 0),
    # four projections of 5·16·16, and two products of 5·5·16
    "MultiheadAttention": (("MultiheadAttention(num_heads=2, batch_first=True)", [5, 16]), 4 * 1280 + 2 * 400),
    "MultiheadAttention without weights": (
        ("(prev, need_weights=False): MultiheadAttention(num_heads=2, batch_first=True)", [5, 16]), 5_920,
    ),
    "attention as a function, causal": (
        ("scaled_dot_product_attention(input, input, input, is_causal=True)", [2, 5, 8]), 2 * 2 * 5 * 5 * 8,
    ),
    "einsum": (("einsum('bij,bkj->bik', input, input)", [5, 16], 3), 3 * 5 * 5 * 16),
    # the sum over one tensor is no product
    "einsum of one": (("einsum('bij->bi', input)", [5, 16]), 0),
    "grouped convolution": (("Conv2d(8, kernel_size=3, padding=1, groups=4)", [4, 6, 6]), 8 * 6 * 6 * 1 * 3 * 3),
}  # fmt: skip


@pytest.mark.parametrize(("call", "macs"), ONE_LAYER.values(), ids=ONE_LAYER)
def test_one_layer(call, macs):
    network = one(*call)
    assert profile(network).totals.macs == macs
    assert verify(network).agrees


def test_x_at_a_parameter_counts():
    network = net("""
        input: [7, 10]
        parameters: {P: [10, 20]}
        layers:
          - matmul(input, P)
    """, batch=4)  # fmt: skip
    totals = profile(network).totals
    assert (totals.macs, totals.params) == (5_600, 200)
    assert verify(network).agrees


BILINEAR = """
    inputs: {left: [8], right: [5]}
    layers:
      - (left, right): Bilinear(3)
"""


def test_bilinear_counts_in1_in2_out_for_each_row_though_torchs_counter_does_not():
    network = net(BILINEAR, batch=4)
    assert profile(network).totals.macs == 4 * 8 * 5 * 3
    told = verify(network)
    assert told.agrees
    assert [row.what for row in told.unchecked] == ["macs"]


@pytest.mark.parametrize(
    ("line", "macs"), [("matmul(input, v)", 4 * 7 * 10), ("einsum('btf,f->bt', input, v)", 4 * 7 * 10)]
)
def test_a_matrix_times_a_vector_counts(line, macs):
    network = net(f"input: [7, 10]\nparameters: {{v: 10}}\nlayers:\n  - {line}\n", batch=4)
    assert profile(network).totals.macs == macs
    assert verify(network).agrees


def test_a_shared_layer_costs_compute_at_every_call_and_parameters_once():
    network = net("""
        input: [10]
        layers:
          - shared: Linear(10)
          - shared
          - shared(prev)
          - 2 * shared
    """)
    totals = profile(network).totals
    calls = [row for row in profile(network).rows if row.type == "Linear"]
    assert totals.params == 10 * 10 + 10
    assert totals.macs == len(calls) * 100
    assert verify(network).agrees


def test_tied_parameters_count_once_and_their_products_each_time():
    network = net("""
        input: {shape: [5], dtype: int64, high: 100}
        layers:
          - wte: Embedding(100, 16)
          - lm_head: Linear(100, bias=False)
        tie: {lm_head.weight: wte.weight}
    """)
    totals = profile(network).totals
    assert (totals.params, totals.macs, totals.shared_params) == (1_600, 5 * 16 * 100, 1_600)
    assert verify(network).agrees


def test_flops_are_exactly_two_a_mac():
    totals = profile(one("Linear(20)", [7, 10], batch=4)).totals
    assert totals.flops == 11_200


@pytest.mark.parametrize(
    ("layer", "shape"),
    [("LSTM(20, batch_first=True)", [10]), ("GRU(20, batch_first=False)", [10]), ("LSTMCell(20)", []),
     ("MultiheadAttention(num_heads=2, batch_first=True)", [16])],
)  # fmt: skip
def test_an_unbatched_sequence_cannot_occur(layer, shape):
    """The batch axis is always there: what torch would take for an unbatched sequence is a batch without time."""
    with pytest.raises(SpecError, match="E305"):
        one(layer, shape)
