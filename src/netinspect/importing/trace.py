"""What running a model leaves behind: its modules, and every call that was made, as plain data.

One run is a tree: a ModuleCall holds the calls that were made inside it. Several runs, with other batch sizes and
lengths, are merged: a number that differs between them has to say which sizes it was worked out from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from netinspect.errors import InputError, NetinspectError


class NotImported(NetinspectError):
    """A spec cannot say what a model does, or none was proven to be the same network.

    `path` is the module where it was met, `place` the file and line of its author's code; "" where there is none.
    """

    exit_code = 1

    def __init__(self, message: str, *, path: str = "", place: str = "") -> None:
        super().__init__(message)
        self.message, self.path, self.place = message, path, place

    def __str__(self) -> str:
        module = f"`{self.path}`" if self.path else "the model"
        place = f" ({self.place})" if self.place else ""
        return f"{module} cannot be written as a spec: {self.message}{place}"


class ReadBefore(NotImported):
    """A weight is read on a line above the one that calls its layer. `layer` is the layer's path."""

    def __init__(self, message: str, *, layer: str, path: str, place: str) -> None:
        super().__init__(message, path=path, place=place)
        self.layer = layer


class ModelFailed(InputError):
    """The model raised on its inputs, after the calls of `partial`; None where the runs before cannot be merged.

    `way` has the files and lines of its author's code that led there, the last one first.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.way: tuple[tuple[str, int], ...] = ()
        self.partial: Trace | None = None


class SizeOf(NamedTuple):
    """The size of an axis of a tensor, named by its number."""

    tensor: int
    axis: int


class Arithmetic(NamedTuple):
    """A number worked out from others by an operator of Python."""

    operator: str
    operands: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number that was read off a shape, or worked out from such. `values` are those of the runs."""

    values: tuple[int, ...]
    origin: SizeOf | Arithmetic


@dataclass(frozen=True, slots=True)
class Reference:
    """A tensor as an operand, by its number."""

    tensor: int


@dataclass(frozen=True, slots=True)
class TracedTensor:
    """A tensor that was met. `shapes` are those of the runs.

    source  "input", "parameter", "buffer" or "constant", or "call" for what a call gives; `name` is the input's name or
            the state-dict path, of a constant a variable of the author's
    values  of a constant and of a buffer that is in no state dict, as nested lists, unless they are very many
    """

    number: int
    shapes: tuple[tuple[int, ...], ...]
    dtype: str
    source: str
    name: str = ""
    values: Any = None

    @property
    def is_constant(self) -> bool:
        """Whether neither an input nor what the state dict holds decides it."""
        return self.source == "constant" or self.values is not None


@dataclass(slots=True)
class FunctionCall:
    """A call of a torch function or of a tensor's method. `function` is its name without underscores: `add`, `getitem`.

    results  the numbers of the tensors it gave, with their places in what torch returned: ((), 7) is the whole
    place    the file and line of the caller
    author   the variable to which the result was assigned there, or None
    """

    function: str
    operands: tuple[Any, ...]
    named: dict[str, Any]
    results: tuple[tuple[tuple[int | str, ...], int], ...]
    place: str
    author: str | None = None


@dataclass(slots=True)
class ModuleCall:
    """A call of a module, with the calls made inside it; a layer of the catalogue is not looked into."""

    path: str
    operands: tuple[Any, ...]
    named: dict[str, Any]
    results: tuple[tuple[tuple[int | str, ...], int], ...]
    place: str
    author: str | None = None
    items: tuple[FunctionCall | ModuleCall, ...] = ()

    def walk(self) -> Iterator[FunctionCall | ModuleCall]:
        """This call and all inside it, in the order in which they began."""
        yield self
        for item in self.items:
            if isinstance(item, ModuleCall):
                yield from item.walk()
            else:
                yield item


@dataclass(frozen=True, slots=True)
class TracedModule:
    """A module of the model.

    layer       the catalogue's name for it, with its constructor's `arguments`; None for a class of the author's
    base        the layer of the catalogue whose class it extends, with the arguments it was made with
    container   "Sequential", "ModuleList" or "ModuleDict", or ""
    tensors     its parameters and buffers, without those of its children: (name, shape, dtype, kind), kind "parameter",
                "frozen", "buffer" or "unsaved"
    contents    the numbers of its buffers "buffer" that are not all zero, where there are not too many
    begins      of its parameters the one number that they begin with, or None and their standard deviation
    settings    its attributes that are plain numbers, words or flags, to name a block's parameters by
    signature   the names of its `forward`'s arguments
    """

    path: str
    class_name: str
    children: tuple[str, ...]
    layer: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    base: str | None = None
    base_arguments: dict[str, Any] = field(default_factory=dict)
    container: str = ""
    tensors: tuple[tuple[str, tuple[int, ...], str, str], ...] = ()
    contents: dict[str, Any] = field(default_factory=dict)
    begins: dict[str, tuple[float | None, float]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    signature: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelInput:
    """An input of the model, without its batch. `high` bounds whole numbers, which are word ids and the like;
    `is_example`: it is only what an example came to. `axes` are the names of the sizes, if they have some."""

    name: str
    tensor: int
    shape: tuple[int, ...]
    dtype: str
    high: int | None = None
    is_example: bool = False
    axes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that is known of a model: its modules by path, and one call of it that holds for every run. `left_out`
    says which of its outputs are no tensors: "`loss` (float)"; `other_steps`, on which other sizes the model does what
    this call does not say."""

    inputs: tuple[ModelInput, ...]
    modules: dict[str, TracedModule]
    tensors: dict[int, TracedTensor]
    call: ModuleCall
    ties: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    other_steps: tuple[str, ...] = ()
