"""Where each head looks: a panel a head, rows are queries, columns keys, one scale for all heads.

The first queries of a causal layer see few keys and give each much, so the largest weight is 1 whatever the layer
does, and on a scale up to it everything else would be black. The scale ends at a percentile of the queries' own largest
weights instead, where each query counts as often as it sees keys. Weights of one row lie orders of magnitude apart, so
colours follow their square roots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.scaling import remarks
from netinspect.pictures.draw.sheet import Bar
from netinspect.pictures.draw.text import SMALL, label
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kind import Kind, Planned
from netinspect.pictures.look import Description, Look, Origin, Picture, Scale, number, showing, sizes
from netinspect.pictures.run import Scene

Values = NDArray[np.floating]

PANEL: Final = 420
"""A panel is not enlarged beyond so many pixels."""
LEGIBLE: Final = 300
GAP: Final = 24
WIDTH: Final = 1500
ROOT: Final = 2.0
"""The gamma of a square root; the one that was asked for comes on top of it."""
UNSEEN: Final = colour.PAPER + 4
"""The light grey of keys that a query may not see."""


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Attention weights (heads, queries, keys) of one layer for one input; each row adds up to 1.

    sets  how many such weights the layer has for one input (a window each), of which these are the first
    """

    layer: str
    weights: Values
    origin: Origin
    input: str
    sets: int = 1


def entropy(weights: Values) -> Values:
    """The mean over queries of -Σ p·log2 p over keys, in bits; 0 looks at one key, log2(keys) at all alike.

    weights (heads, queries, keys), result (heads,).
    """
    p = np.nan_to_num(weights.astype(np.float64))
    terms = np.where(p > 0, -p * np.log2(np.where(p > 0, p, 1.0)), 0.0)
    return np.asarray(terms.sum(axis=-1).mean(axis=-1))


def seen(weights: Values) -> NDArray[np.bool_]:
    """Which keys each query sees, (queries, keys): all, or in a causal layer those up to its own place. A layer is
    taken for causal where no head gives a later key anything, and some head gives an earlier one something."""
    queries, keys = weights.shape[1:]
    everything, causal = np.ones((queries, keys), bool), np.tri(queries, keys, dtype=bool)
    is_causal = queries == keys and not weights[:, ~causal].any() and weights[:, np.tri(queries, keys, -1, bool)].any()
    return causal if is_causal else everything


def highest(weights: Values, clip: float) -> float:
    """The weight that is drawn brightest: the `clip` percentile of the queries' largest weights over all heads, each
    counted as often as its query sees keys. It is one of them, so that in a short sequence it is the largest."""
    largest = np.nan_to_num(weights.max(axis=2, initial=0.0), posinf=0.0).reshape(-1)  # heads · queries
    counts = np.tile(seen(weights).sum(axis=1), len(weights))
    order = np.argsort(largest, kind="stable")
    reached = np.cumsum(counts[order])
    if not len(reached):
        return 0.0
    place = int(np.searchsorted(reached, clip / 100 * reached[-1]))
    return float(largest[order[min(place, len(order) - 1)]]) or float(largest.max())


def attention(heads: Heads, look: Look | None = None) -> Picture:
    """The panels with their entropies."""
    look = look or Look()
    count = min(len(heads.weights), look.max_tiles)
    shown, visible = heads.weights[:count], seen(heads.weights)
    limit, bits = highest(heads.weights, look.clip), entropy(shown)
    scale = Scale(0.0, limit, "layer", ROOT * look.gamma)
    by = tiles.reduction(max(shown.shape[1:]), PANEL)
    panels = [_panel(values, visible, scale, by, f"head {head} · {bits[head]:.2f} bits")
              for head, values in enumerate(shown)]  # fmt: skip
    segments = _segments(heads, count, visible, limit, look)
    notes = _notes(heads, visible, limit, look.clip, by)
    alt = (
        f"Attention of {heads.layer}, a panel a head, rows are queries, columns keys, brighter is more. Entropies in "
        f"bits: {', '.join(number(round(float(bit), 2)) for bit in bits)}. {heads.origin}."
    )
    return Picture(
        sheet.sheet(segments, _arranged(panels), colour.SEQUENTIAL, notes=notes,
                    bars=(Bar(colour.SEQUENTIAL, scale, "attention weight", signed=False),)),
        Description("attention", " · ".join(segments), alt, heads.layer, heads.weights.shape, scale,
                    colour.SEQUENTIAL, tuple(range(count)), len(heads.weights), notes,
                    tuple((head, f"{bit:.2f} bits") for head, bit in enumerate(bits))),
    )  # fmt: skip


def _segments(heads: Heads, count: int, visible: NDArray[np.bool_], limit: float, look: Look) -> list[str]:
    most = np.log2(np.maximum(visible.sum(axis=1), 1)).mean() if visible.size else 0.0
    of = (f"the first of {heads.sets} windows",) if heads.sets > 1 else ()
    return [
        f"{heads.layer} {sizes(heads.weights.shape)}", showing(count, len(heads.weights), "heads"), *of,
        f"scale 0…{number(limit)} (all heads, clip {number(look.clip)} %)", _gamma(look.gamma),
        f"entropy at most {most:.2f} bits", f"input: {heads.input}", str(heads.origin),
    ]  # fmt: skip


def _gamma(gamma: float) -> str:
    """`gamma 2 (√weight)`, `gamma 3 (√weight, then 1.5)`."""
    return f"gamma {number(ROOT * gamma)} (√weight{'' if gamma == 1 else f', then {number(gamma)}'})"


def _notes(heads: Heads, visible: NDArray[np.bool_], limit: float, clip: float, by: int) -> tuple[str, ...]:
    """What the colours alone do not say."""
    notes = list(remarks(heads.weights, "values"))
    largest = colour.largest(heads.weights)
    if largest > limit:
        counted = " (each counted as often as it sees keys)" if not visible.all() else ""
        notes.append(
            f"{number(clip)} % of the queries{counted} have no weight above {number(limit)}; the largest of all is "
            f"{number(largest)}"
        )
    if not visible.all():
        notes.append("grey: keys after the query, which it may not see")
    if by > 1:
        notes.append(f"each pixel is the largest of {by}×{by} values")
    return tuple(notes)


# --- panels --------------------------------------------------------------------------------------


def _panel(values: Values, visible: NDArray[np.bool_], scale: Scale, by: int, caption: str) -> Pixels:
    pixels = colour.sequential(_largest(values, by), scale.high, scale.gamma)
    pixels[~_largest(visible, by)] = UNSEEN
    factor = max(1, ceil(LEGIBLE / max(pixels.shape)) if max(pixels.shape) < LEGIBLE else 1)
    factor = min(factor, max(1, PANEL // max(pixels.shape)))
    return sheet.stack([label(caption, SMALL), tiles.framed(tiles.enlarge(pixels, factor))], gap=4)


def _largest(values: NDArray[Any], by: int) -> NDArray[Any]:
    """The largest of every square of `by` values a side, so that no peak is lost."""
    if by == 1:
        return values
    rows = np.maximum.reduceat(values, np.arange(0, values.shape[0], by), axis=0)
    return np.asarray(np.maximum.reduceat(rows, np.arange(0, values.shape[1], by), axis=1))


def _arranged(panels: Sequence[Pixels]) -> Pixels:
    """In rows, with the names of the axes once for all."""
    wide = max(panel.shape[1] for panel in panels)
    fits = max(1, (WIDTH + GAP) // (wide + GAP))
    columns = ceil(len(panels) / ceil(len(panels) / fits))
    rows = [sheet.beside(panels[start : start + columns], GAP) for start in range(0, len(panels), columns)]
    return sheet.with_axes(sheet.stack(rows, GAP), (), (), "query, the first on top", "key, the first at the left")


# --- in an album -----------------------------------------------------------------------------


def _drawn(planned: Planned, scene: Scene) -> Picture:
    """The attention weights of the first sample, or its first window."""
    weights = scene.recorded.attention[planned.subject].values
    heads = Heads(planned.subject, weights[0], scene.session.origin, scene.session.input_title, len(weights))
    return attention(heads, scene.look)


KIND: Final = Kind(
    name="attention",
    title="Attention",
    file="attention/03_attn.png",
    shows="attention weights, one panel a head",
    drawn="where the net attends",
    place=90,
    of_layer=lambda layer, plan: ((path, path) for path in plan.attended.get(layer.row.path, ())),
    draw=_drawn,
    arrays=lambda planned, recorded: {f"attention.{planned.subject}": recorded.attention[planned.subject].values},
)
