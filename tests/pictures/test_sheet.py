"""Axes beside what is drawn: their marks at its cells, their names whole."""

import numpy as np
import pytest

from netinspect.pictures.draw import colour, sheet
from netinspect.pictures.draw.sheet import Tick
from netinspect.pictures.draw.text import label

CELLS = 5
"""A palette index that no text has."""


@pytest.mark.parametrize("height", [12, 40, 90, 200, 201])
@pytest.mark.parametrize("columns", [[], [Tick(50, "0")]])
@pytest.mark.parametrize("rows", [[], [Tick(0, "0"), Tick(8, "1")]])
def test_a_name_is_whole_and_marks_stand_at_their_rows_however_low_the_body_is(height, columns, rows):
    body = np.full((height, 100), CELLS, np.uint8)
    drawn = sheet.with_axes(body, rows, columns, "a long name", "x" if columns else "")
    name = np.rot90(label("a long name", strength=0.75))
    high, wide = name.shape
    starts = [at for at in range(len(drawn) - high + 1) if np.array_equal(drawn[at : at + high, :wide], name)]
    assert len(starts) == 1
    (top, left), (bottom, _) = (extreme(np.argwhere(drawn == CELLS), axis=0) for extreme in (np.min, np.max))
    assert bottom - top + 1 == height
    if height >= high:
        assert abs(starts[0] + high / 2 - (top + height / 2)) <= 1
    else:
        assert starts[0] + high == bottom + 1
    marks = np.flatnonzero(drawn[:, left - 1] == colour.INK - 8)
    assert marks.tolist() == [top + tick.at for tick in rows]
