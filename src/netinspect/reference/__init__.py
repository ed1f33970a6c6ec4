"""What readers and editors are told of the language, derived from the catalogue and the rules: docs/catalogue.md,
docs/findings.md and the JSON Schema.

`python -m netinspect.reference` writes them anew; `--check` only says whether they are stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from netinspect.errors import Unfinished

SCHEMA_FILE: Final = "netspec-1.schema.json"
"""The shipped schema, inside the package."""


def shipped_schema() -> str:
    """The text of the schema that came with netinspect. Raises Unfinished where the installation lacks it."""
    try:
        return (Path(__file__).parents[1] / SCHEMA_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Unfinished(f"{SCHEMA_FILE} is missing from this installation of netinspect; install it again") from None


def explain(code: str) -> str:
    """What a code of a finding means, as plain text for a terminal. Raises InputError where there is no such code."""
    from netinspect.reference.findings import explained

    return explained(code)


def explained_word(word: str) -> str:
    """What a layer, function, argument, key of a spec, code or name of Keras means, as plain text for a terminal.

    Raises InputError for any other word, with one that may be meant.
    """
    from netinspect.reference import explaining

    return explaining.explained_word(word)
