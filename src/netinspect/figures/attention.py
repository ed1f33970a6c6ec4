"""Where each head looks: a panel a head, rows are queries, columns keys, one maximum for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.figures import colour, sheet, tiles
from netinspect.figures.picture import Description, Look, Origin, Picture, Scale, number, showing, sizes
from netinspect.figures.scaling import remarks
from netinspect.figures.sheet import Bar
from netinspect.figures.text import SMALL, label
from netinspect.figures.tiles import Pixels

Values = NDArray[np.floating]

PANEL: Final = 420
"""A panel is not enlarged beyond so many pixels."""
LEGIBLE: Final = 300
GAP: Final = 24


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Attention weights (heads, queries, keys) of one layer for one input; each row adds up to 1."""

    layer: str
    weights: Values
    origin: Origin
    input: str


def entropy(weights: Values) -> Values:
    """The mean over queries of -Σ p·log2 p over keys, in bits; 0 looks at one key, log2(keys) at all alike.

    weights (heads, queries, keys), result (heads,).
    """
    p = np.nan_to_num(weights.astype(np.float64))
    terms = np.where(p > 0, -p * np.log2(np.where(p > 0, p, 1.0)), 0.0)
    return np.asarray(terms.sum(axis=-1).mean(axis=-1))


def attention(heads: Heads, look: Look | None = None) -> Picture:
    """The panels with their entropies."""
    look = look or Look()
    count = min(len(heads.weights), look.max_tiles)
    shown = heads.weights[:count]
    limit = colour.largest(shown)
    by = tiles.reduction(max(shown.shape[1:]), PANEL)
    bits = entropy(shown)
    panels = [_panel(tiles.reduced(values, by), limit, f"head {head} · {bits[head]:.2f} bits")
              for head, values in enumerate(shown)]  # fmt: skip
    segments = [
        f"{heads.layer} {sizes(heads.weights.shape)}", f"{showing(count, len(heads.weights), 'heads')}, common maximum",
        f"entropy of at most {np.log2(shown.shape[2]):.2f} bits", f"input: {heads.input}", str(heads.origin),
    ]  # fmt: skip
    notes = (*remarks(heads.weights, "values"), *((f"each pixel is the mean of {by}×{by} values",) if by > 1 else ()))
    scale = Scale(0.0, limit, "layer")
    alt = (
        f"Attention of {heads.layer}, a panel a head, rows are queries, columns keys. Entropies in bits: "
        f"{', '.join(number(round(float(bit), 2)) for bit in bits)}. {heads.origin}."
    )
    return Picture(
        sheet.sheet(segments, _arranged(panels), colour.SEQUENTIAL, notes=notes,
                    bars=(Bar(colour.SEQUENTIAL, scale, "attention", signed=False),)),
        Description("attention", " · ".join(segments), alt, heads.layer, heads.weights.shape, scale,
                    colour.SEQUENTIAL, tuple(range(count)), len(heads.weights), notes,
                    tuple((head, f"{bit:.2f} bits") for head, bit in enumerate(bits))),
    )  # fmt: skip


def _panel(values: Values, limit: float, caption: str) -> Pixels:
    factor = max(1, ceil(LEGIBLE / max(values.shape)) if max(values.shape) < LEGIBLE else 1)
    factor = min(factor, max(1, PANEL // max(values.shape)))
    return sheet.stack(
        [label(caption, SMALL), tiles.framed(tiles.enlarge(colour.sequential(values, limit), factor))], gap=4
    )


def _arranged(panels: Sequence[Pixels]) -> Pixels:
    """In rows, with the names of the axes once for all."""
    wide = max(panel.shape[1] for panel in panels)
    fits = max(1, (tiles.WIDTH + GAP) // (wide + GAP))
    columns = min(fits, tiles.near_square(len(panels), panels[0].shape[0], wide))
    rows = [sheet.beside(panels[start : start + columns], GAP) for start in range(0, len(panels), columns)]
    return sheet.with_axes(sheet.stack(rows, GAP), (), (), "query, the first on top", "key, the first at the left")
