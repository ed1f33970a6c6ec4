"""What a recurrent layer remembers: every hidden unit over time, from -1 to 1, ordered by when it peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.figures import colour, sheet, tiles
from netinspect.figures.matrices import ticks
from netinspect.figures.picture import Description, Origin, Picture, Scale, number, showing, sizes
from netinspect.figures.scaling import remarks
from netinspect.figures.sheet import Bar, Tick

Values = NDArray[np.floating]

MOST_UNITS: Final = 512
HEIGHT: Final = 900


@dataclass(frozen=True, slots=True, eq=False)
class HiddenStates:
    """values (time, units) of one input. Of two directions the first half of the units reads forwards.

    seconds_per_step  where the steps are pieces of a sound, else None
    """

    layer: str
    values: Values
    origin: Origin
    input: str
    directions: int = 1
    seconds_per_step: float | None = None


def peak_order(values: Values) -> NDArray[np.intp]:
    """Units (time, units) in order of the step where their magnitude is largest; ties by index."""
    if values.shape[0] == 0:
        return np.arange(values.shape[1])
    return np.argsort(np.argmax(np.nan_to_num(np.abs(values), posinf=0.0), axis=0), kind="stable")


def hidden_states(given: HiddenStates) -> Picture:
    """Units downwards, time across; the scale is ±1 unless a value lies beyond (a ReLU RNN)."""
    limit = max(1.0, colour.largest(given.values))
    orders = _orders(given)
    body = sheet.stack([_panel(given, order, word, limit) for word, order in orders], gap=16)
    shown = tuple(int(unit) for _, order in orders for unit in order)
    units = given.values.shape[1]
    segments = [
        f"{given.layer} {sizes(given.values.shape)}", f"{showing(len(shown), units, 'hidden units')}, by peak time",
        f"scale ±{number(limit)}", f"input: {given.input}", str(given.origin),
    ]  # fmt: skip
    notes = remarks(given.values, "values")
    scale = Scale(-limit, limit, "layer")
    alt = f"Hidden units of {given.layer} over time for {given.input}, ordered by when each peaks. {given.origin}."
    return Picture(
        sheet.sheet(segments, body, colour.DIVERGING, notes=notes,
                    bars=(Bar(colour.DIVERGING, scale, "hidden state", signed=True),)),
        Description("sequence", " · ".join(segments), alt, given.layer, given.values.shape, scale, colour.DIVERGING,
                    shown, units, notes),
    )  # fmt: skip


def _orders(given: HiddenStates) -> list[tuple[str, NDArray[np.intp]]]:
    """For each direction its name and its units in order."""
    size = given.values.shape[1] // max(1, given.directions)
    words = ("forwards", "backwards") if given.directions == 2 else ("",)
    return [(word, part * size + _most(given.values[:, part * size : (part + 1) * size], given.directions))
            for part, word in enumerate(words)]  # fmt: skip


def _most(values: Values, directions: int) -> NDArray[np.intp]:
    """The units that are shown: those that move most where there are too many."""
    order = peak_order(values)
    most = MOST_UNITS // directions
    if len(order) <= most:
        return order
    kept = set(np.argsort(-np.nan_to_num(np.ptp(values, axis=0)), kind="stable")[:most].tolist())
    return np.array([unit for unit in order.tolist() if unit in kept])


def _panel(given: HiddenStates, order: NDArray[np.intp], word: str, limit: float) -> tiles.Pixels:
    values = given.values.T[order]
    by = tiles.reduction(values.shape[1], tiles.WIDTH)
    length = values.shape[1] // by
    means = values[:, : length * by].reshape(len(order), length, by).mean(axis=2)
    down = max(1, min(24, HEIGHT // given.directions // max(1, len(order))))
    across = max(1, min(24, tiles.WIDTH // max(1, length)))
    pixels = colour.diverging(means, limit)
    large = tiles.framed(np.repeat(np.repeat(pixels, down, axis=0), across, axis=1))
    name = f"unit, {word}" if word else "hidden unit"
    return sheet.with_axes(large, ticks(order, down, 40), _time_marks(given, length, by, across), name, _time(given))


def _time(given: HiddenStates) -> str:
    return "time / s" if given.seconds_per_step else "time step"


def _time_marks(given: HiddenStates, length: int, by: int, across: int) -> list[Tick]:
    seconds = given.seconds_per_step
    if not seconds:
        return [Tick(tick.at, str(int(tick.text) * by)) for tick in ticks(np.arange(length), across)]
    step = sheet.round_step(max(length * by * seconds / 8, 1e-9))
    times = np.arange(0, length * by * seconds, step)
    return [Tick(2 + time / seconds / by * across, number(float(time))) for time in times]
