"""One forward pass of a model, kept as plain arrays: activations, kernels, hidden states, attention.

What will be kept is estimated before anything runs, and refused if it is too much for the machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netinspect.analysis.memory import peak_activation_bytes
from netinspect.errors import InputError
from netinspect.language.messages import closest
from netinspect.machine import allowed_bytes, refuse_beyond
from netinspect.network.axes import cell_loops, unit_axes
from netinspect.network.network import Call, Network, Scope, Value
from netinspect.recording import Activation, Array, HiddenStates, Kernel, Loaded, NotFinite, Prepared, Recording
from netinspect.torch_backend.attention import AttentionLog, attention_bytes, attention_watched
from netinspect.torch_backend.batches import as_numpy, batch
from netinspect.torch_backend.watching import Arguments, device_of, outputs_of, run, watched
from netinspect.torch_backend.weights_order import state_types


def record(
    model: nn.Module, network: Network, prepared: Sequence[Prepared], *, weights: Loaded | None = None, seed: int = 0,
    paths: Collection[str] | None = None, with_attention: bool = True, memory_limit: int | None = None,
) -> Recording:  # fmt: skip
    """Run `model`, built from `network`, once on all of `prepared`, and keep what it did.

    paths         whose activations are kept; None: every layer's, and every function's that computes something
    weights       what came of loading a checkpoint; None where the weights are random, from `seed`
    memory_limit  in bytes; None: half of the machine's memory

    The model is in evaluation mode for the run and comes back as it was, hooks removed. InputError for a path that
    no call has, and where it would take more memory than the limit.
    """
    calls = _wanted(network, paths)
    device = device_of(model)
    samples = sum(len(item.array) for item in prepared if item.input == network.inputs[0].name)
    check_memory(network, samples=samples, paths=paths, memory_limit=memory_limit)
    tensors = batch(network, prepared, device)
    kept: dict[Call, Array] = {}
    attention = AttentionLog(network)
    firsts: dict[str, NotFinite] = {}

    def after(call: Call, arguments: Arguments, returned: Any) -> None:
        if call in calls:
            kept[call] = as_array(outputs_of(call, returned)[0])
        for tensor in outputs_of(call, returned):
            fault = _not_finite(call, tensor)
            if fault is not None:
                firsts.setdefault(fault.what, fault)
        if with_attention:
            attention.see(call, arguments, returned)

    with attention_watched(model, attention) if with_attention else nullcontext(), watched(model, network, after):
        outputs = _outputs(model, tensors)
    is_finite = all(bool(output.isfinite().all()) for output in outputs)
    axes = unit_axes(network)
    return Recording(
        network=network.name,
        source=network.source,
        variant=network.variant,
        weights=weights,
        seed=seed,
        inputs=tuple(prepared),
        activations=tuple(
            Activation(call.path, call.module, call.entry.name, kept[call], axes[call.outputs[0]])
            for call in network.calls
            if call in kept
        ),
        kernels=kernels(model, network, weights),
        hidden_states=tuple(_hidden_states(network, kept)),
        attention=tuple(attention.found),
        outputs=tuple((name, as_array(out)) for (name, _), out in zip(network.outputs, outputs, strict=True)),
        not_finite=firsts.get("NaN", None if is_finite else firsts.get("infinite values")),
    )


@torch.no_grad()
def _outputs(model: nn.Module, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    return run(model, tensors)


def _not_finite(call: Call, output: Tensor) -> NotFinite | None:
    finite = output.isfinite()
    if not output.numel() or bool(finite.all()):
        return None
    count = output.numel() - int(finite.sum())
    return NotFinite(
        call.path, call.entry.name, "NaN" if bool(output.isnan().any()) else "infinite values", count, output.numel()
    )


def as_array(tensor: Tensor) -> Array:
    """A copy of a tensor that later in-place operations do not reach; bfloat16 as float32. Read-only."""
    return _read_only(as_numpy(tensor.detach().to("cpu", copy=True)))


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


# --- which calls -----------------------------------------------------------------------------


def _wanted(network: Network, paths: Collection[str] | None) -> frozenset[Call]:
    if paths is None:
        return frozenset(
            call
            for call in network.calls
            if not call.entry.gives_list and (call.module is not None or not call.result.alias) and call.inputs
        )
    by_path = {call.path: call for call in network.calls}
    for path in paths:
        find_call(network, path)
    return frozenset(by_path[path] for path in paths)


def find_call(network: Network, path: str) -> Call:
    """The call at a path (`layer1.0.conv1`). InputError where there is none."""
    for call in network.calls:
        if call.path == path:
            return call
    guess = closest(path, [call.path for call in network.calls])
    hint = f"; did you mean `{guess}`?" if guess else "; `netinspect summary` lists the layers"
    raise InputError(f"there is no layer `{path}`{hint}")


def check_memory(
    network: Network, *, samples: int = 1, paths: Collection[str] | None = None, memory_limit: int | None = None,
    more: int = 0,
) -> None:  # fmt: skip
    """Refuse, before the model is built, what `record` would need too much memory for, and `more` bytes. InputError."""
    needed = estimate(network, _wanted(network, paths), samples) + more
    refuse_beyond(needed, memory_limit, f"running {network.name} and keeping its activations")


def samples_at_once(
    network: Network, most: int, *, paths: Collection[str] | None = (), memory_limit: int | None = None
) -> int:
    """How many samples may be run together, their activations not kept: `most`, or as many as there is memory for
    beside a recording of `paths`; one at least."""
    held = estimate(network, _wanted(network, paths), 1)
    each = estimate(network, (), 1) - estimate(network, (), 0)
    return max(1, min(most, (allowed_bytes(memory_limit) - held) // max(1, each)))


def estimate(network: Network, calls: Collection[Call], samples: int) -> int:
    """Bytes for `samples`: the parameters, the inputs, the outputs and attention weights that are kept, and what is
    live at one time, at least the largest call twice over."""
    weights = sum(kind.bytes for kind in state_types(network).values())
    inputs = sum(bytes_of_sample(item.value) for item in network.inputs)
    outputs = {call: sum(map(bytes_of_sample, call.outputs)) for call in network.calls}
    kept = sum(outputs[call] for call in calls) + sum(map(attention_bytes, network.calls))
    at_work = 2 * max((sum(map(bytes_of_sample, c.inputs)) + outputs[c] for c in network.calls), default=0)
    live = peak_activation_bytes(network, "float32") // network.batch_size
    return weights + samples * (2 * inputs + kept + max(at_work, live))


def bytes_of_sample(value: Value) -> int:
    """For one sample."""
    return value.types[1].bytes - value.types[0].bytes or value.type.bytes


# --- what is kept ----------------------------------------------------------------------------


def _hidden_states(network: Network, kept: dict[Call, Array]) -> Iterator[HiddenStates]:
    for first, steps in cell_loops(network).items():
        if all(step in kept for step in steps):
            over_time = np.stack([kept[step] for step in steps], axis=1)  # samples, time, units
            yield HiddenStates(first.path, first.entry.name, _read_only(over_time), 1)
    for call, values in kept.items():
        if call.entry.recurs == "sequence" and values.ndim == 3:
            by_sample = values if call.arguments["batch_first"] else _read_only(values.swapaxes(0, 1))
            directions = 2 if call.arguments["bidirectional"] else 1
            yield HiddenStates(call.path, call.entry.name, by_sample, directions)


# --- kernels ---------------------------------------------------------------------------------


def kernels(model: nn.Module, network: Network, weights: Loaded | None = None) -> tuple[Kernel, ...]:
    """Every parameter of the network, in state-dict order; on the CPU they share the model's memory, read-only.

    Names of a tied parameter after the first are left out.
    """
    loaded = {report.key for report in weights.tensors if report.state == "loaded"} if weights else set()
    state = model.state_dict()
    return tuple(
        _kernel(key, path, kind, arguments, state[key], is_loaded=key in loaded)
        for key, path, kind, arguments in _parameters(network.root)
        if key not in network.ties
    )


def _parameters(scope: Scope) -> Iterator[tuple[str, str, str, tuple[tuple[str, Any], ...]]]:
    """(state-dict key, path, type, the layer's arguments) of each parameter; buffers are none."""
    if scope.again:
        return
    for parameter_of_scope in scope.parameters:
        yield parameter_of_scope.key, parameter_of_scope.key, "Parameter", ()
    for item in scope.items:
        if isinstance(item, Scope):
            yield from _parameters(item)
        elif item.module is not None and not item.again:
            arguments = tuple(item.arguments.items())
            for weight in item.result.parameters:
                yield f"{item.module}.{weight.name}", item.path, item.entry.name, arguments


def _kernel(
    key: str, path: str, kind: str, arguments: tuple[tuple[str, Any], ...], tensor: Tensor, *, is_loaded: bool
) -> Kernel:
    values = _read_only(as_numpy(tensor))
    name = key.removeprefix(f"{path}.") if key != path else key.rpartition(".")[2]
    return Kernel(path, key, name, kind, values, arguments, "loaded" if is_loaded else "random")
