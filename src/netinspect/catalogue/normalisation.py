"""Normalisation: over the batch, instances, layers, root mean squares and groups of channels.

Counting in inference, as fvcore does: BatchNorm 2 FLOPs an element with weights, else 1; InstanceNorm, LayerNorm and
GroupNorm 5 with weights, else 4. RMSNorm subtracts no mean: 4 and 3. No MACs.

Local response normalisation divides each value by the energy of the channels around it: a square, a window of
additions, a scale, a shift, a power and a division, size + 5 an element; CrossMapLRN2d keeps a running sum instead of
adding windows: 7. It has no parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from netinspect.catalogue.common import (
    AXES,
    EXAMPLE_SPACE,
    OVER,
    RANKS,
    Sizes,
    need_float,
    need_float32,
    need_rank,
    sizes,
    stated,
)
from netinspect.catalogue.entry import (
    Argument,
    Entry,
    Fault,
    Reach,
    Result,
    Saved,
    SavedFor,
    TensorType,
    Weight,
    Window,
)
from netinspect.catalogue.formula import ZERO, product
from netinspect.catalogue.signature import (
    BIAS,
    FLAG,
    MAX_WINDOW,
    NUMBER,
    POSITIVE,
    POSITIVE_REAL,
    TENSOR,
    Many,
    Maybe,
    Real,
    Whole,
    layer,
)

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

_LOCAL_RESPONSE: Final[tuple[Entry, ...]] = (
    layer(
        "LocalResponseNorm", FAMILY, _local_response_norm,
        _SIZE, Argument("alpha", NUMBER, 1e-4), Argument("beta", NUMBER, 0.75), Argument("k", NUMBER, 1.0),
        summary="Divides each value by the energy of the channels around it, as AlexNet's paper does.",
        example="LocalResponseNorm(5)", inputs=((96, 27, 27),), short="LRN",
    ),
    layer(
        "CrossMapLRN2d", FAMILY, _cross_map,
        _SIZE, Argument("alpha", NUMBER, 1e-4), Argument("beta", NUMBER, 0.75), Argument("k", NUMBER, 1),
        summary="Local response normalisation as the first Torch computed it; LocalResponseNorm is the usual one.",
        example="CrossMapLRN2d(5)", inputs=((96, 27, 27),), short="LRN",
    ),
)  # fmt: skip


def _normalised(
    x: TensorType,
    bare: int,
    shape: Sizes,
    *,
    weight: bool,
    bias: bool,
    inferred: tuple[str, int | Sizes],
    mixes: Sizes,
    saved: tuple[Saved | SavedFor, ...],
    buffers: tuple[Weight, ...] = (),
) -> Result:
    """`x` normalised over `mixes`, with weight and bias of one shape; `bare` FLOPs an element without a weight."""
    names = (("weight", "bias") if bias else ("weight",)) if weight else ()
    return Result(
        (x,),
        parameters=tuple(Weight(name, shape) for name in names),
        buffers=buffers,
        params=product((2, *shape) if bias else shape) if names else ZERO,
        flops=(("normalisation", x.elements * (bare + weight)),),
        inferred=(inferred,),
        reach=Reach(mixes=mixes),
        saved=saved,
    )


def _running(features: int) -> tuple[Weight, ...]:
    return (
        Weight("running_mean", (features,)),
        Weight("running_var", (features,)),
        Weight("num_batches_tracked", (), "int64"),
    )


# --- per channel: BatchNorm and InstanceNorm -----------------------------------------------------


def _features(stem: str, rank: int, a: Any, x: TensorType) -> int:
    """The channels of `x`, after checking rank, dtype and a stated size."""
    name = f"{stem}{rank}d"
    ranks = (2, 3) if (stem, rank) == ("BatchNorm", 1) else (rank + 2,)
    axes = "features or channels×time" if len(ranks) == 2 else AXES[rank]
    help = f"write {stem}{x.rank - 2}d" if x.rank - 2 in RANKS else None
    if x.rank == 2:
        help = f"write {'BatchNorm1d' if stem == 'BatchNorm' else 'LayerNorm'}: the input is a row of features"
    need_rank(name, x, ranks, axes, help=help)
    if a.affine or a.track_running_stats:
        need_float32(name, x)
    else:
        need_float(name, x)
    return stated(a.num_features, x.shape[1], "num_features")


def _batch_norm(rank: int, a: Any, x: TensorType) -> Result:
    features = _features("BatchNorm", rank, a, x)
    if not a.track_running_stats and x.elements == features:
        message = f"without running statistics, BatchNorm{rank}d needs more than one number a channel"
        raise Fault("E307", message, argument="track_running_stats", help="it works from a batch size of 2 on")
    tracks = a.track_running_stats
    return _normalised(
        x,
        1,
        (features,),
        weight=a.affine,
        bias=a.bias,
        inferred=("num_features", features),
        mixes=() if tracks else (0, *range(2, x.rank)),
        saved=(0, *(TensorType((features,), x.dtype),) * 2),
        buffers=_running(features) if tracks else (),
    )


def _instance_norm(rank: int, a: Any, x: TensorType) -> Result:
    features = _features("InstanceNorm", rank, a, x)
    if math.prod(x.shape[2:]) == 1:
        message = f"InstanceNorm{rank}d would normalise single numbers: its input is {sizes(x.shape[1:])}"
        raise Fault("E302", message, help="every output would be 0; put it before the map is pooled to 1")
    tracks = a.track_running_stats
    # torch repeats the weight and the running statistics for every sample, and keeps the copies.
    copies = (TensorType((x.shape[0] * features,), x.dtype),) * (2 + a.affine + 2 * tracks)
    return _normalised(
        x,
        4,
        (features,),
        weight=a.affine,
        bias=a.bias,
        inferred=("num_features", features),
        mixes=() if tracks else tuple(range(2, x.rank)),
        saved=(0, *copies),
        buffers=_running(features) if tracks else (),
    )


# --- over the last axes: LayerNorm and RMSNorm ---------------------------------------------------


def _last_axes(name: str, a: Any, x: TensorType) -> Sizes:
    """The normalised sizes: the last axis, or those that are stated, which the input must end in."""
    if x.rank < 2:
        raise Fault("E305", f"{name} needs an axis beside the batch, and gets a single number")
    if a.elementwise_affine:
        need_float32(name, x)
    else:
        need_float(name, x)
    if a.normalized_shape is None:
        return x.shape[-1:]
    normalized = tuple(a.normalized_shape)
    if len(normalized) >= x.rank or x.shape[-len(normalized) :] != normalized:
        raise Fault(
            "E204",
            f"normalized_shape={sizes(normalized)} is stated, but the input is {sizes(x.shape[1:])}",
            argument="normalized_shape",
            help=f"leave it out to normalise the last axis, {x.shape[-1]}",
        )
    return normalized


def _over_last_axes(
    name: str, bare: int, a: Any, x: TensorType, bias: bool, saved: Callable[[TensorType], tuple[Saved | SavedFor, ...]]
) -> Result:
    """`saved` says what backward keeps, of the sizes of one statistic a row."""
    shape = _last_axes(name, a, x)
    return _normalised(
        x,
        bare,
        shape,
        weight=a.elementwise_affine,
        bias=bias,
        inferred=("normalized_shape", shape),
        mixes=tuple(range(x.rank - len(shape), x.rank)),
        saved=saved(x.with_shape((*x.shape[: -len(shape)], *(1,) * len(shape)))),
    )


def _layer_norm(a: Any, x: TensorType) -> Result:
    return _over_last_axes("LayerNorm", 4, a, x, a.bias, lambda rows: (0, rows, rows))


def _rms_norm(a: Any, x: TensorType) -> Result:
    normalised = (SavedFor(x, ("weight",)),) if a.elementwise_affine else ()
    return _over_last_axes(
        "RMSNorm", 3, a, x, False, lambda rows: (SavedFor(0, (0,)), SavedFor(rows, (0,)), *normalised)
    )


# --- over channels -------------------------------------------------------------------------------


def _group_norm(a: Any, x: TensorType) -> Result:
    if x.rank < 2:
        raise Fault("E305", "GroupNorm needs channels beside the batch, and gets a single number")
    if a.affine:
        need_float32("GroupNorm", x)
    else:
        need_float("GroupNorm", x)
    channels, groups = stated(a.num_channels, x.shape[1], "num_channels"), a.num_groups
    if channels % groups:
        message = f"num_groups={groups} does not divide the input's {channels} channel{'s' * (channels != 1)}"
        raise Fault("E206", message, argument="num_groups", help="each group gets the same number of channels")
    if channels * math.prod(x.shape[2:]) == groups:
        message = f"{groups} groups over {sizes(x.shape[1:])} hold one number each"
        raise Fault("E206", message, argument="num_groups", help="every output would be 0: use fewer groups")
    space, statistics = tuple(range(2, x.rank)), TensorType((x.shape[0], groups), x.dtype)
    return _normalised(
        x,
        4,
        (channels,),
        weight=a.affine,
        bias=a.bias,
        inferred=("num_channels", channels),
        # Several channels a group are shown as all: a bound, where there is more than one group.
        mixes=space if groups == channels else (1, *space),
        saved=(0, statistics, statistics),
    )


# --- entries -------------------------------------------------------------------------------------

_EPS: Final = Argument("eps", POSITIVE_REAL, 1e-5)
_LATER_BIAS: Final = Argument("bias", FLAG, default=True, keyword_only=True)
_NORMALIZED_SHAPE: Final = Argument("normalized_shape", Many(POSITIVE, 1, 8), inferred=True)


def _per_channel(momentum: Argument, affine: bool, track: bool) -> tuple[Argument, ...]:
    return (
        Argument("num_features", POSITIVE, inferred=True),
        Argument("eps", Real(0.0, exclusive=True), 1e-5),
        momentum,
        Argument("affine", FLAG, affine),
        Argument("track_running_stats", FLAG, track),
        _LATER_BIAS,
    )


def _batch(rank: int) -> Entry:
    return layer(
        f"BatchNorm{rank}d",
        FAMILY,
        partial(_batch_norm, rank),
        *_per_channel(Argument("momentum", Maybe(Real(0.0, 1.0)), 0.1), affine=True, track=True),
        unnamed=("num_features",),
        summary=f"Normalises each channel over {OVER[rank]} by running mean and variance, then scales and shifts it.",
        example=f"BatchNorm{rank}d",
        inputs=((64, *EXAMPLE_SPACE[rank]),),
        effect="linear",
        normalises="batch",
        short="BN",
    )


def _instance(rank: int) -> Entry:
    return layer(
        f"InstanceNorm{rank}d",
        FAMILY,
        partial(_instance_norm, rank),
        *_per_channel(Argument("momentum", Real(0.0, 1.0), 0.1), affine=False, track=False),
        unnamed=("num_features",),
        summary=f"Normalises each channel of each sample over {OVER[rank]}, as style transfer does.",
        example=f"InstanceNorm{rank}d",
        inputs=((64, *EXAMPLE_SPACE[rank]),),
        normalises="instance",
        short="IN",
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    *(_batch(rank) for rank in RANKS),
    *(_instance(rank) for rank in RANKS),
    layer(
        "LayerNorm", FAMILY, _layer_norm,
        _NORMALIZED_SHAPE, _EPS, Argument("elementwise_affine", FLAG, True), BIAS,
        unnamed=("normalized_shape",),
        summary="Normalises the last axis (or the stated last axes) of each sample, then scales and shifts it.",
        example="LayerNorm", inputs=((16, 768),), normalises="last axes", short="LN",
    ),
    layer(
        "RMSNorm", FAMILY, _rms_norm,
        _NORMALIZED_SHAPE, Argument("eps", Maybe(POSITIVE_REAL), None), Argument("elementwise_affine", FLAG, True),
        forward=(Argument("x", TENSOR),),
        unnamed=("normalized_shape",),
        summary="Divides the last axis by its root mean square, then scales it.",
        example="RMSNorm", inputs=((16, 768),), normalises="last axes",
    ),
    layer(
        "GroupNorm", FAMILY, _group_norm,
        Argument("num_groups", POSITIVE), Argument("num_channels", POSITIVE, inferred=True), _EPS,
        Argument("affine", FLAG, True), _LATER_BIAS,
        unnamed=("num_groups",),
        summary="Normalises groups of channels of each sample, then scales and shifts each channel.",
        example="GroupNorm(8)", inputs=((64, 32, 32),), normalises="groups", short="GN",
    ),
    *_LOCAL_RESPONSE,
)  # fmt: skip
