"""A variant that is the base, or another variant, under one more name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netinspect.errors import Diagnostic
from netinspect.findings.names import form
from netinspect.findings.rule import Rule, Subject
from netinspect.language import syntax


def check(subject: Subject) -> Iterator[Diagnostic]:
    spec = subject.file.parsed.spec
    if spec is None or not spec.variants:
        return
    base = {var.name: form(var.value) for var in spec.vars}
    first: dict[Any, syntax.Variant] = {}
    for variant in spec.variants:
        values = {var.name: form(var.value) for var in variant.vars}
        changes = frozenset(item for item in values.items() if base.get(item[0]) != item[1])
        other = first.setdefault(changes, variant)
        if variant.results and variant.results != other.results:  # the same layers, trained in another way
            continue
        if other is not variant:
            yield Diagnostic(
                "W108",
                f"the variant `{variant.name}` is `{other.name}` under another name",
                variant.span,
                note=None if changes else "neither sets a var to another value than the base",
                help="give a var another value, or delete it",
            )
        elif variant.vars and not changes:
            yield Diagnostic(
                "W108",
                f"the variant `{variant.name}` is the base: what it sets has the same value there",
                variant.span,
                help=f"give a var another value, or write `{variant.name}: {{}}`, which gives the base that name",
            )


RULE = Rule(
    code="W108",
    title="a variant that nothing distinguishes from the base, or from another one",
    why=(
        "A variant is the network with other values in `vars`. One that sets none to another value is the base, though "
        "it has a name and a figure of its own in every table; mostly a value was forgotten. One variant may be empty: "
        "`mlp_small: {}` gives the base a name."
    ),
    bad="vars: {width: 100}\ninput: [64]\nlayers:\n  - Linear(width)\n  - ReLU\n  - Linear(10)\nvariants:\n"
    "  small: {}\n  wide: {width: 100}\n",
    good="vars: {width: 100}\ninput: [64]\nlayers:\n  - Linear(width)\n  - ReLU\n  - Linear(10)\nvariants:\n"
    "  small: {}\n  wide: {width: 1000}\n",
    check=check,
)
