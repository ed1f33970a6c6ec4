"""What the two engines really compared, and what of it is a known exception: the figures of `make prove`.

Each comparison counts itself where it is made, so that what is printed is what was run.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

FIGURES: Final = "shapes, dtypes, keys, parameters and MACs on meta"
REFUSED: Final = "calls that both refuse"
STRICTER: Final = "calls that only netinspect refuses, on purpose"
CPU: Final = "shapes and dtypes on the CPU"
KEPT: Final = "what backward keeps"
MEMORY: Final = "views and copies"
REACH: Final = "receptive fields, by gradient or by change"
NETWORK: Final = "examples as networks, built and verified"

LIKE: Final = "what torchinfo, fvcore and thop print for a call (--like)"
LIKE_NETWORKS: Final = "what they print for a network of the gallery"

ROUND_TRIPS: Final = "networks of the gallery, built or exported and imported again, call by call"
EXPLORED: Final = "values of networks of the gallery, worked out from the data of the explorer's page"

KINDS: Final = (
    *(FIGURES, CPU, REFUSED, STRICTER, KEPT, MEMORY, REACH, NETWORK, LIKE, LIKE_NETWORKS, ROUND_TRIPS, EXPLORED),
)
CALLS: Final = (FIGURES, REFUSED, STRICTER)
"""Each generated call is one of these; the other comparisons look at it again."""

NEEDED: Final = (FIGURES, CPU, NETWORK, LIKE)
"""What every entry has to be compared in."""

COMPARED: Final[Counter[tuple[str, str]]] = Counter()
"""How often each kind of comparison was made, by kind and entry."""


def compared(what: str, name: str, times: int = 1) -> None:
    """Count comparisons of an entry, or of a network."""
    COMPARED[what, name] += times
