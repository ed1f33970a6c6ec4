"""What each kernel likes: the inputs that drive it most, cut to the part of them that it sees, beside the kernel itself
where a person could compare the two: in colour, as one channel, slices, or a waveform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, prod, sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.errors import InputError
from netinspect.network.network import Network, NetworkInput
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.sheet import CAPTION
from netinspect.pictures.draw.text import label
from netinspect.pictures.draw.tiles import Pixels, loudest_channel
from netinspect.pictures.kind import Kind, Layer, Plan, Planned
from netinspect.pictures.kinds.kernels import Tensor, as_images, kernel_tensor, outputs_first
from netinspect.pictures.kinds.responses import row_height
from netinspect.pictures.look import Description, Look, Origin, Picture, Scale, number, showing
from netinspect.pictures.request import Request, Step
from netinspect.pictures.run import Scene
from netinspect.recording import OUTSIDE, Array, Prepared, Top, TopInputs

SIDE: Final = 64
"""Pixels of one crop, about; of few kernels they are larger."""
FEW: Final = 25
LARGE_SIDE: Final = 96
WIDTH: Final = 1560
FRAME: Final = 110
BETWEEN: Final = np.array([150, 175, 205], np.uint8)
"""The colour between crops, which is neither in a grey picture nor the grey outside it."""
WAVE: Final = (48, 96)


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One kernel: its crops, the strongest first, with the values they gave. `kernel` is its own tile, RGB.

    crops  uint8 (h, w) or (h, w, 3), OUTSIDE where they leave the image; float (h, w), NaN there, is drawn from its
           lowest to its highest
    """

    index: int
    crops: tuple[NDArray[Any], ...]
    values: tuple[float, ...]
    kernel: Pixels | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """What was looked through: `inputs` files of the data set `name`, for a layer of `total` kernels.

    limit  of the scale that the kernels' own tiles share; None where they have none
    word   what drives is asked of: a kernel, or of a linear layer a unit with its weights
    """

    name: str
    inputs: int
    total: int
    limit: float | None = None
    word: str = "kernel"


def waveform(samples: NDArray[np.floating], first: int, last: int) -> NDArray[np.uint8]:
    """The samples first … last (both included) as a small picture of their range; grey where they leave the sound."""
    height, width = WAVE
    cut = np.full(last - first + 1, np.nan)
    low, high = max(first, 0), min(last, len(samples) - 1)
    if low <= high:
        cut[low - first : high - first + 1] = samples[low : high + 1]
    top = float(np.nanmax(np.abs(cut))) if np.isfinite(cut).any() else 0.0
    pieces = np.array_split(cut / (top or 1.0), min(width, len(cut)))
    columns = [_stroke(piece, height) for piece in pieces]
    return np.repeat(np.stack(columns, axis=1), max(1, width // len(columns)), axis=1)


def _stroke(piece: NDArray[np.floating], height: int) -> NDArray[np.uint8]:
    """One column of a waveform: ink from its lowest sample to its highest."""
    known = piece[np.isfinite(piece)]
    column = np.full(height, 255 if known.size else OUTSIDE, np.uint8)
    if known.size:
        above, below = ((1 - value) / 2 * (height - 1) for value in (known.max(), known.min()))
        column[int(above) : ceil(below) + 1] = 40
    return column


def top_inputs(layer: str, units: Sequence[Unit], origin: Origin, data: Data, look: Look | None = None) -> Picture:
    """A block of crops for each kernel or unit, with the kernel or weights themselves where they have a tile."""
    look = look or Look()
    drawn = units[: look.max_tiles]
    side = LARGE_SIDE if len(drawn) <= FEW else SIDE
    blocks = [_block(unit, side) for unit in drawn]
    many = max((len(unit.crops) for unit in drawn), default=0)
    of_kernels = data.word == "kernel"
    tile_words = "kernels" if of_kernels else "weights"
    kernels = () if data.limit is None else (f"{tile_words} on one scale, ±{number(data.limit)}",)
    segments = [
        f"{layer}: what drives each {data.word} most", _strongest(many, data.inputs),
        showing(len(drawn), data.total, f"{data.word}s"), *kernels, f"inputs: {data.name}", str(origin),
    ]  # fmt: skip
    beside = f", {'the kernel itself' if of_kernels else 'its weights'} beneath" if kernels else ""
    alt = (
        f"For each {data.word} of {layer} what it responds to most, {_strongest(many, data.inputs)} of {data.name}, "
        f"the best first; grey is outside the image{beside}. {origin}."
    )
    body = _arranged(blocks) if blocks else tiles.paper(2, 2, rgb=True)
    description = Description(
        "top_inputs", " · ".join(segments), alt, layer, indices=tuple(unit.index for unit in drawn), total=data.total,
        labels=tuple((unit.index, ", ".join(number(value) for value in unit.values)) for unit in drawn),
        scale=None if data.limit is None else Scale(-data.limit, data.limit, "layer"),
    )  # fmt: skip
    return Picture(sheet.sheet(segments, body), description)


def _strongest(many: int, inputs: int) -> str:
    """`the 9 strongest of 1,234 inputs`, `the strongest of 1 input`."""
    return f"the {f'{many} ' if many != 1 else ''}strongest of {inputs:,} input{'' if inputs == 1 else 's'}"


def _block(unit: Unit, side: int) -> Pixels:
    """The crops of one kernel in a square; beneath them the kernel itself, its index and its best value."""
    pictures = [_fitted(image, side) for image in unit.crops]
    height, width = (max(picture.shape[axis] for picture in pictures) for axis in (0, 1)) if pictures else (1, 1)
    columns = max(1, ceil(sqrt(len(pictures))))
    centred = [_centred(picture, height, width) for picture in pictures]
    rows = [_ruled(centred[start : start + columns], 1) for start in range(0, len(centred), columns)]
    block = _ruled(rows, 0) if rows else tiles.paper(height, width, rgb=True)
    best = f"{unit.index}: {number(unit.values[0])}" if unit.values else f"{unit.index}: never above 0"
    under: list[Pixels] = [label(best, CAPTION, strength=0.75)]
    if unit.kernel is not None:
        factor = max(1, round(side * 2 / 3 / unit.kernel.shape[0]))
        under.insert(0, np.pad(tiles.enlarge(unit.kernel, factor), ((1, 1), (1, 1), (0, 0)), constant_values=FRAME))
    return sheet.stack([block, sheet.beside(under, 8, align="middle")], 4)


def _ruled(parts: Sequence[Pixels], axis: int) -> Pixels:
    """Parts next to each other (axis 1) or beneath each other (0), with rules between them."""
    longest = max(part.shape[1 - axis] for part in parts)
    joined: list[Pixels] = []
    for part in parts:
        short = longest - part.shape[1 - axis]
        full = sheet.padded(part, 0, 0 if axis else short, short if axis else 0, 0)
        joined += [full, np.broadcast_to(BETWEEN, (*((2, longest) if axis == 0 else (longest, 2)), 3))]
    return np.concatenate(joined[:-1], axis=axis)


def _rgb(image: NDArray[Any], by: int = 1) -> NDArray[np.uint8]:
    """A crop in colour: a photograph as it is, other numbers in magma from the least to the largest.

    Of a square of `by` numbers a side the one of largest magnitude is drawn.
    """
    if image.dtype == np.uint8:
        return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)
    known = image[np.isfinite(image)]
    low = float(known.min()) if known.size else 0.0
    span = (float(known.max()) - low) if known.size else 0.0
    small = tiles.strongest(image, by, by)
    painted = colour.coloured(colour.sequential(small - low, span), colour.SEQUENTIAL)
    painted[~np.isfinite(small)] = OUTSIDE
    return painted


def _fitted(image: NDArray[Any], side: int) -> Pixels:
    """A crop in colour, enlarged or reduced by a whole number to about `side` pixels.

    Of a photograph a pixel is the mean of many; of numbers it is the one of largest magnitude: the mean of a tone is
    nothing.
    """
    longest = max(image.shape[:2])
    if longest <= side:
        return tiles.enlarge(_rgb(image), max(1, side // longest))
    by = round(longest / side)
    return _rgb(image, by) if image.dtype != np.uint8 else tiles.smaller(_rgb(image), by)


def _centred(picture: Pixels, height: int, width: int) -> Pixels:
    canvas = tiles.paper(height, width, rgb=True)
    y, x = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return canvas


def _arranged(blocks: Sequence[Pixels]) -> Pixels:
    gap = 20
    wide = max(block.shape[1] for block in blocks)
    fits = max(1, (WIDTH + gap) // (wide + gap))
    columns = min(fits, tiles.near_square(len(blocks)))
    padded = [sheet.padded(block, 0, wide - block.shape[1], 0, 0) for block in blocks]
    return sheet.stack([sheet.beside(padded[at : at + columns], gap) for at in range(0, len(blocks), columns)], gap)


# --- single kernels --------------------------------------------------------------------------


FEW_CHANNELS: Final = 4
MOST_SIDE: Final = 64
"""Cells a side of a tile; of larger kernels a cell is the strongest weight of a square, in colour the mean."""
"""Pixels of a waveform, down and across at most."""
GROUND: Final = 255
INK: Final = 40
AXIS: Final = 200


def kernel_tiles(tensor: Tensor, indices: Sequence[int], clip: float = 100.0) -> tuple[list[Pixels], float] | None:
    """For each of `indices` the kernel of that output in RGB, all on one scale of the layer, and that scale's limit:
    the percentile `clip` of the weights, or for waveforms what three kernels of four stay within; louder ones are cut
    off.

    None where kernels cannot be shown: a matrix over no image, one weight a channel, more than FEW_CHANNELS inputs.
    """
    weight = as_images(outputs_first(tensor), tensor.input_shape)
    if weight.ndim < 3 or not 1 <= weight.shape[1] <= FEW_CHANNELS or prod(weight.shape[2:]) < 2:
        return None
    if weight.ndim == 3:
        height = row_height(weight)
        waves = ([_wave(taps, height, ceil(WAVE[0] / weight.shape[1])) for taps in weight[index]] for index in indices)
        return [np.concatenate(channels) for channels in waves], height
    limit = colour.percentile(weight, clip)
    kernels = weight[..., ::-1, :] if tensor.spectrogram else weight
    return [_planes(kernels[index], limit, in_colour=not tensor.spectrogram) for index in indices], limit


def _planes(kernel: NDArray[np.floating], limit: float, *, in_colour: bool) -> Pixels:
    """A kernel (C, h, w) in colour where C is 3, else its channels side by side; of (C, D, h, w) the slices are."""
    by = tiles.reduction(max(kernel.shape[-2:]), MOST_SIDE)
    is_picture = len(kernel) == 3 and in_colour
    small = tiles.reduced(kernel, by) if is_picture else tiles.strongest(kernel, by, by)
    volume = small.reshape(len(small), -1, *small.shape[-2:])  # C, D, h, w
    if is_picture:
        return _joined([colour.rgb(plane.transpose(1, 2, 0), limit) for plane in volume.swapaxes(0, 1)])
    planes = volume.reshape(-1, *volume.shape[-2:])
    return _joined([colour.coloured(colour.diverging(plane, limit), colour.DIVERGING) for plane in planes])


def _joined(planes: Sequence[Pixels]) -> Pixels:
    """Side by side, a white column between them."""
    parts = [part for plane in planes for part in (plane, np.full((plane.shape[0], 1, 3), GROUND, np.uint8))]
    return np.concatenate(parts[:-1], axis=1)


# --- waveforms -----------------------------------------------------------------------------------


def _wave(taps: NDArray[np.floating], limit: float, height: int) -> Pixels:
    """Bars from zero to each tap; of more taps than pixels from the lowest to the highest of each column."""
    columns = np.array_split(np.nan_to_num(taps, posinf=0.0, neginf=0.0), min(WAVE[1], len(taps)))
    canvas = np.full((height, len(columns)), GROUND, np.uint8)
    middle = (height - 1) / 2
    canvas[round(middle)] = AXIS
    for at, column in enumerate(columns):
        high, low = (min(max(float(value) / limit, -1), 1) for value in (max(column.max(), 0), min(column.min(), 0)))
        if high > low:
            canvas[round((1 - high) * middle) : round((1 - low) * middle) + 1, at] = INK
    wide = np.repeat(canvas, max(1, WAVE[1] // len(columns)), axis=1)
    return np.repeat(wide[:, :, None], 3, axis=2)


# --- in an album -----------------------------------------------------------------------------


def _check(network: Network, _request: Request) -> None:
    if len(network.inputs) != 1:
        raise InputError(f"top inputs need a network of one input; {network.name} has {len(network.inputs)}")


def _planned(layer: Layer, plan: Plan) -> Iterator[tuple[str, str]]:
    call = layer.call
    has_units = call is not None and call.result.parameters and plan.units.get(call.outputs[0]) is not None
    if has_units and call is not None and call.entry.family in ("convolution", "linear"):
        yield "", layer.row.path


def _found(scene: Scene, step: Step) -> dict[str, TopInputs]:
    """By layer, what drives its units most: all layers are watched while the data set is gone through once."""
    from netinspect.torch_backend.studies.top_inputs import top_inputs as search

    request, session = scene.plan.request, scene.session
    folder = _data_set(request)
    name = folder.resolve().name
    paths = [planned.call.path for planned in scene.plan.pictures if planned.kind is KIND]
    layers = search(
        session.model, scene.network, folder, paths, most=request.top_inputs,
        progress=lambda done, total: step(f"{name}: {done} of {total} inputs", 0), memory_limit=request.memory_limit,
    )  # fmt: skip
    session.unread.update({f"{name}/{file}": reason for top in layers for file, reason in top.unread})
    return {top.path: top for top in layers}


def _data_set(request: Request) -> Path:
    if request.dataset is None:
        raise InputError("top inputs need a data set to look for them")
    return request.dataset


def _drawn(planned: Planned, scene: Scene) -> Picture:
    request = scene.plan.request
    look, folder = Look(max_tiles=request.looks.max_tiles), _data_set(request)
    top: TopInputs = scene.shared(KIND)[planned.call.path]
    kernels = _kernels(planned.layer, min(len(top.units), look.max_tiles), look, scene) if planned.layer else None
    tiles, limit = kernels or ([], None)
    # The first units with their crops and kernels; each file is read once
    target = scene.network.inputs[0]
    drawn = top.units[: look.max_tiles]
    crops = _crops(folder, target, [top_input for unit in drawn for top_input in unit], request.memory_limit)
    units = [
        Unit(index, tuple(crops[top_input] for top_input in unit), tuple(top_input.value for top_input in unit),
             tiles[index] if index < len(tiles) else None)
        for index, unit in enumerate(drawn)
    ]  # fmt: skip
    word = "unit" if planned.call.entry.family == "linear" else "kernel"
    data = Data(folder.resolve().name, top.files, len(top.units), limit, word)
    return top_inputs(top.path, units, scene.session.origin, data, look)


def _kernels(layer: Layer, count: int, look: Look, scene: Scene) -> tuple[list[Pixels], float] | None:
    """The first kernels of a layer as tiles, and their scale; None where they cannot be shown."""
    key = f"{layer.call.module}.weight" if layer.call is not None else ""
    if not any(key == known for known, _ in layer.weights):
        return None
    return kernel_tiles(kernel_tensor(key, layer.call, scene), range(count), look.clip)


def _crops(folder: Path, target: NetworkInput, tops: Sequence[Top], memory_limit: int | None) -> dict[Top, Array]:
    from netinspect.inputs.files import read_input

    by_file: dict[str, list[Top]] = {}
    for top in tops:
        by_file.setdefault(top.file, []).append(top)
    crops: dict[Top, Array] = {}
    for file, tops_of_file in by_file.items():
        prepared = read_input(folder / file, target, file, memory_limit=memory_limit)
        crops.update((top, _drawable(prepared, top)) for top in tops_of_file)
    return crops


def _drawable(prepared: Prepared, top: Top) -> Array:
    """A crop as the figure takes it: a picture, a waveform, or a table of numbers."""
    from netinspect.inputs.fields import crop

    if prepared.picture is None and prepared.spectrogram is None and prepared.sound is not None and top.box:
        samples = loudest_channel(prepared.array[top.sample].reshape(-1, prepared.array.shape[-1]))
        return waveform(samples, *top.box[-1 if len(top.box) == 1 else 0])
    cut = crop(prepared, top.sample, top.box)
    if prepared.picture is not None:
        return cut
    while cut.ndim > 2:
        cut = loudest_channel(cut)
    plane: Array = cut.reshape(-1, cut.shape[-1]) if cut.ndim else cut.reshape(1, 1)
    return plane[::-1] if prepared.spectrogram is not None else plane


KIND: Final = Kind(
    name="top_inputs",
    title="Top inputs",
    file="top_inputs/03_conv1.png",
    shows="the inputs that drive each kernel or unit most, cut to what it sees",
    place=80,
    needs=("dataset", "--dataset DIR"),
    is_shared=True,
    of_layer=_planned,
    check=_check,
    prepare=_found,
    draw=_drawn,
)
