"""Layers of Keras that slide a window over a map: convolutions, pooling, and what changes the sizes of a map.

Most of the work is the padding: TensorFlow pads `same` as the sizes of the data ask for, torch by a fixed number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from netinspect.drafts.keras.activations import with_activation
from netinspect.drafts.keras.data import (
    Data,
    Function,
    Translation,
    count,
    each_axis,
    is_count,
    shape_of,
    to_front,
)
from netinspect.language.numbers import per_axis


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
    return _Padding(per_axis(values), note=UNEVEN if uneven else None)


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
    shape = shape_of(data, axes + 1)
    kernel, stride, dilation = (each_axis(value, axes) for value in (kernel_size, strides, dilation_rate))
    if shape is None or kernel is None or stride is None or dilation is None:
        return None
    padding = padding.lower() if isinstance(padding, str) else padding
    before = to_front(data, axes + 1)
    if padding == "causal" and axes == 1 and isinstance(kernel[0], int) and isinstance(dilation[0], int):
        pad = _Padding(step=f"ZeroPad1d(({dilation[0] * (kernel[0] - 1)}, 0))")
    else:
        pad = cast("_Padding", _padding(shape[:-1], kernel, stride, dilation, padding))
    if pad is None:
        return None
    arguments = [f"kernel_size={per_axis(kernel)}"]
    arguments += [f"stride={per_axis(stride)}"] if set(stride) != {1} else []
    arguments += [f"padding={pad.value}"] if pad.value != "0" else []
    arguments += [f"dilation={per_axis(dilation)}"] if set(dilation) != {1} else []
    windows = zip(shape[:-1], kernel, stride, dilation, strict=True)
    return _Window(
        before=before + ((pad.step,) if pad.step else ()),
        arguments=tuple(arguments),
        sizes=tuple(_strided(*window, padding) for window in windows),
        notes=(pad.note,) if pad.note else (),
    )


def _convolution(axes: int) -> Function:
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
        if window is None or not is_count(filters) or data_format is not None:
            return None
        arguments = [str(filters), *window.arguments]
        arguments += [f"groups={groups}"] if groups != 1 else []
        arguments += ["bias=False"] if not use_bias else []
        steps = (*window.before, f"Conv{axes}d({', '.join(arguments)})")
        behind = Data((*window.sizes, count(filters)), channels_first=True)
        return with_activation(Translation(steps, behind, window.notes, len(window.before)), activation)

    return translation


def _channels(data: Data, times: int = 1) -> str:
    """The number of channels, or the words for it where it is not known."""
    if data.shape is not None and data.shape[-1] is not None:
        return str(data.shape[-1] * times)
    return "prev.shape[1]" if times == 1 else f"prev.shape[1] * {times}"


def _depthwise(axes: int) -> Function:
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
        return with_activation(Translation(steps, behind, window.notes, len(window.before)), activation)

    return translation


def _separable(axes: int) -> Function:
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
        if depth is None or not is_count(filters):
            return None
        bias = "" if use_bias else ", bias=False"
        steps = (*depth.steps, f"Conv{axes}d({filters}, kernel_size=1{bias})")
        sizes = cast("tuple[int | None, ...]", depth.data.shape)[:-1]
        behind = Data((*sizes, count(filters)), channels_first=True)
        return with_activation(Translation(steps, behind, depth.notes, len(steps) - 1), activation)

    return translation


def _transposed(axes: int) -> Function:
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
        shape, kernel, stride = shape_of(data, axes + 1), each_axis(kernel_size, axes), each_axis(strides, axes)
        dilation = each_axis(dilation_rate, axes)
        numbers = (*(kernel or ("",)), *(stride or ("",)))
        if shape is None or output_padding is not None or data_format is not None or not is_count(filters):
            return None
        if not isinstance(padding, str) or padding.lower() not in ("same", "valid"):
            return None
        if not all(isinstance(number, int) for number in numbers) or dilation is None or set(dilation) != {1}:
            return None
        pairs = list(zip(cast("Sequence[int]", kernel), cast("Sequence[int]", stride), strict=True))
        same = padding.lower() == "same"
        overlaps = [width - step for width, step in pairs]
        cut = [int(same and step == 1 and overlap % 2) for overlap, (_, step) in zip(overlaps, pairs, strict=True)]
        overlaps = [overlap - end for overlap, end in zip(overlaps, cut, strict=True)]
        pads = [max(math.ceil(overlap / 2), 0) if same else 0 for overlap in overlaps]
        extra = [2 * pad - overlap if same else max(-overlap, 0) for pad, overlap in zip(pads, overlaps, strict=True)]
        arguments = [str(filters), f"kernel_size={per_axis(cast('Sequence[object]', kernel))}"]
        arguments += [f"stride={per_axis(cast('Sequence[object]', stride))}"] if set(stride or ()) != {1} else []
        arguments += [f"padding={per_axis(pads)}"] if any(pads) else []
        arguments += [f"output_padding={per_axis(extra)}"] if any(extra) else []
        arguments += ["bias=False"] if not use_bias else []
        sizes = tuple(
            size and (size * step if same else (size - 1) * step + max(width, step))
            for size, (width, step) in zip(shape[:-1], pairs, strict=True)
        )
        before = to_front(data, axes + 1)
        uneven = same and any(overlap > 0 and overlap % 2 for overlap in overlaps)
        behind = Data((*sizes, count(filters)), channels_first=True)
        ends = ", ".join(":-1" if end else ":" for end in cut)
        steps = (*before, f"ConvTranspose{axes}d({', '.join(arguments)})")
        steps += (f"prev[:, :, {ends}]",) if any(cut) else ()
        notes = (UNEVEN,) if uneven else ()
        return with_activation(Translation(steps, behind, notes, len(before)), activation)

    return translation


def _pooling(kind: str, axes: int) -> Function:
    def translation(
        data: Data,
        pool_size: object = 2,
        strides: object = None,
        padding: object = "valid",
        data_format: object = None,
    ) -> Translation | None:
        shape, pool = shape_of(data, axes + 1), each_axis(pool_size, axes)
        stride = pool if strides is None else each_axis(strides, axes)
        padding = padding.lower() if isinstance(padding, str) else padding
        if shape is None or pool is None or stride is None or data_format is not None:
            return None
        arguments = [per_axis(pool)] + ([f"stride={per_axis(stride)}"] if stride != pool else [])
        before = to_front(data, axes + 1)
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
            arguments.append(f"padding={per_axis([cast('int', size) // 2 for size in pool])}")
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


def _global_pooling(kind: str, axes: int) -> Function:
    def translation(data: Data, data_format: object = None, keepdims: bool = False) -> Translation | None:
        shape = shape_of(data, axes + 1)
        if shape is None or data_format is not None:
            return None
        if data.shape is not None and not data.channels_first and not keepdims:
            dims = "1" if axes == 1 else f"({', '.join(map(str, range(1, axes + 1)))})"
            return Translation((f"{'mean' if kind == 'Avg' else 'amax'}(dim={dims})",), Data(shape[-1:]))
        before = to_front(data, axes + 1)
        steps = (*before, f"Adaptive{kind}Pool{axes}d(1)")
        if keepdims:
            return Translation(steps, Data((1,) * axes + shape[-1:], channels_first=True), main=len(before))
        return Translation((*steps, "Flatten"), Data(shape[-1:]), main=len(before))

    return translation


def _upsampling(axes: int) -> Function:
    def translation(
        data: Data, size: object = 2, data_format: object = None, interpolation: str = "nearest"
    ) -> Translation | None:
        shape, factors = shape_of(data, axes + 1), each_axis(size, axes)
        if shape is None or factors is None or data_format or interpolation not in {"nearest", "bilinear", "bicubic"}:
            return None
        before, mode = to_front(data, axes + 1), "" if interpolation == "nearest" else f", mode={interpolation}"
        sizes = tuple(
            length * factor if length and isinstance(factor, int) else None
            for length, factor in zip(shape[:-1], factors, strict=True)
        )
        steps = (*before, f"Upsample(scale_factor={per_axis(factors)}{mode})")
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


def _zero_padding(axes: int) -> Function:
    def translation(data: Data, padding: object = 1, data_format: object = None) -> Translation | None:
        shape, ends = shape_of(data, axes + 1), _ends(padding, axes)
        if shape is None or ends is None or data_format is not None:
            return None
        before = to_front(data, axes + 1)
        numbers = [end for pair in reversed(ends) for end in pair]  # torch begins with the last axis
        sizes = tuple(size and size + sum(pair) for size, pair in zip(shape[:-1], ends, strict=True))
        steps = (*before, f"ZeroPad{axes}d({per_axis(numbers)})")
        return Translation(steps, Data((*sizes, shape[-1]), channels_first=True), main=len(before))

    return translation


def _cropping(axes: int) -> Function:
    def translation(data: Data, cropping: object = 1, data_format: object = None) -> Translation | None:
        shape, ends = shape_of(data, axes + 1), _ends(cropping, axes)
        if shape is None or ends is None or data_format is not None:
            return None
        before = to_front(data, axes + 1)
        slices = [f"{start or ''}:{-end or ''}" for start, end in ends]
        sizes = tuple(size and size - sum(pair) for size, pair in zip(shape[:-1], ends, strict=True))
        steps = (*before, f"prev[:, :, {', '.join(slices)}]")
        return Translation(steps, Data((*sizes, shape[-1]), channels_first=True), main=len(before))

    return translation


def _spatial_dropout(axes: int) -> Function:
    def translation(data: Data, rate: float, data_format: object = None) -> Translation | None:
        shape = shape_of(data, axes + 1)
        if shape is None or data_format is not None:
            return None
        before = to_front(data, axes + 1)
        steps = (*before, f"Dropout{axes}d({rate})")
        return Translation(steps, Data(shape, channels_first=True), main=len(before))

    return translation


WINDOWS: Final[Mapping[str, Function]] = {
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
"""The layers that slide a window over a map, and those that change its sizes."""
