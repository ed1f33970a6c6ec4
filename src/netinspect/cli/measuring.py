"""`--measure`: the limits it is given, and torch, which is loaded here once every spec has proved valid."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from netinspect.analysis.equivalents import convolutions
from netinspect.analysis.measuring import Limits, need_memory
from netinspect.analysis.timing import Measurement
from netinspect.cli.compare_request import Measuring
from netinspect.cli.comparing import Subject
from netinspect.errors import InputError
from netinspect.language import parse_bytes
from netinspect.machine import memory_bytes


def measured_layers(measuring: Measuring, subjects: Sequence[Subject]) -> Measurement:
    """The convolutions of all networks, timed. InputError where they would take too much memory."""
    if not any(convolutions(subject.network) for subject in subjects):
        raise InputError("--measure: there are no convolutions to measure")
    most = parse_bytes(measuring.limit)
    allowed = parse_bytes(measuring.memory_limit) if measuring.memory_limit is not None else _half(memory_bytes())
    limits = Limits(measuring.backward, most, allowed, measuring.device)
    for subject in subjects:
        need_memory(subject.network, limits)
    from netinspect.torch_backend.measure import measure

    found = [measure(subject.network, limits, _with_progress) for subject in subjects]
    layers = tuple(
        replace(layer, path=subject.label if subject.is_layer else layer.path)
        for subject, one in zip(subjects, found, strict=True)
        for layer in one.layers
    )
    return replace(found[0], layers=layers)


def _half(memory: int | None) -> int | None:
    return memory // 2 if memory is not None else None


def _with_progress(pairs: Iterable[Any]) -> Iterator[Any]:
    """The same, with a bar on stderr if that is a terminal."""
    listed = list(pairs)
    if sys.stderr is None or not sys.stderr.isatty():
        yield from listed
        return
    import typer

    with typer.progressbar(listed, label="measuring", file=sys.stderr) as bar:
        yield from bar
