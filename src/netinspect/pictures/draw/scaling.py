"""Which kernels of a layer are shown, in what order and on which scale, and how a picture says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.errors import InputError
from netinspect.pictures.draw.colour import extremes, largest, percentile
from netinspect.pictures.draw.sheet import Bar
from netinspect.pictures.look import CLIP, GAIN_FLOOR, Look, Order, Scale, number, unusual

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


def limits_of(weight: Values, indices: Sequence[int], look: Look) -> Limits:
    """The scale of a layer's kernels weight[i], or of each of `indices`.

    One large weight would leave a trained layer near white, so the scale of a layer ends at a percentile of it.
    """
    highest = largest(weight)
    if look.scale == "kernel":
        return _by_kernel(weight, indices, look.clip)
    over, limit = look.scale, percentile(weight, look.clip)
    limit = max(limit, look.network_limit or 0.0) if over == "network" else limit
    clipped = highest > limit
    words = ", ".join(unusual((over, over, "layer"), (f"clip {number(look.clip)} %", look.clip, CLIP)))
    scale = f"scale ±{number(limit)}" + (f" ({words})" if words else "")
    return Limits(limit, Scale(-limit, limit, over), scale, clipped=clipped)


def _by_kernel(weight: Values, indices: Sequence[int], clip: float) -> Limits:
    """Each kernel up to its own percentile, as a layer up to its; the gain of a kernel is how much that is less."""
    layer = percentile(weight, clip)
    limits = np.array([max(percentile(weight[index], clip), GAIN_FLOOR * layer) for index in indices])
    gains = tuple(float(layer / limit) if limit > 0 else 1.0 for limit in limits)
    clipped = any(largest(weight[index]) > limit for index, limit in zip(indices, limits, strict=True))
    clip_words = f"clip {number(clip)} %, " if clipped else ""
    words = f"scale ±1/gain of ±{number(layer)} (kernel, {clip_words}gain at most ×{round(1 / GAIN_FLOOR)})"
    return Limits(limits, Scale(-layer, layer, "kernel"), words, gains, clipped=clipped)


def bar_of(limits: Limits, colormap: str, measure: str = "weight") -> Bar:
    """The colour bar that goes with a scale; with one scale a kernel it runs over each kernel's own."""
    texts = ends_of_each(signed=True, clipped=limits.clipped) if limits.gains else ()
    what = f"{measure}, each kernel on its own scale" if limits.gains else measure
    return Bar(colormap, limits.scale, what, signed=True, texts=texts, clipped=limits.clipped)


def ends_of_each(*, signed: bool, clipped: bool) -> tuple[str, ...]:
    """The words at the ends of one colour bar for several scales: their largest values, or limits beyond which some of
    them have more."""
    low, high = ("≤ −limit", "≥ limit") if clipped else ("−max", "+max" if signed else "max")
    return (low, "0", high) if signed else ("0", high)


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


# --- which are shown -------------------------------------------------------------------------


Chosen = NDArray[np.intp]

WORDS: Final[dict[Order, str]] = {
    "index": "in order of index", "norm": "by norm", "activation": "by mean activation",
    "frequency": "by peak frequency",
}  # fmt: skip

SPECTRUM_POINTS: Final = {1: 1024, 2: 32, 3: 16}
"""Points of the zero-padded spectrum along each axis, by the number of axes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Indices in the order they are drawn, and how that order is called."""

    kept: Chosen
    words: str

    @property
    def indices(self) -> tuple[int, ...]:
        """As plain ints."""
        return tuple(int(index) for index in self.kept)


def choose(weight: Values, order: Order, most: int, activation: Values | None = None) -> Choice:
    """At most `most` of the kernels weight[i]. The first by index, the strongest, the most active; by frequency
    the strongest, from low to high. InputError where activations are asked for and none are known."""
    if order == "norm":
        return Choice(_descending(norms(weight))[:most], WORDS[order])
    if order == "activation":
        if activation is None or len(activation) != len(weight):
            raise InputError("`--order activation` needs the layer's activations, one for each kernel")
        return Choice(_descending(activation)[:most], WORDS[order])
    if order == "frequency":
        strongest = np.sort(_descending(norms(weight))[:most])
        peaks = peak_frequencies(weight[strongest])
        words = WORDS[order] if most >= len(weight) else f"the strongest, {WORDS[order]}"
        return Choice(strongest[np.argsort(peaks, kind="stable")], words)
    return Choice(np.arange(min(most, len(weight))), WORDS[order])


def strongest(weight: Values, most: int) -> Choice:
    """All in order of index where they fit, else those of largest norm, from the largest."""
    if len(weight) <= most:
        return Choice(np.arange(len(weight)), WORDS["index"])
    return Choice(_descending(norms(weight))[:most], WORDS["norm"])


def norms(weight: Values) -> Values:
    """Root of the sum of squares of each weight[i]; what is not finite counts as 0. Shape (len(weight),)."""
    flat = weight.reshape(len(weight), -1)
    with np.errstate(all="ignore"):
        roots = np.sqrt(np.einsum("ij,ij->i", flat, flat))
        if not np.isfinite(roots).all():
            clean = np.nan_to_num(flat.astype(np.float64), posinf=0.0, neginf=0.0)
            roots = np.sqrt(np.einsum("ij,ij->i", clean, clean))
    return np.asarray(roots)


def peak_frequencies(weight: Values) -> Values:
    """Where each kernel's magnitude spectrum is largest, its input channels added up, in cycles per sample.

    weight (N, C, *kernel); of several axes the distance from zero frequency. A kernel of zeros has 0.
    """
    rank = weight.ndim - 2
    if rank not in SPECTRUM_POINTS:
        return np.zeros(len(weight))
    axes = tuple(range(2, weight.ndim))
    points = [max(SPECTRUM_POINTS[rank], size) for size in weight.shape[2:]]
    clean: Any = np.nan_to_num(weight.astype(np.float64), posinf=0.0, neginf=0.0)
    powers = ((np.abs(np.fft.rfftn(kernel[None], points, axes)) ** 2).sum(axis=(0, 1)) for kernel in clean)
    peaks = np.array([int(np.argmax(power)) for power in powers])
    frequencies = [np.abs(np.fft.fftfreq(size)) for size in points[:-1]] + [np.fft.rfftfreq(points[-1])]
    radius = np.sqrt(sum(axis**2 for axis in np.meshgrid(*frequencies, indexing="ij")))
    return np.asarray(radius.ravel()[peaks])


def _descending(amounts: Values) -> Chosen:
    return np.argsort(-np.nan_to_num(amounts, nan=-np.inf), kind="stable")
