"""`netinspect export`: a network as code that needs no netinspect: PyTorch source, or an ONNX file."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from netinspect.cli import options, output
from netinspect.errors import InputError

if TYPE_CHECKING:
    from netinspect.reading import Settings

EPILOG = """\
A SPEC is a file, FILE:VARIANT, - for standard input, or the name of a gallery network.

The source has a class for each block, makes the model with `Name()`, and needs torch alone. The keys of its state dict
are the spec's. An ONNX file holds the model as torch makes it, with random weights, for any batch size.

\b
Examples:
  netinspect export resnet50 > resnet50.py
  netinspect export resnet.yaml:resnet18 --set classes=11 --name Classifier -o classifier.py
  netinspect export net.yaml --to onnx -o net.onnx
"""


class Target(StrEnum):
    """What a network is written as."""

    torch = "torch"
    onnx = "onnx"


@options.reads_specs
def export(
    spec: Annotated[
        str | None,
        typer.Argument(
            metavar="[SPEC]", help="The spec to export.", autocompletion=options.gallery_names, show_default=False
        ),
    ] = None,
    *,
    to: Annotated[Target, typer.Option("--to", help="PyTorch source, or an ONNX file.")] = Target.torch,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="What the class is called.")] = None,
    settings: Settings,
    force: options.Force = False,
    output_file: options.OutputFile = None,
) -> int:
    """Write a network as PyTorch source, or as an ONNX file."""
    from netinspect.exporting.source import torch_source
    from netinspect.network.network import class_word
    from netinspect.reading import read

    reference = options.reference(spec, settings)
    options.refuse_overwriting([output_file], [reference], [settings.custom_layers])
    if name is not None and class_word(name) != name:
        raise InputError(f"--name {name}: a class of Python is called otherwise; write --name {class_word(name)}")
    if to is Target.onnx and output_file in (None, output.STREAM):
        raise InputError("an ONNX file is no text: name it with --output-file net.onnx")
    options.refuse_replacing(output_file, force=force)
    reading = read(reference, settings)
    output.tell(reading.findings)
    if reading.network is None or reading.file is None or reading.file.parsed.spec is None:
        return reading.exit_code
    network = reading.network if name is None else replace(reading.network, name=name)
    if to is Target.torch:
        output.write(torch_source(network, reading.file.parsed.spec), output_file)
        return reading.exit_code
    from netinspect.files import write
    from netinspect.torch_backend.onnx import onnx_model

    assert output_file is not None
    model = onnx_model(network)
    write(output_file, model.contents)
    if model.difference is None:
        output.complain("not run: onnxruntime is not installed")
    else:
        output.complain(f"checked with onnxruntime: its outputs differ by at most {model.difference:.1g}")
    return reading.exit_code
