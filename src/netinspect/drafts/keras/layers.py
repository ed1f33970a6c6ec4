"""What each layer of Keras becomes in the words of a spec.

An activation is an argument in Keras and a layer in torch, and channels are last there and first here: so one layer of
Keras becomes one line or several, and which ones depends on the data that flow into it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from netinspect.drafts.keras.activations import ACTIVATION_LAYERS, last_axis, with_activation
from netinspect.drafts.keras.data import (
    Data,
    Function,
    KerasLayer,
    Translation,
    count,
    is_count,
    named_arguments,
    shape_of,
    to_back,
    to_front,
    translated_by,
)
from netinspect.drafts.keras.windows import WINDOWS


def translate(layer: KerasLayer, data: Data) -> Translation | None:
    """The steps for a layer of one input; None for a layer that is not known, or one that torch cannot do."""
    return translated_by(TRANSLATIONS.get(ALIASES.get(layer.class_name, layer.class_name)), layer, data)


def merge(layer: KerasLayer, inputs: Sequence[Data], names: Sequence[str]) -> Translation | None:
    """The steps that join several values, whose names they hold; None where Keras' layer is none that joins."""
    named = named_arguments(layer)
    first = inputs[0]
    if len(inputs) < 2 or layer.values or {data.channels_first for data in inputs} != {first.channels_first}:
        return None
    if layer.class_name in {"Concatenate", "concatenate"}:
        return _concatenate(inputs, names, **named) if set(named) <= {"axis"} else None
    functions = {
        **dict.fromkeys(("Add", "add", "Average", "average"), "add"),
        **dict.fromkeys(("Subtract", "subtract"), "sub"),
        **dict.fromkeys(("Multiply", "multiply"), "mul"),
        **dict.fromkeys(("Maximum", "maximum"), "maximum"),
        **dict.fromkeys(("Minimum", "minimum"), "minimum"),
    }
    function = functions.get(layer.class_name)
    if function is None or named or (function == "sub" and len(inputs) != 2):
        return None
    steps = [f"{function}({names[0]}, {names[1]})", *(f"{function}(prev, {name})" for name in names[2:])]
    if layer.class_name in {"Average", "average"}:
        steps.append(f"div(prev, {len(inputs)})")
    # What elementwise joining gives: the longest shape, each size the largest of those that are known.
    shapes = [data.shape for data in inputs if data.shape is not None]
    if len(shapes) < len(inputs) or len({len(shape) for shape in shapes}) > 1:
        broadcast = replace(inputs[0], shape=max(shapes, key=len) if len(shapes) == len(inputs) else None)
    else:
        sizes = [
            None if None in column else max(cast("tuple[int, ...]", column)) for column in zip(*shapes, strict=True)
        ]
        broadcast = replace(inputs[0], shape=tuple(sizes))
    return Translation(tuple(steps), broadcast)


def attention(layer: KerasLayer, inputs: Sequence[Data]) -> Translation | None:
    """The steps of MultiHeadAttention over a query, a value and perhaps a key; torch needs heads · key_dim channels."""
    named = named_arguments(layer)
    query, *others = inputs
    positions = dict(zip(("num_heads", "key_dim", "value_dim", "dropout", "use_bias"), layer.values, strict=False))
    heads, key_dim = (named.pop(word, positions.pop(word, None)) for word in ("num_heads", "key_dim"))
    value_dim = named.pop("value_dim", positions.pop("value_dim", None))
    dropout, bias = named.pop("dropout", positions.pop("dropout", 0)), named.pop("use_bias", True)
    width = query.shape[-1] if query.axes == 2 and query.shape else None
    named = {
        key: value
        for key, value in named.items()
        if (key, value) not in (("output_shape", None), ("attention_axes", [1]))
    }
    known = isinstance(heads, int) and isinstance(key_dim, int) and heads * key_dim == width
    if not known or named or positions or value_dim not in {None, key_dim} or bias is not True or not others:
        return None
    if any(data.axes != 2 or data.channels_first or data.shape is None or data.shape[-1] != width for data in inputs):
        return None
    text = f"num_heads={heads}" + (f", dropout={dropout}" if dropout else "") + ", batch_first=True"
    return Translation((f"MultiheadAttention({text})",), query)


def _dense(data: Data, units: object, activation: object = None, use_bias: bool = True) -> Translation | None:
    if not is_count(units):
        return None
    before = to_back(data)
    shape = None if data.shape is None else (*data.shape[:-1], count(units))
    steps = (*before, f"Linear({units}{'' if use_bias else ', bias=False'})")
    return with_activation(Translation(steps, Data(shape), main=len(before)), activation)


ORDER: Final = (
    "torch flattens channels first and Keras channels last: the net is the same, the order of the weights is not"
)


def _flatten(data: Data, data_format: object = None) -> Translation | None:
    shape = data.shape
    size = math.prod(cast("tuple[int, ...]", shape)) if shape is not None and None not in shape else None
    one_place = shape is not None and (shape[-1] == 1 or all(length == 1 for length in shape[:-1]))
    notes = (ORDER,) if data.channels_first and not one_place else ()
    return Translation(("Flatten",), Data((size,)), notes) if data_format is None else None


def _reshape(data: Data, target_shape: object) -> Translation | None:
    """Values in Keras' order, then cut to the target; a map made of a vector has its channels in front at once."""
    target = list(target_shape) if isinstance(target_shape, tuple | list) else None
    if target is None or data.shape is None or not all(isinstance(size, int) for size in target) or not target:
        return None
    total = math.prod(cast("tuple[int, ...]", data.shape)) if None not in data.shape else None
    if target.count(-1) == 1 and total is not None:
        target[target.index(-1)] = total // -math.prod(target)
    before = to_back(data) if data.shape[-1] != 1 else ()
    before += ("flatten(1)",) if len(data.shape) > 1 else ()
    if len(target) == 1:
        return Translation(before or ("Flatten",), Data((None if target[0] == -1 else target[0],)))
    sizes = tuple(None if size == -1 else size for size in target)
    if len(target) == 2:
        return Translation((*before, f"unflatten(1, ({target[0]}, {target[1]}))"), Data(sizes))
    front = (target[-1], *target[:-1])
    if len(data.shape) == 1 or target[-1] == 1:
        notes = (ORDER.replace("flattens", "unflattens"),) if target[-1] != 1 and set(target[:-1]) != {1} else ()
        step = f"unflatten(1, ({', '.join(map(str, front))}))"
        return Translation((*before, step), Data(sizes, channels_first=True), notes, len(before))
    step = f"unflatten(1, ({', '.join(map(str, target))}))"
    return Translation((*before, step), Data(sizes), main=len(before))


def _permute(data: Data, dims: Sequence[int]) -> Translation | None:
    if data.shape is None or sorted(dims) != list(range(1, len(data.shape) + 1)):
        return None
    before = to_back(data)
    shape = tuple(data.shape[axis - 1] for axis in dims)
    return Translation((*before, f"permute(0, {', '.join(map(str, dims))})"), Data(shape), main=len(before))


def _repeat_vector(data: Data, n: object) -> Translation | None:
    shape = shape_of(data, 1)
    if shape is None or not is_count(n):
        return None
    return Translation(("unsqueeze(1)", f"expand(-1, {n}, -1)"), Data((count(n), *shape)))


def _embedding(data: Data, input_dim: object, output_dim: object, mask_zero: bool = False) -> Translation | None:
    if not is_count(input_dim) or not is_count(output_dim):
        return None
    shape = None if data.shape is None else (*data.shape, count(output_dim))
    notes = ("Keras leaves the word 0 out of all that follows (mask_zero), torch does not",) if mask_zero else ()
    return Translation((f"Embedding({input_dim}, {output_dim})",), Data(shape), notes)


def _decimal(value: float) -> str:
    """A small number without the digits that binary fractions add: 1 - 0.99 is 0.01."""
    return f"{round(value, 10):.10f}".rstrip("0") if value else "0"


def _batch_normalization(
    data: Data,
    axis: object = -1,
    momentum: float = 0.99,
    epsilon: float = 0.001,
    center: bool = True,
    scale: bool = True,
) -> Translation | None:
    if data.axes not in {1, 2, 3, 4} or (axis[0] if isinstance(axis, list) and axis else axis) not in {-1, data.axes}:
        return None
    axes = data.axes or 1
    before = to_front(data, axes)
    arguments = [f"eps={_decimal(epsilon)}", f"momentum={_decimal(1 - momentum)}"]
    arguments += [] if center or scale else ["affine=False"]
    note = "torch's BatchNorm has a scale and a shift or neither: here it has one of them more than Keras'"
    steps = (*before, f"BatchNorm{max(axes - 1, 1)}d({', '.join(arguments)})")
    notes = () if center == scale else (note,)
    return Translation(steps, replace(data, channels_first=axes > 1), notes, len(before))


def _layer_normalization(
    data: Data, axis: object = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True
) -> Translation | None:
    if (axis[0] if isinstance(axis, list) and len(axis) == 1 else axis) not in {-1, data.axes} or center > scale:
        return None
    before = to_back(data)
    affine = "" if center else ", bias=False" if scale else ", elementwise_affine=False"
    steps = (*before, f"LayerNorm(eps={_decimal(epsilon)}{affine})")
    return Translation(steps, replace(data, channels_first=False), main=len(before))


def _group_normalization(
    data: Data, groups: object = 32, axis: object = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True
) -> Translation | None:
    if axis not in (-1, data.axes) or data.axes is None or center != scale:
        return None
    before = to_front(data, data.axes)
    groups = "prev.shape[1]" if groups == -1 else groups
    affine = "" if center else ", affine=False"
    steps = (*before, f"GroupNorm({groups}, eps={_decimal(epsilon)}{affine})")
    return Translation(steps, replace(data, channels_first=data.axes > 1), main=len(before))


def _dropout(data: Data, rate: float) -> Translation:
    return Translation((f"Dropout({rate})",), data)


def _alpha_dropout(data: Data, rate: float) -> Translation:
    return Translation((f"AlphaDropout({rate})",), data)


def _nothing(note: str | None) -> Function:
    """A layer that leaves no line: it works in training only, or is a step of the input's preparation."""

    def translation(data: Data, *values: object, **named: object) -> Translation:  # noqa: ARG001
        return Translation((), data, (note,) if note else ())

    return translation


def _identity(data: Data) -> Translation:
    return Translation(("Identity",), data)


TWO_BIASES: Final = (
    "torch's {kind} has two bias vectors where Keras' has one: it has those params more, and computes the same"
)


NO_DROPOUT: Final = "torch has no dropout inside a recurrent layer: Keras' is left out"


def _recurrent(kind: str, step_activation: str = "tanh") -> Function:
    def translation(
        data: Data,
        units: object,
        activation: str = step_activation,
        use_bias: bool = True,
        dropout: float = 0,
        recurrent_dropout: float = 0,
        return_sequences: bool = False,
        unit_forget_bias: bool = True,  # noqa: ARG001  only says how the bias begins
        reset_after: bool = True,
        bidirectional: bool = False,
        recurrent_activation: str = "sigmoid",
    ) -> Translation | None:
        shape = shape_of(data, 2)
        relu = kind == "RNN" and activation == "relu"
        if shape is None or not is_count(units) or not (activation == "tanh" or relu):
            return None
        if recurrent_activation != "sigmoid":
            return None
        arguments = [str(units), "batch_first=True"]
        arguments += ["nonlinearity='relu'"] if relu else []
        arguments += ["bidirectional=True"] if bidirectional else []
        arguments += [] if use_bias else ["bias=False"]
        before = to_back(data)
        steps = (*before, f"{kind}({', '.join(arguments)})")
        width = count(units)
        width = width and width * (1 + bidirectional)
        if return_sequences:
            behind: Data = Data((shape[0], width))
        else:
            last = "cat(prev.h_n[0], prev.h_n[1], dim=1)" if bidirectional else "prev[:, -1]"
            steps, behind = (*steps, last), Data((width,))
        notes = [TWO_BIASES.format(kind=kind)] if use_bias and kind != "GRU" else []
        notes += [NO_DROPOUT] if dropout or recurrent_dropout else []
        notes += [] if reset_after else ["torch's GRU resets behind the product (reset_after=True)"]
        return Translation(steps, behind, tuple(notes), len(before))

    return translation


def _inner(layer: object) -> KerasLayer | None:
    """The layer that a wrapper holds: as code or as a configuration."""
    if isinstance(layer, KerasLayer):
        return layer
    if isinstance(layer, Mapping) and isinstance(layer.get("config"), Mapping):
        return KerasLayer(str(layer.get("class_name")), (), layer["config"])
    return None


def _kind_of(layer: KerasLayer) -> tuple[object, ...]:
    """What two layers have in common that read a sequence in opposite directions."""
    named = named_arguments(layer)
    return layer.class_name, layer.values, {key: value for key, value in named.items() if key != "go_backwards"}


def _bidirectional(
    data: Data, layer: object, merge_mode: str = "concat", backward_layer: object = None
) -> Translation | None:
    inner = _inner(layer)
    backward = _inner(backward_layer)
    if inner is None or merge_mode != "concat" or inner.class_name not in {"LSTM", "GRU", "SimpleRNN"}:
        return None
    if backward_layer is not None and (backward is None or _kind_of(backward) != _kind_of(inner)):
        return None
    return translate(replace(inner, named={**(inner.named or {}), "bidirectional": True}), data)


def _time_distributed(data: Data, layer: object) -> Translation | None:
    inner = _inner(layer)
    if inner is None:
        return None
    if inner.class_name == "Flatten":
        return Translation((*to_back(data), "flatten(2)"), Data())
    alike = {"Dense", "Activation", "Dropout", "ReLU", "LeakyReLU", "LayerNormalization"}
    return translate(inner, data) if inner.class_name in alike else None


def _concatenate(inputs: Sequence[Data], names: Sequence[str], axis: object = -1) -> Translation | None:
    first = inputs[0]
    if not isinstance(axis, int) or any(data.axes != first.axes for data in inputs):
        return None
    if axis in {-1, first.axes}:
        dim, place = last_axis(first), -1
    elif first.axes is None or not 0 < axis < first.axes:
        return None
    else:
        dim, place = axis + first.channels_first, axis - 1
    data = first
    if first.shape is not None:
        sizes = [data.shape[place] if data.shape else None for data in inputs]
        shape = list(first.shape)
        shape[place] = sum(cast("list[int]", sizes)) if None not in sizes else None
        data = replace(first, shape=tuple(shape))
    return Translation((f"cat({', '.join(names)}, dim={dim})",), data)


PREPARED: Final = "the preparation of the input (Rescaling, Normalization, augmentation) is left out: see `preprocess`"


TRAINED: Final = "noise that Keras adds in training only is left out"


TRANSLATIONS: Final[Mapping[str, Function]] = {
    **ACTIVATION_LAYERS,
    **WINDOWS,
    "Dense": _dense,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    "Embedding": _embedding,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "GroupNormalization": _group_normalization,
    "Dropout": _dropout,
    "AlphaDropout": _alpha_dropout,
    "GaussianNoise": _nothing(TRAINED),
    "GaussianDropout": _nothing(TRAINED),
    "ActivityRegularization": _nothing(None),
    "Rescaling": _nothing(PREPARED),
    "Normalization": _nothing(PREPARED),
    "RandomFlip": _nothing(PREPARED),
    "RandomRotation": _nothing(PREPARED),
    "RandomZoom": _nothing(PREPARED),
    "RandomContrast": _nothing(PREPARED),
    "RandomBrightness": _nothing(PREPARED),
    "RandomTranslation": _nothing(PREPARED),
    "Identity": _identity,
    "LSTM": _recurrent("LSTM"),
    "GRU": _recurrent("GRU"),
    "SimpleRNN": _recurrent("RNN"),
    "Bidirectional": _bidirectional,
    "TimeDistributed": _time_distributed,
}
"""What each Keras layer of one input becomes."""


ALIASES: Final = {
    **{f"MaxPool{axes}D": f"MaxPooling{axes}D" for axes in (1, 2, 3)},
    **{f"AvgPool{axes}D": f"AveragePooling{axes}D" for axes in (1, 2, 3)},
    **{f"GlobalMaxPool{axes}D": f"GlobalMaxPooling{axes}D" for axes in (1, 2, 3)},
    **{f"GlobalAvgPool{axes}D": f"GlobalAveragePooling{axes}D" for axes in (1, 2, 3)},
    **{f"Convolution{axes}D": f"Conv{axes}D" for axes in (1, 2, 3)},
    "Convolution2DTranspose": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "CuDNNLSTM": "LSTM",
}
"""Second names that Keras itself gives its layers."""


MERGING: Final = frozenset(
    "Add Subtract Multiply Average Maximum Minimum Concatenate "
    "add subtract multiply average maximum minimum concatenate".split()
)
"""The layers and functions that join several values."""


WANT_CHANNELS_FIRST: Final = frozenset(
    name for name in (*TRANSLATIONS, *ALIASES) if re.search(r"1D", name) and not name.startswith("Global")
) | {"BatchNormalization", "GroupNormalization"}
"""The layers that want the channels of a sequence in front: where one comes first, the input is written that way."""

KNOWN: Final = frozenset({*TRANSLATIONS, *ALIASES, *MERGING, "MultiHeadAttention", "Input", "InputLayer"})
"""All layers and functions that are translated."""

MODELS: Final = frozenset({"Sequential", "Model", "Functional"})
"""The classes of whole networks."""
