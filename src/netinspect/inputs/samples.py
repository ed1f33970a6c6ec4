"""Which sample of what was given the pictures show, and what it is called.

A network that takes a sound frame by frame would mostly be shown silence if it were the first: unless another is asked
for it is the loudest. Of arrays that hold several samples, and of several files, it is the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from netinspect.errors import InputError
from netinspect.network.network import Network, NetworkInput
from netinspect.recording import Array, Prepared, Sound, Spectrogram

SOUND_AT_ONCE: Final = 1 << 21
"""Samples of a sound that are looked at together for the loudest frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """For each input of the network one sample, the file it was taken from with all its samples, and which it is."""

    samples: tuple[Prepared, ...]
    wholes: tuple[Prepared, ...]
    index: int


def choose(prepared: Iterable[Prepared], network: Network, number: int | None = None) -> Shown:
    """Sample `number` of all that is given, counted from 1; without it the loudest frame, or the first.

    Several inputs are shown the same number. InputError where there is no such sample, or they have not equally many.
    """
    if len(network.inputs) == 1:
        whole, index = _found(prepared, network.inputs[0], number)
        return Shown((_taken(whole, network.inputs[0], index, is_loudest=number is None),), (whole,), index)
    wholes = tuple(prepared)
    _check_counts(wholes)
    framed = [at for at, whole in enumerate(wholes) if _frame_length(whole, network.inputs[at])]
    first = framed[0] if framed else 0
    whole, index = _found(wholes[first : first + 1], network.inputs[first], number)
    samples = (
        _taken(whole, given, index, is_loudest=number is None and at == first)
        for at, (whole, given) in enumerate(zip(wholes, network.inputs, strict=True))
    )
    return Shown(tuple(samples), wholes, index)


def _check_counts(wholes: tuple[Prepared, ...]) -> None:
    counts = [len(whole.array) for whole in wholes]
    if len(set(counts)) > 1:
        told = ", ".join(f"{whole.source} {count:,}" for whole, count in zip(wholes, counts, strict=True))
        raise InputError(f"each input needs as many samples as the others; here: {told}")


def _found(prepared: Iterable[Prepared], given: NetworkInput, number: int | None) -> tuple[Prepared, int]:
    """The file that holds the wanted sample, and its index there."""
    before = 0
    for whole in prepared:
        if number is None:
            return whole, loudest(whole, given)
        if number <= before + len(whole.array):
            return whole, number - before - 1
        before += len(whole.array)
    raise InputError(f"--sample {number}: what was given has {_range(before)}")


def _range(count: int) -> str:
    return "one sample; leave --sample out" if count == 1 else f"{count:,} samples: write --sample 1 to {count}"


# --- frames ----------------------------------------------------------------------------------


def frame_seconds(whole: Prepared) -> tuple[float, ...]:
    """When each frame starts; () for what was not cut into frames, or where nobody knows the sample rate."""
    rate = whole.sound.sample_rate if whole.sound is not None else None
    return tuple(start / rate for start in whole.frame_starts) if rate else ()


def _frame_length(whole: Prepared, given: NetworkInput) -> int:
    """Samples of a frame; 0 for what was not cut into frames."""
    return int(given.preprocess.get("frame", 0)) if whole.sound is not None and whole.frame_starts else 0


def loudest(whole: Prepared, given: NetworkInput) -> int:
    """The frame of the highest root mean square, as the sound was before any step; of equal ones, and of what has no
    frames, the first."""
    length = _frame_length(whole, given)
    if not length or whole.sound is None:
        return 0
    windows = np.lib.stride_tricks.sliding_window_view(whole.sound.samples, length, axis=-1)  # channels, start, time
    starts, frames = np.array(whole.frame_starts), max(1, SOUND_AT_ONCE // length)
    parts = (starts[at : at + frames] for at in range(0, len(starts), frames))
    return int(np.argmax(np.concatenate([_power(windows[:, part]) for part in parts])))


def _power(frames: Array) -> Array:
    """Mean squares of (channels, frames, time); samples that are no numbers count as silence."""
    return np.asarray(np.square(np.nan_to_num(frames, posinf=0, neginf=0), dtype=np.float64).mean(axis=(0, 2)))


# --- one sample ------------------------------------------------------------------------------


def _taken(whole: Prepared, given: NetworkInput, index: int, *, is_loudest: bool) -> Prepared:
    """One sample, called by what it is."""
    length = _frame_length(whole, given)
    name = _name(whole, index, is_loudest=is_loudest)
    sample = replace(whole, array=whole.array[index : index + 1], source=name)
    if not length or whole.sound is None:
        return sample
    first = whole.frame_starts[index]
    if length < whole.sound.samples.shape[1]:
        sample = replace(sample, frame=(first, first + length))
    if whole.spectrogram is None or index == 0:
        return sample
    cut = replace(whole.sound, samples=whole.sound.samples[:, first : first + length])
    return replace(sample, spectrogram=_spectrogram(cut, given, whole.source))


def _name(whole: Prepared, index: int, *, is_loudest: bool) -> str:
    count = len(whole.array)
    if count == 1:
        return whole.source
    if not whole.frame_starts:
        return f"{whole.source}, sample {index + 1} of {count:,}"
    seconds = frame_seconds(whole)
    words = (", the loudest" if is_loudest else "") + (f", at {seconds[index]:.2f} s" if seconds else "")
    return f"{whole.source}, frame {index + 1} of {count:,}{words}"


def _spectrogram(frame: Sound, given: NetworkInput, source: str) -> Spectrogram | None:
    from netinspect.inputs.sounds import prepare_sound

    return prepare_sound(frame, given, source).spectrogram
