"""Options of several commands, each said once: what a spec is read with, and how a checkpoint is loaded."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Match(StrEnum):
    """How a checkpoint's tensors find their layers."""

    name = "name"
    order = "order"


Assign = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Override one of the spec's vars.")
]
InputShape = Annotated[
    list[str] | None,
    typer.Option("--input-shape", metavar="[NAME=]C,H,W", help="Override an input's sizes, without the batch."),
]
CustomLayers = Annotated[
    Path | None,
    typer.Option("--custom-layers", metavar="FILE.py", help="Your own nn.Module classes; the file is run."),
]
Partial = Annotated[bool, typer.Option("--partial", help="Part of the checkpoint need not fit.")]
MatchOption = Annotated[Match, typer.Option("--match", help="How tensors find their layers.")]
