"""`netinspect compare SPEC` and `--layer`: convolutions beside what could stand in their place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netinspect.analysis.equivalents import Alternatives, Cost, alternatives, convolutions
from netinspect.cli import options, output
from netinspect.cli.compare_request import (
    Measuring,
    Request,
    contender,
    exit_code,
    read_all,
    tell_all,
    write_pages,
)
from netinspect.cli.output import complain
from netinspect.errors import InputError
from netinspect.report.comparison.alternatives import Item, View, items, layers_page, network_page

if TYPE_CHECKING:
    from netinspect.analysis.measuring import Measurement
    from netinspect.network.network import Network
    from netinspect.reading import Reading


def compare_alternatives(request: Request) -> int:
    """Compare, write, measure and draw as asked; the exit code."""
    readings = read_all(request)
    code = exit_code(readings)
    known = [reading for reading in readings if reading.profile is not None]
    layers = [alternatives(_network(reading), dtype=request.settings.dtype) for reading in known]
    measured = None
    if request.measuring is not None and code <= 1:
        measured = _measured(request.measuring, known, is_layer=bool(request.layers))
    if request.plot is not None and code <= 1:
        from netinspect.cli.compare_plots import plot_alternatives

        whole_network = None if request.layers else contender(known[0]).profile
        plot_alternatives(
            request.plot,
            _items(request, known, layers),
            _view(request),
            request.plot_size,
            profile=whole_network,
            measured=measured,
        )
    if request.format == "json":
        from netinspect.report.comparison import json

        right = [(reading, forms) for reading, forms in zip(known, layers, strict=True) if not reading.is_broken]
        compared = json.alternatives(
            [contender(reading) for reading, _ in right], [forms for _, forms in right], measured
        )
        output.write(json.document(readings, **compared), request.output_file)
    elif known and (code <= 1 or (request.format == "table" and request.output_file is None)):
        _write_text(request, known, layers, measured)
    tell_all(readings)
    # A proof that fails is said, and the exit code is 1.
    from netinspect.report.comparison.measured import proof_text

    failed = [layer for layer in (measured.layers if measured else ()) if layer.proof and not layer.proof.holds]
    for layer in failed:
        if layer.proof:
            complain(f"error: {proof_text(layer.path, layer.proof)}")
    return max(code, int(bool(failed)))


def _network(reading: Reading) -> Network:
    network = reading.network or reading.partial
    assert network is not None
    return network


def _write_text(
    request: Request,
    readings: Sequence[Reading],
    layers: Sequence[Sequence[Alternatives]],
    measured: Measurement | None,
) -> None:
    lines = _items(request, readings, layers)
    if request.format == "csv":
        from netinspect.report.comparison import csv

        text = csv.alternatives(lines, formula=request.formula, separable=request.separable)
        output.write(text, request.output_file)
        return
    view = _view(request)
    if request.layers:
        page = layers_page(lines, view)
    else:
        page = network_page(contender(readings[0]).profile, layers[0], view, is_partial=readings[0].is_broken)
    if measured is not None:
        from netinspect.report.comparison.measured import grids, notes

        page = replace(page, grids=(*page.grids, *grids(measured)), notes=(*page.notes, *notes(measured)))
    write_pages((page,), request)


def _items(request: Request, readings: Sequence[Reading], layers: Sequence[Sequence[Alternatives]]) -> tuple[Item, ...]:
    """A line for each `--layer`, or for each convolution of the one network."""
    if request.layers:
        from netinspect.analysis.text import input_sizes

        # A `--layer` has its alternatives if it is one convolution, and its own cost anyway.
        lines = []
        for reading, forms in zip(readings, layers, strict=True):
            profile = contender(reading).profile
            formulas = [[row.params_formula for row in profile.rows], [row.macs_formula for row in profile.rows]]
            params, macs = (" + ".join(text for text in texts if text) for texts in formulas)
            cost = Cost(profile.totals.params, params, profile.totals.macs, macs, profile.totals.param_bytes)
            sizes = ", ".join(input_sizes(each, named=False) for each in profile.inputs)
            alone = forms[0] if len(forms) == len(_network(reading).calls) == 1 else None
            lines.append(Item(reading.label, cost, alone, sizes))
        return tuple(lines)
    return items(layers[0])


def _view(request: Request) -> View:
    """How the lines are shown; single layers each by itself."""
    return View(request.formula, request.separable, request.expand or bool(request.layers), request.sort)


# --- measuring ---------------------------------------------------------------------------------


def _measured(measuring: Measuring, readings: Sequence[Reading], *, is_layer: bool) -> Measurement:
    """The convolutions of all networks, timed. InputError where they would take too much memory.

    torch is loaded here, once every spec has proved valid.
    """
    from netinspect.analysis.measuring import Limits, need_memory
    from netinspect.machine import memory_bytes

    if not any(convolutions(_network(reading)) for reading in readings):
        raise InputError("--measure: there are no convolutions to measure")
    most = options.byte_amount("--measure-limit", measuring.limit)
    memory = memory_bytes()
    allowed = options.byte_amount("--memory-limit", measuring.memory_limit) or (memory // 2 if memory else None)
    limits = Limits(measuring.backward, most or 0, allowed, measuring.device)
    for reading in readings:
        need_memory(_network(reading), limits)
    from netinspect.torch_backend.measure import measure

    measurements = [measure(_network(reading), limits, _with_progress) for reading in readings]
    layers = tuple(
        replace(layer, path=reading.label if is_layer else layer.path)
        for reading, measurement in zip(readings, measurements, strict=True)
        for layer in measurement.layers
    )
    return replace(measurements[0], layers=layers)


def _with_progress(pairs: Iterable[Any]) -> Iterator[Any]:
    """The same, with a bar on stderr if that is a terminal."""
    listed = list(pairs)
    if sys.stderr is None or not sys.stderr.isatty():
        yield from listed
        return
    import typer

    with typer.progressbar(listed, label="measuring", file=sys.stderr) as bar:
        yield from bar
