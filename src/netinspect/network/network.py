"""What a spec means: the flat, ordered list of calls, and the tree of scopes they stand in.

Sizes are known for three batch sizes at once: 2 and 3, by which the batch axis shows itself, and the one
that is reported. `Extent` is a number that a spec reads off a tensor's shape; it keeps its origin, so that
the torch model can read it off the real tensor.

No Value and no Call is changed once it is made; that they are not frozen lets a hundred thousand of them be made in
half the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from netinspect.errors import Span

if TYPE_CHECKING:
    from netinspect.catalogue.entry import Entry, Result, TensorType

PROBES: Final = (2, 3)
"""The batch sizes every network is elaborated with, beside the reported one (index -1)."""

Types: TypeAlias = "tuple[TensorType, TensorType, TensorType]"
"""A tensor's type at batch 2, batch 3 and the reported batch size."""


@dataclass(slots=True, eq=False)
class Value:
    """A tensor of the network. `origin` is the path of the line that makes it: `input`, `conv1`, `lstm.h_n`.

    `home` is the scope whose list defines it (an input of the network: the root). `index` says which output
    of its call it is. `span` is the place of that line.
    """

    types: Types
    origin: str
    home: Scope = field(repr=False)
    index: int = 0
    span: Span | None = None

    @property
    def type(self) -> TensorType:
        """At the reported batch size."""
        return self.types[-1]

    @property
    def batch_axes(self) -> tuple[int, ...]:
        """The axes whose size follows the batch."""
        three = self.types[1].shape
        return tuple([axis for axis, size in enumerate(self.types[0].shape) if size != three[axis]])

    @property
    def batch_sizes(self) -> tuple[str, ...]:
        """How the size of each of `batch_axes` follows the batch N: `N`, `100N` where it is folded in, `N+1`, `N²`."""
        two, three = self.types[0].shape, self.types[1].shape
        return tuple(
            [
                "N" if (two[axis], three[axis]) == PROBES else _following(two[axis], three[axis])
                for axis in self.batch_axes
            ]
        )

    @property
    def sizes(self) -> str:
        """`6×28×28`, as `sizes_beside_batch` writes them."""
        return sizes_beside_batch(self.type.shape, self.batch_axes, self.batch_sizes)


def sizes_beside_batch(shape: tuple[int, ...], batch_axes: tuple[int, ...], batch_sizes: tuple[str, ...]) -> str:
    """A tensor's sizes with a leading batch axis left out, any other written as `N`, one that it is folded into `100N`;
    `1` where nothing is left."""
    batch = dict(zip(batch_axes, batch_sizes, strict=True))
    texts = [batch.get(axis) or str(size) for axis, size in enumerate(shape)]
    return "×".join(texts[1:] if batch.get(0) == "N" else texts) or "1"


def _following(two: int, three: int) -> str:
    """A size that is `two` for the first of `PROBES` and `three` for the second."""
    first, second = PROBES
    if two * second**2 == three * first**2:
        return f"{two // first**2 if two != first**2 else ''}N²"
    each = three - two
    rest = two - first * each
    return f"{each if each != 1 else ''}N{f'{rest:+}' if rest else ''}"


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """A whole number that comes from a shape, with its values at the three batch sizes.

    operator "size": operands are (Value, axis). Otherwise an operator or function of the language
    (`+ - * / // % **`, `neg min max int round ceil floor sqrt make_divisible`) over Extents and plain numbers.
    """

    values: tuple[int | float, int | float, int | float]
    operator: str
    operands: tuple[Any, ...]

    @property
    def varies(self) -> bool:
        """Whether it follows the batch size."""
        return self.values[0] != self.values[1]


Operand = Any
"""What a call is given: Value, Extent, int, float, bool, str, None, or tuples of these."""


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """An nn.Parameter of a scope's own. `key` is its state-dict name; init is zeros, ones or normal(0, std).

    One that is frozen takes no gradient.
    """

    key: str
    name: str
    shape: tuple[int, ...]
    init: str
    std: float | None
    frozen: bool
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Buffer:
    """A buffer of a scope's own, which is not learned. `key` is its state-dict name. `values` are its numbers in order,
    or a `formula` makes it: calls without an input, made once. Without both it begins with zeros."""

    key: str
    name: str
    type: TensorType
    values: tuple[int | float, ...] | None
    persistent: bool
    value: Value
    formula: Scope | None = None


@dataclass(slots=True, eq=False)
class Call:
    """One use of a layer or function.

    path       unique among calls: `layer1.0.conv1`; functions have one too (`layer1.0.add`)
    module     the state-dict prefix of the layer's weights; None for functions. Where a layer is called
               again, `path` is the new line's and `module` stays the first one's.
    again      whether the module was called before (its parameters are shared)
    arguments  the constructor's, resolved, inferred ones included
    forward    operands of the call, one per `entry.forward` argument, in order (a variadic one a tuple)
    inputs     the tensors among them, in order
    outputs    one Value per output
    result     at the reported batch size
    """

    path: str
    module: str | None
    again: bool
    entry: Entry = field(repr=False)
    arguments: dict[str, Any]
    forward: tuple[Operand, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    result: Result
    scope: Scope = field(repr=False)
    span: Span


@dataclass(slots=True, eq=False)
class Scope:
    """One use of a list of layers: the root, a sub-network, a block, or the container of a named repeat.

    path       unique among uses; "" for the root
    module     state-dict prefix; differs from `path` where the scope is called again
    title      the block's name (`BasicBlock`), or None for a plain list
    again      whether the module was called before
    arguments  of a block: the values of its parameters by name, a type as a TypeRef
    inputs     the values it is called with, in the order of its own inputs
    input_names  what a block calls them, as far as it names them; of its `*rest` each is `rest[0]`, `rest[1]` …
    items      calls and inner scopes in order; a spliced repeat's items stand here themselves
    results    what its list gives: its bare output first (several for a root with `outputs`)
    """

    path: str
    module: str
    title: str | None
    again: bool
    parent: Scope | None = field(repr=False)
    span: Span
    inputs: tuple[Value, ...] = ()
    input_names: tuple[str, ...] = ()
    items: list[Call | Scope] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)
    results: tuple[Value, ...] = ()
    is_repeat: bool = False
    arguments: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def tensors(self) -> tuple[Parameter | Buffer, ...]:
        """Its own parameters and buffers, in the order of the state dict."""
        return (*self.parameters, *self.buffers)

    def walk(self) -> Iterator[Scope]:
        """This scope and all inside it, outer ones first, in the order of their lines."""
        yield self
        for item in self.items:
            if isinstance(item, Scope):
                yield from item.walk()


@dataclass(frozen=True, slots=True, eq=False)
class NetworkInput:
    """An input of the network. `axes` are names for drawing; `high` bounds whole-number inputs."""

    name: str
    value: Value
    axes: tuple[str, ...]
    high: int | None
    preprocess: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Labels:
    """What the numbers along one axis of an output stand for: each has a name, or is a point on a scale in `unit`.

    Numbers with names and a `unit` are measures, those without one classes.
    """

    axis: int
    names: tuple[str, ...] = ()
    points: tuple[float, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A whole network.

    ties    a parameter's state-dict key to the key whose parameter it is, and which is tied to no other
    frozen  paths of modules or parameters
    vars    the values of the spec's vars by name, those of a variant or of `--set` where they differ
    labels  what the numbers of outputs stand for, by the output's name, where the spec says it
    notes   what was switched off, for the reader
    """

    name: str
    source: str
    variant: str | None
    batch_size: int
    inputs: tuple[NetworkInput, ...]
    root: Scope
    calls: tuple[Call, ...]
    outputs: tuple[tuple[str, Value], ...]
    ties: dict[str, str]
    frozen: tuple[str, ...]
    expect: Any
    budget: Any
    results: dict[str, float | int | str]
    vars: dict[str, Any] = field(default_factory=dict, repr=False)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def makers(self) -> dict[Value, Call]:
        """By value the call that gives it; the network's inputs are given by none."""
        return {value: call for call in self.calls for value in call.outputs}


PLAIN_LIST: Final = "Layers"
"""The class name of a sub-network that is no block."""


def class_name(scope: Scope, network: Network) -> str:
    """The name of a scope's class in torch: its block's, or for the root the network's, its words joined. A network
    without a name has its file's, without folder and ending."""
    if scope.parent is not None:
        return scope.title or PLAIN_LIST
    is_named = network.name != network.source
    return class_word(network.name if is_named else PurePath(network.source).stem)


def class_word(title: str) -> str:
    """A title as the name of a class in Python: `ToyNet` for `toy-net`."""
    words = re.split(r"[\W_]+", title, flags=re.ASCII)
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name.isidentifier() and not iskeyword(name) else f"Net{name}"


def join(prefix: str, name: str) -> str:
    """A dotted path."""
    return f"{prefix}.{name}" if prefix else name


def prefixes(path: str) -> list[str]:
    """`a`, `a.b` and `a.b.c` for `a.b.c`."""
    parts = path.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def stands_in(module: str | None, scope: Scope) -> bool:
    """Whether a state-dict prefix is that of a module right inside the scope's own."""
    return module is not None and module.rpartition(".")[0] == scope.module


def values_in(operand: Any) -> Iterator[Value]:
    """Every value an operand needs, those whose shape is read among them."""
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, Extent):
        yield from values_in(operand.operands)
    elif isinstance(operand, tuple):
        for item in operand:
            yield from values_in(item)


# --- a network's scopes in the order of their lines ----------------------------------------------


Item = Call | Parameter | Buffer


def items(scope: Scope) -> Iterator[tuple[Item, Scope]]:
    """Every call, own parameter and own buffer below `scope` with the scope it stands in; its tensors come first."""
    for tensor in scope.tensors:
        yield tensor, scope
    for item in scope.items:
        if isinstance(item, Scope):
            yield from items(item)
        else:
            yield item, scope


def parameter_path(parameter: Parameter | Buffer, scope: Scope) -> str:
    """The path of a scope's own parameter or buffer: `encoder.pos_embedding`."""
    return f"{scope.path}.{parameter.name}" if scope.path else parameter.name


def origins(network: Network) -> dict[Value, str]:
    """Where each tensor comes from: a call's path (`lstm.h_n` for a further output), a parameter's, an input's name."""
    alone = len(network.inputs) == 1
    names = {network_input.value: "input" if alone else network_input.name for network_input in network.inputs}
    for item, scope in items(network.root):
        if isinstance(item, Parameter | Buffer):
            names[item.value] = parameter_path(item, scope)
        else:
            for index, value in enumerate(item.outputs):
                names[value] = item.path + item.entry.output_suffix(index)
    return names
