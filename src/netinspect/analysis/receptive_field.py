"""Which part of the input one unit of a feature map sees.

For each spatial axis of each input a tensor carries a `Field`: an interval of input cells for each of its
own cells. Convolutions and pooling slide over it (Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019), joins take the union, and what sees all of an axis (attention,
a Linear over space, pooling to one cell, a recurrent layer over time) makes it global.
After a transposed convolution neighbouring cells see differently placed intervals; these repeat with a
period, and the field keeps one interval for each cell of it, so that sizes stay exact. Where it is dilated too, a
cell may see further back than the one before it, or nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import gcd, lcm
from typing import Final, NamedTuple

from netinspect.analysis.figures import ReceptiveField
from netinspect.catalogue.entry import POINTWISE, Reach, Window
from netinspect.network.network import Call, Network, NetworkInput, Value

MAX_PERIOD: Final = 4096
"""Fields that repeat after more cells than this count as global; the four-fold upsamplings of Demucs reach it."""

_WITHOUT_SPACE: Final = frozenset({"channels", "features"})


class Field(NamedTuple):
    """Cell `m·period + i` sees input cells from `m·step + lows[i]` to `m·step + highs[i]`, both included."""

    lows: tuple[int, ...] = (0,)
    highs: tuple[int, ...] = (0,)
    step: int = 1

    @property
    def period(self) -> int:
        return len(self.lows)

    @property
    def size(self) -> int:
        """Of the cell that sees most."""
        return max(high - low for low, high in zip(self.lows, self.highs, strict=True)) + 1

    @property
    def is_ordered(self) -> bool:
        """Whether every cell sees something, and none further back than the cell before it."""
        if self.period == 1:
            return self.lows <= self.highs
        pairs = zip(self.lows, self.highs, strict=True)
        return all(low <= high for low, high in pairs) and all(
            bounds[-1] <= bounds[0] + self.step and all(a <= b for a, b in pairwise(bounds))
            for bounds in (self.lows, self.highs)
        )

    @property
    def stride(self) -> int | float:
        """Input cells from one cell to the next; a fraction after upsampling."""
        cells, rest = divmod(self.step, self.period)
        return self.step / self.period if rest else cells

    def low(self, cell: int) -> int:
        turns, phase = divmod(cell, self.period)
        return turns * self.step + self.lows[phase]

    def high(self, cell: int) -> int:
        turns, phase = divmod(cell, self.period)
        return turns * self.step + self.highs[phase]


Axis = tuple[int, int]
"""An axis of an input: (which input, which axis of its tensor)."""

OTHER: Final = (-1, -1)
"""Stands among a tensor axis's input axes where it runs over more than those."""


class Sight(NamedTuple):
    """What a tensor's units see. `carried`: for each tensor axis the input axes it runs along.
    `fields`: for each input axis the field, None where global.
    """

    carried: tuple[tuple[Axis, ...], ...]
    fields: dict[Axis, Field | None]

    def along(self, axis: int) -> Axis | None:
        """The one input axis that this tensor axis runs along, and no other tensor axis does."""
        input_axes = self.carried[axis]
        if len(input_axes) != 1 or input_axes[0] == OTHER or sum(input_axes[0] in other for other in self.carried) != 1:
            return None
        return input_axes[0]


def slide(field: Field, window: Window) -> Field | None:
    """The field after a window. Where inputs are spread first, cell j of the input stands at j·spread."""
    spread_period = window.spread * field.period
    shared = gcd(spread_period, window.stride)
    period = spread_period // shared
    if period > MAX_PERIOD:
        return None
    starts = [cell * window.stride - window.before for cell in range(period)]
    cells = [_cells(window, start) for start in starts]
    if field.is_ordered:
        bounds = [(field.low(run[0]), field.high(run[-1])) if run else _nothing(field, run.start) for run in cells]
    else:  # of cells a period apart the first sees the lowest, the last the highest
        ends = [{*run[: field.period], *run[-field.period :]} for run in cells]
        bounds = [
            _hull([(field, cell) for cell in end]) or _nothing(field, run.start)
            for run, end in zip(cells, ends, strict=True)
        ]
    lows, highs = zip(*bounds, strict=True)
    return Field(lows, highs, field.step * (window.stride // shared))


def taps(window: Window, cell: int) -> range:
    """The cells below that one cell above a window sees, in the padding too."""
    return _cells(window, cell * window.stride - window.before)


def _cells(window: Window, start: int) -> range:
    """The input cells that a window from `start` on meets; of inputs spread apart a dilated one passes over some."""
    shared = gcd(window.dilation, window.spread)
    if start % shared:
        return range(-(-start // window.spread), -(-start // window.spread))
    apart = window.spread // shared
    first = -start // shared * pow(window.dilation // shared, -1, apart) % apart
    end = start + (window.size - 1) * window.dilation
    return range(
        (start + first * window.dilation) // window.spread, end // window.spread + 1, window.dilation // shared
    )


def _nothing(field: Field, cell: int) -> tuple[int, int]:
    """The interval of what sees nothing: it ends before it begins."""
    return field.low(cell), field.low(cell) - 1


def _hull(cells: Iterable[tuple[Field, int]]) -> tuple[int, int] | None:
    """The interval around all that the cells see; None where they see nothing."""
    intervals = [(field.low(cell), field.high(cell)) for field, cell in cells]
    filled = [(low, high) for low, high in intervals if low <= high]
    return (min(low for low, _ in filled), max(high for _, high in filled)) if filled else None


def union(field: Field, other: Field) -> Field | None:
    """What either sees; None where the two drift apart."""
    if field.step * other.period != other.step * field.period:
        return None
    period = lcm(field.period, other.period)
    if period > MAX_PERIOD:
        return None
    bounds = [_hull([(field, cell), (other, cell)]) or _nothing(field, cell) for cell in range(period)]
    lows, highs = zip(*bounds, strict=True)
    return Field(lows, highs, field.step * (period // field.period))


def sights(network: Network, *, with_statistics: bool = True) -> dict[Value, Sight]:
    """What every tensor of the network sees. Without statistics, what a norm takes into its mean and variance does not
    count."""
    by_value: dict[Value, Sight] = {}
    for index, network_input in enumerate(network.inputs):
        space, axes = spatial_axes(network_input), range(len(network_input.value.type.shape))
        carried = tuple(((index, axis),) if axis in space else () for axis in axes)
        by_value[network_input.value] = Sight(carried, {(index, axis): Field() for axis in space})
    for call in network.calls:
        is_left_out = call.entry.family == "normalisation" and not with_statistics
        sight = _call_sight(call, by_value, POINTWISE if is_left_out else call.result.reach)
        for value in call.outputs:
            same = len(value.type.shape) == len(call.outputs[0].type.shape)
            by_value[value] = sight if same else _all_global(sight, len(value.type.shape))
    return by_value


def spatial_axes(network_input: NetworkInput) -> tuple[int, ...]:
    """The axes of an input that are space or time, batch counted as axis 0."""
    return tuple(axis for axis, name in enumerate(network_input.axes, 1) if name not in _WITHOUT_SPACE)


def long_axes(network_input: NetworkInput) -> tuple[int, ...]:
    """Those of `spatial_axes` that have more than one cell."""
    return tuple(axis for axis in spatial_axes(network_input) if network_input.value.type.shape[axis] > 1)


def _all_global(sight: Sight, rank: int) -> Sight:
    return Sight(((),) * rank, dict.fromkeys(sight.fields))


def _call_sight(call: Call, by_value: dict[Value, Sight], reach: Reach) -> Sight:
    shape = call.outputs[0].type.shape
    inputs = [value for place, value in enumerate(call.inputs) if place not in call.entry.type_of]
    if not inputs:
        return Sight(((),) * len(shape), {})
    first, *others = inputs
    sight = _seen(first, by_value)
    if (reach != POINTWISE and (sight.fields or reach.axes)) or len(sight.carried) != len(shape):
        sight = _moved(sight, first.type.shape, reach, len(shape))
    if others and reach.axes is None and not reach.windows:
        sight = _with_seams(sight, first.type.shape, shape)
    for other in others:
        sight = _joined(sight, _seen(other, by_value), other.type.shape, shape, bool(reach.windows or reach.mixes))
    return sight


def _seen(value: Value, by_value: dict[Value, Sight]) -> Sight:
    """A parameter sees nothing."""
    return by_value.get(value) or Sight(((),) * len(value.type.shape), {})


def _moved(sight: Sight, shape: tuple[int, ...], reach: Reach, rank: int) -> Sight:
    """The first tensor's sight after the call's own reach."""
    fields = dict(sight.fields)
    for axis in reach.mixes:
        fields.update({input_axis: None for input_axis in sight.carried[axis] if input_axis != OTHER})
    for axis, window in reach.windows:
        alone = sight.along(axis)
        for input_axis in sight.carried[axis]:
            field = fields.get(input_axis)
            if field is not None and window != Window():
                fields[input_axis] = slide(field, window) if input_axis == alone else None
    if reach.axes is None:
        return Sight(sight.carried, fields) if len(sight.carried) == rank else _all_global(sight, rank)
    return Sight(tuple(_merged(sight, shape, axes) for axes in reach.axes), fields)


def _merged(sight: Sight, shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[Axis, ...]:
    """What an axis carries that runs over several axes of the input."""
    wide = [axis for axis in axes if shape[axis] != 1] or list(axes[:1])
    carried = [input_axis for axis in wide for input_axis in sight.carried[axis]]
    if len(wide) > 1 and carried:
        carried.append(OTHER)
    return tuple(dict.fromkeys(carried))


def _with_seams(sight: Sight, shape: tuple[int, ...], out: tuple[int, ...]) -> Sight:
    """A join along an axis of space (cat over time) leaves a seam that no window may cross."""
    if len(shape) != len(out):
        return sight
    carried = tuple(
        (*input_axes, OTHER) if input_axes and size not in (1, out_size) else input_axes
        for input_axes, size, out_size in zip(sight.carried, shape, out, strict=True)
    )
    return Sight(carried, sight.fields)


def _joined(sight: Sight, other: Sight, shape: tuple[int, ...], out: tuple[int, ...], mixes: bool) -> Sight:
    """The union with another tensor of the call; where the call mixes axes, the other is seen whole."""
    if mixes or len(shape) > len(out):
        return Sight(sight.carried, {**sight.fields, **dict.fromkeys(other.fields)})
    lead = len(out) - len(shape)
    aligned = Sight(((),) * lead + _with_seams(other, shape, out[lead:]).carried, other.fields)
    fields = dict(sight.fields)
    for input_axis, field in other.fields.items():
        fields[input_axis] = _met(input_axis, sight, aligned) if input_axis in fields else field
    carried = tuple(tuple(dict.fromkeys(a + b)) for a, b in zip(sight.carried, aligned.carried, strict=True))
    return Sight(carried, fields)


def _met(input_axis: Axis, sight: Sight, other: Sight) -> Field | None:
    """Two fields of one input axis; global unless they lie along the same axes of the result."""
    first, second = sight.fields[input_axis], other.fields[input_axis]
    if first is None or second is None or _places(input_axis, sight) != _places(input_axis, other):
        return None
    return union(first, second)


def _places(input_axis: Axis, sight: Sight) -> list[int]:
    return [axis for axis, carried in enumerate(sight.carried) if input_axis in carried]


class Extent(NamedTuple):
    """A receptive field as reported: sizes, strides and offsets by spatial axis of one input."""

    size: ReceptiveField
    stride: tuple[int | float, ...] | None
    offset: tuple[int | float, ...] | None


def reported(sight: Sight, network: Network) -> Extent:
    """The field of one unit on the first input it sees. An axis seen whole beside others counts its whole size."""
    if not sight.fields:
        return Extent(None, None, None)
    index = min([index for index, _ in sight.fields])
    network_input = network.inputs[index]
    fields = [sight.fields.get((index, axis)) for axis in spatial_axes(network_input)]
    if all(field is None for field in fields):
        return Extent("global", None, None)
    sizes = [network_input.value.type.shape[axis] for axis in spatial_axes(network_input)]
    return Extent(
        tuple(size if field is None else field.size for field, size in zip(fields, sizes, strict=True)),
        tuple(0 if field is None else field.stride for field in fields),
        tuple(0 if field is None else field.lows[0] for field in fields),
    )
