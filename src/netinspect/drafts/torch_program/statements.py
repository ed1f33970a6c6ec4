"""The lists of a spec whose entries may be statements of torch code: what each entry is, before it is followed."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from netinspect.catalogue import LAYERS
from netinspect.drafts.torch_program.torch_calls import CONTAINERS
from netinspect.drafts.torch_program.values import Untold

_HEADER: Final = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\((?P<params>[^()]*)\))?(?:\((?P<inputs>[^()]*)\))?$")
"""What stands before the colon of a block."""

_KEY: Final = re.compile(r"(?:self\.)?(?P<name>[A-Za-z_]\w*)?(?:\((?P<inputs>.*)\))?$")
"""What stands before the colon of a line."""

_CLAUSE: Final = re.compile(r"(?:if|for)\b")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a list.

    name, inputs  what stands before its colon
    body          its statement, or the list below it
    is_of_self    whether its name is that of code, `self.conv1`
    is_assigned   whether its name is given as code gives it, with `=`
    """

    name: str | None
    inputs: str | None
    body: ast.stmt | Lines
    is_of_self: bool = False
    is_assigned: bool = False


Lines: TypeAlias = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A list with a header. `params` is the text in its first brackets, `inputs` the names in its second ones, `input`
    where it has none."""

    name: str
    params: str
    inputs: tuple[str, ...]
    lines: Lines

    @property
    def param_names(self) -> frozenset[str]:
        """The names of its parameters, without their defaults."""
        return frozenset(param.partition("=")[0].strip() for param in self.params.split(",") if param.strip())


def read_lines(items: object) -> Lines:
    """The entries of a list, of a mapping of names to layers, or of a text of code. Untold for any other content."""
    if isinstance(items, str):
        items = [ast.unparse(statement) for statement in _statements(items)]
    if isinstance(items, dict):
        items = [{name: body} for name, body in items.items()]
    if not isinstance(items, list) or not items:
        raise Untold
    return tuple(read_line(item) for item in items)


def read_line(item: object) -> Line:
    """One entry as YAML has it."""
    if isinstance(item, str):
        # `conv1 = nn.Conv2d(3, 8, 3)` is the line `conv1: nn.Conv2d(3, 8, 3)`.
        statement = _statement(item)
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
            ) if layer_name(value) is not None or is_parameter(value):
                return Line(name, None, ast.Expr(value), is_assigned=True)
        return Line(None, None, statement)
    if not isinstance(item, dict) or len(item) != 1:
        raise Untold
    ((key, value),) = item.items()
    if _CLAUSE.match(key) and isinstance(value, str):
        return Line(None, None, _statement(f"{key}: {value}"))
    match = _KEY.match(key)
    if match is None:
        raise Untold
    body = read_lines(value) if isinstance(value, list) else _statement(str(value))
    return Line(match["name"], match["inputs"], body, is_of_self=key.startswith("self."))


def read_blocks(sections: Mapping[str, object]) -> Iterator[Block]:
    """The blocks of a file, with their parameters behind the name or under `args`."""
    for header, content in sections.items():
        match = _HEADER.match(header)
        scope = content if isinstance(content, dict) else {"layers": content}
        if match is None or scope.keys() - {"args", "layers"} or ("args" in scope and match["params"]):
            raise Untold
        stated = scope.get("args", match["params"] or "")
        params = ", ".join(map(str, stated)) if isinstance(stated, list) else str(stated)
        inputs = tuple(name.strip() for name in (match["inputs"] or "input").split(","))
        yield Block(match["name"], params, inputs, read_lines(scope.get("layers")))


def _statement(text: str) -> ast.stmt:
    statements = _statements(text.strip().rstrip(",;"))
    if len(statements) != 1:
        raise Untold
    return statements[0]


def _statements(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(textwrap.dedent(text)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Untold from None


# --- what stands in an entry ---------------------------------------------------------------------


def layer_name(node: ast.expr) -> str | None:
    """The type of a layer of torch that an expression makes, with or without brackets; None where it makes none."""
    callee = node.func if isinstance(node, ast.Call) else node
    match callee:
        case ast.Name(id=name) | ast.Attribute(attr=name, value=ast.Name(id="nn") | ast.Attribute(attr="nn")):
            return name if name in LAYERS or name in CONTAINERS else None
    return None


def is_parameter(node: ast.expr) -> bool:
    """Whether an expression makes a parameter, `nn.Parameter(torch.zeros(1, 1, 64))`."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Parameter"


def names_in(node: ast.AST) -> set[str]:
    """The names that stand in a piece of code."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def names_given_by(line: Line) -> Iterator[str]:
    """The names that a line gives to something."""
    if line.name:
        yield line.name
    if isinstance(line.body, ast.stmt):
        for node in ast.walk(line.body):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def all_lines(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines with those below them."""
    for line in lines:
        yield line
        if isinstance(line.body, tuple):
            yield from all_lines(line.body)


def names_called_in(lines: Iterable[Line]) -> frozenset[str]:
    """The names that lines call: `encoder(x)`, `self.encoder(x)`."""
    return frozenset(name for call in _calls_in(lines) if (name := _own_name(call.func)))


def names_handed_on_in(lines: Iterable[Line]) -> frozenset[str]:
    """The names that lines hand to a layer that they make: `TransformerEncoder(layer, 3)`."""
    makers = [call for call in _calls_in(lines) if layer_name(call)]
    values = [value for call in makers for value in (*call.args, *(word.value for word in call.keywords))]
    return frozenset(name for value in values if (name := _own_name(value)))


def _calls_in(lines: Iterable[Line]) -> Iterator[ast.Call]:
    for line in all_lines(lines):
        if isinstance(line.body, ast.stmt):
            yield from (node for node in ast.walk(line.body) if isinstance(node, ast.Call))


def _own_name(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
    return None
