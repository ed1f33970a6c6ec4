"""Lists of layers: every form of a line, and that the long form is the short one's tree."""

import pytest

from netinspect.language.syntax import Scope, Step
from tests.language.trees import bare, found, lines, python, read_step, spec


def only(text, **options):
    (line,) = lines(f"  - {text}\n", **options)
    return line


def test_a_layer_without_and_with_a_name():
    line = only("Conv2d(6, kernel_size=5)")
    assert (line.name, line.arguments) == (None, None)
    assert bare(line.content) == read_step("Conv2d(6, kernel_size=5)")
    line = only("conv1: Conv2d(6, kernel_size=5)")
    assert line.name.plain == "conv1"
    assert (line.span.line, line.span.column, line.span.end_column) == (3, 5, 36)


def test_inputs_in_the_key():
    line = only("(prev, enc1): Decode(64)")
    assert line.name is None
    assert bare(line.arguments) == (("Argument", None, python("prev")), ("Argument", None, python("enc1")))
    assert only("shortcut(input): X").name.plain == "shortcut"


def test_a_sub_network_is_a_scope():
    line = only("features:\n      - X\n      - inner:\n          - Y")
    assert isinstance(line.content, Scope)
    assert isinstance(line.content.lines[1].content, Scope)
    assert bare(line.content.lines[0].content) == read_step("X")


def test_a_scope_with_parameters_and_outputs():
    scope = only("f: {about: text, parameters: {p: [1]}, layers: [X, {y: Y}], outputs: [y]}").content
    assert (scope.about, scope.parameters[0].name, scope.outputs[0].name) == ("text", "p", "y")
    assert len(scope.lines) == 2


def test_a_mapping_with_layers_is_a_scope_under_any_name():
    assert isinstance(only("Encoder: {layers: [X]}").content, Scope)


def test_a_step_may_fold():
    line = only("conv1: Conv2d(6,\n      kernel_size=5,\n      bias=False)")
    assert bare(line.content) == read_step("Conv2d(6, kernel_size=5, bias=False)")
    last = line.content.body.unit.arguments[-1]
    assert (last.span.line, last.span.column, last.span.end_column) == (5, 7, 17)


def test_a_counter_in_the_name():
    line = only("denselayer{i}: DenseLayer for i in range(1, 7)")
    assert bare(line.name) == ("Pattern", ("denselayer", python("i")), False)
    assert line.content.loop.names == ("i",)


# --- the long form -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("Conv2d: {out_channels: 6, kernel_size: 5}", "Conv2d(out_channels=6, kernel_size=5)"),
        ("Conv2d: {out_channels: 2 * n, padding: same}", "Conv2d(out_channels=2 * n, padding=same)"),
        ("Conv2d: {padding_mode: 'zeros', kernel_size: [3, 1], bias: false}",
         "Conv2d(padding_mode='zeros', kernel_size=[3, 1], bias=False)"),
        ("Upsample: {size: null, mode: ~}", "Upsample(size=None, mode=None)"),
        ("Linear: 10", "Linear(10)"),
        ("Dropout: 0.5", "Dropout(0.5)"),
        ("Linear: -1", "Linear(-1)"),
        ("ReLU: null", "ReLU"),
        ("ReLU:", "ReLU"),
        ("ReLU: {}", "ReLU()"),
        ("MaxPool2d: [3, 2]", "MaxPool2d(3, 2)"),
        ("ZeroPad2d: [[0, 0, 1, 1]]", "ZeroPad2d([0, 0, 1, 1])"),
        ("Linear:\n        out_features: 10", "Linear(out_features=10)"),
    ],
)  # fmt: skip
def test_the_long_form_is_the_short_one(long, short):
    assert bare(only(long)) == bare(only(short))
    if "\n" not in long and long[-1] != ":":
        assert bare(only(f"a: {{{long}}}")) == bare(only(f"a: {short}"))
        assert bare(only(f"(x): {{{long}}}")) == bare(only(f"(x): {short}"))


def test_text_behind_a_colon_is_always_a_step():
    line = only("Linear: 2 * Wide")
    assert line.name.plain == "Linear"
    assert bare(line.content) == read_step("2 * Wide")


def test_a_type_is_told_from_a_name_by_the_layer_types():
    types = frozenset({"MaxPool2d", "Conv2d"})
    assert isinstance(only("MaxPool2d: [3, 2]", types=types).content, Step)
    assert isinstance(only("Features: [X, Y]", types=types).content, Scope)
    assert isinstance(only("Covn2d: {kernel_size: 3}", types=types).content, Step)
    assert isinstance(only("conv: {Conv2d: [6, 5]}", types=types).content, Step)
    block = "input: [1]\nblocks:\n  my(a, b): [X]\nlayers:\n  - my: [3, 2]\n"
    assert bare(spec(block, types=types).body.lines[0].content) == read_step("my(3, 2)")


@pytest.mark.parametrize("items", ["[ReLU]", "[x, flatten(1)]", "[{a: X}]", "[y, 2 * Y(1), Z]"])
def test_without_the_layer_types_a_list_of_lines_is_a_sub_network(items):
    assert isinstance(only(f"Features: {items}").content, Scope)


@pytest.mark.parametrize("items", ["[3, 2]", "[width, True]", "[[1, 2], 'same']", "[None, -1]"])
def test_without_the_layer_types_a_list_of_values_is_the_long_form(items):
    assert isinstance(only(f"MaxPool2d: {items}").content, Step)


# --- mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  - a:\n", ("E017", 3, 5)),
        ("  -\n", ("E017", 3, 4)),
        ("  - {}\n", ("E017", 3, 5)),
        ("  - features: 5\n", ("E017", 3, 15)),
        ("  - features: {a: X, b: Y}\n", ("E013", 3, 16)),
        ("  - features: {}\n", ("E013", 3, 15)),
        ("  - features: {layers: }\n", ("E018", 3, 24)),
        ("  - a: X\n    b: Y\n", ("E013", 4, 5)),
        ("  - a{i}: X\n", ("E017", 3, 5)),
        ("  - a{i}: X if i\n", ("E017", 3, 5)),
        ("  - a{i}: [X]\n", ("E017", 3, 5)),
        ("  - train: X\n", ("E108", 3, 5)),
        ("  - '': X\n", ("E017", 3, 6)),
        ("  - [/foo]: X\n", ("E016", 3, 5)),
        ("  - Conv2d: {a-b: 3}\n", ("E017", 3, 14)),
        ("  - Conv2d: {a: {b: 3}}\n", ("E212", 3, 17)),
        ("  - Conv2d: {bias: no}\n", ("E111", 3, 20)),
        ("  - Conv2d: {size: }\n  - 1 + 1\n", ("E017", 4, 5)),
        ("  - X\n    - Y\n", ("E017", 4, 5)),
        ("  - a: X(1,\n      k: 5)\n", ("E003", 4, 7)),
        ("  - X(1,\n      k: 5)\n", ("E003", 4, 7)),
        ("  - X(1:\n      - 5\n", ("E006", 3, 6)),
        ("  - f: [X, Y,\n      Z(1, p=[1])]\n", ("E002", 4, 7)),
        ("  - f: {last: x.steps[-1]}\n", ("E002", 3, 9)),
        ("  - a: &x X\n  - b: Y\n", ("E008", 3, 8)),
        ("  - x: Y(a,\n      b\n\n      c: 2\n", ("E004", 6, 8)),
        ("  - {a: Y(1, 2}\n", ("E002", 3, 6)),
        ("  - f(1, 2)) : X\n", ("E004", 3, 14)),
        ("  - |\n  - X\n", ("E017", 3, 5)),
        ("  - a: X(b, c[0: 1])\n", ("E004", 3, 16)),
    ],
)
def test_a_mistake_in_a_line(text, expected):
    assert found(f"input: [1]\nlayers:\n{text}") == [expected]
