"""`netinspect import`: the spec of a torch model, proven to be the same network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netinspect.cli import options, output, torch_models

EPILOG = """\
TARGET is package.module:factory or file.py:Class. It is imported and called, so it runs that code. The model is run a
few times on random numbers, in evaluation mode. The spec is printed only if the network it means has the model's keys,
shapes, parameters, FLOPs and outputs.

\b
Examples:
  netinspect import torchvision.models:resnet50 --input 3,224,224 -o resnet50.yaml
  netinspect import model.py:Net --input 1,16000 --args '{"classes": 11}'
  netinspect import model.py:Tagger --input words=20:int64:1000
  netinspect import transformers:AutoModel --config bert --input input_ids=128:int64:30522
"""


def import_(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The model to import.", show_default=False)],
    *,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input", metavar="[NAME=]SIZES[:DTYPE[:HIGH]]", help="An input's sizes, without the batch. Repeatable."
        ),
    ] = None,
    arguments: Annotated[
        str, typer.Option("--args", metavar="JSON", help="Arguments that TARGET is called with, by name.")
    ] = "{}",
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="DIR", help="The folder of a model's config.json, for a class of transformers."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="What the network is called.")] = None,
    force: options.Force = False,
    output_file: options.OutputFile = None,
) -> int:
    """Write the spec of a torch model."""
    model = torch_models.target(target, arguments, inputs or (), config)
    options.refuse_replacing(output_file, force=force)
    spec = torch_models.imported_model(model, name or model.network)
    output.write(torch_models.provenance(model) + spec.text, output_file)
    lines = spec.text.count("\n")
    is_fixed = not spec.lengths and not spec.other_steps
    for note in spec.notes():
        output.complain(f"note: {note}")
    output.complain(f"proven: {lines} lines for {spec.modules:,} modules{'; it takes no other size' * is_fixed}")
    return 0
