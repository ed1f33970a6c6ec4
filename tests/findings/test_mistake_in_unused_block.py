"""W106: what is wrong in a block that nothing uses is seen before somebody uses it."""

import pytest

from netinspect.findings.rules.mistake_in_unused_block import RULE
from tests.findings.looking import found

SPEC = """\
vars: {{Act: ReLU}}
blocks:
{blocks}
  Used(size=4):
    - Linear(size)
input: [8]
layers:
  - Used
"""


def mistakes(*lines):
    block = "\n".join(["  Idle(width)(x, skip):", *(f"    - {line}" for line in lines)])
    return [(finding.message, finding.span.line) for finding in found(RULE, SPEC.format(blocks=block))]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Liner(8)", "there is no layer type or function `Liner`"),
        ("Relu", "there is no layer type or function `Relu`"),
        ("Linear(8, bais=False)", "`Linear` has no argument `bais`"),
        ("Used(widht=3)", "`Used` has no argument `widht`"),
        ("3 * [Linear(8), Relu]", "there is no layer type or function `Relu`"),
        ("inner: [Liner(8)]", "there is no layer type or function `Liner`"),
    ],
)
def test_a_mistake_is_found_at_its_line(line, message):
    assert mistakes("Linear(8)", line) == [(message, 5)]


@pytest.mark.parametrize(
    "line",
    [
        "Linear(width, bias=False)",
        "C1(x): Linear(8)",
        "add(x, skip)",
        "Act",
        "layer{i}: Linear(8) for i in range(3)",
        "scaled_dot_product_attention(x, x, x, is_causal=True)",
    ],
)
def test_what_is_right_or_may_be_right_is_passed_over(line):
    assert mistakes(line) == []


def test_a_name_of_a_line_is_no_layer_type():
    assert mistakes("C1(x): Linear(8)", "C1", "C1(skip)") == []


def test_a_block_that_another_block_or_a_variant_uses_is_no_business_of_this_rule():
    spec = """\
vars: {kind: Used}
variants:
  other: {kind: Late}
blocks:
  Used: [Linear(4), Inner]
  Inner: [ReLU]
  Late: [Liner(4)]
input: [8]
layers:
  - kind
"""
    assert list(found(RULE, spec)) == []
