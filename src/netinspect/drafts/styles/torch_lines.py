"""Lists that mix lines of a spec with statements of torch code: `- conv1: nn.Conv2d(3, 64, 3)`, `- x = F.relu(x)`.

Each line becomes the statement it stands for, and the whole a program, which is then followed as torch code. A layer
that a later line calls is only defined by its own line; any other is applied where it stands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from netinspect.catalogue import LAYERS
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.styles.torch_code import of_code

_STATEMENT: Final = re.compile(
    r"(?:self\.)?\w+(?:\s*,\s*[\w(), ]+)?\s*[-+*/]?=(?!=)|return\b|.*\bself\.|.*\bnn\.(?:Sequential|Parameter)\("
)
"""What stands in code and never in a spec: an assignment, `return`, `self.`."""

_LAYER: Final = re.compile(r"(?:torch\.)?(?:nn\.)?[A-Z]\w*(?:\(.*\))?$", re.DOTALL)
_NAME: Final = re.compile(r"(?:self\.)?([A-Za-z_]\w*)$")


def rewrite(text: str, document: object) -> Rewritten | None:  # noqa: ARG001  a style is told both
    """The network of such a list; None where it holds no statement, or cannot be followed."""
    items = document if isinstance(document, list) else []
    entries = list(_entries(items))
    is_code = any(isinstance(item, str) and _STATEMENT.match(item) for item in items)
    if not entries or not (
        is_code or any(_STATEMENT.match(body) or (name or "").startswith("self.") for name, body in entries)
    ):
        names = [name for name, _ in entries if name]
        if len(names) == len(set(names)) or not _reads_a_name_twice(entries):
            return None
    if any(not body for _, body in entries):
        return None
    program = "\n".join(_statements(entries))
    return of_code(program, is_network_alone=True)


def _reads_a_name_twice(entries: list[tuple[str | None, str]]) -> bool:
    """Whether a name is given again to what is made of it, as in `x: F.relu(x)` below `x: conv(x)`."""
    names = [name for name, _ in entries]
    return any(name and names.count(name) > 1 and re.search(rf"\b{name}\b", body) for name, body in entries)


def _entries(document: list[object]) -> Iterator[tuple[str | None, str]]:
    """The name and the body of each line; an empty body for one that is no line of code."""
    for item in document:
        if isinstance(item, str):
            body = item.strip().rstrip(",;")
            layer = re.match(r"(?:self\.)?(\w+)\s*=\s*(.*)$", body, re.DOTALL)
            is_defined = layer is not None and _LAYER.match(layer[2])
            yield (layer[1], layer[2]) if layer is not None and is_defined else (None, body)
        elif isinstance(item, dict) and len(item) == 1:
            ((name, body),) = item.items()
            is_code = isinstance(name, str) and isinstance(body, str) and _NAME.match(name)
            yield (str(name), body.strip().rstrip(",;")) if is_code else (None, "")
        else:
            yield None, ""


def _statements(entries: list[tuple[str | None, str]]) -> Iterator[str]:
    """The lines as a program: each is given what the one above gives, and so is `x`, unless a line is called so."""
    has_x = any(name == "x" for name, _ in entries)
    above = "x"
    for place, (name, body) in enumerate(entries):
        below = [line for _, line in entries[place + 1 :]]
        made, line = _hoisted(body, name, place)
        yield from made
        line = line if has_x else re.sub(r"(?<![\w.])x(?!\w|\s*=[^=])", above, line)
        plain = (name or "").removeprefix("self.")
        assigned = _ASSIGNED.match(line) if name is None else None
        if assigned or (name is None and line.startswith("return")):
            yield line
            above = re.match(r"\w*", assigned[1])[0] or above if assigned else above  # type: ignore[index]
        elif _LAYER.match(line) and "Parameter(" not in line:
            kind = re.match(r"(?:\w+\.)*(\w+)", line)
            key = plain or f"{kind[1].lower() if kind else 'layer'}_{place}"
            yield f"self.{key} = {line if line.endswith(')') else f'{line}()'}"
            is_called = name is not None and any(re.search(rf"\b(?:self\.)?{plain}\s*\(", other) for other in below)
            if is_called or (name is not None and _is_given_to_a_stack(plain, below)):
                yield f"{plain} = self.{plain}"
                continue
            yield f"{key} = self.{key}({above})"
            above = f"{key}[0]" if kind and kind[1] in _OF_SEVERAL_OUTPUTS else key
        else:
            value = plain or f"value_{place}"
            yield f"{value} = {line}"
            above = above if "Parameter(" in line else value


_OF_SEVERAL_OUTPUTS: Final = tuple(entry.name for entry in LAYERS.values() if len(entry.outputs) > 1)
"""Layers that give a tuple in code, of which the line below takes the first."""

_ASSIGNED: Final = re.compile(r"((?:self\.)?\w+(?:\s*,\s*[\w(), ]+)?)\s*[-+*/]?=(?!=)")


def _hoisted(body: str, name: str | None, place: int) -> tuple[list[str], str]:
    """A line that makes a layer and calls it at once, `nn.Linear(128, 1)(x)`: the layer as a statement of its own."""
    target, equals, value = body.partition(" = ") if re.match(r"[\w, ()]+ = ", body) else ("", "", body)
    try:
        tree = ast.parse(value, mode="eval").body
    except SyntaxError:
        return [], body
    at_once = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and _LAYER.match(ast.unparse(node.func))
    ]
    made = []
    for node in at_once:
        kind = ast.unparse(node.func.func).rpartition(".")[2].lower() if isinstance(node.func, ast.Call) else ""
        label = name if name and node is tree else f"{name or kind}_{kind if name else place}"
        made.append(f"self.{label} = {ast.unparse(node.func)}")
        node.func = ast.Attribute(ast.Name("self"), label)
    return made, f"{target}{equals}{ast.unparse(tree)}" if made else body


def _is_given_to_a_stack(name: str, below: list[str]) -> bool:
    """Whether a layer is only the pattern of a stack: `TransformerEncoder(layer, 3)`."""
    return any(re.search(rf"Transformer(?:En|De)coder\(\s*{name}\b", line) for line in below)


STYLE: Final = Style("torch code", rewrite, doubts=True)
