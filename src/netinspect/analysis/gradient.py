"""What a backward pass costs: which tensors take gradients, and the multiply-accumulates of making them.

Each product of the forward pass has two in the backward pass, one for either factor, where that factor
needs a gradient. So the whole is 2 x the forward MACs, less the input gradient of the first layers and the
weight gradients of frozen ones. Grouped convolutions count with their own groups, like their forward.
"""

from __future__ import annotations

from netinspect.analysis.ownership import canonical, is_trainable, weights
from netinspect.catalogue.formula import count
from netinspect.network.network import Call, Network, Parameter, Scope, Value


def gradient_values(network: Network) -> frozenset[Value]:
    """The tensors that take a gradient in training: they depend on a trainable parameter through floats."""
    trainable = is_trainable(network)
    needing = {
        parameter.value for parameter in _parameters(network.root) if trainable[canonical(network, parameter.key)]
    }
    for call in network.calls:
        learns = any(trainable[canonical(network, key)] for key, _ in weights(call))
        if learns or any(value in needing for value in call.inputs):
            needing.update(value for value in call.outputs if value.type.is_float)
    return frozenset(needing)


def _parameters(scope: Scope) -> list[Parameter]:
    found = list(scope.parameters)
    for item in scope.items:
        if isinstance(item, Scope):
            found += _parameters(item)
    return found


def backward_macs(network: Network) -> int:
    """Multiply-accumulates of one backward pass."""
    needing, trainable = gradient_values(network), is_trainable(network)
    return sum(_call_macs(network, call, needing, trainable) for call in network.calls if call.result.macs.value)


def _call_macs(network: Network, call: Call, needing: frozenset[Value], trainable: dict[str, bool]) -> int:
    macs = call.result.macs.value
    inputs = [value in needing for value in call.inputs]
    if not call.result.parameters:  # a product of tensors: a gradient for each that needs one
        return macs * 2 if all(inputs) else macs * any(inputs)
    learns = any(trainable[canonical(network, key)] for key, _ in weights(call))
    if not learns:
        return macs * any(inputs)
    return 2 * macs - (0 if any(inputs) else _input_gradient(call))


def _input_gradient(call: Call) -> int:
    """MACs of the gradient of a layer's own input: all of a plain layer's, the first projection of a compound one."""
    first = [weight for weight in call.result.parameters if _is_first_projection(weight.name)]
    if not first:
        return call.result.macs.value
    tokens = call.inputs[0].type.elements // call.inputs[0].type.shape[-1]
    return sum(count(weight.shape) for weight in first) * tokens


def _is_first_projection(name: str) -> bool:
    """Whether a weight meets the layer's input: `weight_ih_l0`, `layers.0.self_attn.in_proj_weight`."""
    own = name.rsplit(".", 1)[-1]
    if own.startswith("weight_ih"):
        return own in ("weight_ih", "weight_ih_l0", "weight_ih_l0_reverse")
    return own == "in_proj_weight" and not _is_later_layer(name)


def _is_later_layer(name: str) -> bool:
    return any(part.isdigit() and part != "0" for part in name.split("."))
