"""Inputs as the tensors a model is called with, noise where nobody gave any, and tensors back as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from netinspect.errors import InputError
from netinspect.network.network import Network
from netinspect.recording import Array, Prepared

_NUMPY_HAS: Final = (torch.float16, torch.float32, torch.float64)


def noise(network: Network, *, seed: int = 0, samples: int = 1) -> tuple[Prepared, ...]:
    """What a network is shown where nobody gave an input: standard-normal numbers; ids evenly from 0 to below `high`,
    or to the rows of the embedding that looks them up.

    The same for the same seed, whatever was drawn before.
    """
    generator = torch.Generator().manual_seed(seed)
    arrays = []
    for item in network.inputs:
        sizes, dtype = (samples, *item.value.type.shape[1:]), getattr(torch, item.value.type.dtype)
        if item.value.type.is_float or dtype.is_complex:
            tensor = torch.randn(sizes, generator=generator).to(dtype)
            kind = "standard-normal noise"
        else:
            tables = [call for call in network.calls if "num_embeddings" in call.arguments]
            rows = [call.arguments["num_embeddings"] for call in tables if call.inputs[:1] == (item.value,)]
            high = item.high or min(rows, default=2)
            tensor = torch.randint(high, sizes, generator=generator).to(dtype)
            kind = f"random ids below {high:,}"
        arrays.append(Prepared(item.name, f"{kind}, seed {seed}", as_numpy(tensor), item.axes, is_noise=True))
    return tuple(arrays)


# --- to torch and back -------------------------------------------------------------------------


def batch(network: Network, prepared: Sequence[Prepared], device: str | torch.device = "cpu") -> list[Tensor]:
    """The tensors the model is called with: for each input of the network all its samples, one after the other."""
    tensors = []
    for target in network.inputs:
        arrays = [item.array for item in prepared if item.input == target.name]
        if not arrays:
            raise InputError(f"nothing was given for the input `{target.name}`")
        stacked = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
        dtype = getattr(torch, target.value.type.dtype)
        tensors.append(torch.as_tensor(np.array(stacked)).to(device=device, dtype=dtype))
    return tensors


def as_numpy(tensor: Tensor) -> Array:
    """The numbers of a dense tensor; those that numpy has no kind for, as bfloat16, as float32. On the CPU it shares
    the tensor's memory where it can."""
    plain = tensor.detach().cpu()
    return (plain.float() if plain.is_floating_point() and plain.dtype not in _NUMPY_HAS else plain).numpy()
