"""Pooling to a chosen output size: adaptive average and maximum, and fractional maximum with random windows.

Counting: adaptive pooling costs one addition or comparison per input element, as in fvcore; fractional pooling one
per cell of a window and output element. Neither has MACs or parameters.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Final

from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, TensorType, Window
from netinspect.catalogue.faults import sizes
from netinspect.catalogue.kinds import FLAG, POSITIVE, Each, Maybe, Real, window
from netinspect.catalogue.layer import layer
from netinspect.catalogue.pooling import FAMILY, WITH_INDICES, image_of, maxima
from netinspect.catalogue.spatial import EXAMPLE_SPACE, OVER, RANKS, Sizes, joined, shares


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


def _avg(rank: int) -> Entry:
    return layer(
        f"AdaptiveAvgPool{rank}d",
        FAMILY,
        partial(_average, rank),
        _output_size(rank),
        summary=f"Averages {OVER[rank]} down to the given size, whatever size it has; 1 is global average pooling.",
        example=f"AdaptiveAvgPool{rank}d(1)",
        inputs=((64, *EXAMPLE_SPACE[rank]),),
        effect="linear",
    )


def _max(rank: int) -> Entry:
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
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    *(make(rank) for make in (_avg, _max) for rank in RANKS),
    *(_random(rank) for rank in (2, 3)),
)
