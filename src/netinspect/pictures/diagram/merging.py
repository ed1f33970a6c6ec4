"""Fewer nodes for the same story: side inputs that feed many boxes are drawn apart, equal neighbours as one box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from netinspect.network.network import Call, Scope, Value
from netinspect.pictures.diagram.graph import Node, calls_of
from netinspect.pictures.diagram.words import (
    ASSOCIATIVE,
    ORDERED,
    given_name,
    last_name,
    operation,
    options_of_all,
    window,
)

# --- side inputs, drawn apart ----------------------------------------------------------------


_BROADCAST: Final = 3
"""Boxes that a side input may feed before it is named there and drawn apart."""


def asides(nodes: list[Node]) -> tuple[list[Node], list[tuple[str, list[Node]]]]:
    """Side inputs that feed many boxes, taken out of the net and named where they go in; each is a panel."""
    main = _descendants(nodes, _primary(nodes))
    sides = []
    for node in [node for node in nodes if node not in main]:
        fed, aside = [other for other in nodes if node in other.sources], _ancestors(nodes, node)
        is_apart = not any(inner in other.sources for inner in aside[:-1] for other in nodes if other not in aside)
        if len(fed) >= _BROADCAST and is_apart:
            sides.append((_title(node), aside))
            for other in fed:
                other.sources.remove(node)
                other.terms -= 1
                formula = (
                    f"{_title(node)} {other.symbol}" if _is_first(node, other) else f"{other.symbol} {_title(node)}"
                )
                if other.symbol in ORDERED or node not in [part.source for part in other.parts]:
                    other.marks.append(formula if other.symbol in ORDERED else f"← {_title(node)}")
    taken = {node for _, aside in sides for node in aside}
    return [node for node in nodes if node not in taken], sides


def _is_first(source: Node, node: Node) -> bool:
    """Whether a node takes a source first."""
    return bool(node.takes) and node.takes[0][0] is source


def _title(node: Node) -> str:
    item = node.item
    if isinstance(item, Call):
        return given_name(item) or item.entry.name
    return last_name(item.path) if isinstance(item, Scope) else item.origin


def _primary(nodes: list[Node]) -> Node:
    """The input from which the way to the end is longest."""
    length: dict[Node, int] = {}
    start: dict[Node, Node] = {}
    for node in nodes:
        before = max(node.sources, key=length.__getitem__, default=None)
        length[node] = 0 if before is None else length[before] + 1
        start[node] = node if before is None else start[before]
    return start[max(nodes, key=length.__getitem__)]


def _descendants(nodes: list[Node], first: Node) -> set[Node]:
    reached = {first}
    for node in nodes:
        if reached.intersection(node.sources):
            reached.add(node)
    return reached


def _ancestors(nodes: list[Node], last: Node) -> list[Node]:
    reached = {last}
    for node in reversed(nodes):
        if node in reached:
            reached.update(node.sources)
    return [node for node in nodes if node in reached]


# --- equal neighbours as one -----------------------------------------------------------------


def merged(nodes: list[Node], *, layers: bool) -> list[Node]:
    """Equal nodes that follow each other as one with a count: closed scopes, and with `layers` single layers too."""
    kept: list[Node] = []
    stands_for: dict[Node, Node] = {}
    feeds = _feeds(nodes)
    for node in nodes:
        before = next((source for source in node.sources if _is_next(source, node, feeds, layers=layers)), None)
        first = stands_for.get(before, before) if before is not None else None
        if before is not None and first is not None and _has_sides_of(first, before, node):
            first.count += 1
            first.members += node.members
            first.marks += [mark for mark in node.marks if mark not in first.marks]
            first.results = node.results
            stands_for[node] = first
        else:
            kept.append(node)
    for node in kept:
        _redirect(node, stands_for)
    return kept


def paired(nodes: list[Node]) -> list[Node]:
    """Two blocks that take turns, a b a b, as one node with the number of turns."""
    feeds = _feeds(nodes)
    kept: list[Node] = []
    stands_for: dict[Node, Node] = {}
    start = 0
    while start < len(nodes):
        first, run = nodes[start], 1
        while start + run < len(nodes) and _takes_turns(nodes[start : start + run + 1], feeds):
            run += 1
        turns = run // 2
        kept.append(first)
        if turns > 1:
            inside = nodes[start + 1 : start + 2 * turns]
            first.count, first.period = turns, 2
            first.members += [member for node in inside for member in node.members]
            stands_for |= dict.fromkeys(inside, first)
        start += 2 * turns if turns > 1 else 1
    for node in kept:
        _redirect(node, stands_for)
    return kept


def _redirect(node: Node, stands_for: dict[Node, Node]) -> None:
    """Lets a node take from those that now stand for its sources."""
    node.sources = list(dict.fromkeys(stands_for.get(source, source) for source in node.sources))
    node.takes = [(stands_for.get(source, source) if source else None, key) for source, key in node.takes]


def _takes_turns(run: Sequence[Node], feeds: dict[Node, int]) -> bool:
    """Whether the last node of a run goes on with it: a closed block of the same title and size as the one before, of
    another form, and of that of the one before that."""
    *_, before, node = run
    scopes = [each.item for each in (before, node) if isinstance(each.item, Scope)]
    return (
        len(scopes) == 2
        and scopes[0].title == scopes[1].title is not None
        and before.count == node.count == 1
        and node.sources == [before]
        and feeds[before] == 1
        and before.value.type.shape == node.value.type.shape
        and kind(before) != kind(node)
        and not (before.marks or node.marks or before.results or node.results)
        and (kind(run[-3]) == kind(node) if len(run) > 2 else len(before.sources) < 2)
    )


def _feeds(nodes: list[Node]) -> dict[Node, int]:
    feeds = dict.fromkeys(nodes, 0)
    for node in nodes:
        for source in node.sources:
            feeds[source] += 1
    return feeds


def _is_next(before: Node, node: Node, feeds: dict[Node, int], *, layers: bool) -> bool:
    if isinstance(node.item, Value) or (isinstance(node.item, Call) and not (layers or node.symbol)):
        return False
    return feeds[before] == 1 and kind(before) == kind(node)


def _has_sides_of(first: Node, before: Node, node: Node) -> bool:
    """Whether a node takes from the one before it what the first of its run takes from outside the run, and besides
    that the very inputs of the first, in the same order."""
    if before.results or node.reads or len(node.takes) != len(first.takes):
        return False
    sides = [taken for taken in node.takes if taken[0] is not before]
    if node.symbol in ASSOCIATIVE:
        others = Counter(first.takes)
        if Counter(sides) - others:
            return False
        entering = list((others - Counter(sides)).elements())
    else:
        pairs = list(zip(first.takes, node.takes, strict=True))
        if any(taken != old for old, taken in pairs if taken[0] is not before):
            return False
        entering = [old for old, taken in pairs if taken[0] is before]
    return len(set(entering)) == 1 and entering[0][0] not in [source for source, _ in sides]


def kind(node: Node) -> Any:
    """All that a reader can tell of a node: equal ones are drawn as one."""
    item = node.item
    if isinstance(item, Scope):
        return item.title, item.results[0].type.shape if item.results else (), skeleton(item), node.period
    if isinstance(item, Call):
        texts = [tuple(word.text for word in words) for words in (node.before, node.after)]
        texts += [tuple(word.text for word in words) for _, words, *_ in node.parts]
        said = (operation(item), node.symbol, options_of_all([item]), *texts, *node.marks)
        return said, node.value.type.shape
    return item


def skeleton(scope: Scope) -> Any:
    """What a scope is made of, with shapes and windows."""
    calls = calls_of(scope)
    return tuple((call.entry.name, window(call), call.outputs[0].type.shape) for call in calls)
