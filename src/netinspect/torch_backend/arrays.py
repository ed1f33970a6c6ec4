"""Reading `.npy` and `.npz`: numbers only, never pickled objects, and nothing larger than its file says it is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from netinspect.errors import Unreadable
from netinspect.recording import Array
from netinspect.torch_backend.machine_memory import refuse_beyond


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
    wanted = name if name in sizes else next(iter(sizes), "")
    if name not in sizes and len(sizes) != 1:
        reason = f"holds {len(sizes)} arrays ({', '.join(sizes)[:200]}); call one of them `{name}`"
        raise Unreadable(f"{path} {reason}", reason)
    refuse_beyond(sizes[wanted], memory_limit, f"the array {wanted} in {path.name}")
    with np.load(path, allow_pickle=False) as arrays:
        array = arrays[wanted]
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{wanted} in it is no array")  # noqa: TRY004  told as every other fault of the file
    return array
