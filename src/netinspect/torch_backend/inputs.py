"""Files, folders and noise as inputs of a network. What becomes of a file is decided by the spec's `preprocess`.

Pictures and sounds go through its steps. Arrays of the input's own shape are taken as they are: who wrote an array has
prepared it. Arrays of bytes are pixels where the input has height and width, whatever their shape, and a single row of
numbers where a sound is wanted is one.
Folders are listed by name and read one file at a time, so a data set may be larger than memory. What cannot be read
in a folder is left out and told; a file that was named must be readable.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from netinspect.errors import InputError, Unreadable
from netinspect.language.prepared_sizes import SOUND_STEPS
from netinspect.network.network import Network, NetworkInput
from netinspect.recording import Array, Prepared, Sound
from netinspect.torch_backend.arrays import read_array
from netinspect.torch_backend.machine_memory import refuse_beyond
from netinspect.torch_backend.pictures import as_numbers, prepare_picture, read_picture, takes_pictures
from netinspect.torch_backend.sounds import prepare_sound, read_sound, sample_rate

PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
SOUNDS: Final = (".wav", ".flac", ".ogg", ".aif", ".aiff")
ARRAYS: Final = (".npy", ".npz")

_NUMPY_HAS: Final = (torch.float16, torch.float32, torch.float64)
_KINDS: Final = "a picture (.png, .jpg, …), an array (.npy, .npz) or a sound (.wav, .flac, .ogg)"


def read_input(
    file: str | Path, given: NetworkInput, name: str | None = None, *, memory_limit: int | None = None
) -> Prepared:
    """A file made ready for one input of the network; `name` is what it is called, by default its own without folder.

    A sound that is cut into frames, and an array with one axis more than the input, are several samples.
    Raises Unreadable where it cannot be read, InputError with what to write where it does not fit.
    """
    path, shown = Path(file), name or Path(file).name
    if not path.exists():
        raise Unreadable(f"there is no file {path}", "there is no such file")
    kind = path.suffix.lower()
    if not path.is_file() or kind not in (*PICTURES, *SOUNDS, *ARRAYS):
        raise Unreadable(f"{path} is no input: {_KINDS} is", "is no file")
    if kind in PICTURES:
        pixels = read_picture(path, memory_limit=memory_limit)
        return prepare_picture(pixels, given, shown, memory_limit=memory_limit)
    if kind in SOUNDS:
        sound = read_sound(path, memory_limit=memory_limit)
        return prepare_sound(sound, given, shown, memory_limit=memory_limit)
    return prepare_array(
        read_array(path, given.name, memory_limit=memory_limit), given, shown, memory_limit=memory_limit
    )


def open_inputs(
    files: Sequence[str | Path], network: Network, *, memory_limit: int | None = None
) -> InputFiles | tuple[Prepared, ...]:
    """Files, and folders with all they hold that can be read, for a network of one input: read when they are gone
    through. With several inputs, one file for each.

    InputError where the number of files does not fit, or a named file does not.
    """
    found = [one for file in files for one in _files(Path(file))]
    if len(network.inputs) == 1:
        for one in found if len(found) > 1 else ():  # one alone is read soon enough
            if one.found is None:
                read_input(one.path, network.inputs[0], memory_limit=memory_limit)
        return InputFiles(tuple(found), network.inputs[0], memory_limit)
    if len(found) != len(network.inputs):
        names = ", ".join(given.name for given in network.inputs)
        raise InputError(f"the network has {len(network.inputs)} inputs ({names}); give one file for each, in order")
    return tuple(
        read_input(one.path, given, memory_limit=memory_limit) for one, given in zip(found, network.inputs, strict=True)
    )


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was named, or found in a folder: then `found` is what it is called, `photos/a/1.png`."""

    path: Path
    found: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class InputFiles:
    """The files a network of one input is shown, one at a time, read again each time they are gone through.

    unread   files of folders that could not be read when they were met, and why
    """

    files: tuple[InputFile, ...]
    given: NetworkInput
    memory_limit: int | None = None
    unread: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Prepared]:
        """InputError for a file that does not fit, or where none can be read."""
        some = False
        for file in self.files:
            try:
                prepared = read_input(file.path, self.given, memory_limit=self.memory_limit)
            except Unreadable as failure:
                if file.found is None:
                    raise
                self.unread[file.found] = failure.reason
            else:
                some = True
                yield prepared
        if not some:
            raise none_readable(self.unread)


def none_readable(unread: Mapping[str, str]) -> InputError:
    """What to say where no file of a folder could be read."""
    name, reason = min(unread.items())
    what = "the only file cannot be read" if len(unread) == 1 else f"none of the {len(unread):,} files can be read"
    return InputError(f"{what}; {name}: {reason}")


def data_files(folder: str | Path) -> tuple[str, ...]:
    """The pictures, arrays and sounds in a folder and the folders in it: paths from there, in order of name.

    InputError for what is no folder or holds none. What is hidden (`.thumbnails`) is passed over, and links to
    folders are not followed.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"there is no folder {root}")
    found = list(_listed(root))
    if not found:
        raise InputError(f"{root} holds no input: {_KINDS} is")
    return tuple(sorted(found))


def _listed(root: Path) -> Iterator[str]:
    for where, folders, files in os.walk(root):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        for file in files:
            if Path(file).suffix.lower() in (*PICTURES, *SOUNDS, *ARRAYS) and not file.startswith("."):
                yield Path(where, file).relative_to(root).as_posix()


def _files(path: Path) -> list[InputFile]:
    if not path.is_dir():
        return [InputFile(path)]
    return [InputFile(path / name, f"{path.resolve().name}/{name}") for name in data_files(path)]


# --- arrays ----------------------------------------------------------------------------------


def prepare_array(array: Array, given: NetworkInput, source: str, *, memory_limit: int | None = None) -> Prepared:
    """An array made ready for one input of the network. InputError where shape or kind of numbers do not fit, or where
    it would take more than `memory_limit` bytes."""
    sizes, dtype = given.value.type.shape[1:], given.value.type.dtype
    is_of_sound = any(step in SOUND_STEPS for step in given.preprocess)
    is_of_pixels = given.value.type.is_float and {"height", "width"} <= set(given.axes) and not is_of_sound
    if array.dtype == np.uint8 and is_of_pixels:
        return _pixels(array, given, source, memory_limit)
    if array.ndim == 1 and array.shape != sizes and is_of_sound:
        refuse_beyond(8 * array.size, memory_limit, f"the sound in {source}")
        sound = Sound(np.asarray(array, np.float32)[None], sample_rate(given))
        return prepare_sound(sound, given, source, memory_limit=memory_limit)
    samples = _samples(array, sizes, source)
    _check_kind(samples, given, source)
    if samples.dtype != dtype:
        refuse_beyond(samples.size * (samples.itemsize + np.dtype(dtype).itemsize), memory_limit, f"reading {source}")
    return Prepared(given.name, source, samples.astype(dtype, copy=False), given.axes)


def _samples(array: Array, sizes: tuple[int, ...], source: str) -> Array:
    """The array with an axis for the samples. InputError where it has another shape than the input."""
    samples = array[None] if array.shape == sizes else array
    if samples.shape[1:] != sizes or samples.ndim != len(sizes) + 1 or not len(samples):
        raise InputError(
            f"{source} has the shape {_shape(array.shape)}, and the input takes {_shape(sizes)}, or several of them "
            f"stacked as {_shape(('N', *sizes))}"
        )
    return samples


def _pixels(array: Array, given: NetworkInput, source: str, memory_limit: int | None) -> Prepared:
    """Bytes from 0 to 255 as one picture, in its own shape or in the input's, or as several in the input's shape. Clips
    and volumes are taken in the input's shape alone, and only their numbers are prepared."""
    sizes, dtype = given.value.type.shape[1:], given.value.type.dtype
    is_picture = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 2, 3, 4))
    is_of_input = array.shape == sizes or array.shape[1:] == sizes
    if takes_pictures(given) and is_picture and not is_of_input:
        return prepare_picture(np.ascontiguousarray(array), given, source, memory_limit=memory_limit)
    samples = _samples(array, sizes, source)
    channels = given.axes.index("channels") if "channels" in given.axes else None
    refuse_beyond(12 * samples.size, memory_limit, f"reading {source}")
    if not takes_pictures(given):
        axis = None if channels is None else channels + 1
        values = as_numbers(samples.astype(np.float32), given.preprocess, axis)
        return Prepared(given.name, source, values.astype(dtype), given.axes, notes=(_BYTES,))
    axes = [given.axes.index(axis) + 1 for axis in ("height", "width")] + ([] if channels is None else [channels + 1])
    others = [axis for axis in range(1, samples.ndim) if axis not in axes]
    pictures = samples.transpose(0, *axes, *others).reshape(len(samples), *(samples.shape[axis] for axis in axes))
    several = [
        prepare_picture(np.ascontiguousarray(picture), given, source, memory_limit=memory_limit) for picture in pictures
    ]
    if len(several) == 1:
        return replace(several[0], notes=(*several[0].notes, _BYTES))
    notes = dict.fromkeys(note for prepared in several for note in prepared.notes)
    whole = np.concatenate([prepared.array for prepared in several])
    return Prepared(given.name, source, whole, given.axes, notes=(*notes, _BYTES))


_BYTES: Final = "an array of bytes, taken for pixels from 0 to 255"


def _check_kind(samples: Array, given: NetworkInput, source: str) -> None:
    wanted = given.value.type
    is_whole = samples.dtype.kind in "iub"
    if samples.dtype.kind not in "fiub" or (not wanted.is_float and not is_whole):
        raise InputError(f"{source} holds {samples.dtype} numbers, and the input takes {wanted.dtype}")
    if given.high is not None and is_whole and samples.size and not 0 <= samples.min() <= samples.max() < given.high:
        raise InputError(
            f"{source} has numbers from {samples.min()} to {samples.max()}; the input takes 0 to {given.high - 1:,}"
        )


def _shape(sizes: Sequence[int | str]) -> str:
    return f"({', '.join(map(str, sizes))})"


# --- noise -----------------------------------------------------------------------------------


def noise(network: Network, *, seed: int = 0, samples: int = 1) -> tuple[Prepared, ...]:
    """What a network is shown where nobody gave an input: standard-normal numbers, ids evenly from 0 to below `high`.

    The same for the same seed, whatever was drawn before.
    """
    generator = torch.Generator().manual_seed(seed)
    return tuple(_noise(given, generator, seed, samples) for given in network.inputs)


def _noise(given: NetworkInput, generator: torch.Generator, seed: int, samples: int) -> Prepared:
    sizes, dtype = (samples, *given.value.type.shape[1:]), getattr(torch, given.value.type.dtype)
    if given.value.type.is_float or dtype.is_complex:
        tensor = torch.randn(sizes, generator=generator).to(dtype)
        kind = "standard-normal noise"
    else:
        high = given.high or 2
        tensor = torch.randint(high, sizes, generator=generator).to(dtype)
        kind = f"random ids below {high:,}"
    array = as_numpy(tensor)
    return Prepared(given.name, f"{kind}, seed {seed}", array, given.axes, is_noise=True)


# --- to torch and back -------------------------------------------------------------------------


def batch(network: Network, prepared: Sequence[Prepared], device: str | torch.device = "cpu") -> list[Tensor]:
    """The tensors the model is called with: for each input of the network all its samples, one after the other."""
    return [_stacked(given, [item.array for item in prepared if item.input == given.name], device)
            for given in network.inputs]  # fmt: skip


def _stacked(given: NetworkInput, arrays: list[Array], device: str | torch.device) -> Tensor:
    if not arrays:
        raise InputError(f"nothing was given for the input `{given.name}`")
    whole = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
    return torch.as_tensor(np.array(whole)).to(device=device, dtype=getattr(torch, given.value.type.dtype))


def as_numpy(tensor: Tensor) -> Array:
    """The numbers of a dense tensor; those that numpy has no kind for, as bfloat16, as float32. On the CPU it shares
    the tensor's memory where it can."""
    plain = tensor.detach().cpu()
    return (plain.float() if plain.is_floating_point() and plain.dtype not in _NUMPY_HAS else plain).numpy()
