"""Two engines that must agree: the catalogue's closed rules, and torch itself.

The network is built on the meta device and run; every figure of the catalogue is compared with what torch did,
call by call. What torch's counter is known to miss is listed as not checked, with the reason, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from netinspect.analysis.ownership import frozen_parameters
from netinspect.catalogue.entry import TensorType
from netinspect.extras import need
from netinspect.network.interfaces import calls_of
from netinspect.network.network import Call, Network
from netinspect.torch_backend.build import build
from netinspect.torch_backend.device import plain_torch
from netinspect.torch_backend.watching import Arguments, outputs_of, run, watched
from netinspect.torch_backend.weights_order import (
    Weights,
    layer_buffers,
    layer_parameters,
    state_types,
    unique_params,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure on which the engines do not agree. `path` is "" for the network as a whole.

    what    "keys", "parameters", "buffers", "output", "params", "macs", or "run" where torch refuses
    engine  whose figure stands beside the catalogue's: "torch", "FlopCounterMode" or "torchinfo"
    """

    path: str
    what: str
    catalogue: str
    torch: str
    engine: str


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A figure that torch cannot confirm, and why."""

    path: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared and what differs.

    batch_sizes        sizes for which output types were compared
    layers, functions  calls whose outputs were compared
    params             the network's unique parameters
    macs               multiply-accumulates at the network's batch size
    torchinfo_layers   layers whose shape and parameters torchinfo confirmed or denied as well
    """

    name: str
    source: str
    variant: str | None
    batch_sizes: tuple[int, ...]
    layers: int
    functions: int
    params: int
    macs: int
    torchinfo_layers: int
    differences: tuple[Difference, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def agrees(self) -> bool:
        """Whether torch confirms every figure that it can."""
        return not self.differences


# --- what verify finds ---------------------------------------------------------------------------


Rows = Iterator[Difference | Unchecked]

MISSED: Final[Mapping[str, str]] = MappingProxyType({
    "Bilinear": "FlopCounterMode does not count bilinear products",
    "bilinear": "FlopCounterMode does not count bilinear products",
    "cdist": "FlopCounterMode does not count distances",
})  # fmt: skip
"""Layers and functions whose products torch's counter is known to miss, and why."""


@plain_torch()
def verify(network: Network) -> Verification:
    """Build the network on meta, run it for its batch size and for two, and compare every figure."""
    calls = tuple(calls_of(network.root))
    opinions: tuple[Opinion, ...] = ()
    try:
        model = build(network, device="meta")
    except Exception as refused:  # noqa: BLE001  torch has many ways to refuse, and each is a finding
        rows: list[Difference | Unchecked] = [_refusal("", f"{type(refused).__name__}: {refused}")]
    else:
        rows = list(_weights(network, calls, model))
        for run in [observe(model, network, size) for size in _batch_sizes(network)]:
            rows += _run(network, calls, run)
        if not any(row.what == "run" for row in rows):
            opinions = torchinfo_opinions(model, network)
            by_path = {call.path: call for call in calls}
            for opinion in opinions:
                call = by_path[opinion.path]
                shape = call.outputs[0].type.shape
                if opinion.shape is not None and opinion.shape != shape:
                    rows.append(Difference(call.path, "output", str(shape), str(opinion.shape), "torchinfo"))
                tensors = {network.ties.get(key, key): kind for key, kind in layer_parameters(call).items()}
                params = sum(kind.elements for kind in tensors.values())
                if opinion.params != params:
                    rows.append(Difference(call.path, "params", f"{params:,}", f"{opinion.params:,}", "torchinfo"))
    return Verification(
        name=network.name,
        source=network.source,
        variant=network.variant,
        batch_sizes=_batch_sizes(network),
        layers=sum(call.module is not None for call in calls),
        functions=sum(call.module is None for call in calls),
        params=unique_params(network),
        macs=sum(int(call.result.macs) for call in calls),
        torchinfo_layers=len(opinions),
        differences=tuple(row for row in rows if isinstance(row, Difference)),
        unchecked=tuple(row for row in rows if isinstance(row, Unchecked)),
    )


def _batch_sizes(network: Network) -> tuple[int, ...]:
    return (network.batch_size,) if network.batch_size == 2 else (network.batch_size, 2)


def _refusal(path: str, message: str) -> Difference:
    return Difference(path, "run", "accepted", message, "torch")


# --- weights ---------------------------------------------------------------------------------


def _weights(network: Network, calls: tuple[Call, ...], model: nn.Module) -> Rows:
    modules = dict(model.named_modules(remove_duplicate=False))
    for call in calls:
        if call.module is not None and not call.again:
            layer = modules[call.module]
            parameters = _types(call.module, dict(layer.named_parameters(remove_duplicate=False)))
            yield from _same_types(call.path, "parameters", layer_parameters(call), parameters)
            yield from _same_types(
                call.path, "buffers", layer_buffers(call), _types(call.module, dict(layer.named_buffers()))
            )
    ours, torchs = list(state_types(network)), list(model.state_dict())
    if ours != torchs:
        position = next(
            (i for i, (a, b) in enumerate(zip(ours, torchs, strict=False)) if a != b), min(len(ours), len(torchs))
        )
        yield Difference("", "keys", _key(ours, position), _key(torchs, position), "torch")
    params = sum(parameter.numel() for parameter in model.parameters())
    if params != unique_params(network):
        yield Difference("", "params", f"{unique_params(network):,}", f"{params:,}", "torch")
    shapes = state_types(network)
    frozen = sum(shapes[key].elements for key in frozen_parameters(network))
    torchs_frozen = sum(parameter.numel() for parameter in model.parameters() if not parameter.requires_grad)
    if frozen != torchs_frozen:
        yield Difference("", "frozen", f"{frozen:,}", f"{torchs_frozen:,}", "torch")


def _key(keys: list[str], position: int) -> str:
    return f"key {position} is {keys[position]}" if position < len(keys) else f"{len(keys)} keys"


def _types(prefix: str, tensors: Mapping[str, torch.Tensor]) -> Weights:
    return {f"{prefix}.{name}": _type(tensor) for name, tensor in tensors.items()}


def _type(tensor: torch.Tensor) -> TensorType:
    return TensorType(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


def _same_types(path: str, what: str, ours: Weights, torchs: Weights) -> Rows:
    for key in dict.fromkeys((*ours, *torchs)):
        if ours.get(key) != torchs.get(key):
            yield Difference(path, what, _named(key, ours), _named(key, torchs), "torch")


def _named(key: str, weights: Weights) -> str:
    return f"{key} {type_in_words(weights[key])}" if key in weights else f"no {key}"


def type_in_words(kind: TensorType) -> str:
    """A tensor's type in words: `1×6×28×28 float32`."""
    return f"{'×'.join(map(str, kind.shape)) or 'a number'} {kind.dtype}"


# --- one run ---------------------------------------------------------------------------------


def _run(network: Network, calls: tuple[Call, ...], run: Run) -> Rows:
    probe = -1 if run.batch_size == network.batch_size else 0
    for call, observed in zip(calls, run.calls, strict=False):
        yield from _outputs(call.path, tuple(value.types[probe] for value in call.outputs), observed.outputs)
        if probe == 0:
            continue
        reason = missed(call) if observed.macs == 0 else None
        if call.result.uncounted is not None:
            yield Unchecked(call.path, "macs", call.result.uncounted)
        elif int(call.result.macs) != observed.macs and reason is not None:
            yield Unchecked(call.path, "macs", reason)
        elif int(call.result.macs) != observed.macs:
            yield Difference(call.path, "macs", f"{int(call.result.macs):,}", f"{observed.macs:,}", "FlopCounterMode")
    if run.refusal is not None:
        at = calls[len(run.calls)].path if len(run.calls) < len(calls) else ""
        yield _refusal(at, f"{run.refusal} (batch of {run.batch_size})")
    else:
        yield from _outputs("", tuple(value.types[probe] for _, value in network.outputs), run.result)


def _outputs(path: str, ours: tuple[TensorType, ...], torchs: tuple[TensorType, ...]) -> Rows:
    if ours != torchs:
        yield Difference(
            path, "output", ", ".join(map(type_in_words, ours)), ", ".join(map(type_in_words, torchs)), "torch"
        )


def missed(call: Call) -> str | None:
    """Why torch's counter sees none of this call's products, where that is known."""
    if call.entry.name == "matmul" and any(value.type.rank == 1 for value in call.inputs):
        return "FlopCounterMode does not count products with a vector"
    return MISSED.get(call.entry.name)


# --- torchinfo -------------------------------------------------------------------------------


# --- a third opinion ---------------------------------------------------------------------------
#
# torchinfo is asked only for what it is right about: output shapes and parameter counts, layer by layer. Its MACs are
# wrong for several layers; its totals count shared parameters twice and miss those a container owns. It runs on a model
# on the meta device, in evaluation mode: in training mode it changes BatchNorm's statistics and the random state.


@dataclass(frozen=True, slots=True)
class Opinion:
    """A layer's first output's shape (None for a layer that torchinfo does not watch) and its parameters."""

    path: str
    shape: tuple[int, ...] | None
    params: int


def torchinfo_opinions(model: nn.Module, network: Network) -> tuple[Opinion, ...]:
    """One opinion for each layer that torchinfo lists, for the reported batch size. `model` is on meta."""
    need("torchinfo", purpose="verifying")
    import torchinfo

    inputs = [
        torch.empty(item.value.type.shape, dtype=getattr(torch, item.value.type.dtype), device="meta")
        for item in network.inputs
    ]
    listed = torchinfo.summary(model, input_data=inputs, mode="eval", verbose=0, depth=1_000).summary_list
    modules = dict(model.named_modules(remove_duplicate=False))
    waiting: dict[int, list[str]] = {}
    for call in calls_of(network.root):
        if call.module is not None:
            waiting.setdefault(id(modules[call.module]), []).append(call.path)
    opinions = []
    for layer in listed:
        paths = waiting.get(layer.layer_id)
        if paths:
            shape = tuple(layer.output_size) if layer.executed else None
            opinions.append(Opinion(paths.pop(0), shape, layer.num_params))
    return tuple(opinions)


# --- what a run shows --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ObservedCall:
    """One call as torch ran it: the types of its outputs and its multiply-accumulates."""

    outputs: tuple[TensorType, ...]
    macs: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its calls in order, and the types of what the model returned.

    `refusal` is torch's message where it refused the call after the last one; then there is no result.
    """

    batch_size: int
    calls: tuple[ObservedCall, ...]
    result: tuple[TensorType, ...]
    refusal: str | None = None


def observe(model: nn.Module, network: Network, batch_size: int) -> Run:
    """Run `model`, built on meta, in evaluation mode on a batch of that size.

    On meta FlopCounterMode counts what it misses elsewhere (LSTM, attention).
    """
    at_two = [item.value.types[0] for item in network.inputs]
    inputs = [
        torch.empty((batch_size, *kind.shape[1:]), dtype=getattr(torch, kind.dtype), device="meta") for kind in at_two
    ]
    counter = FlopCounterMode(display=False)
    calls: list[ObservedCall] = []
    counted = 0

    def after(call: Call, _arguments: Arguments, returned: Any) -> None:
        nonlocal counted
        before, counted = counted, counter.get_total_flops()  # between two calls nothing is counted
        calls.append(ObservedCall(tuple(map(_type, outputs_of(call, returned))), (counted - before) // 2))

    with watched(model, network, after), counter, torch.no_grad():
        try:
            result = run(model, inputs)
        except Exception as refused:  # noqa: BLE001  torch has many ways to refuse, and each is a finding
            return Run(batch_size, tuple(calls), (), f"{type(refused).__name__}: {refused}")
    return Run(batch_size, tuple(calls), tuple(map(_type, result)))
