"""Our writer of JSON against Python's own."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.report.json import encoded

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside) | st.tuples(inside, inside),
    max_leaves=30,
)


@given(PLAIN)
def test_a_document_is_the_one_of_python(value):
    assert encoded(value) == json.dumps(value, indent=2)


@given(st.lists(st.lists(st.sampled_from([1, 1.0, True, 0, -0.0, 0.0, False, None]), max_size=3)))
def test_lists_that_are_equal_to_python_and_not_to_json_stay_apart(value):
    assert encoded(value) == json.dumps(value, indent=2)


def test_a_list_that_comes_again_further_in_has_that_indent():
    value = [[1, 2], {"a": [1, 2], "b": [[1, 2], [1, 2]]}]
    assert encoded(value) == json.dumps(value, indent=2)


@given(st.lists(PLAIN))
def test_an_iterator_is_written_as_a_list(values):
    assert encoded({"all": iter(values)}) == json.dumps({"all": values}, indent=2)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), [float("nan")], [[1, float("-inf")]]])
def test_a_number_that_json_has_not_is_refused(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        encoded({"number": number})


def test_what_is_no_plain_data_is_refused():
    with pytest.raises(TypeError):
        encoded({"what": object()})
