"""What other tools print for the same network, and why it is another number.

Each tool is described by what it adds to our MACs, or leaves out, call by call; its figure is ours plus these
differences, so the two cannot drift apart unnoticed. The rules follow the tools' sources: torchvision 0.28 (the
`_ops` of its weights), fvcore 0.1.5 (`FlopCountAnalysis` in eval mode, gradients on), torchinfo 1.8.0
(`total_mult_adds`), thop 0.1.1 (`profile`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from netinspect.analysis.figures import PeerFigure
from netinspect.catalogue.formula import count
from netinspect.errors import InputError
from netinspect.network.cell_loops import CELLS, RECURRENT
from netinspect.network.network import Call, Network

Difference = tuple[str, int]
"""A reason, and how many operations the tool counts more (or, below zero, fewer) for it."""


def like(network: Network, tool: str) -> PeerFigure:
    """What `tool` would print for `network`, at its reported batch size. InputError for a tool we do not know."""
    if tool not in PEERS:
        raise InputError(f"unknown tool '{tool}': one of {', '.join(PEERS)}")
    called, rule = PEERS[tool]
    ours = sum(int(call.result.macs) for call in network.calls)
    differences = _gathered(difference for call in network.calls for difference in rule(call))
    theirs = ours + sum(amount for _, amount in differences)
    printed = f"{theirs / 1e9:.3f}" if called == "GFLOPS" else f"{theirs:,}"
    return PeerFigure(tool, called, ours, theirs, printed, differences)


def _gathered(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """One amount a reason, the largest first; reasons that come to nothing left out."""
    totals: dict[str, int] = {}
    for reason, amount in differences:
        totals[reason] = totals.get(reason, 0) + amount
    present = [(reason, amount) for reason, amount in totals.items() if amount]
    return tuple(sorted(present, key=lambda item: -abs(item[1])))


# --- what the rules look at --------------------------------------------------------------------

BATCH_NORMS: Final = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "batch_norm")
OTHER_NORMS: Final = (
    "LayerNorm", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "layer_norm", "group_norm",
    "instance_norm",
)  # fmt: skip


def _output(call: Call) -> tuple[int, ...]:
    return call.outputs[0].type.shape


def _input(call: Call) -> tuple[int, ...]:
    return call.inputs[0].type.shape


def _macs(call: Call) -> int:
    return int(call.result.macs)


def _weights(call: Call) -> int:
    return sum(count(weight.shape) for weight in call.result.parameters)


def _biases(call: Call) -> int:
    return sum(count(weight.shape) for weight in call.result.parameters if weight.name.startswith("bias"))


def _is_affine(call: Call) -> bool:
    """Whether a normalisation has a weight: a layer's own, or one that a function is given."""
    return bool(call.result.parameters) or len(call.inputs) > 1


# --- the tools -----------------------------------------------------------------------------------


def _torchvision(_call: Call) -> Iterator[Difference]:
    """torchvision's `_ops` are FlopCounterMode's: ours, in units of 10^9 and three decimals."""
    yield from ()


def _fvcore(call: Call) -> Iterator[Difference]:
    """Normalisation, adaptive average pooling and upsampling counted; operators it does not know are skipped."""
    name, elements = call.entry.name, count(_input(call)) if call.inputs else 0
    if name in BATCH_NORMS:
        yield "BatchNorm: 2 an element (1 without weights)", elements * (2 if _is_affine(call) else 1)
    elif name in OTHER_NORMS:
        yield "normalisation: 5 an element (4 without weights)", elements * (5 if _is_affine(call) else 4)
    elif name in ("AdaptiveAvgPool2d", "adaptive_avg_pool2d"):
        yield "adaptive average pooling: 1 an input element", elements
    elif name in (*RECURRENT, "scaled_dot_product_attention", "Bilinear", "bilinear", "baddbmm", "addbmm", "cdist"):
        yield f"{name}: skipped, it has no rule for it", -_macs(call)
    elif isinstance(call.arguments.get("padding"), str) and call.arguments["padding_mode"] == "zeros":
        yield "padding as a word: skipped, it has no rule for aten::_convolution_mode", -_macs(call)
    elif name in ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d", "interpolate"):
        yield from _fvcore_upsampling(call)


def _fvcore_upsampling(call: Call) -> Iterator[Difference]:
    mode = "bilinear" if call.entry.name == "UpsamplingBilinear2d" else str(call.arguments.get("mode", "nearest"))
    scale = {"nearest": 1, "bilinear": 4}.get(mode, 0) if len(_output(call)) == 4 else 0
    yield "upsampling: 1 an element, 4 if bilinear", scale * count(_output(call))


def _torchinfo(call: Call) -> Iterator[Difference]:
    """Parameters times the places of a convolution, or times the batch for everything else."""
    name, parameters, output = call.entry.name, _weights(call), _output(call)
    if not call.entry.is_layer:
        yield "functions: not counted", -_macs(call)
    elif name == "MultiheadAttention" or name.startswith("Transformer"):
        yield "attention: not counted", -_macs(call)
    elif name in (*RECURRENT, *CELLS):
        yield (
            "recurrent layers: all parameters times the first two axes of the output",
            (count(output[:2]) * parameters - _macs(call)),
        )
    elif "Conv" in name:
        yield from _torchinfo_convolution(call, output[0] * count(output[2:]))
    elif parameters:
        yield from _torchinfo_once_a_sample(call, output[0])


def _torchinfo_convolution(call: Call, places: int) -> Iterator[Difference]:
    bias = _biases(call)
    yield "biases counted as products", bias * places
    yield "transposed convolution: every weight at every output place", (_weights(call) - bias) * places - _macs(call)


def _torchinfo_once_a_sample(call: Call, batch: int) -> Iterator[Difference]:
    name, bias = call.entry.name, _biases(call)
    products = batch * (_weights(call) - bias)
    if name in BATCH_NORMS or name in OTHER_NORMS or name in ("RMSNorm", "PReLU"):
        yield f"weights of {name} counted as products", products + batch * bias
        return
    yield "biases counted as products", batch * bias
    if name in ("Embedding", "EmbeddingBag"):
        yield "embedding tables counted as products", products
    else:
        yield "Linear on more than two axes: counted once a sample", products - _macs(call)


def _thop(call: Call) -> Iterator[Difference]:
    """BatchNorm at 4 an element, pooling, softmax and gates; functions and attention are not counted."""
    name, elements = call.entry.name, count(_input(call)) if call.inputs else 0
    if not call.entry.is_layer:
        yield "functions: not counted", -_macs(call)
    elif name == "MultiheadAttention" or name.startswith("Transformer") or name == "Bilinear":
        yield f"{name}: skipped, it has no rule for it", -_macs(call)
    elif name in BATCH_NORMS or (name in OTHER_NORMS and name != "GroupNorm"):
        yield "normalisation: 4 an element (2 without weights)", elements * (4 if _is_affine(call) else 2)
    elif name.startswith("ConvTranspose"):
        yield "transposed convolution: every weight at every output place", _thop_transposed(call) - _macs(call)
    elif name in (*RECURRENT, *CELLS):
        yield "recurrent layers: biases and gates counted too", _thop_gates(call)
    else:
        yield from _thop_pointwise(call, elements)


def _thop_pointwise(call: Call, elements: int) -> Iterator[Difference]:
    name, output = call.entry.name, count(_output(call))
    if name.startswith("AdaptiveAvgPool"):
        yield "adaptive average pooling: the window and a division an output element", _thop_adaptive(call)
    elif name in ("AvgPool1d", "AvgPool2d", "AvgPool3d"):
        yield "average pooling: 1 an output element", output
    elif name == "Softmax":
        length = _input(call)[call.arguments["dim"]]
        yield "softmax: 3 an element, less 1 a row", elements // length * (3 * length - 1)
    elif name == "PReLU":
        yield "PReLU: 1 an element", elements
    elif name in ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"):
        mode = "bilinear" if name == "UpsamplingBilinear2d" else str(call.arguments.get("mode", "nearest"))
        scale = {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259}.get(mode, 0)
        yield "upsampling: 1 an element, 5 to 259 if interpolated", scale * output


def _thop_transposed(call: Call) -> int:
    per_output = _input(call)[1] // call.arguments["groups"] * count(call.arguments["kernel_size"])
    return int(count(_output(call)) * per_output)


def _thop_adaptive(call: Call) -> int:
    windows = [a / b for a, b in zip(_input(call)[2:], _output(call)[2:], strict=True)]
    return int((math.prod(windows) + 1) * count(_output(call)))


def _thop_gates(call: Call) -> int:
    """One activation a gate, two biases a gate, and the elementwise steps, at each step of each layer."""
    kind = call.entry.name.removesuffix("Cell")
    gates, elementwise = {"RNN": (1, 0), "GRU": (3, 4), "LSTM": (4, 4)}[kind]
    a, shape = call.arguments, _input(call)
    steps = shape[0] if call.entry.name in CELLS else shape[0] * shape[1]
    layers = a.get("num_layers", 1) * (2 if a.get("bidirectional") else 1)
    return int(steps * layers * a["hidden_size"] * (gates * (3 if a["bias"] else 1) + elementwise))


PEERS: Final[dict[str, tuple[str, Callable[[Call], Iterator[Difference]]]]] = {
    "torchvision": ("GFLOPS", _torchvision),
    "fvcore": ("flops", _fvcore),
    "torchinfo": ("total mult-adds", _torchinfo),
    "thop": ("macs", _thop),
}
