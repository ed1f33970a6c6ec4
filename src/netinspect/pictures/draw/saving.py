"""Writes a matplotlib Figure so that two runs give the same bytes: no date, no version, no random identifiers."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netinspect.errors import InputError
from netinspect.pictures.draw.rendering import DPI

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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


def save(figure: Figure, path: str | Path) -> None:
    """Writes the figure in the format that the name ends in. Raises InputError for one that is not known."""
    path = Path(path)
    path.write_bytes(encoded(figure, path.suffix.removeprefix(".").lower()))
