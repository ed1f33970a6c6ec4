"""What a spec says of itself (`expect`), held against what was worked out."""

from __future__ import annotations

from netinspect.analysis.figures import Profile
from netinspect.catalogue.faults import sizes
from netinspect.errors import Diagnostic, Span
from netinspect.language.syntax import Expectation
from netinspect.network.network import Network


def unmet(network: Network, profile: Profile) -> tuple[Diagnostic, ...]:
    """An E601 for each expectation that is not met, in the order params, macs, outputs.

    `macs` is what one sample costs, so it is held against nothing where the batch size is not 1.
    """
    expect = network.expect
    if not isinstance(expect, Expectation):
        return ()
    spans = dict(expect.spans)
    found = [_count("params", expect.params, profile.totals.params, spans)]
    if profile.batch_size == 1:
        found.append(_count("macs", expect.macs, profile.totals.macs, spans))
    found += [_output(name, shape, network, spans) for name, shape in expect.outputs]
    return tuple(diagnostic for diagnostic in found if diagnostic is not None)


def _count(name: str, wanted: int | None, actual: int, spans: dict[str, Span]) -> Diagnostic | None:
    if wanted is None or wanted == actual:
        return None
    return Diagnostic(
        "E601",
        f"{name} is {actual:,}, and not {wanted:,} as expected",
        spans.get(name),
        note=f"that is {abs(actual - wanted):,} too {'many' if actual > wanted else 'few'}",
        help=f"if the network is right, write {name}: {actual:_}",
    )


def _output(name: str, wanted: tuple[int, ...], network: Network, spans: dict[str, Span]) -> Diagnostic | None:
    span = spans.get(f"output.{name}" if name else "output")
    outputs = dict(network.outputs)
    value = outputs.get(name) or (network.outputs[0][1] if not name and network.outputs else None)
    if value is None:
        return Diagnostic("E601", f"there is no output `{name}`", span, help=f"outputs: {', '.join(outputs)}")
    actual = value.type.shape[1:]
    if actual == wanted:
        return None
    which = f"output `{name}`" if name else "the output"
    fix = f"if the network is right, write [{', '.join(map(str, actual))}]"
    return Diagnostic("E601", f"{which} is {sizes(actual)}, and not {sizes(wanted)} as expected", span, help=fix)
