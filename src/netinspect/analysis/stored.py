"""Profiles that were stored as JSON by `summary` or `compare`, read back as snapshots.

A stored document is data from outside: every field is checked, and fields that are not known are passed by, as
its format asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from netinspect.analysis.alignment import Layer, Shapes
from netinspect.analysis.baseline import COUNTED, Snapshot, place
from netinspect.analysis.figures import ReceptiveField
from netinspect.errors import InputError

MAX_BYTES: Final = 1 << 28
"""The largest document that is read: 256 MiB."""

_MAJOR: Final = "1"


def is_document(text: str) -> bool:
    """Whether a text is meant to be a JSON document of ours, and no spec."""
    return text.lstrip()[:1] == "{" and '"format_version"' in text


def snapshots(text: str, name: str) -> tuple[Snapshot, ...]:
    """The networks of a document; `name` is what messages call it. InputError for what is none, or a newer one."""
    if not text.strip():
        raise InputError(f"{name} is empty; write it with `netinspect summary net.yaml --format json`")
    try:
        document = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        is_syntax = isinstance(error, json.JSONDecodeError)
        reason = str(error) if is_syntax else "it is nested too deep, or a number too long"
        raise InputError(f"{name} is no JSON: {reason}") from None
    try:
        _check_version(document, name)
        models = _list(document, "models")
        states = tuple(_snapshot(model) for model in models)
    except _Wrong as wrong:
        raise InputError(f"{name} is no summary that netinspect wrote: {wrong}") from None
    if not states:
        raise InputError(f"{name} holds no network, so there is nothing to compare with")
    known: set[Hashable] = set()
    for state in states:
        if place(state) in known:
            raise InputError(f"{name} holds {state.title} twice, so it does not tell which to compare with")
        known.add(place(state))
    return states


class _Wrong(Exception):
    """A field that is not what it should be."""


def _no_number(word: str) -> Any:
    raise json.JSONDecodeError(f"{word} is no number", word, 0)


def _check_version(document: Any, name: str) -> None:
    version = _field(document, "format_version", str)
    major = version.partition(".")[0]
    if not major.isdecimal():
        raise _Wrong(f"its format_version is '{version[:40]}'")
    if major != _MAJOR:
        raise InputError(f"{name} has format_version {version[:40]}; this program knows {_MAJOR}.x: upgrade netinspect")


# --- one network -----------------------------------------------------------------------------


def _snapshot(model: Any) -> Snapshot:
    totals = _field(model, "totals", dict)
    inputs = None
    if "inputs" in model:
        inputs = tuple(_sizes(_field(entry, "shape", list), "shape") for entry in _list(model, "inputs"))
    layers = [
        Layer(
            path=_field(layer, "path", str),
            type=_field(layer, "type", str),
            input_shapes=_shapes(layer, "input_shapes"),
            output_shapes=_shapes(layer, "output_shapes"),
            params=_count(layer, "params"),
            trainable_params=_count(layer, "trainable_params"),
            shared_params=_count(layer, "shared_params"),
            macs=_count(layer, "macs"),
        )
        for layer in (_list(model, "layers") if "layers" in model else ())
    ]
    return Snapshot(
        name=_field(model, "name", str),
        source=_field(model, "source", str),
        variant=_optional(model, "variant", str, None),
        batch_size=_optional(model, "batch_size", int, 1),
        dtype=_optional(model, "dtype", str, "float32"),
        totals=tuple(_count(totals, metric) if metric in totals else None for metric in COUNTED),
        receptive_field=_receptive_field(totals.get("receptive_field")),
        whole_field=_receptive_field(totals["whole_field"]) if "whole_field" in totals else "unknown",
        layers=tuple(layers),
        inputs=inputs,
    )


def _shapes(layer: Any, key: str) -> Shapes:
    return tuple(_sizes(shape, key) for shape in _list(layer, key))


def _sizes(value: Any, key: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(_is_count(size) for size in value):
        raise _Wrong(f"'{key}' holds no sizes")
    return tuple(value)


def _receptive_field(value: Any) -> ReceptiveField:
    if value is None or value == "global":
        return "global" if value else None
    return _sizes(value, "receptive_field")


# --- fields ----------------------------------------------------------------------------------


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _count(holder: Mapping[str, Any], key: str) -> int:
    value: int = _field(holder, key, int)
    if not _is_count(value):
        raise _Wrong(f"'{key}' is no count")
    return value


def _list(holder: Any, key: str) -> list[Any]:
    value: list[Any] = _field(holder, key, list)
    return value


def _field(holder: Any, key: str, kind: Callable[..., Any]) -> Any:
    if not isinstance(holder, dict):
        raise _Wrong(f"where '{key}' should stand there is no object")
    if key not in holder:
        raise _Wrong(f"it has no '{key}'")
    if type(holder[key]) is not kind:
        raise _Wrong(f"'{key}' is not what it should be")
    return holder[key]


def _optional(holder: Any, key: str, kind: Callable[..., Any], default: Any) -> Any:
    return default if holder.get(key) is None else _field(holder, key, kind)
