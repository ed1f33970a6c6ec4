"""Which figures a network gets, and what their files are called; known from the spec alone, without torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from netinspect.analysis.figures import Profile, Row
from netinspect.analysis.receptive_field import spatial_axes
from netinspect.errors import InputError
from netinspect.language import closest
from netinspect.network.cell_loops import CELLS, RECURRENT, cell_loops
from netinspect.network.curves import activation_functions
from netinspect.network.network import Call, Network, Value
from netinspect.pictures.attention_paths import attention_paths
from netinspect.pictures.drawn_weights import DrawnWeights, layer_weights, scope_weights
from netinspect.pictures.page.album import LONGEST_NAME, file_name
from netinspect.pictures.request import Request
from netinspect.torch_backend.unit_axes import unit_axes

SHOWN: Final = frozenset({
    "convolution", "linear", "pooling", "activation", "embedding", "recurrent", "attention", "custom",
})  # fmt: skip
"""Families whose activations are drawn unasked; norms, dropout and reshaping look like what they were given."""

SIGNALS: Final = 4
"""Input channels up to which a layer's filters are drawn as filters unasked."""

_FLAT: Final = ("Identity", "Fold", "Unfold")

STRIP: Final = "activations/strip.png"
INPUTS, OUTPUTS, OVER_TIME = "data/inputs.npz", "data/outputs.npz", "data/outputs_over_time.npz"
DIAGRAM_SVG, DIAGRAM_PNG, DIAGRAM_PDF = "architecture.svg", "architecture.png", "architecture.pdf"


@dataclass(frozen=True, slots=True)
class PlannedKernel:
    """A weight tensor: its state-dict key, its shape, its picture and, of a filter over time, its responses."""

    key: str
    shape: tuple[int, ...]
    file: str | None
    responses: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PlannedLayer:
    """One layer of the page with the files it gets; None where it has no such figure.

    index, digits   its number among all rows of `netinspect summary`, whatever is drawn of them, and how it is written
    """

    index: int
    row: Row
    call: Call | None
    kernels: tuple[PlannedKernel, ...] = ()
    activation: str | None = None
    sequence: str | None = None
    attention: tuple[tuple[str, str], ...] = ()
    top_inputs: str | None = None
    digits: int = 2

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
        return f"data/{file_name(self.index, self.row.path[-LONGEST_NAME:], '.npz', self.digits)}"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All figures: of the whole network by kind, and layer by layer.

    is_framed   whether the network is shown a sound frame by frame, so that its outputs run over time
    outputs     those that are drawn over time, by name, with their files
    diagrams    the files of the architecture diagram, where it is drawn
    """

    network: Network
    profile: Profile
    whole: frozenset[str]
    layers: tuple[PlannedLayer, ...]
    is_framed: bool = False
    outputs: tuple[tuple[str, str], ...] = ()
    diagrams: tuple[str, ...] = (DIAGRAM_SVG, DIAGRAM_PNG)

    @property
    def kinds(self) -> frozenset[str]:
        """Those of which there is a figure."""
        of_layers = {file.partition("/")[0] for layer in self.layers for file in layer.files}
        return self.whole | of_layers | ({"sequence"} if self.outputs else frozenset())

    @property
    def files(self) -> Iterator[str]:
        """Every picture's file, in the page's order."""
        if "architecture" in self.whole:
            yield from self.diagrams
        if "input" in self.whole:
            yield from (input_file(self.network, given.name) for given in self.network.inputs)
        if "strip" in self.whole:
            yield STRIP
        yield from (file for _, file in self.outputs)
        for kind in ("health", "histograms", "equivariance", "activation_functions", "convolution"):
            if kind in self.whole:
                yield whole_file(kind)
        for layer in self.layers:
            yield from layer.files


def whole_file(kind: str) -> str:
    """The file of a study or of the worked convolution."""
    return f"{kind}.png"


def input_file(network: Network, name: str) -> str:
    """`input.png`, or one for each of several inputs."""
    if len(network.inputs) == 1:
        return "input.png"
    number = next(at for at, given in enumerate(network.inputs, 1) if given.name == name)
    return f"input/{file_name(number, name)}"


def plan(network: Network, profile: Profile, request: Request) -> Plan:
    """What will be drawn. InputError where `--layers` matches none, or top inputs cannot be."""
    kinds = request.kinds
    if "top_inputs" in kinds and len(network.inputs) != 1:
        raise InputError(f"top inputs need a network of one input; {network.name} has {len(network.inputs)}")
    calls = {call.path: call for call in network.calls}
    parameters = dict(scope_weights(network))
    attended = _attended(network) if "attention" in kinds else {}
    units, loops = unit_axes(network), frozenset(cell_loops(network))
    layers = []
    for layer in _numbered(profile, calls):
        row, call = layer.row, layer.call
        if not _stands_on_page(row, call, request, attended):
            continue
        if request.layers is None or fnmatchcase(row.path, request.layers):
            own = parameters.get(row.path, ()) if call is None else layer_weights(call, network)
            layers.append(_planned(layer, own, attended.get(row.path, ()), units, loops, request))
        else:
            layers.append(layer)
    if request.layers is not None and not any(fnmatchcase(layer.row.path, request.layers) for layer in layers):
        guess = closest(request.layers, [layer.row.path for layer in layers])
        hint = f"did you mean `{guess}`?" if guess else "`netinspect summary` lists them"
        raise InputError(f"--layers {request.layers or repr('')} matches no layer; {hint}")
    is_framed = bool(request.inputs) and any("frame" in given.preprocess for given in network.inputs)
    outputs = tuple(_over_time(network)) if is_framed and "sequence" in kinds else ()
    whole = _whole(network, layers, kinds)
    return Plan(network, profile, whole, tuple(layers), is_framed, outputs, _diagram_files(request))


def _diagram_files(request: Request) -> tuple[str, ...]:
    """A PDF takes longer than all other figures together, so it is written if asked for."""
    for_print = (DIAGRAM_PDF,) if request.everything or request.what is not None else ()
    return (DIAGRAM_SVG, DIAGRAM_PNG, *for_print)


def _numbered(profile: Profile, calls: dict[str, Call]) -> list[PlannedLayer]:
    """Every row with its number, which stays the same whatever is drawn."""
    rows = list(profile.root.rows)
    digits = max(2, len(str(len(rows))))
    return [PlannedLayer(number, row, calls.get(row.path), digits=digits) for number, row in enumerate(rows, 1)]


def _stands_on_page(row: Row, call: Call | None, request: Request, attended: dict[str, list[str]]) -> bool:
    """Layers and bare parameters; functions only if they have a figure."""
    return call is None or row.is_layer or row.path in attended or _is_drawn(call, request)


def _is_drawn(call: Call, request: Request) -> bool:
    """Whether a call's activation is drawn unasked, or computed at all where everything is."""
    if call.entry.gives_list or not call.inputs or not call.outputs[0].type.is_float:
        return False
    if request.everything:
        return call.module is not None or not call.result.alias
    is_later_step = call.again and call.entry.name in CELLS  # drawn over time
    return call.entry.family in SHOWN and call.entry.name not in _FLAT and not is_later_step


def _planned(
    layer: PlannedLayer, own: DrawnWeights, attended: list[str] | tuple[()],
    units: dict[Value, int | None], loops: frozenset[Call], request: Request,
) -> PlannedLayer:  # fmt: skip
    """The layer with its files."""
    kinds, call, index = request.kinds, layer.call, layer.index

    def file(kind: str, name: str = layer.row.path) -> str:
        return f"{kind}/{file_name(index, name[-LONGEST_NAME:], digits=layer.digits)}"

    kernels = []
    for key, shape in own:
        is_whole = call is not None and key == f"{call.module}.weight"
        name = layer.row.path if is_whole else key.removesuffix(".weight")
        picture = file("kernels", name) if "kernels" in kinds else None
        responses = call is not None and _has_responses(call, request)
        kernels.append(PlannedKernel(key, shape, picture, file("responses", name) if responses else None))
    is_attention = bool(attended) and call is not None and call.entry.name.lower() == "softmax"
    drawn = call is not None and _is_drawn(call, request) and not is_attention
    has_units = call is not None and call.result.parameters and units.get(call.outputs[0]) is not None
    is_filter = has_units and call is not None and call.entry.family in ("convolution", "linear")
    is_sequence = call is not None and (call in loops or _is_sequence(call))
    return PlannedLayer(
        index, layer.row, call, tuple(kernels),
        activation=file("activations") if drawn and "activations" in kinds else None,
        sequence=file("sequence") if "sequence" in kinds and is_sequence else None,
        attention=tuple((path, file("attention", path)) for path in attended),
        top_inputs=file("top_inputs") if "top_inputs" in kinds and is_filter else None, digits=layer.digits,
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


# --- the whole network -------------------------------------------------------------------------


def _attended(network: Network) -> dict[str, list[str]]:
    """By call path, the paths of its attention weights."""
    found: dict[str, list[str]] = {}
    for call, path in attention_paths(network):
        found.setdefault(call.path, []).append(path)
    return found


def _over_time(network: Network) -> Iterator[tuple[str, str]]:
    """The outputs that are a row of numbers for each frame, with their files."""
    for number, (name, value) in enumerate(network.outputs, 1):
        sizes = [size for axis, size in enumerate(value.type.shape) if axis not in value.batch_axes]
        if value.type.is_float and len(value.batch_axes) == 1 and sum(size > 1 for size in sizes) <= 1:
            is_alone = len(network.outputs) == 1
            yield name, "sequence/output.png" if is_alone else f"sequence/output/{file_name(number, name)}"


def _whole(network: Network, layers: list[PlannedLayer], kinds: frozenset[str]) -> frozenset[str]:
    """The figures of the whole network that it can have."""
    possible = {"architecture": True, "input": True, "health": True, "convolution": True}
    possible["strip"] = len(strip_calls(layers)) > 1
    possible["histograms"] = any(layer.kernels for layer in layers)
    first = network.inputs[0]
    possible["equivariance"] = any(first.value.type.shape[axis] > 1 for axis in spatial_axes(first))
    possible["activation_functions"] = bool(activation_functions(network))
    return frozenset(kind for kind in kinds if possible.get(kind, False))


def strip_calls(layers: list[PlannedLayer] | tuple[PlannedLayer, ...]) -> list[Call]:
    """The calls that make the strip: activation functions on maps, or convolutions where those are mostly without."""
    maps = [layer.call for layer in layers if layer.call is not None and _has_maps(layer.call)]
    functions = [call for call in maps if call.entry.family == "activation"]
    convolutions = [call for call in maps if call.entry.family == "convolution"]
    return functions if len(functions) > max(1, len(convolutions) // 2) else convolutions


def _has_maps(call: Call) -> bool:
    shape = call.outputs[0].type.shape
    return len(shape) in (4, 5) and min(shape[-2:]) > 1 and call.outputs[0].type.is_float


def the_picture(plan: Plan, request: Request) -> str:
    """The one file of those planned that `-o arch.png` asks for. InputError where there are several, or none that ends
    so."""
    ending = request.output.suffix.lower()
    endings: dict[str, list[str]] = {}
    for file in plan.files:
        stem, _, kind = file.rpartition(".")
        endings.setdefault(stem, []).append(f".{kind}")
    (stem, kinds), *others = endings.items()
    if others:
        raise InputError(
            f"{request.output} is one picture, and this draws {len(endings)}: choose one with --what and --layers "
            "(`-o DIR --dry-run` lists them), or give a folder"
        )
    if ending not in kinds:
        raise InputError(f"{request.output}: this picture is drawn as {' or '.join(kinds)}, not as {ending}")
    return stem + ending


def file_names(plan: Plan, request: Request) -> Iterator[str]:
    """Every file that would be written, for `--dry-run`."""
    yield from ("index.html", "manifest.json")
    yield from plan.files
    if request.save_arrays:
        yield INPUTS
        yield from (layer.arrays for layer in plan.layers if layer.kernels or any(layer.files))
        yield OUTPUTS
        if plan.is_framed:
            yield OVER_TIME
