"""The only place that writes files: whole or not at all.

A file is written beside its target, synced and renamed over it, so that a reader never meets half of it and
a failure leaves the old one as it was. A symbolic link is replaced, never written through.
Folders are the business of `folders`, which stands on the same rules.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from netinspect.errors import Unfinished


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path`, atomically. A device or pipe is written to as it is. Unfinished if it cannot be."""
    try:
        if _is_special(path):
            _write_through(path, data)
        else:
            _replace(path, data)
    except OSError as error:
        raise Unfinished(f"cannot write {path}: {error.strerror or error}") from error


def _is_special(path: Path) -> bool:
    """Whether the path leads to what is no file of ours to replace: a device, a pipe, a terminal."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb", buffering=0) as stream:
        view = memoryview(data)
        while view:
            view = view[stream.write(view) or 0 :]


def _replace(path: Path, data: bytes) -> None:
    if path.is_dir() and not path.is_symlink():
        raise IsADirectoryError(21, "it is a directory")
    beside = path.with_name(f".netinspect-{os.getpid()}-{os.urandom(6).hex()}")
    try:  # from before it is there: a signal may come as soon as it is
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _mode(path))
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


def _mode(path: Path) -> int:
    """A new file's mode, which the umask narrows; the old one's where there is one."""
    try:
        status = path.lstat()
    except OSError:
        return 0o666
    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else 0o666


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last; not every system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
