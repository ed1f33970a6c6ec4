"""Every rule is a module of this package, found by its place here: a new rule is one new module."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from netinspect.findings.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """The rules in the order of their codes."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return tuple(sorted((module.RULE for module in modules), key=lambda rule: rule.code))
