"""Which row counts which parameter.

A parameter counts once, in the row that uses it first; later rows share it. Tied parameters are one
parameter under several names. A parameter is frozen if any of its names is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from netinspect.analysis.order import items, parameter_path
from netinspect.catalogue.entry import Weight
from netinspect.catalogue.formula import count
from netinspect.network.network import Call, Network, Parameter


@dataclass(frozen=True, slots=True)
class Owned:
    """One row's parameters and buffers: (state-dict key, weight), the keys being the row's own names."""

    own: tuple[tuple[str, Weight], ...]
    shared: tuple[tuple[str, Weight], ...]
    buffers: tuple[tuple[str, Weight], ...]
    trainable: int
    shared_with: str | None

    @property
    def params(self) -> int:
        return sum(count(weight.shape) for _, weight in self.own)

    @property
    def shared_params(self) -> int:
        return sum(count(weight.shape) for _, weight in self.shared)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Every row's share, and over all rows the unique elements that more than one row uses."""

    by_item: dict[Call | Parameter, Owned]
    shared_params: int


class _Seen(NamedTuple):
    """What the rows before own: parameters by canonical key, and buffers; and which parameters are frozen."""

    owners: dict[str, str]
    buffers: set[str]
    frozen: frozenset[str]


def ownership(network: Network) -> Ownership:
    """Who counts what, over the rows in order."""
    seen = _Seen({}, set(), frozenset(canonical(network, key) for key in _frozen_keys(network)))
    reused: dict[str, int] = {}
    by_item = {}
    for item, scope in items(network.root):
        path = item.path if isinstance(item, Call) else parameter_path(item, scope)
        owned = _owned(network, item, path, seen)
        reused.update({canonical(network, key): count(weight.shape) for key, weight in owned.shared})
        by_item[item] = owned
    return Ownership(by_item, sum(reused.values()))


def _owned(network: Network, item: Call | Parameter, path: str, seen: _Seen) -> Owned:
    """One item's share; notes in `seen` what it owns."""
    own, shared, trainable, shared_with = [], [], 0, None
    for key, weight in weights(item):
        true = canonical(network, key)
        owner = seen.owners.setdefault(true, path)
        if owner == path:
            own.append((key, weight))
            trainable += 0 if true in seen.frozen else count(weight.shape)
        else:
            shared.append((key, weight))
            shared_with = shared_with or owner
    buffers = tuple((key, weight) for key, weight in _buffers(item) if key not in seen.buffers)
    seen.buffers.update(key for key, _ in buffers)
    return Owned(tuple(own), tuple(shared), buffers, trainable, shared_with)


def weights(item: Call | Parameter) -> list[tuple[str, Weight]]:
    """The parameters an item uses, by state-dict key."""
    if isinstance(item, Parameter):
        return [(item.key, Weight(item.name, item.shape))]
    return [(f"{item.module}.{weight.name}", weight) for weight in item.result.parameters]


def _buffers(item: Call | Parameter) -> list[tuple[str, Weight]]:
    if isinstance(item, Parameter):
        return []
    return [(f"{item.module}.{weight.name}", weight) for weight in item.result.buffers]


def canonical(network: Network, key: str) -> str:
    """The key of the parameter that `key` is, ties followed."""
    seen = {key}
    while (further := network.ties.get(key)) is not None and further not in seen:
        key = further
        seen.add(key)
    return key


def _frozen_keys(network: Network) -> list[str]:
    if not network.frozen:
        return []
    paths = frozenset(network.frozen)
    keys = [key for item, _ in items(network.root) for key, _ in weights(item)]
    return [key for key in keys if not paths.isdisjoint(_prefixes(key))]


def _prefixes(key: str) -> list[str]:
    """`a`, `a.b` and `a.b.c` for `a.b.c`."""
    parts = key.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def is_trainable(network: Network) -> dict[str, bool]:
    """Whether each parameter, by canonical key, takes a gradient."""
    frozen = {canonical(network, key) for key in _frozen_keys(network)}
    keys = {canonical(network, key) for item, _ in items(network.root) for key, _ in weights(item)}
    return {key: key not in frozen for key in keys}
