"""Side inputs that reach many boxes, such as a time step: drawn apart and named where they go in."""

from __future__ import annotations

from typing import Final

from netinspect.network.network import Call, Scope
from netinspect.pictures.diagram.graph import Node
from netinspect.pictures.diagram.words import given_name, last_name

_BROADCAST: Final = 3
"""Boxes that a side input may feed before it is named there and drawn apart."""


def asides(nodes: list[Node]) -> tuple[list[Node], list[tuple[str, list[Node]]]]:
    """Side inputs that feed many boxes, taken out of the net and named where they go in; each is a panel."""
    main = _descendants(nodes, _primary(nodes))
    found = []
    for node in [node for node in nodes if node not in main]:
        fed = [other for other in nodes if node in other.sources]
        if len(fed) >= _BROADCAST:
            found.append((_title(node), _ancestors(nodes, node)))
            for other in fed:
                other.sources.remove(node)
                other.marks.append(f"← {_title(node)}")
    taken = {node for _, aside in found for node in aside}
    return [node for node in nodes if node not in taken], found


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
    found = {first}
    for node in nodes:
        if found.intersection(node.sources):
            found.add(node)
    return found


def _ancestors(nodes: list[Node], last: Node) -> list[Node]:
    found = {last}
    for node in reversed(nodes):
        if node in found:
            found.update(node.sources)
    return [node for node in nodes if node in found]
