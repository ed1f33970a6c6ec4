"""Which figures a network gets, and what their files are called; known from the spec alone, without torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import prod
from typing import Final

from netinspect.analysis.figures import Profile, Row
from netinspect.analysis.order import parameter_path
from netinspect.analysis.receptive_field import spatial_axes
from netinspect.errors import InputError
from netinspect.figures.album import LONGEST_NAME, file_name
from netinspect.network.network import Call, Network, Parameter, Scope, Value
from netinspect.torch_backend.unit_axes import unit_axes
from netinspect.visualization.attention_paths import attention_paths
from netinspect.visualization.request import Request

SHOWN: Final = frozenset({"convolution", "linear", "pooling", "activation", "embedding", "recurrent", "attention"})
"""Families whose activations are drawn unasked; norms, dropout and reshaping look like what they were given."""

SIGNALS: Final = 4
"""Input channels up to which a layer's filters are drawn as filters unasked."""

RECURRENT: Final = frozenset({"LSTM", "GRU", "RNN"})
_JOINT: Final = ("Softmax", "Softmin", "LogSoftmax", "Softmax2d", "GLU", "glu", "softmax", "log_softmax", "softmin")
"""Activation functions of several numbers at once, which have no curve."""

_FLAT: Final = ("Identity", "Fold", "Unfold")


@dataclass(frozen=True, slots=True)
class PlannedKernel:
    """A weight tensor: its state-dict key, its shape, its picture and, of a filter over time, its responses."""

    key: str
    shape: tuple[int, ...]
    file: str | None
    responses: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PlannedLayer:
    """One layer of the page with the files it gets; None where it has no such figure."""

    index: int
    row: Row
    call: Call | None
    kernels: tuple[PlannedKernel, ...] = ()
    activation: str | None = None
    sequence: str | None = None
    attention: tuple[tuple[str, str], ...] = ()
    top_inputs: str | None = None

    @property
    def files(self) -> Iterator[str]:
        """In the page's order."""
        yield from (kernel.file for kernel in self.kernels if kernel.file)
        yield from (kernel.responses for kernel in self.kernels if kernel.responses)
        yield from (file for file in (self.activation, self.sequence, self.top_inputs) if file)
        yield from (file for _, file in self.attention)

    @property
    def arrays(self) -> str:
        """Where its arrays are saved: `data/03_conv1.npz`."""
        return f"data/{file_name(self.index, self.row.path, '.npz')}"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All figures: of the whole network by kind, and layer by layer."""

    network: Network
    profile: Profile
    whole: frozenset[str]
    layers: tuple[PlannedLayer, ...]

    @property
    def files(self) -> Iterator[str]:
        """Every picture's file, in the page's order."""
        if "architecture" in self.whole:
            yield from ("architecture.svg", "architecture.png")
        if "input" in self.whole:
            yield from (input_file(self.network, given.name) for given in self.network.inputs)
        if "strip" in self.whole:
            yield "activations/strip.png"
        for kind in ("health", "histograms", "equivariance", "activation_functions", "convolution"):
            if kind in self.whole:
                yield f"{kind}.png"
        for layer in self.layers:
            yield from layer.files


def input_file(network: Network, name: str) -> str:
    """`input.png`, or one for each of several inputs."""
    if len(network.inputs) == 1:
        return "input.png"
    number = next(at for at, given in enumerate(network.inputs, 1) if given.name == name)
    return f"input/{file_name(number, name)}"


def plan(network: Network, profile: Profile, request: Request) -> Plan:
    """What will be drawn. InputError where `--layers` matches none."""
    kinds = request.kinds
    calls = {call.path: call for call in network.calls}
    parameters = dict(_own_parameters(network))
    attended = _attended(network) if "attention" in kinds else {}
    units = unit_axes(network)
    rows = [row for row in profile.root.rows if _stands_on_page(row, calls.get(row.path), request, attended)]
    digits = max(2, len(str(len(rows))))
    layers = []
    for index, row in enumerate(rows, 1):
        call = calls.get(row.path)
        layer = PlannedLayer(index, row, call)
        if request.layers is None or fnmatchcase(row.path, request.layers):
            own = parameters.get(row.path, ()) if call is None else _layer_parameters(call, network)
            layer = _planned(layer, own, attended.get(row.path, ()), units, request, digits)
        layers.append(layer)
    if request.layers is not None and not any(fnmatchcase(row.path, request.layers) for row in rows):
        raise InputError(f"--layers {request.layers} matches no layer; `netinspect summary` lists them")
    return Plan(network, profile, _whole(network, layers, kinds), tuple(layers))


def _stands_on_page(row: Row, call: Call | None, request: Request, attended: dict[str, list[str]]) -> bool:
    """Layers and bare parameters; functions only if they have a figure."""
    return call is None or row.is_layer or row.path in attended or _is_drawn(call, request)


def _is_drawn(call: Call, request: Request) -> bool:
    """Whether a call's activation is drawn unasked, or computed at all where everything is."""
    if call.entry.gives_list or not call.inputs or not call.outputs[0].type.is_float:
        return False
    if request.everything:
        return call.module is not None or not call.result.alias
    return call.entry.family in SHOWN and call.entry.name not in _FLAT


def _planned(
    layer: PlannedLayer, own: tuple[tuple[str, tuple[int, ...]], ...], attended: list[str] | tuple[()],
    units: dict[Value, int | None], request: Request, digits: int,
) -> PlannedLayer:  # fmt: skip
    """The layer with its files."""
    kinds, call, index = request.kinds, layer.call, layer.index

    def file(kind: str, name: str = layer.row.path) -> str:
        return f"{kind}/{file_name(index, name[-LONGEST_NAME:], digits=digits)}"

    kernels = []
    for key, shape in own:
        is_whole = call is not None and key == f"{call.module}.weight"
        name = layer.row.path if is_whole else key.removesuffix(".weight")
        picture = file("kernels", name) if "kernels" in kinds else None
        responses = call is not None and _has_responses(call, request)
        kernels.append(PlannedKernel(key, shape, picture, file("responses", name) if responses else None))
    drawn = call is not None and _is_drawn(call, request)
    has_units = call is not None and call.result.parameters and units.get(call.outputs[0]) is not None
    is_filter = has_units and call is not None and call.entry.family in ("convolution", "linear")
    return PlannedLayer(
        index, layer.row, call, tuple(kernels),
        activation=file("activations") if drawn and "activations" in kinds else None,
        sequence=file("sequence") if "sequence" in kinds and call is not None and _is_sequence(call) else None,
        attention=tuple((path, file("attention", path)) for path in attended),
        top_inputs=file("top_inputs") if "top_inputs" in kinds and is_filter else None,
    )  # fmt: skip


def _is_sequence(call: Call) -> bool:
    return call.entry.name in RECURRENT and len(call.outputs[0].type.shape) == 3


def _has_responses(call: Call, request: Request) -> bool:
    """Filters of signals; unasked not those of feature maps, whose responses add up over many inputs."""
    if "responses" not in request.kinds or taps_axis(call) is None:
        return False
    return request.everything or request.what is not None or call.result.parameters[0].shape[1] <= SIGNALS


def taps_axis(call: Call) -> int | None:
    """The axis of a convolution's weight that runs over time: of a Conv1d, or a Conv2d over what is one cell wide."""
    if call.entry.name not in ("Conv1d", "Conv2d") or not call.result.parameters:
        return None
    shape, space = call.result.parameters[0].shape, call.inputs[0].type.shape[2:]
    if len(shape) == 3:
        return 2 if shape[2] > 2 else None
    long = [axis for axis in (2, 3) if shape[axis] > 2]
    return long[0] if len(long) == 1 and space[3 - long[0]] == 1 and shape[5 - long[0]] == 1 else None


# --- weights ---------------------------------------------------------------------------------


def _layer_parameters(call: Call, network: Network) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The matrices and kernels of a layer: not its biases, nor what an earlier layer has already shown."""
    if call.again or call.module is None:
        return ()
    own = ((f"{call.module}.{weight.name}", weight.shape) for weight in call.result.parameters)
    return tuple((key, shape) for key, shape in own if _is_matrix(shape) and key not in network.ties)


def _is_matrix(shape: tuple[int, ...]) -> bool:
    return len(shape) > 1 and prod(shape) > 0


def _own_parameters(network: Network) -> Iterator[tuple[str, tuple[tuple[str, tuple[int, ...]], ...]]]:
    """By row path, the parameters that scopes have of their own."""
    for scope, parameter in _scoped(network.root):
        if _is_matrix(tuple(size for size in parameter.shape if size > 1)) and parameter.key not in network.ties:
            yield parameter_path(parameter, scope), ((parameter.key, parameter.shape),)


def _scoped(scope: Scope) -> Iterator[tuple[Scope, Parameter]]:
    if not scope.again:
        yield from ((scope, parameter) for parameter in scope.parameters)
    for item in scope.items:
        if isinstance(item, Scope):
            yield from _scoped(item)


# --- the whole network -------------------------------------------------------------------------


def _attended(network: Network) -> dict[str, list[str]]:
    """By call path, the paths of its attention weights."""
    found: dict[str, list[str]] = {}
    for call, path in attention_paths(network):
        found.setdefault(call.path, []).append(path)
    return found


def _whole(network: Network, layers: list[PlannedLayer], kinds: frozenset[str]) -> frozenset[str]:
    """The figures of the whole network that it can have."""
    possible = {"architecture": True, "input": True, "health": True, "convolution": True}
    possible["strip"] = bool(strip_calls(layers))
    possible["histograms"] = any(layer.kernels for layer in layers)
    possible["equivariance"] = bool(spatial_axes(network.inputs[0]))
    possible["activation_functions"] = any(
        call.entry.family == "activation" and call.entry.name not in _JOINT for call in network.calls
    )
    return frozenset(kind for kind in kinds if possible.get(kind, False))


def strip_calls(layers: list[PlannedLayer] | tuple[PlannedLayer, ...]) -> list[Call]:
    """The calls that make the strip: activation functions on maps, or convolutions where there are too few."""
    maps = [layer.call for layer in layers if layer.call is not None and _has_maps(layer.call)]
    functions = [call for call in maps if call.entry.family == "activation"]
    convolutions = [call for call in maps if call.entry.family == "convolution"]
    return functions if len(functions) > 1 else convolutions


def _has_maps(call: Call) -> bool:
    shape = call.outputs[0].type.shape
    return len(shape) == 4 and min(shape[2:]) > 1 and call.outputs[0].type.is_float


def file_names(plan: Plan, request: Request) -> Iterator[str]:
    """Every file that would be written, for `--dry-run`."""
    yield from ("index.html", "manifest.json")
    yield from plan.files
    if request.save_arrays:
        yield "data/inputs.npz"
        yield from (layer.arrays for layer in plan.layers if layer.kernels or any(layer.files))
        yield "data/outputs.npz"
