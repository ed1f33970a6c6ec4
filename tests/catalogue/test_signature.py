"""Kinds accept what torch means, refuse what it merely takes, and say what is wanted."""

import pytest

from netinspect.catalogue.entry import Fault, Kind, TensorType
from netinspect.catalogue.signature import (
    FLAG,
    NUMBER,
    POSITIVE,
    POSITIVE_REAL,
    PROBABILITY,
    TENSOR,
    TENSOR_OR_NUMBER,
    TEXT,
    Each,
    Either,
    Many,
    Maybe,
    Real,
    Spread,
    Whole,
    Word,
    window,
)

X = TensorType((2, 3))
SAME = Either((window(2), Word(("same", "valid"))))


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        (POSITIVE, 3, 3), (NUMBER, 0.5, 0.5), (NUMBER, 2, 2), (FLAG, False, False), (Word(("a", "b")), "b", "b"),
        (TEXT, "bij,bjk->bik", "bij,bjk->bik"), (window(2), 3, (3, 3)), (window(2), (3, 1), (3, 1)),
        (Many(POSITIVE), 3, (3,)), (Many(POSITIVE, 1, 3), (3, 4), (3, 4)), (Maybe(POSITIVE), None, None),
        (Maybe(POSITIVE), 3, 3), (SAME, "same", "same"), (SAME, 3, (3, 3)), (TENSOR, X, X), (TENSOR_OR_NUMBER, 2, 2),
        (TENSOR_OR_NUMBER, X, X), (Spread(POSITIVE), ((1, 2),), (1, 2)), (Spread(POSITIVE), (1, 2), (1, 2)),
        (Spread(POSITIVE), 1, (1,)), (Real(0.0, 1.0, exclusive=True), 0.5, 0.5), (PROBABILITY, 1, 1),
    ],
)  # fmt: skip
def test_a_value_is_put_in_its_normal_form(kind: Kind, value, normal):
    assert kind.check(value) == normal


@pytest.mark.parametrize(
    ("kind", "value", "code", "message", "help"),
    [
        (POSITIVE, 0, "E211", "0 is out of range: must be at least 1", None),
        (Whole(0, 9), 10, "E211", "10 is out of range: must be at most 9", None),
        (POSITIVE, 392.0, "E205", "392.0 is not a whole number",
         "write 392; `/` gives a fraction, `//` a whole number"),
        (POSITIVE, 0.5, "E205", "0.5 is not a whole number", None), (POSITIVE, True, "E212",
         "True is not a whole number", None),
        (POSITIVE, X, "E212", "a tensor is not a whole number", None), (NUMBER, "1", "E212",
         "'1' is not a number", None),
        (NUMBER, float("nan"), "E211", "nan is not a finite number", None),
        (PROBABILITY, 1.5, "E211", "1.5 is out of range: must be a number from 0 to 1", None),
        (Real(0.0, 1.0, exclusive=True), 1.0, "E211", "1.0 is out of range: must be a number between 0 and 1", None),
        (FLAG, "yes", "E212", "'yes' is not True or False", None), (FLAG, 1, "E212", "1 is not True or False", None),
        (Word(("a", "b")), "c", "E213", "'c' is not one of a, b", None),
        (Word(("a", "b")), 1, "E212", "1 is not one of a, b", None), (TEXT, 1, "E212", "1 is not text", None),
        (window(2), (3,), "E214", "(3,) has 1 values; 2 are needed", None),
        (Each(POSITIVE, 2, single=False), 3, "E214", "3 is no list; 2 values are needed", None),
        (Many(POSITIVE, 2), (1,), "E214", "(1,) has 1 values; at least 2 are needed", None),
        (Many(POSITIVE, 1, 2), (1, 2, 3), "E214", "(1, 2, 3) has 3 values; at most 2 are needed", None),
        (Many(POSITIVE, single=False), 3, "E212", "3 is no list", None), (SAME, "some", "E213", None, None),
        (SAME, 0, "E211", None, None), (SAME, None, "E212", None, None), (TENSOR, 3, "E212", "3 is not a tensor", None),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_what_is_wanted(kind: Kind, value, code, message, help):
    with pytest.raises(Fault) as refusal:
        kind.check(value)
    assert (refusal.value.code, refusal.value.help) == (code, help)
    assert message is None or refusal.value.message == message


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (POSITIVE, "whole number ≥ 1"), (Whole(-(2**31) + 1), "whole number"), (NUMBER, "number"),
        (POSITIVE_REAL, "number ≥ 0"), (Real(0.0, exclusive=True), "number > 0"), (PROBABILITY, "number from 0 to 1"),
        (Real(0.0, 1.0, exclusive=True), "number between 0 and 1"), (FLAG, "True or False"), (TEXT, "text"),
        (Word(("a", "b")), "`a` or `b`"), (window(1), "whole number ≥ 1"), (window(2), "one or 2 of: whole number ≥ 1"),
        (Many(POSITIVE), "list of: whole number ≥ 1"), (Maybe(FLAG), "True or False, or None"), (TENSOR, "tensor"),
        (SAME, "one or 2 of: whole number ≥ 1 or `same` or `valid`"),
        (Spread(POSITIVE), "one by one: whole number ≥ 1"),
        (TENSOR_OR_NUMBER, "tensor or number"),
    ],
)  # fmt: skip
def test_a_kind_describes_itself_for_the_reference(kind: Kind, words):
    assert kind.describe() == words
