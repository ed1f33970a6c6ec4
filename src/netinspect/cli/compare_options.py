"""The options of `netinspect compare`, each with its type and help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netinspect.cli.completion import gallery_names
from netinspect.cli.summary import Dtype, Format

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
  git show main:net.yaml | netinspect compare --baseline - net.yaml
  netinspect compare --baseline main.json net.yaml --fail-on-increase params,macs=5%
"""

__all__ = ["Dtype", "Format"]


class Size(StrEnum):
    """What a plot is for."""

    slide = "slide"
    paper = "paper"


Specs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SPEC]...", help="Specs to compare.", autocompletion=gallery_names, show_default=False),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", envvar="NETINSPECT_FORMAT", help="How to write it.")]
OutputFile = Annotated[
    Path | None, typer.Option("--output-file", "-o", metavar="FILE", help="Write there, not to standard output.")
]
Layers = Annotated[
    list[str] | None,
    typer.Option("--layer", metavar="EXPR", help="A layer as in a spec, for want of a file. May be repeated."),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="SIZES",
        help="The input of the --layers after it: 3,224,224 or 100:int64, without the batch; several with ';' between.",
    ),
]
Formula = Annotated[bool, typer.Option("--formula", help="Show how each count comes about.")]
Separable = Annotated[bool, typer.Option("--separable", help="Also as depthwise separable convolutions.")]
Expand = Annotated[bool, typer.Option("--expand", help="A line for every layer; fold and leave out nothing.")]
Sort = Annotated[str | None, typer.Option("--sort", metavar="FIGURE", help="Largest first, by this figure.")]
PerLayer = Annotated[bool, typer.Option("--per-layer", help="Also the layers of several networks, aligned.")]
Baseline = Annotated[
    str | None,
    typer.Option("--baseline", metavar="JSON|SPEC", help="Compare with this: JSON of summary or compare, or a spec."),
]
FailOnIncrease = Annotated[
    str | None,
    typer.Option(
        "--fail-on-increase",
        metavar="METRIC[=LIMIT],...",
        help="Exit with 1 if a metric rose above the baseline's: at all, or by more than 5%, 10k, 2MiB.",
    ),
]
Measure = Annotated[bool, typer.Option("--measure", help="Time the convolutions and their other forms with torch.")]
Backward = Annotated[bool, typer.Option("--backward", help="Time the backward pass too.")]
MeasureLimit = Annotated[
    str,
    typer.Option(
        "--measure-limit", metavar="SIZE", help="Skip fully connected layers whose weights take more than this."
    ),
]
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        "--memory-limit", metavar="SIZE", help="Refuse to take more memory.  [default: half of the machine's]"
    ),
]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="Where to measure: cpu, cuda, cuda:1.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: a .png, .svg or .pdf file.")]
PlotSize = Annotated[Size, typer.Option("--plot-size", help="What the plot is for.")]
BatchSize = Annotated[int, typer.Option("--batch-size", metavar="N", min=1, help="Count for this batch.")]
DtypeOption = Annotated[Dtype, typer.Option("--dtype", help="Count bytes as if numbers were these.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail where something is not counted.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="End with 0 even if a check failed.")]
