"""Keras: its code, its configurations, and its calls as lines of a spec.

What a single layer becomes, and how graphs of them are read and written, stands in the package `drafts.keras`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from netinspect.drafts.entries.items import Branches, Line, Section, flat, is_of_keras
from netinspect.drafts.entries.lines import network_of
from netinspect.drafts.entries.outline import outline, sizes_of
from netinspect.drafts.keras.code import from_code
from netinspect.drafts.keras.configurations import from_configuration
from netinspect.drafts.keras.graphs import UntranslatableError
from netinspect.drafts.style import Rewritten, Style


def _from_lines(data: object) -> Rewritten | None:
    """Calls of Keras as the lines of a list; lines that are no Keras call stay as they are."""
    said = outline(data)
    if said is None or not said.entries:
        return None
    try:
        entries = flat(said.entries, said.variables)
    except UntranslatableError:
        return None
    is_text = all(isinstance(entry, Line | Section | Branches) or entry.is_text or entry.sources for entry in entries)
    if not is_text or not any(is_of_keras(entry) for entry in entries):
        return None
    rewritten = network_of(said)
    return None if rewritten is None or rewritten.unknown or rewritten.left_out else rewritten


_APPLIED: Final = re.compile(r"(?:[A-Za-z_]\w*\s*=\s*)?[\w.]+\(.*\)\(\[?[A-Za-z_][\w\s,]*\]?\)$")


def _from_calls(data: object) -> Rewritten | None:
    """A list of calls on tensors, `- x = Dense(10)(x)`, with what a file says of its inputs and outputs: as the code
    that it is."""
    file: Mapping[str, object] = data if isinstance(data, Mapping) else {"layers": data}
    entries = file.get("layers")
    lines = [_assigned(entry) for entry in entries] if isinstance(entries, list) else []
    if not lines or sum(_APPLIED.match(line) is not None for line in lines) * 2 < len(lines):
        return None
    assigned = {line.partition("=")[0].strip() for line in lines if "=" in line.partition("(")[0]}
    used = [name for line in lines for name in re.findall(r"\w+", line.rpartition("(")[2])]
    free = list(dict.fromkeys(name for name in used if name not in assigned and name.isidentifier()))
    first = lines[0].rpartition("(")[2].strip(")[] ")
    stated = file.get("inputs", file.get("input"))
    inputs = stated if isinstance(stated, Mapping) and set(stated) == set(free) else {(free or [first])[0]: stated}
    if len(free) > len(inputs) or not all(name.isidentifier() for name in inputs):
        return None
    outputs = file.get("outputs") or [lines[-1].partition("=")[0].strip()]
    if not isinstance(outputs, list) or not set(outputs) <= assigned:
        return None
    rewritten = from_code(
        "\n".join(
            [
                *(f"{name} = {_input(size)}" for name, size in inputs.items()),
                *lines,
                f"model = Model([{', '.join(inputs)}], [{', '.join(outputs)}])",
            ]
        )
    )
    return None if rewritten is None or rewritten.stuck else rewritten


def _assigned(entry: object) -> str:
    """An entry of a list as a statement: `age: Dense(1)(x)` is `age = Dense(1)(x)`."""
    if isinstance(entry, Mapping) and len(entry) == 1:
        ((name, value),) = entry.items()
        return f"{name} = {value}"
    return str(entry)


def _input(stated: object) -> str:
    """What is stated of an input as Keras has it, its channels last."""
    if isinstance(stated, str) and "Input(" in stated:
        return stated
    sizes = sizes_of(stated)
    if sizes is None:
        return "Input()"
    channels_first = len(sizes) == 3 and sizes[0] <= 4 < sizes[-1]
    return f"Input(shape={(*sizes[1:], sizes[0]) if channels_first else sizes})"


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
        rewritten = from_configuration(data) or _from_calls(data) or _from_lines(data) or from_code(text)
        return None if rewritten is None or rewritten.stuck else rewritten
    return None


STYLE: Final = Style("Keras", _rewrite)
