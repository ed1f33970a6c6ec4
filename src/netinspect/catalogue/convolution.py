"""Convolutions over time, images and volumes, and their transposes.

MACs: every kernel element meets every output place once (in a transposed convolution every input place), padding
included, as torch counts them. The bias is one addition per output element.

Unfold cuts an image into blocks, which is free, and Fold puts blocks back into an image: it adds them where they
overlap, one FLOP per value of a block. Neither has MACs.
"""

from __future__ import annotations

import math
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
    need_room,
    need_space,
    placements,
    sizes,
    sliding,
    spans,
    spreading,
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
from netinspect.catalogue.formula import Formula, bracketed, formula, product
from netinspect.catalogue.signature import (
    BIAS,
    INPUT,
    MAX_WINDOW,
    POSITIVE,
    Each,
    Either,
    Many,
    Maybe,
    Whole,
    Word,
    border,
    layer,
    window,
)
from netinspect.language.numbers import per_axis

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

_FOLDING: Final[tuple[Entry, ...]] = (
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


PADDING_MODES: Final = ("zeros", "reflect", "replicate", "circular")


# --- what both convolutions share --------------------------------------------------------------


def _channels(stem: str, rank: int, a: Any, x: TensorType) -> int:
    """The input's channels, after every check that does not depend on the size of the image."""
    name = f"{stem}{rank}d"
    need_space(stem, rank, x)
    need_float32(name, x)
    channels = stated(a.in_channels, x.shape[1], "in_channels")
    for size, what in ((channels, "the input's channels"), (a.out_channels, "out_channels")):
        if size % a.groups:
            common = math.gcd(channels, a.out_channels)
            divisors = ", ".join(str(d) for d in range(1, min(common, 64) + 1) if common % d == 0)
            raise Fault(
                "E206",
                f"groups={a.groups} does not divide {what}, {size}",
                argument="groups",
                help=f"groups must divide both {channels} and {a.out_channels}: {divisors}",
            )
    return channels


def _weights(a: Any, weight: Sizes) -> tuple[Weight, ...]:
    return (Weight("weight", weight), *((Weight("bias", (a.out_channels,)),) if a.bias else ()))


def _params(a: Any, fan_in: Sizes) -> Formula:
    """`6·(1·5·5 + 1)`; without bias `64·3·7·7`, in groups `32·(1·3·3)`."""
    if a.bias:
        return formula(a.out_channels) * (product(fan_in) + 1)
    if a.groups > 1:
        return formula(a.out_channels) * bracketed(product(fan_in))
    return product((a.out_channels, *fan_in))


def _per_batch(batch: int, macs: Formula) -> Formula:
    return macs if batch == 1 else formula(batch) * macs


# --- convolution -------------------------------------------------------------------------------


def _borders(a: Any) -> tuple[Sizes, Sizes]:
    """Cells of padding before and after, along every axis."""
    if a.padding == "valid":
        return (0,) * len(a.kernel_size), (0,) * len(a.kernel_size)
    if a.padding != "same":
        return a.padding, a.padding
    if any(s != 1 for s in a.stride):
        half = per_axis([d * (k - 1) // 2 for k, d in zip(a.kernel_size, a.dilation, strict=True)])
        raise Fault(
            "E211",
            f"padding=same needs a stride of 1, and gets {sizes(a.stride)}",
            argument="padding",
            help=f"write padding={half}: with a stride it keeps every cell in sight",
        )
    total = tuple(d * (k - 1) for k, d in zip(a.kernel_size, a.dilation, strict=True))
    return tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)


def _convolve(rank: int, a: Any, x: TensorType) -> Result:
    name = f"Conv{rank}d"
    channels, (batch, _, *rest) = _channels("Conv", rank, a, x), x.shape
    space, (before, after) = tuple(rest), _borders(a)
    padded = tuple(b + length + e for b, length, e in zip(before, space, after, strict=True))
    _check_border(a, space, before, after)
    need_room(name, a.kernel_size, a.dilation, space, padded)
    places = placements(padded, spans(a.kernel_size, a.dilation), a.stride)
    output, fan_in = TensorType((batch, a.out_channels, *places)), (channels // a.groups, *a.kernel_size)
    # `6·28·28·(1·5·5)`; without bias the weights at every place, `64·3·7·7·112·112`.
    if a.bias:
        macs = product((a.out_channels, *places, bracketed(product(fan_in))))
    else:
        macs = _params(a, fan_in) * product(places)
    return Result(
        (output,),
        parameters=_weights(a, (a.out_channels, *fan_in)),
        params=_params(a, fan_in),
        macs=_per_batch(batch, macs),
        flops=(("bias", output.elements),) if a.bias else (),
        inferred=(("in_channels", channels),),
        reach=Reach(sliding(a.kernel_size, a.stride, before, a.dilation), _mixed(a, channels)),
        saved=_kept(a, x, before, after),
    )


def _mixed(a: Any, channels: int) -> tuple[int, ...]:
    """The channel axis, unless each output channel sees its own alone. Between the two this is a bound."""
    return () if a.groups == channels == a.out_channels else (1,)


def _check_border(a: Any, space: Sizes, before: Sizes, after: Sizes) -> None:
    """E301 where the border repeats more of the input than there is."""
    if a.padding_mode not in ("reflect", "circular"):
        return
    most = tuple(length - (a.padding_mode == "reflect") for length in space)
    if any(max(b, e) > m for b, e, m in zip(before, after, most, strict=True)):
        wide = tuple(max(b, e) for b, e in zip(before, after, strict=True))
        raise Fault(
            "E301",
            f"padding {sizes(wide)} in mode '{a.padding_mode}' repeats more than the input {sizes(space)} has",
            argument="padding",
            help=f"up to {sizes(most)} fits, or write padding_mode=zeros",
        )


def _kept(a: Any, x: TensorType, before: Sizes, after: Sizes) -> tuple[Saved | SavedFor, ...]:
    """The input; where torch pads it first, the padded copy. Reflecting and replicating keep the input, too, for its
    gradient."""
    if a.padding_mode == "zeros":
        extra = tuple(e - b for b, e in zip(before, after, strict=True))
    else:
        extra = tuple(b + e for b, e in zip(before, after, strict=True))
    padded = x.with_shape((*x.shape[:2], *(length + e for length, e in zip(x.shape[2:], extra, strict=True))))
    if a.padding_mode == "zeros":
        return (padded,) if any(extra) else (0,)
    return (padded,) if a.padding_mode == "circular" else (SavedFor(0, (0,)), padded)


def _conv(rank: int) -> Entry:
    return layer(
        f"Conv{rank}d",
        FAMILY,
        partial(_convolve, rank),
        Argument("in_channels", POSITIVE, inferred=True),
        Argument("out_channels", POSITIVE),
        Argument("kernel_size", window(rank)),
        Argument("stride", window(rank), 1),
        Argument("padding", Either((border(rank), Word(("valid", "same")))), 0),
        Argument("dilation", window(rank), 1),
        Argument("groups", POSITIVE, 1),
        BIAS,
        Argument("padding_mode", Word(PADDING_MODES), "zeros"),
        summary=f"Slides learned kernels over {OVER[rank]}; every kernel makes one output channel.",
        example=f"Conv{rank}d(6, kernel_size=5)",
        inputs=((3, *EXAMPLE_SPACE[rank]),),
        effect="learned",
        units="first",
    )


# --- transposed convolution --------------------------------------------------------------------


def _grown(rank: int, a: Any, space: Sizes, output_size: Sizes | None) -> Sizes:
    """The output's size; `output_size` may ask for up to stride - 1 cells more than the least."""
    reach = spans(a.kernel_size, a.dilation)
    least = tuple((n - 1) * s - 2 * p + r for n, s, p, r in zip(space, a.stride, a.padding, reach, strict=True))
    if output_size is None:
        for extra, stride, dilation in zip(a.output_padding, a.stride, a.dilation, strict=True):
            if extra >= max(stride, dilation):
                raise Fault(
                    "E211",
                    f"output_padding={extra} must be smaller than the stride, {stride}, or the dilation, {dilation}",
                    argument="output_padding",
                )
        grown = tuple(n + e for n, e in zip(least, a.output_padding, strict=True))
    else:
        grown = _asked(f"ConvTranspose{rank}d", a, least, output_size)
    if min(grown) < 1:
        raise Fault(
            "E302",
            f"ConvTranspose{rank}d leaves nothing of its input {sizes(space)}: the output would be {grown}",
            argument="padding",
            help="padding cuts the output here: write less of it",
        )
    return grown


def _asked(name: str, a: Any, least: Sizes, output_size: Sizes) -> Sizes:
    target = output_size[2:] if len(output_size) == len(least) + 2 else output_size
    if len(target) != len(least):
        message = f"output_size has {len(output_size)} sizes, and {name} makes {len(least)}"
        raise Fault("E214", message, argument="output_size")
    most = tuple(n + s - 1 for n, s in zip(least, a.stride, strict=True))
    if not all(n <= size <= m for n, size, m in zip(least, target, most, strict=True)):
        raise Fault(
            "E211",
            f"{name} cannot make {sizes(target)}: it makes {sizes(least)} to {sizes(most)} here",
            argument="output_size",
        )
    return target


def _transpose(rank: int, a: Any, x: TensorType, output_size: Sizes | None) -> Result:
    channels, (batch, _, *rest) = _channels("ConvTranspose", rank, a, x), x.shape
    space = tuple(rest)
    output = TensorType((batch, a.out_channels, *_grown(rank, a, space, output_size)))
    fan_out = (a.out_channels // a.groups, *a.kernel_size)
    return Result(
        (output,),
        parameters=_weights(a, (channels, *fan_out)),
        params=_params(a, (channels // a.groups, *a.kernel_size)),
        macs=_per_batch(batch, product((channels, *space, *fan_out))),
        flops=(("bias", output.elements),) if a.bias else (),
        inferred=(("in_channels", channels),),
        reach=Reach(spreading(a.kernel_size, a.stride, a.padding, a.dilation), _mixed(a, channels)),
        saved=(0,),
    )


def _conv_transpose(rank: int) -> Entry:
    return layer(
        f"ConvTranspose{rank}d",
        FAMILY,
        partial(_transpose, rank),
        Argument("in_channels", POSITIVE, inferred=True),
        Argument("out_channels", POSITIVE),
        Argument("kernel_size", window(rank)),
        Argument("stride", window(rank), 1),
        Argument("padding", border(rank), 0),
        Argument("output_padding", border(rank), 0),
        Argument("groups", POSITIVE, 1),
        BIAS,
        Argument("dilation", window(rank), 1),
        Argument("padding_mode", Word(("zeros",)), "zeros"),
        forward=(INPUT, Argument("output_size", Maybe(Many(POSITIVE, rank, rank + 2)), None)),
        summary=f"Spreads every cell of {OVER[rank]} over a learned kernel: a convolution run backwards, to enlarge.",
        example=f"ConvTranspose{rank}d(8, kernel_size=2, stride=2)",
        inputs=((16, *EXAMPLE_SPACE[rank]),),
        effect="learned",
        units="first",
        drawn_as="upsampling",
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    *(make(rank) for make in (_conv, _conv_transpose) for rank in RANKS),
    *_FOLDING,
)
