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
    """How many bands lie between two bins of the Fourier transform and are 0 whatever the sound."""
    corners, bin_width = mel_corners(settings), settings["sample_rate"] / settings["n_fft"]
    return sum(
        (math.floor(low / bin_width) + 1) * bin_width >= high for low, high in zip(corners, corners[2:], strict=False)
    )


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
