"""One forward pass of a model, kept as plain arrays: activations, kernels, hidden states, attention.

What will be kept is estimated before anything runs, and refused if it is too much for the machine.

Attention is kept head by head, wherever a network attends. `nn.MultiheadAttention` gives its weights only if it is
asked, and inside torch's Transformer layers nobody asks: a hook does. The function scaled_dot_product_attention never
gives them: they are computed again from what it was given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from netinspect.analysis.memory import peak_activation_bytes
from netinspect.errors import InputError
from netinspect.language.messages import closest
from netinspect.machine import allowed_bytes, refuse_beyond
from netinspect.network.attention import written_out
from netinspect.network.axes import cell_loops, unit_axes
from netinspect.network.network import Call, Network, Scope, Value
from netinspect.recording import (
    Activation,
    Array,
    Attention,
    HiddenStates,
    Kernel,
    Loaded,
    NotFinite,
    Prepared,
    Recording,
)
from netinspect.torch_backend.batches import as_numpy, batch
from netinspect.torch_backend.watching import Arguments, device_of, outputs_of, run, watched
from netinspect.torch_backend.weights_order import state_types


def record(
    model: nn.Module,
    network: Network,
    prepared: Sequence[Prepared],
    *,
    weights: Loaded | None = None,
    seed: int = 0,
    paths: Collection[str] | None = None,
    with_attention: bool = True,
    memory_limit: int | None = None,
) -> Recording:
    """Run `model`, built from `network`, once on all of `prepared`, and keep what it did.

    paths         whose activations are kept; None: every layer's, and every function's that computes something
    weights       what came of loading a checkpoint; None where the weights are random, from `seed`
    memory_limit  in bytes; None: half of the machine's memory

    The model is in evaluation mode for the run and comes back as it was, hooks removed. InputError for a path that
    no call has, and where it would take more memory than the limit.
    """
    calls = _calls_at(network, paths)
    samples = sum(len(item.array) for item in prepared if item.input == network.inputs[0].name)
    check_memory(network, samples=samples, paths=paths, memory_limit=memory_limit)
    tensors = batch(network, prepared, device_of(model))
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

    attention_hooks = attention_watched(model, attention) if with_attention else nullcontext()
    with torch.no_grad(), attention_hooks, watched(model, network, after):
        outputs = run(model, tensors)
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


def _calls_at(network: Network, paths: Collection[str] | None) -> frozenset[Call]:
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
    network: Network,
    *,
    samples: int = 1,
    paths: Collection[str] | None = None,
    memory_limit: int | None = None,
    more: int = 0,
) -> None:
    """Refuse, before the model is built, what `record` would need too much memory for, and `more` bytes. InputError."""
    needed = estimate(network, _calls_at(network, paths), samples) + more
    refuse_beyond(needed, memory_limit, f"running {network.name} and keeping its activations")


def samples_at_once(
    network: Network, most: int, *, paths: Collection[str] | None = (), memory_limit: int | None = None
) -> int:
    """How many samples may be run together, their activations not kept: `most`, or as many as there is memory for
    beside a recording of `paths`; one at least."""
    held = estimate(network, _calls_at(network, paths), 1)
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
    kept = []
    for key, path, kind, arguments in _parameters(network.root):
        if key not in network.ties:
            name = key.removeprefix(f"{path}.") if key != path else key.rpartition(".")[2]
            values = _read_only(as_numpy(state[key]))
            kept.append(Kernel(path, key, name, kind, values, arguments, "loaded" if key in loaded else "random"))
    return tuple(kept)


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


# --- attention -----------------------------------------------------------------------------------


class AttentionLog:
    """The attention weights of one run, in the order they come.

    Paths are those of the attention itself: `encoder.layers.0.self_attn`; for a later use of a module that is called
    again, the number of the use stands behind it.
    """

    def __init__(self, network: Network) -> None:
        self.found: list[Attention] = []
        self._uses: dict[str, int] = {}
        self._written_out = frozenset(written_out(network))

    def add(self, path: str, weights: Tensor) -> None:
        """weights: samples, heads, queries, keys."""
        self._uses[path] = self._uses.get(path, 0) + 1
        use = self._uses[path]
        array: Array = weights.detach().to("cpu", torch.float32, copy=True).numpy()
        array.flags.writeable = False
        self.found.append(Attention(path if use == 1 else f"{path}#{use}", array))

    def see(self, call: Call, arguments: Arguments, returned: Any) -> None:
        """Take the weights of a function that attends, or of a softmax that is attention written out."""
        if call.module is None and call.entry.attends:
            self.add(call.path, attention_weights(*arguments[0], **arguments[1]))
        elif call in self._written_out:
            weights = returned  # (samples,) [heads,] queries, keys
            self.add(call.path, weights if weights.dim() == 4 else weights[:, None])


@contextmanager
def attention_watched(model: nn.Module, log: AttentionLog) -> Iterator[None]:
    """While this holds, every nn.MultiheadAttention of the model adds its weights to the log."""
    with ExitStack() as stack:
        for path, module in model.named_modules():
            if isinstance(module, nn.MultiheadAttention):
                _watch(module, path, log.add, stack)
        yield


def attention_bytes(call: Call) -> int:
    """At most, for one sample: what keeping the weights of a call takes."""
    heads = call.arguments.get("num_heads", call.arguments.get("nhead"))
    if heads is not None:
        axis = 1 if call.arguments.get("batch_first") else 0
        longest = max([value.type.shape[axis] for value in call.inputs if value.type.rank == 3], default=0)
        return 2 * 4 * int(heads) * int(call.arguments.get("num_layers", 1)) * longest**2
    if call.module is None and call.entry.attends:
        query, key = (value.type.shape for value in call.inputs[:2])
        return 4 * math.prod(query[1:-1]) * key[-2]
    return 0


# --- nn.MultiheadAttention -------------------------------------------------------------------


def _watch(module: nn.MultiheadAttention, path: str, add: Callable[[str, Tensor], None], stack: ExitStack) -> None:
    """Ask for every head's weights, and give the caller back what it asked for itself."""
    requests: list[tuple[bool, bool]] = []

    def before(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        named = {**dict(zip(_POSITIONS[: len(args)], args, strict=True)), **kwargs}
        requests.append((named.get("need_weights", True), named.get("average_attn_weights", True)))
        return (), {**named, "need_weights": True, "average_attn_weights": False}

    def after(_module: nn.Module, _args: tuple[Any, ...], returned: tuple[Tensor, Tensor]) -> tuple[Any, Any]:
        output, weights = returned  # weights: samples, heads, queries, keys
        add(path, weights if weights.dim() == 4 else weights[None])
        need_weights, average = requests.pop()
        if not need_weights:
            return output, None
        return output, weights.mean(dim=-3) if average else weights

    stack.callback(module.register_forward_pre_hook(before, with_kwargs=True).remove)
    stack.callback(module.register_forward_hook(after).remove)


_POSITIONS: Final = (
    "query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal",
)  # fmt: skip

# --- the function ----------------------------------------------------------------------------


def attention_weights(
    query: Tensor,
    key: Tensor,
    value: Tensor | None = None,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(Q·Kᵀ·scale + mask), as torch's documentation of scaled_dot_product_attention states it.

    query (…, heads, queries, size), key (…, heads, keys, size) to (samples, heads, queries, keys). With `is_causal` a
    query sees keys up to its own place. Neither `value` nor dropout plays a part.
    """
    del value, dropout_p
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
    factor = 1 / math.sqrt(query.size(-1)) if scale is None else scale
    scores = query @ key.transpose(-2, -1) * factor  # …, queries, keys
    if is_causal:
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, -math.inf)
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -math.inf) if attn_mask.dtype is torch.bool else scores + attn_mask
    weights = scores.softmax(-1)
    return weights.reshape(-1, *weights.shape[-3:]) if weights.dim() > 3 else weights[:, None]
