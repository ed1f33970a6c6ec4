"""The lecture's networks, with its very numbers and the formulas behind them."""

import pytest

from netinspect.analysis.profile import profile
from netinspect.network import load

LENET = [  # layer, output, parameters, how
    ("conv1", (6, 28, 28), 156, "6·(1·5·5 + 1)"),
    ("pool1", (6, 14, 14), 0, None),
    ("conv2", (16, 10, 10), 2_416, "16·(6·5·5 + 1)"),
    ("pool2", (16, 5, 5), 0, None),
    ("fc1", (120,), 48_120, "(400 + 1)·120"),
    ("fc2", (10,), 1_210, "(120 + 1)·10"),
]
CNN64 = [
    ("conv1", (16, 64, 64), 160, "16·(1·3·3 + 1)"),
    ("conv2", (32, 32, 32), 4_640, "32·(16·3·3 + 1)"),
    ("conv3", (64, 16, 16), 18_496, "64·(32·3·3 + 1)"),
    ("conv4", (128, 8, 8), 73_856, "128·(64·3·3 + 1)"),
    ("fc", (11,), 22_539, "(2048 + 1)·11"),
]


def rows(name):
    return {row.path: row for row in profile(load(name)).rows}


@pytest.mark.parametrize(
    ("network", "layer", "shape", "params", "formula"),
    [("lenet", *line) for line in LENET] + [("cnn64", *line) for line in CNN64],
)
def test_the_tables_of_the_lecture(network, layer, shape, params, formula):
    row = rows(network)[layer]
    assert row.outputs[0].shape[1:] == shape
    assert row.params == params
    assert row.params_formula == formula


def test_one_fully_connected_layer_has_more_than_twice_the_weights_of_all_of_lenet():
    assert 32 * 32 * 120 == 122_880 > 2 * profile(load("lenet")).totals.params


def test_feature_counts_of_the_basic_cnn_shrink_stage_by_stage():
    pools = [row.outputs[0].shape[1:] for row in rows("cnn64").values() if row.type == "MaxPool2d"]
    assert pools == [(16, 32, 32), (32, 16, 16), (64, 8, 8), (128, 4, 4)]
    assert [c * h * w for c, h, w in pools] == [16_384, 8_192, 4_096, 2_048]


def test_a_fully_connected_layer_has_a_weight_for_each_input_and_a_bias_for_each_unit():
    assert [row.params for row in rows("mlp").values() if row.type == "Linear"] == [9, 8, 3]


def test_toy_cnn_gives_128_features_and_three_scores():
    shapes = [row.outputs[0].shape[1:] for row in rows("toy_cnn").values()]
    assert shapes == [(4, 16, 16), (4, 8, 8), (8, 8, 8), (8, 4, 4), (128,), (3,)]


@pytest.mark.parametrize(
    ("name", "connections"), [("shallow_mlp", 3 * 9 + 9 * 2), ("deep_mlp", 3 * 3 + 3 * 3 + 3 * 3 + 3 * 2)]
)
def test_shallow_and_deep_net_of_nine_hidden_units(name, connections):
    totals = profile(load(name)).totals
    assert (totals.params, totals.macs) == (connections, connections)


def test_one_layer_and_three_layers_for_xor():
    one, three = profile(load("xor_one_layer")).totals, profile(load("xor_three_layers")).totals
    assert (one.params, one.depth) == (3, 1)
    assert (three.params, three.depth) == (37, 3)


def test_vgg16_has_138_million_parameters_and_resnet152_fewer():
    vgg, resnet = profile(load("vgg16")).totals.params, profile(load("resnet152")).totals.params
    assert round(vgg / 1e6) == 138
    assert resnet < vgg
