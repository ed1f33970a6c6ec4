"""One fully connected layer on a flattened map holds most of a network's parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.analysis.text import sizes, thousands
from netinspect.errors import Diagnostic
from netinspect.findings.flow import FlattenedMap, flattened_map, is_convolution, name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.network.network import Call

MOST: Final = 0.5
"""The share of all parameters from which on a layer holds most of them."""

WORTH: Final = 1_000_000
"""Fewer parameters than these (4 MB) are not worth a word."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        flat = heavy_map(subject, call)
        if flat is None:
            continue
        params, total = subject.rows[call].params, subject.profile.totals.params
        outputs = call.outputs[0].type.shape[-1]
        has_bias = len(call.result.parameters) > 1
        rank = flat.map.type.rank - 2
        yield Diagnostic(
            "W203",
            f"{name_of(call)} holds {100 * params / total:.1f}% of all parameters: {thousands(params)} of "
            f"{thousands(total)}",
            call.span,
            note=f"its {thousands(flat.channels * flat.cells)} inputs are a map of {sizes(flat.sizes)}, laid out",
            help=f"write `- AdaptiveAvgPool{rank}d(1)` above line {flat.flatten.span.line}: with global average "
            f"pooling it has "
            f"{thousands((flat.channels + has_bias) * outputs)}",
        )


def heavy_map(subject: Subject, call: Call) -> FlattenedMap | None:
    """The flattened map that a layer reads which holds most of all parameters; None where it holds less."""
    params, total = subject.rows[call].params, subject.profile.totals.params
    if params < WORTH or params <= MOST * total or call.entry.effect != "learned" or is_convolution(call):
        return None
    return flattened_map(subject, call) if is_head(subject, call) else None


def is_head(subject: Subject, call: Call) -> bool:
    """Whether a layer ends a network: no map is made again from what it gives, as a decoder does."""
    place = subject.network.calls.index(call)
    return not any(is_convolution(later) for later in subject.network.calls[place:])


RULE = Rule(
    code="W203",
    title="one Linear that holds most of all parameters",
    why=(
        "A fully connected layer has a weight for every pixel of the map it reads, and learns each place apart. "
        "Average pooling over the whole map leaves one number a channel: networks since 2014 do with that, overfit "
        "less, and take images of any size."
    ),
    bad="input: [3, 64, 64]\nlayers:\n  - Conv2d(64, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(2)\n"
    "  - Flatten\n  - Linear(128)\n  - ReLU\n  - Linear(10)\n",
    good="input: [3, 64, 64]\nlayers:\n  - Conv2d(64, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(2)\n"
    "  - Conv2d(128, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(2)\n"
    "  - Conv2d(128, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(2)\n"
    "  - Conv2d(128, kernel_size=3, padding=1)\n  - ReLU\n  - AdaptiveAvgPool2d(1)\n"
    "  - Flatten\n  - Linear(128)\n  - ReLU\n  - Linear(10)\n",
    check=check,
)
