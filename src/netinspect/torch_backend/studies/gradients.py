"""How much of the gradient reaches each layer, with the skip connections and without them.

There is no task here and so no loss of its own: each output is multiplied with seeded standard-normal numbers and
summed. That gradient reaches the layers by the same ways as any loss's does.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from netinspect.network.network import Call, Network
from netinspect.recording import LayerGradient, Prepared
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.studies.skips import depths, skip_operands
from netinspect.torch_backend.watching import Arguments, Before, device_of, run, watched


def gradients(
    model: nn.Module, network: Network, prepared: Sequence[Prepared], *, seed: int = 0
) -> tuple[LayerGradient, ...]:
    """For each layer with weights, in order, the root mean square of the gradient over them.

    Without the skips, what comes over a skip is replaced by zeros. `without_skips` is None where there are none.
    The model comes back as it was, gradients and frozen parameters too.
    """
    layers = [call for call in network.calls if call.module is not None and not call.again and call.result.parameters]
    parameters: dict[Call, list[nn.Parameter]] = {}
    for call in layers:  # its matrices and kernels, or all that it has if those are none
        weights = [model.get_parameter(f"{call.module}.{weight.name}") for weight in call.result.parameters]
        parameters[call] = [parameter for parameter in weights if parameter.dim() > 1] or weights
    tensors = batch(network, prepared, device_of(model))
    skips = skip_operands(network)
    depth = depths(network)
    with_skips = _run(model, network, tensors, parameters, seed, None)
    without = _run(model, network, tensors, parameters, seed, _cut(skips)) if skips else None
    return tuple(
        LayerGradient(
            call.path, depth.get(call.outputs[0], 0), with_skips[call], _rms([p.detach() for p in parameters[call]]),
            None if without is None else without[call], all(parameter.dim() < 2 for parameter in parameters[call]),
            call.entry.name,
        )
        for call in layers
    )  # fmt: skip


def _run(
    model: nn.Module, network: Network, tensors: list[Tensor], parameters: dict[Call, list[nn.Parameter]], seed: int,
    before: Before | None,
) -> dict[Call, float]:  # fmt: skip
    weights = [parameter for of_call in parameters.values() for parameter in of_call]
    with ExitStack() as stack:
        for parameter in model.parameters():
            stack.callback(parameter.requires_grad_, parameter.requires_grad)
            parameter.requires_grad_(parameter.is_floating_point())
        stack.enter_context(watched(model, network, _ignore, before))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.backends.cudnn.flags(enabled=False))  # its LSTM has no gradient in evaluation mode
        loss = _loss(run(model, tensors), seed)
        slopes = torch.autograd.grad(loss, weights, allow_unused=True) if loss.requires_grad else [None] * len(weights)
    by_parameter = {id(p): g for p, g in zip(weights, slopes, strict=True) if g is not None}
    return {
        call: _rms([by_parameter[id(p)] for p in of_call if id(p) in by_parameter])
        for call, of_call in parameters.items()
    }


def _ignore(_call: Call, _given: Arguments, _returned: Any) -> None:
    """Nothing is kept."""


def _loss(outputs: Sequence[Tensor], seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    loss = outputs[0].new_zeros((), dtype=torch.float32)
    for output in outputs:
        if output.is_floating_point():
            loss = loss + (output * torch.randn(output.shape, generator=generator).to(output.device)).sum()
    return loss


def _rms(tensors: Sequence[Tensor]) -> float:
    """Over all elements of all tensors; 0 for none."""
    elements = sum(tensor.numel() for tensor in tensors)
    total = sum(float(tensor.cpu().double().square().sum()) for tensor in tensors)
    return float((total / elements) ** 0.5) if elements else 0.0


def _cut(skips: dict[Call, tuple[int, ...]]) -> Before:
    """Zeros in the place of what comes over a skip."""

    def before(call: Call, arguments: Arguments) -> Arguments:
        if call not in skips:
            return arguments
        position = -1

        def replaced(operand: Any) -> Any:
            nonlocal position
            if isinstance(operand, tuple | list):
                return type(operand)(replaced(item) for item in operand)
            if isinstance(operand, Tensor):
                position += 1
                return torch.zeros_like(operand) if position in skips[call] else operand
            return operand

        args, kwargs = arguments
        return tuple(replaced(argument) for argument in args), kwargs

    return before
