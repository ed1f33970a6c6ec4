"""One picture on its sheet: the title above, what is drawn, axes and colour bar with their units, notes beneath;
and tiles with their numbers, at the start of each row where the order is plain, else beneath every tile.

Sheets are put together as arrays. They stay palette indices as long as everything on them shares one map and
become RGB where it does not; the text is the same grey in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final, Literal

import numpy as np
from PIL import Image

from netinspect.pictures.draw import colour
from netinspect.pictures.draw.colour import GREY, INK, PAPER
from netinspect.pictures.draw.text import SEPARATOR, SMALL, TEXT, TITLE, broken, drawable, label, line_height, width_of
from netinspect.pictures.draw.tiles import Grid, Pixels, paper, tile
from netinspect.pictures.look import Scale, number

MARGIN: Final = 28
GAP: Final = 20
LEAST_WIDTH: Final = 1000
"""A sheet is at least so wide, for its title."""
BAR_WIDTH: Final = 420
BAR_HEIGHT: Final = 18

Align = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A colour bar: the map, the values at its ends, what they measure, and whether zero is in its middle. The ends of
    one that is `clipped`, but for one at zero, stand for all values beyond too."""

    colormap: str
    scale: Scale
    measure: str
    signed: bool
    texts: tuple[str, ...] = ()
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: pixels from the body's top or left, and its text."""

    at: float
    text: str


# --- putting together ----------------------------------------------------------------------------


def stack(parts: Sequence[Pixels], gap: int = 0, align: Align = "start") -> Pixels:
    """Parts beneath each other on paper."""
    return _joined(parts, gap, align, axis=0)


def beside(parts: Sequence[Pixels], gap: int = 0, align: Align = "start") -> Pixels:
    """Parts next to each other on paper."""
    return _joined(parts, gap, align, axis=1)


def _joined(parts: Sequence[Pixels], gap: int, align: Align, axis: int) -> Pixels:
    if not parts:
        return paper(1, 1)
    across = max(part.shape[1 - axis] for part in parts)
    places, at = [], 0
    for part in parts:
        spare = across - part.shape[1 - axis]
        start = {"start": 0, "middle": spare // 2, "end": spare}[align]
        places.append((at, start) if axis == 0 else (start, at))
        at += part.shape[axis] + gap
    return _placed(parts, places, *((at - gap, across) if axis == 0 else (across, at - gap)))


def _placed(parts: Sequence[Pixels], places: Sequence[tuple[int, int]], height: int, width: int) -> Pixels:
    """Parts on one paper of that size, the upper left corner of each at its y and x."""
    if any(part.ndim == 3 for part in parts):
        # All are RGB as soon as one is. Indices among them may only be text: pictures are coloured beforehand.
        parts = [colour.coloured(part, colour.GREY) if part.ndim == 2 else part for part in parts]
    canvas = paper(height, width, rgb=parts[0].ndim == 3)
    for part, (y, x) in zip(parts, places, strict=True):
        canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
    return canvas


def padded(pixels: Pixels, top: int, right: int, bottom: int, left: int) -> Pixels:
    """Paper around it."""
    ground = PAPER if pixels.ndim == 2 else 255
    pad = ((top, bottom), (left, right)) + ((0, 0),) * (pixels.ndim - 2)
    return np.pad(pixels, pad, constant_values=ground)


# --- axes ----------------------------------------------------------------------------------------


def with_axes(
    body: Pixels, rows: Sequence[Tick] = (), columns: Sequence[Tick] = (), row_title: str = "", column_title: str = ""
) -> Pixels:
    """The body with marks at its left and bottom, the names of the axes outside them."""
    left = _left(body.shape[0], rows, row_title)
    below = _below(body.shape[1], columns, column_title)
    half = line_height(SMALL) // 2 if rows else 0
    top, start = left.shape[0] - body.shape[0] - half, left.shape[1]
    foot = below if columns or column_title else paper(half, 0)
    end = top + body.shape[0]
    parts = [left[: end + (0 if columns or column_title else half)], body, foot]
    width = start + max(body.shape[1], foot.shape[1])
    return _placed(parts, [(0, 0), (top, start), (end, start)], end + foot.shape[0], width)


_MARK: Final = 8


def _left(height: int, ticks: Sequence[Tick], name: str) -> Pixels:
    """Numbers and marks left of a body, and the axis's name, turned. They reach half a line below the body, and as
    far above it as they need."""
    half = line_height(SMALL) // 2
    texts = [label(tick.text, strength=0.75) for tick in ticks]
    wide = max((text.shape[1] for text in texts), default=0)
    canvas = paper(height + 2 * half, wide + _MARK + 6 if ticks else 0)
    for tick, text in zip(ticks, texts, strict=True):
        middle = half + round(tick.at)
        canvas[min(middle, canvas.shape[0] - 1), wide + 6 :] = INK - 8
        top = min(max(0, middle - half), max(0, half + height - text.shape[0]))
        canvas[top : top + text.shape[0], wide - text.shape[1] : wide] = text
    canvas = canvas if ticks else canvas[half : half + height]
    return _named(canvas, height, half if ticks else 0, name) if name else canvas


def _named(canvas: Pixels, height: int, half: int, name: str) -> Pixels:
    """The name left of what stands left of a body: at its middle, or ending with it where the body is shorter."""
    turned = np.rot90(label(name, strength=0.75))
    canvas = padded(canvas, max(0, turned.shape[0] - height - half), 0, 0, 0)
    bottom = canvas.shape[0] - half
    column = paper(canvas.shape[0], turned.shape[1])
    start = bottom - turned.shape[0] - max(0, height - turned.shape[0] + 1) // 2
    column[start : start + turned.shape[0]] = turned
    return beside([column, canvas], gap=8)


def _below(width: int, ticks: Sequence[Tick], name: str) -> Pixels:
    """Marks and numbers under a body, and the axis's name. A number that would touch the one before is left out."""
    texts = [
        (tick, stack([label(line, strength=0.75) for line in tick.text.split("\n")], align="middle")) for tick in ticks
    ]
    starts = [max(0, round(tick.at) - text.shape[1] // 2) for tick, text in texts]
    right = max((start + text.shape[1] for start, (_, text) in zip(starts, texts, strict=True)), default=0)
    high = max((text.shape[0] for _, text in texts), default=0)
    canvas = paper(_MARK + high if ticks else 0, max(width, right))
    taken = -1
    for start, (tick, text) in zip(starts, texts, strict=True):
        at = min(round(tick.at), canvas.shape[1] - 1)
        if start > taken:
            canvas[:_MARK, at] = INK - 8
            canvas[_MARK : _MARK + text.shape[0], start : start + text.shape[1]] = text
            taken = start + text.shape[1] + 12
    if not name:
        return canvas
    named = label(name, strength=0.75)
    return stack([canvas, padded(named, 2, 0, 0, max(0, (width - named.shape[1]) // 2))])


def round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50 … (and their tenths) that is no less."""
    power = 10.0 ** np.floor(np.log10(least)) if least > 0 else 1.0
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9)))


# --- the colour bar ------------------------------------------------------------------------------


def colour_bar(bar: Bar) -> Pixels:
    """The map from its lowest to its highest value, marked at ends and middle, with what it measures."""
    values = np.linspace(-1.0 if bar.signed else 0.0, 1.0, BAR_WIDTH)
    row = (colour.diverging if bar.signed else colour.sequential)(values, 1.0, bar.scale.gamma)
    strip = np.full((BAR_HEIGHT + 2, BAR_WIDTH + 2), INK - 8, np.uint8)
    strip[1:-1, 1:-1] = row
    middle = (bar.scale.low + bar.scale.high) / 2
    low, zero, high = (number(value) for value in (bar.scale.low, middle, bar.scale.high))
    low = f"≤ {low}" if bar.clipped and bar.scale.low else low
    high = f"≥ {high}" if bar.clipped and bar.scale.high else high
    texts = bar.texts or (low, zero, high)
    named = padded(label(bar.measure, TEXT, strength=0.8), 0, 0, 0, 16)
    width = strip.shape[1]
    canvas = paper(_MARK + line_height(SMALL), width)
    for index, text in enumerate(texts):
        drawn = label(text, strength=0.75)
        at = round(index * (width - 1) / max(1, len(texts) - 1))
        start = min(max(0, at - drawn.shape[1] // 2), width - drawn.shape[1])
        canvas[: _MARK - 2, at] = INK - 8
        canvas[_MARK:, start : start + drawn.shape[1]] = drawn
    return beside([stack([strip, canvas]), padded(named, 0, 0, 0, 0)])


# --- the sheet -----------------------------------------------------------------------------------


def sheet(
    segments: Sequence[str], body: Pixels, colormap: str = colour.GREY, *, bars: Sequence[Bar] = (),
    notes: Sequence[str] = (),
) -> Image.Image:  # fmt: skip
    """The finished image: the first segment as its title, the body, colour bars, then small the other segments and the
    notes. A body of indices is coloured by `colormap`, its bar too."""
    width = max(body.shape[1], LEAST_WIDTH)
    words = head_and_foot(segments, notes, width)
    parts: list[Pixels] = [stack([label(line, TITLE, bold=True) for line in words.head], gap=2), body]
    drawn = [colour_bar(bar) for bar in bars]
    if body.ndim == 3:
        drawn = [colour.coloured(strip, bar.colormap) for strip, bar in zip(drawn, bars, strict=True)]
    if drawn:
        parts.append(beside(drawn, gap=40))
    parts += [stack([label(line, strength=FOOT) for line in lines]) for lines in words.foot]
    tops = list(accumulate((part.shape[0] + GAP for part in parts), initial=MARGIN))
    across = max(width, *(part.shape[1] for part in parts)) + 2 * MARGIN
    places = [(top, MARGIN) for top in tops[:-1]]
    return image(_placed(parts, places, tops[-1] - GAP + MARGIN, across), colormap)


@dataclass(frozen=True, slots=True)
class Words:
    """What stands above a picture and beneath it: lines of the title, and of the settings and each note."""

    head: list[str]
    foot: list[list[str]]


FOOT: Final = 0.85
"""How strong the ink of the foot is."""


def head_and_foot(segments: Sequence[str], notes: Sequence[str], width: int) -> Words:
    """The first segment in lines of TITLE, bold, so many pixels wide; the others gathered into lines of SMALL, one that
    is too wide by itself broken; and each note by itself."""
    settings: list[str] = []
    for segment in segments[1:]:
        for piece in broken(drawable(segment), width, SMALL):
            longer = SEPARATOR.join([*settings[-1:], piece])
            settings[-1:] = [longer] if width_of(longer, SMALL) <= width else [*settings[-1:], piece]
    foot = [settings, *(list(broken(drawable(note), width, SMALL)) for note in notes)]
    return Words(list(broken(drawable(segments[0]), width, TITLE, bold=True)), [lines for lines in foot if lines])


def image(pixels: Pixels, colormap: str) -> Image.Image:
    """Pixels as a Pillow image: paletted from indices, RGB from RGB."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if pixels.ndim == 2:
        picture.putpalette(colour.palette(colormap).tobytes())  # greys become indices, without a copy
    return picture


# --- tiles with numbers ----------------------------------------------------------------------


CAPTION: Final = 18
"""Pixels of a caption's letters, the smallest on a sheet: 9 on a page."""


def numbered(tiles: Pixels, layout: Grid, indices: Sequence[int], captions: Sequence[str] = ()) -> Pixels:
    """The grid with its indices: by rows where they are 0, 1, 2 … in several, else (or with captions) by tiles."""
    if not captions and layout.rows > 1 and list(indices) == list(range(len(indices))):
        return row_numbered(tiles, layout, len(indices))
    texts = [f"{index} {text}".strip() for index, text in zip(indices, captions or [""] * len(indices), strict=True)]
    return captioned(tiles, layout, texts)


def row_numbered(tiles: Pixels, layout: Grid, count: int) -> Pixels:
    """The grid with the index of each row's first tile at its left."""
    pitch = layout.height * layout.factor + layout.gap + layout.below
    middle = layout.gap + layout.height * layout.factor / 2
    rows = [
        Tick(row * pitch + middle, str(row * layout.columns))
        for row in range(layout.rows)
        if row * layout.columns < count
    ]
    return with_axes(tile(tiles, layout), rows=rows)


def captioned(tiles: Pixels, layout: Grid, texts: Sequence[str]) -> Pixels:
    """The grid with a line under each tile. One that is wider than its tile keeps the words that fit."""
    layout = replace(layout, below=below())
    canvas = tile(tiles, layout)
    room = layout.width * layout.factor + layout.gap
    for index, text in enumerate(texts):
        y, x = layout.corner(index)
        # As many whole words as fit; none where not even the first does
        words = text.split(" ")
        while words and width_of(" ".join(words), CAPTION) > room:
            words.pop()
        fitting = " ".join(words)
        _write(canvas, y + layout.height * layout.factor + layout.gap, x, fitting)
    return canvas


def below() -> int:
    """Pixels under a tile that its caption takes."""
    return line_height(CAPTION) + 2


def _write(canvas: Pixels, y: int, x: int, text: str) -> None:
    if not text:
        return
    drawn = label(text, CAPTION, strength=0.75)
    height, width = (
        min(size, room) for size, room in zip(drawn.shape, (canvas.shape[0] - y, canvas.shape[1] - x), strict=True)
    )
    drawn = drawn[:height, :width]
    canvas[y : y + height, x : x + width] = drawn if canvas.ndim == 2 else colour.coloured(drawn, GREY)


def caption_room(texts: Sequence[str]) -> int:
    """Pixels of the widest caption."""
    return max((width_of(text, CAPTION) for text in texts), default=0)
