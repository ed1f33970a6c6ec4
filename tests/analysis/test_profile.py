"""A profile's rows and totals: what a reader of a summary adds up and relies on."""

import pytest

from netinspect.analysis.profile import profile
from netinspect.errors import InputError
from netinspect.gallery_specs import entries
from tests.gallery_readings import NAMES, gallery_reading
from tests.network.building import layers, network

LENET = """
- conv1: Conv2d(6, kernel_size=5)
- pool1: MaxPool2d(2)
- conv2: Conv2d(16, kernel_size=5)
- pool2: MaxPool2d(2)
- Flatten
- fc1: Linear(120)
- fc2: Linear(10)
"""
SUMMED = ("params", "trainable_params", "buffers", "macs", "flops")


def rows(net, **options):
    return {row.path: row for row in profile(net, **options).rows}


def test_lenet_as_tabled_in_the_lecture():
    found = rows(layers(LENET, "[1, 32, 32]"))
    assert {path: row.params for path, row in found.items() if row.params} == {
        "conv1": 156, "conv2": 2_416, "fc1": 48_120, "fc2": 1_210,
    }  # fmt: skip
    assert {path: row.outputs[0].shape for path, row in found.items()} == {
        "conv1": (1, 6, 28, 28), "pool1": (1, 6, 14, 14), "conv2": (1, 16, 10, 10), "pool2": (1, 16, 5, 5),
        "4": (1, 400), "fc1": (1, 120), "fc2": (1, 10),
    }  # fmt: skip
    assert found["conv1"].params_formula == "6·(1·5·5 + 1)"
    assert found["conv1"].sources == ("input",)
    assert found["fc1"].sources == ("4",)


def test_lenet_totals():
    totals = profile(layers(LENET, "[1, 32, 32]")).totals
    assert (totals.params, totals.trainable_params, totals.frozen_params) == (51_902, 51_902, 0)
    assert (totals.macs, totals.flops) == (406_800, 813_600)
    assert (totals.layers, totals.depth) == (7, 4)
    assert (totals.param_bytes, totals.input_bytes, totals.peak_activation_bytes) == (207_608, 4_096, 27_616)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_columns_sum_to_the_totals(name):
    whole = gallery_reading(name).profile
    for figure in SUMMED:
        assert sum(getattr(row, figure) for row in whole.rows) == getattr(whole.totals, figure)
    buckets = dict(whole.totals.flop_buckets)
    assert {name: sum(dict(row.flop_buckets).get(name, 0) for row in whole.rows) for name in buckets} == buckets


@pytest.mark.slow
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_the_gallery_has_the_figures_its_index_tells(entry):
    totals = gallery_reading(entry.name).profile.totals
    assert (totals.params, totals.macs) == (entry.params, entry.macs)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_formula_gives_its_number(name):
    for row in gallery_reading(name).profile.rows:
        for formula, number in ((row.params_formula, row.params), (row.macs_formula, row.macs)):
            if formula is None:
                assert number == 0
            else:
                assert eval(formula.replace("·", "*").replace("²", "**2")) == number


def test_a_layer_called_again_counts_its_parameters_once_and_its_work_twice():
    whole = profile(layers("- fc: Linear(4)\n- again: fc(prev)", "[4]"))
    first, second = whole.rows
    assert (first.params, first.shared_with, first.macs) == (20, None, 16)
    assert (second.params, second.shared_params, second.shared_with, second.macs) == (0, 20, "fc", 16)
    assert second.params_formula is None
    assert (whole.totals.params, whole.totals.shared_params, whole.totals.macs) == (20, 20, 32)


def test_a_tied_matrix_counts_in_the_row_that_comes_first():
    net = network("""
        input: {shape: [5], dtype: int64, high: 10}
        layers:
          - embed: Embedding(10, 4)
          - head: Linear(10)
        tie: {head.weight: embed.weight}
    """)
    embed, head = profile(net).rows
    assert (embed.params, embed.shared_with) == (40, None)
    assert (head.params, head.shared_params, head.shared_with) == (10, 40, "embed")
    assert head.params_formula == "10"
    assert profile(net).totals.params == 50


def test_frozen_parameters_are_told_apart():
    net = network("""
        input: [8]
        layers:
          - body: 2 * [Linear(8), ReLU]
          - head: Linear(2)
        frozen: [body]
    """)
    totals = profile(net).totals
    assert (totals.params, totals.trainable_params, totals.frozen_params) == (162, 18, 144)


def test_a_scopes_own_parameters_have_rows():
    net = network("""
        input: [4, 8]
        parameters:
          token: (1, 1, 8)
        layers:
          - cat(expand(token, input.shape[0], -1, -1), input, dim=1)
          - Linear(8)
    """)
    token = profile(net).rows[0]
    assert (token.path, token.type, token.params, token.params_formula) == ("token", "Parameter", 8, "1·1·8")
    assert profile(net).totals.params == 8 + 72


def test_buffers_are_counted_apart_with_their_own_dtype():
    totals = profile(layers("- BatchNorm2d", "[3, 4, 4]")).totals
    assert (totals.params, totals.buffers, totals.buffer_bytes) == (6, 7, 6 * 4 + 8)


@pytest.mark.parametrize(
    ("dtype", "size"), [("float32", 4), ("float16", 2), ("bfloat16", 2), ("float64", 8), ("int8", 1)]
)
def test_a_dtype_stands_in_float32s_place(dtype, size):
    totals = profile(layers("- Linear(3)", "[5]"), dtype=dtype).totals
    assert (totals.param_bytes, totals.input_bytes, totals.peak_activation_bytes) == (18 * size, 5 * size, 8 * size)


def test_token_ids_keep_their_own_size():
    net = network("""
        input: {shape: [5], dtype: int64, high: 10}
        layers:
          - embed: Embedding(10, 4)
    """)
    totals = profile(net, dtype="float16").totals
    assert (totals.input_bytes, totals.peak_activation_bytes) == (40, 40 + 5 * 4 * 2)


@pytest.mark.parametrize(("optimizer", "numbers"), [(None, 0), ("sgd", 0), ("momentum", 1), ("adam", 2)])
def test_optimizer_state(optimizer, numbers):
    totals = profile(layers("- Linear(3)", "[5]"), optimizer=optimizer).totals
    assert (totals.gradient_bytes, totals.optimizer_bytes) == (18 * 4, 18 * 4 * numbers)


def test_unknown_dtypes_and_optimizers_are_refused():
    net = layers("- Linear(3)", "[5]")
    with pytest.raises(InputError, match="float8"):
        profile(net, dtype="float8")
    with pytest.raises(InputError, match="lion"):
        profile(net, optimizer="lion")


def test_the_batch_is_in_shapes_and_macs_but_not_in_parameters():
    one, eight = (profile(layers(LENET, "[1, 32, 32]", batch_size=size)).totals for size in (1, 8))
    assert eight.macs == 8 * one.macs
    assert eight.params == one.params
    assert eight.peak_activation_bytes == 8 * one.peak_activation_bytes


def test_depth_is_the_longest_path_and_not_the_number_of_layers():
    net = layers("""
        - a: Conv2d(3, kernel_size=1)
        - b(a): Conv2d(3, kernel_size=1)
        - c(a): Conv2d(3, kernel_size=1)
        - add(b, c)
    """)
    totals = profile(net).totals
    assert (totals.layers, totals.depth) == (3, 2)


def test_a_function_that_multiplies_by_a_parameter_is_a_layer_as_the_layer_is():
    """A convolution by hand, with its weight normed as weight norm does it, beside torch's layer."""
    by_hand = network("""
        input: [3, 16]
        parameters:
          direction: (4, 3, 3)
          length: (4, 1, 1)
        layers:
          - weight: direction * (length / norm(direction, 2, dim=(1, 2), keepdim=True))
          - conv1d(input, weight)
          - relu
          - Flatten
          - Linear(5)
    """)
    layer = layers("- Conv1d(4, kernel_size=3, bias=False)\n- relu\n- Flatten\n- Linear(5)", "[3, 16]")
    totals, expected = profile(by_hand).totals, profile(layer).totals
    assert (totals.layers, totals.depth) == (expected.layers, expected.depth) == (3, 2)


def test_a_parameter_that_is_added_or_scales_is_no_layer():
    net = network("""
        input: [3, 16]
        parameters: {shift: [3, 1], scale: [3, 1]}
        layers:
          - input * scale + shift
    """)
    assert (profile(net).totals.layers, profile(net).totals.depth) == (0, 0)


def test_further_outputs_are_named_in_from():
    net = network("""
        input: {time: 7, features: 5}
        layers:
          - rnn: LSTM(4, batch_first=True)
          - flat(rnn.h_n): permute(1, 0, 2)
    """)
    assert rows(net)["flat"].sources == ("rnn.h_n",)


def test_a_backward_pass_is_two_forwards_less_the_first_input_gradient():
    totals = profile(layers(LENET, "[1, 32, 32]")).totals
    assert totals.backward_macs == 2 * 406_800 - 117_600


def test_a_frozen_body_has_no_backward_pass():
    net = network("input: [8]\nlayers:\n  - body: Linear(8)\n  - head: Linear(2)\nfrozen: [body]\n")
    assert profile(net).totals.backward_macs == 16


def test_a_recurrent_first_layer_is_spared_the_gradients_of_its_input_and_its_first_state():
    net = network("input: {time: 5, features: 10}\nlayers:\n  - rnn: LSTM(20, batch_first=True)\n")
    totals = profile(net).totals
    assert totals.macs == 5 * 4 * 20 * (10 + 20)
    assert totals.backward_macs == 2 * totals.macs - 5 * 4 * 20 * 10 - 4 * 20 * 20
