"""From a network to what its architecture diagram shows: which scopes are closed, which get a panel of their own.

A small net is drawn with all its layers. In a larger one a block with a title is one box, and a panel beside the
net shows its inside once; where that is still too much, scopes are closed from the innermost on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from netinspect.analysis.drawing_asides import asides
from netinspect.analysis.drawing_graph import (
    IsClosed,
    Node,
    calls_of,
    constants,
    graph,
)
from netinspect.analysis.drawing_repeats import merged, skeleton
from netinspect.analysis.drawing_words import (
    channel_axes,
    family,
    given_name,
    heads_joined,
    last_name,
    operation,
    patch,
    sizes,
)
from netinspect.analysis.profile import profile
from netinspect.figures.diagram_parts import Box, Diagram, Edge, Panel
from netinspect.network.network import Call, Network, Scope, Value

SMALL: Final = 16
"""Boxes up to which a net, or the inside of a block, is drawn with all its layers."""

MEDIUM: Final = 22
"""Boxes up to which a net with closed blocks is drawn before its outer blocks are closed too."""

LARGE: Final = 40
"""Boxes from which on scopes are closed, whatever they are."""

_ROW: Final = 14
"""Boxes from which on equal layers in a row are drawn as one."""

_INSIDES: Final = 4
"""Panels for insides of blocks, at most."""

Known = tuple[dict[Value, str], dict[Value, int | None]]


def diagram_of(network: Network, *, depth: int | None = None) -> Diagram:
    """The architecture diagram of a network. `depth` closes the scopes below that many levels, as in the summary;
    without it the detail follows from the size."""
    known = (constants(network), channel_axes(network))
    nodes = _by_depth(network.root, depth, known) if depth is not None else _fitting(network.root, known)
    nodes, beside = asides(nodes)
    panels = [_panel("", nodes, known, network)]
    panels += [_panel(title, aside, known, network) for title, aside in beside]
    panels += [_panel(title, inside, known, None) for title, inside in _insides([*nodes, *_all(beside)], known)]
    return Diagram(tuple(panels), _caption(network))


def _all(beside: list[tuple[str, list[Node]]]) -> list[Node]:
    return [node for _, aside in beside for node in aside]


def _caption(network: Network) -> str:
    totals = profile(network).totals
    return f"{totals.params:,} parameters · {totals.macs:,} MACs"


# --- how much is shown -----------------------------------------------------------------------


def _by_depth(scope: Scope, depth: int, known: Known) -> list[Node]:
    def is_closed(inner: Scope) -> bool:
        return _level(inner) >= depth

    return _nodes(scope, is_closed, known)


def _level(scope: Scope) -> int:
    return 0 if scope.parent is None else 1 + _level(scope.parent)


def _fitting(scope: Scope, known: Known) -> list[Node]:
    """The most detail that fits: all layers; else inner blocks closed, then outer ones; else whole levels of scopes.

    At each level of blocks, those that stand only once stay open if the net is small then.
    """
    nodes = _nodes(scope, lambda _: False, known)
    if len(nodes) <= SMALL:
        return nodes
    blocks = _blocks(scope)
    uses = Counter(block.title for block in blocks)
    closed: set[Scope] = set()
    for level in range(max((_nesting(block, scope) for block in blocks), default=0), -1, -1):
        inner = [block for block in blocks if _nesting(block, scope) >= level]
        for closable, most in (([block for block in inner if uses[block.title] > 1], SMALL), (inner, MEDIUM)):
            closed = _outermost(closable, known)
            nodes = _nodes(scope, closed.__contains__, known)
            if len(nodes) <= most:
                return nodes
    for level in range(_deepest(scope), _level(scope), -1):
        if len(nodes) <= LARGE:
            break
        nodes = _nodes(scope, _closed_from(level, closed), known)
    return nodes


def _nesting(block: Scope, root: Scope) -> int:
    """In how many other blocks with a title a block stands, up to `root`."""
    parent = block.parent
    if parent is None or parent is root:
        return 0
    return int(parent.title is not None) + _nesting(parent, root)


def _closed_from(level: int, closed: set[Scope]) -> IsClosed:
    return lambda inner: inner in closed or _level(inner) >= level


def _deepest(scope: Scope) -> int:
    return max((_deepest(item) for item in scope.items if isinstance(item, Scope)), default=_level(scope))


def _nodes(scope: Scope, is_closed: IsClosed, known: Known) -> list[Node]:
    nodes = merged(graph(scope, is_closed, known[0]), layers=False)
    return nodes if len(nodes) <= _ROW else merged(nodes, layers=True)


def _blocks(scope: Scope) -> list[Scope]:
    """Every scope inside that is a block with a title, outer ones before their inner ones."""
    found = []
    for item in scope.items:
        if isinstance(item, Scope):
            found += [item] * (item.title is not None) + _blocks(item)
    return found


def _outermost(blocks: list[Scope], known: Known) -> set[Scope]:
    """Of these blocks those that are worth closing and stand in no other such."""
    closed: set[Scope] = set()
    for block in blocks:
        if not _stands_in(block, closed) and _is_worth_closing(block, known):
            closed.add(block)
    return closed


def _stands_in(scope: Scope, others: set[Scope]) -> bool:
    parent = scope.parent
    return parent is not None and (parent in others or _stands_in(parent, others))


def _is_worth_closing(scope: Scope, known: Known) -> bool:
    nodes = merged(graph(scope, lambda _: False, known[0]), layers=True)
    return sum(not isinstance(node.item, Value) for node in nodes) > 1


# --- panels beside the net -------------------------------------------------------------------


def _insides(nodes: list[Node], known: Known) -> list[tuple[str, list[Node]]]:
    """One panel for each title of a closed block, outer ones first; the commonest form of it stands for all."""
    panels: list[tuple[str, list[Node]]] = []
    waiting = [nodes]
    while waiting:
        for scope in _examples(waiting.pop(0)):
            if len(panels) < _INSIDES and scope.title not in {title for title, _ in panels}:
                inside = _fitting(scope, known)
                panels.append((scope.title or "", inside))
                waiting.append(inside)
    return panels


def _examples(nodes: list[Node]) -> list[Scope]:
    """Of each title the first scope in its commonest form. A closed list without a title gives its inner blocks."""
    forms: dict[str, Counter[object]] = {}
    first: dict[object, Scope] = {}
    for node in nodes:
        for scope in _titled(node.item):
            form = skeleton(scope)
            forms.setdefault(scope.title or "", Counter())[form] += node.count
            first.setdefault(form, scope)
    return [first[counted.most_common(1)[0][0]] for counted in forms.values()]


def _titled(item: Call | Scope | Value) -> list[Scope]:
    if not isinstance(item, Scope):
        return []
    return [item] if item.title is not None else [inner for below in item.items for inner in _titled(below)]


# --- plain data ------------------------------------------------------------------------------


def _panel(title: str, nodes: list[Node], known: Known, network: Network | None) -> Panel:
    keys = {node: str(index) for index, node in enumerate(nodes)}
    names = {given.value: given.name for given in network.inputs} if network else _numbered(nodes)
    boxes = _named_once([_box(node, keys[node], known[1], names if len(names) > 1 else {}) for node in nodes])
    edges = tuple(Edge(keys[source], keys[node]) for node in nodes for source in node.sources)
    return Panel(title, boxes, edges)


def _numbered(nodes: list[Node]) -> dict[Value, str]:
    inputs = [node.item for node in nodes if isinstance(node.item, Value)]
    return {value: f"input {number}" for number, value in enumerate(inputs, 1)}


def _named_once(boxes: list[Box]) -> tuple[Box, ...]:
    """The name of the list that blocks stand in, over the first of them only."""
    named, last = [], ""
    for box in boxes:
        named.append(replace(box, name="") if box.block and box.name == last else box)
        last = box.name
    return tuple(named)


def _box(node: Node, key: str, axes: dict[Value, int | None], names: dict[Value, str]) -> Box:
    shape, channels, space = sizes(node.value, axes.get(node.value))
    again = ("same weights",) if isinstance(node.item, Call | Scope) and node.item.again else ()
    before, after = (tuple(word.text for word in words) for words in (node.before, node.after))
    box = Box(
        key,
        "",
        before=tuple(dict.fromkeys(before)),
        notes=(*node.notes, *again),
        after=after,
        shape=shape,
        channels=channels,
        space=space[-3:],
        count=node.count,
    )
    item = node.item
    if isinstance(item, Value):
        op = names.get(item, "input")
        return replace(box, op=op, family="input", notes=() if item.type.is_float else (item.type.dtype,))
    if isinstance(item, Scope):
        name = last_name(item.path)
        if node.count > 1:
            name = name.removesuffix("_0")
        op = item.title or name
        return replace(
            box,
            op=op,
            name="" if name == op else name,
            notes=(*_held(item), *box.notes),
            family=_scope_family(item),
            block=True,
        )
    if node.symbol:
        return replace(box, op=node.symbol, symbol=node.symbol, family="join", shape="")
    if item.entry.name == "scaled_dot_product_attention" and len(space) == 2:
        channels, space = heads_joined(node.value)
        box = replace(box, channels=channels, space=space)
    op, name = operation(item), given_name(item)
    name = "" if name.lower() in (op.lower(), op.lower().split()[0]) else name
    return replace(box, op=op, name=name, family=family(item), kernel=patch(item))


def _held(scope: Scope) -> tuple[str, ...]:
    """`50 × Layer` for a list that holds nothing but blocks of one title."""
    titles = {item.title if isinstance(item, Scope) else None for item in scope.items}
    alike = len(titles) == 1 and None not in titles and scope.title is None
    return (f"{len(scope.items)} × {titles.pop()}",) if alike else ()


_CHARACTER: Final = ("recurrent", "attention", "convolution", "linear")


def _scope_family(scope: Scope) -> str:
    """What a block is known by: recurrent layers or attention in it before convolutions, those before others."""
    calls = calls_of(scope)
    found = {family(call) for call in calls}
    if {"matmul", "softmax"} <= {call.entry.name for call in calls}:
        found.add("attention")
    return next((one for one in _CHARACTER if one in found), "other")
