"""A laid-out page as a matplotlib Figure, or as pixels: colours, line widths, fonts. No pyplot, and no Axes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle as CirclePatch
from matplotlib.patches import FancyArrowPatch, Patch, PathPatch, Polygon
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D, Transform
from PIL import Image, ImageDraw

from netinspect.pictures.diagram.scene import Circle, Face, Label, Line, Page, Point
from netinspect.pictures.draw.plots import rendered
from netinspect.pictures.draw.png import DOTS_PER_INCH
from netinspect.pictures.draw.text import families, house_font, length_of, write

COLOURS: Final = {
    "input": "#A6A6A6",
    "convolution": "#E69F00",
    "pooling": "#56B4E9",
    "upsampling": "#0072B2",
    "linear": "#009E73",
    "recurrent": "#D55E00",
    "attention": "#CC79A7",
    "embedding": "#F0E442",
    "join": "#D9D9D9",
    "other": "#BFB5A2",
}
"""Okabe and Ito's colours, told apart by colour-blind readers; greys for what computes nothing."""

LIGHT: Final = {"page": "#FFFFFF", "ink": "#1A1A1A", "muted": "#5C5C5C", "skip": "#3D3D3D", "ray": "#4D4D4D",
                "frame": "#F5F5F3", "rim": "#C9C9C4"}  # fmt: skip
DARK: Final = {"page": "#16181D", "ink": "#F2F2F2", "muted": "#B4B8C0", "skip": "#D0D3D9", "ray": "#C4C7CE",
               "frame": "#20232A", "rim": "#454A55"}  # fmt: skip

Stroke = tuple[Point, Point]

_STROKES: Final[dict[str, list[Stroke]]] = {
    "+": [((-1, 0), (1, 0)), ((0, -1), (0, 1))],
    "−": [((-1, 0), (1, 0))],
    "×": [((-0.7, -0.7), (0.7, 0.7)), ((-0.7, 0.7), (0.7, -0.7))],
    "÷": [((-1, 0), (1, 0)), ((0, 0.7), (0, 0.75)), ((0, -0.75), (0, -0.7))],
}
"""The signs in circles, drawn within a square from -1 to 1."""

_SCALE: Final = DOTS_PER_INCH / 72
_WIDTHS: Final = {"ink": 0.9, "skip": 1.0, "ray": 0.55}
_CORNER: Final = 6.0


def ink(page: Page, *, dark: bool = False) -> Figure:
    """The figure of a page, in its size, with a canvas of its own."""
    colours = DARK if dark else LIGHT
    figure = Figure(figsize=(page.width / 72, page.height / 72), facecolor=colours["page"])
    FigureCanvasAgg(figure)
    in_points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans
    for depth, part in enumerate(page.parts):
        if isinstance(part, Label):
            _write(figure, part, colours, in_points)
        else:
            for patch in _patches(part, colours):
                patch.set(zorder=1 + depth / 1e4, transform=in_points)
                figure.add_artist(patch)
    return figure


def _write(figure: Figure, label: Label, colours: dict[str, str], in_points: Transform) -> None:
    others = families(label.text)
    font = FontProperties(fname=str(house_font(bold=label.bold)), size=label.size)  # spares the search for a family
    if others[1:]:
        font = FontProperties(family=others, weight="bold" if label.bold else "normal", size=label.size)
    figure.text(
        *label.place, label.text, fontproperties=font, color=colours[label.role], transform=in_points,
        ha="left" if label.left else "center", va="baseline", zorder=3, parse_math=False,
    )  # fmt: skip


def _patches(part: Face | Line | Circle, colours: dict[str, str]) -> list[Patch]:
    if isinstance(part, Face):
        return [_polygon(part, colours)]
    if isinstance(part, Circle):
        return _join(part, colours)
    return [_line(part, colours)]


def _polygon(face: Face, colours: dict[str, str]) -> Polygon:
    if face.shade == "frame":
        return Polygon(face.points, facecolor=colours["frame"], edgecolor=colours["rim"], linewidth=0.8)
    if face.shade == "patch":
        return Polygon(face.points, facecolor="#FFFFFF", edgecolor="#1A1A1A", linewidth=0.7, alpha=0.85)
    fill = shaded(face.role, face.shade)
    return Polygon(face.points, facecolor=fill, edgecolor="#1A1A1A", linewidth=0.6, joinstyle="round")


def shaded(family: str, shade: str) -> str:
    """A family's colour on the front, in the light (top), in the shadow (side) or far back (ghost)."""
    towards, part = {"top": ("#FFFFFF", 0.45), "side": ("#000000", 0.24), "ghost": ("#FFFFFF", 0.55)}.get(
        shade, ("#FFFFFF", 0.0)
    )
    (r, g, b), (to_r, to_g, to_b) = to_rgb(COLOURS[family]), to_rgb(towards)
    keep = 1 - part
    return to_hex((r * keep + to_r * part, g * keep + to_g * part, b * keep + to_b * part))


def _join(circle: Circle, colours: dict[str, str]) -> list[Patch]:
    (x, y), r = circle.centre, circle.radius
    if not circle.symbol:
        return [CirclePatch((x, y), r, facecolor=colours["ink"], linewidth=0)]
    ring = CirclePatch((x, y), r, facecolor=colours["page"], edgecolor=colours["ink"], linewidth=1.0)
    half = 0.55 * r
    strokes = _STROKES[circle.symbol]
    vertices = [(x + half * u, y + half * v) for stroke in strokes for u, v in stroke]
    codes = [Outline.MOVETO, Outline.LINETO] * len(strokes)
    return [ring, PathPatch(Outline(vertices, codes), edgecolor=colours["ink"], linewidth=1.2, fill=False)]


def _line(line: Line, colours: dict[str, str]) -> PathPatch | FancyArrowPatch:
    colour, width = colours[line.role], _WIDTHS[line.role]
    outline = rounded(line.points)
    if not line.arrow:
        return PathPatch(outline, edgecolor=colour, linewidth=width, fill=False)
    return FancyArrowPatch(
        path=outline, arrowstyle="-|>,head_length=3.4,head_width=1.7", mutation_scale=1.0, shrinkA=0, shrinkB=0,
        edgecolor=colour, facecolor=colour, linewidth=width,
        joinstyle="miter", capstyle="butt",
    )  # fmt: skip


def rounded(points: tuple[Point, ...]) -> Outline:
    """A path through points with its corners rounded."""
    points = tuple(point for place, point in enumerate(points) if place == 0 or point != points[place - 1])
    vertices, codes = [points[0]], [Outline.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        vertices += [_short_of(corner, before), corner, _short_of(corner, after)]
        codes += [Outline.LINETO, Outline.CURVE3, Outline.CURVE3]
    return Outline([*vertices, points[-1]], [*codes, Outline.LINETO])


def _short_of(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = (dx * dx + dy * dy) ** 0.5
    part = min(_CORNER, length / 2) / length
    return corner[0] + dx * part, corner[1] + dy * part


def raster(page: Page, *, dark: bool = False) -> Image.Image:
    """The page in RGB, two pixels for each of a browser's. matplotlib draws the shapes, Pillow the words, ten times
    as fast."""
    shapes = replace(page, parts=tuple(part for part in page.parts if not isinstance(part, Label)))
    image = Image.fromarray(rendered(ink(shapes, dark=dark), DOTS_PER_INCH))
    pen, colours = ImageDraw.Draw(image), DARK if dark else LIGHT
    for label in page.parts:
        if isinstance(label, Label):
            x, y = label.place[0] * _SCALE, image.height - label.place[1] * _SCALE
            size = label.size * _SCALE
            x -= 0 if label.left else length_of(label.text, size, bold=label.bold) / 2
            write(pen, (x, y), label.text, size, colours[label.role], bold=label.bold)
    return image
