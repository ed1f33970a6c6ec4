"""One panel of a net that goes down to small maps and up again, laid out as a U: one level for each skip, the skips
across."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Final

from netinspect.pictures.diagram.glyph import RADIUS, Glyph, place
from netinspect.pictures.diagram.order import Order
from netinspect.pictures.diagram.panel import ARC, GAP, Arrival, signs, straight
from netinspect.pictures.diagram.parts import Box
from netinspect.pictures.diagram.routes import Routes
from netinspect.pictures.diagram.scene import Circle, Face, Line, Point, Scene

RISE = 24.0
FOLDED_RISE: Final = 34.0
"""Between levels where lines run back in it, above the hops of skips."""


def is_valley(order: Order, boxes: Sequence[Box]) -> bool:
    """Whether the skips lie within each other, two or more, and the maps are smaller the further in they are. Around
    them may be one from the input to a product with the output."""
    skips = sorted(order.skips)
    if order.chains or len(skips) < 2:
        return False
    nested = all(a < c and d < b for (a, b), (c, d) in pairwise(skips))
    cells = [prod(boxes[a].space) for a, _ in skips]
    # The input that a mask is laid on is as large as the first map.
    inner = cells[1:] if cells[0] == cells[1] else cells
    return nested and len(inner) > 1 and all(later < before for before, later in pairwise(inner))


def valley(order: Order, glyphs: list[Glyph], widest: float) -> Scene:
    """The panel as a U; its first level lies at y = 0. Where that is wider than `widest` points the levels stand below
    each other: what goes down at the left, what comes up at the right."""
    trunk, drawn = order.trunk, [glyphs[box] for box in order.trunk]
    levels = _levels(order, glyphs)
    # Below or above the box before where its level has several boxes
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
    xs, rise = _middles(columns, drawn), RISE
    if max(x + glyph.trail for x, glyph in zip(xs, drawn, strict=True)) > widest:
        xs, rise = _middles(_folded_columns(levels), drawn), FOLDED_RISE
    ys = _heights(levels, drawn, rise)
    tops = {ys[at]: ys[at] + max(g.up for g, level in zip(drawn, levels, strict=True) if level == at) for at in levels}
    at = {box: (x, ys[level]) for box, x, level in zip(trunk, xs, levels, strict=True)}
    scene = Scene()
    for box in trunk:
        place(scene, glyphs[box], *at[box])
    arrivals: dict[int, list[Arrival]] = {}
    for a, b in (*pairwise(trunk), *order.skips):
        is_skip = (a, b) in order.skips
        parts = [_skip(a, b, glyphs, at)] if is_skip else _step(glyphs[a], at[a], glyphs[b], at[b], tops)
        scene.add(*parts)
        if isinstance(parts[-1], Line):
            arrival = Arrival(order.places[a, b], order.signs.get((a, b), ""), *parts[-1].points[-2:])
            arrivals.setdefault(b, []).append(arrival)
    routes = Routes(list(scene.rectangles()))
    for beside in arrivals.values():
        scene.add(*signs(beside, routes))
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


def _folded_columns(levels: list[int]) -> list[int]:
    """The boxes on the way down side by side up to one column, those on the way up from the next column on. The deepest
    level belongs to the way down."""
    bottom = max(place for place, level in enumerate(levels) if level == max(levels))
    down, up = Counter(levels[: bottom + 1]), Counter[int]()
    middle = max(down.values())
    columns = []
    for index, level in enumerate(levels):
        if index <= bottom:
            columns.append(middle - down[level])
            down[level] -= 1
        else:
            columns.append(middle + up[level])
            up[level] += 1
    return columns


def _middles(columns: list[int], drawn: list[Glyph]) -> list[float]:
    leads, trails = [0.0] * (max(columns) + 1), [0.0] * (max(columns) + 1)
    for column, glyph in zip(columns, drawn, strict=True):
        leads[column], trails[column] = max(leads[column], glyph.lead), max(trails[column], glyph.trail)
    middles, x = [], 0.0
    for lead, trail in zip(leads, trails, strict=True):
        middles.append(x + lead)
        x += lead + trail + GAP
    return [middles[column] for column in columns]


def _heights(levels: list[int], drawn: list[Glyph], rise: float) -> list[float]:
    """The y of each level: the boxes of one stand clear of those of the next, with room for a hop and an arrow."""
    ys = [0.0]
    for level in range(1, max(levels) + 1):
        above = max(glyph.down for glyph, at in zip(drawn, levels, strict=True) if at == level - 1)
        below = max(glyph.up for glyph, at in zip(drawn, levels, strict=True) if at == level)
        ys.append(ys[-1] - above - rise - below)
    return ys


def _step(
    first: Glyph, at: Point, other: Glyph, to: Point, tops: Mapping[float, float]
) -> list[Line | Face | Circle]:  # fmt: skip
    """The trunk's way to the next box: along the level, down to the next or up to the one before. A way back runs above
    the lower level, whose top `tops` has by its y."""
    if at[1] == to[1]:
        return straight(first, at, other, to)
    if at[1] > to[1]:
        start, end, level = (at[0], at[1] - first.down - 2), (to[0], to[1] + other.up + 2), to[1]
        if at[0] < to[0]:
            return [Line((start, (at[0], to[1]), other.left_point(*to)))]
    else:
        start, end, level = (at[0], at[1] + first.up + 2), (to[0], to[1] - other.down - 2), at[1]
        if at[0] < to[0]:
            return [Line((first.right_point(*at), (to[0], at[1]), end))]
    if at[0] == to[0]:
        return [Line((start, end))]
    between = tops[level] + 2 * ARC
    return [Line((start, (at[0], between), (to[0], between), end))]


def _skip(a: int, b: int, glyphs: list[Glyph], at: dict[int, Point]) -> Line:
    """Across the U at its level, with a hop over what stands there before it arrives."""
    (x, y), (end_x, end_y) = at[a], at[b]
    start = glyphs[a].right_point(x, y)
    between = [box for box, (mid, level) in at.items() if level == y and x < mid < end_x]
    if not between:
        return Line((start, glyphs[b].left_point(end_x, end_y)), role="skip")
    peak = y + max(glyphs[box].up for box in between) + ARC
    leave = min(at[box][0] - glyphs[box].lead for box in between) - GAP + 8
    if glyphs[b].box.symbol:
        return Line((start, (leave, y), (leave, peak), (end_x, peak), (end_x, end_y + RADIUS)), role="skip")
    enter = end_x - glyphs[b].lead - 9
    arrive = glyphs[b].left_point(end_x, end_y, rise=7.0)
    return Line((start, (leave, y), (leave, peak), (enter, peak), (enter, arrive[1]), arrive), role="skip")
