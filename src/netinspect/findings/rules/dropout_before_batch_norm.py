"""Dropout whose output goes into a batch norm."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.catalogue.entry import SQUASHING
from netinspect.errors import Diagnostic
from netinspect.findings.flow import having, maker_behind, name_elsewhere, name_of, once_a_line, only_input
from netinspect.findings.rule import Rule, Subject


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    passes = having(SQUASHING | {"bends", "moves"})
    for norm in subject.network.calls:
        value = only_input(norm)
        if norm.entry.normalises != "batch" or value is None:
            continue
        dropout = maker_behind(subject, value, passes)
        if dropout is None or dropout.entry.effect != "drops" or not dropout.arguments.get("p"):
            continue
        share = dropout.arguments["p"]
        wider = f"{1 / (1 - share):.2g} times" if share < 1 else "infinitely"
        yield Diagnostic(
            "W204",
            f"{name_elsewhere(norm)} learns its variance from values that {name_of(dropout)} has dropped",
            dropout.span,
            note=f"with p={share:g} their mean square is {wider} as large in training as in inference, where nothing "
            "is dropped",
            help="move this line below the batch norm and its activation, or leave it out",
        )


RULE = Rule(
    code="W204",
    title="dropout before batch norm",
    why=(
        "Dropout makes values vary more in training than in inference. A batch norm behind it keeps the variance of "
        "training, and so scales wrongly whatever it is shown later (Li et al., 2018, arXiv:1801.05134)."
    ),
    bad="input: [64]\nlayers:\n  - Linear(128, bias=False)\n  - Dropout(0.5)\n  - BatchNorm1d\n  - ReLU\n"
    "  - Linear(10)\n",
    good="input: [64]\nlayers:\n  - Linear(128, bias=False)\n  - BatchNorm1d\n  - ReLU\n  - Dropout(0.5)\n"
    "  - Linear(10)\n",
    check=check,
)
