"""Keras' configurations: what `model.to_json()` and `get_config()` give, of Keras 2 and of Keras 3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from netinspect.drafts.keras.data import KerasLayer
from netinspect.drafts.keras.graphs import Graph, Node, UntranslatableError, chain, rewritten_graph
from netinspect.drafts.keras.layers import KNOWN, MODELS
from netinspect.drafts.style import Rewritten


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
    if class_name is None and isinstance(data.get("layers"), list) and not _is_spec(data):
        class_name, config = "Functional" if "output_layers" in data else "Sequential", data
    if class_name not in {"Sequential", "Model", "Functional"}:
        return None
    if class_name == "Sequential":
        items = config if isinstance(config, list) else config.get("layers") if isinstance(config, Mapping) else None
        graph = _config_graph(items) if isinstance(items, list) else None
        name = config.get("name") if isinstance(config, Mapping) else None
        return graph and replace(graph, name=name if isinstance(name, str) and not _is_model_name(name) else None)
    return _functional(cast("Mapping[str, object]", config)) if isinstance(config, Mapping) else None


def _is_spec(data: Mapping[object, object]) -> bool:
    return any(key in data for key in ("input", "inputs", "netspec", "vars", "blocks"))


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
    ends = [
        [nodes.get(end, nodes.get((end[0], end[1] - 1))) for end in _ends(config.get(key))]
        for key in ("input_layers", "output_layers")
    ]
    if not ends[0] or not ends[1] or None in ends[0] or None in ends[1]:
        raise UntranslatableError
    title = config.get("name")
    inputs, outputs = (cast("tuple[Node, ...]", tuple(side)) for side in ends)
    return Graph(inputs, outputs, title if isinstance(title, str) and not _is_model_name(title) else None)


def _ends(value: object) -> list[tuple[str, int]]:
    """`[["dense", 0, 0], …]`, or one of them alone."""
    rows = [value] if isinstance(value, list) and value and isinstance(value[0], str) else value
    return [(str(row[0]), int(row[1])) for row in cast("list[list[object]]", rows or [])]  # type: ignore[call-overload]


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
