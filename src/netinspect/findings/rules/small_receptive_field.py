"""Convolutions that see little of an image before it is averaged away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.analysis.text import sizes
from netinspect.errors import Diagnostic
from netinspect.findings.flow import (
    is_convolution,
    is_used_once,
    maker_behind,
    name_elsewhere,
    name_of,
    once_a_line,
    only_input,
)
from netinspect.findings.rule import Rule, Subject

SMALL: Final = 4
"""Half of a small image or of a spectrogram is enough for many a network that works; a quarter is texture."""


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    """Told of images that are averaged, where a unit sees less than a quarter of height and width.

    A fully connected head sees everything again; dense predictions, sounds and words may be local matters.
    """
    image = tuple(subject.profile.inputs[0].tensor.shape[2:]) if len(subject.profile.inputs) == 1 else ()
    if len(image) < 2:
        return
    for pool in subject.network.calls:
        value = only_input(pool)
        # A map that is used beside its average is gated by it, as squeeze and excitation does.
        if value is None or pool.entry.effect != "linear" or not is_used_once(subject, value):
            continue
        mixed = pool.result.reach.mixes
        if 1 in mixed or not set(range(2, value.type.rank)) <= set(mixed):  # it does not average over all of the image
            continue
        last = maker_behind(subject, value, lambda call: not is_convolution(call))
        if last is None or not is_convolution(last):
            continue
        field = subject.rows[last].receptive_field
        if not isinstance(field, tuple) or len(field) != len(image):
            continue
        if all(SMALL * size < length for size, length in zip(field, image, strict=True)):
            yield Diagnostic(
                "W304",
                f"{name_of(last)} is the last convolution and sees {sizes(field)} cells of an input of {sizes(image)}",
                last.span,
                note=f"{name_elsewhere(pool)} averages what was seen at each place: how parts lie to each other is "
                "never seen",
                help="write `stride=2` in an early convolution, or put `MaxPool2d(2)` between convolutions: each "
                "doubles what all later layers see",
            )


RULE = Rule(
    code="W304",
    title="a receptive field much smaller than the input",
    why=(
        "A convolution sees a window of the image that grows from layer to layer. Where it stays far smaller than the "
        "image and the map is averaged at the end, the network judges textures and never shapes."
    ),
    bad="input: [3, 64, 64]\nlayers:\n  - Conv2d(16, kernel_size=3, padding=1)\n  - ReLU\n"
    "  - Conv2d(32, kernel_size=3, padding=1)\n  - ReLU\n  - AdaptiveAvgPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    good="input: [3, 64, 64]\nlayers:\n  - Conv2d(16, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(4)\n"
    "  - Conv2d(32, kernel_size=3, padding=1)\n  - ReLU\n  - MaxPool2d(4)\n"
    "  - Conv2d(64, kernel_size=3, padding=1)\n  - ReLU\n  - AdaptiveAvgPool2d(1)\n  - Flatten\n  - Linear(10)\n",
    check=check,
)
