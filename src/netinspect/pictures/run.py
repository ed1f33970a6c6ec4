"""The model, its weights, what it is shown and one recorded run of it: all of `visualize` that needs torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from netinspect.analysis.receptive_field import Sight, sights
from netinspect.inputs.samples import choose, frame_seconds
from netinspect.network.network import Call, Network, Value
from netinspect.pictures.kind import Kind, Plan
from netinspect.pictures.look import Look, Origin
from netinspect.recording import SAMPLES_AT_ONCE, Activation, Array, Attention, Kernel, Loaded, Prepared, Recording

if TYPE_CHECKING:
    from netinspect.inputs.files import InputFiles
    from netinspect.pictures.request import Request, Step


OUTPUT: Final = "output"
"""What the output of a network is called that has no names for them."""


@dataclass(frozen=True, eq=False)
class Session:
    """`model` is the nn.Module, `samples` what the pictures show: one for each input of the network.

    prepared    every input in full; files of folders are read when they are gone through
    files       what each sample was taken from, with all its samples
    unread      files that could not be read and are left out, with the reason; grows as more are met
    index       of the samples among those
    at_once     so many samples are run together
    """

    network: Network
    model: Any
    prepared: Iterable[Prepared]
    samples: tuple[Prepared, ...]
    recording: Recording
    seed: int
    files: tuple[Prepared, ...] = ()
    index: int = 0
    unread: dict[str, str] = field(default_factory=dict)
    at_once: int = SAMPLES_AT_ONCE
    memory_limit: int | None = None

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
    def remark(self) -> str:
        """Where the weights came from, in a line beneath the diagram."""
        return self.banner or str(self.origin)

    @property
    def input_title(self) -> str:
        """What the network was shown, for titles."""
        return ", ".join(dict.fromkeys(prepared.source for prepared in self.samples))

    def batches(self) -> Iterator[Sequence[Prepared]]:
        """All inputs, a few samples at a time."""
        if len(self.network.inputs) > 1:
            yield from self._parts(tuple(self.prepared))
        else:
            for prepared in self.prepared:
                yield from self._parts((prepared,))

    def frames(self) -> Iterator[Sequence[Prepared]]:
        """All samples of what the shown one was taken from, a few at a time."""
        return self._parts(self.files)

    @property
    def framed(self) -> tuple[int, tuple[float, ...]]:
        """Which input was cut into frames, and when each starts; the first input and no times where none was."""
        for at, file in enumerate(self.files):
            if file.frame_starts:
                return at, frame_seconds(file)
        return 0, ()

    @cached_property
    def frame_outputs(self) -> Mapping[str, Array]:
        """Of a network that is shown a sound frame by frame its outputs by name, (frames, …)."""
        from netinspect.torch_backend.studies.over_time import outputs_over_time

        frames, limit = len(self.files[0].array), self.memory_limit
        return outputs_over_time(self.model, self.network, self.frames(), frames=frames, memory_limit=limit)

    def _parts(self, prepared: tuple[Prepared, ...]) -> Iterator[Sequence[Prepared]]:
        for first in range(0, len(prepared[0].array), self.at_once):
            part = slice(first, first + self.at_once)
            yield tuple(replace(item, array=item.array[part]) for item in prepared)


def _count(loaded: Loaded) -> str:
    return f"{sum(tensor.state == 'loaded' for tensor in loaded.tensors):,} of {len(loaded.tensors):,}"


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """What is already there, as in a notebook: a model, what is known of its weights, inputs that are no files."""

    model: Any = None
    weights: Loaded | None = None
    prepared: tuple[Prepared, ...] = ()


def open_session(plan: Plan, in_memory: InMemory | None = None) -> Session:
    """Build, load, read, run; what is in memory is taken as it is.

    InputError for weights, inputs, a device or an amount of memory that will not do.
    """
    from netinspect.inputs.files import InputFiles
    from netinspect.torch_backend.device import check_device
    from netinspect.torch_backend.record import check_memory, record, samples_at_once

    network, request, in_memory = plan.network, plan.request, in_memory or InMemory()
    limit = request.memory_limit
    check_device(request.device)
    calls = {call for planned in plan.pictures for call in planned.kind.outputs(planned, plan)}
    paths = [call.path for call in network.calls if call in calls]
    of_studies = max((planned.kind.memory(plan) for planned in plan.pictures), default=0)
    check_memory(network, paths=paths, memory_limit=limit, more=of_studies)
    prepared = in_memory.prepared or _prepared(network, request)
    chosen = choose(prepared, network, request.sample)
    model, loaded = (in_memory.model, in_memory.weights) if in_memory.model is not None else _built(network, request)
    recording = record(
        model, network, chosen.samples, weights=loaded, seed=request.seed, paths=paths,
        with_attention="attention" in plan.kinds, memory_limit=limit,
    )  # fmt: skip
    return Session(
        network, model, prepared, chosen.samples, recording, request.seed, chosen.files, chosen.index,
        prepared.unread if isinstance(prepared, InputFiles) else {},
        samples_at_once(network, SAMPLES_AT_ONCE, paths=paths, memory_limit=limit), limit,
    )  # fmt: skip


def _prepared(network: Network, request: Request) -> InputFiles | tuple[Prepared, ...]:
    from netinspect.inputs.files import open_inputs
    from netinspect.torch_backend.batches import noise

    if not request.inputs:
        return noise(network, seed=request.seed)
    return open_inputs(request.inputs, network, memory_limit=request.memory_limit)


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


# --- what pictures are drawn from ----------------------------------------------------------------


def has_weights(call: Call) -> bool:
    """Whether a call has parameters and gives numbers that can be drawn."""
    return bool(call.result.parameters) and not call.entry.gives_list and call.outputs[0].type.is_float


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What was recorded, by name."""

    kernels: dict[str, Kernel]
    activations: dict[str, Activation]
    hidden_states: dict[str, Array]
    directions: dict[str, int]
    attention: dict[str, Attention]


def by_name(recording: Recording) -> Recorded:
    """The recording's parts by state-dict key and by path."""
    return Recorded(
        {kernel.key: kernel for kernel in recording.kernels},
        {activation.path: activation for activation in recording.activations},
        {states.path: states.values for states in recording.hidden_states},
        {states.path: states.directions for states in recording.hidden_states},
        {attended.path: attended for attended in recording.attention},
    )


def silent(_what: str, _done: int) -> None:
    """Nobody is told what is being done."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What every picture is drawn from: a session, its recording by name, what each value sees of the input, and the
    look."""

    plan: Plan
    session: Session
    recorded: Recorded
    sights: dict[Value, Sight]
    look: Look
    step: Step = silent
    prepared: dict[str, Any] = field(default_factory=dict)

    @property
    def network(self) -> Network:
        """The network that is drawn."""
        return self.plan.network

    def shared(self, kind: Kind) -> Any:
        """What all pictures of a kind share, worked out when it is first asked for."""
        if kind.name not in self.prepared and kind.prepare is not None:
            self.prepared[kind.name] = kind.prepare(self, self.step)
        return self.prepared.get(kind.name)


def scene_of(plan: Plan, session: Session, step: Step = silent) -> Scene:
    """The scene of a session."""
    looks = plan.request.looks
    look = Look(looks.scale, looks.order, looks.max_tiles, looks.gamma, looks.clip)
    return Scene(plan, session, by_name(session.recording), sights(plan.network), look, step)
