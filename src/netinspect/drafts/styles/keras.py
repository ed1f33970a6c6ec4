"""Keras: its code, its configurations, and its calls as lines of a spec.

What a single layer becomes, and how graphs of them are read and written, stands in the package `drafts.keras`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from netinspect.drafts.entries.items import Branches, Line, Section, flat, is_of_keras
from netinspect.drafts.entries.lines import network_of
from netinspect.drafts.entries.outline import outline, sizes_of
from netinspect.drafts.keras.code import from_code
from netinspect.drafts.keras.data import KerasLayer
from netinspect.drafts.keras.graphs import Graph, Node, UntranslatableError, chain, rewritten_graph
from netinspect.drafts.keras.layers import KNOWN, MODELS
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
    lines: list[str] = []
    for entry in entries if isinstance(entries, list) else []:
        pairs = list(entry.items()) if isinstance(entry, Mapping) else []  # `age: Dense(1)(x)` is `age = Dense(1)(x)`
        lines.append(f"{pairs[0][0]} = {pairs[0][1]}" if len(pairs) == 1 else str(entry))
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
        forms = (form(data) for form in _FORMS)
        rewritten = next((form for form in forms if form is not None), None) or from_code(text)
        return None if rewritten is None or rewritten.stuck else rewritten
    return None


# --- Keras' configurations -----------------------------------------------------------------------


def from_configuration(data: object) -> Rewritten | None:
    """`model.to_json()`, its `config`, or a list of serialized layers."""
    try:
        graph = _config_graph(data)
        return None if graph is None else rewritten_graph(graph)
    except (UntranslatableError, RecursionError, KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None  # it is no configuration, or one that was cut


def _config_graph(data: object) -> Graph | None:
    if isinstance(data, list):
        layers = [_config_layer(item) for item in data]
        return chain([layer for layer in layers if layer]) if layers and all(layers) else None
    if not isinstance(data, Mapping):
        return None
    class_name, config = data.get("class_name"), data.get("config")
    is_spec = any(key in data for key in ("input", "inputs", "netspec", "vars", "blocks"))
    if class_name is None and isinstance(data.get("layers"), list) and not is_spec:
        class_name, config = "Functional" if "output_layers" in data else "Sequential", data
    if class_name not in {"Sequential", "Model", "Functional"}:
        return None
    if class_name == "Sequential":
        items = config if isinstance(config, list) else config.get("layers") if isinstance(config, Mapping) else None
        graph = _config_graph(items) if isinstance(items, list) else None
        name = config.get("name") if isinstance(config, Mapping) else None
        return graph and replace(graph, name=name if isinstance(name, str) and not _is_model_name(name) else None)
    return _functional(cast("Mapping[str, object]", config)) if isinstance(config, Mapping) else None


def _is_model_name(name: str) -> bool:
    return re.fullmatch(r"(sequential|model|functional)(_\d+)?", name) is not None


def _config_layer(item: object) -> KerasLayer | Graph | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("class_name"), str):
        return None
    class_name, config = item["class_name"], item.get("config", {})
    if class_name in MODELS:
        return _config_graph(item)
    if not isinstance(config, Mapping) or class_name not in KNOWN:
        return None
    name = config.get("name", item.get("name"))
    return KerasLayer(class_name, (), dict(config), name if isinstance(name, str) else None)


def _functional(config: Mapping[str, object]) -> Graph:
    """A graph from `inbound_nodes`: lists of `[layer, node, tensor]` in Keras 2, of `keras_history` in Keras 3."""
    items = config.get("layers")
    nodes: dict[tuple[str, int], Node] = {}
    waiting: list[tuple[str, int, KerasLayer | Graph, list[tuple[str, int]]]] = []
    for item in items if isinstance(items, list) else []:
        layer = _config_layer(item)
        if layer is None:
            raise UntranslatableError
        name = str(item.get("name", item["config"].get("name")))
        inbound = item.get("inbound_nodes") or []
        if not inbound:
            nodes[name, 0] = Node(layer, ())
        waiting += [(name, place, layer, _history(node)) for place, node in enumerate(inbound)]
    while waiting:
        ready = [row for row in waiting if all(source in nodes for source in row[3])]
        if not ready:
            raise UntranslatableError
        for name, place, layer, sources in ready:
            nodes[name, place] = Node(layer, tuple(nodes[source] for source in sources), name)
        waiting = [row for row in waiting if row not in ready]
    # Keras 3 counts the calls of an inner model from 1 in the list of outputs, and from 0 elsewhere.
    ends: list[list[Node | None]] = []
    for key in ("input_layers", "output_layers"):  # `[["dense", 0, 0], …]`, or one of them alone
        value: Any = config.get(key) or []
        rows = [value] if isinstance(value, list) and value and isinstance(value[0], str) else value
        places = [(str(row[0]), int(row[1])) for row in rows]
        ends.append([nodes.get((name, number), nodes.get((name, number - 1))) for name, number in places])
    if not ends[0] or not ends[1] or None in ends[0] or None in ends[1]:
        raise UntranslatableError
    title = config.get("name")
    inputs, outputs = (cast("tuple[Node, ...]", tuple(side)) for side in ends)
    return Graph(inputs, outputs, title if isinstance(title, str) and not _is_model_name(title) else None)


def _history(node: object) -> list[tuple[str, int]]:
    """The layers and nodes that one call takes; UntranslatableError for a call with settings of its own."""
    if isinstance(node, list):  # Keras 2
        rows = [node] if node and isinstance(node[0], str) else node
        if any(len(row) > 3 and row[3] for row in rows):
            raise UntranslatableError
        return [(row[0], row[1]) for row in rows]
    if not isinstance(node, Mapping):
        raise UntranslatableError
    settings = node.get("kwargs") or {}
    if any(value not in (None, False) for key, value in settings.items() if key != "training"):
        raise UntranslatableError
    histories: list[tuple[str, int]] = []
    waiting = list(node.get("args") or [])
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting = value + waiting
        elif isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
            name, place, tensor = value["config"]["keras_history"]
            if tensor:
                raise UntranslatableError
            histories.append((name, place))
        elif value is not None:
            raise UntranslatableError
    return histories


_FORMS: Final = (from_configuration, _from_calls, _from_lines)
"""What data of Keras may be, the first that it is."""

STYLE: Final = Style("Keras", _rewrite)
