"""`preprocess`: how real data is made ready for an input. A fixed vocabulary of plain data, checked here.

What a spec leaves out of `stft`, `log_mel` and `normalize` is filled in, so that whoever computes them reads every
setting and guesses none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from netinspect.errors import Mistake, Reported
from netinspect.language.fields import (
    Parsing,
    attempt,
    flag,
    items,
    pairs,
    plain_number,
    real,
    size,
    unknown_key,
    word,
)
from netinspect.language.nodes import Bad, Mapping, Node, Scalar, Sequence
from netinspect.language.numbers import MAX_FFT, MAX_SAMPLES, MAX_SIDE, MAX_WHOLE
from netinspect.language.syntax import Expression

FILTERS: Final = ("bilinear", "bicubic", "nearest", "area")
"""How a picture is resized: the first three as Pillow and torchvision do it, `area` as torch's interpolate does."""

PICTURE_SIZES: Final = ("resize", "center_crop")
"""The steps that give a picture its size."""

Reader = Callable[[Node, str], Any]


def preprocess(parsing: Parsing, node: Node | None) -> tuple[tuple[str, object], ...]:
    """The steps in source order, each with plain data: numbers, booleans, words, tuples, and for `stft`,
    `log_mel` and `normalize` a dict of all their settings. A whole number may be an expression over the vars of the
    spec. Mistakes are reported: E012, E202, E205, E211-E214, E502."""
    steps: dict[str, object] = {}
    for key, content in pairs(parsing, node, "preprocess"):
        if key.text in _STEPS:
            read = _STEPS[key.text]
            reading = (_table, parsing, key, content) if read is None else (read, content, key.text)
            steps[key.text] = attempt(parsing, *reading)
        else:
            unknown_key(parsing, key, "preprocess", _STEPS)
    mean, std = steps.get("mean"), steps.get("std")
    if isinstance(mean, tuple) and isinstance(std, tuple) and len(mean) != len(std) and isinstance(node, Mapping):
        place = node.get("std") or node
        parsing.report("E214", f"`std` has {len(std)} values and `mean` has {len(mean)}", place.span)
    return tuple((key, step) for key, step in steps.items() if step is not None)


# --- kinds of value ----------------------------------------------------------------------------


_MOST: Final = {
    "sample_rate": MAX_WHOLE,
    "frame": MAX_FFT,
    "hop_length": MAX_FFT,
    "pad_to": MAX_SAMPLES,
}
"""The largest number that a step takes which is one."""


def _number(node: Node, step: str) -> int | Expression:
    return size(node, step, _MOST[step])


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
        raise Mistake.at("E214", f"`{what}` has {len(sides)} values: write one, or height and width", node.span)
    return sides


def _resize(node: Node, what: str) -> Any:
    """A size, or `{size, filter}`."""
    if not isinstance(node, Mapping):
        return _size(node, what)
    keys = {key.text: content for key, content in node.items}
    if "size" not in keys or set(keys) - {"size", "filter"}:
        raise Mistake.at(
            "E202", f"`{what}` takes `size` and `filter`", node.span, None, "write `{size: 224, filter: area}`"
        )
    return {
        "size": _size(keys["size"], "size"),
        "filter": word(keys["filter"], "filter", FILTERS) if "filter" in keys else FILTERS[0],
    }


def _positive(node: Node, what: str) -> int | float:
    return real(node, what, above=0)


def _by_channel(read: Reader) -> Reader:
    """One number for all channels, or a list of one each."""

    def numbers(node: Node, what: str) -> Any:
        if not isinstance(node, Sequence):
            return read(node, what)
        if not 1 <= len(node.items) <= 1000:
            raise Mistake.at("E214", f"`{what}` has {len(node.items)} values: one for each channel", node.span)
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
    **dict.fromkeys(_MOST, _number),
    "normalize": None,
    "stft": None,
    "log_mel": None,
}
"""How each step is read; None where it has a table of settings."""


def _table(parsing: Parsing, key: Scalar, node: Node) -> dict[str, Any]:
    """All settings of a step: those of `like`, what is written beside it, and the defaults. Mistake E202, E211-E213."""
    from netinspect.language.front_ends import REQUIRED, TABLES, front_ends_of, read_setting  # few specs have sounds

    if isinstance(node, Bad):
        raise Reported
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
        raise Mistake.at("E212", f"`{key.text}` is not a mapping of settings", node.span, None, advice)
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
        raise Mistake.at("E202", f"`{key.text}` does not say `{missing[0]}`", key.span, None, advice)
    if any(isinstance(setting, Expression) for setting in settings.values()):
        return settings
    contradiction = _contradiction(completed(settings))
    if contradiction is not None:
        message, names = contradiction
        place = next((place for place in map(node.get, names) if place is not None), node)
        raise Mistake.at("E211", message, place.span)
    return settings


def completed(settings: dict[str, Any]) -> dict[str, Any]:
    """Unless stated, win_length is n_fft, pad half of a column's samples, and fmax half the sample rate."""
    if "win_length" in settings:
        settings["win_length"] = settings["win_length"] or settings["n_fft"]
        if settings["pad"] is None:
            settings["pad"] = settings[settings["frames_of"]] // 2 if settings["center"] else 0
    if settings.get("fmax", 0) is None:
        settings["fmax"] = settings["sample_rate"] / 2
    return settings


def _contradiction(settings: dict[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """What settings cannot be together, and which of them may be wrong."""
    if settings.get("win_length", 0) > settings.get("n_fft", 0):
        return f"win_length <= n_fft = {settings['n_fft']:,} does not hold", ("win_length", "n_fft")
    if "fmax" in settings and not settings["fmin"] < settings["fmax"] <= settings["sample_rate"] / 2:
        message = f"fmin < fmax <= sample_rate / 2 = {settings['sample_rate'] / 2:g} does not hold"
        return message, ("fmax", "fmin", "sample_rate")
    return None


# --- sizes that are worked out -----------------------------------------------------------------


def worked_out(
    steps: Iterable[tuple[str, object]],
    number: Callable[[Expression, int, int], int],
    mistake: Callable[[str], Exception],
) -> dict[str, Any]:
    """The steps with a number in the place of each expression. `number` gives that of an expression within bounds, and
    `mistake` is raised with what settings cannot be together."""

    def plain(setting: Any, least: int, most: int) -> Any:
        if isinstance(setting, tuple):
            return tuple(plain(item, least, most) for item in setting)
        return number(setting, least, most) if isinstance(setting, Expression) else setting

    def settings_of(step: str, settings: dict[str, Any]) -> dict[str, Any]:
        from netinspect.language.front_ends import TABLES, Whole

        kinds = {name: row.kind for name, row in TABLES.get(step, {}).items()}
        wholes = {name: kind for name, kind in kinds.items() if isinstance(kind, Whole)}
        result = {
            name: plain(setting, wholes[name].minimum, wholes[name].maximum) if name in wholes
            else plain(setting, 1, MAX_SIDE)
            for name, setting in settings.items()
        }  # fmt: skip
        contradiction = _contradiction(completed(result))
        if contradiction is not None:
            raise mistake(contradiction[0])
        return result

    return {
        step: settings_of(step, setting) if isinstance(setting, dict) else plain(setting, 1, _MOST.get(step, MAX_SIDE))
        for step, setting in steps
    }
