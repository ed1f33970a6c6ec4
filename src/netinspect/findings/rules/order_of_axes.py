"""An input whose sizes seem to stand in another order: channels last, or with a batch in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.analysis.text import sizes
from netinspect.catalogue.entry import POINTWISE
from netinspect.errors import Diagnostic
from netinspect.findings.flow import name_elsewhere
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import other_shape
from netinspect.network.network import Call, Value

CHANNELS: Final = (1, 3, 4)
"""Channels of pictures: grey, RGB, RGB with transparency."""

_LAST: Final = {2: "time and channels", 3: "height, width and channels", 4: "depth, height, width and channels"}
"""How the axes of an input with its channels last are called, by their number."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    spec = subject.file.parsed.spec
    if spec is None:  # a layer alone, on an input of the command line
        return
    named = {declared.name for declared in spec.inputs if declared.axes is not None}
    for item in subject.network.inputs:
        if item.name in named:
            continue
        shape = item.value.type.shape[1:]
        if len(shape) not in _LAST:
            continue
        channels = CHANNELS if len(shape) > 2 else (1,)  # of sound: two sizes may be anything else
        is_channels_last = shape[-1] in channels and min(shape[:-1]) > shape[-1]
        is_batch_first = len(shape) == 4 and shape[0] == 1 and shape[1] in channels and min(shape[2:]) > shape[1]
        reader = _windowed_reader(subject, item.value) if is_batch_first or is_channels_last else None
        if reader is not None:
            meant = shape[1:] if is_batch_first else (shape[-1], *shape[:-1])
            guess, rule, layers = f"these seem to be {_LAST[len(shape)]}", "channels come first", ""
            if len(meant) < len(shape):
                guess, rule = "a batch of 1 seems to stand in front", "the batch is never written"
                name = reader.entry.name
                layers = f", and `{name.replace('3d', '2d')}` for `{name}`"
            axes = ", ".join(f"{axis}: {size}" for axis, size in zip(item.axes, shape, strict=True))
            yield Diagnostic(
                "W109",
                f"{name_elsewhere(reader)} takes {sizes(shape)} for {shape[0]} channel{'s' * (shape[0] != 1)} of "
                f"{sizes(shape[1:])}; {guess}",
                item.value.span,
                note=f"{rule}; if the sizes are meant as they stand, name them: `{item.name}: {{{axes}}}`",
                help=f"write `{item.name}: [{', '.join(map(str, meant))}]`{layers}",
                suggestion=other_shape(subject, item.value, meant) if len(meant) == len(shape) else (),
            )


def _windowed_reader(subject: Subject, value: Value) -> Call | None:
    """The convolution or pooling that slides over all axes of an input but the first, behind what changes each number
    alone."""
    waiting = [value]
    while waiting:
        for call in subject.users.get(waiting.pop(), ()):
            space = tuple(axis for axis, _ in call.result.reach.windows)
            if space == tuple(range(2, value.type.rank)):
                return call
            if call.result.reach == POINTWISE and call.outputs[0].type.shape == value.type.shape:
                waiting.append(call.outputs[0])
    return None


RULE = Rule(
    code="W109",
    title="an input with its channels last, or with a batch in front",
    why=(
        "torch wants channels first, and Keras and picture files have them last: a convolution then takes the rows of "
        "a picture for its channels, slides over columns and colours, and nothing fails. Named axes say that the "
        "order is meant."
    ),
    bad="input: [64, 64, 3]\nlayers:\n  - Conv2d(16, kernel_size=3, padding=1)\n  - ReLU\n"
    "  - AdaptiveMaxPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    good="input: [3, 64, 64]\nlayers:\n  - Conv2d(16, kernel_size=3, padding=1)\n  - ReLU\n"
    "  - AdaptiveMaxPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    check=check,
)
