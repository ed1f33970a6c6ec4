"""Syntax trees without their places, so that tests compare what was understood."""

from __future__ import annotations

import ast
from dataclasses import fields, is_dataclass
from typing import Any

from netinspect.errors import Mistake, Span
from netinspect.language import Source, parse, syntax
from netinspect.language.expressions import expression
from netinspect.language.nodes import Origin
from netinspect.language.steps import step


def bare(tree: Any) -> Any:
    """The tree as nested tuples, class names first, without spans."""
    if isinstance(tree, tuple):
        return tuple(bare(item) for item in tree if not isinstance(item, Span))
    if isinstance(tree, dict):
        return {key: bare(value) for key, value in tree.items()}
    if not is_dataclass(tree):
        return tree
    values = [getattr(tree, field.name) for field in fields(tree)]
    return type(tree).__name__, *(bare(value) for value in values if not isinstance(value, Span))


def read(text: str) -> Any:
    """The bare tree of an expression."""
    return bare(expression(text, Origin()))


def read_step(text: str) -> Any:
    """The bare tree of a step."""
    return bare(step(text, Origin()))


def mistake(function: Any, text: str) -> tuple[str, str]:
    """Code of the mistake, and the text under its carets."""
    try:
        function(text, Origin())
    except Mistake as error:
        diagnostic: Any = error.diagnostic
        return diagnostic.code, text[diagnostic.span.column - 1 : diagnostic.span.end_column - 1]
    return "none", ""


def lines(text: str, **options: Any) -> tuple[syntax.Line, ...]:
    """The lines of a list of layers, which must be sound."""
    return spec(f"input: [1]\nlayers:\n{text}", **options).body.lines


def spec(text: str, **options: Any) -> syntax.Spec:
    """The tree of a sound spec."""
    parsed = parse(Source("net.yaml", text), **options)
    assert not parsed.diagnostics
    assert parsed.spec is not None
    return parsed.spec


def found(text: str, **options: Any) -> list[tuple[str, int, int]]:
    """Code, line and column of every mistake."""
    diagnostics = parse(Source("net.yaml", text), **options).diagnostics
    return [(d.code, d.span.line if d.span else 0, d.span.column if d.span else 0) for d in diagnostics]


# --- Python's own parser, as an oracle ---------------------------------------------------------

_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@",
}  # fmt: skip
_UNARY = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not"}
_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip


def python(text: str) -> Any:
    """What Python understands by `text`, as a bare tree of ours."""
    return _ours(ast.parse(text, mode="eval").body)


def _ours(node: Any) -> Any:
    match node:
        case ast.Constant():
            return "Literal", node.value
        case ast.Name():
            return "Name", node.id
        case ast.Attribute():
            return "Attribute", _ours(node.value), node.attr
        case ast.UnaryOp():
            return "Unary", _UNARY[type(node.op)], _ours(node.operand)
        case ast.BinOp():
            return "Binary", _BINARY[type(node.op)], _ours(node.left), _ours(node.right)
        case ast.BoolOp():
            word = "and" if isinstance(node.op, ast.And) else "or"
            return "Logical", word, tuple(_ours(value) for value in node.values)
        case ast.Compare():
            rest = tuple((_COMPARE[type(o)], _ours(v)) for o, v in zip(node.ops, node.comparators, strict=True))
            return "Compare", _ours(node.left), rest
        case ast.IfExp():
            return "Conditional", _ours(node.body), _ours(node.test), _ours(node.orelse)
        case ast.Tuple() | ast.List():
            return "ListOf", tuple(_ours(item) for item in node.elts)
        case ast.Call():
            plain = tuple(("Argument", None, _ours(item)) for item in node.args)
            named = tuple(("Argument", item.arg, _ours(item.value)) for item in node.keywords)
            return "Call", _ours(node.func), plain + named
        case ast.Starred():
            return "Spread", _ours(node.value)
        case ast.Subscript():
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return "Index", _ours(node.value), tuple(_item(item) for item in items)
    raise AssertionError(node)


def _item(node: Any) -> Any:
    if isinstance(node, ast.Slice):
        parts = (node.lower, node.upper, node.step)
        return ("Slice", *(None if part is None else _ours(part) for part in parts))
    if isinstance(node, ast.Constant) and node.value is Ellipsis:
        return ("Ellipsis",)
    return _ours(node)
