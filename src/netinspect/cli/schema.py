"""`netinspect schema`: the JSON Schema of the spec language, for editors and validators."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

EPILOG = """\b
Examples:
  netinspect schema > netspec-1.schema.json
  netinspect schema -o netspec-1.schema.json
  check-jsonschema --schemafile netspec-1.schema.json net.yaml

\b
An editor finds it by the first line of a spec:
  # yaml-language-server: $schema=netspec-1.schema.json
"""


def schema(
    output_file: Annotated[
        Path | None, typer.Option("--output-file", "-o", metavar="FILE", help="Write there, not to standard output.")
    ] = None,
) -> int:
    """Print the JSON Schema of the spec language."""
    from netinspect import files
    from netinspect.reference import shipped_schema

    text = shipped_schema()
    if output_file is None:
        sys.stdout.write(text)
    else:
        files.write(output_file, text.encode())
    return 0
