"""An in-place call on a tensor that something else reads too."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from netinspect.errors import Diagnostic
from netinspect.findings.flow import name_elsewhere, name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import line_without
from netinspect.network.network import Call, Value


class Place(NamedTuple):
    """Where a tensor stands among those of one memory: all that is made of it has a number in `numbers`, its own is the
    first. So what is made of a tensor is told from what is not by two comparisons."""

    root: Value
    numbers: range


class Read(NamedTuple):
    """A call that reads a tensor of a memory, by the order of calls and the tensor's number."""

    order: int
    number: int
    reader: Call


@dataclass(slots=True)
class Memory:
    """One tensor and what views and in-place calls make of it: who reads any of these, in order; which of them the
    network returns; and the first call whose backward pass needs one. `lowest` and `highest` are, from each read on,
    the read of the lowest and of the highest number."""

    reads: list[Read] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    keeper: Read | None = None
    lowest: list[Read] = field(default_factory=list)
    highest: list[Read] = field(default_factory=list)


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    in_place = {call: order for order, call in enumerate(subject.network.calls) if _is_in_place(call)}
    if not in_place:
        return
    places, memories = _memories(subject)
    for call, order in in_place.items():
        harm = _harm(subject, call, order, places[call.outputs[0]].numbers, memories[places[call.outputs[0]].root])
        if harm is None:
            continue
        message, note, changes_values = harm
        text, fix = line_without(subject, call, "inplace")
        # where a later read sees other numbers, the network mended would compute something else
        yield Diagnostic(
            "W213", message, call.span, note=note, help=f"write `{text}`", fix=() if changes_values else fix
        )


def _is_in_place(call: Call) -> bool:
    return call.arguments.get("inplace") is True


def _harm(subject: Subject, call: Call, order: int, written: range, memory: Memory) -> tuple[str, str, bool] | None:
    """What goes wrong, and why: a later read sees other numbers, or the backward pass misses the old ones; and whether
    what the network computes is another thing by it. `written` are the numbers of what is made of what it writes."""
    maker = subject.makers.get(call.inputs[0])
    name = name_elsewhere(maker) if maker is not None else f"`{call.inputs[0].origin}`"
    # A call that reads the memory later, but for what is made of what this one has written.
    start = bisect_right(memory.reads, order, key=lambda read: read.order)
    ends = (memory.lowest[start], memory.highest[start]) if start < len(memory.reads) else ()
    others = [read for read in ends if read.number not in written]
    if others:
        later = min(others, key=lambda read: read.order).reader
        return (
            f"inplace=True overwrites what {name} gives, which {name_elsewhere(later)} reads after it",
            f"{name_elsewhere(later)} gets what {name_of(call)} has made of it, and not what {name} gave",
            True,
        )
    if memory.returned and (memory.returned[0] < written.start or memory.returned[-1] >= written.stop):
        return (
            f"inplace=True overwrites what {name} gives, which the network returns",
            f"what is returned is what {name_of(call)} has made of it",
            True,
        )
    keeper = memory.keeper.reader if memory.keeper is not None and memory.keeper.order < order else None
    if keeper is None and maker is not None and "output" in maker.result.may_be_saved:
        keeper = maker
    if keeper is not None:
        return (
            f"inplace=True overwrites what {name} gives, which the backward pass of {name_elsewhere(keeper)} needs",
            "torch stops training with a RuntimeError: modified by an inplace operation",
            False,
        )
    return None


def _memories(subject: Subject) -> tuple[dict[Value, Place], dict[Value, Memory]]:
    """The place of each tensor whose memory another tensor shares; and each memory, by the tensor that was first in
    it."""
    parents = {
        call.outputs[0]: call.inputs[0]
        for call in subject.network.calls
        if call.inputs and (call.result.alias or _is_in_place(call))
    }
    count: defaultdict[Value, int] = defaultdict(lambda: 1)
    for value, parent in reversed(parents.items()):
        count[parent] += count[value]
    places: dict[Value, Place] = {}
    free: dict[Value, int] = {}
    for value, parent in parents.items():
        if parent not in places:
            places[parent], free[parent] = Place(parent, range(count[parent])), 1
        start = free[parent]
        places[value], free[value] = Place(places[parent].root, range(start, start + count[value])), start + 1
        free[parent] += count[value]
    memories: defaultdict[Value, Memory] = defaultdict(Memory)
    for order, call in enumerate(subject.network.calls):
        saved = [item for item in call.result.may_be_saved if isinstance(item, int) and item < len(call.inputs)]
        kept = {call.inputs[item] for item in saved}
        for value in dict.fromkeys(call.inputs):
            if value in places:
                root, numbers = places[value]
                read = Read(order, numbers.start, call)
                memories[root].reads.append(read)
                if value in kept and memories[root].keeper is None:
                    memories[root].keeper = read
    for value in subject.results:
        if value in places:
            memories[places[value].root].returned.append(places[value].numbers.start)
    for memory in memories.values():
        memory.returned.sort()
        memory.lowest = _from_each_on(memory.reads, lambda read, best: read.number <= best.number)
        memory.highest = _from_each_on(memory.reads, lambda read, best: read.number >= best.number)
    return places, memories


def _from_each_on(reads: list[Read], is_better: Callable[[Read, Read], bool]) -> list[Read]:
    """The best of each read and all that come after it."""
    bests: list[Read] = []
    for read in reversed(reads):
        bests.append(bests[-1] if bests and not is_better(read, bests[-1]) else read)
    return bests[::-1]


RULE = Rule(
    code="W213",
    title="inplace on a value that is read again",
    why=(
        "An in-place layer writes its result over its input. Whatever reads that input later gets the result, so that "
        "a shortcut adds something else than it seems to; and where the backward pass needs the old numbers, "
        "torch stops."
    ),
    bad="input: [16, 8, 8]\nlayers:\n  - stem: Conv2d(16, kernel_size=3, padding=1)\n  - ReLU(inplace=True)\n"
    "  - Conv2d(16, kernel_size=3, padding=1)\n  - add(stem, prev)\n",
    good="input: [16, 8, 8]\nlayers:\n  - stem: Conv2d(16, kernel_size=3, padding=1)\n  - ReLU\n"
    "  - Conv2d(16, kernel_size=3, padding=1)\n  - add(stem, prev)\n",
    check=check,
)
