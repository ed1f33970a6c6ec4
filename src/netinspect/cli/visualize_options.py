"""The options of `netinspect visualize`, each with its type and help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netinspect.cli.completion import gallery_names

EPILOG = """\
A SPEC is a file, FILE:VARIANT, - for standard input, or the name of a gallery network.

Writes a folder of pictures with a page over them, DIR/index.html. Without --weights the net is drawn with random
weights, and every figure says so; without --input it is shown noise.

Kinds of figures: architecture, input, strip, kernels, activations, responses, sequence, attention, top_inputs,
convolution, health, histograms, equivariance, activation_functions. The last four are drawn with --all, or if --what
names them; top_inputs with --dataset, convolution with --unit.

\b
Examples:
  netinspect visualize lenet -o lenet-figures
  netinspect visualize net.yaml -o out --weights net.safetensors --input cat.jpg
  netinspect visualize net.yaml -o out --weights net.pt --what kernels --layers 'conv*'
  netinspect visualize lenet -o out --unit conv2:3,5,7
  netinspect visualize net.yaml -o out --weights net.pt --dataset photos --top-inputs 9
  netinspect visualize crepe_tiny -o out --weights tiny.pth --input speech.wav --sample 12
"""


class Scale(StrEnum):
    """What the largest weight of a picture's colours is taken over."""

    layer = "layer"
    kernel = "kernel"
    network = "network"


class Order(StrEnum):
    """In which order kernels and channels are drawn."""

    index = "index"  # type: ignore[assignment]  # hides str.index, which nobody asks an order for
    norm = "norm"
    activation = "activation"
    frequency = "frequency"


Spec = Annotated[str, typer.Argument(metavar="SPEC", help="The spec to draw.", autocompletion=gallery_names)]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write.")]
Weights = Annotated[
    Path | None, typer.Option("--weights", metavar="FILE", help="A checkpoint: safetensors or PyTorch.")
]
Inputs = Annotated[
    list[Path] | None,
    typer.Option("--input", metavar="FILE|DIR", help="A picture, sound or array to show it. Repeatable."),
]
Sample = Annotated[
    int | None,
    typer.Option(
        "--sample",
        metavar="N",
        min=1,
        help="Which frame of a sound, entry of an array or file of a folder the pictures show, from 1.  [default: the "
        "loudest frame; the first]",
    ),
]
Dataset = Annotated[
    Path | None, typer.Option("--dataset", metavar="DIR", help="Where to look for each kernel's top inputs.")
]
TopInputs = Annotated[
    int | None, typer.Option("--top-inputs", metavar="N", min=1, max=100, help="How many of them.  [default: 9]")
]
Unit = Annotated[
    str | None, typer.Option("--unit", metavar="LAYER:C,Y,X", help="Work out one output of a convolution.")
]
What = Annotated[str | None, typer.Option("--what", metavar="LIST", help="Only these kinds of figures.")]
Layers = Annotated[str | None, typer.Option("--layers", metavar="GLOB", help="Only these layers' own figures.")]
Everything = Annotated[bool, typer.Option("--all", help="Every kind of figure, and the activations of every layer.")]
ScaleOption = Annotated[Scale, typer.Option("--scale", help="What kernels are scaled by.")]
OrderOption = Annotated[Order, typer.Option("--order", help="In which order they are drawn.")]
MaxTiles = Annotated[int, typer.Option("--max-tiles", metavar="N", min=1, max=4096, help="Most tiles of a grid.")]
Gamma = Annotated[float, typer.Option("--gamma", metavar="G", help="Above 1 brightens activations.")]
Clip = Annotated[float, typer.Option("--clip", metavar="P", help="The percentile drawn brightest.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, max=2**63 - 1, help="Of random weights and noise.")]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="Where torch runs: cpu, cuda, cuda:1, mps.")]
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        "--memory-limit", metavar="SIZE", help="Refuse what would need more.  [default: half of the machine's]"
    ),
]
SaveArrays = Annotated[bool, typer.Option("--save-arrays", help="Also write the arrays as .npz.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only list the files that would be written.")]
Force = Annotated[
    bool, typer.Option("--force", help="Write into a folder that is not empty; draw top inputs of random weights.")
]
