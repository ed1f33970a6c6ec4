"""Layers that reorder rather than learn: flattening, pixel shuffling, upsampling; and two measures of distance.

Counting: reordering is free. CosineSimilarity costs 6 FLOPs per pair of elements (a product and two squares, each
added up), PairwiseDistance 4 (difference, eps, power, sum).

Resizing: nearest neighbours are copies and free; interpolation costs one FLOP per tap and output element (linear 2,
bilinear 4, trilinear 8, bicubic 16), as in fvcore; `area` is adaptive average pooling, one per input element.
Source of sizes: torch.nn.functional.interpolate, floor(size·scale_factor).
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Final

from netinspect.catalogue.common import (
    AXES,
    RANKS,
    Sizes,
    broadcast,
    join_reach,
    joined,
    need_float,
    need_rank,
    plain_axis,
    replaced,
    shares,
    sizes,
    without,
)
from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, SavedFor, TensorType, Window
from netinspect.catalogue.signature import (
    AXIS,
    FLAG,
    MAX_WINDOW,
    NUMBER,
    POSITIVE,
    POSITIVE_REAL,
    TENSOR,
    Each,
    Either,
    Many,
    Maybe,
    Real,
    Whole,
    Word,
    layer,
)

FAMILY: Final = "shaping"


# --- resizing ------------------------------------------------------------------------------------

NEAREST: Final = ("nearest", "nearest-exact")
RANK_OF: Final = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}
MODES: Final = ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact")

Number = int | float


def resized(
    name: str,
    x: TensorType,
    size: int | Sizes | None,
    scale_factor: Number | tuple[Number, ...] | None,
    mode: str,
    align_corners: bool | None,
    recompute_scale_factor: bool | None = None,
) -> Result:
    """`x` resized to `size` or by `scale_factor`; a single number holds for every axis after the channels."""
    if x.rank - 2 not in RANKS:
        raise Fault("E305", f"{name} needs channels and one to three more axes, and gets {sizes(x.shape[1:])}")
    rank = RANK_OF.get(mode)
    if rank is not None and rank != x.rank - 2:
        fitting = [other for other, its in RANK_OF.items() if its == x.rank - 2]
        raise Fault(
            "E305",
            f"mode '{mode}' needs {rank + 1} axes beside the batch, and gets {sizes(x.shape[1:])}",
            argument="mode",
            help=f"write mode={' or '.join(fitting)}, or mode=nearest",
        )
    if align_corners is not None and rank is None:
        message = f"align_corners has no meaning with mode '{mode}'"
        raise Fault("E211", message, argument="align_corners", help=f"it goes with {', '.join(RANK_OF)}")
    need_float(name, x)
    output = x.with_shape((*x.shape[:2], *_target(name, x.shape[2:], size, scale_factor)))
    scale = None if recompute_scale_factor else scale_factor
    # torch maps by the scale it was given, and by the sizes where it was given those.
    space = x.shape[2:]
    scales = (None,) * len(space) if scale is None else _each(scale, len(space), "scale_factor")
    by_size = (_ratio(*along) for along in zip(space, output.shape[2:], strict=True))
    ratios = [_of_scale(factor) or ratio for factor, ratio in zip(scales, by_size, strict=True)]
    axes = enumerate(zip(x.shape[2:], output.shape[2:], ratios, strict=True), 2)
    moves = (_move(axis, *along, mode=mode, align_corners=bool(align_corners)) for axis, along in axes)
    reach = joined(*moves)
    if mode == "area":
        is_mean = all(pieces == 1 for pieces in output.shape[2:])
        return Result((output,), flops=(("pooling", x.elements),), reach=reach, saved=() if is_mean else (0,))
    taps = 0 if mode in NEAREST else (4 if mode == "bicubic" else 2) ** (x.rank - 2)
    return Result((output,), flops=(("elementwise", taps * output.elements),) if taps else (), reach=reach)


def _target(name: str, space: Sizes, size: int | Sizes | None, scale: Number | tuple[Number, ...] | None) -> Sizes:
    if (size is None) == (scale is None):
        both = size is not None
        raise Fault(
            "E211" if both else "E202",
            f"{name} needs {'only one' if both else 'one'} of size and scale_factor",
            argument="scale_factor" if both else None,
            help="scale_factor=2 doubles every axis, size=64 makes every axis 64",
        )
    if size is not None:
        target = _each(size, len(space), "size")
    else:
        factors = _each(scale, len(space), "scale_factor")
        target = tuple(math.floor(length * float(f)) for length, f in zip(space, factors, strict=True))
    if min(target) < 1:
        message = f"nothing is left of the input {sizes(space)} with scale_factor={scale}"
        raise Fault("E302", message, argument="scale_factor")
    return target


def _each(value: Any, rank: int, argument: str) -> tuple[Any, ...]:
    values = value if isinstance(value, tuple) else (value,) * rank
    if len(values) != rank:
        message = f"{argument} has {len(values)} values, and the input {rank} axes to resize"
        raise Fault("E214", message, argument=argument)
    return values


# --- which cells an output cell is made of -----------------------------------------------------

Ratio = tuple[int, int]
"""(stride, spread): in a grid where the inputs stand `spread` apart, outputs stand `stride` apart."""

FINEST: Final = 1000
"""A scale that is no ratio of whole numbers up to this is taken as output length by length."""


def _of_scale(scale: Number | None) -> Ratio | None:
    if scale is None:
        return None
    ratios = ((stride, round(stride * scale)) for stride in range(1, FINEST + 1))
    return next((ratio for ratio in ratios if ratio[1] / ratio[0] == scale), None)


def _ratio(length: int, pieces: int) -> Ratio:
    common = math.gcd(length, pieces)
    return length // common, pieces // common


def _move(axis: int, length: int, pieces: int, ratio: Ratio, *, mode: str, align_corners: bool) -> Reach:
    if mode == "area":
        return shares(axis, length, pieces)
    if mode in NEAREST:
        # Output i sees input floor(i·stride/spread), or with `exact` floor((i + 1/2)·stride/spread).
        stride, spread = ratio
        before = spread - 1 - (stride // 2 if (mode == "nearest-exact") else 0)
        return Reach(windows=((axis, Window(spread, stride, before, 1, spread)),))
    radius = 2 if mode == "bicubic" else 1
    if not align_corners:
        return _around(axis, ratio, radius, shift=ratio[0] - ratio[1])
    if pieces == 1:
        return Reach()  # the first cell alone
    if length == 1:
        return Reach(mixes=(axis,))
    return _around(axis, _ratio(length - 1, pieces - 1), radius, shift=0)


def _around(axis: int, ratio: Ratio, radius: int, shift: int) -> Reach:
    """Output i is centred at i·stride + shift/2, and sees the inputs nearer than `radius` spreads."""
    stride, spread = ratio
    reach = radius * spread
    if shift % 2 == 0:
        return Reach(windows=((axis, Window(2 * reach - 1, stride, reach - 1 - shift // 2, 1, spread)),))
    return Reach(windows=((axis, Window(2 * reach, stride, reach - (shift + 1) // 2, 1, spread)),))


# --- flattening ----------------------------------------------------------------------------------


def _flatten(a: Any, x: TensorType) -> Result:
    start = plain_axis(a.start_dim, x.rank, "start_dim")
    end = plain_axis(a.end_dim, x.rank, "end_dim")
    if start > end:
        message = f"Flatten starts at axis {start}, after its end at axis {end}"
        raise Fault("E211", message, argument="start_dim")
    output = x.with_shape((*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :]))
    joined = tuple(range(start, end + 1))
    axes = (*((i,) for i in range(start)), joined, *((i,) for i in range(end + 1, x.rank)))
    return Result((output,), reach=Reach(axes=axes), alias=True)


def _unflatten(a: Any, x: TensorType) -> Result:
    if not x.rank:
        raise Fault("E305", "Unflatten needs an axis, and gets a single number")
    axis = plain_axis(a.dim, x.rank)
    parts = _parts(a.unflattened_size, x.shape[axis])
    output = x.with_shape((*x.shape[:axis], *parts, *x.shape[axis + 1 :]))
    axes = (*((i,) for i in range(axis)), *((axis,) for _ in parts), *((i,) for i in range(axis + 1, x.rank)))
    return Result((output,), reach=Reach(axes=axes), alias=True)


def _parts(parts: tuple[int, ...], size: int) -> tuple[int, ...]:
    """`parts` with its -1 worked out; E308 where the parts do not multiply up to `size`."""
    known = math.prod(part for part in parts if part != -1)
    if parts.count(-1) > 1:
        raise Fault("E308", f"only one part of {parts} can be -1", argument="unflattened_size")
    if -1 in parts and known and size % known == 0:
        return replaced(parts, parts.index(-1), size // known)
    if known == size and -1 not in parts:
        return parts
    raise Fault(
        "E308",
        f"{sizes(parts)} does not multiply up to the axis of {size}",
        argument="unflattened_size",
        help="write one part as -1 to have it worked out",
    )


# --- shuffling -----------------------------------------------------------------------------------


def _pixel_shuffle(a: Any, x: TensorType) -> Result:
    need_rank("PixelShuffle", x, tuple(range(4, 65)), AXES[2])
    factor, (*ahead, channels, height, width) = a.upscale_factor, x.shape
    cells = factor * factor
    if channels % cells:
        message = f"PixelShuffle({factor}) makes {cells} channels into one, and its input has {channels}"
        raise Fault("E206", message, argument="upscale_factor", help=f"give it a multiple of {cells} channels")
    output = x.with_shape((*ahead, channels // cells, height * factor, width * factor))
    axis = len(ahead)
    up = Window(factor, 1, factor - 1, 1, factor)
    return Result((output,), reach=Reach(((axis, Window(cells, cells)), (axis + 1, up), (axis + 2, up))))


def _pixel_unshuffle(a: Any, x: TensorType) -> Result:
    need_rank("PixelUnshuffle", x, tuple(range(4, 65)), AXES[2])
    factor, (*ahead, channels, height, width) = a.downscale_factor, x.shape
    if height % factor or width % factor:
        message = f"PixelUnshuffle({factor}) does not divide the image {height}×{width}"
        raise Fault("E206", message, argument="downscale_factor")
    cells = factor * factor
    output = x.with_shape((*ahead, channels * cells, height // factor, width // factor))
    axis = len(ahead)
    down, spread = Window(factor, factor), Window(cells, 1, cells - 1, 1, cells)
    return Result((output,), reach=Reach(((axis, spread), (axis + 1, down), (axis + 2, down))))


def _channel_shuffle(a: Any, x: TensorType) -> Result:
    need_rank("ChannelShuffle", x, tuple(range(3, 65)), "channels and at least one more axis")
    need_float("ChannelShuffle", x)
    if x.shape[1] % a.groups:
        message = f"groups={a.groups} does not divide the input's {x.shape[1]} channel{'s' * (x.shape[1] != 1)}"
        raise Fault("E206", message, argument="groups")
    # Each output channel sees one input channel, which is not a window: a bound.
    return Result((x,), reach=Reach(mixes=(1,)))


# --- upsampling ----------------------------------------------------------------------------------


def _upsample(a: Any, x: TensorType) -> Result:
    if a.recompute_scale_factor and a.size is not None:
        message = "recompute_scale_factor has no meaning with a size"
        raise Fault("E211", message, argument="recompute_scale_factor")
    return resized("Upsample", x, a.size, a.scale_factor, a.mode, a.align_corners, a.recompute_scale_factor)


def _upsample2d(name: str, mode: str, align_corners: bool | None, a: Any, x: TensorType) -> Result:
    need_rank(name, x, (4,), AXES[2], help="Upsample takes any of channels×time, images and volumes")
    return resized(name, x, a.size, a.scale_factor, mode, align_corners)


# --- distances -----------------------------------------------------------------------------------


def _pair(name: str, x1: TensorType, x2: TensorType) -> TensorType:
    for x in (x1, x2):
        need_float(name, x)
        if x.rank < 2:
            raise Fault("E305", f"{name} needs an axis of features beside the batch, and gets a single number")
    if x1.dtype != x2.dtype:
        raise Fault("E306", f"{name} needs two inputs of one dtype, and gets {x1.dtype} and {x2.dtype}")
    return x1.with_shape(broadcast(name, x1.shape, x2.shape))


def _cosine(a: Any, x1: TensorType, x2: TensorType) -> Result:
    both = _pair("CosineSimilarity", x1, x2)
    axis = plain_axis(a.dim, both.rank)
    output, ones = both.with_shape(without(both.shape, (axis,))), replaced(both.shape, axis, 1)
    new = both.rank - x1.rank
    axes = tuple((i - new,) if i >= new else () for i in range(both.rank) if i != axis)
    mixes = (axis - new,) if axis >= new else ()
    norms = both.with_shape(ones)
    return Result(
        (output,),
        flops=(("elementwise", 6 * both.elements),),
        reach=Reach(mixes=mixes, axes=axes),
        saved=tuple(SavedFor(kept, (number,)) for number in (0, 1) for kept in (number, norms, norms, both)),
    )


def _distance(a: Any, x1: TensorType, x2: TensorType) -> Result:
    both = _pair("PairwiseDistance", x1, x2)
    last = both.rank - 1
    shape = replaced(both.shape, last, 1) if a.keepdim else both.shape[:-1]
    carried = join_reach(x1, both.rank).axes or tuple((i,) for i in range(both.rank))
    return Result(
        (both.with_shape(shape),),
        flops=(("elementwise", 4 * both.elements),),
        reach=Reach(mixes=(x1.rank - 1,), axes=carried if a.keepdim else carried[:-1]),
        saved=(both, "output"),
    )


# --- entries -------------------------------------------------------------------------------------

_FACTOR: Final = Whole(1, MAX_WINDOW)
_TWO: Final = (Argument("x1", TENSOR), Argument("x2", TENSOR))
_SCALE: Final = Real(0.0, MAX_WINDOW, exclusive=True)
_SIZE_2D: Final = (
    Argument("size", Maybe(Each(POSITIVE, 2)), None),
    Argument("scale_factor", Maybe(Each(_SCALE, 2)), None),
)

ENTRIES: Final[tuple[Entry, ...]] = (
    layer(
        "Flatten", FAMILY, _flatten, Argument("start_dim", AXIS, 1), Argument("end_dim", AXIS, -1),
        summary="Joins axes into one, all but the batch unless told otherwise.",
        example="Flatten", inputs=((16, 5, 5),), effect="moves",
    ),
    layer(
        "Unflatten", FAMILY, _unflatten,
        Argument("dim", AXIS), Argument("unflattened_size", Many(Whole(-1), single=False)),
        summary="Splits one axis into several.",
        example="Unflatten(1, (16, 5, 5))", inputs=((400,),), effect="moves",
    ),
    layer(
        "PixelShuffle", FAMILY, _pixel_shuffle, Argument("upscale_factor", _FACTOR),
        summary="Lays r·r channels out as r×r pixels: a larger image of fewer channels.",
        example="PixelShuffle(2)", inputs=((16, 8, 8),), effect="moves", drawn_as="upsampling",
    ),
    layer(
        "PixelUnshuffle", FAMILY, _pixel_unshuffle, Argument("downscale_factor", _FACTOR),
        summary="Stacks r×r pixels into r·r channels: a smaller image of more channels.",
        example="PixelUnshuffle(2)", inputs=((4, 8, 8),), effect="moves",
    ),
    layer(
        "ChannelShuffle", FAMILY, _channel_shuffle, Argument("groups", POSITIVE),
        summary="Deals the channels of each group out to all groups, as ShuffleNet does.",
        example="ChannelShuffle(4)", inputs=((16, 8, 8),), effect="moves",
    ),
    layer(
        "Upsample", FAMILY, _upsample,
        Argument("size", Maybe(Either((POSITIVE, Many(POSITIVE, 1, 3, single=False)))), None),
        Argument("scale_factor", Maybe(Either((_SCALE, Many(_SCALE, 1, 3, single=False)))), None),
        Argument("mode", Word(MODES), "nearest"),
        Argument("align_corners", Maybe(FLAG), None),
        Argument("recompute_scale_factor", Maybe(FLAG), None),
        summary="Resizes time, an image or a volume, by copying or interpolating.",
        example="Upsample(scale_factor=2, mode=bilinear)", inputs=((64, 16, 16),), effect="linear",
        drawn_as="upsampling",
    ),
    layer(
        "UpsamplingNearest2d", FAMILY, partial(_upsample2d, "UpsamplingNearest2d", "nearest", None), *_SIZE_2D,
        summary="Enlarges an image by copying pixels.",
        example="UpsamplingNearest2d(scale_factor=2)", inputs=((64, 16, 16),), effect="linear", drawn_as="upsampling",
    ),
    layer(
        "UpsamplingBilinear2d", FAMILY, partial(_upsample2d, "UpsamplingBilinear2d", "bilinear", True), *_SIZE_2D,
        summary="Enlarges an image by bilinear interpolation with aligned corners.",
        example="UpsamplingBilinear2d(scale_factor=2)", inputs=((64, 16, 16),), effect="linear", drawn_as="upsampling",
    ),
    layer(
        "CosineSimilarity", FAMILY, _cosine, Argument("dim", AXIS, 1), Argument("eps", POSITIVE_REAL, 1e-8),
        forward=_TWO,
        summary="The cosine of the angle between two inputs along an axis.",
        example="(left, right): CosineSimilarity", inputs=((128,), (128,)),
    ),
    layer(
        "PairwiseDistance", FAMILY, _distance,
        Argument("p", NUMBER, 2.0), Argument("eps", NUMBER, 1e-6), Argument("keepdim", FLAG, default=False),
        forward=_TWO,
        summary="The p-norm of the difference of two inputs along the last axis.",
        example="(left, right): PairwiseDistance", inputs=((128,), (128,)),
    ),
)  # fmt: skip
