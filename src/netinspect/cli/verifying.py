"""Specs to verifications to text: what `netinspect verify` does once its options are read.

torch is loaded only when the first spec has proved valid, so a mistake in a spec is told at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netinspect.cli.failures import described, worst
from netinspect.cli.streams import complain
from netinspect.errors import NetinspectError
from netinspect.language.messages import printable
from netinspect.network.load import Layers, SpecFile, elaborate_file, open_spec
from netinspect.network.network import Network
from netinspect.torch_backend.verification import Difference, Unchecked, Verification

if TYPE_CHECKING:
    from netinspect.recording import Loaded


@dataclass(frozen=True, slots=True)
class WeightsWanted:
    """A checkpoint that should fit, and how strictly."""

    file: Path
    partial: bool
    match: Literal["name", "order"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one network: its verification, or the message of what is wrong with the spec; the exit code."""

    verification: Verification | None
    messages: tuple[str, ...]
    code: int
    weights: Loaded | None = None


def verified(
    reference: str, layers: Layers, batch_size: int, weights: WeightsWanted | None = None
) -> Iterator[Outcome]:
    """Verify a spec; where a file with variants is named without one, the base and every variant.

    With a checkpoint only the network that is named: it fits one of them.
    """
    try:
        opened = open_spec(reference, layers)
    except NetinspectError as failure:
        yield _failed(failure)
        return
    for file in (opened,) if weights is not None else _each_variant(opened):
        yield _verified(file, batch_size, weights)


def _each_variant(file: SpecFile) -> tuple[SpecFile, ...]:
    if file.variant is not None:
        return (file,)
    others = file.parsed.spec.variants if file.parsed.spec is not None else ()
    return (file, *(replace(file, variant=other.name) for other in others if other.vars))


def _verified(file: SpecFile, batch_size: int, weights: WeightsWanted | None) -> Outcome:
    try:
        network = elaborate_file(file, batch_size=batch_size)
        loaded = _checked(network, weights) if weights is not None else None
    except NetinspectError as failure:
        return _failed(failure)
    from netinspect.torch_backend.verify import verify

    verification = verify(network)
    messages = tuple(f"note: {note}" for note in (*network.notes, *(loaded.notes if loaded else ())))
    return Outcome(verification, messages, int(not verification.agrees), loaded)


def _checked(network: Network, weights: WeightsWanted) -> Loaded:
    from netinspect.torch_backend.weights import check_weights

    return check_weights(network, weights.file, partial=weights.partial, match=weights.match)


def _failed(failure: NetinspectError) -> Outcome:
    text, code = described(failure)
    return Outcome(None, (text,), code)


# --- text ------------------------------------------------------------------------------------


def print_reports(outcomes: Iterable[Outcome]) -> int:
    """Each network's report on stdout as soon as it is known, messages on stderr. The exit code."""
    codes = []
    for outcome in outcomes:
        if outcome.verification is not None:
            fit = () if outcome.weights is None else _fit(outcome.weights)
            sys.stdout.write("\n".join((*_report(outcome.verification), *fit, "")))
            sys.stdout.flush()
        for message in outcome.messages:
            complain(message)
        codes.append(outcome.code)
    return worst(codes)


def _report(verification: Verification) -> Iterator[str]:
    found = len(verification.differences)
    verdict = "torch agrees" if verification.agrees else f"{found} {_plural('difference', found)}"
    where = verification.source + (f":{verification.variant}" if verification.variant else "")
    yield printable(f"{where}: {verdict} · {_compared(verification)}")
    for difference in verification.differences:
        yield printable(f"  {_difference(difference)}")
    for unchecked in verification.unchecked:
        yield printable(f"  {_unchecked(unchecked)}")


def _fit(loaded: Loaded) -> Iterator[str]:
    """How a checkpoint fits; what does not only where that is allowed."""
    found = sum(tensor.state == "loaded" for tensor in loaded.tensors)
    stripped = f", without the prefix {loaded.prefix}" if loaded.prefix else ""
    yield printable(f"  {loaded.source}: {found:,} of {len(loaded.tensors):,} tensors fit, by {loaded.match}{stripped}")
    for tensor in loaded.tensors:
        if tensor.state != "loaded":
            yield printable(f"    {tensor.state}: {tensor.key}")
    yield from (printable(f"    extra: {name}") for name in loaded.extra)


def _compared(verification: Verification) -> str:
    counts = (
        f"{verification.layers:,} {_plural('layer', verification.layers)}",
        f"{verification.functions:,} {_plural('function', verification.functions)}",
        f"{verification.params:,} {_plural('parameter', verification.params)}",
        f"{verification.macs:,} {_plural('MAC', verification.macs)}",
    )
    batches = " and ".join(str(size) for size in verification.batch_sizes)
    asked = f"{verification.torchinfo_layers:,} {_plural('layer', verification.torchinfo_layers)}"
    return f"{', '.join(counts)}; batches of {batches}; torchinfo asked for {asked}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _difference(difference: Difference) -> str:
    where = difference.path or "the network"
    return f"{where}: {difference.what}: catalogue {difference.catalogue}, {difference.engine} {difference.torch}"


def _unchecked(unchecked: Unchecked) -> str:
    return f"{unchecked.path}: {unchecked.what} not checked by torch: {unchecked.reason}"


# --- JSON ------------------------------------------------------------------------------------


def print_document(outcomes: Sequence[Outcome]) -> int:
    """One JSON document of all networks; nothing on stdout where a spec is wrong. The exit code."""
    code = worst(outcome.code for outcome in outcomes)
    for outcome in outcomes:
        for message in outcome.messages:
            complain(message)
    if code <= 1:
        sys.stdout.write(_document([_model(o.verification, o.weights) for o in outcomes if o.verification is not None]))
    return code


def _document(models: Sequence[dict[str, Any]]) -> str:
    from netinspect.version import VERSION

    whole = {
        "format_version": "1.0",
        "netinspect": VERSION,
        "command": "verify",
        "models": models,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _model(verification: Verification, weights: Loaded | None) -> dict[str, Any]:
    """`weights` is there only where a checkpoint was asked about."""
    model = {**asdict(verification), "agrees": verification.agrees}
    return model if weights is None else {**model, "weights": {**asdict(weights), "complete": weights.is_complete}}
