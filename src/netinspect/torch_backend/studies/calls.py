"""Every call of one run, one after the other, with the numbers that it gives; with other weights for the while.

What is kept of a call is the caller's: the activations of a large network together would not fit into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netinspect.network.network import Call, Network
from netinspect.network.torch_calls import method_name
from netinspect.recording import Array, Prepared
from netinspect.torch_backend.batches import as_numpy, batch
from netinspect.torch_backend.functions import torch_object
from netinspect.torch_backend.record import as_array
from netinspect.torch_backend.watching import Arguments, device_of, outputs_of, run, watched


@dataclass(frozen=True, slots=True, eq=False)
class CallRun:
    """A call as it was run."""

    call: Call
    _model: nn.Module
    _arguments: Arguments
    _returned: Any

    def output(self, number: int) -> Array:
        """One of its outputs, by its number among them."""
        return as_array(outputs_of(self.call, self._returned)[number])

    def source(self) -> Array:
        """The first tensor that it takes."""
        return as_numpy(self._arguments[0][0])

    def places(self, number: int) -> Array:
        """For each number of an output the place in the first tensor that it would come from, if the call moved
        numbers only: it is run once more on their places. -1 where a zero comes from nowhere.

        What it gives is to be checked against the output.
        """
        (first, *others), named = self._arguments
        # from 1, so that a zero is no place; as float64, which holds every place and which layers take
        places = torch.arange(1, first.numel() + 1, dtype=torch.float64, device=first.device).reshape(first.shape)
        returned = self._function()(places, *others, **named)
        array: Array = outputs_of(self.call, returned)[number].cpu().numpy().astype(np.int64) - 1
        return array

    def _function(self) -> Callable[..., Any]:
        if self.call.module is not None:
            forward: Callable[..., Any] = self._model.get_submodule(self.call.module).forward
            return forward
        method = method_name(self.call.entry)
        return getattr(Tensor, method) if method is not None else torch_object(self.call.entry.torch)


@torch.no_grad()
def run_calls(
    model: nn.Module, network: Network, prepared: Sequence[Prepared], visit: Callable[[CallRun], None],
    tensors: Mapping[str, Array],
) -> tuple[Array, ...]:  # fmt: skip
    """Run `model`, built from `network`, on one sample of each input and show `visit` every call. Gives the outputs.

    `tensors` are weights by state-dict key that stand in the place of the model's for this run.
    """
    inputs = [tensor[:1] for tensor in batch(network, prepared, device_of(model))]

    def after(call: Call, arguments: Arguments, returned: Any) -> None:
        visit(CallRun(call, model, arguments, returned))

    with _other_weights(model, tensors), watched(model, network, after):
        return tuple(as_array(output) for output in run(model, inputs))


def state(model: nn.Module) -> dict[str, Array]:
    """All parameters and buffers by name, as the state dict calls them, every name of a tied one."""
    return {name: as_numpy(tensor) for name, tensor in _named(model).items()}


def _named(model: nn.Module) -> dict[str, Tensor]:
    return {
        **dict(model.named_parameters(remove_duplicate=False)),
        **dict(model.named_buffers(remove_duplicate=False)),
    }


@contextmanager
def _other_weights(model: nn.Module, tensors: Mapping[str, Array]) -> Iterator[None]:
    named = {name: tensor for name, tensor in _named(model).items() if name in tensors}
    before = {name: tensor.detach().clone() for name, tensor in named.items()}
    with torch.no_grad():
        try:
            for name, tensor in named.items():
                tensor.copy_(torch.as_tensor(np.array(tensors[name])))
            yield
        finally:
            for name, tensor in named.items():
                tensor.copy_(before[name])
