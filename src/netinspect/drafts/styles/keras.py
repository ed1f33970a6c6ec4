"""Keras: its code, its configurations, and its calls as lines of a spec.

All of them become the same graph of applied layers, which is then written down line by line. What a single layer
becomes stands in `drafts.keras_layers`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast

from netinspect.drafts.keras_layers import (
    ACTIVATIONS,
    ALIASES,
    MERGING,
    TRANSLATIONS,
    WANT_CHANNELS_FIRST,
    Data,
    Expression,
    KerasLayer,
    Translation,
    attention,
    keras_lines,
    merge,
    translate,
)
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.wiring import Wire, Wiring, usable_name

__all__ = ["STYLE", "keras_lines"]


class _UntranslatableError(Exception):
    """The text holds something that no line of a spec does, or that is not known without running it."""


# ----------------------------------------------------------------------------------------------- networks as graphs


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A layer, or a whole network, applied to what other nodes yield; one without inputs is an input."""

    layer: KerasLayer | _Graph
    inputs: tuple[_Node, ...]
    hint: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """A network: the nodes that are its inputs, and those that it returns."""

    inputs: tuple[_Node, ...]
    outputs: tuple[_Node, ...]
    name: str | None = None


def _chain(layers: Sequence[KerasLayer | _Graph], name: str | None = None, hint: str | None = None) -> _Graph:
    """The graph of a Sequential: an input of the shape its first layer states, then layer after layer."""
    source = _Node(KerasLayer("Input", (), {"shape": None}), ())
    rest = list(layers)
    while rest and isinstance(rest[0], KerasLayer) and rest[0].class_name in {"Input", "InputLayer"}:
        source = _Node(rest.pop(0), ())
    first = rest[0] if rest else None
    if isinstance(first, KerasLayer) and (stated := _stated_shape(first)) is not None:
        source = _Node(KerasLayer("Input", (), {"shape": stated}), ())
    if isinstance(first, _Graph) and source.layer.named == {"shape": None}:  # type: ignore[union-attr]
        source = _Node(first.inputs[0].layer, ())
    node = source
    for layer in rest:
        node = _Node(layer, (node,))
    if node is source:
        raise _UntranslatableError
    return _Graph((source,), (node,), name or hint)


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


def _ordered(graph: _Graph) -> list[_Node]:
    """The nodes that the outputs need, each behind its inputs."""
    order: list[_Node] = []
    visited: set[_Node] = set()
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


# --------------------------------------------------------------------------------------------------- graphs as lines


@dataclass(slots=True)
class _Writer:
    """Writes one graph: what each node became, and which layers and networks stand in a line already."""

    graph: _Graph
    notes: list[str] = field(default_factory=list)
    wires: dict[_Node, tuple[Wire, Data]] = field(default_factory=dict)
    lines_of: dict[int, int] = field(default_factory=dict)

    def write(self, sources: Sequence[Data], names: tuple[str, ...]) -> tuple[tuple[str, ...], str | None, list[Data]]:
        """The lines for inputs of these names, the text behind `outputs:`, and the data that the graph returns."""
        wiring = Wiring(inputs=names)
        for node, data, name in zip(self.graph.inputs, sources, names, strict=True):
            self.wires[node] = (name, data)
        for node in _ordered(self.graph):
            if node not in self.wires:
                self.wires[node] = self._apply(wiring, node)
        outputs = [self.wires[node] for node in self.graph.outputs]
        lines, text = wiring.lines([wire for wire, _ in outputs])
        return lines, text, [data for _, data in outputs]

    def _apply(self, wiring: Wiring, node: _Node) -> tuple[Wire, Data]:
        if not node.inputs:
            raise _UntranslatableError
        wires, datas = zip(*(self.wires[source] for source in node.inputs), strict=True)
        if isinstance(node.layer, _Graph):
            return self._nested(wiring, node, node.layer, wires, datas)
        translation = _translation(node.layer, datas)
        if translation is None:
            raise _UntranslatableError
        self.notes += [note for note in translation.notes if note not in self.notes]
        steps, layer = translation.steps, node.layer
        if not steps:
            return wires[0], translation.data
        if len(set(wires)) == 1:
            wires = wires[:1]
        if id(layer) in self.lines_of:
            return self._again(wiring, layer, translation, wires, node.hint), translation.data
        name = layer.name if not _is_automatic(layer) else None
        start = len(wiring.steps)
        wire = wiring.chain(steps, wires, translation.main, name, node.hint)
        self.lines_of[id(layer)] = start + translation.main
        return wire, translation.data

    def _again(
        self, wiring: Wiring, layer: KerasLayer, translation: Translation, wires: tuple[Wire, ...], hint: str | None
    ) -> Wire:
        """A layer that stands in a line already is called by the name of that line."""
        if len([step for step in translation.steps if re.match(r"(Conv|Linear|BatchNorm)", step)]) > 1:
            raise _UntranslatableError
        for number, step in enumerate(translation.steps):
            sources = wires if number == 0 else (len(wiring.steps) - 1,)
            if number == translation.main:
                wiring.add("", sources, None, hint or layer.class_name, again=self.lines_of[id(layer)])
            else:
                wiring.add(step, sources, None, hint)
        return len(wiring.steps) - 1

    def _nested(
        self, wiring: Wiring, node: _Node, graph: _Graph, wires: tuple[Wire, ...], datas: tuple[Data, ...]
    ) -> tuple[Wire, Data]:
        """A network in a network: an indented list, called by its name when it is applied again."""
        if len(graph.inputs) != 1 or len(graph.outputs) != 1 or len(wires) != 1:
            raise _UntranslatableError
        writer = _Writer(graph)
        data = datas[0]
        if data.shape is None:
            data = _input_data(graph, graph.inputs[0])
        lines, outputs, behind = writer.write([data], ("input",))
        if outputs is not None:
            raise _UntranslatableError
        self.notes += [note for note in writer.notes if note not in self.notes]
        name = usable_name(graph.name or node.hint or "part")
        if id(graph) in self.lines_of:
            return wiring.add("", wires, None, node.hint or name, again=self.lines_of[id(graph)]), behind[0]
        number = wiring.add("", wires, name, None, lines)
        self.lines_of[id(graph)] = number
        return number, behind[0]


def _translation(layer: KerasLayer, datas: Sequence[Data]) -> Translation | None:
    if layer.class_name in MERGING:
        return merge(layer, datas, [f"{{{place}}}" for place in range(len(datas))])
    if layer.class_name == "MultiHeadAttention":
        return attention(layer, datas)
    return translate(layer, datas[0]) if len(datas) == 1 else None


def _is_automatic(layer: KerasLayer) -> bool:
    """Whether a name is one that Keras makes itself, such as `dense_2`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", layer.class_name).lower()
    squeezed = snake.replace("_", "")
    return layer.name is None or re.sub(r"(_\d+)?$", "", layer.name).replace("_", "") == squeezed


def _input_data(graph: _Graph, source: _Node) -> Data:
    """The shape of an input; a sequence has its channels in front where a convolution is the first to take it."""
    layer = cast("KerasLayer", source.layer)
    stated = _stated_shape(layer)
    if stated is None:
        return Data()
    shape = (stated,) if isinstance(stated, int) else stated
    if not isinstance(shape, tuple | list) or not all(size is None or isinstance(size, int) for size in shape):
        raise _UntranslatableError
    takers = [node.layer for node in _ordered(graph) if source in node.inputs]
    first = takers[0] if takers else None
    while isinstance(first, _Graph):
        inner = first
        first = next((node.layer for node in _ordered(inner) if inner.inputs[0] in node.inputs), None)
    wants_front = isinstance(first, KerasLayer) and first.class_name in WANT_CHANNELS_FIRST
    return Data(tuple(shape), channels_first=len(shape) > 2 or (len(shape) == 2 and wants_front))


def _input_text(graph: _Graph, source: _Node, data: Data) -> tuple[str | None, str | None]:
    """What stands behind `input:`, and a note where Keras leaves a size open."""
    if data.shape is None:
        return None, "the size of the input is not said"
    if None in data.shape:
        return None, f"a size of the input is left open: {_shape_text(data)}"
    takers = [node.layer for node in _ordered(graph) if source in node.inputs]
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


def _rewrite_graph(graph: _Graph) -> Rewritten:
    writer = _Writer(graph)
    datas = [_input_data(graph, source) for source in graph.inputs]
    several = len(graph.inputs) > 1
    names = tuple(
        usable_name(cast("KerasLayer", source.layer).name or source.hint or f"input_{place}") or f"input_{place}"
        for place, source in enumerate(graph.inputs, 1)
    )
    if len(set(names)) < len(names):
        raise _UntranslatableError
    layers, outputs, _ = writer.write(datas, names if several else ("input",))
    texts = [_input_text(graph, source, data) for source, data in zip(graph.inputs, datas, strict=True)]
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


# ------------------------------------------------------------------------------------------------------------- code


KNOWN: Final = frozenset({*TRANSLATIONS, *ALIASES, *MERGING, "MultiHeadAttention", "Input", "InputLayer"})
MODELS: Final = frozenset({"Sequential", "Model", "Functional"})
IDLE: Final = frozenset(
    "compile fit summary evaluate predict save save_weights load_weights build print to_json".split()
)


@dataclass(slots=True)
class _Growing:
    """A Sequential while layers are added to it."""

    layers: list[KerasLayer | _Graph]
    name: str | None
    graph: _Graph | None = None

    def finished(self) -> _Graph:
        if self.graph is None:
            self.graph = _chain(self.layers, self.name)
        return self.graph


class _Unknown:
    """A value that is not known, such as data that are loaded."""


UNKNOWN: Final = _Unknown()


@dataclass(slots=True)
class _Code:
    """Reads Keras code as text: what each name stands for, and which graphs were built. Nothing is run."""

    names: dict[str, object] = field(default_factory=dict)
    graphs: list[_Graph | _Growing] = field(default_factory=list)
    tensors: list[_Node] = field(default_factory=list)

    def read(self, statements: Sequence[ast.stmt]) -> None:
        """Reads statements one after the other; _UntranslatableError at one that matters and is not understood."""
        for statement in statements:
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
            return
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            self._assign(statement.targets[0], statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._assign(statement.target, statement.value)
        elif isinstance(statement, ast.Expr | ast.Return):
            if statement.value is not None:
                self._value(statement.value)
        elif isinstance(statement, ast.FunctionDef) and not self._mentions_network(statement):
            self._function(statement)
        elif self._mentions_network(statement) or any(word in KNOWN | MODELS for word in _words(statement)):
            raise _UntranslatableError

    def _function(self, function: ast.FunctionDef) -> None:
        """A function that builds the network, whose arguments have defaults: its body is read in its place."""
        if not any(word in MODELS for word in _words(function)):
            if any(word in KNOWN for word in _words(function)):
                raise _UntranslatableError
            return
        arguments = function.args.args
        defaults = function.args.defaults
        for argument, default in zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True):
            self.names[argument.arg] = self._value(default)
        self.read(function.body)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        result = self._value(value)
        if isinstance(target, ast.Name):
            if isinstance(result, _Node) and not isinstance(value, ast.Name) and len(target.id) > 1:
                result = result if result.hint else self._renamed(result, target.id)
            if isinstance(result, _Growing) and result.name is None and target.id != "model":
                result.name = target.id
            self.names[target.id] = result
        elif isinstance(target, ast.Tuple) and isinstance(result, tuple | list) and len(result) == len(target.elts):
            for name, part in zip(target.elts, result, strict=True):
                if isinstance(name, ast.Name):
                    self.names[name.id] = part
        elif self._mentions_network(value):
            raise _UntranslatableError

    def _renamed(self, node: _Node, hint: str) -> _Node:
        named = replace(node, hint=hint)
        self.tensors[self.tensors.index(node)] = named
        return named

    def _mentions_network(self, node: ast.AST) -> bool:
        """Whether a piece of code uses a tensor, a layer or a model that was built."""
        return any(
            isinstance(part, ast.Name) and isinstance(self.names.get(part.id), _Node | KerasLayer | _Graph | _Growing)
            for part in ast.walk(node)
        )

    def _value(self, node: ast.expr) -> object:
        """What an expression stands for; UNKNOWN for what has nothing to do with the network."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.names.get(node.id, UNKNOWN)
        if isinstance(node, ast.Tuple | ast.List):
            values = [self._value(part) for part in node.elts]
            return tuple(values) if isinstance(node, ast.Tuple) else values
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self._value(node.operand)
            return -value if isinstance(value, int | float) else UNKNOWN
        if isinstance(node, ast.BinOp):
            return self._operation(node)
        if isinstance(node, ast.Attribute) and node.attr in ACTIVATIONS and not self._mentions_network(node):
            return node.attr
        if isinstance(node, ast.Call):
            return self._call(node)
        if self._mentions_network(node) or any(word in KNOWN for word in _words(node)):
            raise _UntranslatableError
        return UNKNOWN

    def _operation(self, node: ast.BinOp) -> object:
        left, right = self._value(node.left), self._value(node.right)
        if isinstance(left, _Node) and isinstance(right, _Node):
            word = {ast.Add: "Add", ast.Sub: "Subtract", ast.Mult: "Multiply"}.get(type(node.op))
            return self._node(KerasLayer(word, (), {}), (left, right)) if word else self._refuse()
        if isinstance(left, _Node) or isinstance(right, _Node):
            return self._refuse()
        if isinstance(left, int | float) and isinstance(right, int | float):
            if isinstance(node.op, ast.Add):
                return left + right
            if isinstance(node.op, ast.Sub):
                return left - right
            if isinstance(node.op, ast.Mult):
                return left * right
            if isinstance(node.op, ast.FloorDiv) and right:
                return left // right
        if isinstance(left, tuple) and isinstance(right, tuple) and isinstance(node.op, ast.Add):
            return left + right
        return UNKNOWN

    def _refuse(self) -> object:
        raise _UntranslatableError

    def _call(self, node: ast.Call) -> object:
        word = _last_word(node.func)
        function = self._value(node.func) if isinstance(node.func, ast.Name | ast.Call) else UNKNOWN
        if isinstance(function, KerasLayer | _Graph | _Growing):
            return self._applied(function, node)
        if isinstance(node.func, ast.Attribute):
            owner = self._value(node.func.value) if isinstance(node.func.value, ast.Name) else UNKNOWN
            if isinstance(owner, _Growing | _Graph):
                return self._method(owner, node)
        if word in MODELS:
            return self._model(node)
        if word == "Input":
            return self._node(self._layer(word, node), ())
        if word in MERGING and word[0].islower() and node.args:
            values = self._nodes(self._value(node.args[0]))
            if values is not None:
                return self._node(replace(self._layer(word, node), values=()), values)
        if word in KNOWN:
            return self._layer(word, node)
        if word in ACTIVATIONS and len(node.args) == 1:
            value = self._nodes(self._value(node.args[0]))
            if value is not None:
                return self._node(KerasLayer("Activation", (word,), {}), value)
        if any(self._mentions_network(part) for part in [node.func, *node.args, *(k.value for k in node.keywords)]):
            return self._refuse() if word not in IDLE else UNKNOWN
        if any(part in KNOWN for part in _words(node)):
            raise _UntranslatableError
        return UNKNOWN

    def _layer(self, word: str, node: ast.Call) -> KerasLayer:
        if any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            raise _UntranslatableError
        values = tuple(self._value(argument) for argument in node.args)
        named = {cast("str", k.arg): self._value(k.value) for k in node.keywords}
        named = {key: value for key, value in named.items() if not key.endswith(("_initializer", "_regularizer"))}
        if UNKNOWN in values or any(value is UNKNOWN for value in named.values()):
            raise _UntranslatableError
        name = named.get("name")
        return KerasLayer(word, values, named, name if isinstance(name, str) else None)

    def _nodes(self, value: object) -> tuple[_Node, ...] | None:
        """One tensor, or a list of them."""
        nodes = tuple(value) if isinstance(value, tuple | list) else (value,)
        return cast("tuple[_Node, ...]", nodes) if nodes and all(isinstance(n, _Node) for n in nodes) else None

    def _node(self, layer: KerasLayer | _Graph, inputs: tuple[_Node, ...]) -> _Node:
        node = _Node(layer, inputs, layer.name if isinstance(layer, _Graph) else None)
        self.tensors.append(node)
        return node

    def _applied(self, function: KerasLayer | _Graph | _Growing, node: ast.Call) -> _Node:
        """A layer, or a whole network, called with tensors; `training=…` changes nothing of the network."""
        values = [self._value(argument) for argument in node.args]
        nodes = [part for value in values for part in (self._nodes(value) or (None,))]
        others = {keyword.arg for keyword in node.keywords} - {"training", "name"}
        if not nodes or None in nodes or others:
            raise _UntranslatableError
        layer = function.finished() if isinstance(function, _Growing) else function
        return self._node(layer, cast("tuple[_Node, ...]", tuple(nodes)))

    def _method(self, owner: _Growing | _Graph, node: ast.Call) -> object:
        word = _last_word(node.func)
        if word == "add" and isinstance(owner, _Growing) and len(node.args) == 1 and owner.graph is None:
            owner.layers += self._parts([self._value(node.args[0])])
        elif word == "build" and isinstance(owner, _Growing):
            shape = self._value(node.args[0] if node.args else node.keywords[0].value)
            if isinstance(shape, tuple | list) and owner.graph is None and owner.layers:
                owner.layers.insert(0, KerasLayer("InputLayer", (), {"shape": tuple(shape[1:])}))
        elif word not in IDLE:
            raise _UntranslatableError
        return UNKNOWN

    def _parts(self, values: Sequence[object]) -> list[KerasLayer | _Graph]:
        """What a Sequential is made of."""
        parts: list[KerasLayer | _Graph] = []
        for value in values:
            if isinstance(value, _Node) and not value.inputs and isinstance(value.layer, KerasLayer):
                parts.append(value.layer)
            elif isinstance(value, _Growing):
                parts.append(value.finished())
            elif isinstance(value, KerasLayer | _Graph):
                parts.append(value)
            else:
                raise _UntranslatableError
        return parts

    def _model(self, node: ast.Call) -> object:
        """`Sequential([…])` or `Model(inputs, outputs)`."""
        named = {keyword.arg: self._value(keyword.value) for keyword in node.keywords}
        values = [self._value(argument) for argument in node.args]
        name = cast("str | None", named.get("name"))
        if _last_word(node.func) == "Sequential":
            layers = values[0] if values else named.get("layers", [])
            if not isinstance(layers, tuple | list):
                raise _UntranslatableError
            growing = _Growing(self._parts(layers), name)
            self.graphs.append(growing)
            return growing
        inputs = self._nodes(values[0] if values else named.get("inputs", named.get("input")))
        outputs = self._nodes(values[1] if len(values) > 1 else named.get("outputs", named.get("output")))
        if inputs is None or outputs is None or any(node.inputs for node in inputs):
            raise _UntranslatableError
        graph = _Graph(inputs, outputs, name)
        self.graphs.append(graph)
        return graph

    def network(self) -> _Graph:
        """The one network that no other one contains."""
        graphs = [graph.finished() if isinstance(graph, _Growing) else graph for graph in self.graphs]
        if not graphs:
            used = {source for node in self.tensors for source in node.inputs}
            ends = [node for node in self.tensors if node not in used]
            sources = [node for node in self.tensors if not node.inputs]
            if len(ends) != 1 or len(sources) != 1 or ends == sources:
                raise _UntranslatableError
            return _Graph(tuple(sources), tuple(ends))
        inner = {node.layer for graph in graphs for node in _ordered(graph) if isinstance(node.layer, _Graph)}
        outer = [graph for graph in graphs if graph not in inner]
        if len(outer) != 1:
            raise _UntranslatableError
        return outer[0]


def _last_word(node: ast.expr) -> str:
    """`Conv2D` of `tf.keras.layers.Conv2D`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _words(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Attribute):
            yield _last_word(part)


def _from_code(text: str) -> Rewritten | None:
    if not re.search(r"keras|Sequential|layers\.|Dense|Conv[123]D|\bModel\(", text) or "nn.Module" in text:
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if re.search(r"(?<!tf\.)\bnn\.|\btorch\.", text):
        return None
    code = _Code()
    try:
        code.read(tree.body)
        return _rewrite_graph(code.network())
    except (_UntranslatableError, RecursionError):
        return None


# --------------------------------------------------------------------------------------------------- configurations


def _from_config(data: object) -> Rewritten | None:
    """`model.to_json()`, its `config`, or a list of serialized layers."""
    try:
        graph = _config_graph(data)
        return None if graph is None else _rewrite_graph(graph)
    except (_UntranslatableError, RecursionError):
        return None


def _config_graph(data: object) -> _Graph | None:
    if isinstance(data, list):
        layers = [_config_layer(item) for item in data]
        return _chain([layer for layer in layers if layer]) if layers and all(layers) else None
    if not isinstance(data, Mapping):
        return None
    class_name, config = data.get("class_name"), data.get("config")
    if class_name is None and isinstance(data.get("layers"), list) and not _is_spec(data):
        class_name, config = "Functional" if "output_layers" in data else "Sequential", data
    if class_name not in {"Sequential", "Model", "Functional"}:
        return None
    if class_name == "Sequential":
        items = config if isinstance(config, list) else config.get("layers") if isinstance(config, Mapping) else None
        graph = _config_graph(items) if isinstance(items, list) else None
        name = config.get("name") if isinstance(config, Mapping) else None
        return graph and replace(graph, name=name if isinstance(name, str) and not _is_model_name(name) else None)
    return _functional(cast("Mapping[str, object]", config)) if isinstance(config, Mapping) else None


def _is_spec(data: Mapping[object, object]) -> bool:
    return any(key in data for key in ("input", "inputs", "netspec", "vars", "blocks"))


def _is_model_name(name: str) -> bool:
    return re.fullmatch(r"(sequential|model|functional)(_\d+)?", name) is not None


def _config_layer(item: object) -> KerasLayer | _Graph | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("class_name"), str):
        return None
    class_name, config = item["class_name"], item.get("config", {})
    if class_name in MODELS:
        return _config_graph(item)
    if not isinstance(config, Mapping) or class_name not in KNOWN:
        return None
    name = config.get("name", item.get("name"))
    return KerasLayer(class_name, (), dict(config), name if isinstance(name, str) else None)


def _functional(config: Mapping[str, object]) -> _Graph:
    """A graph from `inbound_nodes`: lists of `[layer, node, tensor]` in Keras 2, of `keras_history` in Keras 3."""
    items = config.get("layers")
    nodes: dict[tuple[str, int], _Node] = {}
    waiting: list[tuple[str, int, KerasLayer | _Graph, list[tuple[str, int]]]] = []
    for item in items if isinstance(items, list) else []:
        layer = _config_layer(item)
        if layer is None:
            raise _UntranslatableError
        name = str(item.get("name", item["config"].get("name")))
        inbound = item.get("inbound_nodes") or []
        if not inbound:
            nodes[name, 0] = _Node(layer, ())
        waiting += [(name, place, layer, _history(node)) for place, node in enumerate(inbound)]
    while waiting:
        ready = [row for row in waiting if all(source in nodes for source in row[3])]
        if not ready:
            raise _UntranslatableError
        for name, place, layer, sources in ready:
            nodes[name, place] = _Node(layer, tuple(nodes[source] for source in sources), name)
        waiting = [row for row in waiting if row not in ready]
    # Keras 3 counts the calls of an inner model from 1 in the list of outputs, and from 0 elsewhere.
    ends = [
        [nodes.get(end, nodes.get((end[0], end[1] - 1))) for end in _ends(config.get(key))]
        for key in ("input_layers", "output_layers")
    ]
    if not ends[0] or not ends[1] or None in ends[0] or None in ends[1]:
        raise _UntranslatableError
    title = config.get("name")
    inputs, outputs = (cast("tuple[_Node, ...]", tuple(side)) for side in ends)
    return _Graph(inputs, outputs, title if isinstance(title, str) and not _is_model_name(title) else None)


def _ends(value: object) -> list[tuple[str, int]]:
    """`[["dense", 0, 0], …]`, or one of them alone."""
    rows = [value] if isinstance(value, list) and value and isinstance(value[0], str) else value
    return [(str(row[0]), int(row[1])) for row in cast("list[list[object]]", rows or [])]  # type: ignore[call-overload]


def _history(node: object) -> list[tuple[str, int]]:
    """The layers and nodes that one call takes; _UntranslatableError for a call with settings of its own."""
    if isinstance(node, list):  # Keras 2
        rows = [node] if node and isinstance(node[0], str) else node
        if any(len(row) > 3 and row[3] for row in rows):
            raise _UntranslatableError
        return [(row[0], row[1]) for row in rows]
    if not isinstance(node, Mapping):
        raise _UntranslatableError
    settings = node.get("kwargs") or {}
    if any(value not in (None, False) for key, value in settings.items() if key != "training"):
        raise _UntranslatableError
    histories: list[tuple[str, int]] = []
    waiting = list(node.get("args") or [])
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting = value + waiting
        elif isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
            name, place, tensor = value["config"]["keras_history"]
            if tensor:
                raise _UntranslatableError
            histories.append((name, place))
        elif value is not None:
            raise _UntranslatableError
    return histories


# ----------------------------------------------------------------------------------------- calls as lines of a spec


KERAS_ONLY: Final = frozenset(
    word
    for word in KNOWN
    if word[0].isupper() and re.search(r"\dD|^Dense$|Normalization|^SimpleRNN|^Bidir|Merge", word)
)
KERAS_ARGUMENTS: Final = frozenset(
    "units filters activation return_sequences pool_size strides input_shape input_dim use_bias rate".split()
)


def _from_lines(data: object) -> Rewritten | None:
    """Calls of Keras as the lines of a list; lines that are no Keras call stay as they are."""
    whole = data if isinstance(data, Mapping) else {"layers": data}
    items = whole.get("layers")
    if not isinstance(items, list) or set(whole) & {"blocks", "variants", "parameters", "inputs"}:
        return None
    variables = whole.get("vars") or {}
    if not isinstance(variables, Mapping):
        return None
    code = _Code({str(name): Expression(name) for name in variables})
    calls = [_line_call(code, item) for item in items]
    if not any(isinstance(call, KerasLayer) and _is_keras_only(call) for call in calls):
        return None
    stated = whole.get("input", whole.get("input_shape"))
    layers = [call for call in calls if isinstance(call, KerasLayer)]
    try:
        source, text = _line_input(stated, layers)
    except _UntranslatableError:
        return None
    lines: list[str] = []
    notes: list[str] = []
    state = source
    for call in calls:
        if call is None:
            return None
        if isinstance(call, str):
            lines.append(f"- {call}")
            state = Data()
            continue
        if call.class_name in {"Input", "InputLayer"}:
            continue
        translation = translate(call, state)
        if translation is None:
            return None
        head = f"{call.name}: " if call.name else ""
        lines += [
            f"- {head if number == translation.main else ''}{step}" for number, step in enumerate(translation.steps)
        ]
        notes += [note for note in translation.notes if note not in notes]
        state = translation.data
    name = whole.get("name")
    return Rewritten(
        layers=tuple(lines),
        input=text,
        name=name if isinstance(name, str) else None,
        vars=tuple(f"{key}: {value}" for key, value in variables.items()),
        note="; ".join(notes) or None,
    )


def _is_keras_only(call: KerasLayer) -> bool:
    return call.class_name in KERAS_ONLY or bool(set(call.named or ()) & KERAS_ARGUMENTS)


def _line_call(code: _Code, item: object) -> KerasLayer | str | None:
    """A line as a Keras layer; its text where it is another step; None for what is nested."""
    name = None
    if isinstance(item, Mapping) and len(item) == 1:
        ((name, item),) = item.items()
        if not isinstance(name, str) or usable_name(name) != name:
            return None
    if not isinstance(item, str):
        return None
    try:
        value = code._value(ast.parse(item.strip().rstrip(","), mode="eval").body)  # noqa: SLF001
    except (SyntaxError, ValueError, _UntranslatableError):
        value = None
    if isinstance(value, _Node) and not value.inputs and isinstance(value.layer, KerasLayer):
        value = value.layer
    word = item.strip().rpartition(".")[2]
    if value is None or value is UNKNOWN:
        value = KerasLayer(word, (), {}) if word in KNOWN else None
    if isinstance(value, KerasLayer):
        return replace(value, name=name or value.name)
    return f"{name}: {item}" if name else item


def _line_input(stated: object, layers: Sequence[KerasLayer]) -> tuple[Data, str | None]:
    """The data that come in, from the file's `input` or the first layer's `input_shape`."""
    if stated is None:
        graph = _chain(layers)
        data = _input_data(graph, graph.inputs[0])
        return data, _input_text(graph, graph.inputs[0], data)[0]
    if not isinstance(stated, list) or not all(isinstance(size, int) for size in stated):
        return Data(), str(stated) if isinstance(stated, str) else None
    shape = tuple(stated)
    if len(shape) >= 3 and shape[0] <= 4 < shape[-1]:
        shape = (*shape[1:], shape[0])  # channels are in front already
    graph = _chain([KerasLayer("Input", (), {"shape": shape}), *layers])
    data = _input_data(graph, graph.inputs[0])
    return data, _input_text(graph, graph.inputs[0], data)[0]


def _rewrite(text: str, data: object) -> Rewritten | None:
    """Keras in one of its forms; None for all else."""
    if isinstance(data, str) or data is None:
        stripped = text.strip()
        if stripped.startswith(("{", "[")):
            try:
                return _from_config(json.loads(stripped))
            except ValueError:
                return None
        return _from_code(text)
    if isinstance(data, list | Mapping):
        return _from_config(data) or _from_lines(data) or _from_code(text)
    return None


STYLE: Final = Style("Keras", _rewrite)
