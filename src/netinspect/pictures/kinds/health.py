"""Whether a net is well: units that never speak, and how much of the gradient reaches each layer.

The second panel shows what skip connections do: with them the gradient keeps its size down to the first layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw.plots import BLUE, VERMILION, below_for, dress, head, name_layers, paper, width_for
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.look import Description, Origin, Picture
from netinspect.pictures.run import Scene
from netinspect.recording import Array, Health, LayerGradient

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PALE: Final = 0.55
"""How strongly the points of layers without a matrix are drawn."""
BESIDE: Final = "norms and the like, beside the line"
WITHOUT: Final = "without the skip connections"


def health(units: Sequence[Health], gradients: Sequence[LayerGradient], origin: Origin) -> Picture:
    """A panel of units where some do not speak, and one of gradients where there are any.

    A unit that never spoke is called what the recording calls it: dead, or silent for these inputs. NaN and infinite
    values are marked and told.
    """
    inputs = max((layer.inputs for layer in units), default=1)
    word = units[0].word if units else "silent"
    unwell = [layer for kinds in _kinds(units) for layer in kinds if layer.any()]
    panels: list[tuple[Callable[[Axes], None], list[str]]] = []
    if unwell:
        panels.append((lambda axes: _units(axes, units), [layer.path for layer in units]))
    if gradients:
        panels.append((lambda axes: _gradients(axes, gradients), [layer.path for layer in gradients]))
    below = sum(below_for(paths) for _, paths in panels)
    width = width_for(max((len(paths) for _, paths in panels), default=0))
    figure = paper(width, max(1.2, 3.2 * len(panels)) + below)
    counted = "" if unwell else f"; none of {sum(layer.silent.size for layer in units):,} units is {word}"
    over = f"over {inputs} {'input' if inputs == 1 else 'inputs'}"
    said = head(figure, f"Units and gradients by layer, {over}{counted if units else ''}", origin)
    for row, (draw, _) in enumerate(panels, 1):
        draw(figure.add_subplot(len(panels), 1, row))
    total = sum(layer.silent.size for layer in units)
    never, broken = (int(sum(layer.sum() for layer in kinds)) for kinds in _kinds(units))
    notes = [f"{layer.path}: {int(layer.not_finite.sum()):,} of {layer.silent.size:,} units give NaN or infinite values"
             for layer in units if layer.not_finite.any()]  # fmt: skip
    for layer in gradients:
        if not isfinite(layer.gradient):
            notes.append(f"{layer.path}: the gradient is not finite")
        elif not _sizes(layer):
            notes.append(f"{layer.path}: no gradient arrives")
    alt = f"{never} of {total} units are {word}{f', {broken} give NaN or infinite values' if broken else ''}."
    alt = f"{alt} {_told(gradients)} {origin}."
    return Picture(figure, Description("health", said, alt, total=total, notes=tuple(notes)))


def _units(axes: Axes, units: Sequence[Health]) -> None:
    silent, broken = _kinds(units)
    word = units[0].word
    has_broken = any(layer.any() for layer in broken)
    beneath = np.zeros(len(units))
    bars_of = [(silent, word, VERMILION, ""), *([(broken, "NaN or infinite", BLUE, "////")] if has_broken else [])]
    for kinds, label, colour, hatch in bars_of:
        shares = np.array([100.0 * float(layer.mean()) if layer.size else 0.0 for layer in kinds])
        look: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": "white" if hatch else colour}
        bars = axes.bar(range(len(units)), shares, bottom=beneath, width=0.7, label=label, **look)
        few = len(units) <= 24
        axes.bar_label(bars, [str(int(layer.sum())) if few and layer.any() else "" for layer in kinds], fontsize=6.5)
        beneath = beneath + shares
    axes.set_ylim(0, max(5.0, 1.15 * beneath.max(initial=0.0)))
    if has_broken:
        axes.legend(fontsize=7, frameon=False)
    dress(axes, "% of units" if has_broken else f"% of units {word}")
    name_layers(axes, [layer.path for layer in units])


def _kinds(units: Sequence[Health]) -> tuple[list[Array], list[Array]]:
    """Layer by layer which units are silent, and which give NaN or infinite values."""
    return [layer.silent for layer in units], [layer.not_finite for layer in units]


def _sizes(layer: LayerGradient) -> list[float]:
    return [size for size in (layer.gradient, layer.without_skips) if size is not None and 0 < size < inf]


def _gradients(axes: Axes, gradients: Sequence[LayerGradient]) -> None:
    positive = [size for layer in gradients for size in _sizes(layer)]
    floor = min(positive, default=1.0) / 3
    by_unit = np.array([layer.by_unit for layer in gradients], bool)
    by_unit &= not by_unit.all()
    _line(axes, [layer.gradient for layer in gradients], by_unit, floor, BLUE, "-", "o", "as it is", BESIDE)
    if any(layer.without_skips is not None for layer in gradients):
        without = [np.nan if layer.without_skips is None else layer.without_skips for layer in gradients]
        _line(axes, without, by_unit, floor, VERMILION, "--", "s", WITHOUT, f"{BESIDE}, {WITHOUT}")
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(fontsize=7, frameon=False)
    axes.set_yscale("log")
    if positive and max(positive) < 300 * min(positive):
        # 1, 2, 5, 10 … on a log axis of few decades, where matplotlib would write 6×10⁰
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        axes.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    if not all(isfinite(layer.gradient) for layer in gradients):
        axes.text(0.5, 0.5, "×: the gradient is NaN or infinite", transform=axes.transAxes, ha="center", fontsize=9)
    if not positive:  # nothing that a scale could be of
        axes.set_ylim(floor / 2, 1)
        axes.set_yticks([], minor=True)
        axes.set_yticks([])
    dress(axes, "gradient, RMS over the weights")
    name_layers(axes, [layer.path for layer in gradients])


def _line(
    axes: Axes, sizes: Sequence[float], by_unit: NDArray[np.bool_], floor: float, colour: str, dash: str, marker: str,
    label: str, beside: str,
) -> None:  # fmt: skip
    """Sizes by layer, a line through those of matrices: a norm has few numbers and a gradient of another size, and a
    line through both would go up and down. At the foot what a log axis cannot hold: zero as an open marker, NaN and
    infinity as a cross."""
    values = np.asarray(sizes, dtype=np.float64)
    drawn = np.where((values > 0) & np.isfinite(values), values, np.nan)
    places = np.arange(len(values))
    axes.plot(
        places[~by_unit], drawn[~by_unit], dash, color=colour, marker=marker, markersize=2.6, linewidth=1.1, label=label
    )
    if by_unit.any():
        axes.plot(
            places[by_unit], drawn[by_unit], marker, color=colour, markersize=2.6, alpha=PALE, markeredgewidth=0,
            label=beside,
        )  # fmt: skip
    marks = ((values == 0, marker, 3.5, "zero"), (~np.isfinite(values), "x", 5, "not finite"))
    for is_there, mark, size, name in marks:
        foot = np.flatnonzero(is_there)
        if foot.size:
            look: dict[str, Any] = {"color": colour, "markerfacecolor": "none", "markersize": size}
            axes.plot(foot, np.full(len(foot), floor), mark, label=f"{name}, {label}", **look)


def _told(gradients: Sequence[LayerGradient]) -> str:
    if len(gradients) < 2:
        return ""
    first, last = gradients[0], gradients[-1]
    if not isfinite(first.gradient + last.gradient):
        return "The gradient is not finite."
    words = f"The gradient is {first.gradient:.3g} in the first layer and {last.gradient:.3g} in the last"
    if first.without_skips is None:
        return f"{words}."
    return f"{words}; without the skips it is {first.without_skips:.3g} in the first."


# --- in an album -----------------------------------------------------------------------------


def _memory(plan: Plan) -> int:
    """What is kept for the backward pass, gradients of as much as is live at one time, and of the parameters."""
    totals = plan.profile.totals
    of_samples = totals.saved_activation_bytes + totals.peak_activation_bytes
    return of_samples // plan.network.batch_size + totals.param_bytes


def _drawn(_planned: Planned, scene: Scene) -> Picture:
    from netinspect.torch_backend.studies.gradients import gradients
    from netinspect.torch_backend.studies.health import health as watched

    session = scene.session
    units = watched(session.model, session.network, session.batches())
    by_layer = gradients(session.model, session.network, session.samples, seed=session.seed)
    return health(units, by_layer, session.origin)


KIND: Final = Kind(
    name="health",
    title="Health",
    file="health.png",
    shows="units that stayed silent, gradients by depth with and without the skips",
    place=110,
    is_study=True,
    of_network=lambda _plan: [("health.png", "")],
    memory=_memory,
    draw=_drawn,
)
