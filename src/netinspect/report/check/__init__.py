"""What `check` found, in every format: a module a format, with `document(check, color=…)`. Its name is the format's."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netinspect.checking import Check

FORMATS: Final = ("text", "concise")


def document(check: Check, form: str, *, color: bool = False) -> str:
    """The whole text in one of `FORMATS`, ended by a newline. `color` is heeded where it is for people."""
    text: str = import_module(f"{__name__}.{form}").document(check, color=color)
    return text


def counts(check: Check) -> str:
    """`57 networks in 43 files: 2 errors, 1 warning`."""
    numbers = dict.fromkeys(("error", "warning", "note"), 0)
    for finding in check.findings:
        numbers[finding.severity] += 1
    found = [f"{number:,} {severity}{'s' * (number != 1)}" for severity, number in numbers.items() if number]
    networks, files = len(check.networks), len(check.files)
    where = f"{networks:,} network{'s' * (networks != 1)} in {files:,} file{'s' * (files != 1)}"
    others = f" ({check.passed_over:,} other YAML file{'s' * (check.passed_over != 1)} passed over)"
    return f"{where}{others if check.passed_over else ''}: {', '.join(found) or 'nothing found'}"
