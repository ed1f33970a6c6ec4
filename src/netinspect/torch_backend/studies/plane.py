"""The outputs of a network of two numbers for a grid of them: all that it can say."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import nn

from netinspect.network.network import Network
from netinspect.recording import Array
from netinspect.torch_backend.record import as_array
from netinspect.torch_backend.watching import device_of, evaluating, run

AT_ONCE: Final = 4096
"""Points that are run together."""


def outputs_on_plane(model: nn.Module, network: Network, across: Array, up: Array) -> Array:
    """The first output at each pair of a number of `across` and one of `up`: (up, across, units)."""
    dtype = getattr(torch, network.inputs[0].value.type.dtype)
    points = torch.tensor([(x, y) for y in up.tolist() for x in across.tolist()], dtype=dtype, device=device_of(model))
    with evaluating(model), torch.no_grad():
        parts = [as_array(run(model, [part])[0]).reshape(len(part), -1) for part in torch.split(points, AT_ONCE)]
    return np.concatenate(parts).reshape(len(up), len(across), -1)
