"""Where torch runs, and how: on the CPU or an accelerator that is really there, and with torch's own defaults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn

from netinspect.errors import InputError


@contextmanager
def plain_torch() -> Iterator[None]:
    """Torch with the defaults it starts with, whatever a caller's program has set: float32 on the CPU, gradients on,
    no autocast. What is made inside is an ordinary tensor also where the caller is in `torch.inference_mode`."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with ExitStack() as stack:
            if torch.get_default_device().type != "cpu":
                stack.enter_context(torch.device("cpu"))
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.enable_grad())
            for kind in {"cpu", *(name.partition(":")[0] for name in _known())}:
                stack.enter_context(torch.autocast(kind, enabled=False))
            yield
    finally:
        torch.set_default_dtype(dtype)


@contextmanager
def slow_attention() -> Iterator[None]:
    """While this holds, attention takes the path in which each of its steps is a call, seen and counted."""
    is_fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(value=False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(is_fast)


def put_on(model: nn.Module, name: str) -> None:
    """Move a model to a device by its name (`cuda:1`). InputError where torch has no such device here."""
    check_device(name)
    model.to(name)


def check_device(name: str) -> None:
    """InputError where torch has no such device here, or one that holds no values."""
    try:
        probe = torch.empty(0, device=name)
    except (RuntimeError, AssertionError, NotImplementedError, ImportError) as error:
        known = ", ".join(_known())
        raise InputError(f"--device {name or repr('')}: torch has no such device here; it has {known}") from error
    if probe.is_meta:
        raise InputError(f"--device {name}: that device computes no values; write --device cpu")


def _known() -> Iterator[str]:
    """The devices that are there, by the names that torch takes."""
    yield "cpu"
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is not None:
        yield accelerator.type
        yield from (f"{accelerator.type}:{index}" for index in range(1, torch.accelerator.device_count()))
