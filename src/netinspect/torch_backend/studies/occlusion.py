"""What an answer rests on: a patch is slid over the input, and the answer is asked for again each time.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014. The patch is the input's own mean,
channel by channel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from netinspect.analysis.occlusion import answering, measured, occluded_input, windows
from netinspect.analysis.receptive_field import long_axes
from netinspect.network.network import Network
from netinspect.recording import Occlusion, Prepared
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.watching import device_of, evaluating, run


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
    with evaluating(model), torch.no_grad():
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
    grid = np.array(values).reshape([len(places) for places in starts])
    return Occlusion(number, answer, unit, measured(network), float(before[unit]), patch, starts, grid)


def _answers(output: Tensor, network: Network) -> Tensor:
    """(samples, numbers), in double precision."""
    numbers = output.detach().double().cpu()
    return numbers.softmax(-1) if measured(network) == "softmax" else numbers
