"""Which axis of a tensor counts its units: the channels of a convolution, the features of a Linear, hidden units.

A layer that makes units puts them where its entry in the catalogue says, `units`; everything else carries them along,
as `Reach` says. Where they are split over several axes, as over the heads of attention and the numbers of each, the
first of these counts them; where the axes are joined again, so are the units.

The axis of time may be written out: the hidden states over time of a recurrent cell are the outputs of many calls.
"""

from __future__ import annotations

from netinspect.network.network import Call, Network, Value

Places = tuple[int, ...]
"""The axes of a tensor that its units are spread over."""


def unit_axes(network: Network) -> dict[Value, int | None]:
    """For every tensor the axis of its units; None where there is none, and where it is an axis of samples."""
    places: dict[Value, Places] = {}
    for item in network.inputs:
        names = ("", *item.axes)
        places[item.value] = next(((names.index(n),) for n in ("channels", "features", "mel") if n in names), ())
    for call in network.calls:
        for value in call.outputs:
            places[value] = _places(call, value, places)
    return {value: next(iter(axes), None) for value, axes in places.items()}


def runs_over_steps(network: Network, item: Value) -> bool:
    """Whether an input of two axes is a sequence: a layer that runs over steps, or attends, gets it as it is, or as
    calls that keep its axes make it."""
    if item.type.rank != 3:
        return False
    alike = {item}
    for call in network.calls:
        if alike.isdisjoint(call.inputs):
            continue
        if call.entry.recurs == "sequence" or call.entry.attends:
            return call.arguments.get("batch_first") is True
        if call.outputs[0].type.rank == 3 and call.result.reach.axes is None and call.entry.units != "first":
            alike.update(call.outputs)
    return False


def _places(call: Call, value: Value, places: dict[Value, Places]) -> Places:
    rank = value.type.rank
    if rank < 2:
        return ()
    if call.entry.units is not None:
        return (1,) if call.entry.units == "first" else (rank - 1,)
    if rank == 2:
        return (1,)
    if call.entry.effect == "moves" and call.result.reach.mixes and call.inputs[0] not in places:
        return (rank - 1,)  # rows of a table that is a bare parameter
    if call.inputs:
        # The units of the first tensor go where its axes go.
        sources, carried = places.get(call.inputs[0], ()), call.result.reach.axes
        if carried is None:
            axes = [axis for axis in sources if axis < rank]
        else:
            axes = [axis for axis, origins in enumerate(carried) if any(source in origins for source in sources)]
        unit_places = tuple(axis for axis in axes if axis not in value.batch_axes)
        if unit_places:
            return unit_places
    # a join, sum or product, whose first tensor may be a bare parameter
    keeps_axes = call.result.reach.axes is None
    others = (item for item in call.inputs[1:] if item.type.rank == rank)
    alike = (item for item in others if keeps_axes or item.type.shape == value.type.shape)
    return next((places[item] for item in alike if places.get(item)), ())


# --- the axis of time that a spec writes out -----------------------------------------------------


def cell_loops(network: Network) -> dict[Call, tuple[Call, ...]]:
    """By the first call of each cell that is called more than once, all its calls in order."""
    steps: dict[str, list[Call]] = {}
    for call in network.calls:
        if call.entry.recurs == "step" and call.module is not None:
            steps.setdefault(call.module, []).append(call)
    return {calls[0]: tuple(calls) for calls in steps.values() if len(calls) > 1}
