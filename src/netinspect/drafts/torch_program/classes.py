"""A list of layers and statements as a class of a torch program, with a constructor and a forward.

The line that makes a layer makes it in the constructor, and applies it in the forward where it stands; if other lines
call it, it is only made. In a forward `x` is what runs through the network, as long as no line gives the name to
something else.
"""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.drafts.torch_program.blocks import MAX_LINES
from netinspect.drafts.torch_program.builtins import NAMES
from netinspect.drafts.torch_program.naming import GENERIC, UNNAMED
from netinspect.drafts.torch_program.statements import (
    Block,
    Line,
    Lines,
    is_parameter,
    layer_name,
    names_called_in,
    names_given_by,
    names_handed_on_in,
    names_in,
)
from netinspect.drafts.torch_program.tensors import AS_LAYERS
from netinspect.drafts.torch_program.torch_calls import MODULES
from netinspect.drafts.torch_program.values import WEIGHTLESS, Untold

_OF_TUPLES: Final = frozenset(
    entry.name for entry in LAYERS.values() if entry.outputs[0].place and entry.argument("return_indices") is None
)
"""Layers that give a tuple in code, of which the line below takes the first."""

_NOTHING: Final = "None"
"""What the line below several values takes where none is the first: nothing that a layer can be given."""

_BATCH: Final = frozenset({"B", "bs", "batch", "batch_size"})
"""What code calls the number of samples, where nothing else has that name."""


@dataclass(slots=True)
class _Writer:
    """The class of one list while it is written.

    kinds       the names of the file's blocks, and `constants` those of its vars
    once        names that one line alone gives
    parts       names of layers that are handed to another
    has_x       whether a line is called `x`, or an input that is not the first
    constructor its statements, and `forward` those of the forward
    modules     names of layers, and `parameters` of parameters, that stand in `self`
    values      what the names of lines, `x` and `input` stand for, and `above` what `prev` does
    tuples      the whole of what a layer gives whose name stands for the first of it
    x           what `x` is to the code alone: an input, or what a statement gave to it
    has_idle    whether a layer with weights was only made for other lines
    """

    block: Block
    kinds: frozenset[str]
    constants: Mapping[str, object]
    once: frozenset[str]
    parts: frozenset[str]
    has_x: bool
    constructor: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    above: str = ""
    tuples: dict[str, str] = field(default_factory=dict)
    x: str = ""
    has_idle: bool = False

    def unnamed(self) -> str:
        """A name for what has none."""
        return f"{UNNAMED}{len(self.constructor) + len(self.forward)}"

    def module(self, maker: str, name: str | None = None) -> str:
        """A layer in the constructor, and how the forward calls it."""
        name = name or self.unnamed()
        self.constructor.append(f"self.{name} = {maker}")
        self.modules.add(name)
        return f"self.{name}"

    def flow_on(self, value: str, name: str | None, *, is_tuple: bool = False) -> None:
        """What a line gives runs on: to the line below, and as `x`."""
        variable = name or self.unnamed()
        self.forward.append(f"{variable} = {value}")
        self.above = f"{variable}[0]" if is_tuple else variable
        if not self.has_x or name == "x":
            self.values["x"] = self.above
        if name:
            self.values[name] = self.above
            if is_tuple:
                self.tuples[name] = variable


def class_of(
    block: Block,
    kinds: frozenset[str],
    constants: Mapping[str, object] = MappingProxyType({}),
    *,
    defined: frozenset[str] = frozenset(),
    parameters: dict[str, str] | None = None,
    result: str | None = None,
) -> str:
    """The class of a list. Untold where one of its lines cannot be told, or an input is not used.

    defined     names of lines that only make their layer, whatever other lines do
    parameters  further ones of the list, each with the code that makes it
    result      what it returns, where that is not what its last line gives
    """
    called = names_called_in(block.lines) | defined
    counts = Counter(name for line in block.lines for name in names_given_by(line))
    writer = _Writer(
        block,
        kinds,
        constants,
        frozenset(name for name, count in counts.items() if count == 1),
        names_handed_on_in(block.lines),
        has_x=any(line.name == "x" for line in block.lines) or "x" in block.inputs[1:],
        above=block.inputs[0],
    )
    for name, maker in {**{name: name for name in block.param_names}, **(parameters or {})}.items():
        writer.constructor.append(f"self.{name} = {maker}")
        writer.parameters.add(name)
    writer.values = {name: name for name in block.inputs} | {"input": writer.above}
    writer.x = writer.values.setdefault("x", writer.above)
    *others, last = block.lines
    if any(isinstance(line.body, ast.Return) for line in others):
        raise Untold
    for line in block.lines:
        _write(line, writer, called, defined)
    if result is not None:
        writer.forward.append(f"return {_expression(ast.parse(result, mode='eval').body, writer)}")
    elif not isinstance(last.body, ast.Return):
        writer.forward.append(f"return {writer.above}")
    forward = "\n".join(writer.forward)
    if not names_in(ast.parse(forward)) >= set(block.inputs):
        raise Untold
    header = ", ".join(filter(None, ["self", block.params]))
    constructor = "\n".join(["super().__init__()", *writer.constructor])
    functions = [
        f"def __init__({header}):\n{textwrap.indent(constructor, '    ')}",
        f"def forward(self, {', '.join(block.inputs)}):\n{textwrap.indent(forward, '    ')}",
    ]
    return f"class {block.name}(nn.Module):\n{textwrap.indent(chr(10).join(functions), '    ')}"


# --- lines that make layers ----------------------------------------------------------------------


def _write(line: Line, writer: _Writer, called: frozenset[str], defined: frozenset[str]) -> None:
    body = line.body
    value = body.value if isinstance(body, ast.Expr) else None
    is_called = line.name in called and line.inputs is None
    match value:
        case ast.BinOp(left=ast.Constant(value=int()) | ast.Name(), op=ast.Mult(), right=repeated):
            is_repeat = _makes_a_layer(repeated, writer.kinds)
        case _:
            is_repeat = False
    if value is not None and is_parameter(value) and line.name:
        writer.constructor.append(f"self.{line.name} = {ast.unparse(value)}")
        writer.parameters.add(line.name)
    elif is_repeat and isinstance(value, ast.BinOp) and not is_called and line.inputs is None:
        # `3 * Block(64)`: the turns one after the other, in a list of their own where the line has a name.
        unit, count = _maker(value.right), value.left
        turns = writer.constants.get(count.id) if isinstance(count, ast.Name) else ast.literal_eval(count)
        if not isinstance(turns, int) or turns > MAX_LINES:
            raise Untold
        makers = [f"nn.Sequential({', '.join([unit] * turns)})"] if line.name else [unit] * turns
        for maker in makers:
            writer.flow_on(f"{writer.module(maker, line.name)}({writer.above})", line.name)
    elif isinstance(body, ast.stmt) and not (value is not None and _makes_a_layer(value, writer.kinds)):
        if line.inputs is not None:
            raise Untold
        _write_statement(line, body, writer)
    else:
        maker = _sequential(body, writer) if isinstance(body, tuple) else _maker(value)
        _write_layer(line, maker, writer, is_called=is_called, is_defined=line.name in defined)


def _write_layer(line: Line, maker: str, writer: _Writer, *, is_called: bool, is_defined: bool) -> None:
    if line.name in writer.parts:
        writer.constructor.append(f"{line.name} = {maker}")
        return
    kind = maker.partition("(")[0].rpartition(".")[2]
    if is_called:
        if line.name in writer.modules:
            raise Untold
        has_weights = kind not in LAYERS or LAYERS[kind].family not in WEIGHTLESS
        writer.has_idle |= has_weights and not is_defined
        writer.module(maker, line.name)
        return
    if line.name and writer.has_idle and not writer.forward:
        raise Untold  # among layers that are only made for other lines stands one that no line calls
    if line.inputs is None:
        inputs = writer.above
    else:
        call = ast.parse(f"f({line.inputs})", mode="eval").body
        assert isinstance(call, ast.Call)
        inputs = ", ".join(_expression(node, writer) for node in call.args)
    module = writer.module(maker, line.name if line.name in writer.once else None)
    writer.flow_on(f"{module}({inputs})", line.name, is_tuple=kind in _OF_TUPLES)


def _makes_a_layer(node: ast.expr, kinds: frozenset[str]) -> bool:
    if isinstance(node, ast.IfExp):
        return _makes_a_layer(node.body, kinds) and _makes_a_layer(node.orelse, kinds)
    callee = node.func if isinstance(node, ast.Call) else node
    return layer_name(node) is not None or (isinstance(callee, ast.Name) and callee.id in kinds)


def _maker(node: ast.expr | None) -> str:
    """The code that makes a layer: `ReLU` is `ReLU()`."""
    if isinstance(node, ast.IfExp):
        return f"{_maker(node.body)} if {ast.unparse(node.test)} else {_maker(node.orelse)}"
    assert node is not None
    return ast.unparse(node) if isinstance(node, ast.Call) else f"{ast.unparse(node)}()"


def _sequential(lines: Lines, writer: _Writer) -> str:
    """A list below a line, whose entries are all layers."""
    children = []
    for place, line in enumerate(lines):
        if line.inputs is not None:
            raise Untold
        if isinstance(line.body, tuple):
            child = _sequential(line.body, writer)
        elif isinstance(line.body, ast.Expr) and _makes_a_layer(line.body.value, writer.kinds):
            child = _maker(line.body.value)
        else:
            raise Untold
        children.append(f"({line.name or str(place)!r}, {child})")
    return f"nn.Sequential(OrderedDict([{', '.join(children)}]))"


# --- statements ----------------------------------------------------------------------------------


def _write_statement(line: Line, statement: ast.stmt, writer: _Writer) -> None:
    match statement:
        case ast.Expr(value=ast.Name(id=name)) if name in writer.modules and name not in writer.values:
            writer.flow_on(f"self.{name}({writer.above})", line.name)
        case ast.Expr(value=value):
            writer.flow_on(_line_value(value, writer, label=line.name), line.name)
        case ast.Assign(targets=[target], value=value):
            nodes = list(ast.walk(target))
            names = [node.id for node in nodes if isinstance(node, ast.Name)]
            if not names or any(isinstance(node, ast.Attribute | ast.Subscript) for node in nodes):
                raise Untold
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Name) and value.id in writer.tuples:
                code = writer.tuples[value.id]
            else:
                code = _line_value(value, writer, label=names[0] if isinstance(target, ast.Name) else None)
            writer.forward.append(f"{ast.unparse(target)} = {code}")
            writer.values |= {name: name for name in names}
            if "x" in names:
                writer.x = "x"
            is_of_layer = code.startswith("self.") or code in writer.tuples.values()
            writer.above = names[0] if len(names) == 1 or (is_of_layer and names[0] != "_") else _NOTHING
        case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value):
            before = _expression(ast.Name(name), writer)
            if not before.isidentifier():
                raise Untold
            added = ast.parse(_expression(value, writer, beside=name), mode="eval").body
            writer.forward.append(ast.unparse(ast.AugAssign(ast.Name(before, ast.Store()), operator, added)))
            writer.above = before
        case ast.If(test=test, body=[inner], orelse=[]):
            _write_condition(line, test, inner, writer)
        case ast.Return(value=ast.expr() as value):
            writer.forward.append(f"return {_line_value(value, writer, label=None)}")
        case _:
            raise Untold


def _write_condition(line: Line, test: ast.expr, inner: ast.stmt, writer: _Writer) -> None:
    """`if stride != 1: identity = …`, where what it names has a value already."""
    names = [node.id for node in ast.walk(inner) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    if not names or not all(name in writer.values for name in names):
        raise Untold
    above, values = writer.above, dict(writer.values)
    for name in names:
        if values[name] != name:
            writer.forward.append(f"{name} = {values[name]}")
            writer.values[name] = name
    starts = len(writer.constructor), len(writer.forward)
    _write_statement(line, inner, writer)
    writer.above = writer.values[names[0]] if above == values[names[0]] else above
    tests = ast.unparse(test), _expression(test, writer)
    for statements, start, words in zip((writer.constructor, writer.forward), starts, tests, strict=True):
        if len(statements) > start:
            below = textwrap.indent("\n".join(statements[start:]), "    ")
            statements[start:] = [f"if {words}:\n{below}"]


def _line_value(node: ast.expr, writer: _Writer, label: str | None) -> str:
    """The value of a line. A function without its tensor, `F.relu` or `flatten(1)`, takes the line above."""
    callee = node.func if isinstance(node, ast.Call) else node
    if isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Call):  # `flatten(2).transpose(1, 2)`
        inner = ast.parse(_line_value(callee.value, writer, None), mode="eval").body
        assert isinstance(node, ast.Call)
        rest = [ast.parse(_expression(value, writer), mode="eval").body for value in node.args]
        return ast.unparse(ast.Call(ast.Attribute(inner, callee.attr), rest, node.keywords))
    arguments, keywords = (node.args, node.keywords) if isinstance(node, ast.Call) else ([], [])
    prefix, _, function = ast.unparse(callee).rpartition(".")
    is_function = (function in FUNCTIONS or function in AS_LAYERS) and prefix in ("", "F", "torch", "nn.functional")
    tensors = {*writer.values, *writer.parameters, *writer.modules, "prev", "self"}
    has_tensor = any(names_in(argument) & tensors or isinstance(argument, ast.Call) for argument in arguments)
    if is_function and function not in writer.values and not has_tensor:
        node = ast.Call(callee, [ast.Name("prev"), *arguments], keywords)
    return _expression(node, writer, label=label)


def _expression(node: ast.expr, writer: _Writer, *, label: str | None = None, beside: str | None = None) -> str:
    """An expression of a line in the words of the program. `label` is the name of a layer that it makes and calls,
    `beside` a name that stands with it in the line."""
    words = names_in(node) | ({beside} if beside else set())
    running = writer.values["x"]
    if "x" in words and any(word == "prev" or writer.values.get(word) == running for word in words - {"x"}):
        if beside == "x":
            raise Untold
        writer.values["x"] = writer.x  # in `conv2 + x` it is not what `conv2` gives
    label = label if label in writer.once and label not in GENERIC else None
    text = ast.unparse(_Names(writer, words, label).visit(node))
    writer.values["x"] = running
    return text


_ATTENTION: Final = frozenset({"MultiheadAttention", "MultiHeadAttention"})


class _Names(ast.NodeTransformer):
    """Puts what the names of a list stand for in their place, and makes the layers that are called at once."""

    def __init__(self, writer: _Writer, words: set[str], label: str | None) -> None:
        self.writer = writer
        self.words = words
        self.label = label

    def visit_Name(self, node: ast.Name) -> ast.expr:
        writer, name = self.writer, node.id
        if name == "prev":
            return ast.Name(writer.above)
        if name in writer.values:
            return ast.Name(writer.values[name])
        if name in writer.parameters:
            return ast.Name(f"self.{name}")
        if name == "self" or name in MODULES or name in writer.constants or name in NAMES:
            return node
        if name in _BATCH:
            return ast.parse(f"{writer.block.inputs[0]}.shape[0]", mode="eval").body
        is_first = writer.block.inputs == ("input",) and not writer.forward
        if is_first and not self.words & (writer.values.keys() | {"prev"}):
            writer.values[name] = "input"  # what the first line takes, and nothing defines, is the input
            return ast.Name("input")
        raise Untold

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant()) if name in self.writer.tuples:
                return ast.Subscript(ast.Name(self.writer.tuples[name]), node.slice, ast.Load())
        return ast.Subscript(self.visit(node.value), self.visit(node.slice), ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        writer = self.writer
        label, self.label = self.label, None
        if (applied := self._applied(node, label)) is not None:
            return applied
        match node.func:
            case ast.Call() as made if _makes_a_layer(made, writer.kinds):
                node.func = ast.Name(writer.module(_maker(made), label))
            case ast.Name(id=name) if name in writer.modules:
                if name not in writer.values and "prev" in names_in(node):
                    raise Untold  # to a spec, whose word `prev` is, the layer is applied where it stands, too
                node.func = ast.Name(f"self.{name}")
            case ast.Name(id=name) if name not in writer.values and (name in AS_LAYERS or name in FUNCTIONS):
                node.func = ast.Attribute(ast.Name("F" if name in AS_LAYERS else "torch"), name)
            case ast.Attribute(value=ast.Name(id="self")) | ast.Name():
                pass
            case _:
                node.func = self.visit(node.func)
        node.args = [self.visit(argument) for argument in node.args]
        node.keywords = [ast.keyword(word.arg, self.visit(word.value)) for word in node.keywords]
        return node

    def _applied(self, node: ast.Call, label: str | None) -> ast.expr | None:
        """`LayerNorm(x)` and `MLP(x)` as a layer that is made and applied at once; of attention the value alone."""
        writer = self.writer
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        tensors = {*writer.values, "prev"} - set(writer.block.param_names)
        if not (_makes_a_layer(node, writer.kinds) or name in _ATTENTION) or not node.args:
            return None
        if name in writer.modules or not names_in(node.args[0]) & tensors:
            return None
        tensor, *settings = node.args
        value = self.visit(tensor)
        if name not in _ATTENTION:
            layer = ast.Call(node.func, settings, node.keywords)
            return ast.Call(ast.Name(writer.module(ast.unparse(layer), label)), [value], [])
        if len(settings) > 1:
            raise Untold
        keywords = [*(ast.keyword("num_heads", count) for count in settings), *node.keywords]
        if not any(word.arg == "batch_first" for word in keywords):
            keywords.append(ast.keyword("batch_first", ast.Constant(value=True)))
        layer = ast.Call(ast.Name("MultiheadAttention"), [], keywords)
        if not isinstance(value, ast.Name):
            name = writer.unnamed()
            writer.forward.append(f"{name} = {ast.unparse(value)}")
            value = ast.Name(name)
        call = ast.Call(ast.Name(writer.module(ast.unparse(layer), label)), [value, value, value], [])
        return ast.Subscript(call, ast.Constant(0), ast.Load())
