"""Sound as a picture: the short-time Fourier transform and the mel filter bank, as librosa, torch and Kaldi make them.

Worked out in double precision, so that quiet bands keep their decibels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from netinspect.errors import InputError
from netinspect.language.mel_bands import mel_corners, to_mel
from netinspect.language.prepared_sizes import samples_for
from netinspect.recording import Array

COLUMNS_AT_ONCE: Final = 4096
"""So many windows are laid out together: of a long sound they would take many times its own memory."""

_SMALLEST_RANGE: Final = 1e-8
"""A spectrogram whose values lie closer together than this, as those of silence, is not stretched from 0 to 1."""


def stft(samples: Array, settings: Mapping[str, Any]) -> Array:
    """|STFT| to the `power` (2: power, 1: magnitude). samples (…, time) to (…, n_fft // 2 + 1, columns).

    The sound is brought to its length, cut into one stretch a column, each stretch made ready, laid under the window
    and transformed. InputError for a sound too short for one column.
    """
    sound = torch.from_numpy(np.array(samples, dtype=np.float64)).reshape(
        math.prod(samples.shape[:-1]), 1, samples.shape[-1]
    )
    if settings["pad_to"] is not None:
        sound = torch.nn.functional.pad(sound, (0, settings["pad_to"] - sound.shape[-1]))
    if settings["pad_last"]:
        sound = torch.nn.functional.pad(sound, (0, -sound.shape[-1] % settings["hop_length"]))
    span, pad, length = settings[settings["frames_of"]], settings["pad"], sound.shape[-1]
    least = samples_for(1, settings)
    if pad and settings["pad_mode"] == "reflect":
        least = max(least, pad + 1)
    if length < least:
        raise InputError(
            f"the sound has {length:,} samples; {settings['frames_of']} = {span:,} needs at least {least:,}"
        )
    sound = torch.nn.functional.pad(sound, (pad, pad), mode=settings["pad_mode"])
    frames = sound[:, 0].unfold(-1, span, settings["hop_length"])
    if settings["drop_last"]:
        frames = frames[:, :-1]
    window = _window(settings)
    left = (span - len(window)) // 2
    window = torch.nn.functional.pad(window, (left, span - len(window) - left))
    spectra = [torch.fft.rfft(_emphasised(part, settings) * window, settings["n_fft"]).abs()
               for part in torch.split(frames, COLUMNS_AT_ONCE, dim=1)]  # fmt: skip
    values = torch.cat(spectra, dim=1).transpose(-1, -2)
    if settings["eps"]:
        values = torch.sqrt(values**2 + settings["eps"])
    values = values ** settings["power"]
    return np.asarray(values.reshape(*samples.shape[:-1], *values.shape[1:]).numpy())


def _emphasised(frames: Tensor, settings: Mapping[str, Any]) -> Tensor:
    """(…, samples of a column) without their mean and with what is low among them made weaker, as the settings say."""
    if settings["remove_dc_offset"]:
        frames = frames - frames.mean(dim=-1, keepdim=True)
    if settings["preemphasis"]:
        before = torch.cat((frames[..., :1], frames[..., :-1]), dim=-1)
        frames = frames - settings["preemphasis"] * before
    return frames


def _window(settings: Mapping[str, Any]) -> Tensor:
    """(win_length,), from 0 to 1."""
    length, is_periodic = settings["win_length"], settings["periodic"]
    match settings["window"]:
        case "hamming":
            return torch.hamming_window(length, periodic=is_periodic, dtype=torch.float64)
        case "blackman":
            return torch.blackman_window(length, periodic=is_periodic, dtype=torch.float64)
        case "rectangular":
            return torch.ones(length, dtype=torch.float64)
        case name:
            hann = torch.hann_window(length, periodic=is_periodic, dtype=torch.float64)
            return hann**0.85 if name == "povey" else hann


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
