"""Weights that are a matrix: a linear layer, a 1x1 convolution, an embedding. One cell a weight, outputs downwards."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from netinspect.pictures.draw import colour, sheet
from netinspect.pictures.draw.scaling import Choice, bar_of, choose, gain_text, limits_of, norms, remarks
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.draw.text import SMALL, width_of, write
from netinspect.pictures.draw.tiles import TILE_GAP, WIDTH, framed
from netinspect.pictures.look import Description, Look, Origin, Picture, number, showing, sizes

Values = NDArray[np.floating]

MOST_CELLS: Final = 512
"""Most rows and columns of a matrix that is drawn; of more the strongest are, in order of index."""
CELL: Final = 40
LARGE_CELL: Final = 80
FEW_CELLS: Final = 12
"""Cells a side up to which they are drawn large."""
NUMBERED: Final = 8
"""Cells a side up to which each has its number."""
LUMINANCE: Final = np.array([0.299, 0.587, 0.114])
HEIGHT: Final = 1040
LOW: Final = 100
"""Pixels to which a matrix of few long rows is stretched."""
GAIN_ROOM: Final = {" ": 24, "\n": 60}
"""Pixels from one mark with a gain to the next, beside the matrix and beneath it."""
TAP: Final = "tap"


def matrix(
    weight: Values, title: str, layer: str, origin: Origin, look: Look, *, shape: tuple[int, ...],
    row_title: str = "output", column_title: str = "input", activation: Values | None = None,
    blocks: Sequence[str] = (),
) -> Picture:  # fmt: skip
    """A matrix (outputs, inputs) as a heat map with RdBu_r, symmetric limits, a colour bar "weight". `blocks` are the
    names of equal shares of its rows, which are marked with them in order of index; of too many rows each share has as
    many as the others."""
    rows = _kept(weight, look, activation, len(blocks), taps=column_title == TAP)
    columns = _strongest_in_order(weight[rows.kept].T if len(rows.kept) < len(weight) else weight.T)
    limits = limits_of(weight, rows.indices, look)
    cells = weight[np.ix_(rows.kept, columns)]
    body = colour.diverging(cells, limits.of(2))
    lies = body.shape[0] > 1.25 * body.shape[1] and column_title != TAP
    segments = [
        title, _shown(rows, len(weight), columns, weight.shape[1], row_title, column_title),
        *([f"turned: {row_title}s run across"] if lies else []), limits.words, str(origin),
    ]  # fmt: skip
    notes = remarks(weight)
    in_order = bool((np.diff(rows.kept) > 0).all())
    of_rows = rows.kept * len(blocks) // len(weight)
    shares = [(name, int((of_rows == place).sum())) for place, name in enumerate(blocks if in_order else ())]
    drawn = _drawn(cells, body, rows, columns, row_title, column_title, limits.gains, shares, lies=lies)
    image = sheet.sheet(
        segments, drawn, colour.DIVERGING, bars=(bar_of(limits, colour.DIVERGING),), notes=notes
    )  # fmt: skip
    alt = f"Heat map of the weights of {layer}, {sizes(shape)}: red above zero, blue below, on one scale. {origin}."
    return Picture(image, Description(
        "kernels", " · ".join(segments), alt, layer, shape, limits.scale, colour.DIVERGING, rows.indices, len(weight),
        notes,
    ))  # fmt: skip


def _kept(weight: Values, look: Look, activation: Values | None, blocks: int, *, taps: bool) -> Choice:
    """Rows in the order asked for; in order of index all, or the strongest of too many, of each of `blocks` where there
    are some: gates differ in size, and those of the largest would be all that is seen. Only taps have a frequency."""
    if look.order != "index" and (taps or look.order != "frequency"):
        return choose(weight[:, None], look.order, MOST_CELLS, activation)
    if len(weight) <= MOST_CELLS:
        return choose(weight, "index", MOST_CELLS)
    if blocks < 2:
        return Choice(_strongest_in_order(weight), "the strongest in order of index")
    size = len(weight) // blocks
    kept = [
        block * size + _strongest_in_order(weight[block * size : (block + 1) * size], MOST_CELLS // blocks)
        for block in range(blocks)
    ]
    return Choice(np.concatenate(kept), "the strongest of each gate in order of index")


def _strongest_in_order(weight: Values, most: int = MOST_CELLS) -> NDArray[np.intp]:
    if len(weight) <= most:
        return np.arange(len(weight))
    return np.sort(np.argsort(-norms(weight), kind="stable")[:most])


def _shown(rows: Choice, outputs: int, columns: NDArray[np.intp], inputs: int, row: str, column: str) -> str:
    of_rows = showing(len(rows.kept), outputs, f"{row}s")
    if len(columns) == inputs:
        return f"{of_rows}, {rows.words}"
    words = rows.words if len(rows.kept) < outputs else "the strongest in order of index"
    of_columns = showing(len(columns), inputs, f"{column}s").removeprefix("showing ")
    return f"{of_rows if len(rows.kept) < outputs else f'showing {of_rows}'} and {of_columns}, {words}"


def _drawn(
    cells: Values, body: colour.Indices, rows: Choice, columns: NDArray[np.intp], row_title: str, column_title: str,
    gains: tuple[float, ...] = (), shares: Sequence[tuple[str, int]] = (), *, lies: bool,
) -> colour.Indices:  # fmt: skip
    """The cells with their axes, few of them with their numbers. A tall matrix `lies` on its side, except where taps
    run across. `gains`, one a row, stand beside the rows that are marked, or in place of both the names of `shares`,
    each of so many rows, with a line between them."""
    down, across = rows.kept, columns
    if lies:
        cells, body = cells.T, body.T
        down, across, row_title, column_title = across, down, column_title, row_title
    most = LARGE_CELL if max(body.shape) <= FEW_CELLS else CELL
    factor = max(1, min(WIDTH // body.shape[1], HEIGHT // body.shape[0], most))
    tall = max(factor, min(CELL, LOW // body.shape[0]))  # a few long rows would be a line
    large = framed(np.repeat(np.repeat(body, tall, axis=0), factor, axis=1))
    if max(cells.shape) <= NUMBERED:
        pixels = colour.coloured(large, colour.DIVERGING)
        image = Image.fromarray(pixels)
        pen = ImageDraw.Draw(image)
        for (row, column), value in np.ndenumerate(cells):
            y, x = TILE_GAP + (row + 0.5) * factor, TILE_GAP + (column + 0.5) * factor
            text = number(float(f"{value:.2g}"))
            is_dark = pixels[int(y), int(x)] @ LUMINANCE < 128
            write(
                pen, (x - width_of(text, SMALL) / 2, y + 0.36 * SMALL), text, SMALL, "#FFFFFF" if is_dark else "#000000"
            )
        large = np.array(image)
    beside = ticks(down, tall) if lies else _with_gains(down, tall, gains, " ")
    beneath = _with_gains(across, factor, gains, "\n") if lies else ticks(across, factor)
    if shares:
        side = factor if lies else tall
        ends = [TILE_GAP + side * end for end in accumulate(count for _, count in shares)]
        middles = [end - side * count / 2 for end, (_, count) in zip(ends, shares, strict=True)]
        marks = [Tick(middle, name) for middle, (name, _) in zip(middles, shares, strict=True)]
        for end in ends[:-1]:
            line = slice(end - TILE_GAP // 2, end + TILE_GAP // 2)
            large[(slice(None), line) if lies else (line, slice(None))] = colour.GAP if large.ndim == 2 else 0
        beside, beneath = (beside, marks) if lies else (marks, beneath)
    return sheet.with_axes(large, beside, beneath, row_title, column_title)


def _with_gains(indices: NDArray[np.intp], factor: int, gains: tuple[float, ...], between: str) -> list[Tick]:
    """Marks at some of the rows, each with its gain where rows have scales of their own."""
    if not gains:
        return ticks(indices, factor)
    marks = ticks(np.arange(len(indices)), factor, GAIN_ROOM[between])
    rows = [int(mark.text) for mark in marks]
    texts = [f"{indices[row]}{between}{gain_text(gains[row])}" for row in rows]
    return [Tick(mark.at, text) for mark, text in zip(marks, texts, strict=True)]


def ticks(indices: NDArray[np.intp], factor: int, room: int | None = None) -> list[Tick]:
    """Marks at some of the cells, at least `room` pixels apart (by default what the longest number takes), with the
    index that each stands for. Of a run of indices the round ones are marked."""
    room = room or 16 + 14 * len(str(int(indices.max(initial=0))))
    step = max(1, round(sheet.round_step(room / factor)))
    is_run = len(indices) > 1 and bool(np.isin(np.diff(indices), (indices[1] - indices[0])).all())
    direction = int(indices[1] - indices[0]) if is_run else 0
    first = -int(indices[0]) * direction % step if direction in (1, -1) else 0
    return [Tick(2 + (at + 0.5) * factor, str(int(indices[at]))) for at in range(first, len(indices), step)]
