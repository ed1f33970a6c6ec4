"""Running a user's own Python: the models of `netinspect import`, and the layers of `--custom-layers`.

What it prints goes to stderr, for stdout has the spec or the document that was asked for. What it raises is a mistake
of the user's and no bug of netinspect, and `sys.exit` ends no command.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType

from netinspect.errors import InputError, NetinspectError

MAX_WORDS = 300
"""How much of an exception's own text is repeated."""


@contextmanager
def user_code(mistake: Callable[[str], Exception], folder: Path | None = None) -> Iterator[None]:
    """While this holds, a user's code runs: what it raises becomes `mistake` of "ValueError: no such thing", and the
    modules of `folder` can be imported, as a script finds what lies beside it. A KeyboardInterrupt, a MemoryError and
    netinspect's own errors stay what they are."""
    place = None if folder is None else str(folder.resolve())
    if place is not None:
        sys.path.insert(0, place)
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (NetinspectError, MemoryError, KeyboardInterrupt):
        raise
    except BaseException as failure:  # SystemExit too, and what test runners skip a test with
        if type(failure).__module__.startswith("netinspect."):  # a signal that came
            raise
        text = " ".join(str(failure).split())[:MAX_WORDS]
        raise mistake(f"{type(failure).__name__}: {text}".rstrip(": ")) from failure
    finally:
        if place in sys.path:
            sys.path.remove(place)


def python_file(file: Path, name: str) -> ModuleType:
    """The module of a Python file, which is run; dataclasses and pickles look it up by its `name`. InputError where it
    is not there or fails."""
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
