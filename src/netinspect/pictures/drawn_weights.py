"""The weights of a network that are drawn: what has two axes or more, each where it is first used."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from netinspect.analysis.order import parameter_path
from netinspect.network.network import Call, Network, Parameter, Scope

DrawnWeights = tuple[tuple[str, tuple[int, ...]], ...]
"""State-dict keys and shapes."""


def layer_weights(call: Call, network: Network) -> DrawnWeights:
    """The matrices and kernels of a layer: not its biases, nor what an earlier layer has already shown."""
    if call.again or call.module is None:
        return ()
    own = ((f"{call.module}.{weight.name}", weight.shape) for weight in call.result.parameters)
    return tuple((key, shape) for key, shape in own if _is_matrix(shape) and key not in network.ties)


def _is_matrix(shape: tuple[int, ...]) -> bool:
    return len(shape) > 1 and prod(shape) > 0


def scope_weights(network: Network) -> Iterator[tuple[str, DrawnWeights]]:
    """By row path, the parameters that scopes have of their own."""
    for scope, parameter in _scoped(network.root):
        if _is_matrix(tuple(size for size in parameter.shape if size > 1)) and parameter.key not in network.ties:
            yield parameter_path(parameter, scope), ((parameter.key, parameter.shape),)


def _scoped(scope: Scope) -> Iterator[tuple[Scope, Parameter]]:
    if not scope.again:
        yield from ((scope, parameter) for parameter in scope.parameters)
    for item in scope.items:
        if isinstance(item, Scope):
            yield from _scoped(item)
