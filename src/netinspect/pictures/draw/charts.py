"""Charts of costs: what convolutions save layer by layer, and networks side by side.

Plain data in, a matplotlib Figure out; never pyplot. Colours are Okabe and Ito's, and every bar has its number, so
that nothing rests on colour alone. A `slide` is 16:9 and read from the last row; `paper` is the width of a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from netinspect.pictures.draw.text import families

COLOURS: Final = ("#0072B2", "#E69F00", "#D55E00", "#009E73")
"""Blue, orange, vermilion, green."""
INK: Final = "#222222"
FAINT: Final = "#DDDDDD"
_LOG_FROM: Final = 100
_AROUND: Final = 1.2
"""Inches for title, axis and legend."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a figure is, in inches, and how tall it may become; its type in points; dots per inch as PNG."""

    width: float
    height: float
    tallest: float
    type_size: float
    dpi: int


SIZES: Final = {"slide": Size(12.8, 7.2, 7.2, 15, 150), "paper": Size(6.5, 3.8, 9.0, 8, 300)}


@dataclass(frozen=True, slots=True)
class Series:
    """One form of every layer: its name and its values, None where a layer has no such form."""

    name: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """One panel of bars, a bar for each network."""

    title: str
    values: tuple[int, ...]
    is_bytes: bool = False


@dataclass(frozen=True, slots=True)
class Bubbles:
    """Cost against accuracy: `y` is published, the area is `areas`. None where a network has no such result."""

    x_title: str
    y_title: str
    area_title: str
    x: tuple[int, ...]
    y: tuple[float | None, ...]
    areas: tuple[int, ...]


def short(number: int, *, is_bytes: bool = False) -> str:
    """`138.4M`, `4.82M`, `156`; bytes as `26.4 MiB`."""
    step, units = (
        (1024, (" B", " KiB", " MiB", " GiB", " TiB", " PiB")) if is_bytes else (1000, ("", "k", "M", "G", "T"))
    )
    value, unit = float(number), 0
    while value >= 0.9995 * step and unit < len(units) - 1:
        value, unit = value / step, unit + 1
    if unit == 0:
        return f"{number:,}{units[0]}"
    digits = 2 if value < 9.995 else 1
    return f"{value:,.{digits}f}{units[unit]}"


# --- forms of layers -------------------------------------------------------------------------


def forms_chart(title: str, unit: str, layers: Sequence[str], series: Sequence[Series], *, size: str) -> Figure:
    """Bars on a log axis: for each layer one of every form. Of more layers than fit the dearest are shown."""
    form = SIZES[size]
    each = len(series) * form.type_size * 1.05 / 72
    kept = _dearest(series, len(layers), int((form.tallest - _AROUND) / each))
    rows, thickness = len(kept), 0.84 / len(series)
    height = max(form.height, rows * each + _AROUND)
    figure = Figure(figsize=(form.width, height), layout="constrained")
    axes = figure.add_subplot()
    for number, group in enumerate(series):
        values = [group.values[index] for index in kept]
        places = [row + (number - (len(series) - 1) / 2) * thickness for row in range(rows)]
        drawn = [(place, value) for place, value in zip(places, values, strict=True) if value]
        bars = axes.barh([p for p, _ in drawn], [v for _, v in drawn], thickness * 0.92, color=COLOURS[number])
        bars.set_label(group.name)
        axes.bar_label(bars, [short(v) for _, v in drawn], padding=3, fontsize=form.type_size * 0.8, color=INK)
    axes.set_xscale("log")
    _span(axes, [value for group in series for value in group.values if value])
    left_out = f" ({rows} of {len(layers)}, the dearest)" if rows < len(layers) else ""
    _dress(axes, f"{title}{left_out}", f"{unit} (log scale)", form)
    _name_rows(axes, [layers[index] for index in kept], form)
    figure.legend(loc="outside lower center", ncols=len(series), frameon=False, fontsize=form.type_size)
    return figure


def _dearest(series: Sequence[Series], total: int, most: int) -> list[int]:
    """The layers that are shown, in their own order."""
    heights = [max((group.values[index] or 0) for group in series) for index in range(total)]
    return sorted(sorted(range(total), key=lambda index: -heights[index])[:most])


def _span(axes: Axes, values: Sequence[int]) -> None:
    """Whole decades below, and room for the numbers at the right."""
    if values:
        low, high = min(values), max(values)
        axes.set_xlim(10 ** (len(str(low)) - 1) / 2, high * (high / low) ** 0.14 * 2)


# --- networks --------------------------------------------------------------------------------


def networks_chart(networks: Sequence[str], panels: Sequence[Bars], bubbles: Bubbles | None, *, size: str) -> Figure:
    """Panels of bars, one above the other; beside them cost against accuracy, where it is published."""
    form = SIZES[size]
    height = max(form.height, len(panels) * (len(networks) * form.type_size * 1.5 / 72 + 0.9))
    wider = height / form.height if height > form.tallest else 1  # a slide keeps its shape
    figure = Figure(figsize=(form.width * wider, height), layout="constrained")
    grid = figure.add_gridspec(
        len(panels), 2 if bubbles is not None else 1, width_ratios=[1, 1.35][: 1 + bool(bubbles)]
    )
    for number, panel in enumerate(panels):
        _bars(figure.add_subplot(grid[number, 0]), networks, panel, form)
    if bubbles is not None:
        _bubbles(figure, figure.add_subplot(grid[:, 1]), networks, bubbles, form)
    return figure


def _bars(axes: Axes, networks: Sequence[str], panel: Bars, form: Size) -> None:
    bars = axes.barh(range(len(networks)), panel.values, 0.7, color=COLOURS[0])
    numbers = [short(value, is_bytes=panel.is_bytes) for value in panel.values]
    axes.bar_label(bars, numbers, padding=3, fontsize=form.type_size * 0.85, color=INK)
    positive = [value for value in panel.values if value]
    is_log = bool(positive) and max(positive) > _LOG_FROM * min(positive)
    if is_log:
        axes.set_xscale("log")
        _span(axes, positive)
    elif positive:
        axes.set_xlim(0, max(positive) * 1.3)
    _dress(axes, f"{panel.title} (log scale)" if is_log else panel.title, "", form)
    axes.tick_params(axis="x", which="both", labelbottom=False, length=0)
    axes.grid(visible=False)
    _name_rows(axes, networks, form)


def _bubbles(figure: Figure, axes: Axes, networks: Sequence[str], bubbles: Bubbles, form: Size) -> None:
    placed = [
        (name, x, y, area)
        for name, x, y, area in zip(networks, bubbles.x, bubbles.y, bubbles.areas, strict=True)
        if y is not None
    ]
    largest = max(area for *_, area in placed) or 1
    whole = (form.type_size * 5) ** 2  # points², of the largest bubble
    axes.set_xscale("log")
    areas = [max(area / largest * whole, 4) for *_, area in placed]
    xs, ys = [x for _, x, _, _ in placed], [y for _, _, y, _ in placed]
    axes.scatter(xs, ys, areas, color=COLOURS[1], alpha=0.55, edgecolors=INK, linewidths=0.8)
    _margins(axes, xs, ys)
    _sparse_ticks(axes)
    _dress(axes, f"{bubbles.y_title} against {bubbles.x_title}", f"{bubbles.x_title} (log scale)", form)
    axes.set_ylabel(bubbles.y_title, fontsize=form.type_size, color=INK, parse_math=False)
    axes.grid(visible=True, axis="both", color=FAINT, linewidth=0.8)
    note = f"area: {bubbles.area_title}"
    axes.annotate(note, (0.98, 0.02), xycoords="axes fraction", ha="right", fontsize=form.type_size * 0.85, color=INK)
    labels = [
        Label(f"{name}\n{short(area)}", x, y, (size / 3.1416) ** 0.5)
        for (name, x, y, area), size in zip(placed, areas, strict=True)
    ]
    place(figure, axes, labels, form.type_size * 0.85, INK)


def _sparse_ticks(axes: Axes) -> None:
    """Two or three marks a decade, written short, so that none touches the next: `2G`, `5G`, `10G`."""
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _tick(value: float, _position: int) -> str:
    return short(int(value)).replace(".00", "").replace(".0", "")


def _margins(axes: Axes, xs: Sequence[int], ys: Sequence[float]) -> None:
    """Room around the bubbles and their names."""
    low, high = max(min(xs), 1), max(*xs, 1)
    wide = max(high / low, 4) ** 0.25
    axes.set_xlim(low / wide, high * wide)
    tall = max(max(ys) - min(ys), 1) * 0.25
    axes.set_ylim(min(ys) - tall, max(ys) + tall)


# --- what all charts share -------------------------------------------------------------------


def _dress(axes: Axes, title: str, x_title: str, form: Size) -> None:
    axes.set_title(
        title, fontsize=form.type_size * 1.1, fontfamily=families(title), color=INK, loc="left", parse_math=False
    )
    axes.set_xlabel(x_title, fontsize=form.type_size, color=INK, parse_math=False)
    axes.tick_params(labelsize=form.type_size * 0.9, colors=INK, which="both")
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="x", color=FAINT, linewidth=0.8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _name_rows(axes: Axes, names: Sequence[str], form: Size) -> None:
    """The rows' names, first at the top."""
    axes.set_yticks(range(len(names)), names, fontsize=form.type_size * 0.9)
    ticks: Any = axes.get_yticklabels()
    for tick in ticks:
        assert isinstance(tick, Text)
        tick.set_parse_math(False)
        tick.set_fontfamily(families(tick.get_text()))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.45, -0.55)


# --- labels ----------------------------------------------------------------------------------


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
        best = min(_tries(label), key=lambda spot: _cost(figure, axes, label, spot, type_size, others, frame))
        taken.append(_extent(axes, label, best, type_size, colour, keep=True))


def _tries(label: Label) -> Iterator[tuple[float, float, int, int]]:
    """Offsets in points and on which side they lie; a large disc may hold its own name."""
    yield from ((x * (label.radius + _GAP), y * (label.radius + _GAP), x, y) for x, y in _PLACES)
    yield (0.0, 0.0, 0, 0)


def _cost(
    figure: Figure, axes: Axes, label: Label, spot: tuple[float, float, int, int], type_size: float,
    others: Sequence[Bbox], frame: Bbox,
) -> float:  # fmt: skip
    """The area that a place covers of others or loses at the frame; its own disc counts where the name is on it."""
    box = _extent(axes, label, spot, type_size, "black", keep=False)
    covered = sum(_overlap(box, other) for other in others)
    outside = box.width * box.height - _overlap(box, frame)
    disc = _disc(figure, axes, label)
    spills = box.width * box.height - _overlap(box, disc) if spot[2:] == (0, 0) else 0.0
    return covered + outside + 2 * spills


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
        multialignment="center", fontfamily=families(label.text),
    )  # fmt: skip
    text.set_parse_math(False)
    text.set_in_layout(False)
    box = text.get_window_extent()
    if not keep:
        text.remove()
    return box
