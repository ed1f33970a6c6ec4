"""What a spec says of itself (`expect`), held against what was worked out."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.catalogue.common import sizes
from netinspect.errors import Diagnostic, Edit, Span
from netinspect.findings.rule import Rule, Subject
from netinspect.language.syntax import Expectation


def check(subject: Subject) -> Iterator[Diagnostic]:
    """In the order params, macs, outputs.

    `macs` is what one sample costs, so it is held against nothing where the batch size is not 1.
    """
    expect, totals = subject.network.expect, subject.profile.totals
    if not isinstance(expect, Expectation):
        return
    spans = dict(expect.spans)
    if expect.params is not None and expect.params != totals.params:
        yield _wrong_count("params", expect.params, totals.params, spans.get("params"))
    if expect.macs is not None and expect.macs != totals.macs and subject.profile.batch_size == 1:
        yield _wrong_count("macs", expect.macs, totals.macs, spans.get("macs"))
    outputs = dict(subject.network.outputs)
    for name, shape in expect.outputs:
        span = spans.get(f"output.{name}" if name else "output")
        value = outputs.get(name) or (subject.network.outputs[0][1] if not name and outputs else None)
        if value is None:
            yield Diagnostic("E601", f"there is no output `{name}`", span, help=f"outputs: {', '.join(outputs)}")
        elif value.type.shape[1:] != shape:
            actual = value.type.shape[1:]
            which = f"output `{name}`" if name else "the output"
            text = f"[{', '.join(map(str, actual))}]"
            yield Diagnostic(
                "E601",
                f"{which} is {sizes(actual)}, and not {sizes(shape)} as expected",
                span,
                help=f"if the network is right, write {text}",
                suggestion=(Edit(span, text),) if span is not None else (),
            )


def _wrong_count(name: str, expected: int, actual: int, span: Span | None) -> Diagnostic:
    return Diagnostic(
        "E601",
        f"{name} is {actual:,}, and not {expected:,} as expected",
        span,
        note=f"that is {abs(actual - expected):,} too {'many' if actual > expected else 'few'}",
        help=f"if the network is right, write {name}: {actual:_}",
        suggestion=(Edit(span, f"{actual:_}"),) if span is not None else (),
    )


RULE = Rule(
    code="E601",
    title="`expect` is not met",
    why=(
        "`expect` holds the figures that the author knows to be right: from a paper, or from a run that was looked at. "
        "Where one of them changes, the network is another one."
    ),
    bad="input: [1, 8, 8]\nlayers:\n  - Flatten\n  - Linear(10)\nexpect: {params: 640}\n",
    good="input: [1, 8, 8]\nlayers:\n  - Flatten\n  - Linear(10)\nexpect: {params: 650}\n",
    check=check,
)
