"""Skip connections, found in the graph: where a signal joins what was computed from it.

In a sum the skip is the operand of the same shape that has passed fewer layers with weights, itself a source of the
other or one matrix or convolution away from such a source (ResNet, Transformer). In a concatenation it is an operand
from which another one was computed (U-Net, DenseNet); the branches of an Inception block are none.
"""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.network.network import Call, Network, Value


def depths(network: Network) -> dict[Value, int]:
    """For every tensor the most layers with weights on a path to it from an input; parameters are left out."""
    depth_of = {item.value: 0 for item in network.inputs}
    for call in network.calls:
        known = [depth_of[value] for value in call.inputs if value in depth_of]
        if known:
            depth = max(known) + (1 if call.result.parameters else 0)
            depth_of.update(dict.fromkeys(call.outputs, depth))
    return depth_of


def skip_operands(network: Network) -> dict[Call, tuple[int, ...]]:
    """For each call where skips come in, which of its tensors they are."""
    depth, sources = depths(network), _sources(network)
    skips_of = {}
    for call in network.calls:
        if call.entry.name in ("add", "cat") and len(call.inputs) > 1:
            skips = tuple(_skips(call, depth, sources))
            if 0 < len(skips) < len(call.inputs):
                skips_of[call] = skips
    return skips_of


class _Sources:
    """For every tensor the tensors it was computed from, as bits, and each tensor's own bit."""

    def __init__(self) -> None:
        self.bit: dict[Value, int] = {}
        self.all: dict[Value, int] = {}
        self.direct: dict[Value, int] = {}
        self.near: dict[Value, int] = {}

    def add(self, value: Value, inputs: tuple[Value, ...], *, projects: bool) -> None:
        """`near` are the sources that lie at most one matrix or convolution back; a BatchNorm is none."""
        bit = self.bit[value] = 1 << len(self.bit)
        self.all[value] = bit
        self.direct[value] = bit
        self.near[value] = bit
        for source in inputs:
            if source in self.bit:
                self.all[value] |= self.all[source]
                self.direct[value] |= 0 if projects else self.direct[source]
                self.near[value] |= self.direct[source] if projects else self.near[source]


def _sources(network: Network) -> _Sources:
    sources = _Sources()
    for item in network.inputs:
        sources.add(item.value, (), projects=False)
    for call in network.calls:
        for value in call.outputs:
            sources.add(value, call.inputs, projects=any(len(w.shape) > 1 for w in call.result.parameters))
    return sources


def _skips(call: Call, depth: dict[Value, int], sources: _Sources) -> Iterator[int]:
    deepest = max((value for value in call.inputs if value in depth), key=lambda v: depth[v], default=None)
    if deepest is None:
        return
    for position, value in enumerate(call.inputs):
        if value in depth and depth[value] < depth[deepest]:
            is_sum = call.entry.name == "add" and value.type.shape == deepest.type.shape
            bits = sources.near[value] if is_sum else sources.bit[value]
            if (is_sum or call.entry.name == "cat") and bits & sources.all[deepest]:
                yield position
