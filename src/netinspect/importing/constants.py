"""Tensors that a model makes of no input, as buffers: a formula that gives the very numbers, or the numbers themselves.

The formulas are what code makes tables and masks of: one number, counting, sums of counters in a mixed radix (the index
of a relative position), stretches of one number (the windows of a shifted picture), and triangles.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from netinspect.importing.nodes import NOWHERE, argument, called, literal, word
from netinspect.importing.trace import NotImported, TracedTensor
from netinspect.language import syntax
from netinspect.language.write import expression_text

MAX_LISTED: Final = 1_000
"""How many numbers a spec may list."""
MAX_STRETCHES: Final = 8
"""Of how many stretches of one number a row is written as those."""

Numbers = Sequence[Any]
Formula = syntax.Expression


def buffer(name: str, tensor: TracedTensor) -> syntax.Buffer:
    """A buffer that no state dict has. NotImported where it is too large to be listed and no formula gives it."""
    shape = tensor.shapes[0]
    result = _with_numbers(name, shape, tensor.dtype, tensor.values, persistent=False)
    if result is None:
        raise NotImported(f"it uses a constant tensor of {math.prod(shape):,} numbers, and no formula gives them")
    return result


def saved_buffer(name: str, shape: tuple[int, ...], dtype: str, values: Any) -> syntax.Buffer:
    """A buffer of the state dict that begins with the model's numbers, or with zeros where a spec cannot say them."""
    result = None if values is None else _with_numbers(name, shape, dtype, values, persistent=True)
    sizes = literal(shape[0] if len(shape) == 1 else shape)
    return result or syntax.Buffer(name, sizes, dtype, None, None, True, NOWHERE)


def _with_numbers(
    name: str, shape: tuple[int, ...], dtype: str, values: Any, *, persistent: bool
) -> syntax.Buffer | None:
    """A buffer of these numbers, by a formula or one by one; None where there are too many for that."""
    numbers = list(_flat(values))
    if values is None or len(numbers) != math.prod(shape):
        return None
    is_listed = len(numbers) <= MAX_LISTED and all(map(math.isfinite, numbers))
    formula = _formula(numbers, shape, dtype)
    if formula is not None and not (is_listed and len(expression_text(formula)) > 5 * len(numbers) + 10):
        return syntax.Buffer(name, None, "float32", None, None, persistent, NOWHERE, formula)
    if not is_listed:
        return None
    sizes = None if len(shape) == 1 else literal(shape)
    return syntax.Buffer(name, sizes, dtype, literal(numbers), None, persistent, NOWHERE)


def _formula(numbers: Numbers, shape: tuple[int, ...], dtype: str) -> Formula | None:
    """The first formula that gives the numbers; else one of the same without the axes of size 1, which are put in."""
    for make in _FORMULAS:
        formula = make(numbers, shape, dtype)
        if formula is not None:
            return formula
    inner = tuple(size for size in shape if size != 1)
    formula = _formula(numbers, inner, dtype) if len(inner) < len(shape) else None
    if formula is None:
        return None
    return _reshaped(formula, inner, (), shape)


def constant(name: str, tensor: TracedTensor) -> tuple[syntax.Buffer, Formula]:
    """The buffer of a constant, and what is written where it is read: its name.

    Of alike rows that are too many to be listed the buffer is one, and what is written expands it. NotImported.
    """
    try:
        return buffer(name, tensor), word(name)
    except NotImported:
        rows = tensor.values or [None]
        if len(rows) < 2 or any(row != rows[0] for row in rows):
            raise
    shape = tensor.shapes[0]
    row = replace(tensor, shapes=((1, *shape[1:]),), values=rows[:1])
    return buffer(name, row), called("expand", [argument(item) for item in (word(name), *map(literal, shape))])


def _flat(values: Any) -> Iterator[Any]:
    if isinstance(values, list):
        for item in values:
            yield from _flat(item)
    elif values is not None:
        yield values


# --- formulas --------------------------------------------------------------------------------


def _one_number(numbers: Numbers, shape: tuple[int, ...], dtype: str) -> Formula | None:
    """`full((2, 3), 0.5)`."""
    if not math.isfinite(numbers[0]) or any(number != numbers[0] for number in numbers):
        return None
    return _full(numbers[0], shape, dtype)


def _full(number: Any, shape: tuple[int, ...], dtype: str) -> Formula:
    if dtype == "float32" and number in (0, 1):
        return called("ones" if number else "zeros", [argument(literal(size)) for size in shape])
    arguments = [argument(literal(list(shape))), argument(literal(int(number) if dtype == "bool" else number))]
    is_plain = dtype in ("float32", "int64")
    return called("full", arguments if is_plain else [*arguments, argument(word(dtype), "dtype")])


def _counters(numbers: Numbers, shape: tuple[int, ...], dtype: str) -> Formula | None:
    """`arange(49)`, or `7 * arange(7)[:, None] + arange(7)`: counters in a mixed radix."""
    if any(not float(number).is_integer() for number in numbers) or dtype == "bool":
        return None
    digits = _radix([int(number) for number in numbers])
    if digits is None:
        return None
    first, sizes, steps = int(numbers[0]), [size for size, _ in digits], [step for _, step in digits]
    terms = [
        (step, _along(_arange(size), place, len(digits)))
        for place, (size, step) in enumerate(zip(sizes, steps, strict=True))
        if step
    ]
    formula: Formula | None = None
    for step, counter in sorted(terms, key=lambda term: term[0] < 0):
        term = counter if abs(step) == 1 else syntax.Binary("*", literal(abs(step)), counter, NOWHERE)
        if formula is None:
            formula = term if step > 0 else syntax.Unary("-", term, NOWHERE)
        else:
            formula = syntax.Binary("+" if step > 0 else "-", formula, term, NOWHERE)
    if formula is None:
        return None
    if first:
        formula = syntax.Binary("+" if first > 0 else "-", formula, literal(abs(first)), NOWHERE)
    is_shaped = tuple(sizes) == shape and all(steps)
    if not is_shaped:
        formula = _reshaped(formula, sizes, steps, shape)
    return formula if dtype == "int64" else called("to", [argument(formula), argument(word(dtype), "dtype")])


def _radix(numbers: Sequence[int]) -> list[tuple[int, int]] | None:
    """The sizes and steps of the counters whose sum a table is, the slowest first; None for any other table."""
    if len(numbers) == 1:
        return []
    step = numbers[1] - numbers[0]
    longest = next(
        (place for place in range(1, len(numbers)) if numbers[place] - numbers[place - 1] != step), len(numbers)
    )
    for size in range(longest, 1, -1):
        if len(numbers) % size:
            continue
        heads = numbers[::size]
        if all(
            numbers[row * size + place] == head + place * step
            for row, head in enumerate(heads)
            for place in range(size)
        ):
            outer = _radix(heads)
            if outer is not None:
                return [*outer, (size, step)]
    return None


def _arange(size: int) -> Formula:
    return called("arange", [argument(literal(size))])


def _distances(numbers: Numbers, shape: tuple[int, ...], dtype: str) -> Formula | None:
    """`7 * abs(arange(7)[:, None, None, None] - arange(7)[:, None]) + abs(…)`: of every place of one picture and every
    place of another, of which the first may have only every second or third row and column."""
    if len(shape) != 2 or dtype != "int64" or min(shape) < 4:
        return None
    queries, keys = shape
    for height, width in ((height, keys // height) for height in range(2, keys) if keys % height == 0):
        for stride in range(1, min(height, width)):
            rows, columns = -(-height // stride), -(-width // stride)
            if rows * columns == queries and width > 1:
                formula = _distances_of(numbers, (rows, columns, height, width), stride)
                if formula is not None:
                    return _reshaped(formula, (), (1,), shape)
    return None


def _distances_of(numbers: Numbers, sizes: tuple[int, int, int, int], stride: int) -> Formula | None:
    rows, columns, height, width = sizes
    down, right = numbers[width] - numbers[0], numbers[1] - numbers[0]
    places = itertools.product(range(rows), range(columns), range(height), range(width))
    if any(
        number != numbers[0] + down * abs(stride * row - y) + right * abs(stride * column - x)
        for number, (row, column, y, x) in zip(numbers, places, strict=True)
    ):
        return None
    terms: list[Formula] = []
    for step, axis in ((down, 0), (right, 1)):
        start = _along(_arange(sizes[axis]), axis, 4)
        start = start if stride == 1 else syntax.Binary("*", literal(stride), start, NOWHERE)
        between = syntax.Binary("-", start, _along(_arange(sizes[axis + 2]), axis + 2, 4), NOWHERE)
        term: Formula = called("abs", [argument(between)])
        terms.append(term if step == 1 else syntax.Binary("*", literal(step), term, NOWHERE))
    formula: Formula = syntax.Binary("+", terms[0], terms[1], NOWHERE)
    return syntax.Binary("+", formula, literal(numbers[0]), NOWHERE) if numbers[0] else formula


def _bordered(numbers: Numbers, shape: tuple[int, ...], dtype: str) -> Formula | None:
    """A table of counters with a first row and a first column of one number each, as of a class token."""
    if len(shape) != 2 or min(shape) < 3 or dtype != "int64":
        return None
    rows, columns = shape
    above, before = set(numbers[1:columns]), set(numbers[columns::columns])
    if len(above) != 1 or len(before) != 1:
        return None
    inner = [numbers[row * columns + column] for row in range(1, rows) for column in range(1, columns)]
    table = _counters(inner, (rows - 1, columns - 1), dtype)
    if table is None:
        return None
    corner, beside = _full(numbers[0], (1,), dtype), _full(above.pop(), (columns - 1,), dtype)
    first = called("unsqueeze", [argument(_joined((corner, beside), 0)), argument(literal(0))])
    return _joined((first, _joined((_full(before.pop(), (rows - 1, 1), dtype), table), 1)), 0)


def _joined(parts: Sequence[Formula], axis: int) -> Formula:
    return called("cat", [*map(argument, parts), argument(literal(axis), "dim")])


def _along(row: Formula, axis: int, rank: int) -> Formula:
    """A row along one of several axes: `row[:, None]`."""
    if axis == rank - 1:
        return row
    every = syntax.Slice(None, None, None, NOWHERE)
    return syntax.Index(row, (every, *[literal(None)] * (rank - 1 - axis)), NOWHERE)


def _reshaped(formula: Formula, sizes: Sequence[int], steps: Sequence[int], shape: tuple[int, ...]) -> Formula:
    """A table of `sizes` as one of `shape`; along an axis that no counter runs it is one number wide until now."""
    if not all(steps):
        formula = called("expand", [argument(item) for item in (formula, *map(literal, sizes))])
    places = [place for place in range(len(shape)) if (*shape[:place], *shape[place + 1 :]) == tuple(sizes)]
    if places and shape[places[0]] == 1 and isinstance(formula, syntax.Call):
        function = syntax.Attribute(formula, "unsqueeze", NOWHERE, NOWHERE)
        return syntax.Call(function, (argument(literal(places[0])),), NOWHERE)
    return called("reshape", [argument(item) for item in (formula, *map(literal, shape))])


def _stretches(numbers: Numbers, shape: tuple[int, ...], dtype: str) -> Formula | None:
    """`cat(zeros(49), ones(4), dim=0)`, and along several axes the sum of such rows."""
    axes = [axis for axis, size in enumerate(shape) if size > 1]
    if not 1 <= len(axes) <= 3 or dtype not in ("float32", "int64") or not all(map(math.isfinite, numbers)):
        return None
    rows: list[list[Any]] = []
    for axis in axes:
        step = math.prod(shape[axis + 1 :])
        row = [numbers[place * step] for place in range(shape[axis])]
        rows.append(row if not rows else [number - numbers[0] for number in row])
    sums = map(sum, itertools.product(*rows))
    if any(number != total for number, total in zip(numbers, sums, strict=True)):
        return None
    parts = [_row(row, dtype) for row in rows]
    if any(part is None for part in parts):
        return None
    formula: Formula | None = None
    for axis, part in zip(axes, parts, strict=True):
        assert part is not None
        along = _along(part, axis, len(shape))
        formula = along if formula is None else syntax.Binary("+", formula, along, NOWHERE)
    leading = len(shape) - axes[0] - 1
    assert formula is not None
    for _ in range(len(shape) - 1 - leading):
        formula = called("unsqueeze", [argument(formula), argument(literal(0))])
    return formula


def _row(numbers: Numbers, dtype: str) -> Formula | None:
    """One row of a few stretches of one number each."""
    stretches: list[tuple[Any, int]] = []
    for number in numbers:
        if stretches and stretches[-1][0] == number:
            stretches[-1] = (number, stretches[-1][1] + 1)
        else:
            stretches.append((number, 1))
    if len(stretches) > MAX_STRETCHES:
        return None
    parts = [_full(number, (length,), dtype) for number, length in stretches]
    return parts[0] if len(parts) == 1 else _joined(parts, 0)


def _shifted_windows(numbers: Numbers, shape: tuple[int, ...], dtype: str) -> Formula | None:
    """The mask of windows of a shifted picture: one number for two places that were no neighbours in it, else 0."""
    if len(shape) != 3 or shape[1] != shape[2] or math.isqrt(shape[1]) ** 2 != shape[1] or dtype != "float32":
        return None
    masked = next((number for number in numbers if number), 0.0)
    if not masked or not math.isfinite(masked):
        return None
    windows, places = shape[:2]
    side = math.isqrt(places)
    for height in range(1, windows + 1):
        if windows % height == 0:
            formula = _windows_of(numbers, (height, windows // height, side), masked)
            if formula is not None:
                return called("reshape", [argument(item) for item in (formula, *map(literal, shape))])
    return None


def _windows_of(numbers: Numbers, sizes: tuple[int, int, int], masked: float) -> Formula | None:
    """The mask of `height` × `width` windows: the regions of its rows and columns are read off its first column and
    row."""
    height, width, side = sizes
    places = side * side

    def regions(count: int, window: int, step: int) -> list[int]:
        labels: list[int] = []
        for at in range(count):
            start = at * window * places * places
            changes = [
                int(numbers[start + place * step * places + (place - 1) * step] != 0) for place in range(1, side)
            ]
            labels += itertools.accumulate([0, *changes])
        return labels

    rows, columns = regions(height, width, side), regions(width, 1, 1)
    tokens = [*itertools.product(range(side), range(side))]
    expected = (
        masked * (rows[top + y] != rows[top + other_y] or columns[left + x] != columns[left + other_x])
        for top, left in itertools.product(range(0, height * side, side), range(0, width * side, side))
        for y, x in tokens
        for other_y, other_x in tokens
    )
    if any(number != value for number, value in zip(numbers, expected, strict=True)):
        return None
    terms: list[Formula] = []
    for labels, count, axis in ((rows, height, 0), (columns, width, 1)):
        row = _row(labels, "float32")
        if row is None:
            return None
        pair = []
        for token in (2, 4):
            shape = [count if place == axis else side if place == token + axis else 1 for place in range(6)]
            pair.append(called("reshape", [argument(item) for item in (row, *map(literal, shape))]))
        terms.append(called("abs", [argument(syntax.Binary("-", pair[0], pair[1], NOWHERE))]))
    either = called("clamp", [argument(syntax.Binary("+", terms[0], terms[1], NOWHERE)), argument(literal(1), "max")])
    return syntax.Binary("*", either, literal(masked), NOWHERE)


def _triangle(numbers: Numbers, shape: tuple[int, ...], dtype: str) -> Formula | None:
    """`tril(ones(8, 8))`; as a mask that is added `triu(full((8, 8), -inf), 1)`."""
    kinds = set(numbers)
    if len(shape) != 2 or dtype not in ("float32", "bool") or kinds not in ({0, 1}, {0, -math.inf}):
        return None
    inside = min(kinds) if -math.inf in kinds else 1
    rows, columns = shape
    is_first_inside = numbers[0] == inside
    for name, sign in (("tril", 1), ("triu", -1)):
        # where the edge leaves the corner: along the first row or down the first column
        along = numbers[:columns] if is_first_inside == (name == "tril") else numbers[::columns]
        turn = next((place for place, number in enumerate(along) if (number == inside) != is_first_inside), len(along))
        edge = sign * (turn - 1 if is_first_inside else -turn)
        if all(
            (numbers[row * columns + column] == inside) is (sign * (column - row - edge) <= 0)
            for row in range(rows)
            for column in range(columns)
        ):
            filled = _full(inside, shape, "float32")
            formula = called(name, [argument(filled)] + ([argument(literal(edge))] if edge else []))
            return called("bool", [argument(formula)]) if dtype == "bool" else formula
    return None


_FORMULAS: Final[tuple[Callable[[Numbers, tuple[int, ...], str], Formula | None], ...]] = (
    _one_number,
    _counters,
    _stretches,
    _triangle,
    _distances,
    _bordered,
    _shifted_windows,
)
"""From the simplest on; the first that gives the numbers is taken."""
