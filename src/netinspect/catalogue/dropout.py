"""Dropout: in inference every one of these gives its input back, so they are free and allocate nothing.

In training backward keeps the mask: a number per element, or one per channel where whole channels are dropped.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from netinspect.catalogue.common import AXES, EXAMPLE_SPACE, OVER, RANKS, need_float, need_rank
from netinspect.catalogue.entry import Argument, Entry, Result, TensorType
from netinspect.catalogue.signature import INPLACE, PROBABILITY, layer

FAMILY: Final = "dropout"


def _mask(a: Any, x: TensorType, shape: tuple[int, ...]) -> tuple[TensorType, ...]:
    """Nothing for p=0; for p=1 the single zero that torch multiplies by."""
    if a.p == 0:
        return ()
    return (x.with_shape(() if a.p == 1 else shape),)


def _drop(name: str, a: Any, x: TensorType) -> Result:
    need_float(name, x)
    return Result((x,), saved=_mask(a, x, x.shape), alias=True)


def _drop_channels(name: str, ranks: tuple[int, ...], axes: str, a: Any, x: TensorType) -> Result:
    help = f"write Dropout{x.rank - 2}d" if x.rank - 2 in RANKS else "write Dropout, which takes any shape"
    need_rank(name, x, ranks, axes, help=help)
    need_float(name, x)
    return Result((x,), saved=_mask(a, x, (*x.shape[:2], *(1,) * (x.rank - 2))), alias=True)


_ARGUMENTS: Final = (Argument("p", PROBABILITY, 0.5), INPLACE)


def _channels(rank: int) -> Entry:
    name = f"Dropout{rank}d"
    return layer(
        name,
        FAMILY,
        partial(_drop_channels, name, (rank + 2,), AXES[rank]),
        *_ARGUMENTS,
        summary=f"Sets whole channels over {OVER[rank]} to 0 at random while training.",
        example=f"{name}(0.2)",
        inputs=((64, *EXAMPLE_SPACE[rank]),),
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    layer(
        "Dropout", FAMILY, partial(_drop, "Dropout"), *_ARGUMENTS,
        summary="Sets elements to 0 at random while training, and scales the others up.",
        example="Dropout(0.5)", inputs=((4096,),),
    ),
    *(_channels(rank) for rank in RANKS),
    layer(
        "AlphaDropout", FAMILY, partial(_drop, "AlphaDropout"), *_ARGUMENTS,
        summary="Dropout that keeps mean 0 and variance 1, for networks with SELU.",
        example="AlphaDropout(0.1)", inputs=((256,),), short="Dropout",
    ),
    layer(
        "FeatureAlphaDropout", FAMILY,
        partial(_drop_channels, "FeatureAlphaDropout", tuple(range(2, 65)), "channels beside the batch"), *_ARGUMENTS,
        summary="AlphaDropout of whole channels.",
        example="FeatureAlphaDropout(0.1)", inputs=((64, 8, 8),), short="Dropout",
    ),
)  # fmt: skip
