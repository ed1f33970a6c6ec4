"""`netinspect import`: the spec of a torch model, proven to be the same network."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netinspect.cli import options, output
from netinspect.errors import InputError

if TYPE_CHECKING:
    from netinspect.importing.trace import ModelInput

EPILOG = """\
TARGET is package.module:factory or file.py:Class. It is imported and called, so it runs that code. The model is run a
few times on random numbers, in evaluation mode. The spec is printed only if the network it means has the model's keys,
shapes, parameters, FLOPs and outputs.

\b
Examples:
  netinspect import torchvision.models:resnet50 --input 3,224,224 -o resnet50.yaml
  netinspect import model.py:Net --input 1,16000 --args '{"classes": 11}'
  netinspect import model.py:Tagger --input words=20:int64:1000
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
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="What the network is called.")] = None,
    output_file: options.OutputFile = None,
) -> int:
    """Write the spec of a torch model."""
    examples = tuple(_input(text, place) for place, text in enumerate(inputs or ()))
    settings = _settings(arguments)
    if output_file is not None and output_file.is_file():
        raise InputError(f"{output_file} is already there; name another file")
    from netinspect.cli.streams import complain
    from netinspect.torch_backend.imported import imported, named_inputs
    from netinspect.torch_backend.targets import load_target, stated_inputs

    with contextlib.redirect_stdout(sys.stderr):  # what the model prints is no part of the spec
        model = load_target(target, settings)
        tensors = named_inputs(model, examples) if examples else stated_inputs(model)
        spec = imported(model, tensors, name or target.rpartition(":")[2])
    output.write(spec.text, output_file)
    lines = spec.text.count("\n")
    other_size = "" if spec.lengths else "; it takes no other size, or takes other steps there"
    complain(f"proven: {lines} lines for {spec.modules:,} modules{other_size}")
    return 0


def _settings(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text)
    except ValueError as failure:
        raise InputError(f"--args {text}: {failure}") from failure
    if not isinstance(settings, dict):
        raise InputError(f'--args {text}: write the arguments by name: {{"classes": 10}}')
    return settings


def _input(text: str, place: int) -> ModelInput:
    """`3,224,224`, `lengths=1:int64`, `words=20:int64:1000`."""
    from netinspect.importing.trace import ModelInput
    from netinspect.language.inputs import DTYPE_ALIASES, DTYPES

    name, equals, rest = text.rpartition("=")
    sizes_text, *kind = rest.split(":")
    sizes = options.whole_numbers(sizes_text) if sizes_text else ()
    dtype = DTYPE_ALIASES.get(kind[0], kind[0]) if kind else "float32"
    is_right = sizes is not None and len(kind) <= 2 and dtype in DTYPES and all(word.isdecimal() for word in kind[1:])
    if not is_right or (equals and not name.isidentifier()):
        raise InputError(f"--input {text}: write --input 3,224,224 or --input words=20:int64:1000")
    return ModelInput(name, place, tuple(sizes or ()), dtype, int(kind[1]) if len(kind) == 2 else None)
