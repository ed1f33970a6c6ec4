"""Which axis of a tensor counts its units: where their maker puts them, wherever they are carried."""

import pytest

import netinspect
from netinspect.network.axes import unit_axes
from netinspect.network.load import load

NETWORKS = [
    ("[3, 8, 8]", ["Conv2d(4, kernel_size=3)", "relu", "flatten(1)", "Linear(5)"], [1, 1, 1, 1]),
    ("{time: 6, features: 4}", ["Linear(8)", "transpose(1, 2)", "ReLU"], [2, 1, 1]),
    ("{time: 6, features: 4}", ["LSTM(5, batch_first=True)", "permute(1, 0, 2)"], [2, 2]),
    (  # queries, keys and values by head, and the heads together again
        "{time: 6, features: 4}",
        [
            "qkv: Linear(24)",
            "unflatten(2, [3, 2, 4])",
            "split: permute(2, 0, 3, 1, 4)",
            "scaled_dot_product_attention(split[0], split[1], split[2])",
            "transpose(1, 2)",
            "flatten(2)",
        ],
        [2, 2, 0, 1, 1, 1, 1, 2, 2],
    ),
]


@pytest.fixture
def network(tmp_path):
    def of(text):
        (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
        return load(str(tmp_path / "net.yaml"))

    return of


@pytest.mark.parametrize(("shape", "lines", "axes"), NETWORKS)
def test_units_are_where_their_maker_put_them_or_carried_along(network, shape, lines, axes):
    net = network(f"input: {shape}\nlayers:\n" + "".join(f"  - {line}\n" for line in lines))
    assert [unit_axes(net)[call.outputs[0]] for call in net.calls] == axes


def test_a_function_with_a_weight_makes_units_as_its_layer_does(network):
    text = (
        "input: {shape: [6], dtype: int64, high: 9}\nparameters: {table: [9, 4]}\nlayers:\n  - embedding(prev, table)\n"
    )
    net = network(text)
    assert unit_axes(net)[net.calls[-1].outputs[0]] == 2


@pytest.mark.parametrize(
    ("lines", "axes"),
    [
        ("- GRU(8, batch_first=True)", ("time", "features")),
        ("- p: Linear(16)\n  - LayerNorm\n  - MultiheadAttention(num_heads=2, batch_first=True)", ("time", "features")),
        ("- p: Linear(16)\n  - Tanh\n  - TransformerEncoderLayer(nhead=4, batch_first=True)", ("time", "features")),
        ("- Conv1d(8, kernel_size=3)\n  - transpose(1, 2)\n  - GRU(8, batch_first=True)", ("channels", "time")),
        ("- Conv1d(8, kernel_size=3)", ("channels", "time")),
        ("- transpose(1, 2)\n  - GRU(8, batch_first=True)", ("channels", "time")),
        ("- Linear(8)", ("channels", "time")),
    ],
)
def test_two_sizes_without_names_are_a_sequence_where_a_layer_runs_over_them(lines, axes):
    assert netinspect.loads(f"input: [12, 16]\nlayers:\n  {lines}\n").graph.inputs[0].axes == axes
