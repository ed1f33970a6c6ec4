"""A network's scopes, walked in the order in which their lines stand, and what its tensors are called."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.network.network import Buffer, Call, Network, Parameter, Scope, Value

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
