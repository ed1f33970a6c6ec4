"""How the numbers of each layer are spread: its weights and its activations, a row of histograms for each.

Every row has its own scale of numbers (a first layer's weights are ten times a last one's), printed at its ends;
zero is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.network.network import Call
from netinspect.pictures.draw.plots import BLUE, GREEN, GREY, VERMILION, entitle, paper
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.look import Description, Origin, Picture, number, showing
from netinspect.pictures.run import Scene, has_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS: Final = 61
"""Odd, so that zero lies in the middle of a bin where the range is symmetric."""
MOST_LAYERS: Final = 64
"""The picture has a row for each layer, and at most so many."""

Values = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """A histogram: `counts` (BINS,) of what is not exactly zero, between `low` and `high`; mean and standard deviation
    of all finite values; the share of exact zeros, which would tower over all else after a ReLU; how many values there
    are, and how many not finite."""

    counts: NDArray[np.intp]
    low: float
    high: float
    mean: float
    deviation: float
    zeros: float
    values: int
    not_finite: int


@dataclass(frozen=True, slots=True, eq=False)
class LayerSpread:
    """A layer and what is known of it: its weights, its activations, either None where it has none."""

    layer: str
    weights: Spread | None = None
    activations: Spread | None = None


def spread(values: NDArray[np.generic]) -> Spread:
    """The histogram of an array of any shape. The range is symmetric around zero for signed values, from zero for
    others."""
    flat = np.asarray(values).reshape(-1)
    finite = flat[np.isfinite(flat)].astype(np.float64)
    if not finite.size:
        return Spread(np.zeros(BINS, np.intp), 0.0, 0.0, 0.0, 0.0, 0.0, flat.size, flat.size)
    largest = float(np.abs(finite).max())
    low = -largest if finite.min() < 0 else 0.0
    counts, _ = np.histogram(finite[finite != 0], BINS, (low, largest) if largest else (-0.5, 0.5))
    mean, deviation = float(finite.mean()), float(finite.std())
    zeros = float((finite == 0).mean())
    return Spread(counts.astype(np.intp), low, largest, mean, deviation, zeros, flat.size, flat.size - finite.size)


def histograms(rows: Sequence[LayerSpread], origin: Origin) -> Picture:
    """Layers beneath each other, weights at the left, activations at the right; of very many every second, third …"""
    count = len(rows)
    places = np.linspace(0, count - 1, min(count, MOST_LAYERS))
    indices = tuple(int(place) for place in np.rint(places))
    figure = paper(7.4, 0.5 + 0.5 * max(len(indices), 1))
    said = entitle(figure, [
        f"Weights and activations, {showing(len(indices), count, 'layers')}", "exact zeros are counted apart",
        str(origin),
    ])  # fmt: skip
    grid = figure.subplots(max(len(indices), 1), 2, squeeze=False)
    drawn = [rows[index] for index in indices]
    for (left, right), row in zip(grid, drawn, strict=False):
        _draw(left, row.weights, BLUE)
        _draw(right, row.activations, GREEN)
        left.set_ylabel(row.layer, rotation=0, ha="right", va="center", fontsize=7)
    for axes, name in zip(grid[0], ("weights", "activations"), strict=True):
        axes.set_title(name, fontsize=8, loc="left")
    counts = [
        (row.layer, sum(spread.not_finite for spread in (row.weights, row.activations) if spread is not None))
        for row in rows
    ]
    bad = tuple(f"{layer}: {count} values are not finite" for layer, count in counts if count)
    alt = "Histograms by layer. " + " ".join(_told(row) for row in drawn) + f" {origin}."
    return Picture(figure, Description("histograms", said, alt, indices=indices, total=len(rows), notes=bad))


def _draw(axes: Axes, spread: Spread | None, colour: str) -> None:
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    if spread is None:
        axes.spines["bottom"].set_visible(False)
        return
    if spread.not_finite == spread.values:
        words = f"none of {spread.values:,} is finite" if spread.values else "empty"
        axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", fontsize=7, color=VERMILION)
        return
    ends = (spread.low, spread.high) if spread.high > spread.low else (-0.5, 0.5)
    edges = np.linspace(*ends, BINS + 1)
    axes.stairs(spread.counts / max(1, spread.counts.max()), edges, fill=True, color=colour)
    axes.axvline(0, color=GREY, linewidth=0.6)
    axes.set(xlim=ends, ylim=(0, 1.08))
    axes.set_xticks(ends, [number(end) for end in ends], fontsize=6.5)
    lines = [f"σ {number(spread.deviation)}"]
    lines += [f"{100 * spread.zeros:.0f} % zero"] if spread.zeros >= 0.005 else []
    lines += [f"{spread.not_finite:,} not finite"] if spread.not_finite else []
    colour = VERMILION if spread.not_finite else GREY
    axes.text(1.02, 0.5, "\n".join(lines), transform=axes.transAxes, ha="left", va="center", fontsize=6.5, color=colour)
    axes.tick_params(length=2)


def _told(row: LayerSpread) -> str:
    parts = [
        f"{name} mean {number(spread.mean)}, standard deviation {number(spread.deviation)}"
        + (f", {spread.not_finite:,} of {spread.values:,} not finite" if spread.not_finite else "")
        for name, spread in (("weights", row.weights), ("activations", row.activations))
        if spread is not None
    ]
    return f"{row.layer}: {'; '.join(parts)}." if parts else ""


# --- in an album -----------------------------------------------------------------------------


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    if any(layer.weights for layer in plan.layers):
        yield "histograms.png", ""


def _outputs(_planned: Planned, plan: Plan) -> Iterator[Call]:
    return (layer.call for layer in plan.layers if layer.call is not None and has_weights(layer.call))


def _drawn(_planned: Planned, scene: Scene) -> Picture:
    recorded, rows = scene.recorded, []
    for layer in scene.plan.layers:
        if layer.weights:
            activation = recorded.activations.get(layer.row.path)
            of_activation = spread(activation.values) if activation is not None else None
            weight = recorded.kernels[layer.weights[0][0]].values
            rows.append(LayerSpread(layer.row.title, spread(weight), of_activation))
    return histograms(rows, scene.session.origin)


KIND: Final = Kind(
    name="histograms",
    title="Histograms",
    file="histograms.png",
    shows="weights and activations of each layer",
    place=120,
    is_study=True,
    of_network=_planned,
    outputs=_outputs,
    draw=_drawn,
)
