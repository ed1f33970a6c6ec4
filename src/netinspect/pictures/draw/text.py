"""Words in pictures, set in the DejaVu Sans that matplotlib brings along, through Pillow.

Pillow's own default font lacks ×. Text is made as an array of palette greys, so it can stand in a paletted image;
every map's palette has the same greys in the same places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from netinspect.pictures.draw.colour import INK, PAPER, Indices
from netinspect.pictures.draw.fonts import house_font, in_fonts

TITLE: Final = 28
TEXT: Final = 24
SMALL: Final = 20
SEPARATOR: Final = " · "


@lru_cache
def font(size: float, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans at so many pixels."""
    return _face(house_font(bold=bold), size)


@lru_cache
def _face(file: Path, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)


def printable(text: str) -> str:
    """Text with what would not print, or print backwards, written as its number."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def length_of(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels a line takes, in each letter's font."""
    return sum(_face(file, size).getlength(piece) for piece, file in in_fonts(text, bold=bold))


@lru_cache(maxsize=2048)
def width_of(text: str, size: int, *, bold: bool = False) -> int:
    """Whole pixels a line takes."""
    return ceil(length_of(text, size, bold=bold))


def write(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: float, colour: int | str, *, bold: bool = False
) -> None:
    """One line of text from the left, its base line at `at`."""
    x, y = at
    for piece, file in in_fonts(text, bold=bold):
        pen.text((x, y), piece, colour, _face(file, size), anchor="ls")
        x += _face(file, size).getlength(piece)


def line_height(size: int) -> int:
    """Pixels from one line to the next."""
    ascent, descent = font(size).getmetrics()
    return ascent + descent


@lru_cache(maxsize=512)
def label(text: str, size: int = SMALL, *, bold: bool = False, strength: float = 1.0) -> Indices:
    """One line of text as palette greys on paper, not to be written to; `strength` below 1 is a lighter ink."""
    mask = Image.new("L", (max(1, width_of(text, size, bold=bold)), line_height(size)))
    write(ImageDraw.Draw(mask), (0, font(size).getmetrics()[0]), text, size, 255, bold=bold)
    drawn = inked(np.asarray(mask, dtype=np.uint8), strength)
    drawn.flags.writeable = False
    return drawn


def inked(mask: Indices, strength: float = 1.0) -> Indices:
    """A mask 0..255 as greys from paper to ink."""
    greys: Indices = (PAPER + np.rint(np.arange(256) * (strength * (INK - PAPER) / 255))).astype(np.uint8)
    return greys[mask]


def title(segments: Sequence[str], width: int) -> list[Indices]:
    """Lines of a title, its first segment bold, parted at ` · ` where it would grow wider than `width`."""
    return [_line(parts, first=index == 0) for index, parts in enumerate(_wrapped(segments, width))]


def _line(parts: Sequence[str], *, first: bool) -> Indices:
    if not first:
        return _joined(parts[0], *(SEPARATOR + part for part in parts[1:]))
    head = label(parts[0], TITLE, bold=True)
    rest = _joined(*(SEPARATOR + part for part in parts[1:])) if len(parts) > 1 else label(" ", TEXT)
    drop = font(TITLE).getmetrics()[0] - font(TEXT).getmetrics()[0]  # one base line for both
    line = np.full((head.shape[0], head.shape[1] + rest.shape[1]), PAPER, np.uint8)
    line[:, : head.shape[1]] = head
    line[drop : drop + rest.shape[0], head.shape[1] :] = rest[: line.shape[0] - drop]
    return line


def _joined(*pieces: str) -> Indices:
    """Pieces of one line, each set by itself: the same ones stand in the titles of many pictures."""
    return np.concatenate([label(piece, TEXT, strength=0.8) for piece in pieces], axis=1)


def _wrapped(segments: Sequence[str], width: int) -> Iterator[list[str]]:
    """Segments gathered into lines; one that is too wide by itself is broken between words or letters."""
    line: list[str] = []
    used = 0
    for index, segment in enumerate(segments):
        for piece in broken(segment, width, TITLE if index == 0 else TEXT, bold=index == 0):
            wide = width_of(SEPARATOR + piece, TITLE if index == 0 else TEXT, bold=index == 0)
            if line and used + wide > width:
                yield line
                line, used = [], 0
            line.append(piece)
            used += wide
    if line:
        yield line


def broken(text: str, width: int, size: int, *, bold: bool = False) -> Iterator[str]:
    """Text in pieces that fit, parted at spaces where there are any."""
    while width_of(text, size, bold=bold) > width and len(text) > 1:
        fits = max(1, _letters_that_fit(text, width, size, bold=bold))
        cut = text.rfind(" ", 1, fits + 1)
        cut = cut if cut > 0 else fits
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    yield text


def _letters_that_fit(text: str, width: int, size: int, *, bold: bool) -> int:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(text[:middle], size, bold=bold) <= width else (low, middle - 1)
    return low
