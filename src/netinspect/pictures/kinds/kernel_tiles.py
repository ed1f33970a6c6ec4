"""Single kernels as small pictures, to stand beside what drives them: colour, one channel, slices, or a waveform.

Only of kernels over few input channels: of many there is nothing that a person could compare with a crop.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw import colour, tiles
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kinds.responses import row_height
from netinspect.pictures.kinds.tensor import Tensor, as_images, outputs_first

FEW_CHANNELS: Final = 4
MOST_SIDE: Final = 64
"""Cells a side of a tile; of larger kernels a cell is the strongest weight of a square, in colour the mean."""
WAVE: Final = (48, 96)
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
        return [_waves(weight[index], height) for index in indices], height
    limit = colour.percentile(weight, clip)
    shown = weight[..., ::-1, :] if tensor.spectrogram else weight
    return [_planes(shown[index], limit, in_colour=not tensor.spectrogram) for index in indices], limit


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


def _waves(kernel: NDArray[np.floating], limit: float) -> Pixels:
    """A kernel (C, taps): a waveform for each channel, under each other."""
    return np.concatenate([_wave(taps, limit, ceil(WAVE[0] / len(kernel))) for taps in kernel])


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
