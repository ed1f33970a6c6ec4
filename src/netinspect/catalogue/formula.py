"""Numbers that remember how they came about.

A `Formula` is an exact int together with the arithmetic that made it, written as a textbook would:
`6·(1·5·5 + 1)`. The number and the text grow from the same operations, so they cannot differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

_SUM, _PRODUCT, _ATOM = 0, 1, 2


class Formula:
    """An exact whole number and its arithmetic. `int(f)` is the number, `str(f)` the text."""

    __slots__ = ("_level", "text", "value")

    def __init__(self, value: int, text: str | None = None, level: int = _ATOM) -> None:
        self.value = value
        self.text = str(value) if text is None else text
        self._level = level

    def __add__(self, other: Formula | int) -> Formula:
        right = formula(other)
        if right.value == 0 and right._level == _ATOM:
            return self
        if self.value == 0 and self._level == _ATOM:
            return right
        return Formula(self.value + right.value, f"{self.text} + {right.text}", _SUM)

    def __radd__(self, other: int) -> Formula:
        return formula(other) + self

    def __mul__(self, other: Formula | int) -> Formula:
        right = formula(other)
        return Formula(self.value * right.value, f"{self._factor()}·{right._factor()}", _PRODUCT)

    def __rmul__(self, other: int) -> Formula:
        return formula(other) * self

    def __int__(self) -> int:
        return self.value

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Formula({self.value} = {self.text})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and (self.value, self.text) == (other.value, other.text)

    def __hash__(self) -> int:
        return hash((self.value, self.text))

    def _factor(self) -> str:
        return f"({self.text})" if self._level == _SUM else self.text


def formula(value: Formula | int) -> Formula:
    """`value` as a Formula; a bare int is its own arithmetic."""
    return value if isinstance(value, Formula) else Formula(value)


ZERO = Formula(0)


def product(factors: Iterable[Formula | int]) -> Formula:
    """The product of all factors, each of them shown; 1 for none."""
    result: Formula | None = None
    for factor in factors:
        result = formula(factor) if result is None else result * factor
    return result if result is not None else Formula(1)


def bracketed(figure: Formula) -> Formula:
    """The same number, kept together in brackets: `28·28·(1·5·5)`."""
    return Formula(figure.value, f"({figure.text})")


def times(count: int, figure: Formula) -> Formula:
    """`count·figure`, where a count of 1 is left out."""
    return figure if count == 1 else formula(count) * figure


def extent(sizes: Iterable[int]) -> Formula:
    """The product of `sizes` with the ones left out: `1·12·64` is shown as `12·64`."""
    return product(size for size in sizes if size != 1)


def count(shape: Iterable[int]) -> int:
    """How many elements a tensor of this shape has."""
    return math.prod(shape)
