"""Resizing time, images and volumes: the output size, its cost, and which cells an output cell is made of.

Counting: nearest neighbours are copies and free; interpolation costs one FLOP per tap and output element (linear 2,
bilinear 4, trilinear 8, bicubic 16), as in fvcore; `area` is adaptive average pooling, one per input element.
Source of sizes: torch.nn.functional.interpolate, floor(size·scale_factor).
"""

from __future__ import annotations

import math
from typing import Any, Final

from netinspect.catalogue.entry import Fault, Reach, Result, TensorType, Window
from netinspect.catalogue.faults import need_float, sizes
from netinspect.catalogue.spatial import RANKS, Sizes, joined, shares

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
