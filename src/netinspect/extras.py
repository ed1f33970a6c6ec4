"""What a light install leaves out, and the command that brings it.

`pip install netinspect` reads, counts and compares specs. Building, verifying and drawing need torch, matplotlib and
others, which the extra `torch` of pyproject.toml brings. The packages of netinspect that import them call `need` first,
so that a user reads which command to run and not where an import failed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from traceback import walk_tb
from typing import Final

from netinspect.errors import InputError, Unfinished

COMMAND: Final = "pip install 'netinspect[torch]'"

PACKAGES: Final = {
    "PIL": "Pillow",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "safetensors": "safetensors",
    "soundfile": "soundfile",
    "torch": "torch",
    "torchinfo": "torchinfo",
}
"""The packages of the extra: the name that is imported, and the name that a reader knows."""

NOTEBOOK: Final = ("torch", "matplotlib", "numpy", "PIL")
"""What the functions need that return a picture to a notebook."""


class NotInstalled(InputError, ImportError):
    """A package of the extra is not installed. `name` is the name under which it is imported."""

    def __init__(self, package: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {PACKAGES[package]}: run `{COMMAND}`")
        self.name = package


def need(*packages: str, purpose: str) -> None:
    """NotInstalled for the first of these packages that is not there. None of them is imported."""
    for package in packages:
        if sys.modules.get(package) is None:
            place = find_spec(package)
            if place is None or place.origin is None:  # no origin: a mere folder of that name
                raise NotInstalled(package, purpose)


def refusing(purpose: str) -> Callable[..., None] | None:
    """In place of a function for notebooks one that raises NotInstalled when it is called; None where all is there.

    So `dir`, `help` and `from netinspect import *` work in a light install.
    """

    def refuse(*_values: object, **_options: object) -> None:
        need(*NOTEBOOK, purpose=purpose)

    try:
        refuse()
    except NotInstalled:
        return refuse
    return None


def explained(failure: ImportError) -> ImportError | InputError | Unfinished:
    """An import that failed as an error for the user; the failure itself where the missing module is netinspect's own.

    A package of the extra that is not there is named with the command. One that is there but broken, such as a torch
    without its libraries, is Unfinished and says what failed: installing the extra is no cure for it.
    """
    top = (failure.name or "").partition(".")[0]
    if isinstance(failure, NotInstalled) or top == "netinspect":
        return failure
    if isinstance(failure, ModuleNotFoundError) and failure.name in PACKAGES:
        return NotInstalled(failure.name, "this")
    importers = [str(frame.f_globals.get("__name__")).partition(".")[0] for frame, _ in walk_tb(failure.__traceback__)]
    package = next((name for name in importers if name in PACKAGES), top or "a package")
    return Unfinished(f"{PACKAGES.get(package, package)} cannot be imported: {' '.join(str(failure).split())}")
