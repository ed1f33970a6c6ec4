"""An output that feeds nothing but another output: a head that reads a head in place of the features."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from math import prod
from typing import Final

from netinspect.catalogue.entry import SQUASHING
from netinspect.errors import Diagnostic, Edit
from netinspect.findings.flow import having, is_convolution, maker_behind, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import entry_of, line_name, text_of
from netinspect.network.network import Call, Value

MOST: Final = 100
"""Of more numbers, what a layer gives may be an embedding that a head is meant to read: FaceNet's has 128 (Schroff et
al., 2015, arXiv:1503.03832). The 88 keys of a piano and the 100 classes of CIFAR-100 are answers."""

_ANSWERS: Final = having(SQUASHING | {"shares", "drops", "moves"})
"""Lets through what makes answers of scores; what bends, as between hidden layers, it does not."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    outputs = subject.network.outputs
    if len(outputs) < 2:
        return
    heads: dict[Call, str] = {}  # the fully connected layers that give an output of few numbers
    for name, value in reversed(outputs):
        head = maker_behind(subject, value, _ANSWERS)
        is_linear = head is not None and head.entry.effect == "learned" and not is_convolution(head)
        if head is not None and is_linear and head.outputs[0].type.shape[-1] <= MOST:
            heads[head] = name
    input_sizes = {prod(item.value.type.shape[1:]) for item in subject.network.inputs}
    for head, name in heads.items():
        if head.outputs[0].type.shape[-1] in input_sizes:  # a decoder: what came in is made again
            continue
        earlier = maker_behind(subject, head.inputs[0], _ANSWERS)
        if earlier not in heads or earlier is head or not _feeds_only(subject, earlier, heads):
            continue
        count = earlier.outputs[0].type.shape[-1]
        numbers = f"the {count} numbers" if count > 1 else "the one number"
        help, edits = _with_features(subject, earlier.inputs[0], head)
        yield Diagnostic(
            "W103",
            f"the output `{name}` is worked out from the output `{heads[earlier]}` alone",
            head.span,
            note=f"it knows nothing of the network but {numbers} of `{heads[earlier]}`; a line takes what the line "
            "above gives, unless its brackets say otherwise",
            help=help,
            suggestion=edits,
        )


def _feeds_only(subject: Subject, head: Call, heads: Collection[Call]) -> bool:
    """Whether no line but other heads reads what a head gives."""
    waiting = [head.outputs[0]]
    while waiting:
        for user in subject.users.get(waiting.pop(), ()):
            if user not in heads:
                if not _ANSWERS(user) or len(user.inputs) > 1:
                    return False
                waiting += user.outputs
    return True


def _with_features(subject: Subject, features: Value, head: Call) -> tuple[str, tuple[Edit, ...]]:
    """The head with the features as its input, in words and as edits. The features are given a name if they have none;
    there are no edits where one of the two has no line of its own."""
    entry, name = entry_of(subject, head), line_name(subject, features)
    step = text_of(subject, head.span) or f"{head.entry.name}(…)"
    key = head.path.rpartition(".")[2]
    line = f"`- {'' if key.isdigit() else key}({name or 'features'}): {step}`"
    place = f"line {features.span.line}" if features.span is not None else "the line above both"
    help = f"write {line}" if name is not None else f"give {place} a name, `- features: …`, and write {line}"
    if entry is None or entry.inputs:
        return help, ()
    if name is not None:
        return help, entry.replaced(entry.body, key=f"{entry.name or ''}({name}): ")
    maker = subject.makers.get(features)
    above = entry_of(subject, maker) if maker is not None else None
    if above is None or above.name or any(re.search(r"\bfeatures\b", line) for line in subject.file.source.lines):
        return help, ()
    named = above.replaced(above.body, key=f"features{above.inputs or ''}: ")
    return help, (*named, *entry.replaced(entry.body, key=f"{entry.name or ''}(features): "))


RULE = Rule(
    code="W103",
    title="an output that is worked out from another output alone",
    why=(
        "Each head of a network with several tasks reads the features below them. A line without an input of its own "
        "takes what the line above gives, and of two heads in a row the second then sees the answers of the first "
        "only. Features that are returned beside scores are not told of."
    ),
    bad="input: [229]\nlayers:\n  - Linear(256)\n  - shared: ReLU\n  - pitch: Linear(88)\n  - onset: Linear(1)\n"
    "outputs: [pitch, onset]\n",
    good="input: [229]\nlayers:\n  - Linear(256)\n  - shared: ReLU\n  - pitch: Linear(88)\n"
    "  - onset(shared): Linear(1)\noutputs: [pitch, onset]\n",
    check=check,
)
