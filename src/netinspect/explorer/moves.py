"""What moves numbers and changes none (reshape, permute, slices, a pixel shuffle), as a few counts and steps.

Such a call is run once more on the places of its numbers. Mostly the place from which an output comes is a sum of one
step for each axis of the output: then a count and a step say all of an axis, and the page needs no list of places.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from netinspect.recording import Array

Axis = Any
"""[count, step], or the step of each cell."""

LONGEST_LIST: Final = 4096
"""So many steps of an axis are listed; what needs more is kept as an array."""


def move_settings(places: Array) -> dict[str, Any] | None:
    """The settings of a `move`, `axes` and `offset`, from the place in the input of each output, row-major.

    None where the axes do not act apart from each other, or where a place is negative (there is no such number).
    """
    if places.size == 0 or places.min() < 0:
        return None
    offset = int(places.flat[0])
    steps = [  # along each axis, at 0 of all others
        places[tuple(slice(None) if at == axis else 0 for at in range(places.ndim))] - offset
        for axis in range(places.ndim)
    ]
    total = np.asarray(offset)
    for axis, of_axis in enumerate(steps):
        total = total + of_axis.reshape((-1,) + (1,) * (places.ndim - axis - 1))
    if not np.array_equal(np.broadcast_to(total, places.shape), places):
        return None
    axes = _joined([part for of_axis in steps for part in _parts(of_axis)])
    return {"axes": axes, "offset": offset} if axes is not None else None


def _parts(steps: Array) -> list[Axis]:
    """An axis as [count, step], or as several one inside the other, the outermost first; else as the list."""
    count = len(steps)
    if count == 1:
        return []
    step = int(steps[1])
    differs = np.flatnonzero(np.diff(steps) != step)
    run = int(differs[0]) + 1 if len(differs) else count
    if run == count:
        return [[count, step]]
    if count % run == 0 and run > 1:
        table = steps.reshape(-1, run)
        outer = _parts(table[:, 0])
        if all(isinstance(part, list) for part in outer) and (table - table[:, :1] == table[0] - table[0, 0]).all():
            return [*outer, [run, step]]
    return [{"steps": steps.tolist()}]


def _joined(axes: list[Axis]) -> list[Axis] | None:
    """The same with neighbours that act as one axis in one; None where a list would be too long."""
    joined: list[Axis] = []
    for axis in axes:
        if joined and isinstance(axis, list) and isinstance(joined[-1], list) and joined[-1][1] == axis[0] * axis[1]:
            joined[-1] = [joined[-1][0] * axis[0], axis[1]]
        else:
            joined.append(axis)
    lengths = [len(axis["steps"]) for axis in joined if isinstance(axis, dict)]
    return joined if sum(lengths) <= LONGEST_LIST else None
