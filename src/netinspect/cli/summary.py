"""`netinspect summary`: the layers, shapes, parameters and cost of networks.

A spec that fails does not keep the others from being shown: tables are printed one after the other, each with its own
messages. JSON is one document, with what is wrong in it; CSV and Markdown are printed only if every spec could be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netinspect.cli import options
from netinspect.cli.options import Dtype, Format

if TYPE_CHECKING:
    from netinspect.reading import Reading, Settings
    from netinspect.report.columns import Layout

EPILOG = """\
A SPEC is a file, FILE:VARIANT, - for standard input, or the name of a gallery network.

Columns: layer, path, type, from, input, kernel, output, dtype, params, params-how, params-share, trainable, buffers,
shared-with, macs, macs-how, macs-share, flops, buckets, sees, stride, memory, line.

\b
Examples:
  netinspect summary net.yaml --formula
  netinspect summary resnet152 --depth 2
  netinspect summary gpt2.yaml:gpt2_xl --set tokens=256 --optimizer adam
  netinspect summary net.yaml --format json > summary.json
"""


class Optimizer(StrEnum):
    """Whose state is counted."""

    sgd = "sgd"
    momentum = "momentum"
    adam = "adam"


class Peer(StrEnum):
    """Whose figure is shown beside ours."""

    torchvision = "torchvision"
    fvcore = "fvcore"
    torchinfo = "torchinfo"
    thop = "thop"


@options.reads_specs
def summary(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC]...", help="Specs to summarise.", autocompletion=options.gallery_names, show_default=False
        ),
    ] = None,
    *,
    format: options.FormatOption = Format.table,
    formula: Annotated[bool, typer.Option("--formula", help="Show how each count comes about.")] = False,
    depth: Annotated[
        int | None, typer.Option("--depth", metavar="N", min=1, help="Close scopes below this many levels.")
    ] = None,
    expand: Annotated[bool, typer.Option("--expand", help="Show every row; fold nothing.")] = False,
    columns: Annotated[str, typer.Option("--columns", metavar="A,B,...", help="Which columns to show.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Show every column.")] = False,
    sort: Annotated[str | None, typer.Option("--sort", metavar="COLUMN", help="Largest first, by this column.")] = None,
    batch_size: options.BatchSize = 1,
    dtype: options.DtypeOption = Dtype.float32,
    optimizer: Annotated[
        Optimizer | None, typer.Option("--optimizer", help="Also tell gradients and this optimizer's state.")
    ] = None,
    like: Annotated[
        Peer | None, typer.Option("--like", help="Also tell what this tool prints, and why it differs.")
    ] = None,
    settings: Settings,
    output_file: options.OutputFile = None,
) -> int:
    """What are the layers, their shapes, parameters and cost?"""
    from netinspect.reading import read
    from netinspect.report.columns import layout

    names = options.listed(columns)
    how = layout(names, everything=everything, formula=formula, depth=depth, expand=expand, sort=sort)
    references = options.references(specs, settings)
    options.refuse_overwriting([output_file], references, [settings.custom_layers])
    settings = replace(
        settings, batch_size=batch_size, dtype=dtype.value, optimizer=optimizer.value if optimizer else None
    )
    readings = (_with_peer(read(reference, settings), like) for reference in references)
    if format is Format.table:
        return _print_tables(readings, how, output_file)
    return _print_document(tuple(readings), format, how, output_file)


def _with_peer(reading: Reading, like: Peer | None) -> Reading:
    """The same with what another tool prints, in the profile."""
    network = reading.network or reading.partial
    if like is None or network is None or reading.profile is None:
        return reading
    from netinspect.analysis.peers import like as peer_figure

    return replace(reading, profile=replace(reading.profile, peer=peer_figure(network, like.value)))


def _print_tables(readings: Iterable[Reading], how: Layout, output_file: Path | None) -> int:
    """Each spec's table on stdout, then its messages on stderr. A file is written only if all specs are right."""
    from netinspect.cli import output
    from netinspect.report.table import table

    codes: list[int] = []
    texts: list[str] = []
    for reading in readings:
        if reading.profile is not None:
            width, color = (None, False) if output_file else (output.width(), output.color())
            blank = "\n" if texts else ""
            texts.append(blank + table(reading.profile, how, width=width, color=color, partial=reading.is_broken))
            if output_file is None:
                output.write(texts[-1], None)
        output.tell(reading.findings)
        codes.append(reading.exit_code)
    if output_file is not None and max(codes) <= 1:
        output.write("".join(texts), output_file)
    return max(codes)


def _print_document(readings: Sequence[Reading], form: Format, how: Layout, output_file: Path | None) -> int:
    """One document of all specs; CSV and Markdown hold no messages, so there is none where a spec is wrong."""
    from netinspect.cli import output

    code = max(reading.exit_code for reading in readings)
    for reading in readings:
        output.tell(reading.findings)
    right = [reading for reading in readings if not reading.is_broken]
    profiles = [reading.profile for reading in right if reading.profile is not None]
    if form is Format.json:
        from netinspect.report import json

        output.write(json.summary(readings), output_file)
    elif code <= 1 and form is Format.csv:
        from netinspect.report import csv

        output.write(csv.document(profiles, how.columns), output_file)
    elif code <= 1:
        from netinspect.report import markdown

        output.write(markdown.document(profiles, how), output_file)
    return code
