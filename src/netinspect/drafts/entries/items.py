"""What an entry of a list says: a layer with its arguments, a line that stays as it is, or a part of the list."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.drafts.entries.layers import JOINS, Item, class_of, squeezed
from netinspect.drafts.keras.activations import ACTIVATIONS
from netinspect.drafts.keras.code import UNKNOWN, Code
from netinspect.drafts.keras.data import Expression, KerasLayer
from netinspect.drafts.keras.graphs import Node, UntranslatableError
from netinspect.drafts.keras.layers import KNOWN
from netinspect.drafts.wiring import usable_name

TYPE_KEYS: Final = ("type", "layer_type", "layer", "class", "class_name", "op", "kind", "module", "cls", "block")
NAME_KEYS: Final = ("name", "id", "label")
NESTED_KEYS: Final = frozenset(
    "params parameters args arguments kwargs config options attributes attrs settings hyperparameters".split()
)
_WRAPPING: Final = frozenset({"Bidirectional", "TimeDistributed"})

_TEMPLATE: Final = re.compile(r"\$\{\s*(\w+)\s*\}|\{\{\s*(\w+)\s*\}\}|\$(\w+)")
_CALLED_WITH: Final = re.compile(r"(?P<name>\w*)\s*\((?P<inputs>[\w\s,.]+)\)$")
_JOINED: Final = re.compile(
    r"(?:\w+\.)*(?P<layer>[A-Za-z]+)\((?:axis=(?P<axis>-?\d+))?\)\(\[(?P<late>[^\]]*)\]\)$"
    r"|(?:\w+\.)*(?P<name>[A-Za-z]+)\(\[(?P<tensors>[^\]]*)\](?:,\s*(?:axis=)?(?P<last>-?\d+))?\)$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A step that is right as it stands, with the values before its colon."""

    text: str
    name: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase(Line):
    """A layer in words, `Conv 32, 3x3, stride 2`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the list under a name, `encoder: [...]`."""

    name: str
    entries: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Branches:
    """Parts that stand side by side, `heads: {age: [...], gender: [...]}`. A text `*tower` is another section."""

    parts: Mapping[str, tuple[object, ...] | str]


Entry = Item | Line | Section | Branches

WORDS_OF_KERAS: Final = {
    **{word: word for word in (*ACTIVATIONS, "linear", "same", "valid", "causal", "channels_last", "concat")},
    "true": True,
    "false": False,
    "null": None,
}
"""Words that stand without quotes behind an argument, as in YAML: `padding=same`."""


_TRUTH: Final = {
    **dict.fromkeys(("yes", "on", "true"), True),
    **dict.fromkeys(("no", "off", "false"), False),
    **dict.fromkeys(("none", "null"), None),
}


def item(entry: object, variables: Mapping[str, object]) -> Entry:
    """What an entry says; UntranslatableError where it is none of a network."""
    if isinstance(entry, str):
        return _from_text(entry, None, variables)
    if not isinstance(entry, Mapping) or not entry or not all(isinstance(key, str) for key in entry):
        raise UntranslatableError
    type_key = next((key for key in TYPE_KEYS if _is_a_word(entry.get(key))), None)
    if type_key is not None:
        return _typed({str(key): value for key, value in entry.items()}, type_key, variables)
    if len(entry) != 1:
        raise UntranslatableError
    ((key, inner),) = entry.items()
    if re.match(r"(?:if|for|while|else|elif)\b", key):
        raise UntranslatableError
    kind = class_of(key)
    if isinstance(inner, str):
        if key.lower() in {"activation", "act", "nonlinearity"} and inner.lower() in ACTIVATIONS:
            return Item("Activation", {}, (inner.lower(),))
        return _from_text(inner, key, variables)
    if inner is None:
        return Item(key, {})
    if isinstance(inner, Mapping):
        return _from_mapping(key, kind, {str(word): value for word, value in inner.items()}, variables)
    if isinstance(inner, list):
        if squeezed(key) in JOINS and inner and all(isinstance(word, str) for word in inner):
            return Item(key, {}, sources=tuple(inner))
        if kind is not None and len(inner) > 1 and isinstance(inner[0], int) and inner[-1] in ACTIVATIONS:
            return Item(key, {"activation": inner[-1]}, tuple(inner[:-1]))  # `dense: [10, relu]`
        if kind is None or any(isinstance(value, Mapping | str) for value in inner):
            return Section(key, tuple(inner))
        return Item(key, {}, tuple(inner))  # `conv: [32, 3]`
    if isinstance(inner, int | float) and kind is not None:  # `dense: 128`
        return Item(key, {}, (inner,))
    raise UntranslatableError


def _is_a_word(value: object) -> bool:
    """Whether a value can be the type of a layer: `Conv2d`, `nn.Conv2d`, `max pool`."""
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w. -]*", value) is not None


def _from_mapping(key: str, kind: str | None, inner: dict[str, object], variables: Mapping[str, object]) -> Entry:
    if kind not in _WRAPPING and any(_is_a_word(inner.get(word)) for word in TYPE_KEYS):
        said = item(inner, variables)
        return replace(said, name=said.name or key) if isinstance(said, Item) else said
    if kind is not None:
        return _typed({"type": key, **inner}, "type", variables)
    if list(inner) == ["layers"] and isinstance(inner["layers"], list):
        return Section(key, tuple(inner["layers"]))
    if key[:1].isupper() and not any(isinstance(value, list | Mapping) for value in inner.values()):
        return Item(key, inner)  # a layer that nobody knows
    parts: dict[str, tuple[object, ...] | str] = {}
    for word, value in inner.items():
        if usable_name(word) is None or not isinstance(value, str | list | Mapping):
            raise UntranslatableError
        if isinstance(value, str) and value.startswith("*"):
            parts[word] = value[1:]
        else:
            parts[word] = tuple(value) if isinstance(value, list) else (value,)
    return Branches(parts)


def _typed(entry: dict[str, object], type_key: str, variables: Mapping[str, object]) -> Item:
    kind = str(entry.pop(type_key))
    name = next((entry.pop(key) for key in NAME_KEYS if isinstance(entry.get(key), str)), None)
    sources = next((entry.pop(key) for key in ("inputs", "input", "from", "inbound") if key in entry), None)
    if sources is None and squeezed(kind) in JOINS and isinstance(entry.get("with"), str):
        sources = ["prev", entry.pop("with")]
    if isinstance(sources, list) and all(isinstance(size, int) for size in sources) and sources:
        entry["shape"], sources = sources, None
    if class_of(kind) in _WRAPPING:
        # The arguments of the layer in a wrapper may stand beside it: `{layer: LSTM, units: 64}`.
        wrapped = next((entry.pop(key) for key in ("layer", "cell", "rnn", "type", "wrapped") if key in entry), None)
        said = item(wrapped, variables) if wrapped is not None else None
        if not isinstance(said, Item) or said.name or said.sources:
            raise UntranslatableError
        beside = {key: _meant(value, variables) for key, value in entry.items()}
        entry = {"layer": replace(said, named={**said.named, **beside})}
    repeats = next((entry.pop(key) for key in ("repeat", "repeats", "times") if key in entry), 1)
    values: tuple[object, ...] = ()
    for key in [key for key in entry if key in NESTED_KEYS]:
        inner = entry.pop(key)
        if isinstance(inner, Mapping):
            entry.update(inner)
        elif isinstance(inner, list):
            values += tuple(inner)
        elif inner is not None:
            raise UntranslatableError
    words = [sources] if isinstance(sources, str) else sources or []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in (*words, *entry)):
        raise UntranslatableError
    named = {key: _meant(value, variables) for key, value in entry.items()}
    if squeezed(kind) in {"pool", "pooling", "pool2d", "pooling2d"}:
        # `{type: pool, mode: avg, global: true}` is the pool that it says.
        keys = [key for key in ("mode", "pool_type", "op", "method", "kind") if key in named]
        mode = str(named[keys[0]]) if keys else "max"
        if re.fullmatch(r"max|avg|average|mean", mode):
            kind = f"{'global' if named.get('global') is True else ''}{'max' if mode == 'max' else 'avg'}pool"
            named = {key: value for key, value in named.items() if key not in ("global", *keys[:1])}
    return Item(kind, named, values, str(name) if name else None, tuple(words), repeats)


def _meant(value: object, variables: Mapping[str, object]) -> object:
    """A value as YAML 1.1 reads it, where `no` is false; `${width}` as the name that it stands for, and a layer."""
    if isinstance(value, Mapping) and any(_is_a_word(value.get(key)) for key in TYPE_KEYS):
        return item(value, variables)
    if not isinstance(value, str):
        return value
    return _TRUTH[value.lower()] if value.lower() in _TRUTH else _without_template(value)


def _without_template(value: object) -> object:
    """`${width}` as the name that it stands for."""
    return _TEMPLATE.sub(lambda match: match[1] or match[2] or match[3], value) if isinstance(value, str) else value


def _from_text(text: str, key: str | None, variables: Mapping[str, object]) -> Item | Line:
    """An entry that is a text: a layer of Keras, a word, or a line of a spec."""
    text = str(_without_template(text.strip().rstrip(",")))
    called = _CALLED_WITH.fullmatch(key) if key else None
    name = (called["name"] or None) if called else key
    sources = tuple(word.strip() for word in called["inputs"].split(",")) if called else ()
    if name is not None and usable_name(name) is None:
        raise UntranslatableError
    joined = _JOINED.match(text)
    if joined and squeezed(joined["layer"] or joined["name"]) in JOINS:
        words = [word.strip() for word in (joined["late"] or joined["tensors"]).split(",") if word.strip()]
        axis = joined["axis"] or joined["last"]
        return Item(joined["layer"] or joined["name"], {"axis": int(axis)} if axis else {}, (), name, tuple(words))
    if re.fullmatch(r"(?:\w+\.)*[A-Za-z]\w*", text):
        word = text.rpartition(".")[2]
        if class_of(word) is not None or name is None:
            return Item(word, {}, (), name, sources, is_text=True)
        return Line(text, name, sources)
    code = Code({**WORDS_OF_KERAS, **{word: Expression(word) for word in variables}})
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return Phrase(text, name, sources)
    if isinstance(tree, ast.Tuple):  # `Conv 32, 3x3` does not parse, and `relu, 2` says nothing
        raise UntranslatableError
    try:
        value = code.value_of(tree)
    except UntranslatableError:
        value = UNKNOWN
    if isinstance(value, Node) and not value.inputs and isinstance(value.layer, KerasLayer):
        value = value.layer
    if isinstance(value, KerasLayer):
        named = {word: inner for word, inner in (value.named or {}).items() if word != "name"}
        label = name or value.name
        return Item(value.class_name, named, value.values, label, sources, is_text=True)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        # A function, or a layer with arguments that are its own, is right as it stands.
        entry = LAYERS.get(tree.func.id)
        settings = {argument.name for argument in entry.arguments} if entry is not None else set()
        is_of_layer = entry is not None and {word.arg for word in tree.keywords} <= settings
        if not is_of_layer and (entry is not None or tree.func.id not in FUNCTIONS):
            named = {word.arg or "": _literal(word.value) for word in tree.keywords}
            return Item(tree.func.id, named, tuple(_literal(value) for value in tree.args), name, sources, is_text=True)
    return Line(text, name, sources)


def _literal(node: ast.expr) -> object:
    """A value as it is written; a name as a text."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        text = ast.unparse(node)
        return WORDS_OF_KERAS.get(text, Expression(text))


def is_of_keras(said: Entry) -> bool:
    """Whether an entry is in words that Keras alone has."""
    if not isinstance(said, Item):
        return False
    return said.type in KERAS_ONLY or (said.type in KNOWN and bool(set(said.named) & KERAS_ARGUMENTS))


KERAS_ONLY: Final = frozenset(
    word
    for word in KNOWN
    if word[0].isupper() and re.search(r"\dD|^Dense$|Normalization|^SimpleRNN|^Bidir|Merge", word)
)
KERAS_ARGUMENTS: Final = frozenset(
    "units filters activation return_sequences pool_size strides input_shape input_dim use_bias rate".split()
)


def flat(entries: Sequence[object], variables: Mapping[str, object]) -> list[Entry]:
    """What the entries say, with those of sections and branches behind them."""
    result: list[Entry] = []
    for entry in entries:
        said = item(entry, variables)
        result.append(said)
        if isinstance(said, Section):
            result += flat(said.entries, variables)
        elif isinstance(said, Branches):
            for part in said.parts.values():
                result += flat(part, variables) if isinstance(part, tuple) else []
    return result
