"""`netinspect visualize`: what do the kernels, the activations and the whole net look like?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netinspect.cli.completion import gallery_names

EPILOG = """\
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
"""


class Match(StrEnum):
    """How a checkpoint's tensors find their layers."""

    name = "name"
    order = "order"


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


def visualize(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="The spec to draw.", autocompletion=gallery_names)],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write.")],
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="A checkpoint: safetensors or PyTorch.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Part of the checkpoint need not fit.")] = False,
    match: Annotated[Match, typer.Option("--match", help="How tensors find their layers.")] = Match.name,
    inputs: Annotated[
        list[Path] | None,
        typer.Option("--input", metavar="FILE|DIR", help="A picture, sound or array to show it. Repeatable."),
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option("--dataset", metavar="DIR", help="Where to look for each kernel's top inputs.")
    ] = None,
    top_inputs: Annotated[int, typer.Option("--top-inputs", min=1, max=100, help="How many of them.")] = 9,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="LAYER:C,Y,X", help="Work out one output of a convolution.")
    ] = None,
    what: Annotated[str | None, typer.Option("--what", metavar="LIST", help="Only these kinds of figures.")] = None,
    layers: Annotated[
        str | None, typer.Option("--layers", metavar="GLOB", help="Only these layers' own figures.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every kind of figure, and the activations of every layer.")
    ] = False,
    scale: Annotated[Scale, typer.Option("--scale", help="What kernels are scaled by.")] = Scale.layer,
    order: Annotated[Order, typer.Option("--order", help="In which order they are drawn.")] = Order.index,
    max_tiles: Annotated[int, typer.Option("--max-tiles", min=1, max=4096, help="Most tiles of a grid.")] = 64,
    gamma: Annotated[float, typer.Option("--gamma", help="Above 1 brightens activations.")] = 1.0,
    clip: Annotated[float, typer.Option("--clip", help="The percentile drawn brightest.")] = 99.5,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Of random weights and noise.")] = 0,
    device: Annotated[str, typer.Option("--device", help="Where torch runs: cpu, cuda, cuda:1 …")] = "cpu",
    memory_limit: Annotated[
        str | None, typer.Option("--memory-limit", metavar="SIZE", help="Refuse what would need more, such as 8GiB.")
    ] = None,
    save_arrays: Annotated[bool, typer.Option("--save-arrays", help="Also write the arrays as .npz.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the files that would be written.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that is not empty; draw top inputs of random weights.")
    ] = False,
) -> None:
    """Draw the kernels, the activations and the whole net."""
    from netinspect.cli.visualizing import visualize as draw
    from netinspect.language import parse_bytes
    from netinspect.visualization.request import Looks, Request

    draw(
        Request(
            spec=spec, output=output, weights=weights, partial=partial, match=match.value, inputs=tuple(inputs or ()),
            dataset=dataset, top_inputs=top_inputs, unit=unit, what=what, layers=layers,
            looks=Looks(scale.value, order.value, max_tiles, gamma, clip), seed=seed, device=device,
            memory_limit=parse_bytes(memory_limit) if memory_limit is not None else None, everything=everything,
            save_arrays=save_arrays, dry_run=dry_run, force=force,
        )
    )  # fmt: skip
