"""Short ways from a spec that is written in a test to what is found in it."""

from __future__ import annotations

import textwrap
from typing import Any

from netinspect.analysis.profile import profile
from netinspect.errors import Diagnostic
from netinspect.findings import Finding, Selection, examine
from netinspect.findings.rule import Rule, subject
from netinspect.language import Source
from netinspect.network import Network
from netinspect.network.load import elaborate_file, spec_file


def found(rule: Rule, text: str, **options: Any) -> tuple[Diagnostic, ...]:
    """The diagnostics of one rule, in the order in which it gives them."""
    file = spec_file(Source("net.yaml", text))
    network = elaborate_file(file, **options)
    return tuple(rule.check(subject(network, profile(network), file)))


def network_of(text: str) -> Network:
    """The network of a spec."""
    return elaborate_file(spec_file(Source("net.yaml", textwrap.dedent(text).lstrip("\n"))))


def findings(text: str, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """What all rules find in a spec and no comment ignores, in the order of the spec."""
    file = spec_file(Source("net.yaml", textwrap.dedent(text).lstrip("\n")))
    network = elaborate_file(file)
    return examine(network, profile(network), file, selection=Selection(select, ignore)).findings


def codes(text: str, select: tuple[str, ...] = ()) -> list[str]:
    """Only the codes of these."""
    return [finding.code for finding in findings(text, select)]


def on(shape: str, *lines: str) -> str:
    """A spec of one input and a list of layers."""
    return f"input: {shape}\nlayers:\n" + "".join(f"  - {line}\n" for line in lines)
