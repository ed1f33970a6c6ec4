"""One panel laid out. From left to right: the trunk on a line, branches below and above it, skips as arcs, long nets in
rows. Or, for a net that goes down to small maps and up again, as a U: one level for each skip, the skips across."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, inf, prod
from typing import Final

from netinspect.pictures.diagram.glyph import RADIUS, SHAPE, Glyph, place, window_on
from netinspect.pictures.diagram.parts import Box, Panel
from netinspect.pictures.diagram.scene import Circle, Face, Label, Line, Point, Scene

GAP = 20.0
ARC = 11.0
LANE = 16.0
ROW_GAP = 34.0
MOST: Final = 15
"""Boxes in a row at most."""

_LEAVE, _ENTER = 5.0, 9.0
_BESIDE = 3.0
"""Between the lines of two boxes that go up or down in one gap."""

_RISE = 7.0
_APART: Final = 3
"""Lines from above, or from below, up to which each comes to a box with an arrow of its own."""
_TURN = 9.0
"""Above or below a circle, where a line turns to it: half of the gap to the next box, and room for the arrow's head."""


def rows(order: Order, glyphs: list[Glyph], widest: float) -> Scene:
    """The whole panel, wrapped into rows of at most `widest` points; its first row's trunk lies at y = 0."""
    placed = [_Row(order, glyphs, first, last) for first, last in _row_ends(order, glyphs, widest)]
    scene, floor, edge = Scene(), 0.0, 0.0
    exit_point: Point | None = None
    for row in placed:
        part = row.scene()
        left, bottom, right, top = part.bounds
        shift = floor - ROW_GAP - top if exit_point else 0.0
        scene.take(part, 0.0, shift)
        if exit_point:
            entry = (row.entry[0], row.entry[1] + shift)
            around, before, between = edge + 8, left - 8, floor - ROW_GAP * 0.45  # all that stands at the rows' edges
            way = ((around, exit_point[1]), (around, between), (before, between), (before, entry[1]))
            scene.add(Line((exit_point, *way, entry)))
        exit_point, edge, floor = (row.exit[0], row.exit[1] + shift), right, shift + bottom
    return scene


def row_widths(order: Order, glyphs: list[Glyph], widest: float) -> list[float]:
    """How wide each row becomes."""
    widths = [lead + trail + GAP for lead, trail in _extents(order, glyphs)]
    return [sum(widths[first : last + 1]) for first, last in _row_ends(order, glyphs, widest)]


def _row_ends(order: Order, glyphs: list[Glyph], widest: float) -> list[tuple[int, int]]:
    """First and last column of each row: cut where the trunk goes on alone, into the fewest rows of about one width
    that fit; where none fit, those whose widest is least."""
    widths = [lead + trail + GAP for lead, trail in _extents(order, glyphs)]
    if sum(widths) <= widest and len(widths) <= MOST:
        return [(0, len(widths) - 1)]
    allowed = cuts(order)
    least = max(ceil(sum(widths) / widest), ceil(len(widths) / MOST))
    splits = []
    for count in range(least, max(least, len(allowed) + 1) + 1):
        ends = [-1, *_breaks(widths, allowed, count), len(widths) - 1]
        split = [(before + 1, last) for before, last in pairwise(ends)]
        broadest = max(sum(widths[first : last + 1]) for first, last in split)
        if broadest <= widest:
            return split
        splits.append((broadest, split))
    return min(splits)[1]


def _breaks(widths: list[float], allowed: list[int], count: int) -> list[int]:
    """The columns after which rows end: of those allowed the nearest to equal shares of the whole width."""
    reached = list(accumulate(widths))
    breaks: list[int] = []
    for share in range(1, count):
        aim = reached[-1] * share / count
        left = [column for column in allowed if not breaks or column > breaks[-1]]
        if left:
            breaks.append(min((abs(reached[column] - aim), column) for column in left)[1])
    return breaks


def _extents(order: Order, glyphs: list[Glyph]) -> list[tuple[float, float]]:
    """How far each column reaches to the left and right of the line that its boxes are centred on."""
    extents = [(0.0, 0.0)] * (max(order.column.values()) + 1)
    for box, column in order.column.items():
        lead, trail = extents[column]
        extents[column] = max(lead, glyphs[box].lead), max(trail, glyphs[box].trail)
    return extents


@dataclass(slots=True)
class _Row:
    """The columns `first` to `last` of a panel, laid out from x = 0 with the trunk at y = 0."""

    order: Order
    glyphs: list[Glyph]
    first: int
    last: int
    left: list[float]
    middle: list[float]
    right: list[float]
    top: list[float]
    bottom: list[float]
    peaks: list[float]
    at: dict[int, Point]
    lanes: dict[int, int]
    arrivals: dict[tuple[int | None, int], tuple[float, float]]

    def __init__(self, order: Order, glyphs: list[Glyph], first: int, last: int) -> None:
        self.order, self.glyphs, self.first, self.last = order, glyphs, first, last
        self.left, self.middle, self.right, self.at = [], [], [], {}
        x = 0.0
        for lead, trail in _extents(order, glyphs)[first : last + 1]:
            self.left.append(x)
            self.middle.append(x + lead)
            self.right.append(x + lead + trail)
            x += lead + trail + GAP
        self.top, self.bottom = [0.0] * len(self.left), [0.0] * len(self.left)
        self.peaks = [-inf] * len(self.left)  # of the arcs, for the gap after each column
        self._place()

    def column(self, box: int) -> int:
        return self.order.column[box] - self.first

    def holds(self, box: int) -> bool:
        return self.first <= self.order.column[box] <= self.last

    @property
    def entry(self) -> Point:
        box = next(box for box in self.order.trunk if self.holds(box))
        return self.glyphs[box].left_point(*self.at[box])

    @property
    def exit(self) -> Point:
        box = [box for box in self.order.trunk if self.holds(box)][-1]
        return self.glyphs[box].right_point(*self.at[box])

    def _place(self) -> None:
        for box in self.order.trunk:
            if self.holds(box):
                self._put(box, 0.0)
        arcs = bool(self.order.skips)
        chains = [chain for chain in self.order.chains if self.holds(chain[0])]
        above = [] if arcs else [chain for chain in chains if self.order.is_before_trunk(chain)]
        for chain in reversed(above):
            self._put_chain(chain, below=False)
        for chain in chains:
            if chain not in above:
                self._put_chain(chain, below=True)

    def _put(self, box: int, y: float) -> None:
        column, drawn = self.column(box), self.glyphs[box]
        self.at[box] = (self.middle[column], y)
        self.top[column] = max(self.top[column], y + drawn.up)
        self.bottom[column] = min(self.bottom[column], y - drawn.down)

    def _put_chain(self, chain: tuple[int, ...], *, below: bool) -> None:
        """A branch beside all that already stands in its columns."""
        first, last = (end - self.first for end in interval(chain, self.order))
        columns = range(max(first, 0), min(last, len(self.left) - 1) + 1)
        if below:
            y = min(self.bottom[column] for column in columns) - LANE - max(self.glyphs[box].up for box in chain)
        else:
            y = max(self.top[column] for column in columns) + LANE + max(self.glyphs[box].down for box in chain)
        for box in chain:
            self._put(box, y)
        circles = [b for a, b in self.order.edges if a == chain[-1] and b in self.at and self.glyphs[b].box.symbol]
        for column in (*columns, *map(self.column, circles)):  # a line to a circle runs through its column
            self.top[column], self.bottom[column] = max(self.top[column], y), min(self.bottom[column], y)

    # --- lines ---

    def scene(self) -> Scene:
        """Boxes and lines. Arcs are drawn from the shortest to the longest, each above what it spans."""
        scene = Scene()
        for box, (x, y) in self.at.items():
            place(scene, self.glyphs[box], x, y)
        edges = [(a, b) for a, b in self.order.edges if a in self.at and b in self.at]
        first = next(box for box in self.order.trunk if self.holds(box))
        begun = [b for a, b in self.order.skips if a not in self.at and b in self.at and b != first]
        self.lanes = self._side_by_side([(a, b) for a, b in edges if self.at[a][1] or self.at[b][1]])
        self.arrivals = self._arrivals(edges, begun)
        for a, b in sorted(edges, key=lambda edge: (self.column(edge[1]) - self.column(edge[0]), edge)):
            scene.add(*_signed(self._edge(a, b), self.order.signs.get((a, b), "")))
        outer = {b: sign for (a, b), sign in self.order.signs.items() if a not in self.at}
        for b in begun:
            scene.add(*_signed([self._arc(None, b)], outer.get(b, "")))
        return scene

    def _edge(self, a: int, b: int) -> list[Line | Face | Circle]:
        neighbours = self.column(b) == self.column(a) + 1
        level = self.at[a][1] == self.at[b][1]
        if level and neighbours:
            return straight(self.glyphs[a], self.at[a], self.glyphs[b], self.at[b])
        if level and self.at[a][1] == 0:
            return [self._arc(a, b)]
        return [self._elbow(a, b)]

    def _arc(self, a: int | None, b: int) -> Line:
        """A skip above all that it spans; from the line that comes from the row before where `a` is None."""
        first, last = -1 if a is None else self.column(a), self.column(b)
        end_y = self.at[b][1]
        spanned = range(first + 1, last) or range(last, last + 1)
        gaps = slice(max(first, 0), last)
        peak = max([*(self.top[column] for column in spanned), *self.peaks[gaps]]) + ARC
        self.peaks[gaps] = [peak] * (gaps.stop - gaps.start)
        if a is None:
            leave, y = self.left[0] - _ENTER, end_y
            start: tuple[Point, ...] = ((leave, y), (leave, peak))
        else:
            x, y = self.at[a]
            leave = self.right[first] + _LEAVE
            start = (self.glyphs[a].right_point(x, y), (leave, y), (leave, peak))
        if self.glyphs[b].box.symbol:
            circle = self.at[b][0]
            return Line((*start, (circle, peak), (circle, end_y + RADIUS)), role="skip")
        back, rise = self.arrivals[a, b]
        enter, arrive = self.left[last] - back, self.glyphs[b].left_point(*self.at[b], rise=rise)
        return Line((*start, (enter, peak), (enter, arrive[1]), arrive), role="skip")

    def _elbow(self, a: int, b: int) -> Line:
        """From one level to another, down or up in the gap next to the box on the trunk's side, or along a branch.
        Boxes that stand in the way are passed above, circles beside."""
        (x, y), (end_x, end_y) = self.at[a], self.at[b]
        end, level = self.glyphs[b], self._level(a, b)
        leave = self.right[self.column(a)] + _LEAVE + _BESIDE * self.lanes.get(a, 0)
        back, rise = self.arrivals.get((a, b), (_ENTER, 0.0))
        enter = self.left[self.column(b)] - back
        start = self.glyphs[a].right_point(x, y)
        way = (start, *([(leave, y), (leave, level)] if level != y else []))
        if level == end_y and not (end.box.symbol and self._comes_second(a, b)):
            return Line((*way, end.left_point(end_x, end_y)))
        if not end.box.symbol:
            arrive = end.left_point(end_x, end_y, rise=rise)
            return Line((*way, (enter, level), (enter, arrive[1]), arrive))
        side = 1 if (y if level == end_y else level) > end_y else -1
        edge = end_y + side * RADIUS
        low, high = min(level, end_y), max(level, end_y)
        if level != end_y and not any(middle == end_x and low < at < high for middle, at in self.at.values()):
            return Line((*way, (end_x, level), (end_x, edge)))
        # Not into the line that comes from the left, which it would seem to join before the circle.
        beside = edge + side * _TURN
        turn = ((leave, y), (leave, beside)) if level == end_y else (*way[1:], (enter, level), (enter, beside))
        return Line((start, *turn, (end_x, beside), (end_x, edge)))

    def _comes_second(self, a: int, b: int) -> bool:
        """Whether a line that comes from another level to that of `b` would arrive with another one from the left."""
        level = self.at[b][1]
        others = [box for box, target in self.order.edges if target == b and box != a and box in self.at]
        return self.at[a][1] != level and any(
            self.at[box][1] == level or (self._level(box, b) == level and (self.column(box), box) < (self.column(a), a))
            for box in others
        )

    def _level(self, a: int, b: int) -> float:
        """The y at which an elbow runs from column to column: that of the end further from the trunk, or above the
        boxes in its way."""
        (x, y), (end_x, end_y) = self.at[a], self.at[b]
        level = end_y if abs(end_y) >= abs(y) else y
        passed = [self.glyphs[box].up for box, (middle, at) in self.at.items() if at == level and x < middle < end_x]
        return level + max(passed) + 0.4 * LANE if passed else level

    def _arrivals(
        self, edges: Sequence[tuple[int, int]], begun: Sequence[int]
    ) -> dict[tuple[int | None, int], tuple[float, float]]:
        """How far before a box a line from above or below turns to it, and how far above its middle it arrives: of
        a few from one side the nearest turns first and arrives nearest to the middle, so that none crosses another."""
        sides: dict[tuple[int, int], list[tuple[float, int | None]]] = {}
        for a, b in edges:
            (_, y), (_, end_y) = self.at[a], self.at[b]
            level, length = self._level(a, b), self.column(b) - self.column(a)
            if y == end_y == 0 and length > 1:  # an arc: the shortest is the lowest
                sides.setdefault((b, 1), []).append((length, a))
            elif level != end_y:
                sides.setdefault((b, 1 if level > end_y else -1), []).append((abs(level - end_y), a))
        for b in begun:
            sides.setdefault((b, 1), []).append((inf, None))
        arrivals: dict[tuple[int | None, int], tuple[float, float]] = {}
        for (b, side), lines in sides.items():
            last = len(lines) - 1 if len(lines) <= _APART else 0
            step = min(_RISE, 0.45 * self.glyphs[b].height / (last + 1)) if last else _RISE
            for number, (_, start) in enumerate(sorted(lines, key=lambda line: line[0])):
                nth = min(number, last)
                back = _ENTER + _BESIDE * (last - nth) / max(1, last)
                arrivals[start, b] = back, side * step * (nth + 1)
        return arrivals

    def _side_by_side(self, elbows: Sequence[tuple[int, int]]) -> dict[int, int]:
        """The lane, from 0, in which the lines of each box go up or down behind it: not that of another box of its
        column past whose line they would run, for the two would be one line to the eye. Boxes far from the trunk turn
        first: the lines of others may arrive at their level."""
        stretches: dict[int, tuple[float, float]] = {}
        for a, b in elbows:
            y, level = self.at[a][1], self._level(a, b)
            if y != level:
                low, high = stretches.get(a, (y, y))
                stretches[a] = min(low, level), max(high, level)
        lanes: dict[int, int] = {}
        for a, (low, high) in sorted(stretches.items(), key=lambda stretch: -abs(self.at[stretch[0]][1])):
            beside = {
                lane
                for other, lane in lanes.items()
                if self.column(other) == self.column(a) and stretches[other][0] <= high and low <= stretches[other][1]
            }
            lanes[a] = min(set(range(len(beside) + 1)) - beside)
        return lanes


def _signed(parts: list[Line | Face | Circle], sign: str) -> list[Line | Face | Circle | Label]:
    """An arrow with a sign beside its head, to the left of one that goes down or up."""
    if not sign or not isinstance(parts[-1], Line):
        return [*parts]
    (before, _), (x, y) = parts[-1].points[-2:]
    (_, below), is_level = parts[-1].points[-2], before != x
    baseline = y + 3 if is_level else y + 4 if below > y else y - 4 - 0.8 * SHAPE
    is_short = abs(below - y) <= _TURN  # the line came from the left right above or below
    return [*parts, Label((x - 9 if is_level else x + 8 if is_short else x - 8, baseline), sign, SHAPE, bold=True)]


def straight(first: Glyph, at: Point, other: Glyph, to: Point) -> list[Line | Face | Circle]:
    """Between neighbours: an arrow, or for a sliding window its patch on the map and the rays to one unit."""
    arrive = other.left_point(*to)
    corners = window_on(first, other.box.kernel, *at)
    if not corners:
        return [Line((first.right_point(*at), arrive))]
    rays = [Line((corner, arrive), arrow=False, role="ray") for corner in (corners[1], corners[2])]
    return [Face(corners, "ink", "window" if first.facing else "patch"), *rays, Circle(arrive, 1.6, "")]


# --- a net that goes down and up again -------------------------------------------------------


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
    for a, b in pairwise(trunk):
        scene.add(*_signed(_step(glyphs[a], at[a], glyphs[b], at[b], tops), order.signs.get((a, b), "")))
    for a, b in order.skips:
        scene.add(*_signed([_skip(a, b, glyphs, at)], order.signs.get((a, b), "")))
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
    enter = end_x - glyphs[b].lead - 9
    arrive = glyphs[b].left_point(end_x, end_y, rise=7.0)
    return Line((start, (leave, y), (leave, peak), (enter, peak), (enter, arrive[1]), arrive), role="skip")


# --- the order of the boxes ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """Boxes by their index in the panel.

    trunk     the longest way through
    chains    all others, as ways in which each feeds the next
    column    of each box: one more than the last column of what feeds it
    edges     (source, target)
    signs     of edges that have one
    """

    trunk: tuple[int, ...]
    chains: tuple[tuple[int, ...], ...]
    column: dict[int, int]
    edges: tuple[tuple[int, int], ...]
    signs: Mapping[tuple[int, int], str]

    @property
    def skips(self) -> tuple[tuple[int, int], ...]:
        """Edges from one box of the trunk to another that is not the next one."""
        at = {box: place for place, box in enumerate(self.trunk)}
        return tuple((a, b) for a, b in self.edges if a in at and b in at and at[b] > at[a] + 1)

    def is_before_trunk(self, chain: tuple[int, ...]) -> bool:
        """Whether what joins a branch and the trunk takes the branch first: then it belongs above the trunk."""
        joins = [b for a, b in self.edges if a == chain[-1]]
        beside = [a for a, b in self.edges if b in joins and a in self.trunk]
        return bool(beside) and chain[-1] < max(beside)


def order_of(panel: Panel) -> Order:
    """Trunk, branches and columns of a panel."""
    index = {box.key: place for place, box in enumerate(panel.boxes)}
    edges = tuple(sorted((index[edge.source], index[edge.target]) for edge in panel.edges))
    before: dict[int, list[int]] = {place: [] for place in range(len(panel.boxes))}
    after: dict[int, list[int]] = {place: [] for place in range(len(panel.boxes))}
    for a, b in edges:
        before[b].append(a)
        after[a].append(b)
    column: dict[int, int] = {}
    for box, sources in before.items():
        column[box] = max((column[source] + 1 for source in sources), default=0)
    trunk = _trunk(before, column)
    chains = _chains(before, after, set(trunk))
    for chain in chains:
        latest = min((column[box] for box in after[chain[-1]]), default=column[chain[-1]] + 1) - 1
        room = latest - column[chain[-1]]
        if any(len(after[box]) > 1 for box in chain[:-1]) or room <= 0:
            continue
        fed = any(before[box] for box in chain)
        step = room // 2 if fed else room
        for box in chain:
            column[box] += step
    signs = {(index[edge.source], index[edge.target]): edge.sign for edge in panel.edges if edge.sign}
    return Order(trunk, chains, column, edges, signs)


def _trunk(before: dict[int, list[int]], column: dict[int, int]) -> tuple[int, ...]:
    trunk = [max(before, key=lambda box: (column[box], -box))]
    while before[trunk[-1]]:
        sources = before[trunk[-1]]
        trunk.append(max(sources, key=lambda box: (column[box], -box)))
    return tuple(reversed(trunk))


def _chains(
    before: dict[int, list[int]], after: dict[int, list[int]], trunk: set[int]
) -> tuple[tuple[int, ...], ...]:  # fmt: skip
    chains: list[list[int]] = []
    ends: dict[int, list[int]] = {}
    for box, sources in before.items():
        if box in trunk:
            continue
        source_chain = next((source for source in sources if source in ends and after[source][0] == box), None)
        chain = ends.pop(source_chain) if source_chain is not None else []
        if source_chain is None:
            chains.append(chain)
        chain.append(box)
        ends[box] = chain
    return tuple(tuple(chain) for chain in chains)


def interval(chain: tuple[int, ...], order: Order) -> tuple[int, int]:
    """The columns that a branch and the lines to and from it take: between those of its fork and its join."""
    inside = set(chain)
    forks = [order.column[a] for a, b in order.edges if b in inside and a not in inside]
    joins = [order.column[b] for a, b in order.edges if a in inside and b not in inside]
    first, last = order.column[chain[0]], order.column[chain[-1]]
    return min([first, *(fork + 1 for fork in forks)]), max([last, *(join - 1 for join in joins)])


def cuts(order: Order) -> list[int]:
    """Columns after which a row may end: only the trunk's own line goes on from there, and skips from its last box."""
    last = max(order.column.values())
    crossing: list[set[tuple[int, int]]] = [set() for _ in range(last + 1)]
    for a, b in order.edges:
        for column in range(order.column[a], order.column[b]):
            crossing[column].add((a, b))
    trunk = set(order.trunk)
    return [
        column
        for column in range(last)
        if len(crossing[column]) <= 1
        or (len({a for a, _ in crossing[column]}) == 1 and all(b in trunk for _, b in crossing[column]))
    ]
