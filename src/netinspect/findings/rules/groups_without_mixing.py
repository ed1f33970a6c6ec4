"""A 1×1 convolution in as many groups as there are channels: a number for each channel, and no mixing."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.flow import is_convolution, kernel_of, name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import line_without


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        if not is_convolution(call):
            continue
        groups, channels = call.arguments.get("groups", 1), call.inputs[0].type.shape[1]
        if groups == 1 or groups != channels or set(kernel_of(call)) != {1}:
            continue
        yield Diagnostic(
            "W206",
            f"{name_of(call)} only multiplies each of its {channels} channels by a number: groups={groups} and a "
            "kernel of 1 see neither a neighbour nor another channel",
            call.span,
            help=f"write `{line_without(subject, call, 'groups')[0]}` to mix channels, or kernel_size=3 with padding=1 "
            "to see neighbours",
        )


RULE = Rule(
    code="W206",
    title="groups that defeat a layer",
    why=(
        "A kernel of 1 mixes channels and a depthwise kernel mixes neighbours. With a kernel of 1 in as many groups as "
        "there are channels a convolution mixes nothing: it is a scale for each channel at the price of a layer."
    ),
    bad="input: [64, 2, 2]\nlayers:\n  - Conv2d(64, kernel_size=1, groups=64)\n  - ReLU\n  - AdaptiveAvgPool2d(1)\n"
    "  - Flatten\n  - Linear(10)\n",
    good="input: [64, 2, 2]\nlayers:\n  - Conv2d(64, kernel_size=1)\n  - ReLU\n  - AdaptiveAvgPool2d(1)\n"
    "  - Flatten\n  - Linear(10)\n",
    check=check,
)
