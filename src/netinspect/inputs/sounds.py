"""A sound file to an input of the network, by the steps of `preprocess` and no others.

The sound is cut into frames first, and `normalize` makes each of mean 0 and deviation 1; then come pad_to, scale, mean,
std, stft and log_mel in the order they are written. Nothing is resampled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from netinspect.errors import InputError, Unreadable
from netinspect.extras import need
from netinspect.inputs.preprocessing import STEPS, apply_step
from netinspect.inputs.spectra import (
    brought_to,
    log_mel,
    mel_frequencies,
    stft,
    stft_frequencies,
)
from netinspect.language.prepared_sizes import columns_of, samples_for, sound_axes
from netinspect.machine import refuse_beyond
from netinspect.network.network import NetworkInput
from netinspect.recording import Array, Prepared, Sound, Spectrogram

_SMALLEST_DEVIATION: Final = 1e-10
_MOST_CHANNELS: Final = 8
"""Those of 7.1 surround; what has more is no sound as it is recorded."""


def read_sound(path: Path, *, memory_limit: int | None = None) -> Sound:
    """The samples from -1 to 1, as float32, (channels, time); whole numbers are divided by their range.

    Unreadable, or InputError where it would take more than `memory_limit` bytes.
    """
    need("soundfile", purpose="reading a sound")
    import soundfile

    try:
        # opened here, since soundfile cannot open a file whose name is no UTF-8
        with path.open("rb") as data, soundfile.SoundFile(data) as file:
            refuse_beyond(8 * file.frames * file.channels, memory_limit, f"the sound {path.name}")
            samples = file.read(dtype="float32", always_2d=True)
            rate = file.samplerate
    except (soundfile.SoundFileError, OSError, RuntimeError, ValueError, TypeError) as error:
        said = " ".join(str(error).split())
        reason = (said.rpartition("': ")[2] or said).rstrip(".")[:200]
        raise Unreadable(f"cannot read the sound {path}: {reason}", reason) from error
    if not len(samples):
        raise Unreadable(f"{path} holds no sound: 0 samples", "holds no sound")
    return Sound(np.ascontiguousarray(samples.T), rate)


def prepare_sound(sound: Sound, target: NetworkInput, source: str, *, memory_limit: int | None = None) -> Prepared:
    """A sound as one sample, or as many as it has frames. InputError if it does not fit; Unreadable if it is shorter
    than one frame."""
    steps = target.preprocess
    rate = _stated_rate(steps)
    if rate is not None and sound.sample_rate not in (None, rate):
        like = steps.get("log_mel", {}).get("like")
        # Another rate is no longer like it, and is wrong for weights that were learned at the rate of the spec.
        instead = "" if like else f"; without trained weights, write `sample_rate: {sound.sample_rate}` instead"
        raise InputError(
            f"{source} has {sound.sample_rate:,} samples a second, and the input takes {rate:,}"
            f"{f', as {like} does' if like else ''}; nothing is resampled: "
            f"`ffmpeg -i {source} -ar {rate} resampled.wav`{instead}"
        )
    spectral = next((steps[step] for step in ("stft", "log_mel") if step in steps), None)
    _check_is_sound(target, source, spectral=spectral is not None)
    # The input takes as many channels as its axis `channels` is long, unless that holds the frequencies.
    channels = 1
    if "channels" in target.axes:
        axis = target.axes.index("channels")
        if spectral is None or _places(target, spectral=True)[1] != axis:
            channels = target.value.type.shape[1 + axis]
    refuse_beyond(4 * channels * sound.samples.shape[-1], memory_limit, f"{source} in {channels:,} channels")
    samples, notes = _mixed(sound.samples, channels)
    frames, starts = _frames(samples, steps, source, memory_limit)
    if "normalize" in steps:
        # Each frame with its mean removed, divided by its deviation
        settings = steps["normalize"]
        centred = frames - frames.mean(axis=-1, keepdims=True)
        count = max(1, frames.shape[-1] - settings["correction"])
        variance = np.square(centred).sum(axis=-1, keepdims=True) / count + settings["eps"]
        frames = np.asarray(centred / np.maximum(np.sqrt(variance), _SMALLEST_DEVIATION))
    _check_memory(frames.shape, steps, source, memory_limit)
    values = _stepped(frames, steps)
    array = _arranged(values, target, steps, source).astype(target.value.type.dtype)
    notes = (*notes, *_brought_to_length(frames.shape[-1], steps, sound.sample_rate))
    if np.isnan(array).any():
        notes = (*notes, "the sound holds values that are no numbers")
    return Prepared(
        target.name,
        source,
        array,
        target.axes,
        sound=sound,
        frame_starts=starts,
        notes=notes,
        spectrogram=_spectrogram(frames[:1], steps, sound.sample_rate) if spectral is not None else None,
    )


# --- what the file must be -------------------------------------------------------------------


def sample_rate(target: NetworkInput) -> int | None:
    """Samples a second, as the spec says; None where it does not."""
    return _stated_rate(target.preprocess)


def _stated_rate(steps: Mapping[str, Any]) -> int | None:
    rate: int | None = steps.get("sample_rate", steps.get("log_mel", {}).get("sample_rate"))
    return rate


def _check_is_sound(target: NetworkInput, source: str, *, spectral: bool) -> None:
    """InputError for an input that takes no sound as `preprocess` stands: whole numbers, columns of a spectrogram that
    it does not make, a picture."""
    time, _ = _places(target, spectral=spectral)
    shape = target.value.type.shape[1:]
    others = {name: size for axis, (name, size) in enumerate(zip(target.axes, shape, strict=True)) if axis != time}
    channels = others.pop("channels", 1)
    rows = next((name for name, size in others.items() if size > 1), None)
    array = f"an array (.npy) of ({', '.join(map(str, shape))})"
    if not target.value.type.is_float:
        dtype = target.value.type.dtype
        raise InputError(f"{source} is a sound, and the input `{target.name}` takes {dtype}; give {array}")
    if spectral or (rows is None and channels <= _MOST_CHANNELS):
        return
    if rows in ("mel", "freq"):
        step = f"log_mel: {{sample_rate: …, n_fft: …, hop_length: …, n_mels: {others[rows]}}}"
        step = step if rows == "mel" else f"stft: {{n_fft: {2 * others[rows] - 2}, hop_length: …}}"
        raise InputError(
            f"{source} is a sound, and the input takes columns of {others[rows]} ({rows}), which `preprocess` does not "
            f"make of one; write `{step}` there, or give {array}"
        )
    axes = ", ".join(f"{name}: {size}" for name, size in zip(target.axes, shape, strict=True))
    raise InputError(f"{source} is a sound, and the input `{target.name}` is ({axes}); give {array}")


def _mixed(samples: Array, needed: int) -> tuple[Array, tuple[str, ...]]:
    """(channels, time) with the wanted number of channels: the mean of all, or one repeated."""
    channels = len(samples)
    if channels == needed:
        return samples, ()
    if needed == 1:
        return samples.mean(axis=0, keepdims=True), (f"the mean of {channels} channels",)
    if channels == 1:
        return np.repeat(samples, needed, axis=0), (f"one channel, repeated for {needed}",)
    raise InputError(f"the sound has {channels} channels, and the input takes {needed}")


# --- steps -----------------------------------------------------------------------------------


def _frames(
    samples: Array, steps: Mapping[str, Any], source: str, memory_limit: int | None
) -> tuple[Array, tuple[int, ...]]:
    """(frames, channels, time), and where each frame starts; the whole sound without `frame`."""
    size, length = steps.get("frame"), samples.shape[-1]
    if size is None:
        return samples[None], ()
    if length < size:
        reason = f"has {length:,} samples, fewer than one frame of {size:,}"
        raise Unreadable(f"{source} {reason}", reason)
    hop = steps.get("hop_length", size)
    needed = 24 * len(samples) * size * ((length - size) // hop + 1)
    refuse_beyond(needed, memory_limit, f"cutting {source} into frames")
    cut = np.lib.stride_tricks.sliding_window_view(samples, size, axis=-1)[:, ::hop]
    return np.moveaxis(cut, 1, 0), tuple(range(0, length - size + 1, hop))


def _brought_to_length(length: int, steps: Mapping[str, Any], rate: int | None) -> tuple[str, ...]:
    """What `pad_to` and `columns` did to a sound of so many samples, in words."""
    notes = []

    def bring(size: int | None, length: int, per_second: int | None, unit: str) -> int:
        if size is None or size == length:
            return length
        brought, part = (f"{count / per_second:,.5g}" if per_second else f"{count:,}" for count in (size, length))
        notes.append(
            f"the first {brought} of {part} {unit}" if size < length else f"{part} {unit}, with zeros to {brought}"
        )
        return size

    for step, setting in steps.items():
        if step == "pad_to":
            length = bring(setting, length, rate, "s" if rate else "samples")
        elif step in ("stft", "log_mel"):
            length = bring(setting["pad_to"], length, rate, "s" if rate else "samples")
            bring(setting.get("columns"), columns_of(length, setting), None, "columns")
    return tuple(notes)


def _check_memory(shape: tuple[int, ...], steps: Mapping[str, Any], source: str, memory_limit: int | None) -> None:
    """InputError where a step makes of (frames, channels, time) more than `memory_limit` bytes: numbers of eight bytes,
    and while one is worked out another of its size."""
    *several, length = shape
    for step, setting in steps.items():
        rows, columns = 1, length
        if step == "pad_to":
            length = columns = setting
        elif step in ("stft", "log_mel"):
            length = setting["pad_to"] or length
            bins = setting["n_fft"] // 2 + 1
            columns = columns_of(length, setting)
            if step == "log_mel":
                refuse_beyond(24 * setting["n_mels"] * bins, memory_limit, "the mel filters of `log_mel`")
                columns = max(columns, setting["columns"] or 0)
            rows = max(bins, setting.get("n_mels", 1))
        else:
            continue
        refuse_beyond(16 * math.prod(several) * rows * max(columns, 0), memory_limit, f"`{step}` of {source}")


def _stepped(values: Array, steps: Mapping[str, Any]) -> Array:
    """(frames, channels, time), after stft or log_mel (frames, channels, frequency, columns)."""
    for step, setting in steps.items():
        if step in STEPS:
            values = apply_step(values, step, setting, channel_axis=1)
        elif step == "pad_to":
            values = brought_to(values, setting)
        elif step == "stft":
            values = stft(values, setting)
        elif step == "log_mel":
            values = log_mel(values, setting)
    return values


# --- axes ------------------------------------------------------------------------------------


def _places(target: NetworkInput, *, spectral: bool) -> tuple[int, int | None]:
    """Which axis of the input is time, and which frequency. InputError where there is none."""
    time, frequency = sound_axes(target.axes, is_spectral=spectral)
    if time is None or (spectral and frequency is None):
        names = ", ".join(target.axes) or "one number"
        raise InputError(f"a sound needs an axis `time`{' and one `mel` or `freq`' if spectral else ''}; here: {names}")
    return time, frequency


def _arranged(values: Array, target: NetworkInput, steps: Mapping[str, Any], source: str) -> Array:
    """(samples, *sizes): every axis where the input has it, those it does not have must be of size 1."""
    time, frequency = _places(target, spectral=values.ndim == 4)
    channels = next((i for i, n in enumerate(target.axes) if n == "channels" and i != frequency), None)
    input_sizes = target.value.type.shape[1:]
    sizes = [1] * len(input_sizes)
    sizes[time] = values.shape[-1]
    if frequency is not None:
        sizes[frequency] = values.shape[-2]
    if channels is not None:
        sizes[channels] = values.shape[1]
    elif values.shape[1] != 1:
        raise InputError(f"{source}: the input has no axis for {values.shape[1]} channels")
    if tuple(sizes) != input_sizes:
        raise InputError(_misfit(tuple(sizes), target, steps, (time, frequency), source))
    present = [(time, values.ndim - 1), (frequency, 2), (channels, 1)]
    order = [source_axis for place, source_axis in sorted((p, a) for p, a in present if p is not None)]
    left = [axis for axis in range(1, values.ndim) if axis not in order]
    return values.transpose(0, *left, *order).reshape(len(values), *input_sizes)


def _misfit(
    sizes: tuple[int, ...], target: NetworkInput, steps: Mapping[str, Any], places: tuple[int, int | None], source: str
) -> str:
    input_sizes, (time, frequency) = target.value.type.shape[1:], places
    shape = ",".join(map(str, sizes))
    if frequency is not None and sizes[frequency] != input_sizes[frequency]:
        return (
            f"{source} gives a spectrogram of {sizes[frequency]} rows, and the input takes {input_sizes[frequency]} "
            f"({target.axes[frequency]}); change one of them, or --input-shape {shape}"
        )
    what = "columns" if frequency is not None else "samples"
    advice = _length_for(input_sizes[time], steps, is_short=sizes[time] < input_sizes[time])
    return (
        f"{source} gives {sizes[time]:,} {what}, and the input takes {input_sizes[time]:,} ({target.axes[time]}); "
        f"{advice}, or --input-shape {shape}"
    )


def _length_for(size: int, steps: Mapping[str, Any], *, is_short: bool) -> str:
    """What to write for `size` samples or columns. Of a sound that is too short no frame can be cut."""
    spectral = next((steps[step] for step in ("stft", "log_mel") if step in steps), None)
    if spectral is not None and spectral.get("columns") is not None:
        return f"write `columns: {size}` in `log_mel`"
    length = size if spectral is None else samples_for(size, spectral)
    if spectral is not None and spectral["pad_to"] is not None:
        return f"write `pad_to: {length}` in `{'log_mel' if 'log_mel' in steps else 'stft'}`"
    return f"write `{'pad_to' if is_short or 'pad_to' in steps else 'frame'}: {length}` in `preprocess`"


def _spectrogram(frame: Array, steps: Mapping[str, Any], rate: int | None) -> Spectrogram:
    """Of one frame (1, channels, time), its channels' mean, with what its rows and columns stand for: in dB, power or
    magnitude, so before a mean is taken from it or a std divides it."""
    names = list(steps)
    last = next(at for at, step in enumerate(names) if step in ("stft", "log_mel"))
    spectral = steps[names[last]] | ({"mean": 0, "std": 1, "min_max": False} if names[last] == "log_mel" else {})
    values = _stepped(frame, {step: steps[step] for step in names[:last]} | {names[last]: spectral})[0].mean(axis=0)
    squares, log = 2 / spectral["power"], spectral.get("log")
    if log is not None:
        to_decibels = {
            "db": squares,
            "amplitude_db": squares / 2,
            "log10": 10 * squares,
            "ln": 10 * squares / np.log(10),
        }
        values, unit = values * to_decibels[log], "dB"
    elif spectral["power"] == 1:
        unit = "magnitude"
    else:
        values, unit = values**squares, "power"
    mel = steps.get("log_mel")
    if mel is not None:
        rows, hop, per_second = mel_frequencies(mel), mel["hop_length"], mel["sample_rate"]
    else:
        per_second = rate or steps.get("sample_rate") or 1
        rows, hop = stft_frequencies(steps["stft"]["n_fft"], per_second), steps["stft"]["hop_length"]
    return Spectrogram(values, rows, hop / per_second, unit, _network_unit(steps, names[last]))


def _network_unit(steps: Mapping[str, Any], step: str) -> str:
    """What a network is given in each cell of a spectrogram, in words."""
    settings, later = steps[step], list(steps)[list(steps).index(step) + 1 :]
    power, log = settings["power"], settings.get("log")
    unit = {1: "magnitude", 2: "power"}.get(power, f"magnitude to the {power:g}") if log is None else log
    is_shifted = (settings.get("mean", 0), settings.get("std", 1)) != (0, 1)
    steps_after = [f"`{name}`" for name in later if name in STEPS] or ["`mean` and `std`"] * is_shifted
    return f"{'dB' if unit == 'db' else unit}{', then ' if steps_after else ''}{', '.join(steps_after)}"
