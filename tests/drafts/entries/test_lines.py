"""The lines that the entries of a file become: what they are wired to, and what is told of them."""

import pytest
import yaml

from netinspect.drafts.entries.lines import network_of
from netinspect.drafts.entries.outline import outline
from tests.drafts.styles.written import params

STEPS = "input: [20, 8]\nlayers:\n  - {GRU: {units: 4, return_sequences: true}}\n"
MAP = "input: [32, 32, 3]\nlayers:\n  - {Conv2D: {filters: 8, kernel_size: 3}}\n"


def rewritten(text):
    return network_of(outline(yaml.safe_load(text)))


def lines(text):
    return list(rewritten(text).layers)


def test_a_name_means_what_the_activation_gives():
    text = """
input: [16, 16, 3]
layers:
  - c1: Conv2D(8, 3, padding=same, activation=relu)
  - c2: Conv2D(8, 3, padding=same, activation=relu)
  - Concatenate([c1, c2])
"""
    assert lines(text) == [
        "- c1: Conv2d(8, kernel_size=3, padding=same)",
        "- c1_relu: ReLU",
        "- c2: Conv2d(8, kernel_size=3, padding=same)",
        "- ReLU",
        "- cat(c1_relu, prev, dim=1)",
    ]


def test_lines_of_a_spec_are_followed_too():
    text = (
        "input: [8]\nlayers:\n  - a: Dense(4, activation=tanh)\n  - b: Dense(4)\n  - abs(a - b)\n  - y(a): Linear(2)\n"
    )
    assert lines(text) == [
        "- a: Linear(4)",
        "- a_tanh: Tanh",
        "- b: Linear(4)",
        "- abs(a_tanh - prev)",
        "- y(a_tanh): Linear(2)",
    ]


def test_sections_follow_one_another():
    text = "input: [8]\nencoder: [{Dense: 4}, ReLU]\ndecoder:\n  - Dense: 8\n"
    assert lines(text) == ["- Linear(4)", "- ReLU", "- Linear(8)"]


def test_heads_are_outputs_beside_one_another(tmp_path):
    text = """
input: [8]
trunk:
  - Dense: {units: 6, activation: relu}
heads:
  age: [{Dense: 1}]
  kind:
    - Dense: {units: 4, activation: relu}
    - Dense: {units: 3, activation: softmax}
"""
    said = rewritten(text)
    assert said.layers[:3] == ("- Linear(6)", "- trunk: ReLU", "- age: Linear(1)")
    assert said.layers[3] == "- kind(trunk):"
    assert said.outputs == "[age, kind]"
    assert params(said, tmp_path) == 54 + 7 + 28 + 15


TOWERS = """
inputs: {left: [8], right: [8]}
tower: [{Dense: {units: 4, activation: relu}}]
branches: {left: '*tower', right: '*tower'}
merge: [abs(left - right), {Dense: 1}]
"""


def test_an_alias_is_the_same_layers_again_and_that_is_doubted(tmp_path):
    said = rewritten(TOWERS)
    assert params(said, tmp_path) == 36 + 5
    assert "same weights" in said.doubt


def test_branches_take_the_inputs_of_their_names(tmp_path):
    text = """
inputs: {image: [16, 16, 3], meta: [10]}
branches:
  image: [{Conv2D: [8, 3]}, GlobalAveragePooling2D]
  meta: [{Dense: 4}]
join: [{Concatenate: [image, meta]}, {Dense: 1}]
"""
    said = rewritten(text)
    assert said.inputs == ("image: [3, 16, 16]", "meta_1: [10]")
    assert params(said, tmp_path) == 8 * 28 + 44 + 13


def test_what_follows_branches_takes_them_by_name():
    assert rewritten("input: [8]\nheads: {a: [{Dense: 1}], b: [{Dense: 2}]}\nend: [{Dense: 3}]\n") is None


@pytest.mark.parametrize(
    ("entry", "step"),
    [
        ("{type: Softmax, axis: 1}", "Softmax(dim=1)"),
        ("{type: Softmax, axis: 2}", "Softmax(dim=-1)"),
        ("{type: Sum, axis: 1}", "sum(dim=1)"),
        ("{type: Mean, axis: -1, keepdims: true}", "mean(dim=-1, keepdim=True)"),
        ("{type: Max, axis: 1}", "amax(dim=1)"),
    ],
)
def test_axes_are_counted_as_in_torch(entry, step):
    assert (
        lines(f"input: [20, 8]\nlayers:\n  - {{type: GRU, units: 4, return_sequences: true}}\n  - {entry}\n")[-1]
        == f"- {step}"
    )


@pytest.mark.parametrize(
    ("entry", "steps"),
    [
        ("Bidirectional: {layer: LSTM, units: 4, return_sequences: true}",
         ["- LSTM(4, batch_first=True, bidirectional=True)"]),
        ("{type: Bidirectional, layer: {type: GRU, units: 4, return_sequences: true}}",
         ["- GRU(4, batch_first=True, bidirectional=True)"]),
        ("TimeDistributed: {layer: Dense, units: 3, activation: softmax}", ["- Linear(3)", "- Softmax(dim=-1)"]),
        ("{type: TransformerEncoder, num_layers: 2, num_heads: 4, mlp_dim: 16, activation: gelu}",
         ["- TransformerEncoder(num_layers=2, nhead=4, dim_feedforward=16, activation='gelu', batch_first=True)"]),
        ("Activation: relu", ["- ReLU"]),
    ],
)  # fmt: skip
def test_wrappers_and_other_words(entry, steps):
    assert lines(f"input: [20, 8]\nlayers:\n  - {entry}\n  - {{Dropout: 0.5}}\n") == [*steps, "- Dropout(0.5)"]


def test_a_class_token_and_positions_are_parameters():
    text = f"{STEPS}  - ClassToken\n  - PositionEmbedding(learned=true)\n"
    said = rewritten(text)
    assert said.parameters == ("class_token: [1, 1, 4]", "positions: {shape: [1, 21, 4], init: normal, std: 0.02}")
    assert said.layers[1:] == ("- cat(expand(class_token, prev.shape[0], -1, -1), prev, dim=1)", "- prev + positions")


def test_what_a_residual_block_holds_is_doubted():
    text = f"{MAP}  - {{block: residual, filters: 16, blocks: 3, stride: 2}}\n"
    said = rewritten(text)
    assert said.layers[1:] == ("- Residual(16, stride=2)", "- 2 * Residual(16)")
    assert "residual block" in said.doubt


@pytest.mark.parametrize(
    ("entry", "steps"),
    [
        ("{type: pool, mode: avg, size: 2}", ["- AvgPool2d(2)"]),
        ("{type: pool, op: mean, global: true}", ["- AdaptiveAvgPool2d(1)", "- Flatten"]),
        ("{type: conv, filters: 4, size: 3}", ["- Conv2d(4, kernel_size=3)"]),
        ("{type: relu, comment: a remark}", ["- ReLU"]),
        ("{type: dropout, keep_prob: 0.8}", ["- Dropout(0.2)"]),
        ("{type: leaky_relu, slope: 0.1}", ["- LeakyReLU(0.1)"]),
        ("{type: conv, filters: 4, kernel: 3, norm: batch, activation: {type: leaky_relu, slope: 0.1}}",
         ["- Conv2d(4, kernel_size=3)", "- BatchNorm2d", "- LeakyReLU(0.1)"]),
        ("{type: conv, filters: 4, kernel: 3, pool: 2}", ["- Conv2d(4, kernel_size=3)"]),
        ("{conv: [4, 3, relu]}", ["- Conv2d(4, kernel_size=3)", "- ReLU"]),
    ],
)  # fmt: skip
def test_words_of_other_tools(entry, steps):
    made = rewritten(f"{MAP}  - {entry}\n")
    assert list(made.layers[1:]) == steps
    assert made.left_out == (("`pool: 2` of `conv`",) if "pool: 2" in entry else ())


@pytest.mark.parametrize(
    ("entry", "step"),
    [
        ("{type: Mean, dim: 1}", "- mean(dim=1)"),
        ("{type: Max, axis: 2}", "- amax(dim=2)"),
        ("{type: Softmax, axis: 1}", "- Softmax(dim=1)"),
        ("{type: Concat, inputs: [a, b], axis: 1}", "- cat(a, prev, dim=1)"),
        ("{type: ConvTranspose2d, out_channels: 4, kernel_size: 4, stride: 2, padding: 1}",
         "- ConvTranspose2d(4, kernel_size=4, stride=2, padding=1)"),
        ("{type: deconv, filters: 4, kernel: 4, stride: 2, padding: 1}",
         "- ConvTranspose2d(4, kernel_size=4, stride=2, padding=1)"),
    ],
)  # fmt: skip
def test_words_of_torch_keep_their_meaning(entry, step):
    text = "input: [3, 8, 8]\nlayers:\n  - {name: a, type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}\n"
    text += f"  - {{name: b, type: Tanh}}\n  - {entry}\n"
    assert lines(text)[-1] == step


@pytest.mark.parametrize("entry", ["{type: conv, filters: 4, kernl: 3}", "{type: conv, size_of_it: 4}"])
def test_nothing_is_left_out_that_a_layer_needs(entry):
    assert rewritten(f"{MAP}  - {entry}\n") is None


def test_words_of_a_textbook_in_sections_are_read():
    text = (
        "input: [3, 8, 8]\nbackbone:\n  - Conv 4, 3x3, stride 2\n  - ReLU\nheads:\n  a: [Linear 36 -> 5]\n  b: [fc 2]\n"
    )
    assert lines(text) == [
        "- Conv2d(4, kernel_size=3, stride=2)",
        "- backbone: ReLU",
        "- a:",
        "  - Flatten",
        "  - Linear(36, 5)",
        "- b(backbone):",
        "  - Flatten",
        "  - Linear(2)",
    ]


def test_a_join_with_another_line_takes_the_line_above_too():
    text = f"{MAP}  - {{name: a, type: relu}}\n  - {{type: tanh}}\n  - {{type: add, with: a}}\n"
    assert lines(text)[-1] == "- add(prev, a)"


def test_a_layer_that_nobody_knows_is_named():
    said = rewritten("input: [8]\nlayers:\n  - {Dense: 4}\n  - MyLayer: {size: 3}\n  - {Dense: 2}\n")
    assert said.unknown == ("MyLayer",)
    assert said.layers == ("- Linear(4)", "- MyLayer", "- Linear(2)")


def test_an_input_that_cannot_be_told_is_never_left_out():
    assert rewritten("input: [height, width]\nlayers:\n  - {Dense: 4}\n") is None


@pytest.mark.parametrize("entry", ["{a: 1, b: 2}", "Concatenate([c1, c2])", "conv of some size"])
def test_what_cannot_be_told_is_left_alone(entry):
    assert rewritten(f"input: [8]\nlayers:\n  - {{Dense: 4}}\n  - {entry}\n") is None
