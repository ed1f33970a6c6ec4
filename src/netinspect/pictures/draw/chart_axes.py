"""What all charts of costs share: colours, sizes, short numbers, and axes on a log scale.

Colours are Okabe and Ito's, and every series has a marker of its own and every dot its number, so that nothing rests on
colour alone. A `slide` is 16:9 and read from the last row; `paper` is the width of a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from netinspect.pictures.draw.text import families, length_of

COLOURS: Final = ("#0072B2", "#E69F00", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
"""Blue, orange, vermilion, green, purple, sky blue."""
MARKERS: Final = ("o", "s", "D", "^", "v", "P", "X")
"""As many as no multiple of the colours, so that 42 series have looks of their own."""
INK: Final = "#222222"
FAINT: Final = "#DDDDDD"
LINE: Final = "#999999"
HALO: Final = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.4}
"""The ground of numbers and names, so that no line runs through them. An outline of the letters would do the same, but
then a PDF would have curves in place of text."""
GAP: Final = 3.0
"""Points between a dot and its number."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a figure is, in inches, and how tall it may become; its type in points; dots per inch as PNG."""

    width: float
    height: float
    tallest: float
    type_size: float
    dpi: int


SIZES: Final = {"slide": Size(12.8, 7.2, 7.2, 15, 150), "paper": Size(6.5, 3.8, 9.0, 8, 300)}


def short(number: int) -> str:
    """`138.4M`, `4.82M`, `156`."""
    return _in_units(number, (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 1000)), "")


def short_time(nanoseconds: int) -> str:
    """`66.9 µs`, `1.32 ms`."""
    return _in_units(nanoseconds, ((" s", 10**9), (" ms", 10**6), (" µs", 1000)), " ns")


def _in_units(number: int, units: Sequence[tuple[str, int]], smallest: str) -> str:
    for unit, size in units:
        value = number / size
        if value >= 0.9995:
            return f"{value:,.{2 if value < 9.995 else 1}f}{unit}"
    return f"{number:,}{smallest}"


def dress(axes: Axes, title: str, x_title: str, form: Size) -> None:
    """Titles, small type, light rules down, no box."""
    axes.set_title(title, fontsize=form.type_size, fontfamily=families(title), color=INK, loc="left", parse_math=False)
    axes.set_xlabel(x_title, fontsize=form.type_size, color=INK, parse_math=False)
    axes.tick_params(labelsize=form.type_size * 0.8, colors=INK, which="both")
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="x", color=FAINT, linewidth=0.8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def mark(axis: Any, values: Sequence[float], room: float, text: Callable[[int], str], letters: float) -> None:
    """As many marks along a log axis as there is room for, in letters of that many points, written short: `2G`, `5G`,
    `10G`; 0 where there is one."""
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    positive = [value for value in values if value > 0]
    if not positive:
        axis.set_major_locator(NullLocator())
        return
    low, high = axis.get_view_interval()
    zero = [0.0] if axis.get_scale() == "symlog" else []
    low, high = min(positive) if zero else max(low, min(positive) / 10), min(high, 10 * max(positive))
    candidates = [
        LogLocator(subs=subs, numticks=99).tick_values(low, high) for subs in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
    ]
    if high < 8 * low:
        candidates = [MaxNLocator(max(2, int(room)), steps=[1, 2, 5, 10]).tick_values(low, high)]
    candidates += [candidates[-1][::step] for step in (2, 3, 4)]
    marks = [[*zero, *(at for at in candidate if low <= at <= high)] for candidate in candidates]

    def written(value: float) -> str:
        return re.sub(r"\.0+(?!\d)", "", text(round(value)))

    def fits(places: Sequence[float]) -> bool:
        ends = axis.get_transform().transform(np.array([*axis.get_view_interval(), *places], float))
        box, is_across = axis.axes.get_window_extent(), axis.axis_name == "x"
        length = (box.width if is_across else box.height) * 72 / axis.axes.figure.get_dpi()
        at = (ends[2:] - ends[0]) / (ends[1] - ends[0]) * length
        sizes = [length_of(written(place), 16 * letters) / 16 if is_across else letters for place in places]
        apart = (later - now for now, later in pairwise(at))
        touching = ((now + later) / 2 + letters / 2 for now, later in pairwise(sizes))
        return len(places) <= room + len(zero) and all(gap > least for gap, least in zip(apart, touching, strict=True))

    axis.set_major_locator(FixedLocator(next(filter(fits, marks), marks[-1])))
    axis.set_major_formatter(FuncFormatter(lambda value, _: written(value)))
