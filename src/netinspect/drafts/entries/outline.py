"""A file of another tool, brought to the keys of a spec: its name, what comes in, its numbers, and one list of layers.

Such files call the list by many names, wrap it in `model:`, cut it into `encoder:` and `decoder:`, and state sizes with
the batch, with channels last, or as a text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from netinspect.drafts.keras.data import Data
from netinspect.language.meant_keys import TRAINING, is_chain
from netinspect.language.parse import KEYS

LIST_KEYS: Final = ("layers", "network", "model", "architecture", "layer_list")
INPUT_KEYS: Final = ("input", "input_shape", "input_size", "input_dim", "in_shape", "shape", "inputs")
WRAPPERS: Final = ("model", "network", "net", "architecture")
_BESIDE: Final = TRAINING | {"about", "description", "classes", "output_shape"}
"""Keys that say nothing of the layers."""

_BATCH: Final = frozenset({None, "None", "batch", "batch_size", "N", "B", "?"})
_SIZES: Final = re.compile(r"[\[(]?\s*(?:None\s*[,x×]\s*)?\d+(\s*[,x×]\s*\d+)*\s*,?\s*[\])]?")
_SEQUENCES: Final = re.compile(r"LSTM|GRU|RNN|Bidirectional|TimeDistributed|Attention|Transformer|Global\w+1D")
_WINDOWS: Final = re.compile(r"(?:Conv|Separable|Depthwise|MaxPool|Average|AvgPool|ZeroPad|Cropping|UpSampl)\w*1[Dd]")


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file says.

    inputs       what is stated of each input, by name; of one without a name under `input`
    entries      those of the one list, section after section
    numbers      names of variables that stand at the top level, where one of them may be of no layer
    definitions  sections that are not run in their place: others refer to them by `*name`
    others       keys that say nothing of the layers
    outputs      the names of what the network returns, where the file says it
    doubt        what the order of its sections leaves open
    """

    entries: tuple[object, ...]
    inputs: Mapping[str, object] = field(default_factory=dict)
    variables: Mapping[str, object] = field(default_factory=dict)
    name: str | None = None
    numbers: tuple[str, ...] = ()
    definitions: Mapping[str, object] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    doubt: str | None = None


def outline(data: object) -> Outline | None:
    """The outline of a list, or of a file; None for a file with other keys than a network may have."""
    if isinstance(data, list):
        return Outline(tuple(data))
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        return None
    content = _unwrapped({str(key): value for key, value in data.items()})
    name, returned, stated_vars = content.pop("name", None), content.pop("outputs", []), content.pop("vars", None) or {}
    if not isinstance(stated_vars, Mapping) or not isinstance(returned, list):
        return None
    if not all(isinstance(word, str) for word in returned):
        return None
    variables: dict[str, object] = {str(key): value for key, value in stated_vars.items()}
    input_key = next((key for key in INPUT_KEYS if key in content), None)
    stated = content.pop(input_key) if input_key else None
    inputs = {} if stated is None else {"input": stated}
    if input_key == "inputs" and isinstance(stated, Mapping):
        inputs = {str(word): value for word, value in stated.items()}
    list_key = next((key for key in LIST_KEYS if isinstance(content.get(key), list | Mapping)), None)
    layers = content.pop(list_key) if list_key else None
    entries = layers if isinstance(layers, list) else []
    if isinstance(layers, Mapping):
        entries = [{key: inner} for key, inner in layers.items()]
    used = {value[1:] for value in _words(list(content.values())) if value.startswith("*")}
    definitions: dict[str, object] = {}
    numbers, others, sections = list[str](), list[str](), list[str]()
    for word, value in content.items():
        if word in _BESIDE or (isinstance(value, str) and word not in KEYS):
            others.append(word)
        elif isinstance(value, int | float) and word not in KEYS:
            variables[word] = value
            numbers.append(word)
        elif word in used:
            definitions[word] = value
        elif list_key is None and isinstance(value, list | Mapping) and word not in KEYS:
            entries.append({word: value})
            sections += [word] if isinstance(value, list) else []
        else:
            return None
    return Outline(
        entries=tuple(entries),
        inputs=inputs,
        variables=variables,
        name=name if isinstance(name, str) else None,
        numbers=tuple(numbers),
        definitions=definitions,
        others=tuple(others),
        outputs=tuple(returned),
        doubt=None if is_chain(sections) else f"`{'`, `'.join(sections)}` are taken one after the other",
    )


def _unwrapped(content: dict[str, object]) -> dict[str, object]:
    """The keys of a file, those that stand in `model:` or another wrapper among them."""
    for key in WRAPPERS:
        inner = content.get(key)
        if isinstance(inner, Mapping) and any(
            isinstance(value, list) for word, value in inner.items() if word not in INPUT_KEYS
        ):
            others = {word: value for word, value in content.items() if word != key}
            content = {**others, **{str(word): value for word, value in inner.items()}}
    return content


def _words(value: object) -> list[str]:
    """All texts in a value of YAML."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return [word for inner in value for word in _words(inner)]
    return [value] if isinstance(value, str) else []


def sizes_of(stated: object) -> tuple[int, ...] | None:
    """The sizes that are stated, without the batch: of a list, a number, a text like `32x32x1`, or a mapping."""
    if isinstance(stated, Mapping):
        inner = stated.get("shape", stated.get("size"))
        return None if inner is None or isinstance(inner, Mapping) else sizes_of(inner)
    if isinstance(stated, int) and not isinstance(stated, bool):
        return (stated,)
    if isinstance(stated, str) and (maps := re.fullmatch(r"\s*(\d+)\s*@\s*(\d+)\s*[x×]\s*(\d+)\s*", stated)):
        return tuple(int(size) for size in maps.groups())
    if isinstance(stated, str) and _SIZES.fullmatch(stated.strip()):
        return tuple(int(number) for number in re.findall(r"\d+", stated))
    if not isinstance(stated, list) or not stated:
        return None
    sizes = stated[1:] if stated[0] in _BATCH or (stated[0] == -1 and len(stated) > 1) else stated
    if not sizes or not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes):
        return None
    return tuple(sizes)


def input_of(stated: object, first: str, values: Sequence[object] = ()) -> tuple[Data, str | None]:
    """The data that come in, and what stands behind `input:`, channels first; None where that is not known.

    `first` is the class of the first layer and `values` its arguments, which tell what two axes are.
    """
    sizes = sizes_of(stated)
    if isinstance(stated, Mapping) and sizes is None:
        # The data are known where the axes have names and stand in the order that Keras has too.
        axes = stated.get("shape", stated)
        lengths = list(axes.values()) if isinstance(axes, Mapping) else []
        is_known = len(lengths) == 1 or (len(lengths) == 2 and [*axes][1] == "features")
        is_known = is_known and all(isinstance(length, int) for length in lengths)
        return Data(tuple(lengths)) if is_known else Data(), _flow(stated)
    if sizes is None:
        return Data(), None
    front = _with_channels_in_front(sizes, first)
    if len(sizes) > 2 or (len(sizes) == 2 and _WINDOWS.match(first)):
        data = Data((*front[1:], front[0]), channels_first=True)
        text = f"[{', '.join(map(str, front))}]"
    elif len(sizes) == 2 and _SEQUENCES.search(first):
        data, text = Data(sizes), f"{{time: {sizes[0]}, features: {sizes[1]}}}"
    else:
        data, text = Data(sizes), f"[{', '.join(map(str, sizes))}]"
    if isinstance(stated, Mapping):
        others = "".join(
            f", {key}: {_flow(value)}" for key, value in stated.items() if key not in {"shape", "size", "name"}
        )
        return data, f"{{shape: {text}{others}}}" if others else text
    if first == "Embedding" and len(sizes) == 1 and values:
        return data, f"{{shape: {{time: {sizes[0]}}}, dtype: int64, high: {values[0]}}}"
    return data, text


def _flow(value: object) -> str:
    """A value of YAML on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _with_channels_in_front(sizes: tuple[int, ...], first: str) -> tuple[int, ...]:
    """The sizes as torch has them. Channels are few, or beside two sides that are alike; of a signal the shorter side,
    where its layer is in the words of Keras."""
    if len(sizes) == 2:
        is_last = first.endswith("D") and sizes[1] < sizes[0]
    elif sizes[0] <= 4 < sizes[-1]:
        is_last = False
    else:
        is_square = len(sizes) == 3 and sizes[0] == sizes[1] != sizes[2] and first.endswith("D")
        is_last = sizes[-1] <= 4 < min(sizes[:-1]) or is_square
    return (sizes[-1], *sizes[:-1]) if is_last else sizes
