"""Tiles with numbers: at the start of each row where the order is plain, else beneath every tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from netinspect.pictures.draw import colour, sheet
from netinspect.pictures.draw.colour import GREY
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.draw.text import label, line_height, width_of
from netinspect.pictures.draw.tiles import Grid, Pixels, tile

CAPTION: Final = 17
"""Pixels of a caption's letters."""


def numbered(tiles: Pixels, layout: Grid, shown: Sequence[int], captions: Sequence[str] = ()) -> Pixels:
    """The grid with its indices: by rows where they are 0, 1, 2 … in several, else (or with captions) by tiles."""
    if not captions and layout.rows > 1 and list(shown) == list(range(len(shown))):
        return row_numbered(tiles, layout, len(shown))
    texts = [f"{index} {text}".strip() for index, text in zip(shown, captions or [""] * len(shown), strict=True)]
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
    return sheet.with_axes(tile(tiles, layout), rows=rows)


def captioned(tiles: Pixels, layout: Grid, texts: Sequence[str]) -> Pixels:
    """The grid with a line under each tile. One that is wider than its tile keeps the words that fit."""
    layout = replace(layout, below=below())
    canvas = tile(tiles, layout)
    room = layout.width * layout.factor + layout.gap
    for index, text in enumerate(texts):
        y, x = layout.corner(index)
        _write(canvas, y + layout.height * layout.factor + layout.gap, x, _fitting(text, room))
    return canvas


def below() -> int:
    """Pixels under a tile that its caption takes."""
    return line_height(CAPTION) + 2


def _fitting(text: str, room: int) -> str:
    """As many whole words as fit; none where not even the first does."""
    words = text.split(" ")
    while words and width_of(" ".join(words), CAPTION) > room:
        words.pop()
    return " ".join(words)


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
