"""The activation functions of a net as curves: what each does to one number, drawn to one scale on both axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from textwrap import fill
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.network.curves import activation_functions
from netinspect.pictures.draw.plots import BLUE, GREY, entitle, paper
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.look import Description, Origin, Picture, number
from netinspect.pictures.run import Scene
from netinspect.recording import ActivationCurve

Values = NDArray[np.floating]
COLUMNS: Final = 4
LETTERS: Final = 32
"""Of a name in one line over its panel."""


def curves(functions: Sequence[ActivationCurve], origin: Origin | None = None) -> Picture:
    """One panel for each function, all with the same axes. `origin` is where slopes come from, if any are learned."""
    columns = min(COLUMNS, max(len(functions), 1))
    rows = ceil(len(functions) / columns) or 1
    figure = paper(max(4.2, 2.3 * columns), 2.4 * rows)
    title = entitle(figure, ["Activation functions of this network", *([str(origin)] if origin else [])])
    low, high = _limits(functions)
    in_words: list[str] = []
    for place, function in enumerate(functions):
        axes = figure.add_subplot(rows, columns, place + 1)
        axes.axhline(0, color="#BBBBBB", linewidth=0.7)
        axes.axvline(0, color="#BBBBBB", linewidth=0.7)
        axes.plot(function.x, function.y.T, color=BLUE, linewidth=1.6 if function.y.ndim == 1 else 0.7)
        axes.set(xlim=(float(function.x[0]), float(function.x[-1])), ylim=(low, high))
        axes.set_title(fill(function.name, LETTERS), fontsize=8.5, loc="left")
        slopes = f"{len(function.y)} learned slopes" if function.y.ndim > 1 else ""
        users = "\n".join(text for text in (used_by(function.layers), slopes) if text)
        axes.text(0.03, 0.96, users, transform=axes.transAxes, va="top", fontsize=6.5, color=GREY)
        axes.tick_params(labelsize=6.5)
        axes.spines[["top", "right"]].set_visible(False)
        values = function.y[np.isfinite(function.y)]
        span = f"from {number(values.min())} to {number(values.max())}" if len(values) else "no finite value"
        inputs = f"from {number(function.x[0])} to {number(function.x[-1])}"
        in_words.append(f"{function.name} {span} for inputs {inputs}")
    alt = f"Curves of the activation functions: {'; '.join(in_words)}."
    alt = f"{alt} {origin}." if origin else alt
    return Picture(figure, Description("activation_functions", title, alt, total=len(functions)))


def _limits(functions: Sequence[ActivationCurve]) -> tuple[float, float]:
    """One range of y for all, a little wider than the values."""
    finite = [function.y[np.isfinite(function.y)] for function in functions]
    every = np.concatenate([*finite, np.zeros(1)])
    low, high = float(every.min()), float(every.max())
    margin = 0.08 * ((high - low) or 1.0)
    return low - margin, high + margin


def used_by(layers: tuple[str, ...]) -> str:
    """`7 layers`, or the path of the only one."""
    if len(layers) == 1:
        return f"layer {layers[0]}"
    return f"{len(layers)} layers" if layers else ""


# --- in an album -----------------------------------------------------------------------------


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    if activation_functions(plan.network):
        yield "activation_functions.png", ""


def _drawn(_planned: Planned, scene: Scene) -> Picture:
    from netinspect.torch_backend.studies.activation_curves import activation_curves

    functions = activation_curves(scene.network, scene.session.model)
    origin = scene.session.origin if any(function.learned for function in functions) else None
    return curves(functions, origin)


KIND: Final = Kind(
    name="activation_functions",
    title="Activation functions",
    file="activation_functions.png",
    shows="the curves of the activation functions in the spec, with the slopes that are learned",
    place=140,
    is_study=True,
    of_network=_planned,
    draw=_drawn,
)
