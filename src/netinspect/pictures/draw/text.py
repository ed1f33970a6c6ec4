"""Words in pictures, set in the DejaVu Sans that matplotlib brings along, through Pillow, so that they look the same
everywhere. Only for letters that it lacks are fonts of the machine used.

Pillow's own default font lacks ×. Text is made as an array of palette greys, so it can stand in a paletted image;
every map's palette has the same greys in the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from netinspect.pictures.draw.colour import INK, PAPER, Indices

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font


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


def broken(text: str, width: int, size: int, *, bold: bool = False) -> Iterator[str]:
    """Text in pieces that fit, parted at spaces where there are any."""
    while width_of(text, size, bold=bold) > width and len(text) > 1:
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if width_of(text[:middle], size, bold=bold) <= width else (low, middle - 1)
        fits = max(1, low)
        cut = text.rfind(" ", 1, fits + 1)
        cut = cut if cut > 0 else fits
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    yield text


# --- fonts -----------------------------------------------------------------------------------


FAMILY: Final = "DejaVu Sans"
USUAL: Final = frozenset([letter for code in range(0x250) if (letter := chr(code)).isprintable()]) | set(
    "–—…−←→≤≥≈√∝∞σ"
)
"""Letters that DejaVu Sans is known to have, so that its file need not be looked into."""
NAMED: Final = 3
"""So many letters that cannot be drawn are named."""


@lru_cache
def house_font(*, bold: bool = False) -> Path:
    """DejaVu Sans among matplotlib's own files; matplotlib itself is not imported."""
    matplotlib = find_spec("matplotlib")
    assert matplotlib is not None
    assert matplotlib.origin is not None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf" / name


def in_fonts(text: str, *, bold: bool = False) -> Iterator[tuple[str, Path]]:
    """The text in pieces, each with the font that has its letters."""
    if _is_plain(text):
        yield text, house_font(bold=bold)
        return
    for font, letters in groupby(text, key=lambda letter: None if _is_in_house(letter) else _fallback(letter)):
        yield "".join(letters), font or house_font(bold=bold)


def families(text: str) -> list[str]:
    """The text's fonts by names that matplotlib is told, DejaVu Sans first."""
    if _is_plain(text):
        return [FAMILY]
    fonts = dict.fromkeys(font for _, font in in_fonts(text) if font != house_font())
    return [FAMILY, *map(_told_to_matplotlib, fonts)]


@lru_cache
def _told_to_matplotlib(font: Path) -> str:
    """A family of this very file, of usual weight and bold: another of its own family might lack the letters."""
    from matplotlib.font_manager import fontManager, ttfFontProperty

    entry = ttfFontProperty(_opened(font))
    name = f"{entry.name} for netinspect"
    for weight in (400, 700):
        fontManager.ttflist.append(replace(entry, name=name, weight=weight, style="normal", stretch="normal"))
    return name


def drawable(text: str) -> str:
    """Text with what would not print, or print backwards, and letters that no font has, written as numbers."""
    if _is_plain(text):
        return text
    return "".join(letter if letter.isprintable() and _has_font(letter) else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    """As `language.messages.printable` writes what does not print."""
    return letter.encode("unicode_escape").decode("ascii")


def cannot_draw(texts: Iterable[str]) -> tuple[str, ...]:
    """What must be said of letters that no font has."""
    letters = [letter for letter in dict.fromkeys("".join(texts)) if letter.isprintable() and not _has_font(letter)]
    if not letters:
        return ()
    named = ", ".join(f"{letter} ({_escape(letter)})" for letter in letters[:NAMED])
    more = f" and {len(letters) - NAMED:,} more" if len(letters) > NAMED else ""
    return (f"no installed font has {named}{more}: pictures show the number; Noto Sans CJK or Noto Emoji may have it",)


def _is_plain(text: str) -> bool:
    return text.isprintable() and USUAL.issuperset(text)


def _has_font(letter: str) -> bool:
    return _is_in_house(letter) or _fallback(letter) is not None


def _is_in_house(letter: str) -> bool:
    return letter in USUAL or ord(letter) in _letters(house_font())


@lru_cache(maxsize=4096)
def _fallback(letter: str) -> Path | None:
    """The first installed font that has an outline for it; a font of coloured pixels has none."""
    for font in installed():
        try:
            if ord(letter) in _letters(font) and _has_outline(font, letter):
                return font
        except (OSError, RuntimeError):  # no font after all, or a damaged one
            continue
    return None


@lru_cache(maxsize=1)
def installed() -> tuple[Path, ...]:
    """The machine's fonts, upright ones of usual weight without serifs first."""
    from matplotlib.font_manager import findSystemFonts

    def order(path: Path) -> tuple[bool, bool, str]:
        return "regular" not in path.stem.lower(), "sans" not in path.stem.lower(), path.name

    return tuple(sorted(map(Path, findSystemFonts()), key=order))


@lru_cache
def _opened(font: Path) -> FT2Font:
    from matplotlib.ft2font import FT2Font

    return FT2Font(str(font))


@lru_cache
def _letters(font: Path) -> frozenset[int]:
    return frozenset(_opened(font).get_charmap())


def _has_outline(font: Path, letter: str) -> bool:
    from matplotlib.ft2font import FT2Font, LoadFlags

    face = FT2Font(str(font))
    if not face.scalable:
        return False
    face.set_size(20, 72)
    return int(face.load_char(ord(letter), flags=LoadFlags.NO_HINTING).width) > 0
