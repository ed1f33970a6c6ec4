"""What passes the border of every scope, and which scopes are one module called again.

A list of layers becomes a module of its own, and a module sees only what it is given. So a value of an outer
list that is used inside becomes a further input, and an inner value that is used outside a further output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from netinspect.network.network import Call, Extent, Network, Scope, Value, values_in

Pairs = dict[Value, Value]
"""From the values of a scope's first use to those of a later one."""


@dataclass(frozen=True, slots=True)
class Interface:
    """What crosses a scope's border beside its own inputs and its output.

    captures  values of outer lists that it uses, in order of first use
    exports   its inner values that are used outside, in order of definition
    """

    captures: tuple[Value, ...]
    exports: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Interfaces:
    """The borders of a network's scopes.

    of     the interface of each scope that is built; one that is called again serves all its uses
    uses   for each later use of a scope that the first one's module can serve: the scope, and its values by
           those of the first use. A use that is missing here differs (its lines depend on a shape), and gets a
           graph of its own over the same layers.
    used   every value that something uses, and those of a first use that a later one's stand for
    """

    of: dict[Scope, Interface]
    uses: dict[Scope, tuple[Scope, Pairs]]
    used: frozenset[Value]


def interfaces(network: Network) -> Interfaces:
    """The borders of every scope of the network."""
    scopes = tuple(network.root.walk())
    exports = _exports(network)
    first_uses = {scope.module: scope for scope in scopes if not scope.again}
    uses = {}
    for scope in scopes:
        pairs: Pairs = {}  # which value of a later use stands where one of the first use stands
        if scope.again and _same_scope(first_uses[scope.module], scope, pairs):
            uses[scope] = (first_uses[scope.module], pairs)
    used = {value for _, value in _uses(network)}
    for scope, (first, pairs) in uses.items():
        for value in _definitions(first):
            if pairs.get(value) in exports[scope]:
                exports[first].add(value)
            if pairs.get(value) in used:
                used.add(value)
    of = {
        scope: Interface(_captures(scope), tuple(value for value in _definitions(scope) if value in exports[scope]))
        for scope in scopes
    }
    return Interfaces(of, uses, frozenset(used))


def calls_of(scope: Scope) -> Iterator[Call]:
    """The calls in a scope and the scopes inside it, in the order they are run."""
    for item in scope.items:
        if isinstance(item, Scope):
            yield from calls_of(item)
        else:
            yield item


def _definitions(scope: Scope) -> Iterator[Value]:
    for tensor in scope.tensors:
        yield tensor.value
    for item in scope.items:
        yield from _definitions(item) if isinstance(item, Scope) else item.outputs


def _uses(network: Network) -> Iterator[tuple[Scope, Value]]:
    """Every use of a value, with the scope whose list uses it."""
    for scope in network.root.walk():
        for item in scope.items:
            operands = item.inputs if isinstance(item, Scope) else item.forward
            for value in values_in(operands):
                yield scope, value
        for value in scope.results:
            yield scope, value
    for _, value in network.outputs:
        yield network.root, value


def _captures(scope: Scope) -> tuple[Value, ...]:
    needs: list[Value] = []
    for item in scope.items:
        needs += (*item.inputs, *_captures(item)) if isinstance(item, Scope) else values_in(item.forward)
    inner = {*_definitions(scope), *scope.inputs}
    return tuple(dict.fromkeys(value for value in (*needs, *scope.results) if value not in inner))


def _exports(network: Network) -> dict[Scope, set[Value]]:
    """For each scope the inner values that are used outside it, its own output left out."""
    homes: dict[Value, Scope] = {}
    for scope in network.root.walk():
        homes |= {tensor.value: scope for tensor in scope.tensors}
        homes |= {value: scope for item in scope.items if isinstance(item, Call) for value in item.outputs}
    exports: dict[Scope, set[Value]] = {scope: set() for scope in network.root.walk()}
    around = {scope: frozenset(_ancestors(scope)) for scope in exports}
    for user, value in _uses(network):
        home = homes.get(value)
        while home is not None and home not in around[user]:
            if value not in home.results[:1]:
                exports[home].add(value)
            home = home.parent
    return exports


def _ancestors(scope: Scope) -> Iterator[Scope]:
    """The scope itself and those around it."""
    inner: Scope | None = scope
    while inner is not None:
        yield inner
        inner = inner.parent


# --- scopes that are called again --------------------------------------------------------------


def _same_scope(first: Scope, again: Scope, pairs: Pairs) -> bool:
    return (
        (first.module, len(first.inputs), len(first.items)) == (again.module, len(again.inputs), len(again.items))
        and _same(first.inputs, again.inputs, pairs)
        and all(_same(p.value, q.value, pairs) for p, q in zip(first.tensors, again.tensors, strict=True))
        and all(_same_item(a, b, pairs) for a, b in zip(first.items, again.items, strict=True))
        and _same(first.results, again.results, pairs)
    )


def _same_item(first: Call | Scope, again: Call | Scope, pairs: Pairs) -> bool:
    if isinstance(first, Scope) or isinstance(again, Scope):
        return isinstance(first, Scope) and isinstance(again, Scope) and _same_scope(first, again, pairs)
    return (
        first.entry is again.entry
        and first.module == again.module
        and _same(first.forward, again.forward, pairs)
        and _same(first.outputs, again.outputs, pairs)
    )


def _same(first: Any, again: Any, pairs: Pairs) -> bool:
    """Whether two operands are the same up to the values in them, which are paired."""
    if isinstance(first, Value) and isinstance(again, Value):
        return pairs.setdefault(first, again) is again
    if isinstance(first, Extent) and isinstance(again, Extent):
        return first.operator == again.operator and _same(first.operands, again.operands, pairs)
    if isinstance(first, tuple) and isinstance(again, tuple):
        return len(first) == len(again) and all(_same(a, b, pairs) for a, b in zip(first, again, strict=True))
    return type(first) is type(again) and bool(first == again)
