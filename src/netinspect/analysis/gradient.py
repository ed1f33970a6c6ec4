"""What a backward pass costs: which tensors take gradients, and the multiply-accumulates of making them.

Each product of the forward pass has two in the backward pass, one for either factor, where that factor
needs a gradient. So the whole is 2 x the forward MACs, less the input gradient of the first layers and the
weight gradients of frozen ones. Grouped convolutions count with their own groups, like their forward.
"""

from __future__ import annotations

from typing import NamedTuple

from netinspect.analysis.order import items
from netinspect.analysis.ownership import canonical, frozen_parameters, weights
from netinspect.catalogue.formula import count
from netinspect.network.network import Call, Network, Parameter, Value


class Gradients(NamedTuple):
    """What takes a gradient in training: the tensors, and the calls that have a trainable parameter of their own."""

    values: frozenset[Value]
    learners: frozenset[Call]


def gradients(network: Network) -> Gradients:
    """Who takes a gradient: what depends on a trainable parameter through floats."""
    frozen = frozen_parameters(network)
    values = {
        item.value
        for item, _ in items(network.root)
        if isinstance(item, Parameter) and canonical(network, item.key) not in frozen
    }
    learners = set()
    for call in network.calls:
        learns = bool(call.result.parameters) and not (
            frozen and all(canonical(network, key) in frozen for key, _ in weights(call))
        )
        if learns:
            learners.add(call)
        if learns or not values.isdisjoint(call.inputs):
            values.update([value for value in call.outputs if value.type.is_float])
    return Gradients(frozenset(values), frozenset(learners))


def backward_macs(network: Network, gradients: Gradients) -> int:
    """Multiply-accumulates of one backward pass."""
    return sum([_call_macs(call, gradients) for call in network.calls if call.result.macs.value])


def _call_macs(call: Call, gradients: Gradients) -> int:
    macs = call.result.macs.value
    inputs = [value in gradients.values for value in call.inputs]
    if not call.result.parameters:  # a product of tensors: a gradient for each that needs one
        return macs * 2 if all(inputs) else macs * any(inputs)
    if call not in gradients.learners:
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
