"""Specs to verifications to text: what `netinspect verify` does once its options are read.

torch is loaded only when the first spec has proved valid, so a mistake in a spec is told at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from netinspect.cli.failures import described, worst
from netinspect.cli.streams import complain
from netinspect.errors import NetinspectError
from netinspect.language.messages import printable
from netinspect.network.load import SpecFile, elaborate_file, open_spec
from netinspect.torch_backend.verification import Difference, Unchecked, Verification


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one network: its verification, or the message of what is wrong with the spec; the exit code."""

    verification: Verification | None
    messages: tuple[str, ...]
    code: int


def verified(reference: str, batch_size: int) -> Iterator[Outcome]:
    """Verify a spec; where a file with variants is named without one, the base and every variant."""
    try:
        files = _each_variant(open_spec(reference))
    except NetinspectError as failure:
        yield _failed(failure)
        return
    for file in files:
        yield _verified(file, batch_size)


def _each_variant(file: SpecFile) -> tuple[SpecFile, ...]:
    if file.variant is not None:
        return (file,)
    return (file, *(replace(file, variant=name) for name in file.variants))


def _verified(file: SpecFile, batch_size: int) -> Outcome:
    try:
        network = elaborate_file(file, batch_size=batch_size)
    except NetinspectError as failure:
        return _failed(failure)
    from netinspect.torch_backend.verify import verify

    verification = verify(network)
    return Outcome(verification, tuple(f"note: {note}" for note in network.notes), int(not verification.agrees))


def _failed(failure: NetinspectError) -> Outcome:
    text, code = described(failure)
    return Outcome(None, (text,), code)


# --- text ------------------------------------------------------------------------------------


def print_reports(outcomes: Iterable[Outcome]) -> int:
    """Each network's report on stdout as soon as it is known, messages on stderr. The exit code."""
    codes = []
    for outcome in outcomes:
        if outcome.verification is not None:
            sys.stdout.write("\n".join((*_report(outcome.verification), "")))
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
        sys.stdout.write(_document([o.verification for o in outcomes if o.verification is not None]))
    return code


def _document(verifications: Sequence[Verification]) -> str:
    from netinspect.version import VERSION

    whole = {
        "format_version": "1.0",
        "netinspect": VERSION,
        "command": "verify",
        "models": [_model(verification) for verification in verifications],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _model(verification: Verification) -> dict[str, Any]:
    return {**asdict(verification), "agrees": verification.agrees}
