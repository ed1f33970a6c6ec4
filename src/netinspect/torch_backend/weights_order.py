"""The parameters and buffers the catalogue gives a network, by state-dict key, in torch's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netinspect.catalogue.entry import TensorType
from netinspect.network.network import Call, Network, Scope

Weights = dict[str, TensorType]
"""From a state-dict key to the tensor's type."""


def state_types(network: Network) -> Weights:
    """Everything in the state dict: a module's own parameters, its buffers, then its children in the order in which
    each is first met. That is not the order of lines where lists run in turns: `convs.0`, `norms.0`, `convs.1`."""
    modules: dict[str, Any] = {}
    for key, kind in _state(network.root):
        *path, name = key.split(".")
        module = modules
        for part in path:
            module = module.setdefault(part, {})
        module[name] = kind
    return dict(_by_module(modules, ""))


def _by_module(module: dict[str, Any], path: str) -> Iterator[tuple[str, TensorType]]:
    yield from ((f"{path}{name}", kind) for name, kind in module.items() if not isinstance(kind, dict))
    for name, child in module.items():
        if isinstance(child, dict):
            yield from _by_module(child, f"{path}{name}.")


def _state(scope: Scope) -> Iterator[tuple[str, TensorType]]:
    if scope.again:
        return
    for parameter in scope.parameters:
        yield parameter.key, TensorType(parameter.shape)
    yield from ((buffer.key, buffer.type) for buffer in scope.buffers if buffer.persistent)
    for item in scope.items:
        if isinstance(item, Scope):
            yield from _state(item)
        elif not item.again:
            unsaved = {f"{item.module}.{weight.name}" for weight in item.result.buffers if not weight.persistent}
            weights = layer_parameters(item) | layer_buffers(item)
            yield from ((key, kind) for key, kind in weights.items() if key not in unsaved)


def layer_parameters(call: Call) -> Weights:
    """The parameters of a layer by state-dict key; none for a function."""
    return {f"{call.module}.{weight.name}": TensorType(weight.shape, weight.dtype) for weight in call.result.parameters}


def layer_buffers(call: Call) -> Weights:
    """The buffers of a layer by state-dict key; none for a function."""
    return {f"{call.module}.{weight.name}": TensorType(weight.shape, weight.dtype) for weight in call.result.buffers}


def further_names(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each further name of a torch parameter, and its first."""
    first: dict[int, str] = {}
    for name, parameter in parameters.items():
        if first.setdefault(id(parameter), name) != name:
            yield name, first[id(parameter)]


def unique_params(network: Network) -> int:
    """How many parameter elements there are, a tied parameter counted once."""
    buffers = {key for call in network.calls if call.module is not None for key in layer_buffers(call)}
    buffers |= {buffer.key for scope in network.root.walk() for buffer in scope.buffers}
    kept = (kind for key, kind in state_types(network).items() if key not in buffers and key not in network.ties)
    return sum(kind.elements for kind in kept)
