"""The parameters and buffers the catalogue gives a network, by state-dict key, in torch's order."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.catalogue.entry import TensorType
from netinspect.network.network import Call, Network, Scope

Weights = dict[str, TensorType]
"""From a state-dict key to the tensor's type."""


def state_types(network: Network) -> Weights:
    """Everything in the state dict: a scope's own parameters, then its layers; in a layer, buffers come last."""
    return dict(_state(network.root))


def _state(scope: Scope) -> Iterator[tuple[str, TensorType]]:
    if scope.again:
        return
    for parameter in scope.parameters:
        yield parameter.key, TensorType(parameter.shape)
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


def unique_params(network: Network) -> int:
    """How many parameter elements there are, a tied parameter counted once."""
    buffers = {key for call in network.calls if call.module is not None for key in layer_buffers(call)}
    kept = (kind for key, kind in state_types(network).items() if key not in buffers and key not in network.ties)
    return sum(kind.elements for kind in kept)
