"""How tensors flow from call to call: the walks that several rules take over the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from math import prod
from typing import NamedTuple

from netinspect.catalogue.entry import SQUASHING, Effect
from netinspect.errors import Diagnostic
from netinspect.findings.rule import Subject
from netinspect.network.network import Call, Value

Check = Callable[[Subject], Iterable[Diagnostic]]

POINT_BY_POINT: frozenset[Effect] = SQUASHING | {"bends", "drops"}
"""Effects that leave every value where it is."""


def once_a_line(check: Check) -> Check:
    """A line that is run many times (in a block, a repeat) gets one finding, which says so. It has a fix only if the
    fault is there each time: where it is not, the fix might change what is right."""

    @wraps(check)
    def checked(subject: Subject) -> Iterator[Diagnostic]:
        first: dict[object, Diagnostic] = {}
        count: Counter[object] = Counter()
        for diagnostic in check(subject):
            first.setdefault(diagnostic.span, diagnostic)
            count[diagnostic.span] += 1
        runs: Counter[object] = Counter(call.span for call in subject.network.calls) if first else Counter()
        for span, diagnostic in first.items():
            others = f"and the same line at {count[span] - 1} more place{'s' if count[span] > 2 else ''} of the network"
            note = f"{diagnostic.note}; {others}" if diagnostic.note else others
            yield replace(
                diagnostic,
                note=note if count[span] > 1 else diagnostic.note,
                fix=diagnostic.fix if count[span] >= runs[span] else (),
            )

    return checked


def name_of(call: Call) -> str:
    """What a message about a call's own line calls it: its path, or `this` and its type where it has no name."""
    return f"`{call.path}`" if _is_named(call) else f"this `{call.entry.name}`"


def name_elsewhere(call: Call) -> str:
    """What a message about another line calls it."""
    return f"`{call.path}`" if _is_named(call) else f"`{call.entry.name}` of line {call.span.line}"


def _is_named(call: Call) -> bool:
    last = call.path.rpartition(".")[2]
    return call.module is not None and not last.isdigit()


def only_input(call: Call) -> Value | None:
    """The one tensor a call takes; None where it takes none or several."""
    inputs = call.inputs
    return inputs[0] if len(inputs) == 1 else None


def is_used_once(subject: Subject, value: Value) -> bool:
    """Whether one call takes a tensor, and the network does not return it."""
    return len(subject.users.get(value, ())) == 1 and value not in subject.results


def maker_behind(
    subject: Subject, value: Value, passes: Callable[[Call], bool], *, is_private: bool = False
) -> Call | None:
    """The call that makes `value`, behind all calls that `passes` lets through.

    None where an input or a parameter is behind them. `is_private`: also where a tensor on the way has another user.
    """
    while True:
        if is_private and not is_used_once(subject, value):
            return None
        maker = subject.makers.get(value)
        if maker is None or not passes(maker):
            return maker
        inputs = maker.inputs
        if len(inputs) != 1:
            return maker
        value = inputs[0]


def having(effects: Container[Effect | None]) -> Callable[[Call], bool]:
    """Lets calls of these effects through."""
    return lambda call: call.entry.effect in effects


def is_convolution(call: Call) -> bool:
    """Whether it is a convolution with weights, transposed or not."""
    return call.entry.effect == "learned" and len(call.result.reach.windows) > 0


def is_transposed(call: Call) -> bool:
    """Whether it spreads its inputs over the output."""
    return "output_padding" in call.arguments


def kernel_of(call: Call) -> tuple[int, ...]:
    """The sizes of a convolution's kernel."""
    return tuple(window.size for _, window in call.result.reach.windows)


def shared_modules(subject: Subject) -> set[str | None]:
    """The modules that are called more than once, or share a parameter with another."""
    again = {call.module for call in subject.network.calls if call.again}
    tied = {key.rpartition(".")[0] for pair in subject.network.ties.items() for key in pair}
    return again | tied


class FlattenedMap(NamedTuple):
    """A feature map that is laid out as one row: the first call that moves its numbers for it, and the map."""

    flatten: Call
    map: Value

    @property
    def channels(self) -> int:
        return self.map.type.shape[1]

    @property
    def cells(self) -> int:
        return prod(self.map.type.shape[2:])

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.map.type.shape[1:]


def flattened_map(subject: Subject, call: Call) -> FlattenedMap | None:
    """The map of convolutions that a fully connected layer reads, laid out as a row; None for all else."""
    value = only_input(call)
    if value is None or value.type.rank != 2:
        return None
    flatten = maker_behind(subject, value, having(POINT_BY_POINT))
    if flatten is None or not _only_moves(flatten) or _is_one_cell(flatten.inputs[0]):
        return None
    while (earlier := subject.makers.get(flatten.inputs[0])) is not None and _only_moves(earlier):
        flatten = earlier  # axes that change places before they are joined
    flat_map = flatten.inputs[0]
    if _is_one_cell(flat_map):
        return None
    behind = maker_behind(subject, flat_map, lambda maker: not is_convolution(maker))
    return FlattenedMap(flatten, flat_map) if behind is not None and _is_over_maps(subject, behind) else None


def _is_one_cell(value: Value) -> bool:
    """Whether there is nothing but channels, in front of the other axes or behind them; so in a row of features."""
    shape = value.type.shape
    return len(shape) < 3 or prod(shape[2:]) == 1 or prod(shape[1:-1]) == 1


def _only_moves(call: Call) -> bool:
    """Whether every number of a tensor is there again, in another place or shape."""
    inputs = call.inputs
    return (
        call.entry.effect == "moves" and len(inputs) == 1 and call.outputs[0].type.elements == inputs[0].type.elements
    )


def _is_over_maps(subject: Subject, behind: Call) -> bool:
    """Whether the calls behind are convolutions, also where a shortcut is joined."""
    joined = behind
    for _ in subject.network.calls:
        if is_convolution(joined):
            return True
        maker = next((subject.makers[value] for value in joined.inputs if value in subject.makers), None)
        if maker is None:
            return False
        joined = maker
    return False
