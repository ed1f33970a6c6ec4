"""A scope as few nodes as tell its story: what only belongs to a layer (norm, activation, dropout, reshaping) is
folded into it, and closed scopes are one node.

A folded call joins the node before it where that node feeds nothing else and does not say the same already; else its
name travels on to the nodes that it feeds, and where one of those is a closed scope or a sum, it stays a node of its
own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from netinspect.analysis.drawing_words import options, remark, sign, sizes
from netinspect.analysis.order import items
from netinspect.network.network import Buffer, Call, Network, Parameter, Scope, Value

Unit = Call | Scope
IsClosed = Callable[[Scope], bool]

_BOXES: Final = ("convolution", "linear", "pooling", "embedding", "recurrent", "attention", "shaping", "products",
                 "reduction")  # fmt: skip
_FOLDED: Final = ("Identity", "Flatten", "Unflatten", "ChannelShuffle", "channel_shuffle")
_LIKE_SECOND: Final = ("crop_like", "expand_as", "reshape_as", "view_as", "type_as")


@dataclass(slots=True, eq=False)
class Node:
    """One box to be: a call with all that is folded into it, a closed scope, or an input (a Value).

    `value` is what it shows; `last` what the next call takes from it; `settled` once it was reshaped: then its
    own shape is shown, and no more is folded into it.
    """

    item: Call | Scope | Value
    sources: list[Node]
    value: Value
    last: Value
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    symbol: str = ""
    count: int = 1
    settled: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """All words in small type, in the order in which things happen, each once."""
        own = options(self.item) if isinstance(self.item, Call) and not self.symbol else ()
        return tuple(dict.fromkeys([*self.before, *own, *self.after]))


@dataclass(slots=True)
class _State:
    """What is known while the calls are walked: the node and the travelling words of each tensor, and who uses it."""

    constants: dict[Value, str]
    users: dict[Value, list[Unit | None]]
    seen: dict[Value, tuple[Node, tuple[str, ...]]] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)


def constants(network: Network) -> dict[Value, str]:
    """The tensors that follow from no input, with a name for each: parameters, positions, ranges."""
    names: dict[Value, str] = {}
    for item, _ in items(network.root):
        if isinstance(item, Parameter | Buffer):
            names[item.value] = item.name
        elif not item.result.parameters and (item.entry.family == "creation" or _all_in(item.inputs, names)):
            name = names[item.inputs[0]] if _all_in(item.inputs[:1], names) else item.path.rsplit(".", 1)[-1]
            names |= dict.fromkeys(item.outputs, name)
    for scope in islice(network.root.walk(), 1, None):
        if _all_in(scope.results, names):
            names |= dict.fromkeys(scope.results, scope.path.rsplit(".", 1)[-1])
    return names


def _all_in(values: Sequence[Value], names: dict[Value, str]) -> bool:
    return bool(values) and all(value in names for value in values)


# --- from calls to nodes ---------------------------------------------------------------------


def graph(scope: Scope, is_closed: IsClosed, known: dict[Value, str]) -> list[Node]:
    """The nodes of a scope's inside, inputs first, in the order in which they run."""
    units = [unit for unit in _units(scope, is_closed) if not _is_constant(unit, known)]
    state = _State(known, _users(units, scope))
    for value in scope.inputs:
        if value in state.users and value not in known:
            _link(value, state)
    for unit in units:
        _take(unit, state)
    _mark_results(scope, state)
    return [*(node for node in state.nodes if isinstance(node.item, Value)),
            *(node for node in state.nodes if not isinstance(node.item, Value))]  # fmt: skip


def _mark_results(scope: Scope, state: _State) -> None:
    """Says where one of several results comes from, and which shape a result has that was reshaped last."""
    for value in scope.results:
        node = state.seen[value][0] if value in state.seen else None
        if node is None or isinstance(node.item, Value):
            continue
        if len(scope.results) > 1:
            node.after.append("output")
        if value.type.elements != node.value.type.elements or value.type.rank != node.value.type.rank:
            node.after.append(f"→ {sizes(value, None)[0]}")


def _units(scope: Scope, is_closed: IsClosed) -> Iterator[Unit]:
    for item in scope.items:
        if isinstance(item, Scope) and not is_closed(item):
            yield from _units(item, is_closed)
        else:
            yield item


def _is_constant(unit: Unit, known: dict[Value, str]) -> bool:
    return _all_in(unit.outputs if isinstance(unit, Call) else unit.results, known)


def calls_of(scope: Scope) -> list[Call]:
    """Every call inside, in order."""
    return [item for item, _ in items(scope) if isinstance(item, Call)]


def _made(unit: Unit) -> list[Value]:
    calls = [unit] if isinstance(unit, Call) else calls_of(unit)
    return [value for call in calls for value in call.outputs]


def _needs(unit: Unit) -> list[Value]:
    """The tensors a unit takes from outside itself, each once, in order of first use."""
    if isinstance(unit, Call):
        return list(dict.fromkeys(unit.inputs))
    inside = set(_made(unit))
    used = [value for call in calls_of(unit) for value in call.inputs] + list(unit.results)
    return [value for value in dict.fromkeys(used) if value not in inside]


def _users(units: list[Unit], scope: Scope) -> dict[Value, list[Unit | None]]:
    """For every tensor the units that take it; None stands for the scope's results."""
    users: dict[Value, list[Unit | None]] = {}
    for unit in units:
        for value in _needs(unit):
            users.setdefault(value, []).append(unit)
    for value in scope.results:
        users.setdefault(value, []).append(None)
    return users


def _take(unit: Unit, state: _State) -> None:
    values = [value for value in _needs(unit) if value not in state.constants]
    if isinstance(unit, Call) and unit.entry.name in _LIKE_SECOND:
        values = values[:1]
    links = [_link(value, state) for value in values]
    sources = list(dict.fromkeys(node for node, _ in links))
    words = [word for _, carried in links for word in carried]
    if isinstance(unit, Call) and _folds(unit, sources):
        _fold(unit, values[0], words, state)
    else:
        _add(unit, sources, words, state)


def _link(value: Value, state: _State) -> tuple[Node, tuple[str, ...]]:
    if value not in state.seen:
        node = Node(value, [], value, value)
        state.nodes.append(node)
        state.seen[value] = (node, ())
    return state.seen[value]


def _folds(call: Call, sources: list[Node]) -> bool:
    """Whether a call is no box of its own by its nature."""
    name, own = call.entry.name, call.entry.family
    if len(sources) != 1 or name in ("cat", "stack"):
        return False
    if name in _FOLDED:
        return True
    if name.startswith(("Adaptive", "adaptive")) or own == "reduction":
        same = call.inputs[0].type.shape == call.outputs[0].type.shape
        return same and not name.startswith("arg")
    return own not in _BOXES


def _fold(call: Call, value: Value, words: list[str], state: _State) -> None:
    node = state.seen[value][0]
    word = remark(call, state.constants)
    alone = state.users[value] == [call] and node.last is value and not words
    stuck = bool(word) and any(not _carries(user) for user in state.users.get(call.outputs[0], []))
    full = node.settled or word in (*node.before, *node.after)
    if alone and _joins(call, node) and (stuck or not (word and full)):
        _join(call, node, word)
        state.seen |= dict.fromkeys(call.outputs, (node, ()))
    elif stuck:
        _add(call, [node], words, state)
    else:
        state.seen |= dict.fromkeys(call.outputs, (node, (*words, word) if word else tuple(words)))


def _joins(call: Call, node: Node) -> bool:
    """Whether a call can be shown with the node before it: a norm after a convolution, yes; padding before one, no."""
    return isinstance(node.item, Call) and call.entry.family != "padding"


def _join(call: Call, node: Node, word: str) -> None:
    node.after += [word] if word else []
    node.last = call.outputs[0]
    if _reshapes(call):
        node.settled = True
    elif not node.settled:
        node.value = node.last


def _reshapes(call: Call) -> bool:
    return call.entry.family == "rearranging" or call.entry.name in ("Flatten", "Unflatten")


def _carries(user: Unit | None) -> bool:
    """Whether a folded call's name can be shown with what uses it."""
    return isinstance(user, Call) and not (sign(user) and len(set(user.inputs)) > 1)


def _add(unit: Unit, sources: list[Node], words: list[str], state: _State) -> None:
    value = unit.results[0] if isinstance(unit, Scope) else unit.outputs[0]
    node = Node(unit, sources, value, value, before=words)
    if isinstance(unit, Call):
        free = [value for value in dict.fromkeys(unit.inputs) if value not in state.constants]
        node.symbol = sign(unit) if len(free) > 1 else ""
        if unit.entry.name in ("cat", "stack"):
            node.after = [f"+ {state.constants[value]}" for value in unit.inputs if value in state.constants]
    state.nodes.append(node)
    state.seen |= dict.fromkeys(_made(unit), (node, ()))
