"""Lists of layers as JSON Schema: what each kind of argument may be, steps in the short form, named lines, and the long
form of every layer.

Wherever a number or a word may stand, a text may stand too: YAML gives an editor `2 * width` as text, and the
language reads it as an expression over the spec's vars.

The schema refuses nothing that the language accepts, with one exception that the documentation names: a block whose
name begins with a small letter cannot be told from a line's name, so its long form is refused. What only the tool can
know (whether a name is known, whether shapes fit) is left to it.
"""

from __future__ import annotations

import math
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS, LAYERS, Entry
from netinspect.catalogue.entry import REQUIRED, Argument, Kind
from netinspect.catalogue.signature import MAX_WHOLE, Each, Either, Flag, Many, Maybe, Real, Whole, Word
from netinspect.language.fields import DTYPE_ALIASES, DTYPES
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
        bounds: Schema = {"type": "integer", "minimum": kind.minimum}
        return any_of(bounds | ({"maximum": kind.maximum} if kind.maximum < MAX_WHOLE else {}), EXPRESSION)
    if isinstance(kind, Real):
        real: Schema = {"type": "number"}
        if kind.minimum > -math.inf:
            real["exclusiveMinimum" if kind.exclusive else "minimum"] = kind.minimum
        if kind.maximum < math.inf:
            real["exclusiveMaximum" if kind.exclusive else "maximum"] = kind.maximum
        return any_of(real, EXPRESSION)
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


def _list(kind: Each | Many, least: int, most: int) -> Schema:
    inner = of_kind(kind.kind)
    listed = {"type": "array", "items": inner, "minItems": least, "maxItems": most}
    return any_of(inner, listed) if kind.single else any_of(listed, EXPRESSION)


def of_argument(argument: Argument) -> Schema:
    """An argument with the words an editor shows, and its default."""
    schema = of_kind(argument.kind)
    if argument.inferred:
        schema = any_of(schema, NULL)
    described: Schema = {"description": wording.kind_in_words(argument).replace("`", "")}
    if wording.default(argument):
        described["default"] = _plain(argument.default)
    return described | schema


def _plain(value: Any) -> Any:
    """A default as JSON; a list of equal values as one."""
    if isinstance(value, tuple):
        return _plain(value[0]) if value and len(set(value)) == 1 else [_plain(item) for item in value]
    return value


# --- lists of layers -----------------------------------------------------------------------------


NAME: Final = "[A-Za-z_][A-Za-z0-9_]*"
KEY: Final = r"^(?=.)(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]|\{[^{}]*\})*)?\s*(?:\([\s\S]*\))?$"
"""A line's name, its inputs in brackets, or both."""

ASSIGNMENT: Final = rf"^\s*{NAME}\s*=(?!=)"
CLOSED: Final = r"""^(?:[^()'"]*(?:\([^'"]*\)[^()'"]*)?|[\s\S]*['"][\s\S]*)$"""
"""Brackets are closed, as far as a pattern can tell; where text is quoted it cannot."""

STEP: Final[Schema] = {"$ref": "#/definitions/step"}
LINES: Final[Schema] = {"$ref": "#/definitions/layers"}
SCOPE: Final[Schema] = {"$ref": "#/definitions/scope"}
LONG: Final[Schema] = {"$ref": "#/definitions/long"}
PLAIN: Final[Schema] = {"type": ["number", "string", "boolean", "null", "array"]}
CAPITAL: Final = "^[A-Z][A-Za-z0-9_]*$"
"""How a block's name begins, as a rule."""


def layer_definitions() -> dict[str, Schema]:
    """Everything a list of layers is made of, by name."""
    return {
        "layers": {"type": "array", "items": any_of(STEP, {"$ref": "#/definitions/named"}, LINES)},
        "step": _STEP,
        "named": _NAMED,
        "content": any_of(STEP, LINES, SCOPE, LONG),
        "long": _LONG,
        "scope": _SCOPE,
        "parameters": _PARAMETERS,
        "buffers": _BUFFERS,
        "outputs": _OUTPUTS,
        **{f"layer.{name}": layer(entry) for name, entry in LAYERS.items()},
    }


# --- the short form ------------------------------------------------------------------------------


def _is_bare(entry: Entry) -> bool:
    """Whether a spec may write its name alone."""
    tensors = sum(not wording.is_setting(argument) for argument in entry.forward)
    return tensors == 1 and not any(
        _is_required(a) for a in (*entry.arguments, *entry.forward) if wording.is_setting(a)
    )


def _is_required(argument: Argument) -> bool:
    return argument.must_say or (argument.default is REQUIRED and not argument.inferred)


_BARE: Final = [entry for entry in (*LAYERS.values(), *FUNCTIONS.values()) if _is_bare(entry)]


_STEP: Final[Schema] = {
    "description": "A layer, a function or a line's name: Conv2d(64, kernel_size=3), add(a, b), 3 * Block(64)",
    "type": "string",
    "minLength": 1,
    "not": {"pattern": ASSIGNMENT},
    "pattern": CLOSED,
    "anyOf": [
        {"enum": [entry.name for entry in _BARE], "enumDescriptions": [entry.summary for entry in _BARE]},
        {"type": "string"},
    ],
}


# --- lines with a name, and the long form ----------------------------------------------------------


_LAYERS: Final[dict[str, Schema]] = {name: {"$ref": f"#/definitions/layer.{name}"} for name in LAYERS}


_NAMED: Final[Schema] = {
    "description": "name: step, name(inputs): step, name: list of layers, or the long form of a layer",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "propertyNames": {"pattern": KEY},
    "properties": {name: any_of(schema, STEP, LINES, SCOPE) for name, schema in _LAYERS.items()},
    "patternProperties": {CAPITAL: {}},
    "additionalProperties": {"$ref": "#/definitions/content"},
}


_LONG: Final[Schema] = {
    "description": "A layer in the long form: {Conv2d: {out_channels: 6, kernel_size: 5}}",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "properties": _LAYERS,
    "patternProperties": {CAPITAL: {}},
    "additionalProperties": False,
}


def layer(entry: Entry) -> Schema:
    """A layer in the long form: null for its bare name, a number or list for values without names, or a mapping."""
    required = [argument.name for argument in entry.arguments if _is_required(argument)]
    known = entry.unnamed[: len(required)] == tuple(required)
    properties = {argument.name: of_argument(argument) for argument in entry.arguments}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    forms: list[Schema] = [schema | ({"required": required} if required else {})]
    if not required:
        forms.append(NULL)
    if known and entry.unnamed and len(required) <= 1:
        first = properties[entry.unnamed[0]]
        forms.append(any_of(*(form for form in first.get("anyOf", [first]) if form.get("type") in _NUMBERS)))
    most = max(len(entry.unnamed), len(entry.torch_signature))
    if entry.unnamed or entry.torch_signature:
        least = len(required) if known else 1
        listed = {"type": "array", "items": PLAIN, "minItems": least, "maxItems": most}
        forms.append(listed)
    return {"title": wording.signature(entry), "description": entry.summary} | any_of(*(f for f in forms if f))


_NUMBERS: Final = ("integer", "number")


# --- scopes --------------------------------------------------------------------------------------


_SCOPE: Final[Schema] = {
    "description": "A list of layers with parameters and outputs of its own",
    "type": "object",
    "properties": {
        "layers": LINES,
        "vars": {"$ref": "#/definitions/vars"},
        "parameters": {"$ref": "#/definitions/parameters"},
        "buffers": {"$ref": "#/definitions/buffers"},
        "outputs": {"$ref": "#/definitions/outputs"},
        "about": {"type": ["string", "null"]},
    },
    "required": ["layers"],
    "additionalProperties": False,
}


_SHAPE: Final[Schema] = {"description": "(1, 1, width), or a list of sizes", "type": ["string", "array", "integer"]}
_PARAMETER: Final[Schema] = {
    "type": "object",
    "properties": {
        "shape": _SHAPE,
        "init": {"description": "How it begins", "enum": ["zeros", "ones", "normal"], "default": "zeros"},
        "std": {"description": "The deviation of init: normal", "type": ["number", "string"]},
        "frozen": {"description": "Whether it takes no gradient", "type": ["boolean", "string"], "default": False},
    },
    "required": ["shape"],
    "additionalProperties": False,
}


_PARAMETERS: Final[Schema] = {
    "description": "The scope's own nn.Parameters: name: shape, or {shape, init, std, frozen}",
    "type": ["object", "null"],
    "propertyNames": {"pattern": f"^({NAME}|0|[1-9][0-9]*)$"},
    "additionalProperties": any_of(_SHAPE, _PARAMETER),
}


_BUFFER: Final[Schema] = {
    "type": "object",
    "properties": {
        "shape": _SHAPE,
        "dtype": {"description": "Of its numbers", "enum": [*DTYPES, *DTYPE_ALIASES], "default": "float32"},
        "values": {"description": "Its numbers; zeros without them", "type": ["array", "string"]},
        "value": {"description": "The formula that makes it: arange(10)", "type": "string"},
        "scale": {"description": "What they are multiplied by", "type": ["number", "string"]},
        "persistent": {"description": "Whether the state dict has it", "type": "boolean", "default": True},
    },
    **any_of({"required": ["shape"]}, {"required": ["values"]}, {"required": ["value"]}),
    "additionalProperties": False,
}


_BUFFERS: Final[Schema] = {
    "description": "The scope's own buffers: name: shape, or {shape, dtype, values, scale, value, persistent}",
    "type": ["object", "null"],
    "propertyNames": {"pattern": f"^({NAME}|0|[1-9][0-9]*)$"},
    "additionalProperties": any_of(_SHAPE, _BUFFER),
}


_OUTPUT: Final[Schema] = {"type": "string", "minLength": 1}


_OUTPUTS: Final[Schema] = {
    "description": "What is returned: [name, …] or {name: value}; without it the last line",
    "anyOf": [
        {"type": "array", "items": _OUTPUT},
        {"type": "object", "propertyNames": {"pattern": f"^{NAME}$"}, "additionalProperties": _OUTPUT},
        NULL,
    ],
}
