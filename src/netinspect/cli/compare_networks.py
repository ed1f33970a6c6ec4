"""`netinspect compare SPEC SPEC…`: networks side by side."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.analysis.comparison import Contender, ordered
from netinspect.cli import comparing
from netinspect.cli.compare_request import Request
from netinspect.cli.comparing import Reading


def compare_networks(asked: Request, reading: Reading) -> int:
    """Compare, write and draw those that could be read; the exit code."""
    contenders = [subject.contender for subject in reading.subjects if not subject.is_partial]
    if contenders:
        if asked.plot is not None and reading.code <= 1:
            from netinspect.cli.plotting import plot_networks

            plot_networks(asked.plot, contenders, asked.sort, asked.plot_size)
        _write_networks(asked, contenders)
    comparing.tell(reading.messages)
    return reading.code


def _write_networks(asked: Request, contenders: Sequence[Contender]) -> None:
    shown = ordered(contenders, asked.sort)
    if asked.target.format == "json":
        from netinspect.report.comparison import json
        from netinspect.version import VERSION

        found = json.networks(shown, first=contenders[0], per_layer=asked.per_layer)
        comparing.write_text(json.document(shown, version=VERSION, **found), asked.target)
    elif asked.target.format == "csv":
        from netinspect.report.comparison import csv

        comparing.write_text(csv.layers(shown) if asked.per_layer else csv.networks(shown), asked.target)
    else:
        from netinspect.report.comparison.networks import networks_page

        page = networks_page(contenders, sort=asked.sort, per_layer=asked.per_layer, expand=asked.expand)
        comparing.write_pages((page,), asked.target)
