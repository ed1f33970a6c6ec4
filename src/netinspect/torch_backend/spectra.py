"""Sound as a picture: the short-time Fourier transform and the mel filter bank, agreeing with librosa's.

Worked out in double precision, so that quiet bands keep their decibels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch

from netinspect.errors import InputError
from netinspect.recording import Array

_WINDOWS: Final = {"hann": torch.hann_window, "hamming": torch.hamming_window}

_SLANEY_STEP: Final = 200 / 3
"""Hz a mel below 1000 Hz; above, 27 mels are a factor of 6.4 (Slaney, Auditory Toolbox, 1998)."""
_SLANEY_BREAK: Final = 1000.0
_SLANEY_LOG: Final = math.log(6.4) / 27


def stft(samples: Array, settings: Mapping[str, Any]) -> Array:
    """|STFT| to the `power` (2: power, 1: magnitude). samples (…, time) to (…, n_fft // 2 + 1, columns).

    InputError for a sound too short for one column.
    """
    n_fft, pad_mode = settings["n_fft"], settings["pad_mode"]
    length = samples.shape[-1]
    least = (n_fft // 2 + 1 if pad_mode == "reflect" else 1) if settings["center"] else n_fft
    if length < least:
        raise InputError(f"the sound has {length:,} samples; n_fft = {n_fft:,} needs at least {least:,}")
    flat = torch.from_numpy(np.array(samples, dtype=np.float64)).reshape(-1, length)
    window = _WINDOWS[settings["window"]](n_fft, dtype=torch.float64)
    spectrum = torch.stft(
        flat, n_fft, settings["hop_length"], window=window, center=settings["center"], pad_mode=pad_mode,
        return_complex=True,
    )  # fmt: skip
    values = spectrum.abs() ** settings["power"]
    return np.asarray(values.reshape(*samples.shape[:-1], *values.shape[1:]).numpy())


def log_mel(samples: Array, settings: Mapping[str, Any]) -> Array:
    """The mel spectrogram in the unit of `log`. samples (…, time) to (…, n_mels, columns)."""
    mel = mel_filters(settings) @ stft(samples, settings)
    floored = np.maximum(mel, settings["amin"])
    match settings["log"]:
        case "db":
            result = 10 * np.log10(floored)
        case "log10":
            result = np.log10(floored)
        case "ln":
            result = np.log(floored)
        case _:
            result = mel
    if settings["top_db"] is not None:
        result = np.maximum(result, result.max(axis=(-2, -1), keepdims=True) - settings["top_db"])
    return np.asarray(result)


def mel_filters(settings: Mapping[str, Any]) -> Array:
    """Triangles over the bins of the STFT, (n_mels, n_fft // 2 + 1); with norm "slaney" each of area one in Hz."""
    bins = stft_frequencies(settings["n_fft"], settings["sample_rate"])
    corners = mel_frequencies(settings, settings["n_mels"] + 2)
    widths = np.diff(corners)[:, None]
    slopes = corners[:, None] - bins[None, :]
    rising, falling = -slopes[:-2] / widths[:-1], slopes[2:] / widths[1:]
    filters = np.maximum(0, np.minimum(rising, falling))
    if settings["norm"] == "slaney":
        filters *= (2 / (corners[2:] - corners[:-2]))[:, None]
    return np.asarray(filters)


def mel_frequencies(settings: Mapping[str, Any], count: int) -> Array:
    """`count` frequencies in Hz from fmin to fmax, equally far apart in mel."""
    to_mel, to_hz = (_hz_to_slaney, _slaney_to_hz) if settings["mel_scale"] == "slaney" else (_hz_to_htk, _htk_to_hz)
    ends = to_mel(np.array([settings["fmin"], settings["fmax"]], dtype=float))
    return to_hz(np.linspace(ends[0], ends[1], count))


def stft_frequencies(n_fft: int, sample_rate: int) -> Array:
    """In Hz, one for each row of an STFT."""
    return np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)


def _hz_to_slaney(frequencies: Array) -> Array:
    linear = frequencies / _SLANEY_STEP
    above = _SLANEY_BREAK / _SLANEY_STEP + np.log(np.maximum(frequencies, _SLANEY_BREAK) / _SLANEY_BREAK) / _SLANEY_LOG
    return np.where(frequencies < _SLANEY_BREAK, linear, above)


def _slaney_to_hz(mels: Array) -> Array:
    at_break = _SLANEY_BREAK / _SLANEY_STEP
    above = _SLANEY_BREAK * np.exp(_SLANEY_LOG * (np.maximum(mels, at_break) - at_break))
    return np.where(mels < at_break, mels * _SLANEY_STEP, above)


def _hz_to_htk(frequencies: Array) -> Array:
    return np.asarray(2595 * np.log10(1 + frequencies / 700))


def _htk_to_hz(mels: Array) -> Array:
    return np.asarray(700 * (10 ** (mels / 2595) - 1))
