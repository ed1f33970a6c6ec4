"""Sound as a picture: the short-time Fourier transform and the mel filter bank, as librosa, torch and Kaldi make them.

Worked out in double precision, so that quiet bands keep their decibels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np

from netinspect.errors import InputError
from netinspect.language.prepared_sizes import mel_corners, samples_for, to_mel
from netinspect.recording import Array

_PADDING: Final[dict[str, Literal["reflect", "constant", "edge"]]] = {
    "reflect": "reflect",
    "constant": "constant",
    "replicate": "edge",
}
"""numpy's words for what lies beyond the ends of a sound."""

COLUMNS_AT_ONCE: Final = 4096
"""So many windows are laid out together: of a long sound they would take many times its own memory."""

_SMALLEST_RANGE: Final = 1e-8
"""A spectrogram whose values lie closer together than this, as those of silence, is not stretched from 0 to 1."""


def stft(samples: Array, settings: Mapping[str, Any]) -> Array:
    """|STFT| to the `power` (2: power, 1: magnitude). samples (…, time) to (…, n_fft // 2 + 1, columns).

    The sound is brought to its length, cut into one stretch a column, each stretch made ready, laid under the window
    and transformed. InputError for a sound too short for one column.
    """
    sound = samples.astype(np.float64).reshape(math.prod(samples.shape[:-1]), samples.shape[-1])
    if settings["pad_to"] is not None:
        sound = brought_to(sound, settings["pad_to"])
    if settings["pad_last"]:
        sound = brought_to(sound, sound.shape[-1] + -sound.shape[-1] % settings["hop_length"])
    span, pad, length = settings[settings["frames_of"]], settings["pad"], sound.shape[-1]
    least = samples_for(1, settings)
    if pad and settings["pad_mode"] == "reflect":
        least = max(least, pad + 1)
    if length < least:
        raise InputError(
            f"the sound has {length:,} samples; {settings['frames_of']} = {span:,} needs at least {least:,}"
        )
    sound = np.pad(sound, ((0, 0), (pad, pad)), mode=_PADDING[settings["pad_mode"]])
    frames = np.lib.stride_tricks.sliding_window_view(sound, span, axis=-1)[:, :: settings["hop_length"]]
    if settings["drop_last"]:
        frames = frames[:, :-1]
    window = _window(settings)
    left = (span - len(window)) // 2
    window = np.pad(window, (left, span - len(window) - left))
    parts = (frames[:, first : first + COLUMNS_AT_ONCE] for first in range(0, frames.shape[1], COLUMNS_AT_ONCE))
    spectra = [np.abs(np.fft.rfft(_emphasised(part, settings) * window, settings["n_fft"])) for part in parts]
    values = np.concatenate(spectra, axis=1).swapaxes(-1, -2)
    if settings["eps"]:
        values = np.sqrt(values**2 + settings["eps"])
    values = values ** settings["power"]
    return np.asarray(values.reshape(*samples.shape[:-1], *values.shape[1:]))


def _emphasised(frames: Array, settings: Mapping[str, Any]) -> Array:
    """(…, samples of a column) without their mean and with what is low among them made weaker, as the settings say."""
    if settings["remove_dc_offset"]:
        frames = frames - frames.mean(axis=-1, keepdims=True)
    if settings["preemphasis"]:
        before = np.concatenate((frames[..., :1], frames[..., :-1]), axis=-1)
        frames = frames - settings["preemphasis"] * before
    return frames


def _window(settings: Mapping[str, Any]) -> Array:
    """(win_length,), from 0 to 1."""
    length = settings["win_length"]
    points = length + 1 if settings["periodic"] else length
    if length == 1 or settings["window"] == "rectangular":
        return np.ones(length)
    match settings["window"]:
        case "hamming":
            window = np.hamming(points)
        case "blackman":
            window = np.blackman(points)
        case "povey":
            window = np.hanning(points) ** 0.85
        case _:
            window = np.hanning(points)
    return window[:length]


def brought_to(values: Array, size: int) -> Array:
    """The last axis cut to `size`, or filled with zeros."""
    missing = max(0, size - values.shape[-1])
    return np.pad(values[..., :size], [(0, 0)] * (values.ndim - 1) + [(0, missing)])


# --- mel -----------------------------------------------------------------------------------------


def log_mel(samples: Array, settings: Mapping[str, Any]) -> Array:
    """The mel spectrogram in the unit of `log`, less `mean` and divided by `std`. samples (…, time) to
    (…, n_mels, columns)."""
    mel = mel_filters(settings) @ stft(samples, settings) * settings["gain"] + settings["offset"]
    base = {"db": 10 ** (1 / 10), "amplitude_db": 10 ** (1 / 20), "log10": 10, "ln": math.e}.get(settings["log"])
    result = mel if base is None else np.log(np.maximum(mel, settings["amin"])) / math.log(base)
    if settings["top_db"] is not None:
        loudest = result.max(axis=(-2, -1), keepdims=True)
        ratio = 10 ** (settings["top_db"] / (20 if settings["log"] == "amplitude_db" else 10))
        lowest = loudest / ratio if base is None else loudest - math.log(ratio) / math.log(base)
        result = np.maximum(result, lowest)
    if settings["columns"] is not None:
        result = brought_to(result, settings["columns"])
    result = (result - settings["mean"]) / settings["std"]
    if settings["min_max"]:
        lowest, highest = (bound(result, axis=(-2, -1), keepdims=True) for bound in (np.min, np.max))
        result = (result - lowest) / np.maximum(highest - lowest, _SMALLEST_RANGE)
    return np.asarray(result)


def mel_filters(settings: Mapping[str, Any]) -> Array:
    """Triangles over the bins of the STFT, (n_mels, n_fft // 2 + 1); with norm "slaney" each of area one in Hz."""
    hertz = np.array(mel_corners(settings))
    corners, bins = hertz, stft_frequencies(settings["n_fft"], settings["sample_rate"])
    if settings["triangles"] == "mel":
        corners, bins = (np.array([to_mel(settings)(float(f)) for f in values]) for values in (corners, bins))
    widths = np.diff(corners)[:, None]
    slopes = corners[:, None] - bins[None, :]
    rising, falling = -slopes[:-2] / widths[:-1], slopes[2:] / widths[1:]
    filters = np.maximum(0, np.minimum(rising, falling))
    if settings["norm"] == "slaney":
        filters *= (2 / (hertz[2:] - hertz[:-2]))[:, None]
    return np.asarray(filters)


def mel_frequencies(settings: Mapping[str, Any]) -> Array:
    """In Hz, the middle of each band."""
    return np.array(mel_corners(settings)[1:-1])


def stft_frequencies(n_fft: int, sample_rate: int) -> Array:
    """In Hz, one for each row of an STFT."""
    return np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
