"""Which parts of a network reach no output: what is worked out and read by nobody."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from netinspect.catalogue.formula import count
from netinspect.errors import Span
from netinspect.findings.flow import name_of
from netinspect.findings.rule import Subject
from netinspect.network.network import Call, Extent, Scope, Value

Part = Call | Scope
"""One call, or one use of a sub-network, block or repeat."""

_READ_SIZES: Final = re.compile(r"(\w+)(?:\[[^\]]*\])?\.shape\b")


@dataclass(frozen=True, slots=True, eq=False)
class DeadEnd:
    """A part that reaches no output, and which no other such part reads.

    feeders  the other dead parts that it, and no earlier dead end, needs, in order
    params   parameters that only it and its feeders have
    macs     what it and its feeders cost
    """

    part: Part
    feeders: tuple[Part, ...]
    params: int
    macs: int


@dataclass(frozen=True, slots=True, eq=False)
class IdleFirstRun:
    """A part that reaches no output, and of which a later run with the same weights, `use`, does."""

    part: Part
    use: Part
    macs: int


@dataclass(frozen=True, slots=True, eq=False)
class Dead:
    """All that reaches no output. A line that is of use in another run of its block is passed over."""

    ends: tuple[DeadEnd, ...] = ()
    first_runs: tuple[IdleFirstRun, ...] = ()


def dead(subject: Subject) -> Dead:
    """What reaches no output of a network, in order."""
    if all(any(v in subject.users or v in subject.results for v in call.outputs) for call in subject.network.calls):
        return Dead()  # what is read leads on to an output, as a network has no circles
    live, live_scopes = _live(subject)
    parts = tuple(_dead_parts(subject.network.root, live, live_scopes))
    # By module, the first live use of it that did not make it.
    uses: dict[str | None, Part] = {}
    live_parts: tuple[Part, ...] = (*live, *live_scopes)
    for use in sorted((use for use in live_parts if use.again and use.module), key=lambda use: use.span):
        uses.setdefault(use.module, use)
    live_spans = {call.span for call in live} | {scope.span for scope in live_scopes}
    first_runs = tuple(
        IdleFirstRun(part, uses[part.module], sum(subject.rows[call].macs for call in calls_of(part)))
        for part in parts
        if not part.again and part.module in uses and part.span not in live_spans
    )
    part_of = {call: part for part in parts for call in calls_of(part)}
    order = {part: place for place, part in enumerate(parts)}
    needed = {call.module for call in live}
    for pair in subject.network.ties.items():
        tied = {key.rpartition(".")[0] for key in pair}
        if tied & needed:
            needed |= tied
    passed_over = {run.part for run in first_runs}
    ends: list[DeadEnd] = []
    for part in parts:
        outputs = (value for call in calls_of(part) for value in call.outputs)
        readers = (part_of.get(user) for value in outputs for user in subject.users.get(value, ()))
        if part in passed_over or part.span in live_spans or any(reader is not part for reader in readers):
            continue
        feeders = _feeders(subject, part, part_of, passed_over)
        passed_over |= feeders
        calls = [call for member in (part, *feeders) for call in calls_of(member)]
        macs = sum(subject.rows[call].macs for call in calls)
        in_order = tuple(sorted(feeders, key=order.__getitem__))
        ends.append(DeadEnd(part, in_order, _params_of(subject, calls, needed), macs))
    return Dead(tuple(ends), first_runs)


def _params_of(subject: Subject, calls: Collection[Call], needed: Collection[str | None]) -> int:
    """The parameters that no live call has: those of the calls, and scopes' own ones that only they read."""
    params = sum(subject.rows[call].params for call in calls if call.module not in needed)
    members = frozenset(calls)
    read = dict.fromkeys(value for call in calls for value in call.inputs if value not in subject.makers)
    for value in read:
        is_parameter = any(parameter.value is value for parameter in value.home.parameters)
        if is_parameter and members.issuperset(subject.users[value]):
            params += count(value.type.shape)
    return params


def calls_of(part: Part) -> Iterator[Call]:
    """The calls of a part, in order."""
    if isinstance(part, Call):
        yield part
    else:
        for item in part.items:
            yield from calls_of(item)


def name_of_part(part: Part) -> str:
    """What a message about a part's own line calls it: its path, or `this` and its type where it has no name."""
    if isinstance(part, Call):
        return name_of(part)
    is_named = not part.path.rpartition(".")[2].isdigit()
    return f"`{part.path}`" if is_named else f"this `{part.title}`" if part.title else "this list"


def key_span(subject: Subject, part: Part) -> Span:
    """Where a message about a part stands: of a list of several lines only the first."""
    span = part.span
    if span.line == span.end_line:
        return span
    return Span(span.line, span.column, span.line, len(subject.file.source.lines[span.line - 1].rstrip()) + 1)


def names_measured(subject: Subject) -> frozenset[str]:
    """The names of lines and inputs of which the spec reads `.shape`: that is a use, too."""
    return frozenset(_READ_SIZES.findall(subject.file.source.text))


def _live(subject: Subject) -> tuple[set[Call], set[Scope]]:
    """The calls that an output needs, if only for the size of a tensor, and the scopes they stand in.

    So are those that overwrite what others read, and all that a scope of several outputs gives: a block may have more
    of them than this network reads.
    """
    names = names_measured(subject)
    waiting = [value for _, value in subject.network.outputs]
    waiting += [call.outputs[0] for call in subject.network.calls if call.arguments.get("inplace")]
    if names:
        waiting += [value for value in subject.makers if value.origin.rpartition(".")[2] in names]
    live: set[Call] = set()
    scopes: set[Scope] = set()
    while waiting:
        maker = subject.makers.get(waiting.pop())
        if maker is None or maker in live:
            continue
        live.add(maker)
        waiting += maker.inputs
        waiting += _values_measured(maker.forward)
        scope: Scope | None = maker.scope
        while scope is not None and scope not in scopes:
            scopes.add(scope)
            waiting += scope.results if len(scope.results) > 1 else ()
            scope = scope.parent
    return live, scopes


def _values_measured(operand: Any) -> Iterator[Value]:
    """The tensors of which an operand of a call holds a size."""
    if isinstance(operand, tuple):
        for item in operand:
            yield from _values_measured(item)
    elif isinstance(operand, Extent) and operand.operator == "size":
        yield operand.operands[0]
    elif isinstance(operand, Extent):
        yield from _values_measured(operand.operands)


def _dead_parts(scope: Scope, live: Collection[Call], live_scopes: Collection[Scope]) -> Iterator[Part]:
    """The dead calls, and in place of those of a scope that is dead altogether the scope."""
    for item in scope.items:
        if isinstance(item, Call):
            if item not in live:
                yield item
        elif item in live_scopes:
            yield from _dead_parts(item, live, live_scopes)
        elif next(calls_of(item), None) is not None:
            yield item


def _feeders(subject: Subject, part: Part, part_of: Mapping[Call, Part], passed_over: Collection[Part]) -> set[Part]:
    """All dead parts behind a part, up to those that are passed over."""
    feeders: set[Part] = set()
    waiting = [part]
    while waiting:
        for call in calls_of(waiting.pop()):
            makers = (subject.makers[value] for value in call.inputs if value in subject.makers)
            behind = {part_of[maker] for maker in makers if maker in part_of}
            new = {each for each in behind if each is not part and each not in feeders and each not in passed_over}
            feeders |= new
            waiting += new
    return feeders
