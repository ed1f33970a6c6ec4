"""What the public functions take, by the names of their arguments: a wrong one is an InputError that names it.

The command line has typer for this. One table says it for Python, so that a name means the same in every function, and
`seed=1.5` is refused in all of them with the same words.
"""

from __future__ import annotations

import inspect
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from operator import index
from typing import Any, Final, ParamSpec, SupportsFloat, SupportsIndex, TypeVar

from netinspect.errors import InputError


class WrongArgument(Exception):
    """What to give in place of an argument."""


P = ParamSpec("P")
R = TypeVar("R")

Reader = Callable[[Any], Any]
"""Gives an argument in the form that a function works with. WrongArgument says what to give instead."""

_OPTION: Final = re.compile(r"--([a-z]+(?:-[a-z]+)*) (.*?)(?=: )")
"""How a message of the command line begins that is about one option: `--gamma 0: give a number`."""

MAX_SHOWN: Final = 80
"""How much of a wrong value a message repeats."""


def _is_whole(value: Any) -> bool:
    return isinstance(value, SupportsIndex) and not isinstance(value, bool)


def whole_number(least: int) -> Reader:
    """A whole number, numpy's as well, from `least` on."""

    def read(value: Any) -> int:
        if not _is_whole(value) or not least <= index(value) < 1 << 63:
            raise WrongArgument(f"a whole number, {least} or more")
        return index(value)

    return read


def real(value: Any) -> float:
    """A number, numpy's as well."""
    if not isinstance(value, SupportsFloat) or isinstance(value, str) or not math.isfinite(float(value)):
        raise WrongArgument("a number")
    return float(value)


def flag(value: Any) -> bool:
    """True or False, numpy's as well."""
    if not isinstance(value, bool) and type(value).__name__ not in ("bool", "bool_"):
        raise WrongArgument("True or False")
    return bool(value)


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise WrongArgument("a text")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(item, str) for item in value):
        raise WrongArgument("a list of texts")
    return tuple(value)


def path(value: Any) -> str | os.PathLike[str]:
    """The name of a file or folder."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise WrongArgument("the name of a file or folder")
    return value


def reference(value: Any) -> str | os.PathLike[str]:
    """What names a spec."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise WrongArgument("a file or the name of a gallery network (`netinspect.loads` reads texts and mappings)")
    return value


def network_or_reference(value: Any) -> Any:
    """A Network, which is known by what it can do, or what names a spec."""
    return value if hasattr(value, "profile") and hasattr(value, "graph") else reference(value)


def spec_at_hand(value: Any) -> str | Mapping[str, Any]:
    """The text of a spec, or what YAML and JSON make of it."""
    if not isinstance(value, str | Mapping):
        raise WrongArgument("the text of a spec, or a mapping (`netinspect.load` reads files)")
    return value


def sizes(value: Any) -> tuple[int, ...]:
    """Sizes without the batch."""
    is_list = not isinstance(value, str | Mapping) and hasattr(value, "__len__") and hasattr(value, "__iter__")
    if not is_list or not all(_is_whole(size) and index(size) >= 1 for size in value):
        raise WrongArgument("sizes without the batch, such as (3, 224, 224)")
    return tuple(index(size) for size in value)


def pixel(value: Any) -> tuple[int, int]:
    """Row and column of a pixel."""
    is_pair = isinstance(value, list | tuple) and len(value) == 2
    if not is_pair or not all(_is_whole(place) and index(place) >= 0 for place in value):
        raise WrongArgument("the row and the column of a pixel, such as (120, 80)")
    row, column = value
    return index(row), index(column)


def settings(value: Any) -> dict[str, Any]:
    """Vars by name, each a number, True, False, a list of such, or an expression as text."""

    def is_value(item: Any) -> bool:
        if isinstance(item, list | tuple):
            return all(map(is_value, item))
        return isinstance(item, str) or (isinstance(item, SupportsFloat) and math.isfinite(float(item)))

    is_right = isinstance(value, Mapping) and all(isinstance(name, str) and name for name in value)
    if not is_right or not all(map(is_value, value.values())):
        raise WrongArgument('a mapping of vars to numbers or texts, such as {"depth": 24}')
    return {name: item.item() if hasattr(item, "item") else item for name, item in value.items()}


def unit(value: Any) -> str:
    """One output of a convolution."""
    if not isinstance(value, str):
        raise WrongArgument("LAYER:CHANNEL,ROW,COLUMN, such as 'conv2:3,5,7'")
    return value


def device(value: Any) -> str:
    """A device by its name, or as torch has it."""
    if not isinstance(value, str) and type(value).__name__ != "device":
        raise WrongArgument("the name of a device, such as 'cpu'")
    return str(value)


def layer(value: Any) -> str:
    """A layer by its path, which is a number where it has no name."""
    if not isinstance(value, str) and not _is_whole(value):
        raise WrongArgument("the path of a layer, such as 'layer1.0.conv1'")
    return str(value)


READERS: Final[Mapping[str, Reader]] = {
    **dict.fromkeys(("spec", "specs", "baseline"), reference),
    **dict.fromkeys(("batch_size", "sample", "max_tiles", "most", "classes", "words"), whole_number(1)),
    **dict.fromkeys(("diagram_width", "max_bytes"), whole_number(1)),
    "seed": whole_number(0),
    **dict.fromkeys(("gamma", "clip"), real),
    **dict.fromkeys(("formula", "expand", "partial", "everything", "save_arrays", "force", "dark"), flag),
    **dict.fromkeys(("columns", "select", "ignore"), texts),
    **dict.fromkeys(("custom_layers", "dataset", "folder"), path),
    **dict.fromkeys(
        ("variant", "name", "dtype", "optimizer", "kind", "word", "of", "to", "text", "match", "scale", "order", "what",
         "layers"),
        text,
    ),
    "device": device,
    "input_shape": sizes,
    "settings": settings,
    "layer": layer,
    "unit": unit,
    "query": pixel,
}  # fmt: skip
"""What each argument may be. A model, its weights and its inputs are looked at where torch is."""


UNREAD: Final = ("named_inputs",)
"""Arguments whose names are those of a user's own code."""


def checked(**readers: Reader) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A public function whose arguments are read by the table, or by the `readers` of those that mean something else in
    it. InputError where one is wrong; what the function itself says of an option is said of the argument.

    An argument that is its default is not read, and no more is an option that is None.
    """
    table = {**READERS, **readers}

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # which says it in Python's own words
            for name, value in bound.arguments.items():
                parameter = signature.parameters[name]
                if parameter.kind is parameter.VAR_POSITIONAL:
                    bound.arguments[name] = tuple(_read(table, name, item) for item in value)
                elif parameter.kind is parameter.VAR_KEYWORD:
                    bound.arguments[name] = (
                        value
                        if name in UNREAD
                        else {key: item if item is None else _read(table, key, item) for key, item in value.items()}
                    )
                elif value is not parameter.default:
                    bound.arguments[name] = _read(table, name, value)
            try:
                return function(*bound.args, **bound.kwargs)
            except InputError as failure:
                option = _OPTION.match(str(failure)) if type(failure) is InputError else None
                if option is None or option[1].replace("-", "_") not in {*signature.parameters, *kwargs}:
                    raise
                spelled = f"`{option[1].replace('-', '_')}={option[2]}`{str(failure)[option.end() :]}"
                raise InputError(spelled, failure.code) from failure

        return call

    return decorate


def _read(table: Mapping[str, Reader], name: str, value: Any) -> Any:
    if name not in table:
        return value
    try:
        return table[name](value)
    except WrongArgument as mistake:
        text = repr(value)
        text = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
        raise InputError(f"`{name}={text}`: give {mistake}") from None
