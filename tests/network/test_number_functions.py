"""Functions on numbers: what Python's math gives, in a spec."""

import math

import pytest

from tests.network.building import layers, mistakes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("log(1000)", math.log(1000)),
        ("exp(2.5)", math.exp(2.5)),
        ("sin(pi / 6) + cos(pi)", math.sin(math.pi / 6) + math.cos(math.pi)),
        ("log(input.shape[1])", math.log(8)),
        ("exp(-log(10_000) / 4)", math.exp(-math.log(10_000) / 4)),
    ],
)
def test_a_number(text, value):
    (call,) = layers(f"- input * ({text})", shape="[8]").calls
    factor = call.forward[1]
    assert getattr(factor, "values", (factor,))[-1] == value


def test_they_are_functions_of_tensors_as_before():
    assert [call.entry.name for call in layers("- log(prev)\n- exp\n- sin(input)\n- cos", shape="[8]").calls] == [
        "log", "exp", "sin", "cos",
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), [("log(0)", "E211"), ("exp(1000)", "E502"), ("log('a')", "E212")])
def test_mistakes(text, code):
    assert [item.code for item in mistakes(f"input: [8]\nlayers:\n  - input * ({text})\n")] == [code]


def test_a_var_of_that_name_comes_first():
    (call,) = layers("- input * pi", shape="[8]", extra="vars: {pi: 3}\n").calls
    assert call.forward[1] == 3
