"""Two linear layers with nothing nonlinear between them: one layer can do what both do, with fewer parameters."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic
from netinspect.findings.flow import (
    is_convolution,
    is_transposed,
    kernel_of,
    maker_behind,
    name_elsewhere,
    name_of,
    once_a_line,
    only_input,
    shared_modules,
)
from netinspect.findings.rule import Rule, Subject
from netinspect.language.numbers import per_axis
from netinspect.network.curves import is_scaling
from netinspect.network.network import Call


class Pair(NamedTuple):
    """Two linear layers, one behind the other: features in, between and out, and the cells of their kernels."""

    first: Call
    second: Call
    sizes: tuple[int, int, int]
    cells: tuple[int, int]

    @property
    def weights(self) -> int:
        """Of both."""
        first, between, last = self.sizes
        return between * (first * self.cells[0] + last * self.cells[1])

    @property
    def weights_of_one(self) -> int:
        """Of the one layer in their place."""
        first, _, last = self.sizes
        return first * last * prod(self.cells)


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for pair in collapsing_pairs(subject):
        first, between, last = pair.sizes
        name = pair.second.entry.name
        # The kernel of the one layer is that of the pair that is larger than 1.
        larger = max((pair.first, pair.second), key=lambda call: prod(kernel_of(call)))
        kernel = f", kernel_size={per_axis(kernel_of(larger))}" if is_convolution(larger) else ""
        yield Diagnostic(
            "W201",
            f"{name_elsewhere(pair.first)} and {name_of(pair.second)} are one linear layer: nothing nonlinear stands "
            "between them",
            pair.second.span,
            note=(
                f"{first} → {between} → {last} has {thousands(pair.weights)} weights; one layer {first} → {last} can "
                f"do the same with {thousands(pair.weights_of_one)}"
            ),
            help=f"put an activation above this line (`- ReLU`), or write `{name}({last}{kernel})` in place of both",
        )


def collapsing_pairs(subject: Subject) -> Iterator[Pair]:
    """The pairs of linear layers that one could do in place of.

    A narrow middle is meant: it makes a matrix of low rank from two thin ones. So are kernels of which the product is
    larger than both (depthwise and pointwise, 1×7 and 7×1), and a first layer whose output is used elsewhere too.
    """
    shared = shared_modules(subject)
    for second in subject.network.calls:
        if second.entry.effect != "learned" or second.module is None or second.module in shared:
            continue
        value = only_input(second)
        passes = _passes_features if not is_convolution(second) else _passes_pixels
        first = maker_behind(subject, value, passes, is_private=True) if value is not None else None
        if first is None or first.entry.effect != "learned" or first.module is None or first.module in shared:
            continue
        if subject.rows[first].trainable_params < subject.rows[first].params:  # frozen: a layer put on a finished one
            continue
        pair = _pair(first, second)
        if pair is None:
            continue
        before, between, after = pair.sizes
        # From here on one matrix has all that two can have, and never more weights: a·c is at most b·(a + c).
        if between >= min(before * pair.cells[0], after * pair.cells[1]):
            yield pair


def _passes_features(call: Call) -> bool:
    """Whether the last axis stays as it is, or is scaled and shifted."""
    entry, reach = call.entry, call.result.reach
    if entry.normalises == "batch":
        return call.outputs[0].type.rank == 2
    moved_alike = entry.effect == "moves" and (
        reach.axes is None or (reach.axes[-1:] == ((call.inputs[0].type.rank - 1,),) and not reach.windows)
    )
    return (
        entry.effect == "drops"
        or is_scaling(call)
        or (moved_alike and call.outputs[0].type.shape[-1:] == call.inputs[0].type.shape[-1:])
    )


def _passes_pixels(call: Call) -> bool:
    is_identity = (
        call.entry.effect == "moves"
        and call.result.alias
        and call.result.reach.axes is None
        and call.outputs[0].type == call.inputs[0].type
    )
    return is_identity or call.entry.effect == "drops" or is_scaling(call)


def _pair(first: Call, second: Call) -> Pair | None:
    if is_convolution(first) != is_convolution(second):
        return None
    if not is_convolution(first):
        sizes = (first.inputs[0].type.shape[-1], first.outputs[0].type.shape[-1], second.outputs[0].type.shape[-1])
        return Pair(first, second, sizes, (1, 1))
    kernels = kernel_of(first), kernel_of(second)
    cells = prod(kernels[0]), prod(kernels[1])
    is_plain = all(call.arguments["groups"] == 1 and not is_transposed(call) for call in (first, second))
    if not is_plain or min(cells) > 1:
        return None
    if cells[1] > 1 and any(window.stride > 1 for _, window in first.result.reach.windows):
        return None
    channels = (first.inputs[0].type.shape[1], first.outputs[0].type.shape[1], second.outputs[0].type.shape[1])
    return Pair(first, second, channels, cells)


RULE = Rule(
    code="W201",
    title="linear layers that collapse into one",
    why=(
        "A linear function of a linear function is a linear function. Without an activation between them two such "
        "layers can do no more than one, and cost more. A middle that is narrower than both ends is not told of: it is "
        "a way to have fewer weights."
    ),
    bad="input: [1, 8, 8]\nlayers:\n  - Flatten\n  - Linear(128)\n  - Dropout(0.2)\n  - Linear(10)\n",
    good="input: [1, 8, 8]\nlayers:\n  - Flatten\n  - Linear(128)\n  - ReLU\n  - Dropout(0.2)\n  - Linear(10)\n",
    check=check,
)
