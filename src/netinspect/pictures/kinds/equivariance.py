"""Shift in, shift out: how far each layer's map of the shifted input is from its shifted map.

Zero is a perfect shift. Inside, away from the border, a convolution gives zero; padding, and what has looked over
the border, does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from netinspect.analysis.receptive_field import long_axes
from netinspect.pictures.draw.plots import BLUE, VERMILION, below_for, dress, entitle, name_layers, paper, width_for
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.look import Description, Origin, Picture
from netinspect.pictures.run import Scene
from netinspect.pictures.stems import title_of
from netinspect.recording import LayerEquivariance


def equivariance(shifts: Sequence[LayerEquivariance], origin: Origin) -> Picture:
    """The differences by layer, in per cent, and below them the shift that each layer was asked with."""
    figure = paper(width_for(len(shifts)), 4.8 + below_for(list(map(title_of, shifts))))
    axis = shifts[0].axis if shifts else "space"
    said = entitle(figure, [
        f"The input shifted along {axis}", "how far each layer's map is from its own map, shifted", str(origin),
    ])  # fmt: skip
    upper, lower = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    places = np.arange(len(shifts))
    everywhere = [100 * layer.everywhere for layer in shifts]
    inside = [np.nan if layer.interior is None else 100 * layer.interior for layer in shifts]
    upper.plot(
        places, everywhere, "--s", color=VERMILION, markersize=3, linewidth=1.0, label="whole map", clip_on=False
    )
    upper.plot(
        places, inside, "-o", color=BLUE, markersize=3, linewidth=1.2, label="away from the border", clip_on=False
    )
    upper.set_ylim(0, max([1.0, *(1.1 * share for share in everywhere + inside if np.isfinite(share))]))
    if shifts:
        upper.legend(fontsize=7, frameon=False)
    words = "no layer keeps a map" if not shifts else "" if np.isfinite(everywhere).all() else "gaps: NaN or infinite"
    upper.text(0.5, 0.5, words, transform=upper.transAxes, ha="center", fontsize=9)
    dress(upper, "difference / %")
    lower.bar(range(len(shifts)), [layer.shift for layer in shifts], color="#BBBBBB", width=0.7)
    dress(lower, "shift / cells\nof the input")
    name_layers(lower, list(map(title_of, shifts)))
    upper.tick_params(labelbottom=False)
    alt = f"Difference after a shift, by layer. {_told(shifts)} {origin}."
    notes = tuple(
        f"{title_of(layer)}: the difference is not finite" for layer in shifts if not np.isfinite(layer.everywhere)
    )
    return Picture(figure, Description("equivariance", said, alt, total=len(shifts), notes=notes))


def _told(shifts: Sequence[LayerEquivariance]) -> str:
    if not shifts:
        return "No layer keeps a map."
    known = [layer for layer in shifts if np.isfinite(layer.everywhere)]
    if not known:
        return "No difference is finite."
    worst = max(known, key=lambda layer: layer.everywhere)
    inside = [layer.interior for layer in known if layer.interior is not None and np.isfinite(layer.interior)]
    words = f"Over the whole map at most {100 * worst.everywhere:.3g} % ({title_of(worst)})"
    return f"{words}; away from the border at most {100 * max(inside):.3g} %." if inside else f"{words}."


# --- in an album -----------------------------------------------------------------------------


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    if long_axes(plan.network.inputs[0]):
        yield "equivariance.png", ""


def _memory(plan: Plan) -> int:
    """The maps that it compares."""
    from netinspect.torch_backend.studies.equivariance import kept_bytes

    return kept_bytes(plan.network)


def _drawn(_planned: Planned, scene: Scene) -> Picture:
    from netinspect.torch_backend.studies.equivariance import equivariance as shifted

    session = scene.session
    shifts = shifted(session.model, session.network, session.samples, memory_limit=session.memory_limit)
    return equivariance(shifts, session.origin)


KIND: Final = Kind(
    name="equivariance",
    title="Equivariance",
    file="equivariance.png",
    shows="shift the input: does each layer's map shift with it?",
    place=130,
    is_study=True,
    of_network=_planned,
    memory=_memory,
    draw=_drawn,
)
