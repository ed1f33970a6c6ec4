"""The architecture diagram: the net as feature maps that shrink and grow, fit for a slide and for print.

    figure = draw(diagram, title="AlexNet")
    save(figure, "alexnet.svg")

It needs neither LaTeX nor Graphviz.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netinspect.figures.diagram_layout import layout
from netinspect.figures.diagram_parts import Diagram
from netinspect.figures.saving import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SLIDE", "draw", "save"]

SLIDE: Final = 16.0
"""Inches at which rows are wrapped unasked."""


def draw(diagram: Diagram, *, title: str, dark: bool = False, width: float = SLIDE) -> Figure:
    """The diagram as a matplotlib Figure with a canvas of its own, as large as its content needs.

    Rows are wrapped at `width` inches: the default suits a slide, 7 a printed page, where texts then keep their size.
    """
    from netinspect.figures.diagram_ink import ink

    return ink(layout(diagram, title, 72 * width), dark=dark)
