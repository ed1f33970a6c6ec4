"""The functions of torch.nn.functional that are layers without weights: each asks its layer's rule.

Counting, shapes and mistakes are the layer's own. The functions take floating-point numbers, as their layers do.
`pad` writes sizes for the last axes, last one first, as torch does; it is free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

from netinspect.catalogue import activation, convolution, normalisation, pooling, shaping
from netinspect.catalogue.common import RANKS, sizes
from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, TensorType, Window
from netinspect.catalogue.padding import padded
from netinspect.catalogue.signature import ANY_NUMBER, INPUT, MAX_WINDOW, Many, Maybe, Whole, Word, function

LAYERS: Final = {
    entry.name: entry
    for module in (activation, convolution, normalisation, pooling, shaping)
    for entry in module.ENTRIES
}
"""The layers that functions may be made of."""

_MODULE: Final = "torch.nn.functional"


def like(
    name: str, layer_name: str, order: Iterable[str] | None = None, named: bool = False, example: str | None = None
) -> Entry:
    """The function that does what a layer without weights does; `order` are its arguments where torch's order differs.

    `named`: torch takes them by name only."""
    layer: Entry = LAYERS[layer_name]
    names = tuple(order) if order is not None else tuple(a.name for a in layer.arguments if a.name != "inplace")
    settings = tuple(replace(a, keyword_only=named) for name in names for a in layer.arguments if a.name == name)
    tensors = len(layer.forward)

    def rule(*values: Any) -> Result:
        settings = SimpleNamespace(**dict(zip(names, values[tensors:], strict=True)))
        return layer.rule(settings, *values[:tensors])

    return function(
        layer.family,
        name,
        f"{_MODULE}.{name}",
        rule,
        (*layer.forward, *settings),
        layer.summary,
        layer.example.replace(layer_name, name) if example is None else example,
        layer.example_inputs,
        layer.outputs,
        effect=layer.effect,
        keeps_chances=layer.keeps_chances,
        drawn_as=layer.drawn_as,
        short=layer.short or (layer_name if name.replace("_", "") == layer_name.lower() else ""),
    )


# --- pad -------------------------------------------------------------------------------------

_MOST: Final = {"reflect": 1, "circular": 0}


def _pad(input: TensorType, pad: tuple[int, ...], mode: str, value: float | None) -> Result:
    if len(pad) % 2:
        raise Fault("E214", f"pad has {len(pad)} values; two are needed for each axis", argument="pad")
    count = len(pad) // 2
    if count > input.rank:
        raise Fault("E305", f"pad has values for {count} axes, and the input has {input.rank}", argument="pad")
    axes = tuple(range(input.rank - count, input.rank))
    if mode != "constant":
        _check_border(input, pad, mode)
        if value:
            raise Fault("E211", f"value={value} belongs to mode=constant, not to mode={mode}", argument="value")
    shape = (*input.shape[: axes[0]], *padded("pad", input.shape[axes[0] :], pad))
    befores = zip(axes, pad[-2::-2], strict=True)
    windows = tuple((axis, Window(before=before)) for axis, before in befores if before)
    saved = (0,) if mode in ("reflect", "replicate") and input.is_float else ()
    return Result((input.with_shape(shape),), reach=Reach(windows), saved=saved)


def _check_border(input: TensorType, pad: tuple[int, ...], mode: str) -> None:
    count = len(pad) // 2
    if input.dtype == "bool" and mode != "circular":
        raise Fault("E306", f"pad with mode={mode} is not defined for bools", argument="mode")
    if count > len(RANKS) or input.rank not in (count + 1, count + 2):
        raise Fault(
            "E305",
            f"pad with mode={mode} is for time, images and volumes: {sizes(input.shape)} with {len(pad)} values",
            argument="mode",
        )
    ends = zip(input.shape[input.rank - count :], zip(pad[-2::-2], pad[::-2], strict=True), strict=True)
    if mode in _MOST and any(max(pair) > size - _MOST[mode] for size, pair in ends):
        raise Fault(
            "E301", f"pad with mode={mode} repeats more than the input {sizes(input.shape)} has", argument="pad"
        )


_PAD: Final = function(
    "padding",
    "pad",
    f"{_MODULE}.pad",
    _pad,
    (
        INPUT,
        Argument("pad", Many(Whole(-MAX_WINDOW, MAX_WINDOW), least=2, single=False)),
        Argument("mode", Word(("constant", "reflect", "replicate", "circular")), "constant"),
        Argument("value", Maybe(ANY_NUMBER), None),
    ),
    "A border around the last axes; sizes for the last axis come first.",
    "pad((1, 1, 2, 2))",
)


# --- entries ---------------------------------------------------------------------------------

_WINDOW: Final = ("kernel_size", "stride", "padding")


def _of_rank(rank: int) -> tuple[Entry, ...]:
    average = ("ceil_mode", "count_include_pad", *(("divisor_override",) if rank > 1 else ()))
    return (
        like(f"max_pool{rank}d", f"MaxPool{rank}d", (*_WINDOW, "dilation", "ceil_mode", "return_indices")),
        like(f"avg_pool{rank}d", f"AvgPool{rank}d", (*_WINDOW, *average)),
        like(f"adaptive_avg_pool{rank}d", f"AdaptiveAvgPool{rank}d"),
        like(f"adaptive_max_pool{rank}d", f"AdaptiveMaxPool{rank}d"),
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    *(like(layer.lower(), layer) for layer in ("ReLU", "ReLU6", "ELU", "SELU", "CELU", "SiLU", "Mish", "GLU")),
    *(like(layer.lower(), layer) for layer in ("Softplus", "Softsign", "Hardswish", "Hardsigmoid", "Hardtanh")),
    like("gelu", "GELU", named=True),
    like("leaky_relu", "LeakyReLU"),
    like("logsigmoid", "LogSigmoid"),
    *(entry for rank in RANKS for entry in _of_rank(rank)),
    like("pixel_shuffle", "PixelShuffle"),
    like("pixel_unshuffle", "PixelUnshuffle"),
    like("channel_shuffle", "ChannelShuffle"),
    like("interpolate", "Upsample"),
    like("fold", "Fold", ("output_size", "kernel_size", "dilation", "padding", "stride")),
    like("local_response_norm", "LocalResponseNorm"),
    like("cosine_similarity", "CosineSimilarity", example="cosine_similarity(a, b)"),
    like("pairwise_distance", "PairwiseDistance", example="pairwise_distance(a, b)"),
    _PAD,
)
