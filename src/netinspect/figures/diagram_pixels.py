"""A laid-out diagram as pixels: its shapes by matplotlib, its words by Pillow, which sets them ten times as fast."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PIL import Image, ImageDraw

from netinspect.figures.diagram_ink import DARK, LIGHT, ink
from netinspect.figures.diagram_scene import Label, Page
from netinspect.figures.png import DOTS_PER_INCH
from netinspect.figures.rendering import rendered
from netinspect.figures.text import font

_SCALE: Final = DOTS_PER_INCH / 72


def raster(page: Page, *, dark: bool = False) -> Image.Image:
    """The page in RGB, two pixels for each of a browser's."""
    shapes = replace(page, parts=tuple(part for part in page.parts if not isinstance(part, Label)))
    image = Image.fromarray(rendered(ink(shapes, dark=dark), DOTS_PER_INCH))
    pen, colours = ImageDraw.Draw(image), DARK if dark else LIGHT
    for label in page.parts:
        if isinstance(label, Label):
            x, y = label.place[0] * _SCALE, image.height - label.place[1] * _SCALE
            face = font(label.size * _SCALE, bold=label.bold)
            pen.text((x, y), label.text, colours[label.role], face, anchor="ls" if label.left else "ms")
    return image
