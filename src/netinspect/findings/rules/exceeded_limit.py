"""A network that costs more than its repository, or the command that checks it, allows for any."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.rules.exceeded_budget import exceeded


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from exceeded("E606", [bound for bound in subject.bounds if bound.span is None], subject)


RULE = Rule(
    code="E606",
    title="over a limit for all networks",
    why=(
        "A repository may set limits for all of its networks in netinspect.toml, and a command with --max-params and "
        "its like. One that may cost more is excused under per-file-ignores; its own `budget` holds all the same."
    ),
    bad="input: [3, 32, 32]\nlayers:\n  - Flatten\n  - Linear(512)\n",
    good="input: [3, 32, 32]\nlayers:\n  - Flatten\n  - Linear(10)\n",
    check=check,
    options="--max-params 100k",
)
