"""The surroundings in which figures are drawn, so that they look the same on every machine and warn of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def in_house_style() -> Iterator[None]:
    """Whatever matplotlibrc lies about does not count. What is not finite is said in the figures, which is no reason to
    warn."""
    import matplotlib as mpl

    with mpl.rc_context(), np.errstate(all="ignore"):
        mpl.rcdefaults()
        yield
