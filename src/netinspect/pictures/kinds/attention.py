"""Where each head looks: a panel a head, rows are queries, columns keys, one scale for all heads.

The first queries of a causal layer see few keys and give each much, so the largest weight is 1 whatever the layer
does, and on a scale up to it everything else would be black. The scale ends at a percentile of the queries' own largest
weights instead, where each query counts as often as it sees keys. Weights of one row lie orders of magnitude apart, so
colours follow their square roots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.analysis.receptive_field import long_axes
from netinspect.errors import InputError
from netinspect.network.network import Network
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.scaling import remarks
from netinspect.pictures.draw.sheet import Bar, Tick
from netinspect.pictures.draw.text import SMALL, label
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kind import Kind, Planned
from netinspect.pictures.look import Description, Look, Origin, Picture, Scale, number, showing, sizes
from netinspect.pictures.request import Request, Step
from netinspect.pictures.run import Scene
from netinspect.recording import AttendedPlaces

Values = NDArray[np.floating]

PANEL: Final = 420
"""A panel is not enlarged beyond so many pixels."""
LEGIBLE: Final = 300
SHORTEST: Final = 220
"""Pixels up to which the cells of a panel's short side are made longer than wide: so long is the name of its axis."""
LONGEST_CELL: Final = 48
"""Pixels to which a cell is made longer at most."""
GAP: Final = 24
WIDTH: Final = 1500
ROOT: Final = 2.0
"""The gamma of a square root; the one that was asked for comes on top of it."""
UNSEEN: Final = colour.PAPER + 4
"""The light grey of keys that a query may not see."""
SIDE: Final = 448
"""A picture is enlarged to about so many pixels."""
MOST_NAMED: Final = 32
"""Tokens up to which each one stands at the axes, in cells of LEGIBLE_CELL pixels."""
LEGIBLE_CELL: Final = 27
FRAME: Final = (4, 2)
"""Pixels of the frame around the patch that asks: in colour, and in black around that."""
DIM: Final = 0.3
"""How bright the greys are of what a query may not see, as what lies outside its window."""
CHOSEN: Final = (86, 180, 233)
"""Okabe and Ito's sky blue: the frame of the patch whose attention is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class OverPicture:
    """The attention of one query over a picture, (height, width) or (height, width, 3) of uint8.

    edges    rows, then columns of the picture's pixels where patches begin, and where the last one ends
    keys     (keys,) patches counted row by row, below 0 for what is none
    query    the patch that asks; below 0 where it is none, as a class token
    weights  (heads, keys)
    token    what a query that is no patch is called
    """

    picture: NDArray[np.uint8]
    edges: tuple[tuple[float, ...], ...]
    keys: NDArray[np.integer]
    query: int
    weights: Values
    token: str = ""

    @property
    def asks(self) -> str:
        """What the query is, in words."""
        if self.query < 0:
            return f"{self.token or 'a query'}, which is no patch"
        row, column = divmod(self.query, len(self.edges[1]) - 1)
        return f"the patch in row {row}, column {column}, framed in blue"


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Attention weights (heads, queries, keys) of one layer for one input; each row adds up to 1.

    sets    how many such weights the layer has for one input (a window each), of which these are number `set`
    over    the weights of one query over the picture, where the keys are its patches
    tokens  what queries and keys are called, where they have names
    """

    layer: str
    weights: Values
    origin: Origin
    input: str
    sets: int = 1
    set: int = 0
    over: OverPicture | None = None
    tokens: tuple[Sequence[str], Sequence[str]] = ((), ())


def entropy(weights: Values) -> Values:
    """The mean over queries of -Σ p·log2 p over keys, in bits; 0 looks at one key, log2(keys) at all alike.

    weights (heads, queries, keys), result (heads,).
    """
    p = np.nan_to_num(weights.astype(np.float64))
    terms = np.where(p > 0, -p * np.log2(np.where(p > 0, p, 1.0)), 0.0)
    return np.asarray(terms.sum(axis=-1).mean(axis=-1))


def visible_keys(weights: Values) -> NDArray[np.bool_]:
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
    counts = np.tile(visible_keys(weights).sum(axis=1), len(weights))
    order = np.argsort(largest, kind="stable")
    reached = np.cumsum(counts[order])
    if not len(reached):
        return 0.0
    place = int(np.searchsorted(reached, clip / 100 * reached[-1]))
    return float(largest[order[min(place, len(order) - 1)]]) or float(largest.max())


def attention(heads: Heads, look: Look | None = None, *, with_matrices: bool = True) -> Picture:
    """What one query attends to, over the picture, where the keys lie on one; and a panel a head of all queries and
    keys, which may be left out there."""
    look = look or Look()
    count = min(len(heads.weights), look.max_tiles)
    bits = entropy(heads.weights[:count])
    labels = tuple((head, f"{bit:.2f} bits") for head, bit in enumerate(bits))
    parts: list[Pixels] = []
    settings: list[str] = []
    notes: list[str] = []
    alt = ""
    if heads.over is not None:
        over = heads.over
        scale = Scale(0.0, brightest(over), "picture", ROOT * look.gamma)
        bar = Bar(colour.GREY, scale, "brightness: attention weight", signed=False)
        captions = _captions(over)[:count]
        lit = [_over_picture(over, *pair, scale) for pair in zip(over.weights, captions, strict=False)]
        mean = _over_picture(over, over.weights.mean(axis=0), f"mean of {len(heads.weights)} heads", scale)
        parts = [_in_rows([mean, *lit])]
        settings = [f"scale 0…{number(scale.high)} (all heads)", _gamma(look)]
        is_part = len(np.unique(over.keys[over.keys >= 0])) < prod(len(edges) - 1 for edges in over.edges)
        hidden = "; in grey what it may not see" if is_part else ""
        notes = [f"over the picture: what {over.asks}, attends to{hidden}"]
        alt = (
            f"Attention of {heads.layer}: what {over.asks}, attends to, over the picture, head by head and as their "
            "mean. "
        )
    if heads.over is None or with_matrices:
        if parts:  # the bar of brightness stands under what it belongs to
            parts.append(colour.coloured(sheet.colour_bar(bar), colour.GREY))
        visible, limit = visible_keys(heads.weights), highest(heads.weights, look.clip)
        scale = Scale(0.0, limit, "layer", ROOT * look.gamma)
        is_clipped = colour.largest(heads.weights) > limit
        bar = Bar(colour.SEQUENTIAL, scale, "attention weight", signed=False, clipped=is_clipped)
        body = _matrices(heads, labels, visible, scale)
        parts.append(colour.coloured(body, colour.SEQUENTIAL) if parts else body)
        most = np.log2(np.maximum(visible.sum(axis=1), 1)).mean() if visible.size else 0.0
        settings = [
            f"scale 0…{number(limit)} (all heads, clip {number(look.clip)} %)", _gamma(look),
            f"entropy at most {most:.2f} bits",
        ]  # fmt: skip
        notes = [*_notes(heads, visible, limit, look.clip), *notes]
        of = "All of it" if alt else f"Attention of {heads.layer}"
        alt += (
            f"{of}, a panel a head, rows are queries, columns keys, brighter is more. Entropies in bits: "
            f"{', '.join(number(round(float(bit), 2)) for bit in bits)}. "
        )
    window = (f"window {heads.set + 1} of {heads.sets}",) if heads.sets > 1 else ()
    segments = [
        f"{heads.layer} {sizes(heads.weights.shape)}", showing(count, len(heads.weights), "heads"), *window, *settings,
        f"input: {heads.input}", str(heads.origin),
    ]  # fmt: skip
    return Picture(
        sheet.sheet(segments, sheet.stack(parts, GAP), colour.SEQUENTIAL, notes=notes, bars=[bar]),
        Description("attention", " · ".join(segments), f"{alt}{heads.origin}.", heads.layer, heads.weights.shape, scale,
                    bar.colormap, tuple(range(count)), len(heads.weights), tuple(notes), labels),
    )  # fmt: skip


def _gamma(look: Look) -> str:
    more = "" if look.gamma == 1 else f", then {number(look.gamma)}"
    return f"gamma {number(ROOT * look.gamma)} (√weight{more})"


def _notes(heads: Heads, visible: NDArray[np.bool_], limit: float, clip: float) -> tuple[str, ...]:
    """What the colours of the matrices alone do not say."""
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
    by = tiles.reduction(max(heads.weights.shape[1:]), PANEL)
    if by > 1:
        notes.append(f"each pixel is the largest of {by}×{by} values")
    return tuple(notes)


# --- panels --------------------------------------------------------------------------------------


def _matrices(heads: Heads, labels: Sequence[tuple[int, str]], visible: NDArray[np.bool_], scale: Scale) -> Pixels:
    """A panel a head, in rows, with the names of the axes once for all."""
    shape = heads.weights.shape[1:]
    by = tiles.reduction(max(shape), PANEL)
    names = heads.tokens if 0 < max(shape) <= MOST_NAMED else ((), ())
    panels = [
        _panel(heads.weights[head], visible, scale, by, f"head {head} · {entropy}", names) for head, entropy in labels
    ]
    which = ": its token" if names[0] else ""
    on_top, at_left = (
        f", {first}{which}" if size > 1 else which
        for size, first in zip(shape, ("the first on top", "the first at the left"), strict=True)
    )
    return sheet.with_axes(_in_rows(panels), (), (), f"query{on_top}", f"key{at_left}")


def _panel(
    values: Values,
    visible: NDArray[np.bool_],
    scale: Scale,
    by: int,
    caption: str,
    names: tuple[Sequence[str], Sequence[str]],
) -> Pixels:
    pixels = colour.sequential(_largest(values, by), scale.high, scale.gamma)
    pixels[~_largest(visible, by)] = UNSEEN
    factor = max(1, ceil(LEGIBLE / max(pixels.shape)) if max(pixels.shape) < LEGIBLE else 1)
    factor = min(factor, max(1, PANEL // max(pixels.shape)))
    rows, columns = names
    factor = max(factor, LEGIBLE_CELL) if rows or columns else factor
    down, across = (max(factor, min(SHORTEST // max(size, 1), LONGEST_CELL)) for size in pixels.shape)
    drawn = tiles.framed(pixels.repeat(down, axis=0).repeat(across, axis=1))
    if rows or columns:
        left = [Tick(tiles.TILE_GAP + (at + 0.5) * down, name) for at, name in enumerate(rows)]
        below = [Tick(tiles.TILE_GAP + (at + 0.5) * across, "\n".join(name)) for at, name in enumerate(columns)]
        drawn = sheet.with_axes(drawn, left, below)
    return sheet.stack([label(caption, SMALL), drawn], gap=4)


def _largest(values: NDArray[Any], by: int) -> NDArray[Any]:
    """The largest of every square of `by` values a side, so that no peak is lost."""
    if by == 1:
        return values
    rows = np.maximum.reduceat(values, np.arange(0, values.shape[0], by), axis=0)
    return np.asarray(np.maximum.reduceat(rows, np.arange(0, values.shape[1], by), axis=1))


def _in_rows(panels: Sequence[Pixels]) -> Pixels:
    wide = max(panel.shape[1] for panel in panels)
    fits = max(1, (WIDTH + GAP) // (wide + GAP))
    columns = ceil(len(panels) / ceil(len(panels) / fits))
    even = [sheet.padded(panel, 0, wide - panel.shape[1], 0, 0) for panel in panels]
    return sheet.stack(
        [sheet.beside(even[start : start + columns], GAP) for start in range(0, len(even), columns)], GAP
    )


# --- over a picture ------------------------------------------------------------------------------


def shares_of(over: OverPicture) -> Values:
    """How much of each head's attention lies on patches, (heads,); the rest goes to what is no patch."""
    return np.asarray(np.nan_to_num(over.weights[:, over.keys >= 0]).sum(axis=1))


def brightest(over: OverPicture) -> float:
    """The largest weight that any head gives a patch."""
    return colour.largest(over.weights[:, over.keys >= 0])


def light(over: OverPicture, weights: Values) -> Values:
    """For each pixel of the picture the weight of the patch that it lies in, (height, width); 0 outside all of them."""
    sizes = [len(edges) - 1 for edges in over.edges]
    by_patch = np.zeros(int(np.prod(sizes)) + 1)
    by_patch[np.maximum(over.keys, -1)] = weights  # what is no patch goes to the place behind the last one
    by_patch[-1] = 0.0
    patches = _patches(over)
    return np.asarray(by_patch[patches])


def _patches(over: OverPicture) -> NDArray[np.intp]:
    """The patch of each pixel, -1 outside all of them."""
    rows, columns = (
        np.searchsorted(np.asarray(edges), np.arange(size) + 0.5, side="right") - 1
        for edges, size in zip(over.edges, over.picture.shape, strict=False)
    )
    height, width = (len(edges) - 1 for edges in over.edges)
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    return np.where(inside, rows[:, None] * width + columns, -1)


def _over_picture(over: OverPicture, weights: Values, caption: str, scale: Scale) -> Pixels:
    """The picture as bright as the weights are, in dim greys where no key lies; a frame around the patch that asks."""
    share = np.clip(np.nan_to_num(light(over, weights)) / (scale.high or 1.0), 0, 1) ** (1 / scale.gamma)
    picture = over.picture if over.picture.ndim == 3 else np.repeat(over.picture[:, :, None], 3, axis=2)
    lit = np.rint(picture * share[:, :, None]).astype(np.uint8)
    unseen = ~np.isin(_patches(over), over.keys[over.keys >= 0])
    lit[unseen] = np.rint(DIM * picture[unseen].mean(axis=1, keepdims=True)).astype(np.uint8)
    by, factor = tiles.reduction(max(lit.shape[:2]), 2 * SIDE), max(1, SIDE // max(lit.shape[:2]))
    drawn = tiles.framed(tiles.enlarge(tiles.smaller(lit, by), factor), sum(FRAME))
    if over.query >= 0:
        # Around the patch and not on it: of the smallest patches nothing would be left
        place = np.unravel_index(over.query, [len(edges) - 1 for edges in over.edges])
        (top, bottom), (left, right) = (
            (sum(FRAME) + round(min(max(edge, 0), size) * factor / by) for edge in edges[at : at + 2])
            for edges, at, size in zip(over.edges, place, picture.shape, strict=False)
        )
        inside = drawn[top:bottom, left:right].copy()
        for width, ink in ((sum(FRAME), (0, 0, 0)), (FRAME[0], CHOSEN)):
            drawn[top - width : bottom + width, left - width : right + width] = ink
        drawn[top:bottom, left:right] = inside
    return sheet.stack([colour.coloured(label(caption, SMALL), colour.GREY), drawn], gap=4)


def _captions(over: OverPicture) -> list[str]:
    """Names of the heads, and how much of each lies on patches where some keys are none."""
    if (over.keys >= 0).all():
        return [f"head {head}" for head in range(len(over.weights))]
    return [f"head {head} · {share:.1%} on patches" for head, share in enumerate(shares_of(over))]


# --- in an album -----------------------------------------------------------------------------


def _check(network: Network, request: Request) -> None:
    """InputError for a pixel that no input has."""
    pixel = request.looks.query
    sizes_of = [tuple(item.value.type.shape[axis] for axis in long_axes(item)) for item in network.inputs]
    maps = [size for size in sizes_of if len(size) == 2]
    if pixel is not None and not any(at[0] > pixel[0] and at[1] > pixel[1] for at in maps):
        known = f"the input has {' or '.join(map(sizes, maps))}" if maps else "no input has height and width"
        raise InputError(f"--query {pixel[0]},{pixel[1]}: there is no such pixel; {known}")


def _places(scene: Scene, _step: Step) -> dict[str, AttendedPlaces]:
    from netinspect.torch_backend.studies.places import attended_places

    return attended_places(scene.network)


def _drawn(planned: Planned, scene: Scene) -> Picture:
    """The attention weights of the first sample: of all windows, those of the one with the middle of the picture."""
    weights = scene.recorded.attention[planned.subject].values
    places: AttendedPlaces | None = scene.shared(KIND).get(planned.subject)
    if places is not None and (len(weights), *weights.shape[2:]) != (
        len(places.keys), places.queries.shape[1], places.keys.shape[1]
    ):  # fmt: skip
        places = None
    sample = scene.session.samples[places.input] if places is not None else None
    chosen = 0
    over: OverPicture | None = None
    tokens: tuple[Sequence[str], Sequence[str]] = ((), ())
    if places is not None and sample is not None and sample.picture is not None and len(places.sizes) == 2:
        chosen, query = asking(places, scene.plan.request.looks.query)
        over = OverPicture(
            sample.picture, places.edges, places.keys[chosen], int(places.queries[chosen, query]),
            weights[chosen][:, query], places.other(int(places.queries[chosen, query])),
        )  # fmt: skip
    elif places is not None and sample is not None and sample.array.dtype.kind in "iu" and sample.array.ndim == 2:
        ids = sample.array[0]
        rows, columns = (
            [str(ids[at]) if at >= 0 else places.other(at) for at in line[0].tolist()]
            for line in (places.queries, places.keys)
        )
        tokens = rows, columns
    heads = Heads(
        planned.subject, weights[chosen], scene.session.origin, scene.session.input_title, len(weights), chosen, over,
        tokens,
    )  # fmt: skip
    return attention(heads, scene.look, with_matrices=scene.plan.request.everything)


def asking(places: AttendedPlaces, pixel: tuple[int, int] | None = None) -> tuple[int, int]:
    """Which sample (a window each), and which of its queries is shown over the picture: the patch with a pixel (row,
    column); else the only query that is no patch, else the one in the middle of the picture."""
    nowhere = np.argwhere(places.queries < 0)
    if len(nowhere) == 1 and pixel is None:
        return int(nowhere[0, 0]), int(nowhere[0, 1])
    row, column = (size // 2 for size in places.sizes)
    if pixel is not None:  # a pixel before the first edge or behind the last belongs to the patch there
        row, column = (
            min(max(int(np.searchsorted(edges, at + 0.5)) - 1, 0), len(edges) - 2)
            for edges, at in zip(places.edges, pixel, strict=True)
        )
    columns = places.sizes[1]
    off = np.hypot(places.queries // columns - row, places.queries % columns - column)
    nearest = np.unravel_index(np.argmin(np.where(places.queries < 0, np.inf, off)), off.shape)
    return int(nearest[0]), int(nearest[1])


KIND: Final = Kind(
    name="attention",
    title="Attention",
    file="attention/03_attn.png",
    shows="attention weights, one panel a head; over the photograph, if the keys are its patches (all queries by all "
    "keys with `--all`); with token ids, if few",
    drawn="where the net attends",
    place=90,
    check=_check,
    of_layer=lambda layer, plan: ((path, path) for path in plan.attended.get(layer.row.path, ())),
    prepare=_places,
    draw=_drawn,
    arrays=lambda planned, recorded: {f"attention.{planned.subject}": recorded.attention[planned.subject].values},
)
