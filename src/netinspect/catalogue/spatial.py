"""What layers over time, images and volumes share: their axes, how many windows fit, and what a window sees."""

from __future__ import annotations

import math
from typing import Final

from netinspect.catalogue.entry import Fault, Reach, TensorType, Window
from netinspect.catalogue.faults import sizes

AXES: Final = {1: "channels×time", 2: "channels×height×width", 3: "channels×depth×height×width"}
OVER: Final = {1: "time", 2: "an image", 3: "a volume"}
RANKS: Final = (1, 2, 3)
EXAMPLE_SPACE: Final = {1: (32,), 2: (32, 32), 3: (16, 32, 32)}

Sizes = tuple[int, ...]


def need_space(stem: str, rank: int, x: TensorType) -> None:
    """E305 unless `x` is a batch of channels over `rank` axes; names the sibling of `stem` that fits."""
    if x.rank == rank + 2:
        return
    name = f"{stem}{rank}d"
    if x.rank < 3:
        help = f"put {name} before the line that flattens, or give the axes back with unflatten"
    elif x.rank - 2 in RANKS:
        help = f"write {stem}{x.rank - 2}d"
    else:
        help = f"bring it down to {rank + 1} axes"
    if x.rank == rank + 1 and x.rank >= 3:
        help += f", or give the input its channel axis: {sizes((1, *x.shape[1:]))}"
    raise Fault("E305", f"{name} needs {AXES[rank]}, and gets {sizes(x.shape[1:])}", help=help)


def span(kernel: int, dilation: int) -> int:
    """How many cells a dilated kernel reaches over."""
    return dilation * (kernel - 1) + 1


def spans(kernel: Sizes, dilation: Sizes) -> Sizes:
    """`span` along every axis."""
    return tuple(span(k, d) for k, d in zip(kernel, dilation, strict=True))


def placements(padded: Sizes, reach: Sizes, stride: Sizes) -> Sizes:
    """How many windows that reach over `reach` cells fit on a padded input, whole windows only."""
    return tuple((length - r) // s + 1 for length, r, s in zip(padded, reach, stride, strict=True))


def need_room(name: str, kernel: Sizes, dilation: Sizes, space: Sizes, padded: Sizes) -> None:
    """E301 unless the (dilated) kernel fits into the padded input."""
    reach = spans(kernel, dilation)
    if all(r <= length for r, length in zip(reach, padded, strict=True)):
        return
    spread = f", spread over {sizes(reach)} by dilation," if reach != kernel else ""
    note = None if padded == space else f"with its padding the input is {sizes(padded)}"
    lacking = max((r - length + 1) // 2 for r, length in zip(reach, padded, strict=True))
    fitting = tuple((length - 1) // d + 1 for length, d in zip(padded, dilation, strict=True))
    more = f"{lacking} more cell{'s' if lacking > 1 else ''} of padding on each side"
    raise Fault(
        "E301",
        f"{name}'s kernel {sizes(kernel)}{spread} is larger than its input {sizes(space)}",
        argument="kernel_size",
        note=note,
        help=f"a kernel up to {sizes(fitting)} fits, or {more}" if min(fitting) > 0 else more,
    )


def sliding(kernel: Sizes, stride: Sizes, before: Sizes, dilation: Sizes) -> tuple[tuple[int, Window], ...]:
    """The windows of a layer that slides over the axes from 2 on, as a `Reach` takes them."""
    steps = zip(kernel, stride, before, dilation, strict=True)
    return tuple((axis, Window(k, s, b, d)) for axis, (k, s, b, d) in enumerate(steps, 2))


def spreading(kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> tuple[tuple[int, Window], ...]:
    """The windows of a layer that spreads every cell over a kernel (transposed convolution, unpooling)."""
    steps = zip(kernel, stride, padding, dilation, strict=True)
    return tuple((axis, Window(k, 1, d * (k - 1) - p, d, s)) for axis, (k, s, p, d) in enumerate(steps, 2))


def shares(axis: int, length: int, pieces: int) -> Reach:
    """Adaptive pooling to `pieces`: output i sees cells floor(i·length/pieces) to ceil((i+1)·length/pieces)."""
    if pieces == 1:
        return Reach(mixes=(axis,))
    common = math.gcd(length, pieces)
    stride, spread = length // common, pieces // common
    return Reach(windows=((axis, Window(stride + spread - 1, stride, spread - 1, 1, spread)),))


def joined(*moves: Reach) -> Reach:
    """One move along several axes."""
    return Reach(
        tuple(window for move in moves for window in move.windows), tuple(axis for move in moves for axis in move.mixes)
    )
