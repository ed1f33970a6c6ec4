"""What a backward pass costs: which tensors take gradients, and the multiply-accumulates of making them.

Each product of the forward pass has two in the backward pass, one for either factor, where that factor
needs a gradient. So the whole is 2 x the forward MACs, less the input gradient of the first layers, that of the first
state of recurrent ones, and the weight gradients of frozen ones. Grouped convolutions count with their own groups, like
their forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from netinspect.analysis.ownership import canonical, frozen_parameters, weights
from netinspect.catalogue.creation import WEIGHT
from netinspect.catalogue.entry import PARAMETERS, Training
from netinspect.network.network import Call, Network, Parameter, Value, items


class Gradients(NamedTuple):
    """What takes a gradient in training: the tensors, and by call the names of the parameters it trains, if any."""

    values: frozenset[Value]
    learners: Mapping[Call, frozenset[str]]


def gradients(network: Network) -> Gradients:
    """Who takes a gradient: what depends on a trainable parameter through floats."""
    frozen = frozen_parameters(network)
    values = {
        item.value
        for item, _ in items(network.root)
        if isinstance(item, Parameter) and canonical(network, item.key) not in frozen
    }
    learners = {}
    learned = {canonical(network, key) for call in network.calls if call.result.parameters for key, _ in weights(call)}
    learned -= set(frozen)
    for call in network.calls:
        trained = frozenset(
            [weight.name for key, weight in weights(call) if not frozen or canonical(network, key) not in frozen]
        )
        if trained:
            learners[call] = trained
        if call.entry is WEIGHT and canonical(network, ".".join(call.forward)) in learned:
            values.update(call.outputs)
        if trained or not values.isdisjoint(call.inputs):
            values.update([value for value in call.outputs if value.type.is_float])
    return Gradients(frozenset(values), learners)


def backward_macs(network: Network, gradients: Gradients) -> int:
    """Multiply-accumulates of one backward pass."""
    total = 0
    for call in network.calls:
        macs = call.result.macs.value
        if not macs:
            continue
        step = training(call, gradients)
        inputs = [value in gradients.values for value in call.inputs]
        if step is not None:
            total += step.backward_macs
        elif call.result.backward:
            total += sum(part.macs for part in call.result.backward if takes_gradient(call, part.takers, gradients))
        elif not call.result.parameters:  # a product of tensors: a gradient for each that needs one
            total += macs * 2 if all(inputs) else macs * any(inputs)
        else:
            trained = gradients.learners.get(call, frozenset())  # a bias is no factor
            factors = (weight for weight in call.result.parameters if len(weight.shape) > 1)
            total += macs * (any(inputs) + any(weight.name in trained for weight in factors))
    return total


def training(call: Call, gradients: Gradients) -> Training | None:
    """What a training step of a layer of several operations keeps and costs; None for any other call."""
    if call.result.training is None:
        return None
    return call.result.training(
        lambda taker: takes_gradient(call, (taker,), gradients), lambda number: call.inputs.index(call.inputs[number])
    )


def takes_gradient(call: Call, takers: Iterable[int | str], gradients: Gradients) -> bool:
    """Whether one of these takes a gradient: an input of the call (by number), a parameter (by name), or any of its
    `PARAMETERS`."""
    trained = gradients.learners.get(call, frozenset())
    return any(
        call.inputs[taker] in gradients.values
        if isinstance(taker, int)
        else taker in trained or (taker == PARAMETERS and bool(trained))
        for taker in takers
    )
