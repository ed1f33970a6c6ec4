"""Kernels over volumes or clips of three channels: for each output its slices in colour, the first at the left."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.captions import CAPTION
from netinspect.pictures.draw.choice import choose
from netinspect.pictures.draw.scaling import bar_of, gain_text, limits_of, remarks
from netinspect.pictures.draw.text import label
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.look import Description, Look, Origin, Picture, showing, sizes

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
    planes = weight[choice.shown].transpose(0, 2, 3, 4, 1)  # outputs, slices, height, width, 3
    captions = [gain_text(gain) for gain in limits.gains] or [""] * len(planes)
    texts = [f"{index} {text}".strip() for index, text in zip(choice.indices, captions, strict=True)]
    body = _arranged(colour.rgb(planes, limits.of(5)), texts)
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


def _arranged(pixels: Pixels, texts: list[str]) -> Pixels:
    """Rows of strips (N, D, h, w, 3), each with its text beneath."""
    count, depth, height, width = pixels.shape[:4]
    columns = tiles.near_square(count, height, depth * width)
    fits = (tiles.WIDTH - columns * (GAP + tiles.TILE_GAP * (depth + 1))) // (columns * depth * width)
    layout = tiles.Grid(1, depth, max(1, min(fits, int(SIDE / sqrt(height * width)))), height, width)
    strips = [sheet.stack([tiles.tile(slices, layout), label(text, CAPTION, strength=0.75)], 2)
              for slices, text in zip(pixels, texts, strict=True)]  # fmt: skip
    return sheet.stack([sheet.beside(strips[at : at + columns], GAP) for at in range(0, count, columns)], GAP // 2)
