"""Where torch runs: the CPU, or an accelerator that is really there."""

from __future__ import annotations

import torch
from torch import nn

from netinspect.errors import InputError


def put_on(model: nn.Module, name: str) -> None:
    """Move a model to a device by its name (`cuda:1`). InputError where torch has no such device here."""
    check_device(name)
    model.to(name)


def check_device(name: str) -> None:
    """InputError where torch has no such device here, or one that holds no values."""
    try:
        found = torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"--device {name}: torch has no such device here") from error
    if found.is_meta:
        raise InputError(f"--device {name}: that device computes no values")
