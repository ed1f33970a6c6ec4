"""The part of an input that one unit of a feature map sees, and cutting it out of what was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netinspect.analysis.receptive_field import Sight, spatial_axes
from netinspect.network.network import NetworkInput
from netinspect.recording import OUTSIDE, Array, Prepared

Box = tuple[tuple[int, int], ...]
"""(first, last) cell for each spatial axis of the input, in order; may lie outside the input."""


def unit_box(sight: Sight, target: NetworkInput, index: Sequence[int], number: int = 0) -> Box:
    """What the unit at `index` (one number for each axis of its tensor, the samples' too) sees of input `number`.

    A global field is the whole axis.
    """
    sides = []
    for axis in spatial_axes(target):
        of_input = (number, axis)
        field = sight.fields.get(of_input)
        place = next((place for place in range(len(sight.carried)) if sight.along(place) == of_input), None)
        if field is None or place is None:
            sides.append((0, target.value.type.shape[axis] - 1))
        else:
            sides.append((field.low(index[place]), field.high(index[place])))
    return tuple(sides)


def crop(prepared: Prepared, sample: int, box: Box) -> Array:
    """The part of a sample that a box covers: pixels of its picture, else numbers of its array, axes as the input's.

    Where the box leaves the input, pixels are mid-grey and numbers not a number.
    """
    if prepared.picture is not None:
        return _cut(prepared.picture, box, (0, 1), OUTSIDE)
    values = np.asarray(prepared.array[sample], dtype=np.float32)
    space = [place for place, name in enumerate(prepared.axes) if name not in ("channels", "features")]
    return _cut(values, box, space, np.nan)


def _cut(values: Array, box: Box, axes: Sequence[int], fill: Any) -> Array:
    inside, outside = [slice(None)] * values.ndim, [(0, 0)] * values.ndim
    for axis, (first, last) in zip(axes, box, strict=True):
        size = values.shape[axis]
        start, stop = min(max(first, 0), size), max(min(last + 1, size), 0)
        inside[axis] = slice(start, max(start, stop))
        before = min(max(-first, 0), last + 1 - first)
        outside[axis] = (before, last + 1 - first - before - max(stop - start, 0))
    # numpy pads no array without axes, as an input of one number is
    return np.pad(values[tuple(inside)], outside, constant_values=fill) if axes else values
