"""A fully connected layer that reads one axis of an image or of a signal: Flatten is missing, or a batch is written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod
from typing import Final, NamedTuple

from netinspect.analysis.text import sizes, thousands
from netinspect.errors import Diagnostic
from netinspect.findings.flow import is_convolution, name_of, once_a_line, only_input
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import entry_of, other_shape
from netinspect.network.network import Call, NetworkInput, Value

_PLACES: Final = frozenset({"height", "width", "depth", "time"})
"""Axes of an input along which there are places, and not features of one place."""

_BANDS: Final = frozenset({"freq", "mel"})
"""Bands are the features of a moment, unless a convolution slides over them as over an image."""


class _Origin(NamedTuple):
    """The axis of an input that an axis of a tensor runs along, whether the spec names it, and whether windows slid
    over it."""

    item: NetworkInput
    axis: int
    is_named: bool
    is_windowed: bool

    @property
    def name(self) -> str:
        return self.item.axes[self.axis - 1]

    @property
    def has_places(self) -> bool:
        """Whether there are places along it, and not the features of one."""
        if self.is_windowed:
            return self.name in _PLACES | _BANDS
        return self.name in _PLACES and (self.is_named or len(self.item.axes) > 2)  # [20, 64]: which of them is time?


_Axis = tuple[Value, int]
"""A tensor, and one of its axes."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.file.parsed.spec is None:  # a layer alone, on an input of the command line
        return
    linears = []  # on the last of at least two axes of a sample
    for call in subject.network.calls:
        value = only_input(call)
        is_linear = call.entry.effect == "learned" and not is_convolution(call)
        if is_linear and value is not None and value.type.rank > 2 and 0 in value.batch_axes:
            linears.append(call)
    batch = _batch_in_input(subject) if linears else None
    if batch is not None:
        yield _batch_diagnostic(subject, linears[0], batch)
        return
    known: dict[_Axis, _Origin | None] = {}
    for call in linears:
        origin = _origin(subject, call.inputs[0], known)
        if origin is not None and origin.has_places:
            shape = call.inputs[0].type.shape[1:]
            answers, outputs = thousands(prod(shape[:-1])), thousands(call.outputs[0].type.shape[-1])
            others = ", ".join(map(str, range(2, len(shape) + 1)))
            channels = "transpose(1, 2)" if len(shape) == 2 else f"permute(0, {others}, 1)"
            is_one = shape[-1] == 1
            entry = entry_of(subject, call)
            numbers = "1 number" if is_one else f"{thousands(shape[-1])} numbers"
            places = "" if is_one else f"; for a layer on the channels of each place, `- {channels}`"
            naming = ""
            if not (origin.is_named or origin.is_windowed):
                item, axes = origin.item, list(origin.item.axes)
                axes[origin.axis - 1] = "features"
                pairs = zip(axes, item.value.type.shape[1:], strict=True)
                named = ", ".join(f"{axis}: {size}" for axis, size in pairs)
                naming = f"; if these are features, say so: `{item.name}: {{{named}}}`"
            yield Diagnostic(
                "W101",
                f"{name_of(call)} reads only the last axis of {sizes(shape)}, which is {origin.name}",
                call.span,
                note=f"it gives {answers} rows of {outputs} outputs, each row from {numbers} alone{naming}",
                help=f"write `- Flatten` above this line{places}",
                suggestion=entry.fed_by("Flatten") if entry is not None else (),
            )


# --- where an axis comes from --------------------------------------------------------------------


def _origin(subject: Subject, value: Value, known: dict[_Axis, _Origin | None]) -> _Origin | None:
    """Which axis of an input the last axis of a tensor runs along. `known` has those that were met before.

    None where it holds features that a layer made, and where axes changed their places or were averaged away: whoever
    writes that knows which axis is the last.
    """
    passed: list[tuple[_Axis, bool]] = []
    here: _Axis | None = (value, value.type.rank - 1)
    while here is not None and here not in known and (call := subject.makers.get(here[0])) is not None:
        before = _axis_before(call, *here)
        is_windowed = before is not None and _slides_along(call, before[1])
        passed.append((here, is_windowed))
        here = before
    origin = known.get(here) if here is not None else None
    if here is not None and here not in known:
        items = [item for item in subject.network.inputs if item.value is here[0]]
        origin = _Origin(items[0], here[1], _has_names(subject, items[0]), is_windowed=False) if items else None
    for axis, is_windowed in reversed(passed):
        if origin is not None and is_windowed:
            origin = origin._replace(is_windowed=True)
        known[axis] = origin
    return origin


def _slides_along(call: Call, axis: int) -> bool:
    """Whether a call slides windows over an axis, or one over all of it."""
    reach = call.result.reach
    is_pooled = axis in reach.mixes and call.entry.effect != "learned" and call.outputs[0].type.shape[axis:] == (1,)
    return is_pooled or any(windowed == axis for windowed, _ in reach.windows)


def _axis_before(call: Call, value: Value, axis: int) -> _Axis | None:
    """The axis of a call's first tensor that an axis of its output runs along; None where the call makes it anew."""
    if not call.inputs:
        return None
    reach, source, size = call.result.reach, call.inputs[0], value.type.shape[axis]
    if reach.axes is not None:
        # Axes of more than one cell are all there again, each once and in the order they had.
        carried = [axis for group in reach.axes for axis in group]
        lost = [cells for place, cells in enumerate(source.type.shape) if place not in carried and place > 0]
        keeps_order = all(cells == 1 for cells in lost) and all(first < second for first, second in pairwise(carried))
        if not keeps_order or len(reach.axes[axis]) != 1:
            return None
        axis = reach.axes[axis][0]
    is_pooled = size == 1 and call.entry.effect != "learned"
    is_anew = axis in reach.mixes and not is_pooled and call.entry.normalises is None
    return None if is_anew or axis >= source.type.rank else (source, axis)


def _has_names(subject: Subject, item: NetworkInput) -> bool:
    """Whether the spec names the axes of an input."""
    spec = subject.file.parsed.spec
    return spec is not None and any(declared.axes is not None for declared in spec.inputs if declared.name == item.name)


# --- a batch in the input ------------------------------------------------------------------------


def _batch_in_input(subject: Subject) -> NetworkInput | None:
    """The input, if it is a table of rows without names for its axes and no line ever brings two of the rows together:
    so are the samples of a batch worked out. Where windows slide over the columns the rows are channels, and where a
    parameter has a number for each row they are steps."""
    (item, *others) = subject.network.inputs
    if others or len(item.axes) != 2 or _has_names(subject, item):
        return None
    rows = item.value.type.shape[1]
    for call in subject.network.calls:
        reach = call.result.reach
        is_apart = 1 not in reach.mixes and all(axis != 1 for axis, _ in reach.windows) and not _slides_along(call, 2)
        is_apart &= all(rows not in parameter.shape for parameter in call.scope.parameters)
        keeps_rows = reach.axes is None or reach.axes[1:2] == ((1,),)
        if not is_apart or not keeps_rows or any(value.type.shape[1:2] != (rows,) for value in call.outputs):
            return None
    return item


def _batch_diagnostic(subject: Subject, call: Call, item: NetworkInput) -> Diagnostic:
    rows, features = item.value.type.shape[1:]
    if rows == features > 1:  # a table with as many rows as columns is an image
        entry = entry_of(subject, call)
        return Diagnostic(
            "W101",
            f"{name_of(call)} reads only the last axis of {sizes((rows, features))}",
            call.span,
            note=f"it gives {rows} rows of {thousands(call.outputs[0].type.shape[-1])} outputs, each row from "
            f"{features} numbers alone; if these are the steps of a sequence, name the axes: "
            f"`{{time: {rows}, features: {features}}}`",
            help="write `- Flatten` above this line",
            suggestion=entry.fed_by("Flatten") if entry is not None else (),
        )
    return Diagnostic(
        "W101",
        f"no line brings the {rows} rows of `{item.name}` together: the batch seems to be written into it"
        if rows > 1
        else f"an axis of 1 stands in front of the features of `{item.name}`: the batch seems to be written into it",
        item.value.span,
        note="the batch is never written; if these are the steps of a sequence, name the axes: "
        f"`{{time: {rows}, features: {features}}}`",
        help=f"write `{item.name}: [{features}]`",
        suggestion=other_shape(subject, item.value, (features,)),
    )


RULE = Rule(
    code="W101",
    title="a Linear on one axis of an image or a signal, where Flatten is missing",
    why=(
        "Linear reads the last axis and leaves all others as they are, as in torch. On a map it then reads one row of "
        "pixels at a time, with the same weights for each row and channel, and the network gives a table in place of "
        "a row of scores. `Flatten` lays the map out first. Networks that move the channels to the end, or name the "
        "last axis `features`, are not told of."
    ),
    bad="input: [1, 28, 28]\nlayers:\n  - Linear(128)\n  - ReLU\n  - Linear(10)\n",
    good="input: [1, 28, 28]\nlayers:\n  - Flatten\n  - Linear(128)\n  - ReLU\n  - Linear(10)\n",
    check=check,
)
