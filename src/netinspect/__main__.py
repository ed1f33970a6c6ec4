"""`python -m netinspect`."""

from __future__ import annotations

import sys

from netinspect.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
