"""The bands of a `log_mel`: where on the mel scale they lie, and how many meet no bin of the Fourier transform."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

_SLANEY_STEP: Final = 200 / 3
"""Hz a mel below 1000 Hz; above, 27 mels are a factor of 6.4 (Slaney, Auditory Toolbox, 1998)."""
_SLANEY_BREAK: Final = 1000.0
_SLANEY_LOG: Final = math.log(6.4) / 27


def to_mel(settings: Mapping[str, Any]) -> Callable[[float], float]:
    """Hz to mel on the scale that `mel_scale` names."""
    return _hz_to_slaney if settings["mel_scale"] == "slaney" else _hz_to_htk


def mel_corners(settings: Mapping[str, Any]) -> list[float]:
    """In Hz, n_mels + 2 of them from fmin to fmax, equally far apart in mel: band k rises from corner k to k + 1 and
    falls to k + 2."""
    scale, back = to_mel(settings), _slaney_to_hz if settings["mel_scale"] == "slaney" else _htk_to_hz
    low, high, steps = scale(settings["fmin"]), scale(settings["fmax"]), settings["n_mels"] + 1
    return [back(low + (high - low) * step / steps) for step in range(steps + 1)]


def empty_bands(settings: Mapping[str, Any]) -> int:
    """How many bands lie between two bins of the Fourier transform and are 0 whatever the sound. Bins and corners are
    compared on the scale in which the filters are triangles, so that both agree on a bin that lies on a corner."""
    corners, bin_width = mel_corners(settings), settings["sample_rate"] / settings["n_fft"]
    scale: Callable[[float], float] = to_mel(settings) if settings["triangles"] == "mel" else float

    def is_empty(low: float, high: float) -> bool:
        near = math.floor(low / bin_width)
        bins = [number for number in (near, near + 1, near + 2) if number <= settings["n_fft"] // 2]
        return not any(scale(low) < scale(number * bin_width) < scale(high) for number in bins)

    return sum(is_empty(low, high) for low, high in zip(corners, corners[2:], strict=False))


def empty_bands_in_words(settings: Mapping[str, Any]) -> str | None:
    """What is to be said of empty bands; None where there are none."""
    empty = empty_bands(settings)
    if not empty:
        return None
    return f"{empty:,} of the {settings['n_mels']:,} mel bands are empty: they are 0 whatever the sound"


def _hz_to_slaney(hertz: float) -> float:
    if hertz < _SLANEY_BREAK:
        return hertz / _SLANEY_STEP
    return _SLANEY_BREAK / _SLANEY_STEP + math.log(hertz / _SLANEY_BREAK) / _SLANEY_LOG


def _slaney_to_hz(mel: float) -> float:
    at_break = _SLANEY_BREAK / _SLANEY_STEP
    return mel * _SLANEY_STEP if mel < at_break else _SLANEY_BREAK * math.exp(_SLANEY_LOG * (mel - at_break))


def _hz_to_htk(hertz: float) -> float:
    """2595·log10(1 + f/700), which is Kaldi's 1127·ln(1 + f/700) but for a factor that the bands do not depend on."""
    return 2595 * math.log10(1 + hertz / 700)


def _htk_to_hz(mel: float) -> float:
    return float(700 * (10 ** (mel / 2595) - 1))
