"""Keys of a file that other tools have, and where a spec says the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from netinspect.errors import Edit, Span
from netinspect.language.messages import closest
from netinspect.language.nodes import Mapping, Node, Scalar, Sequence

_MEANT: Final = {
    "input": ("input_shape", "input_size", "input_dim", "input_dims", "in_shape", "inputs_shape", "shape", "image_size",
              "input_shapes", "inputshape"),
    "layers": ("model", "network", "net", "arch", "architecture", "body", "structure", "sequential", "layer", "graph",
               "stack", "forward"),
    "vars": ("variables", "params", "parameters_", "hyperparameters", "hparams", "constants", "config", "args",
             "arguments", "settings", "defaults", "vals"),
    "blocks": ("block", "modules", "submodules", "definitions"),
    "outputs": ("output", "returns", "return"),
    "name": ("title", "model_name", "net_name", "id"),
    "about": ("description", "desc", "comment", "comments", "notes", "note", "doc", "summary"),
}  # fmt: skip
"""A key of a spec, and what other tools call it."""


def meant_key(word: str, node: Node, known: Iterable[str]) -> str | None:
    """The key of a spec that another tool's word stands for, seen the value it has; None where nothing is near.

    A list under any other name is a part of the network, and belongs into `layers`.
    """
    for key, words in _MEANT.items():
        if word.lower() in words and _fits(key, node):
            return key
    near = closest(word, known)
    if near is not None:
        return near
    return "layers" if isinstance(node, Sequence) and not node.flow else None


def _fits(key: str, node: Node) -> bool:
    if key in ("layers", "blocks", "vars"):
        return isinstance(node, Sequence if key == "layers" else Mapping)
    return key in ("input", "outputs") or isinstance(node, Scalar)


def unknown_keys(root: Mapping, known: tuple[str, ...]) -> dict[str, tuple[Edit, ...]]:
    """For each key that a spec has not, the edits that say the same in a spec; () where that is not certain."""
    present = {key.text for key, _ in root.items}
    rewrites: dict[str, tuple[Edit, ...]] = {}
    parts: list[tuple[Scalar, Sequence]] = []
    numbers: list[tuple[Scalar, Scalar]] = []
    for key, node in root.items:
        if key.text in known:
            continue
        meant = next((k for k, words in _MEANT.items() if key.text.lower() in words and _fits(k, node)), None)
        if meant is not None and meant not in present:
            rewrites[key.text] = (Edit(key.span, meant),)
            present.add(meant)
        elif isinstance(node, Sequence) and not node.flow and closest(key.text, known) is None:
            parts.append((key, node))
        elif isinstance(node, Scalar) and not node.quoted and node.text[:1].isdigit():
            numbers.append((key, node))
    if parts and "layers" not in present:
        nested = _nested(parts)
        rewrites |= {key.text: nested for key, _ in parts} if nested else {}
    if numbers and "vars" not in present and closest(numbers[0][0].text, known) is None:
        as_vars = _as_vars(numbers)
        rewrites |= {key.text: as_vars for key, _ in numbers}
    return rewrites


def _nested(parts: list[tuple[Scalar, Sequence]]) -> tuple[Edit, ...]:
    """`encoder:` and `decoder:` of the top level as entries of `layers`, where they follow one another."""
    edits: list[Edit] = []
    lines = parts[0][0].source.split("\n")
    for number, (key, node) in enumerate(parts):
        first, last = key.span.line, node.items[-1].span.end_line
        if key.span.column != 1 or (number and lines[parts[number - 1][1].items[-1].span.end_line : first - 1] and any(
            line.strip() and not line.lstrip().startswith("#")
            for line in lines[parts[number - 1][1].items[-1].span.end_line : first - 1]
        )):  # fmt: skip
            return ()
        edits.append(Edit(Span(first, 1, first, 1), "  - " if number else "layers:\n  - "))
        deeper = " " * max(0, 7 - node.span.column)
        edits += [
            Edit(Span(line, 1, line, 1), deeper) for line in range(first + 1, last + 1) if lines[line - 1].strip()
        ]
    return tuple(edits)


def _as_vars(numbers: list[tuple[Scalar, Scalar]]) -> tuple[Edit, ...]:
    """Numbers of the top level as `vars`."""
    written = ", ".join(f"{key.text}: {node.text}" for key, node in numbers)
    (first, value), *others = numbers
    place = Span(first.span.line, 1, value.span.end_line, value.span.end_column)
    gone = [Edit(Span(key.span.line, 1, node.span.end_line + 1, 1), "") for key, node in others]
    return (Edit(place, f"vars: {{{written}}}"), *gone)
