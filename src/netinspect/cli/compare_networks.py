"""`netinspect compare SPEC SPEC…`: networks side by side."""

from __future__ import annotations

from netinspect.analysis.comparison import ordered
from netinspect.cli import output
from netinspect.cli.compare_request import Request, contender, exit_code, read_all, tell_all, write_pages


def compare_networks(request: Request) -> int:
    """Compare, write and draw those that could be read; the exit code.

    A table shows the right ones; CSV, Markdown, files and plots are made only if every spec could be read.
    """
    readings = read_all(request)
    code = exit_code(readings)
    right = [reading for reading in readings if not reading.is_broken]
    contenders = [contender(reading) for reading in right]
    if request.plot is not None and code <= 1:
        from netinspect.cli.compare_plots import plot_layers, plot_networks

        if request.per_layer:
            plot_layers(request.plot, contenders, request.plot_size, expand=request.expand)
        else:
            plot_networks(request.plot, contenders, request.sort, request.plot_size)
    if request.format == "json":
        from netinspect.report.comparison import json

        in_order = ordered(contenders, request.sort)
        compared = json.networks(in_order, first=contenders[0], per_layer=request.per_layer) if contenders else {}
        order = {network.label: position for position, network in enumerate(in_order)}
        ordered_readings = sorted(readings, key=lambda reading: order.get(reading.label, -1))
        output.write(json.document(ordered_readings, **compared), request.output_file)
    elif code <= 1 and request.format == "csv":
        from netinspect.report.comparison import csv

        in_order = ordered(contenders, request.sort)
        output.write(csv.layers(in_order) if request.per_layer else csv.networks(in_order), request.output_file)
    elif contenders and (code <= 1 or (request.format == "table" and request.output_file is None)):
        from netinspect.report.comparison.networks import networks_page

        page = networks_page(contenders, sort=request.sort, per_layer=request.per_layer, expand=request.expand)
        write_pages((page,), request)
    tell_all(readings)
    return code
