"""How much memory the tensors of one run take.

In inference a tensor lives from the call that makes it to its last use; the network's inputs live
throughout, since the caller holds them, and its outputs to the end. Views and in-place operations take
none of their own. In training, autograd keeps what `Result.saved` names until the backward pass.
Parameters and buffers are not counted here.
"""

from __future__ import annotations

from math import prod

from netinspect.analysis.gradient import Gradients, takes_gradient, training
from netinspect.catalogue.entry import DTYPE_BYTES, SavedFor, TensorType
from netinspect.network.network import Call, Network, Value


def bytes_of(tensor: TensorType, dtype: str) -> int:
    """Bytes of a tensor where `dtype` takes float32's place."""
    return prod(tensor.shape) * DTYPE_BYTES[dtype if tensor.dtype == "float32" else tensor.dtype]


def allocated(call: Call, *, training: bool = False) -> tuple[Value, ...]:
    """The outputs that take memory of their own. Dropout hands its input on, but in training makes a new tensor."""
    drops = call.entry.family == "dropout" and bool(call.result.saved) and not call.arguments.get("inplace")
    if not call.result.alias or (training and drops):
        return call.outputs
    return () if call.entry.gives_list else call.outputs[1:]


def holders(network: Network, *, training: bool = False) -> dict[Value, Value]:
    """For each tensor the one whose memory it lies in; parameters and their views lie in none of these."""
    held = {network_input.value: network_input.value for network_input in network.inputs}
    for call in network.calls:
        fresh = allocated(call, training=training)
        held.update(zip(fresh, fresh, strict=True))
        if len(fresh) == len(call.outputs):
            continue
        base = held.get(call.inputs[0]) if call.inputs else None  # a weight lies in no activation
        if base is not None:
            held.update({value: base for value in call.outputs if value not in fresh})
    return held


def peak_activation_bytes(network: Network, dtype: str) -> int:
    """The most bytes that live tensors take at one time in inference."""
    # Which memory is given back after which call.
    held = holders(network)
    last: dict[Value, int] = {}
    for position, call in enumerate(network.calls):
        for value in (*call.inputs, *call.outputs):
            if value in held:
                last[held[value]] = position
    kept = {network_input.value for network_input in network.inputs}
    kept |= {held[value] for _, value in network.outputs if value in held}
    dying: dict[int, list[Value]] = {}
    for value, position in last.items():
        if value not in kept:
            dying.setdefault(position, []).append(value)
    live = sum(bytes_of(network_input.value.type, dtype) for network_input in network.inputs)
    peak = live
    for position, call in enumerate(network.calls):
        for value in allocated(call):
            live += bytes_of(value.type, dtype)
        peak = max(peak, live)
        for value in dying.get(position, ()):
            live -= bytes_of(value.type, dtype)
    return peak


def saved_activation_bytes(network: Network, dtype: str, gradients: Gradients) -> int:
    """Bytes that autograd keeps for backward in a training step, each memory once, the network's input included.

    A call none of whose outputs takes a gradient keeps nothing.
    """
    held = holders(network, training=True)
    kept: set[Value] = set()
    extra = 0
    for call in network.calls:
        if gradients.values.isdisjoint(call.outputs):
            continue
        step = training(call, gradients)
        for saved in call.result.saved if step is None else step.saved:
            if isinstance(saved, SavedFor) and not takes_gradient(call, saved.takers, gradients):
                continue
            item = saved.item if isinstance(saved, SavedFor) else saved
            if isinstance(item, TensorType):
                extra += bytes_of(item, dtype)
                continue
            if isinstance(item, int) and item >= len(call.inputs):
                continue
            value = call.outputs[0] if isinstance(item, str) else call.inputs[item]
            if value in held:
                kept.add(held[value])
    return extra + sum([bytes_of(value.type, dtype) for value in kept])
