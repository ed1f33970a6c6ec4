"""Running a user's own Python: the models of `netinspect import`, and the layers of `--custom-layers`.

What it prints goes to stderr, however it does that, for stdout has the spec or the document that was asked for. What
it raises is a mistake of the user's and no bug of netinspect, and `sys.exit` ends no command.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Final

from netinspect.errors import InputError, NetinspectError

MAX_WORDS = 300
"""How much of an exception's own text is repeated."""


@contextmanager
def user_code(mistake: Callable[[str], Exception], folder: Path | None = None) -> Iterator[None]:
    """While this holds, a user's code runs: what it raises becomes `mistake` of "ValueError: no such thing", and the
    modules of `folder` can be imported, as a script finds what lies beside it: those of this folder, also where another
    has modules of the same names. A KeyboardInterrupt, a MemoryError and netinspect's own errors stay what they are."""
    place = None if folder is None else str(folder.resolve())
    if place is not None:
        sys.path.insert(0, place)
        for name in {name for modules in _BESIDE.values() for name in modules}:
            sys.modules.pop(name, None)
        sys.modules.update(_BESIDE.get(place, {}))
    before = set(sys.modules)
    try:
        with redirect_stdout(sys.stderr), _descriptor_to_stderr():
            yield
    except (NetinspectError, MemoryError, KeyboardInterrupt):
        raise
    except BaseException as failure:  # SystemExit too, and what test runners skip a test with
        if type(failure).__module__.startswith("netinspect."):  # a signal that came
            raise
        text = " ".join(str(failure).split())[:MAX_WORDS]
        raise mistake(f"{type(failure).__name__}: {text}".rstrip(": ")) from failure
    finally:
        if place is not None:
            if place in sys.path:
                sys.path.remove(place)
            imported = {name: sys.modules[name] for name in sys.modules.keys() - before}
            tops = set()
            for name, module in imported.items():
                places = getattr(module, "__path__", None) or [getattr(module, "__file__", None)]
                if any(os.path.dirname(each) == place for each in places if each):  # noqa: PTH120  often asked
                    tops.add(name)
            beside = {name: module for name, module in imported.items() if name.partition(".")[0] in tops}
            _BESIDE.setdefault(place, {}).update(beside)


@dataclass(slots=True)
class _StandardOutput:
    """The descriptor of standard output while it leads to standard error: how many ask for that, and where it led."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    place: int | None = None


_DESCRIPTOR: Final = _StandardOutput()


@contextmanager
def _descriptor_to_stderr() -> Iterator[None]:
    """While this holds, what C code and other processes write to standard output goes to standard error: they do not
    ask Python's stream. The last of several threads to end leads it back."""
    with _DESCRIPTOR.lock:
        if not _DESCRIPTOR.users:
            with suppress(OSError, ValueError, AttributeError):
                sys.__stdout__.flush()  # type: ignore[union-attr]
            with suppress(OSError):  # where one of the two is closed
                _DESCRIPTOR.place = os.dup(1)
                os.dup2(2, 1)
        _DESCRIPTOR.users += 1
    try:
        yield
    finally:
        with _DESCRIPTOR.lock:
            _DESCRIPTOR.users -= 1
            if not _DESCRIPTOR.users and _DESCRIPTOR.place is not None:
                with suppress(OSError, TypeError, AttributeError):
                    ctypes.CDLL(None).fflush(None)  # what C keeps in a buffer
                os.dup2(_DESCRIPTOR.place, 1)
                os.close(_DESCRIPTOR.place)
                _DESCRIPTOR.place = None


_BESIDE: dict[str, dict[str, ModuleType]] = {}
"""The modules that a user's code has imported, by the folder in which they lie and their names."""


def python_file(file: Path) -> ModuleType:
    """The module of a Python file, which is run. Dataclasses and pickles look it up by its name, which no other module
    has: `json.py` takes nothing from Python's own json. InputError where the file is not there or fails."""
    name = f"{file.stem}_{hashlib.sha256(os.fsencode(file.resolve())).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if not file.is_file():
        raise InputError(f"there is no file {file}")
    if spec is None or spec.loader is None:
        raise InputError(f"{file} is no Python file: the name of one ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with user_code(lambda words: InputError(f"{file} cannot be run: {words}"), file.parent):
            spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
