"""The model, its weights, what it is shown and one recorded run of it: all of `visualize` that needs torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from netinspect.inputs.samples import choose
from netinspect.network.cell_loops import cell_loops
from netinspect.network.network import Call, Network
from netinspect.pictures.look import Origin
from netinspect.pictures.plan import Plan, strip_calls
from netinspect.pictures.request import Request
from netinspect.recording import SAMPLES_AT_ONCE, Array, Kernel, Loaded, Prepared, Recording

if TYPE_CHECKING:
    from netinspect.inputs.files import InputFiles


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """`model` is the nn.Module, `shown` what the pictures show: one sample for each input of the network.

    prepared    every input in full; files of folders are read when they are gone through
    wholes      what each shown sample was taken from, with all its samples
    unread      files that could not be read and are left out, with the reason; grows as more are met
    index       of the shown sample among those
    at_once     so many samples are run together
    frame_outputs   of a network that is shown a sound frame by frame its outputs by name, (frames, …)
    """

    network: Network
    model: Any
    prepared: Iterable[Prepared]
    shown: tuple[Prepared, ...]
    recording: Recording
    seed: int
    wholes: tuple[Prepared, ...] = ()
    index: int = 0
    unread: dict[str, str] = field(default_factory=dict)
    at_once: int = SAMPLES_AT_ONCE
    memory_limit: int | None = None
    frame_outputs: Mapping[str, Array] = field(default_factory=dict)

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
        part = None if loaded.is_complete else f"{_count(loaded)} tensors loaded, the others random"
        return Origin(loaded.title, self.seed, part)

    def origin_of(self, kernel: Kernel) -> Origin:
        """Where one tensor came from."""
        if self.weights is None or kernel.state == "loaded":
            return Origin(self.weights.title if self.weights else None, self.seed)
        return Origin(None, self.seed, f"not in {self.weights.title}")

    @property
    def banner(self) -> str | None:
        """What must be said before anything is looked at."""
        loaded = self.weights
        if loaded is None:
            return str(Origin(None, self.seed))
        if loaded.is_complete:
            return None
        return f"{_count(loaded)} tensors are those of {loaded.title}; the others are {Origin(None, self.seed)}"

    @property
    def seen(self) -> str:
        """What the network was shown, for titles."""
        return ", ".join(dict.fromkeys(prepared.source for prepared in self.shown))

    def batches(self) -> Iterator[Sequence[Prepared]]:
        """All inputs, a few samples at a time."""
        if len(self.network.inputs) > 1:
            yield from self._parts(tuple(self.prepared))
        else:
            for prepared in self.prepared:
                yield from self._parts((prepared,))

    def frames(self) -> Iterator[Sequence[Prepared]]:
        """All samples of what the shown one was taken from, a few at a time."""
        return self._parts(self.wholes)

    def _parts(self, prepared: tuple[Prepared, ...]) -> Iterator[Sequence[Prepared]]:
        for first in range(0, len(prepared[0].array), self.at_once):
            part = slice(first, first + self.at_once)
            yield tuple(replace(one, array=one.array[part]) for one in prepared)


def _count(loaded: Loaded) -> str:
    return f"{sum(tensor.state == 'loaded' for tensor in loaded.tensors):,} of {len(loaded.tensors):,}"


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What is already there, as in a notebook: a model, what is known of its weights, inputs that are no files."""

    model: Any = None
    weights: Loaded | None = None
    prepared: tuple[Prepared, ...] = ()


def open_session(plan: Plan, request: Request, given: Given | None = None) -> Session:
    """Build, load, read, run; what is given is taken as it is.

    InputError for weights, inputs, a device or an amount of memory that will not do.
    """
    from netinspect.inputs.files import InputFiles
    from netinspect.torch_backend.device import check_device
    from netinspect.torch_backend.record import check_memory, record, samples_at_once

    network, given, limit = plan.network, given or Given(), request.memory_limit
    check_device(request.device)
    paths = recorded_paths(plan, request)
    check_memory(network, paths=paths, memory_limit=limit, more=_study_bytes(plan))
    prepared = given.prepared or _prepared(network, request)
    chosen = choose(prepared, network, request.sample)
    model, loaded = (given.model, given.weights) if given.model is not None else _built(network, request)
    recording = record(
        model, network, chosen.samples, weights=loaded, seed=request.seed, paths=paths,
        with_attention="attention" in request.kinds, memory_limit=limit,
    )  # fmt: skip
    session = Session(
        network, model, prepared, chosen.samples, recording, request.seed, chosen.wholes, chosen.index,
        prepared.unread if isinstance(prepared, InputFiles) else {},
        samples_at_once(network, SAMPLES_AT_ONCE, paths=paths, memory_limit=limit), limit,
    )  # fmt: skip
    is_wanted = plan.is_framed and (plan.outputs or request.save_arrays)
    return replace(session, frame_outputs=_frame_outputs(session)) if is_wanted else session


def _frame_outputs(session: Session) -> Mapping[str, Array]:
    from netinspect.torch_backend.over_time import outputs_over_time

    frames, limit = len(session.wholes[0].array), session.memory_limit
    return outputs_over_time(session.model, session.network, session.frames(), frames=frames, memory_limit=limit)


def _prepared(network: Network, request: Request) -> InputFiles | tuple[Prepared, ...]:
    from netinspect.inputs.files import open_inputs
    from netinspect.torch_backend.batches import noise

    if not request.inputs:
        return noise(network, seed=request.seed)
    return open_inputs(request.inputs, network, memory_limit=request.memory_limit)


def _study_bytes(plan: Plan) -> int:
    """What a study needs while the recording is kept. `health`: what is kept for the backward pass, gradients of as
    much as is live at one time, and of the parameters; `equivariance`: the maps that it compares."""
    from netinspect.torch_backend.equivariance import kept_bytes

    totals, batch_size = plan.profile.totals, plan.network.batch_size
    of_samples = totals.saved_activation_bytes + totals.peak_activation_bytes
    gradients = of_samples // batch_size + totals.param_bytes if "health" in plan.whole else 0
    return max(gradients, kept_bytes(plan.network) if "equivariance" in plan.whole else 0)


def _built(network: Network, request: Request) -> tuple[Any, Loaded | None]:
    """The model on its device, and what came of loading its weights."""
    from netinspect.torch_backend.build import build
    from netinspect.torch_backend.device import put_on
    from netinspect.torch_backend.weights import check_weights, load_weights

    loaded = None
    if request.weights is not None:  # before the model is built: what will not fit need not be waited for
        check_weights(network, request.weights, partial=request.partial, match=request.match)
    model = build(network, seed=request.seed)
    if request.weights is not None:
        loaded = load_weights(model, network, request.weights, partial=request.partial, match=request.match)
    put_on(model, request.device)
    return model, loaded


# --- what is kept ------------------------------------------------------------------------------


def recorded_paths(plan: Plan, request: Request) -> list[str]:
    """The calls whose outputs the figures need, in order."""
    wanted = {layer.row.path for layer in plan.layers if layer.activation or layer.sequence}
    loops = cell_loops(plan.network)
    wanted |= {step.path for one in plan.layers if one.sequence and one.call for step in loops.get(one.call, ())}
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
