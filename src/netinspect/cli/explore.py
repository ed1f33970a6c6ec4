"""`netinspect explore`: a network as one page in which it can be run, changed and asked how each number came about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netinspect.cli import options, output
from netinspect.cli.options import Match

if TYPE_CHECKING:
    from netinspect.reading import Settings

EPILOG = """\
A SPEC is a file, FILE:VARIANT, - for standard input, or the name of a gallery network.

The page needs no server and no network connection: it holds the weights and one input, and runs the network in the
browser. Without --weights they are random, and the page says so; without --input the network is shown noise. Layers
whose weights do not fit into --max-size are shown as they were recorded.

\b
Examples:
  netinspect explore lenet -o lenet.html
  netinspect explore net.yaml --weights net.safetensors --input cat.jpg -o cat.html
  netinspect explore crepe_tiny --weights tiny.pth --input speech.wav -o pitch.html
  netinspect explore alexnet --max-size 3MB -o alexnet.html
"""


@options.reads_specs
def explore(
    spec: Annotated[
        str | None,
        typer.Argument(
            metavar="[SPEC]", help="The spec to explore.", autocompletion=options.gallery_names, show_default=False
        ),
    ] = None,
    *,
    weights: options.Weights = None,
    partial: options.Partial = False,
    match: options.MatchOption = Match.name,
    input: options.InputFiles = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            metavar="N",
            min=1,
            help="Which frame of a sound, entry of an array or file of a folder, from 1.  [default: the loudest "
            "frame; the first]",
        ),
    ] = None,
    max_size: Annotated[str, typer.Option("--max-size", metavar="SIZE", help="What the page takes at most.")] = "10MB",
    settings: Settings,
    seed: options.Seed = 0,
    device: options.Device = "cpu",
    memory_limit: options.MemoryLimit = None,
    force: options.Force = False,
    output_file: options.OutputFile = None,
) -> int:
    """Write a page in which the network runs."""
    from netinspect.pictures.checks import check
    from netinspect.pictures.request import Request
    from netinspect.reading import read

    reference = options.reference(spec, settings)
    max_bytes = options.byte_amount("--max-size", max_size)
    assert max_bytes is not None
    request = Request(
        spec=reference,
        output=Path(),
        weights=weights,
        partial=partial,
        match=match.value,
        inputs=tuple(input or ()),
        seed=seed,
        device=device,
        memory_limit=options.byte_amount("--memory-limit", memory_limit),
        sample=sample,
        assignments=settings.assignments,
        input_shapes=settings.input_shapes,
        has_own_weights=reference in settings.models,
    )
    check(request)
    options.refuse_overwriting([output_file], [reference], [weights, *request.inputs, settings.custom_layers])
    options.refuse_replacing(output_file, force=force)
    reading = read(reference, settings)
    output.tell(reading.findings)
    if reading.network is None or reading.profile is None:
        return reading.exit_code
    from netinspect.cli.visualize import brought_weights
    from netinspect.explorer import explorer_page

    parsed = reading.file.parsed.spec if reading.file is not None else None
    with options.running_layers_of(settings.custom_layers):
        page = explorer_page(
            reading.network,
            reading.profile,
            request,
            about=(parsed.about if parsed is not None else None) or "",
            max_bytes=max_bytes,
            in_memory=brought_weights(reading.network, request, settings),
        )
    output.write(page.html, output_file)
    return reading.exit_code
