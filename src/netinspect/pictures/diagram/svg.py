"""The diagram as SVG, written from its page of lines and letters: words stay text that can be searched and copied, and
each box says what it is.

The colours of a light ground stand on the elements themselves, so that every program draws them; where the ground
follows the viewer, a style sheet changes them for a dark one. Neither torch nor matplotlib is needed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Final, Literal

from netinspect.language.messages import markup
from netinspect.network.network import Network
from netinspect.pictures.diagram.layout import DEFAULT_WIDTH, layout
from netinspect.pictures.diagram.outline import diagram_of
from netinspect.pictures.diagram.palette import DARK, EDGE, LIGHT, LINE_WIDTHS, PATCH, shaded
from netinspect.pictures.diagram.parts import Box
from netinspect.pictures.diagram.scene import (
    PIXELS_PER_POINT,
    Circle,
    Face,
    Group,
    Label,
    Line,
    Map,
    Page,
    Part,
    Point,
    rounded,
)
from netinspect.pictures.draw.text import drawable

Ground = Literal["light", "dark", "viewer"]
"""`viewer`: as the reader's system prefers."""

FONTS: Final = "DejaVu Sans, Verdana, Geneva, sans-serif"
"""The font that places were measured with, then those that are as wide."""

STYLE: Final = "@media (prefers-color-scheme: dark) {{ {} }}".format(
    " ".join(
        f".diagram-{name} {{ {' '.join(f'{what}: {DARK[role]};' for what, role in paints.items())} }}"
        for name, paints in {
            "page": {"fill": "page"}, "ink": {"fill": "ink"}, "muted": {"fill": "muted"},
            "line-ink": {"stroke": "ink"}, "line-skip": {"stroke": "skip"}, "line-ray": {"stroke": "ray"},
            "line-above": {"stroke": "above"}, "line-below": {"stroke": "below"},
            "head-ink": {"fill": "ink"}, "head-skip": {"fill": "skip"}, "frame": {"fill": "frame", "stroke": "rim"},
            "join": {"fill": "page", "stroke": "ink"},
        }.items()
    )
)  # fmt: skip
"""What a ground that follows the viewer adds, word for word: for pages that name the hashes of their style sheets."""

_SIGNS: Final = {
    "+": "M-1 0H1M0-1V1", "−": "M-1 0H1", "×": "M-.7-.7L.7.7M-.7.7L.7-.7", "÷": "M-1 0H1M0-.75V-.7M0 .7V.75",
}  # fmt: skip
JPEG: Final = b"\xff\xd8"
_HEAD_LENGTH, _HEAD_HALF = 4.6, 2.0


def diagram_svg(
    network: Network, *, width: float = DEFAULT_WIDTH, ground: Ground = "viewer", links: frozenset[str] = frozenset()
) -> str:
    """The architecture of a network as SVG, laid out for `width` pixels.

    `links` are stems of layers (`03_conv1`) whose sections the page has that it is put into: their boxes lead there.
    In a file of its own a layer's box has its stem as id.
    """
    page = layout(diagram_of(network), drawable(network.name), width)
    return svg(page, network.name, f"The layers of {network.name} from the input to the output.", ground, links)


def svg(
    page: Page, title: str, description: str, ground: Ground = "viewer", links: frozenset[str] = frozenset()
) -> str:
    """A page as SVG. The same page gives the same text."""
    pen = _Pen(page.height, DARK if ground == "dark" else LIGHT, ground == "viewer", links)
    width, height = (round(side * PIXELS_PER_POINT) for side in (page.width, page.height))
    view_box = f"0 0 {_number(page.width)} {_number(page.height)}"
    size = f'width="{width}" height="{height}" viewBox="{view_box}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONTS}">',
        f"<title>{markup(title)}</title>",
        f"<desc>{markup(description)}</desc>",
        *([f"<style>{STYLE}</style>"] if ground == "viewer" else []),
        f'<rect width="100%" height="100%"{pen.paint("page", fill="page")}/>',
        *(pen.group(part) if isinstance(part, Group) else pen.part(part) for part in page.content),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Pen:
    """What a page is written with: its height, as y points up on it, its colours, and which layers are linked."""

    height: float
    colours: dict[str, str]
    follows_viewer: bool
    links: frozenset[str]

    def paint(self, name: str, **roles: str) -> str:
        """Attributes for a fill or a stroke, and the class by which a style sheet changes it."""
        by_viewer = f' class="diagram-{name}"' if self.follows_viewer else ""
        return by_viewer + "".join(f' {what}="{self.colours[role]}"' for what, role in roles.items())

    def group(self, group: Group) -> str:
        """A box with its words: a link, or named by its layer."""
        box = group.box
        inside = "\n".join([f"<title>{markup(words_of(box))}</title>", *map(self.part, group.parts)])
        if box.stem in self.links:
            return f'<a href="#{markup(box.stem)}">\n{inside}\n</a>'
        name = f' id="{markup(box.stem)}"' if box.stem and not box.block and not self.links else ""
        return f"<g{name}>\n{inside}\n</g>"

    def part(self, part: Part) -> str:
        """One part."""
        if isinstance(part, Label):
            return self._label(part)
        if isinstance(part, Line):
            return self._line(part)
        if isinstance(part, Circle):
            return self._circle(part)
        return self._map(part) if isinstance(part, Map) else self._face(part)

    def _at(self, point: Point) -> str:
        return f"{_number(point[0])} {_number(self.height - point[1])}"

    def _label(self, label: Label) -> str:
        x, y = _number(label.place[0]), _number(self.height - label.place[1])
        more = ("" if label.left else ' text-anchor="middle"') + (' font-weight="bold"' if label.bold else "")
        paint = self.paint(label.role, fill=label.role)
        return f'<text x="{x}" y="{y}" font-size="{_number(label.size)}"{more}{paint}>{markup(label.text)}</text>'

    def _face(self, face: Face) -> str:
        way = "M" + "L".join(map(self._at, face.points)) + "Z"
        if face.shade == "frame":
            return f'<path d="{way}"{self.paint("frame", fill="frame", stroke="rim")} stroke-width="0.8"/>'
        if face.shade == "patch":
            return f'<path d="{way}" fill="{PATCH}" stroke="{EDGE}" stroke-width="0.7" opacity="0.85"/>'
        if face.shade == "window":
            return f'<path d="{way}" fill="none" stroke="{PATCH}" stroke-width="1.2"/>'
        fill = shaded(face.role, face.shade)
        return f'<path d="{way}" fill="{fill}" stroke="{EDGE}" stroke-width="0.6" stroke-linejoin="round"/>'

    def _map(self, drawn: Map) -> str:
        (left, bottom), (right, top) = drawn.points
        size = f'width="{_number(right - left)}" height="{_number(top - bottom)}" preserveAspectRatio="none"'
        kind = "jpeg" if drawn.data.startswith(JPEG) else "png"
        pixels = "" if drawn.smooth else ' image-rendering="pixelated"'
        address = f"data:image/{kind};base64,{b64encode(drawn.data).decode()}"
        place = f'x="{_number(left)}" y="{_number(self.height - top)}"'
        return f'<image {place} {size}{pixels} href="{address}"/>'

    def _circle(self, circle: Circle) -> str:
        x, y = circle.centre[0], self.height - circle.centre[1]
        ring = f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(circle.radius)}"'
        if circle.role:
            return f'{ring} fill="{shaded(circle.role, "front")}" stroke="{EDGE}" stroke-width="0.8"/>'
        if not circle.symbol:
            return f"{ring}{self.paint('ink', fill='ink')}/>"
        half = 0.55 * circle.radius
        sign = f'<path d="{_SIGNS[circle.symbol]}" transform="translate({_number(x)} {_number(y)}) scale({half:g})"'
        paint = f'{self.paint("line-ink", stroke="ink")} stroke-width="{_number(1.2 / half)}"'
        return f"{ring}{self.paint('join', fill='page', stroke='ink')}/>\n{sign}{paint}/>"

    def _line(self, line: Line) -> str:
        points = line.points
        if line.arrow:  # it ends within its arrow's head, so that the tip stays sharp
            (x, y), (dx, dy) = points[-1], _direction(points)
            points = (*points[:-1], (x - dx * _HEAD_LENGTH / 2, y - dy * _HEAD_LENGTH / 2))
        way = " ".join(command + " ".join(map(self._at, points)) for command, points in rounded(points))
        paint = self.paint(f"line-{line.role}", stroke=line.role)
        drawn = f'<path d="{way}" fill="none"{paint} stroke-width="{_number(line.width or LINE_WIDTHS[line.role])}"/>'
        if not line.arrow:
            return drawn
        head = "M" + "L".join(map(self._at, _head(line.points))) + "Z"
        return f'{drawn}\n<path d="{head}"{self.paint(f"head-{line.role}", fill=line.role)}/>'


def words_of(box: Box) -> str:
    """A box in one line: `conv1: Conv 11×11, stride 4, → ReLU, 64@55×55`."""
    name = f"{box.name}: " if box.name and box.name != box.op else ""
    times = f" ×{box.count}" if box.count > 1 else ""
    before = [f"{', '.join(box.before)} →"] if box.before else []
    after = [f"→ {', '.join(box.after)}"] if box.after else []
    return name + ", ".join([*before, f"{box.op}{times}", *box.notes, *after, *([box.shape] if box.shape else [])])


def _head(points: Sequence[Point]) -> tuple[Point, Point, Point]:
    """An arrow's head: its tip at the end, and the corners of its base."""
    (x, y), (dx, dy) = points[-1], _direction(points)
    back = (x - dx * _HEAD_LENGTH, y - dy * _HEAD_LENGTH)
    side = (-dy * _HEAD_HALF, dx * _HEAD_HALF)
    return (x, y), (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])


def _direction(points: Sequence[Point]) -> Point:
    """Of a line's last piece, one point long."""
    (x1, y1), (x0, y0) = points[-1], next(point for point in reversed(points) if point != points[-1])
    length = hypot(x1 - x0, y1 - y0)
    return (x1 - x0) / length, (y1 - y0) / length


def _number(value: float) -> str:
    """A length with two decimals, as short as it goes."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # + 0.0: no negative zero
