"""What stands between a call and a line of a spec: lists of lines without a text yet, and the tensors they pass on."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from netinspect.catalogue.entry import Entry
from netinspect.importing.nodes import NOWHERE
from netinspect.importing.trace import (
    FunctionCall,
    ModuleCall,
    Number,
    Reference,
    SizeOf,
    Trace,
    TracedModule,
    TracedTensor,
)
from netinspect.language import syntax
from netinspect.language.names import name_mistake


@dataclass(slots=True, eq=False)
class Instance:
    """A layer or block with its arguments by name; those that are not there have their defaults. `passes` are the
    places of the inputs that it gives as they are, by the names of its outputs."""

    type: Entry | Any
    arguments: dict[str, Any]
    passes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class LayerList:
    """The lines that a module's call came to. `inputs` are their names; () where there is one, `input`. `rest` is the
    name of the list of all further ones.

    shapes    of the inputs, None for a size that differs between the runs, to find sizes that follow from them
    settings  the module's own attributes, to name parameters by
    unnamed   the names of lines that the author did not give
    is_called_again  by a later line, which says its inputs too
    """

    class_name: str
    path: str
    inputs: tuple[str, ...] = ()
    parameters: tuple[syntax.Parameter, ...] = ()
    buffers: tuple[syntax.Buffer, ...] = ()
    entries: list[LayerLine] = field(default_factory=list)
    outputs: tuple[syntax.Output, ...] = ()
    rest: str | None = None
    shapes: tuple[tuple[int | None, ...], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    vars: tuple[syntax.Variable, ...] = ()
    unnamed: set[str] = field(default_factory=set)
    is_called_again: bool = False


@dataclass(slots=True, eq=False)
class LayerLine:
    """One line of a list: `name(arguments): unit`. `shape` is that of its bare output, None for a size that differs
    between the runs.

    `usual` is the author's name for what a line without a name gives. `condition` is under which it is there;
    `is_replaced`: an Identity stands for it where it is not, or the value `instead`. `run`: it stands for several
    lines, and `name` is what their names have in common.
    """

    name: str | None
    arguments: tuple[syntax.Argument, ...] | None
    unit: LayerList | Instance | syntax.Expression
    shape: tuple[int | None, ...] | None = None
    condition: Any = None
    is_replaced: bool = False
    run: Run | None = None
    instead: Any = None
    usual: str | None = None


@dataclass(slots=True, eq=False)
class Run:
    """`count` lines that are one but for the number in their names, which begins at `start`; 0 without names.

    `is_dense`: each reads what all of them before it have given.
    """

    start: int
    count: Any
    is_dense: bool = False


@dataclass(slots=True, eq=False)
class Item:
    """A call that will be a line, or a list of such.

    key      the layer's name, or None for a position, and for a function
    gives    the tensors that it makes, each with the words behind the line's name that lead to it
    name     the name it gets: its key, or one that is made up where another line needs it
    needs_key  a position that is written as its key, in quotes: it is called again, or is another than that of the line
    alias    the name of a line of its own behind it, `- name: prev`, where a layer that has a position needs one
    """

    call: FunctionCall | ModuleCall | None
    key: str | None
    reads: tuple[int, ...]
    gives: dict[int, tuple[str | int, ...]]
    items: list[Item] = field(default_factory=list)
    source: int | None = None
    body: LayerList | None = None
    inputs: tuple[int, ...] = ()
    name: str | None = None
    alias: str | None = None
    is_layer: bool = False
    is_again: bool = False
    needs_key: bool = False


def flat(items: Sequence[Item]) -> Iterator[Item]:
    """Every item that is a line, those inside lists among them, in order."""
    for item in items:
        if item.items:
            yield from flat(item.items)
        else:
            yield item


def last_gives(items: Sequence[Item], source: int | None) -> set[int]:
    """What `prev` is behind a list: the last line's bare output."""
    for item in reversed(items):
        if item.items:
            return last_gives(item.items, item.source)
        bare = {number for number, words in item.gives.items() if words == ()}
        if item.source is not None and not item.gives:
            return {item.source}
        return bare
    return set() if source is None else {source}


def usable(name: str, taken: set[str]) -> str:
    """A name of the language like this one that is not taken yet, `Up2` or `x_2`; takes it."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII).lstrip("0123456789") or "x"
    between = "" if plain[0].isupper() and plain[-1].isalpha() else "_"
    candidate, number = plain, 1
    while candidate in taken or name_mistake(candidate, NOWHERE) is not None:
        number += 1
        candidate = f"{plain}{between}{number}" if number > 2 or plain in taken else f"{plain}_"
    taken.add(candidate)
    return candidate


class Values:
    """The tensors of a trace, where those that are the same value have one number. `moved` are copies in another order
    in memory, of which `view` is `reshape` of the original."""

    def __init__(self, trace: Trace) -> None:
        self.tensors = trace.tensors
        self.tied: dict[str, list[str]] = {}
        for other, name in trace.ties:
            self.tied.setdefault(name, []).append(other)
        self.same: dict[int, int] = {}
        self.moved: set[int] = set()

    def fixed_shape(self, number: int) -> tuple[int | None, ...]:
        """The shape of a tensor, with None for each size that is another one in another run."""
        sizes = zip(*self.tensors[number].shapes, strict=True)
        return tuple(size[0] if len(set(size)) == 1 else None for size in sizes)

    def name_in(self, path: str, tensor: TracedTensor) -> str | None:
        """The state-dict path of a parameter or buffer inside a module, which may be a tied one; None where it is not
        there."""
        names = (tensor.name, *self.tied.get(tensor.name, ()))
        return next((name for name in names if name.startswith(f"{path}." if path else "")), None)

    def number(self, tensor: int) -> int:
        """The tensor that this one is the same as."""
        while tensor in self.same:
            tensor = self.same[tensor]
        return tensor

    def reads(self, value: Any) -> Iterator[int]:
        """The tensors in an operand, those whose sizes are used among them."""
        if isinstance(value, Reference):
            yield self.number(value.tensor)
        elif isinstance(value, Number):
            yield from self._sizes(value)
        elif isinstance(value, dict):
            for item in value.values():
                yield from self.reads(item)
        elif isinstance(value, tuple):
            for item in value:
                yield from self.reads(item)
        elif isinstance(value, slice):
            yield from self.reads((value.start, value.stop, value.step))

    def _sizes(self, value: Any) -> Iterator[int]:
        if isinstance(value, Number):
            if isinstance(value.origin, SizeOf):
                yield self.number(value.origin.tensor)
            else:
                for operand in value.origin.operands:
                    yield from self._sizes(operand)


def with_what_is_read(values: Values, call: ModuleCall, modules: Mapping[str, TracedModule]) -> ModuleCall:
    """The call of a model in which each module inside gives what is read outside it.

    Results that nobody reads of a module of its class, or that each was given, are gone; a tensor made inside of which
    the size is used outside is one more.
    """
    made_at: dict[int, int] = {}
    read: dict[int, int] = dict.fromkeys((values.number(number) for _, number in call.results), sys.maxsize)
    place, spans = 0, dict[int, tuple[int, int]]()

    def look(item: FunctionCall | ModuleCall) -> None:
        nonlocal place
        start = place
        if isinstance(item, ModuleCall) and item.items:
            for inner in item.items:
                look(inner)
        else:
            place += 1
            for number in values.reads((item.operands, item.named)):
                read[number] = max(read.get(number, 0), place)
            made_at.update((number, place) for _, number in item.results if number not in made_at)
        spans[id(item)] = start, place

    def changed(item: ModuleCall) -> ModuleCall:
        start, end = spans[id(item)]
        items = tuple(
            changed(inner) if isinstance(inner, ModuleCall) and inner.items else inner for inner in item.items
        )
        results = tuple(result for result in item.results if (group(item), result[0]) in read_places)
        results = results or item.results[:1]
        numbers = {number for _, number in results}
        inside = order[bisect_right(places, start) : bisect_right(places, end)]
        further = [number for number in inside if read.get(number, 0) > end and number not in numbers]
        return replace(item, items=items, results=(*results, *(((), number) for number in further)))

    def group(item: ModuleCall) -> str:
        """Modules that give the same: of one class, so that they are one block; also those called twice."""
        module = modules[item.path]
        return item.path if module.container else module.class_name

    look(call)
    read_places = {
        (group(item), place)
        for item in call.walk()
        if isinstance(item, ModuleCall) and id(item) in spans
        for place, number in item.results
        if read.get(number, 0) > spans[id(item)][1] and number not in values.reads((item.operands, item.named))
    }
    order, places = list(made_at), list(made_at.values())
    return replace(call, items=changed(call).items)


# --- functions -------------------------------------------------------------------------------

_SAME: Final = {
    "bitwise_not": "logical_not", "bitwise_and": "logical_and", "bitwise_or": "logical_or", "invert": "logical_not",
    "and": "logical_and", "or": "logical_or", "floordiv": "floor_divide", "clip": "clamp", "vector_norm": "norm",
    "adaptive_avg_pool2d": "adaptive_avg_pool2d", "_adaptive_avg_pool2d": "adaptive_avg_pool2d", "concat": "cat",
    "concatenate": "cat", "absolute": "abs", "negative": "neg", "greater": "gt", "less": "lt",
    "_scaled_dot_product_attention": "scaled_dot_product_attention", "linalg_vector_norm": "vector_norm",
    "_weight_norm": "weight_norm", "hsplit": "split", "truediv": "div", "mod": "remainder", "xor": "logical_xor",
    "bitwise_xor": "logical_xor", "data": "detach",
}  # fmt: skip


def function_name(call: FunctionCall) -> str:
    """The catalogue's name: `add` for `add_`, `__radd__` and `__iadd__`."""
    name = call.function
    if name.startswith("__"):
        name = name.strip("_")
        name = name[1:] if name[0] in "ri" and name[1:] in _ARITHMETIC else name
    elif name.endswith("_") and not name.startswith("_"):
        name = name.rstrip("_")
    return _SAME.get(name, name)


_ARITHMETIC: Final = frozenset(
    {"add", "sub", "mul", "div", "truediv", "floordiv", "pow", "matmul", "mod", "and", "or", "xor"}
)
