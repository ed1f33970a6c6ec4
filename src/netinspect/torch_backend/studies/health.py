"""Units that never speak: for each activation the largest magnitude every unit showed, over all inputs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from netinspect.network.axes import unit_axes
from netinspect.network.network import Call, Network
from netinspect.recording import Array, Health, Prepared
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.record import find_call
from netinspect.torch_backend.watching import Arguments, device_of, outputs_of, run, watched


def health(
    model: nn.Module, network: Network, batches: Iterable[Sequence[Prepared]], *, paths: Collection[str] | None = None
) -> tuple[Health, ...]:
    """One row for each activation function of the network, or each of `paths`; memory for one batch at a time.

    Of a network without activation functions, each layer with weights. InputError for a path that no call has.
    """
    if paths is not None:
        calls = frozenset(find_call(network, path) for path in paths)
    else:
        activations = frozenset(call for call in network.calls if call.entry.family == "activation")
        calls = activations or frozenset(call for call in network.calls if call.result.parameters)
    axes = unit_axes(network)
    largest: dict[Call, Array] = {}
    device = device_of(model)
    inputs = 0

    def after(call: Call, _given: Arguments, returned: Any) -> None:
        axis = axes[call.outputs[0]]
        if call in calls and axis is not None:
            # (units,): over all samples and places; NaN where one is
            output = outputs_of(call, returned)[0]
            others = [place for place in range(output.dim()) if place != axis]
            values = output.detach().float().abs()
            largest_now: Array = (values.amax(dim=others) if others else values).cpu().numpy()
            largest[call] = largest_now if call not in largest else np.maximum(largest[call], largest_now)

    with watched(model, network, after), torch.no_grad():
        for prepared in batches:
            inputs += sum(len(item.array) for item in prepared if item.input == network.inputs[0].name)
            run(model, batch(network, prepared, device))
    return tuple(Health(c.path, c.entry.name, largest[c], inputs) for c in network.calls if c in largest)
