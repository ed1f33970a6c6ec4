"""Specs to profiles to text: what `netinspect summary` does once its options are read.

A spec that fails does not keep the others from being shown: tables are printed one after the other, each
with its own messages. JSON, CSV and Markdown are one document, printed only if every spec could be read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from netinspect.analysis.figures import Profile
from netinspect.analysis.profile import profile
from netinspect.catalogue import LAYERS, Entry
from netinspect.cli import terminal
from netinspect.cli.failures import described, worst
from netinspect.cli.streams import complain
from netinspect.errors import NetinspectError, SpecError
from netinspect.findings.rule import subject
from netinspect.findings.rules.unmet_expectation import RULE
from netinspect.network.load import elaborate_file, open_spec
from netinspect.network.network import Network
from netinspect.report.lines import Layout


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to work out for each spec."""

    batch_size: int = 1
    dtype: str = "float32"
    optimizer: str | None = None
    assignments: tuple[tuple[str, str], ...] = ()
    input_shapes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    strict: bool = False
    like: str | None = None
    layers: Mapping[str, Entry] = field(default_factory=lambda: LAYERS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one spec: its profile (where it is wrong, of the rows before the mistake), messages, exit code."""

    profile: Profile | None
    messages: tuple[str, ...]
    code: int


def summarise(reference: str, wanted: Wanted) -> Outcome:
    """Work out one spec. Mistakes are in the outcome; only what is no NetinspectError is raised."""
    try:
        terminal.refuse_typing(reference)
        file = open_spec(reference, wanted.layers)
        network = elaborate_file(
            file, batch_size=wanted.batch_size, assignments=wanted.assignments, input_shapes=wanted.input_shapes
        )
        whole = _profiled(network, wanted)
    except NetinspectError as failure:
        partial = failure.partial if isinstance(failure, SpecError) else None
        text, code = described(failure)
        return Outcome(_profiled(partial, wanted) if partial is not None else None, (text,), code)
    complaints = _complaints(network, whole, file.source, wanted)
    notes = tuple(f"note: {note}" for note in network.notes)
    return Outcome(whole, (*notes, *complaints), 1 if complaints else 0)


def _profiled(network: Network, wanted: Wanted) -> Profile:
    whole = profile(network, dtype=wanted.dtype, optimizer=wanted.optimizer)
    if wanted.like is None:
        return whole
    from netinspect.analysis.peers import like

    return replace(whole, peer=like(network, wanted.like))


def _complaints(network: Network, whole: Profile, source: object, wanted: Wanted) -> tuple[str, ...]:
    """Checks that failed: `expect`, and `--strict`."""
    found = []
    diagnostics = tuple(RULE.check(subject(network, whole)))
    if diagnostics:
        found.append(described(SpecError(diagnostics, source))[0])
    if wanted.strict and whole.uncounted:
        found.append(f"error: {whole.source}: not everything is counted: {'; '.join(whole.uncounted)}")
    return tuple(found)


def print_tables(outcomes: Iterable[Outcome], how: Layout, output_file: Path | None) -> int:
    """Each spec's table on stdout, then its messages on stderr. A file is written only if all specs are right."""
    from netinspect.report.table import table

    codes: list[int] = []
    texts: list[str] = []
    for outcome in outcomes:
        if outcome.profile is not None:
            width, color = (None, False) if output_file else (terminal.width(), terminal.color())
            blank = "\n" if texts else ""
            texts.append(blank + table(outcome.profile, how, width=width, color=color, partial=outcome.code > 1))
            if output_file is None:
                sys.stdout.write(texts[-1])
                sys.stdout.flush()
        _tell(outcome)
        codes.append(outcome.code)
    if output_file is not None and worst(codes) <= 1:
        _save(output_file, "".join(texts))
    return worst(codes)


def print_document(outcomes: Sequence[Outcome], form: str, how: Layout, output_file: Path | None) -> int:
    """One document of all specs; nothing at all where one of them is wrong."""
    code = worst(outcome.code for outcome in outcomes)
    for outcome in outcomes:
        _tell(outcome)
    if code > 1:
        return code
    text = _writer(form, how)([outcome.profile for outcome in outcomes if outcome.profile is not None])
    if output_file is None:
        sys.stdout.write(text)
    else:
        _save(output_file, text)
    return code


def _writer(form: str, how: Layout) -> Callable[[Sequence[Profile]], str]:
    if form == "json":
        from netinspect.report import json
        from netinspect.version import VERSION

        return lambda profiles: json.document(profiles, version=VERSION)
    if form == "csv":
        from netinspect.report import csv

        return lambda profiles: csv.document(profiles, how.columns)
    from netinspect.report import markdown

    return lambda profiles: markdown.document(profiles, how)


def _tell(outcome: Outcome) -> None:
    for message in outcome.messages:
        complain(message)


def _save(path: Path, text: str) -> None:
    from netinspect.files import write

    write(path, text.encode("utf-8"))
