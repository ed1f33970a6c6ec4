"""What a name of a spec stands for while a network is elaborated: tensors, modules, layer types, shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netinspect.errors import Mistake, Span

if TYPE_CHECKING:
    from netinspect.catalogue.entry import Entry, Result, Weight
    from netinspect.language import syntax
    from netinspect.network.network import Operand, Types, Value


class Poisoned(Exception):
    """An expression touches the result of a line that already failed; nothing more is reported."""


class Refused(Exception):
    """The network would be too large (E501) or never end (E503); nothing more of it is elaborated."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.diagnostic = mistake.diagnostic


class Unknown(Exception):
    """While steps are counted before elaboration: a number depends on a tensor's shape."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerArguments:
    """What a layer is made with, checked. Lines that say the same share one, so that what it comes to is kept by it."""

    by_name: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BoundLayer:
    """Checked constructor arguments, and where each was written. `order`: what the values without names were taken
    for."""

    arguments: LayerArguments
    spans: Mapping[str, Span]
    order: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What a call comes to, whichever line makes it: the reported result, the constructor's arguments with the
    inferred ones among them, and the types of the outputs."""

    result: Result
    arguments: LayerArguments
    outputs: tuple[Types, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LayerModule:
    """A layer that was made and can be called again. `tensors` are its parameters and buffers."""

    module: str
    entry: Entry
    arguments: LayerArguments
    tensors: tuple[Weight, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ScopeModule:
    """A block, sub-network or named repeat that was made and can be called again.

    `replay` elaborates it again: `replay(context, path, inputs, span) -> LineResult`.
    """

    module: str
    replay: Any


Module = LayerModule | ScopeModule


@dataclass(slots=True, eq=False)
class LineResult:
    """The result of a line.

    value    its tensor, or a tuple of tensors for functions that give a list
    outputs  further outputs by name (`h_n`)
    names    the lines inside a sub-network or block
    steps    the results of a repeat's turns
    module   what can be called again
    kind     the type's or function's name, for messages
    """

    value: Value | tuple[Value, ...]
    span: Span
    outputs: Mapping[str, Value | tuple[Value, ...]] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Any, ...] | None = None
    module: Module | None = None
    kind: str = ""


class _Poison:
    """The result of a line that failed."""

    def __repr__(self) -> str:
        return "POISON"


POISON: Final = _Poison()


@dataclass(frozen=True, slots=True)
class Opaque:
    """The result of a line while steps are counted: nothing is known of it but how many steps it takes."""

    steps: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class TypeRef:
    """A layer type or one of the spec's blocks, as a value: `act: GELU`, `block: Bottleneck`."""

    name: str
    target: Entry | syntax.Block

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class ShapeOf:
    """`x.shape`: its sizes become Extents one at a time."""

    value: Value

    def at(self, batch: int) -> tuple[int, ...]:
        """The sizes at one of the three batch sizes."""
        return self.value.types[batch].shape


@dataclass(frozen=True, slots=True)
class BoundCall:
    """Operands of a call, one per forward argument, and where each was written."""

    operands: tuple[Operand, ...]
    spans: Mapping[str, Span]
