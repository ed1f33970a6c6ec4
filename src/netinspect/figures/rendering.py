"""A matplotlib Figure as pixels, through Agg and never through pyplot."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI: Final = 200


def rendered(figure: Figure, dpi: int = DPI) -> NDArray[np.uint8]:
    """The figure's RGB pixels, (H, W, 3), on paper where it is transparent."""
    figure.set_dpi(dpi)
    stream = BytesIO()
    figure.savefig(stream, format="rgba", dpi=dpi, facecolor=figure.get_facecolor())
    width, height = int(figure.bbox.width), int(figure.bbox.height)
    pixels = np.frombuffer(stream.getvalue(), np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(pixels[..., :3])
