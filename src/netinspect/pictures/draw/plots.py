"""What all plots with axes share: their paper, their type, the names of layers along an axis, and how a Figure becomes
pixels or a file, the same bytes from two runs. Never pyplot.

Okabe and Ito's colours, and always a second difference (marker, dash, place), so that nothing rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from netinspect.errors import InputError
from netinspect.pictures.draw.sheet import FOOT, GAP, MARGIN, head_and_foot
from netinspect.pictures.draw.text import SEPARATOR, SMALL, TITLE, families, line_height
from netinspect.pictures.draw.tiles import WIDEST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE: Final = "#0072B2"
GREEN: Final = "#009E73"
VERMILION: Final = "#D55E00"
GREY: Final = "#5C5C5C"
MOST_NAMES: Final = 40
"""Layers that are all named along an axis; of more, every second, third … is."""
LONGEST_NAME: Final = 32
"""Letters of a path along an axis; a longer one loses its front."""
MOST_POINTS: Final = 4000
"""Points up to which a line goes through each one."""
SHORT_NAME: Final = 12
"""Letters that need no room of their own below an axis."""
LETTER: Final = 0.052
"""Inches that one takes there."""


def paper(width: float, height: float) -> Figure:
    """An empty figure of so many inches, no wider than a page shows it, with a canvas of its own."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(min(width, WIDEST / DPI), height), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def entitle(figure: Figure, segments: Sequence[str], notes: Sequence[str] = ()) -> str:
    """Writes, as on a sheet, the first segment bold above the axes, the other segments and the notes small beneath.
    The figure becomes higher by what they take. All segments in one line, for the manifest."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    width, height = (round(DPI * side) for side in figure.get_size_inches().tolist())
    words = head_and_foot(segments, notes, width - 2 * MARGIN)
    foot = [line for lines in words.foot for line in lines]
    above = MARGIN + len(words.head) * line_height(TITLE) + GAP // 2
    beneath = MARGIN + len(foot) * line_height(SMALL) + (GAP // 2 if foot else 0)
    full = above + height + beneath
    figure.set_size_inches(width / DPI, full / DPI)
    across, down = MARGIN / width, MARGIN / full
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=(across, beneath / full, 1 - 2 * across, height / full))
    head_text, foot_text = "\n".join(words.head), "\n".join(foot)
    look: dict[str, Any] = {"x": across, "ha": "left", "parse_math": False}
    figure.suptitle(
        head_text, y=1 - down, va="top", fontsize=points(TITLE), fontweight="bold", fontfamily=families(head_text),
        **look,
    )  # fmt: skip
    if foot:
        figure.supxlabel(
            foot_text, y=down, va="bottom", fontsize=points(SMALL), color=str(1 - FOOT),
            fontfamily=families(foot_text), **look,
        )  # fmt: skip
    return SEPARATOR.join(segments)


def points(pixels: float) -> float:
    """The size of letters of so many pixels, for matplotlib."""
    return 72 * pixels / DPI


def dress(axes: Axes, y: str, x: str = "") -> None:
    """Small type, light rules, no box."""
    axes.set_ylabel(y, fontsize=8)
    axes.set_xlabel(x, fontsize=8)
    axes.tick_params(which="both", labelsize=7)
    axes.grid(axis="y", color="#E0E0E0", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def draw_wave(axes: Axes, samples: NDArray[np.floating], unit: float, span: tuple[int, int]) -> None:
    """The line of a signal (time,) from one sample to another; of more samples than there are pixels for, from the
    lowest to the highest of each few. `unit` is from one sample to the next."""
    inside = np.arange(max(span[0], 0), min(span[1], len(samples)))
    if not len(inside):
        return
    step = max(1, len(inside) // MOST_POINTS)
    if step == 1:
        axes.plot(inside * unit, samples[inside], color=GREY, linewidth=0.9)
        return
    bounds = np.arange(0, len(inside), step)
    lows, highs = (function.reduceat(samples[inside], bounds) for function in (np.minimum, np.maximum))
    axes.fill_between(inside[bounds] * unit, lows, highs, color=GREY, linewidth=0.8, step="post")


def name_layers(axes: Axes, names: Sequence[str]) -> None:
    """Layers by place along the x axis, named from the bottom up."""
    step = -(-len(names) // MOST_NAMES) or 1
    places = list(range(0, len(names), step))
    axes.set_xticks(places, [end_of(names[place]) for place in places], rotation=90, fontsize=6.5)
    axes.set_xlim(-0.6, max(len(names), 1) - 0.4)


def end_of(path: str) -> str:
    """`…encoder_layer_0.mlp.0`: the last parts of a long path, or the end of its last part."""
    if len(path) <= LONGEST_NAME:
        return path
    end = path[-LONGEST_NAME + 1 :]
    _, dot, whole_parts = end.partition(".")
    return f"…{whole_parts if dot and path[-LONGEST_NAME] != '.' else end}"


def below_for(names: Sequence[str]) -> float:
    """Inches to make a figure higher by for long names below an axis, so that the plot keeps its own."""
    longest = max((len(end_of(name)) for name in names), default=0)
    return LETTER * max(0, longest - SHORT_NAME)


def width_for(layers: int) -> float:
    """Inches for so many layers along an axis."""
    return max(6.5, 1.2 + 0.2 * layers)


# --- pixels and files ------------------------------------------------------------------------


DPI: Final = 200


def rendered(figure: Figure, dpi: int = DPI) -> NDArray[np.uint8]:
    """The figure's RGB pixels, (H, W, 3). The size is the canvas's own: inches times dots are not always whole."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(pixels[..., :3])


FORMATS: Final[dict[str, dict[str, Any]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
}
"""The formats and the metadata that is left out of each."""


def encoded(figure: Figure, form: str, *, dpi: int = DPI) -> bytes:
    """The figure as a file of that format: `png`, `svg`, `pdf`. Text in a PDF stays text (TrueType), in an SVG it
    is drawn as outlines, so that it looks the same everywhere. Raises InputError for another format."""
    if form not in FORMATS:
        raise InputError(f"cannot write a figure as `{form}`: one of {', '.join(FORMATS)}")
    import matplotlib as mpl

    stream = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "netinspect", "pdf.fonttype": 42, "svg.fonttype": "path"}):
        figure.savefig(stream, format=form, dpi=dpi, metadata=FORMATS[form], facecolor=figure.get_facecolor())
    return stream.getvalue()


@contextmanager
def in_house_style() -> Iterator[None]:
    """Whatever matplotlibrc lies about does not count. What is not finite is said in the figures, which is no reason to
    warn."""
    import matplotlib as mpl

    with mpl.rc_context(), np.errstate(all="ignore"):
        mpl.rcdefaults()
        yield
