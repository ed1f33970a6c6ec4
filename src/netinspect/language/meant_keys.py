"""Keys of a file that other tools have, and where a spec says the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
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
    "name": ("title", "model_name", "net_name", "id", "model", "network", "net", "arch", "architecture"),
    "about": ("description", "desc", "comment", "comments", "notes", "note", "doc", "summary"),
}  # fmt: skip
"""A key of a spec, and what other tools call it."""


TRAINING: Final = frozenset(
    "optimizer optimiser loss losses train training trainer epochs batch_size lr learning_rate scheduler metrics "
    "dataset data dataloader loader seed device callbacks logging checkpoint early_stopping augmentation augment eval "
    "val validation test weight_decay momentum criterion precision amp num_workers framework version author date tags "
    "license compile fit hyperparams experiment project task".split()
)
"""Keys of a training run, which a spec says nothing of."""

COMMENT: Final = "# "
"""What a line begins with that says nothing to a spec, and may say something to its reader."""

_KINDS: Final = frozenset({"sequential", "functional", "cnn", "mlp", "rnn", "transformer"})
"""What other tools say of the kind of a network, `model: sequential`."""

_SEVERAL_INPUTS: Final = re.compile(r"inputs?_?(?:\d+|[a-z]|left|right|one|two)$", re.IGNORECASE)


def meant_key(word: str, node: Node, known: Iterable[str]) -> str | None:
    """The key of a spec that another tool's word stands for, seen the value it has; None where nothing is near.

    A list under any other name is a part of the network, and belongs into `layers`.
    """
    if word.lower() in TRAINING:
        return None
    if _SEVERAL_INPUTS.match(word) and not word.lower().startswith("inputs"):
        return "input"
    for key, words in _MEANT.items():
        if word.lower() in words and _fits(key, node):
            return key
    near = closest(word, known)
    if near is not None:
        return near
    return "layers" if isinstance(node, Sequence) and not node.flow else None


SIDE_BY_SIDE: Final = (
    "the lists of a network stand below `layers:`, each as an entry `- name:` that takes what is above it, or "
    "`- name(input):` for one that takes another value"
)


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
    several = [(key, node) for key, node in root.items if _SEVERAL_INPUTS.match(key.text) and key.text not in known]
    if len(several) > 1 and not present & {"input", "inputs"} and all(_is_one_line(key, node) for key, node in several):
        edits = [Edit(Span(key.span.line, 1, key.span.line, 1), "  ") for key, _ in several]
        as_inputs = (Edit(edits[0].span, "inputs:\n  "), *edits[1:])
        rewrites |= {key.text: as_inputs for key, _ in several}
    several_lists = sum(isinstance(node, Sequence) and not node.flow for key, node in root.items) > 1
    lists = ("layers",) if several_lists and "layers" not in present else ()
    for key, node in root.items:
        if key.text in known or key.text in rewrites:
            continue
        if isinstance(node, Scalar) and node.text.lower() in _KINDS and key.span.column == 1:
            rewrites[key.text] = (Edit(Span(key.span.line, 1, _end(key, node) + 1, 1), ""),)
            continue
        if key.text.lower() in TRAINING and key.span.column == 1:
            lines = range(key.span.line, _end(key, node) + 1)
            rewrites[key.text] = tuple(Edit(Span(line, 1, line, 1), COMMENT) for line in lines)
            continue
        if key.text == "dtype" and isinstance(node, Scalar):
            dtype = {"long": "int64", "int": "int64", "float": "float32"}.get(node.text, node.text)
            stated = root.get("input")
            gone = (Edit(Span(key.span.line, 1, key.span.line + 1, 1), ""),)
            is_said = isinstance(stated, Mapping) and stated.get("dtype") is not None
            rewrites[key.text] = gone if is_said else _into_input(root, key, node, f"dtype: {dtype}")
            continue
        if key.text in _OF_PREPROCESS:
            text = f"preprocess: {{{key.text}: {node.text if isinstance(node, Scalar) else ''}}}"
            rewrites[key.text] = _into_input(root, key, node, text)
            continue
        meant = next((k for k, words in _MEANT.items() if key.text.lower() in words and _fits(k, node)), None)
        if meant is not None and meant not in present:
            rewrites[key.text] = (Edit(key.span, meant),)
            present.add(meant)
        elif isinstance(node, Sequence) and not node.flow and closest(key.text, known) in (None, *lists):
            parts.append((key, node))
        elif isinstance(node, Scalar) and not node.quoted and node.text[:1].isdigit():
            numbers.append((key, node))
    if parts and "layers" not in present and is_chain([key.text for key, _ in parts]):
        nested = _nested(parts)
        rewrites |= {key.text: nested for key, _ in parts} if nested else {}
    if numbers and "vars" not in present and closest(numbers[0][0].text, known) is None:
        as_vars = _as_vars(numbers)
        rewrites |= {key.text: as_vars for key, _ in numbers}
    return rewrites


_OF_PREPROCESS: Final = frozenset(
    "sample_rate n_fft hop_length n_mels normalize resize center_crop grayscale mean std stft log_mel frame".split()
)
"""Keys of `preprocess`, which belongs to an input."""


def _into_input(root: Mapping, key: Scalar, node: Node, said: str) -> tuple[Edit, ...]:
    """`sample_rate: 16000` or `dtype: int64` of the top level in the input, where both stand on a line each."""
    shape = root.get("input")
    if not isinstance(node, Scalar) or not isinstance(shape, Sequence) or not _is_one_line(key, node):
        return ()
    line = key.source.split("\n")[shape.span.line - 1]
    written = line[shape.span.column - 1 : shape.span.end_column - 1]
    if shape.span.line != shape.span.end_line:
        return ()
    text = f"{{shape: {written}, {said}}}"
    return (Edit(shape.span, text), Edit(Span(key.span.line, 1, key.span.line + 1, 1), ""))


def _end(key: Scalar, node: Node) -> int:
    """The last line of a key's value."""
    if isinstance(node, Sequence) and node.items and not node.flow:
        node = node.items[-1]
    lines, end = key.source.split("\n"), node.span.end_line
    is_begun = end <= len(lines) and lines[end - 1][: node.span.end_column - 1].strip()
    return max(key.span.line, end if is_begun else end - 1)


def _is_one_line(key: Scalar, node: Node) -> bool:
    return key.span.line == node.span.end_line and key.span.column == 1


def _nested(parts: list[tuple[Scalar, Sequence]]) -> tuple[Edit, ...]:
    """`encoder:` and `decoder:` of the top level as entries of `layers`, where they follow one another."""
    edits: list[Edit] = []
    lines = parts[0][0].source.split("\n")
    for number, (key, node) in enumerate(parts):
        first, last = key.span.line, _end(key, node.items[-1])
        between = lines[_end(*parts[number - 1]) : first - 1] if number else []
        if key.span.column != 1 or any(line.strip() and not line.lstrip().startswith("#") for line in between):
            return ()
        edits.append(Edit(Span(first, 1, first, 1), "  - " if number else "layers:\n  - "))
        deeper = " " * max(0, 7 - node.span.column)
        edits += [
            Edit(Span(line, 1, line, 1), deeper) for line in range(first + 1, last + 1) if lines[line - 1].strip()
        ]
    return tuple(edits)


_ORDER: Final = (
    "stem preprocess frontend embed embedding embeddings patch input".split(),
    "encoder backbone features feature extractor trunk body stage stages block conv convs cnn down contracting".split(),
    "rnn lstm gru transformer temporal recurrent sequence".split(),
    "neck middle mid bottleneck latent bridge center pool pooling merge fusion".split(),
    "decoder up expanding upsample".split(),
    "head classifier classification fc dense mlp final output top regressor".split(),
)
"""Words for the parts of a network in the order in which they are run."""


def is_chain(names: list[str]) -> bool:
    """Whether parts of a network with these names follow one another as they stand: `encoder`, `decoder`, `head`.

    False where it is not certain, as of `actor` and `critic`: they may be branches, or the parts of two networks."""
    if len(names) < 2:
        return True
    places = [_place_of(name) for name in names]
    known = [place for place in places if place is not None]
    is_ordered = all(before < after for before, after in pairwise(known))
    classifies = any("classif" in name.lower() for name in names) and any("decod" in name.lower() for name in names)
    return len(known) == len(places) and is_ordered and not classifies


def _place_of(name: str) -> tuple[int, int] | None:
    words = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    numbers = [int(word) for word in words if word.isdigit()]
    places = [place for place, known in enumerate(_ORDER) if any(word in known for word in words)]
    others = [
        word
        for word in words
        if not (word.isdigit() or word in ("layers", "part", "net", "module"))
        and not any(word in known for known in _ORDER)
    ]
    if len(set(places)) != 1 or others or len(numbers) > 1:
        return None
    return places[0], numbers[0] if numbers else 0


def _as_vars(numbers: list[tuple[Scalar, Scalar]]) -> tuple[Edit, ...]:
    """Numbers of the top level as `vars`."""
    written = ", ".join(f"{key.text}: {node.text}" for key, node in numbers)
    (first, value), *others = numbers
    place = Span(first.span.line, 1, value.span.end_line, value.span.end_column)
    gone = [Edit(Span(key.span.line, 1, node.span.end_line + 1, 1), "") for key, node in others]
    return (Edit(place, f"vars: {{{written}}}"), *gone)
