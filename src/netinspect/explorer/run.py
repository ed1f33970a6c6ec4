"""The run that the page shows: which operations the page can compute, with which weights, and what torch gave.

A page has room for so many bytes. Weights are taken layer by layer while they fit; the output of a layer that did not
fit is recorded, so that all that follows it still has its input.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netinspect.analysis.receptive_field import sights
from netinspect.errors import InputError
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

PAGE_BYTES: Final = 60_000
"""What the page takes at least beside the arrays: its script and its style."""

STEP_BYTES: Final = 1_800
"""What a step takes beside its arrays: in the diagram, the table, its map and the data. LeNet's take 1,700 each."""

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
    """Which numbers of `size`, in row-major order, are kept to check by: all, or those of a fixed scramble."""
    if size <= CHECKED:
        return np.arange(size)
    return np.arange(CHECKED, dtype=np.int64) * 2654435761 % (1 << 32) % size


def explore(
    model: Any, network: Network, samples: Sequence[Prepared], *, max_bytes: int, outputs: Sequence[Array] = (),
    excess: int = 0,
) -> Exploration:  # fmt: skip
    """Run `model`, an nn.Module, with the weights that the page will hold. `outputs` are those with its own weights.

    The size of the page is estimated; `excess` is by how many bytes an estimate was too low. InputError where the page
    would take more than `max_bytes` whatever is left out.
    """
    from netinspect.torch_backend.studies.calls import run_calls, state
    from netinspect.torch_backend.studies.places import attended_places

    weights = state(model)
    steps = fitted(operations(network), network, weights, max_bytes, excess)
    keys = dict.fromkeys(key for step in steps if step.kind != "recorded" for key in step.keys)
    tensors = {key: rounded(weights[key]) for key in keys}
    log = _Log(steps, weights, unit_axes(network), frequency_axes(network))
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


# --- what fits -----------------------------------------------------------------------------------


def fitted(
    steps: Sequence[Operation], network: Network, weights: Mapping[str, Array], max_bytes: int, excess: int = 0
) -> tuple[Operation, ...]:
    """The same steps, those recorded whose weights do not fit. InputError where too much is left in any case.

    The steps of one call stay together: all of them are computed, or what the call gives is recorded.
    """
    constants = {value for step in steps if step.settings.get("why") == "constant" for value in step.outputs}
    calls = [tuple(group) for _, group in groupby(steps, key=lambda step: (step.call.path, step.kind == "recorded"))]
    needs = {
        group: frozenset(item for step in group for item in step.operands if isinstance(item, str) or item in constants)
        for group in calls
        if group[0].kind != "recorded"
    }
    sizes = {item: _stored_bytes(item, weights, max_bytes) for item in {*chain.from_iterable(needs.values())}}
    needed = {group: sum(sizes[item] for item in items) for group, items in needs.items()}
    in_place = {group: sum(map(_recorded_bytes, group)) for group in calls}
    least = PAGE_BYTES + STEP_BYTES * len(steps) + excess + sum(_value_bytes(item.value) for item in network.inputs)
    least += sum(_written(4 * min(CHECKED, value.type.elements)) for step in steps for value in step.outputs)
    least += sum(in_place[group] for group in calls if group not in needs and group[0].settings["why"] != "constant")
    least += sum(min(needed[group], in_place[group]) for group in needs)
    if least > max_bytes:
        raise InputError(
            f"the page of {network.name} takes at least {_amount(least)}, more than the limit of {_amount(max_bytes)}; "
            "--max-size allows more"
        )
    room, present, chosen = max_bytes - least, set[Any](), list[Operation]()
    for group in calls:
        if group not in needs:
            chosen += group
            continue
        reserved = min(needed[group], in_place[group])
        cost = sum(sizes[item] for item in needs[group] - present)
        if cost - reserved <= room:
            present |= needs[group]
            chosen += group
        else:
            cost = in_place[group]
            chosen += _left_out(group)
        room -= cost - reserved
    return tuple(
        step for step in chosen if step.settings.get("why") != "constant" or not present.isdisjoint(step.outputs)
    )


def _left_out(group: tuple[Operation, ...]) -> Iterator[Operation]:
    """The steps of a call whose weights have no room."""
    if group[0].title:
        yield recorded(group[0].call, "size")
        return
    for step in group:
        yield replace(step, kind="recorded", settings={"why": "size", "is_linear": _is_one_product(step)})


def _amount(count: int) -> str:
    return f"{count / 1e3:,.0f} kB" if count < 10_000_000 else f"{count / 1e6:,.1f} MB"


def _stored_bytes(item: str | Value, weights: Mapping[str, Array], max_bytes: int) -> int:
    """Of a weight by its key, compressed unless it is far too large in any case; or of a constant."""
    if isinstance(item, Value):
        return _written(4 * item.type.elements)
    size = weights[item].size
    plain = (4 if size <= SINGLE else 2) * size
    if size <= SINGLE or plain > 2 * max_bytes:
        return _written(plain)
    return _written(len(zlib.compress(planes(rounded(weights[item])))))


def _recorded_bytes(step: Operation) -> int:
    """What a step takes where its outputs are stored, with its largest products; nothing inside a call of several."""
    values = sum(_value_bytes(value) for value in step.outputs if value in step.call.outputs)
    return values + (_written(8 * LARGEST * step.outputs[0].type.elements) if _is_one_product(step) else 0)


def _is_one_product(step: Operation) -> bool:
    """Whether it is a Linear of one vector, of which the largest products say most and take less than the weights."""
    if step.kind != "linear" or step.title:
        return False
    result, features = step.outputs[0].type, step.call.inputs[0].type.shape[-1]
    return result.elements == result.shape[-1] and features > 4 * LARGEST


def _value_bytes(value: Value) -> int:
    count = value.type.elements
    return _written(count * (4 if count <= SINGLE_VALUE else 2))


def _written(count: int) -> int:
    """In base85."""
    return -(-count // 4) * 5


# --- what is kept of the run -----------------------------------------------------------------------


class _Log:
    """Keeps of each call what the page needs, while the run goes on."""

    def __init__(
        self,
        steps: Sequence[Operation],
        weights: Mapping[str, Array],
        axes: Mapping[Value, int | None],
        upwards: Mapping[Value, int],
    ) -> None:
        self.steps: dict[Call, list[Operation]] = {}
        self.stored: dict[Value, Array] = {}
        self.checks: dict[Value, Array] = {}
        self.stills: dict[Value, Still] = {}
        self.unit_axes = axes
        self.upwards = upwards
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
    places = np.argsort(-np.abs(products), axis=1, kind="stable")[:, :most]
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
