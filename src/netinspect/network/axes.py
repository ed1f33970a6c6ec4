"""Which axis of a tensor counts its units: the channels of a convolution, the features of a Linear, hidden units.

A layer that makes units puts them where its entry in the catalogue says, `units`; everything else carries them along,
as `Reach` says.
"""

from __future__ import annotations

from netinspect.network.network import Call, Network, Value


def unit_axes(network: Network) -> dict[Value, int | None]:
    """For every tensor the axis of its units, the samples being axis 0; None where there is none."""
    axes: dict[Value, int | None] = {}
    for given in network.inputs:
        names = ("", *given.axes)
        axes[given.value] = next((names.index(n) for n in ("channels", "features", "mel") if n in names), None)
    for call in network.calls:
        for value in call.outputs:
            axes[value] = _axis(call, value, axes)
    return axes


def _axis(call: Call, value: Value, axes: dict[Value, int | None]) -> int | None:
    rank = len(value.type.shape)
    if rank < 2:
        return None
    if call.entry.units is not None:
        return 1 if call.entry.units == "first" else rank - 1
    if rank == 2 or not call.inputs:
        return 1 if rank == 2 else None
    carried = _carried(call, rank, axes.get(call.inputs[0]))
    if carried is None and call.result.reach.axes is None:  # a join, whose first tensor may be a bare parameter
        same = [axes.get(other) for other in call.inputs[1:] if len(other.type.shape) == rank]
        return next((axis for axis in same if axis is not None), None)
    return carried


def _carried(call: Call, rank: int, axis: int | None) -> int | None:
    """Where the first tensor's unit axis is in the result."""
    carried = call.result.reach.axes
    if carried is None:
        return axis if axis is not None and axis < rank else None
    return next((place for place, own in enumerate(carried) if axis is not None and axis in own and place), None)
