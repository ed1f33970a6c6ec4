"""Windows that do not fit: rows and columns at the far border that no window reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.catalogue.entry import Window
from netinspect.errors import Diagnostic
from netinspect.findings.flow import name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.rules.gaps_between_windows import SLIDING
from netinspect.findings.writing import line_with

WORTH: Final = 10
"""One row of more than these is hardly missed: an odd size halved deep in a large image is usual."""

_UNITS: Final = {(4, 2): "rows", (4, 3): "columns", (5, 2): "slices", (5, 3): "rows", (5, 4): "columns"}
"""What an axis holds, by the rank of a map and the axis."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        if call.entry.family not in SLIDING:
            continue
        shape, output = call.inputs[0].type.shape, call.outputs[0].type.shape
        if len(output) != len(shape):
            continue
        for axis, window in call.result.reach.windows:
            dropped = _dropped(shape[axis], output[axis], window)
            if dropped * WORTH >= shape[axis]:
                unit = _UNITS.get((len(shape), axis), "cells")
                length, count = shape[axis], output[axis]
                fitting = length - dropped, length - dropped + window.stride
                has_ceil = call.entry.argument("ceil_mode") is not None
                rewritten = line_with(subject, call, "ceil_mode", "True") if has_ceil else None
                padding = f"write `{rewritten}`" if rewritten else "more padding"
                lines = "the last" if dropped == 1 else f"the last {dropped}"
                yield Diagnostic(
                    "W209",
                    f"no window of {name_of(call)} reads {lines} of {length} {unit}",
                    call.span,
                    note=f"{count} windows of {(window.size - 1) * window.dilation + 1}, {window.stride} apart, end "
                    f"before; a size of {fitting[0]} or {fitting[1]} would fit",
                    help=f"{padding}, or another size of what comes in",
                )
                break


def _dropped(length: int, count: int, window: Window) -> int:
    """How many cells at the end no window reads."""
    if window.spread > 1 or window.stride == 1:
        return 0
    span = (window.size - 1) * window.dilation + 1
    last = (count - 1) * window.stride - window.before + span - 1
    return length - 1 - last - max(0, window.stride - span)  # less the gap that is behind every window


RULE = Rule(
    code="W209",
    title="windows that drop border rows",
    why=(
        "Where windows do not fit a whole number of times, torch leaves the rest out: the last rows and columns of the "
        "map are computed and thrown away. Told where it is a tenth of an axis or more."
    ),
    bad="input: [1, 14, 14]\nlayers:\n  - Conv2d(8, kernel_size=3)\n  - ReLU\n  - MaxPool2d(5)\n  - Flatten\n"
    "  - Linear(10)\n",
    good="input: [1, 14, 14]\nlayers:\n  - Conv2d(8, kernel_size=3)\n  - ReLU\n  - MaxPool2d(4)\n  - Flatten\n"
    "  - Linear(10)\n",
    check=check,
)
