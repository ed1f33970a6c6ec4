"""W101 to W112: what they say of the line, and that the line they show mends it."""

import re

import pytest

from netinspect.fixing import mended as fixed
from netinspect.reading import Settings, read_layer
from tests.findings.looking import codes, findings, on

SIAMESE = """\
inputs:
  a: [1, 28, 28]
  b: [1, 28, 28]
layers:
  - branch:
    - Flatten
    - Linear(64)
    - Sigmoid
  - left: branch(a)
  - right: branch(b)
  - abs(sub(left, right))
  - Linear(1)
"""


def only(text):
    """The one finding of a spec."""
    (finding,) = findings(text)
    return finding.diagnostic


def test_a_branch_takes_its_first_input_into_its_key():
    diagnostic = only(SIAMESE)
    assert diagnostic.message == "`branch` runs in this line too, on `a`, and nothing reads the result"
    assert (diagnostic.span.line, diagnostic.span.end_line) == (5, 5)
    assert diagnostic.help == "write `- branch(a):` here, and `branch` for `branch(a)` in line 9"
    assert codes(SIAMESE.replace("- branch:", "- branch(a):").replace("left: branch(a)", "left: branch")) == []


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("shared: Linear(8)", "- shared(a): Linear(8)"),
        ("shared: 2 * [Linear(8), ReLU]", "- shared(a): 2 * [Linear(8), ReLU]"),
        ("shared: {Linear: {out_features: 8}}", "- shared(a): {Linear: {out_features: 8}}"),
    ],
)
def test_the_line_of_a_layer_is_shown_with_its_input(line, written):
    text = "inputs: {b: [8], a: [8]}\nlayers:\n" + "".join(
        f"  - {each}\n" for each in (line, "x: shared(a)", "y: shared(b)", "mul(x, y)")
    )
    diagnostic = only(text)
    assert diagnostic.code == "W107"
    assert diagnostic.help == f"write `{written}` here, and `shared` for `shared(a)` in line 4"


def test_a_tower_that_is_called_like_its_block_takes_the_name_of_its_first_use():
    text = "inputs: {a: [8], b: [8]}\nblocks:\n  Tower:\n    - Linear(8)\nlayers:\n  - tower: Tower\n"
    diagnostic = only(f"{text}  - x: tower(a)\n  - y: tower(b)\n  - mul(x, y)\n")
    assert diagnostic.help == "write `- x(a): Tower` here in the place of line 7, and `x` for `tower` below it"
    assert codes(f"{text.replace('tower: Tower', 'x(a): Tower')}  - y: x(b)\n  - mul(x, y)\n") == []


def test_an_input_that_is_made_further_down_is_not_promised():
    text = on("[8]", "shared: Linear(8)", "z(input): ReLU", "x: shared(z)", "Tanh", "y: shared(prev)", "mul(x, y)")
    assert "`- shared(x): …`" in only(text).help


def test_what_nothing_reads_is_told_with_what_it_costs():
    diagnostic = only(on("[64]", "x: Linear(8)", "y: Linear(100)", "ReLU", "side: Linear(2)", "z(x): Sigmoid"))
    assert (diagnostic.span.line, diagnostic.message) == (6, "`side` reaches no output: no line reads it")
    assert diagnostic.note == "1,102 parameters and 1,000 MACs are of no use; lines 4 and 5 feed only this one"


def test_weights_that_are_of_use_elsewhere_are_not_counted():
    diagnostic = only(on("[64]", "x: Linear(64)", "side: x(prev)", "z(x): Sigmoid"))
    assert diagnostic.note == "4,096 MACs are of no use"


def test_a_head_is_given_the_features():
    text = on("[64]", "Linear(32)", "ReLU", "a: Linear(8)", "b: Linear(1)") + "outputs: [a, b]\n"
    assert only(text).help == "give line 4 a name, `- features: …`, and write `- b(features): Linear(1)`"
    mended = text.replace("- ReLU", "- features: ReLU").replace("- b:", "- b(features):")
    assert codes(mended) == []
    assert only(mended.replace("b(features)", "b")).help == "write `- b(features): Linear(1)`"


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("softmax(dim=0)", "softmax(dim=1)"),
        ("LogSoftmax(dim=0)", "LogSoftmax(dim=1)"),
        ("sum(prev, dim=0, keepdim=True)", "sum(prev, dim=1, keepdim=True)"),
    ],
)
def test_the_axis_of_a_sample_is_shown(line, written):
    diagnostic = only(on("[8]", "Linear(4)", line, "Sigmoid"))
    assert (diagnostic.code, diagnostic.help) == ("W104", f"write `{written}`")


def test_sizes_are_shown_with_the_batch():
    diagnostic = only(on("[4, 28, 28]", "view(-1, 784)", "Linear(3)"))
    assert diagnostic.message == "this `view` makes 4N×784 of N×4×28×28, where N is the batch"
    diagnostic = only(on("[20, 6]", "r: GRU(8, batch_first=True)", "last: r[-1]", "Linear(3)"))
    assert diagnostic.message == "`r[-1]` makes 20×8 of N×20×8, where N is the batch"
    assert "`r[:, -1]`" in diagnostic.help


@pytest.mark.parametrize(
    ("shape", "layer", "meant"),
    [
        ("[64, 64, 3]", "Conv2d(8, kernel_size=3)", "input: [3, 64, 64]"),
        ("[28, 28, 1]", "MaxPool2d(1)", "input: [1, 28, 28]"),
        ("[16, 16, 16, 1]", "Conv3d(8, kernel_size=1)", "input: [1, 16, 16, 16]"),
        ("[1, 3, 32, 32]", "Conv3d(8, kernel_size=3)", "input: [3, 32, 32]"),
    ],
)
def test_the_input_is_shown_as_it_is_meant(shape, layer, meant):
    diagnostic = only(on(shape, layer, "ReLU"))
    assert diagnostic.code == "W109"
    assert f"`{meant}`" in diagnostic.help
    named = re.search(r"`input: (\{.*\})`", diagnostic.note)
    assert codes(on(named[1], layer, "ReLU")) == []


def test_a_batch_in_the_input_is_shown_without_it():
    diagnostic = only(on("[32, 784]", "Linear(10)"))
    assert (diagnostic.code, diagnostic.help) == ("W101", "write `input: [784]`")
    assert codes(on("{time: 32, features: 784}", "Linear(10)")) == []


def test_features_without_a_name_are_given_one():
    text = on("[64]", "Linear(32)", "ReLU", "a: Linear(8)", "b: Linear(3)") + "outputs: [a, b]\n"
    (diagnostic,) = (finding.diagnostic for finding in findings(text, select=("W103",)) if finding.code == "W103")
    mended = fixed(text.encode(), diagnostic.suggestion).decode()
    assert "  - features: ReLU\n  - a: Linear(8)\n  - b(features): Linear(3)\n" in mended
    assert codes(mended) == []


def test_a_square_table_is_an_image_to_be_flattened():
    diagnostic = only(on("[28, 28]", "Linear(10)"))
    assert (diagnostic.code, diagnostic.help) == ("W101", "write `- Flatten` above this line")
    assert codes(on("[28, 28]", "Flatten", "Linear(10)")) == []
    assert codes(on("{time: 28, features: 28}", "Linear(10)")) == []


def test_what_names_stand_for_is_told_once_for_all_variants():
    text = "vars: {n: 4, m: 2}\nvariants:\n  a: {m: 3}\n" + on("[64]", "Linear(n)")
    assert only(text).note == "that `a` set it to something else changes nothing"


def test_features_of_an_input_with_three_axes_are_named():
    diagnostic = only(on("[10, 5, 3]", "Linear(8)", "ReLU", "Linear(2)"))
    assert (diagnostic.code, diagnostic.span.line) == ("W101", 3)
    assert diagnostic.note.endswith("say so: `input: {channels: 10, height: 5, features: 3}`")
    assert codes(on("{channels: 10, height: 5, features: 3}", "Linear(8)", "ReLU", "Linear(2)")) == []


@pytest.mark.parametrize(
    ("layer", "shape"),
    [("Linear(10)", (32, 784)), ("Linear(10)", (1, 28, 28)), ("Conv2d(8, kernel_size=3)", (28, 28, 3))],
)
def test_a_layer_alone_is_meant(layer, shape):
    assert read_layer(layer, [(shape, "float32")], Settings()).findings == ()


@pytest.mark.parametrize(
    ("inputs", "softmax", "line"),
    [
        ("[8]", "Softmax(dim=1)", "write `LogSoftmax(dim=1)`"),
        ("[8]", "softmax(dim=-1)", "write `LogSoftmax(dim=-1)`"),
        ("{time: 5, features: 8}", "Softmax(dim=-1)", "`LogSoftmax(dim=-1)`, and make axis -1 of its result axis 1"),
        ("{time: 5, features: 8}", "softmax(dim=2)", "`LogSoftmax(dim=2)`, and make axis 2 of its result axis 1"),
    ],
)
def test_the_logarithm_of_a_softmax_is_over_its_own_axis(inputs, softmax, line):
    diagnostic = only(on(inputs, "Linear(4)", softmax))
    assert diagnostic.help.endswith(line)
