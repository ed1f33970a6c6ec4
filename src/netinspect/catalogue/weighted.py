"""The functions of torch.nn.functional that take their weights as tensors: convolutions, linear maps, norms, look-ups.

Each asks its layer's rule, with sizes read off the weight, and then compares the weights it was given with those the
layer would have. All tensors have one dtype, whatever it is. Backward keeps what the layer keeps, and the weights.
`normalize` and `weight_norm` cost 3 FLOPs an element: a square, a sum and a division.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

from netinspect.catalogue import convolution, embedding, linear, normalisation
from netinspect.catalogue.common import EXAMPLE_SPACE, RANKS, mixing, need_float, plain_axis, same_dtype, sizes
from netinspect.catalogue.entry import (
    Argument,
    Backward,
    Effect,
    Entry,
    Fault,
    Kind,
    Reach,
    Result,
    Saved,
    SavedFor,
    TensorType,
    Units,
)
from netinspect.catalogue.formula import ZERO
from netinspect.catalogue.signature import (
    AXIS,
    EXAMPLE_BATCH,
    FEATURES,
    FLAG,
    IMAGE,
    INPUT,
    NATURAL,
    NUMBER,
    OPTIONAL_TENSOR,
    POSITIVE,
    POSITIVE_REAL,
    TENSOR,
    Either,
    Many,
    Maybe,
    Whole,
    Word,
    border,
    function,
    window,
)

LAYERS: Final = {
    entry.name: entry for module in (convolution, embedding, linear, normalisation) for entry in module.ENTRIES
}

Tensors = tuple[TensorType | None, ...]


def _ask(layer_name: str, settings: dict[str, Any], inputs: tuple[TensorType, ...], weights: Tensors) -> Result:
    """The layer's result with its parameters compared with `weights` and taken away."""
    dtype = same_dtype(layer_name, *inputs, *weights)
    operands = tuple(x._replace(dtype="float32") for x in inputs) if inputs[0].is_float else inputs
    layer = LAYERS[layer_name]
    absent = (None,) * (len(layer.forward) - len(inputs))
    result: Result = layer.rule(SimpleNamespace(**settings), *operands, *absent)
    present = [weight for weight in weights if weight is not None]
    for expected, weight in zip(result.parameters, present, strict=True):
        if expected.shape != weight.shape:
            raise Fault("E309", f"{expected.name} would fit with {sizes(expected.shape)}, and is {sizes(weight.shape)}")
    return replace(
        result,
        outputs=tuple(output._replace(dtype=dtype) for output in result.outputs),
        parameters=(),
        params=ZERO,
        inferred=(),
        backward=tuple(Backward(int(result.macs), (place,)) for place in range(len(inputs) + 1) if result.macs.value),
        saved=tuple(_of_function(kept, dtype, weight=len(inputs)) for kept in result.saved),
    )


def _of_function(kept: Saved | SavedFor, dtype: str, weight: int) -> Saved | SavedFor:
    """What a layer keeps as its function does: in the function's dtype, and with the weight among the inputs."""
    if isinstance(kept, SavedFor):
        takers = tuple(weight if taker == "weight" else taker for taker in kept.takers)
        return SavedFor(_in_dtype(kept.item, dtype), takers)
    return _in_dtype(kept, dtype)


def _in_dtype(kept: Saved, dtype: str) -> Saved:
    return kept._replace(dtype=dtype) if isinstance(kept, TensorType) and kept.is_float else kept


def _keeping(result: Result, *weights: int | SavedFor) -> Result:
    return replace(result, saved=(*result.saved, *weights))


def _need_axes(name: str, weight: TensorType, rank: int, axes: str) -> None:
    if weight.rank != rank:
        raise Fault("E305", f"{name} needs a weight of {axes}, and gets {sizes(weight.shape)}", argument="weight")


# --- linear maps -----------------------------------------------------------------------------


def _linear(input: TensorType, weight: TensorType, bias: TensorType | None) -> Result:
    _need_axes("linear", weight, 2, "outputs×inputs")
    settings = {"in_features": None, "out_features": weight.shape[0], "bias": bias is not None}
    return _keeping(_ask("Linear", settings, (input,), (weight, bias)), SavedFor(1, (0,)))


def _bilinear(input1: TensorType, input2: TensorType, weight: TensorType, bias: TensorType | None) -> Result:
    _need_axes("bilinear", weight, 3, "outputs×inputs×inputs")
    settings = {"in1_features": None, "in2_features": None, "out_features": weight.shape[0], "bias": bias is not None}
    return _keeping(_ask("Bilinear", settings, (input1, input2), (weight, bias)), SavedFor(2, (0, 1)))


def _embedding(input: TensorType, weight: TensorType, padding_idx: int | None) -> Result:
    _need_axes("embedding", weight, 2, "rows×features")
    rows, features = weight.shape
    settings = SimpleNamespace(num_embeddings=rows, embedding_dim=features, padding_idx=padding_idx)
    result: Result = LAYERS["Embedding"].rule(settings, input)
    output = result.outputs[0]._replace(dtype=weight.dtype)
    return replace(result, outputs=(output,), parameters=(), params=ZERO)


# --- convolutions ----------------------------------------------------------------------------

Sizes = tuple[int, ...]


def _conv(
    rank: int,
    input: TensorType,
    weight: TensorType,
    bias: TensorType | None,
    stride: Sizes,
    padding: Any,
    dilation: Sizes,
    groups: int,
) -> Result:
    _need_axes(f"conv{rank}d", weight, rank + 2, "outputs×inputs and the kernel")
    settings = {
        "in_channels": None, "out_channels": weight.shape[0], "kernel_size": weight.shape[2:], "stride": stride,
        "padding": padding, "dilation": dilation, "groups": groups, "bias": bias is not None, "padding_mode": "zeros",
    }  # fmt: skip
    return _keeping(_ask(f"Conv{rank}d", settings, (input,), (weight, bias)), 1)


def _conv_transpose(
    rank: int,
    input: TensorType,
    weight: TensorType,
    bias: TensorType | None,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
) -> Result:
    name = f"ConvTranspose{rank}d"
    _need_axes(f"conv_transpose{rank}d", weight, rank + 2, "inputs×outputs and the kernel")
    settings = {
        "in_channels": None, "out_channels": weight.shape[1] * groups, "kernel_size": weight.shape[2:],
        "stride": stride, "padding": padding, "output_padding": output_padding, "groups": groups,
        "bias": bias is not None, "dilation": dilation,
    }  # fmt: skip
    return _keeping(_ask(name, settings, (input,), (weight, bias)), 1)


# --- norms -----------------------------------------------------------------------------------


def _affine(weight: TensorType | None, bias: TensorType | None) -> bool:
    if weight is None and bias is not None:
        raise Fault("E216", "a norm takes a weight, or weight and bias, but no bias alone", argument="bias")
    return weight is not None


def _layer_norm(
    input: TensorType, normalized_shape: Sizes, weight: TensorType | None, bias: TensorType | None, eps: float
) -> Result:
    affine = _affine(weight, bias)
    settings = {"normalized_shape": normalized_shape, "elementwise_affine": affine, "bias": bias is not None}
    return _with_affine(_ask("LayerNorm", settings, (input,), (weight, bias)), weight, bias)


def _with_affine(result: Result, weight: TensorType | None, bias: TensorType | None) -> Result:
    return _keeping(result, *(i for i, tensor in enumerate((weight, bias), 1) if tensor is not None))


def _rms_norm(input: TensorType, normalized_shape: Sizes, weight: TensorType | None, eps: float | None) -> Result:
    settings = {"normalized_shape": normalized_shape, "elementwise_affine": weight is not None}
    result = _ask("RMSNorm", settings, (input,), (weight,))
    return result if weight is None else _keeping(result, SavedFor(1, (0,)))


def _group_norm(
    input: TensorType, num_groups: int, weight: TensorType | None, bias: TensorType | None, eps: float
) -> Result:
    settings = {"num_groups": num_groups, "num_channels": None, "affine": _affine(weight, bias)}
    result = _ask("GroupNorm", {**settings, "bias": bias is not None}, (input,), (weight, bias))
    return _with_affine(result, weight, None)


def _batch_norm(
    input: TensorType,
    running_mean: TensorType | None,
    running_var: TensorType | None,
    weight: TensorType | None,
    bias: TensorType | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Result:
    need_float("batch_norm", input)
    dtype = same_dtype("batch_norm", input, running_mean, running_var, weight, bias)
    if input.rank < 2:
        raise Fault("E305", "batch_norm needs channels beside the batch, and gets a single number")
    channels = TensorType((input.shape[1],), dtype)
    if (running_mean is None) != (running_var is None) or (running_mean is None and not training):
        raise Fault("E202", "batch_norm needs both running_mean and running_var, or neither and training=True")
    named = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, tensor in named.items():
        if tensor is not None and tensor.shape != channels.shape:
            message = f"{name} needs one number a channel, {input.shape[1]}, and is {sizes(tensor.shape)}"
            raise Fault("E303", message, argument=name)
    if training and input.elements == input.shape[1]:
        raise Fault("E307", "batch_norm in training needs more than one number a channel")
    cost = input.elements * (1 + (weight is not None))
    reach = Reach(mixes=(0, *range(2, input.rank))) if training else Reach()
    present = [t for t in (running_mean, running_var, weight) if t is not None]
    kept = tuple(range(1, len(present) + 1))
    statistics = (channels, channels) if training else ()
    return Result((input,), flops=(("normalisation", cost),), reach=reach, saved=(0, *kept, *statistics))


def _normalize(input: TensorType, p: float, dim: int, eps: float) -> Result:
    need_float("normalize", input)
    axis = plain_axis(dim, input.rank)
    norm = input.with_shape(tuple(1 if i == axis else size for i, size in enumerate(input.shape)))
    return Result(
        (input,),
        flops=(("elementwise", 3 * input.elements),),
        reach=mixing(axis, input.rank),
        saved=(0, norm, norm),
    )


def _weight_norm(v: TensorType, g: TensorType, dim: int) -> Result:
    need_float("weight_norm", v)
    same_dtype("weight_norm", v, g)
    if v.rank == 0:
        raise Fault("E305", "weight_norm needs an axis, and gets a single number")
    axis = plain_axis(dim, v.rank)
    norms = v.with_shape(tuple(size if i == axis else 1 for i, size in enumerate(v.shape)))
    if g.shape != norms.shape:
        raise Fault(
            "E303", f"g needs one number along axis {axis}, {sizes(norms.shape)}, and is {sizes(g.shape)}", argument="g"
        )
    others = tuple(i for i in range(v.rank) if i != axis)
    return Result((v,), flops=(("elementwise", 3 * v.elements),), reach=Reach(mixes=others), saved=(0, 1, norms))


# --- entries ---------------------------------------------------------------------------------

_WEIGHT: Final = Argument("weight", TENSOR)
_BIAS: Final = Argument("bias", OPTIONAL_TENSOR, None)
_SHAPE: Final = Argument("normalized_shape", Many(POSITIVE, 1, 8, single=False))
_EPS: Final = Argument("eps", POSITIVE_REAL, 1e-5)


_DRAWN_AS: Final = {
    "conv_transpose": "upsampling", "conv": "convolution", "linear": "linear", "bilinear": "linear",
    "embedding": "embedding",
}  # fmt: skip
"""Families of diagrams, by how the names of functions begin."""


def _entry(
    name: str,
    rule: Callable[..., Result],
    forward: tuple[Argument, ...],
    summary: str,
    example: str,
    inputs: tuple[TensorType, ...] = (IMAGE,),
    *,
    layer: str = "",
    short: str = "",
    **parameters: tuple[int, ...],
) -> Entry:
    """The example's `parameters` are the network's own; `layer` makes such parameters itself."""
    family = "products" if "norm" not in name else "normalisation"
    effect: Effect | None = "learned" if name.startswith(("conv", "linear")) else None
    drawn_as = next((word for word in _DRAWN_AS if name.startswith(word)), "")
    units: Units | None = None if family != "products" else "first" if name.startswith("conv") else "last"
    entry = function(
        family,
        name,
        f"torch.nn.functional.{name}",
        rule,
        forward,
        summary,
        example,
        inputs,
        parameters=tuple(parameters.items()),
        effect=effect,
        units=units,
        drawn_as=_DRAWN_AS.get(drawn_as, ""),
        short=short,
    )
    return replace(entry, layer_with_weight=layer)


def _optional(*names: str) -> tuple[Argument, ...]:
    return tuple(Argument(name, OPTIONAL_TENSOR, None) for name in names)


def _setting(name: str, kind: Kind, default: Any) -> Argument:
    return Argument(name, kind, kind.check(default))


def _of_rank(rank: int) -> tuple[Entry, ...]:
    stride, dilation = _setting("stride", window(rank), 1), _setting("dilation", window(rank), 1)
    groups = _setting("groups", POSITIVE, 1)
    x = TensorType((EXAMPLE_BATCH, 16, *EXAMPLE_SPACE[rank]))
    edges = _setting("padding", Either((border(rank), Word(("valid", "same")))), 0)
    padding, extra = _setting("padding", border(rank), 0), _setting("output_padding", border(rank), 0)
    return (
        _entry(
            f"conv{rank}d",
            partial(_conv, rank),
            (INPUT, _WEIGHT, _BIAS, stride, edges, dilation, groups),
            f"Conv{rank}d with a weight of outputs×inputs×kernel.",
            f"conv{rank}d(input, weight, padding=1)",
            (x,),
            layer=f"Conv{rank}d",
            weight=(8, 16, *(3,) * rank),
        ),
        _entry(
            f"conv_transpose{rank}d",
            partial(_conv_transpose, rank),
            (INPUT, _WEIGHT, _BIAS, stride, padding, extra, groups, dilation),
            f"ConvTranspose{rank}d with a weight of inputs×outputs×kernel.",
            f"conv_transpose{rank}d(input, weight, stride=2)",
            (x,),
            layer=f"ConvTranspose{rank}d",
            weight=(16, 8, *(2,) * rank),
        ),
    )


_NORMED: Final = _optional("weight", "bias")

ENTRIES: Final[tuple[Entry, ...]] = (
    _entry("linear", _linear, (INPUT, _WEIGHT, _BIAS), "Linear with a weight of outputs×inputs.",
           "linear(input, weight)", (FEATURES,), layer="Linear", weight=(10, 64)),
    _entry("bilinear", _bilinear, (Argument("input1", TENSOR), Argument("input2", TENSOR), _WEIGHT, _BIAS),
           "Bilinear with a weight of outputs×inputs×inputs.", "bilinear(a, b, weight)",
           (TensorType((EXAMPLE_BATCH, 8)), TensorType((EXAMPLE_BATCH, 6))), layer="Bilinear",
           weight=(5, 8, 6)),
    *(entry for rank in RANKS for entry in _of_rank(rank)),
    _entry("embedding", _embedding, (INPUT, _WEIGHT, Argument("padding_idx", Maybe(Whole(-(2**31))), None)),
           "Rows of a table by their numbers.", "embedding(input, weight)",
           (TensorType((EXAMPLE_BATCH, 40), "int64"),), layer="Embedding", weight=(10_000, 100)),
    _entry("layer_norm", _layer_norm, (INPUT, _SHAPE, *_NORMED, _EPS), "LayerNorm with weights of its own or none.",
           "layer_norm((32,))", short="LN"),
    _entry("rms_norm", _rms_norm,
           (INPUT, _SHAPE, *_optional("weight"), Argument("eps", Maybe(POSITIVE_REAL), None)),
           "RMSNorm with a weight of its own or none.", "rms_norm((32,))", short="RMSNorm"),
    _entry("group_norm", _group_norm, (INPUT, Argument("num_groups", POSITIVE), *_NORMED, _EPS),
           "GroupNorm with weights of its own or none.", "group_norm(4)", short="GN"),
    _entry("batch_norm", _batch_norm,
           (INPUT, Argument("running_mean", OPTIONAL_TENSOR), Argument("running_var", OPTIONAL_TENSOR), *_NORMED,
            Argument("training", FLAG, False), Argument("momentum", NUMBER, 0.1), _EPS),
           "BatchNorm with statistics and weights of its own.", "batch_norm(input, mean, var)",
           layer="BatchNorm2d", short="BN", mean=(16,), var=(16,)),
    _entry("normalize", _normalize, (INPUT, Argument("p", NUMBER, 2.0), Argument("dim", AXIS, 1),
           Argument("eps", NUMBER, 1e-12)), "Divided by the p-norm along an axis.", "normalize(dim=1)"),
    function("normalisation", "weight_norm", "torch._weight_norm", _weight_norm,
             (Argument("v", TENSOR), Argument("g", TENSOR), Argument("dim", NATURAL, 0)),
             "g·v/‖v‖, a norm for each place along an axis: the weight that torch.nn.utils.weight_norm gives a layer.",
             "weight_norm(v, g)", (), parameters=(("v", (8, 16, 3)), ("g", (8, 1, 1)))),
)  # fmt: skip
