"""Arrays as inputs, read from `.npy` and `.npz` or given in memory.

Files hold numbers only, never pickled objects, and nothing larger than they say. An array of the input's own shape is
taken as it is: who wrote it has prepared it. Arrays of bytes are pixels where the input has height and width, whatever
their shape, and a single row of numbers where a sound is wanted is one.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from netinspect.errors import InputError, Unreadable
from netinspect.inputs.pictures import as_numbers, prepare_picture, takes_pictures
from netinspect.inputs.sounds import prepare_sound, sample_rate
from netinspect.language.prepared_sizes import SOUND_STEPS
from netinspect.machine import refuse_beyond
from netinspect.network.network import NetworkInput
from netinspect.recording import Array, Prepared, Sound


def read_array(path: Path, name: str, *, memory_limit: int | None = None) -> Array:
    """The array of a `.npy` file, left on disk until it is used; of a `.npz` its only one, or the one called `name`.

    Unreadable for anything else, InputError for an archive that unpacks to more than `memory_limit` bytes.
    """
    try:
        if path.suffix.lower() == ".npz":
            return _from_archive(path, name, memory_limit)
        return np.asanyarray(np.lib.format.open_memmap(path, mode="r"))
    except (OSError, ValueError, EOFError, TypeError, KeyError, zipfile.BadZipFile, SyntaxError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())[:200]
        is_objects = "allow_pickle" in reason or "Python objects" in reason
        what = "it holds Python objects, which are not read; save numbers" if is_objects else reason or "it is empty"
        raise Unreadable(f"cannot read the array {path}: {what}", what) from error


def _from_archive(path: Path, name: str, memory_limit: int | None) -> Array:
    with zipfile.ZipFile(path) as archive:
        sizes = {Path(member.filename).stem: member.file_size for member in archive.infolist()}
    chosen = name if name in sizes else next(iter(sizes), "")
    if name not in sizes and len(sizes) != 1:
        reason = f"holds {len(sizes)} arrays ({', '.join(sizes)[:200]}); call one of them `{name}`"
        raise Unreadable(f"{path} {reason}", reason)
    refuse_beyond(sizes[chosen], memory_limit, f"the array {chosen} in {path.name}")
    with np.load(path, allow_pickle=False) as arrays:
        array = arrays[chosen]
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{chosen} in it is no array")  # noqa: TRY004  told as every other fault of the file
    return array


# --- an array as samples of an input ---------------------------------------------------------


def prepare_array(array: Array, target: NetworkInput, source: str, *, memory_limit: int | None = None) -> Prepared:
    """An array made ready for one input of the network. InputError where shape or kind of numbers do not fit, or where
    it would take more than `memory_limit` bytes."""
    sizes, dtype = target.value.type.shape[1:], target.value.type.dtype
    is_of_sound = any(step in SOUND_STEPS for step in target.preprocess)
    is_of_pixels = target.value.type.is_float and {"height", "width"} <= set(target.axes) and not is_of_sound
    if array.dtype == np.uint8 and is_of_pixels:
        return _pixels(array, target, source, memory_limit)
    if array.ndim == 1 and array.shape != sizes and is_of_sound:
        refuse_beyond(8 * array.size, memory_limit, f"the sound in {source}")
        sound = Sound(np.asarray(array, np.float32)[None], sample_rate(target))
        return prepare_sound(sound, target, source, memory_limit=memory_limit)
    samples = _samples(array, sizes, source)
    kind = target.value.type
    is_whole = samples.dtype.kind in "iub"
    if samples.dtype.kind not in "fiub" or (not kind.is_float and not is_whole):
        raise InputError(f"{source} holds {samples.dtype} numbers, and the input takes {kind.dtype}")
    if target.high is not None and is_whole and samples.size and not 0 <= samples.min() <= samples.max() < target.high:
        raise InputError(
            f"{source} has numbers from {samples.min()} to {samples.max()}; the input takes 0 to {target.high - 1:,}"
        )
    if samples.dtype != dtype:
        refuse_beyond(samples.size * (samples.itemsize + np.dtype(dtype).itemsize), memory_limit, f"reading {source}")
    return Prepared(target.name, source, samples.astype(dtype, copy=False), target.axes)


def _samples(array: Array, sizes: tuple[int, ...], source: str) -> Array:
    """The array with an axis for the samples. InputError where it has another shape than the input."""
    samples = array[None] if array.shape == sizes else array
    if samples.shape[1:] != sizes or samples.ndim != len(sizes) + 1 or not len(samples):
        raise InputError(
            f"{source} has the shape {_shape(array.shape)}, and the input takes {_shape(sizes)}, or several of them "
            f"stacked as {_shape(('N', *sizes))}"
        )
    return samples


def _pixels(array: Array, target: NetworkInput, source: str, memory_limit: int | None) -> Prepared:
    """Bytes from 0 to 255 as one picture, in its own shape or in the input's, or as several in the input's shape. Clips
    and volumes are taken in the input's shape alone, and only their numbers are prepared."""
    sizes, dtype = target.value.type.shape[1:], target.value.type.dtype
    is_picture = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 2, 3, 4))
    is_of_input = array.shape == sizes or array.shape[1:] == sizes
    if takes_pictures(target) and is_picture and not is_of_input:
        return prepare_picture(np.ascontiguousarray(array), target, source, memory_limit=memory_limit)
    samples = _samples(array, sizes, source)
    channels = target.axes.index("channels") if "channels" in target.axes else None
    refuse_beyond(12 * samples.size, memory_limit, f"reading {source}")
    if not takes_pictures(target):
        axis = None if channels is None else channels + 1
        values = as_numbers(samples.astype(np.float32), target.preprocess, axis)
        return Prepared(target.name, source, values.astype(dtype), target.axes, notes=(_BYTES,))
    axes = [target.axes.index(axis) + 1 for axis in ("height", "width")] + ([] if channels is None else [channels + 1])
    others = [axis for axis in range(1, samples.ndim) if axis not in axes]
    pictures = samples.transpose(0, *axes, *others).reshape(len(samples), *(samples.shape[axis] for axis in axes))
    several = [
        prepare_picture(np.ascontiguousarray(picture), target, source, memory_limit=memory_limit)
        for picture in pictures
    ]
    if len(several) == 1:
        return replace(several[0], notes=(*several[0].notes, _BYTES))
    notes = dict.fromkeys(note for prepared in several for note in prepared.notes)
    stacked = np.concatenate([prepared.array for prepared in several])
    return Prepared(target.name, source, stacked, target.axes, notes=(*notes, _BYTES))


_BYTES: Final = "an array of bytes, taken for pixels from 0 to 255"


def _shape(sizes: Sequence[int | str]) -> str:
    return f"({', '.join(map(str, sizes))})"
