"""Outputs from frame to frame: one cell a unit and frame, unit 0 at the bottom."""

import warnings

import numpy as np
import pytest

from netinspect.pictures.draw import colour, tiles
from netinspect.pictures.draw.axes import Clock
from netinspect.pictures.kinds.sequence import OverTime, over_time
from netinspect.pictures.look import Look, Origin
from tests.pictures.pixels import find, rgb, says


def given(values, frame=0, clock=None):
    return OverTime("pitch", values, Origin("a.pt"), "x.wav", frame, "frame 1 of 9", clock)


def test_every_value_is_a_cell_and_unit_0_is_at_the_bottom():
    values = np.arange(30 * 20, dtype=np.float32).reshape(30, 20) / 600
    picture = over_time(given(values), Look(clip=100))
    cells = colour.coloured(colour.sequential(values.T[::-1], float(values.max())), colour.SEQUENTIAL)
    assert find(rgb(picture), tiles.enlarge(cells, 32))
    said = picture.description
    assert said.title.startswith("pitch 30×20 · 20 units, unit 0 at the bottom · 30 frames · scale 0…0.998 (all frames")
    assert said.scale.over == "all frames"
    assert (said.kind, said.shape, said.total, said.indices) == ("sequence", (30, 20), 20, tuple(range(20)))


def test_signed_outputs_have_zero_in_the_middle():
    values = np.array([[1.0, -1.0], [0.0, 0.5]])
    assert over_time(given(values)).description.colormap == colour.DIVERGING


def test_the_arrow_points_to_the_shown_frame():
    brightest = colour.palette(colour.SEQUENTIAL)[colour.LEVELS - 1]
    places = []
    for frame in (0, 20):
        pixels = rgb(over_time(given(np.ones((40, 45)), frame)))
        top = np.flatnonzero((pixels == brightest).all(axis=2).sum(axis=1) > 1000)[0]
        (place,) = np.flatnonzero((pixels[top - 12 : top - 4] == 0).all(axis=(0, 2)))
        places.append(int(place))
    assert places[1] - places[0] == 20 * 32


def test_many_frames_are_means_and_many_units_the_strongest():
    values = np.zeros((3000, 600), np.float32)
    values[:, 50:550] = 1
    said = over_time(given(values, clock=Clock(0.01))).description
    assert "showing 512 of 600 units, the strongest in order of index, from the bottom" in said.title
    assert len(said.indices) == 512
    assert set(range(50, 550)) <= set(said.indices)
    assert list(said.indices) == sorted(said.indices)
    assert said.notes == (
        "each pixel is the value of largest magnitude of 3 frames",
        "▼ frame 1 of 9: what the other figures show",
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 360), (2, 1), (5000, 3)])
@pytest.mark.parametrize("clock", [None, Clock(0.01), Clock(1 / 44100)])
def test_every_size_can_be_drawn(shape, clock):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = over_time(given(np.random.default_rng(0).random(shape), shape[0] - 1, clock))
    assert max(picture.image.size) < 2400


def test_what_is_not_finite_is_told():
    values = np.ones((4, 3))
    values[0, 0] = np.nan
    assert "1 of 12 values are not finite" in over_time(given(values)).description.notes[0]


def test_units_that_are_points_on_a_scale_are_marked_with_them():
    values = np.ones((30, 20))
    octaves = tuple(10 * 2.0**unit for unit in range(20))
    picture = over_time(OverTime("pitch", values, Origin("a.pt"), "x.wav", 0, "frame 1", None, octaves, "Hz"))
    assert all(says(rgb(picture), words, strength=0.75) for words in ("10", "160"))
    assert not says(rgb(over_time(given(values))), "160", strength=0.75)


def test_units_that_have_names_are_called_by_them():
    values = np.random.default_rng(0).random((30, 3))
    picture = over_time(OverTime("", values, Origin("a.pt"), "x.wav", 0, "frame 1", names=("yes", "no", "silence")))
    assert "3 units, yes at the bottom" in picture.description.title
    assert all(says(rgb(picture), name, strength=0.75) for name in ("yes", "no", "silence"))
