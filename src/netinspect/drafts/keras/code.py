"""Keras code, read as text: `Sequential([…])`, `model.add(…)` and the functional API. Nothing is run.

Names stand for numbers, layers, tensors and models. A statement that has nothing to do with the network, such as one
that loads data, is passed over; one that uses a layer or a tensor in a way that is not known ends the reading.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast

from netinspect.drafts.keras.activations import ACTIVATIONS
from netinspect.drafts.keras.data import KerasLayer
from netinspect.drafts.keras.graphs import Graph, Node, UntranslatableError, chain, ordered, rewritten_graph
from netinspect.drafts.keras.layers import KNOWN, MERGING, MODELS
from netinspect.drafts.style import Rewritten

IDLE: Final = frozenset(
    "compile fit summary evaluate predict save save_weights load_weights build print to_json".split()
)


@dataclass(slots=True)
class _Growing:
    """A Sequential while layers are added to it."""

    layers: list[KerasLayer | Graph]
    name: str | None
    graph: Graph | None = None

    def finished(self) -> Graph:
        if self.graph is None:
            self.graph = chain(self.layers, self.name)
        return self.graph


class _Unknown:
    """A value that is not known, such as data that are loaded."""


UNKNOWN: Final = _Unknown()


@dataclass(slots=True)
class Code:
    """Reads Keras code as text: what each name stands for, and which graphs were built. Nothing is run."""

    names: dict[str, object] = field(default_factory=dict)
    graphs: list[Graph | _Growing] = field(default_factory=list)
    tensors: list[Node] = field(default_factory=list)

    def read(self, statements: Sequence[ast.stmt]) -> None:
        """Reads statements one after the other; UntranslatableError at one that matters and is not understood."""
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
                self.value_of(statement.value)
        elif isinstance(statement, ast.FunctionDef) and not self._mentions_network(statement):
            self._function(statement)
        elif self._mentions_network(statement) or any(word in KNOWN | MODELS for word in _words(statement)):
            raise UntranslatableError

    def _function(self, function: ast.FunctionDef) -> None:
        """A function that builds the network, whose arguments have defaults: its body is read in its place."""
        if not any(word in MODELS for word in _words(function)):
            if any(word in KNOWN for word in _words(function)):
                raise UntranslatableError
            return
        arguments = function.args.args
        defaults = function.args.defaults
        for argument, default in zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True):
            self.names[argument.arg] = self.value_of(default)
        self.read(function.body)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        result = self.value_of(value)
        if isinstance(target, ast.Name):
            if isinstance(result, Node) and not isinstance(value, ast.Name) and len(target.id) > 1:
                result = result if result.hint else self._renamed(result, target.id)
            if isinstance(result, _Growing) and result.name is None and target.id != "model":
                result.name = target.id
            self.names[target.id] = result
        elif isinstance(target, ast.Tuple) and isinstance(result, tuple | list) and len(result) == len(target.elts):
            for name, part in zip(target.elts, result, strict=True):
                if isinstance(name, ast.Name):
                    self.names[name.id] = part
        elif self._mentions_network(value):
            raise UntranslatableError

    def _renamed(self, node: Node, hint: str) -> Node:
        named = replace(node, hint=hint)
        self.tensors[self.tensors.index(node)] = named
        return named

    def _mentions_network(self, node: ast.AST) -> bool:
        """Whether a piece of code uses a tensor, a layer or a model that was built."""
        return any(
            isinstance(part, ast.Name) and isinstance(self.names.get(part.id), Node | KerasLayer | Graph | _Growing)
            for part in ast.walk(node)
        )

    def value_of(self, node: ast.expr) -> object:
        """What an expression stands for; UNKNOWN for what has nothing to do with the network."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.names.get(node.id, UNKNOWN)
        if isinstance(node, ast.Tuple | ast.List):
            values = [self.value_of(part) for part in node.elts]
            return tuple(values) if isinstance(node, ast.Tuple) else values
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.value_of(node.operand)
            return -value if isinstance(value, int | float) else UNKNOWN
        if isinstance(node, ast.BinOp):
            return self._operation(node)
        if isinstance(node, ast.Attribute) and node.attr in ACTIVATIONS and not self._mentions_network(node):
            return node.attr
        if isinstance(node, ast.Call):
            return self._call(node)
        if self._mentions_network(node) or any(word in KNOWN for word in _words(node)):
            raise UntranslatableError
        return UNKNOWN

    def _operation(self, node: ast.BinOp) -> object:
        left, right = self.value_of(node.left), self.value_of(node.right)
        if isinstance(left, Node) and isinstance(right, Node):
            word = {ast.Add: "Add", ast.Sub: "Subtract", ast.Mult: "Multiply"}.get(type(node.op))
            return self._node(KerasLayer(word, (), {}), (left, right)) if word else self._refuse()
        if isinstance(left, Node) or isinstance(right, Node):
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
        raise UntranslatableError

    def _call(self, node: ast.Call) -> object:
        word = _last_word(node.func)
        function = self.value_of(node.func) if isinstance(node.func, ast.Name | ast.Call) else UNKNOWN
        if isinstance(function, KerasLayer | Graph | _Growing):
            return self._applied(function, node)
        if isinstance(node.func, ast.Attribute):
            owner = self.value_of(node.func.value) if isinstance(node.func.value, ast.Name) else UNKNOWN
            if isinstance(owner, _Growing | Graph):
                return self._method(owner, node)
        if word in MODELS:
            return self._model(node)
        if word == "Input":
            return self._node(self._layer(word, node), ())
        if word in MERGING and word[0].islower() and node.args:
            values = self._nodes(self.value_of(node.args[0]))
            if values is not None:
                return self._node(replace(self._layer(word, node), values=()), values)
        if word in KNOWN:
            return self._layer(word, node)
        if word in ACTIVATIONS and len(node.args) == 1:
            value = self._nodes(self.value_of(node.args[0]))
            if value is not None:
                return self._node(KerasLayer("Activation", (word,), {}), value)
        if any(self._mentions_network(part) for part in [node.func, *node.args, *(k.value for k in node.keywords)]):
            return self._refuse() if word not in IDLE else UNKNOWN
        if any(part in KNOWN for part in _words(node)):
            raise UntranslatableError
        return UNKNOWN

    def _layer(self, word: str, node: ast.Call) -> KerasLayer:
        if any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            raise UntranslatableError
        values = tuple(self.value_of(argument) for argument in node.args)
        named = {cast("str", k.arg): self.value_of(k.value) for k in node.keywords}
        named = {key: value for key, value in named.items() if not key.endswith(("_initializer", "_regularizer"))}
        if UNKNOWN in values or any(value is UNKNOWN for value in named.values()):
            raise UntranslatableError
        name = named.get("name")
        return KerasLayer(word, values, named, name if isinstance(name, str) else None)

    def _nodes(self, value: object) -> tuple[Node, ...] | None:
        """One tensor, or a list of them."""
        nodes = tuple(value) if isinstance(value, tuple | list) else (value,)
        return cast("tuple[Node, ...]", nodes) if nodes and all(isinstance(n, Node) for n in nodes) else None

    def _node(self, layer: KerasLayer | Graph, inputs: tuple[Node, ...]) -> Node:
        node = Node(layer, inputs, layer.name if isinstance(layer, Graph) else None)
        self.tensors.append(node)
        return node

    def _applied(self, function: KerasLayer | Graph | _Growing, node: ast.Call) -> Node:
        """A layer, or a whole network, called with tensors; `training=…` changes nothing of the network."""
        values = [self.value_of(argument) for argument in node.args]
        nodes = [part for value in values for part in (self._nodes(value) or (None,))]
        others = {keyword.arg for keyword in node.keywords} - {"training", "name"}
        if not nodes or None in nodes or others:
            raise UntranslatableError
        layer = function.finished() if isinstance(function, _Growing) else function
        return self._node(layer, cast("tuple[Node, ...]", tuple(nodes)))

    def _method(self, owner: _Growing | Graph, node: ast.Call) -> object:
        word = _last_word(node.func)
        if word == "add" and isinstance(owner, _Growing) and len(node.args) == 1 and owner.graph is None:
            owner.layers += self._parts([self.value_of(node.args[0])])
        elif word == "build" and isinstance(owner, _Growing):
            shape = self.value_of(node.args[0] if node.args else node.keywords[0].value)
            if isinstance(shape, tuple | list) and owner.graph is None and owner.layers:
                owner.layers.insert(0, KerasLayer("InputLayer", (), {"shape": tuple(shape[1:])}))
        elif word not in IDLE:
            raise UntranslatableError
        return UNKNOWN

    def _parts(self, values: Sequence[object]) -> list[KerasLayer | Graph]:
        """What a Sequential is made of."""
        parts: list[KerasLayer | Graph] = []
        for value in values:
            if isinstance(value, Node) and not value.inputs and isinstance(value.layer, KerasLayer):
                parts.append(value.layer)
            elif isinstance(value, _Growing):
                parts.append(value.finished())
            elif isinstance(value, KerasLayer | Graph):
                parts.append(value)
            else:
                raise UntranslatableError
        return parts

    def _model(self, node: ast.Call) -> object:
        """`Sequential([…])` or `Model(inputs, outputs)`."""
        named = {keyword.arg: self.value_of(keyword.value) for keyword in node.keywords}
        values = [self.value_of(argument) for argument in node.args]
        name = cast("str | None", named.get("name"))
        if _last_word(node.func) == "Sequential":
            layers = values[0] if values else named.get("layers", [])
            if not isinstance(layers, tuple | list):
                raise UntranslatableError
            growing = _Growing(self._parts(layers), name)
            self.graphs.append(growing)
            return growing
        inputs = self._nodes(values[0] if values else named.get("inputs", named.get("input")))
        outputs = self._nodes(values[1] if len(values) > 1 else named.get("outputs", named.get("output")))
        if inputs is None or outputs is None or any(node.inputs for node in inputs):
            raise UntranslatableError
        graph = Graph(inputs, outputs, name)
        self.graphs.append(graph)
        return graph

    def network(self) -> Graph:
        """The one network that no other one contains."""
        graphs = [graph.finished() if isinstance(graph, _Growing) else graph for graph in self.graphs]
        if not graphs:
            used = {source for node in self.tensors for source in node.inputs}
            ends = [node for node in self.tensors if node not in used]
            sources = [node for node in self.tensors if not node.inputs]
            if len(ends) != 1 or len(sources) != 1 or ends == sources:
                raise UntranslatableError
            return Graph(tuple(sources), tuple(ends))
        inner = {node.layer for graph in graphs for node in ordered(graph) if isinstance(node.layer, Graph)}
        outer = [graph for graph in graphs if graph not in inner]
        if len(outer) != 1:
            raise UntranslatableError
        return outer[0]


def _last_word(node: ast.expr) -> str:
    """`Conv2D` of `tf.keras.layers.Conv2D`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _words(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Attribute):
            yield _last_word(part)


def from_code(text: str) -> Rewritten | None:
    """The network of Keras code; None for other code, and where it is not known without running it."""
    if not re.search(r"keras|Sequential|layers\.|Dense|Conv[123]D|\bModel\(", text) or "nn.Module" in text:
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if re.search(r"(?<!tf\.)\bnn\.|\btorch\.", text):
        return None
    code = Code()
    try:
        code.read(tree.body)
        return rewritten_graph(code.network())
    except (UntranslatableError, RecursionError):
        return None
