"""Neural networks as short YAML specs: shapes, parameters and cost without running torch, and the torch model.

The public names are loaded when they are first used, so that `import netinspect` costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing it would take longer than anything else before `__main__` owns the signals
if TYPE_CHECKING:
    from typing import Any, Final

    from netinspect.analysis.figures import Profile
    from netinspect.api import (
        Network,
        alternatives,
        build,
        changes,
        check,
        compare,
        explain,
        export,
        format,
        from_torch,
        gallery,
        load,
        loads,
        new,
        schema,
        table,
        verify,
    )
    from netinspect.errors import CheckFailed, Diagnostic, InputError, NetinspectError, SpecError, Unfinished
    from netinspect.notebook import (
        activation_functions,
        activations,
        architecture,
        attention,
        convolution,
        equivariance,
        explore,
        health,
        hidden_states,
        histograms,
        kernels,
        outputs_over_time,
        picture,
        responses,
        shown_input,
        strip,
        top_inputs,
        visualize,
    )

_EXPORTS: Final = {
    "analysis.figures": ("Profile",),
    "api": (
        "Network", "alternatives", "build", "changes", "check", "compare", "explain", "export", "format", "from_torch",
        "gallery", "load", "loads", "new", "schema", "table", "verify",
    ),
    "errors": ("CheckFailed", "Diagnostic", "InputError", "NetinspectError", "SpecError", "Unfinished"),
    "notebook": (
        "activation_functions", "activations", "architecture", "attention", "convolution", "equivariance", "explore",
        "health", "hidden_states", "histograms", "kernels", "outputs_over_time", "picture", "responses", "shown_input",
        "strip", "top_inputs", "visualize",
    ),
}  # fmt: skip
_HOMES: Final = {name: home for home, names in _EXPORTS.items() for name in names}

__all__ = [
    "CheckFailed",
    "Diagnostic",
    "InputError",
    "NetinspectError",
    "Network",
    "Profile",
    "SpecError",
    "Unfinished",
    "activation_functions",
    "activations",
    "alternatives",
    "architecture",
    "attention",
    "build",
    "changes",
    "check",
    "compare",
    "convolution",
    "equivariance",
    "explain",
    "explore",
    "export",
    "format",
    "from_torch",
    "gallery",
    "health",
    "hidden_states",
    "histograms",
    "kernels",
    "load",
    "loads",
    "new",
    "outputs_over_time",
    "picture",
    "responses",
    "schema",
    "shown_input",
    "strip",
    "table",
    "top_inputs",
    "verify",
    "visualize",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'netinspect' has no attribute '{name}'")
    from importlib import import_module

    if home == "notebook" and (refuse := import_module("netinspect.extras").refusing(f"netinspect.{name}()")):
        return refuse
    return getattr(import_module(f"netinspect.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
