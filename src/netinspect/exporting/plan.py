"""Which classes a network becomes: its scopes, each with its modules and its steps, sorted by what they have in common.

Scopes that differ in numbers alone are one class. A list in which each layer feeds the next is an nn.Sequential, and
needs a class only where it is a block that is used more than once. The turns of a repeat that is no such list stand
in the class around it, and so do those of any other list whose layers have no names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netinspect.catalogue.creation import WEIGHT
from netinspect.errors import NetinspectError
from netinspect.exporting.code import python_name, unused
from netinspect.language import syntax
from netinspect.network.interfaces import Interfaces, calls_of, interfaces
from netinspect.network.network import Call, Extent, Network, Parameter, Scope, Value, class_name, values_in
from netinspect.network.results import TypeRef
from netinspect.network.torch_calls import call_arguments, is_chain

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A module of a class: a layer, a list that is an nn.Sequential (`parts` are its modules), or an instance of
    another class (`parts` is None). `key` is its state-dict key, seen from the class or list that holds it."""

    key: str
    item: Call | Scope
    parts: tuple[Slot, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One thing that `forward` does: a call, or the use of a scope with the values it takes and gives, as they are
    called here. `module` is the state-dict prefix of what is called; None for a function."""

    item: Call | Scope
    module: str | None
    inputs: tuple[Value, ...]
    modules: tuple[str, ...]
    outputs: tuple[Value, ...]


@dataclass(slots=True, eq=False)
class Body:
    """A scope that has a class of its own: its modules, the steps of `forward`, and what goes in and out.

    modules   prefixes of layers outside it that it calls; `forward` is given them
    rest      stands for all further inputs as a list, where they are read as that; it is the last of `inputs`
    """

    scope: Scope
    name: str
    slots: tuple[Slot, ...]
    steps: tuple[Step, ...]
    inputs: tuple[Value, ...]
    modules: tuple[str, ...]
    returned: tuple[Value, ...]
    is_sequence: bool  # an nn.Sequential without a forward of its own
    rest: Value | None = None


@dataclass(slots=True, eq=False)
class Group:
    """Scopes that are instances of one class."""

    name: str
    bodies: list[Body] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Plan:
    """The classes of a network, those that others use first, and the class of each scope."""

    network: Network
    borders: Interfaces
    groups: tuple[Group, ...]
    group_of: dict[Scope, Group]


def planned(network: Network, blocks: Iterable[syntax.Block]) -> Plan:
    """The classes that `network` becomes, whose spec has these blocks. NetinspectError where a scope is called again
    and takes other steps there."""
    planner = _Planner(network, {block.name: block for block in blocks})
    planner.body(network.root)
    return Plan(network, planner.borders, planner.groups(), planner.group_of)


class _Planner:
    def __init__(self, network: Network, blocks: Mapping[str, syntax.Block]) -> None:
        self.network = network
        self.blocks = blocks
        self.borders = interfaces(network)
        self.called_again = {first for first, _ in self.borders.uses.values()}
        self.bodies: dict[Scope, Body] = {}
        self.keys: dict[Scope, Key] = {}
        self.by_key: dict[Key, Group] = {}
        self.group_of: dict[Scope, Group] = {}

    # --- what becomes of a scope -------------------------------------------------------------

    def is_list(self, scope: Scope) -> bool:
        """Whether a scope is written as nn.Sequential(…) where it stands."""
        if scope.parent is None or not is_chain(scope, self.network, self.borders):
            return False
        return scope.title is None or is_numbered(scope)

    def is_opened(self, scope: Scope) -> bool:
        """Whether the lines of a scope stand in the class around it, and its modules in an nn.ModuleList."""
        if scope.parent is None or scope.title is not None or scope.tensors or scope in self.called_again:
            return False
        modules = [item.module for item in scope.items if item.module and not item.again]
        return not scope.again and not self.is_list(scope) and all(_last(module).isdigit() for module in modules)

    def items(self, scope: Scope) -> Iterator[Call | Scope]:
        for item in scope.items:
            if isinstance(item, Scope) and self.is_opened(item):
                yield from self.items(item)
            else:
                yield item

    def body(self, scope: Scope) -> Body:
        """The class of a scope, and those of all scopes in it."""
        is_sequence = is_chain(scope, self.network, self.borders) and is_numbered(scope)
        items = tuple(self.items(scope))
        slots = tuple(self.slot(scope, item) for item in items if item.module is not None and not item.again)
        steps = tuple(self.step(item, scope) for item in items)
        border = self.borders.of[scope]
        returned = scope.results if scope.parent is None else (*scope.results[:1], *border.exports)
        if scope.parent is None:
            returned = tuple(value for _, value in self.network.outputs)
        rest, further = self.rest(scope)
        if rest is not None:
            listed = tuple(_with_list(step, further, rest) for step in steps)
            left = {value for step in listed for value in _uses(step)} | {*returned, *border.captures}
            rest = None if left.intersection(further) or outer_modules(scope) or border.captures else rest
            steps = listed if rest is not None else steps
        used = {value for step in steps for value in _uses(step)} | set(returned)
        if any(makes_tensor(item) for item in items):  # on the device of its input
            used.update(scope.inputs[:1])
        inputs = (
            scope.inputs
            if scope.parent is None
            else tuple(dict.fromkeys(value for value in scope.inputs if value in used))
        )
        if not inputs and rest is None:  # a list gives each of its modules what the one before it gave
            inputs = scope.inputs[:1]
        title = scope.title or ""
        if scope.parent is None:
            title = class_name(scope, self.network)
        elif not title:
            title = re.sub(r"(?:^|_|\W)+(\w)", lambda match: match[1].upper(), _last(scope.module))
            title = title if title.isidentifier() else f"Layers{title}"
        inputs = (*inputs, *border.captures, *([rest] if rest is not None else ()))
        body = Body(scope, title, slots, steps, inputs, outer_modules(scope), returned, is_sequence, rest)
        self.bodies[scope] = body
        kinds = [self.kind(slot) for slot in slots] if is_sequence else ()
        key: Key = (title, is_sequence, *_description(body), *kinds)
        group = self.by_key.setdefault(key, Group(title))
        group.bodies.append(body)
        self.group_of[scope] = group
        return body

    def rest(self, scope: Scope) -> tuple[Value | None, tuple[Value, ...]]:
        """A value that stands for the list of further inputs that a block takes, and those that it is here."""
        block = self.blocks.get(scope.title or "")
        if block is None or block.rest is None or len(scope.inputs) == len(block.inputs):
            return None, ()
        further = scope.inputs[len(block.inputs) :]
        return Value(further[0].types, block.rest, scope), further

    def slot(self, holder: Scope, item: Call | Scope) -> Slot:
        module = item.module or ""
        key = module[len(holder.module) + 1 :] if holder.module else module
        if isinstance(item, Call):
            return Slot(key, item)
        if self.is_list(item) and item not in self.called_again:
            parts = tuple(self.slot(item, part) for part in item.items)
            if item.title is not None:
                self.body(item)
            return Slot(key, item, parts)
        self.body(item)
        return Slot(key, item)

    def kind(self, slot: Slot) -> Key:
        """What a module is, its numbers apart."""
        if isinstance(slot.item, Call):
            return ("layer", type_name(slot.item) or slot.item.entry.name)
        if slot.parts is not None:
            return ("list", *[(part.key, self.kind(part)) for part in slot.parts])
        return ("instance", id(self.group_of[slot.item]))

    def step(self, item: Call | Scope, holder: Scope) -> Step:
        if isinstance(item, Call):
            return Step(item, item.module, item.inputs, (), item.outputs)
        if item.again and item not in self.borders.uses:
            raise NetinspectError(
                f"`{item.module or holder.module}` is called again, and takes other steps there: "
                "that cannot be written as one class"
            )
        first, pairs = self.borders.uses.get(item, (item, {}))
        border = self.borders.of[first]
        body = self.bodies.get(first)
        inputs = item.inputs
        if body is not None:  # what a scope does not use, it is not given
            within = dict(zip(first.inputs, item.inputs, strict=True))
            inputs = tuple(within[value] for value in body.inputs if value in within)
            inputs += self.rest(item)[1] if body.rest is not None else ()
        captures = tuple(pairs.get(value, value) for value in border.captures)
        outputs = tuple(pairs.get(value, value) for value in (first.results[0], *border.exports))
        return Step(item, item.module, (*inputs, *captures), outer_modules(first), outputs)

    # --- classes -----------------------------------------------------------------------------

    def groups(self) -> tuple[Group, ...]:
        """In the order of use, those that others need first; a block that is written where it stands has none."""
        while self.split():
            pass
        order: list[Group] = []

        def visit(group: Group) -> None:
            if group in order:
                return
            for body in group.bodies:
                for slot in _all_slots(body.slots):
                    if isinstance(slot.item, Scope) and slot.item in self.group_of:
                        visit(self.group_of[slot.item])
            order.append(group)

        visit(self.group_of[self.network.root])
        taken: set[str] = set()
        result = []
        for group in order:
            is_root = group.bodies[0].scope.parent is None
            if group.bodies[0].is_sequence and not is_root and self.is_written_in_place(group):
                for body in group.bodies:
                    del self.group_of[body.scope]
                continue
            result.append(group)
        for group in sorted(result, key=lambda group: group.bodies[0].scope.parent is not None):  # the root first
            group.name = unused(group.name, taken)
            taken.add(group.name)
        return tuple(result)

    def split(self) -> bool:
        """Make two classes of one in which a module is of three kinds, or of two that are no layers; whether it did."""
        for group in tuple(dict.fromkeys(self.group_of.values())):
            for position in range(len(group.bodies[0].slots)):
                kinds: dict[Key, list[Body]] = {}
                for body in group.bodies:
                    kinds.setdefault(self.kind(body.slots[position]), []).append(body)
                if len(kinds) > 2 or sum(kind[0] != "layer" for kind in kinds) > 1:
                    group.bodies, *others = kinds.values()
                    for bodies in others:
                        self.group_of.update(dict.fromkeys([body.scope for body in bodies], Group(group.name, bodies)))
                    return True
        return False

    def is_written_in_place(self, group: Group) -> bool:
        return len(group.bodies) == 1 and group.bodies[0].scope not in self.called_again


def type_name(call: Call) -> str | None:
    """The parameter of a block that holds the type of a layer, which has no arguments of its own: `act`."""
    is_bare = all(call.arguments[argument.name] == argument.default for argument in call.entry.arguments)
    for name, value in parameters_of(call.scope).items():
        if is_bare and isinstance(value, TypeRef) and value.name == call.entry.name:
            return name
    return None


def block_arguments(scope: Scope) -> Mapping[str, Any]:
    """What the block is made with that a scope is, or stands in."""
    inner: Scope | None = scope
    while inner is not None and inner.title is None:
        inner = inner.parent
    return inner.arguments if inner is not None else {}


def parameters_of(scope: Scope) -> Mapping[str, Any]:
    """The same by the names that a class has for its arguments."""
    return {python_name(name): value for name, value in block_arguments(scope).items()}


def makes_tensor(item: Call | Scope) -> bool:
    """Whether it is a function of no tensor."""
    return isinstance(item, Call) and item.module is None and not item.inputs


def is_numbered(scope: Scope) -> bool:
    """Whether the modules of a list have numbers for names, or one name with numbers behind it: `layer1`, `layer2` …"""
    keys = [_last(item.module) for item in scope.items]
    return all(map(str.isdigit, keys)) or (len(keys) > 2 and len({key.rstrip("0123456789") for key in keys}) == 1)


def _all_slots(slots: tuple[Slot, ...]) -> Iterator[Slot]:
    for slot in slots:
        yield slot
        yield from _all_slots(slot.parts or ())


def _last(module: str | None) -> str:
    return (module or "").rpartition(".")[2]


def _uses(step: Step) -> Iterator[Value]:
    yield from values_in(step.item.forward) if isinstance(step.item, Call) else step.inputs


def outer_modules(scope: Scope) -> tuple[str, ...]:
    """The prefixes of layers that a scope calls and that stand outside it."""
    prefix = f"{scope.module}."
    modules = [call.module for call in calls_of(scope) if call.module and call.again]
    return tuple(dict.fromkeys(module for module in modules if scope.module and not module.startswith(prefix)))


def _with_list(step: Step, values: tuple[Value, ...], rest: Value) -> Step:
    """A step with one value for a list of several, where its call reads all of them in their order."""

    def operand(value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        for place in range(len(value) - len(values) + 1):
            if value[place : place + len(values)] == values:
                return (*value[:place], rest, *value[place + len(values) :])
        return tuple(map(operand, value))

    if isinstance(step.item, Scope):
        return step
    forward = tuple(map(operand, step.item.forward))
    inputs = tuple(values_in(forward))
    return replace(step, item=replace(step.item, forward=forward, inputs=inputs), inputs=inputs)


def _replaced(operand: Any, places: Mapping[Value, int]) -> Any:
    """An operand with a number for each value."""
    if isinstance(operand, Value):
        return ("value", places[operand])
    return tuple(_replaced(item, places) for item in operand) if isinstance(operand, tuple) else operand


# --- what scopes have in common ------------------------------------------------------------------


def _description(body: Body) -> Key:
    """A class apart from its numbers and from what its modules are: equal where two scopes may share one."""
    numbers: dict[Value, int] = {}
    modules: dict[str, int] = {}

    def number(value: Value) -> int:
        return numbers.setdefault(value, len(numbers))

    def module(prefix: str | None) -> Any:
        if prefix is None:
            return None
        place = f"{body.scope.module}." if body.scope.module else ""
        return prefix[len(place) :] if prefix.startswith(place) else modules.setdefault(prefix, len(modules))

    def operand(value: Any) -> Any:
        if isinstance(value, Value):
            return ("value", number(value))
        if isinstance(value, Extent):
            return ("size", value.operator, operand(value.operands))
        if isinstance(value, tuple):
            return tuple(operand(item) for item in value)
        return type(value).__name__ if isinstance(value, int | float) else ("word", value)

    inputs = tuple(number(value) for value in body.inputs)
    tensors: list[Key] = []
    for tensor in body.scope.tensors:
        if isinstance(tensor, Parameter):
            begins: Key = (tensor.init, tensor.std, tensor.frozen)
        else:  # the calls of its formula have their numbers: they are no arguments of the class
            calls = () if tensor.formula is None else tuple(calls_of(tensor.formula))
            places = {value: place for place, value in enumerate(value for call in calls for value in call.outputs)}
            formula = tuple((call.entry.name, _replaced(call.forward, places)) for call in calls)
            begins = (tensor.type.dtype, tensor.values, formula, tensor.persistent)
        tensors.append((tensor.name, begins, number(tensor.value)))
    steps = []
    for step in body.steps:
        item = step.item
        called: Key = (module(step.module), tuple(number(value) for value in step.inputs), len(step.modules))
        if isinstance(item, Call) and not (
            item.module and call_arguments(item.entry, item.forward) == (item.inputs, {})
        ):
            forward = tuple(operand(value) for value in item.forward)
            if item.entry is WEIGHT:
                forward = (module(item.forward[0]), item.forward[1])
            called = (module(step.module), None if item.module else item.entry.name, forward)
        steps.append((*called, tuple(number(value) for value in step.outputs)))
    returned = tuple(number(value) for value in body.returned)
    return inputs, tuple(tensors), tuple(steps), returned, tuple(slot.key for slot in body.slots)
