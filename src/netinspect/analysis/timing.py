"""The plain data of `compare --measure`: how long each form of a convolution really takes, and the proof that they
are the same function."""

from __future__ import annotations

from dataclasses import dataclass


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
