"""Lists of mappings, against closed figures and the lines that they should give."""

import pytest
import yaml

from netinspect.drafts.styles.typed import STYLE
from tests.drafts.styles.written import params

LENET = """
name: LeNet
input_shape: [1, 32, 32]
layers:
  - type: Conv2d
    filters: 6
    kernel_size: 5
    activation: relu
  - type: MaxPool2d
    pool_size: 2
  - type: Conv2d
    filters: 16
    kernel_size: 5
    activation: relu
  - type: MaxPool2d
    pool_size: 2
  - type: Flatten
  - type: Dense
    units: 120
    activation: relu
  - type: Dense
    units: 84
    activation: relu
  - type: Dense
    units: 10
    activation: softmax
"""

TORCH_WORDS = """
input: [1, 32, 32]
layers:
  - {name: conv1, type: Conv2d, out_channels: 6, kernel_size: 5}
  - {type: ReLU}
  - {type: MaxPool2d, kernel_size: 2}
  - {name: conv2, type: Conv2d, in_channels: 6, out_channels: 16, kernel_size: 5, activation: relu}
  - {type: MaxPool2d, kernel_size: 2, stride: 2}
  - {type: Flatten}
  - {name: fc1, type: Linear, in_features: 400, out_features: 120}
  - {type: Dropout, p: 0.5}
  - {name: fc2, type: Linear, out_features: 10}
  - {type: Softmax}
"""

NAMES_AS_KEYS = """
input: 28x28x1
layers:
  - conv1: {type: Conv2d, filters: 32, kernel_size: 3, padding: same, activation: relu}
  - bn: {type: batch_norm}
  - pool1: {type: max_pool, pool_size: 2}
  - flat: {type: flatten}
  - fc: {type: dense, units: 10, activation: softmax}
"""

NESTED = """
model:
  name: net
  input_shape: [28, 28, 1]
  layers:
    - layer: conv2d
      params: {filters: 8, kernel_size: [3, 3], strides: 2, padding: same}
    - layer: relu
    - layer: globalaveragepooling2d
    - layer: linear
      args: [10]
"""

MAPPING = """
input: [3, 32, 32]
layers:
  conv1: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  bn1: {type: BatchNorm2d, num_features: 16}
  act1: {type: ReLU, inplace: true}
  conv2: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  sum: {type: Add, inputs: [act1, conv2]}
  gap: {type: AdaptiveAvgPool2d, output_size: 1}
  flat: {type: Flatten}
  fc: {type: Linear, out_features: 10}
"""

KERAS_KEYS = """
input: [1, 28, 28]
layers:
  - Conv2D: {filters: 8, kernel_size: 3, activation: relu}
  - MaxPooling2D: {pool_size: 2}
  - Flatten:
  - Dense: {units: 10}
"""

REPEATED = """
vars: {width: 16}
input: [784]
layers:
  - {op: fc, units: width, activation: relu, repeat: 2}
  - {op: fc, units: 10}
"""

RECURRENT = """
input: {shape: {time: 80}, dtype: int64, high: 1000}
layers:
  - {type: Embedding, vocab_size: 1000, embedding_dim: 50}
  - {type: LSTM, hidden_size: 64, num_layers: 2, bidirectional: true}
  - {type: Linear, out_features: 5}
"""


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        (LENET, 61_706),
        (TORCH_WORDS, 156 + 2_416 + 48_120 + 1_210),
        (NAMES_AS_KEYS, 320 + 64 + 10 * (32 * 14 * 14 + 1)),
        (NESTED, 80 + 90),
        (MAPPING, 16 * 28 + 32 + 16 * 145 + 170),
        (KERAS_KEYS, 80 + 10 * (8 * 13 * 13 + 1)),
        (REPEATED, 785 * 16 + 17 * 16 + 170),
        (RECURRENT, 50_000 + 2 * 256 * (50 + 64 + 2) + 2 * 256 * (128 + 64 + 2) + 129 * 5),
    ],
)
def test_a_list_of_mappings_has_the_params_that_its_formula_gives(text, counted, tmp_path):
    rewritten = STYLE.rewrite(text, yaml.safe_load(text))
    words = "{shape: {time: 80}, dtype: int64, high: 1000}"
    assert params(rewritten, tmp_path, words) == counted


def test_the_lines_carry_the_names():
    lines = STYLE.rewrite("", yaml.safe_load(TORCH_WORDS)).layers
    assert lines[0] == "- conv1: Conv2d(6, kernel_size=5)"
    assert lines[-2:] == ("- fc2: Linear(10)", "- Softmax(dim=1)")


def test_only_the_content_of_layers_may_be_at_hand(tmp_path):
    rewritten = STYLE.rewrite(LENET, yaml.safe_load(LENET)["layers"])
    assert rewritten.input is None
    assert params(rewritten, tmp_path, "[1, 32, 32]") == 61_706


def test_what_says_nothing_of_the_layers_is_named_in_the_note():
    data = {**yaml.safe_load(LENET), "optimizer": "adam", "epochs": 5}
    assert "epochs, optimizer" in STYLE.rewrite("", data).note


@pytest.mark.parametrize(
    "text",
    [
        "input: [1, 28, 28]\nlayers:\n  - Conv2d: {out_channels: 6, kernel_size: 5}\n  - fc: Linear(3)\n  - Flatten\n",
        "input: [8]\nlayers:\n  - enc:\n      layers: [Flatten]\n  - Linear(3)\n",
        "layers:\n  - {type: Conv2d, out_channels: 6, kernel_sise: 5}\n",
        "layers:\n  - {type: MyLayer, size: 6}\n",
        "layers:\n  - {type: Conv2d, filters: 6}\n  - {size: 5}\n",
        "backbone: [[-1, 1, Conv, [64, 3, 2]]]\nhead: []\n",
        "layers:\n  - a: {type: Linear, out_features: 3}\nblocks: {}\n",
        "{}",
        "[]",
        "just text",
    ],
)
def test_other_texts_are_left_alone(text):
    assert STYLE.rewrite(text, yaml.safe_load(text)) is None
