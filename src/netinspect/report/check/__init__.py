"""What `check` found, in every format: a module a format, with `document(check, color=…)`. Its name is the format's."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netinspect.checking import Check

FORMATS: Final = tuple(sorted((m.name for m in iter_modules(__path__)), key=lambda name: (name != "text", name)))
"""Every module of this package, the usual one first: a new format is one new module."""


def document(check: Check, form: str, *, color: bool = False) -> str:
    """The whole text in one of `FORMATS`, ended by a newline. `color` is heeded where it is for people."""
    text: str = import_module(f"{__name__}.{form}").document(check, color=color)
    return text


def numbers(check: Check) -> dict[str, int]:
    """How many findings there are of each severity, the most serious first."""
    by_severity = dict.fromkeys(("error", "warning", "note"), 0)
    for finding in check.findings:
        by_severity[finding.severity] += 1
    return by_severity


def certain_fixes(check: Check) -> int:
    """How many findings `--fix` mends."""
    return sum(bool(finding.diagnostic.fix) for finding in check.findings)


def counts(check: Check) -> str:
    """`57 networks in 43 files: 2 errors, 1 warning`."""
    parts = [f"{number:,} {severity}{'s' * (number != 1)}" for severity, number in numbers(check).items() if number]
    networks, files = len(check.networks), len(check.files)
    where = f"{networks:,} network{'s' * (networks != 1)} in {files:,} file{'s' * (files != 1)}"
    others = f" ({check.passed_over:,} other YAML file{'s' * (check.passed_over != 1)} passed over)"
    return f"{where}{others if check.passed_over else ''}: {', '.join(parts) or 'nothing found'}"
