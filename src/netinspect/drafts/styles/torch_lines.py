"""Specs that mix lines of a spec with statements of torch code: `- conv1: nn.Conv2d(3, 64, 3)`, `- x = F.relu(x)`.

The whole file becomes a torch program, a class for each block and one for the network, which is then followed as torch
code. A layer that a later line calls is only defined by its own line; any other is applied where it stands.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.styles.torch_code import of_code
from netinspect.drafts.torch_program.blocks import MAX_LINES
from netinspect.drafts.torch_program.builtins import NAMES
from netinspect.drafts.torch_program.naming import UNNAMED
from netinspect.drafts.torch_program.tensors import AS_LAYERS
from netinspect.drafts.torch_program.torch_calls import CONTAINERS, MODULES
from netinspect.drafts.torch_program.values import WEIGHTLESS, Untold
from netinspect.language.parse import KEYS

_HEADER: Final = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\((?P<params>[^()]*)\))?(?:\((?P<inputs>[^()]*)\))?$")
"""What stands before the colon of a block."""

_KEY: Final = re.compile(r"(?:self\.)?(?P<name>[A-Za-z_]\w*)?(?:\((?P<inputs>.*)\))?$")
"""What stands before the colon of a line."""

_BATCH: Final = frozenset({"B", "bs", "batch", "batch_size"})
"""What code calls the number of samples, where nothing else has that name."""

_CLAUSE: Final = re.compile(r"(?:if|for)\b")

_NOTHING: Final = "None"
"""What the line below several values takes, where none of them is the first: nothing that a layer can be given."""

OF_TUPLES: Final = frozenset(
    entry.name for entry in LAYERS.values() if entry.outputs[0].place and entry.argument("return_indices") is None
)
"""Layers that give a tuple in code, of which the line below takes the first."""


# --- the lines of a file -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """One entry of a list: its name and the inputs that stand behind it, its statement or the list below it, and
    whether its name is that of code, `self.conv1`, or given as code gives it, with `=`."""

    name: str | None
    inputs: str | None
    body: ast.stmt | _Lines
    is_of_self: bool = False
    is_assigned: bool = False


_Lines: TypeAlias = tuple[_Line, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """A list with a header. `inputs` are the names in its second brackets, `input` where it has none."""

    name: str
    params: str
    inputs: tuple[str, ...]
    lines: _Lines


def _lines(items: object) -> _Lines:
    if isinstance(items, dict):
        items = [{name: body} for name, body in items.items()]
    if not isinstance(items, list) or not items:
        raise Untold
    return tuple(_line(item) for item in items)


def _line(item: object) -> _Line:
    if isinstance(item, str):
        return _named(None, None, _statement(item))
    if not isinstance(item, dict) or len(item) != 1:
        raise Untold
    ((key, value),) = item.items()
    if _CLAUSE.match(key) and isinstance(value, str):
        return _Line(None, None, _statement(f"{key}: {value}"))
    match = _KEY.match(key)
    if match is None:
        raise Untold
    body = _lines(value) if isinstance(value, list) else _statement(str(value))
    return _Line(match["name"], match["inputs"], body, key.startswith("self."))


def _named(name: str | None, inputs: str | None, statement: ast.stmt) -> _Line:
    """`conv1 = nn.Conv2d(3, 8, 3)`, as the line `conv1: nn.Conv2d(3, 8, 3)`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=target) | ast.Attribute(value=ast.Name(id="self"), attr=target)]):
            if _layer_name(statement.value) is not None or _is_parameter(statement.value):
                return _Line(target, inputs, ast.Expr(statement.value), is_assigned=True)
    return _Line(name, inputs, statement)


def _statement(text: str) -> ast.stmt:
    try:
        statements = ast.parse(text.strip().rstrip(",;")).body
    except (SyntaxError, ValueError):
        raise Untold from None
    if len(statements) != 1:
        raise Untold
    return statements[0]


def _layer_name(node: ast.expr) -> str | None:
    """The type of a layer that an expression makes, with or without brackets; None where it makes none."""
    callee = node.func if isinstance(node, ast.Call) else node
    match callee:
        case ast.Name(id=name) | ast.Attribute(attr=name, value=ast.Name(id="nn") | ast.Attribute(attr="nn")):
            return name if name in LAYERS or name in CONTAINERS else None
    return None


def _is_parameter(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Parameter"


def _blocks(sections: Mapping[str, object]) -> Iterator[_Block]:
    for header, content in sections.items():
        match = _HEADER.match(header)
        if match is None:
            raise Untold
        scope = content if isinstance(content, dict) else {"layers": content}
        if scope.keys() - {"args", "layers"} or ("args" in scope and match["params"]):
            raise Untold
        stated = scope.get("args", match["params"] or "")
        params = ", ".join(map(str, stated)) if isinstance(stated, list) else str(stated)
        inputs = tuple(name.strip() for name in (match["inputs"] or "input").split(","))
        yield _Block(match["name"], params, inputs, _lines(scope.get("layers")))


# --- what is code --------------------------------------------------------------------------------


def _all_lines(lines: Iterable[_Line]) -> Iterator[_Line]:
    for line in lines:
        yield line
        if isinstance(line.body, tuple):
            yield from _all_lines(line.body)


def _is_code(line: _Line) -> bool:
    """Whether a line holds what stands in code and never in a spec: an assignment to a name that was there before,
    `return`, `self.`, a layer that is made and called at once, a Sequential."""
    if line.is_of_self or isinstance(line.body, tuple):
        return line.is_of_self
    match line.body:
        case ast.Expr():
            is_statement = False
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            is_statement = bool(_names_in(value) & {"x", name})  # of any other the `=` is to be a colon
        case _:
            is_statement = True
    return is_statement or any(
        (isinstance(node, ast.Name) and node.id == "self")
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Call))
        or (isinstance(node, ast.expr) and (_layer_name(node) in CONTAINERS or _is_parameter(node)))
        for node in ast.walk(line.body)
    )


def _reads_a_name_twice(lines: Sequence[_Line]) -> bool:
    """Whether a name is given again to what is made of it, as in `x: F.relu(x)` below `x: conv(x)`, or with `=`."""
    counts = Counter(line.name for line in lines if line.name)
    return any(
        line.name and counts[line.name] > 1 and (line.is_assigned or line.name in _names_in(line.body))
        for line in lines
    )


def _names_in(body: ast.AST | _Lines) -> set[str]:
    if isinstance(body, tuple):
        return {name for line in body for name in _names_in(line.body)}
    return {node.id for node in ast.walk(body) if isinstance(node, ast.Name)}


def _names_below_calls(lines: Iterable[_Line], *, is_made: bool) -> frozenset[str]:
    """The names that lines call, `encoder(x)`; with `is_made` those they hand to a layer that they make, as in
    `TransformerEncoder(layer, 3)`."""
    names: set[str] = set()
    for line in _all_lines(lines):
        nodes = ast.walk(line.body) if isinstance(line.body, ast.stmt) else ()
        for call in [node for node in nodes if isinstance(node, ast.Call)]:
            for part in [*call.args, *(word.value for word in call.keywords)] if is_made else [call.func]:
                match part:
                    case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
                        if not is_made or _layer_name(call):
                            names.add(name)
    return frozenset(names)


# --- the program ---------------------------------------------------------------------------------


def rewrite(text: str, document: object) -> Rewritten | None:  # noqa: ARG001  a style is told both
    """The network of such a file; None where it holds no statement, or cannot be followed."""
    file = document if isinstance(document, dict) else {"layers": document}
    try:
        return _rewritten(file)
    except Untold:
        return None


def _rewritten(file: Mapping[str, object]) -> Rewritten | None:
    further = {key: content for key, content in file.items() if key not in KEYS and key != "forward"}
    headed = {key: content for key, content in further.items() if "(" in key or key[:1].isupper()}
    of_file = file.get("blocks") or {}
    if not isinstance(of_file, dict):
        return None
    blocks = tuple(_blocks({**of_file, **headed}))
    parts = tuple(_line({key: content}) for key, content in further.items() if key not in headed)
    lines = _lines(file.get("layers"))
    defined = {part.name for part in parts}
    if "forward" in file:
        parts, lines = (*parts, *lines), _lines(file["forward"])
        defined = {part.name for part in parts}
    everything = [*lines, *(line for block in blocks for line in block.lines)]
    if not defined <= _names_below_calls(everything, is_made=False):
        return None
    is_code = any(_is_code(line) for line in _all_lines([*everything, *parts]))
    if not (is_code or defined or headed or _reads_a_name_twice(lines)):
        return None
    inputs = file.get("inputs")
    names = tuple(map(str, inputs)) if isinstance(inputs, dict) and inputs else ("input",)
    outputs, parameters, constants = file.get("outputs"), file.get("parameters") or {}, file.get("vars") or {}
    if not isinstance(constants, dict):
        return None
    kinds = frozenset(block.name for block in blocks)
    program = [f"{name} = {value}" for name, value in constants.items()]
    for block in blocks:
        program += _class_of(block, kinds, constants)
    main = _Block("Network", "", names, (*parts, *lines))
    program += _class_of(
        main,
        kinds,
        constants,
        defined=frozenset(filter(None, defined)),
        result=_returned(outputs) if outputs else None,
        given=_parameters(parameters),
    )
    samples = ["torch.zeros(1)"] * len(names)  # so that nothing is said of the inputs, whose sizes the file has
    program += ["network = Network()", f"network({', '.join(samples)})"]
    rewritten = of_code("\n".join(program), is_network_alone=True)
    if rewritten is None:
        return None
    rewritten = replace(rewritten, name=None, input=None, inputs=())
    consumed = [*further, *(key for key in ("blocks", "forward") if file.get(key))]
    if outputs and isinstance(outputs, list) and rewritten.outputs == f"[{', '.join(outputs)}]":
        rewritten = replace(rewritten, outputs=None)
    elif outputs:
        consumed.append("outputs")
    if isinstance(parameters, dict) and set(rewritten.parameters) == {f"{k}: {v}" for k, v in parameters.items()}:
        rewritten = replace(rewritten, parameters=())
    elif parameters:
        consumed.append("parameters")
    return replace(rewritten, consumed=tuple(consumed))


def _parameters(section: object) -> list[str]:
    if not isinstance(section, dict) or not all(isinstance(sizes, list) for sizes in section.values()):
        raise Untold
    return [f"self.{name} = nn.Parameter(torch.zeros({', '.join(map(str, sizes))}))" for name, sizes in section.items()]


def _returned(outputs: object) -> str:
    """What the file says it returns, as a dict of code."""
    pairs = dict(zip(outputs, outputs, strict=True)) if isinstance(outputs, list) else outputs
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise Untold
    return f"{{{', '.join(f'{name!r}: {value}' for name, value in pairs.items())}}}"


def layer_of(body: str) -> str | None:
    """The layer that is meant by a function of what runs through the network: `F.dropout(x, 0.2)` is `Dropout(0.2)`."""
    try:
        line = _line(body)
        names = _names_in(line.body) - MODULES.keys() - {"x", "prev", "self"}
        if names or not isinstance(line.body, ast.Expr) or not isinstance(line.body.value, ast.Call):
            return None
        program = _class_of(_Block("Network", "", ("input",), (line,)), frozenset(), ())
    except Untold:
        return None
    rewritten = of_code("\n".join(program), is_network_alone=True)
    lines = rewritten.layers if rewritten else ()
    return lines[0].removeprefix("- ") if len(lines) == 1 else None


@dataclass(slots=True)
class _Writer:
    """The class of one list while it is written.

    kinds      the blocks of the file
    made       statements of its constructor; `forward` those of its forward
    modules    the names of its layers, `parts` of those that are handed to another
    parameters and params  what else stands in `self`; `around` are the vars of the file
    values     what the names of lines, `x` and `input` stand for, and `above` what `prev` does
    x          what `x` is in code: an input, or what a statement gave to it
    tuples     those of them that are the first of several outputs of a layer: the whole as code has it
    """

    kinds: frozenset[str]
    first: str
    params: frozenset[str]
    around: frozenset[str]
    once: frozenset[str]
    parts: frozenset[str]
    has_x: bool
    made: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    has_idle_weights: bool = False
    parameters: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    tuples: dict[str, str] = field(default_factory=dict)
    above: str = ""
    x: str = ""

    def unnamed(self) -> str:
        return f"{UNNAMED}{len(self.made) + len(self.forward)}"


def _class_of(
    block: _Block,
    kinds: frozenset[str],
    around: Iterable[str],
    *,
    defined: frozenset[str] = frozenset(),
    result: str | None = None,
    given: Sequence[str] = (),
) -> list[str]:
    """A class with a constructor and a forward for a block, or for the network."""
    parts = _names_below_calls(block.lines, is_made=True)
    called = _names_below_calls(block.lines, is_made=False) | defined
    if parts & called:
        raise Untold
    targets = Counter(name for line in block.lines for name in _targets(line))
    params = [word.partition("=")[0].strip() for word in block.params.split(",") if word.strip()]
    first = block.inputs[0]
    writer = _Writer(
        kinds,
        first,
        frozenset(params),
        frozenset(around),
        frozenset(name for name, count in targets.items() if count == 1),
        parts,
        has_x=any(line.name == "x" for line in block.lines) or "x" in block.inputs,
        above=first,
    )
    writer.made += [*(f"self.{name} = {name}" for name in params), *given]
    writer.parameters |= {line.split()[0].removeprefix("self.") for line in given}
    writer.values = {name: name for name in block.inputs} | {"input": first}
    writer.x = writer.values.setdefault("x", first)
    for place, line in enumerate(block.lines):
        if isinstance(line.body, ast.Return) and place < len(block.lines) - 1:
            raise Untold
        _write(line, writer, is_called=line.name in called and line.inputs is None)
    if result is not None:
        writer.forward.append(f"return {_expression(ast.parse(result, mode='eval').body, writer)}")
    elif not block.lines or not isinstance(block.lines[-1].body, ast.Return):
        writer.forward.append(f"return {writer.above}")
    read = {name for text in writer.forward for name in _names_in(ast.parse(textwrap.dedent(text)))}
    if not read >= set(block.inputs):
        raise Untold
    header = ", ".join(["self", *([block.params] if block.params else [])])
    return [
        f"class {block.name}(nn.Module):",
        f"    def __init__({header}):",
        "        super().__init__()",
        *(f"        {line}" for text in writer.made for line in text.split("\n")),
        f"    def forward(self, {', '.join(block.inputs)}):",
        *(f"        {line}" for text in writer.forward for line in text.split("\n")),
    ]


def _targets(line: _Line) -> Iterator[str]:
    """The names that a line gives to something."""
    if line.name:
        yield line.name
    if isinstance(line.body, ast.stmt):
        for node in ast.walk(line.body):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _write(line: _Line, writer: _Writer, *, is_called: bool) -> None:
    """A line as statements: the layer that it makes, and what it does with what runs through the network."""
    body = line.body
    if isinstance(body, tuple):
        maker = _sequential(body, writer)
    elif isinstance(body, ast.Expr) and _makes_a_layer(body.value, writer.kinds):
        maker = _maker(body.value, writer)
    elif isinstance(body, ast.Expr) and _is_parameter(body.value) and line.name:
        writer.made.append(f"self.{line.name} = {ast.unparse(body.value)}")
        writer.parameters.add(line.name)
        return
    elif isinstance(body, ast.Expr) and _is_repeat(body.value, writer.kinds) and not is_called:
        _write_repeat(line, body.value, writer)
        return
    else:
        if line.inputs is not None:
            raise Untold
        _write_statement(line, body, writer)
        return
    if is_called and line.name in writer.modules:
        raise Untold
    if line.name in writer.parts:
        writer.made.append(f"{line.name} = {maker}")
        return
    label = line.name if line.name and (is_called or line.name in writer.once) else writer.unnamed()
    writer.made.append(f"self.{label} = {maker}")
    writer.modules.add(label)
    kind = maker.partition("(")[0].rpartition(".")[2]
    if is_called:
        writer.has_idle_weights |= kind not in LAYERS or LAYERS[kind].family not in WEIGHTLESS
        return
    if line.name and writer.has_idle_weights and not writer.forward:
        raise Untold  # among layers that are only defined stands one that nothing calls
    inputs = writer.above if line.inputs is None else _arguments(line.inputs, writer)
    _flow_on(f"self.{label}({inputs})", line.name, writer, is_tuple=kind in OF_TUPLES)


def _flow_on(value: str, name: str | None, writer: _Writer, *, is_tuple: bool = False) -> None:
    """What a line gives runs on: to the line below, and as `x`."""
    variable = name or writer.unnamed()
    writer.forward.append(f"{variable} = {value}")
    writer.above = f"{variable}[0]" if is_tuple else variable
    if not writer.has_x or name == "x":
        writer.values["x"] = writer.above
    if name:
        writer.values[name] = writer.above
        if is_tuple:
            writer.tuples[name] = variable


def _arguments(text: str, writer: _Writer) -> str:
    call = ast.parse(f"f({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    return ", ".join(_expression(node, writer) for node in call.args)


def _makes_a_layer(node: ast.expr, kinds: frozenset[str]) -> bool:
    if isinstance(node, ast.IfExp):
        return _makes_a_layer(node.body, kinds) and _makes_a_layer(node.orelse, kinds)
    callee = node.func if isinstance(node, ast.Call) else node
    return _layer_name(node) is not None or (isinstance(callee, ast.Name) and callee.id in kinds)


def _maker(node: ast.expr, writer: _Writer) -> str:
    """The code that makes a layer: `ReLU` is `ReLU()`."""
    if isinstance(node, ast.IfExp):
        return f"{_maker(node.body, writer)} if {ast.unparse(node.test)} else {_maker(node.orelse, writer)}"
    if not isinstance(node, ast.Call):
        return f"{ast.unparse(node)}()"
    return ast.unparse(node)


def _sequential(lines: _Lines, writer: _Writer) -> str:
    children = []
    for place, line in enumerate(lines):
        if line.inputs is not None:
            raise Untold
        if isinstance(line.body, tuple):
            child = _sequential(line.body, writer)
        elif isinstance(line.body, ast.Expr) and _makes_a_layer(line.body.value, writer.kinds):
            child = _maker(line.body.value, writer)
        else:
            raise Untold
        children.append(f"({line.name or str(place)!r}, {child})")
    return f"nn.Sequential(OrderedDict([{', '.join(children)}]))"


def _is_repeat(node: ast.expr, kinds: frozenset[str]) -> bool:
    match node:
        case ast.BinOp(left=ast.Constant(value=int()), op=ast.Mult(), right=unit):
            return _makes_a_layer(unit, kinds)
    return False


def _write_repeat(line: _Line, node: ast.expr, writer: _Writer) -> None:
    """`3 * Block(64)`: the turns one after the other, in a list of their own where the line has a name."""
    assert isinstance(node, ast.BinOp)
    turns = ast.literal_eval(node.left)
    unit = _maker(node.right, writer)
    if line.inputs is not None or turns > MAX_LINES:
        raise Untold
    if line.name:
        writer.made.append(f"self.{line.name} = nn.Sequential({', '.join([unit] * turns)})")
        writer.modules.add(line.name)
        _flow_on(f"self.{line.name}({writer.above})", line.name, writer)
        return
    for _ in range(turns):
        label = writer.unnamed()
        writer.made.append(f"self.{label} = {unit}")
        _flow_on(f"self.{label}({writer.above})", None, writer)


def _write_statement(line: _Line, statement: ast.stmt, writer: _Writer) -> None:
    match statement:
        case ast.Expr(value=value):
            _flow_on(_line_value(value, writer, label=line.name), line.name, writer)
        case ast.Assign(targets=[target], value=value):
            label = target.id if isinstance(target, ast.Name) else None
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Name) and value.id in writer.tuples:
                code = writer.tuples[value.id]
            else:
                code = _line_value(value, writer, label=label)
            names = [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]
            if any(isinstance(node, ast.Attribute | ast.Subscript) for node in ast.walk(target)) or not names:
                raise Untold
            writer.forward.append(f"{ast.unparse(target)} = {code}")
            writer.values |= {name: name for name in names}
            writer.x = writer.values["x"] if "x" in names else writer.x
            is_of_layer = code.startswith("self.") or code in writer.tuples.values()
            writer.above = names[0] if len(names) == 1 or (is_of_layer and names[0] != "_") else _NOTHING
        case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value):
            before = _expression(ast.Name(name), writer)
            if not before.isidentifier():
                raise Untold
            added = ast.parse(_expression(value, writer, together=name), mode="eval").body
            writer.forward.append(ast.unparse(ast.AugAssign(ast.Name(before, ast.Store()), operator, added)))
            writer.above = before
        case ast.If(test=test, body=[inner], orelse=[]):
            _write_condition(line, test, inner, writer)
        case ast.Return(value=ast.expr() as value):
            writer.forward.append(f"return {_line_value(value, writer, label=None)}")
        case _:
            raise Untold


def _write_condition(line: _Line, test: ast.expr, inner: ast.stmt, writer: _Writer) -> None:
    """`if stride != 1: identity = …`, where what it names has a value already."""
    named = [node.id for node in ast.walk(inner) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    if not named or not all(name in writer.values for name in named):
        raise Untold
    made, forward, above, values = len(writer.made), len(writer.forward), writer.above, dict(writer.values)
    for name in named:
        if values[name] != name:
            writer.forward.append(f"{name} = {values[name]}")
            writer.values[name] = name
    inside = len(writer.forward)
    _write_statement(line, inner, writer)
    writer.above = writer.values[named[0]] if above == values[named[0]] else above
    condition = _expression(test, writer)
    for statements, start, words in ((writer.made, made, ast.unparse(test)), (writer.forward, inside, condition)):
        if len(statements) > start:
            statements[start:] = ["\n".join([f"if {words}:", *(f"    {text}" for text in statements[start:])])]
    assert forward <= inside


def _line_value(node: ast.expr, writer: _Writer, label: str | None) -> str:
    """The value of a line. A function without its tensor, `F.relu` or `flatten(1)`, takes the line above."""
    callee = node.func if isinstance(node, ast.Call) else node
    function = ast.unparse(callee).rpartition(".")[2]
    prefix = ast.unparse(callee.value) if isinstance(callee, ast.Attribute) else ""
    is_function = (function in FUNCTIONS or function in AS_LAYERS) and prefix in ("", "F", "torch", "nn.functional")
    if is_function and function not in writer.values:
        has_tensor = isinstance(node, ast.Call) and any(
            isinstance(argument, ast.Call | ast.Name | ast.List | ast.Tuple | ast.BinOp | ast.Subscript | ast.Attribute)
            and _names_in(argument) & {*writer.values, *writer.parameters, *writer.modules, "x", "prev", "self"}
            for argument in node.args
        )
        if not has_tensor:
            arguments = node.args if isinstance(node, ast.Call) else []
            keywords = node.keywords if isinstance(node, ast.Call) else []
            node = ast.Call(callee, [ast.Name("prev"), *arguments], keywords)
    return _expression(node, writer, label=label)


def _expression(node: ast.expr, writer: _Writer, *, label: str | None = None, together: str | None = None) -> str:
    """An expression of a line in the words of the program."""
    words = _names_in(node) | ({together} if together else set())
    flowing = writer.values["x"]
    if "x" in words and any(writer.values.get(word) == flowing for word in words - {"x"}):
        if together == "x":
            raise Untold
        writer.values["x"] = writer.x  # in `conv2 + x` it is not what `conv2` gives
    text = ast.unparse(_Names(writer, label if label in writer.once else None).visit(node))
    writer.values["x"] = flowing
    return text


class _Names(ast.NodeTransformer):
    """Puts what the names of a list stand for in their place, and makes the layers that are called at once."""

    def __init__(self, writer: _Writer, label: str | None) -> None:
        self.writer = writer
        self.label = label

    def visit_Name(self, node: ast.Name) -> ast.expr:
        writer = self.writer
        if node.id == "prev":
            return ast.Name(writer.above)
        if node.id in writer.values:
            return ast.Name(writer.values[node.id])
        if node.id in writer.parameters or node.id in writer.params:
            return ast.Name(f"self.{node.id}")
        if node.id == "self" or node.id in MODULES or node.id in writer.around or node.id in NAMES:
            return node
        if node.id in _BATCH:
            return ast.parse(f"{writer.first}.shape[0]", mode="eval").body
        if not writer.forward and len(writer.values) == 2 + (writer.first != "input"):
            return ast.Name(writer.first)  # the first name that nothing defines is what the code calls its input
        raise Untold

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant()) if name in self.writer.tuples:
                return ast.Subscript(ast.Name(self.writer.tuples[name]), node.slice, ast.Load())
        return ast.Subscript(self.visit(node.value), self.visit(node.slice), ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        writer = self.writer
        label, self.label = self.label, None
        match node.func:
            case ast.Call() as made if _makes_a_layer(made, writer.kinds):
                name = label or writer.unnamed()
                writer.made.append(f"self.{name} = {_maker(made, writer)}")
                writer.modules.add(name)
                node.func = ast.Name(f"self.{name}")
            case ast.Name(id=name) if name in writer.modules:
                if name not in writer.values and "prev" in _names_in(node):
                    raise Untold  # a spec applies a layer where it stands
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


STYLE: Final = Style("torch code", rewrite, doubts=True, of_files=True)
