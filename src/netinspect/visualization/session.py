"""The model, its weights, what it is shown and one recorded run of it: all of `visualize` that needs torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from netinspect.figures.picture import Origin
from netinspect.network.network import Call, Network
from netinspect.recording import Kernel, Loaded, Prepared, Recording
from netinspect.visualization.plan import Plan, strip_calls
from netinspect.visualization.request import Request

SAMPLES_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """`model` is the nn.Module, `prepared` every input in full, `shown` what the pictures show: one sample for each
    input of the network."""

    network: Network
    model: Any
    prepared: tuple[Prepared, ...]
    shown: tuple[Prepared, ...]
    recording: Recording
    seed: int

    @property
    def weights(self) -> Loaded | None:
        """What came of the checkpoint; None for random weights."""
        return self.recording.weights

    @property
    def origin(self) -> Origin:
        """Where the network's weights came from, as a whole."""
        loaded = self.weights
        if loaded is None:
            return Origin(None, self.seed)
        return Origin(loaded.source, self.seed, None if loaded.is_complete else f"{_count(loaded)} tensors loaded")

    def origin_of(self, kernel: Kernel) -> Origin:
        """Where one tensor came from."""
        if self.weights is None or kernel.state == "loaded":
            return Origin(self.weights.source if self.weights else None, self.seed)
        return Origin(None, self.seed, f"not in {self.weights.source}")

    @property
    def banner(self) -> str | None:
        """What must be said before anything is looked at."""
        loaded = self.weights
        if loaded is None:
            return str(Origin(None, self.seed))
        if loaded.is_complete:
            return None
        return f"{_count(loaded)} tensors are those of {loaded.source}; the others are {Origin(None, self.seed)}"

    @property
    def seen(self) -> str:
        """What the network was shown, for titles."""
        return ", ".join(dict.fromkeys(prepared.source for prepared in self.shown))

    def batches(self) -> Iterator[Sequence[Prepared]]:
        """All inputs, a few samples at a time."""
        if len(self.network.inputs) > 1:
            yield self.prepared
            return
        for prepared in self.prepared:
            for first in range(0, len(prepared.array), SAMPLES_AT_ONCE):
                yield (replace(prepared, array=prepared.array[first : first + SAMPLES_AT_ONCE]),)


def _count(loaded: Loaded) -> str:
    return f"{sum(tensor.state == 'loaded' for tensor in loaded.tensors):,} of {len(loaded.tensors):,}"


def open_session(plan: Plan, request: Request) -> Session:
    """Build, load, read, run. InputError for weights, inputs, a device or an amount of memory that will not do."""
    from netinspect.torch_backend.build import build
    from netinspect.torch_backend.device import check_device, put_on
    from netinspect.torch_backend.inputs import noise, read_inputs
    from netinspect.torch_backend.record import check_memory, record
    from netinspect.torch_backend.weights import check_weights, load_weights

    network = plan.network
    check_device(request.device)
    paths = recorded_paths(plan, request)
    check_memory(network, paths=paths, memory_limit=request.memory_limit)
    prepared = read_inputs(request.inputs, network) if request.inputs else noise(network, seed=request.seed)
    if request.weights is not None:  # before the model is built: what will not fit need not be waited for
        check_weights(network, request.weights, partial=request.partial, match=request.match)
    model = build(network, seed=request.seed)
    loaded = None
    if request.weights is not None:
        loaded = load_weights(model, network, request.weights, partial=request.partial, match=request.match)
    put_on(model, request.device)
    shown = _shown(prepared, network)
    recording = record(
        model, network, shown, weights=loaded, seed=request.seed, paths=paths,
        with_attention="attention" in request.kinds, memory_limit=request.memory_limit,
    )  # fmt: skip
    return Session(network, model, prepared, shown, recording, request.seed)


def _shown(prepared: tuple[Prepared, ...], network: Network) -> tuple[Prepared, ...]:
    """The first sample of the first file, or of each input where there are several."""
    chosen = prepared[:1] if len(network.inputs) == 1 else prepared
    return tuple(_first_sample(item) for item in chosen)


def _first_sample(prepared: Prepared) -> Prepared:
    count = len(prepared.array)
    if count == 1:
        return prepared
    what = "frame" if prepared.frame_starts else "sample"
    return replace(prepared, array=prepared.array[:1], source=f"{prepared.source}, {what} 1 of {count}")


# --- what is kept ------------------------------------------------------------------------------


def recorded_paths(plan: Plan, request: Request) -> list[str]:
    """The calls whose outputs the figures need, in order."""
    wanted = {layer.row.path for layer in plan.layers if layer.activation or layer.sequence}
    if "strip" in plan.whole:
        wanted |= {call.path for call in strip_calls(plan.layers)}
    if "histograms" in plan.whole or request.looks.order == "activation" or request.save_arrays:
        wanted |= {layer.row.path for layer in plan.layers if layer.call is not None and has_weights(layer.call)}
    if "convolution" in plan.whole and request.unit is not None:
        wanted |= {call.path for call in _before(plan.network, request.unit)}
    return [call.path for call in plan.network.calls if call.path in wanted]


def has_weights(call: Call) -> bool:
    """Whether a call has parameters and gives numbers that can be drawn."""
    return bool(call.result.parameters) and not call.entry.gives_list and call.outputs[0].type.is_float


def _before(network: Network, unit: str) -> list[Call]:
    """The call that gives the worked convolution its input, if it is not the network's own."""
    from netinspect.torch_backend.worked import parse_unit

    path, _ = parse_unit(unit, network)
    value = next(call for call in network.calls if call.path == path).inputs[0]
    return [call for call in network.calls if call.outputs[0] is value]
