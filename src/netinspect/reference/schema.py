"""The JSON Schema of netspec 1, for completion, hover and validation in an editor, from the language and the catalogue.

Draft 7, which editors' YAML servers and check-jsonschema both read whole.
"""

from __future__ import annotations

import json
from typing import Any, Final

from netinspect.language.front_ends import TABLES, front_ends_of
from netinspect.language.inputs import AXES, DTYPE_ALIASES, DTYPES, MAX_RANK
from netinspect.language.numbers import MAX_FFT, MAX_SAMPLES, MAX_SIDE
from netinspect.language.parse import MAX_LABELS, SPACINGS, VERSION
from netinspect.language.preprocess import FILTERS
from netinspect.language.settings import REQUIRED, Flag, Real, Setting, Whole, Word
from netinspect.reference import schema_layers
from netinspect.reference.schema_kinds import EXPRESSION, EXPRESSION_DEFINITION, Schema, any_of
from netinspect.reference.schema_layers import NAME

TITLE: Final = "netspec 1: a neural network as layers, one a line"

_COUNT: Final[Schema] = any_of({"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^[0-9][0-9_]*$"})
_TEXT: Final[Schema] = {"type": ["string", "null"]}
_SIZE: Final[Schema] = any_of({"type": "integer", "minimum": 1}, EXPRESSION)
_SIZES: Final[Schema] = {"type": "array", "items": _SIZE, "maxItems": MAX_RANK}
_LISTED: Final[Schema] = {"type": "string", "pattern": r"^\s*[(\[]"}
"""A list of sizes in round brackets, which YAML takes for text."""
_VALUE: Final[Schema] = {"type": ["number", "string", "boolean", "null", "array"]}
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
        "properties": _keys(),
        "required": ["layers"],
        "oneOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "additionalProperties": False,
        "definitions": {**_definitions(), **schema_layers.definitions()},
    }


def _keys() -> dict[str, Schema]:
    return {
        "netspec": {"description": "The version of the language; 1 if left out", "enum": [*range(1, VERSION + 1)]},
        "name": {"description": "What the network is called", **_TEXT},
        "about": {"description": "One line on what it does", **_TEXT},
        "paper": {"description": "Where it was published", **_TEXT},
        "source": {"description": "Where the figures and weights come from", **_TEXT},
        "results": _ref("results"),
        "vars": _ref("vars"),
        "variants": _variants(),
        "blocks": _blocks(),
        "input": {"description": "The input's sizes, without the batch: [3, 224, 224]", **_ref("input")},
        "inputs": _mapping("Several inputs by name", NAME, _ref("input"), minProperties=1),
        "parameters": _ref("parameters"),
        "buffers": _ref("buffers"),
        "layers": {"description": "The layers, one a line, in the order they run", **_ref("layers")},
        "outputs": _ref("outputs"),
        "labels": {
            "description": "What the outputs stand for: names, a list that comes with netinspect (imagenet1k), a text "
            "file with a name a line, names with a unit, points on a scale; or a mapping of these by output",
            **any_of(*_labels(), {"type": "object", "additionalProperties": any_of(*_labels())}),
        },
        "frozen": {"description": "Paths that are not trained", "type": ["array", "null"], "items": _PATH},
        "tie": _mapping("Parameters that are one: {lm_head.weight: wte.weight}", _PATH["pattern"][1:-1], _PATH),
        "expect": _ref("expect"),
        "budget": _ref("budget"),
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


def _definitions() -> dict[str, Schema]:
    return {
        "expression": EXPRESSION_DEFINITION,
        "input": _input(),
        "preprocess": _closed("How real data becomes an input: data, never code", STEPS),
        "vars": _mapping("Numbers, words, lists and layer types by name", NAME, _VALUE),
        "results": _mapping("Published figures: {imagenet_top1: 69.758, source: …}", NAME,
                            {"type": ["number", "string", "null"]}),
        "expect": _expect(),
        "budget": _budget(),
    }  # fmt: skip


def _input() -> Schema:
    axes = {"type": "object", "propertyNames": {"enum": list(AXES)}, "additionalProperties": _SIZE, "minProperties": 1}
    shape = any_of(_SIZES, _LISTED, {"type": "object", "propertyNames": {"enum": list(AXES)},
                                     "additionalProperties": _SIZE})  # fmt: skip
    long = {
        "type": "object",
        "properties": {
            "shape": {"description": "Sizes without the batch, as a list or by axis: {time: 1024}", **shape},
            "dtype": {"description": "What the numbers are", "enum": [*DTYPES, *DTYPE_ALIASES], "default": "float32"},
            "high": {"description": "Whole numbers lie below this", **_SIZE},
            "preprocess": _ref("preprocess"),
        },
        "required": ["shape"],
        "additionalProperties": False,
    }
    return any_of(_SIZES, _LISTED, axes, long)


def _variants() -> Schema:
    checks = {name: _ref(name) for name in ("expect", "budget", "results")}
    variant = {
        "description": "Other values for vars; may carry expect, budget, results",
        "type": ["object", "null"],
        "properties": checks,
        "propertyNames": {"pattern": f"^{NAME}$"},
        "additionalProperties": _VALUE,
    }
    return _mapping("Named sets of other values for vars", r"[A-Za-z0-9_][A-Za-z0-9_.-]*", variant)


def _blocks() -> Schema:
    header = rf"{NAME}\s*(?:\([\s\S]*\)\s*)?(?:\([\s\S]*\)\s*)?"
    body = any_of(schema_layers.LINES, schema_layers.SCOPE)
    return _mapping("Sub-networks used by name: Name(parameters)(inputs): layers", header, body)


def _expect() -> Schema:
    sizes = {"type": "array", "items": _COUNT}
    outputs = any_of(sizes, {"type": "object", "additionalProperties": sizes})
    return _closed(
        "Exact figures, checked whenever the spec is read",
        {
            "params": {"description": "Parameters", **_COUNT},
            "macs": {"description": "Multiply-accumulates of one sample", **_COUNT},
            "output": {"description": "Sizes without the batch, or a mapping by output", **outputs},
        },
    )


def _budget() -> Schema:
    count = any_of({"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\s*[0-9]"})
    return _closed(
        "Upper bounds: 100k, 50M, 2MiB",
        {
            "params": {"description": "Parameters: 100k", **count},
            "macs": {"description": "Multiply-accumulates: 50M", **count},
            "param_memory": {"description": "Bytes of parameters: 2MiB", **count},
            "peak_memory": {"description": "Most bytes of activations alive at once: 8MiB", **count},
        },
    )


# --- preprocess --------------------------------------------------------------------------------


def _whole(most: int, words: str, least: int = 1) -> Schema:
    return {"description": words, **any_of({"type": "integer", "minimum": least, "maximum": most}, {"type": "string"})}


def _number(words: str, **bounds: float) -> Schema:
    return {"description": words, "type": "number", **bounds}


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

_RATE: Final = _whole(2**31 - 1, "Samples a second")


def _setting(setting: Setting) -> Schema:
    """A setting with the words an editor shows, and its default."""
    match setting.kind:
        case Whole(maximum, minimum):
            schema: Schema = any_of({"type": "integer", "minimum": minimum, "maximum": maximum}, {"type": "string"})
        case Real(minimum, maximum, above):
            bounds = {"minimum": minimum, "maximum": maximum, "exclusiveMinimum": above}
            schema = {"type": "number", **{name: bound for name, bound in bounds.items() if bound is not None}}
        case Word(words):
            schema = {"enum": list(words)}
        case Flag():
            schema = {"type": "boolean"}
    if setting.or_none:
        schema = any_of(schema, {"enum": ["none", "None", None]})
    default = {} if setting.default is REQUIRED or setting.default is None else {"default": setting.default}
    return {"description": setting.words, **schema, **default}


def _table(words: str, step: str) -> Schema:
    """The mapping of a step: what must be written, unless `like` stands for it."""
    settings = TABLES[step]
    required = [name for name, setting in settings.items() if setting.default is REQUIRED]
    like = list(front_ends_of(step))
    properties = {name: _setting(setting) for name, setting in settings.items()}
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
    "scale": _number("A factor for all values", exclusiveMinimum=0),
    "sample_rate": _RATE,
    "frame": _whole(MAX_FFT, "Samples of one input"),
    "hop_length": _whole(MAX_FFT, "Samples from one input to the next"),
    "pad_to": _whole(MAX_SAMPLES, "Samples that a sound is brought to: zeros after its end, or cut"),
    "normalize": {
        "description": "What is brought to mean 0 and deviation 1",
        **any_of({"enum": ["frame"]}, _table("How it is done", "normalize")),
    },
    "stft": _table("A spectrogram", "stft"),
    "log_mel": _table("A log-mel spectrogram", "log_mel"),
}
