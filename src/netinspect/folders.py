"""Writes a folder of files whole or not at all: a gallery that a run began and did not finish never shows.

Everything is written into a temporary folder first. A new folder then appears by one rename. Into one that exists
the files are renamed one after the other while no other run of ours does the same, and signals wait; what an
earlier gallery listed and this one lacks is taken away, and nobody else's files are touched. Symbolic links inside
are replaced, never followed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final

from netinspect.errors import InputError, Unfinished
from netinspect.files import write

_PREFIX: Final = ".netinspect-"
LISTING: Final = "manifest.json"
"""The file whose `files` names what belongs to a gallery."""
_OURS: Final = (".png", ".svg", ".pdf", ".npz", ".html", ".json")


def check_folder(folder: Path, *, force: bool = False) -> None:
    """Before any work: could a gallery be written there? Unfinished where it is no folder or not to be written to,
    InputError where it is not empty and `force` is not given."""
    try:
        if folder.is_dir():
            _check_writable(folder)
            _check_empty(folder, force=force)
        elif folder.exists() or folder.is_symlink():
            raise Unfinished(f"cannot write into {folder}: it is not a folder")
        else:
            _check_writable(_nearest(folder))
    except OSError as error:
        raise Unfinished(f"cannot write into {folder}: {error.strerror or error}") from error


def write_folder(folder: Path, contents: Iterable[tuple[str, bytes]], *, force: bool = False) -> None:
    """Make `folder` hold these files: relative names with forward slashes, and bytes. With `force` they join or
    replace what is there. Raises what `check_folder` raises, and leaves nothing behind where it does."""
    check_folder(folder, force=force)
    with _parents(folder):
        _write(folder.resolve(), contents, force=force)


def check_file(file: Path, *, force: bool = False) -> None:
    """Before any work, as `check_folder`: could a single file be written there? A device or a pipe always can."""
    try:
        if not force and (file.is_file() or file.is_symlink()):
            raise InputError(f"{file} is already there: give another name, or --force to replace it")
        _check_writable(_nearest(file))
    except OSError as error:
        raise Unfinished(f"cannot write {file}: {error.strerror or error}") from error


def write_file(file: Path, data: bytes, *, force: bool = False) -> None:
    """A file with the folders that it stands in, whole or not at all. Raises what `check_file` raises."""
    check_file(file, force=force)
    with _parents(file):
        write(file, data)


@contextmanager
def _parents(path: Path) -> Iterator[None]:
    """The folders above a path are made, and taken away again where it cannot be written."""
    missing = [parent for parent in (path.parent, *path.parent.parents) if not parent.exists()]
    try:
        for parent in reversed(missing):  # one by one: `parents=True` calls itself for each, and hundreds are too deep
            parent.mkdir(exist_ok=True)
        yield
    except BaseException as failure:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()
        if isinstance(failure, OSError):
            raise Unfinished(f"cannot write into {path}: {failure.strerror or failure}") from failure
        raise


def _write(folder: Path, contents: Iterable[tuple[str, bytes]], *, force: bool) -> None:
    exists = folder.is_dir()
    beside = (folder if exists else folder.parent) / f"{_PREFIX}{os.getpid()}-{os.urandom(6).hex()}"
    try:  # from before it is there: a signal may come as soon as it is
        beside.mkdir()
        names = [_written(beside, name, data) for name, data in contents]
        with _uninterrupted():
            try:
                if exists or not _appears(beside, folder):
                    _join(beside, folder, names, force=force)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _written(beside: Path, name: str, data: bytes) -> str:
    path = beside / _safe(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


def _safe(name: str) -> PurePosixPath:
    """A relative path that stays inside."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in name or path.parts[0].startswith(_PREFIX):
        raise Unfinished(f"`{name}` is no name for a file inside a folder")
    return path


# --- whether it may be -------------------------------------------------------------------------


def _nearest(folder: Path) -> Path:
    """The nearest folder above that exists."""
    return next(parent for parent in (folder.absolute().parent, *folder.absolute().parents) if parent.exists())


def _check_writable(folder: Path) -> None:
    if not folder.is_dir():
        raise Unfinished(f"cannot write into {folder}: it is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unfinished(f"cannot write into {folder}: permission denied")


def _check_empty(folder: Path, *, force: bool) -> None:
    if not force and any(not entry.name.startswith(_PREFIX) for entry in folder.iterdir()):
        raise InputError(f"{folder} is not empty: give another folder, or --force to write into this one")


def _check_places(folder: Path, names: Iterable[str]) -> None:
    """Before anything is moved: Unfinished where a folder stands in a file's place, or is not to be written to."""
    for name in names:
        place, path = folder, _safe(name)
        for part in path.parts[:-1]:
            place = place / part
            if place.is_symlink() or not place.is_dir():
                break  # it will be made anew
        else:
            _check_writable(place)
            if (place / path.name).is_dir() and not (place / path.name).is_symlink():
                raise Unfinished(f"cannot write into {folder}: {name} is a folder there")


# --- putting in place --------------------------------------------------------------------------


def _appears(beside: Path, folder: Path) -> bool:
    """Rename the finished folder to its place; False where another run was there first."""
    try:
        beside.rename(folder)
    except (FileExistsError, NotADirectoryError):
        return False
    except OSError:
        if folder.is_dir():
            return False
        raise
    return True


def _join(beside: Path, folder: Path, names: list[str], *, force: bool) -> None:
    """Move the files into a folder that exists, one run at a time."""
    with _alone(folder):
        _check_empty(folder, force=force)
        _check_places(folder, names)
        gone = _listed(folder) - set(names)
        for name in names:
            (beside / name).replace(_place(folder, _safe(name)))
        for name in gone:
            # A folder that is empty then goes too; nothing is removed through a link.
            above = PurePosixPath(name).parents
            if not any((folder / parent).is_symlink() for parent in above if parent.parts):
                with suppress(OSError):
                    (folder / name).unlink()
                    for parent in above:
                        if parent.parts:
                            (folder / parent).rmdir()


def _place(folder: Path, name: PurePosixPath) -> Path:
    """Where a file goes; on the way to it links and files give way to real folders."""
    for part in name.parts[:-1]:
        folder = folder / part
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            folder.unlink()
        folder.mkdir(exist_ok=True)
    return folder / name.name


def _listed(folder: Path) -> set[str]:
    """What the gallery that stands there says it consists of; nothing where there is none or it cannot be read."""
    path = folder / LISTING
    if path.is_symlink() or not path.is_file():
        return set()
    try:
        names: Any = json.loads(path.read_bytes())["files"]
        return {str(_safe(name)) for name in names if isinstance(name, str) and name.endswith(_OURS)}
    except (OSError, ValueError, KeyError, TypeError, Unfinished, RecursionError):
        return set()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While this holds, no other run of ours moves files into the folder. Where there are no locks, no promise."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP wait until it is done; then they do what they would have done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda got, _: came.append(got)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    if came:
        signal.raise_signal(came[0])
