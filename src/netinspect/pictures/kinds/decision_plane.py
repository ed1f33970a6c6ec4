"""What a network of two numbers answers all over their plane, and where it changes its mind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

import numpy as np

from netinspect.analysis.probabilities import last_effect
from netinspect.network.network import Network
from netinspect.pictures.draw.colour import DIVERGING
from netinspect.pictures.draw.plots import head, paper
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.look import Description, Origin, Picture, Scale, number, showing
from netinspect.pictures.run import Scene
from netinspect.recording import Array

MOST: Final = 9
"""Units of the output that have a panel."""
STEPS: Final = 161
"""Points a side: a picture of 3 inches at 200 dots an inch has 600."""
PROBABLE: Final = 0.5
"""Where a probability changes its mind; its colours reach from 0 to 1."""
BY_ITSELF: Final = 2.0
"""Without samples the plane reaches so far from zero: standard-normal noise hardly leaves it."""


def plane(
    values: Array, across: Array, up: Array, threshold: float, origin: Origin, samples: Array | None = None,
    source: str = "",
) -> Picture:  # fmt: skip
    """One panel for each unit of `values` (up, across, units), coloured by what lies above and below the threshold,
    with a line where it is met. `samples` (count, 2) of `source` are laid over it."""
    units = min(values.shape[2], MOST)
    columns = min(units, 3)
    rows = ceil(units / columns)
    figure = paper(0.8 + 3.2 * columns, 0.9 + 3.0 * rows)
    laid_over = showing(len(samples), len(samples), "samples") if samples is not None else ""
    title = head(figure, f"Output over both inputs{f' · {laid_over}' * bool(laid_over)}", origin)
    is_probability = threshold == PROBABLE
    finite = np.abs(values[np.isfinite(values)] - threshold)
    reach = PROBABLE if is_probability else float(finite.max(initial=0.0)) or 1.0
    for unit in range(units):
        axes = figure.add_subplot(rows, columns, unit + 1)
        drawn = values[:, :, unit]
        image = axes.pcolormesh(
            across, up, drawn, cmap=DIVERGING, vmin=threshold - reach, vmax=threshold + reach, shading="nearest",
            rasterized=True,
        )  # fmt: skip
        if np.nanmin(drawn) < threshold < np.nanmax(drawn):
            axes.contour(across, up, drawn, levels=[threshold], colors="#000000", linewidths=1.2)
        if samples is not None:
            axes.scatter(
                samples[:, 0], samples[:, 1], s=26, facecolor="#FFFFFF", edgecolor="#000000", linewidth=0.9, zorder=3
            )
        axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]), aspect="equal")
        axes.set_xlabel("input 0", fontsize=8)
        axes.set_ylabel("input 1", fontsize=8)
        axes.tick_params(labelsize=7)
        if values.shape[2] > 1:
            axes.set_title(f"output {unit}", fontsize=8.5, loc="left")
        bar = figure.colorbar(image, ax=axes, shrink=0.8)
        bar.set_label("probability" if is_probability else "output", fontsize=8)
        bar.ax.axhline(threshold, color="#000000", linewidth=1.2)
        bar.ax.tick_params(labelsize=7)
    alt = (
        f"The output where the first input goes from {number(float(across[0]))} to {number(float(across[-1]))} and the "
        f"second from {number(float(up[0]))} to {number(float(up[-1]))}: red above {number(threshold)}, blue below, "
        f"with a line between them. {f'{laid_over} of {source} are laid over it. ' * bool(laid_over)}{origin}."
    )
    scale = Scale(threshold - reach, threshold + reach, "network")
    return Picture(figure, Description(
        "decision_plane", title, alt, shape=values.shape, scale=scale, colormap=DIVERGING, indices=tuple(range(units)),
        total=values.shape[2],
    ))  # fmt: skip


# --- in an album -----------------------------------------------------------------------------


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    # Whether it takes two numbers and gives a vector, or one number
    inputs, (_, output) = plan.network.inputs, plan.network.outputs[0]
    is_pair = len(inputs) == 1 and inputs[0].value.type.shape[1:] == (2,) and inputs[0].value.type.is_float
    has_plane = is_pair and output.type.is_float and output.type.rank == 2 and len(output.batch_axes) == 1
    if has_plane:
        yield "decision_plane.png", ""


def threshold_of(network: Network) -> float:
    """Where an output changes its mind: a probability at one half, any other number at zero."""
    _, value = network.outputs[0]
    return PROBABLE if last_effect(value, network) in ("chances", "shares") else 0.0


def _limits(samples: Array | None) -> Sequence[Array]:
    """The numbers of each input: half of what samples span beyond them."""
    if samples is None:
        return (np.linspace(-BY_ITSELF, BY_ITSELF, STEPS),) * 2
    lows, highs = samples.min(axis=0), samples.max(axis=0)
    beyond = 0.5 * (float((highs - lows).max()) or 2.0)
    return [np.linspace(low - beyond, high + beyond, STEPS) for low, high in zip(lows, highs, strict=True)]


def _drawn(_planned: Planned, scene: Scene) -> Picture:
    from netinspect.torch_backend.studies.plane import outputs_on_plane

    session = scene.session
    parts = [item for batch in session.batches() for item in batch if not item.is_noise]
    samples = np.concatenate([item.array for item in parts]).astype(np.float64) if parts else None
    samples = samples[np.isfinite(samples).all(axis=1)] if samples is not None else None
    across, up = _limits(samples if samples is not None and len(samples) else None)
    values = outputs_on_plane(session.model, session.network, across, up)
    return plane(values, across, up, threshold_of(session.network), session.origin, samples, session.input_title)


KIND: Final = Kind(
    name="decision_plane",
    title="The plane of the inputs",
    file="decision_plane.png",
    shows="the output over the plane of two inputs, and where it changes its mind",
    drawn="where the input is two numbers",
    place=15,
    of_network=_planned,
    draw=_drawn,
)
