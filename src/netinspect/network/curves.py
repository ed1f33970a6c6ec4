"""What a network does to one number that is no straight line: its activation functions.

They are the calls of activation functions. Where a network has none, they are what its arithmetic makes of one value:
`maximum(x, 0 * x)` is as good a ReLU. Known from the spec alone, so that a dry run knows whether they are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netinspect.catalogue.entry import POINTWISE, SQUASHING
from netinspect.network.network import Call, Network, Value

_SCALING: Final = frozenset({"operator.mul", "operator.truediv"})


@dataclass(frozen=True, slots=True)
class NumberFunction:
    """`calls`, in order, make `value` of `source`, element by element. An activation function is a single call."""

    source: Value
    calls: tuple[Call, ...]

    @property
    def value(self) -> Value:
        """What the last call gives."""
        return self.calls[-1].outputs[0]


def activation_functions(network: Network) -> tuple[NumberFunction, ...]:
    """In the order of the calls; those of arithmetic only where there are no others."""
    functions = [
        NumberFunction(call.inputs[0], (call,))
        for call in network.calls
        if call.entry.effect in SQUASHING | {"bends"}
        and len(call.inputs) == 1
        and call.inputs[0].type.shape == call.outputs[0].type.shape
        and call.result.reach == POINTWISE
        and call.outputs[0].type.is_float
    ]
    return tuple(functions or _of_arithmetic(network))


def _of_arithmetic(network: Network) -> list[NumberFunction]:
    """What arithmetic alone makes of a value, where it is not linear, up to where other calls read it or it is put
    out."""
    functions: dict[Value, NumberFunction] = {}
    bent: set[Value] = set()
    read_elsewhere = {value for _, value in network.outputs}
    order = {call: place for place, call in enumerate(network.calls)}
    for call in network.calls:
        sources = {functions[value].source if value in functions else value for value in call.inputs}
        is_arithmetic = call.entry.effect in ("adds", "computes")
        if not is_arithmetic or len(sources) != 1 or not all(source.type.is_float for source in sources):
            read_elsewhere.update(call.inputs)
            continue
        before = {earlier for value in call.inputs if value in functions for earlier in functions[value].calls}
        calls = (*sorted(before, key=order.__getitem__), call)
        functions[call.outputs[0]] = NumberFunction(sources.pop(), calls)
        if not bent.isdisjoint(call.inputs) or (call.entry.effect == "computes" and not is_scaling(call)):
            bent.add(call.outputs[0])
    return [
        function
        for value, function in functions.items()
        if value in bent and value in read_elsewhere and value.type.is_float
    ]


def is_scaling(call: Call) -> bool:
    """Whether it multiplies a tensor by a number, or divides it by one: what is linear stays so."""
    if call.entry.torch not in _SCALING or len(call.inputs) != 1:
        return False
    is_divisor = call.entry.torch == "operator.truediv" and call.forward[0] is not call.inputs[0]
    return not is_divisor and call.outputs[0].type == call.inputs[0].type
