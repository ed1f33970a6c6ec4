"""What an answer rests on: a patch is slid over the input, and the answer is asked for again each time.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014. The patch is the input's own mean,
channel by channel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from netinspect.analysis.receptive_field import long_axes
from netinspect.network.network import Network
from netinspect.recording import Occlusion, Prepared
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.watching import device_of, run

PATCHES: Final = {1: 24, 2: 7}
"""Into how many patches an axis would be cut, by the number of axes: with half a patch from one to the next, 47 runs
over time and 13×13 over a picture."""


def occlusion(
    model: nn.Module, network: Network, prepared: Sequence[Prepared], *, at_once: int = 32,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Occlusion:  # fmt: skip
    """The strongest number of an output for one sample, and what it is with each part of an input hidden.

    `at_once` runs are made together. `progress` is told how many are done, and of how many.

    The output is the first one of probabilities, else the first. Of several numbers the softmax is looked at, unless
    the last layer gives them a meaning itself.
    """
    number, answer = occluded_input(network), answering(network)
    assert number is not None
    item = network.inputs[number]
    axes = long_axes(item)
    tensors = [tensor[:1] for tensor in batch(network, prepared, device_of(model))]
    sample = tensors[number]
    patch, starts = windows([sample.shape[axis] for axis in axes])
    fill = sample.mean(dim=axes, keepdim=True)
    with torch.no_grad():
        before = _answers(run(model, tensors)[answer], network)[0]
        unit = int(before.argmax())
        values: list[float] = []
        corners = list(product(*starts))
        for first in range(0, len(corners), at_once):
            progress(first, len(corners))
            part = corners[first : first + at_once]
            hidden = sample.expand(len(part), *sample.shape[1:]).clone()
            for at, corner in enumerate(part):
                window = [slice(None)] * (sample.dim() - 1)
                for axis, start, size in zip(axes, corner, patch, strict=True):
                    window[axis - 1] = slice(start, start + size)
                hidden[at][tuple(window)] = fill[0]
            others = [tensor.expand(len(part), *tensor.shape[1:]) for tensor in tensors]
            answers = _answers(run(model, [*others[:number], hidden, *others[number + 1 :]])[answer], network)
            values += answers[:, unit].tolist()
    is_probability = _is_softmax_taken(network) or _effect(network, answer) == "shares"
    grid = np.array(values).reshape([len(places) for places in starts])
    return Occlusion(number, answer, unit, is_probability, float(before[unit]), patch, starts, grid)


def occluded_input(network: Network) -> int | None:
    """The first input of numbers over time or over a plane; None where there is none, and where the output is no row of
    numbers for each sample."""
    output = network.outputs[answering(network)][1]
    if output.type.rank != 2 or not output.type.is_float or 0 not in output.batch_axes:
        return None
    fitting = (
        number
        for number, item in enumerate(network.inputs)
        if len(long_axes(item)) in PATCHES and item.value.type.is_float
    )
    return next(fitting, None)


def answering(network: Network) -> int:
    """Which output is looked at: the first of probabilities, else the first one."""
    return next((at for at in range(len(network.outputs)) if _effect(network, at) == "shares"), 0)


def windows(sizes: Sequence[int]) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """The patch's size along each axis, and where it is put: half a patch from one place to the next, and the end."""
    patch = tuple(max(1, round(size / PATCHES[len(sizes)])) for size in sizes)
    starts = []
    for size, long in zip(sizes, patch, strict=True):
        places = list(range(0, size - long + 1, max(1, long // 2)))
        starts.append((*places, *([size - long] if places[-1] != size - long else [])))
    return patch, tuple(starts)


def runs(network: Network) -> int:
    """How often the network is run for it."""
    number = occluded_input(network)
    if number is None:
        return 0
    item = network.inputs[number]
    return 1 + prod(map(len, windows([item.value.type.shape[axis] for axis in long_axes(item)])[1]))


def _effect(network: Network, output: int) -> str | None:
    """What the layer that makes an output makes of its numbers."""
    last = network.makers.get(network.outputs[output][1])
    return last.entry.effect if last is not None else None


def _is_softmax_taken(network: Network) -> bool:
    answer = answering(network)
    is_plain = _effect(network, answer) not in ("shares", "squashes")
    return is_plain and network.outputs[answer][1].type.shape[-1] > 1


def _answers(output: Tensor, network: Network) -> Tensor:
    """(samples, numbers), in double precision."""
    numbers = output.detach().double().cpu()
    return numbers.softmax(-1) if _is_softmax_taken(network) else numbers
