"""A table of embeddings with another number of rows than there are ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic
from netinspect.findings.flow import having, name_of, once_a_line
from netinspect.findings.rule import Rule, Subject

ROUNDED: Final = 128
"""Rows are rounded up to a multiple of 8 … 128, for which matrix products are fast."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    highest = {
        network_input.value: network_input.high
        for network_input in subject.network.inputs
        if network_input.high is not None
    }
    if not highest:
        return
    for call in subject.network.calls:
        if call.entry.family != "embedding" or call.again:
            continue
        ids = call.inputs[0]  # or the tensor before it was reshaped
        while (maker := subject.makers.get(ids)) is not None and having(("moves",))(maker) and len(maker.inputs) == 1:
            ids = maker.inputs[0]
        rows, high = call.arguments["num_embeddings"], highest.get(ids)
        if high is None or rows == high:
            continue
        is_padding = rows == high + 1 and call.arguments.get("padding_idx") is not None
        is_rounded = 0 < rows - high < ROUNDED and rows % 8 == 0 and high > ROUNDED
        if is_padding or is_rounded:
            continue
        width = call.arguments["embedding_dim"]
        if rows < high:
            yield Diagnostic(
                "W211",
                f"{name_of(call)} has {thousands(rows)} rows, and ids go up to {thousands(high - 1)}",
                call.span,
                note="an id beyond the table stops training with an IndexError",
                help=f"write `{call.entry.name}({high}, {width})`, or high: {rows}",
            )
        else:
            yield Diagnostic(
                "W211",
                f"{thousands(rows - high)} of the {thousands(rows)} rows of {name_of(call)} are never looked up: ids "
                f"go up to {thousands(high - 1)}",
                call.span,
                note=f"that is {thousands((rows - high) * width)} parameters that are never trained",
                help=f"write `{call.entry.name}({high}, {width})`, or high: {rows}",
            )


RULE = Rule(
    code="W211",
    title="an embedding with another number of rows than ids",
    why=(
        "`high` of an input says how many ids there are. Rows beyond it are never looked up and never trained; an id "
        "beyond the rows stops the program."
    ),
    bad="input: {shape: [40], dtype: int64, high: 500}\nlayers:\n  - Embedding(10_000, 32)\n  - mean(dim=1)\n"
    "  - Linear(2)\n",
    good="input: {shape: [40], dtype: int64, high: 10_000}\nlayers:\n  - Embedding(10_000, 32)\n  - mean(dim=1)\n"
    "  - Linear(2)\n",
    check=check,
)
