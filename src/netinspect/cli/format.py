"""`netinspect format`: lays specs out as every spec is laid out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from netinspect.cli import failures, options, output
from netinspect.errors import InputError, SpecError

EPILOG = """\
A FILE is a spec, a folder of them, a pattern, or - for standard input, which is written to standard output. Without
any, those that the repository's configuration includes. Comments, the order of keys, numbers and quotes stay as they
are; what a spec means is the same before and after. --check and --diff change nothing, and exit with 1 where a file
would change.

\b
Examples:
  netinspect format net.yaml
  netinspect format --check specs
  netinspect format --diff specs
"""


def format(
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE...]", help="Specs to lay out.")] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Only list what would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change.")] = False,
    output_file: options.OutputFile = None,
) -> int:
    """Lay specs out alike: blanks, indentation, long lines."""
    from netinspect.checking import targets
    from netinspect.fixing import unified_diff, with_text
    from netinspect.language import STDIN, read_source
    from netinspect.language.format import formatted

    words = files or ()
    options.refuse_typing(words)
    options.refuse_overwriting([output_file], words)
    references = targets(words, Path()).references
    if output_file is not None and (len(references) != 1 or check or diff):
        raise InputError("--output-file takes the text of one spec, and no --check or --diff")
    changed, code = 0, 0
    for reference in references:
        is_stream = reference in ("-", STDIN)
        source = read_source(None if is_stream else reference)
        try:
            text = formatted(source)
        except SpecError as failure:
            code = max(code, failures.report(failure))
            continue
        if (is_stream and not check and not diff) or output_file is not None:
            output.write(text, output_file)
            continue
        old = source.text.encode() if is_stream else Path(reference).read_bytes()
        new = with_text(old, text)
        if new == old:
            continue
        changed += 1
        if diff:
            sys.stdout.write(unified_diff(source.name, old, new))
        elif check:
            sys.stdout.write(f"{source.name}\n")
        else:
            from netinspect.files import write

            write(Path(reference).resolve(), new)  # a link stays a link
            sys.stdout.write(f"{source.name}\n")
    return max(code, int(bool(changed) and (check or diff)))
