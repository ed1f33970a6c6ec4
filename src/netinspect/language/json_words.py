"""JSON puts every word in quotes, so there they do not tell a text from an expression, as they do in YAML.

A text of JSON is the expression it spells where all of its names are known, `"width // 2"`; else it is a text,
`"bilinear"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from typing import Any, Final

from netinspect.language import syntax
from netinspect.language.expressions import expression
from netinspect.language.nodes import Mapping, Node, Scalar, Sequence, origin
from netinspect.language.tokens import Mistake

_SECTIONS: Final = frozenset(
    {"vars", "variants", "blocks", "input", "inputs", "parameters", "buffers", "layers", "frozen", "tie", "outputs"}
)
"""The keys of a spec below which expressions may stand."""


def is_json(root: Mapping) -> bool:
    """Whether a spec is JSON: in braces, with its keys in quotes."""
    return root.flow and bool(root.items) and root.items[0][0].style == '"'


def without_quotes(root: Mapping, names: frozenset[str]) -> Mapping:
    """The spec in which every text that spells an expression is read as if it had no quotes. `names` are those of the
    layer types; the spec's own are all vars, the names in the headers of its blocks, `input` and `prev`."""
    blocks = [node] if isinstance(node := root.get("blocks"), Mapping) else []
    words = (re.findall(r"\w+", key.text) for node in (*_sections(root, "vars"), *blocks) for key, _ in node.items)
    known = names | {"input", "prev", *chain.from_iterable(words)}

    def read(node: Node) -> Node:
        match node:
            case Mapping():
                return replace(node, items=tuple((key, read(value)) for key, value in node.items))
            case Sequence():
                return replace(node, items=tuple(read(item) for item in node.items))
            case Scalar() if _is_expression(node, known):
                return replace(node, is_bare=True)
        return node

    sections = ((key, read(node) if key.text in _SECTIONS else node) for key, node in root.items)
    return replace(root, items=tuple(sections))


def _sections(node: Node, name: str) -> Iterator[Mapping]:
    """Every mapping below that stands under this key."""
    for item in node.items if isinstance(node, Sequence) else ():
        yield from _sections(item, name)
    for key, value in node.items if isinstance(node, Mapping) else ():
        if key.text == name and isinstance(value, Mapping):
            yield value
        else:
            yield from _sections(value, name)


def _is_expression(node: Scalar, names: frozenset[str]) -> bool:
    try:
        return names.issuperset(_names(expression(node.text, origin(node))))
    except Mistake:
        return False


def _names(tree: Any) -> Iterator[str]:
    """The names in an expression but for those of the functions that it calls."""
    if isinstance(tree, syntax.Name):
        yield tree.id
    elif isinstance(tree, syntax.Call) and isinstance(tree.function, syntax.Name):
        yield from _names(tree.arguments)
    elif isinstance(tree, tuple):
        for item in tree:
            yield from _names(item)
    elif is_dataclass(tree):
        for field in fields(tree):
            yield from _names(getattr(tree, field.name))
