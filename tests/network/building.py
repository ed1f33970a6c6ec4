"""Short ways from a spec's text to a network, for the tests of this package."""

from __future__ import annotations

import textwrap
from typing import Any

from netinspect.errors import Diagnostic, SpecError
from netinspect.language import Source, parse
from netinspect.network import Network, Scope, elaborate


def network(text: str, **options: Any) -> Network:
    """The network of a spec's text."""
    source = Source.from_bytes("net.yaml", textwrap.dedent(text).encode())
    parsed = parse(source)
    if parsed.spec is None:
        raise SpecError(parsed.diagnostics, source)
    return elaborate(parsed.spec, source, diagnostics=parsed.diagnostics, **options)


def layers(lines: str, shape: str = "[3, 32, 32]", extra: str = "", **options: Any) -> Network:
    """The network of a list of layers on one input."""
    body = textwrap.indent(textwrap.dedent(lines).strip("\n"), "  ")
    return network(f"input: {shape}\n{textwrap.dedent(extra)}layers:\n{body}\n", **options)


def mistakes(text: str, **options: Any) -> tuple[Diagnostic, ...]:
    """The diagnostics of a spec; () for a sound one."""
    try:
        network(text, **options)
    except SpecError as error:
        return error.diagnostics
    return ()


def keys(net: Network) -> list[str]:
    """State-dict keys in the order of a scope's own parameters, then its layers."""
    return _keys(net.root)


def _keys(scope: Scope) -> list[str]:
    found = [] if scope.again else [parameter.key for parameter in scope.parameters]
    for item in scope.items:
        if isinstance(item, Scope):
            found += _keys(item)
        elif item.module is not None and not item.again:
            found += [f"{item.module}.{weight.name}" for weight in item.result.parameters]
    return found


def shapes(net: Network) -> dict[str, tuple[int, ...]]:
    """Output shape of every call by path, without the leading batch."""
    return {call.path: call.outputs[0].type.shape[1:] for call in net.calls}
