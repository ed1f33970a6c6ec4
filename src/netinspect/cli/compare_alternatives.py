"""`netinspect compare SPEC` and `--layer`: convolutions beside what could stand in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netinspect.analysis.equivalents import Alternatives, Cost, alternatives
from netinspect.cli import comparing
from netinspect.cli.compare_request import Request
from netinspect.cli.comparing import Reading, Subject
from netinspect.report.comparison.alternatives import Item, View, items, layers_page, network_page

if TYPE_CHECKING:
    from netinspect.analysis.timing import Measurement


def compare_alternatives(asked: Request, reading: Reading) -> int:
    """Compare, write, measure and draw as asked; the exit code."""
    subjects = reading.subjects
    layers = [alternatives(subject.network, dtype=asked.wanted.dtype) for subject in subjects]
    measured = None
    if asked.measuring.wanted and reading.code <= 1:
        from netinspect.cli.measuring import measured_layers

        measured = measured_layers(asked.measuring, subjects)
    if asked.plot is not None and reading.code <= 1:
        from netinspect.cli.plotting import plot_alternatives

        plot_alternatives(asked.plot, subjects, layers, asked.plot_size)
    _write_alternatives(asked, subjects, layers, measured)
    comparing.tell(reading.messages)
    return max(reading.code, _proof_code(measured))


def _write_alternatives(
    asked: Request, subjects: Sequence[Subject], layers: Sequence[Sequence[Alternatives]], measured: Measurement | None
) -> None:
    single = subjects[0].is_layer
    lines = _layer_items(subjects, layers) if single else items(layers[0])
    if asked.target.format == "json":
        from netinspect.report.comparison import json
        from netinspect.version import VERSION

        contenders = [subject.contender for subject in subjects]
        found = json.alternatives(contenders, layers, measured)
        comparing.write_text(json.document(contenders, version=VERSION, **found), asked.target)
    elif asked.target.format == "csv":
        from netinspect.report.comparison import csv

        text = csv.alternatives(lines, formula=asked.formula, separable=asked.separable)
        comparing.write_text(text, asked.target)
    else:
        _write_alternatives_page(asked, subjects, layers, lines, measured)


def _write_alternatives_page(
    asked: Request, subjects: Sequence[Subject], layers: Sequence[Sequence[Alternatives]], lines: Sequence[Item],
    measured: Measurement | None,
) -> None:  # fmt: skip
    view = View(asked.formula, asked.separable, asked.expand, asked.sort)
    if subjects[0].is_layer:
        page = layers_page(lines, view)
    else:
        page = network_page(subjects[0].contender.profile, layers[0], view, is_partial=subjects[0].is_partial)
    if measured is not None:
        from netinspect.report.comparison.measured import grids, notes

        page = replace(page, grids=(*page.grids, *grids(measured)), notes=(*page.notes, *notes(measured)))
    comparing.write_pages((page,), asked.target)


def _layer_items(subjects: Sequence[Subject], layers: Sequence[Sequence[Alternatives]]) -> tuple[Item, ...]:
    """A line for each `--layer`: its alternatives if it is one convolution, its own cost anyway."""
    return tuple(_layer_item(subject, own) for subject, own in zip(subjects, layers, strict=True))


def _layer_item(subject: Subject, found: Sequence[Alternatives]) -> Item:
    from netinspect.analysis.text import input_sizes

    whole = subject.contender.profile
    formulas = [[row.params_formula for row in whole.rows], [row.macs_formula for row in whole.rows]]
    params, macs = (" + ".join(text for text in texts if text) for texts in formulas)
    cost = Cost(whole.totals.params, params, whole.totals.macs, macs, whole.totals.param_bytes)
    given = ", ".join(input_sizes(each, named=False) for each in whole.inputs)
    alone = found[0] if len(found) == len(subject.network.calls) == 1 else None
    return Item(subject.label, cost, alone, given)


def _proof_code(measured: Measurement | None) -> int:
    """1 where a proof fails, and says so."""
    from netinspect.report.comparison.measured import proof_text

    failed = [layer for layer in (measured.layers if measured else ()) if layer.proof and not layer.proof.holds]
    comparing.tell(f"error: {proof_text(layer.path, layer.proof)}" for layer in failed if layer.proof)
    return int(bool(failed))
