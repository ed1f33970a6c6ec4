"""The run that the page shows: which operations the page can compute, with which weights, and what torch gave.

A page has room for so many bytes (see `fit`). The output of a layer that has none is recorded, so that all that follows
it still has its input.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netinspect.analysis.receptive_field import sights
from netinspect.explorer.moves import move_settings
from netinspect.explorer.operation import Operation
from netinspect.explorer.operations import operations, recorded
from netinspect.explorer.stills import Still, still
from netinspect.network.axes import unit_axes
from netinspect.network.network import Call, Network, Value
from netinspect.pictures.axes import along
from netinspect.pictures.draw.axes import FREQUENCIES
from netinspect.recording import Array, AttendedPlaces, Prepared

if TYPE_CHECKING:
    from netinspect.torch_backend.studies.calls import CallRun

CHECKED: Final = 200
"""So many numbers of each value are kept as torch gave them."""

LARGEST: Final = 20
"""So many products are kept of each output of a Linear whose weights did not fit."""

SINGLE: Final = 1024
"""A weight of up to so many numbers is kept in single precision: biases, statistics, first kernels."""

SINGLE_VALUE: Final = 1 << 16
"""The same of a recorded value, from which the page goes on computing."""

_HALF_LOSS: Final = 2.0**-10
"""Rounding to half precision loses half of this, relatively, where numbers are in its range."""


@dataclass(frozen=True, slots=True, eq=False)
class Exploration:
    """Everything that the page knows of a run.

    steps     the operations in order; moves with their settings
    tensors   by state-dict key the weights, as stored and as used
    stored    values that are not computed: inputs, constants, what is recorded
    checks    numbers of each value, those of `checked_places`
    stills    maps of values, for readers without JavaScript
    upwards   of values that are spectrograms the axis of frequency, which is drawn with the low ones at the bottom
    attended  by the path of an attention where its queries and keys stand on the input
    outputs   of the network
    change    how far an output moved when the weights were rounded, at most; None where that is not a number
    """

    network: Network
    steps: tuple[Operation, ...]
    tensors: dict[str, Array]
    stored: dict[Value, Array]
    checks: dict[Value, Array]
    stills: dict[Value, Still]
    upwards: Mapping[Value, int]
    attended: Mapping[str, AttendedPlaces]
    outputs: tuple[Array, ...]
    change: float | None


def checked_places(size: int) -> Array:
    """Which numbers of `size`, in row-major order, are kept to check by: all, or those at multiples of the golden ratio
    (Knuth's multiplicative hash), which are spread evenly over any size."""
    if size <= CHECKED:
        return np.arange(size)
    shares = np.arange(CHECKED, dtype=np.int64) * 2654435761 % (1 << 32) / 2**32
    return (shares * size).astype(np.int64)


def explore(
    model: Any, network: Network, samples: Sequence[Prepared], *, left_out: Container[Call] = (),
    outputs: Sequence[Array] = (),
) -> Exploration:  # fmt: skip
    """Run `model`, an nn.Module, with the weights that the page will hold. `outputs` are those with its own weights.

    The calls in `left_out` are recorded: the page has no room for their weights.
    """
    from netinspect.torch_backend.studies.calls import run_calls, state
    from netinspect.torch_backend.studies.places import attended_places

    weights = state(model)
    steps = without_weights(operations(network), left_out)
    keys = dict.fromkeys(key for step in steps if step.kind != "recorded" for key in step.keys)
    tensors = {key: rounded(weights[key]) for key in keys}
    log = Recorder(steps, network, weights)
    by_name = {sample.input: sample.array[:1] for sample in samples}
    for item in network.inputs:
        log.stored[item.value] = stored(by_name[item.name], is_exact=True)
        log.stills[item.value] = still(by_name[item.name], log.unit_axes[item.value], log.upwards.get(item.value))
    results = run_calls(model, network, samples, log.see, tensors)
    with np.errstate(invalid="ignore"):
        pairs = zip(outputs, results, strict=False)
        changes = [float(np.abs(before[:1].astype(float) - after).max(initial=0)) for before, after in pairs]
    change = max(changes) if changes and np.isfinite(changes).all() else None
    settled = tuple(step for of_call in log.steps.values() for step in of_call)
    return Exploration(
        network,
        settled,
        tensors,
        log.stored,
        log.checks,
        log.stills,
        log.upwards,
        attended_places(network),
        results,
        change,
    )


def without_weights(steps: Sequence[Operation], left_out: Container[Call]) -> tuple[Operation, ...]:
    """The same steps, those of the calls in `left_out` recorded; without the constants that none of the others reads.

    The steps of one call stay together: all of them are computed, or what the call gives is recorded.
    """
    settled: list[Operation] = []
    for step in steps:
        if step.call not in left_out or step.kind == "recorded":
            settled.append(step)
        elif not step.title:
            settled.append(replace(step, kind="recorded", settings={"why": "size", "is_linear": _is_one_product(step)}))
        elif step.outputs == step.call.outputs:  # the last one of several
            settled.append(recorded(step.call, "size"))
    read = {operand for step in settled if step.kind != "recorded" for operand in step.operands}
    return tuple(
        step for step in settled if step.settings.get("why") != "constant" or not read.isdisjoint(step.outputs)
    )


def _is_one_product(step: Operation) -> bool:
    """Whether it is a Linear of one vector, of which the largest products say most and take less than the weights."""
    if step.kind != "linear":
        return False
    result, features = step.outputs[0].type, step.call.inputs[0].type.shape[-1]
    return result.elements == result.shape[-1] and features > 4 * LARGEST


def frequency_axes(network: Network) -> dict[Value, int]:
    """Of each value that runs along the frequencies of an input which axis does."""
    fields = sights(network)
    return {
        value: axis
        for value in fields
        for axis in range(value.type.rank)
        if along(value, axis, network, fields) in FREQUENCIES
    }


def rounded(values: Array) -> Array:
    """A weight as the page holds it: float32, float16 for a large one that half precision can hold, or int32."""
    if values.dtype.kind != "f":
        return values.astype(np.int32)
    single = values.astype(np.float32)
    return single if single.size <= SINGLE else _half_if_held(single)


def _half_if_held(single: Array) -> Array:
    """In half precision, unless that has no room for its numbers: they are too large, or most are too small."""
    with np.errstate(over="ignore", invalid="ignore"):
        half = single.astype(np.float16)
        finite = np.isfinite(single)
        error = np.where(finite, half.astype(np.float64) - single, 0)
    is_held = np.linalg.norm(error) <= _HALF_LOSS * np.linalg.norm(np.where(finite, single, 0).astype(np.float64))
    return half if is_held else single


# --- what is kept of the run -----------------------------------------------------------------------


class Recorder:
    """Keeps of each call what the page needs, while the run goes on."""

    def __init__(self, steps: Sequence[Operation], network: Network, weights: Mapping[str, Array]) -> None:
        self.steps: dict[Call, list[Operation]] = {}
        self.stored: dict[Value, Array] = {}
        self.checks: dict[Value, Array] = {}
        self.stills: dict[Value, Still] = {}
        self.unit_axes = unit_axes(network)
        self.upwards = frequency_axes(network)
        self._weights = weights
        for step in steps:
            self.steps.setdefault(step.call, []).append(step)

    def see(self, ran: CallRun) -> None:
        self.steps[ran.call] = [self._kept(step, ran) for step in self.steps.get(ran.call, ())]

    def _kept(self, step: Operation, ran: CallRun) -> Operation:
        outputs = ran.call.outputs  # of a step inside a layer of several, torch says nothing
        arrays = {value: ran.output(outputs.index(value)) for value in step.outputs if value in outputs}
        arrays = {value: array for value, array in arrays.items() if array.dtype.kind != "c"}
        for value, array in arrays.items():
            self.checks[value] = array.reshape(-1)[checked_places(array.size)].astype(np.float32)
            if step.kind != "move":  # those are the numbers of the layer before
                self.stills[value] = still(array, self.unit_axes[value], self.upwards.get(value))
        if step.kind == "move":
            step = _moved(step, ran, arrays[step.outputs[0]])
        if step.kind == "recorded":
            is_constant = step.settings["why"] == "constant"
            self.stored |= {value: stored(array, is_exact=is_constant) for value, array in arrays.items()}
            if step.settings.get("is_linear"):
                products = self._weights[step.inputs["weight"]] * ran.source().reshape(-1)
                step = replace(step, settings={"why": "size", "largest": _largest(products)})
            if step.settings["why"] == "size":  # without its weights, which the page does not have
                inputs = {name: operand for name, operand in step.inputs.items() if isinstance(operand, Value)}
                step = replace(step, inputs=inputs)
        return step


def _moved(step: Operation, ran: CallRun, output: Array) -> Operation:
    """The step with the places that its numbers come from, if they prove right; else it is recorded."""
    try:
        places = ran.places(ran.call.outputs.index(step.outputs[0]))
    except (RuntimeError, TypeError, ValueError):  # it does more than move numbers
        return recorded(step.call, "unknown", step.outputs)
    numbers = np.where(places < 0, 0, ran.source().reshape(-1)[np.maximum(places, 0)])
    if not np.array_equal(numbers, output, equal_nan=output.dtype.kind == "f"):
        return recorded(step.call, "unknown", step.outputs)
    return replace(step, settings=move_settings(places) or {"index": places.astype(np.int32)})


def _largest(products: Array) -> tuple[Array, Array]:
    """Of (outputs, features) for each output the places of the largest products, and these."""
    most = min(LARGEST, products.shape[1])
    sizes = -np.abs(products)
    places = np.sort(np.argpartition(sizes, most - 1, axis=1)[:, :most], axis=1)
    order = np.argsort(np.take_along_axis(sizes, places, axis=1), axis=1, kind="stable")
    places = np.take_along_axis(places, order, axis=1)
    return places.astype(np.int32), np.take_along_axis(products, places, axis=1).astype(np.float32)


def planes(array: Array) -> bytes:
    """The bytes of an array, little-endian: the first byte of every number, then the second. This compresses better."""
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return little.reshape(-1).view(np.uint8).reshape(-1, little.itemsize).T.tobytes()


def stored(array: Array, *, is_exact: bool = False) -> Array:
    """A value as the page holds it; a large one in half precision, unless it must be exact or would be lost."""
    if array.dtype.kind != "f":
        return array.astype(np.int32)
    single = array.astype(np.float32)
    return single if is_exact or array.size <= SINGLE_VALUE else _half_if_held(single)
