"""Pooling: maximum, average, power average, MaxUnpool, which undoes the maximum, and pooling to a chosen output size.

Counting: a window costs one comparison or addition per cell and output element; LPPool a power and an addition per
cell, and a root per output. Unpooling only moves values: it is free. Adaptive pooling costs one addition or
comparison per input element, as in fvcore; fractional pooling one per cell of a window and output element. Pooling has
no MACs and no parameters.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Final, NamedTuple

from netinspect.catalogue.common import (
    EXAMPLE_SPACE,
    OVER,
    RANKS,
    Sizes,
    joined,
    need_float,
    need_space,
    shares,
    sizes,
    sliding,
    spans,
    spreading,
)
from netinspect.catalogue.entry import Argument, Entry, Fault, Output, Reach, Result, TensorType, Window
from netinspect.catalogue.signature import (
    FLAG,
    INPUT,
    MAX_WINDOW,
    POSITIVE,
    TENSOR,
    Each,
    Many,
    Maybe,
    Real,
    Whole,
    border,
    layer,
    window,
)

FAMILY: Final = "pooling"
WITH_INDICES: Final = (Output("output", (0,)), Output("indices", (1,)))
BARE: Final = ((),)


def image_of(stem: str, rank: int, x: TensorType) -> Sizes:
    """The sizes of the axes that are pooled, after checking rank and dtype (E305, E306)."""
    need_space(stem, rank, x)
    need_float(f"{stem}{rank}d", x)
    return x.shape[2:]


def maxima(a: Any, output: TensorType, cost: int, reach: Reach) -> Result:
    """The result of a layer that finds maxima. With `return_indices` torch gives a tuple, else the bare tensor."""
    indices = TensorType(output.shape, "int64")
    return Result(
        (output, indices) if a.return_indices else (output,),
        flops=(("pooling", cost),),
        reach=reach,
        saved=(0, indices),
        places=None if a.return_indices else BARE,
    )


# --- how many windows --------------------------------------------------------------------------


class _Slide(NamedTuple):
    """The windows a layer lays on `space`."""

    space: Sizes
    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    ceil_mode: bool

    @property
    def cells(self) -> int:
        """The cells of one window, as far as the padded input reaches."""
        return math.prod(min(k, n + 2 * p) for k, n, p in zip(self.kernel, self.space, self.padding, strict=True))

    @property
    def reach(self) -> Reach:
        return Reach(sliding(self.kernel, self.stride, self.padding, self.dilation))


def _slide(a: Any, space: Sizes) -> _Slide:
    rank = len(space)
    kernel = a.kernel_size if isinstance(a.kernel_size, tuple) else (a.kernel_size,)
    stride = a.stride if isinstance(a.stride, tuple) else (a.stride,) if a.stride else kernel
    padding, dilation = getattr(a, "padding", (0,) * rank), getattr(a, "dilation", (1,) * rank)
    return _Slide(space, kernel, stride, padding, dilation, a.ceil_mode)


def _places(name: str, slide: _Slide) -> Sizes:
    """How many windows fit (ATen/native/Pool.h, pooling_output_shape): E211, E302.

    With `ceil_mode` a window may hang over the end, but it has to start inside the input or its left padding.
    """
    if any(2 * p > k for k, p in zip(slide.kernel, slide.padding, strict=True)):
        raise Fault(
            "E211",
            f"padding {sizes(slide.padding)} is more than half of the window {sizes(slide.kernel)}",
            argument="padding",
            help=f"at most {sizes(tuple(k // 2 for k in slide.kernel))}: a window must not lie on padding alone",
        )
    axes = zip(slide.space, spans(slide.kernel, slide.dilation), slide.stride, slide.padding, strict=True)
    places = tuple(_along(length, reach, stride, padding, slide.ceil_mode) for length, reach, stride, padding in axes)
    # Any window is bounded by its input; with `ceil_mode` torch would lay one of 2^31 on a single cell.
    bounds = (max(MAX_WINDOW, n + 2 * p) for n, p in zip(slide.space, slide.padding, strict=True))
    is_too_wide = any(k > bound for k, bound in zip(slide.kernel, bounds, strict=True))
    if min(places) < 1 or is_too_wide:
        raise _nothing_left(name, slide)
    return places


def _along(length: int, reach: int, stride: int, padding: int, ceil_mode: bool) -> int:
    room = length + 2 * padding - reach
    if not ceil_mode:
        return room // stride + 1
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= length + padding else count


def _nothing_left(name: str, slide: _Slide, note: str | None = None) -> Fault:
    padded = (n + 2 * p for n, p in zip(slide.space, slide.padding, strict=True))
    fitting = tuple((n - 1) // d + 1 for n, d in zip(padded, slide.dilation, strict=True))
    window = sizes(spans(slide.kernel, slide.dilation))
    return Fault(
        "E302",
        f"nothing is left of the input {sizes(slide.space)} under {name}'s window of {window}",
        argument="kernel_size",
        note=note,
        help=f"a window up to {sizes(fitting)} fits; or leave out a stride or a pooling above",
    )


def _check_volume(name: str, slide: _Slide) -> None:
    """torch's avg_pool3d wants the bare input to hold a window, padding and ceil_mode or not."""
    if len(slide.space) == 3 and any(k > n for k, n in zip(slide.kernel, slide.space, strict=True)):
        raise _nothing_left(name, slide._replace(padding=(0, 0, 0)), "torch does not count the padding here")


# --- rules -------------------------------------------------------------------------------------


def _max_pool(rank: int, a: Any, x: TensorType) -> Result:
    slide = _slide(a, image_of("MaxPool", rank, x))
    output = x.with_shape((*x.shape[:2], *_places(f"MaxPool{rank}d", slide)))
    return maxima(a, output, output.elements * slide.cells, slide.reach)


def _avg_pool(rank: int, a: Any, x: TensorType) -> Result:
    slide = _slide(a, image_of("AvgPool", rank, x))
    _check_volume("AvgPool3d", slide)
    output = x.with_shape((*x.shape[:2], *_places(f"AvgPool{rank}d", slide)))
    if getattr(a, "divisor_override", None) == 0:
        raise Fault("E211", "divisor_override=0 divides by zero", argument="divisor_override")
    return Result((output,), flops=(("pooling", output.elements * slide.cells),), reach=slide.reach, saved=(0,))


def _lp_pool(rank: int, a: Any, x: TensorType) -> Result:
    slide = _slide(a, image_of("LPPool", rank, x))
    if a.norm_type == 0:
        raise Fault("E211", "norm_type=0 has no root", argument="norm_type", help="2 is the Euclidean norm")
    _check_volume("LPPool3d", slide)
    output = x.with_shape((*x.shape[:2], *_places(f"LPPool{rank}d", slide)))
    cost = output.elements * (2 * slide.cells + 1)
    # torch composes it of pow, avg_pool, sign, abs, relu, mul and pow, and keeps every step.
    return Result((output,), flops=(("pooling", cost),), reach=slide.reach, saved=(0, x, *(output,) * 4))


def _unpool(rank: int, a: Any, x: TensorType, indices: TensorType, output_size: Sizes | None) -> Result:
    name = f"MaxUnpool{rank}d"
    slide = _Slide(image_of("MaxUnpool", rank, x), a.kernel_size, a.stride or a.kernel_size, a.padding, (), False)
    if indices.dtype != "int64" or indices.shape != x.shape:
        actual = f"{sizes(indices.shape[1:])} of {indices.dtype}"
        message = f"{name} needs the indices of its input, {sizes(x.shape[1:])} of int64, and gets {actual}"
        raise Fault("E306", message, help=f"name MaxPool{rank}d(…, return_indices=True) and give its `.indices`")
    axes = zip(slide.space, slide.kernel, slide.stride, slide.padding, strict=True)
    usual = tuple((n - 1) * s + k - 2 * p for n, k, s, p in axes)
    target = usual if output_size is None else tuple(output_size)
    if len(target) == len(usual) + 2:
        target = target[2:]
    if len(target) != len(usual):
        message = f"output_size has {len(target)} sizes, and {name} makes {len(usual)}"
        raise Fault("E214", message, argument="output_size")
    near = all(abs(size - n) < s for size, n, s in zip(target, usual, slide.stride, strict=True))
    if min(target) < 1 or not near:
        message = f"{name} cannot make {target}: from {sizes(slide.space)} it makes about {usual}"
        raise Fault("E302", message, argument="output_size", help="give it the settings of the MaxPool it undoes")
    output = x.with_shape((*x.shape[:2], *target))
    windows = spreading(slide.kernel, slide.stride, slide.padding, (1,) * rank)
    return Result((output,), reach=Reach(windows), saved=(1,))


# --- entries -----------------------------------------------------------------------------------

_CEIL_MODE: Final = Argument("ceil_mode", FLAG, default=False)


def _kernel_and_stride(rank: int) -> tuple[Argument, Argument]:
    """The window, bounded by the input alone; a stride of None is the window's size."""
    size = Each(POSITIVE, rank)
    return Argument("kernel_size", size), Argument("stride", Maybe(size), None)


def _max(rank: int) -> Entry:
    return layer(
        f"MaxPool{rank}d",
        FAMILY,
        partial(_max_pool, rank),
        *_kernel_and_stride(rank),
        Argument("padding", border(rank), 0),
        Argument("dilation", Each(Whole(1, MAX_WINDOW), rank), 1),
        Argument("return_indices", FLAG, default=False),
        _CEIL_MODE,
        outputs=WITH_INDICES,
        summary=f"Keeps the largest value of every window over {OVER[rank]}.",
        example=f"MaxPool{rank}d(2)",
        inputs=((16, *EXAMPLE_SPACE[rank]),),
        keeps_chances=True,
    )


def _avg(rank: int) -> Entry:
    divisor = (Argument("divisor_override", Maybe(Whole(-(2**31) + 1)), None),) if rank > 1 else ()
    return layer(
        f"AvgPool{rank}d",
        FAMILY,
        partial(_avg_pool, rank),
        *_kernel_and_stride(rank),
        Argument("padding", border(rank), 0),
        _CEIL_MODE,
        Argument("count_include_pad", FLAG, default=True),
        *divisor,
        summary=f"Averages every window over {OVER[rank]}.",
        example=f"AvgPool{rank}d(2)",
        inputs=((16, *EXAMPLE_SPACE[rank]),),
        effect="linear",
        keeps_chances=rank == 1,  # the others may divide by any number
    )


def _lp(rank: int) -> Entry:
    # torch's lp_pool1d multiplies by its kernel size, so it must be a bare number.
    bare_number = (Argument("kernel_size", POSITIVE), Argument("stride", Maybe(POSITIVE), None))
    return layer(
        f"LPPool{rank}d",
        FAMILY,
        partial(_lp_pool, rank),
        Argument("norm_type", Real()),
        *(bare_number if rank == 1 else _kernel_and_stride(rank)),
        _CEIL_MODE,
        summary=f"Takes the p-norm of every window over {OVER[rank]}: p=1 is the sum, large p the maximum.",
        example=f"LPPool{rank}d(2, kernel_size=2)",
        inputs=((16, *EXAMPLE_SPACE[rank]),),
    )


def _un(rank: int) -> Entry:
    return layer(
        f"MaxUnpool{rank}d",
        FAMILY,
        partial(_unpool, rank),
        *_kernel_and_stride(rank),
        Argument("padding", border(rank), 0),
        forward=(
            INPUT,
            Argument("indices", TENSOR),
            Argument("output_size", Maybe(Many(POSITIVE, rank, rank + 2)), None),
        ),
        summary=f"Puts maxima over {OVER[rank]} back where MaxPool{rank}d found them, and zeros elsewhere.",
        example=f"pool: MaxPool{rank}d(2, return_indices=True)\n(pool, pool.indices): MaxUnpool{rank}d(2)",
        inputs=((16, *EXAMPLE_SPACE[rank]),),
        drawn_as="upsampling",
    )


# --- adaptive pooling ----------------------------------------------------------------------------


def _shared(stem: str, rank: int, a: Any, x: TensorType) -> tuple[TensorType, Reach]:
    space = image_of(stem, rank, x)
    pieces = tuple(length if size is None else size for size, length in zip(a.output_size, space, strict=True))
    axes = zip(space, pieces, strict=True)
    return x.with_shape((*x.shape[:2], *pieces)), joined(*(shares(axis, n, p) for axis, (n, p) in enumerate(axes, 2)))


def _average(rank: int, a: Any, x: TensorType) -> Result:
    output, reach = _shared("AdaptiveAvgPool", rank, a, x)
    # An average over everything is a plain mean to torch, whose backward needs sizes alone.
    is_mean = output.shape[2:] == (1,) * rank
    return Result((output,), flops=(("pooling", x.elements),), reach=reach, saved=() if is_mean else (0,))


def _maximum(rank: int, a: Any, x: TensorType) -> Result:
    output, reach = _shared("AdaptiveMaxPool", rank, a, x)
    return maxima(a, output, x.elements, reach)


def _sizes_of(a: Any, space: Sizes) -> Sizes:
    if (a.output_size is None) == (a.output_ratio is None):
        both = a.output_size is not None
        raise Fault(
            "E211" if both else "E202",
            f"needs {'only one' if both else 'one'} of output_size and output_ratio",
            argument="output_ratio" if both else None,
            help="output_size=14 gives 14 cells an axis, output_ratio=0.5 half of the input",
        )
    if a.output_size is not None:
        return tuple(a.output_size)
    return tuple(int(length * ratio) for length, ratio in zip(space, a.output_ratio, strict=True))


def _fractional(rank: int, a: Any, x: TensorType) -> Result:
    name, space = f"FractionalMaxPool{rank}d", image_of("FractionalMaxPool", rank, x)
    pieces = _sizes_of(a, space)
    if min(pieces) < 1:
        message = f"nothing is left of the input {sizes(space)} with output_ratio={a.output_ratio}"
        raise Fault("E302", message, argument="output_ratio")
    slack = 1 if rank == 3 else 0  # torch's volumes need one cell more than its images
    most = tuple(length - k + 1 - slack for length, k in zip(space, a.kernel_size, strict=True))
    if any(p > m for p, m in zip(pieces, most, strict=True)):
        message = f"{name}'s window {sizes(a.kernel_size)} has no {sizes(pieces)} places on its input {sizes(space)}"
        help = f"at most {sizes(most)} outputs fit" if min(most) > 0 else "make the window smaller"
        raise Fault("E301", message, argument="kernel_size", help=help)
    output = x.with_shape((*x.shape[:2], *pieces))
    axes = enumerate(zip(space, pieces, a.kernel_size, strict=True), 2)
    reach = joined(*(_scattered(axis, length, p, k) for axis, (length, p, k) in axes))
    return maxima(a, output, output.elements * math.prod(a.kernel_size), reach)


def _scattered(axis: int, length: int, pieces: int, kernel: int) -> Reach:
    """Windows that start at random, on average (length - kernel)/(pieces - 1) apart: a bound, one cell either way."""
    if pieces == 1:
        return Reach(mixes=(axis,))
    common = math.gcd(length - kernel, pieces - 1)
    stride, spread = (length - kernel) // common, (pieces - 1) // common
    return Reach(windows=((axis, Window((kernel + 1) * spread - 1 + spread, stride, 2 * spread - 1, 1, spread)),))


# --- entries -----------------------------------------------------------------------------------

_RETURN_INDICES: Final = Argument("return_indices", FLAG, default=False)


def _output_size(rank: int) -> Argument:
    # None keeps an axis as it is; torch's 1d layers refuse it.
    return Argument("output_size", Each(POSITIVE if rank == 1 else Maybe(POSITIVE), rank))


def _adaptive_avg(rank: int) -> Entry:
    return layer(
        f"AdaptiveAvgPool{rank}d",
        FAMILY,
        partial(_average, rank),
        _output_size(rank),
        summary=f"Averages {OVER[rank]} down to the given size, whatever size it has; 1 is global average pooling.",
        example=f"AdaptiveAvgPool{rank}d(1)",
        inputs=((64, *EXAMPLE_SPACE[rank]),),
        effect="linear",
        keeps_chances=True,
    )


def _adaptive_max(rank: int) -> Entry:
    return layer(
        f"AdaptiveMaxPool{rank}d",
        FAMILY,
        partial(_maximum, rank),
        _output_size(rank),
        _RETURN_INDICES,
        outputs=WITH_INDICES,
        summary=f"Keeps the largest values of {OVER[rank]}, cut into the given number of pieces.",
        example=f"AdaptiveMaxPool{rank}d(4)",
        inputs=((64, *EXAMPLE_SPACE[rank]),),
        keeps_chances=True,
    )


def _random(rank: int) -> Entry:
    return layer(
        f"FractionalMaxPool{rank}d",
        FAMILY,
        partial(_fractional, rank),
        Argument("kernel_size", window(rank)),
        Argument("output_size", Maybe(Each(POSITIVE, rank)), None),
        Argument("output_ratio", Maybe(Each(Real(0.0, 1.0, exclusive=True), rank)), None),
        _RETURN_INDICES,
        outputs=WITH_INDICES,
        summary=f"Keeps the largest value of windows laid on {OVER[rank]} at random steps.",
        example=f"FractionalMaxPool{rank}d(2, output_ratio=0.7)",
        inputs=((16, *EXAMPLE_SPACE[rank]),),
        keeps_chances=True,
    )


_ADAPTIVE: Final[tuple[Entry, ...]] = (
    *(make(rank) for make in (_adaptive_avg, _adaptive_max) for rank in RANKS),
    *(_random(rank) for rank in (2, 3)),
)

ENTRIES: Final[tuple[Entry, ...]] = (
    *(make(rank) for make in (_max, _avg, _lp, _un) for rank in RANKS),
    *_ADAPTIVE,
)
