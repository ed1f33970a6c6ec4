"""Names of points in a chart, placed where they cover no other: the first free place around each point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

from netinspect.pictures.draw.fonts import families

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GAP: Final = 3.0
_PLACES: Final = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Above, right, below, left, and the corners."""


class Label(NamedTuple):
    """A text at a point of the data that is drawn as a disc of `radius` points."""

    text: str
    x: float
    y: float
    radius: float


def place(figure: Figure, axes: Axes, labels: Sequence[Label], type_size: float, colour: str) -> None:
    """Write every label beside its point, inside the axes and clear of other labels and of small discs, if it can."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]  # the layout is known only then
    taken = [_disc(figure, axes, label) for label in labels]
    frame = axes.get_window_extent()
    for number, label in enumerate(labels):
        others = [box for index, box in enumerate(taken) if index != number]
        best = min(_tries(label), key=lambda one: _cost(figure, axes, label, one, type_size, others, frame))
        taken.append(_extent(axes, label, best, type_size, colour, keep=True))


def _tries(label: Label) -> Iterator[tuple[float, float, int, int]]:
    """Offsets in points and on which side they lie; a large disc may hold its own name."""
    yield from ((x * (label.radius + _GAP), y * (label.radius + _GAP), x, y) for x, y in _PLACES)
    yield (0.0, 0.0, 0, 0)


def _cost(
    figure: Figure, axes: Axes, label: Label, one: tuple[float, float, int, int], type_size: float,
    others: Sequence[Bbox], frame: Bbox,
) -> float:  # fmt: skip
    """The area that a place covers of others or loses at the frame; its own disc counts where the name is on it."""
    box = _extent(axes, label, one, type_size, "black", keep=False)
    covered = sum(_overlap(box, other) for other in others)
    outside = box.width * box.height - _overlap(box, frame)
    disc = _disc(figure, axes, label)
    spills = box.width * box.height - _overlap(box, disc) if one[2:] == (0, 0) else 0.0
    return covered + outside + 2 * spills


def _overlap(one: Bbox, other: Bbox) -> float:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    tall = min(one.y1, other.y1) - max(one.y0, other.y0)
    return float(wide * tall) if wide > 0 and tall > 0 else 0.0


def _disc(figure: Figure, axes: Axes, label: Label) -> Bbox:
    x, y = axes.transData.transform((label.x, label.y))
    radius = label.radius * figure.dpi / 72
    return Bbox.from_extents(x - radius, y - radius, x + radius, y + radius)


def _extent(
    axes: Axes, label: Label, one: tuple[float, float, int, int], type_size: float, colour: str, *, keep: bool
) -> Bbox:
    """Where the label stands, in pixels; it stays there if it is kept."""
    dx, dy, across, up = one
    text = axes.annotate(
        label.text, (label.x, label.y), (dx, dy), textcoords="offset points", fontsize=type_size, color=colour,
        ha=("right", "center", "left")[across + 1], va=("top", "center", "bottom")[up + 1],
        multialignment="center", fontfamily=families(label.text),
    )  # fmt: skip
    text.set_parse_math(False)
    text.set_in_layout(False)
    box = text.get_window_extent()
    if not keep:
        text.remove()
    return box
