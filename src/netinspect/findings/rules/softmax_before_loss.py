"""A softmax as the last line, where the loss applies one."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.flow import having, maker_behind, once_a_line
from netinspect.findings.rule import Rule, Subject


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    """Of several outputs none goes to CrossEntropyLoss as it is: shares of a mixture, a policy beside its value."""
    if len(subject.network.outputs) > 1:
        return
    for _, value in subject.network.outputs:
        if subject.users.get(value):  # attention that is returned beside what it is used for
            continue
        last = maker_behind(subject, value, having(("moves",)))
        if last is None or last.entry.effect != "shares" or any(subject.users.get(v) for v in last.outputs[1:]):
            continue
        # the line that NLLLoss wants in its place is over the same axis, and takes classes at axis 1
        operands = zip(last.entry.forward, last.forward, strict=False)
        dim = {"dim": 1, **last.arguments, **{argument.name: value for argument, value in operands}}["dim"]
        is_usual = dim % last.outputs[0].type.rank == 1
        elsewhere = "" if is_usual else f", and make axis {dim} of its result axis 1"
        yield Diagnostic(
            "W301",
            f"`{last.entry.name}` at the output: CrossEntropyLoss applies one itself",
            last.span,
            note="a softmax of probabilities is nearly flat, so that the network hardly learns, and nothing says so",
            help="leave this line out, and apply softmax where probabilities are read; or, with NLLLoss, "
            f"write `LogSoftmax(dim={dim})`{elsewhere}",
        )


RULE = Rule(
    code="W301",
    title="Softmax before a loss that applies it",
    why=(
        "torch's CrossEntropyLoss takes scores and applies LogSoftmax itself. Behind a softmax it trains slowly and "
        "never becomes sure. LogSoftmax at the output does no harm, and belongs to NLLLoss; a Sigmoid belongs to "
        "BCELoss (BCEWithLogitsLoss applies it). Of a network of several outputs nothing is said: a softmax there may "
        "be the shares of a mixture, or a policy."
    ),
    bad="input: [64]\nlayers:\n  - Linear(32)\n  - ReLU\n  - Linear(10)\n  - Softmax(dim=1)\n",
    good="input: [64]\nlayers:\n  - Linear(32)\n  - ReLU\n  - Linear(10)\n",
    check=check,
)
