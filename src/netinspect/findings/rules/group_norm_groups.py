"""A GroupNorm whose groups make another normalisation of it."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from netinspect.errors import Diagnostic
from netinspect.findings.flow import name_of, once_a_line
from netinspect.findings.rule import Rule, Subject


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        if call.entry.normalises != "groups":
            continue
        groups, shape = call.arguments["num_groups"], call.inputs[0].type.shape
        channels, cells = shape[1], prod(shape[2:])
        if groups == channels and channels > 1:
            rank = len(shape) - 2
            # the largest usual number of groups that leaves several channels each
            fewer = next((count for count in (32, 16, 8, 4, 2) if channels % count == 0 and channels > count), 1)
            yield Diagnostic(
                "W207",
                f"{name_of(call)} has {groups} groups for {channels} channels: one channel a group",
                call.span,
                note="each channel loses its own mean and size, and what channels say beside each other is lost",
                help=f"write `InstanceNorm{rank}d(affine=True)` if that is meant, else fewer groups: "
                f"`GroupNorm({fewer})`",
            )
        elif cells * channels // groups == 2:
            yield Diagnostic(
                "W207",
                f"each of the {groups} groups of {name_of(call)} holds two numbers: normalised, they are always 1 and "
                "-1",
                call.span,
                help="normalise the map before it is pooled, or leave this line out",
            )
        elif groups == 1 and cells == 1 and len(shape) > 2:
            yield Diagnostic(
                "W207",
                f"{name_of(call)} normalises a map of one cell: all {channels} channels of a sample in one group",
                call.span,
                note="how strong a sample's features are together is lost, and no place is left to average over",
                help="normalise the map before it is pooled, or leave this line out; if that is meant, write "
                "`LayerNorm` behind the Flatten",
            )


RULE = Rule(
    code="W207",
    title="a GroupNorm whose groups are not groups",
    why=(
        "GroupNorm takes mean and variance of several channels over a map. With one channel a group it is "
        "InstanceNorm; with one group over a single cell it is LayerNorm of the pooled features; with two numbers a "
        "group nothing but their order is left."
    ),
    bad="input: [3, 6, 6]\nlayers:\n  - Conv2d(32, kernel_size=3, padding=1)\n  - GroupNorm(32)\n  - ReLU\n"
    "  - AdaptiveAvgPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    good="input: [3, 6, 6]\nlayers:\n  - Conv2d(32, kernel_size=3, padding=1)\n  - GroupNorm(8)\n  - ReLU\n"
    "  - AdaptiveAvgPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    check=check,
)
