"""`netinspect compare --baseline`: what changed since, and whether it is too much."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

from netinspect.analysis.baseline import Changes, Snapshot, changes, paired, snapshot
from netinspect.analysis.increase import Increase, Limit, increases, limits
from netinspect.analysis.profile import profile
from netinspect.analysis.stored import MAX_BYTES, is_document, snapshots
from netinspect.cli import comparing, terminal
from netinspect.cli.compare_request import Request
from netinspect.cli.comparing import Reading, Subject, Wanted
from netinspect.errors import InputError
from netinspect.language import Source
from netinspect.network.load import SpecFile, elaborate_file, open_spec, spec_file
from netinspect.report.comparison.baseline import changes_page, increase_text, new_page


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of each network, by its label: its changes (None for a new one) and the limits it passes."""

    subjects: tuple[Subject, ...]
    states: tuple[Snapshot, ...]
    changes: Mapping[str, Changes | None]
    passed: Mapping[str, tuple[Increase, ...]]
    missing: tuple[Snapshot, ...]


def compare_baseline(asked: Request) -> int:
    """Compare each spec with its baseline. 1 where something rose too far; nothing is shown where a spec is wrong."""
    assert asked.baseline is not None
    allowed = limits(asked.fail_on_increase) if asked.fail_on_increase is not None else ()
    if asked.baseline == "-" and "-" in asked.specs:
        raise InputError("standard input can be read once: - is both the baseline and a spec")
    if not asked.specs:
        raise InputError("--baseline needs a SPEC to compare with it")
    reading = comparing.read(asked.specs, (), asked.wanted)
    if reading.code > 1:
        comparing.tell(reading.messages)
        return reading.code
    found = _found(reading, read_baseline(asked.baseline, asked.wanted), allowed)
    _write(asked, found)
    comparing.tell(reading.messages)
    return max(reading.code, _told(found))


def _found(reading: Reading, old: tuple[Snapshot, ...], allowed: tuple[Limit, ...]) -> _Found:
    states = tuple(snapshot(subject.contender.profile) for subject in reading.subjects)
    pairs = paired(old, states)
    compared = tuple(changes(was, now) if was is not None else None for was, now in pairs)
    labels = [subject.label for subject in reading.subjects]
    passed = {label: increases(one, allowed) for label, one in zip(labels, compared, strict=True) if one is not None}
    used = [was for was, _ in pairs]
    missing = tuple(one for one in old if not any(one is was for was in used))
    return _Found(reading.subjects, states, dict(zip(labels, compared, strict=True)), passed, missing)


def _write(asked: Request, found: _Found) -> None:
    if asked.target.format == "json":
        from netinspect.report.comparison import json
        from netinspect.version import VERSION

        contenders = [subject.contender for subject in found.subjects]
        compared = json.against(found.changes, found.passed, found.missing)
        comparing.write_text(json.document(contenders, version=VERSION, **compared), asked.target)
    elif asked.target.format == "csv":
        from netinspect.report.comparison import csv

        comparing.write_text(csv.changes(found.changes), asked.target)
    else:
        is_comment = asked.target.format == "markdown"  # a terminal shows what is passed on stderr
        pages = [
            changes_page(one, found.passed[label] if is_comment else (), sort=asked.sort, expand=asked.expand)
            if one is not None
            else new_page(state)
            for (label, one), state in zip(found.changes.items(), found.states, strict=True)
        ]
        comparing.write_pages(pages, asked.target)


def _told(found: _Found) -> int:
    """Say on stderr what rose too far and what was not compared; the exit code."""
    states = dict(zip(found.changes, found.states, strict=True))
    comparing.tell(f"note: {label} is not in the baseline" for label, one in found.changes.items() if one is None)
    comparing.tell(f"note: {one.name} ({one.source}) is in the baseline alone" for one in found.missing)
    rises = [f"error: {increase_text(one, states[label])}" for label, own in found.passed.items() for one in own]
    comparing.tell(rises)
    return int(bool(rises))


# --- reading ---------------------------------------------------------------------------------


def read_baseline(reference: str, wanted: Wanted) -> tuple[Snapshot, ...]:
    """The networks of a JSON document, or the one of a spec. InputError and SpecError as for a spec.

    A spec is counted for the batch size and dtype of the comparison, but with its own vars and inputs.
    """
    terminal.refuse_typing(reference)
    data = _bytes(reference)
    if data is None:
        return (_of_spec(open_spec(reference), wanted),)
    name = "<stdin>" if reference == "-" else reference
    text = data.decode("utf-8-sig", "replace")
    if reference.endswith(".json") or is_document(text):
        if "\ufffd" in text:
            raise InputError(f"{name} is not UTF-8 text")
        return snapshots(text, name)
    return (_of_spec(spec_file(Source.from_bytes(name, data)), wanted),)


def _of_spec(file: SpecFile, wanted: Wanted) -> Snapshot:
    return snapshot(profile(elaborate_file(file, batch_size=wanted.batch_size), dtype=wanted.dtype))


def _bytes(reference: str) -> bytes | None:
    """What a file or standard input holds; None for `file:variant` and names of the gallery."""
    try:
        if reference == "-":
            data = _standard_input()
        else:
            path = Path(reference)
            if not path.exists() or path.is_dir():
                return None
            with path.open("rb", buffering=0) as file:
                data = _bounded(file)
    except OSError as error:
        raise InputError(f"the baseline {reference} cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"the baseline {reference} is too large: at most {MAX_BYTES // 2**20} MiB")
    return data


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("standard input is closed; pipe the baseline in, or name a file")
    return _bounded(sys.stdin.buffer)


def _bounded(stream: BinaryIO | RawIOBase) -> bytes:
    """All there is, but one byte past the bound at most."""
    pieces: list[bytes] = []
    left = MAX_BYTES + 1
    while left and (piece := stream.read(min(left, 1 << 20))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
