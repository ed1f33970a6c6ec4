"""Neural networks as short YAML specs: shapes, parameters and cost without running torch, and the torch model.

The public names are loaded when they are first used, so that `import netinspect` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from netinspect.analysis.figures import Profile
    from netinspect.api import Network, build, compare, load
    from netinspect.errors import CheckFailed, Diagnostic, InputError, NetinspectError, SpecError, Unfinished

_HOMES: Final = {
    "CheckFailed": "errors", "Diagnostic": "errors", "InputError": "errors", "NetinspectError": "errors",
    "Network": "api", "Profile": "analysis.figures", "SpecError": "errors", "Unfinished": "errors",
    "build": "api", "compare": "api", "load": "api",
}  # fmt: skip

__all__ = [
    "CheckFailed",
    "Diagnostic",
    "InputError",
    "NetinspectError",
    "Network",
    "Profile",
    "SpecError",
    "Unfinished",
    "build",
    "compare",
    "load",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'netinspect' has no attribute '{name}'")
    return getattr(import_module(f"netinspect.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
