"""The only place that writes files: whole or not at all.

A file is written beside its target, synced and renamed over it, so that a reader never meets half of it and
a failure leaves the old one as it was. A symbolic link is replaced, never written through.
Folders are the business of `folders`, which stands on the same rules.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from netinspect.errors import InputError, Unfinished


def file_and_entry(reference: str | Path) -> tuple[Path, str]:
    """`weights.pt:ema` as the file and the name of an entry in it. A file that is called so comes first, and a file
    that is not there is named as written."""
    text = str(reference)
    for place in [len(text), *(at for at in range(len(text) - 1, -1, -1) if text[at] == ":")]:
        with suppress(OSError, ValueError):
            if text[:place] and Path(text[:place]).exists():
                return Path(text[:place]), text[place + 1 :]
    return Path(reference), ""


def from_here(path: str | Path) -> Path | None:
    """The path of a file below the working folder as it is named there; None for any other."""
    try:
        return Path(path).resolve().relative_to(Path.cwd())
    except (ValueError, OSError):
        return None


def refuse_overwriting(outputs: Iterable[str | Path], inputs: Iterable[str | Path]) -> None:
    """Before any work: InputError where an output is one of the inputs, or a folder with an input in it, or another
    output. Files are compared by what they are, not by their names: `./net.yaml`, a link to it and
    `NET.YAML` on a disk that ignores case are all `net.yaml`.

    `-` is a stream and passes; so does what is a device or a pipe, which keeps nothing.
    """
    read = [Path(path) for path in inputs if str(path) != "-"]
    written: list[Path] = []
    for output in (Path(path) for path in outputs if str(path) != "-"):
        if _is_special(output):
            continue
        for path in read:
            if _is_same(output, path):
                raise InputError(f"the output {output} is the input {path}; give another name")
            if _is_inside(path, output):
                raise InputError(f"the output {output} is a directory; name a file")
        for path in written:
            if _is_same(output, path):
                raise InputError(f"{path} and {output} are one file, and two outputs go there; give another name")
        written.append(output)


def _is_same(path: Path, other: Path) -> bool:
    """Whether two paths lead to one file, or would once it is there: then their folders are one, and their names."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        pass
    try:
        return path.parent.samefile(other.parent) and _name_on_disk(path) == _name_on_disk(other)
    except (OSError, ValueError):
        return path.absolute() == other.absolute()


def _name_on_disk(path: Path) -> str:
    """The name of a file that is not there yet, as its disk compares names."""
    folder = path.parent.resolve()
    swapped = Path(str(folder).swapcase())
    ignores_case = swapped != folder and swapped.exists() and swapped.samefile(folder)
    return path.name.casefold() if ignores_case else path.name


def _is_inside(path: Path, folder: Path) -> bool:
    """Whether a file lies in a folder that is there, at any depth and through any links."""
    try:
        return folder.is_dir() and any(parent.samefile(folder) for parent in path.resolve().parents)
    except (OSError, ValueError):
        return False


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path`, atomically; folders on the way are made. A device or pipe is written to as it is.
    Unfinished if it cannot be."""
    try:
        if _is_special(path):
            with path.open("wb", buffering=0) as stream:
                view = memoryview(data)
                while view:
                    view = view[stream.write(view) or 0 :]
        else:
            _replace(path, data)
    except OSError as error:
        raise Unfinished(f"cannot write {path}: {error.strerror or error}") from error


def _is_special(path: Path) -> bool:
    """Whether the path leads to what is no file of ours to replace: a device, a pipe, a terminal."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _replace(path: Path, data: bytes) -> None:
    if path.is_dir() and not path.is_symlink():
        raise IsADirectoryError(21, "it is a directory")
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o666  # a new file's, which the umask narrows; where there is an old one its own
    with suppress(OSError):
        status = path.lstat()
        mode = stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else mode
    beside = path.with_name(f".netinspect-{os.getpid()}-{os.urandom(6).hex()}")
    try:  # from before it is there: a signal may come as soon as it is
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    with suppress(OSError):  # the rename itself is to last; not every system can
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
