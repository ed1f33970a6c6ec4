"""Kernels as a person wants to see them: colour tiles, slices, matrices; signed, on one scale, zero in the middle.

Never min-max per kernel: it turns a dead kernel into confetti. A dead kernel stays grey.
Weights are correlated with the input, as torch does it, and drawn unflipped; only the frequency axis of a
spectrogram's kernels is turned, together with the spectrogram itself, so that low frequencies are at the bottom.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isqrt, prod, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.network.network import Call, Network
from netinspect.pictures.axes import along, without_width
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import FREQUENCIES
from netinspect.pictures.draw.matrices import TAP, matrix
from netinspect.pictures.draw.readings import read
from netinspect.pictures.draw.scaling import Choice, Limits, bar_of, choose, gain_text, limits_of, remarks, strongest
from netinspect.pictures.draw.sheet import CAPTION, Tick, caption_room, numbered
from netinspect.pictures.draw.text import label
from netinspect.pictures.draw.tiles import Grid, Pixels
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.kinds.activations import units_first
from netinspect.pictures.look import Description, Look, Origin, Picture, showing, sizes
from netinspect.pictures.request import Step
from netinspect.pictures.run import Recorded, Scene, has_weights
from netinspect.recording import Array, Kernel

MOST_VALUES: Final = 256
"""Values a side of a kernel beyond which a pixel stands for a square of them."""
SLICE_SIDE: Final = 96


def kernels(tensor: Tensor, look: Look | None = None) -> Picture:
    """The picture that fits the tensor's shape: RGB, one channel, depthwise, slices, volumes, or a matrix."""
    look = look or Look()
    weight = flattened(as_images(outputs_first(tensor), tensor.input_shape))
    if weight.size == 0:
        # A sheet that says there is nothing to draw
        notes = remarks(tensor.weight)
        segments = [tensor.title, str(tensor.origin)]
        description = Description("kernels", " · ".join(segments), f"{tensor.title}: {notes[0]}. {tensor.origin}.",
                                  tensor.layer, tensor.weight.shape, notes=notes)  # fmt: skip
        return Picture(sheet.sheet(segments, tiles.paper(2, 2), notes=notes), description)
    spatial = weight.shape[2:]
    if prod(spatial) == 1:
        flat = weight.reshape(weight.shape[0], -1)
        return matrix(flat, tensor.title, tensor.layer, tensor.origin, look, shape=tensor.weight.shape,
                      row_title=tensor.axes[0], column_title=tensor.axes[1], activation=tensor.activation,
                      blocks=tensor.gates)  # fmt: skip
    if len(spatial) == 1 and weight.shape[1] == 1:
        flat = weight[:, 0]
        return matrix(flat, tensor.title, tensor.layer, tensor.origin, look, shape=tensor.weight.shape,
                      row_title="kernel", column_title=TAP, activation=tensor.activation)  # fmt: skip
    if len(spatial) == 1:
        return _grid(tensor, weight, weight, look)  # inputs down, taps across
    if len(spatial) > 2:
        volumes = weight.reshape(*weight.shape[:2], -1, *weight.shape[-2:])
        if weight.shape[1] == 3:
            return clips(volumes, tensor.title, tensor.layer, tensor.origin, look, shape=tensor.weight.shape,
                         activation=tensor.activation)  # fmt: skip
        return _volumes(tensor, volumes, look)
    if weight.shape[1] == 3 and not tensor.spectrogram:
        return _grid(tensor, weight, weight.transpose(0, 2, 3, 1), look)
    turned = weight[:, :, ::-1] if tensor.spectrogram else weight
    return _grid(tensor, weight, turned[:, 0], look) if weight.shape[1] == 1 else _slices(tensor, turned, look)


# --- one tile a kernel -----------------------------------------------------------------------------


def _grid(tensor: Tensor, weight: Weights, images: Weights, look: Look) -> Picture:
    """One tile for each output: images (N, h, w) with the diverging map, or (N, h, w, 3) in colour."""
    choice = choose(weight, look.order, look.max_tiles, tensor.activation)
    limits = limits_of(weight, choice.indices, look)
    drawn, reduction = _reduced(images[choice.kept])
    in_colour = drawn.ndim == 4
    pixels = (colour.rgb if in_colour else colour.diverging)(drawn, limits.of(drawn.ndim))
    labels = readings_of(tensor, weight, choice)
    captions = _captions(limits, [text for _, text in labels])
    body = numbered(pixels, _layout(pixels, captions), choice.indices, captions)
    taps = "; inputs downwards, taps across" if weight.ndim == 3 else ""
    segments = [
        tensor.title, f"{showing(len(choice.kept), len(weight), 'kernels')}, {choice.words}{taps}", limits.words,
        str(tensor.origin),
    ]  # fmt: skip
    colormap = colour.GREY if in_colour else colour.DIVERGING
    notes = (*remarks(weight), *reduction)
    bar = bar_of(limits, colormap, "weight of red, green, blue" if in_colour else "weight")
    of = "channels" if tensor.groups > 1 and weight.shape[1] == 1 else "kernels"
    how = "in colour, zero is mid-grey" if in_colour else "red above zero, blue below"
    low = " Low frequencies are at the bottom." if tensor.spectrogram else ""
    alt = (
        f"The {of} of {tensor.layer}, {sizes(tensor.weight.shape)}, one tile each, {how}, on one scale.{low} "
        f"{tensor.origin}."
    )
    return Picture(
        sheet.sheet(segments, body, colormap, bars=(bar,), notes=notes),
        Description("kernels", " · ".join(segments), alt, tensor.layer, tensor.weight.shape, limits.scale,
                    "RGB" if in_colour else colormap, choice.indices, len(weight), notes,
                    tuple(pair for pair in labels if pair[1])),
    )  # fmt: skip


def _layout(pixels: Pixels, captions: Sequence[str]) -> Grid:
    """Tiles as wide as their captions need, where the picture has room for that."""
    layout = tiles.grid(len(pixels), *pixels.shape[1:3])
    needed = caption_room([f"{len(pixels)} {text}" for text in captions])
    if layout.width * layout.factor >= needed:
        return layout
    columns = max(1, min(layout.columns, tiles.WIDTH // (needed + tiles.TILE_GAP)))
    return tiles.grid(len(pixels), *pixels.shape[1:3], columns=columns)


def _captions(limits: Limits, readings: Sequence[str]) -> list[str]:
    """What stands under the tiles besides their numbers: gains and readings; nothing where there are neither."""
    gains = [gain_text(gain) for gain in limits.gains]
    if not any(readings):
        return gains
    return [f"{gain} {text}".strip() for gain, text in zip(gains or [""] * len(readings), readings, strict=True)]


def readings_of(tensor: Tensor, weight: Weights, choice: Choice) -> list[tuple[int, str]]:
    """For a spectrogram's trained kernels the reading of each that is shown ("" where it has none)."""
    if not (tensor.spectrogram and tensor.origin.trained and weight.ndim == 4 and min(weight.shape[2:]) > 1):
        return []
    return list(zip(choice.indices, read(weight[choice.kept]), strict=True))


def _reduced(images: Weights) -> tuple[Weights, tuple[str, ...]]:
    """Images whose sides are bounded, and what was done to them."""
    in_colour = images.ndim == 4
    by = tiles.reduction(max(images.shape[1:3]), MOST_VALUES)
    if by == 1:
        return images, ()
    if in_colour:
        small = tiles.reduced(images.transpose(0, 3, 1, 2), by).transpose(0, 2, 3, 1)
        return small, (f"each pixel is the mean of {by}×{by} weights",)
    return tiles.strongest(images, by, by), (f"each pixel is the weight of largest magnitude of {by}×{by}",)


# --- one tile an input of a kernel -------------------------------------------------------------------


def _slices(tensor: Tensor, weight: Weights, look: Look) -> Picture:
    """A row for each output, a tile for each of its inputs; of a deep layer the strongest of both."""
    side = slice_count(look)
    rows, columns = chosen_slices(tensor, weight, look, side)
    limits = limits_of(weight, rows.indices, look)
    planes, reduction = _reduced(weight[np.ix_(rows.kept, columns.kept)].reshape(-1, *weight.shape[2:]))
    scaled = planes.reshape(len(rows.kept), len(columns.kept), *planes.shape[1:])
    body = _laid_out(colour.diverging(scaled, limits.of(4))[:, :, None], rows, columns, limits, _input_word(tensor))
    return _of_slices(tensor, weight, rows, columns, limits, body, reduction)


def _laid_out(pixels: Pixels, rows: Choice, columns: Choice, limits: Limits, input_word: str) -> Pixels:
    """Slices (outputs, inputs, D, h, w) with their indices. Outputs run downwards, or across where they are more."""
    across = len(rows.kept) > len(columns.kept) * pixels.shape[2]
    ordered = pixels.transpose(1, 2, 0, 3, 4) if across else pixels.transpose(0, 1, 2, 3, 4)
    first, second, third, *sides = ordered.shape
    in_a_row = third if across else second * third
    layout = tiles.grid(first * second * third, *sides, columns=in_a_row, side=SLICE_SIDE)
    flat = np.ascontiguousarray(ordered).reshape(-1, *pixels.shape[3:])
    outputs = [str(index) for index in rows.indices]
    if limits.gains:
        between = "\n" if across else " "
        outputs = [f"{index}{between}{gain_text(gain)}" for index, gain in zip(outputs, limits.gains, strict=True)]
    depth = pixels.shape[2]  # the slices of a volume are `3/0 3/1 3/2`
    inputs = [str(index) if depth == 1 else f"{index}/{at}" for index in columns.indices for at in range(depth)]
    down = _marks(layout.height, layout, inputs if across else outputs)
    sideways = _marks(layout.width, layout, outputs if across else inputs)
    names = (input_word, "output") if across else ("output", input_word)
    return sheet.with_axes(tiles.tile(flat, layout), down, sideways, *names)


def slice_count(look: Look) -> int:
    """How many outputs and inputs a picture of slices shows at most: 16 by default."""
    return max(1, 2 * isqrt(look.max_tiles))


def chosen_slices(tensor: Tensor, weight: Weights, look: Look, inputs: int) -> tuple[Choice, Choice]:
    """Outputs (2·√max_tiles at most) and inputs: all in order where they fit, else the strongest."""
    most = slice_count(look)
    by_index = look.order == "index"
    rows = strongest(weight, most) if by_index else choose(weight, look.order, most, tensor.activation)
    return rows, strongest(weight[rows.kept].swapaxes(0, 1), max(1, inputs))


def _marks(side: int, layout: Grid, texts: Sequence[str]) -> list[Tick]:
    pitch = side * layout.factor + layout.gap
    return [Tick(layout.gap + at * pitch + side * layout.factor / 2, text) for at, text in enumerate(texts)]


def _input_word(tensor: Tensor) -> str:
    return "input, of the output's group" if tensor.groups > 1 else "input"


def _of_slices(
    tensor: Tensor, weight: Weights, rows: Choice, columns: Choice, limits: Limits, body: Pixels,
    reduction: tuple[str, ...],
) -> Picture:  # fmt: skip
    outputs, inputs = weight.shape[:2]
    some = any(len(choice.kept) < count for choice, count in ((rows, outputs), (columns, inputs)))
    how = rows.words if len(rows.kept) < outputs or len(columns.kept) == inputs else columns.words
    slices = (f"{weight.shape[2]} slices each",) if weight.ndim == 5 else ()
    counts = " × ".join((_counted(rows, outputs, "outputs"), _counted(columns, inputs, "inputs")))
    words = ", ".join((f"{'showing ' if some else ''}{counts}", how, *slices))
    segments = [tensor.title, words, limits.words, str(tensor.origin)]
    notes = (*remarks(weight), *reduction)
    alt = (
        f"Slices of the kernels of {tensor.layer}, {sizes(tensor.weight.shape)}: a tile for each output and input"
        f"{' and slice' if slices else ''}, red above zero, blue below, on one scale. {tensor.origin}."
    )
    return Picture(
        sheet.sheet(segments, body, colour.DIVERGING, bars=(bar_of(limits, colour.DIVERGING),), notes=notes),
        Description("kernels", " · ".join(segments), alt, tensor.layer, tensor.weight.shape, limits.scale,
                    colour.DIVERGING, rows.indices, outputs, notes),
    )  # fmt: skip


def _counted(choice: Choice, total: int, what: str) -> str:
    """`16 of 512 outputs`, `3 inputs`."""
    return showing(len(choice.kept), total, what).removeprefix("showing ")


def _volumes(tensor: Tensor, weight: Weights, look: Look) -> Picture:
    """Kernels (C_out, C_in, D, h, w): for each output its inputs, each as its D slices, `input/slice`."""
    depth = weight.shape[2]
    rows, columns = chosen_slices(tensor, weight, look, slice_count(look) // depth)
    limits = limits_of(weight, rows.indices, look)
    planes = weight[np.ix_(rows.kept, columns.kept)]
    body = _laid_out(colour.diverging(planes, limits.of(5)), rows, columns, limits, f"{_input_word(tensor)}/slice")
    return _of_slices(tensor, weight, rows, columns, limits, body, ())


# --- the tensor ------------------------------------------------------------------------------


Weights = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A weight tensor and what must be known to draw it.

    weight       (C_out, C_in/groups, *kernel); of a transposed convolution (C_in, C_out/groups, *kernel);
                 of a linear layer (out, in)
    input_shape  of a linear layer fed by an image (C, H, W) or (H, W): its rows are drawn as such images
    spectrogram  whether the first axis of the kernel is frequency
    activation   mean activation of each output, for `order="activation"`
    axes         what the rows and the columns of a matrix count
    plain        whether it is a parameter and no layer's: then its axes of one cell are left out
    gates        the names of the gates of a recurrent layer, each of which has a block of the rows
    """

    layer: str
    weight: Weights
    origin: Origin
    name: str = "weight"
    groups: int = 1
    transposed: bool = False
    input_shape: tuple[int, ...] | None = None
    spectrogram: bool = False
    activation: NDArray[np.floating] | None = None
    axes: tuple[str, str] = ("output", "input")
    plain: bool = False
    gates: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """`conv2.weight 256×96×5×5`."""
        return f"{self.layer}.{self.name} {sizes(self.weight.shape)}"


def outputs_first(tensor: Tensor) -> Weights:
    """The weight as (C_out, C_in/groups, *kernel) in float32 or float64, whichever layer it is of."""
    weight = tensor.weight if tensor.weight.dtype in (np.float32, np.float64) else tensor.weight.astype(np.float32)
    if weight.ndim < 2:
        return weight.reshape(1, -1)
    if tensor.plain:
        long = [size for size in weight.shape if size > 1]
        return weight.reshape(long if len(long) > 1 else (1, -1))
    if not tensor.transposed:
        return weight
    grouped = weight.reshape(tensor.groups, -1, *weight.shape[1:])
    return grouped.swapaxes(1, 2).reshape(tensor.groups * weight.shape[1], -1, *weight.shape[2:])


def as_images(weight: Weights, input_shape: tuple[int, ...] | None) -> Weights:
    """The rows of a matrix as images of the declared input, where there is one and it fits."""
    if weight.ndim != 2 or input_shape is None or len(input_shape) < 2 or prod(input_shape) != weight.shape[1]:
        return weight
    shape = input_shape if len(input_shape) > 2 else (1, *input_shape)
    return weight.reshape(len(weight), *shape)


def flattened(weight: Weights) -> Weights:
    """Kernels of a volume that are one cell deep, high or wide, without that axis."""
    if weight.ndim < 5 or prod(weight.shape[2:]) == 1:
        return weight
    return weight.reshape(*weight.shape[:2], *(size for size in weight.shape[2:] if size > 1))


# --- volumes and clips -----------------------------------------------------------------------


Values = NDArray[np.floating]

GAP: Final = 16
SIDE: Final = 96
"""A slice is not enlarged beyond so many pixels a side."""


def clips(
    weight: Values, title: str, layer: str, origin: Origin, look: Look, *, shape: tuple[int, ...],
    activation: Values | None = None,
) -> Picture:  # fmt: skip
    """Kernels (C_out, 3, D, h, w) as `0.5 + w/(2·max|w|)`: zero is mid-grey."""
    choice = choose(weight, look.order, look.max_tiles, activation)
    limits = limits_of(weight, choice.indices, look)
    planes = weight[choice.kept].transpose(0, 2, 3, 4, 1)  # outputs, slices, height, width, 3
    captions = [gain_text(gain) for gain in limits.gains] or [""] * len(planes)
    texts = [f"{index} {text}".strip() for index, text in zip(choice.indices, captions, strict=True)]
    # Rows of strips (N, D, h, w, 3), each with its text beneath
    pixels = colour.rgb(planes, limits.of(5))
    count, depth, height, width = pixels.shape[:4]
    columns = tiles.near_square(count, height, depth * width)
    fits = (tiles.WIDTH - columns * (GAP + tiles.TILE_GAP * (depth + 1))) // (columns * depth * width)
    layout = tiles.Grid(1, depth, max(1, min(fits, int(SIDE / sqrt(height * width)))), height, width)
    strips = [sheet.stack([tiles.tile(slices, layout), label(text, CAPTION, strength=0.75)], 2)
              for slices, text in zip(pixels, texts, strict=True)]  # fmt: skip
    body = sheet.stack([sheet.beside(strips[at : at + columns], GAP) for at in range(0, count, columns)], GAP // 2)
    slices = showing(weight.shape[2], weight.shape[2], "slices")
    segments = [
        title, f"{showing(len(planes), len(weight), 'kernels')}, {choice.words}, {slices} each", limits.words,
        str(origin),
    ]  # fmt: skip
    notes, bar = remarks(weight), bar_of(limits, colour.GREY, "weight of red, green, blue")
    alt = (
        f"The kernels of {layer}, {sizes(shape)}, in colour, zero is mid-grey: for each its {slices} from left "
        f"to right, on one scale. {origin}."
    )
    return Picture(
        sheet.sheet(segments, body, colour.GREY, bars=(bar,), notes=notes),
        Description("kernels", " · ".join(segments), alt, layer, shape, limits.scale, "RGB", choice.indices,
                    len(weight), notes),
    )  # fmt: skip


# --- in an album -----------------------------------------------------------------------------


def _network_limit(scene: Scene, _step: Step) -> float | None:
    """Where the colours of all layers end, if they share one scale."""
    if scene.look.scale != "network":
        return None
    keys = (planned.subject for planned in scene.plan.pictures if planned.kind is KIND)
    return max((colour.percentile(scene.recorded.kernels[key].values, scene.look.clip) for key in keys), default=0.0)


def _drawn(planned: Planned, scene: Scene) -> Picture:
    call = planned.layer.call if planned.layer is not None else None
    tensor, look = kernel_tensor(planned.subject, call, scene), replace(scene.look, network_limit=scene.shared(KIND))
    count = len(scene.recorded.kernels[planned.subject].values)
    if look.order == "activation" and (tensor.activation is None or len(tensor.activation) != count):
        look = replace(look, order="index")
    return kernels(tensor, look)


def kernel_tensor(key: str, call: Call | None, scene: Scene) -> Tensor:
    """A weight tensor with what must be known to draw it."""
    kernel = scene.recorded.kernels[key]
    arguments = dict(kernel.arguments)
    is_whole = key == f"{kernel.path}.{kernel.name}"
    return Tensor(
        kernel.path if is_whole else key.rpartition(".")[0] or key,
        without_width(kernel.values, call), scene.session.origin_of(kernel), name=kernel.name,
        groups=int(arguments.get("groups", 1)), transposed="Transpose" in kernel.type,
        input_shape=_image_shape(call, scene.network),
        spectrogram=call is not None and along(call.inputs[0], 2, scene.network, scene.sights) in FREQUENCIES,
        activation=_mean_activation(call, scene.recorded), axes=_axes(kernel),
        plain=kernel.type == "Parameter", gates=_gates(kernel.name, call),
    )  # fmt: skip


def _axes(kernel: Kernel) -> tuple[str, str]:
    """What the rows and the columns of a matrix count: those of a recurrent layer that read its own state, `h`."""
    return (
        ("output", "h unit") if kernel.name.startswith("weight_hh") else _MATRICES.get(kernel.type, ("output", "input"))
    )


def _gates(name: str, call: Call | None) -> tuple[str, ...]:
    """`i input`, `f forget`, …, where the rows of a weight belong to gates; a projection has none."""
    recurrence = call.entry.recurrence if call is not None else None
    if recurrence is None or not name.startswith(("weight_ih", "weight_hh")):
        return ()
    return tuple(f"{letter} {word}" for letter, word in recurrence.gates)


_MATRICES: Final = {
    "Embedding": ("embedding", "feature"),
    "EmbeddingBag": ("embedding", "feature"),
    "Parameter": ("row", "column"),
}


def _image_shape(call: Call | None, network: Network) -> tuple[int, ...] | None:
    """The declared input's sizes where a linear layer sees that input itself, flattened or not."""
    if call is None or call.entry.name != "Linear":
        return None
    makers = network.makers
    value = call.inputs[0]
    while value in makers and makers[value].entry.family in ("shaping", "dropout") and makers[value].inputs:
        value = makers[value].inputs[0]
    item = next((item for item in network.inputs if item.value is value), None)
    if item is None:
        return None
    sizes = item.value.type.shape[1:]
    fits = prod(sizes) == call.inputs[0].type.shape[-1] and (
        len(sizes) == 2 or (len(sizes) == 3 and sizes[0] in (1, 3))
    )
    return sizes if fits else None


def _mean_activation(call: Call | None, recorded: Recorded) -> Array | None:
    """How strong each output of a layer is on average; None where it was not recorded."""
    activation = recorded.activations.get(call.path) if call is not None else None
    if call is None or activation is None or activation.unit_axis is None:
        return None
    values = units_first(activation, call)
    flat: Array = abs(values.reshape(len(values), -1)).mean(axis=1, dtype="float64")
    return flat


def _outputs(planned: Planned, plan: Plan) -> Iterator[Call]:
    """What is sorted by activation needs the layer's."""
    call = planned.layer.call if planned.layer is not None else None
    if plan.request.looks.order == "activation" and call is not None and has_weights(call):
        yield call


KIND: Final = Kind(
    name="kernels",
    title="Kernels",
    file="kernels/03_conv1.png",
    shows="every matrix and kernel of a layer",
    place=40,
    of_layer=lambda layer, _plan: ((key, layer.weight_name(key)) for key, _ in layer.weights),
    outputs=_outputs,
    prepare=_network_limit,
    draw=_drawn,
)
