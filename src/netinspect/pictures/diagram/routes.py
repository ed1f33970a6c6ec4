"""The ways of lines between boxes: each takes the cheapest one over a grid of lanes, around boxes and words and beside
the lines that are already there.

Lines of one source may run on one another, for they are one value. Those of two sources may cross and do nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from math import dist
from typing import Final

from netinspect.pictures.diagram.scene import ROUNDED, Point, Rectangle

BESIDE: Final = 4.5
"""Between lines of two sources: 6 pixels."""

CLEAR: Final = 4.0
"""Between a line and a box or a word."""

# What it costs, in points of length:
_BLOCKED: Final = 20000.0
"""A step through a box."""

_MERGED, _TOUCHING = 2000.0, 400.0
"""A step on a line of another source, and a bend on one or closer to it than `BESIDE`."""

_IN_BEND, _ONWARD = 60.0, 120.0
"""A crossing where one of the two lines bends, and a bend behind which the line of another source goes straight on: a
reader takes such lines for joined, or one for the other."""

_CLOSE, _NEAR = 3.0, 0.2
"""A point of length closer to a line than `BESIDE`, and closer than `ROUNDED`."""

SQUEEZED: Final = 24.0
"""Above this cost beside its length a way crosses other lines, comes close to them or bends often: one that is laid
earlier may be better."""

_CROSSING, _BEND = 25.0, 8.0
_SHARED: Final = 0.7
"""A point on a line of the same source."""

_APART: Final = 10.0
"""Between the bends of two lines that go on in one another's direction: a reader overlooks a shorter gap."""

_SAME: Final = 0.002
"""Points nearer to each other are one."""

_State = tuple[int, int, bool]
"""A crossing of two lanes, by their numbers, and whether a way came to it along the level one."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a line may end: from `turn` on it goes straight to `end`, level or upright, at a cost of its own."""

    turn: Point
    end: Point
    is_level: bool
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A straight piece of the line of a source: at a y from an x to another where it is level, else the other way;
    `bends` are those of its ends at which the line bends."""

    source: int
    is_level: bool
    at: float
    low: float
    high: float
    bends: tuple[float, ...] = ()


@dataclass(slots=True)
class Routes:
    """What lines must keep clear of, and the lines so far."""

    solids: list[Rectangle]
    pieces: list[_Piece] = field(default_factory=list)

    def lay(self, source: int, points: Sequence[Point]) -> None:
        """A line that is there."""
        for number, (start, end) in enumerate(pairwise(points)):
            is_level = abs(start[1] - end[1]) < 0.01
            along, across = (0, 1) if is_level else (1, 0)
            bends = [start[along]] * (number > 0) + [end[along]] * (number < len(points) - 2)
            low, high = sorted((start[along], end[along]))
            self.pieces.append(_Piece(source, is_level, start[across], low, high, tuple(bends)))

    def touches(self, area: Rectangle) -> bool:
        """Whether there is a box, a word or a line in an area."""
        left, bottom, right, top = area
        solids = list(self.solids)
        for piece in self.pieces:
            across, along = (piece.at - 0.5, piece.at + 0.5), (piece.low, piece.high)
            (x0, x1), (y0, y1) = (along, across) if piece.is_level else (across, along)
            solids.append((x0, y0, x1, y1))
        return any(left < x1 and x0 < right and bottom < y1 and y0 < top for x0, y0, x1, y1 in solids)

    def levels(self, left: float, right: float) -> list[float]:
        """Where a level line has room beside those that are between two x."""
        return [
            piece.at + side
            for piece in self.pieces
            if piece.is_level and piece.low < right and left < piece.high
            for side in (-2 * BESIDE, -BESIDE, BESIDE, 2 * BESIDE)
        ]

    def way(
        self, source: int, start: Point, goals: Sequence[Goal], xs: Iterable[float], ys: Iterable[float],
        *, from_above: bool = False,
    ) -> tuple[float, tuple[Point, ...], Goal]:  # fmt: skip
        """The cheapest way from a point, to the right at first or `from_above`, to one of `goals` over the lanes `xs`
        and `ys`: what it costs, its corners, and the goal."""
        lanes = [{round(at, 3): at for at in across} for across in (xs, ys)]
        for axis, places in enumerate(lanes):
            places.update({round(point[axis], 3): point[axis] for point in (*(goal.turn for goal in goals), start)})
        columns, levels = (sorted(places.values()) for places in lanes)
        at_x, at_y = ({round(at, 3): number for number, at in enumerate(values)} for values in (columns, levels))
        grid = _Grid(self, source, columns, levels)
        ends: dict[tuple[int, int], list[Goal]] = {}
        for goal in goals:
            ends.setdefault((at_x[round(goal.turn[0], 3)], at_y[round(goal.turn[1], 3)]), []).append(goal)
        nearest_x, nearest_y = ([goal.turn[axis] for goal in goals] for axis in (0, 1))
        box = min(nearest_x), max(nearest_x), min(nearest_y), max(nearest_y)

        def remaining(i: int, j: int) -> float:
            x, y = columns[i], levels[j]
            return _SHARED * (max(box[0] - x, x - box[1], 0.0) + max(box[2] - y, y - box[3], 0.0))

        came: dict[_State, _State | None] = {}
        waiting: list[tuple[float, float, int, _State, _State | None, Goal | None]] = []
        i, j = at_x[round(start[0], 3)], at_y[round(start[1], 3)]
        heappush(waiting, (remaining(i, j), 0.0, 0, (i, j, not from_above), None, None))
        count = 0
        while True:
            _, cost, _, state, before, reached = heappop(waiting)
            if reached is not None:
                break
            if state in came:
                continue
            came[state] = before
            i, j, is_level = state
            if before is not None and before[:2] != (i, j):
                came_by = _sign(i - before[0]), _sign(j - before[1])
            else:
                came_by = (0, -1) if from_above else (1, 0)
            for target in ends.get((i, j), ()):
                toward = [_sign(target.end[axis] - target.turn[axis]) for axis in (0, 1)]
                turn = 0.0 if target.is_level == is_level else grid.bend(i, j, came_by, toward)
                total = cost + grid.end(target) + turn
                count += 1
                heappush(waiting, (total, total, count, state, state, target))
            for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                if not (0 <= i + di < len(columns) and 0 <= j + dj < len(levels)):
                    continue
                step = grid.level_steps(j)[min(i, i + di)] if di else grid.upright_steps(i)[min(j, j + dj)]
                turn = 0.0 if bool(di) == is_level else grid.bend(i, j, came_by, (di, dj))
                after = (i + di, j + dj, bool(di))
                if after not in came:
                    count += 1
                    total = cost + step + turn
                    heappush(waiting, (total + remaining(*after[:2]), total, count, after, state, None))
        points, at = [reached.end], before
        while at is not None:
            points.append((columns[at[0]], levels[at[1]]))
            at = came[at]
        return cost, corners(list(reversed(points))), reached


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def corners(points: Sequence[Point]) -> tuple[Point, ...]:
    """Points without those in the middle of a straight piece."""
    kept: list[Point] = []
    for point in points:
        if kept and dist(kept[-1], point) < _SAME:
            continue
        if len(kept) > 1 and any(max(abs(at[axis] - point[axis]) for at in kept[-2:]) < _SAME for axis in (0, 1)):
            kept.pop()
        kept.append(point)
    return tuple(kept)


@dataclass(slots=True)
class _Grid:
    """What the steps between lanes cost a source, worked out lane by lane when a way first comes to it."""

    routes: Routes
    source: int
    columns: list[float]
    levels: list[float]
    costs: dict[tuple[bool, int], list[float]] = field(default_factory=dict)
    bends: dict[tuple[int, ...], float] = field(default_factory=dict)

    def level_steps(self, j: int) -> list[float]:
        """Of the steps to the right along a level."""
        if (True, j) not in self.costs:
            self.costs[True, j] = self._steps(True, self.levels[j], self.columns)
        return self.costs[True, j]

    def upright_steps(self, i: int) -> list[float]:
        """Of the steps up a column."""
        if (False, i) not in self.costs:
            self.costs[False, i] = self._steps(False, self.columns[i], self.levels)
        return self.costs[False, i]

    def _steps(self, is_level: bool, at: float, stops: Sequence[float]) -> list[float]:
        along, across = (0, 1) if is_level else (1, 0)
        solids = [
            (solid[along] - CLEAR, solid[along + 2] + CLEAR)
            for solid in self.routes.solids
            if solid[across] - CLEAR < at < solid[across + 2] + CLEAR
        ]
        beside = [p for p in self.routes.pieces if p.is_level == is_level and abs(p.at - at) < ROUNDED - 0.01]
        crossed = self._crossed(is_level, at)
        costs = []
        for low, high in pairwise(stops):
            cost = length = high - low
            if any(start < high and low < end for start, end in solids):
                cost += _BLOCKED
            for piece in beside:
                if piece.low - BESIDE < high - 0.01 and low < piece.high + BESIDE - 0.01:
                    away = abs(piece.at - at)
                    overlaps = piece.low < high - 0.01 and low < piece.high - 0.01
                    if piece.source == self.source and away < 0.5:
                        cost -= (1 - _SHARED) * length if overlaps else 0.0
                        length = 0.0 if overlaps else length
                    elif away < 0.5 and overlaps:
                        cost += _MERGED
                    elif away < BESIDE - 0.01:
                        cost += _CLOSE * (high - low)
                    elif overlaps:
                        cost += _NEAR * (high - low)
            cost += sum(price for place, price in crossed if low <= place < high)
            costs.append(cost)
        return costs

    def _crossed(self, is_level: bool, at: float) -> list[tuple[float, float]]:
        """Where a level or an upright crosses lines of other sources, and what each crossing costs."""
        return [
            (p.at, _CROSSING + _IN_BEND * any(abs(bend - at) < ROUNDED - 0.1 for bend in p.bends))
            for p in self.routes.pieces
            if p.is_level != is_level and p.source != self.source and p.low - 0.01 < at < p.high + 0.01
        ]

    def end(self, goal: Goal) -> float:
        """What the last piece of a way costs, from where it turns to a goal."""
        along = 0 if goal.is_level else 1
        low, high = sorted((goal.turn[along], goal.end[along]))
        crossed = self._crossed(goal.is_level, goal.turn[1 - along])
        return goal.cost + sum(price for place, price in crossed if low - 0.01 < place < high)

    def bend(self, i: int, j: int, came_by: Sequence[int], go_on: Sequence[int]) -> float:
        """What it costs to come to a place in a direction and to go on from it in another: more where the line of
        another source is near."""
        key = i, j, *came_by, *go_on
        if key not in self.bends:
            place, cost = (self.columns[i], self.levels[j]), _BEND
            # The directions of the bend's two legs, seen from the bend: of the level one and of the upright one
            legs = {bool(x): (x or y) for x, y in ((-came_by[0], -came_by[1]), go_on)}
            for piece in self.routes.pieces:
                along, across = place if piece.is_level else place[::-1]
                aside = piece.at - across
                if piece.source == self.source or abs(aside) > ROUNDED - 0.1:
                    continue
                beyond = max(piece.low - along, along - piece.high, 0.0)
                if abs(aside) < BESIDE - 0.1 and beyond < BESIDE - 0.1:
                    cost += _TOUCHING
                elif beyond == 0.0 and aside * legs[not piece.is_level] > 0.0:
                    cost += _IN_BEND
                if abs(aside) < BESIDE - 0.1 and beyond < _APART:
                    ahead = piece.low if piece.low > along else piece.high
                    if ahead in piece.bends and (ahead - along) * legs[piece.is_level] < 0:
                        cost += _ONWARD
            self.bends[key] = cost
        return self.bends[key]
