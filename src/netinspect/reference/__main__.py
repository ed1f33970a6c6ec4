"""Writes docs/catalogue.md, docs/findings.md and the JSON Schema anew: `python -m netinspect.reference [--check]`.

`--check` writes nothing and ends with exit code 1 where one of them is stale. The pages belong to a checkout; the
schema is shipped inside the package.
"""

from __future__ import annotations

import sys
from pathlib import Path

from netinspect import files
from netinspect.reference import SCHEMA_FILE, findings
from netinspect.reference.page import page
from netinspect.reference.schema import schema_text

PACKAGE = Path(__file__).resolve().parents[1]
DOCS = PACKAGE.parents[1] / "docs"
PAGE = DOCS / "catalogue.md"


def main() -> int:
    """Write them, or with `--check` only look at them. Gives the exit code."""
    code = 0
    for path, text in ((PAGE, page()), (DOCS / "findings.md", findings.page()), (PACKAGE / SCHEMA_FILE, schema_text())):
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv[1:]:
            sys.stderr.write(f"{path.name} is stale: run `make docs`\n")
            code = 1
        else:
            files.write(path, text.encode())
    return code


if __name__ == "__main__":
    sys.exit(main())
