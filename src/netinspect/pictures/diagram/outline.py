"""From a network to what its architecture diagram shows: which scopes are closed, which get a panel of their own.

A small net is drawn with all its layers. In a larger one a block with a title is one box, and a panel beside the
net shows its inside once; where that is still too much, scopes are closed from the innermost on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from netinspect.analysis.profile import profile
from netinspect.network.network import Call, Network, Scope, Value
from netinspect.pictures.diagram.forms import Forms, differences, differing_counts, drawn_forms, forms_of, held
from netinspect.pictures.diagram.graph import IsClosed, Names, Node, Word, calls_of, graph, names_of
from netinspect.pictures.diagram.merging import asides, merged, paired
from netinspect.pictures.diagram.parts import Box, Diagram, Edge, Panel, Unrolled
from netinspect.pictures.diagram.words import (
    channel_axes,
    family,
    given_name,
    heads_joined,
    is_formula,
    last_name,
    of_all,
    operation,
    options_of_all,
    patch,
    remark,
    sizes,
)
from netinspect.pictures.stems import layer_stems

SMALL: Final = 16
"""Boxes up to which a net, or the inside of a block, is drawn with all its layers."""

MEDIUM: Final = 22
"""Boxes up to which a net with closed blocks is drawn before its outer blocks are closed too."""

LARGE: Final = 40
"""Boxes from which on scopes are closed, whatever they are."""

LONGEST_NAME: Final = 24
"""Letters of a path over a box; a longer one loses its front."""

_JOINED: Final = {"+": "sum", "×": "product", "−": "difference", "÷": "quotient"}
_LIST: Final = 32
"""Letters of a list of parts; of a longer one the first and the last are written."""

_ROW: Final = 14
"""Boxes from which on equal layers in a row are drawn as one."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the whole network.

    names      what tensors are called
    channels   the axis of every tensor that is drawn as its channels
    ties       which parameters are those of which others
    stems      of layers, by path
    makers     by tensor the path of the call that gives it; of an input its name
    """

    names: Names
    channels: dict[Value, int | None]
    ties: dict[str, str]
    stems: Mapping[str, str]
    makers: Mapping[Value, str]


def diagram_of(network: Network, *, depth: int | None = None) -> Diagram:
    """The architecture diagram of a network. `depth` closes the scopes below that many levels, as in the summary;
    without it the detail follows from the size."""
    counted = profile(network)
    makers = {value: call.path for value, call in network.makers.items()}
    known = Known(
        names_of(network), channel_axes(network), network.ties, layer_stems(counted),
        makers | {item.value: item.name for item in network.inputs},
    )  # fmt: skip
    if depth is None:
        nodes = _fitting(network.root, known)
    else:
        nodes = _nodes(network.root, lambda scope: _level(scope) >= depth, known)
    nodes, beside = asides(nodes)
    drawn_nodes = [*nodes, *(node for _, aside in beside for node in aside)]
    forms = forms_of(drawn_nodes, lambda scope: _fitting(scope, known), known.names.constants)
    drawn = drawn_forms(forms)
    panels = [_panel("", nodes, known, forms, network.root, network)]
    panels += [
        _panel(title, aside, known, forms, network.root, network, about="goes in where its name stands")
        for title, aside in beside
    ]
    for form in drawn:
        first = form.uses[0].path if last_name(form.uses[0].path) else "the first"
        about = "; ".join((f"×{len(form.uses)}, with the sizes of {first}", *differing_counts(form)))
        about *= len(form.uses) > 1
        panels.append(_panel(form.label, form.inside, known, forms, form.uses[0], about=about))
    totals = counted.totals
    caption = f"{totals.params:,} parameters · {totals.macs:,} MACs"
    drawn_nodes += [node for form in drawn for node in form.inside]
    calls = [node.item for node in drawn_nodes if isinstance(node.item, Call)]
    # The forms that no panel shows, by name
    letters: dict[str, list[str]] = {}
    for form in forms.forms:
        if form not in drawn:
            letters.setdefault(form.title, []).append(form.letter)
    names = [f"{title} {', '.join(each)}".rstrip() for title, each in letters.items()]
    notes = [f"Insides that are not drawn: {'; '.join(names)}"] if names else []
    meanings = _meanings(panels, known.names.meanings)
    notes += [f"Constants: {', '.join(meanings)}"] if meanings else []
    return Diagram(tuple(panels), caption, tuple(notes), _unrolled(calls))


_CONSTANTS: Final = 6
"""How many constants the diagram says how they are made."""


def _meanings(panels: Sequence[Panel], meanings: Mapping[str, str]) -> list[str]:
    """`w2 = W ÷ V` for the constants that the boxes name, and for those that these are made of."""
    boxes = [box for panel in panels for box in panel.boxes]
    texts = [text for box in boxes for text in (*box.before, box.op, *box.notes, *box.after)]
    named: dict[str, str] = {}
    for text in texts:  # grows
        for word in re.findall(r"\w+", text):
            if word in meanings and word not in named:
                named[word] = meanings[word]
                texts.append(meanings[word])
    lines = [f"{name} = {meaning}" for name, meaning in named.items()]
    return lines if len(lines) <= _CONSTANTS else [*lines[:_CONSTANTS], "…"]


def _unrolled(calls: Sequence[Call]) -> tuple[Unrolled, ...]:
    """The first of each kind of recurrent layer that runs over a sequence, step by step."""
    first: dict[str, Call] = {}
    for call in calls:
        if call.entry.recurs == "sequence":
            first.setdefault(call.entry.name, call)
    unrolled = []
    for name, call in first.items():
        recurrence, sequence, batch = call.entry.recurrence, call.inputs[0].type.shape, call.inputs[0].batch_axes
        assert recurrence is not None
        steps = next((size for axis, size in enumerate(sequence[:-1]) if axis not in batch), 1)
        both = ", and back in the other direction" if call.arguments["bidirectional"] else ""
        levels = call.arguments["num_layers"]
        more = f"; of {levels} layers each reads the h of the one before" if levels > 1 else ""
        about = f"{steps:,} steps{both}{more}"
        unrolled.append(Unrolled(name, about, steps, recurrence.states, recurrence.step(call.arguments)))
    return tuple(unrolled)


# --- how much is shown -----------------------------------------------------------------------


def _level(scope: Scope) -> int:
    return 0 if scope.parent is None else 1 + _level(scope.parent)


def _fitting(scope: Scope, known: Known) -> list[Node]:
    """The most detail that fits: all layers; else inner blocks closed, then outer ones; else whole levels of scopes.

    At each level of blocks, those that stand only once stay open if the net is small then.
    """
    nodes = _nodes(scope, lambda _: False, known)
    if _size(nodes) <= SMALL:
        return nodes
    blocks = _blocks(scope)
    uses = Counter(block.title for block in blocks)
    closed: set[Scope] = set()
    for level in range(max((_nesting(block, scope) for block in blocks), default=0), -1, -1):
        inner = [block for block in blocks if _nesting(block, scope) >= level]
        for closable, most in (([block for block in inner if uses[block.title] > 1], SMALL), (inner, MEDIUM)):
            closed = _outermost(closable, known)
            nodes = _nodes(scope, closed.__contains__, known)
            if _size(nodes) <= most:
                return nodes
    for level in range(_deepest(scope), _level(scope), -1):
        if _size(nodes) <= LARGE:
            break
        nodes = _nodes(scope, _closed_from(level, closed), known)
    return nodes


def _closed_from(level: int, closed: set[Scope]) -> IsClosed:
    return lambda inner: inner in closed or _level(inner) >= level


def _size(nodes: list[Node]) -> int:
    """Boxes, a sum of many as many as it has arrows."""
    return sum(max(1, len(node.sources) - 1) if node.symbol else 1 for node in nodes)


def _nesting(block: Scope, root: Scope) -> int:
    """In how many other blocks with a title a block stands, up to `root`."""
    parent = block.parent
    if parent is None or parent is root:
        return 0
    return int(parent.title is not None) + _nesting(parent, root)


def _deepest(scope: Scope) -> int:
    return max((_deepest(item) for item in scope.items if isinstance(item, Scope)), default=_level(scope))


def _nodes(scope: Scope, is_closed: IsClosed, known: Known) -> list[Node]:
    nodes = paired(merged(graph(scope, is_closed, known.names), layers=False))
    return nodes if _size(nodes) <= _ROW else merged(nodes, layers=True)


def _blocks(scope: Scope) -> list[Scope]:
    """Every scope inside that is a block with a title, outer ones before their inner ones."""
    blocks = []
    for item in scope.items:
        if isinstance(item, Scope):
            blocks += [item] * (item.title is not None) + _blocks(item)
    return blocks


def _outermost(blocks: list[Scope], known: Known) -> set[Scope]:
    """Of these blocks those that are worth closing and stand in no other such."""
    closed: set[Scope] = set()
    for block in blocks:
        if not _stands_in(block, closed):
            inside = merged(graph(block, lambda _: False, known.names), layers=True)
            if sum(not isinstance(node.item, Value) for node in inside) > 1:  # else its one box says as much
                closed.add(block)
    return closed


def _stands_in(scope: Scope, others: set[Scope]) -> bool:
    parent = scope.parent
    return parent is not None and (parent in others or _stands_in(parent, others))


# --- plain data ------------------------------------------------------------------------------


def _panel(
    title: str, nodes: list[Node], known: Known, forms: Forms, scope: Scope, network: Network | None = None,
    about: str = "",
) -> Panel:  # fmt: skip
    keys = {node: str(index) for index, node in enumerate(nodes)}
    names = {item.value: item.name for item in network.inputs} if network else _names_inside(scope, nodes)
    boxes = _with_homes(
        [_box(node, keys[node], known, forms, names if len(names) > 1 else {}) for node in nodes],
        [_home(node.item, scope) for node in nodes],
    )
    edges = tuple(
        Edge(keys[source], keys[node], node.sign_of(source), node.place_of(source))
        for node in nodes
        for source in node.sources
    )
    return Panel(title, boxes, edges, about)


def _names_inside(scope: Scope, nodes: Sequence[Node]) -> dict[Value, str]:
    """What a block calls the tensors that it is called with; one that takes two of its inputs has both names. What its
    inside reads from outside by name keeps that name."""
    names: dict[Value, list[str]] = {}
    for number, value in enumerate(scope.inputs):
        names.setdefault(value, []).extend(scope.input_names[number : number + 1] or ("input",))
    free = (node.item for node in nodes if isinstance(node.item, Value))
    outside = {value: last_name(value.origin) or "input" for value in free if value not in names}
    return {value: ", ".join(each) for value, each in names.items()} | outside


def _home(item: Call | Scope | Value, scope: Scope) -> str:
    """The path, within a scope, of the innermost open block that an item stands in; "" where it stands in none, or only
    in one that has no name."""
    path = "" if isinstance(item, Value) else item.path
    opened = [block.path for block in _blocks(scope) if path.startswith(f"{block.path}.")]
    home = opened[-1].removeprefix(f"{scope.path}.") if opened else ""
    return home if last_name(home) else ""


def _with_homes(boxes: list[Box], homes: list[str]) -> tuple[Box, ...]:
    """The name of the list that closed blocks stand in, over the first of them only, and the path of an open block
    before the name of its first box, `res1.conv1`; of a long one its end."""
    named, last_list, last_home = [], "", ""
    for box, home in zip(boxes, homes, strict=True):
        name = "" if box.block and box.name == last_list else box.name
        if home and home != last_home and not box.symbol:
            is_list = box.block and box.name in home.split(".")
            name = home if is_list or not name else f"{home}.{name}"
            while len(name) > LONGEST_NAME and "." in name:
                name = f"…{name.partition('.')[2]}"
        named.append(replace(box, name=name))
        last_list, last_home = box.name, last_home if box.symbol and home else home
    return tuple(named)


def _box(node: Node, key: str, known: Known, forms: Forms, names: dict[Value, str]) -> Box:
    shape, channels, space = sizes(node.value, known.channels.get(node.value))
    before, after = _said(node.before, known, forms), _said(node.after, known, forms, with_sizes=True)
    notes = list(options_of_all(forms.alike(node.item)) if isinstance(node.item, Call) and not node.symbol else ())
    if node.terms > len(node.sources):
        notes.append(f"{_JOINED[node.symbol]} of {node.terms}")
    for name in dict.fromkeys(node.reads.values()):
        values = [value for value in node.reads if node.reads[value] == name]
        notes.append(f"← {name} {of_all(sizes(value, known.channels.get(value))[0] for value in values)}")
    notes += node.marks
    if node.parts:
        notes += _parts(node, shape, known, forms, names)
    for source, roles in node.roles.items():
        name = _name(source, names, known)
        between = " " if isinstance(node.item, Call) and node.item.entry.name == "where" else " of "
        notes += [f"{', '.join(roles)}{between}{name}"] * (roles != [name])  # `src of src` says nothing
    notes += ["same weights"] * _has_weights_again(node.item)
    notes += [f"weights of {owner}" for owner in _owners(node.item, known.ties)]
    box = Box(
        key, "", before=before, notes=tuple(dict.fromkeys(notes)), after=after,
        results=tuple(dict.fromkeys(node.results)), shape=shape,
        channels=channels, space=space[-3:], count=node.count, stem=_stem(node.item, known.stems),
        shows=known.makers.get(node.value, ""),
    )  # fmt: skip
    item = node.item
    if isinstance(item, Value):
        op = names.get(item, "input")
        return replace(box, op=op, family="input", notes=() if item.type.is_float else (item.type.dtype,))
    if isinstance(item, Scope):
        return _closed(box, node, item, forms)
    if node.symbol:
        return replace(box, op=node.symbol, symbol=node.symbol, family="join", shape="")
    if item.entry.name == "scaled_dot_product_attention" and len(space) == 2:
        channels, space = heads_joined(node.value)
        box = replace(box, channels=channels, space=space)
    ops = (remark(peer, known.names.constants) if is_formula(peer) else operation(peer) for peer in forms.alike(item))
    op, name = of_all(ops), given_name(item)
    name = "" if name.lower() in (op.lower(), op.lower().split()[0]) else name
    return replace(
        box, op=op, name=name, family=family(item), kernel=patch(item), loops=item.entry.recurs == "sequence"
    )  # fmt: skip


def _parts(node: Node, shape: str, known: Known, forms: Forms, names: Mapping[Value, str]) -> list[str]:
    """What a box takes of its sources where that is not all of them, with its size where it is not that of the box."""
    roles, texts = [], []
    for part in node.parts:
        text, source = " ".join(_said(part.words, known, forms)), part.source and _name(part.source, names, known)
        if source is not None:
            text = f"{source}{text}"
        if part.role in ("", source):
            texts.append(text)
        else:
            roles.append(f"{part.role} of {text}")
    if not texts:
        return roles
    listed = ", ".join(texts)
    if len(listed) > _LIST:
        listed = f"{texts[0]} … {texts[-1]}"
    size, *others = {sizes(part.value, known.channels.get(part.value))[0] for part in node.parts}
    return [f"← {listed}" if others or size == shape else f"← {listed} {size}", *roles]


def _said(words: Sequence[Word], known: Known, forms: Forms, *, with_sizes: bool = False) -> tuple[str, ...]:
    """What folded calls are called, of all that a box stands for; parts of parts in one, `h_n[-1]`. With the sizes of
    what they give, where these are others than before."""
    texts: list[str] = []
    was_part = False
    for word in words:
        text = word.text
        if not (word.is_output or word.is_loose):
            text = of_all(remark(peer, known.names.constants) or text for peer in forms.alike(word.call))
        if with_sizes and word.resizes:
            value = word.call.outputs[0]
            text += f" {sizes(value, known.channels.get(value))[0]}"
        if was_part and text.startswith("["):
            texts[-1] += text
        else:
            texts.append(text)
        was_part = word.is_part
    return tuple(texts)


def _closed(box: Box, node: Node, scope: Scope, forms: Forms) -> Box:
    """The box as that of a closed scope, or of several one after the other."""
    name = _name_of_all(node)
    scopes = [member for member in node.members if isinstance(member, Scope)]
    label, *others = dict.fromkeys(forms.of[scope].label for scope in scopes[: node.period] if scope in forms.of) or [
        scope.title or name
    ]
    op = ", ".join([label, *(other.rpartition(" ")[2] for other in others)])
    return replace(
        box,
        op=op,
        name="" if name == op else name,
        count=node.count if others else node.count * node.period,
        notes=(
            *held(scope, forms),
            *(differences(scopes) if node.count > 1 else ()),
            *box.notes,
        ),
        family=_scope_family(scope),
        block=True,
    )


def _name_of_all(node: Node) -> str:
    """What the scopes are called that a box stands for: `res1, res2`, `res1 … res5`; of a repeated one its name."""
    name, *others = dict.fromkeys(last_name(member.path) for member in node.members if isinstance(member, Scope))
    if not others or name.endswith("_0"):
        return name.removesuffix("_0") if node.count > 1 else name
    return f"{name}{' … ' if len(others) > 1 else ', '}{others[-1]}"


def _stem(item: Call | Scope | Value, stems: Mapping[str, str]) -> str:
    """Of a layer; of a block that of its first layer, or where it has none of its first call."""
    if isinstance(item, Value):
        return ""
    calls = [item] if isinstance(item, Call) else calls_of(item)
    layers = [call for call in calls if call.module is not None]
    return next((stems[call.path] for call in (*layers, *calls) if call.path in stems), "")


def _name(node: Node, names: Mapping[Value, str], known: Known) -> str:
    """What a box is called where another speaks of it; inputs have `names`."""
    item = node.item
    if isinstance(item, Call):
        word = remark(item, known.names.constants) if is_formula(item) else operation(item)
        return given_name(item) or node.symbol or word
    return last_name(item.path) or "input" if isinstance(item, Scope) else names.get(item, "input")


def _has_weights_again(item: Call | Scope | Value) -> bool:
    """Whether it has parameters, or buffers, and they were used before."""
    if isinstance(item, Value) or not item.again:
        return False
    if isinstance(item, Call):
        return bool(item.result.parameters)
    return any(scope.tensors for scope in item.walk()) or any(call.result.parameters for call in calls_of(item))


def _owners(item: Call | Scope | Value, ties: dict[str, str]) -> tuple[str, ...]:
    """The layers whose parameters a layer has, other than its own."""
    if not isinstance(item, Call) or item.again:
        return ()
    keys = [f"{item.module}.{weight.name}" for weight in item.result.parameters]
    return tuple(dict.fromkeys(last_name(ties[key].rpartition(".")[0]) for key in keys if key in ties))


_CHARACTER: Final = ("recurrent", "attention", "convolution", "linear")


def _scope_family(scope: Scope) -> str:
    """What a block is known by: recurrent layers or attention in it before convolutions, those before others."""
    calls = calls_of(scope)
    families = {family(call) for call in calls}
    if {"matmul", "softmax"} <= {call.entry.name for call in calls}:
        families.add("attention")
    return next((name for name in _CHARACTER if name in families), "other")
