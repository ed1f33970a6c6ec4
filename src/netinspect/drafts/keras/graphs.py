"""Applied layers as a graph, and the graph as the lines of a spec.

Code and configurations of Keras both come to the same graph: nodes that apply a layer, or a whole network, to what
other nodes yield.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from netinspect.drafts.keras.data import Data, KerasLayer
from netinspect.drafts.keras.layers import MERGING, WANT_CHANNELS_FIRST, attention, merge, translate
from netinspect.drafts.style import Rewritten
from netinspect.drafts.wiring import Wire, Wiring, usable_name


class UntranslatableError(Exception):
    """The text holds something that no line of a spec does, or that is not known without running it; an argument says
    why. `statement` is the one of code that holds it."""

    statement: ast.stmt | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A layer, or a whole network, applied to what other nodes yield; one without inputs is an input."""

    layer: KerasLayer | Graph
    inputs: tuple[Node, ...]
    hint: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A network: the nodes that are its inputs, and those that it returns."""

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    name: str | None = None


def chain(layers: Sequence[KerasLayer | Graph], name: str | None = None, hint: str | None = None) -> Graph:
    """The graph of a Sequential: an input of the shape its first layer states, then layer after layer."""
    source = Node(KerasLayer("Input", (), {"shape": None}), ())
    rest = list(layers)
    while rest and isinstance(rest[0], KerasLayer) and rest[0].class_name in {"Input", "InputLayer"}:
        source = Node(rest.pop(0), ())
    first = rest[0] if rest else None
    if isinstance(first, KerasLayer) and (stated := _stated_shape(first)) is not None:
        source = Node(KerasLayer("Input", (), {"shape": stated}), ())
    if isinstance(first, Graph) and source.layer.named == {"shape": None}:  # type: ignore[union-attr]
        source = Node(first.inputs[0].layer, ())
    node = source
    for layer in rest:
        node = Node(layer, (node,))
    if node is source:
        raise UntranslatableError
    return Graph((source,), (node,), name or hint)


def _stated_shape(layer: KerasLayer) -> object:
    """The shape of the input without the batch, where a layer states it; None where it does not."""
    named = layer.named or {}
    for key in ("shape", "input_shape"):
        if named.get(key) is not None:
            return named[key]
    for key in ("batch_shape", "batch_input_shape"):
        stated = named.get(key)
        if isinstance(stated, tuple | list):
            return tuple(stated[1:])
    if isinstance(named.get("input_dim"), int) and layer.class_name != "Embedding":
        return (named["input_dim"],)
    if isinstance(named.get("input_length"), int):
        return (named["input_length"],)
    return layer.values[0] if layer.class_name in {"Input", "InputLayer"} and layer.values else None


def ordered(graph: Graph) -> list[Node]:
    """The nodes that the outputs need, each behind its inputs."""
    order: list[Node] = []
    visited: set[Node] = set()
    waiting = [(node, False) for node in reversed(graph.outputs)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            order.append(node)
        elif node not in visited:
            visited.add(node)
            waiting.append((node, True))
            waiting += [(source, False) for source in reversed(node.inputs)]
    return order


@dataclass(slots=True)
class _Writer:
    """Writes one graph: what each node became, and which layers and networks stand in a line already."""

    graph: Graph
    notes: list[str] = field(default_factory=list)
    wires: dict[Node, tuple[Wire, Data]] = field(default_factory=dict)
    lines_of: dict[int, int] = field(default_factory=dict)

    def write(self, sources: Sequence[Data], names: tuple[str, ...]) -> tuple[tuple[str, ...], str | None, list[Data]]:
        """The lines for inputs of these names, the text behind `outputs:`, and the data that the graph returns."""
        wiring = Wiring(inputs=names)
        for node, data, name in zip(self.graph.inputs, sources, names, strict=True):
            self.wires[node] = (name, data)
        for node in ordered(self.graph):
            if node not in self.wires:
                self.wires[node] = self._apply(wiring, node)
        outputs = [self.wires[node] for node in self.graph.outputs]
        lines, text = wiring.lines([wire for wire, _ in outputs])
        return lines, text, [data for _, data in outputs]

    def _apply(self, wiring: Wiring, node: Node) -> tuple[Wire, Data]:
        if not node.inputs:
            raise UntranslatableError
        wires, datas = zip(*(self.wires[source] for source in node.inputs), strict=True)
        if isinstance(node.layer, Graph):
            return self._nested(wiring, node, node.layer, wires, datas)
        if node.layer.class_name in MERGING:
            translation = merge(node.layer, datas, [f"{{{place}}}" for place in range(len(datas))])
        elif node.layer.class_name == "MultiHeadAttention":
            translation = attention(node.layer, datas)
        else:
            translation = translate(node.layer, datas[0]) if len(datas) == 1 else None
        if translation is None:
            raise UntranslatableError
        self.notes += [note for note in translation.notes if note not in self.notes]
        steps, layer = translation.steps, node.layer
        if not steps:
            return wires[0], translation.data
        if len(set(wires)) == 1:
            wires = wires[:1]
        if id(layer) in self.lines_of:
            # A layer that stands in a line already is called by the name of that line.
            if len([step for step in steps if re.match(r"(Conv|Linear|BatchNorm)", step)]) > 1:
                raise UntranslatableError
            for number, step in enumerate(steps):
                sources = wires if number == 0 else (len(wiring.steps) - 1,)
                if number == translation.main:
                    hint = node.hint or layer.class_name
                    wiring.add("", sources, None, hint, again=self.lines_of[id(layer)])
                else:
                    wiring.add(step, sources, None, node.hint)
            return len(wiring.steps) - 1, translation.data
        # Whether a name is one that Keras makes itself, such as `dense_2`.
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", layer.class_name).lower()
        squeezed = snake.replace("_", "")
        is_automatic = layer.name is None or re.sub(r"(_\d+)?$", "", layer.name).replace("_", "") == squeezed
        name = layer.name if not is_automatic else None
        start = len(wiring.steps)
        wire = wiring.chain(steps, wires, translation.main, name, node.hint)
        self.lines_of[id(layer)] = start + translation.main
        return wire, translation.data

    def _nested(
        self, wiring: Wiring, node: Node, graph: Graph, wires: tuple[Wire, ...], datas: tuple[Data, ...]
    ) -> tuple[Wire, Data]:
        """A network in a network: an indented list, called by its name when it is applied again."""
        if len(graph.inputs) != 1 or len(graph.outputs) != 1 or len(wires) != 1:
            raise UntranslatableError
        writer = _Writer(graph)
        data = datas[0]
        if data.shape is None:
            data = input_data(graph, graph.inputs[0])
        lines, outputs, behind = writer.write([data], ("input",))
        if outputs is not None:
            raise UntranslatableError
        self.notes += [note for note in writer.notes if note not in self.notes]
        name = usable_name(graph.name or node.hint or "part")
        if id(graph) in self.lines_of:
            return wiring.add("", wires, None, node.hint or name, again=self.lines_of[id(graph)]), behind[0]
        number = wiring.add("", wires, name, None, lines)
        self.lines_of[id(graph)] = number
        return number, behind[0]


def input_data(graph: Graph, source: Node) -> Data:
    """The shape of an input; a sequence has its channels in front where a convolution is the first to take it."""
    layer = cast("KerasLayer", source.layer)
    stated = _stated_shape(layer)
    if stated is None:
        return Data()
    shape = (stated,) if isinstance(stated, int) else stated
    if not isinstance(shape, tuple | list) or not all(size is None or isinstance(size, int) for size in shape):
        raise UntranslatableError
    takers = [node.layer for node in ordered(graph) if source in node.inputs]
    first = takers[0] if takers else None
    while isinstance(first, Graph):
        inner = first
        first = next((node.layer for node in ordered(inner) if inner.inputs[0] in node.inputs), None)
    wants_front = isinstance(first, KerasLayer) and first.class_name in WANT_CHANNELS_FIRST
    return Data(tuple(shape), channels_first=len(shape) > 2 or (len(shape) == 2 and wants_front))


def input_text(graph: Graph, source: Node, data: Data) -> tuple[str | None, str | None]:
    """What stands behind `input:`, and a note where Keras leaves a size open."""
    if data.shape is None:
        return None, "the size of the input is not said"
    if None in data.shape:
        return None, f"a size of the input is left open: {_shape_text(data)}"
    takers = [node.layer for node in ordered(graph) if source in node.inputs]
    embedding = next(
        (layer for layer in takers if isinstance(layer, KerasLayer) and layer.class_name == "Embedding"), None
    )
    if embedding is not None and len(data.shape) == 1:
        named = embedding.named or {}
        words = embedding.values[0] if embedding.values else named.get("input_dim")
        return f"{{shape: {{time: {data.shape[0]}}}, dtype: int64, high: {words}}}", None
    if len(data.shape) == 2 and not data.channels_first:
        return f"{{time: {data.shape[0]}, features: {data.shape[1]}}}", None
    return _shape_text(data), None


def _shape_text(data: Data) -> str:
    sizes = data.shape or ()
    front = (sizes[-1], *sizes[:-1]) if data.channels_first else sizes
    return f"[{', '.join('?' if size is None else str(size) for size in front)}]"


def rewritten_graph(graph: Graph) -> Rewritten:
    """The lines for a whole network; UntranslatableError where a layer of it cannot be told."""
    writer = _Writer(graph)
    datas = [input_data(graph, source) for source in graph.inputs]
    several = len(graph.inputs) > 1
    names = tuple(
        usable_name(cast("KerasLayer", source.layer).name or source.hint or f"input_{place}") or f"input_{place}"
        for place, source in enumerate(graph.inputs, 1)
    )
    if len(set(names)) < len(names):
        raise UntranslatableError
    layers, outputs, _ = writer.write(datas, names if several else ("input",))
    texts = [input_text(graph, source, data) for source, data in zip(graph.inputs, datas, strict=True)]
    notes = [*dict.fromkeys([note for _, note in texts if note] + writer.notes)]
    if several and any(text is None for text, _ in texts):
        inputs: tuple[str, ...] = ()
    else:
        inputs = tuple(f"{name}: {text}" for name, (text, _) in zip(names, texts, strict=True))
    return Rewritten(
        layers=layers,
        input=None if several else texts[0][0],
        inputs=inputs if several else (),
        name=graph.name,
        outputs=outputs,
        note="; ".join(notes) or None,
    )
