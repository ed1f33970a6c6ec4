"""The styles, one module each with a `STYLE`, in the order in which they are tried."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from netinspect.drafts.style import Style

_MODULES = ("keras", "typed", "yolo", "darknet", "printed", "torch_code", "torch_lines", "notation")


@cache
def all_styles() -> tuple[Style, ...]:
    """Every style. The modules are loaded here, when the first text is looked at that is no spec."""
    return tuple(import_module(f"{__name__}.{name}").STYLE for name in _MODULES)
