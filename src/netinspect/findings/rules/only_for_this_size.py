"""Layers that fix the size of the input: their figures hold for it alone."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.analysis.text import sizes, tensor_sizes, thousands
from netinspect.errors import Diagnostic
from netinspect.findings.flow import POINT_BY_POINT, flattened_map, is_convolution, maker_behind, name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.language.numbers import per_axis


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        if call.entry.effect != "learned" or is_convolution(call):
            continue
        flat = flattened_map(subject, call)
        if flat is None:
            continue
        maker = maker_behind(subject, flat.map, lambda call: call.entry.effect in POINT_BY_POINT)
        if maker is not None and "output_size" in maker.arguments:  # an adaptive pooling makes any input this size
            continue
        inputs = " and ".join(
            dict.fromkeys(tensor_sizes(network_input.tensor) for network_input in subject.profile.inputs)
        )
        yield Diagnostic(
            "N002",
            f"{name_of(call)} fits inputs of {inputs} only: it reads a map of {sizes(flat.sizes)} as "
            f"{thousands(flat.channels * flat.cells)} numbers",
            call.span,
            help="for inputs of any size write "
            f"`AdaptiveAvgPool{flat.map.type.rank - 2}d({per_axis(flat.sizes[1:])})` above line "
            f"{flat.flatten.span.line}",
        )


RULE = Rule(
    code="N002",
    title="figures that hold for the given size only",
    why=(
        "A fully connected layer behind a Flatten has as many weights as the map has numbers. With another size of "
        "input it is another layer: parameters change, and a checkpoint does not fit."
    ),
    bad="input: [1, 16, 16]\nlayers:\n  - Conv2d(4, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(2)\n"
    "  - Flatten\n"
    "  - Linear(10)\n",
    good="input: [1, 16, 16]\nlayers:\n  - Conv2d(4, kernel_size=3, padding=1)\n  - ReLU\n  - AdaptiveAvgPool2d(8)\n"
    "  - Flatten\n  - Linear(10)\n",
    check=check,
    is_usual=False,
)
