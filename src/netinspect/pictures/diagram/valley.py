"""A net that goes down to small maps and up again, drawn as a U: one level for each skip, the skips across."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from netinspect.pictures.diagram.glyph import Glyph, place
from netinspect.pictures.diagram.order import Order
from netinspect.pictures.diagram.parts import Box
from netinspect.pictures.diagram.rows import ARC, GAP, straight
from netinspect.pictures.diagram.scene import Circle, Face, Line, Point, Scene

RISE = 24.0


def is_valley(order: Order, boxes: Sequence[Box]) -> bool:
    """Whether the skips lie within each other, two or more, and the maps are smaller the further in they are."""
    skips = sorted(order.skips)
    if order.chains or len(skips) < 2:
        return False
    nested = all(a < c and d < b for (a, b), (c, d) in pairwise(skips))
    cells = [prod(boxes[a].space) for a, _ in skips]
    return nested and all(later < before for before, later in pairwise(cells))


def valley(order: Order, glyphs: list[Glyph]) -> Scene:
    """The panel as a U; its first level lies at y = 0."""
    trunk = order.trunk
    levels = _levels(order, glyphs)
    columns = _columns(levels)
    xs = _middles(columns, [glyphs[box] for box in trunk])
    ys = _heights(levels, [glyphs[box] for box in trunk])
    at = {box: (x, ys[level]) for box, x, level in zip(trunk, xs, levels, strict=True)}
    scene = Scene()
    for box in trunk:
        place(scene, glyphs[box], *at[box])
    for a, b in pairwise(trunk):
        scene.add(*_step(glyphs[a], at[a], glyphs[b], at[b]))
    for a, b in order.skips:
        scene.add(_skip(a, b, glyphs, at))
    return scene


def _levels(order: Order, glyphs: list[Glyph]) -> list[int]:
    """How deep each box of the trunk lies: in how many skips it stands. What enlarges the map right before a skip
    arrives already stands on the skip's own level."""
    place_of = {box: place for place, box in enumerate(order.trunk)}
    levels = [0] * len(order.trunk)
    for a, b in order.skips:
        first, last = place_of[a] + 1, place_of[b] - 1
        while last > first and glyphs[order.trunk[last]].box.family == "upsampling":
            last -= 1
        for inside in range(first, last + 1):
            levels[inside] += 1
    return levels


def _columns(levels: list[int]) -> list[int]:
    """Below or above the box before where its level has several boxes. One further where it stands alone there, or
    where its level has a box in that column."""
    columns, taken = [0], {levels[0]: 0}
    for index, (before, level) in enumerate(pairwise(levels)):
        if level > before:
            alone = index == 0 or levels[index - 1] != before
        elif level < before:
            following = levels[index + 2] if index + 2 < len(levels) else None
            alone = following != level
        else:
            alone = True
        columns.append(max(columns[-1] + int(alone), taken.get(level, -1) + 1))
        taken[level] = columns[-1]
    return columns


def _middles(columns: list[int], drawn: list[Glyph]) -> list[float]:
    leads, trails = [0.0] * (max(columns) + 1), [0.0] * (max(columns) + 1)
    for column, one in zip(columns, drawn, strict=True):
        leads[column], trails[column] = max(leads[column], one.lead), max(trails[column], one.trail)
    middles, x = [], 0.0
    for lead, trail in zip(leads, trails, strict=True):
        middles.append(x + lead)
        x += lead + trail + GAP
    return [middles[column] for column in columns]


def _heights(levels: list[int], drawn: list[Glyph]) -> list[float]:
    """The y of each level: the boxes of one stand clear of those of the next, with room for a hop and an arrow."""
    ys = [0.0]
    for level in range(1, max(levels) + 1):
        above = max(one.down for one, at in zip(drawn, levels, strict=True) if at == level - 1)
        below = max(one.up for one, at in zip(drawn, levels, strict=True) if at == level)
        ys.append(ys[-1] - above - RISE - below)
    return ys


def _step(one: Glyph, at: Point, other: Glyph, to: Point) -> list[Line | Face | Circle]:
    """The trunk's way to the next box: along the level, down to the next or up to the one before."""
    if at[1] == to[1]:
        return straight(one, at, other, to)
    if at[1] > to[1]:
        below = (at[0], at[1] - one.down - 2)
        if at[0] == to[0]:
            return [Line((below, (to[0], to[1] + other.up + 2)))]
        return [Line((below, (at[0], to[1]), other.left_point(*to)))]
    above = (to[0], to[1] - other.down - 2)
    if at[0] == to[0]:
        return [Line(((at[0], at[1] + one.up + 2), above))]
    return [Line(((at[0] + one.right, at[1]), (to[0], at[1]), above))]


def _skip(a: int, b: int, glyphs: list[Glyph], at: dict[int, Point]) -> Line:
    """Across the U at its level, with a hop over what stands there before it arrives."""
    (x, y), (end_x, end_y) = at[a], at[b]
    start = (x + glyphs[a].right, y)
    between = [box for box, (mid, level) in at.items() if level == y and x < mid < end_x]
    if not between:
        return Line((start, glyphs[b].left_point(end_x, end_y)), role="skip")
    peak = y + max(glyphs[box].up for box in between) + ARC
    leave = min(at[box][0] - glyphs[box].lead for box in between) - GAP + 8
    enter = end_x - glyphs[b].lead - 9
    arrive = glyphs[b].left_point(end_x, end_y, rise=7.0)
    return Line((start, (leave, y), (leave, peak), (enter, peak), (enter, arrive[1]), arrive), role="skip")
