"""A matplotlib Figure as pixels, through Agg and never through pyplot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI: Final = 200


def rendered(figure: Figure, dpi: int = DPI) -> NDArray[np.uint8]:
    """The figure's RGB pixels, (H, W, 3). The size is the canvas's own: inches times dots are not always whole."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(pixels[..., :3])
