"""A panel from left to right: the trunk on a line, branches below and above it, skips as arcs, long nets in rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, inf
from typing import Final

from netinspect.pictures.diagram.glyph import RADIUS, Glyph, place, window_on
from netinspect.pictures.diagram.order import Order, cuts, interval
from netinspect.pictures.diagram.scene import Circle, Face, Line, Point, Scene

GAP = 20.0
ARC = 11.0
LANE = 16.0
ROW_GAP = 34.0
WIDEST: Final = 1180.0
"""A row's width in points from which on it is wrapped."""

MOST: Final = 15
"""Boxes in a row at most."""

_LEAVE, _ENTER = 5.0, 9.0
_RISE = 7.0


def rows(order: Order, glyphs: list[Glyph], widest: float = WIDEST) -> Scene:
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
            _wrap(scene, (exit_point, entry), (edge, left), floor - ROW_GAP * 0.45)
        exit_point, edge, floor = (row.exit[0], row.exit[1] + shift), right, shift + bottom
    return scene


def _wrap(scene: Scene, ends: tuple[Point, Point], edges: tuple[float, float], between: float) -> None:
    """The line from the end of a row to the start of the next, around all that stands at the rows' edges."""
    (leave, arrive), right, left = ends, edges[0] + 8, edges[1] - 8
    scene.add(Line((leave, (right, leave[1]), (right, between), (left, between), (left, arrive[1]), arrive)))


def _row_ends(order: Order, glyphs: list[Glyph], widest: float) -> list[tuple[int, int]]:
    """First and last column of each row: cut where nothing but the trunk goes on, into rows of about one width."""
    widths = [wide + GAP for wide in _widths(order, glyphs)]
    if sum(widths) <= widest and len(widths) <= MOST:
        return [(0, len(widths) - 1)]
    wanted = max(ceil(sum(widths) / widest), ceil(len(widths) / MOST))
    ends = [-1, *_breaks(widths, cuts(order), wanted), len(widths) - 1]
    return [(before + 1, last) for before, last in pairwise(ends)]


def _breaks(widths: list[float], allowed: list[int], wanted: int) -> list[int]:
    """The columns after which rows end: of those allowed the nearest to equal shares of the whole width."""
    reached = list(accumulate(widths))
    breaks: list[int] = []
    for share in range(1, wanted):
        aim = reached[-1] * share / wanted
        left = [column for column in allowed if not breaks or column > breaks[-1]]
        if left:
            breaks.append(min((abs(reached[column] - aim), column) for column in left)[1])
    return breaks


def _widths(order: Order, glyphs: list[Glyph]) -> list[float]:
    return [lead + trail for lead, trail in _extents(order, glyphs)]


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
        return self.at[box][0] + self.glyphs[box].right, self.at[box][1]

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
        for a, b in sorted(edges, key=lambda edge: (self.column(edge[1]) - self.column(edge[0]), edge)):
            scene.add(*self._edge(a, b))
        return scene

    def _edge(self, a: int, b: int) -> list[Line | Face | Circle]:
        neighbours = self.column(b) == self.column(a) + 1
        level = self.at[a][1] == self.at[b][1]
        if level and neighbours:
            return straight(self.glyphs[a], self.at[a], self.glyphs[b], self.at[b])
        if level:
            return [self._arc(a, b)]
        return [self._elbow(a, b)]

    def _arc(self, a: int, b: int) -> Line:
        first, last = self.column(a), self.column(b)
        (x, y), (_, end_y) = self.at[a], self.at[b]
        spanned = range(first + 1, last) or range(last, last + 1)
        peak = max([*(self.top[column] for column in spanned), *self.peaks[first:last]]) + ARC
        self.peaks[first:last] = [peak] * (last - first)
        leave = self.right[first] + _LEAVE
        start = ((x + self.glyphs[a].right, y), (leave, y), (leave, peak))
        if self.glyphs[b].box.symbol:
            circle = self.at[b][0]
            return Line((*start, (circle, peak), (circle, end_y + RADIUS)), role="skip")
        enter = self.left[last] - _ENTER
        arrive = self.glyphs[b].left_point(*self.at[b], rise=_RISE)
        return Line((*start, (enter, peak), (enter, arrive[1]), arrive), role="skip")

    def _elbow(self, a: int, b: int) -> Line:
        """From one level to another: down or up in the gap next to the box on the trunk's side."""
        (x, y), (end_x, end_y) = self.at[a], self.at[b]
        start = (x + self.glyphs[a].right, y)
        if abs(end_y) >= abs(y):
            turn = self.right[self.column(a)] + _LEAVE
            return Line((start, (turn, y), (turn, end_y), self.glyphs[b].left_point(end_x, end_y)))
        if self.glyphs[b].box.symbol:
            return Line((start, (end_x, y), (end_x, end_y + (RADIUS if y > end_y else -RADIUS))))
        turn = self.left[self.column(b)] - _ENTER
        arrive = self.glyphs[b].left_point(end_x, end_y, rise=_RISE if y > end_y else -_RISE)
        return Line((start, (turn, y), (turn, arrive[1]), arrive))


def straight(one: Glyph, at: Point, other: Glyph, to: Point) -> list[Line | Face | Circle]:
    """Between neighbours: an arrow, or for a sliding window its patch on the map and the rays to one unit."""
    arrive = other.left_point(*to)
    corners = window_on(one, other.box.kernel, *at)
    if not corners:
        return [Line(((at[0] + one.right, at[1]), arrive))]
    rays = [Line((corner, arrive), arrow=False, role="ray") for corner in (corners[1], corners[2])]
    return [Face(corners, "ink", "patch"), *rays, Circle(arrive, 1.6, "")]
