"""Keras code, read as text: `Sequential([…])`, `model.add(…)` and the functional API. Nothing is run.

Names stand for numbers, layers, tensors and models. A statement that has nothing to do with the network, such as one
that loads data, is passed over; one that uses a layer or a tensor in a way that is not known ends the reading.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from netinspect.drafts.keras.activations import ACTIVATIONS
from netinspect.drafts.keras.data import KerasLayer
from netinspect.drafts.keras.graphs import Graph, Node, UntranslatableError, chain, ordered, rewritten_graph
from netinspect.drafts.keras.layers import KNOWN, MERGING, MODELS
from netinspect.drafts.style import Rewritten, stuck_at

IDLE: Final = frozenset(
    "compile fit fit_generator summary evaluate predict save save_weights load_weights build print to_json".split()
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
NOT_RETURNED: Final = _Unknown()
"""What statements without a `return` come to."""

MOST_TURNS, MOST_CALLS, MOST_TENSORS = 1_000, 16, 5_000
"""Bounds of what is written out: turns of one loop, functions in functions, tensors in all."""

COMPARISONS: Final = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
ARITHMETIC: Final = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


@dataclass(frozen=True, slots=True)
class _Function:
    """A function of the text, and the names that it can use."""

    node: ast.FunctionDef
    names: dict[str, object]


def _loaded(target: ast.expr) -> ast.expr:
    """The left side of `x += 1` as a value."""
    return ast.Name(target.id, ast.Load()) if isinstance(target, ast.Name) else target


@dataclass(slots=True)
class Code:
    """Reads Keras code as text: what each name stands for, and which graphs were built. Nothing is run."""

    names: dict[str, object] = field(default_factory=dict)
    graphs: list[Graph | _Growing] = field(default_factory=list)
    tensors: list[Node] = field(default_factory=list)

    depth: int = 0

    def read(self, statements: Sequence[ast.stmt]) -> object:
        """Reads statements one after the other, up to a `return`: what that returns, else NOT_RETURNED.

        UntranslatableError at a statement that matters and is not understood.
        """
        for statement in statements:
            try:
                result = self._statement(statement)
            except UntranslatableError as error:
                error.statement = error.statement or statement
                raise
            if result is not NOT_RETURNED:
                return result
        return NOT_RETURNED

    def _statement(self, statement: ast.stmt) -> object:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
            return NOT_RETURNED
        if isinstance(statement, ast.Return):
            return None if statement.value is None else self.value_of(statement.value)
        if isinstance(statement, ast.Assign):
            self._assign(statement.targets, statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._assign([statement.target], statement.value)
        elif isinstance(statement, ast.AugAssign) and isinstance(row := self.value_of(_loaded(statement.target)), list):
            self._change(row, "extend" if isinstance(statement.op, ast.Add) else "", [self.value_of(statement.value)])
        elif isinstance(statement, ast.AugAssign):
            self._assign([statement.target], ast.BinOp(_loaded(statement.target), statement.op, statement.value))
        elif isinstance(statement, ast.Expr):
            if not self._only_uses_a_model(statement.value):
                self.value_of(statement.value)
        elif isinstance(statement, ast.FunctionDef):
            self.names[statement.name] = _Function(statement, self.names)
        elif isinstance(statement, ast.With):
            return self.read(statement.body)
        elif isinstance(statement, ast.If) and (truth := self._truth(statement.test)) is not None:
            return self.read(statement.body if truth else statement.orelse)
        elif isinstance(statement, ast.For) and not statement.orelse and (turns := self._turns(statement)) is not None:
            for turn in turns:
                self._bind(statement.target, turn)
                result = self.read(statement.body)
                if result is not NOT_RETURNED:
                    return result
        else:
            self._pass_over(statement)
        return NOT_RETURNED

    def _pass_over(self, statement: ast.stmt) -> None:
        """Leaves a statement out that has nothing to do with the network; what it assigns is not known any more."""
        if self._mentions_network(statement) or any(word in KNOWN | MODELS for word in _words(statement)):
            raise UntranslatableError
        for part in ast.walk(statement):
            if isinstance(part, ast.Name) and isinstance(self.names.get(part.id), list | dict):
                self._forget(self.names[part.id])
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
                self.names[part.id] = UNKNOWN
            elif isinstance(part, ast.Return | ast.Break | ast.Continue):
                raise UntranslatableError

    def _forget(self, value: object) -> None:
        """A list or dict was changed, and is not known any more under any of its names."""
        self.names |= {name: UNKNOWN for name, known in self.names.items() if known is value}

    def _change(self, row: list[object], word: str, values: list[object]) -> object:
        """What a method of a list does to it, and gives."""
        match word, values:
            case "append", [value]:
                row.append(value)
            case "extend", [list() | tuple() as more]:
                row.extend(more)
            case "insert", [int(place), value]:
                row.insert(place, value)
            case "pop", [int(place)] if -len(row) <= place < len(row):
                return row.pop(place)
            case "pop", [] if row:
                return row.pop()
            case "reverse", []:
                row.reverse()
            case _:
                self._forget(row)
                return UNKNOWN
        return None

    def _only_uses_a_model(self, node: ast.expr) -> bool:
        """Whether a call does something with a model that leaves it as it is, such as `plot_model(model)`."""
        if not isinstance(node, ast.Call) or isinstance(self.names.get(_last_word(node.func)), _Function):
            return False
        names = {part.id for argument in node.args for part in ast.walk(argument) if isinstance(part, ast.Name)}
        values = [self.names.get(name) for name in names]
        models = [value for value in values if isinstance(value, Graph | _Growing)]
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        known = isinstance(owner, ast.Name) and owner.id in self.names
        others = any(isinstance(value, Node | KerasLayer) for value in values) or self._mentions_network(node.func)
        return bool(models) and not known and not others and not set(_words(node)) & (KNOWN | MODELS)

    def _truth(self, test: ast.expr) -> bool | None:
        """Whether a condition holds; None where it is not known."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            truth = self._truth(test.operand)
            return None if truth is None else not truth
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            if isinstance(test.left, ast.Name) and test.left.id == "__name__":
                return True
            left, right = self.value_of(test.left), self.value_of(test.comparators[0])
            comparison: Callable[[Any, Any], bool] | None = COMPARISONS.get(type(test.ops[0]))
            plain = (int, float, str, bool, type(None), tuple)
            if comparison is None or not isinstance(left, plain) or not isinstance(right, plain):
                return None
            try:
                return bool(comparison(left, right))
            except TypeError:
                return None
        value = self.value_of(test)
        return bool(value) if isinstance(value, int | float | str | bool | tuple | list | None) else None

    def _turns(self, loop: ast.For) -> Sequence[object] | None:
        """What a loop runs over; None where it is not known."""
        values = self.value_of(loop.iter)
        if not isinstance(values, tuple | list | range) or len(values) > MOST_TURNS:
            return None
        simple = not any(isinstance(part, ast.Break | ast.Continue) for part in ast.walk(loop))
        return values if simple else None

    def _bind(self, target: ast.expr, value: object) -> None:
        """Gives a name, or a row of names, its value."""
        if isinstance(target, ast.Name):
            self.names[target.id] = value
            return
        parts = list(value) if isinstance(value, tuple | list) else None
        if not isinstance(target, ast.Tuple) or (parts is not None and len(parts) != len(target.elts)):
            raise UntranslatableError
        for place, name in enumerate(target.elts):
            self._bind(name, UNKNOWN if parts is None else parts[place])

    def _run(self, function: _Function, node: ast.Call | None) -> object:
        """What a function of the text returns, its body read with the values of its arguments."""
        signature = function.node.args
        if signature.vararg or signature.kwarg or signature.posonlyargs or function.node.decorator_list:
            raise UntranslatableError
        arguments = [*signature.args, *signature.kwonlyargs]
        defaults = [*[None] * (len(signature.args) - len(signature.defaults)), *signature.defaults]
        values = {
            argument.arg: self.value_of(default)
            for argument, default in zip(arguments, [*defaults, *signature.kw_defaults], strict=True)
            if default is not None
        }
        if node is not None:
            if len(node.args) > len(signature.args) or any(isinstance(value, ast.Starred) for value in node.args):
                raise UntranslatableError
            values |= {name.arg: self.value_of(value) for name, value in zip(arguments, node.args, strict=False)}
            values |= {str(keyword.arg): self.value_of(keyword.value) for keyword in node.keywords}
        if set(values) != {argument.arg for argument in arguments} or self.depth > MOST_CALLS:
            raise UntranslatableError
        inside = Code({**function.names, **values}, self.graphs, self.tensors, self.depth + 1)
        result = inside.read(function.node.body)
        return None if result is NOT_RETURNED else result

    def _assign(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        result = self.value_of(value)
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        hint = next((name for name in names if len(name) > 1), None)
        if isinstance(result, Node) and not isinstance(value, ast.Name) and hint and not result.hint:
            place = self.tensors.index(result)
            result = self.tensors[place] = replace(result, hint=hint)
        for target in targets:
            if isinstance(target, ast.Name):
                if isinstance(result, _Growing) and result.name is None and target.id != "model":
                    result.name = target.id
                self.names[target.id] = result
            elif isinstance(target, ast.Tuple):
                if not isinstance(result, tuple | list) and self._mentions_network(value):
                    raise UntranslatableError
                self._bind(target, result)
            elif self._mentions_network(value) or self._mentions_network(target):
                raise UntranslatableError
            else:  # a part of a list or an attribute is given another value
                self._pass_over(ast.Assign([ast.Name(_last_word(target) or "_", ast.Store())], value))
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        self._forget(self.names.get(part.id, UNKNOWN))

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
        if isinstance(node, ast.IfExp) and (truth := self._truth(node.test)) is not None:
            return self.value_of(node.body if truth else node.orelse)
        if isinstance(node, ast.JoinedStr):
            parts = [
                self.value_of(part.value if isinstance(part, ast.FormattedValue) else part)
                for part in node.values
                if not isinstance(part, ast.FormattedValue) or part.format_spec is None
            ]
            known = len(parts) == len(node.values) and all(isinstance(part, str | int) for part in parts)
            return "".join(map(str, parts)) if known else UNKNOWN
        if isinstance(node, ast.Subscript):
            row = self.value_of(node.value)
            index = self.value_of(node.slice) if not isinstance(node.slice, ast.Slice) else None
            if isinstance(row, tuple | list) and isinstance(index, int) and -len(row) <= index < len(row):
                return row[index]
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
            if isinstance(node.op, ast.Pow) and 0 <= right < 32 and abs(left) < 2**16:
                return left**right
            function = ARITHMETIC.get(type(node.op))
            divides = isinstance(node.op, ast.FloorDiv | ast.Div | ast.Mod)
            if function is None or (divides and right == 0) or max(abs(left), abs(right)) > 2**31:
                return UNKNOWN
            return function(left, right)
        for kind in (tuple, list, str):
            if isinstance(left, kind) and isinstance(right, kind) and isinstance(node.op, ast.Add):
                return left + right  # type: ignore[operator]
        return UNKNOWN

    def _refuse(self) -> object:
        raise UntranslatableError

    def _call(self, node: ast.Call) -> object:
        word = _last_word(node.func)
        function = self.value_of(node.func) if isinstance(node.func, ast.Name | ast.Call) else UNKNOWN
        if isinstance(function, _Function):
            return self._run(function, node)
        if isinstance(function, KerasLayer | Graph | _Growing):
            # A layer, or a whole network, called with tensors; `training=…` changes nothing of the network.
            operands = [self.value_of(argument) for argument in node.args]
            nodes = [part for operand in operands for part in (self._nodes(operand) or (None,))]
            others = {keyword.arg for keyword in node.keywords} - {"training", "name"}
            if not nodes or None in nodes or others:
                raise UntranslatableError
            layer = function.finished() if isinstance(function, _Growing) else function
            return self._node(layer, cast("tuple[Node, ...]", tuple(nodes)))
        if isinstance(node.func, ast.Attribute):
            owner = self.value_of(node.func.value) if isinstance(node.func.value, ast.Name) else UNKNOWN
            if isinstance(owner, _Growing | Graph):
                return self._method(owner, node)
            if isinstance(owner, list) and not node.keywords:
                return self._change(owner, word, [self.value_of(argument) for argument in node.args])
            if isinstance(owner, list | dict):
                self._forget(owner)
        if word in {"range", "len", "str", "int", "enumerate", "zip", "reversed"} and isinstance(node.func, ast.Name):
            return self._built_in(word, [self.value_of(argument) for argument in node.args])
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

    def _built_in(self, word: str, values: list[object]) -> object:
        """What a few functions of Python give for values that are known."""
        if word == "range" and values and all(isinstance(value, int) for value in values):
            return range(*cast("list[int]", values)) if values[2:] != [0] else UNKNOWN
        lists = [
            list(value) for value in values if isinstance(value, tuple | list | range) and len(value) <= MOST_TURNS
        ]
        if len(lists) == len(values) and lists:
            answers: dict[str, object] = {
                "len": len(lists[0]),
                "enumerate": list(enumerate(lists[0])),
                "zip": list(zip(*lists, strict=False)),
                "reversed": lists[0][::-1],
            }
            return answers.get(word, UNKNOWN)
        if len(values) == 1 and isinstance(values[0], int | float) and word in {"str", "int"}:
            return str(values[0]) if word == "str" else int(values[0])
        return UNKNOWN

    def _layer(self, word: str, node: ast.Call) -> KerasLayer:
        if any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            raise UntranslatableError
        values = tuple(self.value_of(argument) for argument in node.args)
        named = {cast("str", k.arg): self.value_of(k.value) for k in node.keywords}
        training = ("_initializer", "_regularizer", "_constraint")
        named = {key: value for key, value in named.items() if not key.endswith(training)}
        if named.get("name") is UNKNOWN:
            del named["name"]
        if UNKNOWN in values or any(value is UNKNOWN for value in named.values()):
            names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
            unknown = [name for name in names if name not in self.names and name not in KNOWN | MODELS | _MODULES]
            raise UntranslatableError(*(f"`{name}` is not defined here" for name in unknown[:1]))
        name = named.get("name")
        return KerasLayer(word, values, named, name if isinstance(name, str) else None)

    def _nodes(self, value: object) -> tuple[Node, ...] | None:
        """One tensor, or a list of them."""
        nodes = tuple(value) if isinstance(value, tuple | list) else (value,)
        return cast("tuple[Node, ...]", nodes) if nodes and all(isinstance(n, Node) for n in nodes) else None

    def _node(self, layer: KerasLayer | Graph, inputs: tuple[Node, ...]) -> Node:
        if len(self.tensors) >= MOST_TENSORS:
            raise UntranslatableError
        node = Node(layer, inputs, layer.name if isinstance(layer, Graph) else None)
        self.tensors.append(node)
        return node

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
        """The one network that no other one contains; a function that nothing calls is called where it builds one."""
        if not self.graphs:
            functions = [value for value in self.names.values() if isinstance(value, _Function)]
            building = [function for function in functions if set(_words(function.node)) & MODELS]
            if len(building) == 1:
                self._run(building[0], None)
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
        tree = ast.parse(text.replace("\N{NO-BREAK SPACE}", " "))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if re.search(r"(?<!tf\.)\bnn\.|\btorch\.", text):
        return None
    code = Code()
    try:
        code.read(tree.body)
        rewritten = rewritten_graph(code.network())
        if not re.search(r"\btrainable\s*=\s*False", text):
            return rewritten
        return replace(rewritten, note="; ".join(filter(None, [rewritten.note, FROZEN])))
    except UntranslatableError as error:
        makes = any(isinstance(node, ast.Assign | ast.ClassDef | ast.FunctionDef) for node in tree.body)
        words = set(_words(tree))
        if not makes or error.statement is None or not words & {*MODELS, "Input"} or not words & KNOWN:
            return None  # it is about something else
        line = ast.unparse(error.statement).partition("\n")[0]
        return stuck_at(error.statement.lineno, line, error)
    except RecursionError:
        return None


FROZEN: Final = "the code freezes weights; in a spec their names stand under `frozen:`"
_MODULES: Final = frozenset({"keras", "layers", "tf", "tensorflow", "models", "activations"})
