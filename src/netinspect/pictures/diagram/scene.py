"""What a diagram is once it is laid out: polygons, lines, circles and texts with places in points (1/72 inch).

The origin is at the lower left and y points up. Colours are roles (`convolution`, `ink`, `muted`), which
`ink` turns into colours for a light or a dark page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from netinspect.pictures.diagram.parts import Box
from netinspect.pictures.draw.text import length_of

PIXELS_PER_POINT: Final = 96 / 72
"""Of a browser, which shows a picture of so many points."""

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top."""


@dataclass(frozen=True, slots=True)
class Face:
    """A filled polygon. `shade`: front, top, side, ghost (a copy behind), patch, window (an outline on a map), frame,
    swatch."""

    points: tuple[Point, ...]
    role: str
    shade: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, its corners rounded. `role`: ink, skip, ray; of a weight above, below. `width` is 0 where
    the role says it."""

    points: tuple[Point, ...]
    arrow: bool = True
    role: str = "ink"
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Circle:
    """A join: a circle with a sign in it; without a sign the unit that a window ends in, or one of a family, `role`."""

    centre: Point
    radius: float
    symbol: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text. `place` is on its baseline: at its middle, or at its left end."""

    place: Point
    text: str
    size: float
    bold: bool = False
    role: str = "ink"
    left: bool = False

    @property
    def box(self) -> Rectangle:
        """What the text covers."""
        x, y = self.place
        wide = text_width(self.text, self.size, bold=self.bold)
        x = x if self.left else x - wide / 2
        return x, y - 0.24 * self.size, x + wide, y + 0.8 * self.size


@dataclass(frozen=True, slots=True)
class Map:
    """A picture on a box, a PNG or a JPEG, between its lower left and its upper right corner. Where it is not `smooth`
    its pixels stay squares."""

    points: tuple[Point, Point]
    data: bytes
    smooth: bool = False


Part = Face | Line | Circle | Label | Map


@dataclass(frozen=True, slots=True)
class Group:
    """The parts of one box."""

    box: Box
    parts: tuple[Part, ...]


@dataclass(slots=True)
class Scene:
    """Parts in the order in which they are drawn."""

    parts: list[Part | Group] = field(default_factory=list)

    def add(self, *parts: Part | Group) -> None:
        self.parts += parts

    def take(self, other: Scene, dx: float, dy: float) -> None:
        """All of another scene, moved."""
        self.parts += [moved(part, dx, dy) for part in other.parts]

    def rectangles(self) -> Iterator[Rectangle]:
        """What its parts cover: of a line each piece."""
        for part in flat(self.parts):
            if isinstance(part, Line):
                for a, b in pairwise(part.points):
                    yield min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])
            else:
                yield _around(part)

    @property
    def bounds(self) -> Rectangle:
        """Around all that is drawn; all zero where nothing is."""
        boxes = [_around(part) for part in flat(self.parts)] or [(0.0, 0.0, 0.0, 0.0)]
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        return min(lefts), min(bottoms), max(rights), max(tops)


@dataclass(frozen=True, slots=True)
class Page:
    """A whole picture, its lower left corner at (0, 0): what is drawn, and its size in points."""

    content: tuple[Part | Group, ...]
    width: float
    height: float

    @property
    def parts(self) -> Iterator[Part]:
        """All parts, those of boxes too."""
        return flat(self.content)


def flat(parts: Iterable[Part | Group]) -> Iterator[Part]:
    """Parts without their groups."""
    for part in parts:
        if isinstance(part, Group):
            yield from part.parts
        else:
            yield part


def _around(part: Part) -> Rectangle:
    if isinstance(part, Label):
        return part.box
    if isinstance(part, Circle):
        (x, y), r = part.centre, part.radius
        return x - r, y - r, x + r, y + r
    xs, ys = zip(*part.points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def moved(part: Any, dx: float, dy: float) -> Any:
    """A part, or all of a group, somewhere else."""
    if isinstance(part, Group):
        return replace(part, parts=tuple(moved(each, dx, dy) for each in part.parts))
    if isinstance(part, Label):
        return replace(part, place=(part.place[0] + dx, part.place[1] + dy))
    if isinstance(part, Circle):
        return replace(part, centre=(part.centre[0] + dx, part.centre[1] + dy))
    return replace(part, points=tuple((x + dx, y + dy) for x, y in part.points))


def rounded(points: tuple[Point, ...]) -> list[tuple[str, tuple[Point, ...]]]:
    """The way through points with its corners rounded, as the commands of an SVG's path: `M` and `L` with a point, `Q`
    with the corner and where its curve ends."""
    points = tuple(point for place, point in enumerate(points) if place == 0 or point != points[place - 1])
    way: list[tuple[str, tuple[Point, ...]]] = [("M", (points[0],))]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        way += [("L", (_short_of(corner, before),)), ("Q", (corner, _short_of(corner, after)))]
    return [*way, ("L", (points[-1],))]


ROUNDED: Final = 6.0
"""How far from a corner a line leaves its straight way."""


def _short_of(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = (dx * dx + dy * dy) ** 0.5
    part = min(ROUNDED, length / 2) / length
    return corner[0] + dx * part, corner[1] + dy * part


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text is, in points, at a size in points."""
    return length_of(text, 100, bold=bold) * size / 100
