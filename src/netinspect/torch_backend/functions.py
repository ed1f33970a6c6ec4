"""From a catalogue entry to torch: the class or function it names, and its arguments as torch takes them.

Everything here follows from the Entry. Nothing of torch is listed, apart from what a spec says in its own way
(a dtype is a word, a slice is data), arithmetic on sizes, and the functions that are netinspect's own.
"""

from __future__ import annotations

import functools
import importlib
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import Tensor

from netinspect.catalogue.entry import DTYPE_BYTES, REQUIRED, Argument, Entry
from netinspect.catalogue.kinds import DTYPE, Maybe, Subscript
from netinspect.network.network import Call
from netinspect.network.operators import make_divisible

# --- netinspect's own ------------------------------------------------------------------------


def crop_like(x: Tensor, like: Tensor) -> Tensor:
    """`x` (batch, channels, …) with axes 2… cropped to the sizes of `like` at offset (size - wanted) // 2."""
    for axis in range(2, x.dim()):
        wanted = like.size(axis)
        x = x.narrow(axis, (x.size(axis) - wanted) // 2, wanted)
    return x


def smallest(*numbers: Any) -> Any:
    """`min` of sizes, also of the symbolic ones in torch.export."""
    return functools.reduce(torch.sym_min, numbers)


def largest(*numbers: Any) -> Any:
    """`max` of sizes, also of the symbolic ones in torch.export."""
    return functools.reduce(torch.sym_max, numbers)


_OWN: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({"crop_like": crop_like})

SIZE_OPERATORS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "neg": operator.neg, "min": smallest, "max": largest, "round": round,
    "log": math.log, "exp": math.exp, "sin": math.sin, "cos": math.cos,
    "int": torch.sym_int, "ceil": math.ceil, "floor": math.floor, "sqrt": torch.sym_sqrt,
    "make_divisible": make_divisible,
})  # fmt: skip
"""What the language computes with sizes, for sizes that are read off real tensors."""

# --- where torch has it ----------------------------------------------------------------------


def torch_object(place: str) -> Callable[..., Any]:
    """The class or function at a place that the catalogue names: `torch.nn.Conv2d`, `netinspect.crop_like`."""
    first, *names = place.split(".")
    if first == "netinspect":
        return _OWN[names[0]]
    start: Any = Tensor if first == "Tensor" else importlib.import_module(first)
    found: Callable[..., Any] = functools.reduce(getattr, names, start)
    return found


def method_name(entry: Entry) -> str | None:
    """The name of the tensor method that an entry calls (`permute`), or None."""
    first, _, name = entry.torch.partition(".")
    return name if first == "Tensor" else None


def output_places(call: Call) -> tuple[tuple[int, ...], ...]:
    """Where each output of a call stands in what torch returns, as indices from the outside in; () is the whole."""
    if call.entry.gives_list:
        return tuple((index,) for index in range(len(call.outputs)))
    if call.result.places is not None:
        return call.result.places
    return tuple(output.place for output in call.entry.outputs)


# --- arguments -------------------------------------------------------------------------------


def call_arguments(entry: Entry, operands: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The unnamed and named arguments with which torch is called, from one operand for each of `entry.forward`.

    An optional argument is left out where it equals its default, and those after it go by name. One that stands
    for another (`same_as`) is given that one's value; those that are packed go as one tuple.
    """
    unnamed: list[Any] = []
    named: dict[str, Any] = {}
    is_gap = False
    for argument, value in _packed(entry.forward, _filled(entry.forward, operands)):
        if argument.default is not REQUIRED and _equal(value, argument.default):
            is_gap = True
        elif argument.keyword_only or is_gap:
            named[argument.name] = spelled(argument, value)
        else:
            unnamed.append(spelled(argument, value))
    return tuple(unnamed), named


def _filled(arguments: tuple[Argument, ...], operands: tuple[Any, ...]) -> dict[str, Any]:
    """Operands by name; None replaced by the operand it stands for."""
    by_name = {argument.name: value for argument, value in zip(arguments, operands, strict=True)}
    for argument in arguments:
        if argument.same_as is not None and by_name[argument.name] is None:
            by_name[argument.name] = by_name[argument.same_as]
    return by_name


def _packed(arguments: tuple[Argument, ...], by_name: dict[str, Any]) -> Iterator[tuple[Argument, Any]]:
    """Each argument with its value; the packed ones of one name as a single argument, a tuple or None."""
    done: set[str] = set()
    for argument in arguments:
        if argument.packed is None:
            yield argument, by_name[argument.name]
        elif argument.packed not in done:
            done.add(argument.packed)
            values = tuple(by_name[a.name] for a in arguments if a.packed == argument.packed)
            whole = Argument(argument.packed, argument.kind, argument.default)
            yield whole, None if all(value is None for value in values) else values


def _equal(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def spelled(argument: Argument, value: Any) -> Any:
    """A value as torch spells it: a dtype for a word, a slice for ("slice", start, stop, step)."""
    if isinstance(argument.kind, Subscript):
        return tuple(_index(item) for item in value) if isinstance(value, tuple) else _index(value)
    if argument.kind in (DTYPE, Maybe(DTYPE)) and value in DTYPE_BYTES:
        return getattr(torch, value)
    return value


def _index(item: Any) -> Any:
    if isinstance(item, tuple) and item[:1] == ("slice",):
        return slice(*item[1:])
    return ... if isinstance(item, str) else item
