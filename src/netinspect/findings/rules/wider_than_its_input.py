"""A linear layer with more outputs than independent inputs, and nothing nonlinear behind it that could use them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic
from netinspect.findings.flow import (
    is_transposed,
    maker_behind,
    name_elsewhere,
    name_of,
    once_a_line,
    only_input,
    shared_modules,
)
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.rules.collapsing_layers import collapsing_pairs
from netinspect.network.curves import is_scaling
from netinspect.network.network import Call


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    learned = [call for call in subject.network.calls if call.entry.effect == "learned"]
    wide = {call: fan_in for call in learned if (fan_in := excess_fan_in(call))}
    if not wide:
        return
    shared = shared_modules(subject)
    reported = {pair.first for pair in collapsing_pairs(subject)}
    for call in learned:
        value = only_input(call)
        first = maker_behind(subject, value, _passes, is_private=True) if value is not None else None
        if first not in wide or first in reported or {first.module, call.module} & shared:
            continue
        outputs, fan_in = first.result.parameters[0].shape[0], wide[first]
        reported.add(first)
        yield Diagnostic(
            "W212",
            f"{name_of(first)} makes {thousands(outputs)} outputs of {thousands(fan_in)} numbers, and nothing "
            f"nonlinear comes before {name_elsewhere(call)}",
            first.span,
            note=f"at most {thousands(fan_in)} of them are independent; the others are sums of these",
            help=f"put an activation below this line (`- ReLU`), or give it at most {thousands(fan_in)} outputs",
        )


def excess_fan_in(call: Call) -> int:
    """How many numbers one output is a sum of, where there are more outputs than that; else 0."""
    if call.entry.effect != "learned" or call.module is None or is_transposed(call):
        return 0
    weight = call.result.parameters[0].shape
    if call.arguments.get("groups", 1) > 1:  # a depthwise layer with several outputs a channel
        return 0
    fan_in = prod(weight[1:])
    return fan_in if weight[0] > fan_in else 0


def _passes(call: Call) -> bool:
    """Linear calls, and views. What deals numbers out anew (PixelShuffle), or lays a row of them out as a map (a
    decoder's Unflatten), makes good use of every one."""
    effect = call.entry.effect
    is_view = effect == "moves" and call.result.alias and call.outputs[0].type.rank <= call.inputs[0].type.rank
    return is_view or effect in ("linear", "drops") or is_scaling(call)


RULE = Rule(
    code="W212",
    title="a layer wider than its input can fill",
    why=(
        "A linear layer cannot make more independent numbers than it is given: of 9 pixels it makes 9. An activation "
        "behind it makes good use of more, but a linear layer behind it gains nothing from them."
    ),
    bad="input: [1, 6, 6]\nlayers:\n  - Conv2d(64, kernel_size=3, padding=1)\n  - AdaptiveAvgPool2d(1)\n  - Flatten\n"
    "  - Linear(10)\n",
    good="input: [1, 6, 6]\nlayers:\n  - Conv2d(64, kernel_size=3, padding=1)\n  - ReLU\n  - AdaptiveAvgPool2d(1)\n"
    "  - Flatten\n  - Linear(10)\n",
    check=check,
)
