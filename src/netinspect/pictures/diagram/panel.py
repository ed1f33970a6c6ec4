"""One panel laid out from left to right: the trunk on a line, branches below and above it, skips as arcs, long nets in
rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import dist, sqrt
from typing import Final

from netinspect.pictures.diagram.glyph import RADIUS, SHAPE, Glyph, loop_rise, place, window_on
from netinspect.pictures.diagram.order import Order, interval
from netinspect.pictures.diagram.routes import BESIDE, SQUEEZED, Goal, Routes, corners
from netinspect.pictures.diagram.scene import ROUNDED, Circle, Face, Label, Line, Point, Scene

GAP = 20.0
ARC = 11.0
LANE = 16.0
ROW_GAP = 34.0
MOST: Final = 15
"""Boxes in a row at most."""

_LEAVE, _ENTER = 5.0, 9.0
"""How far from a column lines go up or down behind it and before it."""

_TURN = 9.0
"""Before a circle, where a line turns to it at the latest: half of the gap to the next box, and room for the arrow's
head."""

_AROUND = 8.0
"""Between a row and the lines that go around its ends."""

_ENTRY: Final = 9.0
"""Between lines that come down to a row, so that the corner of each lies clear of the next one."""

_RISE = 7.0
"""Between the arrows that come to a box that is high enough."""

_APART: Final = 5
"""Lines up to which each comes to a circle with an arrow of its own."""

_MEETING: Final = 20.0
"""What it costs, as points of length, to meet another line before a circle that takes more."""

_SIDES: Final = 3
"""The sides from which lines come to a circle. More lines come side by side, and turn to it in the gap before it."""

_LEAST: Final = 3.4
"""Between two arrowheads."""

_TRIES: Final = 4

_CARRIED: Final = 3
"""Lines besides the trunk's that a row may hand on to the next one."""

_BLANK, _HANDED_ON = 1.5, 0.35
"""What a row costs that is nearly blank, and each line that it hands on besides the trunk's; one more row costs 1."""

_WRONG_ORDER, _NEXT_PORT, _SIDE_BY_SIDE = 60.0, 10.0, 30.0
"""What it costs, as points of length, to come to a box in another order than it takes its inputs, to come to it one
port further from its middle, and to come to a circle beside another line."""


def rows(order: Order, glyphs: list[Glyph], widest: float) -> Scene:
    """The whole panel, wrapped into rows of at most `widest` points; its first row's trunk lies at y = 0.

    What goes on in the next row is handed on around the rows' ends: the lowest line innermost at the right and
    outermost at the left, so that none crosses another.
    """
    scene, floor, edge = Scene(), 0.0, 0.0
    carried: dict[int, tuple[Point, ...]] = {}
    for first, last in _row_ends(order, glyphs, widest):
        row, part = _clearest(order, glyphs, first, last, list(carried))
        drawn = Scene([*part.parts, *(Line(way) for way in row.exits.values())])
        drawn.add(*(replace(line, points=line.points[1:]) for lines in row.entered.values() for line in lines))
        left, bottom, right, top = drawn.bounds
        left = min([left, *(x for source, (x, _) in row.entries.items() if source != row.spine)])
        shift = floor - ROW_GAP - ROUNDED * (len(carried) - 1) - top if carried else 0.0
        scene.take(part, 0.0, shift)
        handed_on = {}
        for number, (source, before_row) in enumerate(carried.items()):
            around, between = edge + _AROUND + BESIDE * number, floor - ROW_GAP * 0.45 - ROUNDED * number
            before = left - _AROUND if source == row.spine else row.entries[source][0]
            way = (*before_row, (around, before_row[-1][1]), (around, between), (before, between))
            for line in row.entered[source]:
                scene.add(replace(line, points=corners([*way, *_further(before, line.points, shift)])))
            if source in row.exits:
                handed_on[source] = (*way, *_further(before, row.exits.pop(source), shift))
        handed_on |= {source: tuple((x, y + shift) for x, y in way) for source, way in row.exits.items()}
        carried = dict(sorted(handed_on.items(), key=lambda line: line[1][-1][1]))
        edge, floor = right, shift + bottom
    return scene


def _clearest(
    order: Order, glyphs: list[Glyph], first: int, last: int, carried: list[int]
) -> tuple[_Row, Scene]:  # fmt: skip
    """A row, and what is drawn in it. Lines that find no clear way between those before them come first in a new try,
    up to a few; the row whose lines cost the least is taken."""
    row = _Row(order, glyphs, first, last, carried)
    part, early = row.scene([]), row.worst_first()
    for _ in range(_TRIES):
        if not row.squeezed:
            break
        other = _Row(order, glyphs, first, last, carried)
        drawn = other.scene(early)
        squeezed = other.worst_first()
        early = squeezed + [edge for edge in early if edge not in squeezed]
        if other.price < row.price:
            row, part = other, drawn
    return row, part


def _further(x: float, points: Sequence[Point], shift: float) -> tuple[Point, ...]:
    """A way within a row, after one that comes down to it at an x."""
    return (x, points[0][1] + shift), *((x, y + shift) for x, y in points)


def row_widths(order: Order, glyphs: list[Glyph], widest: float) -> list[float]:
    """How wide each row becomes."""
    widths = _column_widths(order, glyphs)
    return [sum(widths[first : last + 1]) for first, last in _row_ends(order, glyphs, widest)]


def _row_ends(order: Order, glyphs: list[Glyph], widest: float) -> list[tuple[int, int]]:
    """First and last column of each row: few rows of about one width that fit, cut where few lines cross; where none
    fit, those that are wider by the least."""
    widths, gaps = _column_widths(order, glyphs), _gaps(order, glyphs)
    reached, lines = [0.0, *accumulate(widths)], order.lines_after()
    best: dict[int, tuple[float, float, tuple[tuple[int, int], ...]]] = {0: (0.0, 0.0, ())}
    for end in range(1, len(widths) + 1):
        handed_on = lines[end - 1] - 1 if end < len(widths) else 0
        if handed_on > _CARRIED:
            continue
        ways = []
        for start, (over, cost, split) in best.items():
            width = reached[end] - reached[start] - gaps[end - 1]
            if end < len(widths):
                width += _AROUND + _LEAVE + BESIDE * handed_on
            if end - start < len(widths):  # beside all rows go the lines to the next ones
                most = max(handed_on, lines[start - 1] - 1 if start > 0 else 0)
                width += _AROUND + (_ENTER + _ENTRY * most if most else 0.0)
            fullness = min(1.0, width / widest)
            wider = over + max(0.0, width - widest, GAP * (end - start - MOST))
            dearer = cost + 1 + _BLANK * (1 - fullness) ** 2 + _HANDED_ON * handed_on
            ways.append((wider, dearer, (*split, (start, end - 1))))
        best[end] = min(ways)
    return list(best[len(widths)][2])


def _column_widths(order: Order, glyphs: list[Glyph]) -> list[float]:
    """Of each column with the gap behind it."""
    return [
        lead + trail + gap for (lead, trail), gap in zip(_extents(order, glyphs), _gaps(order, glyphs), strict=True)
    ]


def _extents(order: Order, glyphs: list[Glyph]) -> list[tuple[float, float]]:
    """How far each column reaches to the left and right of the line that its boxes are centred on."""
    extents = [(0.0, 0.0)] * (max(order.column.values()) + 1)
    for box, column in order.column.items():
        lead, trail = extents[column]
        extents[column] = max(lead, glyphs[box].lead), max(trail, glyphs[box].trail)
    return extents


def _gaps(order: Order, glyphs: list[Glyph]) -> list[float]:
    """How wide the gap behind each column is: as wide as the lines need that go up or down in it."""
    lanes: list[set[tuple[int, int]]] = [set() for _ in range(max(order.column.values()) + 1)]
    arriving = Counter(b for _, b in order.edges)
    for a, b in order.edges:
        if order.is_straight(a, b):
            continue
        if a in order.trunk or b not in order.trunk:
            lanes[order.column[a]].add((a, a))
        if b in order.trunk and (not glyphs[b].box.symbol or arriving[b] > _SIDES):
            lanes[order.column[b] - 1].add((a, b))
    return [max(GAP, _LEAVE + ROUNDED * (len(lines) - 1) + _ENTER) for lines in lanes]


@dataclass(slots=True)
class _Row:
    """The columns `first` to `last` of a panel, laid out from x = 0 with the trunk at y = 0.

    carried  the boxes of rows before whose lines come to this one, in the order in which they come
    spine    the one of them that feeds the row's first box of the trunk
    entries  where the line of each begins in this row
    entered  the lines of each, from there on
    exits    the way of each line that goes on in the next row, to the row's right end
    squeezed the lines, from a box to another one or to the row's right end, that find no clear way, and what each
             costs beside its length
    price    what the ways of all lines cost
    """

    order: Order
    glyphs: list[Glyph]
    first: int
    last: int
    carried: list[int]
    left: list[float]
    middle: list[float]
    right: list[float]
    top: list[float]
    bottom: list[float]
    at: dict[int, Point]
    routes: Routes
    docked: dict[int, list[Arrival]]
    spine: int | None
    entries: dict[int, Point]
    entered: dict[int, list[Line]]
    exits: dict[int, tuple[Point, ...]]
    squeezed: dict[tuple[int, int | None], float]
    price: float

    def __init__(self, order: Order, glyphs: list[Glyph], first: int, last: int, carried: list[int]) -> None:
        self.order, self.glyphs, self.first, self.last, self.carried = order, glyphs, first, last, carried
        self.left, self.middle, self.right, self.at = [], [], [], {}
        x = 0.0
        extents, gaps = _extents(order, glyphs), _gaps(order, glyphs)
        for (lead, trail), gap in zip(extents[first : last + 1], gaps[first : last + 1], strict=True):
            self.left.append(x)
            self.middle.append(x + lead)
            self.right.append(x + lead + trail)
            x += lead + trail + gap
        self.top, self.bottom = [0.0] * len(self.left), [0.0] * len(self.left)
        self._place()
        self.routes, self.docked = Routes([]), {}
        self.spine = next((a for a, b in pairwise(order.trunk) if b == self.begin and a in carried), None)
        self.entries, self.entered, self.exits = {}, {box: [] for box in carried}, {}
        self.squeezed, self.price = {}, 0.0

    @property
    def begin(self) -> int | None:
        """The first box of the trunk in this row."""
        return next((box for box in self.order.trunk if self.holds(box)), None)

    def column(self, box: int) -> int:
        return self.order.column[box] - self.first

    def holds(self, box: int) -> bool:
        return self.first <= self.order.column[box] <= self.last

    def worst_first(self) -> list[tuple[int, int | None]]:
        """The squeezed lines, from the one that costs the most."""
        return sorted(self.squeezed, key=lambda edge: -self.squeezed[edge])

    def _place(self) -> None:
        for box in self.order.trunk:
            if self.holds(box):
                self._put(box, 0.0)
        stretches = (tuple(box for box in chain if self.holds(box)) for chain in self.order.chains)
        chains = [chain for chain in stretches if chain]
        above = [] if self.order.skips else [chain for chain in chains if self.order.is_before_trunk(chain)]
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

    def scene(self, early: Sequence[tuple[int, int | None]]) -> Scene:
        """Boxes and lines: those between neighbours first, then the `early` ones, then those along a level, the others
        from the shortest to the longest."""
        scene = Scene()
        for box, (x, y) in self.at.items():
            place(scene, self.glyphs[box], x, y)
        self.routes.solids += scene.rectangles()
        edges = [(a, b) for a, b in self.order.edges if b in self.at and (a in self.at or a in self.carried)]
        onward = {a for a, b in self.order.edges if self.order.column[a] <= self.last < self.order.column[b]}
        self._enter()
        others: list[tuple[int, int, int | None]] = []
        for a, b in edges:
            if a in self.at and self.at[a][1] == self.at[b][1] and self.column(b) == self.column(a) + 1:
                first, other = self.glyphs[a], self.glyphs[b]
                self._dock(a, b, (first.right_point(*self.at[a]), other.left_point(*self.at[b])))
                scene.add(*straight(first, self.at[a], other, self.at[b]))
            elif (a, b) != (self.spine, self.begin):
                others.append((self.column(b) - max(self.column(a), -1), a, b))
        for a in onward:
            if a in self.order.trunk and self.order.column[a] == self.last:
                self.exits[a] = (self.glyphs[a].right_point(*self.at[a]), (self.right[-1] + _LEAVE, self.at[a][1]))
                self.routes.lay(a, self.exits[a])
            else:
                others.append((len(self.left) - max(self.column(a), -1), a, None))
        others.sort(key=lambda way: (not self._is_clear(*way[1:]), way[0], way[1], way[2] is None, way[2] or 0))
        others.sort(key=lambda way: early.index(way[1:]) if way[1:] in early else len(early))
        for _, a, target in others:
            if target is None:
                ends = [(self.right[-1] + _LEAVE, y) for y in self._levels(a, None)]
                goals = [Goal(end, end, is_level=True) for end in ends]
                self.exits[a], _ = self._way(a, None, goals)
            else:
                scene.add(*self._arrive(a, target))
        for arrivals in self.docked.values():
            scene.add(*signs(arrivals, self.routes))
        return scene

    def _is_clear(self, a: int, b: int | None) -> bool:
        """Whether nothing stands on a level line between two boxes of one level."""
        if a not in self.at or b is None or self.at[a][1] != self.at[b][1]:
            return False
        (x, y), (end_x, _) = self.at[a], self.at[b]
        return not any(x < middle < end_x and level == y for middle, level in self.at.values())

    def _enter(self) -> None:
        """Where the lines from rows before begin: the trunk's at its own level, the others above all."""
        aside = [box for box in self.carried if box != self.spine]
        for number, box in enumerate(reversed(aside)):
            self.entries[box] = (-_ENTER - _ENTRY * (number + 1), max(self.top) + ARC + BESIDE * (len(aside) - 1))
            x, y = self.entries[box]
            self.routes.lay(box, ((x, y + ROW_GAP), (x, y)))
        if self.spine is not None and self.begin is not None:
            self.entries[self.spine] = (-_ENTER, 0.0)
            end = self.glyphs[self.begin].left_point(*self.at[self.begin])
            self.entered[self.spine].append(Line((end, end)))
            self._dock(self.spine, self.begin, (self.entries[self.spine], end))

    def _arrive(self, a: int, b: int) -> list[Line | Circle]:
        """A line to a box with an arrow of its own, or where there is no room for one to a line that arrives there
        already, with a dot where they meet."""
        goals = self._ports(a, b)
        if not goals or sum(target == b for _, target in self.order.edges) > _APART:
            before = self.left[self.column(b)] - GAP
            bends = [(arrival.turn, arrival.is_level) for arrival in self.docked[b] if arrival.turn[0] > before]
            goals += [Goal(bend, bend, is_level, _MEETING) for bend, is_level in bends]
        points, goal = self._way(a, b, goals)
        meets = goal.turn == goal.end
        line = Line(points, arrow=not meets, role="skip" if (a, b) in self.order.skips else "ink")
        self._dock(a, b, points)
        dot: list[Line | Circle] = [Circle(goal.end, 1.6, "")] * meets
        if a in self.at or a == self.spine:
            return [line, *dot]
        self.entered[a].append(line)
        return dot

    def _ports(self, a: int, b: int) -> list[Goal]:
        """Where a line may still come to a box with an arrow of its own: to a circle from the left, from above and from
        below; to any other box from the left, above what it takes later."""
        (x, y), drawn = self.at[b], self.glyphs[b]
        before = self.left[self.column(b)] - _ENTER
        count = sum(target == b for _, target in self.order.edges)
        goals = []
        if drawn.box.symbol:
            for offset in (0.0, BESIDE, -BESIDE) if count <= _APART else (0.0,):
                reach, cost = sqrt(RADIUS**2 - offset**2), _SIDE_BY_SIDE * (offset != 0)
                goals.append(Goal((before, y + offset), (x - reach, y + offset), True, cost))
                for side in (1, -1):
                    turn, end = (x + offset, y + side * (RADIUS + _TURN)), (x + offset, y + side * reach)
                    goals.append(Goal(turn, end, False, cost))
        else:
            places = sorted(place for (_, target), place in self.order.places.items() if target == b)
            level = [other.place for other in self.docked.get(b, []) if other.end[1] == y]
            first = (places.index(level[0]) if level else count // 2) - places.index(self.order.places[a, b])
            step = min(_RISE, max(BESIDE, 0.45 * drawn.height / count))
            for number in sorted(range(1 - count, count), key=abs):
                end = drawn.left_point(x, y, rise=number * step)
                cost = _NEXT_PORT * abs(number - first) + _WRONG_ORDER * sum(
                    (other.end[1] > end[1]) != (other.place < self.order.places[a, b])
                    for other in self.docked.get(b, [])
                )
                if all(dist(end, goal.end) > 1 for goal in goals):  # at the edges of a low box they fall together
                    goals.append(Goal((before, end[1]), end, True, cost))
        taken = [other.end for other in self.docked.get(b, [])]
        if drawn.box.loops:
            taken.append(drawn.left_point(x, y, loop_rise(drawn)))
        return [goal for goal in goals if all(dist(goal.end, end) > _LEAST for end in taken)]

    def _way(self, a: int, b: int | None, goals: Sequence[Goal]) -> tuple[tuple[Point, ...], Goal]:
        """The way of a line, which then is there."""
        lead: tuple[Point, ...] = ()
        if a in self.at:
            lead = (self.glyphs[a].right_point(*self.at[a]),)
            start = self.right[self.column(a)] + _LEAVE, self.at[a][1]
        else:
            start = self.entries[a]
        from_above = a not in self.at and a != self.spine
        lanes, levels = self._lanes(a, b), self._levels(a, b)
        cost, way, goal = self.routes.way(a, start, goals, lanes, levels, from_above=from_above)
        beside_length = cost - sum(dist(*piece) for piece in pairwise(way))
        self.price += cost
        if beside_length > SQUEEZED:
            self.squeezed[a, b] = beside_length
        points = corners((*lead, *way))
        self.routes.lay(a, ((start[0], start[1] + ROW_GAP), *points) if from_above else points)
        return points, goal

    def _dock(self, a: int, b: int, points: Sequence[Point]) -> None:
        """A line has come to a box."""
        arrival = Arrival(self.order.places[a, b], self.order.signs.get((a, b), ""), points[-2], points[-1])
        self.docked.setdefault(b, []).append(arrival)
        self.routes.lay(a, points)

    def _lanes(self, a: int, b: int | None) -> list[float]:
        """The x at which a line may go up or down: in the gaps between the columns of its ends."""
        lanes: list[float] = []
        last = len(self.left) if b is None else self.column(b)
        for column in range(max(0, self.column(a)), min(last, len(self.left) - 1)):
            low, high = self.right[column] + _LEAVE, self.left[column + 1] - _ENTER
            spaces = int((high - low) / ROUNDED + 0.01)
            lanes += [low + (high - low) * lane / spaces for lane in range(spaces + 1)]
        return lanes

    def _levels(self, a: int, b: int | None) -> list[float]:
        """The y at which a line may go along: beside the boxes and lines between its ends; a skip above the trunk, but
        below it where it is joined after what the trunk brings."""
        first, last = max(0, self.column(a)), len(self.left) - 1 if b is None else self.column(b)
        levels = self.routes.levels(self.left[first] - GAP, self.right[last] + GAP)
        levels += [self.at[a][1] if a in self.at else self.entries[a][1]]
        for box, (_, y) in self.at.items():
            if first <= self.column(box) <= last:
                up, down = y + self.glyphs[box].up, y - self.glyphs[box].down
                levels += [up + ARC, up + ARC - BESIDE, down - ARC, down - ARC + BESIDE]
        if b is None and a in self.order.trunk:
            return [y for y in levels if y >= 0]
        if b is not None and (a, b) in self.order.skips:
            beside = [
                place
                for (source, target), place in self.order.places.items()
                if target == b and source in self.order.trunk and source != a
            ]
            if self.glyphs[b].box.symbol or not beside or self.order.places[a, b] < max(beside):
                return [y for y in levels if y >= 0]
        return levels


@dataclass(frozen=True, slots=True)
class Arrival:
    """A line that has come to a box: the place of what it brings among the box's inputs, its sign if it has one, and
    its last piece, which is level or upright."""

    place: tuple[int, int]
    sign: str
    turn: Point
    end: Point

    @property
    def is_level(self) -> bool:
        return self.turn[1] == self.end[1]


def signs(arrivals: Sequence[Arrival], routes: Routes) -> list[Label]:
    """The signs of lines that come to one box, each beside the head that it belongs to and far from all others."""
    labels = []
    for arrival in (arrival for arrival in arrivals if arrival.sign):
        (x, y), (turn_x, turn_y) = arrival.end, arrival.turn
        others = [other.end for other in arrivals if other is not arrival]
        length = dist(arrival.end, arrival.turn)
        back_x, back_y = (turn_x - x) / length, (turn_y - y) / length
        choices: list[tuple[bool, bool, float, int, Label]] = []
        for back in (5.5, 7.0, 8.5, 10.0):
            for aside in (5.6, -5.6, 7.0, -7.0, 9.0, -9.0):
                middle = x + back * back_x - aside * back_y, y + back * back_y + aside * back_x
                label = Label((middle[0], middle[1] - 0.28 * SHAPE), arrival.sign, SHAPE, bold=True)
                away = dist(middle, arrival.end)
                is_unclear = any(dist(middle, other) < 2 * away for other in others)
                choices.append((routes.touches(label.box), is_unclear, away, len(choices), label))
        labels.append(min(choices)[-1])
    return labels


def straight(first: Glyph, at: Point, other: Glyph, to: Point) -> list[Line | Face | Circle]:
    """Between neighbours: an arrow, or for a sliding window its patch on the map and the rays to one unit."""
    arrive = other.left_point(*to)
    corners = window_on(first, other.box.kernel, *at)
    if not corners:
        return [Line((first.right_point(*at), arrive))]
    rays = [Line((corner, arrive), arrow=False, role="ray") for corner in (corners[1], corners[2])]
    return [Face(corners, "ink", "window" if first.facing else "patch"), *rays, Circle(arrive, 1.6, "")]
