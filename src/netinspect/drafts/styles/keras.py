"""Keras: its code, its configurations, and its calls as lines of a spec.

What a single layer becomes, and how graphs of them are read and written, stands in the package `drafts.keras`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from netinspect.drafts.keras.code import UNKNOWN, Code, from_code
from netinspect.drafts.keras.configurations import from_configuration
from netinspect.drafts.keras.data import Data, Expression, KerasLayer
from netinspect.drafts.keras.graphs import Node, UntranslatableError, chain, input_data, input_text
from netinspect.drafts.keras.layers import KNOWN, keras_lines, translate
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.wiring import usable_name

__all__ = ["STYLE", "keras_lines"]


KERAS_ONLY: Final = frozenset(
    word
    for word in KNOWN
    if word[0].isupper() and re.search(r"\dD|^Dense$|Normalization|^SimpleRNN|^Bidir|Merge", word)
)
KERAS_ARGUMENTS: Final = frozenset(
    "units filters activation return_sequences pool_size strides input_shape input_dim use_bias rate".split()
)


def _from_lines(data: object) -> Rewritten | None:
    """Calls of Keras as the lines of a list; lines that are no Keras call stay as they are."""
    whole = data if isinstance(data, Mapping) else {"layers": data}
    items = whole.get("layers")
    if not isinstance(items, list) or set(whole) & {"blocks", "variants", "parameters", "inputs"}:
        return None
    variables = whole.get("vars") or {}
    if not isinstance(variables, Mapping):
        return None
    code = Code({str(name): Expression(name) for name in variables})
    calls = [_line_call(code, item) for item in items]
    if not any(isinstance(call, KerasLayer) and _is_keras_only(call) for call in calls):
        return None
    stated = whole.get("input", whole.get("input_shape"))
    layers = [call for call in calls if isinstance(call, KerasLayer)]
    try:
        source, text = _line_input(stated, layers)
    except UntranslatableError:
        return None
    written = _written(calls, source)
    if written is None and source.shape is None and layers[0].class_name == "Dense":
        written = _written(calls, Data((None,)))  # only where a rank is needed, as for BatchNormalization
        written = written and (written[0], [*written[1], "the input is taken to be a row of features"])
    if written is None:
        return None
    name = whole.get("name")
    return Rewritten(
        layers=tuple(written[0]),
        input=text,
        name=name if isinstance(name, str) else None,
        vars=tuple(f"{key}: {value}" for key, value in variables.items()),
        note="; ".join(written[1]) or None,
    )


def _written(calls: Sequence[KerasLayer | str | None], data: Data) -> tuple[list[str], list[str]] | None:
    """The lines of the calls and the notes on them, for the data that come in; None where one cannot be told."""
    lines: list[str] = []
    notes: list[str] = []
    for call in calls:
        if call is None:
            return None
        if isinstance(call, str):
            lines.append(f"- {call}")
            data = Data()
            continue
        if call.class_name in {"Input", "InputLayer"}:
            continue
        translation = translate(call, data)
        if translation is None:
            return None
        head = f"{call.name}: " if call.name else ""
        lines += [
            f"- {head if number == translation.main else ''}{step}" for number, step in enumerate(translation.steps)
        ]
        notes += [note for note in translation.notes if note not in notes]
        data = translation.data
    return lines, notes


def _is_keras_only(call: KerasLayer) -> bool:
    return call.class_name in KERAS_ONLY or bool(set(call.named or ()) & KERAS_ARGUMENTS)


def _line_call(code: Code, item: object) -> KerasLayer | str | None:
    """A line as a Keras layer; its text where it is another step; None for what is nested."""
    name = None
    if isinstance(item, Mapping) and len(item) == 1:
        ((name, item),) = item.items()
        if not isinstance(name, str) or usable_name(name) != name:
            return None
    if not isinstance(item, str):
        return None
    try:
        value = code.value_of(ast.parse(item.strip().rstrip(","), mode="eval").body)
    except (SyntaxError, ValueError, UntranslatableError):
        value = None
    if isinstance(value, Node) and not value.inputs and isinstance(value.layer, KerasLayer):
        value = value.layer
    word = item.strip().rpartition(".")[2]
    if value is None or value is UNKNOWN:
        value = KerasLayer(word, (), {}) if word in KNOWN else None
    if isinstance(value, KerasLayer):
        return replace(value, name=name or value.name)
    return f"{name}: {item}" if name else item


def _line_input(stated: object, layers: Sequence[KerasLayer]) -> tuple[Data, str | None]:
    """The data that come in, from the file's `input` or the first layer's `input_shape`."""
    if stated is None:
        graph = chain(layers)
        data = input_data(graph, graph.inputs[0])
        return data, input_text(graph, graph.inputs[0], data)[0]
    if not isinstance(stated, list) or not all(isinstance(size, int) for size in stated):
        return Data(), str(stated) if isinstance(stated, str) else None
    shape = tuple(stated)
    if len(shape) >= 3 and shape[0] <= 4 < shape[-1]:
        shape = (*shape[1:], shape[0])  # channels are in front already
    graph = chain([KerasLayer("Input", (), {"shape": shape}), *layers])
    data = input_data(graph, graph.inputs[0])
    return data, input_text(graph, graph.inputs[0], data)[0]


def _rewrite(text: str, data: object) -> Rewritten | None:
    """Keras in one of its forms; None for all else."""
    if isinstance(data, str) or data is None:
        stripped = text.strip()
        if stripped.startswith(("{", "[")):
            try:
                return from_configuration(json.loads(stripped))
            except ValueError:
                return None
        return from_code(text)
    if isinstance(data, list | Mapping):
        return from_configuration(data) or _from_lines(data) or from_code(text)
    return None


STYLE: Final = Style("Keras", _rewrite)
