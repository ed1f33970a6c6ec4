"""What no figure covers, and why."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.flow import once_a_line
from netinspect.findings.rule import Rule, Subject


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        if call.result.uncounted is not None:
            yield Diagnostic("N001", f"not counted: {call.result.uncounted}", call.span)


RULE = Rule(
    code="N001",
    title="something that is not counted",
    why=(
        "Every layer of the catalogue has a closed rule for its cost. A layer of one's own has none, so that totals "
        "are a lower bound, and the report calls them partial."
    ),
    bad="input: [8]\nlayers:\n  - MyLayer\n  - Linear(10)\n",
    good="input: [8]\nlayers:\n  - Linear(8)\n  - ReLU\n  - Linear(10)\n",
    check=check,
    is_usual=False,
    is_strict=True,
    options="--custom-layers my_layers.py",
)
