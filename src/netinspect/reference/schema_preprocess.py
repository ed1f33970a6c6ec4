"""`preprocess` as JSON Schema: a fixed vocabulary of plain data (see `language.preprocess`)."""

from __future__ import annotations

from typing import Final

from netinspect.language.front_ends import TABLES, front_ends_of
from netinspect.language.numbers import MAX_FFT, MAX_SAMPLES, MAX_SIDE
from netinspect.language.preprocess import FILTERS
from netinspect.language.settings import REQUIRED, Flag, Real, Setting, Whole, Word
from netinspect.reference.schema_kinds import EXPRESSION, Schema, any_of


def _whole(most: int, words: str, least: int = 1) -> Schema:
    return {"description": words, **any_of({"type": "integer", "minimum": least, "maximum": most}, {"type": "string"})}


def _number(words: str, **bounds: float) -> Schema:
    return {"description": words, "type": "number", **bounds}


def _by_channel(words: str, **bounds: float) -> Schema:
    number = {"type": "number", **bounds}
    return {"description": words, **any_of(number, {"type": "array", "items": number, "minItems": 1})}


_SIDE: Final = any_of({"type": "integer", "minimum": 1, "maximum": MAX_SIDE}, EXPRESSION)
_SIZE: Final = any_of(
    {"description": "The input's own height and width", "const": "input"},
    _SIDE,
    {"type": "array", "items": _SIDE, "minItems": 2, "maxItems": 2},
)
_FILTERED: Final[Schema] = {
    "type": "object",
    "properties": {"size": _SIZE, "filter": {"description": "How pixels are mixed", "enum": list(FILTERS)}},
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
        **any_of(_SIZE, _FILTERED),
    },
    "center_crop": {"description": "One side of a square, height and width, or input: the input's own", **_SIZE},
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


def definition() -> Schema:
    """The mapping of steps."""
    return {
        "description": "How real data becomes an input: data, never code",
        "type": ["object", "null"],
        "properties": STEPS,
        "additionalProperties": False,
    }
