"""`netinspect new`: starts a spec of a usual kind of network."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from netinspect.cli import options, output
from netinspect.errors import InputError
from netinspect.starting.kinds import KINDS

_ABOUT = "\n".join(f"  {name:11}  {kind.about}" for name, kind in KINDS.items())

EPILOG = f"""\b
Kinds:
{_ABOUT}

\b
Examples:
  netinspect new cnn --input 1,64,64 --classes 11 -o cnn.yaml
  netinspect new crnn --input 1,80,300 --classes 4
  netinspect new transformer --input 128 --words 5000
"""

KindName = StrEnum("KindName", {name: name for name in KINDS})  # type: ignore[misc]  # read from the table of kinds


def new(
    kind: Annotated[
        KindName, typer.Argument(metavar="KIND", help=f"What kind: {', '.join(KINDS)}.", show_default=False)
    ],
    *,
    input_sizes: Annotated[
        str | None,
        typer.Option("--input", metavar="C,H,W", help="The input's sizes, without the batch: 1,64,64."),
    ] = None,
    classes: Annotated[int | None, typer.Option("--classes", metavar="N", min=1, help="How many classes.")] = None,
    words: Annotated[
        int | None,
        typer.Option("--words", metavar="N", min=1, help="How many word ids, of a transformer on a text."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="What the network is called.")] = None,
    force: options.Force = False,
    output_file: options.OutputFile = None,
) -> int:
    """Start a spec: a small network of a kind, right for an input."""
    from netinspect.starting.spec import started

    sizes = None if input_sizes is None else options.whole_numbers(input_sizes)
    if input_sizes is not None and sizes is None:
        raise InputError(f"--input {input_sizes}: write sizes without the batch, such as --input 1,64,64")
    options.refuse_replacing(output_file, force=force)
    file_name = "net.yaml" if output_file is None else output_file.name
    text = started(kind.value, sizes=sizes, classes=classes, words=words, name=name, file_name=file_name)
    output.write(text, output_file)
    return 0
