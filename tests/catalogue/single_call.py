"""One call of the catalogue as a network of netinspect's and as a model of torch's."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from netinspect.catalogue.entry import Entry, Fault, TensorType
from netinspect.errors import Span
from netinspect.network.network import Call, Network, NetworkInput, Scope, Value
from tests.catalogue.torch_side import bind, call_arguments, construct, find, flat, ours


class Calling(nn.Module):
    """A model that does nothing but one call of the catalogue; its inputs are the call's tensors, each once."""

    def __init__(self, target: Any, arguments: Any) -> None:
        super().__init__()
        self.target = target
        leaves, self.structure = torch.utils._pytree.tree_flatten(arguments)
        distinct = {id(leaf): leaf for leaf in leaves if isinstance(leaf, torch.Tensor)}
        self.tensors = [leaf.detach() for leaf in distinct.values()]
        self.places = {i: list(distinct).index(id(leaf)) for i, leaf in enumerate(leaves) if id(leaf) in distinct}
        self.leaves = [None if i in self.places else leaf for i, leaf in enumerate(leaves)]

    def forward(self, *inputs: torch.Tensor) -> Any:
        leaves = [inputs[self.places[i]] if i in self.places else leaf for i, leaf in enumerate(self.leaves)]
        positional, named = torch.utils._pytree.tree_unflatten(leaves, self.structure)
        return self.target(*positional, **named)


def calling(entry: Entry, arguments: dict[str, Any], forward: dict[str, Any]) -> tuple[Network, Calling] | None:
    """One call as a network and as a model; None where it is refused."""
    try:
        result = ours(entry, forward, arguments)
    except Fault:
        return None
    place = Span(1, 1, 1, 1)
    root = Scope("", "", None, again=False, parent=None, span=place)
    operands = tuple(_operand(value, root) for value in bind(entry.forward, forward).values())
    outputs = tuple(_operand(output, root) for output in result.outputs)
    call = Call(
        path=entry.name,
        module=entry.name if entry.is_layer else None,
        again=False,
        entry=entry,
        arguments={**bind(entry.arguments, arguments), **dict(result.inferred)},
        forward=operands,
        inputs=tuple(operand for operand in flat(operands) if isinstance(operand, Value)),
        outputs=outputs,
        result=result,
        scope=root,
        span=place,
    )
    root.items.append(call)
    inputs = tuple(NetworkInput(value.origin, value, (), None, {}) for value in call.inputs)
    network = Network("", "", None, 2, inputs, root, (call,), (("", outputs[0]),), {}, (), None, None, {})
    target = construct(entry, {**arguments, **dict(result.inferred)}, "cpu") if entry.is_layer else find(entry.torch)
    return network, Calling(target, call_arguments(entry, forward, "cpu"))


def _operand(value: Any, root: Scope) -> Any:
    if isinstance(value, TensorType):
        return Value((value, value, value), "", root)
    if isinstance(value, tuple):
        return tuple(_operand(item, root) for item in value)
    return value
