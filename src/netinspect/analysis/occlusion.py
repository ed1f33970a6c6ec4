"""Which part of an input is hidden for an occlusion map, where, how often, and which output is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final, Literal

from netinspect.analysis.probabilities import last_effect
from netinspect.analysis.receptive_field import long_axes
from netinspect.catalogue.entry import SQUASHING
from netinspect.network.network import Network

Measure = Literal["softmax", "probability", "output"]
"""What the number is that is looked at: of a softmax that is taken of the output, one of shares that the network gives,
or any other number of the output."""

PATCHES: Final = {1: 24, 2: 7}
"""Into how many patches an axis would be cut, by the number of axes: with half a patch from one to the next, 47 runs
over time and 13×13 over a picture."""


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
    values = (value for _, value in network.outputs)
    return next((at for at, value in enumerate(values) if last_effect(value, network) == "shares"), 0)


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


def measured(network: Network) -> Measure:
    """What is looked at of the output. Of several numbers that no last layer gives a meaning it is their softmax."""
    _, value = network.outputs[answering(network)]
    effect = last_effect(value, network)
    if effect not in SQUASHING | {"shares"} and value.type.shape[-1] > 1:
        return "softmax"
    return "probability" if effect == "shares" else "output"
