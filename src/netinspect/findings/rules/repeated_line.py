"""`2 * fc` of a line `fc` is a repeat of its layer, with the same weights; in torch it is twice its value."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.names import nodes
from netinspect.findings.rule import Rule, Subject
from netinspect.language import syntax
from netinspect.network.network import Scope


def check(subject: Subject) -> Iterator[Diagnostic]:
    again = set(_lines_run_again(subject.network.root))
    lines = subject.file.source.lines
    for body in nodes(subject.file.parsed.spec, syntax.Body):
        if body.count is None or not isinstance(body.unit, syntax.Name) or body.span.line not in again:
            continue
        name = body.unit.id
        count = lines[body.count.span.line - 1][body.count.span.column - 1 : body.count.span.end_column - 1]
        yield Diagnostic(
            "W112",
            f"`{count} * {name}` runs `{name}` again, {count} times with the same weights; it is no product",
            body.span,
            note="a number in front of a layer counts its turns, also where the layer stands in a line above",
            help=f"write `{name} * {count}` for the product, or `{name}(prev) for _ in range({count})` for the turns",
        )


def _lines_run_again(scope: Scope) -> Iterator[int]:
    for item in scope.items:
        if item.again:
            yield item.span.line
        if isinstance(item, Scope):
            yield from _lines_run_again(item)


RULE = Rule(
    code="W112",
    title="a number in front of a line's name",
    why=(
        "In torch `2 * x` is a product, and in a spec `2 * Linear(8)` is a repeat. Where `x` is a line with a layer, "
        "`2 * x` is a repeat too, with the same weights each time, and may have been meant as the product. Either can "
        "be written so that nobody takes it for the other."
    ),
    bad="input: [8]\nlayers:\n  - fc: Linear(8)\n  - ReLU\n  - 2 * fc\n",
    good="input: [8]\nlayers:\n  - fc: Linear(8)\n  - ReLU\n  - fc(prev) for _ in range(2)\n",
    check=check,
)
