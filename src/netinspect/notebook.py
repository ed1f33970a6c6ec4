"""The figures as objects, for notebooks: `netinspect.kernels(model)` records, draws, and returns the image.

    >>> import netinspect
    >>> model = netinspect.build("lenet5")
    >>> netinspect.kernels(model, "conv1")                          # doctest: +SKIP
    >>> netinspect.activations(model, "conv2", input="digit.png")   # doctest: +SKIP
    >>> netinspect.attention("vit_b_16", weights="vit.pt", input=image)  # doctest: +SKIP

`model` is a model that netinspect built, trained since or not; the name or file of a spec; a Network; or, with
`network=`, any model with that network's state dict. Grids are Pillow images, plots and the diagram matplotlib
Figures. Each call runs the network once. The functions under `netinspect.pictures` draw plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, ParamSpec, TypedDict, TypeVar, Unpack, cast

from PIL.Image import Image as PillowImage

from netinspect.analysis.profile import profile
from netinspect.api import Network, load
from netinspect.arguments import checked
from netinspect.errors import InputError
from netinspect.explorer import MAX_BYTES, ExplorerPage, explorer_page
from netinspect.language import closest
from netinspect.network.network import Network as Graph
from netinspect.pictures.checks import check, check_looks, check_output
from netinspect.pictures.folder import drawn, write_drawn
from netinspect.pictures.kind import Plan, Planned
from netinspect.pictures.kinds import all_kinds
from netinspect.pictures.kinds.architecture import diagram
from netinspect.pictures.page.plate import stamped
from netinspect.pictures.plan import plan as planned
from netinspect.pictures.plan import the_picture
from netinspect.pictures.request import Looks, Request
from netinspect.pictures.run import InMemory, open_session, scene_of, silent

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image
    from torch import Tensor, nn

    from netinspect.pictures.look import Picture
    from netinspect.recording import Array

    Model = nn.Module | Network | str | Path
    Input = str | Path | Image | Array | Tensor


P = ParamSpec("P")
R = TypeVar("R")


class Options(TypedDict, total=False):
    """What every function of this module may be told.

    network    the spec of a model that netinspect did not build
    weights    a checkpoint's file, or a state dict, for a spec; without it the weights are random, from `seed`
    partial    part of the weights need not fit
    match      "name" or "order": how tensors find their layers
    input      what the network is shown: a file, a Pillow image, an array, a tensor; a list where it has several
               inputs, or is to be shown several things. Without it: noise, from `seed`
    sample     which of several samples the pictures show, from 1; of a sound in frames it is else the loudest
    scale, order, max_tiles, gamma, clip, diagram_width, dark, query
               how pictures look, as the options of `netinspect visualize`; `query` is (row, column) of a pixel
    """

    network: str | Path | Network
    weights: str | Path | Mapping[str, Tensor]
    partial: bool
    match: Literal["name", "order"]
    input: Input | Sequence[Input]
    sample: int
    seed: int
    scale: Literal["layer", "kernel", "network"]
    order: Literal["index", "norm", "activation", "frequency"]
    max_tiles: int
    gamma: float
    clip: float
    diagram_width: int
    dark: bool
    query: tuple[int, int]


_NOTEBOOK_DPI: Final = 110

_SHOWN: Final = (Path("in memory"),)
"""Stands for inputs that are no files."""

_NOTHING: Final = Request("", Path())
"""What is asked of nothing in particular."""


def _with_plain_torch(draw: Callable[P, R]) -> Callable[P, R]:
    """Whatever the caller's program has set as torch's defaults, pictures are drawn with torch's own."""

    @wraps(draw)
    def drawing(*args: P.args, **kwargs: P.kwargs) -> R:
        from netinspect.torch_backend.device import plain_torch

        with plain_torch():
            return draw(*args, **kwargs)

    return drawing


@checked()
def picture(model: Model, kind: str, layer: str | None = None, **options: Unpack[Options]) -> Image | Figure:
    """A picture of any kind, by its name in `netinspect visualize --what`: of a layer, by default of the first that has
    one, or of the whole network. Kinds that must be told more have functions of their own: `top_inputs`, `convolution`.

    InputError for a kind that there is not, and where the network has nothing to draw of it.
    """
    check(replace(_NOTHING, what=kind))
    result = _picture(model, kind, layer, options)
    return _image(result) if isinstance(result.image, PillowImage) else _figure(result)


# --- layers ------------------------------------------------------------------------------------


@checked()
def kernels(model: Model, layer: str | None = None, **options: Unpack[Options]) -> Image:
    """The kernels of a layer, by its path or a weight's key (`lstm.weight_hh_l0`); by default of the first."""
    return _image(_picture(model, "kernels", layer, options))


@checked()
def activations(model: Model, layer: str | None = None, **options: Unpack[Options]) -> Image:
    """What a layer makes of the input; by default the first one."""
    return _image(_picture(model, "activations", layer, options))


@checked()
def responses(model: Model, layer: str | None = None, **options: Unpack[Options]) -> Image:
    """Filters over time: waveforms and magnitude responses; by default of the first such layer."""
    return _image(_picture(model, "responses", layer, options))


@checked()
def hidden_states(model: Model, layer: str | None = None, **options: Unpack[Options]) -> Image:
    """The hidden units of an RNN, LSTM or GRU over time; by default of the first."""
    return _image(_picture(model, "sequence", layer, options))


@checked()
def attention(model: Model, layer: str | None = None, **options: Unpack[Options]) -> Image:
    """Attention weights, one panel a head; by default of the first layer that attends."""
    return _image(_picture(model, "attention", layer, options))


@checked()
def top_inputs(
    model: Model,
    dataset: str | Path,
    layer: str | None = None,
    *,
    most: int = 9,
    force: bool = False,
    **options: Unpack[Options],
) -> Image:
    """For each kernel of a layer the `most` files below the folder `dataset` that drive it most, cut to what it sees.

    InputError where nothing is learned, unless `force`.
    """
    base = replace(_NOTHING, dataset=Path(dataset), top_inputs=most, force=force)
    return _image(_picture(model, "top_inputs", layer, options, base))


# --- the whole network -------------------------------------------------------------------------


@checked()
def architecture(model: Model, **options: Unpack[Options]) -> Figure:
    """The network as feature maps that shrink and grow; `figure.savefig("net.pdf")` writes it for print. It shows no
    weights, so it loads none, and of a spec needs no torch."""
    network, request = _network(model, options), _request_with(replace(_NOTHING, what="architecture"), options)
    return _figure(diagram(planned(network, profile(network), request)))


@checked()
def shown_input(model: Model, **options: Unpack[Options]) -> Image:
    """What the network sees: the picture after resizing and cropping, the spectrogram, the sound."""
    return _image(_picture(model, "input", None, options))


@checked()
def strip(model: Model, **options: Unpack[Options]) -> Image:
    """The strongest channels from the first layer to the last."""
    return _image(_picture(model, "strip", None, options))


@checked()
@_with_plain_torch
def outputs_over_time(model: Model, **options: Unpack[Options]) -> Image:
    """The network's first output for every frame of a sound, as CREPE's pitch. InputError for what is not framed."""
    network, request, in_memory = _opened(model, replace(_NOTHING, what="sequence"), options)
    plan = planned(network, profile(network), request)
    outputs = [output for output in plan.pictures if output.layer is None]
    if not outputs:
        raise InputError(f"{network.name} gives no outputs over time: that takes an input= that is cut into frames")
    return _image(_drawn(plan, outputs[0], in_memory))


@checked()
def convolution(model: Model, unit: str, **options: Unpack[Options]) -> Image:
    """One output of a convolution worked out: `conv2:3,5,7` is channel 3 at row 5, column 7."""
    return _image(_picture(model, "convolution", None, options, replace(_NOTHING, unit=unit)))


@checked()
def health(model: Model, **options: Unpack[Options]) -> Figure:
    """Units that stay silent for these inputs; the gradient by depth, with and without the skips."""
    return _figure(_picture(model, "health", None, options))


@checked()
def histograms(model: Model, **options: Unpack[Options]) -> Figure:
    """Weights and activations of each layer."""
    return _figure(_picture(model, "histograms", None, options))


@checked()
def equivariance(model: Model, **options: Unpack[Options]) -> Figure:
    """Shift the input: how far each layer's map is from its own, shifted."""
    return _figure(_picture(model, "equivariance", None, options))


@checked()
def activation_functions(model: Model, **options: Unpack[Options]) -> Figure:
    """The curves of the activation functions in the spec."""
    return _figure(_picture(model, "activation_functions", None, options))


@checked()
@_with_plain_torch
def visualize(
    model: Model,
    folder: str | Path,
    *,
    what: str | None = None,
    layers: str | None = None,
    everything: bool = False,
    save_arrays: bool = False,
    force: bool = False,
    **options: Unpack[Options],
) -> Path:
    """The whole album in a folder, as `netinspect visualize` writes it; returns its page, `index.html`. A name that
    ends in .png, .svg or .pdf is one picture, which `what` and `layers` choose, and is returned.

    Raises InputError for a folder that is not empty and for a picture that is there, unless `force`.
    """
    folder = Path(folder)
    base = replace(
        _NOTHING, output=folder, what=what, layers=layers, everything=everything, save_arrays=save_arrays, force=force
    )
    check(base)
    check_output(base)
    network, request, in_memory = _opened(model, base, options)
    plan = planned(network, profile(network), request)
    if request.is_picture:
        the_picture(plan)
    figures = drawn(plan, "", silent, in_memory)
    return folder if figures is None else write_drawn(figures, plan)


@checked()
@_with_plain_torch
def explore(model: Model, *, max_bytes: int = MAX_BYTES, **options: Unpack[Options]) -> ExplorerPage:
    """The network as a page in which it can be run, changed and asked how each number came about; a notebook shows it
    inline, and `page.write("net.html")` keeps it. Of the options `input`, `sample`, `seed` and those of weights matter.

    InputError for a network that does not fit into `max_bytes`.
    """
    network, request, in_memory = _opened(model, _NOTHING, options)
    return explorer_page(network, profile(network), request, max_bytes=max_bytes, in_memory=in_memory)


# --- what is given -----------------------------------------------------------------------------


def _opened(model: Model, request: Request, options: Options) -> tuple[Graph, Request, InMemory]:
    """The network to draw, what is asked of it, and what is already there."""
    request = _request_with(request, options)
    network, to_show = _network(model, options), options.get("input")
    in_memory, seed = _in_memory(model, network, options.get("weights"), request)
    values = to_show if isinstance(to_show, list | tuple) else [to_show]
    files = tuple(Path(value) for value in values if isinstance(value, str | Path))
    if len(files) < len(values):  # anything is in memory
        files = ()
    if to_show is not None and not files:
        from netinspect.torch_backend.in_memory import prepare

        in_memory = replace(in_memory, prepared=prepare(to_show, network))
    if to_show is not None:
        request = replace(request, inputs=files or _SHOWN)
    if request.dataset is not None and in_memory.weights is None and request.weights is None and not request.force:
        raise InputError("nothing is learned, and top inputs would pretend it was; give weights=, or force=True")
    return network, replace(request, seed=seed), in_memory


def _request_with(request: Request, options: Options) -> Request:
    """The request with the options; TypeError for one that there is not, InputError for a value."""
    unknown = sorted(set(options) - set(Options.__annotations__))
    if unknown:
        raise TypeError(f"there is no option `{unknown[0]}`: {', '.join(Options.__annotations__)}")
    plain: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if plain.get("match", "name") not in ("name", "order"):
        raise InputError(f'`match={plain["match"]!r}`: give "name" or "order"')
    looks = Looks(**{name: value for name, value in plain.items() if name in Looks.__slots__})
    check_looks(looks)
    weights = options.get("weights")
    return replace(
        request,
        looks=looks,
        partial=plain.get("partial", False),
        match=plain.get("match", "name"),
        seed=plain.get("seed", 0),
        sample=plain.get("sample"),
        weights=Path(weights) if isinstance(weights, str | Path) else None,
    )


def _network(model: Model, options: Options) -> Graph:
    spec = options.get("network")
    if not isinstance(spec, Network | str | Path | None):
        raise InputError("`network=` takes a spec: its file, a gallery name, or what netinspect.load returns")
    if spec is None and isinstance(model, Network | str | Path):
        spec = model
    if spec is None:
        from netinspect.torch_backend.in_memory import network_of

        return network_of(cast("nn.Module", model))
    return spec.graph if isinstance(spec, Network) else load(spec).graph


def _in_memory(
    model: Model, network: Graph, weights: str | Path | Mapping[str, Tensor] | None, request: Request
) -> tuple[InMemory, int]:
    """A model that is there or has its weights from memory, and the seed of what is random."""
    if isinstance(model, Network | str | Path):
        if weights is None or isinstance(weights, str | Path):
            return InMemory(), request.seed
        from netinspect.torch_backend.in_memory import with_state

        return InMemory(
            *with_state(network, weights, seed=request.seed, partial=request.partial, match=request.match)
        ), request.seed
    if weights is not None:
        raise InputError("`weights=` are for a spec; a model has its own")
    from netinspect.torch_backend.in_memory import as_built, seed_of

    seed = seed_of(model, request.seed)
    return InMemory(*as_built(model, network, seed=seed, partial=request.partial, match=request.match)), seed


# --- one picture -------------------------------------------------------------------------------


@_with_plain_torch
def _picture(model: Model, kind: str, layer: str | None, options: Options, base: Request = _NOTHING) -> Picture:
    """The picture of that kind, alone: of one layer, else of the whole network; with several inputs of the first."""
    network, request, in_memory = _opened(model, replace(base, what=kind), options)
    plan = planned(network, profile(network), request)
    if not plan.pictures:
        raise InputError(f"{network.name} has nothing to draw {kind} of")
    if layer is not None or all_kinds()[kind].of_layer is not None:
        return _drawn(plan, _chosen(plan, kind, layer), in_memory)
    in_pixels = next(picture for picture in plan.pictures if picture.file.endswith(".png"))
    return _drawn(plan, in_pixels, in_memory)


def _chosen(plan: Plan, kind: str, name: str | None) -> Planned:
    """The picture of the layer called `name`, or of the first. InputError where it has none. A picture goes by the
    layer's path, and by its subject: a weight's key, the path of attention weights."""
    named: dict[str, Planned] = {}
    layers = dict.fromkeys(picture.layer for picture in plan.pictures if picture.layer is not None)
    for layer in layers:
        pictures = list(plan.of(layer))
        named.setdefault(layer.row.path, pictures[0])
        for picture in pictures:
            named.setdefault(picture.subject or layer.row.path, picture)
    if not named:
        raise InputError(f"{plan.network.name} has nothing to draw {kind} of")
    if name is None:
        return next(iter(named.values()))
    if name not in named:
        guess = closest(name, list(named))
        paths = ", ".join(layer.row.path for layer in layers)
        hint = f"did you mean `{guess}`?" if guess else f"they are drawn of {paths}"
        raise InputError(f"there are no {kind} of a layer `{name}`; {hint}")
    return named[name]


def _drawn(plan: Plan, picture: Planned, in_memory: InMemory) -> Picture:
    """That picture alone. Plots stay Figures: they say themselves what of them comes from weights."""
    alone = replace(plan, pictures=(picture,))
    session = open_session(alone, in_memory)
    result = cast("Picture", picture.kind.draw(picture, scene_of(alone, session)))
    says_so = session.weights or not picture.kind.is_of_weights or not isinstance(result.image, PillowImage)
    return result if says_so else stamped(result, str(session.origin))


def _image(picture: Picture) -> Image:
    return cast("Image", picture.image)


def _figure(picture: Picture) -> Figure:
    """The Figure, which a notebook shows as a PNG: it is no pyplot figure, and would not be shown by itself."""
    from netinspect.pictures.draw.plots import encoded

    figure = cast("Figure", picture.image)
    vars(figure)["_repr_png_"] = partial(encoded, figure, "png", dpi=_NOTEBOOK_DPI)
    return figure
