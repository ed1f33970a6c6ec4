"""`netinspect verify`: does torch agree with every figure?

torch is loaded only when the first spec has proved valid, so a mistake in a spec is told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from netinspect.cli import options, output
from netinspect.cli.options import Match
from netinspect.errors import Diagnostic, InputError, SpecError
from netinspect.files import file_and_entry
from netinspect.findings import Finding, broken

if TYPE_CHECKING:
    from netinspect.reading import Reading, Settings
    from netinspect.recording import Loaded
    from netinspect.torch_backend.verify import Verification

EPILOG = """\
Each network is built as a torch model on the meta device, which needs no memory, and run for its batch size and for
a batch of two. A file stands for its base and every variant.

\b
Examples:
  netinspect verify net.yaml
  netinspect verify resnet.yaml:resnet50 gpt2
  netinspect verify net.yaml --format json
  netinspect verify net.yaml --weights net.safetensors
"""


class Format(StrEnum):
    """How a verification is written."""

    text = "text"
    json = "json"


@options.reads_specs
def verify(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC]...", help="Specs to verify.", autocompletion=options.gallery_names, show_default=False
        ),
    ] = None,
    *,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.text,
    batch_size: options.BatchSize = 1,
    settings: Settings,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights", metavar="FILE[:KEY]", help="Does this checkpoint, or its entry KEY, fit the one SPEC?"
        ),
    ] = None,
    partial: options.Partial = False,
    match: options.MatchOption = Match.name,
    only_specs: options.OnlySpecs = False,
    output_file: options.OutputFile = None,
) -> int:
    """Does torch agree with every shape, parameter and MAC?"""
    from netinspect.reading import read, read_networks

    specs = options.references(specs, settings)
    if only_specs:
        from netinspect.checking import is_included_spec

        specs = [word for word in specs if not Path(word).is_file() or is_included_spec(Path(word))]
    checkpoint_file = None if weights is None else file_and_entry(weights)[0]
    options.refuse_overwriting([output_file], specs, [settings.custom_layers, checkpoint_file])
    checkpoint = Checkpoint(weights, partial, match.value) if weights is not None else None
    if checkpoint is not None and len(specs) != 1:
        raise InputError("--weights checks a checkpoint against one SPEC")
    settings = replace(settings, batch_size=batch_size)
    readings: Iterable[Reading] = (reading for spec in specs for reading in read_networks(spec, settings))
    if checkpoint is not None:  # it fits one of a file's networks: the one that is named
        readings = (read(specs[0], settings),)
    outcomes = (_verified(reading, checkpoint, settings.custom_layers) for reading in readings)
    if format is Format.text:
        return _write_reports(outcomes, output_file)
    return _write_document(tuple(outcomes), output_file)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that should fit, and how strictly."""

    file: Path
    partial: bool
    match: Literal["name", "order"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one network: how it was read, what torch says of it, and how a checkpoint fits."""

    reading: Reading
    verification: Verification | None = None
    weights: Loaded | None = None
    misfits: tuple[Finding, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 where torch does not agree or a check failed, 2 for a broken spec or a checkpoint that does not fit."""
        if self.misfits:
            return 2
        agrees = self.verification is None or self.verification.agrees
        return max(self.reading.exit_code, int(not agrees))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be said of the spec and the checkpoint."""
        return (*self.reading.findings, *self.misfits)


def _verified(reading: Reading, checkpoint: Checkpoint | None, custom_layers: Path | None) -> Outcome:
    network = reading.network
    if network is None:
        return Outcome(reading)
    loaded = None
    if checkpoint is not None:
        from netinspect.torch_backend.weights import check_weights

        try:
            with options.running_layers_of(custom_layers):
                loaded = check_weights(network, checkpoint.file, partial=checkpoint.partial, match=checkpoint.match)
        except InputError as failure:  # it does not fit, or cannot be read at all
            name, variant = str(checkpoint.file), network.variant
            if isinstance(failure, SpecError):
                return Outcome(reading, misfits=broken(failure.diagnostics, failure.source, name, variant))
            return Outcome(reading, misfits=broken((Diagnostic(failure.code, str(failure)),), None, name, variant))
    from netinspect.torch_backend.verify import verify

    with options.running_layers_of(custom_layers):
        return Outcome(reading, verify(network), loaded)


# --- text ------------------------------------------------------------------------------------


def _write_reports(outcomes: Iterable[Outcome], output_file: Path | None) -> int:
    """Each network's report as soon as it is known, messages on stderr. A file is written if no spec is broken."""
    codes, texts = [], []
    for outcome in outcomes:
        if outcome.verification is not None:
            texts.append("\n".join((*_report(outcome.verification, outcome.weights), "")))
            if output_file is None:
                output.write(texts[-1], None)
        output.tell(outcome.findings)
        for note in outcome.weights.notes if outcome.weights else ():
            output.complain(f"note: {note}")
        codes.append(outcome.exit_code)
    if output_file is not None and max(codes, default=0) <= 1:
        output.write("".join(texts), output_file)
    return max(codes, default=0)


def _report(verification: Verification, loaded: Loaded | None) -> Iterator[str]:
    """What torch says, and how a checkpoint fits; of its tensors what does not fit, only where that is allowed."""
    from netinspect.language.messages import printable

    count = len(verification.differences)
    verdict = "torch agrees" if verification.agrees else f"{count} {_plural('difference', count)}"
    where = verification.source + (f":{verification.variant}" if verification.variant else "")
    counts = (
        f"{verification.layers:,} {_plural('layer', verification.layers)}",
        f"{verification.functions:,} {_plural('function', verification.functions)}",
        f"{verification.params:,} {_plural('parameter', verification.params)}",
        f"{verification.macs:,} {_plural('MAC', verification.macs)}",
    )
    batches = " and ".join(str(size) for size in verification.batch_sizes)
    torchinfo_layers = f"{verification.torchinfo_layers:,} {_plural('layer', verification.torchinfo_layers)}"
    compared = f"{', '.join(counts)}; batches of {batches}; torchinfo asked for {torchinfo_layers}"
    yield printable(f"{where}: {verdict} · {compared}")
    for difference in verification.differences:
        figures = f"catalogue {difference.catalogue}, {difference.engine} {difference.torch}"
        yield printable(f"  {difference.path or 'the network'}: {difference.what}: {figures}")
    for unchecked in verification.unchecked:
        yield printable(f"  {unchecked.path}: {unchecked.what} not checked by torch: {unchecked.reason}")
    if loaded is None:
        return
    fitting = sum(tensor.state == "loaded" for tensor in loaded.tensors)
    opened = f", from {'.'.join(loaded.unwrapped)}" if loaded.unwrapped else ""
    stripped = f", without the prefix {loaded.prefix}" if loaded.prefix else ""
    fit = f"{fitting:,} of {len(loaded.tensors):,} tensors fit, by {loaded.match}{opened}{stripped}"
    yield printable(f"  {loaded.source}: {fit}")
    for tensor in loaded.tensors:
        if tensor.state != "loaded":
            yield printable(f"    {tensor.state}: {tensor.key}")
    yield from (printable(f"    extra: {name}") for name in loaded.extra)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


# --- JSON ------------------------------------------------------------------------------------


def _write_document(outcomes: Sequence[Outcome], output_file: Path | None) -> int:
    """One JSON document of all networks, and of what is wrong with those that could not be verified."""
    from netinspect.report.json import document

    for outcome in outcomes:
        output.tell(outcome.findings)
        for note in outcome.weights.notes if outcome.weights else ():
            output.complain(f"note: {note}")
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    models = [model(o.verification, o.weights) for o in outcomes if o.verification is not None]
    output.write(document("verify", findings, models=models), output_file)
    return max((outcome.exit_code for outcome in outcomes), default=0)


def model(verification: Verification, weights: Loaded | None) -> dict[str, Any]:
    """One network's entry in the document. `weights` is there only where a checkpoint was asked about."""
    fields = {**asdict(verification), "agrees": verification.agrees}
    return fields if weights is None else {**fields, "weights": {**asdict(weights), "complete": weights.is_complete}}
