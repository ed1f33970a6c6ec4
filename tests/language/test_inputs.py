import pytest

from netinspect.language.fields import DTYPES
from netinspect.language.inputs import AXES
from tests.language.trees import bare, found, python, spec


def inputs(text):
    return spec(f"layers: [X]\n{text}\n").inputs


def only(text):
    (one,) = inputs(f"input: {text}")
    return one


@pytest.mark.parametrize("text", ["[1, 32, 32]", "[n, 2 * n]", "[]", "[784]"])
def test_a_list_of_sizes(text):
    one = only(text)
    assert (one.name, one.axes, one.dtype, one.high, one.preprocess) == ("input", None, "float32", None, ())
    assert bare(one.shape) == python(text)[1]


def test_no_axes_are_a_number_a_sample():
    assert (only("{}").shape, only("{}").axes) == ((), None)


def test_sizes_in_round_brackets():
    assert bare(only("(1, n)").shape) == python("(1, n)")[1]


def test_named_axes():
    one = only("{" + ", ".join(f"{axis}: {i}" for i, axis in enumerate(AXES)) + "}")
    assert one.axes == AXES
    assert bare(one.shape) == tuple(python(str(i)) for i in range(len(AXES)))


def test_the_long_form():
    one = only("{shape: {time: n}, dtype: int64, high: words, preprocess: {scale: 2}}")
    assert (one.axes, one.dtype, bare(one.high)) == (("time",), "int64", python("words"))
    assert one.preprocess == (("scale", 2),)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype(dtype):
    assert only(f"{{shape: [1], dtype: {dtype}}}").dtype == dtype


def test_several_inputs():
    left, right = inputs("inputs:\n  left: [3]\n  right: {shape: [3], dtype: bool}")
    assert (left.name, right.name, right.dtype) == ("left", "right", "bool")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("784", ("E212", 1, 8)),
        ("words", ("E212", 1, 8)),
        ("", ("E018", 1, 7)),
        ("[a: b]", ("E212", 1, 9)),
        ("{chanels: 3}", ("E012", 1, 9)),
        ("{shape: {chanels: 3}}", ("E012", 1, 17)),
        ("{dtype: int64}", ("E202", 1, 8)),
        ("{shape: [1], hihg: 3}", ("E012", 1, 21)),
        ("{shape: [1], dtype: &x y}", ("E008", 1, 28)),
        ("{shape: [1], high: 010}", ("E017", 1, 27)),
        ("[1, 010]", ("E017", 1, 12)),
        ("[" + "1, " * 17 + "]", ("E214", 1, 8)),
    ],
)
def test_an_input_that_cannot_be(text, expected):
    assert found(f"input: {text}\nlayers: [X]\n") == [expected]


def test_names_of_inputs_are_checked():
    assert found("inputs: {train: [1], b: 3}\nlayers: [X]\n") == [("E108", 1, 10), ("E212", 1, 25)]


def test_mistakes_of_one_input_are_all_found():
    text = "input: {shape: [1], dtype: integer, high: 010, preprocess: {resize: 0}}\nlayers: [X]\n"
    assert [code for code, _, _ in found(text)] == ["E213", "E017", "E211"]
