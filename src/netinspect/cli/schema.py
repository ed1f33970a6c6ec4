"""`netinspect schema`: the JSON Schema of the spec language, and of the documents that commands write."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from netinspect.cli import options, output

EPILOG = """\b
Examples:
  netinspect schema > netspec-1.schema.json
  netinspect schema -o netspec-1.schema.json
  netinspect schema --of check > check.schema.json
  check-jsonschema --schemafile netspec-1.schema.json net.yaml

\b
An editor finds it by the first line of a spec:
  # yaml-language-server: $schema=netspec-1.schema.json
"""


class Of(StrEnum):
    """What there is a schema of: specs, and the JSON of a command."""

    spec = "spec"
    summary = "summary"
    compare = "compare"
    verify = "verify"
    check = "check"


def schema(
    of: Annotated[Of, typer.Option("--of", help="Of specs, or of the JSON that a command writes.")] = Of.spec,
    output_file: options.OutputFile = None,
) -> int:
    """Print the JSON Schema of the spec language, or of a command's JSON."""
    if of is Of.spec:
        from netinspect.reference import shipped_schema

        text = shipped_schema()
    else:
        from netinspect.reference.document_schemas import document_schema_text

        text = document_schema_text(of.value)
    output.write(text, output_file)
    return 0
