"""A comparison as CSV: a line for every layer, network or change, never folded, for spreadsheets.

A text that a spreadsheet would take for a formula (`=cmd()`) gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from netinspect.analysis.alignment import aligned, layers_of
from netinspect.analysis.baseline import Changes
from netinspect.analysis.comparison import METRICS, Contender, figure, published
from netinspect.analysis.equivalents import FORMS, SEPARABLE
from netinspect.analysis.text import field_sizes, input_sizes, sizes
from netinspect.report.comparison.alternatives import Item
from netinspect.report.csv import harmless

Cell = int | float | str | None


def alternatives(items: Sequence[Item], *, formula: bool = False, separable: bool = False) -> str:
    """A line for each layer with its cost in every form; bytes are those of the parameters."""
    forms = (*FORMS, SEPARABLE) if separable else FORMS
    figures = ("params", "params_formula", "macs", "macs_formula", "param_bytes")
    kept = [name for name in figures if formula or not name.endswith("formula")]
    header = ["layer", "type", "input", "output", *(f"{form}_{name}" for form in forms for name in kept)]
    lines: list[list[Cell]] = [[*header]]
    for item in items:
        layer = item.alternatives
        place: list[Cell] = [item.label, "", item.input_text, ""]
        if layer is not None:
            place = [item.label, layer.type, sizes(layer.input_shape[1:]), sizes(layer.output_shape[1:])]
        costs = [item.in_form(form) for form in forms]
        lines.append([*place, *(getattr(cost, name) if cost is not None else "" for cost in costs for name in kept)])
    return _text(lines)


def networks(contenders: Sequence[Contender]) -> str:
    """A line for each network with its figures."""
    numbers = published(contenders)
    header = ["model", "source", "variant", "input", *(metric.name for metric in METRICS), "receptive_field", *numbers]
    lines: list[list[Cell]] = [[*header]]
    for contender in contenders:
        inputs = contender.profile.inputs
        lines.append(
            [
                *(contender.label, contender.profile.source, contender.profile.variant or ""),
                ", ".join(input_sizes(each, named=len(inputs) > 1) for each in inputs),
                *(figure(contender, metric.name) for metric in METRICS),
                field_sizes(contender.profile.totals.receptive_field),
                *(contender.results.get(name) for name in numbers),
            ]
        )
    return _text(lines)


def layers(contenders: Sequence[Contender]) -> str:
    """A line for each layer of each network; those with the same `row` are aligned."""
    header = ["row", "model", "source", "variant", "path", "type", "output", "params", "macs"]
    lines: list[Iterable[Cell]] = [header]
    for number, row in enumerate(aligned([layers_of(contender.profile) for contender in contenders]), 1):
        for contender, layer in zip(contenders, row, strict=True):
            if layer is not None:
                shape = sizes(layer.output_shapes[0][1:])
                whose = (contender.label, contender.profile.source, contender.profile.variant or "")
                lines.append([number, *whose, layer.path, layer.type, shape, layer.params, layer.macs])
    return _text(lines)


def changes(by_label: Mapping[str, Changes | None]) -> str:
    """A line for each total and each layer that changed."""
    header = ["model", "what", "change", "name", "old_name", "type", "old_params", "params", "old_macs", "macs",
              "old", "new"]  # fmt: skip
    lines: list[Iterable[Cell]] = [header]
    for label, difference in by_label.items():
        if difference is None:
            lines.append([label, "model", "added", label, *[""] * 8])
            continue
        lines += [
            [label, "total", "changed", n, *[""] * 6, difference.old.total(n), difference.new.total(n)]
            for n in difference.totals
        ]
        for change in difference.layers:
            old, new = change.old, change.new
            lines.append(
                [
                    label,
                    "layer",
                    change.kind,
                    change.layer.path,
                    old.path if old is not None else "",
                    change.layer.type,
                    old.params if old is not None else "",
                    new.params if new is not None else "",
                    old.macs if old is not None else "",
                    new.macs if new is not None else "",
                    "",
                    "",
                ]
            )
    return _text(lines)


def _text(lines: Iterable[Iterable[Cell]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in line] for line in lines)
    return stream.getvalue()
