"""A scatter of networks by two figures: discs, families joined, the Pareto front, and a name beside every disc."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import pts_to_poststep
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from netinspect.pictures.draw.chart_axes import COLOURS, FAINT, GAP, HALO, INK, LINE, Size, dress, mark, short
from netinspect.pictures.draw.text import families


@dataclass(frozen=True, slots=True)
class Scatter:
    """Networks by two figures: a cost, and either a second cost or something that is better the higher it is.

    `y` is None where a network has no such figure. Discs have `areas` in proportion, or one size. Networks of one
    family are joined; `front` are those that no other one beats, from the cheapest on.
    """

    x_title: str
    y_title: str
    x: tuple[int, ...]
    y: tuple[float | None, ...]
    families: tuple[str, ...]
    front: tuple[int, ...]
    is_y_cost: bool = False
    area_title: str = ""
    areas: tuple[int, ...] = ()


def draw_scatter(axes: Axes, networks: Sequence[str], scatter: Scatter, form: Size) -> tuple[Label, ...]:
    """The discs with their families joined and the front that nothing beats; the labels that are to be placed."""
    placed = [number for number, y in enumerate(scatter.y) if y is not None]
    xs, ys = (
        [float(max(scatter.x[number], 1)) for number in placed],
        [float(scatter.y[number] or 0) for number in placed],
    )
    largest = max(scatter.areas, default=0) or 1
    largest_area = (form.type_size * 5) ** 2 if scatter.areas else form.type_size**2  # points² of the largest disc
    areas = [max((scatter.areas[number] if scatter.areas else 1) / largest * largest_area, 4) for number in placed]
    members = {name: [at for at, number in enumerate(placed) if scatter.families[number] == name]
               for name in dict.fromkeys(scatter.families)}  # fmt: skip
    joined = [name for name, where in members.items() if len(where) > 1]
    for number, name in enumerate(joined):
        where = sorted(members[name], key=lambda at: xs[at])
        axes.plot([xs[at] for at in where], [ys[at] for at in where], color=_family(number), linewidth=1.5, zorder=1)
    for name, where in members.items():
        colour = _family(joined.index(name)) if name in joined else LINE
        axes.scatter(
            [xs[at] for at in where], [ys[at] for at in where], [areas[at] for at in where],
            color=colour, alpha=0.55, edgecolors=INK, linewidths=0.8, zorder=2,
        )  # fmt: skip
    axes.set_xscale("log")
    if scatter.is_y_cost:
        axes.set_yscale("log")
    _margins(axes, xs, ys, is_log=scatter.is_y_cost)
    front = [placed.index(number) for number in scatter.front]
    axes.step([xs[at] for at in front], [ys[at] for at in front], "--", where="post", color=INK, linewidth=1, zorder=1)
    mark(axes.xaxis, xs, 6, short, form.type_size * 0.8)
    if scatter.is_y_cost:
        mark(axes.yaxis, ys, 8, short, form.type_size * 0.8)
    notes = ["dashed: the Pareto front,\nwhich no other network beats in both"] if len(front) > 1 else []
    notes += ["joined: networks of one file"] if joined else []
    notes += [f"area: {scatter.area_title}"] if scatter.areas else []
    dress(axes, f"{scatter.y_title} against {scatter.x_title}", f"{scatter.x_title} (log scale)", form)
    axes.set_xlabel("\n".join((axes.get_xlabel(), *notes)), fontsize=form.type_size * 0.85, linespacing=1.4)
    y_scale = " (log scale)" if scatter.is_y_cost else ""
    axes.set_ylabel(f"{scatter.y_title}{y_scale}", fontsize=form.type_size, color=INK, parse_math=False)
    axes.grid(visible=True, axis="both", color=FAINT, linewidth=0.8)
    names = [networks[number] for number in placed]
    if scatter.areas:
        names = [f"{name}\n{short(scatter.areas[number])}" for name, number in zip(names, placed, strict=True)]
    radii = [(area / np.pi) ** 0.5 for area in areas]
    return tuple(Label(*parts) for parts in zip(names, xs, ys, radii, strict=True))


def _family(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _margins(axes: Axes, xs: Sequence[float], ys: Sequence[float], *, is_log: bool) -> None:
    """Room around the discs and their names."""
    wide = min(max(max(xs) / min(xs), 4), 1000) ** 0.25
    axes.set_xlim(min(xs) / wide, max(xs) * wide)
    if is_log:
        tall = min(max(max(ys) / max(min(ys), 1), 4), 1000) ** 0.2
        axes.set_ylim(max(min(ys), 1) / tall, max(*ys, 1) * tall)
        return
    more = max(max(ys) - min(ys), 1) * 0.25
    axes.set_ylim(min(ys) - more, max(ys) + more)


# --- labels ----------------------------------------------------------------------------------


ROUNDS: Final = 4
"""How often each label is placed anew beside the others."""

_PLACES: Final = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Above, right, below, left, and the corners."""

_BETWEEN: Final = tuple((x, y) for a in (-0.5, 0.5) for b in (-1, 1) for x, y in ((a, b), (b, a)))
"""Where else a name may stand that a line leads from to its disc."""

_AWAY: Final = (0.0, 1.5, 3.0, 4.5, 6.0)
"""How far off a name may stand where there is no room at its disc, in heights of a letter; a line then leads to it."""


LEADER: Final = {"arrowstyle": "-", "color": LINE, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}


class Label(NamedTuple):
    """A text at a point of the data that is drawn as a disc of `radius` points."""

    text: str
    x: float
    y: float
    radius: float


def name_discs(figure: Figure, axes: Axes, labels: Sequence[Label], type_size: float, colour: str) -> None:
    """Write each label beside its point, inside the axes and clear of other labels, lines and small discs if it can."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]  # the layout is known only then
    _make_room(axes, labels, type_size)
    drawn = list(_drawn_lines(axes))
    discs, frame = [_disc(figure, axes, label) for label in labels], axes.get_window_extent()
    spots: dict[int, tuple[float, float, int, int]] = {}
    boxes: dict[int, Bbox] = {}
    for _ in range(ROUNDS):
        for number, label in enumerate(labels):
            other_discs = [box for index, box in enumerate(discs) if index != number]
            names = [box for index, box in boxes.items() if index != number]
            leaders = [
                _line(box, discs[index])
                for index, box in boxes.items()
                if index != number and _is_away(spots[index], labels[index])
            ]
            spots[number] = min(
                _tries(label, type_size),
                key=lambda spot: _cost(
                    figure, axes, label, spot, type_size, other_discs, names, [*drawn, *leaders], frame
                ),
            )
            boxes[number] = _extent(axes, label, spots[number], type_size, colour, keep=False)
    for number, label in enumerate(labels):
        _extent(axes, label, spots[number], type_size, colour, keep=True)


def _drawn_lines(axes: Axes) -> Iterator[Path]:
    """The lines of families and the stairs of the front, in pixels."""
    for line in axes.lines:
        points = np.transpose(line.get_xydata())
        if line.get_drawstyle() == "steps-post":
            points = pts_to_poststep(*points)
        if points.size:
            yield axes.transData.transform_path(Path(np.transpose(points)))


def _make_room(axes: Axes, labels: Sequence[Label], type_size: float) -> None:
    """Moves the upper and right end of the axes so far out that each name would fit above its disc and beside it."""
    frame = axes.get_window_extent()
    points = axes.transData.transform([(label.x, label.y) for label in labels]) - (frame.x0, frame.y0)
    ends = [frame.width, frame.height]
    for label, point in zip(labels, points, strict=True):
        for side, (across, up) in enumerate(((1, 0), (0, 1))):
            reach = label.radius + GAP
            box = _extent(axes, label, (across * reach, up * reach, across, up), type_size, "black", keep=False)
            beyond = (box.x1 - frame.x0, box.y1 - frame.y0)[side] - point[side]
            full = (frame.width, frame.height)[side]
            ends[side] = max(ends[side], point[side] * full / max(full - beyond, full / 2))
    right, top = axes.transData.inverted().transform((frame.x0 + ends[0], frame.y0 + ends[1]))
    axes.set_xlim(right=float(right))
    axes.set_ylim(top=float(top))


def _tries(label: Label, type_size: float) -> Iterator[tuple[float, float, int, int]]:
    """Offsets in points and on which side they lie; a large disc may hold its own name."""
    for away in _AWAY:
        reach = label.radius + GAP + away * type_size
        places = (*_PLACES, *_BETWEEN) if away else _PLACES
        yield from ((x * reach, y * reach, round(x), round(y)) for x, y in places)
    yield (0.0, 0.0, 0, 0)


def _cost(
    figure: Figure, axes: Axes, label: Label, spot: tuple[float, float, int, int], type_size: float,
    discs: Sequence[Bbox], names: Sequence[Bbox], lines: Sequence[Path], frame: Bbox,
) -> float:  # fmt: skip
    """The area that a place covers of other discs, of names above all, or loses at the frame; its own disc counts where
    the name is on it."""
    box = _extent(axes, label, spot, type_size, "black", keep=False)
    margin = GAP * figure.dpi / 72
    covered = sum(_overlap(box.padded(margin), other) for other in discs)
    covered += 4 * sum(_overlap(box, other) for other in names)
    outside = box.width * box.height - _overlap(box, frame)
    disc = _disc(figure, axes, label)
    spills = box.width * box.height - _overlap(box, disc) if spot[2:] == (0, 0) else 0.0
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    if _is_away(spot, label):  # a line leads to its disc; a name beside it is read sooner
        line = _line(box, disc)
        crossed = [name.padded(margin) for name in names] + [other.expanded(0.7, 0.7) for other in discs]
        off = max(map(abs, spot[:2])) - label.radius - GAP
        unclear = 0.1 + 0.004 * off + 0.5 * sum(line.intersects_bbox(other, filled=False) for other in crossed)
    else:  # it would be read as that of a disc that is nearer
        unclear = 1.5 * any(_apart_from(other, x, y) < _apart_from(disc, x, y) for other in discs)
    unclear += 0.5 * sum(other.intersects_bbox(box.padded(margin), filled=False) for other in lines)
    return covered + 10 * outside + 2 * spills + unclear * box.width * box.height


def _is_away(spot: tuple[float, float, int, int], label: Label) -> bool:
    """Whether a name stands so far off that a line leads to its disc."""
    return max(map(abs, spot[:2])) > label.radius + GAP + 0.1


def _line(name: Bbox, disc: Bbox) -> Path:
    return Path([((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) for box in (name, disc)])


def _apart_from(disc: Bbox, x: float, y: float) -> float:
    """From a place to the edge of a disc."""
    return float(np.hypot(x - (disc.x0 + disc.x1) / 2, y - (disc.y0 + disc.y1) / 2) - disc.width / 2)


def _overlap(box: Bbox, other: Bbox) -> float:
    wide = min(box.x1, other.x1) - max(box.x0, other.x0)
    tall = min(box.y1, other.y1) - max(box.y0, other.y0)
    return float(wide * tall) if wide > 0 and tall > 0 else 0.0


def _disc(figure: Figure, axes: Axes, label: Label) -> Bbox:
    x, y = axes.transData.transform((label.x, label.y))
    radius = label.radius * figure.dpi / 72
    return Bbox.from_extents(x - radius, y - radius, x + radius, y + radius)


def _extent(
    axes: Axes, label: Label, spot: tuple[float, float, int, int], type_size: float, colour: str, *, keep: bool
) -> Bbox:
    """Where the label stands, in pixels; it stays there if it is kept."""
    dx, dy, across, up = spot
    text = axes.annotate(
        label.text, (label.x, label.y), (dx, dy), textcoords="offset points", fontsize=type_size, color=colour,
        ha=("right", "center", "left")[across + 1], va=("top", "center", "bottom")[up + 1],
        multialignment="center", fontfamily=families(label.text), bbox=HALO if across or up else None,
        arrowprops=LEADER if _is_away(spot, label) else None,
    )  # fmt: skip
    text.set_parse_math(False)
    text.set_in_layout(False)
    text.get_window_extent()  # which puts the text in its place, and counts the line to it
    box = Text.get_window_extent(text)
    if not keep:
        text.remove()
    return box
