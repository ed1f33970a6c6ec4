"""The values of torch code while it is read: numbers that keep their arithmetic, modules, and tensors without data.

Every number is known and carries the words it was written with, so that `Linear(hidden_dim * 2, classes)` can be
followed like any program and still be written down as its author wrote it.
"""

from __future__ import annotations

import ast
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from netinspect.catalogue import LAYERS

Value: TypeAlias = object
"""A Scalar, Shape, Tensor, Module, Torch name, function, class, or a list, tuple or dict of them."""

Argument: TypeAlias = tuple[str | None, Value]
"""An argument of a call: its name, or None where it has none, and its value."""


class Untold(Exception):
    """The text holds what cannot be told without running it; an argument says why."""


class OtherAxes(Untold):
    """Axes do not stand as they were assumed to: time comes before the batch."""


# --- numbers, words and truth values -------------------------------------------------------------


class _Unknown:
    """The value of a size, which is known when the network has an input."""


UNKNOWN: Final = _Unknown()

ATOM: Final = 9
UNARY: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A number, text, truth value or None.

    parts    its words in a spec; where a Tensor stands, its name will stand
    value    UNKNOWN where sizes of tensors are in it
    binding  how strongly its outermost operator binds, ATOM if there is none
    scope    the Instance whose constructor parameters are among the words; None if there are none
    counted  whether it comes from a loop, so that its words are worth nothing
    """

    parts: tuple[str | Tensor, ...]
    value: object
    binding: int = ATOM
    scope: Instance | None = None
    counted: bool = False

    @property
    def is_literal(self) -> bool:
        """Whether it is written without any name."""
        return self.scope is None and not any(
            isinstance(part, Tensor) or any(character.isalpha() for character in part) for part in self.parts
        )


def literal(value: object, *, counted: bool = False) -> Scalar:
    """A value that is written as itself."""
    negative = isinstance(value, int | float) and not isinstance(value, bool) and value < 0
    return Scalar((repr(value),), value, UNARY if negative else ATOM, counted=counted)


NONE: Final = literal(None)


def known(value: Value) -> object:
    """The plain value of a Scalar that must be known by now."""
    if not isinstance(value, Scalar) or value.value is UNKNOWN:
        raise Untold
    return value.value


def whole_number(value: Value) -> int:
    """The plain value of a whole number."""
    number = known(value)
    if not isinstance(number, int):
        raise Untold
    return number


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """Something that no network needs: a data loader, a device. Whatever uses it in a network is Untold."""


# --- Python --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Torch:
    """A name of a library, by its full path: `torch.nn.Conv2d`."""

    path: str

    @property
    def name(self) -> str:
        return self.path.rsplit(".", 1)[-1]


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the text with the names around it, and the defaults of its parameters."""

    node: ast.FunctionDef | ast.Lambda
    around: MutableMapping[str, Value]
    static: bool = False
    defaults: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the text. `bases` are Class or Torch."""

    name: str
    bases: tuple[Value, ...]
    members: dict[str, Value]
    fields: tuple[str, ...]

    def member(self, name: str) -> Value | None:
        """A method or value of the class or of the nearest base that has it."""
        if name in self.members:
            return self.members[name]
        for base in self.bases:
            if isinstance(base, Class) and (inherited := base.member(name)) is not None:
                return inherited
        return None

    def definer(self, name: str) -> Class | None:
        """The class that defines a member: this one or one above it."""
        if name in self.members:
            return self
        definers = (base.definer(name) for base in self.bases if isinstance(base, Class))
        return next((definer for definer in definers if definer is not None), None)

    def derives_from(self, *names: str) -> bool:
        """Whether one of these classes of torch is among the classes above it."""
        return any(
            base.name in names if isinstance(base, Torch) else isinstance(base, Class) and base.derives_from(*names)
            for base in self.bases
        )

    @property
    def is_module(self) -> bool:
        return self.derives_from("Module", "Sequential", "ModuleList", "ModuleDict", "LightningModule")


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """What stands behind the dot, with what stands before it: `x.view`, `layers.append`, `self.forward`."""

    owner: Value
    name: str
    function: Function | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """`super()` in a method of `owner` that stands in the class `above`."""

    owner: Instance
    above: Class


# --- modules -------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Place:
    """Where a module stands: the module that owns it, and its name there."""

    owner: Instance | Container
    name: str


@dataclass(eq=False, slots=True)
class Layer:
    """A layer of torch.nn with the arguments of its constructor. `always`: a dropout that works in use, too."""

    kind: str
    arguments: list[Argument]
    place: Place | None = None
    in_place: bool = False
    always: bool = False

    @property
    def has_weights(self) -> bool:
        """Whether a checkpoint may hold something of it, so that its name matters."""
        return LAYERS[self.kind].family not in WEIGHTLESS or self.kind == "PReLU"

    def argument(self, name: str) -> Value | None:
        """An argument by torch's name, None if it is left out."""
        names = [argument.name for argument in LAYERS[self.kind].arguments]
        for place, (written, value) in enumerate(self.arguments):
            if written == name or (written is None and place < len(names) and names[place] == name):
                return value
        return None


WEIGHTLESS: Final = frozenset({"activation", "pooling", "adaptive_pooling", "padding", "dropout", "shaping"})
"""Families of layers that keep nothing in a state dict, with the exception of PReLU."""


@dataclass(eq=False, slots=True)
class Container:
    """A Sequential, ModuleList or ModuleDict."""

    kind: str
    children: dict[str, Module] = field(default_factory=dict)
    place: Place | None = None

    def add(self, name: str, module: Value) -> None:
        """One more child; a module that has its place elsewhere too is shared, which a spec has no words for."""
        if not isinstance(module, Layer | Container | Instance):
            raise Untold
        if module.place is not None and carries_weights(module):
            raise Untold
        if module.place is None:
            module.place = Place(self, name)
        self.children[name] = module


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the text.

    arguments   of its constructor, as they were given or by default, in the words of the caller
    attributes  what its constructor put into `self`
    steps       what its forward does, once it was followed
    inputs      of its forward
    result      of its forward
    """

    kind: Class
    arguments: dict[str, Value] = field(default_factory=dict)
    attributes: dict[str, Value] = field(default_factory=dict)
    defaults: dict[str, Value] = field(default_factory=dict)
    children: Container | None = None
    place: Place | None = None
    steps: list[Step] | None = None
    inputs: list[Tensor] = field(default_factory=list)
    result: Value = None


Module: TypeAlias = "Layer | Container | Instance"


def carries_weights(module: Module) -> bool:
    """Whether a state dict holds anything of a module."""
    if isinstance(module, Layer):
        return module.has_weights
    if isinstance(module, Container):
        return any(carries_weights(child) for child in module.children.values())
    values = [*module.attributes.values(), *(module.children.children.values() if module.children else ())]
    return any(
        carries_weights(value) if isinstance(value, Layer | Container | Instance) else isinstance(value, Parameter)
        for value in values
    )


# --- tensors -------------------------------------------------------------------------------------

Axes: TypeAlias = str
"""How the axes of a tensor stand in the code: the batch first, as in a spec ("batch"); time before it ("time"); no
batch ("lone"); time and batch as one axis ("merged"); "any" where no axis is the batch for certain, and "lost" where a
spec has nothing to set against it."""


@dataclass(eq=False, slots=True)
class Parameter:
    """An `nn.Parameter`: its sizes and how it begins."""

    shape: tuple[Scalar, ...]
    init: str
    std: float | None
    name: str | None = None


@dataclass(eq=False, slots=True)
class Input:
    """An input of a forward, by its name in the code."""

    name: str


@dataclass(eq=False, slots=True)
class Step:
    """One call in a forward.

    called      the module, or the name of a function of the catalogue; an operator stands for itself
    arguments   tensors among them, as the function takes them
    variable    the name that the code gives to the result, None if it has none
    """

    called: Module | str
    arguments: list[Argument]
    variable: str | None = None


@dataclass(eq=False, slots=True)
class Memory:
    """What a tensor and its views lie in.

    changed  whether a step has worked on it in place
    through  the tensor that shows what it holds since then; None where it is one of a module that it was given to
    """

    changed: bool = False
    through: Tensor | None = None


@dataclass(eq=False, slots=True)
class Tensor:
    """A result of a step, an input or a parameter.

    path    which output of the step it is: "", ".h_n", "[1]"
    rank    the number of its axes, None where it is not known
    memory  which other names of the same numbers share
    """

    source: Step | Input | Parameter
    path: str = ""
    axes: Axes = "batch"
    rank: int | None = None
    memory: Memory = field(default_factory=Memory)

    @property
    def is_stale(self) -> bool:
        """Whether its numbers were changed under another name, so that it is not what its step gave any more."""
        return self.memory.changed and self.memory.through is not self


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """`x.shape`, or the sizes from `start` to `stop` of it."""

    tensor: Tensor
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """A result that is a list of tensors, as that of `chunk`."""

    step: Step
    axes: Axes
    rank: int | None
    memory: Memory


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A tensor of numbers that do not matter, `torch.randn(1, 3, 32, 32)`; `high` for whole numbers below it.

    std is that of its values: 0.0 for constants.
    """

    shape: tuple[Scalar, ...]
    maker: str
    high: Scalar | None = None
    std: float = 1.0


FLAT: Final = Opaque()
"""The number of all features of a tensor, as the method `num_flat_features` of torch's tutorial counts it."""


def outline(inputs: list[Tensor], steps: list[Step], result: Value) -> object:
    """What a forward does: equal for two calls of a module that compute the same of their inputs."""
    sources = {id(source): number for number, source in enumerate([*(tensor.source for tensor in inputs), *steps])}

    def plain(value: Value) -> object:
        match value:
            case Tensor(source=source, path=path):
                return "tensor", sources.get(id(source), id(source)), path
            case Scalar(parts=parts, value=number):
                return "number", tuple(map(plain, parts)), repr(number)
            case Shape(tensor=tensor, start=start, stop=stop):
                return "shape", plain(tensor), start, stop
            case slice(start=start, stop=stop, step=step):
                return "slice", plain(start), plain(stop), plain(step)
            case list() | tuple():
                return tuple(map(plain, value))
            case dict():
                return tuple((key, plain(item)) for key, item in value.items())
            case str() | None:
                return value
            case _:
                return id(value)

    calls = [
        (
            (step.called.kind, plain(step.called.arguments))
            if isinstance(step.called, Layer) and not step.called.has_weights
            else plain(step.called),
            plain(step.arguments),
        )
        for step in steps
    ]
    return calls, plain(result)


def tensors_in(value: Value) -> list[Tensor]:
    """All tensors in a value, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Scalar):
        return [part for part in value.parts if isinstance(part, Tensor)]
    if isinstance(value, Shape):
        return [value.tensor]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, slice):
        value = [value.start, value.stop, value.step]
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in tensors_in(item)]
    return []


def truth(value: Value) -> bool:
    """Whether a condition holds; Untold where only data or sizes can tell."""
    if isinstance(value, Scalar):
        return bool(known(value))
    if isinstance(value, list | tuple | dict):
        return bool(value)
    if isinstance(value, Layer | Instance | Class | Torch):
        return True
    if isinstance(value, Container):
        return bool(value.children)
    raise Untold
