"""What `compare --measure` may take: which layers are measured, and how much memory that needs, before any of it is
allocated and before torch is loaded; and the plain data it gives: how long each form of a convolution really takes,
and the proof that they are the same function."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netinspect.analysis.equivalents import Alternatives, Convolution, alternatives, convolution, convolutions
from netinspect.analysis.text import byte_size
from netinspect.errors import InputError
from netinspect.network.network import Call, Network


@dataclass(frozen=True, slots=True)
class Timing:
    """One form (`convolution`, `unfolded`, `fully_connected`) in one direction (`forward`, `backward`).

    Nanoseconds of a run: the median of `runs`, and the quartiles.
    """

    form: str
    direction: str
    median_ns: int
    lower_ns: int
    upper_ns: int
    runs: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The convolution written as one big matrix, with whole-number weights, so that nothing is rounded.

    `outputs_equal`: matrix times input is the convolution's output, to the last bit. `nonzeros` of the matrix, and
    `connections`, the weights of the locally connected layer as they were counted.
    """

    outputs: int
    outputs_equal: bool
    nonzeros: int
    connections: int

    @property
    def holds(self) -> bool:
        return self.outputs_equal and self.nonzeros == self.connections


@dataclass(frozen=True, slots=True)
class MeasuredLayer:
    """One convolution. `skipped`: what was not measured, and why."""

    path: str
    timings: tuple[Timing, ...]
    skipped: tuple[tuple[str, str], ...]
    proof: Proof | None

    def timing(self, form: str, direction: str) -> Timing | None:
        """The timing of a form in a direction, None where it was not measured."""
        return next((timing for timing in self.timings if (timing.form, timing.direction) == (form, direction)), None)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Where it was measured, and every layer. Convolutions that are alike are measured once, at the first."""

    device: str
    threads: int
    torch: str
    batch_size: int
    layers: tuple[MeasuredLayer, ...]


FLOAT_BYTES: Final = 4
"""Measured in float32."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What to measure: forward alone or backward too, the largest fully connected layer in bytes of its weights, and
    the most memory that a layer may take."""

    backward: bool
    most_weight_bytes: int
    most_memory: int | None
    device: str = "cpu"


def distinct(network: Network) -> Iterator[tuple[Call, Alternatives]]:
    """The convolutions that differ in more than their names, each at its first place."""
    keys = set()
    for call, layer in zip(convolutions(network), alternatives(network), strict=True):
        key = (convolution(call), layer.type)
        if key not in keys:
            keys.add(key)
            yield call, layer


def need_memory(network: Network, limits: Limits) -> None:
    """InputError where measuring a convolution takes more memory than is allowed. Nothing is allocated."""
    for call, layer in distinct(network):
        needed = memory_bytes(convolution(call), backward=limits.backward, with_matrix=fits(layer, limits))
        if limits.most_memory is not None and needed > limits.most_memory:
            raise InputError(
                f"measuring {call.path} takes about {byte_size(needed)} of memory, and "
                f"{byte_size(limits.most_memory)} are allowed: lower --measure-limit or --batch-size, or raise "
                "--memory-limit"
            )


def memory_bytes(sizes: Convolution, *, backward: bool, with_matrix: bool) -> int:
    """The most memory that measuring one convolution takes, in bytes: tensors, copies of windows, or the matrix."""
    tensors = sizes.batch * (sizes.channels * math.prod(sizes.space) + math.prod(sizes.units))
    windows = sizes.batch * sizes.channels * math.prod(sizes.kernel) * math.prod(sizes.out_space)
    matrix = sizes.channels * math.prod(sizes.space) * math.prod(sizes.units) if with_matrix else 0
    return FLOAT_BYTES * (1 + backward) * (3 * tensors + max(2 * windows, matrix))


def fits(layer: Alternatives, limits: Limits) -> bool:
    """Whether the fully connected layer is measured."""
    return layer.fully_connected.params * FLOAT_BYTES <= limits.most_weight_bytes
