"""The JSON Schema of netspec 1, for completion, hover and validation in an editor, from the language and the catalogue.

Draft 7, which editors' YAML servers and check-jsonschema both read whole.
"""

from __future__ import annotations

import json
from typing import Any, Final

from netinspect.language.fields import DTYPE_ALIASES, DTYPES
from netinspect.language.front_ends import REQUIRED, TABLES, Flag, Real, Whole, Word, front_ends_of
from netinspect.language.inputs import AXES, MAX_RANK
from netinspect.language.numbers import MAX_FFT, MAX_SAMPLES, MAX_SIDE
from netinspect.language.parse import MAX_LABELS, SPACINGS, VERSION
from netinspect.language.preprocess import FILTERS
from netinspect.reference.schema_layers import (
    EXPRESSION,
    EXPRESSION_DEFINITION,
    LINES,
    NAME,
    SCOPE,
    Schema,
    any_of,
    layer_definitions,
)

TITLE: Final = "netspec 1: a neural network as layers, one a line"

_COUNT: Final[Schema] = any_of({"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^[0-9][0-9_]*$"})
_TEXT: Final[Schema] = {"type": ["string", "null"]}
_SIZE: Final[Schema] = any_of({"type": "integer", "minimum": 1}, EXPRESSION)
_SIZES: Final[Schema] = {"type": "array", "items": _SIZE, "maxItems": MAX_RANK}
_LISTED: Final[Schema] = {"type": "string", "pattern": r"^\s*[(\[]"}
"""A list of sizes in round brackets, which YAML takes for text."""
_VALUE: Final[Schema] = {"type": ["number", "string", "boolean", "null", "array"]}
_FIGURE: Final[Schema] = {"type": ["number", "string", "null"]}
_PATH: Final[Schema] = {"type": "string", "pattern": r"^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*$"}


def schema_text() -> str:
    """The schema as it is shipped."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def schema() -> Schema:
    """The whole schema."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": TITLE,
        "type": "object",
        "properties": {
            "netspec": {"description": "The version of the language; 1 if left out", "enum": [*range(1, VERSION + 1)]},
            "name": {"description": "What the network is called", **_TEXT},
            "about": {"description": "One line on what it does", **_TEXT},
            "paper": {"description": "Where it was published", **_TEXT},
            "source": {"description": "Where the figures and weights come from", **_TEXT},
            "results": _ref("results"),
            "vars": _ref("vars"),
            "variants": _mapping("Named sets of other values for vars", r"[A-Za-z0-9_][A-Za-z0-9_.-]*", _VARIANT),
            "blocks": _mapping(
                "Sub-networks used by name: Name(parameters)(inputs): layers",
                rf"{NAME}\s*(?:\([\s\S]*\)\s*)?(?:\([\s\S]*\)\s*)?",
                any_of(LINES, SCOPE),
            ),
            "input": {"description": "The input's sizes, without the batch: [3, 224, 224]", **_ref("input")},
            "inputs": _mapping("Several inputs by name", NAME, _ref("input"), minProperties=1),
            "parameters": _ref("parameters"),
            "buffers": _ref("buffers"),
            "layers": {"description": "The layers, one a line, in the order they run", **_ref("layers")},
            "outputs": _ref("outputs"),
            "labels": {
                "description": "What the outputs stand for: names, a list that comes with netinspect (imagenet1k), a "
                "text file with a name a line, names with a unit, points on a scale; or a mapping of these by output",
                **any_of(*_labels(), {"type": "object", "additionalProperties": any_of(*_labels())}),
            },
            "frozen": {"description": "Paths that are not trained", "type": ["array", "null"], "items": _PATH},
            "tie": _mapping("Parameters that are one: {lm_head.weight: wte.weight}", _PATH["pattern"][1:-1], _PATH),
            "expect": _ref("expect"),
            "budget": _ref("budget"),
        },
        "required": ["layers"],
        "oneOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "additionalProperties": False,
        "definitions": {
            "expression": EXPRESSION_DEFINITION,
            "input": _INPUT,
            "preprocess": _closed("How real data becomes an input: data, never code", STEPS),
            "vars": _mapping("Numbers, words, lists and layer types by name", NAME, _VALUE),
            "results": _mapping("Published figures: {imagenet_top1: 69.758, source: …}", NAME, _FIGURE),
            "expect": _EXPECT,
            "budget": _BUDGET,
            **layer_definitions(),
        },
    }


def _labels() -> tuple[Schema, ...]:
    """What may stand for the labels of one output."""
    number: Schema = {"type": "number"}
    keys = {"first": number, "last": number, "unit": _TEXT, "spacing": {"enum": [*SPACINGS]}}
    points = "Points on a scale: {first: 31.7, last: 2005.5, unit: Hz, spacing: log}"
    measures = "Names of numbers that are no classes: {names: [left, right], unit: px}"
    names: Schema = {"type": "array", "items": _TEXT, "maxItems": MAX_LABELS}
    return (
        _TEXT,
        names,
        _closed(points, keys, "first", "last", "unit"),
        _closed(measures, {"names": any_of(_TEXT, names), "unit": _TEXT}, "names", "unit"),
    )


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _mapping(words: str, key: str, value: Schema, **more: Any) -> Schema:
    return {
        "description": words,
        "type": ["object", "null"],
        "propertyNames": {"pattern": f"^{key}$"},
        "additionalProperties": value,
        **more,
    }


def _closed(words: str, properties: dict[str, Schema], *required: str) -> Schema:
    """A mapping of these keys and no other."""
    schema: Schema = {"description": words, "type": ["object", "null"], "properties": properties}
    return schema | ({"required": list(required)} if required else {}) | {"additionalProperties": False}


# --- the parts -----------------------------------------------------------------------------------


_SIZES_BY_AXIS: Final[Schema] = {
    "type": "object",
    "propertyNames": {"enum": list(AXES)},
    "additionalProperties": _SIZE,
}
_SHAPE: Final[Schema] = any_of(_SIZES, _LISTED, _SIZES_BY_AXIS)


_INPUT: Final[Schema] = any_of(
    _SIZES,
    _LISTED,
    _SIZES_BY_AXIS | {"minProperties": 1},
    {
        "type": "object",
        "properties": {
            "shape": {"description": "Sizes without the batch, as a list or by axis: {time: 1024}", **_SHAPE},
            "dtype": {"description": "What the numbers are", "enum": [*DTYPES, *DTYPE_ALIASES], "default": "float32"},
            "high": {"description": "Whole numbers lie below this", **_SIZE},
            "preprocess": _ref("preprocess"),
        },
        "required": ["shape"],
        "additionalProperties": False,
    },
)


_VARIANT: Final[Schema] = {
    "description": "Other values for vars; may carry expect, budget, results",
    "type": ["object", "null"],
    "properties": {name: _ref(name) for name in ("expect", "budget", "results")},
    "propertyNames": {"pattern": f"^{NAME}$"},
    "additionalProperties": _VALUE,
}


_SIZE_COUNTS: Final[Schema] = {"type": "array", "items": _COUNT}


_EXPECT: Final[Schema] = _closed(
    "Exact figures, checked whenever the spec is read",
    {
        "params": {"description": "Parameters", **_COUNT},
        "macs": {"description": "Multiply-accumulates of one sample", **_COUNT},
        "output": {
            "description": "Sizes without the batch, or a mapping by output",
            **any_of(_SIZE_COUNTS, {"type": "object", "additionalProperties": _SIZE_COUNTS}),
        },
    },
)


_BOUND: Final[Schema] = any_of({"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\s*[0-9]"})


_BUDGET: Final[Schema] = _closed(
    "Upper bounds: 100k, 50M, 2MiB",
    {
        "params": {"description": "Parameters: 100k", **_BOUND},
        "macs": {"description": "Multiply-accumulates: 50M", **_BOUND},
        "param_memory": {"description": "Bytes of parameters: 2MiB", **_BOUND},
        "peak_memory": {"description": "Most bytes of activations alive at once: 8MiB", **_BOUND},
    },
)


# --- preprocess --------------------------------------------------------------------------------


def _whole_number(most: int, words: str, least: int = 1) -> Schema:
    return {"description": words, **any_of({"type": "integer", "minimum": least, "maximum": most}, {"type": "string"})}


def _by_channel(words: str, **bounds: float) -> Schema:
    number = {"type": "number", **bounds}
    return {"description": words, **any_of(number, {"type": "array", "items": number, "minItems": 1})}


_SIDE: Final = any_of({"type": "integer", "minimum": 1, "maximum": MAX_SIDE}, EXPRESSION)
_SIDES: Final = any_of(
    {"description": "The input's own height and width", "const": "input"},
    _SIDE,
    {"type": "array", "items": _SIDE, "minItems": 2, "maxItems": 2},
)
_FILTERED: Final[Schema] = {
    "type": "object",
    "properties": {"size": _SIDES, "filter": {"description": "How pixels are mixed", "enum": list(FILTERS)}},
    "required": ["size"],
    "additionalProperties": False,
}

_RATE: Final = _whole_number(2**31 - 1, "Samples a second")


def _table(words: str, step: str) -> Schema:
    """The mapping of a step: what must be written, unless `like` stands for it."""
    settings = TABLES[step]
    required = [name for name, setting in settings.items() if setting.default is REQUIRED]
    like = list(front_ends_of(step))
    properties = {}
    for name, setting in settings.items():
        match setting.kind:
            case Whole(maximum, minimum):
                schema: Schema = any_of({"type": "integer", "minimum": minimum, "maximum": maximum}, {"type": "string"})
            case Real(minimum, maximum, above):
                bounds = {"minimum": minimum, "maximum": maximum, "exclusiveMinimum": above}
                schema = {"type": "number", **{name: bound for name, bound in bounds.items() if bound is not None}}
            case Word(choices):
                schema = {"enum": list(choices)}
            case Flag():
                schema = {"type": "boolean"}
        if setting.or_none:
            schema = any_of(schema, {"enum": ["none", "None", None]})
        default = {} if setting.default is REQUIRED or setting.default is None else {"default": setting.default}
        properties[name] = {"description": setting.words, **schema, **default}
    table: Schema = {"description": words, "type": "object", "properties": properties, "additionalProperties": False}
    if like:
        table["properties"] = {"like": {"description": "Whose settings stand for all", "enum": like}} | properties
    if required:
        table |= any_of({"required": required}, {"required": ["like"]}) if like else {"required": required}
    return table


STEPS: Final[dict[str, Schema]] = {
    "resize": {
        "description": "The shorter side, or height and width; input: the input's own",
        **any_of(_SIDES, _FILTERED),
    },
    "center_crop": {"description": "One side of a square, height and width, or input: the input's own", **_SIDES},
    "grayscale": {"description": "One channel of light and dark", "type": "boolean"},
    "mean": _by_channel("Taken from each channel"),
    "std": _by_channel("Each channel divided by it", exclusiveMinimum=0),
    "scale": {"description": "A factor for all values", "type": "number", "exclusiveMinimum": 0},
    "sample_rate": _RATE,
    "frame": _whole_number(MAX_FFT, "Samples of one input"),
    "hop_length": _whole_number(MAX_FFT, "Samples from one input to the next"),
    "pad_to": _whole_number(MAX_SAMPLES, "Samples that a sound is brought to: zeros after its end, or cut"),
    "normalize": {
        "description": "What is brought to mean 0 and deviation 1",
        **any_of({"enum": ["frame"]}, _table("How it is done", "normalize")),
    },
    "stft": _table("A spectrogram", "stft"),
    "log_mel": _table("A log-mel spectrogram", "log_mel"),
}
