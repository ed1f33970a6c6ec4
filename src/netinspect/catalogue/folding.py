"""Unfold cuts an image into blocks, and Fold puts blocks back into an image.

Counting: cutting is free; Fold adds blocks where they overlap, one FLOP per value of a block. No MACs.
"""

from __future__ import annotations

import math
from typing import Any, Final

from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, TensorType, Window
from netinspect.catalogue.faults import need_float, need_rank, sizes
from netinspect.catalogue.kinds import MAX_WINDOW, Each, Whole, border, window
from netinspect.catalogue.layer import layer
from netinspect.catalogue.spatial import AXES, Sizes, need_room, placements, sliding, spans

FAMILY: Final = "convolution"


def _blocks(name: str, a: Any, space: Sizes) -> Sizes:
    padded = tuple(length + 2 * p for length, p in zip(space, a.padding, strict=True))
    need_room(name, a.kernel_size, a.dilation, space, padded)
    return placements(padded, spans(a.kernel_size, a.dilation), a.stride)


def _unfold(a: Any, x: TensorType) -> Result:
    need_rank("Unfold", x, (4,), AXES[2])
    need_float("Unfold", x)
    batch, channels, *space = x.shape
    places = _blocks("Unfold", a, tuple(space))
    cells = math.prod(a.kernel_size)
    output = x.with_shape((batch, channels * cells, math.prod(places)))
    # A value of a block is one cell of the window: as a bound, it sees the window.
    windows = ((1, Window(cells, 1, cells - 1, 1, cells)), *sliding(a.kernel_size, a.stride, a.padding, a.dilation))
    return Result((output,), reach=Reach(windows, axes=((0,), (1,), (2, 3))))


def _fold(a: Any, x: TensorType) -> Result:
    need_rank("Fold", x, (3,), "channels·kernel×blocks, as Unfold makes it,")
    need_float("Fold", x)
    batch, values, count = x.shape
    kernel, places = math.prod(a.kernel_size), _blocks("Fold", a, a.output_size)
    if values % kernel:
        message = f"Fold needs a multiple of {sizes(a.kernel_size)} = {kernel} values a block, and gets {values}"
        raise Fault("E308", message, argument="kernel_size")
    if count != math.prod(places):
        message = f"Fold to {sizes(a.output_size)} needs {sizes(places)} = {math.prod(places)} blocks, and gets {count}"
        raise Fault("E308", message, argument="output_size")
    output = x.with_shape((batch, values // kernel, *a.output_size))
    bound = Reach(mixes=(1, 2), axes=((0,), (1,), (2,), (2,)))
    return Result((output,), flops=(("elementwise", x.elements),), reach=bound)


_BLOCKS: Final = (
    Argument("kernel_size", window(2)),
    Argument("dilation", window(2), 1),
    Argument("padding", border(2), 0),
    Argument("stride", window(2), 1),
)

ENTRIES: Final[tuple[Entry, ...]] = (
    layer(
        "Unfold", FAMILY, _unfold, *_BLOCKS,
        summary="Cuts an image into blocks, one column each, without computing anything.",
        example="Unfold(3, padding=1)", inputs=((3, 8, 8),),
    ),
    layer(
        "Fold", FAMILY, _fold, Argument("output_size", Each(Whole(1, MAX_WINDOW), 2)), *_BLOCKS,
        summary="Puts blocks back into an image; where they overlap, they are added.",
        example="Fold((8, 8), kernel_size=3, padding=1)", inputs=((27, 64),),
    ),
)  # fmt: skip
