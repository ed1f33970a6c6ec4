"""Lists of mappings, as other tools that read YAML write a network: `- type: Conv2d` with a key for each argument.

A layer may be in torch's words or in those of Keras; both are looked at argument by argument, because such files mix
them. Words of Keras are translated by Keras' rules, words of torch stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from netinspect.catalogue import LAYERS
from netinspect.drafts.keras.data import Data, Expression, KerasLayer
from netinspect.drafts.keras.layers import ALIASES, TRANSLATIONS, translate
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.wiring import usable_name

TYPE_KEYS: Final = ("type", "layer_type", "layer", "class", "class_name", "op", "kind", "module", "cls")
NAME_KEYS: Final = ("name", "id", "label")
NESTED_KEYS: Final = frozenset(
    "params parameters args arguments kwargs config options attributes attrs settings hyperparameters".split()
)
LIST_KEYS: Final = ("layers", "network", "model", "architecture", "layer_list")
INPUT_KEYS: Final = ("input", "input_shape", "input_size", "input_dim", "in_shape", "shape")
TRAINING_KEYS: Final = frozenset(
    """
    optimizer optimiser loss epochs batch_size lr learning_rate training train metrics dataset data seed device
    description about version framework num_classes classes output_shape
    """.split()
)


class _UntranslatableError(Exception):
    """A mapping that is none of a layer, or a layer that is not known."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One layer as it is written: its type, its arguments by name, those without, its name and what it takes."""

    type: str
    named: dict[str, object]
    values: tuple[object, ...] = ()
    name: str | None = None
    sources: tuple[str, ...] = ()
    repeats: object = 1


@dataclass(slots=True)
class _Draft:
    """The lines while they grow, the data that flow behind the last one, and what the reader has to look at."""

    variables: Mapping[str, object]
    data: Data
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


# ---------------------------------------------------------------------------------------- what an item of a list says


def _item(entry: object) -> _Item:
    """A layer from one entry of a list; _UntranslatableError where the entry is none."""
    if isinstance(entry, str):
        if not re.fullmatch(r"[A-Za-z]\w*", entry):
            raise _UntranslatableError
        return _Item(entry, {})
    if not isinstance(entry, Mapping) or not all(isinstance(key, str) for key in entry):
        raise _UntranslatableError
    type_key = next((key for key in TYPE_KEYS if isinstance(entry.get(key), str)), None)
    if type_key is not None:
        return _typed(dict(entry), type_key)
    if len(entry) != 1:
        raise _UntranslatableError
    ((key, inner),) = entry.items()
    if isinstance(inner, Mapping) and any(isinstance(inner.get(word), str) for word in TYPE_KEYS):
        item = _item(inner)
        return _Item(item.type, item.named, item.values, item.name or key, item.sources, item.repeats)
    if inner is None:
        return _Item(key, {})
    if isinstance(inner, Mapping) and _class_of(key) is not None:
        return _typed({"type": key, **inner}, "type")
    raise _UntranslatableError


def _typed(entry: dict[str, object], type_key: str) -> _Item:
    kind = str(entry.pop(type_key))
    name = next((entry.pop(key) for key in NAME_KEYS if isinstance(entry.get(key), str)), None)
    sources = next((entry.pop(key) for key in ("inputs", "input", "from", "inbound") if key in entry), None)
    if isinstance(sources, list) and all(isinstance(size, int) for size in sources) and sources:
        entry["shape"], sources = sources, None
    repeats = next((entry.pop(key) for key in ("repeat", "repeats", "times") if key in entry), 1)
    values: tuple[object, ...] = ()
    for key in [key for key in entry if key in NESTED_KEYS]:
        inner = entry.pop(key)
        if isinstance(inner, Mapping):
            entry.update(inner)
        elif isinstance(inner, list):
            values += tuple(inner)
        elif inner is not None:
            raise _UntranslatableError
    words = [sources] if isinstance(sources, str) else sources or []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise _UntranslatableError
    return _Item(kind, entry, values, str(name) if name else None, tuple(words), repeats)


WORDS: Final = {
    "conv": "Conv{n}D", "convolution": "Conv{n}D", "convolutional": "Conv{n}D",
    "deconv": "Conv{n}DTranspose", "conv_transpose": "Conv{n}DTranspose",
    "maxpool": "MaxPooling{n}D", "maxpooling": "MaxPooling{n}D",
    "avgpool": "AveragePooling{n}D", "averagepool": "AveragePooling{n}D", "averagepooling": "AveragePooling{n}D",
    "avgpooling": "AveragePooling{n}D", "meanpool": "AveragePooling{n}D",
    "gap": "GlobalAveragePooling{n}D", "globalavgpool": "GlobalAveragePooling{n}D",
    "globalaveragepool": "GlobalAveragePooling{n}D", "globalaveragepooling": "GlobalAveragePooling{n}D",
    "globalmaxpool": "GlobalMaxPooling{n}D", "globalmaxpooling": "GlobalMaxPooling{n}D",
    "fc": "Dense", "fullyconnected": "Dense", "linear": "Dense", "affine": "Dense", "dense": "Dense",
    "innerproduct": "Dense", "bn": "BatchNorm{n}d", "batchnorm": "BatchNorm{n}d", "layernorm": "LayerNorm",
    "batchnormalization": "BatchNormalization", "batchnormalisation": "BatchNormalization",
    "rnn": "RNN", "upsample": "UpSampling{n}D",
    "upsampling": "UpSampling{n}D", "embed": "Embedding", "input": "InputLayer", "swish": "SiLU", "silu": "SiLU",
}  # fmt: skip
"""Words for layers without a rank or in a spelling of their own, as Keras names them; `{n}` is the rank."""

_BY_SPELLING: Final = {
    **{word.lower(): word for word in (*TRANSLATIONS, *ALIASES, "Concatenate", "Add", "InputLayer", "Input")},
    **{word.lower(): word for word in LAYERS},
}


def _class_of(word: str, data: Data = Data()) -> str | None:  # noqa: B008  Data is frozen
    """The class of torch or Keras that a word means; torch's spelling comes first."""
    bare = re.sub(r"^(torch\.)?nn\.|^(tf\.)?keras\.layers\.|^layers\.", "", word)
    if bare in LAYERS or bare in TRANSLATIONS or bare in ALIASES or bare in {"Input", "InputLayer"}:
        return bare
    squeezed = re.sub(r"[\s_-]", "", bare).lower()
    if squeezed in WORDS or bare.lower() in WORDS:
        rank = min(max(2 if data.axes is None else data.axes - 1, 1), 3)
        return WORDS.get(squeezed, WORDS.get(bare.lower(), "")).format(n=rank)
    return _BY_SPELLING.get(squeezed)


# ------------------------------------------------------------------------------------------------ arguments of layers


TO_TORCH: Final = {
    **dict.fromkeys(("filters", "n_filters", "num_filters", "out_channels", "channels"), "out_channels"),
    **dict.fromkeys(("units", "neurons", "nodes", "num_units", "size", "hidden_units"), "out_features"),
    **dict.fromkeys(("out_features", "output_size", "num_outputs", "out", "output_dim", "outputs"), "out_features"),
    **dict.fromkeys(("kernel", "ksize", "filter_size", "pool_size", "window", "kernel_size"), "kernel_size"),
    **dict.fromkeys(("strides", "stride"), "stride"),
    **dict.fromkeys(("pad", "padding"), "padding"),
    **dict.fromkeys(("dilation_rate", "dilation"), "dilation"),
    **dict.fromkeys(("use_bias", "bias"), "bias"),
    **dict.fromkeys(("rate", "prob", "probability", "p", "dropout_rate", "drop_prob"), "p"),
    **dict.fromkeys(("epsilon", "eps"), "eps"),
    **dict.fromkeys(("negative_slope", "alpha"), "negative_slope"),
    **dict.fromkeys(("vocab_size", "num_words", "input_dim", "num_embeddings"), "num_embeddings"),
}  # fmt: skip
"""Words for an argument, and torch's own."""

TO_KERAS: Final = {
    "Conv": {"out_channels": "filters", "kernel_size": "kernel_size", "stride": "strides", "dilation": "dilation_rate",
             "bias": "use_bias"},
    "Pool": {"kernel_size": "pool_size", "stride": "strides"},
    "Dense": {"out_features": "units", "bias": "use_bias"},
    "Dropout": {"p": "rate"},
    "RNN": {"out_features": "units", "hidden_size": "units", "bias": "use_bias"},
    "Embedding": {"num_embeddings": "input_dim", "embedding_dim": "output_dim", "out_features": "output_dim"},
    "UpSampling": {"scale_factor": "size", "scale": "size", "factor": "size"},
    "Batch": {"eps": "epsilon"},
    "Layer": {"eps": "epsilon"},
    "LeakyReLU": {},
}  # fmt: skip
"""torch's words for arguments, and those of Keras, for the families of layers that Keras words are used of."""

KERAS_OF_TORCH: Final = {
    **{f"Conv{n}d": f"Conv{n}D" for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": f"Conv{n}DTranspose" for n in (1, 2, 3)},
    **{f"MaxPool{n}d": f"MaxPooling{n}D" for n in (1, 2, 3)},
    **{f"AvgPool{n}d": f"AveragePooling{n}D" for n in (1, 2, 3)},
    "Linear": "Dense",
    "RNN": "SimpleRNN",
}  # fmt: skip

KERAS_KEYS: Final = frozenset(
    "filters units strides pool_size dilation_rate use_bias return_sequences rate epsilon input_shape".split()
)
SIZES_STATED: Final = frozenset("in_channels in_features input_size num_features in_channel input_channels".split())


def _value(value: object, variables: Mapping[str, object]) -> object:
    """A value of YAML: pairs in a text, `(3, 3)` or `3x3`, become pairs, and names of vars stay names."""
    if isinstance(value, str):
        if re.fullmatch(r"\(?\s*\d+\s*[,x×]\s*\d+\s*\)?", value):
            return tuple(int(number) for number in re.findall(r"\d+", value))
        names = re.findall(r"[A-Za-z_]\w*", value)
        if names and all(name in variables for name in names) and re.fullmatch(r"[\w\s+*/()-]+", value):
            return Expression(value)
    return tuple(value) if isinstance(value, list) else value


def _text(value: object) -> str:
    """A value as a line of a spec writes it."""
    if isinstance(value, tuple):
        numbers = [_text(number) for number in value]
        return numbers[0] if len(set(numbers)) == 1 else f"({', '.join(numbers)})"
    if isinstance(value, str) and not isinstance(value, Expression):
        return value if re.fullmatch(r"same|valid|tanh|nearest|bilinear|reflect", value) else f"'{value}'"
    return str(value)


def _torch_steps(name: str, item: _Item, draft: _Draft) -> tuple[str, ...] | None:
    """The step of a layer in torch's own words; None where an argument is not one of torch's."""
    entry = LAYERS.get(name)
    arguments = {} if entry is None else {argument.name: argument for argument in entry.arguments}
    named: dict[str, object] = {}
    for key, value in item.named.items():
        word = key if key in arguments else TO_TORCH.get(key, key)
        word = "hidden_size" if word in {"out_features", "hidden_dim"} and "hidden_size" in arguments else word
        word = "embedding_dim" if word in {"out_features", "dim"} and "embedding_dim" in arguments else word
        if word not in arguments:
            return None
        if word == "padding" and value == "valid":
            continue
        named[word] = _value(value, draft.variables)
    if entry is None:
        return None
    if "batch_first" in arguments and "batch_first" not in named:
        named["batch_first"] = True
        draft.note("batch_first=True is assumed")
    if name == "LeakyReLU" and not item.named and not item.values:
        draft.note("the slope of LeakyReLU is torch's 0.01; Keras has 0.3")
    if name in {"Softmax", "LogSoftmax"} and "dim" not in named and not item.values:
        named["dim"] = 1 if draft.data.channels_first or draft.data.axes == 1 else -1
    first = entry.unnamed[0] if entry.unnamed else None
    texts = [_text(_value(value, draft.variables)) for value in item.values]
    if not texts and name == "Embedding" and set(named) >= {"num_embeddings", "embedding_dim"}:
        texts = [_text(named.pop(word)) for word in ("num_embeddings", "embedding_dim")]
    elif not texts and first in named and first not in {"dim", "inplace"}:
        texts.append(_text(named.pop(first)))
    texts += [f"{word}={_text(value)}" for word, value in named.items()]
    return (f"{name}({', '.join(texts)})" if texts else name,)


def _keras_layer(name: str, item: _Item, draft: _Draft) -> KerasLayer:
    """The layer in Keras' words, whichever words its arguments were in."""
    name = KERAS_OF_TORCH.get(name, name)
    kind = "RNN" if name in {"LSTM", "GRU", "SimpleRNN"} else name
    words = next((words for part, words in TO_KERAS.items() if part in kind), {})
    named: dict[str, object] = {}
    for key, value in item.named.items():
        if key in SIZES_STATED:
            continue
        word = words.get(key, words.get(TO_TORCH.get(key, key), key))
        if isinstance(value, str) and word in {"activation", "padding"}:
            value = value.lower()  # noqa: PLW2901  Keras' words are small letters
        named[word] = _value(value, draft.variables)
    values = tuple(_value(value, draft.variables) for value in item.values)
    return KerasLayer(name, values, named, item.name)


# ---------------------------------------------------------------------------------------------------- items to lines


def _add(draft: _Draft, item: _Item) -> None:
    """Appends the lines of one layer; _UntranslatableError where it is not known."""
    name = _class_of(item.type, draft.data)
    if item.type.lower() in {"add", "concat", "concatenate", "cat", "sum", "mul", "multiply"} and len(item.sources) > 1:
        _join(draft, item)
        return
    if name is None:
        raise _UntranslatableError
    if name in {"Input", "InputLayer"}:
        return
    steps, main = _steps(name, item, draft)
    label = usable_name(item.name)
    if item.repeats != 1:
        if not isinstance(item.repeats, int) or item.sources:
            raise _UntranslatableError
        body = steps[0] if len(steps) == 1 else f"[{', '.join(steps)}]"
        steps, main = (f"{item.repeats} * {body}",), 0
    for number, step in enumerate(steps):
        head = label if label and number == main else ""
        if number == 0 and item.sources:
            if not step[:1].isupper():
                raise _UntranslatableError
            head = f"{head}({', '.join(item.sources)})"
        draft.lines.append(f"- {head}: {step}" if head else f"- {step}")


def _join(draft: _Draft, item: _Item) -> None:
    """Appends a function of several values: `add`, `mul` or `cat` along the channels."""
    function = {"a": "add", "s": "add", "c": "cat", "m": "mul"}[item.type.lower()[0]]
    names = [str(usable_name(source)) for source in item.sources]
    axis = item.named.get("dim", item.named.get("axis", 1))
    texts = [f"cat({', '.join(names)}, dim={axis})"]
    if function != "cat":
        texts = [f"{function}({names[0]}, {names[1]})", *(f"{function}(prev, {name})" for name in names[2:])]
    for number, text in enumerate(texts):
        head = f"{usable_name(item.name)}: " if item.name and number == len(texts) - 1 else ""
        draft.lines.append(f"- {head}{text}")
    draft.data = Data((None,) * draft.data.axes, draft.data.channels_first) if draft.data.axes else Data()


def _steps(name: str, item: _Item, draft: _Draft) -> tuple[tuple[str, ...], int]:
    """The steps of one layer, and the number of the one that carries its name."""
    plain, behind = dict(item.named), []
    activation = plain.pop("activation", None) if name not in {"Activation", "SimpleRNN", "LSTM", "GRU"} else None
    if activation is not None:
        activation = activation.lower() if isinstance(activation, str) else activation
        behind.append(KerasLayer("Activation", (activation,), {}))
    if name not in {"Dropout", "LSTM", "GRU", "RNN", "SimpleRNN", "MultiheadAttention"} and "dropout" in plain:
        behind.append(KerasLayer("Dropout", (plain.pop("dropout"),), {}))
        draft.note("dropout stands behind the activation")
    bare = _Item(item.type, plain, item.values, item.name)
    in_torch_words = name in LAYERS and not set(plain) & KERAS_KEYS
    steps, main = _torch_steps(name, bare, draft) if in_torch_words else None, 0
    if steps is not None:
        draft.data = _behind(name, draft.data)
    else:
        if name == "Dense" and (draft.data.axes or 1) > 1 and draft.data.channels_first:
            draft.note("a dense layer follows a map: put `Flatten` above it if it takes the whole map")
            draft.data = Data(draft.data.shape)
        translation = translate(_keras_layer(name, bare, draft), draft.data)
        if translation is None:
            raise _UntranslatableError
        steps, main, draft.data = translation.steps, translation.main, translation.data
        for note in translation.notes:
            draft.note(note)
        if steps[-1].startswith("prev[") and "return_sequences" not in plain:
            draft.note(f"{name} passes on its last step only, as in Keras: `return_sequences` is not written")
    for layer in behind:
        translation = translate(layer, draft.data)
        if translation is None:
            raise _UntranslatableError
        steps, draft.data = steps + translation.steps, translation.data
    return steps, main


def _behind(name: str, data: Data) -> Data:
    """The data behind a layer in torch's words, as far as its kind tells."""
    if match := re.match(r"(Conv|ConvTranspose|MaxPool|AvgPool|Upsample)(\d)d", name):
        return Data((None,) * (int(match[2]) + 1), channels_first=True)
    if name == "Flatten":
        return Data((None,))
    if name == "Linear" and data.axes == 1:
        return Data((None,))
    if match := re.match(r"Adaptive(Avg|Max)Pool(\d)d", name):
        return Data((1,) * int(match[2]) + (None,), channels_first=True)
    if name in {"LSTM", "GRU", "RNN", "Embedding"}:
        return Data((None, None))
    return data if name not in {"Linear", "Unflatten"} else Data()


# --------------------------------------------------------------------------------------------------------- whole files


def _is_spec_item(entry: object) -> bool:
    """Whether an entry is right as it stands: a line, or the long form of a layer of torch."""
    if isinstance(entry, str) or not isinstance(entry, Mapping) or len(entry) != 1:
        return isinstance(entry, str)
    ((key, inner),) = entry.items()
    if isinstance(inner, Mapping) and key in LAYERS:
        return set(inner) <= {argument.name for argument in LAYERS[key].arguments}
    return isinstance(inner, str) or inner is None


def _entries(layers: object) -> list[object] | None:
    """The entries of `layers`, which may be a list, or a mapping of names to layers."""
    if isinstance(layers, list):
        return layers
    if isinstance(layers, Mapping) and all(isinstance(inner, Mapping) for inner in layers.values()):
        return [{key: inner} for key, inner in layers.items()]
    return None


def _shape(stated: object, entries: Sequence[object]) -> tuple[tuple[int, ...] | None, str | None]:
    """The sizes of the input as Keras orders them, and what stands behind `input:`."""
    for entry in entries[:1]:
        if stated is None and isinstance(entry, Mapping):
            kind = next((entry.get(key) for key in TYPE_KEYS if isinstance(entry.get(key), str)), "")
            words = ("shape", "input_shape", "size") if str(kind).lower().startswith("input") else ("input_shape",)
            inner = {**entry, **next((entry[key] for key in NESTED_KEYS if isinstance(entry.get(key), Mapping)), {})}
            stated = next((inner[word] for word in words if word in inner), None)
    if isinstance(stated, int):
        stated = [stated]
    if isinstance(stated, str) and re.fullmatch(r"\(?\s*\d+(\s*[,x×]\s*\d+)*\s*,?\s*\)?", stated):
        stated = [int(number) for number in re.findall(r"\d+", stated)]
    if not isinstance(stated, list) or not stated or not all(isinstance(size, int) for size in stated):
        return None, None
    shape = tuple(stated)
    if len(shape) == 3 and shape[-1] <= 4 < shape[0]:
        return shape, f"[{shape[-1]}, {shape[0]}, {shape[1]}]"
    last = (*shape[1:], shape[0]) if len(shape) > 2 else shape
    return last, f"[{', '.join(map(str, shape))}]"


def _rewrite(text: str, data: object) -> Rewritten | None:  # noqa: ARG001
    """A list of mappings as lines; None where it is none, or holds a layer that is not known."""
    whole: Mapping[object, object] = data if isinstance(data, Mapping) else {}
    list_key = next((key for key in LIST_KEYS if isinstance(whole.get(key), list | Mapping)), None)
    if isinstance(whole.get("model"), Mapping) and list_key == "model" and "layers" in whole["model"]:  # type: ignore[operator]
        return _rewrite("", whole["model"])
    entries = _entries(whole[list_key] if list_key else data)
    if not entries or all(_is_spec_item(entry) for entry in entries):
        return None
    others = {str(key) for key in whole} - {"name", "vars", *LIST_KEYS, *INPUT_KEYS} if list_key else set()
    if not others <= TRAINING_KEYS:
        return None
    variables = whole.get("vars") if list_key else None
    variables = variables if isinstance(variables, Mapping) else {}
    stated = next((whole[key] for key in INPUT_KEYS if key in whole), None) if list_key else None
    shape, input_text = _shape(stated, entries)
    draft = _Draft({str(key): value for key, value in variables.items()}, Data(shape, bool(shape and len(shape) > 2)))
    try:
        for entry in entries:
            _add(draft, _item(entry))
    except _UntranslatableError:
        return None
    if others:
        draft.note(f"left out, for it says nothing of the layers: {', '.join(sorted(others))}")
    name = whole.get("name") if list_key else None
    return Rewritten(
        layers=tuple(draft.lines),
        input=input_text,
        name=name if isinstance(name, str) else None,
        vars=tuple(f"{key}: {value}" for key, value in variables.items()),
        note="; ".join(draft.notes) or None,
    )


STYLE: Final = Style("a list of mappings", _rewrite)
