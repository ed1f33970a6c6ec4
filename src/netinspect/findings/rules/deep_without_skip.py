"""A long chain of layers with weights and no skip connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.errors import Diagnostic
from netinspect.findings.flow import name_of
from netinspect.findings.rule import Rule, Subject
from netinspect.network.network import Call, Value

MOST: Final = 20
"""Plain networks were trained up to VGG's 19 layers; of 20 and 56 the deeper one is worse (He et al., 2016)."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The longest chain of a network, if it is too long."""
    chain: dict[Value, int] = {network_input.value: 0 for network_input in subject.network.inputs}
    deepest: tuple[int, Call] | None = None
    for call in subject.network.calls:
        length = 0
        inputs = call.inputs
        if len(inputs) == 1:
            length = chain.get(inputs[0], 0)
        elif inputs:  # where paths join, a shorter one brings the gradient back
            lengths = {value: chain[value] for value in inputs if value in chain}
            length = next(iter(lengths.values())) if len(lengths) == 1 else 0
        if call.entry.effect == "learned":
            length += 1
            if deepest is None or length > deepest[0]:
                deepest = length, call
        for value in call.outputs:
            chain[value] = length
    if deepest is None or deepest[0] <= MOST:
        return
    length, last = deepest
    yield Diagnostic(
        "W303",
        f"{length} layers with weights one after the other up to {name_of(last)}, and no skip connection",
        last.span,
        note=f"beyond about {MOST} layers the training error rises again, with batch norm too",
        help="add what comes into every two or three layers to what comes out: `- add(input, prev)` as the last line "
        "of a block",
    )


RULE = Rule(
    code="W303",
    title="more than 20 layers without a skip connection",
    why=(
        "In a long plain chain the gradient passes through every layer's weights, and deeper networks come out worse "
        "on the training data itself (He et al., 2016, arXiv:1512.03385). A skip connection gives it a way around."
    ),
    bad="input: [3, 64, 64]\nlayers:\n  - 21 * [Conv2d(16, kernel_size=3, padding=1), ReLU]\n  - AdaptiveAvgPool2d(1)\n"
    "  - Flatten\n  - Linear(10)\n",
    good="input: [3, 64, 64]\nblocks:\n  Residual:\n    - Conv2d(16, kernel_size=3, padding=1)\n    - ReLU\n"
    "    - Conv2d(16, kernel_size=3, padding=1)\n    - add(input, prev)\n    - ReLU\nlayers:\n"
    "  - Conv2d(16, kernel_size=3, padding=1)\n  - 10 * Residual\n  - AdaptiveAvgPool2d(1)\n  - Flatten\n"
    "  - Linear(10)\n",
    check=check,
)
