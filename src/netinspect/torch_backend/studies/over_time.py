"""The outputs of a network for all frames of a sound, a few frames at a time: nothing else of the run is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import nn

from netinspect.machine import refuse_beyond
from netinspect.network.network import Network
from netinspect.recording import Array, Prepared
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.record import as_array
from netinspect.torch_backend.watching import device_of, evaluating, run


def outputs_over_time(
    model: nn.Module, network: Network, batches: Iterable[Sequence[Prepared]], *, frames: int,
    memory_limit: int | None = None,
) -> dict[str, Array]:  # fmt: skip
    """By name each output that has samples, (frames, …). InputError where all together take more than the limit."""
    kept = [(at, name, value) for at, (name, value) in enumerate(network.outputs) if len(value.batch_axes) == 1]
    needed = frames * sum((value.types[1].bytes - value.types[0].bytes) for _, _, value in kept)
    refuse_beyond(2 * needed, memory_limit, f"keeping the outputs for {frames:,} frames")
    parts: dict[str, list[Array]] = {name: [] for _, name, _ in kept}
    device = device_of(model)
    with evaluating(model), torch.no_grad():
        for prepared in batches:
            returned = run(model, batch(network, prepared, device))
            for at, name, value in kept:
                parts[name].append(np.moveaxis(as_array(returned[at]), value.batch_axes[0], 0))
    return {name: np.concatenate(part) for name, part in parts.items()}
