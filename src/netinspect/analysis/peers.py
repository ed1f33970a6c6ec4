"""What other tools print for the same network, and why it is another number.

Each tool is described by what it adds to our MACs, or leaves out, call by call; its figure is ours plus these
differences, so the two cannot drift apart unnoticed. The rules follow the tools' sources: torchvision 0.28 (the
`_ops` of its weights), fvcore 0.1.5 (`FlopCountAnalysis` in eval mode, gradients on), torchinfo 1.8.0
(`total_mult_adds`), thop 0.1.1 (`profile`). Where a tool ends with an error instead of a figure, the call is left
out of it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from netinspect.analysis.figures import PeerFigure
from netinspect.analysis.ownership import canonical
from netinspect.catalogue.einsum import contraction
from netinspect.catalogue.entry import TensorType, Weight
from netinspect.catalogue.formula import count
from netinspect.errors import InputError
from netinspect.network.network import Call, Network, Value, class_name, stands_in, values_in

Difference = tuple[str, int]
"""A reason, and how many operations the tool counts more (or, below zero, fewer) for it."""


def like(network: Network, tool: str) -> PeerFigure:
    """What `tool` would print for `network`, at its reported batch size. InputError for a tool we do not know."""
    if tool not in PEERS:
        raise InputError(f"unknown tool '{tool}': one of {', '.join(PEERS)}")
    called, rule = PEERS[tool]
    ours = sum(int(call.result.macs) for call in network.calls)
    # One amount a reason, the largest first; reasons that come to nothing left out.
    totals: dict[str, int] = {}
    for reason, amount in rule(network):
        totals[reason] = totals.get(reason, 0) + amount
    present = [(reason, amount) for reason, amount in totals.items() if amount]
    differences = tuple(sorted(present, key=lambda item: -abs(item[1])))
    theirs = ours + sum(amount for _, amount in differences)
    printed = f"{theirs / 1e9:.3f}" if called == "GFLOPS" else f"{theirs:,}"
    return PeerFigure(tool, called, ours, theirs, printed, differences)


# --- what the rules look at --------------------------------------------------------------------

BATCH_NORMS: Final = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "batch_norm")
OTHER_NORMS: Final = (
    "LayerNorm", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "layer_norm", "group_norm",
)  # fmt: skip


def _argument(call: Call, name: str) -> Any:
    """An argument of the constructor or of the call, a tensor as its type; None where the call has no such one."""
    if name in call.arguments:
        return call.arguments[name]
    for argument, operand in zip(call.entry.forward, call.forward, strict=True):
        if argument.name == name:
            return operand.type if isinstance(operand, Value) else operand
    return None


def _output(call: Call) -> tuple[int, ...]:
    return call.outputs[0].type.shape


def _input(call: Call) -> tuple[int, ...]:
    return call.inputs[0].type.shape


def _macs(call: Call) -> int:
    return int(call.result.macs)


def _is_affine(call: Call) -> bool:
    """Whether a normalisation has a weight: a layer's own, or one that a function is given."""
    return bool(call.result.parameters) if call.entry.is_layer else _argument(call, "weight") is not None


def _mode(call: Call) -> str | None:
    """How a call resizes; None for one that does not."""
    named = {"UpsamplingNearest2d": "nearest", "UpsamplingBilinear2d": "bilinear"}.get(call.entry.name)
    return named or (_argument(call, "mode") if call.entry.name in ("Upsample", "interpolate") else None)


class _Piece(NamedTuple):
    """A layer inside a Transformer layer: a Linear or a LayerNorm, by its weights, and the type of what it is
    given; `stream` is what runs through the layers there, `memory` what they attend to beside it."""

    name: str
    weights: tuple[Weight, ...]
    stream: TensorType
    memory: TensorType

    @property
    def rows(self) -> int:
        return count(self.stream.shape[:2])

    @property
    def is_norm(self) -> bool:
        return self.name.startswith("norm")

    @property
    def is_feed_forward(self) -> bool:
        return self.name.startswith("linear")


def _pieces(call: Call) -> Iterator[_Piece]:
    """What a Transformer layer, a stack of them or the whole of it is made of, in the order of its weights."""
    source, target, memory = (_argument(call, name) for name in ("src", "tgt", "memory"))
    for path, weights in itertools.groupby(call.result.parameters, lambda weight: weight.name.rpartition(".")[0]):
        stream = target if target is not None and not path.startswith("encoder.") else source
        yield _Piece(path.rpartition(".")[2], tuple(weights), stream, memory or source)


# --- torchvision -------------------------------------------------------------------------------


def _torchvision(_network: Network) -> Iterator[Difference]:
    """torchvision's `_ops` are FlopCounterMode's: ours, in units of 10^9 and three decimals."""
    yield from ()


# --- fvcore --------------------------------------------------------------------------------------

FVCORE_SKIPS: Final = frozenset({"scaled_dot_product_attention", "Bilinear", "bilinear", "baddbmm", "cdist"})
"""Operators with products that it has no rule for, beside recurrent layers."""

SIGNIFICANT: Final = ".3e"
"""numpy's report of an einsum, from which fvcore reads its figure, has four digits."""


def _fvcore(network: Network) -> Iterator[Difference]:
    """Normalisation, adaptive average pooling and upsampling counted; operators it does not know are skipped."""
    # The calls that an output needs, be it for the sizes of what they give.
    needed = {value for _, value in network.outputs}
    contributing = set()
    for call in reversed(network.calls):
        if not needed.isdisjoint(call.outputs):
            contributing.add(call)
            needed.update(values_in(call.forward))
    for call in network.calls:
        name = call.entry.name
        if call not in contributing:
            yield "unused results: a trace does not have what no output needs", -_macs(call)
        elif name in BATCH_NORMS or name in OTHER_NORMS:
            yield _fvcore_norm(call)
        elif name in ("AdaptiveAvgPool2d", "adaptive_avg_pool2d"):
            yield "adaptive average pooling: 1 an input element", count(_input(call))
        elif (mode := _mode(call)) is not None and len(_output(call)) == 4:
            if mode == "area":
                yield "adaptive average pooling: 1 an input element", count(_input(call))
            yield (
                "upsampling: 1 an element, 4 if bilinear",
                {"nearest": 1, "bilinear": 4}.get(mode, 0) * count(_output(call)),
            )
        elif name in FVCORE_SKIPS or call.entry.recurs == "sequence":
            yield f"{name}: skipped, it has no rule for it", -_macs(call)
        elif isinstance(_argument(call, "padding"), str) and _argument(call, "padding_mode") in (None, "zeros"):
            yield "padding as a word: skipped, it has no rule for aten::_convolution_mode", -_macs(call)
        elif name == "matmul":
            first, second = (operand.type.shape for operand in call.inputs)
            if len(second) == 1:
                difference = "a product with a vector: it ends with an error", -_macs(call)
            else:
                difference = "matmul: only the first factor's matrices counted", count(first) * second[-1] - _macs(call)
            yield difference
        elif name == "einsum":
            yield "einsum: half of numpy's FLOP count, to four digits", _fvcore_einsum(call) - _macs(call)
        elif name == "MultiheadAttention":
            yield _fvcore_attention(call)
        elif name.startswith("Transformer"):
            yield from _fvcore_transformer(call)


def _fvcore_norm(call: Call) -> Difference:
    elements = count(_input(call))
    by_batch = call.entry.name in BATCH_NORMS
    in_training = _argument(call, "training") or _argument(call, "track_running_stats") is False
    if by_batch and not in_training:
        return "BatchNorm: 2 an element (1 without weights)", elements * (2 if _is_affine(call) else 1)
    if not 2 <= len(_input(call)) <= 5:
        return "", 0
    return "normalisation: 5 an element (4 without weights)", elements * (5 if _is_affine(call) else 4)


def _fvcore_attention(call: Call) -> Difference:
    """Of attention with weights it sees two products, or one if a mask is added to the other; else it has no rule."""
    query = _argument(call, "query")
    key = _argument(call, "key") or query
    attended = key.shape[1 if call.arguments["batch_first"] else 0]
    attended += call.arguments["add_bias_kv"] + call.arguments["add_zero_attn"]
    product = count(query.shape) * attended
    if not _argument(call, "need_weights"):
        return "attention without weights: both products skipped", -2 * product
    masked = _argument(call, "attn_mask") or _argument(call, "key_padding_mask")
    return "attention with a mask: the first product skipped", -product if masked else 0


def _fvcore_transformer(call: Call) -> Iterator[Difference]:
    for piece in _pieces(call):
        if piece.is_norm:
            yield "normalisation: 5 an element (4 without weights)", 5 * count(piece.stream.shape)
        elif piece.name in ("self_attn", "multihead_attn"):
            attended = piece.stream if piece.name == "self_attn" else piece.memory
            length = attended.shape[1 if call.arguments["batch_first"] else 0]
            yield "attention without weights: both products skipped", -2 * count(piece.stream.shape) * length


def _fvcore_einsum(call: Call) -> int:
    """Two products are counted as they are; of others it takes half of what numpy's report says."""
    equation, shapes = call.forward[0].replace(" ", ""), [operand.type.shape for operand in call.inputs]
    letters = dict.fromkeys(letter for letter in equation if letter.isalpha())
    pattern = (
        equation.translate({ord(letter): "abcd"[i] for i, letter in enumerate(letters)}) if len(letters) < 5 else ""
    )
    if pattern == "abc,abd->acd":
        return count(shapes[0]) * shapes[1][-1]
    if pattern == "abc,adc->adb":
        return count(shapes[0]) * shapes[1][1]
    plan = contraction(call.forward[0], tuple(operand.type for operand in call.inputs))
    flops = _contraction_flops([set(term) for term in plan.operands], set(plan.output), plan.sizes)
    return math.floor(float(f"{flops + 1:{SIGNIFICANT}}") / 2)


def _contraction_flops(terms: Sequence[set[Any]], output: set[Any], sizes: dict[Any, int]) -> int:
    """The FLOPs of the cheapest order of contractions, as `numpy.einsum_path(optimize="optimal")` counts them: pairs,
    none of which makes a tensor larger than all it is given, then the rest at once."""

    def size(indices: set[Any]) -> int:
        return count(sizes[index] for index in indices)

    def contracted(chosen: Sequence[int], tensors: Sequence[set[Any]]) -> tuple[int, set[Any], list[set[Any]]]:
        involved = set().union(*(tensors[i] for i in chosen))
        rest = [tensor for i, tensor in enumerate(tensors) if i not in chosen]
        result = involved & output.union(*rest)
        return size(involved) * (max(1, len(chosen) - 1) + (result != involved)), result, [*rest, result]

    def at_once(tensors: Sequence[set[Any]]) -> int:
        return contracted(range(len(tensors)), tensors)[0]

    if len(terms) < 3 or set().union(*terms) == output:
        return at_once(terms)
    limit = max(size(term) for term in (*terms, output))
    orders = [(0, list(terms))]
    for _ in terms[1:]:
        steps = [
            (cost + flops, rest)
            for cost, tensors in orders
            for pair in itertools.combinations(range(len(tensors)), 2)
            for flops, result, rest in [contracted(pair, tensors)]
            if size(result) <= limit
        ]
        if not steps:
            cost, tensors = min(orders, key=lambda order: order[0])
            return cost + at_once(tensors)
        orders = steps
    return min(cost for cost, _ in orders)


# --- torchinfo -----------------------------------------------------------------------------------

TORCHINFO_WEIGHTS: Final = "a block's own weights counted as products"


def _torchinfo(network: Network) -> Iterator[Difference]:
    """Every module without modules inside: its parameters times the places of a convolution, or times the batch.
    A parameter is counted if its name has `weight` or `bias` in it."""
    for call in network.calls:
        yield from _torchinfo_call(network, call)
    for scope in network.root.walk():
        children = [item for item in scope.items if item.module is not None and stands_in(item.module, scope)]
        if scope.parameters and not children:
            result = network.outputs[0][1] if scope.parent is None else scope.results[0]
            weights = [(parameter.key, Weight(parameter.name, parameter.shape)) for parameter in scope.parameters]
            yield TORCHINFO_WEIGHTS, _torchinfo_module(network, class_name(scope, network), weights, result.type.shape)


def _torchinfo_module(
    network: Network, name: str, weights: Iterable[tuple[str, Weight]], output: tuple[int, ...]
) -> int:
    """What it counts for one call of a module of class `name`; each parameter once, whatever its names."""
    if not output:  # it looks for a batch, and ends with an error
        return 0
    products, counted = 0, set()
    for key, weight in weights:
        if (owner := canonical(network, key)) in counted:
            continue
        counted.add(owner)
        if weight.name in ("weight", "bias"):
            places = output[0] * count(output[2:]) if "Conv" in name else output[0]
        else:
            places = count(output[:2]) if "weight" in weight.name or "bias" in weight.name else 0
        products += places * count(weight.shape)
    return products


def _torchinfo_call(network: Network, call: Call) -> Iterator[Difference]:
    name, output = call.entry.name, _output(call)
    if not call.entry.is_layer:
        yield "functions: not counted", -_macs(call)
    elif name == "MultiheadAttention":
        yield "attention: not counted", -_macs(call)
    elif name.startswith("Transformer"):
        counted = sum(
            piece.stream.shape[0] * count(weight.shape)
            for piece in _pieces(call)
            if piece.is_norm or piece.is_feed_forward
            for weight in piece.weights
        )
        yield (
            "Transformer layers: the weights of feed-forwards and norms once a sample, no attention",
            counted - _macs(call),
        )
    else:
        weights = [(f"{call.module}.{weight.name}", weight) for weight in call.result.parameters]
        total = _torchinfo_module(network, name, weights, output)
        biases = [(key, weight) for key, weight in weights if weight.name == "bias"]
        bias = _torchinfo_module(network, name, biases, output)
        name = call.entry.name
        products = total - bias - _macs(call)
        if call.entry.recurs:
            yield "recurrent layers: all parameters times the first two axes of the output", total - _macs(call)
        elif name in BATCH_NORMS or name in OTHER_NORMS or name in ("RMSNorm", "PReLU"):
            yield f"weights of {name} counted as products", total
        else:
            yield "biases counted as products", bias
            if "Conv" in name:
                yield "transposed convolution: every weight at every output place", products
            elif name in ("Embedding", "EmbeddingBag"):
                yield "embedding tables counted as products", products
            else:
                yield "Linear on more than two axes: counted once a sample", products


# --- thop ----------------------------------------------------------------------------------------


def _thop(network: Network) -> Iterator[Difference]:
    """BatchNorm at 4 an element, pooling, softmax and gates; functions and attention are not counted."""
    for call in network.calls:
        name, elements = call.entry.name, count(_input(call)) if call.inputs else 0
        if not call.entry.is_layer:
            yield "functions: not counted", -_macs(call)
        elif name in ("MultiheadAttention", "Bilinear"):
            yield f"{name}: skipped, it has no rule for it", -_macs(call)
        elif name.startswith("Transformer"):
            fed_forward = 0
            for piece in _pieces(call):
                if piece.is_norm:
                    yield "normalisation: 4 an element (2 without weights)", 4 * count(piece.stream.shape)
                elif piece.is_feed_forward:
                    fed_forward += piece.rows * count(piece.weights[0].shape)
            yield "attention: skipped, it has no rule for it", fed_forward - _macs(call)
        elif name in BATCH_NORMS or (name in OTHER_NORMS and name != "GroupNorm"):
            yield "normalisation: 4 an element (2 without weights)", elements * (4 if _is_affine(call) else 2)
        elif name.startswith("ConvTranspose"):
            per_output = _input(call)[1] // call.arguments["groups"] * count(call.arguments["kernel_size"])
            yield (
                "transposed convolution: every weight at every output place",
                int(count(_output(call)) * per_output) - _macs(call),
            )
        elif call.entry.recurs:
            yield "recurrent layers: biases and gates counted too", _thop_recurrent(call) - _macs(call)
        else:
            yield from _thop_pointwise(call, elements)


def _thop_pointwise(call: Call, elements: int) -> Iterator[Difference]:
    name, output = call.entry.name, count(_output(call))
    if name.startswith("AdaptiveAvgPool"):
        windows = [a / b for a, b in zip(_input(call)[2:], _output(call)[2:], strict=True)]
        thop_adaptive = int((math.prod(windows) + 1) * count(_output(call)))
        yield "adaptive average pooling: the window and a division an output element", thop_adaptive
    elif name in ("AvgPool1d", "AvgPool2d", "AvgPool3d"):
        yield "average pooling: 1 an output element", output
    elif name == "Softmax" and _input(call):
        length = _input(call)[call.arguments["dim"]]
        yield "softmax: 3 an element, less 1 a row", elements // length * (3 * length - 1)
    elif name == "PReLU":
        yield "PReLU: 1 an element", elements
    elif (mode := _mode(call)) is not None:
        scale = {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259}.get(mode, 0)
        yield "upsampling: 1 an element, 5 to 259 if interpolated", scale * output


def _thop_recurrent(call: Call) -> int:
    """At each step of each layer, for each gate: its two products, one activation and two biases, then the elementwise
    steps. Layers after the first take the states of the one before, and nothing is projected."""
    kind = call.entry.name.removesuffix("Cell")
    gates, elementwise = {"RNN": (1, 0), "GRU": (3, 4), "LSTM": (4, 4)}[kind]
    a, shape = call.arguments, _input(call)
    hidden, directions = a["hidden_size"], 2 if a.get("bidirectional") else 1
    steps = shape[0] if call.entry.recurs == "step" else shape[0] * shape[1]
    widths = (shape[-1], *(hidden * directions for _ in range(a.get("num_layers", 1) - 1)))
    a_gate = sum(width + hidden + (3 if a["bias"] else 1) for width in widths)
    return int(steps * directions * hidden * (gates * a_gate + elementwise * len(widths)))


PEERS: Final[dict[str, tuple[str, Callable[[Network], Iterator[Difference]]]]] = {
    "torchvision": ("GFLOPS", _torchvision),
    "fvcore": ("flops", _fvcore),
    "torchinfo": ("total mult-adds", _torchinfo),
    "thop": ("macs", _thop),
}
