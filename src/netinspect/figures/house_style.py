"""The surroundings in which figures are drawn, so that they look the same on every machine and warn of nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def in_house_style() -> Iterator[None]:
    """Whatever matplotlibrc lies about does not count. What is not finite is said in the figures, and a letter that
    the font lacks is a box: neither is a reason to warn."""
    import matplotlib as mpl

    with mpl.rc_context(), np.errstate(all="ignore"), warnings.catch_warnings():
        mpl.rcdefaults()
        warnings.filterwarnings("ignore", r"Glyph \d+ ")
        yield
