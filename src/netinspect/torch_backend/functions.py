"""From a catalogue entry to torch: the class or function it names, its arguments as torch takes them, and the layer.

Everything here follows from the Entry. Nothing of torch is listed, apart from what a spec says in its own way
(a dtype is a word, a slice is data), arithmetic on sizes, and the functions that are netinspect's own.
"""

from __future__ import annotations

import functools
import importlib
import math
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, cast

import torch
from torch import Tensor, nn

from netinspect.catalogue.entry import DTYPE_BYTES, Argument, Entry
from netinspect.catalogue.own_functions import crop_like, make_divisible
from netinspect.catalogue.signature import DTYPE, Maybe, Subscript
from netinspect.network.network import Call, Extent, Value

# --- netinspect's own ------------------------------------------------------------------------


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
    function: Callable[..., Any] = functools.reduce(getattr, names, start)
    return function


# --- arguments -------------------------------------------------------------------------------


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


def operands(call: Call, by_value: Mapping[Value, Any]) -> tuple[Any, ...]:
    """What a call is given, with something else in the place of its tensors; sizes as numbers."""
    return tuple(_operand(operand, by_value) for operand in call.forward)


def _operand(operand: Any, by_value: Mapping[Value, Any]) -> Any:
    if isinstance(operand, Value):
        return by_value[operand]
    if isinstance(operand, Extent):
        return operand.values[-1]
    return tuple(_operand(item, by_value) for item in operand) if isinstance(operand, tuple) else operand


# --- a layer -------------------------------------------------------------------------------------


def make_layer(entry: Entry, arguments: Mapping[str, Any]) -> nn.Module:
    """The torch layer, on the default device, initialised as torch does it.

    `arguments` are the constructor's by name, the inferred ones included. A user's own class is given those alone that
    differ from their defaults, for it may pass the others on to its base class itself.
    """
    named = {argument.name: spelled(argument, arguments[argument.name]) for argument in entry.arguments}
    if entry.made_by is not None:
        defaults = {argument.name: argument.default for argument in entry.arguments}
        return cast(
            "nn.Module", entry.made_by(**{key: value for key, value in named.items() if value is not defaults[key]})
        )
    if entry.stack_of is not None:
        # A TransformerEncoder or TransformerDecoder: torch makes it from one of the layers it repeats.
        num_layers = named.pop("num_layers")
        stack: nn.Module = torch_object(entry.torch)(
            torch_object(entry.stack_of)(**named), num_layers, **dict(entry.stack_options)
        )
        return stack
    layer: nn.Module = torch_object(entry.torch)(**named)
    return layer
