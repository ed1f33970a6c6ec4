"""A laid-out page as a matplotlib Figure, or as pixels: colours, line widths, fonts. No pyplot, and no Axes."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle as CirclePatch
from matplotlib.patches import FancyArrowPatch, Patch, PathPatch, Polygon
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D
from PIL import Image, ImageDraw

from netinspect.pictures.diagram.palette import DARK, EDGE, LIGHT, LINE_WIDTHS, PATCH, shaded
from netinspect.pictures.diagram.scene import Circle, Face, Label, Line, Map, Page, Point, rounded
from netinspect.pictures.draw.plots import rendered
from netinspect.pictures.draw.png import DOTS_PER_INCH
from netinspect.pictures.draw.text import families, house_font, length_of, write

Stroke = tuple[Point, Point]

_STROKES: Final[dict[str, list[Stroke]]] = {
    "+": [((-1, 0), (1, 0)), ((0, -1), (0, 1))],
    "−": [((-1, 0), (1, 0))],
    "×": [((-0.7, -0.7), (0.7, 0.7)), ((-0.7, 0.7), (0.7, -0.7))],
    "÷": [((-1, 0), (1, 0)), ((0, 0.45), (0, 0.95)), ((0, -0.95), (0, -0.45))],
}
"""The signs in circles, drawn within a square from -1 to 1."""

_SCALE: Final = DOTS_PER_INCH / 72
_CODES: Final = {"M": Outline.MOVETO, "L": Outline.LINETO, "Q": Outline.CURVE3}


def ink(page: Page, *, dark: bool = False) -> Figure:
    """The figure of a page, in its size, with a canvas of its own; without the maps on boxes."""
    colours = DARK if dark else LIGHT
    figure = Figure(figsize=(page.width / 72, page.height / 72), facecolor=colours["page"])
    FigureCanvasAgg(figure)
    in_points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans
    for depth, part in enumerate(page.parts):
        if isinstance(part, Label):
            others = families(part.text)
            font = FontProperties(
                fname=str(house_font(bold=part.bold)), size=part.size
            )  # spares the search for a family
            if others[1:]:
                font = FontProperties(family=others, weight="bold" if part.bold else "normal", size=part.size)
            figure.text(
                *part.place, part.text, fontproperties=font, color=colours[part.role], transform=in_points,
                ha="left" if part.left else "center", va="baseline", zorder=3, parse_math=False,
            )  # fmt: skip
        elif not isinstance(part, Map):
            for patch in _patches(part, colours):
                patch.set(zorder=1 + depth / 1e4, transform=in_points)
                figure.add_artist(patch)
    return figure


def _patches(part: Face | Line | Circle, colours: dict[str, str]) -> list[Patch]:
    if isinstance(part, Face):
        return [_polygon(part, colours)]
    if isinstance(part, Circle):
        (x, y), r = part.centre, part.radius
        if part.role:
            return [CirclePatch((x, y), r, facecolor=shaded(part.role, "front"), edgecolor=EDGE, linewidth=0.8)]
        if not part.symbol:
            return [CirclePatch((x, y), r, facecolor=colours["ink"], linewidth=0)]
        ring = CirclePatch((x, y), r, facecolor=colours["page"], edgecolor=colours["ink"], linewidth=1.0)
        half = 0.55 * r
        strokes = _STROKES[part.symbol]
        vertices = [(x + half * u, y + half * v) for stroke in strokes for u, v in stroke]
        codes = [Outline.MOVETO, Outline.LINETO] * len(strokes)
        return [ring, PathPatch(Outline(vertices, codes), edgecolor=colours["ink"], linewidth=1.2, fill=False)]
    return [_line(part, colours)]


def _polygon(face: Face, colours: dict[str, str]) -> Polygon:
    if face.shade == "frame":
        return Polygon(face.points, facecolor=colours["frame"], edgecolor=colours["rim"], linewidth=0.8)
    if face.shade == "window":
        return Polygon(face.points, facecolor="none", edgecolor=PATCH, linewidth=1.2)
    if face.shade == "patch":
        return Polygon(face.points, facecolor=PATCH, edgecolor=EDGE, linewidth=0.7, alpha=0.85)
    fill = shaded(face.role, face.shade)
    return Polygon(face.points, facecolor=fill, edgecolor=EDGE, linewidth=0.6, joinstyle="round")


def _line(line: Line, colours: dict[str, str]) -> PathPatch | FancyArrowPatch:
    colour, width = colours[line.role], line.width or LINE_WIDTHS[line.role]
    way = rounded(line.points)
    codes = [_CODES[command] for command, points in way for _ in points]
    outline = Outline([point for _, points in way for point in points], codes)
    if not line.arrow:
        return PathPatch(outline, edgecolor=colour, linewidth=width, fill=False)
    return FancyArrowPatch(
        path=outline, arrowstyle="-|>,head_length=3.4,head_width=1.7", mutation_scale=1.0, shrinkA=0, shrinkB=0,
        edgecolor=colour, facecolor=colour, linewidth=width,
        joinstyle="miter", capstyle="butt",
    )  # fmt: skip


def raster(page: Page, *, dark: bool = False) -> Image.Image:
    """The page in RGB, two pixels for each of a browser's. matplotlib draws the shapes, Pillow the words, ten times
    as fast."""
    shapes = replace(page, content=tuple(part for part in page.parts if not isinstance(part, Label | Map)))
    image = Image.fromarray(rendered(ink(shapes, dark=dark), DOTS_PER_INCH))
    for part in page.parts:
        if isinstance(part, Map):
            (left, bottom), (right, top) = (
                (round(x * _SCALE), round(image.height - y * _SCALE)) for x, y in part.points
            )
            with Image.open(BytesIO(part.data)) as drawn:
                method = Image.Resampling.BICUBIC if part.smooth else Image.Resampling.NEAREST
                image.paste(drawn.convert("RGB").resize((right - left, bottom - top), method), (left, top))
    colours = DARK if dark else LIGHT
    if any(isinstance(part, Map) for part in page.parts):
        image = _with_windows(image, page, colours)
    pen = ImageDraw.Draw(image)
    for label in page.parts:
        if isinstance(label, Label):
            x, y = label.place[0] * _SCALE, image.height - label.place[1] * _SCALE
            size = label.size * _SCALE
            x -= 0 if label.left else length_of(label.text, size, bold=label.bold) / 2
            write(pen, (x, y), label.text, size, colours[label.role], bold=label.bold)
    return image


def _with_windows(image: Image.Image, page: Page, colours: dict[str, str]) -> Image.Image:
    """What lies on the maps: the windows, and the rays that begin at their corners. Drawn at twice the size, so that
    slanted lines come out smooth."""
    maps = [part.points for part in page.parts if isinstance(part, Map)]
    overlay = Image.new("RGBA", (2 * image.width, 2 * image.height))
    pen, scale = ImageDraw.Draw(overlay), 2 * _SCALE
    for part in page.parts:
        if not isinstance(part, Face | Line) or (isinstance(part, Face) and part.shade != "window"):
            continue
        if not any(
            left < x < right and bottom < y < top for x, y in part.points for (left, bottom), (right, top) in maps
        ):
            continue
        points = [(x * scale, overlay.height - y * scale) for x, y in part.points]
        if isinstance(part, Line):
            width = part.width or LINE_WIDTHS[part.role]
            pen.line(points, fill=colours[part.role], width=round(width * scale))
        else:
            pen.line([*points, *points[:2]], fill=PATCH, width=round(1.2 * scale), joint="curve")
    image = image.convert("RGBA")
    image.alpha_composite(overlay.resize(image.size, Image.Resampling.BOX))
    return image.convert("RGB")
