"""The names of lines, block headers and outputs."""

import pytest

from netinspect.language.keys import header, key, output
from netinspect.language.nodes import Origin
from tests.language.trees import bare, mistake, python

# --- names of lines ----------------------------------------------------------------------------


def name(text):
    pattern, arguments = key(text, Origin())
    return bare(pattern) if pattern else None, bare(arguments)


def test_the_name_of_a_line():
    assert name("conv1") == (("Pattern", ("conv1",), False), None)
    assert name("shortcut(input)") == (("Pattern", ("shortcut",), False), (("Argument", None, python("input")),))
    assert name("(prev, skip=enc1)") == (
        None, (("Argument", None, python("prev")), ("Argument", "skip", python("enc1"))),
    )  # fmt: skip
    assert name("x()") == (("Pattern", ("x",), False), ())


def test_a_name_with_a_counter():
    assert name("layer{i}") == (("Pattern", ("layer", python("i")), False), None)
    assert name("a{i + 1}_{f(j)}b(x)") == (
        ("Pattern", ("a", python("i + 1"), "_", python("f(j)"), "b"), False), (("Argument", None, python("x")),),
    )  # fmt: skip
    assert key("conv1", Origin())[0].plain == "conv1"
    assert key("conv{i}", Origin())[0].plain is None


@pytest.mark.parametrize(
    ("text", "is_quoted", "plain"),
    [
        ("convs.0", False, "convs_0"),
        ("encoder.layers.1", False, "encoder_layers_1"),
        ("block1-0", True, "block1_0"),
        ("input", True, "input_"),
        ("on", True, "on_"),
        ("No", True, "No_"),
        ("0", True, "_0"),
    ],
)
def test_a_key_that_is_no_name(text, is_quoted, plain):
    pattern, _ = key(text, Origin(), is_quoted=is_quoted)
    assert pattern.is_key
    assert (pattern.key, pattern.plain) == (text, plain)


@pytest.mark.parametrize("text", ["convs..0", "convs.", ".0", "convs.for", "convs.forward", "block1-0", "0", "a b.0"])
def test_a_key_that_is_none(text):
    assert mistake(key, text)[0] == "E108"


@pytest.mark.parametrize(
    ("text", "code", "under"),
    [
        ("1a", "E108", "1a"),
        ("my-conv", "E108", "my-conv"),
        ("[/foo]", "E108", "[/foo]"),
        ("a b", "E108", "a b"),
        ("train", "E108", "train"),
        ("input", "E108", "input"),
        ("on", "E108", "on"),
        ("class", "E108", "class"),
        ("__init__", "E108", "__init__"),
        ("x" * 65, "E108", "x" * 65),
        ("{i}", "E108", "{i}"),
        ("a-{i}", "E108", "a-{i}"),
        ("a{i", "E006", "{"),
        ("a}", "E017", "}"),
        ("a{{i}}", "E017", "{"),
        ("a{}", "E017", ""),
        ("a{i j}", "E017", "j"),
        ("a(b", "E006", "("),
        ("a(b)c", "E017", "c"),
        ("a(b c)", "E017", "c"),
        ("", "E017", ""),
    ],
)
def test_a_name_that_cannot_be(text, code, under):
    assert mistake(key, text) == (code, under)


def test_the_index_of_a_pattern_stands_where_it_is_written():
    pattern, _ = key("layer{count}", Origin(4, 5))
    assert pattern.parts[1].span.column == 11


# --- block headers -----------------------------------------------------------------------------


def test_block_headers():
    assert header("Block", Origin()) == ("Block", (), (), None)
    name, parameters, inputs, rest = header("Decode(channels, relu=True, act=GELU)(x, skip)", Origin())
    assert (name, inputs, rest) == ("Decode", ("x", "skip"), None)
    assert bare(parameters) == (
        ("BlockParameter", "channels", None),
        ("BlockParameter", "relu", python("True")),
        ("BlockParameter", "act", python("GELU")),
    )
    assert header("B()()", Origin()) == ("B", (), (), None)
    assert header("B()(x)", Origin())[2] == ("x",)
    assert header("B()(*xs)", Origin())[2:] == ((), "xs")
    assert header("B(a)(x, *xs)", Origin())[2:] == (("x",), "xs")


@pytest.mark.parametrize(
    ("text", "code", "under"),
    [
        ("B(a=1, b)", "E017", "b"),
        ("B(a, a)", "E107", "B(a, a)"),
        ("B(a)(a)", "E107", "B(a)(a)"),
        ("B(1)", "E017", "1"),
        ("B(a)(1)", "E017", "1"),
        ("B()(*a, b)", "E017", "b"),
        ("B()(*a, *b)", "E017", "*"),
        ("B()(*1)", "E017", "1"),
        ("B(*a)", "E017", "*"),
        ("B(a)(*a)", "E107", "B(a)(*a)"),
        ("B(a", "E006", "("),
        ("B(a b)", "E017", "b"),
        ("B(a)(b)(c)", "E017", "("),
        ("B(type)", "E108", "type"),
        ("B()(input)", "E108", "input"),
        ("1B", "E108", "1B"),
        ("half", "E108", "half"),
        ("'B'", "E108", "'B'"),
        ("", "E108", ""),
        ("B(a=)", "E017", ")"),
    ],
)
def test_a_header_that_cannot_be(text, code, under):
    assert mistake(header, text) == (code, under)


# --- outputs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["head", "features.relu3", "lstm.h_n", "x.steps[-1]", "c[0]"])
def test_an_output_is_a_value(text):
    assert bare(output(text, Origin())) == python(text)


@pytest.mark.parametrize(("text", "under"), [("3", "3"), ("f(x)", "f"), ("a b", "b"), ("", ""), ("-x", "-")])
def test_an_output_is_nothing_else(text, under):
    assert mistake(output, text) == ("E017", under)
