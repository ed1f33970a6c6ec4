"""The order of --layer and --input on the command line."""

import pytest

from netinspect.cli.compare_request import layer_inputs, layer_options
from netinspect.errors import InputError


def options(line):
    """`L:a I:3 L:b` as the command line gives it."""
    order, layers, inputs = [], [], []
    for word in line.split():
        kind, _, value = word.partition("=")
        order.append({"L": "layer", "I": "input"}.get(kind, kind))
        {"L": layers, "I": inputs}.get(kind, []).append(value)
    return [(one.text, one.inputs[0][0][0]) for one in layer_options(order, layers, inputs)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("L=a I=3", [("a", 3)]),
        ("I=3 L=a", [("a", 3)]),
        ("L=a I=3 L=b", [("a", 3), ("b", 3)]),
        ("I=3 L=a L=b I=4 L=c", [("a", 3), ("b", 3), ("c", 4)]),
        ("L=a L=b I=3 L=c I=4 L=d", [("a", 3), ("b", 3), ("c", 3), ("d", 4)]),
        ("L=a I=3 I=4 L=b", [("a", 3), ("b", 4)]),
        ("format L=a sort I=3", [("a", 3)]),
        ("", []),
    ],
)
def test_an_input_holds_for_the_layers_after_it(line, expected):
    assert options(line) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("L=a", "needs an input"),
        ("I=3", "--input-shape"),
        ("L=a I=3 L=b I=4", "--input 4 has no --layer after it"),
        ("I=3 I=4 L=a", "--input 3 has no --layer after it"),
    ],
)
def test_one_without_the_other(line, message):
    with pytest.raises(InputError, match=message):
        options(line)


def test_shapes():
    assert layer_inputs("3,224,224") == (((3, 224, 224), "float32"),)
    assert layer_inputs(" 100:int64 ") == (((100,), "int64"),)
    assert layer_inputs("10,64; 20,64") == (((10, 64), "float32"), ((20, 64), "float32"))


@pytest.mark.parametrize("text", ["", "x", "3,", "3,-1", "0", "3.5", "3:int", "3;", "3x4", "3" * 11, "²"])
def test_what_is_no_shape(text):
    with pytest.raises(InputError, match="--input"):
        layer_inputs(text)
