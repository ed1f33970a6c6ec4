"""What a layer made of one input: a map for each channel, a curve for each filter over time, a cell for each unit.

After a ReLU nothing is negative and the map is magma, black at 0; signed values use RdBu_r. One scale a layer:
its 99.5th percentile, so that one bright pixel does not leave all others black.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.figures import captions, colour, sheet, tiles
from netinspect.figures.choice import Choice, choose
from netinspect.figures.matrices import ticks
from netinspect.figures.picture import Description, Look, Origin, Picture, Scale, number, showing, sizes
from netinspect.figures.scaling import remarks
from netinspect.figures.sheet import Bar, Tick
from netinspect.figures.tiles import Grid, Pixels

Values = NDArray[np.floating]

MOST_UNITS: Final = 512
MOST_POINTS: Final = 1240
CELL: Final = 32
DEEP: Final = 8
"""Slices of a volume that are shown, and channels."""


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """The values of one layer for one input, units first: (C, H, W), (C, D, H, W), (C, T) or (C,).

    input        what the net saw, for the title: a file's name, or "standard-normal noise, seed 0"
    units        what the first axis counts; `along` is what the second is, where there are two
    spectrogram  whether the axis before the last is frequency, low ones first: it is drawn upwards
    """

    layer: str
    values: Values
    origin: Origin
    input: str
    units: str = "channel"
    along: str = "position"
    spectrogram: bool = False


@dataclass(frozen=True, slots=True)
class Tone:
    """How values become colours: the map, the value of its last colour, gamma, and the words for the title."""

    colormap: str
    limit: float
    gamma: float
    words: str

    @property
    def signed(self) -> bool:
        """Whether zero is in the middle."""
        return self.colormap == colour.DIVERGING

    @property
    def scale(self) -> Scale:
        """For the description."""
        return Scale(-self.limit if self.signed else 0.0, self.limit, "layer", self.gamma)

    def paint(self, values: Values) -> Pixels:
        """Values as palette indices."""
        return (colour.diverging if self.signed else colour.sequential)(values, self.limit, self.gamma)


def tone_of(values: Values, look: Look) -> Tone:
    """The map and scale that fit a layer's values."""
    with np.errstate(all="ignore"):
        signed = bool((values < 0).any())
    limit = colour.percentile(values, look.clip)
    ends = f"±{number(limit)}" if signed else f"0…{number(limit)}"
    words = f"scale {ends} (layer, clip {number(look.clip)} %) · gamma {number(look.gamma)}"
    return Tone(colour.DIVERGING if signed else colour.SEQUENTIAL, limit, look.gamma, words)


def activations(activation: Activation, look: Look | None = None) -> Picture:
    """The picture that fits the rank of the values: maps, slices of volumes, a heat map, or a block of cells."""
    look = look or Look()
    values = _floating(activation.values)
    tone = tone_of(values, look)
    if values.size == 0:
        return _picture(activation, tone, tiles.paper(2, 2), (), "no units", ())
    if values.ndim <= 1:
        body, words, shown = _cells(values.reshape(-1), tone, activation.units)
        return _picture(activation, tone, body, shown, words, ())
    if values.ndim == 2:
        return _heat_map(activation, values, tone)
    if values.ndim == 3:
        return _maps(activation, values, tone, look)
    return _volumes(activation, values.reshape(values.shape[0], -1, *values.shape[-2:]), tone, look)


def _floating(values: Values) -> Values:
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float32)


# --- maps ------------------------------------------------------------------------------------------


def _maps(activation: Activation, values: Values, tone: Tone, look: Look) -> Picture:
    choice = chosen_channels(values, look, look.max_tiles)
    maps = values[choice.shown][:, ::-1] if activation.spectrogram else values[choice.shown]
    columns = tiles.near_square(len(maps), *maps.shape[1:])
    small, notes = fitted(maps, columns)
    layout = tiles.grid(len(small), *small.shape[1:], columns=columns, side=256)
    body = captions.numbered(tone.paint(small), layout, choice.shown.tolist())
    words = f"{showing(len(choice.shown), len(values), f'{activation.units}s')}, {choice.words}"
    return _picture(activation, tone, body, choice.indices, words, notes)


def chosen_channels(values: Values, look: Look, most: int) -> Choice:
    """The first channels, or with another order than index those of largest mean magnitude."""
    if look.order == "index":
        return choose(values, "index", most)
    return choose(values, "activation", most, strength(values))


def strength(values: Values) -> Values:
    """The mean magnitude of each channel; what is not finite counts as 0. Shape (C,)."""
    flat = np.nan_to_num(np.abs(values.reshape(len(values), -1)), posinf=0.0)
    return np.asarray(flat.mean(axis=1))


def fitted(maps: Values, columns: int) -> tuple[Values, tuple[str, ...]]:
    """Maps (N, h, w) made small enough for so many columns, and a note where that was needed."""
    by = max(tiles.reduction(maps.shape[2] * columns), tiles.reduction(maps.shape[1]))
    notes = (f"each pixel is the mean of {by}×{by} values",) if by > 1 else ()
    return tiles.reduced(maps, by), notes


def _volumes(activation: Activation, values: Values, tone: Tone, look: Look) -> Picture:
    """A row for each channel, slices through its first axis from left to right."""
    choice = chosen_channels(values, look, min(look.max_tiles, DEEP))
    planes = np.unique(np.linspace(0, values.shape[1] - 1, DEEP).round().astype(int))
    chosen = values[np.ix_(choice.shown, planes)].reshape(-1, *values.shape[2:])
    small, notes = fitted(chosen, len(planes))
    layout = tiles.grid(len(small), *small.shape[1:], columns=len(planes), side=256)
    body = sheet.with_axes(
        tiles.tile(tone.paint(small), layout), marks(layout.height, layout, choice.indices),
        marks(layout.width, layout, planes.tolist()), activation.units, "slice",
    )  # fmt: skip
    words = f"{showing(len(choice.shown), len(values), f'{activation.units}s')}, {choice.words}"
    return _picture(activation, tone, body, choice.indices, words, notes)


def marks(side: int, layout: Grid, indices: Sequence[int]) -> list[Tick]:
    """A mark at the middle of each row (`side` is a tile's height) or column (its width)."""
    pitch = side * layout.factor + layout.gap
    return [Tick(layout.gap + at * pitch + side * layout.factor / 2, str(index)) for at, index in enumerate(indices)]


# --- a heat map, a block of cells --------------------------------------------------------------------


def _heat_map(activation: Activation, values: Values, tone: Tone) -> Picture:
    """Units downwards, time or position across; along a long time each pixel is a mean."""
    kept = np.sort(np.argsort(-strength(values), kind="stable")[:MOST_UNITS])
    by = tiles.reduction(values.shape[1], MOST_POINTS)
    length = values.shape[1] // by
    means = values[kept][:, : length * by].reshape(len(kept), length, by).mean(axis=2)
    across = max(1, min(tiles.WIDTH // length, CELL))
    down = max(1, min(900 // len(kept), CELL))
    large = tiles.framed(np.repeat(np.repeat(tone.paint(means), down, axis=0), across, axis=1))
    body = sheet.with_axes(
        large, ticks(kept, down), ticks(np.arange(length) * by, across), activation.units, activation.along
    )
    notes = (f"each pixel is the mean of {by} values",) if by > 1 else ()
    order = "in order of index" if len(kept) == len(values) else "the strongest in order of index"
    words = f"{showing(len(kept), len(values), f'{activation.units}s')}, {order}"
    return _picture(activation, tone, body, tuple(kept.tolist()), words, notes)


def _cells(values: Values, tone: Tone, units: str) -> tuple[Pixels, str, tuple[int, ...]]:
    """One cell a unit, row by row."""
    most = MOST_UNITS * 16
    shown = values[:most]
    columns = len(shown) if len(shown) <= 32 else tiles.near_square(len(shown), 2, 1)
    rows = ceil(len(shown) / columns)
    painted = np.full(rows * columns, colour.PAPER, np.uint8)
    painted[: len(shown)] = tone.paint(shown)
    factor = max(1, min(tiles.WIDTH // columns, 44))
    large = tiles.framed(tiles.enlarge(painted.reshape(rows, columns), factor))
    starts = np.arange(rows) * columns
    body = sheet.with_axes(
        large, ticks(starts, factor, 40) if rows > 1 else (), ticks(np.arange(columns), factor), "", units
    )
    words = f"{showing(len(shown), len(values), f'{units}s')}, row by row"
    return body, words, tuple(range(len(shown)))


def _picture(
    activation: Activation, tone: Tone, body: Pixels, shown: tuple[int, ...], words: str, notes: tuple[str, ...]
) -> Picture:
    segments = [
        f"{activation.layer} {sizes(activation.values.shape)}", words, tone.words, f"input: {activation.input}",
        str(activation.origin),
    ]  # fmt: skip
    notes = (*remarks(activation.values, "values"), *notes)
    bar = Bar(tone.colormap, tone.scale, "activation", tone.signed)
    colours = "red above zero, blue below" if tone.signed else "from black at 0 to bright"
    alt = f"Activations of {activation.layer} for {activation.input}: {words}; {colours}. {activation.origin}."
    return Picture(
        sheet.sheet(segments, body, tone.colormap, bars=(bar,), notes=notes),
        Description("activations", " · ".join(segments), alt, activation.layer, activation.values.shape, tone.scale,
                    tone.colormap, shown, len(activation.values) if activation.values.ndim else 1, notes),
    )  # fmt: skip
