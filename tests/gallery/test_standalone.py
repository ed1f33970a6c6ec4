"""One variant of a family, printed as a spec of its own."""

import pytest

from netinspect.errors import InputError
from netinspect.standalone import standalone

FAMILY = """\
# A family of two.
name: Two heads
input: [4]
vars: {width: 3, act: ReLU}             # what one may change

layers:
  - hidden: Linear(width)
  - act
  - a: Linear(1)
  - b(hidden): Linear(2)

# The members.
variants:
  narrow: {}
  wide:
    width: 300
    act: Tanh
    expect: {params: 2_403, output: {a: [1], b: [2]}}
    budget: {params: 3k, param_memory: 10KiB}
    results: {accuracy: 91.5, source: "a paper: \\"it\\""}

# The base's own.
outputs: [a, b]
expect: {params: 27}
results: {accuracy: 90.0, source: "a paper"}
"""

WIDE = """\
# A family of two.
name: Two heads
input: [4]
vars: {width: 300, act: Tanh}           # what one may change

layers:
  - hidden: Linear(width)
  - act
  - a: Linear(1)
  - b(hidden): Linear(2)

# The base's own.
outputs: [a, b]
expect: {params: 2_403, output: {a: [1], b: [2]}}
results: {accuracy: 91.5, source: "a paper: \\"it\\""}
budget: {params: 3_000, param_memory: 10_240}
"""


def test_a_variant_takes_the_place_of_the_base():
    assert standalone(FAMILY, "wide") == WIDE


def test_the_bases_own_name_leaves_all_but_the_variants_as_it_is():
    start, end = FAMILY.index("# The members."), FAMILY.index("# The base's own.")
    assert standalone(FAMILY, "narrow") == FAMILY[:start] + FAMILY[end:]


def test_a_variant_without_figures_of_its_own_keeps_none_of_the_bases():
    family = FAMILY.replace("    expect: {params: 2_403, output: {a: [1], b: [2]}}\n", "")
    text = standalone(family, "wide")
    assert "expect" not in text
    assert "accuracy: 91.5" in text


def test_a_value_over_several_lines_is_replaced_whole():
    family = FAMILY.replace("vars: {width: 3, act: ReLU} ", "vars:\n  width: [1,\n    2]\n  act: ReLU ")
    family = family.replace("    width: 300\n", "    width: [3, 4]\n")
    assert "vars:\n  width: [3, 4]\n  act: Tanh " in standalone(family, "wide")


def test_an_unknown_variant_is_refused():
    with pytest.raises(InputError, match="no variant `huge`"):
        standalone(FAMILY, "huge")
