"""One box of the diagram: how large it is, what stands above and below it, and its polygons.

Cabinet projection: the front face shows thickness (channels) by height, the side face goes back at 45° and half
length. Sides are in proportion to the square root of the cells along them, thickness to the square root of the
channels, so that 224 and 7 pixels, 3 and 2048 channels can be seen in one picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Final

from netinspect.pictures.diagram.parts import Box, Diagram
from netinspect.pictures.diagram.scene import (
    Circle,
    Face,
    Group,
    Label,
    Line,
    Map,
    Part,
    Point,
    Scene,
    moved,
    text_width,
)

RULE: Final = "Boxes: sides ∝ √(cells along them), thickness ∝ √channels."
MAP_RULE: Final = "Maps: sides ∝ √(cells along them), depth ∝ √channels; of sequences across and down."
BAR_RULE: Final = "Bars: height ∝ √units."
LEAST_RULE: Final = "The smallest are drawn larger than that."

TALLEST, THICKEST = 104.0, 54.0
TALLEST_IN_U = 84.0
TALLEST_SEQUENCE, THICKEST_SEQUENCE = 64.0, 36.0
LONGEST = 84.0
THINNEST, SHORTEST, BAR = 3.0, 7.0, 7.0
WIDEST_MAP, SHORTEST_MAP, TALLEST_ROW, SHORTEST_ROW, BAR_OF_CELLS = 118.0, 24.0, 72.0, 16.0, 12.0
RADIUS = 8.0
OBLIQUE: Final = 0.5 * sqrt(0.5)

LOOP_OUT, LOOP_RISE = 9.0, 8.0
"""How far a loop stands out beside a box, and above it."""

OP, NOTE, SHAPE = 9.2, 8.0, 8.6
LEAD = 1.28
NOTE_CHARACTERS: Final = 15


@dataclass(frozen=True, slots=True)
class Scales:
    """Points for the square root of one cell, one channel, one unit of a vector. `row` is that of a channel of a
    sequence where boxes are `facing` the reader, with maps on them."""

    side: float
    thickness: float
    bar: float
    smallest_enlarged: bool
    has_bars: bool
    has_maps: bool
    row: float = 0.0
    facing: bool = False


def scales(diagram: Diagram, *, in_u: bool = False, branches: int = 0, facing: bool = False) -> Scales:
    """One scale for the whole picture: its largest side, thickness and vector fill their place. They are smaller
    in a U, for branches, which stand above each other, and for nets of sequences."""
    boxes = [box for panel in diagram.panels for box in panel.boxes if not box.symbol]
    maps = [box for box in boxes if box.space]
    bars = [box for box in boxes if not box.space]
    cells = max((size for box in maps for size in box.space[-2:]), default=1)
    flat = sum(len(box.space) == 1 for box in maps) > 0.85 * len(maps)
    tallest = TALLEST_IN_U if in_u else TALLEST_SEQUENCE if flat else TALLEST
    tallest = WIDEST_MAP if facing else tallest
    room = 1 / (1 + 0.3 * min(branches, 4)) / (1 + max(0, len(diagram.panels[0].boxes) - 15) / 60)
    side = tallest * room / sqrt(cells)
    thickness = (
        (THICKEST_SEQUENCE if flat else THICKEST)
        * sqrt(room)
        / sqrt(max((box.channels for box in maps), default=1) or 1)
    )
    bar = LONGEST * room / sqrt(max([16, *(box.channels for box in bars)]))
    shortest = SHORTEST_MAP if facing else SHORTEST
    small = any(side * sqrt(min(box.space[-2:])) < shortest for box in maps if min(box.space[-2:]) > 1)
    thin = any(0 < thickness * sqrt(box.channels) < THINNEST for box in maps)
    row = TALLEST_ROW * room / sqrt(max((box.channels for box in maps if len(box.space) == 1), default=1) or 1)
    return Scales(side, thickness, bar, small or thin, bool(bars), bool(maps), row, facing)


@dataclass(frozen=True, slots=True)
class Image:
    """What is drawn on a box: bytes of a PNG or JPEG, and whether it is a photograph."""

    data: bytes
    smooth: bool = False


@dataclass(frozen=True, slots=True)
class Glyph:
    """A box with its sizes in points. Distances are from its middle, which lies on the line through it.

    thickness, height   of the front face; `back` how far the side face goes right and up
    up, down            to the top of its heading, to the bottom of what stands below
    lead, trail         how far its column reaches to the left and right, texts included
    image               the map on its front, where boxes face the reader
    """

    box: Box
    thickness: float
    height: float
    back: float
    heading: tuple[Label, ...]
    footing: tuple[Label, ...]
    up: float
    down: float
    lead: float
    trail: float
    facing: bool = False
    image: Image | None = None

    @property
    def half(self) -> float:
        """From the middle to the left edge."""
        return RADIUS if self.box.symbol else (self.thickness + self.back) / 2

    @property
    def right(self) -> float:
        """From the middle to the right edge, the copies behind it included."""
        return self.half + ghost_shift(self.box)

    @property
    def width(self) -> float:
        return self.lead + self.trail

    def left_point(self, x: float, y: float, rise: float = 0.0) -> Point:
        """Where a level line from the left meets a box with its middle at (x, y), `rise` above its middle: on its
        front, or where the front is low on its slanted upper edge."""
        if self.box.symbol:
            return x - RADIUS, y
        left, bottom = x - self.half, y - (self.height + self.back) / 2
        top = bottom + self.height
        level = min(max(y + rise, bottom + 0.1 * self.height), top + 0.9 * self.back)
        return left + max(0.0, level - top), level

    def right_point(self, x: float, y: float) -> Point:
        """Where a level line to the right leaves a box with its middle at (x, y), the copies behind it included."""
        if self.box.symbol:
            return x + RADIUS, y
        side_bottom = y + (self.back - self.height) / 2 + ghost_shift(self.box)
        return x + self.right - max(0.0, side_bottom - y), y


def glyph(box: Box, scale: Scales, image: Image | None = None) -> Glyph:
    """A box measured and its texts placed."""
    if box.symbol:
        return _circle(box)
    thickness, height, back = _sizes(box, scale)
    ghost = ghost_shift(box)
    half = (height + back) / 2
    heading = stacked(heading_lines(box), half + ghost + 4 + (LOOP_RISE + 2) * box.loops)
    lines = [(box.shape, SHAPE, False, "ink")] if box.shape else []
    top = -half - 3
    labels = []
    for text, size, bold, role in lines:
        labels.append(Label((0.0, top - 0.85 * size), text, size, bold, role))
        top -= size * LEAD
    footing = tuple(labels)
    texts = [text_width(label.text, label.size, bold=label.bold) for label in (*heading, *footing)]
    up = heading[-1].box[3] if heading else half
    down = -footing[-1].box[1] if footing else half
    wide = max([thickness + back + 2 * ghost + 2 * LOOP_OUT * box.loops, *texts])
    return Glyph(
        box, thickness, height, back, heading, footing, up, down, wide / 2, wide / 2, scale.facing, image
    )  # fmt: skip


def ghost_shift(box: Box) -> float:
    """How far the copies behind a box that stands for several reach up and to the right."""
    return 0.0 if box.symbol else 4.0 * min(box.count - 1, 2)


def _sizes(box: Box, scale: Scales) -> tuple[float, float, float]:
    """Thickness, height and how far back: in points. The front of a box that faces the reader is its map."""
    if scale.facing:
        high, wide = box.space[-2:] if len(box.space) > 1 else (0, *(box.space or (0,)))
        if not box.space:
            return BAR_OF_CELLS, max(SHORTEST_MAP, scale.bar * sqrt(max(box.channels, 1))), 3.0
        across = max(SHORTEST_MAP, scale.side * sqrt(wide))
        if not high:
            return across, max(SHORTEST_ROW, scale.row * sqrt(box.channels)), 3.0
        deep = OBLIQUE * max(THINNEST, scale.thickness * sqrt(box.channels))
        return across, max(SHORTEST_MAP, scale.side * sqrt(high)), deep
    if not box.space:
        return BAR, max(SHORTEST, scale.bar * sqrt(max(box.channels, 1))), 4.0
    high = box.space[-2] if len(box.space) > 1 else box.space[0]
    deep = box.space[-1] if len(box.space) > 1 else 1
    thickness = max(THINNEST, scale.thickness * sqrt(box.channels))
    return thickness, max(SHORTEST, scale.side * sqrt(high)), OBLIQUE * max(SHORTEST, scale.side * sqrt(deep))


def _circle(box: Box) -> Glyph:
    times = (f"×{box.count}",) if box.count > 1 else ()
    notes = [*_inputs_first(box), *wrapped([*times, *box.notes]), *_then(box), *box.results]
    lines = [(note, NOTE, False, "muted") for note in notes]
    footing = tuple(
        Label((5.0, -RADIUS - 3 - NOTE * LEAD * (index + 0.7)), text, size, bold, role, left=True)
        for index, (text, size, bold, role) in enumerate(lines)
    )
    wide = max((text_width(label.text, NOTE) for label in footing), default=0.0)
    down = -footing[-1].box[1] if footing else RADIUS
    return Glyph(box, 0.0, 0.0, 0.0, (), footing, RADIUS + 2, down, RADIUS, max(RADIUS, 5 + wide))


_Line = tuple[str, float, bool, str]


def heading_lines(box: Box) -> list[_Line]:
    """From the lowest line up: what it is as a result, what is done to it, notes, what makes the map, what it is
    called, what is done to its input."""
    op = f"{box.op} ×{box.count}" if box.count > 1 else box.op
    beneath = [*wrapped(box.notes), *_then(box), *box.results]
    lines: list[_Line] = [(note, NOTE, False, "muted") for note in reversed(beneath)]
    lines.append((op, OP, True, "ink"))
    above = [*_inputs_first(box), *([box.name] if box.name and box.name != box.op else [])]
    return [*lines, *((note, NOTE, False, "muted") for note in reversed(above))]


def _inputs_first(box: Box) -> list[str]:
    """`BN, ReLU →`: what is done before."""
    lines = wrapped(box.before, end=",")
    return [*lines[:-1], f"{lines[-1]} →"] if lines else []


def _then(box: Box) -> list[str]:
    """`→ BN, ReLU`: what is done after."""
    lines = wrapped(box.after, end=",")
    return [f"→ {lines[0]}", *lines[1:]] if lines else []


def wrapped(notes: Iterable[str], *, end: str = "") -> list[str]:
    """Notes joined by commas into lines that are not much wider than a box; long names are broken at a `_`. `end`
    stands behind each line that another note follows."""
    lines: list[str] = []
    for note in notes:
        if lines and len(lines[-1]) + len(note) + 2 <= NOTE_CHARACTERS:
            lines[-1] += f", {note}"
            continue
        if lines:
            lines[-1] += end
        if len(note) > 2 * NOTE_CHARACTERS - 4 and "_" in note[:-NOTE_CHARACTERS]:
            cut = note[:-NOTE_CHARACTERS].rindex("_") + 1
            lines += [note[:cut], note[cut:]]
        else:
            lines.append(note)
    return lines


def stacked(lines: list[_Line], bottom: float) -> tuple[Label, ...]:
    """Lines of words above each other, the first at the bottom."""
    labels = []
    for text, size, bold, role in lines:
        labels.append(Label((0.0, bottom + 0.24 * size), text, size, bold, role))
        bottom += size * LEAD
    return tuple(labels)


# --- polygons --------------------------------------------------------------------------------


def place(scene: Scene, drawn: Glyph, x: float, y: float) -> None:
    """Draws a box with its middle at (x, y)."""
    parts: list[Part] = []
    if drawn.box.symbol:
        parts.append(Circle((x, y), RADIUS, drawn.box.symbol))
    else:
        for copy in range(min(drawn.box.count - 1, 2), 0, -1):
            parts += _solid(drawn, x + 4.0 * copy, y + 4.0 * copy, ghost=True)
        parts += _solid(drawn, x, y, ghost=False)
        if drawn.image is not None:
            left, bottom = x - drawn.half, y - (drawn.height + drawn.back) / 2
            corners = ((left, bottom), (left + drawn.thickness, bottom + drawn.height))
            parts.append(Map(corners, drawn.image.data, drawn.image.smooth))
    if drawn.box.loops:
        level, top = loop_rise(drawn), y + (drawn.height + drawn.back) / 2 + LOOP_RISE
        (left, low), (right, high) = drawn.left_point(x, y, level), (x + drawn.half, y + level)
        way = ((right, high), (right + LOOP_OUT, high), (right + LOOP_OUT, top), (left - LOOP_OUT, top),
               (left - LOOP_OUT, low), (left, low))  # fmt: skip
        parts.append(Line(way, role="skip"))
    parts += [moved(label, x, y) for label in (*drawn.heading, *drawn.footing)]
    scene.add(Group(drawn.box, tuple(parts)))


def loop_rise(drawn: Glyph) -> float:
    """How far above a box's middle its loop comes back to it."""
    return min(7.0, drawn.height * 0.3)


def _solid(drawn: Glyph, x: float, y: float, *, ghost: bool) -> list[Face]:
    left, bottom = x - drawn.half, y - (drawn.height + drawn.back) / 2
    right, top, back = left + drawn.thickness, bottom + drawn.height, drawn.back
    front = ((left, bottom), (right, bottom), (right, top), (left, top))
    over = ((left, top), (right, top), (right + back, top + back), (left + back, top + back))
    side = ((right, bottom), (right + back, bottom + back), (right + back, top + back), (right, top))
    role = drawn.box.family
    names = ("ghost",) * 3 if ghost else ("front", "top", "side")
    return [Face(points, role, shade) for points, shade in zip((front, over, side), names, strict=True)]


LEAST_WINDOW: Final = 2.4
"""Points that a side of a window on a map has at least: twice the width of its line."""


def window_on(drawn: Glyph, kernel: tuple[int, ...], x: float, y: float) -> tuple[Point, ...]:
    """The corners of a kernel at the middle of a map: its lower left corner first, counter-clockwise. On the side of a
    box it is by the rule of the box itself; on the map of a box that faces the reader it has as many cells as it
    covers, because there one counts them."""
    space = drawn.box.space
    if not space or not kernel or drawn.box.symbol:
        return ()
    sizes = (kernel[-2:] if len(kernel) > 1 else (kernel[0], 1), space[-2:] if len(space) > 1 else (space[0], 1))
    (tall, cells_down), (deep, cells_across) = zip(*sizes, strict=True)
    if drawn.facing:
        if len(space) == 1:
            tall, cells_down, deep, cells_across = 1, 1, tall, cells_down
        left, bottom = x - drawn.half, y - (drawn.height + drawn.back) / 2
        x0, x1 = (left + at for at in _span(deep, cells_across, drawn.thickness))
        y1, y0 = (bottom + drawn.height - at for at in _span(tall, cells_down, drawn.height))
        return (x0, y0), (x1, y0), (x1, y1), (x0, y1)
    shares = [sqrt(min(size, cells) / cells) for size, cells in ((tall, cells_down), (deep, cells_across))]
    height, back = max(shares[0] * drawn.height, 3.0), max(shares[1] * drawn.back, 2.0)
    height, back = min(height, drawn.height), min(back, drawn.back)
    mid_x = x - drawn.half + drawn.thickness + drawn.back / 2
    x0, x1 = mid_x - back / 2, mid_x + back / 2
    low, high = y - height / 2 - back / 2, y + height / 2 - back / 2
    return (x0, low), (x1, low + back), (x1, high + back), (x0, high)


def _span(size: int, cells: int, length: float) -> tuple[float, float]:
    """From where to where a window of `size` cells lies in the middle of `length` points of `cells`, on whole cells."""
    cell = length / cells
    start, end = max(0, (cells - size) // 2) * cell, min(cells, (cells - size) // 2 + size) * cell
    spare = max(0.0, LEAST_WINDOW - (end - start)) / 2
    return start - spare, end + spare
