"""A scope as few nodes as tell its story: what only belongs to a layer (norm, activation, dropout, reshaping) is
folded into it, and closed scopes are one node.

A folded call joins the node before it where that node feeds nothing else and does not say the same already; else its
name travels on to the node that it feeds and is written before that. Where it feeds a closed scope, or one of several
inputs of a sum or a `cat`, a name written there would be said of all of them: then it joins the node before it, or is a
node of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

from netinspect.network.attention import written_roles
from netinspect.network.network import Buffer, Call, Network, Parameter, Scope, Value, items
from netinspect.pictures.diagram.words import (
    ASSOCIATIVE,
    CASES,
    ORDERED,
    bracketed,
    computed,
    created,
    given_name,
    is_quiet,
    is_scaling,
    last_name,
    loosely,
    operation,
    picks,
    read_of,
    remark,
    sign,
    sizes,
    transposes,
    with_constants,
)

Unit = Call | Scope
Taken = tuple["Node | None", Hashable]
"""A source, None for a constant, and which of its tensors is taken: equal where the tensors are."""
Link = tuple["Node", tuple["Word", ...]]
"""The node that a tensor comes from, and the words that it carries on."""
IsClosed = Callable[[Scope], bool]

_BOXES: Final = ("convolution", "linear", "pooling", "embedding", "recurrent", "attention", "shaping", "products",
                 "reduction")  # fmt: skip
_FOLDED: Final = ("Identity", "Flatten", "Unflatten", "ChannelShuffle", "channel_shuffle")
_ROLES: Final = ("query", "key", "value")
_PARTS: Final = 20
"""Letters of the parts that are listed where they are joined, all treated alike."""

_FEW: Final = 2
"""Inputs of a closed block up to which it is not said which is which: the one before it, and another."""


class Word(NamedTuple):
    """What a folded call is called, or which further output of a call is read: `h_n`, `split[1]`. One for several calls
    that differ in their numbers is `loose`: `scaled`."""

    text: str
    call: Call
    is_output: bool = False
    is_loose: bool = False

    @property
    def is_part(self) -> bool:
        """Whether it says which part of a tensor, or of several, is taken, and not what is done to it."""
        return self.is_output or picks(self.call)

    @property
    def resizes(self) -> bool:
        """Whether another size is to be said of what it gives."""
        gives_one = not (self.is_output or self.call.entry.gives_list)
        taken = max(value.type.elements for value in self.call.inputs)  # a factor may come first, and be smaller
        return gives_one and self.call.outputs[0].type.elements != taken

    @property
    def is_place(self) -> bool:
        """Whether it is a part that has an axis less, `[0]`: no size needs to be shown for it."""
        return self.is_output or (picks(self.call) and self.call.outputs[0].type.rank < self.call.inputs[0].type.rank)


class Part(NamedTuple):
    """A part of a source that a node takes: which one, and the words for it. Of several sources it cannot be seen of
    which one `[0]` is said: then `source` is to be named. `role` is what the node takes it as."""

    value: Value
    words: tuple[Word, ...]
    source: Node | None
    role: str = ""


@dataclass(slots=True, eq=False)
class Node:
    """One box to be: a call with all that is folded into it, a closed scope, or an input (a Value).

    `value` is what it shows; `last` what the next call takes from it; `settled` once it was reshaped: then its own
    shape is shown, and what can be is folded into the next one. `before` and `after` are the calls folded into it, in
    order; `marks` what else is to be said of it. `terms` counts what a sum or product joins, `roles` says which source
    an attention takes as query, key and value, a `where` in which case, or a block by which name, `reads` names what it
    takes out of closed blocks besides their first results, `parts` what it takes of its sources where that is not all
    of them, and `members` are all items that it stands for: `count` turns of `period` items each. `takes` has for each
    of its item's inputs, in their order, the source and what is taken from it.
    """

    item: Call | Scope | Value
    sources: list[Node]
    value: Value
    last: Value
    before: list[Word] = field(default_factory=list)
    after: list[Word] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    symbol: str = ""
    count: int = 1
    period: int = 1
    settled: bool = False
    terms: int = 0
    roles: dict[Node, list[str]] = field(default_factory=dict)
    reads: dict[Value, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    members: list[Call | Scope | Value] = field(default_factory=list)
    takes: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.members.append(self.item)

    def sign_of(self, source: Node) -> str:
        """The sign of a difference or quotient for what it takes away or divides by, "" for any other source."""
        places = [place for place, (taken, _) in enumerate(self.takes) if taken is source]
        return self.symbol if self.symbol in ORDERED and places == [1] else ""

    def place_of(self, source: Node) -> int:
        """The place of a source among the inputs, behind them all where it is not known."""
        return next((place for place, (taken, _) in enumerate(self.takes) if taken is source), len(self.takes))


@dataclass(frozen=True, slots=True)
class Names:
    """What tensors of a network are called.

    constants  those that follow from no input
    meanings   how those constants are made that have the name of their line, by that name
    outputs    those that it gives
    roles      query, key and value of attention that is written out, by the product and the place of the operand
    """

    constants: Mapping[Value, str]
    meanings: Mapping[str, str]
    outputs: Mapping[Value, str]
    roles: Mapping[tuple[Call, int], str]


def names_of(network: Network) -> Names:
    """The names of a network's tensors. An output is drawn, even if it follows from no input."""
    outputs = {value: name for name, value in network.outputs}
    named, meanings = _constants(network)
    constants = {value: name for value, name in named.items() if value not in outputs}
    return Names(constants, meanings, outputs, written_roles(network))


@dataclass(slots=True)
class _State:
    """What is known while the calls are walked: the node and the travelling words of each tensor, and who uses it."""

    names: Names
    users: dict[Value, list[Unit | None]]
    makers: dict[Value, Call]
    links: dict[Value, Link] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)

    @property
    def constants(self) -> Mapping[Value, str]:
        return self.names.constants


def _constants(network: Network) -> tuple[dict[Value, str], dict[str, str]]:
    """The tensors that follow from no input, with a name for each: parameters, positions, ranges; and how those are
    made that have the name of their line.

    What is moved about keeps its name; what is computed has that of its line, or says what it is: `sum of codebook`.
    """
    names: dict[Value, str] = {}
    meanings: dict[str, str] = {}
    readers = Counter(value for call in network.calls for value in read_of(call))
    for item, _ in items(network.root):
        if isinstance(item, Parameter | Buffer):
            owner = last_name(item.key.rpartition(".")[0])
            names[item.value] = item.name
            if item.name in ("weight", "bias"):
                name = f"{owner}.{item.name}" if owner else item.name
                names[item.value] = f"shared {name}" if readers[item.value] > 1 else name
        elif not item.result.parameters and (item.entry.family == "creation" or _all_in(item.inputs, names)):
            name = next((names[value] for value in item.inputs if value in names), "")
            if item.entry.name == "weight":
                name = f"{item.forward[1]} of {last_name(item.forward[0]) or item.forward[0]}"
            elif item.entry.family == "creation":
                name = created(item)
            elif picks(item):
                part = operation(item)
                name = f"{bracketed(name)}{part}" if part.startswith("[") else f"{part} of {name}"
            elif transposes(item):
                name = f"{bracketed(name)}ᵀ"
            elif not (is_quiet(item) or (item.result.alias and item.entry.effect == "moves")):
                name = computed(item, names)
            if (line := given_name(item)) and line != name:
                others = meanings.get(line, name)  # of another block
                name, meanings[line] = line, others if name in others.split(" or ") else f"{others} or {name}"
            names |= dict.fromkeys(item.outputs, name)
    for scope in islice(network.root.walk(), 1, None):
        is_repeat = all(isinstance(item, Scope) for item in scope.items)
        if len(scope.results) == 1 and _all_in(scope.results, names) and not is_repeat:
            names[scope.results[0]] = last_name(scope.path) or names[scope.results[0]]
    return names, meanings


def _all_in(values: Sequence[Value], names: Container[Value]) -> bool:
    return bool(values) and all(value in names for value in values)


# --- from calls to nodes ---------------------------------------------------------------------


def graph(scope: Scope, is_closed: IsClosed, names: Names) -> list[Node]:
    """The nodes of a scope's inside: its inputs in their own order, then the others in the order in which they run."""
    units = [
        unit
        for unit in _units(scope, is_closed)
        if not _all_in(unit.outputs if isinstance(unit, Call) else unit.results, names.constants)
    ]
    makers = {value: unit for unit in units if isinstance(unit, Call) for value in unit.outputs}
    state = _State(names, _users(units, scope), makers)
    for value in scope.inputs:
        if value in state.users and value not in names.constants:
            _link(value, state)
    for unit in units:
        _take(unit, state)
    _mark_results(scope, state)
    # A sum of sums, or a product of products, as one node: `a + b + c` is one circle, not two
    taken: set[Node] = set()
    for node in state.nodes:
        for inner in list(node.sources):
            is_plain = not (inner.before or inner.after or inner.marks or inner.results or inner.parts or node.before)
            alone = len(state.users.get(inner.last, ())) == 1
            if node.symbol in ASSOCIATIVE and inner.symbol == node.symbol and is_plain and alone:
                at = node.sources.index(inner)
                sources = [*node.sources[:at], *inner.sources, *node.sources[at + 1 :]]
                node.sources = list(dict.fromkeys(sources))
                node.terms += inner.terms - 1
                node.reads = inner.reads | node.reads
                places = ((inner.takes if source is inner else [(source, key)]) for source, key in node.takes)
                node.takes = [taken for each in places for taken in each]
                taken.add(inner)
    with_whole_sums = [node for node in state.nodes if node not in taken]
    nodes = _in_order_of_arguments(with_whole_sums)
    place = {value: number for number, value in enumerate(scope.inputs)}
    return sorted(
        nodes, key=lambda node: place.get(node.item, len(place)) if isinstance(node.item, Value) else len(place) + 1
    )


def _in_order_of_arguments(nodes: list[Node]) -> list[Node]:
    """Nodes after what they take, the branches that a node joins in the order in which it takes them."""
    fed = {source for node in nodes for source in node.sources}
    ordered: dict[Node, None] = {}
    waiting = [(node, False) for node in reversed(nodes) if node not in fed]
    while waiting:
        node, is_done = waiting.pop()
        if is_done:
            ordered[node] = None
        elif node not in ordered:
            waiting.append((node, True))
            waiting += [(source, False) for source in reversed(node.sources) if source not in ordered]
    return list(ordered)


def _mark_results(scope: Scope, state: _State) -> None:
    """Says where one of several results comes from, and which shape a result has that was reshaped last. What is read
    from outside, by the name of a line inside, is a result too."""
    top, inside = scope, set(_made(scope))
    while top.parent is not None:
        top = top.parent
    outer = (call for call in calls_of(top) if inside.isdisjoint(call.outputs))
    results = dict.fromkeys((*scope.results, *(value for call in outer for value in read_of(call) if value in inside)))
    for value in results:
        node = state.links[value][0] if value in state.links else None
        if node is None or isinstance(node.item, Value):
            continue
        name = state.names.outputs.get(value) or _line_name(value, scope)
        has_size = any(word.resizes for word in node.after)
        words = [f"output {name}".rstrip()] if len(results) > 1 else []
        if not has_size and (value.type.elements, value.type.rank) != (node.value.type.elements, node.value.type.rank):
            words.append(f"as {sizes(value, None)[0]}")
        node.results += [" ".join(words)] if words else []


def _units(scope: Scope, is_closed: IsClosed) -> Iterator[Unit]:
    for item in scope.items:
        if isinstance(item, Scope) and not is_closed(item):
            yield from _units(item, is_closed)
        else:
            yield item


def calls_of(scope: Scope) -> list[Call]:
    """Every call inside, in order."""
    return [item for item, _ in items(scope) if isinstance(item, Call)]


def _made(unit: Unit) -> list[Value]:
    calls = [unit] if isinstance(unit, Call) else calls_of(unit)
    return [value for call in calls for value in call.outputs]


def _needs(unit: Unit) -> list[Value]:
    """The tensors a unit takes from outside itself, each once, in order of first use."""
    if isinstance(unit, Call):
        return read_of(unit)
    inside = set(_made(unit))
    used = [value for call in calls_of(unit) for value in read_of(call)] + list(unit.results)
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
    links = [_link(value, state) for value in values]
    if isinstance(unit, Call) and len({node for node, _ in links}) == 1 and _folds(unit, state):
        _fold(unit, values[0], [word for _, carried in links for word in carried], state)
        return
    words, parts = _written_here(unit, values, links, state)
    node = _add(unit, list(dict.fromkeys(source for source, _ in links)), words, state)
    by_value = {value: source for value, (source, _) in zip(values, links, strict=True)}
    if isinstance(unit, Scope):
        inputs = [*unit.inputs, *(value for value in values if value not in unit.inputs)]
    else:
        inputs = [value for place, value in enumerate(unit.inputs) if place not in unit.entry.type_of]
    node.takes = [(by_value.get(value), _identity(value, state)) for value in inputs]
    # What is read out of a closed block besides its first result is another tensor than the one that it shows
    for value, source in by_value.items():
        if isinstance(source.item, Scope) and value not in source.item.results[:1]:
            maker = next((call for call in calls_of(source.item) if value in call.outputs), None)
            if maker is not None:
                node.reads[value] = _line_name(value, source.item) or operation(maker)
    roles = _roles(unit, state.names) if len(node.sources) > 1 or parts else []
    node.parts = [
        part._replace(role=", ".join(role for role, operand in roles if operand is part.value)) for part in parts
    ]
    for role, operand in roles:
        if isinstance(operand, Value) and operand in by_value and all(operand is not part.value for part in parts):
            node.roles.setdefault(by_value[operand], []).append(role)


def _written_here(
    unit: Unit, values: Sequence[Value], links: list[Link], state: _State
) -> tuple[list[Word], list[Part]]:
    """What is written above a unit of the words that its tensors carry, and which parts of its sources it takes. Where
    the words differ, what cannot be written as a part gets a node of its own, and its link is changed to that."""
    carried = [words for _, words in links if words]
    differ = len({tuple(word.text for word in words) for _, words in links}) > 1
    if not differ or _commutes(unit, carried):
        return list(carried[0]) if carried else [], []
    takes_parts = len({node for node, _ in links}) == 1 and all(word.is_part for words in carried for word in words)
    takes_places = all(word.is_place for words in carried for word in words)
    loose = {tuple(loosely(word.call, word.text) for word in words) for _, words in links}
    if not (takes_parts or takes_places) and len(loose) == 1:
        columns = list(zip(*carried, strict=True))
        return [each[0] if len({word.text for word in each}) == 1 else _of_different(each) for each in columns], []
    parts = []
    for place, (value, (node, words)) in enumerate(zip(values, links, strict=True)):
        if takes_parts or all(word.is_place for word in words):
            if words:
                source = None if takes_parts or words[0].is_output else node
                parts.append(Part(value, words, source))
                if source is not None and source.symbol and isinstance(source.item, Call):  # a circle shows no name
                    name = given_name(source.item)
                    source.marks += [name] * bool(name and name not in source.marks)
            links[place] = (node, ())
        else:
            links[place] = (_settled(node, words, state), ())
    return [], parts


def _of_different(words: Sequence[Word]) -> Word:
    """What is said of several calls that differ: all of the parts that they take while these are short."""
    first, listed = words[0], ", ".join(word.text for word in words)
    is_short = first.is_part and len(listed) <= _PARTS
    return Word(listed if is_short else loosely(first.call, first.text), first.call, is_loose=True)


def _roles(unit: Unit, names: Names) -> list[tuple[str, Any]]:
    """What a unit of several inputs takes as what: attention, a `where`, a closed block of more than two."""
    if isinstance(unit, Scope):
        return list(zip(unit.input_names[1:], unit.inputs[1:], strict=False)) if len(set(unit.inputs)) > _FEW else []
    operands: dict[str, Any] = {}
    for argument, operand in zip(unit.entry.forward, unit.forward, strict=False):
        operands[argument.name] = operands[argument.same_as] if operand is None and argument.same_as else operand
    if unit.entry.name == "where":
        return list(zip(CASES, unit.forward, strict=True))
    roles = [(name[0], operand) for name, operand in operands.items() if name in _ROLES]
    placed = [(names.roles.get((unit, place)), operand) for place, operand in enumerate(unit.forward)]
    return roles + [(role, operand) for role, operand in placed if role is not None]


def _line_name(value: Value, scope: Scope) -> str:
    """What a scope calls a tensor that is made inside it, "" for no name."""
    named = [last_name(inner.path) for inner in islice(scope.walk(), 1, None) if value in inner.results]
    lines = [given_name(call) for call in calls_of(scope) if value in call.outputs]
    return next(filter(None, [*named, *lines]), "")


def _identity(operand: object, state: _State) -> Hashable:
    """The same for tensors that are the same: a constant by its name, and `side[0]` wherever it is written."""
    if isinstance(operand, tuple):
        return tuple(_identity(part, state) for part in operand)
    if not isinstance(operand, Value):
        return operand
    if operand in state.constants:
        return "constant", state.constants[operand]
    maker = state.makers.get(operand)
    if maker is None or not is_quiet(maker):
        return operand
    return maker.entry.name, operand.index, _identity(maker.forward, state)


def _commutes(unit: Unit | None, carried: Sequence[Sequence[Word]]) -> bool:
    """Whether it is all the same which factor of a product was done something to: it was multiplied by a number."""
    is_product = isinstance(unit, Call) and unit.entry.family == "products"
    return is_product and all(is_scaling(word.call) for words in carried for word in words)


def _settled(node: Node, words: Sequence[Word], state: _State) -> Node:
    """A node of its own for the last of the calls that were to be written further on."""
    call = words[-1].call
    value = call.outputs[0]
    marks = list(with_constants(call, state.constants))
    named = Node(call, [node], value, value, before=list(words[:-1]), marks=marks, takes=[(node, call.inputs[0])])
    state.nodes.append(named)
    state.links[value] = (named, ())
    return named


def _link(value: Value, state: _State) -> Link:
    if value not in state.links:
        node = Node(value, [], value, value)
        state.nodes.append(node)
        state.links[value] = (node, ())
    return state.links[value]


def _folds(call: Call, state: _State) -> bool:
    """Whether a call that takes from one node is no box of its own by its nature."""
    name, family = call.entry.name, call.entry.family
    looks_up = call.entry.effect == "moves" and call.inputs[0] in state.constants  # the input says which of its numbers
    free = [value for value in read_of(call) if value not in state.constants]
    if len(free) > 1 or looks_up or name in ("cat", "stack"):
        return False
    if name in _FOLDED:
        return True
    if name.startswith(("Adaptive", "adaptive")) or family == "reduction":
        same = call.inputs[0].type.shape == call.outputs[0].type.shape
        return same and not name.startswith("arg")
    return family not in _BOXES


def _fold(call: Call, value: Value, words: list[Word], state: _State) -> None:
    node = state.links[value][0]
    text = remark(call, state.constants)
    word = [Word(text, call)] if text else []
    alone = state.users[value] == [call] and node.last is value and not words
    readers = _readers(call.outputs, state)
    stuck = bool(word) and not _carries(readers, word, state)
    ends = stuck and not _carries(readers, word, state, beside_others=True)
    # Else it would be drawn once for each that takes it: a layer with numbers of its own as several layers
    uses = [user for user in readers if not (isinstance(user, Call) and _folds(user, state))]
    is_shared = len(uses) > 1 and bool(call.result.parameters)
    full = node.settled or text in [other.text for other in (*node.before, *node.after)]
    # A norm can be shown with the convolution before it, padding not
    joins = isinstance(node.item, Call) and call.entry.family != "padding"
    if alone and joins and (stuck or not (word and full)):
        node.after += word
        node.last = call.outputs[0] if len(call.outputs) == 1 else value  # of several no word holds for all
        if is_quiet(call) or node.last.type.shape != node.value.type.shape:
            node.settled = True
        elif not node.settled:
            node.value = node.last
        _name_outputs(call, node, (), state)
    elif ends or is_shared or (stuck and len(state.users[call.outputs[0]]) > 1):
        _add(call, [node], words, state).takes = [(node, value)]
    else:
        _name_outputs(call, node, (*words, *([] if call.entry.gives_list else word)), state)


def _readers(values: Sequence[Value], state: _State) -> list[Unit | None]:
    """What uses tensors, however they are folded and turned on the way; None for a result."""
    waiting, readers = list(values), list[Unit | None]()
    while waiting:
        for user in state.users.get(waiting.pop(), []):
            readers.append(user)
            if isinstance(user, Call) and _folds(user, state):
                waiting += user.outputs
    return readers


def _carries(
    readers: Sequence[Unit | None], words: Sequence[Word], state: _State, *, beside_others: bool = False
) -> bool:
    """Whether the names of folded calls can be written before everything that uses tensors; with `beside_others` also
    before one of several inputs, where they become a node of their own if the other inputs have other names."""
    can_be_listed = all(word.is_place for word in words)
    for user in readers:
        if user is None or not (can_be_listed or isinstance(user, Call)):
            return False
        joins = isinstance(user, Call) and sum(source not in state.constants for source in read_of(user)) > 1
        if joins and not (beside_others or can_be_listed or _commutes(user, [words])):
            return False
    return True


def _add(unit: Unit, sources: list[Node], words: list[Word], state: _State) -> Node:
    value = unit.results[0] if isinstance(unit, Scope) else unit.outputs[0]
    node = Node(unit, sources, value, value, before=words)
    if isinstance(unit, Call):
        free = [value for value in read_of(unit) if value not in state.constants]
        node.symbol = sign(unit) if len(free) > 1 else ""
        node.terms = len(free) if node.symbol else 0
        node.marks += with_constants(unit, state.constants)
    state.nodes.append(node)
    state.links |= dict.fromkeys(_made(unit), (node, ()))
    if isinstance(unit, Call):
        _name_outputs(unit, node, (), state)
    return node


def _name_outputs(call: Call, node: Node, words: tuple[Word, ...], state: _State) -> None:
    """Lets every output of a call be taken from a node by its name, the first of a layer without one: the `h_n` of an
    LSTM is not what its box shows, nor is `split[0]`."""
    for place, value in enumerate(call.outputs):
        name = call.entry.output_suffix(place)
        text = f"{operation(call)}{name}" if call.entry.gives_list else name.removeprefix(".")
        state.links[value] = (node, (*words, *[Word(text, call, is_output=True)] * bool(text)))
