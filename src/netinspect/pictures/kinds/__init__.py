"""Every kind of picture is a module of this package, found by its place here: a new kind is one new module."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from netinspect.pictures.kind import Kind


@cache
def all_kinds() -> dict[str, Kind]:
    """The kinds by name, in the page's order."""
    kinds = [import_module(f"{__name__}.{module.name}").KIND for module in iter_modules(__path__)]
    return {kind.name: kind for kind in sorted(kinds, key=lambda kind: (kind.place, kind.name))}
