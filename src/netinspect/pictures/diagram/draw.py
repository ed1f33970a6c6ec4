"""The architecture diagram: the net as feature maps that shrink and grow, fit for a slide and for print.

    figure = draw(diagram, title="AlexNet")
    save(figure, "alexnet.svg")

It needs neither LaTeX nor Graphviz.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netinspect.pictures.diagram.layout import layout
from netinspect.pictures.diagram.parts import Diagram
from netinspect.pictures.draw.saving import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from netinspect.pictures.diagram.scene import Page

__all__ = ["SLIDE", "draw", "laid_out", "save"]

SLIDE: Final = 16.0
"""Inches at which rows are wrapped unasked."""


def draw(
    diagram: Diagram, *, title: str, remark: str = "", dark: bool = False, width: float = SLIDE
) -> Figure:  # fmt: skip
    """The diagram as a matplotlib Figure with a canvas of its own, as large as its content needs.

    Rows are wrapped at `width` inches: the default suits a slide, 7 a printed page, where texts then keep their size.
    `remark` is a line below the title: where the weights came from.
    """
    from netinspect.pictures.diagram.ink import ink

    return ink(laid_out(diagram, title=title, remark=remark, width=width), dark=dark)


def laid_out(diagram: Diagram, *, title: str, remark: str = "", width: float = SLIDE) -> Page:
    """Everything in its place, to be drawn by `ink` or `raster`."""
    return layout(diagram, title, 72 * width, remark)
