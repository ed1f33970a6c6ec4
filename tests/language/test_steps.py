"""Steps: bodies, counts, groups, loops and conditions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.language.steps import step
from tests.language.trees import mistake, python, read_step


def body(unit, count=None):
    unit = python(unit) if isinstance(unit, str) else unit
    return "Body", None if count is None else python(count), unit, count == "a + 1"


def plain(unit, count=None):
    return "Step", body(unit, count), None, None, None


@pytest.mark.parametrize(
    "text",
    [
        "ReLU",
        "Conv2d(6, kernel_size=5)",
        "gru[:, -1]",
        "encoder.steps[-1]",
        "m.f(x)",
        "x",
        "qkv[0]",
        "a + b",
        "a - b / 2",
        "x ** 2",
        "(a + b) * 2",
        "2 * x + y",
        "-x",
        "a @ b",
        "x.mean(1)",
        "(a * b).sum(dim=1)",
        "a * b.c(1) + 1",
        "f(x)[:, 0]",
    ],
)
def test_a_unit(text):
    assert read_step(text) == plain(text)


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("3 * Block(64)", "3", "Block(64)"),
        ("depths[0] * block(64)", "depths[0]", "block(64)"),
        ("(depths[1] - 1) * block(128)", "(depths[1] - 1)", "block(128)"),
        ("a * b * X", "a * b", "X"),
        ("2 ** n * X(a * b)", "2 ** n", "X(a * b)"),
        ("a + 1 * X", "a + 1", "X"),
        ("f(a * b) * X", "f(a * b)", "X"),
        ("len('a*b') * X", "len('a*b')", "X"),
        ("-1 * X", "-1", "X"),
        ("3 * embed", "3", "embed"),
    ],
)
def test_the_last_outer_star_separates_the_count(text, count, unit):
    assert read_step(text) == plain(unit, count)


def test_a_group_of_bodies():
    assert read_step("2 * [Linear(64), ReLU, 3 * [X], n * y,]") == plain(
        (body("Linear(64)"), body("ReLU"), body((body("X"),), "3"), body("y", "n")), "2"
    )


def test_a_loop():
    assert read_step("Dilated(2**i) for i in range(10)") == (
        "Step", body("Dilated(2**i)"), ("Loop", ("i",), python("range(10)")), None, None,
    )  # fmt: skip
    assert read_step("2 * X for a, b in pairs if c else others")[2] == (
        "Loop", ("a", "b"), python("pairs if c else others"),
    )  # fmt: skip


def test_a_condition():
    assert read_step("ReLU if a and not b") == ("Step", body("ReLU"), None, python("a and not b"), None)
    assert read_step("2 * X if c else 3 * [Y, Z]") == (
        "Step", body("X", "2"), None, python("c"), body((body("Y"), body("Z")), "3"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "under"),
    [
        ("conv1 = Conv2d(6, kernel_size=5)", "E005", "conv1 ="),
        ("3", "E017", "3"),
        ("'text'", "E017", "'text'"),
        ("(a, b)", "E017", "("),
        ("-1", "E017", "-"),
        ("1 + 1", "E017", "1"),
        ("f(x)(y)", "E017", "("),
        ("not x", "E017", "not"),
        ("True", "E017", "True"),
        ("[A, B]", "E017", "["),
        ("* X", "E017", "*"),
        ("2 *", "E017", "*"),
        ("2 * 3", "E017", "2"),
        ("2 3 * X", "E017", "3"),
        ("A, B", "E017", ","),
        ("X if", "E017", "if"),
        ("X if a else", "E017", "else"),
        ("X for i in range(3) if i", "E017", "if"),
        ("X if a for i in b", "E017", "for"),
        ("X for", "E017", ""),
        ("X for 3 in y", "E017", "3"),
        ("X for i", "E017", ""),
        ("X for i, in y", "E017", "in"),
        ("X for input in y", "E108", "input"),
        ("X in y", "E017", "in"),
        ("2 * []", "E017", "["),
        ("2 * [A", "E006", "["),
        ("2 * [A for i in b]", "E017", "for"),
        ("2 * [A B]", "E017", "B"),
        ("2 * [A)", "E017", ")"),
        ("X(1", "E006", "("),
        ("X)", "E017", ")"),
        ("X = Y)", "E005", "X ="),
        ("lambda x", "E017", "lambda"),
    ],
)
def test_a_mistake_is_located(text, code, under):
    assert mistake(step, text) == (code, under)


def test_groups_nest_32_deep_at_most():
    assert mistake(step, "2*[" * 32 + "A" + "]" * 32)[0] == "none"
    assert mistake(step, "2*[" * 33 + "A" + "]" * 33)[0] == "E504"


@given(st.text("AaB2*[](),.for inif else=+-'\n", max_size=50))
def test_any_text_is_a_step_or_a_mistake(text):
    assert mistake(step, text)[0] in ("none", "E017", "E005", "E006", "E111", "E108", "E502", "E504")
