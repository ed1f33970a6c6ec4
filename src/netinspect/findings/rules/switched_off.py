"""What was switched off by the way a network was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.rule import Rule, Subject
from netinspect.language.syntax import Expectation


def check(subject: Subject) -> Iterator[Diagnostic]:
    for note in subject.network.notes:
        yield Diagnostic("N003", note)
    expect, batch_size = subject.network.expect, subject.network.batch_size
    if isinstance(expect, Expectation) and expect.macs is not None and batch_size != 1:
        yield Diagnostic(
            "N003", f"batch size {batch_size}: `macs` of `expect` is what one sample costs, and is not checked"
        )


RULE = Rule(
    code="N003",
    title="a check that was switched off",
    why=(
        "`expect` holds for the sizes that are written in the spec. Where `--set` or `--input-shape` puts others in "
        "their place it is not checked, and this says so; nor is its `macs` for a batch of more than one sample."
    ),
    bad="vars: {classes: 10}\ninput: [8]\nlayers:\n  - Linear(classes)\nexpect: {params: 90}\n",
    good="vars: {classes: 5}\ninput: [8]\nlayers:\n  - Linear(classes)\nexpect: {params: 45}\n",
    check=check,
    options="--set classes=5",
)
