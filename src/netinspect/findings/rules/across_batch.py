"""Work along the batch axis: samples that happen to stand in one batch are mixed, or the batch is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netinspect.errors import Diagnostic, Edit
from netinspect.findings.flow import name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import entry_of, line_with, parsed, text_of
from netinspect.network.network import PROBES, Call, Value


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for call in subject.network.calls:
        if call.result.reach.mixes and (axis := _mixed_batch_axis(call)) is not None:
            yield Diagnostic(
                "W104",
                f"{name_of(call)} works along axis {axis}, which is the batch",
                call.span,
                note="what comes out for a sample depends on the samples beside it, and on how many there are",
                help=(help := _other_axis(subject, call)),
                suggestion=_written(subject, call, help),
            )
    for call in _losing(subject):
        before = next(value for value in call.inputs if _has_batch(value))
        text = text_of(subject, call.span)
        is_index = text is not None and text.endswith("]")
        name = f"`{text}`" if is_index else name_of(call)
        yield Diagnostic(
            "W104",
            f"{name} makes {_sizes(call.outputs[0])} of {_sizes(before)}, where N is the batch",
            call.span,
            note="behind this line a sample is no longer one place of an axis, up to the output",
            help=(help := _kept_batch(call, text if is_index else None)),
            suggestion=_written(subject, call, help),
        )


def _written(subject: Subject, call: Call, help: str) -> tuple[Edit, ...]:
    """The call as the help writes it."""
    line = re.match(r"write `([^`]+)`$", help)
    entry = entry_of(subject, call)
    return entry.replaced(line[1]) if line is not None and entry is not None else ()


def _mixed_batch_axis(call: Call) -> int | None:
    """The batch axis of the first tensor, if each output sees all of it.

    Batch norm is made for that; and where two axes follow the batch, every sample is compared with every other.
    """
    if not call.inputs or call.entry.normalises == "batch":
        return None
    axes = call.inputs[0].batch_axes
    return axes[0] if len(axes) == 1 and axes[0] in call.result.reach.mixes else None


def _losing(subject: Subject) -> Iterator[Call]:
    """The calls behind which the batch is no axis of its own any more, up to an output of the network."""
    waiting = [value for _, value in subject.network.outputs if not _has_batch(value)]
    passed: set[Call] = set()
    while waiting:
        call = subject.makers.get(waiting.pop())
        if call is None or call in passed:
            continue
        passed.add(call)
        if not any(_has_batch(value) for value in call.inputs):
            waiting += call.inputs
        elif _mixed_batch_axis(call) is None:
            yield call


def _has_batch(value: Value) -> bool:
    """Whether one axis is the batch and nothing else."""
    two, three = (kind.shape for kind in value.types[:2])
    return any(sizes == PROBES for sizes in zip(two, three, strict=True))


def _sizes(value: Value) -> str:
    """The sizes with the batch as N: `N×28×28`, `28N×28`."""
    batch = dict(zip(value.batch_axes, value.batch_sizes, strict=True))
    return "×".join(batch.get(axis) or str(size) for axis, size in enumerate(value.type.shape)) or "one number"


def _other_axis(subject: Subject, call: Call) -> str:
    """The line with the axis that was meant, where there is but one other."""
    if call.arguments.get("batch_first") is False:
        return f"write `{line_with(subject, call, 'batch_first', 'True')}`"
    rank = call.inputs[0].type.rank
    syntax = parsed(subject, call.span)
    says_dim = syntax is not None and any(argument.name == "dim" for argument in syntax.arguments)
    if rank == 2 and says_dim:
        return f"write `{line_with(subject, call, 'dim', '1')}`"
    axes = f"axes 1 to {rank - 1}" if rank > 2 else "axis 1"
    return f"a sample has {axes}: write {'one of these' if rank > 2 else 'that'}"


def _kept_batch(call: Call, index: str | None) -> str:
    """What to write so that the first axis stays the batch; `index` is the text of `x[…]`."""
    if index is not None:
        return f"axis 0 is the batch; write `{index.replace('[', '[:, ', 1)}` to pick along the next axis"
    names = {argument.name for argument in (*call.entry.arguments, *call.entry.forward)}
    if "start_dim" in names and call.outputs[0].type.rank == 1:
        return f"write `{call.entry.name}`" if call.module is not None else f"write `{call.entry.name}(1)`"
    if "dim" in names:
        return "axis 0 is the batch; write dim=1, or another axis of a sample"
    if call.outputs[0].type.rank == 2:
        return "write `flatten(1)`, or keep the batch as the first size"
    return f"keep the batch as the first size: `{call.entry.name}(input.shape[0], …)`"


RULE = Rule(
    code="W104",
    title="work along the batch axis",
    why=(
        "The first axis of every tensor is the batch, in layers as in functions. What works along it mixes samples "
        "that only happen to stand in one batch: it trains on nothing that is there, and a sample alone gets another "
        "answer. A reshape that leaves no axis to the batch mixes them as well, unless a later one takes them apart."
    ),
    bad="input: [64]\nlayers:\n  - Linear(32)\n  - ReLU\n  - Linear(10)\n  - LogSoftmax(dim=0)\n",
    good="input: [64]\nlayers:\n  - Linear(32)\n  - ReLU\n  - Linear(10)\n  - LogSoftmax(dim=1)\n",
    check=check,
)
