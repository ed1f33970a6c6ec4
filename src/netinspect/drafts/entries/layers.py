"""One layer of such a list as the steps of a spec, whichever words it is written in.

A layer may be in torch's words or in those of Keras; both are looked at argument by argument, because such files mix
them. Words of Keras are translated by Keras' rules, words of torch stay as they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import prod
from typing import Final, cast

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import REQUIRED
from netinspect.drafts.keras.data import Data, Expression, KerasLayer
from netinspect.drafts.keras.graphs import UntranslatableError
from netinspect.drafts.keras.layers import ALIASES, TRANSLATIONS, translate
from netinspect.language.messages import closest
from netinspect.language.numbers import per_axis


@dataclass(frozen=True, slots=True)
class Item:
    """One layer as it is written: its type, its arguments by name, those without, its name and what it takes.

    is_text   whether it is a call or a word, and no mapping: `LSTM(64)` is then of the tool that its neighbours are of
    """

    type: str
    named: dict[str, object]
    values: tuple[object, ...] = ()
    name: str | None = None
    sources: tuple[str, ...] = ()
    repeats: object = 1
    is_text: bool = False


@dataclass(slots=True)
class Draft:
    """What is known while the lines grow: the data behind the last one, and what the reader has to look at. `left_out`
    has arguments for which no layer of torch or Keras has a word, as `pool: 2` of `conv`, and `untold` those that say
    nothing of a network."""

    variables: Mapping[str, object]
    data: Data
    is_keras: bool = False
    notes: list[str] = field(default_factory=list)
    left_out: dict[str, None] = field(default_factory=dict)
    untold: dict[str, object] = field(default_factory=dict)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


WORDS: Final = {
    "conv": "Conv{n}D", "convolution": "Conv{n}D", "convolutional": "Conv{n}D",
    "deconv": "Conv{n}DTranspose", "depthwiseconv": "DepthwiseConv{n}D", "separableconv": "SeparableConv{n}D",
    "conv_transpose": "Conv{n}DTranspose",
    "maxpool": "MaxPooling{n}D", "maxpooling": "MaxPooling{n}D",
    "pool": "MaxPooling{n}D", "pooling": "MaxPooling{n}D",
    "avgpool": "AveragePooling{n}D", "averagepool": "AveragePooling{n}D", "averagepooling": "AveragePooling{n}D",
    "avgpooling": "AveragePooling{n}D", "meanpool": "AveragePooling{n}D",
    "gap": "GlobalAveragePooling{n}D", "globalavgpool": "GlobalAveragePooling{n}D",
    "globalaveragepool": "GlobalAveragePooling{n}D", "globalaveragepooling": "GlobalAveragePooling{n}D",
    "globalmaxpool": "GlobalMaxPooling{n}D", "globalmaxpooling": "GlobalMaxPooling{n}D",
    "fc": "Dense", "fullyconnected": "Dense", "affine": "Dense", "dense": "Dense",
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


def class_of(word: str, data: Data = Data()) -> str | None:  # noqa: B008  Data is frozen
    """The class of torch or Keras that a word means; torch's spelling comes first."""
    bare = re.sub(r"^(torch\.)?nn\.|^(tf\.)?keras\.layers\.|^layers\.", "", word)
    if bare in LAYERS or bare in TRANSLATIONS or bare in ALIASES or bare in {"Input", "InputLayer"}:
        return bare
    word = squeezed(bare)
    if word in WORDS or bare.lower() in WORDS:
        rank = min(max(2 if data.axes is None else data.axes - 1, 1), 3)
        return WORDS.get(word, WORDS.get(bare.lower(), "")).format(n=rank)
    return _BY_SPELLING.get(word)


def squeezed(word: str) -> str:
    """A word in small letters, without what joins its parts: `max_pool` and `MaxPool` are the same."""
    return re.sub(r"[\s_-]", "", word).lower()


JOINS: Final = {
    "add": "add", "plus": "add", "concat": "cat", "concatenate": "cat", "cat": "cat", "mul": "mul", "multiply": "mul",
    "sub": "sub", "subtract": "sub", "maximum": "maximum", "minimum": "minimum", "average": "average",
    "sum": "add",
}  # fmt: skip
"""Words for a layer that joins several values."""


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
    **dict.fromkeys(("negative_slope", "alpha", "slope"), "negative_slope"),
    **dict.fromkeys(("vocab_size", "vocab", "num_words", "input_dim", "num_embeddings"), "num_embeddings"),
}  # fmt: skip
"""Words for an argument, and torch's own."""

TO_KERAS: Final = {
    "Conv": {"size": "kernel_size", "out_channels": "filters", "kernel_size": "kernel_size", "stride": "strides",
             "dilation": "dilation_rate", "bias": "use_bias"},
    "Pool": {"size": "pool_size", "kernel_size": "pool_size", "stride": "strides"},
    "Dense": {"out_features": "units", "bias": "use_bias"},
    "Dropout": {"p": "rate"},
    "RNN": {"out_features": "units", "hidden_size": "units", "bias": "use_bias"},
    "Embedding": {"num_embeddings": "input_dim", "embedding_dim": "output_dim", "out_features": "output_dim"},
    "UpSampling": {"scale_factor": "size", "scale": "size", "factor": "size", "mode": "interpolation"},
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

TORCH_OF_KERAS: Final = {keras: name for name, keras in KERAS_OF_TORCH.items()}

_ALSO: Final = {
    **dict.fromkeys(("num_heads", "heads", "n_heads", "n_head", "attention_heads"), ("nhead", "num_heads")),
    **dict.fromkeys(("mlp_dim", "ff_dim", "ffn_dim", "feedforward_dim", "hidden_dim", "d_ff", "dff"),
                    ("dim_feedforward",)),
    **dict.fromkeys(("embed_dim", "dim", "hidden_size", "d_model"), ("d_model", "embed_dim")),
    **dict.fromkeys(("depth", "layers", "n_layers", "num_blocks"), ("num_layers",)),
    **dict.fromkeys(("rate", "dropout_rate"), ("dropout",)),
    **dict.fromkeys(("hidden", "hidden_units", "units", "cells"), ("hidden_size",)),
    "size": ("kernel_size", "scale_factor"),
}  # fmt: skip
"""Words for the arguments of attention and of Transformers: those of torch that they may be."""

NORMALISED: Final = ("batch_norm", "batchnorm", "bn", "use_batch_norm", "use_bn", "batch_normalization")
"""Keys that put a batch normalisation behind a layer."""

KERAS_KEYS: Final = frozenset(
    "filters units strides pool_size dilation_rate use_bias return_sequences rate epsilon input_shape".split()
)
MOST_LEFT_OUT: Final = 3
"""How many arguments of a layer may have no word in torch or Keras."""

UNTOLD: Final = re.compile(
    r"trainable|frozen|freeze|(?:\w+_)?(?:init|initializer|initialization|regularizer|regularization|constraint)|l1|l2|lr|comment|note|desc"
)
"""Arguments of the training, or of nothing at all. What is frozen stands under `frozen:` in a spec."""

SIZES_STATED: Final = frozenset(
    "in_channels in_features input_size num_features in_channel input_channels in in_dim".split()
)


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
        return per_axis([_text(number) for number in value])
    if isinstance(value, str) and not isinstance(value, Expression):
        return value if re.fullmatch(r"same|valid|tanh|nearest|bilinear|reflect", value) else f"'{value}'"
    return str(value)


def _torch_steps(name: str, item: Item, draft: Draft) -> tuple[str, ...] | None:
    """The step of a layer in torch's own words; None where an argument is not one of torch's."""
    entry = LAYERS.get(name)
    arguments = {} if entry is None else {argument.name: argument for argument in entry.arguments}
    named: dict[str, object] = {}
    for key, value in item.named.items():
        word = key if key in arguments else TO_TORCH.get(key, key)
        word = "hidden_size" if word in {"out_features", "hidden_dim"} and "hidden_size" in arguments else word
        word = "embedding_dim" if word in {"out_features", "dim"} and "embedding_dim" in arguments else word
        if word not in arguments:
            word = next((known for known in _ALSO.get(key, ()) if known in arguments), word)
        if key == "axis" and "dim" in arguments and not draft.is_keras:
            word = "dim"
        if word not in arguments or word in named:
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


def _keras_layer(name: str, item: Item, draft: Draft) -> KerasLayer:
    """The layer in Keras' words, whichever words its arguments were in."""
    name = KERAS_OF_TORCH.get(name, name)
    kind = "RNN" if name in {"LSTM", "GRU", "SimpleRNN"} else name
    words = next((words for part, words in TO_KERAS.items() if part in kind), {})
    named: dict[str, object] = {}
    for key, value in item.named.items():
        if key in SIZES_STATED:
            continue
        word = words.get(key, words.get(TO_TORCH.get(key, key), key))
        if word in named:
            raise UntranslatableError
        if isinstance(value, str) and word in {"activation", "padding"}:
            value = value.lower()  # noqa: PLW2901  Keras' words are small letters
        named[word] = (
            _keras_layer(class_of(value.type) or value.type, value, draft)
            if isinstance(value, Item)
            else _value(value, draft.variables)
        )
    values = tuple(_value(value, draft.variables) for value in item.values)
    return KerasLayer(name, values, named, item.name)


def steps_of(name: str, item: Item, draft: Draft) -> tuple[tuple[str, ...], int]:
    """The steps of one layer with what its mapping puts behind it, and the number of the one that carries its name.

    Of a mapping the fewest arguments are left out with which it cannot be told."""
    data, notes = draft.data, list(draft.notes)
    entry = LAYERS.get(TORCH_OF_KERAS.get(name, name))
    names = [argument.name for argument in entry.arguments] if entry is not None else []
    # A key that is nearly an argument of the layer is a slip: its own line asks for that one.
    keys = [] if item.is_text else item.named
    may_leave_out = [key for key in keys if key in names or closest(key, names) is None]
    for count in range(MOST_LEFT_OUT + 1):
        for left_out in combinations(may_leave_out, count):
            draft.data, draft.notes[:] = data, notes
            kept = {key: value for key, value in item.named.items() if key not in left_out}
            try:
                steps = _steps_of(name, replace(item, named=kept), draft)
            except UntranslatableError:
                continue
            if left_out and not _is_whole(steps[0][steps[1]]):
                continue
            for key in left_out:
                value = item.named[key]
                text = str(value).lower() if isinstance(value, bool) else str(value)
                draft.left_out[f"`{key}: {text}` of `{item.type}`"] = None
            return steps
    raise UntranslatableError


def _is_whole(step: str) -> bool:
    """Whether a step says all that its layer needs."""
    name = step.partition("(")[0]
    if name not in LAYERS:
        return True
    needed = [a.name for a in LAYERS[name].arguments if a.default is REQUIRED and not a.inferred]
    call = ast.parse(step, mode="eval").body
    stated = [word.arg for word in call.keywords] if isinstance(call, ast.Call) else []
    unnamed = len(call.args) if isinstance(call, ast.Call) else 0
    return len([name for name in needed if name not in stated]) <= unnamed


def _steps_of(name: str, item: Item, draft: Draft) -> tuple[tuple[str, ...], int]:
    plain = dict(item.named)
    behind: list[KerasLayer | Item] = []
    declared = {argument.name for argument in LAYERS[name].arguments} if name in LAYERS else set()
    has_own = name in {"Activation", "SimpleRNN", "LSTM", "GRU", "RNN"} or "activation" in declared
    words = () if has_own else ("activation", "act", "nonlinearity")
    if (word := next((word for word in words if word in plain), None)) is not None:
        activation = plain.pop(word)
        activation = activation.lower() if isinstance(activation, str) else activation
        behind.append(activation if isinstance(activation, Item) else KerasLayer("Activation", (activation,), {}))
    if "dropout" in plain and "dropout" not in declared and name not in {"Dropout", "SimpleRNN"}:
        behind.append(KerasLayer("Dropout", (plain.pop("dropout"),), {}))
        draft.note("dropout stands behind the activation")
    normalised = next((plain.pop(word) for word in NORMALISED if word in plain), False)
    if str(plain.get("norm", plain.get("normalization"))).lower() in {*NORMALISED, "batch"}:
        normalised = plain.pop("norm", plain.pop("normalization", None)) is not None
    if isinstance(kept := plain.get("keep_prob"), int | float):
        del plain["keep_prob"]
        plain["rate"] = round(1 - kept, 10)
    untold = [key for key in plain if UNTOLD.fullmatch(key) and key not in declared]
    draft.untold |= {key: plain.pop(key) for key in untold}
    steps, main = _own_steps(name, replace(item, named=plain), draft)
    if normalised is True:
        axes = draft.data.axes or 1
        steps = (*steps, f"BatchNorm{max(axes - 1, 1)}d")
        draft.note("batch normalisation stands in front of the activation")
    elif normalised is not False:
        raise UntranslatableError
    for layer in behind:
        if isinstance(layer, Item):
            steps += _own_steps(class_of(layer.type) or layer.type, layer, draft)[0]
            continue
        translation = translate(layer, draft.data)
        if translation is None:
            raise UntranslatableError
        steps, draft.data = steps + translation.steps, translation.data
    return steps, main


def _own_steps(name: str, item: Item, draft: Draft) -> tuple[tuple[str, ...], int]:
    """The steps of a layer alone: in torch's words as they are, in those of Keras by its rules."""
    is_keras = bool(set(item.named) & KERAS_KEYS) or (item.is_text and draft.is_keras and name in TRANSLATIONS)
    if name in LAYERS and not is_keras:
        steps = _torch_steps(name, item, draft)
        if steps is not None:
            draft.data = data_behind(name, draft.data)
            return steps, 0
    if KERAS_OF_TORCH.get(name, name) == "Dense" and (draft.data.axes or 1) > 1 and draft.data.channels_first:
        draft.note("a dense layer follows a map: where it takes the whole map, `Flatten` stands above it")
        draft.data = Data(draft.data.shape)
    layer = _keras_layer(name, item, draft)
    translation = translate(layer, draft.data)
    if translation is None and len(layer.values) > 1:  # `Reshape: [7, 7, 32]` is one value
        translation = translate(replace(layer, values=(layer.values,)), draft.data)
    if translation is None:  # arguments of both, such as `filters: 8` with `padding: 1`
        torch_name = TORCH_OF_KERAS.get(name, name)
        steps = _torch_steps(torch_name, item, draft)
        if steps is None:
            raise UntranslatableError
        draft.data = data_behind(torch_name, draft.data)
        return steps, 0
    draft.data = translation.data
    for note in translation.notes:
        draft.note(note)
    if translation.steps and translation.steps[-1].startswith("prev[") and "return_sequences" not in item.named:
        draft.note(f"{name} passes on its last step only, as in Keras: `return_sequences` is not written")
    stated = next((value for key, value in item.named.items() if key in SIZES_STATED), None)
    steps = translation.steps
    step = steps[translation.main]
    word = next((word for start, word in _SIZE_OF_INPUT.items() if step.startswith(start)), None)
    if stated is not None and word is not None and step.endswith(")"):  # the size is written, so that it is checked
        step = f"{step[:-1]}, {word}={_text(stated)})"
        steps = (*steps[: translation.main], step, *steps[translation.main + 1 :])
    return steps, translation.main


_SIZE_OF_INPUT: Final = {"Conv": "in_channels", "Linear": "in_features", "LSTM": "input_size", "GRU": "input_size"}
"""What a layer calls the size of its input, by how its class begins."""


def data_behind(name: str, data: Data) -> Data:
    """The data behind a layer in torch's words, as far as its kind tells."""
    if match := re.match(r"(Conv|ConvTranspose|MaxPool|AvgPool|Upsample)(\d)d", name):
        return Data((None,) * (int(match[2]) + 1), channels_first=True)
    if name == "Flatten":
        known = data.shape is not None and None not in data.shape
        return Data((prod(cast("tuple[int, ...]", data.shape)) if known else None,))
    if name == "Linear" and data.axes == 1:
        return Data((None,))
    if match := re.match(r"Adaptive(Avg|Max)Pool(\d)d", name):
        return Data((1,) * int(match[2]) + (None,), channels_first=True)
    if name in {"LSTM", "GRU", "RNN", "Embedding"}:
        return Data((None, None))
    return data if name not in {"Linear", "Unflatten"} else Data()
