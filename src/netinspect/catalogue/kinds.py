"""The kinds of argument: what a value may be, said as data.

`check` normalises a value or raises a Fault that says what is wrong and what to write. It is stricter
than torch, which accepts `kernel_size=0` and `bidirectional='yes'` in a constructor. Values arrive from
a spec as int, float, bool, str, None or (nested) tuples of these; tensors arrive as TensorType.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from netinspect.catalogue.entry import DTYPE_BYTES, Fault, Kind, TensorType

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
