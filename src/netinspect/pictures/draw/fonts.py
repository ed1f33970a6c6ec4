"""Fonts for letters that DejaVu Sans has not got: those of a name in Chinese, or with an emoji.

DejaVu Sans comes with matplotlib, so that pictures look the same everywhere. Only for letters that it lacks the fonts
of the machine are searched; what none of them has is written as its number, never as a box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

FAMILY: Final = "DejaVu Sans"
USUAL: Final = frozenset([letter for code in range(0x250) if (letter := chr(code)).isprintable()]) | set("–—…−→≤≥≈√∞σ")
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
    for font, letters in groupby(text, key=_font_of):
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
    return "".join(letter if letter.isprintable() and _has_font(letter) else f"\\u{ord(letter):04x}" for letter in text)


def cannot_draw(texts: Iterable[str]) -> tuple[str, ...]:
    """What must be said of letters that no font has."""
    letters = [letter for letter in dict.fromkeys("".join(texts)) if letter.isprintable() and not _has_font(letter)]
    if not letters:
        return ()
    named = ", ".join(f"{letter} (\\u{ord(letter):04x})" for letter in letters[:NAMED])
    more = f" and {len(letters) - NAMED:,} more" if len(letters) > NAMED else ""
    return (f"no installed font has {named}{more}: pictures show the number; Noto Sans CJK or Noto Emoji may have it",)


def _is_plain(text: str) -> bool:
    return text.isprintable() and USUAL.issuperset(text)


def _has_font(letter: str) -> bool:
    return _is_in_house(letter) or _fallback(letter) is not None


def _is_in_house(letter: str) -> bool:
    return letter in USUAL or ord(letter) in _letters(house_font())


def _font_of(letter: str) -> Path | None:
    """None for DejaVu Sans, also where nothing has the letter."""
    return None if _is_in_house(letter) else _fallback(letter)


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
