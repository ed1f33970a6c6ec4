"""Tensors made from numbers: positions, constants. They have no input, so the torch model makes them on its device."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from netinspect.catalogue.entry import Argument, Entry, Fault, Output, Result, TensorType
from netinspect.catalogue.signature import (
    ANY_NUMBER,
    DTYPE,
    INPUT,
    NUMBER,
    POSITIVE,
    TEXT,
    Many,
    Maybe,
    Spread,
    function,
    keyword,
)

_DTYPE: Final = keyword("dtype", Maybe(DTYPE), None)


def _made(shape: tuple[int, ...], dtype: str) -> Result:
    return Result((TensorType(shape, dtype),))


def _number_dtype(*numbers: float) -> str:
    return "float32" if any(isinstance(number, float) for number in numbers) else "int64"


def _arange(start: float, end: float | None, step: float, dtype: str | None) -> Result:
    if end is None and step != 1:
        raise Fault(
            "E202",
            "arange with a step needs start and end",
            argument="step",
            help=f"write `arange(0, {start}, {step})`",
        )
    first, last = (0, start) if end is None else (start, end)
    if step == 0 or (last - first) * step <= 0:
        raise Fault("E211", f"there is no number from {first} to below {last} in steps of {step}")
    result_dtype = dtype or _number_dtype(start, step, *(() if end is None else (end,)))
    if result_dtype in ("bool", "complex64"):
        raise Fault("E306", f"arange does not count in {result_dtype}", argument="dtype")
    return _made((math.ceil((last - first) / step),), result_dtype)


def _linspace(start: float, end: float, steps: int, dtype: str | None) -> Result:
    if dtype == "bool":
        raise Fault("E306", "linspace does not count in bool", argument="dtype")
    return _made((steps,), dtype or "float32")


def _filled(size: tuple[int, ...], dtype: str | None) -> Result:
    return _made(size, dtype or "float32")


def _full(size: tuple[int, ...], fill_value: float, dtype: str | None) -> Result:
    value_dtype = "bool" if isinstance(fill_value, bool) else _number_dtype(fill_value)
    return _made(size, dtype or value_dtype)


def _eye(n: int, m: int | None, dtype: str | None) -> Result:
    return _made((n, n if m is None else m), dtype or "float32")


def _like(input: TensorType, dtype: str | None) -> Result:
    return _made(input.shape, dtype or input.dtype)


def _full_like(input: TensorType, fill_value: float, dtype: str | None) -> Result:
    return _like(input, dtype)


_SIZE: Final = Argument("size", Many(POSITIVE, single=False))


def _creation(
    name: str, rule: Callable[..., Result], forward: tuple[Argument, ...], summary: str, example: str = ""
) -> Entry:
    source: Any = {"type_of": (0,)} if forward[0] is INPUT else {"inputs": ()}
    return function("creation", name, f"torch.{name}", rule, (*forward, _DTYPE), summary, example, **source)


def _weight(tensor: TensorType) -> Result:
    return Result((tensor,), alias=True)


WEIGHT: Final = Entry(
    "weight",
    "",
    "creation",
    _weight,
    forward=(Argument("module", TEXT), Argument("name", TEXT)),
    outputs=(Output("output"),),
    example="",
    summary="A layer's own parameter or buffer, which the spec writes `embed.weight`.",
)
"""No function of the language: what `embed.weight` is in a network."""


ENTRIES: Final[tuple[Entry, ...]] = (
    _creation(
        "arange",
        _arange,
        (Argument("start", NUMBER), Argument("end", Maybe(NUMBER), None), Argument("step", NUMBER, 1)),
        "Numbers from start to below end; with one value from 0 to below it.",
        "arange(10)",
    ),
    _creation(
        "linspace",
        _linspace,
        (Argument("start", NUMBER), Argument("end", NUMBER), Argument("steps", POSITIVE)),
        "Evenly spaced numbers, both ends included.",
        "linspace(0, 1, 11)",
    ),
    _creation("zeros", _filled, (Argument("size", Spread(POSITIVE), variadic=True),), "Zeros.", "zeros(2, 3)"),
    _creation("ones", _filled, (Argument("size", Spread(POSITIVE), variadic=True),), "Ones.", "ones(2, 3)"),
    _creation(
        "full", _full, (_SIZE, Argument("fill_value", ANY_NUMBER)), "One number everywhere.", "full((2, 3), 0.5)"
    ),
    _creation(
        "eye", _eye, (Argument("n", POSITIVE), Argument("m", Maybe(POSITIVE), None)), "The unit matrix.", "eye(8)"
    ),
    _creation("zeros_like", _like, (INPUT,), "Zeros of the input's shape."),
    _creation("ones_like", _like, (INPUT,), "Ones of the input's shape."),
    _creation(
        "full_like",
        _full_like,
        (INPUT, Argument("fill_value", ANY_NUMBER)),
        "One number everywhere, in the input's shape.",
        "full_like(0.5)",
    ),
)
