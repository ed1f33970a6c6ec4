"""What a spectrogram kernel listens for: a sustained band, a transient, or a glide up or down.

A kernel's 2-D spectrum says along which direction it varies. Its second moments are a 2x2 matrix whose larger
eigenvector is that direction, and whose eigenvalues say how far one direction outdoes the other (coherence).
A kernel that varies along frequency and not along time holds a sustained band; and so on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]

SIMULATED: Final = 4000
SEED: Final = 0
LEVEL: Final = 0.95

SUSTAINED: Final = "sustained"
TRANSIENT: Final = "transient"
GLIDE_UP: Final = "glide up"
GLIDE_DOWN: Final = "glide down"


def read(kernels: Values) -> list[str]:
    """The reading of each kernel (N, C, F, T), lowest frequency first in F; "" where it is no clearer than chance.

    Chance: its coherence must exceed that of 95 % of random kernels of the same size (normal, seeded).
    """
    clean = np.nan_to_num(kernels.astype(np.float64), posinf=0.0, neginf=0.0)
    coherence, direction = orientation(clean)
    clear = coherence > chance_level(*kernels.shape[1:])
    return [_word(angle) if is_clear else "" for angle, is_clear in zip(direction, clear, strict=True)]


def _word(angle: float) -> str:
    """Of the direction of variation, in radians from the frequency axis towards time, within ±π/2."""
    degrees = float(np.degrees(angle))
    if abs(degrees) < 22.5:
        return SUSTAINED
    if abs(degrees) > 67.5:
        return TRANSIENT
    return GLIDE_UP if degrees < 0 else GLIDE_DOWN


def orientation(kernels: Values) -> tuple[Values, Values]:
    """Coherence (λ1-λ2)/(λ1+λ2) of the second moments, 0..1, and the direction of variation. Shape (N,) each."""
    ff, ft, tt = second_moments(kernels)
    difference = np.hypot(ff - tt, 2 * ft)
    total = ff + tt
    coherence = np.divide(difference, total, out=np.zeros_like(total), where=total > 0)
    return coherence, 0.5 * np.arctan2(2 * ft, ff - tt)


def second_moments(kernels: Values) -> tuple[Values, Values, Values]:
    """∫∫ u², uv, v² · |W(u,v)|² over all frequencies -½..½ (cycles per bin and per frame), channels added up.

    Worked out exactly, without a grid of frequencies: by Parseval each is a quadratic form in the weights, with
    ∫u² cos(2πum) du = 1/12 for m = 0, else (-1)^m/(2π²m²), and ∫u sin(2πum) du = 0, else -(-1)^m/(2πm).
    """
    even_f, odd_f = _forms(kernels.shape[2])
    even_t, odd_t = _forms(kernels.shape[3])
    ff = np.einsum("ncft,fg,ncgt->n", kernels, even_f, kernels, optimize=True)
    tt = np.einsum("ncft,ts,ncfs->n", kernels, even_t, kernels, optimize=True)
    ft = -np.einsum("ncft,fg,ts,ncgs->n", kernels, odd_f, odd_t, kernels, optimize=True)
    return ff, ft, tt


def _forms(size: int) -> tuple[Values, Values]:
    """The matrices of ∫u² and ∫u over differences of positions, each (size, size)."""
    apart = np.subtract.outer(np.arange(size), np.arange(size)).astype(np.float64)
    sign = np.where(apart % 2 == 0, 1.0, -1.0)
    safe = np.where(apart == 0, 1.0, apart)
    even = np.where(apart == 0, 1 / 12, sign / (2 * np.pi**2 * safe**2))
    odd = np.where(apart == 0, 0.0, -sign / (2 * np.pi * safe))
    return even, odd


@lru_cache
def chance_level(channels: int, height: int, width: int) -> float:
    """The coherence that 95 % of random kernels of that size stay below, by the same formula."""
    generator = np.random.default_rng(SEED)
    count = max(400, min(SIMULATED, 4_000_000 // (channels * height * width)))
    coherence, _ = orientation(generator.standard_normal((count, channels, height, width)))
    return float(np.quantile(coherence, LEVEL))
