"""A formula's number and its text come from the same operations."""

from hypothesis import given
from hypothesis import strategies as st

from netinspect.catalogue.formula import ZERO, Formula, bracketed, extent, formula, product


def test_a_sum_inside_a_product_is_bracketed():
    assert str(formula(6) * (product((1, 5, 5)) + 1)) == "6·(1·5·5 + 1)"
    assert str((formula(2048) + 1) * 11) == "(2048 + 1)·11"


def test_a_product_inside_a_product_is_bracketed_only_on_demand():
    assert str(product((6, 28, product((1, 5))))) == "6·28·1·5"
    assert str(product((6, 28, bracketed(product((1, 5)))))) == "6·28·(1·5)"


def test_nothing_is_added_silently():
    assert str(ZERO + 3) == "3"
    assert str(formula(3) + 0) == "3"
    assert str(formula(3) + product((0, 4))) == "3 + 0·4"


def test_ones_are_left_out_of_an_extent():
    assert (str(extent((1, 12, 64))), int(extent(()))) == ("12·64", 1)


def test_formulas_are_equal_where_number_and_text_are():
    assert product((2, 3)) == product((2, 3))
    assert product((2, 3)) != formula(6)
    assert formula(6) != 6
    assert len({formula(6), formula(6), product((2, 3))}) == 2
    assert repr(product((2, 3))) == "Formula(6 = 2·3)"


numbers = st.integers(0, 99).map(formula)
formulas = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(st.integers(0, 9), inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(st.integers(0, 9), inner).map(lambda pair: pair[0] * pair[1]),
        inner.map(bracketed),
    ),
)


@given(formulas)
def test_the_text_evaluates_to_the_number(figure: Formula):
    assert eval(str(figure).replace("·", "*")) == int(figure)
