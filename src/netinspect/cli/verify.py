"""`netinspect verify`: does torch agree with every figure?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from netinspect.cli.completion import gallery_names

EPILOG = """\
Each network is built as a torch model on the meta device, which needs no memory, and run for its batch size and for
a batch of two. A file stands for its base and every variant.

Examples:

  netinspect verify net.yaml

  netinspect verify resnet.yaml:resnet50 gpt2

  netinspect verify net.yaml --format json
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
) -> int:
    """Does torch agree with every shape, parameter and MAC?"""
    from netinspect.cli.verifying import print_document, print_reports, verified

    outcomes = (outcome for reference in specs for outcome in verified(reference, batch_size))
    return print_reports(outcomes) if format is Format.text else print_document(tuple(outcomes))
