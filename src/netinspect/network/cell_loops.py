"""Recurrent cells that a spec calls step by step: their hidden states over time are the outputs of many calls."""

from __future__ import annotations

from typing import Final

from netinspect.catalogue import LAYERS
from netinspect.network.network import Call, Network

RECURRENT: Final = frozenset(name for name, entry in LAYERS.items() if entry.recurs == "sequence")
"""Layers that run over a whole sequence."""

CELLS: Final = frozenset(name for name, entry in LAYERS.items() if entry.recurs == "step")
"""Layers that run one step."""


def cell_loops(network: Network) -> dict[Call, tuple[Call, ...]]:
    """By the first call of each cell that is called more than once, all its calls in order."""
    steps: dict[str, list[Call]] = {}
    for call in network.calls:
        if call.entry.recurs == "step" and call.module is not None:
            steps.setdefault(call.module, []).append(call)
    return {calls[0]: tuple(calls) for calls in steps.values() if len(calls) > 1}
