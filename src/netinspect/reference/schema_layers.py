"""Lists of layers as JSON Schema: steps in the short form, named lines, and the long form of every layer.

The schema refuses nothing that the language accepts, with one exception that the documentation names: a block whose
name begins with a small letter cannot be told from a line's name, so its long form is refused. What only the tool can
know (whether a name is known, whether shapes fit) is left to it.
"""

from __future__ import annotations

from typing import Any, Final

from netinspect.catalogue import FUNCTIONS, LAYERS, Entry
from netinspect.catalogue.entry import REQUIRED, Argument
from netinspect.language.inputs import DTYPE_ALIASES, DTYPES
from netinspect.reference import wording
from netinspect.reference.schema_kinds import NULL, Schema, any_of, of_argument

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


def definitions() -> dict[str, Schema]:
    """Everything a list of layers is made of, by name."""
    return {
        "layers": {"type": "array", "items": any_of(STEP, {"$ref": "#/definitions/named"}, LINES)},
        "step": _step(),
        "named": _named(),
        "content": any_of(STEP, LINES, SCOPE, LONG),
        "long": _long(),
        "scope": _scope(),
        "parameters": _parameters(),
        "buffers": _buffers(),
        "outputs": _outputs(),
        **{f"layer.{name}": layer(entry) for name, entry in LAYERS.items()},
    }


# --- the short form ------------------------------------------------------------------------------


def _step() -> Schema:
    bare = [entry for entry in (*LAYERS.values(), *FUNCTIONS.values()) if _is_bare(entry)]
    return {
        "description": "A layer, a function or a line's name: Conv2d(64, kernel_size=3), add(a, b), 3 * Block(64)",
        "type": "string",
        "minLength": 1,
        "not": {"pattern": ASSIGNMENT},
        "pattern": CLOSED,
        "anyOf": [
            {"enum": [entry.name for entry in bare], "enumDescriptions": [entry.summary for entry in bare]},
            {"type": "string"},
        ],
    }


def _is_bare(entry: Entry) -> bool:
    """Whether a spec may write its name alone."""
    tensors = sum(not wording.is_setting(argument) for argument in entry.forward)
    return tensors == 1 and not any(
        _is_required(a) for a in (*entry.arguments, *entry.forward) if wording.is_setting(a)
    )


def _is_required(argument: Argument) -> bool:
    return argument.must_say or (argument.default is REQUIRED and not argument.inferred)


# --- lines with a name, and the long form ----------------------------------------------------------


def _layer_properties() -> dict[str, Schema]:
    return {name: {"$ref": f"#/definitions/layer.{name}"} for name in LAYERS}


def _named() -> Schema:
    return {
        "description": "name: step, name(inputs): step, name: list of layers, or the long form of a layer",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"pattern": KEY},
        "properties": {name: any_of(schema, STEP, LINES, SCOPE) for name, schema in _layer_properties().items()},
        "patternProperties": {CAPITAL: {}},
        "additionalProperties": {"$ref": "#/definitions/content"},
    }


def _long() -> Schema:
    return {
        "description": "A layer in the long form: {Conv2d: {out_channels: 6, kernel_size: 5}}",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": _layer_properties(),
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
        forms.append(any_of(*(form for form in _forms(of_argument(_first(entry))) if form.get("type") in _NUMBERS)))
    most = max(len(entry.unnamed), len(entry.torch_signature))
    if entry.unnamed or entry.torch_signature:
        least = len(required) if known else 1
        listed = {"type": "array", "items": PLAIN, "minItems": least, "maxItems": most}
        forms.append(listed)
    return {"title": wording.signature(entry), "description": entry.summary} | any_of(*(f for f in forms if f))


_NUMBERS: Final = ("integer", "number")


def _first(entry: Entry) -> Argument:
    argument = entry.argument(entry.unnamed[0])
    assert argument is not None
    return argument


def _forms(schema: Schema) -> list[Schema]:
    forms: list[Schema] = schema.get("anyOf", [schema])
    return forms


# --- scopes --------------------------------------------------------------------------------------


def _scope() -> Schema:
    return {
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


def _parameters() -> Schema:
    shape = {"description": "(1, 1, width), or a list of sizes", "type": ["string", "array", "integer"]}
    full = {
        "type": "object",
        "properties": {
            "shape": shape,
            "init": {"description": "How it begins", "enum": ["zeros", "ones", "normal"], "default": "zeros"},
            "std": {"description": "The deviation of init: normal", "type": ["number", "string"]},
            "frozen": {"description": "Whether it takes no gradient", "type": ["boolean", "string"], "default": False},
        },
        "required": ["shape"],
        "additionalProperties": False,
    }
    return {
        "description": "The scope's own nn.Parameters: name: shape, or {shape, init, std, frozen}",
        "type": ["object", "null"],
        "propertyNames": {"pattern": f"^({NAME}|0|[1-9][0-9]*)$"},
        "additionalProperties": any_of(shape, full),
    }


def _buffers() -> Schema:
    shape = {"description": "(1, 1, width), or a list of sizes", "type": ["string", "array", "integer"]}
    full = {
        "type": "object",
        "properties": {
            "shape": shape,
            "dtype": {"description": "Of its numbers", "enum": [*DTYPES, *DTYPE_ALIASES], "default": "float32"},
            "values": {"description": "Its numbers; zeros without them", "type": ["array", "string"]},
            "value": {"description": "The formula that makes it: arange(10)", "type": "string"},
            "scale": {"description": "What they are multiplied by", "type": ["number", "string"]},
            "persistent": {"description": "Whether the state dict has it", "type": "boolean", "default": True},
        },
        **any_of({"required": ["shape"]}, {"required": ["values"]}, {"required": ["value"]}),
        "additionalProperties": False,
    }
    return {
        "description": "The scope's own buffers: name: shape, or {shape, dtype, values, scale, value, persistent}",
        "type": ["object", "null"],
        "propertyNames": {"pattern": f"^({NAME}|0|[1-9][0-9]*)$"},
        "additionalProperties": any_of(shape, full),
    }


def _outputs() -> Schema:
    value = {"type": "string", "minLength": 1}
    return {
        "description": "What is returned: [name, …] or {name: value}; without it the last line",
        "anyOf": [
            {"type": "array", "items": value},
            {"type": "object", "propertyNames": {"pattern": f"^{NAME}$"}, "additionalProperties": value},
            NULL,
        ],
    }
