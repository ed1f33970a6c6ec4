"""Syntax nodes made without a text, and the call of a layer as a person writes it."""

from __future__ import annotations

import contextlib
import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from netinspect.catalogue.entry import REQUIRED, Argument, Entry, Fault
from netinspect.errors import Span
from netinspect.language import syntax

NOWHERE: Final = Span(1, 1, 1, 1)


def literal(value: Any) -> syntax.Expression:
    """A number, a text or a list of such."""
    if isinstance(value, tuple | list):
        return syntax.ListOf(tuple(literal(item) for item in value), NOWHERE)
    if isinstance(value, float) and math.isinf(value):
        return word("inf") if value > 0 else syntax.Unary("-", word("inf"), NOWHERE)
    return syntax.Literal(value, NOWHERE)


def word(text: str) -> syntax.Name:
    """A name as an expression."""
    return syntax.Name(text, NOWHERE)


_UNREAD: Final = Span(1, 1, 1, 2)


def unread(name: str) -> syntax.Name:
    """A name for an input of a block that nothing there reads: any value may stand in its place."""
    return syntax.Name(name, _UNREAD)


def is_unread(node: Any) -> bool:
    """Whether any value may stand in the place of a name."""
    return isinstance(node, syntax.Name) and node.span is _UNREAD


def called(name: str, arguments: Sequence[syntax.Argument]) -> syntax.Expression:
    """`Conv2d(6)`; `ReLU` where there are no arguments."""
    return syntax.Call(word(name), tuple(arguments), NOWHERE) if arguments else word(name)


def mapped(node: Any, change: Callable[[Any], Any]) -> Any:
    """A node of the syntax tree, or a tuple of such, with each of its parts changed."""
    if isinstance(node, tuple):
        return tuple(change(item) for item in node)
    if type(node).__module__ != syntax.__name__:
        return node
    parts = [item.name for item in fields(node) if "span" not in item.name]
    return replace(node, **{name: change(getattr(node, name)) for name in parts})


def renamed(node: Any, names: Mapping[str, Any]) -> Any:
    """An expression with other values for names."""
    if not names:
        return node
    if isinstance(node, syntax.Name):
        return names.get(node.id, node)
    return mapped(node, lambda part: renamed(part, names))


def steps_of(stem: str) -> syntax.Expression:
    """`layer.steps`: what the lines `layer{i}` gave."""
    return syntax.Attribute(word(syntax.name_of(stem.rstrip(".-"))), "steps", NOWHERE, NOWHERE)


def argument(value: syntax.Expression, name: str | None = None) -> syntax.Argument:
    """An argument of a call, with a name or by its place."""
    return syntax.Argument(name, value, NOWHERE)


def layer_call(entry: Entry, arguments: dict[str, syntax.Expression]) -> syntax.Expression:
    """A layer in the short form, as the catalogue's example has it: `Conv2d(6, kernel_size=5)`."""
    written = [item.name for item in entry.arguments if item.name in arguments]
    unnamed: list[str] = []
    for name in entry.unnamed[: _customary(entry)]:
        if not written or written[0] != name:
            break
        unnamed.append(written.pop(0))
    nodes = [argument(arguments[name]) for name in unnamed]
    return called(entry.name, nodes + [argument(arguments[name], name) for name in written])


@functools.cache
def _customary(entry: Entry) -> int:
    """How many arguments are written without a name, as the catalogue's example of the layer does."""
    inside = re.search(rf"\b{entry.name}\((.*)\)", entry.example)
    if inside is None:
        return 0
    settings = [item for item in re.split(r", (?![^(]*\))", inside[1]) if "=" not in item]
    return len(settings)


def is_left_out(item: Argument, value: Any) -> bool:
    """Whether an argument needs no word: it follows from the input, or has its default."""
    if item.inferred:
        return True
    if item.must_say or item.default is REQUIRED:
        return False
    return _normal(item, value) == _normal(item, item.default)


def _normal(item: Argument, value: Any) -> tuple[type, Any]:
    with contextlib.suppress(Fault):
        value = item.kind.check(value)
    return type(value), value


LARGEST_ROOT: Final = 4096
"""Up to which whole number a root is said by it."""


def with_roots(node: Any) -> Any:
    """An expression with `24**0.5` and `24**-0.5` for the roots of whole numbers that are no squares, if they are these
    very numbers."""
    if not isinstance(node, syntax.Literal):
        return mapped(node, with_roots)
    value = node.value
    if not isinstance(value, float) or not LARGEST_ROOT**-0.5 < value < LARGEST_ROOT**0.5:
        return node
    power = 0.5 if value > 1 else -0.5
    number = round(value ** (1 / power))
    if number**power != value or math.isqrt(number) ** 2 == number:
        return node
    exponent = literal(power) if power > 0 else syntax.Unary("-", literal(-power), NOWHERE)
    return syntax.Binary("**", literal(number), exponent, NOWHERE)


def setting(value: Any) -> syntax.Expression:
    """A setting of a layer as it is written: words of torch's stand without quotes."""
    return word(value) if isinstance(value, str) else literal(value)


def short_setting(item: Argument | None, value: Any) -> Any:
    """One number for a tuple that has the same on every axis."""
    if item is None or not isinstance(value, tuple) or len(set(value)) != 1:
        return value
    try:
        is_same = item.kind.check(value[0]) == item.kind.check(value)
    except Fault:
        return value
    return value[0] if is_same else value
