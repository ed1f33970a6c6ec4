"""The version, said once: the build reads it here, and so does the program.

Asking the installed metadata would cost a tenth of a summary.
"""

from typing import Final

VERSION: Final = "0.1.0"
