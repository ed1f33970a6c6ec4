"""`netinspect gallery`: the networks that come along, and their specs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from netinspect.cli import options

if TYPE_CHECKING:
    from netinspect.gallery_specs import GalleryEntry

EPILOG = """\b
Examples:
  netinspect gallery
  netinspect gallery resnet50
  netinspect gallery audio
  netinspect gallery lenet5 --spec > my.yaml
"""


def gallery(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|WORD]",
            help="One network, or those with this word: images, audio, text, numbers, or any in their lines.",
            autocompletion=options.gallery_names,
            show_default=False,
        ),
    ] = None,
    spec: Annotated[bool, typer.Option("--spec", help="Print the network's spec, to start from.")] = False,
) -> int:
    """List the networks that come with netinspect, or print one's spec."""
    from netinspect.errors import InputError
    from netinspect.gallery_specs import entries, search, spec_text

    if name is None and spec:
        raise InputError("--spec needs a name: netinspect gallery lenet5 --spec")
    if name is None:
        sys.stdout.write(_table(entries()))
    elif spec:
        sys.stdout.write(spec_text(name))
    else:
        matching = search(name)
        if not matching:
            raise InputError(f"the gallery has no network `{name}`; `netinspect gallery` lists them")
        sys.stdout.write(_table(matching))
    return 0


def _table(entries: Sequence[GalleryEntry]) -> str:
    from netinspect.analysis.text import thousands
    from netinspect.cli import output
    from netinspect.report.grid import Column, laid_out

    titles = ("name", "input", "params", "MACs", "about")
    columns = [Column(title, title in ("params", "MACs"), wraps=title == "about") for title in titles]
    rows = [
        (entry.name, entry.input, thousands(entry.params), thousands(entry.macs), entry.about or entry.title)
        for entry in entries
    ]
    lines = laid_out(columns, [[(text, "") for text in row] for row in rows], width=output.width())
    return "".join(f"{line}\n" for line in lines)
