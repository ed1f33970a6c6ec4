"""The sizes that `preprocess` gives real data, as far as the spec alone says them, and the bands of a `log_mel`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

SOUND_STEPS: Final = frozenset({"sample_rate", "frame", "hop_length", "pad_to", "normalize", "stft", "log_mel"})
"""The steps that only sound has."""


def columns_of(length: int, settings: Mapping[str, Any]) -> int:
    """How many columns the STFT of a sound of so many samples has."""
    hop = settings["hop_length"]
    length += -length % hop if settings["pad_last"] else 0
    return int((length - _beyond_hops(settings)) // hop + 1 - settings["drop_last"])


def samples_for(columns: int, settings: Mapping[str, Any]) -> int:
    """The shortest sound of which an STFT has so many columns."""
    return max(1, int((columns - 1 + settings["drop_last"]) * settings["hop_length"] + _beyond_hops(settings)))


def _beyond_hops(settings: Mapping[str, Any]) -> int:
    """The samples that the first column takes of the sound itself."""
    return int(settings[settings["frames_of"]] - 2 * settings["pad"])


def sound_axes(axes: Sequence[str], *, is_spectral: bool) -> tuple[int | None, int | None]:
    """Which axes of an input are time and frequency; None where there is none, or it is not asked for."""
    time = next((axes.index(name) for name in ("time", "width") if name in axes), None)
    frequency = next((axes.index(n) for n in ("mel", "freq", "height", "features", "channels") if n in axes), None)
    return time, frequency if is_spectral else None


def sound_sizes(steps: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Of a sound the rows of its spectrogram, and its columns or samples; None for what depends on the sound."""
    rows, length = None, steps.get("pad_to", steps.get("frame"))
    for step in steps.keys() & {"stft", "log_mel"}:
        settings = steps[step]
        rows = settings["n_mels"] if step == "log_mel" else settings["n_fft"] // 2 + 1
        samples = settings["pad_to"] or length
        length = settings.get("columns") or (None if samples is None else columns_of(samples, settings))
    return rows, length


def picture_sizes(steps: Mapping[str, Any]) -> tuple[int, int] | None:
    """Height and width that every picture is brought to; None where they depend on the picture or are the input's."""
    sides: tuple[int, int] | None = None
    for step, setting in steps.items():
        size = setting["size"] if isinstance(setting, Mapping) and step == "resize" else setting
        if step == "center_crop" and isinstance(size, int):
            sides = size, size
        elif step == "resize" and isinstance(size, int):
            sides = sides and resized_sides(*sides, size)
        elif step in ("resize", "center_crop"):
            sides = size if isinstance(size, tuple) else None
    return sides


def resized_sides(height: int, width: int, shorter: int) -> tuple[int, int]:
    """The sides of a picture whose shorter one is brought to `shorter`, the longer one in proportion and cut off to
    whole pixels, as torchvision does."""
    longer = int(shorter * max(height, width) / min(height, width))
    return (shorter, longer) if height <= width else (longer, shorter)


# --- the bands of a log_mel ----------------------------------------------------------------------


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
