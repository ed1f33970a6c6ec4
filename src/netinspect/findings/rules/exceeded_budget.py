"""A network that costs more than its own `budget` allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from netinspect.analysis.figures import Row
from netinspect.analysis.text import byte_size, thousands
from netinspect.errors import Diagnostic
from netinspect.findings.rule import Bound, Rule, Subject

_HEAVIEST: Final = 3

_SHARES: Final[dict[str, Callable[[Row], int]]] = {
    "params": lambda row: row.params,
    "macs": lambda row: row.macs,
    "param_bytes": lambda row: row.params,
    "peak_activation_bytes": lambda row: row.activation_bytes,
}
"""What a layer adds to a total; of a peak, what it newly takes."""

_WORDS: Final = {
    "params": "parameters",
    "macs": "MACs",
    "param_bytes": "of parameters",
    "peak_activation_bytes": "of activations at the peak",
}


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from exceeded("E603", [bound for bound in subject.bounds if bound.span is not None], subject)


def exceeded(code: str, bounds: Iterable[Bound], subject: Subject) -> Iterator[Diagnostic]:
    """The bounds that a network exceeds, by how much, and which layers weigh most."""
    for bound in bounds:
        actual: int = getattr(subject.profile.totals, bound.metric)
        if actual > bound.most:
            is_bytes, words = bound.metric.endswith("_bytes"), _WORDS[bound.metric]
            amount = byte_size if is_bytes else thousands
            over = f"{amount(actual - bound.most)} ({percent(actual - bound.most, bound.most)}) over"
            if amount(actual) == amount(bound.most):  # two sizes that round to the same words
                amount = thousands
                words = f"bytes {words}"
            yield Diagnostic(
                code,
                f"{amount(actual)} {words}: {over} the {amount(bound.most)} that {bound.origin} allows",
                bound.span,
                note=heaviest(bound.metric, subject) or None,
            )


def percent(part: int, total: int) -> str:
    """A share in percent with one digit behind the point; `>999%` where that says no more than that it is much."""
    if not total or part > 10 * total:
        return ">999%"
    return f"{100 * part / total:.1f}%"


def heaviest(metric: str, subject: Subject) -> str:
    """The three layers that weigh most: `most of it: fc1 51,380,224 (84.1%), conv1 …`."""
    share = _SHARES[metric]
    rows: list[Row] = sorted(subject.profile.root.rows, key=lambda row: -share(row))[:_HEAVIEST]
    total = sum(share(row) for row in subject.profile.root.rows)
    amount = byte_size if metric == "peak_activation_bytes" else thousands
    named = [f"{row.title} {amount(share(row))} ({percent(share(row), total)})" for row in rows if share(row)]
    return f"most of it: {', '.join(named)}" if named else ""


RULE = Rule(
    code="E603",
    title="over budget",
    why=(
        "A network that has to fit a device or a price has a `budget`. The message names the layers that weigh most, "
        "since these are where to save."
    ),
    bad="input: [3, 32, 32]\nlayers:\n  - Flatten\n  - Linear(512)\nbudget: {params: 100k}\n",
    good="input: [3, 32, 32]\nlayers:\n  - Conv2d(32, kernel_size=3)\n  - AdaptiveMaxPool2d(1)\n  - Flatten\n"
    "  - Linear(10)\nbudget: {params: 100k}\n",
    check=check,
)
