"""Which row counts which parameter.

A parameter counts once, in the row that uses it first; later rows share it. Tied parameters are one
parameter under several names. A parameter is frozen if any of its names is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from netinspect.catalogue.entry import Weight
from netinspect.catalogue.formula import count
from netinspect.network.network import Buffer, Call, Network, Parameter, items, parameter_path, prefixes


class Owned(NamedTuple):
    """One row's parameters and buffers: (state-dict key, weight), the keys being the row's own names.

    `params`, `trainable` and `shared_params` are elements; `elements` are those of each parameter, by key.
    """

    parameters: tuple[tuple[str, Weight], ...] = ()
    shared: tuple[tuple[str, Weight], ...] = ()
    buffers: tuple[tuple[str, Weight], ...] = ()
    params: int = 0
    trainable: int = 0
    shared_params: int = 0
    shared_with: str | None = None
    elements: tuple[tuple[str, int], ...] = ()


_NOTHING: Final = Owned()
"""The share of the many rows without weights."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Every row's share, and over all rows the unique elements that more than one row uses."""

    by_item: dict[Call | Parameter | Buffer, Owned]
    shared_params: int


class _Ledger(NamedTuple):
    """What the rows before own: parameters by canonical key, and buffers; and which parameters are frozen."""

    owners: dict[str, str]
    buffers: set[str]
    frozen: frozenset[str]


def ownership(network: Network) -> Ownership:
    """Who counts what, over the rows in order."""
    ledger = _Ledger({}, set(), frozen_parameters(network))
    reused: dict[str, int] = {}
    by_item = {}
    for item, scope in items(network.root):
        path = item.path if isinstance(item, Call) else parameter_path(item, scope)
        owned = _owned(network, item, path, ledger)
        for key, weight in owned.shared:
            reused[canonical(network, key)] = count(weight.shape)
        by_item[item] = owned
    return Ownership(by_item, sum(reused.values()))


def _owned(network: Network, item: Call | Parameter | Buffer, path: str, ledger: _Ledger) -> Owned:
    """One item's share; notes in `ledger` what it owns."""
    used, buffers = weights(item), _buffers(item, ledger)
    if not used and not buffers:
        return _NOTHING
    parameters, shared, own_elements, shared_elements = [], [], [], []
    params, trainable, shared_params, shared_with = 0, 0, 0, None
    counted: set[str] = set()
    for key, weight in used:
        true, elements = canonical(network, key), count(weight.shape)
        if true in counted:  # another name of it in the same layer
            continue
        counted.add(true)
        owner = ledger.owners.setdefault(true, path)
        if owner == path:
            parameters.append((key, weight))
            own_elements.append((key, elements))
            params += elements
            trainable += 0 if true in ledger.frozen else elements
        else:
            shared.append((key, weight))
            shared_elements.append((key, elements))
            shared_params += elements
            shared_with = shared_with or owner
    return Owned(
        parameters=tuple(parameters),
        shared=tuple(shared),
        buffers=buffers,
        params=params,
        trainable=trainable,
        shared_params=shared_params,
        shared_with=shared_with,
        elements=(*own_elements, *shared_elements),
    )


def weights(item: Call | Parameter | Buffer) -> list[tuple[str, Weight]]:
    """The parameters an item uses, by state-dict key."""
    if isinstance(item, Parameter):
        return [(item.key, Weight(item.name, item.shape))]
    if isinstance(item, Buffer):
        return []
    return [(f"{item.module}.{weight.name}", weight) for weight in item.result.parameters]


def _buffers(item: Call | Parameter | Buffer, ledger: _Ledger) -> tuple[tuple[str, Weight], ...]:
    """The buffers that no row before has; notes them in `ledger`."""
    if isinstance(item, Buffer):
        owned = () if item.key in ledger.buffers else ((item.key, Weight(item.name, item.type.shape, item.type.dtype)),)
        ledger.buffers.add(item.key)
        return owned
    if isinstance(item, Parameter) or not item.result.buffers:
        return ()
    keys = [(f"{item.module}.{weight.name}", weight) for weight in item.result.buffers]
    buffers = tuple([(key, weight) for key, weight in keys if key not in ledger.buffers])
    ledger.buffers.update([key for key, _ in buffers])
    return buffers


def canonical(network: Network, key: str) -> str:
    """The key of the parameter that `key` is: its own, or the one that it is tied to."""
    return network.ties.get(key, key)


def frozen_parameters(network: Network) -> frozenset[str]:
    """The parameters that take no gradient, by canonical key."""
    if not network.frozen:
        return frozenset()
    paths = frozenset(network.frozen)
    keys = [key for item, _ in items(network.root) for key, _ in weights(item)]
    return frozenset(canonical(network, key) for key in keys if not paths.isdisjoint(prefixes(key)))
