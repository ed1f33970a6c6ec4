"""Local response normalisation: each value divided by the energy of the channels around it.

Counting: a square, a window of additions, a scale, a shift, a power and a division, size + 5 an element;
CrossMapLRN2d keeps a running sum instead of adding windows: 7. No MACs and no parameters.
"""

from __future__ import annotations

import math
from typing import Any, Final

from netinspect.catalogue.entry import Argument, Entry, Reach, Result, TensorType, Window
from netinspect.catalogue.faults import need_float, need_rank
from netinspect.catalogue.kinds import MAX_WINDOW, NUMBER, Whole
from netinspect.catalogue.layer import layer
from netinspect.catalogue.spatial import AXES

FAMILY: Final = "normalisation"


def _local_response_norm(a: Any, x: TensorType) -> Result:
    need_rank("LocalResponseNorm", x, tuple(range(3, 64)), "channels and at least one more axis")
    need_float("LocalResponseNorm", x)
    batch, channels, *space = x.shape
    rest = space if x.rank == 3 else (space[0], math.prod(space[1:]))
    squares = TensorType((batch, 1, channels + a.size - 1, *rest), x.dtype)
    return Result(
        (x,),
        flops=(("normalisation", x.elements * (a.size + 5)),),
        reach=Reach(((1, Window(a.size, 1, a.size // 2)),)),
        saved=(0, squares, x, x),
    )


def _cross_map(_a: Any, x: TensorType) -> Result:
    need_rank("CrossMapLRN2d", x, (4,), AXES[2])
    need_float("CrossMapLRN2d", x)
    # Its running sum never drops channel 0 again (torch 2.13), so that all channels are shown as seen: a bound.
    return Result(
        (x,),
        flops=(("normalisation", x.elements * 7),),
        reach=Reach(mixes=(1,)),
        saved=(0, "output", x),
    )


_SIZE: Final = Argument("size", Whole(1, MAX_WINDOW))

ENTRIES: Final[tuple[Entry, ...]] = (
    layer(
        "LocalResponseNorm", FAMILY, _local_response_norm,
        _SIZE, Argument("alpha", NUMBER, 1e-4), Argument("beta", NUMBER, 0.75), Argument("k", NUMBER, 1.0),
        summary="Divides each value by the energy of the channels around it, as AlexNet's paper does.",
        example="LocalResponseNorm(5)", inputs=((96, 27, 27),),
    ),
    layer(
        "CrossMapLRN2d", FAMILY, _cross_map,
        _SIZE, Argument("alpha", NUMBER, 1e-4), Argument("beta", NUMBER, 0.75), Argument("k", NUMBER, 1),
        summary="Local response normalisation as the first Torch computed it; LocalResponseNorm is the usual one.",
        example="CrossMapLRN2d(5)", inputs=((96, 27, 27),),
    ),
)  # fmt: skip
