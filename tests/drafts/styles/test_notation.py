"""Textbook notation and prose, against closed figures; an empty input means that the text states its own."""

import pytest
import yaml

from netinspect.drafts.styles.notation import STYLE
from tests.drafts.styles.written import params

VGG16 = "\n".join(
    "maxpool" if width == "M" else f"conv3-{width}, same padding, ReLU"
    for width in "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M".split()
)
VGG16 = f"input (224 x 224 RGB image)\n{VGG16}\nFC-4096, ReLU\nFC-4096, ReLU\nFC-1000\nsoft-max"

LENET = """
Input: 28x28x1
Conv 5x5, 6 filters, padding 2, sigmoid
AvgPool 2x2, stride 2
Conv 5x5, 16 filters, sigmoid
AvgPool 2x2, stride 2
Flatten
Dense 120, sigmoid
Dense 84, sigmoid
Dense 10
"""

PROSE = """
a convolution with 32 filters of size 3x3 and relu activation
2x2 max pooling
fully connected layer with 128 units, ReLU
dropout 0.5
softmax over 10 classes
"""

IMAGE, GREY = "[3, 64, 64]", "[1, 28, 28]"


def rewrite(text):
    """What the style makes of a text, as YAML or as none."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        data = None
    return STYLE.rewrite(text, data)


@pytest.mark.parametrize(
    ("text", "input", "counted"),
    [
        ("784-800-10", "", 785 * 800 + 8_010),
        ("1x28x28-20C5-MP2-50C5-MP2-500N-10N", "", 431_080),
        ("32C3-MP2-64C3-MP2-FC512", GREY, 320 + 18_496 + 512 * (64 * 5 * 5 + 1)),
        ("28x28-32C5-P2-64C5-P2-DO0.5-512-10", "", 832 + 51_264 + 512 * (64 * 16 + 1) + 5_130),
        ("(2x128C3)-MP2-(2x256C3)-MP2-1024FC-10FC", "[3, 32, 32]",
         3_584 + 147_584 + 295_168 + 590_080 + 1024 * (256 * 25 + 1) + 10_250),
        ("20C5S2-GAP-FC10", GREY, 520 + 210),
        (VGG16, "", 138_357_544),
        (LENET, "", 61_706),
        (PROSE, GREY, 320 + 128 * (32 * 13 * 13 + 1) + 1_290),
        ("[[CONV 3x3, 64 -> RELU]*2 -> POOL]*2 -> FC 10", "[3, 32, 32]",
         1_792 + 3 * 36_928 + 10 * (64 * 5 * 5 + 1)),
        ("conv3-8 -> maxpool -> [FC 32 -> ReLU] x 2 -> FC 10", GREY, 80 + 32 * (8 * 196 + 1) + 33 * 32 + 330),
        ("Conv(64, 3x3, stride 2) → BN → ReLU", IMAGE, 1_792 + 128),
        ("7x7 conv, 64, /2\n3x3 max pool, /2\n3x3 conv, 64\nglobal average pooling\nfc 1000", IMAGE,
         9_472 + 36_928 + 65_000),
        ("5x5 conv, 20 -> BN -> ReLU -> 2x2 max pool, stride 2 -> FC 10 -> softmax", GREY,
         520 + 40 + 10 * (20 * 144 + 1)),
        ("conv3-64, maxpool, FC-10, softmax", GREY, 640 + 10 * (64 * 196 + 1)),
        ("conv1d 32 filters, kernel size 5\nbatch norm\nReLU\nglobal max pooling\ndense 3", "[8, 100]",
         32 * 41 + 64 + 99),
        ("lstm with 128 hidden units\nfully connected layer with 10 units", "{time: 80, features: 8}",
         4 * 128 * (8 + 128 + 2) + 1_290),
        ("input: [1, 28, 28]\nlayers: 20C5-MP2-50C5-MP2-500N-10N", "", 431_080),
        ("input: [1, 28, 28]\nlayers:\n  - conv 3x3, 16 filters\n  - ReLU\n  - max pool 2x2\n  - fc 10\n", "",
         160 + 10 * (16 * 169 + 1)),
    ],
)  # fmt: skip
def test_a_notation_has_the_params_that_its_formula_gives(text, input, counted, tmp_path):
    assert params(rewrite(text), tmp_path, input or None) == counted


@pytest.mark.parametrize(
    ("phrase", "lines"),
    [
        ("conv 3x3, 16 filters, stride 2 -> ReLU", ("- Conv2d(16, kernel_size=3, stride=2)", "- ReLU")),
        ("3×3 conv, 64, /2, leaky ReLU", ("- Conv2d(64, kernel_size=3, stride=2)", "- LeakyReLU")),
        ("conv 3x3, 16 filters, relu, max pool 2x2, fc 10",
         ("- Conv2d(16, kernel_size=3)", "- ReLU", "- MaxPool2d(2)", "- Flatten", "- Linear(10)")),
        ("2x2 max pooling -> flatten", ("- MaxPool2d(2)", "- Flatten")),
        ("conv 5x5, 8, padding same -> batch norm", ("- Conv2d(8, kernel_size=5, padding=same)", "- BatchNorm2d")),
        ("FC 10 -> 10-way softmax", ("- Linear(10)", "- Softmax(dim=1)")),
        ("FC 20 -> 10-way softmax", ("- Linear(20)", "- Linear(10)", "- Softmax(dim=1)")),
        ("FC 20, dropout 30%", ("- Linear(20)", "- Dropout(0.3)")),
        ("LSTM 64, batch first\ntake the last time step\nlinear layer, 64 to 8",
         ("- LSTM(64, batch_first=True)", "- prev[:, -1]", "- Linear(64, 8)")),
        ("bidirectional LSTM with 2 layers, 64 units",
         ("- LSTM(64, num_layers=2, batch_first=True, bidirectional=True)",)),
        ("1. Convolutional layer with 6 filters of size 5x5, tanh activation\n2. Average pooling 2x2",
         ("- Conv2d(6, kernel_size=5)", "- Tanh", "- AvgPool2d(2)")),
    ],
)  # fmt: skip
def test_a_phrase_becomes_these_lines(phrase, lines):
    assert rewrite(phrase).layers == lines


def test_a_phrase_of_a_list_that_is_not_understood_is_named():
    made = rewrite("- conv 3x3, 16 filters\n- attention with 4 heads\n- conv layer: 8 filters, 5x5\n- 2x conv 3x3, 8\n")
    assert made.unknown == ("attention with 4 heads",)
    assert made.layers == (
        "- Conv2d(16, kernel_size=3)",
        "- attention with 4 heads",
        "- Conv2d(8, kernel_size=5)",
        "- 2 * Conv2d(8, kernel_size=3)",
    )


@pytest.mark.parametrize(
    "lines", ["- Conv2d(16, kernel_size=3)\n- Conv2d(8 3)\n- ReLU", "- conv 3x3, 16\n- some words\n- some others"]
)
def test_a_list_of_which_less_is_understood_is_left_alone(lines):
    assert rewrite(lines) is None


def test_the_note_says_what_is_not_written():
    note = rewrite("32C3-MP2-64C3-P2-FC512").note
    assert "no padding is written" in note
    assert "no activation is written" in note
    assert "P2 is read as max pooling" in note


@pytest.mark.parametrize(
    "text",
    [
        "INPUT -> [[CONV -> RELU]*2 -> POOL]*3 -> FC",
        "C1-S2-C3-S4-C5-F6",
        "conv 3x3",
        "dropout",
        "conv 3x3, 16 filters -> residual block -> fc 10",
        "conv 3x3, 16 filters, groups 4 -> fc 10",
        "3x3 conv layers, 64 -> fully connected layers 4096",
        "2 dense layers with 128 units",
        "3x3x64 conv -> fc 10",
        "depthwise conv 3x3, 64 -> fc 10",
        "conv 3x3, 64, x2 -> fc 10",
        "2026-11-28",
        "10.1.2-3",
        "1-2",
        "hello -> world",
        "a nice text about convolutional networks with 3 layers",
        "layers:\n  - Conv2d(16, kernel_size=3)\n  - ReLU\n  - Flatten\n",
        "layers:\n  - Conv2d(16, 3)\n  - Relu\n  - MaxPool(2)\n",
        "layers:\n  - {type: Conv2d}\n",
        "x = nn.Conv2d(1, 2, 3)",
        "model.add(Dense(10))",
        "[net]\nheight=28\n",
        "",
    ],
)
def test_other_texts_are_left_alone(text):
    assert rewrite(text) is None


@pytest.mark.parametrize(("size", "lines"), [(784, ("- Linear(300)", "- Linear(10)")), (100, None)])
def test_the_first_number_is_the_input_that_is_stated(size, lines):
    made = STYLE.rewrite("784-300-10", {"input": [size], "layers": ["784-300-10"]})
    assert (made and made.layers) == lines
