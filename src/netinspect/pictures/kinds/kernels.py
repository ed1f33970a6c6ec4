"""Kernels as a person wants to see them: colour tiles, slices, matrices; signed, on one scale, zero in the middle.

Never min-max per kernel: it turns a dead kernel into confetti. A dead kernel stays grey.
Weights are correlated with the input, as torch does it, and drawn unflipped; only the frequency axis of a
spectrogram's kernels is turned, together with the spectrogram itself, so that low frequencies are at the bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, prod
from typing import Final

import numpy as np

from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.captions import caption_room, numbered
from netinspect.pictures.draw.choice import Choice, choose, strongest
from netinspect.pictures.draw.matrices import TAP, matrix
from netinspect.pictures.draw.readings import read
from netinspect.pictures.draw.scaling import Limits, bar_of, gain_text, limits_of, remarks
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.draw.tiles import Grid, Pixels
from netinspect.pictures.kinds.clips import clips
from netinspect.pictures.kinds.tensor import Tensor, Weights, as_images, flattened, outputs_first
from netinspect.pictures.look import Description, Look, Picture, showing, sizes

MOST_VALUES: Final = 256
"""Values a side of a kernel beyond which a pixel stands for a square of them."""
SLICE_SIDE: Final = 96


def kernels(tensor: Tensor, look: Look | None = None) -> Picture:
    """The picture that fits the tensor's shape: RGB, one channel, depthwise, slices, volumes, or a matrix."""
    look = look or Look()
    weight = flattened(as_images(outputs_first(tensor), tensor.input_shape))
    if weight.size == 0:
        return _empty(tensor)
    spatial = weight.shape[2:]
    if prod(spatial) == 1:
        flat = weight.reshape(weight.shape[0], -1)
        return matrix(flat, tensor.title, tensor.layer, tensor.origin, look, shape=tensor.weight.shape,
                      row_title=tensor.axes[0], column_title=tensor.axes[1], activation=tensor.activation)  # fmt: skip
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
    shown = weight[:, :, ::-1] if tensor.spectrogram else weight
    return _grid(tensor, weight, shown[:, 0], look) if weight.shape[1] == 1 else _slices(tensor, shown, look)


# --- one tile a kernel -----------------------------------------------------------------------------


def _grid(tensor: Tensor, weight: Weights, images: Weights, look: Look) -> Picture:
    """One tile for each output: images (N, h, w) with the diverging map, or (N, h, w, 3) in colour."""
    choice = choose(weight, look.order, look.max_tiles, tensor.activation)
    limits = limits_of(weight, choice.indices, look)
    drawn, reduction = _reduced(images[choice.shown])
    in_colour = drawn.ndim == 4
    pixels = (colour.rgb if in_colour else colour.diverging)(drawn, limits.of(drawn.ndim))
    labels = readings_of(tensor, weight, choice)
    captions = _captions(limits, [text for _, text in labels])
    body = numbered(pixels, _layout(pixels, captions), choice.indices, captions)
    taps = "; inputs downwards, taps across" if weight.ndim == 3 else ""
    segments = [
        tensor.title, f"{showing(len(choice.shown), len(weight), 'kernels')}, {choice.words}{taps}", limits.words,
        str(tensor.origin),
    ]  # fmt: skip
    colormap = colour.GREY if in_colour else colour.DIVERGING
    notes = (*remarks(weight), *reduction)
    bar = bar_of(limits, colormap, "weight of red, green, blue" if in_colour else "weight")
    alt = f"{_what(tensor, weight, in_colour=in_colour)} {tensor.origin}."
    return Picture(
        sheet.sheet(segments, body, colormap, bars=(bar,), notes=notes),
        Description("kernels", " · ".join(segments), alt, tensor.layer, tensor.weight.shape, limits.scale,
                    "RGB" if in_colour else colormap, choice.indices, len(weight), notes,
                    tuple(pair for pair in labels if pair[1])),
    )  # fmt: skip


def _what(tensor: Tensor, weight: Weights, *, in_colour: bool) -> str:
    of = "channels" if tensor.groups > 1 and weight.shape[1] == 1 else "kernels"
    how = "in colour, zero is mid-grey" if in_colour else "red above zero, blue below"
    low = " Low frequencies are at the bottom." if tensor.spectrogram else ""
    return f"The {of} of {tensor.layer}, {sizes(tensor.weight.shape)}, one tile each, {how}, on one scale.{low}"


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
    return list(zip(choice.indices, read(weight[choice.shown]), strict=True))


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
    planes, reduction = _reduced(weight[np.ix_(rows.shown, columns.shown)].reshape(-1, *weight.shape[2:]))
    scaled = planes.reshape(len(rows.shown), len(columns.shown), *planes.shape[1:])
    body = _laid_out(colour.diverging(scaled, limits.of(4))[:, :, None], rows, columns, limits, _input_word(tensor))
    return _of_slices(tensor, weight, rows, columns, limits, body, reduction)


def _laid_out(pixels: Pixels, rows: Choice, columns: Choice, limits: Limits, input_word: str) -> Pixels:
    """Slices (outputs, inputs, D, h, w) with their indices. Outputs run downwards, or across where they are more."""
    across = len(rows.shown) > len(columns.shown) * pixels.shape[2]
    ordered = pixels.transpose(1, 2, 0, 3, 4) if across else pixels.transpose(0, 1, 2, 3, 4)
    layout = _slice_grid(ordered.shape, across=across)
    flat = np.ascontiguousarray(ordered).reshape(-1, *pixels.shape[3:])
    outputs = [str(index) for index in rows.indices]
    if limits.gains:
        between = "\n" if across else " "
        outputs = [f"{index}{between}{gain_text(gain)}" for index, gain in zip(outputs, limits.gains, strict=True)]
    inputs = _depth_words(columns, pixels.shape[2])
    down = _marks(layout.height, layout, inputs if across else outputs)
    sideways = _marks(layout.width, layout, outputs if across else inputs)
    names = (input_word, "output") if across else ("output", input_word)
    return sheet.with_axes(tiles.tile(flat, layout), down, sideways, *names)


def _slice_grid(shape: tuple[int, ...], *, across: bool) -> Grid:
    columns = shape[2] if across else shape[1] * shape[2]
    return tiles.grid(shape[0] * shape[1] * shape[2], shape[3], shape[4], columns=columns, side=SLICE_SIDE)


def _depth_words(columns: Choice, depth: int) -> list[str]:
    """`3` for a plane, `3/0 3/1 3/2` for the slices of a volume."""
    if depth == 1:
        return [str(index) for index in columns.indices]
    return [f"{index}/{at}" for index in columns.indices for at in range(depth)]


def slice_count(look: Look) -> int:
    """How many outputs and inputs a picture of slices shows at most: 16 by default."""
    return max(1, 2 * isqrt(look.max_tiles))


def chosen_slices(tensor: Tensor, weight: Weights, look: Look, inputs: int) -> tuple[Choice, Choice]:
    """Outputs (2·√max_tiles at most) and inputs: all in order where they fit, else the strongest."""
    most = slice_count(look)
    by_index = look.order == "index"
    rows = strongest(weight, most) if by_index else choose(weight, look.order, most, tensor.activation)
    return rows, strongest(weight[rows.shown].swapaxes(0, 1), max(1, inputs))


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
    some = any(len(choice.shown) < count for choice, count in ((rows, outputs), (columns, inputs)))
    how = rows.words if len(rows.shown) < outputs or len(columns.shown) == inputs else columns.words
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
    return showing(len(choice.shown), total, what).removeprefix("showing ")


def _volumes(tensor: Tensor, weight: Weights, look: Look) -> Picture:
    """Kernels (C_out, C_in, D, h, w): for each output its inputs, each as its D slices, `input/slice`."""
    depth = weight.shape[2]
    rows, columns = chosen_slices(tensor, weight, look, slice_count(look) // depth)
    limits = limits_of(weight, rows.indices, look)
    planes = weight[np.ix_(rows.shown, columns.shown)]
    body = _laid_out(colour.diverging(planes, limits.of(5)), rows, columns, limits, f"{_input_word(tensor)}/slice")
    return _of_slices(tensor, weight, rows, columns, limits, body, ())


def _empty(tensor: Tensor) -> Picture:
    """A sheet that says there is nothing to draw."""
    notes = remarks(tensor.weight)
    segments = [tensor.title, str(tensor.origin)]
    description = Description("kernels", " · ".join(segments), f"{tensor.title}: {notes[0]}. {tensor.origin}.",
                              tensor.layer, tensor.weight.shape, notes=notes)  # fmt: skip
    return Picture(sheet.sheet(segments, tiles.paper(2, 2), notes=notes), description)
