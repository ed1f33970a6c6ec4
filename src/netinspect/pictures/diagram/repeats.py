"""Equal neighbours as one node with a count: the three equal convolutions of a stage, the twelve blocks of GPT-2."""

from __future__ import annotations

from typing import Any

from netinspect.network.network import Call, Scope, Value
from netinspect.pictures.diagram.graph import Node, calls_of
from netinspect.pictures.diagram.words import operation, options_of_all, window


def merged(nodes: list[Node], *, layers: bool) -> list[Node]:
    """Equal nodes that follow each other as one with a count: closed scopes, and with `layers` single layers too."""
    kept: list[Node] = []
    stands_for: dict[Node, Node] = {}
    feeds = _feeds(nodes)
    newest: dict[Node, Node] = {}
    for node in nodes:
        before = next((one for one in node.sources if _is_next(one, node, feeds, layers=layers)), None)
        if before is not None and _same_company(stands_for.get(before, before), before, node, newest):
            first = stands_for.get(before, before)
            first.count += 1
            first.members += node.members
            first.marks += [mark for mark in node.marks if mark not in first.marks]  # the last one's is an output
            stands_for[node], newest[first] = first, node
        else:
            kept.append(node)
    for node in kept:
        node.sources = list(dict.fromkeys(stands_for.get(source, source) for source in node.sources))
    return kept


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


def _same_company(first: Node, before: Node, node: Node, newest: dict[Node, Node]) -> bool:
    """Whether all that a node takes besides the one before it, the others of its run take too."""
    others = set(node.sources) - {before}
    model = newest.get(first)
    return others <= set(first.sources) and (model is None or others == set(model.sources) & set(first.sources))


def kind(node: Node) -> Any:
    """All that a reader can tell of a node: equal ones are drawn as one."""
    item = node.item
    if isinstance(item, Scope):
        return item.title, item.results[0].type.shape if item.results else (), skeleton(item)
    if isinstance(item, Call):
        texts = [tuple(word.text for word in words) for words in (node.before, node.after)]
        said = (operation(item), node.symbol, options_of_all([item]), *texts, *node.marks)
        return said, node.value.type.shape
    return item


def skeleton(scope: Scope) -> Any:
    """What a scope is made of, with shapes and windows."""
    calls = calls_of(scope)
    return tuple((call.entry.name, window(call), call.outputs[0].type.shape) for call in calls)
