"""`preprocess`: how real data is made ready for an input. A fixed vocabulary of plain data, checked here.

What a spec leaves out of `stft`, `log_mel` and `normalize` is filled in, so that whoever computes them reads every
setting and guesses none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from netinspect.language.fields import (
    Parsing,
    attempt,
    fault,
    flag,
    items,
    pairs,
    plain_number,
    real,
    size,
    unknown_key,
    whole,
    word,
)
from netinspect.language.nodes import Bad, Mapping, Node, Scalar, Sequence
from netinspect.language.numbers import MAX_FFT, MAX_SAMPLES, MAX_SIDE, MAX_WHOLE
from netinspect.language.syntax import Expression
from netinspect.language.tokens import Mistake

FILTERS: Final = ("bilinear", "bicubic", "nearest", "area")
"""How a picture is resized: the first three as Pillow and torchvision do it, `area` as torch's interpolate does."""

PICTURE_SIZES: Final = ("resize", "center_crop")
"""The steps that give a picture its size."""

Reader = Callable[[Node, str], Any]


def preprocess(parsing: Parsing, node: Node | None) -> tuple[tuple[str, object], ...]:
    """The steps in source order, each with plain data: numbers, booleans, words, tuples, and for `stft`,
    `log_mel` and `normalize` a dict of all their settings. A size of a picture may be an expression over the vars of
    the spec. Mistakes are reported: E012, E202, E205, E211-E214, E502."""
    steps: dict[str, object] = {}
    for key, given in pairs(parsing, node, "preprocess"):
        if key.text in _STEPS:
            read = _STEPS[key.text]
            reading = (_table, parsing, key, given) if read is None else (read, given, key.text)
            steps[key.text] = attempt(parsing, *reading)
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
    """A number of pixels."""
    return size(node, what, MAX_SIDE)


def _size(node: Node, what: str) -> Any:
    """One size for the shorter side, height and width, or `input`: the input's own height and width."""
    if isinstance(node, Scalar) and node.text == "input":
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


def _positive(node: Node, what: str) -> int | float:
    return real(node, what, above=0)


def _by_channel(read: Reader) -> Reader:
    """One number for all channels, or a list of one each."""

    def numbers(node: Node, what: str) -> Any:
        if not isinstance(node, Sequence):
            return read(node, what)
        if not 1 <= len(node.items) <= 1000:
            raise fault("E214", f"`{what}` has {len(node.items)} values: one for each channel", node.span)
        return tuple(read(item, what) for item in items(node, what))

    return numbers


# --- tables ------------------------------------------------------------------------------------

_STEPS: Final[dict[str, Reader | None]] = {
    "resize": _resize,
    "center_crop": _size,
    "grayscale": flag,
    "mean": _by_channel(plain_number),
    "std": _by_channel(_positive),
    "scale": _positive,
    "sample_rate": _whole_to(MAX_WHOLE),
    "frame": lambda node, what: size(node, what, MAX_FFT),
    "hop_length": _whole_to(MAX_FFT),
    "pad_to": _whole_to(MAX_SAMPLES),
    "normalize": None,
    "stft": None,
    "log_mel": None,
}
"""How each step is read; None where it has a table of settings."""


def _table(parsing: Parsing, key: Scalar, node: Node) -> dict[str, Any]:
    """All settings of a step: those of `like`, what is written beside it, and the defaults. Mistake E202, E211-E213."""
    from netinspect.language.front_ends import TABLES, front_ends_of  # few specs have sounds
    from netinspect.language.settings import REQUIRED, read_setting

    if isinstance(node, Bad):
        raise Mistake(None)
    table, front_ends = TABLES[key.text], front_ends_of(key.text)
    required = ", ".join(f"{name}: …" for name, row in table.items() if row.default is REQUIRED)
    like = f", or `{key.text}: {{like: …}}` with one of {', '.join(front_ends)}" if front_ends else ""
    advice = f"write `{key.text}: {{{required}}}`{like}"
    if key.text == "normalize" and not isinstance(node, Mapping):
        word(node, key.text, ("frame",))
        return {"like": None, **{name: row.default for name, row in table.items()}}
    if not isinstance(node, Mapping):
        if isinstance(node, Scalar) and node.text in front_ends:
            advice = f"write `{key.text}: {{like: {node.text}}}`"
        raise fault("E212", f"`{key.text}` is not a mapping of settings", node.span, None, advice)
    settings: dict[str, Any] = {"like": None, **{name: row.default for name, row in table.items()}}
    if front_ends and (named_node := node.get("like")) is not None:
        named = word(named_node, "like", front_ends)
        settings |= {"like": named, **front_ends[named].settings}
    for name, setting in node.items:
        if name.text in table:
            settings[name.text] = read_setting(table[name.text], setting, name.text)
        elif name.text != "like" or not front_ends:
            unknown_key(parsing, name, key.text, (*(("like",) if front_ends else ()), *table))
    missing = [name for name, setting in settings.items() if setting is REQUIRED]
    if missing:
        raise fault("E202", f"`{key.text}` does not say `{missing[0]}`", key.span, None, advice)
    return _checked(settings, node)


def _checked(settings: dict[str, Any], node: Mapping) -> dict[str, Any]:
    """win_length is n_fft and fmax half the sample rate unless stated. Mistake E211 for what they cannot be."""
    if "win_length" in settings:
        settings["win_length"] = settings["win_length"] or settings["n_fft"]
        if settings["win_length"] > settings["n_fft"]:
            place = node.get("win_length") or node.get("n_fft") or node
            raise fault("E211", f"win_length <= n_fft = {settings['n_fft']:,} does not hold", place.span)
    if "fmax" in settings:
        highest = settings["sample_rate"] / 2
        settings["fmax"] = highest if settings["fmax"] is None else settings["fmax"]
        if not settings["fmin"] < settings["fmax"] <= highest:
            place = node.get("fmax") or node.get("fmin") or node.get("sample_rate") or node
            raise fault("E211", f"fmin < fmax <= sample_rate / 2 = {highest:g} does not hold", place.span)
    return settings
