"""What torch did in one run of a model on the meta device: for each call of the network, its outputs and MACs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from netinspect.catalogue.entry import TensorType
from netinspect.network.network import Call, Network
from netinspect.torch_backend.watching import Arguments, outputs_of, run, watched


@dataclass(frozen=True, slots=True)
class ObservedCall:
    """One call as torch ran it: the types of its outputs and its multiply-accumulates."""

    outputs: tuple[TensorType, ...]
    macs: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its calls in order, and the types of what the model returned.

    `refusal` is torch's message where it refused the call after the last one; then there is no result.
    """

    batch_size: int
    calls: tuple[ObservedCall, ...]
    result: tuple[TensorType, ...]
    refusal: str | None = None


def observe(model: nn.Module, network: Network, batch_size: int) -> Run:
    """Run `model`, built on meta, in evaluation mode on a batch of that size.

    On meta FlopCounterMode counts what it misses elsewhere (LSTM, attention).
    """
    inputs = [_input(item.value.types[0], batch_size) for item in network.inputs]
    counter = FlopCounterMode(display=False)
    calls: list[ObservedCall] = []
    counted = 0

    def after(call: Call, _arguments: Arguments, returned: Any) -> None:
        nonlocal counted
        before, counted = counted, counter.get_total_flops()  # between two calls nothing is counted
        calls.append(ObservedCall(tuple(map(_type, outputs_of(call, returned))), (counted - before) // 2))

    with watched(model, network, after), counter, torch.no_grad():
        try:
            result = run(model, inputs)
        except Exception as refused:  # noqa: BLE001  torch has many ways to refuse, and each is a finding
            return Run(batch_size, tuple(calls), (), f"{type(refused).__name__}: {refused}")
    return Run(batch_size, tuple(calls), tuple(map(_type, result)))


def _input(at_two: TensorType, batch_size: int) -> Tensor:
    return torch.empty((batch_size, *at_two.shape[1:]), dtype=getattr(torch, at_two.dtype), device="meta")


def _type(tensor: Tensor) -> TensorType:
    return TensorType(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
