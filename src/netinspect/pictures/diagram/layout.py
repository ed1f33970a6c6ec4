"""The page of a diagram: title, the net, framed panels for what is inside its blocks, the legend and the rule.

It needs neither LaTeX nor Graphviz.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import Final

from netinspect.pictures.diagram.glyph import (
    BAR_RULE,
    LEAST_RULE,
    MAP_RULE,
    RULE,
    WIDEST_MAP,
    Image,
    Scales,
    glyph,
    scales,
)
from netinspect.pictures.diagram.order import Order, order_of
from netinspect.pictures.diagram.panel import row_widths, rows
from netinspect.pictures.diagram.parts import FAMILIES, Diagram, Panel
from netinspect.pictures.diagram.recurrent import unrolled
from netinspect.pictures.diagram.scene import (
    PIXELS_PER_POINT,
    Face,
    Label,
    Page,
    Point,
    Rectangle,
    Scene,
    moved,
    text_width,
)
from netinspect.pictures.diagram.units import Weights, is_of_units, rule, units
from netinspect.pictures.diagram.valley import is_valley, valley

TITLE, CAPTION, LEGEND, INSIDE = 15.0, 9.5, 8.6, 10.0
MARGIN, BETWEEN, PADDING = 14.0, 18.0, 12.0
NARROWEST: Final = 420.0
SHAPE: Final = 1.6
"""Width by height that the placing of panels aims at."""

SLACK: Final = 70.0
"""How much lower than it could a panel may stand to stand further left."""

ALIGNED: Final = 90.0
"""How much lower than it could a panel may stand to be level with another, or to begin below the whole net."""


DEFAULT_WIDTH: Final = 960
"""Pixels that fit a page of 1,024 beside its margins. A README of GitHub shows them on 830, where the smallest words
are still 9 pixels high."""


def layout(
    diagram: Diagram, title: str, width: float = DEFAULT_WIDTH, remark: str = "", weights: Weights | None = None,
    maps: Mapping[str, Image] | None = None,
) -> Page:  # fmt: skip
    """The whole picture in `width` pixels: rows are wrapped there. Where branches leave no place to wrap a row it is
    wider. `remark` stands below the title and the caption. A small net of units shows its `weights`. With `maps`, each
    by what its box shows, boxes face the reader.
    """
    widest = width / PIXELS_PER_POINT - 2 * MARGIN
    if maps is None and is_of_units(diagram):
        net = units(diagram, widest, weights or {})
        return _page(diagram, title, remark, [net], max(min(NARROWEST, widest), _width(net)), [rule(weights or {})])
    orders = [order_of(panel) for panel in diagram.panels]
    in_u = is_valley(orders[0], list(diagram.panels[0].boxes))
    scale = scales(diagram, in_u=in_u, branches=max(len(order.chains) for order in orders), facing=maps is not None)
    if maps is not None:
        scale = _filling(diagram.panels[0], orders[0], scale, widest)
    panels = [
        _panel(panel, order, scale, widest, maps or {}) for panel, order in zip(diagram.panels, orders, strict=True)
    ]
    panels += [
        _framed(unrolled(layer, widest - 2 * PADDING), f"{layer.title}, unrolled", layer.about)
        for layer in diagram.unrolled
    ]
    # Wide enough for a page in the shape of a screen
    sizes = [panel.bounds for panel in panels]
    area = sum((right - left + BETWEEN) * (top - bottom + BETWEEN) for left, bottom, right, top in sizes)
    good_width = min(widest, max(NARROWEST, sqrt(SHAPE * area)))
    across = max([good_width, *(_width(panel) for panel in panels)])
    rules = (
        [MAP_RULE if scale.facing else RULE] * scale.has_maps
        + [BAR_RULE] * scale.has_bars
        + [LEAST_RULE] * scale.smallest_enlarged
    )
    return _page(diagram, title, remark, panels, across, rules)


def _page(
    diagram: Diagram, title: str, remark: str, panels: list[Scene], across: float, rules: Sequence[str]
) -> Page:  # fmt: skip
    """The title, panels, legend and rules below each other, moved to (0, 0), with a margin all around."""
    page = Scene()
    floor = _head(page, title, (diagram.caption, remark, *diagram.notes), across)
    floor = _insides(page, panels, floor - BETWEEN, across)
    floor = _legend(page, diagram, floor - BETWEEN - 6, across)
    for number, line in enumerate(_lines(rules, across, LEGEND) if rules else ()):
        page.add(Label((0.0, floor - LEGEND * (1.2 + 1.5 * number)), line, LEGEND, role="muted", left=True))
    left, bottom, right, top = page.bounds
    parts = tuple(moved(part, MARGIN - left, MARGIN - bottom) for part in page.parts)
    return Page(parts, right - left + 2 * MARGIN, top - bottom + 2 * MARGIN)


def _filling(panel: Panel, order: Order, scale: Scales, widest: float) -> Scales:
    """The scale at which maps are largest: they become no larger than where there are no branches, and take no more
    rows, each within `widest`."""
    if is_valley(order, list(panel.boxes)):
        return scale
    largest = max((glyph(box, scale).thickness for box in panel.boxes if len(box.space) > 1), default=WIDEST_MAP)
    fewest, filling = len(row_widths(order, [glyph(box, scale) for box in panel.boxes], widest)), scale
    for growth in (1.15, 1.3, 1.45, 1.6):
        larger = replace(scale, side=scale.side * growth, row=scale.row * growth)
        widths = row_widths(order, [glyph(box, larger) for box in panel.boxes], widest)
        if len(widths) == fewest and max(widths) <= widest and growth * largest <= WIDEST_MAP:
            filling = larger
    return filling


def _width(scene: Scene) -> float:
    left, _, right, _ = scene.bounds
    return right - left


def _panel(panel: Panel, order: Order, scale: Scales, widest: float, maps: Mapping[str, Image]) -> Scene:
    """A panel's boxes and lines; one with a title in a frame of its own."""
    glyphs = [glyph(box, scale, maps.get(box.shows)) for box in panel.boxes]
    if panel.title:
        widest -= 2 * PADDING
    inside = valley(order, glyphs, widest) if is_valley(order, list(panel.boxes)) else rows(order, glyphs, widest)
    return _framed(inside, panel.title, panel.about) if panel.title else inside


def _framed(inside: Scene, title: str, about: str) -> Scene:
    left, bottom, right, top = inside.bounds
    beside = text_width(title, INSIDE, bold=True) + INSIDE * 0.8
    right = max(right, left + beside + text_width(about, LEGEND))
    left, bottom, right, top = left - PADDING, bottom - PADDING, right + PADDING, top + PADDING + INSIDE * 1.6
    scene = Scene([Face(((left, bottom), (right, bottom), (right, top), (left, top)), "ink", "frame")])
    scene.add(Label((left + PADDING, top - PADDING - INSIDE * 0.5), title, INSIDE, bold=True, left=True))
    if about:
        scene.add(
            Label((left + PADDING + beside, top - PADDING - INSIDE * 0.5), about, LEGEND, role="muted", left=True)
        )
    scene.take(inside, 0.0, 0.0)
    return scene


def _head(page: Scene, title: str, beneath: Sequence[str], width: float) -> float:
    """The title and what stands beneath it, in as many lines as it takes."""
    page.add(Label((0.0, -TITLE), title, TITLE, bold=True, left=True))
    lines = [line for text in beneath if text for line in _lines(text.split(" "), width, CAPTION)]
    for number, line in enumerate(lines, 1):
        page.add(Label((0.0, -TITLE - CAPTION * 1.6 * number), line, CAPTION, role="muted", left=True))
    return -TITLE * 1.3 - CAPTION * 1.6 * len(lines)


def _lines(parts: Sequence[str], width: float, size: float) -> list[str]:
    """Parts joined by spaces into lines that are no wider, unless one part is."""
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]} {part}"
        if text_width(longer, size) > width:
            lines.append(part)
        else:
            lines[-1] = longer
    return lines


def _insides(page: Scene, panels: list[Scene], top: float, width: float) -> float:
    """The net, and each further panel about as high below it as there is room; the y of the lowest edge."""
    spots = _spots(panels, top, width, [])
    edges = [y - panel.bounds[3] + panel.bounds[1] for panel, (_, y) in zip(panels, spots, strict=True)]
    spots = _spots(panels, top, width, [edges[0] - BETWEEN, *(y for _, y in spots[1:])])
    lowest = top
    for panel, (x, y) in zip(panels, spots, strict=True):
        left, bottom, _, height = panel.bounds
        page.take(panel, x - left, y - height)
        lowest = min(lowest, y - height + bottom)
    return lowest


def _spots(panels: list[Scene], top: float, width: float, levels: Sequence[float]) -> list[Point]:
    """The upper left corner of each panel; one that could stand a little above others is level with them."""
    taken: list[Rectangle] = []
    spots: list[Point] = []
    for panel in panels:
        x, y = _spot(panel, taken, top, width)
        others = [*levels, *(other for _, other in spots[1:])]
        y = min((other for other in others if spots and y - ALIGNED <= other <= y), default=y)
        spots.append((x, y))
        placed = Scene()
        placed.take(panel, x - panel.bounds[0], y - panel.bounds[3])
        taken += list(placed.rectangles())
    return spots


def _spot(panel: Scene, taken: list[Rectangle], top: float, width: float) -> Point:
    """The leftmost place for a panel's upper left corner that is about as high as any free one."""
    wide = _width(panel)
    edges = [0.0, width - wide, *(right + BETWEEN for _, _, right, _ in taken)]
    spots = []
    for x in sorted({edge for edge in edges if 0.0 <= edge <= width - wide + 0.01}):
        over = [bottom for left, bottom, right, _ in taken if left < x + wide + BETWEEN and right > x - BETWEEN]
        spots.append((x, min([top + BETWEEN, *over]) - BETWEEN))
    highest = max(y for _, y in spots)
    return next((x, y) for x, y in spots if y >= highest - SLACK)


def _legend(page: Scene, diagram: Diagram, top: float, width: float) -> float:
    """A swatch and a word for each family in the picture."""
    used = {box.family for panel in diagram.panels for box in panel.boxes if not box.symbol}
    x, y = 0.0, top - LEGEND
    for family in (family for family in FAMILIES if family in used):
        wide = 14 + text_width(family, LEGEND) + 16
        if x > 0 and x + wide > width:
            x, y = 0.0, y - LEGEND * 1.7
        square = ((x, y - 1), (x + 9, y - 1), (x + 9, y + 8), (x, y + 8))
        page.add(Face(square, family, "swatch"), Label((x + 14, y), family, LEGEND, left=True))
        x += wide
    return y - LEGEND * 0.8
