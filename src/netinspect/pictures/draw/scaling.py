"""One scale for a layer, and how a picture says which it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.draw.colour import extremes, largest, percentile
from netinspect.pictures.draw.sheet import Bar
from netinspect.pictures.look import GAIN_FLOOR, Look, Scale, number

Values = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Limits:
    """The magnitude that is drawn in the last colour: one number, or one a kernel with `gains` over the layer's.
    `clipped` where some are larger."""

    limit: float | Values
    scale: Scale
    words: str
    gains: tuple[float, ...] = ()
    clipped: bool = False

    def of(self, rank: int) -> float | Values:
        """To divide an array of kernels of that rank by."""
        return self.limit if isinstance(self.limit, float) else self.limit.reshape(-1, *(1,) * (rank - 1))


def limits_of(weight: Values, shown: Sequence[int], look: Look) -> Limits:
    """The scale of a layer's kernels weight[i], or of each of `shown`.

    One large weight would leave a trained layer near white, so the scale of a layer ends at a percentile of it.
    """
    whole = largest(weight)
    if look.scale == "kernel":
        return _by_kernel(weight, shown, whole)
    over, limit = look.scale, percentile(weight, look.clip)
    limit = max(limit, look.network_limit or 0.0) if over == "network" else limit
    clipped = whole > limit
    words = f"{over}, clip {number(look.clip)} %" if clipped else over
    return Limits(limit, Scale(-limit, limit, over), f"scale ±{number(limit)} ({words})", clipped=clipped)


def _by_kernel(weight: Values, shown: Sequence[int], whole: float) -> Limits:
    own = np.array([max(largest(weight[index]), GAIN_FLOOR * whole) for index in shown])
    gains = tuple(float(whole / limit) if limit > 0 else 1.0 for limit in own)
    words = f"scale ±1/gain of ±{number(whole)} (kernel, gain at most ×{round(1 / GAIN_FLOOR)})"
    return Limits(own, Scale(-whole, whole, "kernel"), words, gains)


def bar_of(limits: Limits, colormap: str, measure: str = "weight") -> Bar:
    """The colour bar that goes with a scale; with one scale a kernel it runs over each kernel's own."""
    texts = ("−max", "0", "+max") if limits.gains else ()
    what = f"{measure}, each kernel on its own scale" if limits.gains else measure
    return Bar(colormap, limits.scale, what, signed=True, texts=texts, clipped=limits.clipped)


def remarks(values: Values, what: str = "weights") -> tuple[str, ...]:
    """What must be said of values that cannot be read off a picture: not finite, all zero, all the same."""
    if values.size == 0:
        return (f"no {what}: the tensor is empty",)
    unreadable = not_finite(values, what)
    if unreadable:
        return unreadable
    low, high = extremes(values)
    if low == high:
        return (f"all {values.size:,} {what} are {number(low)}",) if values.size > 1 else ()
    return ()


def not_finite(values: Values, what: str) -> tuple[str, ...]:
    """What must be said of values of which some are not finite."""
    if values.size == 0 or np.isfinite(extremes(values)).all():
        return ()
    count = int(values.size - np.isfinite(values).sum())
    return (f"{count:,} of {values.size:,} {what} are not finite (NaN or infinite) and drawn in green",)


def gain_text(gain: float) -> str:
    """`×1.0`, `×3.2`, `×20`."""
    return f"×{gain:.1f}" if gain < 9.95 else f"×{gain:.0f}"
