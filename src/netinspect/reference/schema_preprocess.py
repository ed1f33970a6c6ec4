"""`preprocess` as JSON Schema: a fixed vocabulary of plain data (see `language.preprocess`)."""

from __future__ import annotations

from typing import Final

from netinspect.language.preprocess import FILTERS, MAX_FFT, MAX_SIDE
from netinspect.reference.schema_kinds import EXPRESSION, NULL, Schema, any_of


def _whole(most: int, words: str, least: int = 1) -> Schema:
    return {"description": words, "type": "integer", "minimum": least, "maximum": most}


def _number(words: str, **bounds: float) -> Schema:
    return {"description": words, "type": "number", **bounds}


def _by_channel(words: str, **bounds: float) -> Schema:
    one = {"type": "number", **bounds}
    return {"description": words, **any_of(one, {"type": "array", "items": one, "minItems": 1})}


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
_SPECTRUM: Final[dict[str, Schema]] = {
    "n_fft": _whole(MAX_FFT, "Samples in a window"),
    "hop_length": _whole(MAX_FFT, "Samples from one window to the next"),
    "window": {"description": "The window's shape", "enum": ["hann", "hamming"], "default": "hann"},
    "center": {"description": "Whether windows stand around their sample", "type": "boolean", "default": True},
    "pad_mode": {"description": "What lies beyond the ends", "enum": ["reflect", "constant"], "default": "reflect"},
    "power": _number("The power of the magnitudes", exclusiveMinimum=0, default=2),
}
_LOG_MEL: Final[dict[str, Schema]] = {
    "sample_rate": _RATE,
    **_SPECTRUM,
    "n_mels": _whole(MAX_SIDE, "Mel bands"),
    "mel_scale": {"description": "Which mel scale", "enum": ["slaney", "htk"], "default": "slaney"},
    "norm": {"description": "How bands are normalised", "enum": ["slaney", "none", "None", None], "default": "slaney"},
    "fmin": _number("The lowest frequency", minimum=0, default=0),
    "fmax": _number("The highest frequency; half the sample rate", exclusiveMinimum=0),
    "log": {
        "description": "Which logarithm",
        "enum": ["db", "log10", "ln", "none", "None", None],
        "default": "db",
    },
    "amin": _number("The smallest power that is not cut off", exclusiveMinimum=0, default=1e-10),
    "top_db": {
        "description": "The range below the loudest, in dB",
        **any_of({"type": "number", "exclusiveMinimum": 0}, NULL, {"enum": ["none", "None"]}),
    },
}


def _table(words: str, settings: dict[str, Schema], *required: str) -> Schema:
    return {
        "description": words,
        "type": "object",
        "properties": settings,
        "required": list(required),
        "additionalProperties": False,
    }


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
    "normalize": {"description": "What is brought to mean 0 and deviation 1", "enum": ["frame"]},
    "stft": _table("A spectrogram", _SPECTRUM, "n_fft", "hop_length"),
    "log_mel": _table("A log-mel spectrogram", _LOG_MEL, "sample_rate", "n_fft", "hop_length", "n_mels"),
}


def definition() -> Schema:
    """The mapping of steps."""
    return {
        "description": "How real data becomes an input: data, never code",
        "type": ["object", "null"],
        "properties": STEPS,
        "additionalProperties": False,
    }
