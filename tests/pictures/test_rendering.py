"""A matplotlib Figure as pixels."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from netinspect.pictures.draw.plots import rendered


@pytest.mark.parametrize("inches", [(4.6, 2.9), (10.2, 1.1), (6.5, 3.0)])  # 4.6 · 200 is 919.9999999999999
def test_sizes_whose_dots_are_not_quite_whole_are_rendered(inches):
    figure = Figure(figsize=inches, facecolor="white")
    figure.add_subplot().plot([0, 1])
    pixels = rendered(figure, dpi=200)
    assert pixels.shape == (round(inches[1] * 200), round(inches[0] * 200), 3)
    assert pixels.dtype == np.uint8
    assert pixels.min() < 100
    assert pixels.max() == 255
