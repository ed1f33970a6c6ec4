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
from netinspect.recording import Prepared

SOUND_AT_ONCE: Final = 1 << 21
"""Samples of a sound that are looked at together for the loudest frame."""


@dataclass(frozen=True, slots=True, eq=False)
class ChosenSample:
    """For each input of the network one sample, the file it was taken from with all its samples, and which it is."""

    samples: tuple[Prepared, ...]
    files: tuple[Prepared, ...]
    index: int


def choose(prepared: Iterable[Prepared], network: Network, number: int | None = None) -> ChosenSample:
    """Sample `number` of all that is given, counted from 1; without it the loudest frame, or the first.

    Several inputs are shown the same number. InputError where there is no such sample, or they have not equally many.
    """
    if len(network.inputs) == 1:
        file, index = _found(prepared, network.inputs[0], number)
        return ChosenSample((_taken(file, network.inputs[0], index, is_loudest=number is None),), (file,), index)
    files = tuple(prepared)
    counts = [len(file.array) for file in files]
    if len(set(counts)) > 1:
        counted = ", ".join(f"{file.source} {count:,}" for file, count in zip(files, counts, strict=True))
        raise InputError(f"each input needs as many samples as the others; here: {counted}")
    framed = [at for at, file in enumerate(files) if _frame_length(file, network.inputs[at])]
    first = framed[0] if framed else 0
    file, index = _found(files[first : first + 1], network.inputs[first], number)
    samples = (
        _taken(file, target, index, is_loudest=number is None and at == first)
        for at, (file, target) in enumerate(zip(files, network.inputs, strict=True))
    )
    return ChosenSample(tuple(samples), files, index)


def _found(prepared: Iterable[Prepared], target: NetworkInput, number: int | None) -> tuple[Prepared, int]:
    """The file that holds the wanted sample, and its index there."""
    before = 0
    for file in prepared:
        if number is None:
            return file, loudest(file, target)
        if number <= before + len(file.array):
            return file, number - before - 1
        before += len(file.array)
    count = "one sample; leave --sample out" if before == 1 else f"{before:,} samples: write --sample 1 to {before}"
    raise InputError(f"--sample {number}: what was given has {count}")


# --- frames ----------------------------------------------------------------------------------


def frame_seconds(file: Prepared) -> tuple[float, ...]:
    """When each frame starts; () for what was not cut into frames, or where nobody knows the sample rate."""
    rate = file.sound.sample_rate if file.sound is not None else None
    return tuple(start / rate for start in file.frame_starts) if rate else ()


def _frame_length(file: Prepared, target: NetworkInput) -> int:
    """Samples of a frame; 0 for what was not cut into frames."""
    return int(target.preprocess.get("frame", 0)) if file.sound is not None and file.frame_starts else 0


def loudest(file: Prepared, target: NetworkInput) -> int:
    """The frame of the highest root mean square, as the sound was before any step; of equal ones, and of what has no
    frames, the first."""
    length = _frame_length(file, target)
    if not length or file.sound is None:
        return 0
    windows = np.lib.stride_tricks.sliding_window_view(file.sound.samples, length, axis=-1)  # channels, start, time
    starts, frames = np.array(file.frame_starts), max(1, SOUND_AT_ONCE // length)
    parts = (starts[at : at + frames] for at in range(0, len(starts), frames))
    powers = []
    for part in parts:
        samples = np.nan_to_num(windows[:, part], posinf=0, neginf=0)  # what is no number counts as silence
        powers.append(np.square(samples, dtype=np.float64).mean(axis=(0, 2)))
    return int(np.argmax(np.concatenate(powers)))


# --- one sample ------------------------------------------------------------------------------


def _taken(file: Prepared, target: NetworkInput, index: int, *, is_loudest: bool) -> Prepared:
    """One sample, called by what it is."""
    length = _frame_length(file, target)
    count = len(file.array)
    if count == 1:
        name = file.source
    elif not file.frame_starts:
        name = f"{file.source}, sample {index + 1} of {count:,}"
    else:
        seconds = frame_seconds(file)
        words = (", the loudest" if is_loudest else "") + (f", at {seconds[index]:.2f} s" if seconds else "")
        name = f"{file.source}, frame {index + 1} of {count:,}{words}"
    sample = replace(file, array=file.array[index : index + 1], source=name)
    if not length or file.sound is None:
        return sample
    first = file.frame_starts[index]
    if length < file.sound.samples.shape[1]:
        sample = replace(sample, frame=(first, first + length))
    if file.spectrogram is None or index == 0:
        return sample
    from netinspect.inputs.sounds import prepare_sound

    cut = replace(file.sound, samples=file.sound.samples[:, first : first + length])
    return replace(sample, spectrogram=prepare_sound(cut, target, file.source).spectrogram)
