"""What the engine of the page does for each call of a network: one of a short, closed list of kinds.

The engine is written twice, in the page's script and in the tests, so it must be small. A kind is one way to compute:
the many layers and functions of the catalogue that compute in that way are told apart by their settings.
docs/explore.md says what each kind does. A call that no kind computes is `recorded`: the page shows what torch gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import prod, sqrt
from typing import Any, Final

from netinspect.catalogue.creation import WEIGHT
from netinspect.explorer.operation import Operand, Operation, mask_word
from netinspect.explorer.transformer import written_out
from netinspect.network.network import Call, Extent, Network, Value

Arguments = Mapping[str, Operand]
"""By name all that a call is told: the arguments of the layer, those of the call, the keys of the layer's tensors."""

SHAPE_ONLY: Final = frozenset({"crop_like", "reshape_as", "view_as", "expand_as", "type_as"})
"""Functions whose second tensor lends its shape or its type, and not its numbers."""

_FLOAT32_EPS: Final = 2.0**-23
"""What torch's RMSNorm takes where its `eps` is None."""


def recorded(call: Call, why: str, outputs: tuple[Value, ...] = ()) -> Operation:
    """The operation that shows what torch gave: of all outputs of the call, or of these. It says what flows into it, so
    that the page knows when it no longer holds."""
    inputs = {} if why == "constant" else {"parts": call.inputs}
    return Operation(call, "recorded", inputs, outputs or call.outputs, {"why": why})


def operations(network: Network) -> tuple[Operation, ...]:
    """The steps that give every value of the network in which an input has a part, behind the constants that they read.

    A constant comes from no input: it is recorded, and that is exact.
    """
    live = live_values(network)
    keys = _tensor_keys(network)
    steps = [
        _with_keys(step, keys, network.ties)
        for call in network.calls
        if any(value in live for value in call.outputs)
        for step in _steps_of(call, live)
    ]
    computed = [step for step in steps if step.kind != "recorded"]
    read = {operand for step in computed for operand in step.operands if isinstance(operand, Value)} - live
    read |= {value for _, value in network.outputs if value not in live and value not in keys}
    constants = [
        recorded(call, "constant", tuple(value for value in call.outputs if value in read))
        for call in network.calls
        if any(value in read for value in call.outputs)
    ]
    return (*constants, *steps)


def live_values(network: Network) -> frozenset[Value]:
    """The values in which an input of the network has a part by its numbers, not by its shape alone."""
    live = {item.value for item in network.inputs}
    for call in network.calls:
        sources = call.inputs[:1] if call.entry.name in SHAPE_ONLY else call.inputs
        if any(value in live for value in sources):
            live.update(call.outputs)
    return frozenset(live)


def _tensor_keys(network: Network) -> dict[Value, str]:
    """The state-dict keys of the tensors that scopes have, and of those that are read off a layer."""
    keys = {tensor.value: tensor.key for scope in network.root.walk() for tensor in scope.tensors}
    for call in network.calls:
        if call.entry is WEIGHT:
            module, name = call.forward
            keys[call.outputs[0]] = f"{module}.{name}"
    return keys


def _with_keys(step: Operation, keys: Mapping[Value, str], ties: Mapping[str, str]) -> Operation:
    """The step with tensors by their keys, of a tied one the first."""

    def named(operand: Operand) -> Operand:
        if isinstance(operand, tuple):
            return tuple(named(item) for item in operand)
        key = keys.get(operand, operand) if isinstance(operand, Value) else operand
        return ties.get(key, key) if isinstance(key, str) else key

    return replace(step, inputs={name: named(operand) for name, operand in step.inputs.items()})


def _steps_of(call: Call, live: frozenset[Value]) -> Iterator[Operation]:
    """The steps for one call. What its kind does not give of it, as the places of the maxima, is recorded."""
    is_complex = any(value.type.dtype == "complex64" for value in (*call.inputs, *call.outputs))
    make = None if is_complex or call.entry.made_by is not None else _TABLE.get(call.entry.name)
    steps = make(call, _arguments(call)) if make is not None else None
    if steps is not None:
        several = (steps,) if isinstance(steps, Operation) else steps
        yield from several
        rest = tuple(value for value in call.outputs if value not in several[-1].outputs)
        if rest:
            yield recorded(call, "unknown", rest)
    elif not is_complex and _may_move(call, live):
        yield from (Operation(call, "move", {"input": call.inputs[0]}, (value,)) for value in call.outputs)
    else:
        yield recorded(call, "unknown")


def _may_move(call: Call, live: frozenset[Value]) -> bool:
    """Whether the numbers of its first tensor come out again, in places that no input decides. The run proves it."""
    name, effect = call.entry.name, call.entry.effect
    if not call.inputs or call.inputs[0] is not next(iter(_values(call.forward)), None):
        return False
    indices = () if name in SHAPE_ONLY else call.inputs[1:]
    is_resized = name in _RESIZING and _arguments(call)["mode"] in ("nearest", "nearest-exact")
    is_known = effect == "moves" or is_resized or name in ("UpsamplingNearest2d", "Unfold")
    return is_known and not any(value in live for value in indices)


def _values(operand: Operand) -> Iterator[Value]:
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, tuple):
        for item in operand:
            yield from _values(item)


def _arguments(call: Call) -> dict[str, Operand]:
    """See `Arguments`; sizes that are read off tensors are numbers."""

    def resolved(operand: Operand) -> Operand:
        if isinstance(operand, tuple):
            return tuple(resolved(item) for item in operand)
        return operand.values[-1] if isinstance(operand, Extent) else operand

    arguments = dict(call.arguments)
    arguments |= {a.name: resolved(value) for a, value in zip(call.entry.forward, call.forward, strict=True)}
    if call.module is not None:
        tensors = (*call.result.parameters, *call.result.buffers)
        arguments |= {tensor.name: f"{call.module}.{tensor.name}" for tensor in tensors}
    return arguments


def _shape(operand: Operand) -> tuple[int, ...]:
    return operand.type.shape if isinstance(operand, Value) else ()


def _axes_of_space(call: Call) -> int:
    """2 of a Conv2d, and of all that are called so."""
    return int(call.entry.name.removesuffix("d")[-1])


def _each(value: Operand, axes: int) -> tuple[int, ...]:
    """A number for each axis of space; functions take one for all."""
    return (
        value
        if isinstance(value, tuple) and len(value) == axes
        else ((value[0] if isinstance(value, tuple) else value),) * axes
    )


# --- weighted layers ---------------------------------------------------------------------------


def _convolution(call: Call, a: Arguments) -> Operation | None:
    axes = _axes_of_space(call)
    if call.inputs[0].type.rank != axes + 2:
        return None
    dilation, padding = _each(a["dilation"], axes), a["padding"]
    if isinstance(padding, str):
        sizes = _each(a["kernel_size"], axes) if "kernel_size" in a else _shape(a["weight"])[2:]
        totals = [gap * (size - 1) for gap, size in zip(dilation, sizes, strict=True)]
        padding = tuple(total // 2 if padding == "same" else 0 for total in totals)
    settings = {"stride": _each(a["stride"], axes), "before": _each(padding, axes), "dilation": dilation}
    settings |= {"mode": a.get("padding_mode", "zeros")}
    return Operation(call, "convolution", _weighted(a), call.outputs, settings)


def _transposed_convolution(call: Call, a: Arguments) -> Operation | None:
    axes = _axes_of_space(call)
    if call.inputs[0].type.rank != axes + 2:
        return None
    settings = {"stride": _each(a["stride"], axes), "before": _each(a["padding"], axes)}
    settings |= {"dilation": _each(a["dilation"], axes), "groups": a["groups"]}
    return Operation(call, "transposed_convolution", _weighted(a), call.outputs, settings)


def _linear(call: Call, a: Arguments) -> Operation:
    return Operation(call, "linear", _weighted(a), call.outputs)


def _weighted(a: Arguments) -> dict[str, Operand]:
    """`bias` is the argument that says whether there is one, and beside it the key of the one that there is."""
    bias = a.get("bias")
    return {"input": a["input"], "weight": a.get("weight"), "bias": None if isinstance(bias, bool) else bias}


def _embedding(call: Call, a: Arguments) -> Operation | None:
    if a.get("max_norm") is not None:
        return None
    return Operation(call, "embedding", {"input": a["input"], "weight": a["weight"]}, call.outputs)


def _matmul(call: Call, a: Arguments) -> Operation:
    second = a.get("other", a.get("mat2"))
    return Operation(call, "matmul", {"first": a["input"], "second": second}, call.outputs)


# --- pooling -----------------------------------------------------------------------------------


def _max_pool(call: Call, a: Arguments) -> Operation:
    settings = _window(call, a) | {"dilation": _each(a["dilation"], _axes_of_space(call))}
    return Operation(call, "max_pool", {"input": a["input"]}, call.outputs[:1], settings)


def _average_pool(call: Call, a: Arguments) -> Operation:
    settings = _window(call, a) | {"dilation": (1,) * _axes_of_space(call)}
    settings |= {"counts_border": a["count_include_pad"], "divisor": a.get("divisor_override")}
    return Operation(call, "average_pool", {"input": a["input"]}, call.outputs, settings)


def _window(call: Call, a: Arguments) -> dict[str, Any]:
    names = {"size": a["kernel_size"], "stride": a["stride"] or a["kernel_size"], "before": a["padding"]}
    return {name: _each(value, _axes_of_space(call)) for name, value in names.items()}


def _adaptive(kind: str) -> Callable[[Call, Arguments], Operation]:
    def make(call: Call, a: Arguments) -> Operation:
        return Operation(call, kind, {"input": a["input"]}, call.outputs[:1], {"axes": _axes_of_space(call)})

    return make


# --- normalisation -----------------------------------------------------------------------------


def _batch_norm(call: Call, a: Arguments) -> Operation | None:
    if a.get("running_mean") is None or a.get("training"):
        return _by_blocks(call, a, prod(_shape(a["input"])[2:])) if _shape(a["input"])[0] == 1 else None
    inputs = _weighted(a) | {"mean": a["running_mean"], "variance": a["running_var"]}
    return Operation(call, "batch_norm", inputs, call.outputs, {"eps": a["eps"]})


def _group_norm(call: Call, a: Arguments) -> Operation:
    return _by_blocks(call, a, prod(_shape(a["input"])[1:]) // a["num_groups"])


def _layer_norm(call: Call, a: Arguments) -> Operation:
    settings = {"block": prod(a["normalized_shape"]), "eps": a["eps"], "centred": True, "every": 1}
    return Operation(call, "normalise", _weighted(a), call.outputs, settings)


def _rms_norm(call: Call, a: Arguments) -> Operation:
    eps = _FLOAT32_EPS if a["eps"] is None else a["eps"]
    settings = {"block": prod(a["normalized_shape"]), "eps": eps, "centred": False, "every": 1}
    inputs = {"input": a.get("x", a.get("input")), "weight": a.get("weight"), "bias": None}
    return Operation(call, "normalise", inputs, call.outputs, settings)


def _by_blocks(call: Call, a: Arguments, block: int) -> Operation:
    settings = {"block": block, "eps": a["eps"], "centred": True, "every": prod(_shape(a["input"])[2:])}
    return Operation(call, "normalise", _weighted(a), call.outputs, settings)


def _unit_length(call: Call, a: Arguments) -> Operation:
    axis = a["dim"] % call.inputs[0].type.rank
    return Operation(
        call, "unit_length", {"input": a["input"]}, call.outputs, {"axis": axis, "p": a["p"], "eps": a["eps"]}
    )


def _local_response(call: Call, a: Arguments) -> Operation:
    settings = {name: a[name] for name in ("size", "alpha", "beta", "k")}
    return Operation(call, "local_response", {"input": a["input"]}, call.outputs, settings)


# --- element by element ------------------------------------------------------------------------


def _function(name: str, *settings: str) -> Callable[[Call, Arguments], Operation]:
    def make(call: Call, a: Arguments) -> Operation:
        chosen = {"name": name, **{setting: a[setting] for setting in settings}}
        return Operation(call, "function", {"input": a["input"]}, call.outputs, chosen)

    return make


def _rrelu(call: Call, a: Arguments) -> Operation:
    """In evaluation the slope is the mean of its bounds."""
    settings = {"name": "leaky_relu", "negative_slope": (a["lower"] + a["upper"]) / 2}
    return Operation(call, "function", {"input": a["input"]}, call.outputs, settings)


def _clamp(call: Call, a: Arguments) -> Operation | None:
    if isinstance(a["min"], Value) or isinstance(a["max"], Value):
        return None
    return _function("clamp", "min", "max")(call, a)


def _converted(call: Call, a: Arguments) -> Operation | None:
    """To another type: numbers stay, or lose what stands behind the point."""
    target = call.outputs[0].type
    if target.dtype == "bool":
        return Operation(call, "combine", {"first": a["input"], "second": 0}, call.outputs, {"name": "ne"})
    if target.dtype in ("float16", "bfloat16", "complex64"):
        return None
    return _function("identity" if target.is_float else "truncate")(call, a)


def _prelu(call: Call, a: Arguments) -> Operation:
    inputs = {"input": a["input"], "weight": a["weight"]}
    return Operation(call, "prelu", inputs, call.outputs, {"every": prod(_shape(a["input"])[2:])})


def _glu(call: Call, a: Arguments) -> Operation:
    return Operation(call, "glu", {"input": a["input"]}, call.outputs, {"axis": a["dim"] % call.inputs[0].type.rank})


def _combine(name: str) -> Callable[[Call, Arguments], Operation]:
    def make(call: Call, a: Arguments) -> Operation:
        return Operation(call, "combine", {"first": a["input"], "second": a["other"]}, call.outputs, {"name": name})

    return make


def _where(call: Call, a: Arguments) -> Operation:
    inputs = {"condition": a["condition"], "first": a["input"], "second": a["other"]}
    return Operation(call, "choose", inputs, call.outputs)


def _masked_fill(call: Call, a: Arguments) -> Operation:
    return Operation(call, "choose", {"condition": a["mask"], "first": a["value"], "second": a["input"]}, call.outputs)


# --- over an axis ------------------------------------------------------------------------------


def _softmax(*, log: bool = False, sign: int = 1, axis: int | None = None) -> Callable[[Call, Arguments], Operation]:
    def make(call: Call, a: Arguments) -> Operation:
        rank = call.inputs[0].type.rank
        along = a["dim"] if axis is None else axis
        if along is None:  # what torch takes where a layer does not say it
            along = 0 if rank in (0, 1, 3) else 1
        settings = {"axis": along % rank, "log": log, "sign": sign}
        return Operation(call, "softmax", {"input": a["input"]}, call.outputs, settings)

    return make


def _reduce(name: str) -> Callable[[Call, Arguments], Operation]:
    def make(call: Call, a: Arguments) -> Operation:
        rank, dim = call.inputs[0].type.rank, a["dim"]
        axes = range(rank) if dim is None or dim == () else dim if isinstance(dim, tuple) else (dim,)
        settings = {"name": name, "axes": sorted(axis % rank for axis in axes)}
        order = a.get("p", a.get("ord"))
        settings |= {} if order is None else {"order": order}
        settings |= {"correction": a["correction"]} if "correction" in a else {}
        return Operation(call, "reduce", {"input": a["input"]}, call.outputs[:1], settings)

    return make


def _join(call: Call, a: Arguments) -> Operation:
    rank, parts = call.outputs[0].type.rank, a["tensors"]
    axis = a["dim"] % rank
    sizes = [1 if call.entry.name == "stack" else _shape(part)[axis] for part in parts]
    return Operation(call, "join", {"parts": parts}, call.outputs, {"axis": axis, "sizes": sizes})


def _pad(call: Call, a: Arguments) -> Operation:
    """torch writes (before, after) of the last axis first."""
    amounts = a.get("pad", a.get("padding"))
    before = [0] * call.inputs[0].type.rank
    for place, amount in enumerate(amounts[::2]):
        before[-1 - place] = amount
    name = call.entry.name
    by_name = {"Reflection": "reflect", "Replication": "replicate", "Circular": "circular"}
    mode = a.get("mode") or next((word for start, word in by_name.items() if name.startswith(start)), "constant")
    return Operation(call, "pad", {"input": a["input"]}, call.outputs,
                     {"before": before, "mode": mode, "value": a.get("value") or 0})  # fmt: skip


_RESIZING: Final = ("Upsample", "interpolate")


def _resize(call: Call, a: Arguments) -> Operation | None:
    mode = a.get("mode", "bilinear")
    if mode not in ("linear", "bilinear", "trilinear"):
        return None
    (*_, _), spatial = call.inputs[0].type.shape, call.inputs[0].type.shape[2:]
    factor = a["scale_factor"] if not a.get("recompute_scale_factor") else None
    factors = factor if isinstance(factor, tuple) else (factor,) * len(spatial)
    sizes = zip(factors, spatial, call.outputs[0].type.shape[2:], strict=True)
    scales = [float(factor) if factor is not None else out / size for factor, size, out in sizes]
    is_aligned = call.entry.name == "UpsamplingBilinear2d" or bool(a.get("align_corners"))
    settings = {"mode": "linear", "align_corners": is_aligned, "scales": scales}
    return Operation(call, "resize", {"input": a["input"]}, call.outputs, settings)


# --- attention and recurrence --------------------------------------------------------------------


def _attention(call: Call, a: Arguments) -> Operation | None:
    if a["enable_gqa"]:
        return None
    query, mask = a["query"], a["attn_mask"]
    scale = 1 / sqrt(_shape(query)[-1]) if a["scale"] is None else a["scale"]
    inputs = {"query": query, "key": a["key"], "value": a["value"], "mask": mask}
    settings = {"scale": scale, "causal": a["is_causal"], "mask": mask_word(mask, is_kept=True)}
    return Operation(call, "attention", inputs, call.outputs, settings)


def _multihead_attention(call: Call, a: Arguments) -> Operation | None:
    query = a["query"]
    if a["add_bias_kv"] or a["add_zero_attn"] or a["key_padding_mask"] is not None or len(_shape(query)) != 3:
        return None
    key = query if a["key"] is None else a["key"]
    value = key if a["value"] is None else a["value"]
    size, is_packed = a["embed_dim"], a.get("in_proj_weight") is not None
    inputs: dict[str, Operand] = {"query": query, "key": key, "value": value, "mask": a["attn_mask"]}
    for letter, name in (("q", "query"), ("k", "key"), ("v", "value")):
        inputs[f"{name}_weight"] = a["in_proj_weight"] if is_packed else a[f"{letter}_proj_weight"]
        inputs[f"{name}_bias"] = a.get("in_proj_bias")
    inputs |= {"out_weight": a["out_proj.weight"], "out_bias": a.get("out_proj.bias")}
    settings = {
        "heads": a["num_heads"], "batch_first": a["batch_first"], "rows": [0, size, 2 * size],
        "weight_rows": [0, size, 2 * size] if is_packed else [0, 0, 0],
        "mask": mask_word(a["attn_mask"], is_kept=False),
    }  # fmt: skip
    return Operation(call, "multihead_attention", inputs, call.outputs, settings)


def _recurrent(call: Call, a: Arguments) -> Operation | None:
    """Layers over time, and single steps of a cell."""
    is_cell = call.entry.name.endswith("Cell")
    if a.get("proj_size") or call.inputs[0].type.rank != (2 if is_cell else 3):
        return None
    family = call.entry.name.removesuffix("Cell").lower()
    weights = {name: key for name, key in a.items() if name.startswith(("weight_", "bias_"))}
    settings = {
        "cell": f"rnn_{a['nonlinearity']}" if family == "rnn" else family, "layers": a.get("num_layers", 1),
        "directions": 2 if a.get("bidirectional") else 1, "batch_first": bool(a.get("batch_first")),
        "hidden_size": a["hidden_size"], "single": is_cell,
    }  # fmt: skip
    inputs = {"input": a["input"], "hidden": a["h_0"], "cell": a.get("c_0"), **weights}
    return Operation(call, "recurrent", inputs, call.outputs, settings)


# --- the table -----------------------------------------------------------------------------------


Make = Callable[[Call, Arguments], Operation | tuple[Operation, ...] | None]
"""The step or the steps of a call; None where the engine cannot do what its arguments ask for."""


def _every(names: str, make: Make) -> dict[str, Make]:
    return dict.fromkeys(names.split(), make)


_TABLE: Final[Mapping[str, Make]] = {
    **_every("Conv1d Conv2d Conv3d conv1d conv2d conv3d", _convolution),
    **_every("ConvTranspose1d ConvTranspose2d ConvTranspose3d", _transposed_convolution),
    **_every("conv_transpose1d conv_transpose2d conv_transpose3d", _transposed_convolution),
    **_every("Linear linear", _linear),
    **_every("Embedding embedding", _embedding),
    **_every("matmul bmm mm", _matmul),
    **_every("MaxPool1d MaxPool2d MaxPool3d max_pool1d max_pool2d max_pool3d", _max_pool),
    **_every("AvgPool1d AvgPool2d AvgPool3d avg_pool1d avg_pool2d avg_pool3d", _average_pool),
    **_every("AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d", _adaptive("adaptive_max_pool")),
    **_every("adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d", _adaptive("adaptive_max_pool")),
    **_every("AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d", _adaptive("adaptive_average_pool")),
    **_every("adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d", _adaptive("adaptive_average_pool")),
    **_every("BatchNorm1d BatchNorm2d BatchNorm3d batch_norm", _batch_norm),
    **_every("InstanceNorm1d InstanceNorm2d InstanceNorm3d", _batch_norm),
    **_every("GroupNorm group_norm", _group_norm),
    **_every("LayerNorm layer_norm", _layer_norm),
    **_every("RMSNorm rms_norm", _rms_norm),
    **_every("LocalResponseNorm local_response_norm", _local_response),
    "normalize": _unit_length,
    **_every("Identity Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout", _function("identity")),
    **_every("to type_as float double half bfloat16 long int bool", _converted),
    **_every("ReLU relu", _function("relu")),
    **_every("ReLU6 relu6", _function("relu6")),
    **_every("LeakyReLU leaky_relu", _function("leaky_relu", "negative_slope")),
    "RReLU": _rrelu,
    "PReLU": _prelu,
    **_every("ELU elu", _function("elu", "alpha")),
    **_every("CELU celu", _function("celu", "alpha")),
    **_every("SELU selu", _function("selu")),
    **_every("GELU gelu", _function("gelu", "approximate")),
    **_every("SiLU silu", _function("silu")),
    **_every("Mish mish", _function("mish")),
    **_every("Sigmoid sigmoid", _function("sigmoid")),
    **_every("Tanh tanh", _function("tanh")),
    **_every("LogSigmoid logsigmoid", _function("log_sigmoid")),
    **_every("Softplus softplus", _function("softplus", "beta", "threshold")),
    **_every("Softsign softsign", _function("softsign")),
    "Softshrink": _function("softshrink", "lambd"),
    "Hardshrink": _function("hardshrink", "lambd"),
    "Tanhshrink": _function("tanhshrink"),
    "Threshold": _function("threshold", "threshold", "value"),
    **_every("Hardtanh hardtanh", _function("hardtanh", "min_val", "max_val")),
    **_every("Hardsigmoid hardsigmoid", _function("hardsigmoid")),
    **_every("Hardswish hardswish", _function("hardswish")),
    **_every("GLU glu", _glu),
    "clamp": _clamp,
    **{
        name: _function(name)
        for name in (
            *("neg", "abs", "sign", "square", "sqrt", "rsqrt", "reciprocal", "exp", "expm1", "log", "log1p", "log2"),
            *("log10", "sin", "cos", "tan", "atan", "erf", "floor", "ceil", "round", "logical_not", "isnan"),
        )
    },
    **{
        name: _combine(name)
        for name in (
            *("add", "sub", "mul", "div", "floor_divide", "remainder", "pow", "maximum", "minimum", "logical_and"),
            *("logical_or", "logical_xor", "eq", "ne", "lt", "le", "gt", "ge"),
        )
    },
    "where": _where,
    "masked_fill": _masked_fill,
    **_every("Softmax softmax", _softmax()),
    **_every("LogSoftmax log_softmax", _softmax(log=True)),
    "Softmin": _softmax(sign=-1),
    "Softmax2d": _softmax(axis=-3),
    **{
        name: _reduce(name)
        for name in ("sum", "mean", "amax", "amin", "var", "std", "prod", "logsumexp", "argmax", "argmin")
    },
    **_every("norm vector_norm", _reduce("norm")),
    "max": _reduce("amax"),
    "min": _reduce("amin"),
    **_every("cat stack", _join),
    **_every("ConstantPad1d ConstantPad2d ConstantPad3d ZeroPad1d ZeroPad2d ZeroPad3d pad", _pad),
    **_every("ReflectionPad1d ReflectionPad2d ReflectionPad3d", _pad),
    **_every("ReplicationPad1d ReplicationPad2d ReplicationPad3d", _pad),
    **_every("CircularPad1d CircularPad2d CircularPad3d", _pad),
    **_every("Upsample UpsamplingBilinear2d interpolate", _resize),
    "scaled_dot_product_attention": _attention,
    "MultiheadAttention": _multihead_attention,
    **_every("TransformerEncoderLayer TransformerEncoder TransformerDecoderLayer TransformerDecoder", written_out),
    "Transformer": written_out,
    **_every("RNN LSTM GRU RNNCell LSTMCell GRUCell", _recurrent),
}
