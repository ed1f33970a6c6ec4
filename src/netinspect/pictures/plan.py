"""Which pictures a network gets, and what their files are called; known from the spec alone, without torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from math import prod

from netinspect.analysis.figures import Profile
from netinspect.errors import InputError
from netinspect.language import closest
from netinspect.network.network import Call, Network, Parameter, Scope, parameter_path
from netinspect.pictures.checks import kinds_of
from netinspect.pictures.kind import DrawnWeights, Layer, Plan, Planned
from netinspect.pictures.request import Request
from netinspect.pictures.stems import digits_of

INPUTS, OUTPUTS, OVER_TIME = "data/inputs.npz", "data/outputs.npz", "data/outputs_over_time.npz"


def plan(network: Network, profile: Profile, request: Request) -> Plan:
    """What will be drawn. InputError where `--layers` matches none, or the network cannot have what was asked for."""
    kinds = kinds_of(request)
    for kind in kinds:
        kind.check(network, request)
    empty = Plan(network, profile, request)
    pictures: dict[Layer, tuple[Planned, ...]] = {}
    for layer in _layers(network, profile):
        drawn = tuple(
            Planned(kind, f"{kind.name}/{layer.file_name(name)}", layer, subject)
            for kind in kinds
            if kind.of_layer is not None
            for subject, name in kind.of_layer(layer, empty)
        )
        if layer.call is None or layer.row.is_layer or drawn:  # functions stand on the page only if they have a picture
            is_chosen = request.layers is None or fnmatchcase(layer.row.path, request.layers)
            pictures[layer if is_chosen else replace(layer, weights=(), parameters=())] = drawn if is_chosen else ()
    paths = [layer.row.path for layer in pictures]
    if request.layers is not None and not any(fnmatchcase(path, request.layers) for path in paths):
        guess = closest(request.layers, paths)
        hint = f"did you mean `{guess}`?" if guess else "`netinspect summary` lists them"
        raise InputError(f"--layers {request.layers or repr('')} matches no layer; {hint}")
    of_layers = replace(empty, layers=tuple(pictures))
    of_network = (
        Planned(kind, file, subject=subject)
        for kind in kinds
        if kind.of_network is not None
        for file, subject in kind.of_network(of_layers)
    )
    return replace(of_layers, pictures=(*of_network, *(planned for drawn in pictures.values() for planned in drawn)))


# --- layers and their weights ------------------------------------------------------------------


def _layers(network: Network, profile: Profile) -> Iterator[Layer]:
    """Every row with its number, which stays the same whatever is drawn."""
    calls = {call.path: call for call in network.calls}
    parameters = {  # by row path, those that scopes have of their own
        parameter_path(parameter, scope): ((parameter.key, parameter.shape),)
        for scope, parameter in _scoped(network.root)
        if parameter.key not in network.ties
    }
    digits = digits_of(profile)
    for number, row in enumerate(profile.root.rows, 1):
        call = calls.get(row.path)
        tensors = parameters.get(row.path, ()) if call is None else _layer_parameters(call, network)
        weights = tuple((key, shape) for key, shape in tensors if _is_matrix(shape, is_bare=call is None))
        yield Layer(number, digits, row, call, weights, tuple(key for key, _ in tensors))


def _layer_parameters(call: Call, network: Network) -> DrawnWeights:
    """Keys and shapes of a layer's tensors, without what an earlier layer has already shown."""
    if call.again or call.module is None:
        return ()
    tensors = ((f"{call.module}.{weight.name}", weight.shape) for weight in call.result.parameters)
    return tuple((key, shape) for key, shape in tensors if key not in network.ties)


def _is_matrix(shape: tuple[int, ...], *, is_bare: bool) -> bool:
    """Whether there is more than a row to draw. A bare parameter may be a row with axes of size 1 around it."""
    axes = [size for size in shape if size != 1] if is_bare else shape
    return len(axes) > 1 and prod(shape) > 0


def _scoped(scope: Scope) -> Iterator[tuple[Scope, Parameter]]:
    if not scope.again:
        yield from ((scope, parameter) for parameter in scope.parameters)
    for item in scope.items:
        if isinstance(item, Scope):
            yield from _scoped(item)


# --- files -------------------------------------------------------------------------------------


def the_picture(plan: Plan) -> str:
    """The one file of those planned that `-o arch.png` asks for. InputError where there are several, or none that ends
    so."""
    request = plan.request
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


def file_names(plan: Plan) -> Iterator[str]:
    """Every file that would be written, for `--dry-run`."""
    yield from ("index.html", "manifest.json")
    yield from plan.files
    if plan.request.save_arrays:
        yield INPUTS
        yield from (layer.arrays for layer in plan.layers if layer.parameters or any(plan.of(layer)))
        yield OUTPUTS
        if plan.is_framed:
            yield OVER_TIME
