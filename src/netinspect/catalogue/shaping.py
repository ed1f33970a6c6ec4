"""Layers that reorder rather than learn: flattening, pixel shuffling, upsampling; and two measures of distance.

Counting: reordering is free. CosineSimilarity costs 6 FLOPs per pair of elements (a product and two squares, each
added up), PairwiseDistance 4 (difference, eps, power, sum).
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Final

from netinspect.catalogue.axes import plain_axis, replaced, without
from netinspect.catalogue.broadcasting import broadcast, join_reach
from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, SavedFor, TensorType, Window
from netinspect.catalogue.faults import need_float, need_rank, sizes
from netinspect.catalogue.kinds import (
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
)
from netinspect.catalogue.layer import layer
from netinspect.catalogue.resizing import MODES, resized
from netinspect.catalogue.spatial import AXES

FAMILY: Final = "shaping"


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
