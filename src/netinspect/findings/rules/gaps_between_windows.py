"""Windows that leave cells between them: inputs that no output sees, or outputs that no input reaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.errors import Diagnostic
from netinspect.findings.flow import once_a_line
from netinspect.findings.rule import Rule, Subject

SLIDING: Final = ("convolution", "pooling")
"""The families whose windows are meant to cover an image."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        for _, window in call.result.reach.windows if call.entry.family in SLIDING else ():
            is_thinned = window.stride > 1 and window.spread == 1 and window.size > 1
            is_spread = window.spread > 1 and window.stride == 1
            step = window.stride if is_thinned else window.spread
            # How many of `step` neighbouring cells some window touches.
            covered = len({tap * window.dilation % step for tap in range(min(window.size, step))})
            if not (is_thinned or is_spread) or covered >= step:
                continue
            what = "input are seen by no output" if is_thinned else "output come from no input and hold the bias alone"
            why, help = f"stride={step} is more than a kernel of {window.size} covers", f"write stride={window.size}"
            if window.dilation > 1:
                why = f"a kernel with dilation={window.dilation} and stride={step} meets the same ones"
                help = "write dilation=1"
            yield Diagnostic(
                "W208",
                f"{step - covered} of every {step} cells of its {what}: {why}",
                call.span,
                help=f"{help}, or a kernel of {step * window.dilation} or more",
            )
            break


RULE = Rule(
    code="W208",
    title="a stride larger than its kernel",
    why=(
        "Windows that are set further apart than they are wide never look at what lies between them. A kernel of 1 "
        "with a stride is not told of: it is the usual way to thin out a map on a shortcut."
    ),
    bad="input: [1, 33, 33]\nlayers:\n  - Conv2d(8, kernel_size=3, stride=5)\n  - ReLU\n  - Flatten\n  - Linear(10)\n",
    good="input: [1, 33, 33]\nlayers:\n  - Conv2d(8, kernel_size=5, stride=4)\n  - ReLU\n  - Flatten\n  - Linear(10)\n",
    check=check,
)
