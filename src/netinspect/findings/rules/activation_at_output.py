"""An activation for hidden units, or dropout, as the last line."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.flow import having, maker_behind, once_a_line
from netinspect.findings.rule import Rule, Subject


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for _, value in subject.network.outputs:
        last = maker_behind(subject, value, having(("moves",)))
        if last is None or subject.users.get(value):
            continue
        if last.entry.effect == "drops" and last.arguments.get("p"):
            yield Diagnostic(
                "W302",
                f"`{last.entry.name}` at the output: a share of {last.arguments['p']:g} of the answer is set to 0 "
                "while training",
                last.span,
                note="the loss then punishes answers that were right",
                help="leave this line out, or move it above the last layer",
            )
        if last.entry.effect != "bends":
            continue
        # a row of numbers straight from a layer, and not a map of features for another network
        behind = maker_behind(subject, last.inputs[0], having(("drops", "moves", "linear")))
        is_row = value.type.rank == 2 and value.type.shape == last.inputs[0].type.shape
        if is_row and behind is not None and behind.entry.effect == "learned":
            yield Diagnostic(
                "W302",
                f"`{last.entry.name}` at the output: what is below 0 is cut off or squeezed",
                last.span,
                note="a score that is cut off has no gradient, and losses take scores of any size",
                help="leave this line out",
            )


RULE = Rule(
    code="W302",
    title="an activation or dropout at the output",
    why=(
        "What hidden units need spoils an answer: after ReLU half of the scores are 0 and cannot be put right, after "
        "dropout the answer is random while training. Sigmoid, Tanh and Softplus, which give an answer its range, are "
        "not told of."
    ),
    bad="input: [64]\nlayers:\n  - Linear(32)\n  - ReLU\n  - Linear(10)\n  - ReLU\n",
    good="input: [64]\nlayers:\n  - Linear(32)\n  - ReLU\n  - Linear(10)\n",
    check=check,
)
