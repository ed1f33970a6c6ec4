"""What a layer or function takes, said as data: the kinds of arguments, and short ways to write entries of them.

`check` of a kind normalises a value or raises a Fault that says what is wrong and what to write. It is stricter
than torch, which accepts `kernel_size=0` and `bidirectional='yes'` in a constructor. Values arrive from
a spec as int, float, bool, str, None or (nested) tuples of these; tensors arrive as TensorType.

What nearly all of torch.nn's layers share is filled in by `layer`; the signatures of functions are one line or a few
each. Defaults are put in their kind's normal form, so that a rule sees `(1, 1)` whether a stride of 1 was said or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from netinspect.catalogue.entry import (
    DTYPE_BYTES,
    EFFECT_OF_FAMILY,
    REQUIRED,
    Argument,
    Attends,
    Effect,
    Entry,
    Fault,
    Kind,
    Normalisation,
    Output,
    Result,
    TensorType,
    Units,
)

MAX_WHOLE: Final = 2**31 - 1
MAX_WINDOW: Final = 65_536


def shown(value: Any) -> str:
    """A value as it is written in a spec."""
    if isinstance(value, str):
        return f"'{value}'"
    if _is_list(value):
        return f"({', '.join(shown(item) for item in value)}{',' if len(value) == 1 else ''})"
    if isinstance(value, TensorType):
        return "a tensor"
    return str(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple) and not isinstance(value, TensorType)


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number within bounds."""

    minimum: int = 0
    maximum: int = MAX_WHOLE

    def check(self, value: Any) -> int:
        if isinstance(value, float):
            help = f"write {int(value)}; `/` gives a fraction, `//` a whole number" if value.is_integer() else None
            raise Fault("E205", f"{shown(value)} is not a whole number", help=help)
        if not (isinstance(value, int) and not isinstance(value, bool)):
            raise Fault("E212", f"{shown(value)} is not a whole number")
        if not self.minimum <= value <= self.maximum:
            bound = f"at least {self.minimum}" if value < self.minimum else f"at most {self.maximum:,}"
            raise Fault("E211", f"{value} is out of range: must be {bound}")
        return int(value)

    def describe(self) -> str:
        return f"whole number ≥ {self.minimum}" if self.minimum >= 0 else "whole number"


@dataclass(frozen=True, slots=True)
class Real(Kind):
    """A number within bounds, both inclusive unless `exclusive`; infinite ones only where `can_be_infinite`."""

    minimum: float = -math.inf
    maximum: float = math.inf
    exclusive: bool = False
    can_be_infinite: bool = False

    def check(self, value: Any) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Fault("E212", f"{shown(value)} is not a number")
        if math.isnan(value) or (math.isinf(value) and not self.can_be_infinite):
            raise Fault("E211", f"{shown(value)} is not a finite number")
        if not self.minimum <= value <= self.maximum or (self.exclusive and value in (self.minimum, self.maximum)):
            raise Fault("E211", f"{shown(value)} is out of range: must be a {self.describe()}")
        return value

    def describe(self) -> str:
        if self.minimum == -math.inf and self.maximum == math.inf:
            return "number"
        if self.maximum == math.inf:
            return f"number {'>' if self.exclusive else '≥'} {self.minimum:g}"
        if self.exclusive:
            return f"number between {self.minimum:g} and {self.maximum:g}"
        return f"number from {self.minimum:g} to {self.maximum:g}"


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    """True or False."""

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Fault("E212", f"{shown(value)} is not True or False")
        return value

    def describe(self) -> str:
        return "True or False"


@dataclass(frozen=True, slots=True)
class Word(Kind):
    """One of torch's fixed words, which a spec may write without quotes."""

    words: tuple[str, ...]

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Fault("E212", f"{shown(value)} is not one of {', '.join(self.words)}")
        if value not in self.words:
            raise Fault("E213", f"'{value}' is not one of {', '.join(self.words)}")
        return value

    def describe(self) -> str:
        return " or ".join(f"`{word}`" for word in self.words)


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """A quoted text, such as einsum's equation."""

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Fault("E212", f"{shown(value)} is not text")
        return value

    def describe(self) -> str:
        return "text"


@dataclass(frozen=True, slots=True)
class Each(Kind):
    """A tuple of exactly `length`; a single value stands for all of them unless `single` is False."""

    kind: Kind
    length: int
    single: bool = True

    def check(self, value: Any) -> tuple[Any, ...]:
        if not _is_list(value):
            if not self.single or (value is None and isinstance(self.kind, Maybe)):
                raise Fault("E214", f"{shown(value)} is no list; {self.length} values are needed")
            return (self.kind.check(value),) * self.length
        if len(value) != self.length:
            raise Fault("E214", f"{shown(value)} has {len(value)} values; {self.length} are needed")
        return tuple(self.kind.check(item) for item in value)

    def describe(self) -> str:
        if self.length == 1:
            return self.kind.describe()
        lead = "one or " if self.single else ""
        return f"{lead}{self.length} of: {self.kind.describe()}"


@dataclass(frozen=True, slots=True)
class Many(Kind):
    """A tuple of `least` to `most` values; a single value is a tuple of one unless `single` is False."""

    kind: Kind
    least: int = 1
    most: int = 1000
    single: bool = True

    def check(self, value: Any) -> tuple[Any, ...]:
        if not _is_list(value):
            if not self.single:
                raise Fault("E212", f"{shown(value)} is no list")
            return (self.kind.check(value),)
        if not self.least <= len(value) <= self.most:
            bound = f"at least {self.least}" if len(value) < self.least else f"at most {self.most}"
            raise Fault("E214", f"{shown(value)} has {len(value)} values; {bound} are needed")
        return tuple(self.kind.check(item) for item in value)

    def describe(self) -> str:
        return f"list of: {self.kind.describe()}"


@dataclass(frozen=True, slots=True)
class Spread(Kind):
    """The values of a variadic argument; a lone tuple stands for all of them: `permute((0, 2, 1))`."""

    kind: Kind
    least: int = 1
    most: int = 1000

    def check(self, value: Any) -> tuple[Any, ...]:
        values = value if _is_list(value) else (value,)
        if len(values) == 1 and _is_list(values[0]):
            values = values[0]
        checked: tuple[Any, ...] = Many(self.kind, self.least, self.most).check(values)
        return checked

    def describe(self) -> str:
        return f"one by one: {self.kind.describe()}"


@dataclass(frozen=True, slots=True)
class Maybe(Kind):
    """None, or the kind."""

    kind: Kind

    def check(self, value: Any) -> Any:
        return None if value is None else self.kind.check(value)

    def describe(self) -> str:
        return f"{self.kind.describe()}, or None"


@dataclass(frozen=True, slots=True)
class Either(Kind):
    """The first of several kinds that accepts the value; the fault of the kind whose type fits best."""

    kinds: tuple[Kind, ...]

    def check(self, value: Any) -> Any:
        faults = []
        for kind in self.kinds:
            try:
                return kind.check(value)
            except Fault as fault:
                faults.append(fault)
        closer = [fault for fault in faults if fault.code != "E212"]
        if closer:
            raise closer[0]
        raise Fault("E212", f"{shown(value)} is not {self.describe()}")

    def describe(self) -> str:
        return " or ".join(kind.describe() for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Tensor(Kind):
    """A tensor of the network."""

    def check(self, value: Any) -> Any:
        if not isinstance(value, TensorType):
            raise Fault("E212", f"{shown(value)} is not a tensor")
        return value

    def describe(self) -> str:
        return "tensor"


@dataclass(frozen=True, slots=True)
class TensorOrNumber(Kind):
    """A tensor, or a number that stands for a tensor of it."""

    def check(self, value: Any) -> Any:
        return value if isinstance(value, TensorType) else ANY_NUMBER.check(value)

    def describe(self) -> str:
        return "tensor or number"


@dataclass(frozen=True, slots=True)
class Anything(Kind):
    """A number, a truth value, text, None or a list of these: an argument of a user's own layer."""

    def check(self, value: Any) -> Any:
        if isinstance(value, TensorType):
            raise Fault("E212", "a tensor is given before the colon, not as an argument")
        return value

    def describe(self) -> str:
        return "value"


@dataclass(frozen=True, slots=True)
class Subscript(Kind):
    """What stands in `x[…]`: per axis a whole number, ("slice", start, stop, step), "...", or None for a new axis."""

    def check(self, value: Any) -> Any:
        return value

    def describe(self) -> str:
        return "indices and slices"


POSITIVE: Final = Whole(1)
NATURAL: Final = Whole(0)
AXIS: Final = Whole(-64, 63)
NUMBER: Final = Real()
ANY_NUMBER: Final = Real(can_be_infinite=True)
POSITIVE_REAL: Final = Real(0.0)
PROBABILITY: Final = Real(0.0, 1.0)
FLAG: Final = Flag()
TEXT: Final = Text()
TENSOR: Final = Tensor()
OPTIONAL_TENSOR: Final = Maybe(TENSOR)
TENSOR_OR_NUMBER: Final = TensorOrNumber()
TENSORS: Final = Spread(TENSOR)
DTYPE: Final = Word(tuple(DTYPE_BYTES))
SUBSCRIPT: Final = Subscript()


def window(rank: int) -> Each:
    """A convolution's kernel, stride or dilation: one or `rank` whole numbers from 1 to 65,536."""
    return Each(Whole(1, MAX_WINDOW), rank)


def border(rank: int) -> Each:
    """Zero or more cells of padding an axis."""
    return Each(Whole(0, MAX_WINDOW), rank)


# --- entries ---------------------------------------------------------------------------------

INPUT: Final = Argument("input", TENSOR)
INPLACE: Final = Argument("inplace", FLAG, default=False)
BIAS: Final = Argument("bias", FLAG, default=True)
OUTPUT: Final = (Output("output"),)
EXAMPLE_BATCH: Final = 2


def layer(
    name: str,
    family: str,
    rule: Callable[..., Result],
    *arguments: Argument,
    summary: str,
    example: str,
    inputs: tuple[tuple[int, ...], ...],
    dtype: str = "float32",
    forward: tuple[Argument, ...] = (INPUT,),
    unnamed: tuple[str, ...] | None = None,
    outputs: tuple[Output, ...] = OUTPUT,
    effect: Effect | None = None,
    keeps_chances: bool = False,
    normalises: Normalisation | None = None,
    units: Units | None = None,
    drawn_as: str = "",
    short: str = "",
) -> Entry:
    """The entry of `torch.nn.<name>`. `inputs` are the example's shapes without the batch, of `dtype`.

    `unnamed`, where it is not given: torch's order without the sizes that are inferred.
    """
    if unnamed is None:
        unnamed = tuple(a.name for a in arguments if not a.inferred and not a.keyword_only)
    return Entry(
        name=name,
        torch=f"torch.nn.{name}",
        family=family,
        rule=rule,
        arguments=tuple(
            argument
            if argument.default is REQUIRED or argument.default is None
            else replace(argument, default=argument.kind.check(argument.default))
            for argument in arguments
        ),
        forward=forward,
        unnamed=unnamed,
        outputs=outputs,
        example=example,
        example_inputs=tuple(TensorType((EXAMPLE_BATCH, *shape), dtype) for shape in inputs),
        summary=summary,
        is_layer=True,
        effect=effect or EFFECT_OF_FAMILY.get(family),
        keeps_chances=keeps_chances,
        normalises=normalises,
        units=units,
        drawn_as=drawn_as,
        short=short,
    )


DIM_WHY: Final = "torch's default may be the batch, or every axis; say which one is meant"

OTHER: Final = Argument("other", TENSOR)
AXES: Final = Spread(AXIS)

IMAGE: Final = TensorType((EXAMPLE_BATCH, 16, 32, 32))
FEATURES: Final = TensorType((EXAMPLE_BATCH, 64))
SEQUENCE: Final = TensorType((EXAMPLE_BATCH, 50, 64))


def keyword(name: str, kind: Kind, default: Any = REQUIRED) -> Argument:
    """An argument that torch takes by name only."""
    return Argument(name, kind, default, keyword_only=True)


def trap(name: str, kind: Kind, why: str = DIM_WHY, default: Any = REQUIRED) -> Argument:
    """An argument whose default in torch is a trap: a spec has to say it, and torch is always given it. `default` is
    torch's, where that is neither all axes nor the first one."""
    return Argument(name, kind, default, must_say=True, why=why)


def function(
    family: str,
    name: str,
    torch: str,
    rule: Callable[..., Result],
    forward: tuple[Argument, ...],
    summary: str,
    example: str = "",
    inputs: tuple[TensorType, ...] = (IMAGE,),
    outputs: tuple[Output, ...] = (Output("output"),),
    gives_list: bool = False,
    parameters: tuple[tuple[str, tuple[int, ...]], ...] = (),
    effect: Effect | None = None,
    keeps_chances: bool = False,
    units: Units | None = None,
    attends: tuple[Attends, ...] = (),
    drawn_as: str = "",
    short: str = "",
    type_of: tuple[int, ...] = (),
) -> Entry:
    """An entry of a tensor function; without an example it is called with its name alone."""
    return Entry(
        name,
        torch,
        family,
        rule,
        forward=forward,
        outputs=outputs,
        gives_list=gives_list,
        example=example or name,
        example_inputs=inputs,
        example_parameters=parameters,
        summary=summary,
        effect=effect or EFFECT_OF_FAMILY.get(family),
        keeps_chances=keeps_chances,
        units=units,
        attends=attends,
        drawn_as=drawn_as,
        short=short,
        type_of=type_of,
    )
