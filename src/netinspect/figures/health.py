"""Whether a net is well: units that never speak, and how much of the gradient reaches each layer.

The second panel shows what skip connections do: with them the gradient keeps its size down to the first layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netinspect.figures.picture import Description, Origin, Picture
from netinspect.figures.plots import BLUE, VERMILION, below_for, dress, head, name_layers, paper, width_for
from netinspect.recording import Health, LayerGradient

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def health(units: Sequence[Health], gradients: Sequence[LayerGradient], origin: Origin) -> Picture:
    """Both panels. A unit that never spoke is called what the recording calls it: dead, or silent for these inputs."""
    below = below_for([one.path for one in units]) + below_for([one.path for one in gradients])
    figure = paper(width_for(max(len(units), len(gradients))), 6.4 + below)
    inputs = max((one.inputs for one in units), default=1)
    word = units[0].word if units else "silent"
    said = head(figure, f"Units and gradients by layer, over {inputs} {'input' if inputs == 1 else 'inputs'}", origin)
    upper, lower = figure.subplots(2, 1)
    _units(upper, units, word)
    _gradients(lower, gradients)
    notes = tuple(f"{one.path}: no gradient arrives" for one in gradients if not _sizes(one))
    total = sum(one.silent.size for one in units)
    never = sum(int(one.silent.sum()) for one in units)
    alt = f"{never} of {total} units are {word}. {_told(gradients)} {origin}."
    return Picture(figure, Description("health", said, alt, total=total, notes=notes))


def _units(axes: Axes, units: Sequence[Health], word: str) -> None:
    shares = [100.0 * float(one.silent.mean()) if one.silent.size else 0.0 for one in units]
    bars = axes.bar(range(len(units)), shares, color=VERMILION, width=0.7)
    few = len(units) <= 24
    axes.bar_label(
        bars, [str(int(one.silent.sum())) if few and one.silent.any() else "" for one in units], fontsize=6.5
    )
    axes.set_ylim(0, max(5.0, 1.15 * max(shares, default=0.0)))
    if not any(shares):
        total = sum(one.silent.size for one in units)
        axes.text(0.5, 0.5, f"none of {total:,} units is {word}", transform=axes.transAxes, ha="center", fontsize=9)
    dress(axes, f"% of units {word}")
    name_layers(axes, [one.path for one in units])


def _sizes(one: LayerGradient) -> list[float]:
    return [size for size in (one.gradient, one.without_skips) if size is not None and size > 0]


def _gradients(axes: Axes, gradients: Sequence[LayerGradient]) -> None:
    positive = [size for one in gradients for size in _sizes(one)]
    floor = min(positive, default=1.0) / 3
    _line(axes, [one.gradient for one in gradients], floor, BLUE, "-", "o", "as it is")
    if any(one.without_skips is not None for one in gradients):
        without = [np.nan if one.without_skips is None else one.without_skips for one in gradients]
        _line(axes, without, floor, VERMILION, "--", "s", "without the skip connections")
        axes.legend(fontsize=7, frameon=False)
    axes.set_yscale("log")
    if positive and max(positive) < 300 * min(positive):
        _mark_plainly(axes)
    dress(axes, "gradient, RMS over the weights")
    name_layers(axes, [one.path for one in gradients])


def _mark_plainly(axes: Axes) -> None:
    """1, 2, 5, 10 … on a log axis of few decades, where matplotlib would write 6×10⁰."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _line(axes: Axes, sizes: Sequence[float], floor: float, colour: str, dash: str, marker: str, label: str) -> None:
    """Sizes by layer; zero, which a log axis cannot hold, as an open marker at the foot."""
    values = np.asarray(sizes, dtype=np.float64)
    shown = np.where(values > 0, values, np.nan)
    axes.plot(range(len(values)), shown, dash, color=colour, marker=marker, markersize=2.6, linewidth=1.1, label=label)
    zero = np.flatnonzero(values == 0)
    axes.plot(zero, np.full(len(zero), floor), marker, markerfacecolor="none", color=colour, markersize=3.5)


def _told(gradients: Sequence[LayerGradient]) -> str:
    if len(gradients) < 2:
        return ""
    first, last = gradients[0], gradients[-1]
    told = f"The gradient is {first.gradient:.3g} in the first layer and {last.gradient:.3g} in the last"
    if first.without_skips is None:
        return f"{told}."
    return f"{told}; without the skips it is {first.without_skips:.3g} in the first."
