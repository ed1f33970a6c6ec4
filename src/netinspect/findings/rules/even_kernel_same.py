"""`padding=same` with an even kernel, which has no middle."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.flow import name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import line_with
from netinspect.language.numbers import per_axis


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        if call.arguments.get("padding") != "same":
            continue
        kernel, dilation = call.arguments["kernel_size"], call.arguments["dilation"]
        uneven = [k for k, d in zip(kernel, dilation, strict=True) if d * (k - 1) % 2]
        if not uneven:
            continue
        odd = tuple(k + 1 if d * (k - 1) % 2 else k for k, d in zip(kernel, dilation, strict=True))
        yield Diagnostic(
            "W210",
            f"a kernel of {uneven[0]} has no middle: with padding=same {name_of(call)} pads one cell more at the end, "
            "and moves its map by half a cell",
            call.span,
            note="torch also copies the input for it, and warns",
            help=f"write `{line_with(subject, call, 'kernel_size', per_axis(odd))}`",
        )


RULE = Rule(
    code="W210",
    title="an even kernel with padding=same",
    why=(
        "An even kernel cannot be padded alike on both sides. Every such layer shifts the map by half a cell against "
        "its input, which adds up, and disturbs a shortcut that is added to it."
    ),
    bad="input: [1, 16, 16]\nlayers:\n  - Conv2d(4, kernel_size=4, padding=same)\n  - ReLU\n  - MaxPool2d(2)\n"
    "  - Flatten\n  - Linear(10)\n",
    good="input: [1, 16, 16]\nlayers:\n  - Conv2d(4, kernel_size=5, padding=same)\n  - ReLU\n  - MaxPool2d(2)\n"
    "  - Flatten\n  - Linear(10)\n",
    check=check,
)
