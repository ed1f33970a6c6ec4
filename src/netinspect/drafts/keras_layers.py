"""A Keras layer in the words of a spec.

Keras keeps channels last and torch keeps them first, and an activation is an argument there and a layer here. So one
Keras layer becomes one line or several, and which ones depends on what flows into it: `Data` says that. Each function
of the table `TRANSLATIONS` has the signature of the Keras layer it translates, so that Python itself binds positional
values and refuses arguments that a layer does not have.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast


class Expression(str):
    """An expression over the vars of a spec, which stands in place of a number."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Data:
    """What flows from layer to layer: `shape` as Keras has it, without the batch and with channels last.

    A size that is not known is None, and so is a shape whose number of axes is not known. `channels_first` says that
    torch's tensor has its channels in front, which matters for two axes and more.
    """

    shape: tuple[int | None, ...] | None = None
    channels_first: bool = False

    @property
    def axes(self) -> int | None:
        """The number of axes without the batch."""
        return None if self.shape is None else len(self.shape)


@dataclass(frozen=True, slots=True)
class KerasLayer:
    """A layer as Keras code or a Keras configuration states it, with values of plain Python."""

    class_name: str
    values: tuple[object, ...] = ()
    named: Mapping[str, object] = None  # type: ignore[assignment]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """The steps of a spec that do what a Keras layer does, the data behind them, and what is not quite the same.

    The name of the layer belongs to the step number `main`. Each step but the first takes what the step above yields.
    """

    steps: tuple[str, ...]
    data: Data
    notes: tuple[str, ...] = ()
    main: int = 0


def keras_lines(
    class_name: str, values: Sequence[object], named: Mapping[str, object], name: str | None
) -> tuple[str, ...] | None:
    """The lines of a spec for one Keras layer whose input is not known; None where they cannot be told.

    >>> keras_lines("Conv2D", [32, (3, 3)], {"activation": "relu"}, "conv1")
    ('- conv1: Conv2d(32, kernel_size=3)', '- ReLU')
    """
    translation = translate(KerasLayer(class_name, tuple(values), named, name), Data())
    if translation is None:
        return None
    return tuple(
        f"- {name}: {step}" if name and number == translation.main else f"- {step}"
        for number, step in enumerate(translation.steps)
    )


def translate(layer: KerasLayer, data: Data) -> Translation | None:
    """The steps for a layer of one input; None for a layer that is not known, or one that torch cannot do."""
    function = TRANSLATIONS.get(ALIASES.get(layer.class_name, layer.class_name))
    named = {key: value for key, value in (layer.named or {}).items() if not _is_ignored(key, value)}
    if function is None or named.pop("data_format", None) not in {None, "channels_last"}:
        return None
    try:
        inspect.signature(function).bind(data, *layer.values, **named)
    except TypeError:
        return None
    translation = function(data, *layer.values, **named)
    if translation is None or any(re.search(r"\b(None|\?)", step) for step in translation.steps):
        return None
    return translation


def merge(layer: KerasLayer, inputs: Sequence[Data], names: Sequence[str]) -> Translation | None:
    """The steps that join several values, whose names they hold; None where Keras' layer is none that joins."""
    named = {key: value for key, value in (layer.named or {}).items() if not _is_ignored(key, value)}
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
    return Translation(tuple(steps), _broadcast(inputs))


def attention(layer: KerasLayer, inputs: Sequence[Data]) -> Translation | None:
    """The steps of MultiHeadAttention over a query, a value and perhaps a key; torch needs heads · key_dim channels."""
    named = {key: value for key, value in (layer.named or {}).items() if not _is_ignored(key, value)}
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


# --------------------------------------------------------------------------------------- what all layers have in common


IGNORED: Final = frozenset(
    """
    name trainable dtype seed weights batch_input_shape batch_shape input_shape input_length sparse ragged
    implementation unroll stateful use_cudnn lora_rank lora_alpha quantization_config synchronized virtual_batch_size
    recurrent_activation cudnn_enabled autocast activity_regularizer noise_shape
    renorm_clipping renorm_momentum zero_output_for_mask
    """.split()
)
"""Arguments that say how a layer is trained, started or run, or that the input says already."""

MUST_BE_FALSE: Final = frozenset(
    "go_backwards return_state time_major renorm fused rms_scaling flash_attention use_gate sliding_window".split()
)


def _is_ignored(key: str, value: object) -> bool:
    """Whether an argument changes nothing of what a spec says."""
    return (
        key in IGNORED
        or key.endswith(("_initializer", "_regularizer", "_constraint"))
        or (key in MUST_BE_FALSE and not value)
    )


def _known(data: Data, axes: int) -> tuple[int | None, ...] | None:
    """The shape, of `axes` axes; None where it has another number of them."""
    shape = (None,) * axes if data.shape is None else data.shape
    return shape if len(shape) == axes else None


def _to_front(data: Data, axes: int) -> tuple[str, ...]:
    """The step that brings the channels to the front where they are last."""
    if data.channels_first or data.shape is None or axes < 2:
        return ()
    return (f"permute({', '.join(map(str, (0, axes, *range(1, axes))))})",)


def _to_back(data: Data) -> tuple[str, ...]:
    """The step that brings the channels to the back where they are in front."""
    if not data.channels_first or data.axes is None or data.axes < 2:
        return ()
    return (f"permute({', '.join(map(str, (0, *range(2, data.axes + 1), 1)))})",)


def _each(value: object, axes: int) -> tuple[object, ...] | None:
    """A size for each axis, from one number or a list of them."""
    if isinstance(value, int | Expression) and not isinstance(value, bool):
        return (value,) * axes
    if isinstance(value, tuple | list) and len(value) == axes and all(isinstance(size, int) for size in value):
        return tuple(value)
    return None


def _text(sizes: Sequence[object]) -> str:
    """`3` for equal sizes, `(3, 1)` for others."""
    return str(sizes[0]) if len(set(sizes)) == 1 else f"({', '.join(map(str, sizes))})"


def _count(value: object) -> int | None:
    """A number of channels, where it is written as a number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_count(value: object) -> bool:
    return isinstance(value, Expression) or (isinstance(value, int) and not isinstance(value, bool) and value > 0)


def _with_activation(translation: Translation, activation: object) -> Translation | None:
    """The same steps, and below them that of an activation."""
    if activation is None:
        return translation
    behind = _activation(translation.data, activation)
    if behind is None:
        return None
    return replace(translation, steps=translation.steps + behind.steps, notes=translation.notes + behind.notes)


# --------------------------------------------------------------------------------------------------------- activations


ACTIVATIONS: Final = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "elu": "ELU",
    "selu": "SELU",
    "celu": "CELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "SiLU",
    "mish": "Mish",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "leaky_relu": "LeakyReLU(0.2)",
    "hard_sigmoid": "Hardsigmoid",
    "hard_silu": "Hardswish",
    "hard_swish": "Hardswish",
    "log_sigmoid": "LogSigmoid",
    "exponential": "exp",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
}
"""Keras' activations by the name it gives them; its `leaky_relu` has the slope 0.2, unlike its layer."""


def _activation(data: Data, activation: object = None) -> Translation | None:
    if isinstance(activation, KerasLayer):
        return translate(activation, data)
    if isinstance(activation, Mapping):  # a serialized function, or a layer
        config = activation.get("config")
        if activation.get("class_name") == "function":
            return _activation(data, config)
        return translate(KerasLayer(str(activation.get("class_name")), (), cast("Mapping[str, object]", config)), data)
    if activation in {None, "linear"}:
        return Translation((), data)
    step = ACTIVATIONS.get(activation) if isinstance(activation, str) else None
    if step is None:
        return None
    if step in {"Softmax", "LogSoftmax"}:
        return Translation((f"{step}(dim={_last_axis(data)})",), data)
    return Translation((step,), data)


def _last_axis(data: Data) -> int:
    """The axis of torch's tensor that Keras calls the last one."""
    return 1 if data.channels_first or data.axes == 1 else -1


def _relu(
    data: Data, max_value: float | None = None, negative_slope: float = 0, threshold: float = 0
) -> Translation | None:
    if threshold or (max_value and negative_slope):
        return None
    if max_value:
        return Translation(("ReLU6" if max_value == 6 else f"Hardtanh(0, {max_value})",), data)
    return Translation((f"LeakyReLU({negative_slope})" if negative_slope else "ReLU",), data)


def _leaky_relu(data: Data, negative_slope: float = 0.3, alpha: float | None = None) -> Translation:
    return Translation((f"LeakyReLU({negative_slope if alpha is None else alpha})",), data)


def _prelu(data: Data, shared_axes: Sequence[int] | None = None) -> Translation | None:
    """Keras has a slope for each element and torch one for each channel: the same for vectors and for shared axes."""
    if data.shape is None or data.axes is None or sorted(shared_axes or ()) != list(range(1, data.axes)):
        return None
    size = data.shape[-1] or f"prev.shape[{_last_axis(data)}]"
    steps = () if data.axes == 1 else _to_front(data, data.axes)
    return Translation((*steps, f"PReLU({size})"), replace(data, channels_first=data.axes > 1), main=len(steps))


def _softmax(data: Data, axis: object = -1) -> Translation | None:
    return _activation(data, "softmax") if axis in (-1, [-1], data.axes) else None


def _parametrised(step: str) -> Callable[[Data, float], Translation]:
    def translation(data: Data, alpha: float = 1.0) -> Translation:
        return Translation((step if alpha == 1 else f"{step}({alpha})",), data)

    return translation


def _threshold(data: Data, theta: float = 1.0) -> Translation:
    return Translation((f"Threshold({theta}, 0)",), data)


# ------------------------------------------------------------------------------------------- convolutions and pooling


@dataclass(frozen=True, slots=True)
class _Padding:
    """The value of `padding`, the step that pads in its place, and what Keras does otherwise."""

    value: str = "0"
    step: str | None = None
    note: str | None = None


UNEVEN: Final = "TensorFlow pads `same` with a stride unevenly: the sizes are alike, the windows may stand one further"


def _padding(
    sizes: Sequence[int | None],
    kernel: Sequence[object],
    strides: Sequence[object],
    dilation: Sequence[object],
    mode: object,
) -> _Padding | None:
    """torch's padding for Keras' `valid` or `same`; None where it depends on a size that is not known."""
    if mode == "valid":
        return _Padding()
    if mode != "same":
        return None
    if set(strides) == {1}:
        return _Padding("0" if set(kernel) == {1} else "same")
    numbers = (*kernel, *strides, *dilation)
    if not all(isinstance(number, int) for number in numbers):
        return None
    values, uneven = [], False
    for size, *window in zip(sizes, kernel, strides, dilation, strict=True):
        width, stride, spread = cast("list[int]", window)
        extent = (width - 1) * spread + 1
        half = (extent - 1) // 2
        if size is None:
            if extent % 2 == 0 and extent != stride:
                return None
            values.append(half if extent % 2 else 0)
            uneven |= extent > 1
            continue
        total = max((math.ceil(size / stride) - 1) * stride + extent - size, 0)
        if total % 2 and (size + 2 * half - extent) // stride + 1 != math.ceil(size / stride):
            return None
        values.append(half if total % 2 else total // 2)
        uneven |= bool(total % 2)
    return _Padding(_text(values), note=UNEVEN if uneven else None)


def _strided(size: int | None, kernel: object, stride: object, dilation: object, mode: object) -> int | None:
    """The size behind a window that slides over an axis."""
    if size is None or not isinstance(stride, int) or not isinstance(kernel, int) or not isinstance(dilation, int):
        return None
    if mode in {"same", "causal"}:
        return math.ceil(size / stride)
    return (size - (kernel - 1) * dilation - 1) // stride + 1


@dataclass(frozen=True, slots=True)
class _Window:
    """A window that slides: its arguments in torch's words, what stands above its line, and the sizes behind it."""

    before: tuple[str, ...]
    arguments: tuple[str, ...]
    sizes: tuple[int | None, ...]
    notes: tuple[str, ...]


def _window(
    data: Data, axes: int, kernel_size: object, strides: object, padding: object, dilation_rate: object
) -> _Window | None:
    """How a convolution's window slides over the data; the channels are brought to the front."""
    shape = _known(data, axes + 1)
    kernel, stride, dilation = (_each(value, axes) for value in (kernel_size, strides, dilation_rate))
    if shape is None or kernel is None or stride is None or dilation is None:
        return None
    padding = padding.lower() if isinstance(padding, str) else padding
    before = _to_front(data, axes + 1)
    if padding == "causal" and axes == 1 and isinstance(kernel[0], int) and isinstance(dilation[0], int):
        pad = _Padding(step=f"ZeroPad1d(({dilation[0] * (kernel[0] - 1)}, 0))")
    else:
        pad = cast("_Padding", _padding(shape[:-1], kernel, stride, dilation, padding))
    if pad is None:
        return None
    arguments = [f"kernel_size={_text(kernel)}"]
    arguments += [f"stride={_text(stride)}"] if set(stride) != {1} else []
    arguments += [f"padding={pad.value}"] if pad.value != "0" else []
    arguments += [f"dilation={_text(dilation)}"] if set(dilation) != {1} else []
    windows = zip(shape[:-1], kernel, stride, dilation, strict=True)
    return _Window(
        before=before + ((pad.step,) if pad.step else ()),
        arguments=tuple(arguments),
        sizes=tuple(_strided(*window, padding) for window in windows),
        notes=(pad.note,) if pad.note else (),
    )


def _convolution(axes: int) -> Callable[..., Translation | None]:
    def translation(
        data: Data,
        filters: object,
        kernel_size: object,
        strides: object = 1,
        padding: object = "valid",
        data_format: object = None,
        dilation_rate: object = 1,
        groups: object = 1,
        activation: object = None,
        use_bias: bool = True,
    ) -> Translation | None:
        window = _window(data, axes, kernel_size, strides, padding, dilation_rate)
        if window is None or not _is_count(filters) or data_format is not None:
            return None
        arguments = [str(filters), *window.arguments]
        arguments += [f"groups={groups}"] if groups != 1 else []
        arguments += ["bias=False"] if not use_bias else []
        steps = (*window.before, f"Conv{axes}d({', '.join(arguments)})")
        behind = Data((*window.sizes, _count(filters)), channels_first=True)
        return _with_activation(Translation(steps, behind, window.notes, len(window.before)), activation)

    return translation


def _channels(data: Data, times: int = 1) -> str:
    """The number of channels, or the words for it where it is not known."""
    if data.shape is not None and data.shape[-1] is not None:
        return str(data.shape[-1] * times)
    return "prev.shape[1]" if times == 1 else f"prev.shape[1] * {times}"


def _depthwise(axes: int) -> Callable[..., Translation | None]:
    def translation(
        data: Data,
        kernel_size: object,
        strides: object = 1,
        padding: object = "valid",
        depth_multiplier: int = 1,
        data_format: object = None,
        dilation_rate: object = 1,
        activation: object = None,
        use_bias: bool = True,
    ) -> Translation | None:
        window = _window(data, axes, kernel_size, strides, padding, dilation_rate)
        if window is None or data_format is not None or not isinstance(depth_multiplier, int):
            return None
        arguments = [_channels(data, depth_multiplier), *window.arguments, f"groups={_channels(data)}"]
        arguments += ["bias=False"] if not use_bias else []
        channels = data.shape[-1] if data.shape else None
        behind = Data((*window.sizes, channels and channels * depth_multiplier), channels_first=True)
        steps = (*window.before, f"Conv{axes}d({', '.join(arguments)})")
        return _with_activation(Translation(steps, behind, window.notes, len(window.before)), activation)

    return translation


def _separable(axes: int) -> Callable[..., Translation | None]:
    depthwise = _depthwise(axes)

    def translation(
        data: Data,
        filters: object,
        kernel_size: object,
        strides: object = 1,
        padding: object = "valid",
        data_format: object = None,
        dilation_rate: object = 1,
        depth_multiplier: int = 1,
        activation: object = None,
        use_bias: bool = True,
    ) -> Translation | None:
        depth = depthwise(
            data, kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate, use_bias=False
        )
        if depth is None or not _is_count(filters):
            return None
        bias = "" if use_bias else ", bias=False"
        steps = (*depth.steps, f"Conv{axes}d({filters}, kernel_size=1{bias})")
        sizes = cast("tuple[int | None, ...]", depth.data.shape)[:-1]
        behind = Data((*sizes, _count(filters)), channels_first=True)
        return _with_activation(Translation(steps, behind, depth.notes, len(steps) - 1), activation)

    return translation


def _transposed(axes: int) -> Callable[..., Translation | None]:
    def translation(
        data: Data,
        filters: object,
        kernel_size: object,
        strides: object = 1,
        padding: object = "valid",
        output_padding: object = None,
        data_format: object = None,
        dilation_rate: object = 1,
        activation: object = None,
        use_bias: bool = True,
    ) -> Translation | None:
        """Keras' sizes: n · stride for `same`, (n - 1) · stride + max(kernel, stride) for `valid`."""
        shape, kernel, stride = _known(data, axes + 1), _each(kernel_size, axes), _each(strides, axes)
        dilation = _each(dilation_rate, axes)
        numbers = (*(kernel or ("",)), *(stride or ("",)))
        if shape is None or output_padding is not None or data_format is not None or not _is_count(filters):
            return None
        if not all(isinstance(number, int) for number in numbers) or dilation is None or set(dilation) != {1}:
            return None
        pairs = list(zip(cast("Sequence[int]", kernel), cast("Sequence[int]", stride), strict=True))
        same = isinstance(padding, str) and padding.lower() == "same"
        overlaps = [width - step for width, step in pairs]
        pads = [max(math.ceil(overlap / 2), 0) if same else 0 for overlap in overlaps]
        extra = [2 * pad - overlap if same else max(-overlap, 0) for pad, overlap in zip(pads, overlaps, strict=True)]
        arguments = [str(filters), f"kernel_size={_text(cast('Sequence[object]', kernel))}"]
        arguments += [f"stride={_text(cast('Sequence[object]', stride))}"] if set(stride or ()) != {1} else []
        arguments += [f"padding={_text(pads)}"] if any(pads) else []
        arguments += [f"output_padding={_text(extra)}"] if any(extra) else []
        arguments += ["bias=False"] if not use_bias else []
        sizes = tuple(
            size and (size * step if same else (size - 1) * step + max(width, step))
            for size, (width, step) in zip(shape[:-1], pairs, strict=True)
        )
        before = _to_front(data, axes + 1)
        uneven = same and any(overlap > 0 and overlap % 2 for overlap in overlaps)
        behind = Data((*sizes, _count(filters)), channels_first=True)
        steps = (*before, f"ConvTranspose{axes}d({', '.join(arguments)})")
        notes = (UNEVEN,) if uneven else ()
        return _with_activation(Translation(steps, behind, notes, len(before)), activation)

    return translation


def _pooling(kind: str, axes: int) -> Callable[..., Translation | None]:
    def translation(
        data: Data,
        pool_size: object = 2,
        strides: object = None,
        padding: object = "valid",
        data_format: object = None,
    ) -> Translation | None:
        shape, pool = _known(data, axes + 1), _each(pool_size, axes)
        stride = pool if strides is None else _each(strides, axes)
        padding = padding.lower() if isinstance(padding, str) else padding
        if shape is None or pool is None or stride is None or data_format is not None:
            return None
        arguments = [_text(pool)] + ([f"stride={_text(stride)}"] if stride != pool else [])
        before = _to_front(data, axes + 1)
        notes: tuple[str, ...] = ()
        if padding == "same" and stride == pool and set(pool) == {2} and kind == "Max":
            arguments.append("ceil_mode=True")
        elif padding == "same" and set(stride) == {1} and not all(isinstance(n, int) and n % 2 for n in pool):
            if kind != "Max" or not all(isinstance(size, int) for size in pool):
                return None
            ends = [((cast("int", size) - 1) // 2, cast("int", size) // 2) for size in reversed(pool)]
            flat = ", ".join(str(number) for pair in ends for number in pair)
            before = (*before, f"ReplicationPad{axes}d(({flat}))")
        elif padding == "same" and set(stride) == {1}:
            arguments.append(f"padding={_text([cast('int', size) // 2 for size in pool])}")
        elif padding != "valid":
            pad = _padding(shape[:-1], pool, stride, (1,) * axes, padding)
            if pad is None:
                return None
            arguments += [f"padding={pad.value}"] if pad.value != "0" else []
            notes = (pad.note,) if pad.note else ()
        if kind == "Avg" and any(argument.startswith("padding") for argument in arguments):
            arguments.append("count_include_pad=False")
        windows = zip(shape[:-1], pool, stride, strict=True)
        sizes = tuple(_strided(size, width, step, 1, padding) for size, width, step in windows)
        steps = (*before, f"{kind}Pool{axes}d({', '.join(arguments)})")
        return Translation(steps, Data((*sizes, shape[-1]), channels_first=True), notes, len(before))

    return translation


def _global_pooling(kind: str, axes: int) -> Callable[..., Translation | None]:
    def translation(data: Data, data_format: object = None, keepdims: bool = False) -> Translation | None:
        shape = _known(data, axes + 1)
        if shape is None or data_format is not None:
            return None
        if data.shape is not None and not data.channels_first and not keepdims:
            dims = "1" if axes == 1 else f"({', '.join(map(str, range(1, axes + 1)))})"
            return Translation((f"{'mean' if kind == 'Avg' else 'amax'}(dim={dims})",), Data(shape[-1:]))
        before = _to_front(data, axes + 1)
        steps = (*before, f"Adaptive{kind}Pool{axes}d(1)")
        if keepdims:
            return Translation(steps, Data((1,) * axes + shape[-1:], channels_first=True), main=len(before))
        return Translation((*steps, "Flatten"), Data(shape[-1:]), main=len(before))

    return translation


def _upsampling(axes: int) -> Callable[..., Translation | None]:
    def translation(
        data: Data, size: object = 2, data_format: object = None, interpolation: str = "nearest"
    ) -> Translation | None:
        shape, factors = _known(data, axes + 1), _each(size, axes)
        if shape is None or factors is None or data_format or interpolation not in {"nearest", "bilinear", "bicubic"}:
            return None
        before, mode = _to_front(data, axes + 1), "" if interpolation == "nearest" else f", mode={interpolation}"
        sizes = tuple(
            length * factor if length and isinstance(factor, int) else None
            for length, factor in zip(shape[:-1], factors, strict=True)
        )
        steps = (*before, f"Upsample(scale_factor={_text(factors)}{mode})")
        return Translation(steps, Data((*sizes, shape[-1]), channels_first=True), main=len(before))

    return translation


def _ends(value: object, axes: int) -> list[tuple[int, int]] | None:
    """What is added or cut at both ends of each axis: from `1`, `(1, 2)` or `((1, 1), (2, 2))`."""
    if isinstance(value, int):
        return [(value, value)] * axes
    if not isinstance(value, tuple | list):
        return None
    if axes == 1 and len(value) == 2 and all(isinstance(end, int) for end in value):
        return [cast("tuple[int, int]", tuple(value))]
    pairs = [(end, end) if isinstance(end, int) else tuple(end) for end in value]
    if len(pairs) != axes or any(len(pair) != 2 or not all(isinstance(end, int) for end in pair) for pair in pairs):
        return None
    return cast("list[tuple[int, int]]", pairs)


def _zero_padding(axes: int) -> Callable[..., Translation | None]:
    def translation(data: Data, padding: object = 1, data_format: object = None) -> Translation | None:
        shape, ends = _known(data, axes + 1), _ends(padding, axes)
        if shape is None or ends is None or data_format is not None:
            return None
        before = _to_front(data, axes + 1)
        numbers = [end for pair in reversed(ends) for end in pair]  # torch begins with the last axis
        sizes = tuple(size and size + sum(pair) for size, pair in zip(shape[:-1], ends, strict=True))
        steps = (*before, f"ZeroPad{axes}d({_text(numbers)})")
        return Translation(steps, Data((*sizes, shape[-1]), channels_first=True), main=len(before))

    return translation


def _cropping(axes: int) -> Callable[..., Translation | None]:
    def translation(data: Data, cropping: object = 1, data_format: object = None) -> Translation | None:
        shape, ends = _known(data, axes + 1), _ends(cropping, axes)
        if shape is None or ends is None or data_format is not None:
            return None
        before = _to_front(data, axes + 1)
        slices = [f"{start or ''}:{-end or ''}" for start, end in ends]
        sizes = tuple(size and size - sum(pair) for size, pair in zip(shape[:-1], ends, strict=True))
        steps = (*before, f"prev[:, :, {', '.join(slices)}]")
        return Translation(steps, Data((*sizes, shape[-1]), channels_first=True), main=len(before))

    return translation


# ------------------------------------------------------------------------------------------ dense, shapes, normalising


def _dense(data: Data, units: object, activation: object = None, use_bias: bool = True) -> Translation | None:
    if not _is_count(units):
        return None
    before = _to_back(data)
    shape = None if data.shape is None else (*data.shape[:-1], _count(units))
    steps = (*before, f"Linear({units}{'' if use_bias else ', bias=False'})")
    return _with_activation(Translation(steps, Data(shape), main=len(before)), activation)


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
    before = _to_back(data) if data.shape[-1] != 1 else ()
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
    before = _to_back(data)
    shape = tuple(data.shape[axis - 1] for axis in dims)
    return Translation((*before, f"permute(0, {', '.join(map(str, dims))})"), Data(shape), main=len(before))


def _repeat_vector(data: Data, n: object) -> Translation | None:
    shape = _known(data, 1)
    if shape is None or not _is_count(n):
        return None
    return Translation(("unsqueeze(1)", f"expand(-1, {n}, -1)"), Data((_count(n), *shape)))


def _embedding(data: Data, input_dim: object, output_dim: object, mask_zero: bool = False) -> Translation | None:
    if not _is_count(input_dim) or not _is_count(output_dim):
        return None
    shape = None if data.shape is None else (*data.shape, _count(output_dim))
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
    before = _to_front(data, axes)
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
    before = _to_back(data)
    affine = "" if center else ", bias=False" if scale else ", elementwise_affine=False"
    steps = (*before, f"LayerNorm(eps={_decimal(epsilon)}{affine})")
    return Translation(steps, replace(data, channels_first=False), main=len(before))


def _group_normalization(
    data: Data, groups: object = 32, axis: object = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True
) -> Translation | None:
    if axis not in (-1, data.axes) or data.axes is None or center != scale:
        return None
    before = _to_front(data, data.axes)
    groups = "prev.shape[1]" if groups == -1 else groups
    affine = "" if center else ", affine=False"
    steps = (*before, f"GroupNorm({groups}, eps={_decimal(epsilon)}{affine})")
    return Translation(steps, replace(data, channels_first=data.axes > 1), main=len(before))


def _dropout(data: Data, rate: float) -> Translation:
    return Translation((f"Dropout({rate})",), data)


def _alpha_dropout(data: Data, rate: float) -> Translation:
    return Translation((f"AlphaDropout({rate})",), data)


def _spatial_dropout(axes: int) -> Callable[..., Translation | None]:
    def translation(data: Data, rate: float, data_format: object = None) -> Translation | None:
        shape = _known(data, axes + 1)
        if shape is None or data_format is not None:
            return None
        before = _to_front(data, axes + 1)
        steps = (*before, f"Dropout{axes}d({rate})")
        return Translation(steps, Data(shape, channels_first=True), main=len(before))

    return translation


def _nothing(note: str | None) -> Callable[..., Translation]:
    """A layer that leaves no line: it works in training only, or is a step of the input's preparation."""

    def translation(data: Data, *values: object, **named: object) -> Translation:  # noqa: ARG001
        return Translation((), data, (note,) if note else ())

    return translation


def _identity(data: Data) -> Translation:
    return Translation(("Identity",), data)


# ---------------------------------------------------------------------------------------------------------- recurrent


TWO_BIASES: Final = "torch's {kind} has two bias vectors where Keras' has one: so many more params, the same function"
NO_DROPOUT: Final = "torch has no dropout inside a recurrent layer: Keras' is left out"


def _recurrent(kind: str, step_activation: str = "tanh") -> Callable[..., Translation | None]:
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
    ) -> Translation | None:
        shape = _known(data, 2)
        relu = kind == "RNN" and activation == "relu"
        if shape is None or not _is_count(units) or not (activation == "tanh" or relu):
            return None
        arguments = [str(units), "batch_first=True"]
        arguments += ["nonlinearity='relu'"] if relu else []
        arguments += ["bidirectional=True"] if bidirectional else []
        arguments += [] if use_bias else ["bias=False"]
        before = _to_back(data)
        steps = (*before, f"{kind}({', '.join(arguments)})")
        width = _count(units)
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
    named = {key: value for key, value in (layer.named or {}).items() if not _is_ignored(key, value)}
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
        return Translation((*_to_back(data), "flatten(2)"), Data())
    alike = {"Dense", "Activation", "Dropout", "ReLU", "LeakyReLU", "LayerNormalization"}
    return translate(inner, data) if inner.class_name in alike else None


def _concatenate(inputs: Sequence[Data], names: Sequence[str], axis: object = -1) -> Translation | None:
    first = inputs[0]
    if not isinstance(axis, int) or any(data.axes != first.axes for data in inputs):
        return None
    if axis in {-1, first.axes}:
        dim, place = _last_axis(first), -1
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


def _broadcast(inputs: Sequence[Data]) -> Data:
    """What elementwise joining gives: the longest shape, each size the largest of those that are known."""
    shapes = [data.shape for data in inputs if data.shape is not None]
    if len(shapes) < len(inputs) or len({len(shape) for shape in shapes}) > 1:
        return replace(inputs[0], shape=max(shapes, key=len) if len(shapes) == len(inputs) else None)
    sizes = [None if None in column else max(cast("tuple[int, ...]", column)) for column in zip(*shapes, strict=True)]
    return replace(inputs[0], shape=tuple(sizes))


PREPARED: Final = "the preparation of the input (Rescaling, Normalization, augmentation) is left out: see `preprocess`"
TRAINED: Final = "noise that Keras adds in training only is left out"

TRANSLATIONS: Final[Mapping[str, Callable[..., Translation | None]]] = {
    "Dense": _dense,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "PReLU": _prelu,
    "ELU": _parametrised("ELU"),
    "Softmax": _softmax,
    "ThresholdedReLU": _threshold,
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
    **{f"Conv{axes}D": _convolution(axes) for axes in (1, 2, 3)},
    **{f"Conv{axes}DTranspose": _transposed(axes) for axes in (1, 2, 3)},
    **{f"SeparableConv{axes}D": _separable(axes) for axes in (1, 2)},
    **{f"DepthwiseConv{axes}D": _depthwise(axes) for axes in (1, 2)},
    **{f"MaxPooling{axes}D": _pooling("Max", axes) for axes in (1, 2, 3)},
    **{f"AveragePooling{axes}D": _pooling("Avg", axes) for axes in (1, 2, 3)},
    **{f"GlobalMaxPooling{axes}D": _global_pooling("Max", axes) for axes in (1, 2, 3)},
    **{f"GlobalAveragePooling{axes}D": _global_pooling("Avg", axes) for axes in (1, 2, 3)},
    **{f"UpSampling{axes}D": _upsampling(axes) for axes in (1, 2, 3)},
    **{f"ZeroPadding{axes}D": _zero_padding(axes) for axes in (1, 2, 3)},
    **{f"Cropping{axes}D": _cropping(axes) for axes in (1, 2, 3)},
    **{f"SpatialDropout{axes}D": _spatial_dropout(axes) for axes in (1, 2, 3)},
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
