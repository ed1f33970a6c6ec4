"""A laid-out diagram as pixels: its shapes by matplotlib, its words by Pillow, which sets them ten times as fast."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PIL import Image, ImageDraw

from netinspect.pictures.diagram.ink import DARK, LIGHT, ink
from netinspect.pictures.diagram.scene import Label, Page
from netinspect.pictures.draw.png import DOTS_PER_INCH
from netinspect.pictures.draw.rendering import rendered
from netinspect.pictures.draw.text import length_of, write

_SCALE: Final = DOTS_PER_INCH / 72


def raster(page: Page, *, dark: bool = False) -> Image.Image:
    """The page in RGB, two pixels for each of a browser's."""
    shapes = replace(page, parts=tuple(part for part in page.parts if not isinstance(part, Label)))
    image = Image.fromarray(rendered(ink(shapes, dark=dark), DOTS_PER_INCH))
    pen, colours = ImageDraw.Draw(image), DARK if dark else LIGHT
    for label in page.parts:
        if isinstance(label, Label):
            x, y = label.place[0] * _SCALE, image.height - label.place[1] * _SCALE
            size = label.size * _SCALE
            x -= 0 if label.left else length_of(label.text, size, bold=label.bold) / 2
            write(pen, (x, y), label.text, size, colours[label.role], bold=label.bold)
    return image
