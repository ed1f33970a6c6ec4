"""`netinspect compare`: why convolutions, which network, and what changed."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netinspect.cli import options
from netinspect.cli.options import Dtype, Format

if TYPE_CHECKING:
    from netinspect.reading import Settings

EPILOG = """\
A SPEC is a file, FILE:VARIANT, - for standard input, or the name of a gallery network.

One SPEC: every convolution as a locally connected and as a fully connected layer. Several: the networks side by side.
With --baseline: what changed. Each --input holds for the --layers after it.

\b
Examples:
  netinspect compare lenet --formula
  netinspect compare --layer 'Conv2d(1, kernel_size=3, padding=1)' --input 1,100,100
  netinspect compare lenet --measure --backward
  netinspect compare vgg16 resnet18 resnet50 --plot cost.png
  netinspect compare --baseline git:main net.yaml
  netinspect compare --baseline main.json net.yaml --fail-on-increase params,macs=5%
"""


class Size(StrEnum):
    """What a plot is for."""

    slide = "slide"
    paper = "paper"


@options.reads_specs
def compare(
    ctx: typer.Context,
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC]...", help="Specs to compare.", autocompletion=options.gallery_names, show_default=False
        ),
    ] = None,
    *,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", metavar="EXPR", help="A layer as in a spec, for want of a file. May be repeated."),
    ] = None,
    input: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="SIZES",
            help="The input of the --layers after it: 3,224,224 or 100:int64, without the batch; several with ';' "
            "between.",
        ),
    ] = None,
    format: options.FormatOption = Format.table,
    formula: Annotated[bool, typer.Option("--formula", help="Show how each count comes about.")] = False,
    separable: Annotated[bool, typer.Option("--separable", help="Also as depthwise separable convolutions.")] = False,
    expand: Annotated[
        bool, typer.Option("--expand", help="A line for every layer; fold and leave out nothing.")
    ] = False,
    sort: Annotated[str | None, typer.Option("--sort", metavar="FIGURE", help="Largest first, by this figure.")] = None,
    per_layer: Annotated[
        bool, typer.Option("--per-layer", help="Also the layers of several networks, aligned.")
    ] = False,
    baseline: options.Baseline = None,
    fail_on_increase: options.FailOnIncrease = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Time the convolutions and their other forms with torch.")
    ] = False,
    backward: Annotated[bool, typer.Option("--backward", help="Time the backward pass too.")] = False,
    measure_limit: Annotated[
        str,
        typer.Option(
            "--measure-limit", metavar="SIZE", help="Skip fully connected layers whose weights take more than this."
        ),
    ] = "1GiB",
    memory_limit: options.MemoryLimit = None,
    device: options.Device = "cpu",
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: a .png, .svg or .pdf file.")
    ] = None,
    plot_size: Annotated[Size, typer.Option("--plot-size", help="What the plot is for.")] = Size.slide,
    batch_size: options.BatchSize = 1,
    dtype: options.DtypeOption = Dtype.float32,
    settings: Settings,
    output_file: options.OutputFile = None,
) -> int:
    """What do convolutions save? Which network costs less? What changed?"""
    from netinspect.cli.compare_request import Measuring, Request, layer_options

    request = Request(
        specs=(*(specs or ()), *settings.models),
        layers=layer_options(ctx.meta[options.ORDER], layer or (), input or ()),
        settings=replace(settings, batch_size=batch_size, dtype=dtype.value),
        format=format.value,
        output_file=output_file,
        formula=formula,
        separable=separable,
        expand=expand,
        sort=sort,
        per_layer=per_layer,
        baseline=baseline,
        fail_on_increase=fail_on_increase,
        measuring=Measuring(backward, measure_limit, memory_limit, device) if measure else None,
        plot=plot,
        plot_size=plot_size.value,
    )
    request.check(backward=backward)
    if request.baseline is not None:
        from netinspect.cli.compare_baseline import compare_baseline

        return compare_baseline(request)
    if request.is_alternatives:
        from netinspect.cli.compare_alternatives import compare_alternatives

        return compare_alternatives(request)
    from netinspect.cli.compare_networks import compare_networks

    return compare_networks(request)
