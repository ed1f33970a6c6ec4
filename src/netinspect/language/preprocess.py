"""`preprocess`: how real data is made ready for an input. A fixed vocabulary of plain data, checked here.

What a spec leaves out of `stft` and `log_mel` is filled in, so that whoever computes them reads every
setting and guesses none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from netinspect.language.fields import (
    Parsing,
    attempt,
    fault,
    items,
    pairs,
    plain_number,
    unknown_key,
    value,
    whole,
    word,
)
from netinspect.language.nodes import Bad, Mapping, Node, Scalar, Sequence, is_null
from netinspect.language.numbers import MAX_WHOLE
from netinspect.language.syntax import Expression
from netinspect.language.tokens import Mistake

MAX_SIDE: Final = 65_536
MAX_FFT: Final = 1 << 20

FILTERS: Final = ("bilinear", "bicubic", "nearest", "area")
"""How a picture is resized: the first three as Pillow and torchvision do it, `area` as torch's interpolate does."""

PICTURE_SIZES: Final = ("resize", "center_crop")
"""The steps that give a picture its size."""

Reader = Callable[[Node, str], Any]


def preprocess(parsing: Parsing, node: Node | None) -> tuple[tuple[str, object], ...]:
    """The steps in source order, each with plain data: numbers, booleans, words, tuples, and for `stft` and
    `log_mel` a dict of all their settings. A size of a picture may be an expression over the vars of the spec.
    Mistakes are reported: E012, E202, E205, E211-E214, E502."""
    steps: dict[str, object] = {}
    for key, given in pairs(parsing, node, "preprocess"):
        if key.text in _STEPS:
            read = _STEPS[key.text]
            result = attempt(parsing, _table, parsing, key, given, read) if isinstance(read, dict) else attempt(
                parsing, read, given, key.text
            )  # fmt: skip
            steps[key.text] = result
        else:
            unknown_key(parsing, key, "preprocess", _STEPS)
    _check_lengths(parsing, node, steps)
    return tuple((key, step) for key, step in steps.items() if step is not None)


def _check_lengths(parsing: Parsing, node: Node | None, steps: dict[str, object]) -> None:
    mean, std = steps.get("mean"), steps.get("std")
    if isinstance(mean, tuple) and isinstance(std, tuple) and len(mean) != len(std) and isinstance(node, Mapping):
        place = node.get("std") or node
        parsing.report("E214", f"`std` has {len(std)} values and `mean` has {len(mean)}", place.span)


# --- kinds of value ----------------------------------------------------------------------------


def _whole_to(most: int) -> Reader:
    return lambda node, what: whole(node, what, 1, most)


def _side(node: Node, what: str) -> int | Expression:
    """A number of pixels, stated or worked out from the vars."""
    if isinstance(node, Scalar) and not node.quoted and any(character.isalpha() for character in node.text):
        return value(node)
    return whole(node, what, 1, MAX_SIDE)


def _size(node: Node, what: str) -> Any:
    """One size for the shorter side, height and width, or `input`: the input's own height and width."""
    if isinstance(node, Scalar) and not node.quoted and node.text == "input":
        return "input"
    if not isinstance(node, Sequence):
        return _side(node, what)
    sides = tuple(_side(item, what) for item in node.items)
    if len(sides) != 2:
        raise fault("E214", f"`{what}` has {len(sides)} values: write one, or height and width", node.span)
    return sides


def _resize(node: Node, what: str) -> Any:
    """A size, or `{size, filter}`."""
    if not isinstance(node, Mapping):
        return _size(node, what)
    keys = {key.text: given for key, given in node.items}
    if "size" not in keys or set(keys) - {"size", "filter"}:
        raise fault("E202", f"`{what}` takes `size` and `filter`", node.span, None, "write `{size: 224, filter: area}`")
    return {"size": _size(keys["size"], "size"), "filter": _filter(keys["filter"]) if "filter" in keys else FILTERS[0]}


def _filter(node: Node) -> str:
    return word(node, "filter", FILTERS)


def _flag(node: Node, what: str) -> bool:
    if isinstance(node, Bad):
        raise Mistake(None)
    if isinstance(node, Scalar) and not node.quoted and node.text.lower() in ("true", "false"):
        return node.text.lower() == "true"
    if isinstance(node, Scalar) and node.text.lower() in ("yes", "no", "on", "off"):
        meant = node.text.lower() in ("yes", "on")
        raise fault("E111", f"`{node.text}` is neither True nor False", node.span, None, f"write {meant}")
    raise fault("E212", f"`{what}` is not True or False", node.span)


def _positive(node: Node, what: str) -> int | float:
    result = plain_number(node, what)
    if result <= 0:
        raise fault("E211", f"`{what}` is out of range: more than 0", node.span)
    return result


def _natural(node: Node, what: str) -> int | float:
    result = plain_number(node, what)
    if result < 0:
        raise fault("E211", f"`{what}` is out of range: at least 0", node.span)
    return result


def _by_channel(read: Reader) -> Reader:
    """One number for all channels, or a list of one each."""

    def numbers(node: Node, what: str) -> Any:
        if not isinstance(node, Sequence):
            return read(node, what)
        if not 1 <= len(node.items) <= 1000:
            raise fault("E214", f"`{what}` has {len(node.items)} values: one for each channel", node.span)
        return tuple(read(item, what) for item in items(node, what))

    return numbers


def _one_of(*words: str) -> Reader:
    return lambda node, what: word(node, what, words)


def _or_none(read: Reader) -> Reader:
    return lambda node, what: None if is_null(node) or _says_none(node) else read(node, what)


def _says_none(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text.lower() == "none"


# --- tables ------------------------------------------------------------------------------------

_REQUIRED: Final = object()

_SPECTRUM: Final[dict[str, tuple[Reader, Any]]] = {
    "n_fft": (_whole_to(MAX_FFT), _REQUIRED),
    "hop_length": (_whole_to(MAX_FFT), _REQUIRED),
    "window": (_one_of("hann", "hamming"), "hann"),
    "center": (_flag, True),
    "pad_mode": (_one_of("reflect", "constant"), "reflect"),
    "power": (_positive, 2),
}
_LOG_MEL: Final[dict[str, tuple[Reader, Any]]] = {
    "sample_rate": (_whole_to(MAX_WHOLE), _REQUIRED),
    **_SPECTRUM,
    "n_mels": (_whole_to(MAX_SIDE), _REQUIRED),
    "mel_scale": (_one_of("slaney", "htk"), "slaney"),
    "norm": (_or_none(_one_of("slaney")), "slaney"),
    "fmin": (_natural, 0),
    "fmax": (_positive, None),
    "log": (_or_none(_one_of("db", "log10", "ln")), "db"),
    "amin": (_positive, 1e-10),
    "top_db": (_or_none(_positive), None),
}
_STEPS: Final[dict[str, Reader | dict[str, tuple[Reader, Any]]]] = {
    "resize": _resize,
    "center_crop": _size,
    "grayscale": _flag,
    "mean": _by_channel(plain_number),
    "std": _by_channel(_positive),
    "scale": _positive,
    "sample_rate": _whole_to(MAX_WHOLE),
    "frame": _whole_to(MAX_FFT),
    "hop_length": _whole_to(MAX_FFT),
    "normalize": _one_of("frame"),
    "stft": _SPECTRUM,
    "log_mel": _LOG_MEL,
}


def _table(parsing: Parsing, key: Scalar, node: Node, table: dict[str, tuple[Reader, Any]]) -> dict[str, Any]:
    """All settings of `stft` or `log_mel`, the stated ones checked. Mistake E202, E211, E212."""
    if isinstance(node, Bad):
        raise Mistake(None)
    if not isinstance(node, Mapping):
        raise fault("E212", f"`{key.text}` is not a mapping of settings", node.span, None, _table_help(key.text, table))
    settings = {name: default for name, (_, default) in table.items()}
    for setting, given in node.items:
        if setting.text in table:
            settings[setting.text] = table[setting.text][0](given, setting.text)
        else:
            unknown_key(parsing, setting, key.text, table)
    missing = [name for name, given in settings.items() if given is _REQUIRED]
    if missing:
        raise fault("E202", f"`{key.text}` does not say `{missing[0]}`", key.span, None, _table_help(key.text, table))
    return _with_band(settings, node)


def _table_help(key: str, table: dict[str, tuple[Reader, Any]]) -> str:
    required = ", ".join(f"{name}: …" for name, (_, default) in table.items() if default is _REQUIRED)
    return f"write `{key}: {{{required}}}`"


def _with_band(settings: dict[str, Any], node: Mapping) -> dict[str, Any]:
    """fmax is half the sample rate unless stated. Mistake E211 for an empty band."""
    if "fmax" not in settings:
        return settings
    highest = settings["sample_rate"] / 2
    settings["fmax"] = highest if settings["fmax"] is None else settings["fmax"]
    if not settings["fmin"] < settings["fmax"] <= highest:
        place = node.get("fmax") or node.get("fmin") or node
        raise fault("E211", f"fmin < fmax <= sample_rate / 2 = {highest:g} does not hold", place.span)
    return settings
