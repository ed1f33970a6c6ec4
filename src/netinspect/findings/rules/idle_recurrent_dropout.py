"""The dropout of a recurrent layer that has nowhere to drop."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.flow import name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import line_without


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        arguments = call.arguments
        if call.entry.family != "recurrent" or arguments.get("num_layers") != 1 or not arguments.get("dropout"):
            continue
        if call.again:
            continue
        text, fix = line_without(subject, call, "dropout")
        yield Diagnostic(
            "W205",
            f"dropout={arguments['dropout']:g} of {name_of(call)} does nothing: `{call.entry.name}` drops between its "
            "layers, and this one has one layer",
            call.span,
            help=f"write `{text}`, and a line `- Dropout({arguments['dropout']:g})` below it if its output is to be "
            "dropped; or num_layers=2",
            fix=fix,
        )


RULE = Rule(
    code="W205",
    title="dropout of a recurrent layer with one layer",
    why=(
        "torch's RNN, LSTM and GRU drop the outputs of every layer but the last. With one layer that is none: torch "
        "warns, and trains without dropout."
    ),
    bad="input: [100, 6]\nlayers:\n  - lstm: LSTM(64, dropout=0.2, batch_first=True)\n  - last: lstm[:, -1]\n"
    "  - Linear(5)\n",
    good="input: [100, 6]\nlayers:\n  - lstm: LSTM(64, num_layers=2, dropout=0.2, batch_first=True)\n"
    "  - last: lstm[:, -1]\n  - Linear(5)\n",
    check=check,
)
