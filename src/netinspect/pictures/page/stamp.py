"""A line beneath a finished picture: that nothing was learned, also where nothing in it comes from weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from PIL import Image

from netinspect.pictures.draw import colour, sheet
from netinspect.pictures.draw.text import TEXT, broken, label
from netinspect.pictures.look import Picture
from netinspect.pictures.page.plate import pixels

ABOVE: Final = 12
"""Pixels between a plot and the line; a sheet has a margin of its own."""


def stamped(picture: Picture, words: str) -> Picture:
    """The picture with the words in its image, title and alt text. One whose title has them, has them in its image."""
    said = picture.description
    if words in said.title:
        alt = said.alt if words in said.alt else f"{said.alt} {words}."
        return replace(picture, description=replace(said, alt=alt))
    description = replace(said, title=f"{said.title} · {words}", alt=f"{said.alt} {words}.")
    above = 0 if isinstance(picture.image, Image.Image) else ABOVE
    return Picture(_with_line(pixels(picture.image), words, above), description)


def _with_line(image: Image.Image, words: str, above: int) -> Image.Image:
    room = max(1, image.width - 2 * sheet.MARGIN)
    lines = sheet.stack([label(line, TEXT, strength=0.8) for line in broken(words, room, TEXT)])
    foot = sheet.padded(lines, above, sheet.MARGIN, sheet.MARGIN, sheet.MARGIN)
    if image.mode != "P":
        whole = sheet.stack([np.asarray(image.convert("RGB")), colour.coloured(foot, colour.GREY)])
        return Image.fromarray(whole)
    made = Image.fromarray(sheet.stack([np.asarray(image), foot]))
    made = Image.frombytes("P", made.size, made.tobytes())
    made.putpalette(image.getpalette() or [])
    return made
