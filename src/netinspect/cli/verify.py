"""`netinspect verify`: does torch agree with every figure?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netinspect.cli import reading_options as reading
from netinspect.cli.completion import gallery_names
from netinspect.cli.reading_options import Match
from netinspect.errors import InputError

EPILOG = """\
Each network is built as a torch model on the meta device, which needs no memory, and run for its batch size and for
a batch of two. A file stands for its base and every variant.

Examples:

  netinspect verify net.yaml

  netinspect verify resnet.yaml:resnet50 gpt2

  netinspect verify net.yaml --format json

  netinspect verify net.yaml --weights net.safetensors
"""


class Format(StrEnum):
    """How a verification is written."""

    text = "text"
    json = "json"


def verify(
    specs: Annotated[
        list[str], typer.Argument(metavar="SPEC...", help="Specs to verify.", autocompletion=gallery_names)
    ],
    *,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.text,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="The batch to count for.")] = 1,
    custom_layers: reading.CustomLayers = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="Does this checkpoint fit the one SPEC?")
    ] = None,
    partial: reading.Partial = False,
    match: reading.MatchOption = Match.name,
) -> int:
    """Does torch agree with every shape, parameter and MAC?"""
    from netinspect.cli.values import layers_of
    from netinspect.cli.verifying import WeightsWanted, print_document, print_reports, verified

    wanted = WeightsWanted(weights, partial, match.value) if weights is not None else None
    if wanted is not None and len(specs) != 1:
        raise InputError("--weights checks a checkpoint against one SPEC")
    layers = layers_of(custom_layers)
    outcomes = (outcome for reference in specs for outcome in verified(reference, layers, batch_size, wanted))
    return print_reports(outcomes) if format is Format.text else print_document(tuple(outcomes))
