"""Two convolutions with nothing nonlinear between them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from netinspect.errors import Diagnostic
from netinspect.findings.flow import (
    is_convolution,
    is_transposed,
    kernel_of,
    maker_behind,
    name_elsewhere,
    name_of,
    once_a_line,
    only_input,
    shared_modules,
)
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.rules.collapsing_layers import collapsing_pairs
from netinspect.findings.rules.wider_than_its_input import excess_fan_in
from netinspect.network.curves import is_scaling
from netinspect.network.network import Call


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    convolutions = [call for call in subject.network.calls if is_convolution(call)]
    collapsing = {pair.second for pair in collapsing_pairs(subject)} if convolutions else set()
    shared = shared_modules(subject) if convolutions else set()
    for second in convolutions:
        value = only_input(second)
        if value is None or second in collapsing or second.module in shared:
            continue
        first = maker_behind(subject, value, _passes, is_private=True)
        if first is None or not is_convolution(first) or first.module in shared or excess_fan_in(first):
            continue
        if _is_factorised(first, second):
            continue
        yield Diagnostic(
            "W305",
            f"nothing nonlinear stands between {name_elsewhere(first)} and {name_of(second)}",
            second.span,
            note="two convolutions one after the other are one convolution with a larger kernel: depth adds nothing",
            help="put an activation above this line: `- ReLU`",
        )


def _passes(call: Call) -> bool:
    """Linear calls that leave a map a map: batch norm, average pooling, padding, a factor, Identity."""
    effect, output = call.entry.effect, call.outputs[0].type
    if effect == "moves":
        return call.result.reach.axes is None and output == call.inputs[0].type
    if is_scaling(call):
        return True
    return (
        effect in ("linear", "drops") and output.rank == call.inputs[0].type.rank and 1 not in call.result.reach.mixes
    )


def _is_factorised(first: Call, second: Call) -> bool:
    """Whether two layers are one that was taken apart to be cheaper, as is meant.

    In groups and across them (depthwise and pointwise), along one axis and another (1×7 and 7×1), through a narrow
    middle (bottlenecks, MobileNetV2, Tucker's 1×1, 3×3, 1×1), or point by point, where no kernel grows; or scores and
    the transposed convolution that enlarges them (FCN).
    """
    kernels = kernel_of(first), kernel_of(second)
    before, between, after = (
        first.inputs[0].type.shape[1],
        first.outputs[0].type.shape[1],
        second.outputs[0].type.shape[1],
    )
    is_grouped = first.arguments.get("groups", 1) > 1 or second.arguments.get("groups", 1) > 1
    cells = prod(kernels[0]), prod(kernels[1])
    is_apart = (
        min(cells) > 1
        and len(kernels[0]) == len(kernels[1])
        and all(min(pair) == 1 for pair in zip(*kernels, strict=True))
    )
    is_narrow = between < min(before, after) or (
        min(cells) == 1 and between < min(before * cells[0], after * cells[1])  # as W201 counts the rank
    )
    is_enlarged = is_transposed(second) and (cells[0] == 1 or (between == after and between < before))
    return is_grouped or is_apart or is_narrow or is_enlarged or max(cells) == 1


RULE = Rule(
    code="W305",
    title="no nonlinearity between convolutions",
    why=(
        "Convolutions are linear, and so are batch norm in inference and average pooling. A chain of them computes one "
        "convolution; what makes it worth its depth is an activation after each."
    ),
    bad="input: [3, 32, 32]\nlayers:\n  - Conv2d(16, kernel_size=3, bias=False)\n  - BatchNorm2d\n"
    "  - Conv2d(16, kernel_size=3)\n  - ReLU\n  - AdaptiveMaxPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    good="input: [3, 32, 32]\nlayers:\n  - Conv2d(16, kernel_size=3, bias=False)\n  - BatchNorm2d\n  - ReLU\n"
    "  - Conv2d(16, kernel_size=3)\n  - ReLU\n  - AdaptiveMaxPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    check=check,
)
