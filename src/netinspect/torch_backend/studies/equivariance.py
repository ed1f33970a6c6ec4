"""Shift in, shift out: is a layer's map of the shifted picture the shifted map of the picture?

A convolution's is, away from the border and for shifts by a multiple of its stride. Each layer is asked with a shift
by one of its own cells along the input's last axis of space that is longer than one cell; what leaves the input on one
side comes in on the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netinspect.analysis.receptive_field import Field, Sight, long_axes, sights
from netinspect.machine import refuse_beyond
from netinspect.network.network import Call, Network
from netinspect.recording import LayerEquivariance, Prepared
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.record import bytes_of_sample, estimate, find_call
from netinspect.torch_backend.watching import Arguments, device_of, outputs_of, run, watched


@dataclass(frozen=True, slots=True)
class _Question:
    """A layer's map has the input's axis at `place`; shifting the input by `shift` should shift it by `cells`."""

    place: int
    shift: int
    cells: int
    field: Field | None


def equivariance(
    model: nn.Module, network: Network, prepared: Sequence[Prepared], *, paths: Collection[str] | None = None,
    memory_limit: int | None = None,
) -> tuple[LayerEquivariance, ...]:  # fmt: skip
    """One row for each layer (or each of `paths`) whose map still has the input's last axis of space, in order.

    One run for the input as it is, and one for each size of shift. () for an input without space.
    """
    item = network.inputs[0]
    long = long_axes(item)
    if not long:
        return ()
    axis = long[-1]
    questions = _questions(network, axis, paths)
    refuse_beyond(estimate(network, list(questions), len(prepared[0].array)), memory_limit, "comparing shifted inputs")
    device = device_of(model)
    tensors = batch(network, prepared, device)
    name, size = item.axes[axis - 1], tensors[0].shape[axis]
    before: dict[Call, Tensor] = {}
    rows: dict[Call, LayerEquivariance] = {}
    _each_map(model, network, tensors, questions, lambda call, maps: before.update({call: maps.clone()}))

    def compare(call: Call, maps: Tensor) -> None:  # and forgotten, so that no more than one run's maps are held
        rows[call] = _row(call, name, questions[call], before[call], maps, size)

    for shift in sorted({question.shift for question in questions.values()}):
        calls_at_shift = [call for call, question in questions.items() if question.shift == shift]
        _each_map(model, network, [tensors[0].roll(shift, axis), *tensors[1:]], calls_at_shift, compare)
    return tuple(rows[call] for call in network.calls if call in rows)


def kept_bytes(network: Network) -> int:
    """What `equivariance` keeps of one sample: the maps that it compares."""
    item = network.inputs[0]
    long = long_axes(item)
    calls = _questions(network, long[-1], None) if long else {}
    return sum(bytes_of_sample(call.outputs[0]) for call in calls)


def _each_map(
    model: nn.Module, network: Network, tensors: list[Tensor], calls: Collection[Call],
    use: Callable[[Call, Tensor], None],
) -> None:  # fmt: skip
    """Run the model and hand each of the calls' outputs to `use` as it is made."""

    def after(call: Call, _given: Arguments, returned: Any) -> None:
        if call in calls:
            use(call, outputs_of(call, returned)[0].detach())

    with watched(model, network, after), torch.no_grad():
        run(model, tensors)


# --- which shift -----------------------------------------------------------------------------


def _questions(network: Network, axis: int, paths: Collection[str] | None) -> dict[Call, _Question]:
    fields = sights(network)
    calls = [find_call(network, path) for path in paths] if paths is not None else network.calls
    questions = {}
    for call in calls:
        if (paths is not None or call.module is not None) and call.outputs[0].type.is_float:
            question = _question(fields[call.outputs[0]], call, axis, network.inputs[0].value.type.shape[axis])
            if question is not None:
                questions[call] = question
    return questions


def _question(sight: Sight, call: Call, axis: int, size: int) -> _Question | None:
    place = next((place for place in range(len(sight.carried)) if sight.along(place) == (0, axis)), None)
    if place is None:
        return None
    field, cells = sight.fields.get((0, axis)), call.outputs[0].type.shape[place]
    stride = Fraction(field.step, field.period) if field is not None else Fraction(size, cells)
    if stride.numerator >= size or stride.denominator >= cells:
        return None
    return _Question(place, stride.numerator, stride.denominator, field)


# --- comparing -------------------------------------------------------------------------------


def _row(call: Call, name: str, question: _Question, before: Tensor, after: Tensor, size: int) -> LayerEquivariance:
    length = before.shape[question.place] - question.cells
    expected = before.narrow(question.place, 0, length)
    moved = after.narrow(question.place, question.cells, length)
    inside = _inside(question, length, size)
    interior = None
    if inside.size:
        cells = torch.as_tensor(inside, device=before.device)
        interior = _difference(expected.index_select(question.place, cells), moved.index_select(question.place, cells))
    return LayerEquivariance(
        call.path, name, question.shift, question.cells, interior, _difference(expected, moved), call.entry.name
    )  # fmt: skip


def _inside(question: _Question, length: int, size: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The cells of the unshifted map that see neither border, nor what came in on the other side."""
    field = question.field
    if field is None:
        return np.zeros(0, dtype=np.int64)
    cells = (j for j in range(length) if field.low(j) >= 0 and field.high(j) < size - question.shift)
    return np.fromiter(cells, dtype=np.int64)


def _difference(expected: Tensor, moved: Tensor) -> float:
    """‖found - expected‖ / ‖expected‖; 0 where both are zero."""
    gap, size = float((moved - expected).cpu().double().norm()), float(expected.cpu().double().norm())
    return gap / size if size else float(gap > 0)
