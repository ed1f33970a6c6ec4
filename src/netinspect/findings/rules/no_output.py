"""A line that reaches no output, and an input that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic
from netinspect.findings.dead import dead, key_span, name_of_part, names_measured
from netinspect.findings.flow import once_a_line
from netinspect.findings.rule import Rule, Subject


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for item in subject.network.inputs:
        is_read = item.value in subject.users or item.value in subject.results
        if not is_read and item.name not in names_measured(subject):
            yield Diagnostic(
                "W102",
                f"nothing reads the input `{item.name}`",
                item.value.span,
                help=f"delete it, or name it in the line that is to read it: `- (prev, {item.name}): …`",
            )
    for end in dead(subject).ends:
        name = name_of_part(end.part)
        read = f"read {name} in a line below, or list it in `outputs`"
        if name.startswith("this"):
            read = "or give it a name and read that in a line below"
        lines = sorted({feeder.span.line for feeder in end.feeders} - {end.part.span.line})
        costs = [f"{thousands(end.params)} parameters"] if end.params else []
        costs += [f"{thousands(end.macs)} MACs"] if end.macs else []
        notes = []
        if costs:
            notes.append(f"{' and '.join(costs)} are of no use")
        if lines:
            several = (
                f"lines {', '.join(map(str, lines[:-1]))} and {lines[-1]} feed"
                if lines[1:]
                else f"line {lines[0]} feeds"
            )
            notes.append(f"{several} only this one")
        yield Diagnostic(
            "W102",
            f"{name} reaches no output: no line reads it",
            key_span(subject, end.part),
            note="; ".join(notes) or None,
            help=f"delete {'these lines' if lines else 'this line'}, {read}",
        )


RULE = Rule(
    code="W102",
    title="a line that reaches no output, or an input that nothing reads",
    why=(
        "A line takes what the line above gives, unless it says otherwise; what neither a line nor `outputs` reads is "
        "worked out for nothing. It costs parameters that never learn, and mostly a name is missing somewhere: the "
        "network is not the one that was meant."
    ),
    bad="input: [3, 16, 16]\nlayers:\n  - stem: Conv2d(8, kernel_size=3, padding=1)\n  - ReLU\n"
    "  - side: Conv2d(8, kernel_size=3, padding=1)\n  - main(stem): Conv2d(8, kernel_size=5, padding=2)\n  - ReLU\n"
    "  - AdaptiveMaxPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    good="input: [3, 16, 16]\nlayers:\n  - Conv2d(8, kernel_size=3, padding=1)\n  - stem: ReLU\n"
    "  - side: Conv2d(8, kernel_size=3, padding=1)\n  - main(stem): Conv2d(8, kernel_size=5, padding=2)\n"
    "  - add(main, side)\n  - ReLU\n  - AdaptiveMaxPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    check=check,
)
