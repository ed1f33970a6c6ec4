"""The kinds of argument as JSON Schema: what may stand for a value in the long form of a layer.

Wherever a number or a word may stand, a text may stand too: YAML gives an editor `2 * width` as text, and the
language reads it as an expression over the spec's vars.
"""

from __future__ import annotations

import math
from typing import Any, Final

from netinspect.catalogue.entry import Argument, Kind
from netinspect.catalogue.kinds import MAX_WHOLE, Each, Either, Flag, Many, Maybe, Real, Whole, Word
from netinspect.reference import wording

Schema = dict[str, Any]

EXPRESSION: Final[Schema] = {"$ref": "#/definitions/expression"}
NULL: Final[Schema] = {"type": "null"}

EXPRESSION_DEFINITION: Final[Schema] = {
    "description": "An expression over the spec's vars, loop counters and block parameters: 2 * width",
    "type": "string",
    "minLength": 1,
    "not": {"pattern": "^(?:[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$"},
}


def any_of(*schemas: Schema) -> Schema:
    """One of several, nested ones and doubles left out."""
    flat: list[Schema] = []
    for schema in schemas:
        inner = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
        flat += [choice for choice in inner if choice not in flat]
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def of_kind(kind: Kind) -> Schema:
    """What the kind accepts, or an expression for it."""
    if isinstance(kind, Whole):
        return any_of(_whole(kind), EXPRESSION)
    if isinstance(kind, Real):
        return any_of(_real(kind), EXPRESSION)
    if isinstance(kind, Flag):
        return any_of({"type": "boolean"}, EXPRESSION)
    if isinstance(kind, Word):
        return any_of({"enum": list(kind.words)}, EXPRESSION)
    if isinstance(kind, Each):
        return _list(kind, kind.length, kind.length)
    if isinstance(kind, Many):
        return _list(kind, kind.least, kind.most)
    if isinstance(kind, Maybe):
        return any_of(of_kind(kind.kind), NULL)
    assert isinstance(kind, Either), kind
    return any_of(*(of_kind(inner) for inner in kind.kinds))


def _whole(kind: Whole) -> Schema:
    bounds: Schema = {"type": "integer", "minimum": kind.minimum}
    return bounds | ({"maximum": kind.maximum} if kind.maximum < MAX_WHOLE else {})


def _real(kind: Real) -> Schema:
    result: Schema = {"type": "number"}
    if kind.minimum > -math.inf:
        result["exclusiveMinimum" if kind.exclusive else "minimum"] = kind.minimum
    if kind.maximum < math.inf:
        result["exclusiveMaximum" if kind.exclusive else "maximum"] = kind.maximum
    return result


def _list(kind: Each | Many, least: int, most: int) -> Schema:
    inner = of_kind(kind.kind)
    listed = {"type": "array", "items": inner, "minItems": least, "maxItems": most}
    return any_of(inner, listed) if kind.single else any_of(listed, EXPRESSION)


def of_argument(argument: Argument) -> Schema:
    """An argument with the words an editor shows, and its default."""
    schema = of_kind(argument.kind)
    if argument.inferred:
        schema = any_of(schema, NULL)
    described: Schema = {"description": wording.told(argument).replace("`", "")}
    if wording.default(argument):
        described["default"] = _plain(argument.default)
    return described | schema


def _plain(value: Any) -> Any:
    """A default as JSON; a list of equal values as one."""
    if isinstance(value, tuple):
        return _plain(value[0]) if value and len(set(value)) == 1 else [_plain(item) for item in value]
    return value
