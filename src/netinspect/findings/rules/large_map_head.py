"""A fully connected head on a large map, which has a weight for every pixel of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.analysis.text import sizes, thousands
from netinspect.errors import Diagnostic
from netinspect.findings.flow import flattened_map, is_convolution, name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.rules.heavy_linear import heavy_map, is_head

LARGEST: Final = 64
"""Maps are laid out at 7×7 (VGG), 6×6 (AlexNet), 5×5 (LeNet) and 4×4; 8×8 is taken as the largest that is usual."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        if call.entry.effect != "learned" or is_convolution(call):
            continue
        flat = flattened_map(subject, call)
        if flat is None or flat.cells <= LARGEST or heavy_map(subject, call) is not None or not is_head(subject, call):
            continue
        rank = flat.map.type.rank - 2
        yield Diagnostic(
            "W306",
            f"{name_of(call)} reads a whole map of {sizes(flat.sizes)}: {thousands(flat.channels * flat.cells)} "
            "inputs, a weight for each place",
            call.span,
            note="what is learned at one place is not known at another, and the head fits one size of input only",
            help=f"write `AdaptiveAvgPool{rank}d(1)` above line {flat.flatten.span.line}, or pool the map "
            "further down first",
        )


RULE = Rule(
    code="W306",
    title="a head without global pooling on a large map",
    why=(
        "Convolutions find a pattern wherever it is. A fully connected layer on a large map learns every place anew "
        "and loses that; networks pool to a small map first, or average over all of it."
    ),
    bad="input: [1, 28, 28]\nlayers:\n  - Conv2d(8, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(2)\n"
    "  - Flatten\n"
    "  - Linear(10)\n",
    good="input: [1, 28, 28]\nlayers:\n  - Conv2d(8, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(4)\n"
    "  - Flatten\n"
    "  - Linear(10)\n",
    check=check,
)
