"""A bias that the normalisation behind it takes away again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic
from netinspect.findings.flow import is_convolution, is_used_once, name_elsewhere, name_of, once_a_line, shared_modules
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import line_with
from netinspect.network.curves import is_scaling
from netinspect.network.network import Call

_PER_CHANNEL: Final = ("batch", "instance")
"""Normalisations that take each channel's mean away. LayerNorm and GroupNorm mix channels: a bias of each remains."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    shared = shared_modules(subject)
    for call in subject.network.calls:
        if call.entry.effect != "learned" or call.arguments.get("bias") is not True or call.module in shared:
            continue
        norm = _only_user(subject, call)
        while norm is not None:
            is_view = norm.entry.effect == "moves" and norm.result.alias
            is_identity = is_view and norm.outputs[0].type == norm.inputs[0].type
            if not is_identity and not is_scaling(norm):
                break
            norm = _only_user(subject, norm)
        has_channels = is_convolution(call) or call.outputs[0].type.rank == 2
        if norm is None or norm.entry.normalises not in _PER_CHANNEL or not has_channels:
            continue
        # Whether or not the norm has a bias of its own decides what is said, not what is wasted.
        addition = ", and has a bias of its own" if norm.result.parameters else ""
        yield Diagnostic(
            "W202",
            f"{name_elsewhere(norm)} takes the bias of {name_of(call)} away again",
            call.span,
            note=f"it subtracts each channel's mean{addition}: {thousands(call.outputs[0].type.shape[1])} parameters "
            "that nothing depends on",
            help=f"write `{line_with(subject, call, 'bias', 'False')}`",
        )


def _only_user(subject: Subject, call: Call) -> Call | None:
    value = call.outputs[0]
    return subject.users[value][0] if is_used_once(subject, value) else None


RULE = Rule(
    code="W202",
    title="a bias that a normalisation takes away",
    why=(
        "BatchNorm and InstanceNorm subtract the mean of each channel, and with it whatever the layer before added to "
        "the whole channel. The bias gets no gradient; it only takes memory and time."
    ),
    bad="input: [3, 6, 6]\nlayers:\n  - Conv2d(16, kernel_size=3)\n  - BatchNorm2d\n  - ReLU\n"
    "  - AdaptiveAvgPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    good="input: [3, 6, 6]\nlayers:\n  - Conv2d(16, kernel_size=3, bias=False)\n  - BatchNorm2d\n  - ReLU\n"
    "  - AdaptiveAvgPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    check=check,
)
