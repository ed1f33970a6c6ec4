"""Files and folders as inputs of a network. What becomes of a file is decided by the spec's `preprocess`.

Folders are listed by name and read one file at a time, so a data set may be larger than memory. What cannot be read
in a folder is left out and reported; a file that was named must be readable.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from netinspect.errors import InputError, Unreadable
from netinspect.inputs.arrays import prepare_array, read_array
from netinspect.inputs.pictures import prepare_picture, read_picture
from netinspect.inputs.sounds import prepare_sound, read_sound
from netinspect.network.network import Network, NetworkInput
from netinspect.recording import Prepared

PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
SOUNDS: Final = (".wav", ".flac", ".ogg", ".aif", ".aiff")
ARRAYS: Final = (".npy", ".npz")

_KINDS: Final = "a picture (.png, .jpg, …), an array (.npy, .npz) or a sound (.wav, .flac, .ogg)"


def read_input(
    file: str | Path, target: NetworkInput, name: str | None = None, *, memory_limit: int | None = None
) -> Prepared:
    """A file made ready for one input of the network; `name` is what it is called, by default its own without folder.

    A sound that is cut into frames, and an array with one axis more than the input, are several samples.
    Raises Unreadable where it cannot be read, InputError with what to write where it does not fit.
    """
    path, title = Path(file), name or Path(file).name
    if not path.exists():
        raise Unreadable(f"there is no file {path}", "there is no such file")
    kind = path.suffix.lower()
    if not path.is_file() or kind not in (*PICTURES, *SOUNDS, *ARRAYS):
        raise Unreadable(f"{path} is no input: {_KINDS} is", "is no file")
    if kind in PICTURES:
        pixels = read_picture(path, memory_limit=memory_limit)
        return prepare_picture(pixels, target, title, memory_limit=memory_limit)
    if kind in SOUNDS:
        sound = read_sound(path, memory_limit=memory_limit)
        return prepare_sound(sound, target, title, memory_limit=memory_limit)
    return prepare_array(
        read_array(path, target.name, memory_limit=memory_limit), target, title, memory_limit=memory_limit
    )


def open_inputs(
    files: Sequence[str | Path], network: Network, *, memory_limit: int | None = None
) -> InputFiles | tuple[Prepared, ...]:
    """Files, and folders with all they hold that can be read, for a network of one input: read when they are gone
    through. With several inputs, one file for each.

    InputError where the number of files does not fit, or a named file does not.
    """
    entries = []
    for path in map(Path, files):
        if path.is_dir():
            entries += [InputFile(path / name, f"{path.resolve().name}/{name}") for name in data_files(path)]
        else:
            entries.append(InputFile(path))
    if len(network.inputs) == 1:
        for entry in entries if len(entries) > 1 else ():  # one alone is read soon enough
            if entry.listed_as is None:
                read_input(entry.path, network.inputs[0], memory_limit=memory_limit)
        return InputFiles(tuple(entries), network.inputs[0], memory_limit)
    if len(entries) != len(network.inputs):
        names = ", ".join(target.name for target in network.inputs)
        raise InputError(f"the network has {len(network.inputs)} inputs ({names}); give one file for each, in order")
    return tuple(
        read_input(entry.path, target, memory_limit=memory_limit)
        for entry, target in zip(entries, network.inputs, strict=True)
    )


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was named, or found in a folder: then `listed_as` is what it is called, `photos/a/1.png`."""

    path: Path
    listed_as: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class InputFiles:
    """The files a network of one input is shown, one at a time, read again each time they are gone through.

    unread   files of folders that could not be read when they were met, and why
    """

    files: tuple[InputFile, ...]
    target: NetworkInput
    memory_limit: int | None = None
    unread: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Prepared]:
        """InputError for a file that does not fit, or where none can be read."""
        some = False
        for file in self.files:
            try:
                prepared = read_input(file.path, self.target, memory_limit=self.memory_limit)
            except Unreadable as failure:
                if file.listed_as is None:
                    raise
                self.unread[file.listed_as] = failure.reason
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
    names = []
    for where, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names += [
            Path(where, file).relative_to(root).as_posix()
            for file in files
            if Path(file).suffix.lower() in (*PICTURES, *SOUNDS, *ARRAYS) and not file.startswith(".")
        ]
    if not names:
        raise InputError(f"{root} holds no input: {_KINDS} is")
    return tuple(sorted(names))
