"""A convolution at work, as an SVG that moves: the window slides over the input, and the map fills with its numbers.

CSS moves it in whole steps, without script: the window in two groups, one for the rows and one for the columns, and two
covers that draw back from the output. So the file does not grow with the number of steps. Where a reader has asked for
less motion it stands still: the window at the unit that was asked for, the map full.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from netinspect.pictures.draw import colour
from netinspect.pictures.look import number

Values = NDArray[np.floating]

SECONDS: Final = 0.7
"""From one step to the next."""
SIDE: Final = 400
"""Pixels that a panel takes at most."""
CELL: Final = 42
"""Pixels a side that a cell takes at most."""
WRITTEN: Final = 36
"""Pixels a side from which on a cell's number is written into it."""
GAPS: Final = (56, 110)
"""Pixels between input and kernel, and between kernel and output, where the rest of the sum is written."""
TOP: Final = 92
FONT: Final = "DejaVu Sans, Verdana, sans-serif"
MARK: Final = "#009E73"
"""Okabe and Ito's green, as in the picture that stands still."""


@dataclass(frozen=True, slots=True, eq=False)
class Sliding:
    """A part of a map and what it is made of.

    fed       (rows, columns) of one input channel, with zeros where the window hangs over
    kernel    (rows, columns) of that channel
    made      (rows, columns) of the output, each the sum over all channels and the bias
    unit      row and column in `made` of the number that was asked for
    stride, dilation  of rows and columns
    titles    what stands over input, kernel and output
    rest      what else the output adds up: `+ 2 channels`, `+ bias`
    """

    fed: Values
    kernel: Values
    output: Values
    unit: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    titles: tuple[str, str, str]
    rest: tuple[str, ...] = ()


def svg(
    sliding: Sliding, title: str, description: str, lines: tuple[str, ...], *grounds: Mapping[str, str]
) -> tuple[bytes, int, int]:
    """The file with its width and height in pixels. `lines` stand below. `grounds` are the colours of `page`, `ink` and
    `frame`; of two the second is for viewers who prefer the dark."""
    tops, width, panels = [TOP, TOP, TOP], 24, []
    cell = max(4, min(CELL, SIDE // max(sliding.fed.shape)))
    for values, gap in zip((sliding.fed, sliding.kernel, sliding.output), (*GAPS, 24), strict=True):
        side = cell if values is not sliding.output else max(4, min(CELL, SIDE // max(values.shape)))
        panels.append((values, width, side))
        width += max(values.shape[1] * side, 150) + gap
    height = TOP + max(values.shape[0] * side for values, _, side in panels) + 34 + 22 * len(lines)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(description)}</desc>',
        f"<style>{_style(sliding, cell, panels[2][2], grounds)}</style>",
        f'<rect width="{width}" height="{height}" class="g"/>',
        f'<text x="24" y="34" class="b">{escape(title)}</text>',
    ]
    for (values, left, side), top, name in zip(panels, tops, sliding.titles, strict=True):
        parts += _panel(values, left, top, side, name)
    parts += _window(sliding, panels[0][1], cell)
    parts += _covers(sliding, panels[2][1], panels[2][2])
    middles = [left - gap / 2 for (_, left, _), gap in zip(panels[1:], GAPS, strict=True)]
    parts += [f'<text x="{middle}" y="{TOP + 30}" class="s">{sign}</text>'
              for middle, sign in zip(middles, ("∗", "" if sliding.rest else "="), strict=True)]  # fmt: skip
    for place, term in enumerate((*sliding.rest, "=") if sliding.rest else ()):
        kind = "s" if term == "=" else "r"
        parts.append(f'<text x="{middles[1]}" y="{TOP + 18 + 20 * place}" class="{kind}">{escape(term)}</text>')
    below = height - 22 * len(lines) + 4
    parts += [f'<text x="24" y="{below + 22 * at}">{escape(line)}</text>' for at, line in enumerate(lines)]
    return ("\n".join([*parts, "</svg>"]) + "\n").encode(), width, height


def _style(sliding: Sliding, cell: int, made_cell: int, grounds: Sequence[Mapping[str, str]]) -> str:
    """The colours, and all that moves. Without motion each group stands where the unit is, and the covers are not
    there. The cells have the same colours on any ground, and so has what is written into them."""
    rows, columns = sliding.output.shape
    (row, column), (down, across) = sliding.unit, (size * cell for size in sliding.stride)
    in_row = SECONDS * columns

    def moves(name: str, axis: str, step: int, steps: int, seconds: float, still: int) -> str:
        translate = f"transform:translate{axis}"
        return (
            f".{name}{{{translate}({still * step}px);animation:{name} {seconds:g}s steps({steps}) infinite}}"
            f"@keyframes {name}{{from{{{translate}(0)}}to{{{translate}({steps * step}px)}}}}"
        )

    paints = [f"text{{fill:{each['ink']}}}.g{{fill:{each['page']}}}.c{{fill:{each['frame']}}}" for each in grounds]
    return (
        f"text{{font:13px {FONT}}}.b{{font-size:17px;font-weight:bold}}"
        + paints[0]
        + "".join(f"@media (prefers-color-scheme:dark){{{dark}}}" for dark in paints[1:])
        + ".s{font-size:24px;text-anchor:middle}.r{text-anchor:middle}"
        ".n{font-size:11px;text-anchor:middle;dominant-baseline:central;fill:#1A1A1A}.w{fill:#fff}"
        "image{image-rendering:pixelated}"
        ".f{fill:none;stroke:" + MARK + ";stroke-width:3}.c{opacity:0;animation:c 1s infinite}"
        "@keyframes c{from,to{opacity:1}}"
        + moves("wy", "Y", down, rows, in_row * rows, row)
        + moves("wx", "X", across, columns, in_row, column)
        + moves("oy", "Y", made_cell, rows, in_row * rows, row)
        + moves("ox", "X", made_cell, columns, in_row, column)
        + "@media (prefers-reduced-motion:reduce){*{animation:none!important}}"
    )


def _panel(values: Values, left: int, top: int, side: int, name: str) -> Iterator[str]:
    """The cells as one small image, and their numbers where there is room."""
    limit = colour.largest(values)
    height, width = values.shape
    levels = colour.diverging(values, limit)
    stream = BytesIO()
    image = Image.fromarray(levels)
    image.putpalette(colour.palette(colour.DIVERGING).tobytes())
    image.save(stream, "png", optimize=True)
    yield f'<text x="{left}" y="{top - 14}">{escape(name)}</text>'
    yield (
        f'<image x="{left}" y="{top}" width="{width * side}" height="{height * side}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{b64encode(stream.getvalue()).decode()}"/>'
    )
    yield f'<rect x="{left}" y="{top}" width="{width * side}" height="{height * side}" fill="none" stroke="#777"/>'
    if side >= WRITTEN:
        dark = colour.palette(colour.DIVERGING)[levels].astype(int).sum(axis=-1) < 330
        for (row, column), value in np.ndenumerate(values):
            ink = "n w" if dark[row, column] else "n"
            at = f'x="{left + (column + 0.5) * side:g}" y="{top + (row + 0.5) * side:g}"'
            yield f'<text {at} class="{ink}">{number(round(float(value), 2))}</text>'


def _window(sliding: Sliding, left: int, cell: int) -> Iterator[str]:
    """The frame of the window, with a small frame around each tap where the taps lie apart."""
    tall, wide = (
        ((size - 1) * dilation + 1) * cell
        for size, dilation in zip(sliding.kernel.shape, sliding.dilation, strict=True)
    )
    yield f'<g class="wy"><g class="wx"><rect x="{left}" y="{TOP}" width="{wide}" height="{tall}" class="f"/>'
    if max(sliding.dilation) > 1:
        for row, column in np.ndindex(sliding.kernel.shape):
            x, y = left + column * sliding.dilation[1] * cell, TOP + row * sliding.dilation[0] * cell
            yield f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" class="f" style="stroke-width:1"/>'
    yield "</g></g>"


def _covers(sliding: Sliding, left: int, side: int) -> Iterator[str]:
    """What hides the numbers that are not yet made: the rest of the row, and all rows below; and the frame of the one
    that is being made."""
    rows, columns = sliding.output.shape
    width, height = columns * side, rows * side
    yield f'<svg x="{left}" y="{TOP}" width="{width}" height="{height}"><g class="oy">'
    yield f'<rect class="c" y="{side}" width="{width}" height="{height}"/>'
    yield f'<svg width="{width}" height="{side}"><g class="ox">'
    yield f'<rect class="c" x="{side}" width="{width}" height="{side}"/></g></svg></g></svg>'
    yield f'<g class="oy"><g class="ox"><rect x="{left}" y="{TOP}" width="{side}" height="{side}" class="f"/></g></g>'
