"""`netinspect summary`: the layers, shapes, parameters and cost of networks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netinspect.cli import reading_options as reading
from netinspect.cli.completion import gallery_names

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


class Format(StrEnum):
    """How a summary is written."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


class Dtype(StrEnum):
    """What can stand in float32's place."""

    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"
    float64 = "float64"
    int8 = "int8"


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


def summary(
    specs: Annotated[
        list[str], typer.Argument(metavar="SPEC...", help="Specs to summarise.", autocompletion=gallery_names)
    ],
    *,
    format: Annotated[
        Format, typer.Option("--format", "-f", envvar="NETINSPECT_FORMAT", help="How to write it.")
    ] = Format.table,
    formula: Annotated[bool, typer.Option("--formula", help="Show how each count comes about.")] = False,
    depth: Annotated[
        int | None, typer.Option("--depth", metavar="N", min=1, help="Close scopes below this many levels.")
    ] = None,
    expand: Annotated[bool, typer.Option("--expand", help="Show every row; fold nothing.")] = False,
    columns: Annotated[str, typer.Option("--columns", metavar="A,B,...", help="Which columns to show.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Show every column.")] = False,
    sort: Annotated[str | None, typer.Option("--sort", metavar="COLUMN", help="Largest first, by this column.")] = None,
    batch_size: Annotated[
        int, typer.Option("--batch-size", metavar="N", min=1, help="Report shapes and cost for this batch.")
    ] = 1,
    dtype: Annotated[Dtype, typer.Option("--dtype", help="Count bytes as if numbers were these.")] = Dtype.float32,
    optimizer: Annotated[
        Optimizer | None, typer.Option("--optimizer", help="Also tell gradients and this optimizer's state.")
    ] = None,
    assign: reading.Assign = None,
    shape: reading.InputShape = None,
    like: Annotated[
        Peer | None, typer.Option("--like", help="Also tell what this tool prints, and why it differs.")
    ] = None,
    custom_layers: reading.CustomLayers = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail where something is not counted.")] = False,
    output_file: Annotated[
        Path | None, typer.Option("--output-file", "-o", metavar="FILE", help="Write there, not to standard output.")
    ] = None,
) -> int:
    """What are the layers, their shapes, parameters and cost?"""
    from netinspect.cli.summarising import Wanted, print_document, print_tables, summarise
    from netinspect.cli.values import assignment, input_shape, layers_of
    from netinspect.report.lines import layout

    names = tuple(name.strip() for name in columns.split(",") if name.strip())
    how = layout(names, everything=everything, formula=formula, depth=depth, expand=expand, sort=sort)
    wanted = Wanted(
        batch_size=batch_size,
        dtype=dtype.value,
        optimizer=optimizer.value if optimizer else None,
        assignments=tuple(assignment(text) for text in assign or ()),
        input_shapes=tuple(input_shape(text) for text in shape or ()),
        strict=strict,
        like=like.value if like else None,
        layers=layers_of(custom_layers),
    )
    outcomes = (summarise(reference, wanted) for reference in specs)
    if format is Format.table:
        return print_tables(outcomes, how, output_file)
    return print_document(tuple(outcomes), format.value, how, output_file)
