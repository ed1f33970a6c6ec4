"""Specs and single layers, read for `netinspect compare`.

Mistakes are told for every spec, not only the first; a comparison is of those that could be read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netinspect.analysis.comparison import Contender
from netinspect.analysis.profile import profile
from netinspect.cli import terminal
from netinspect.cli.failures import described
from netinspect.cli.layer_options import LayerOption
from netinspect.cli.streams import complain
from netinspect.errors import InputError, NetinspectError, SpecError
from netinspect.findings.rule import subject as looked_at
from netinspect.findings.rules.unmet_expectation import RULE
from netinspect.network.load import elaborate_file, open_spec
from netinspect.network.network import Network

if TYPE_CHECKING:
    from netinspect.report.comparison.page import Page


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read every spec with."""

    batch_size: int = 1
    dtype: str = "float32"
    assignments: tuple[tuple[str, str], ...] = ()
    input_shapes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A network to compare. `is_partial`: it is cut off at a mistake."""

    label: str
    network: Network
    contender: Contender
    is_layer: bool = False
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of all specs: the networks, what to say on stderr, the exit code so far."""

    subjects: tuple[Subject, ...]
    messages: tuple[str, ...]
    code: int


def read(references: Sequence[str], layers: Sequence[LayerOption], wanted: Wanted) -> Reading:
    """Read all specs, then the single layers."""
    if sum(reference == "-" for reference in references) > 1:
        raise InputError("standard input can be read once, and - stands twice")
    readings = [_spec(reference, wanted) for reference in references] + [_layer(option, wanted) for option in layers]
    return Reading(
        tuple(subject for reading in readings for subject in reading.subjects),
        tuple(message for reading in readings for message in reading.messages),
        max((reading.code for reading in readings), default=0),
    )


def _spec(reference: str, wanted: Wanted) -> Reading:
    try:
        terminal.refuse_typing(reference)
        file = open_spec(reference)
        network = elaborate_file(
            file, batch_size=wanted.batch_size, assignments=wanted.assignments, input_shapes=wanted.input_shapes
        )
        subject = _subject(reference if reference != "-" else file.source.name, network, wanted)
    except NetinspectError as failure:
        return _failed(failure, reference, wanted)
    return _sound(subject, file.source, wanted)


def _layer(option: LayerOption, wanted: Wanted) -> Reading:
    from netinspect.network.one_layer import one_layer

    try:
        network = one_layer(option.text, option.inputs, batch_size=wanted.batch_size)
        subject = _subject(network.name, network, wanted, is_layer=True)
    except NetinspectError as failure:
        return _failed(failure, option.text, wanted)
    return _sound(subject, None, wanted)


def _subject(
    label: str, network: Network, wanted: Wanted, *, is_layer: bool = False, is_partial: bool = False
) -> Subject:
    whole = profile(network, dtype=wanted.dtype)
    return Subject(label, network, Contender(label, whole, network.results), is_layer, is_partial)


def _failed(failure: NetinspectError, label: str, wanted: Wanted) -> Reading:
    text, code = described(failure)
    cut_off = failure.partial if isinstance(failure, SpecError) else None
    subjects = () if cut_off is None else (_subject(label, cut_off, wanted, is_partial=True),)
    return Reading(subjects, (text,), code)


def _sound(subject: Subject, source: object, wanted: Wanted) -> Reading:
    """The checks that a spec that was read has to pass: its own `expect`, and `--strict`."""
    whole = subject.contender.profile
    diagnostics = tuple(RULE.check(looked_at(subject.network, whole)))
    complaints = [described(SpecError(diagnostics, source))[0]] if diagnostics else []
    if wanted.strict and whole.uncounted:
        complaints.append(f"error: {whole.source}: not everything is counted: {'; '.join(whole.uncounted)}")
    notes = tuple(f"note: {note}" for note in subject.network.notes)
    return Reading((subject,), (*notes, *complaints), int(bool(complaints)))


# --- writing ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """Where the comparison goes, and in which format."""

    format: str
    file: Path | None


def write_pages(pages: Sequence[Page], target: Target) -> None:
    """The pages as a table or as Markdown."""
    if target.format == "markdown":
        from netinspect.report.comparison.markdown import document

        write_text(document(pages), target)
        return
    from netinspect.report.comparison.table import table

    width, color = (None, False) if target.file else (terminal.width(), terminal.color())
    write_text("\n".join(table(page, width=width, color=color) for page in pages), target)


def write_text(text: str, target: Target) -> None:
    """To the file if there is one, else to standard output."""
    if target.file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from netinspect.files import write

    write(target.file, text.encode("utf-8"))


def tell(messages: Iterable[str]) -> None:
    """Messages on standard error."""
    for message in messages:
        complain(message)
