"""Counting what a window meets, held against looking at every cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.analysis.equivalents import Axis, cells, connections

MODES = ("zeros", "reflect", "replicate", "circular")


@st.composite
def axes(draw):
    """A convolution's axis as the catalogue allows them: windows lie within the padded input."""
    mode = draw(st.sampled_from(MODES))
    length, kernel = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    most = {"zeros": 8, "replicate": 8, "reflect": length - 1, "circular": length}[mode]
    before = draw(st.integers(0, most))
    room = (length + 2 * before - dilation * (kernel - 1) - 1) // stride + 1
    return Axis(max(room, 1), length, kernel, stride, before, dilation, mode), room > 0


@given(axes())
def test_as_many_as_there_are_different_cells_in_all_windows(drawn):
    axis, fits = drawn
    if fits:
        met = [{cell for _, cell in cells(axis, place)} for place in range(axis.places)]
        assert connections(axis) == sum(map(len, met))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(0, 6), st.integers(1, 3))
def test_windows_may_hang_out_anywhere_in_a_transposed_convolution(places, length, kernel, stride, before, dilation):
    axis = Axis(places, length, kernel, stride, before, dilation)
    inside = [
        cell
        for place in range(places)
        for tap in range(kernel)
        if 0 <= (cell := place * stride - before + tap * dilation) < length
    ]
    assert connections(axis) == len(inside)


def test_by_hand():
    assert connections(Axis(28, 32, 5)) == 28 * 5
    assert connections(Axis(100, 100, 3, before=1)) == 100 * 3 - 2
    assert connections(Axis(100, 100, 3, before=1, mode="reflect")) == 100 * 3 - 2
    assert connections(Axis(100, 100, 3, before=1, mode="circular")) == 100 * 3


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("zeros", 65_536 * 65_536), ("replicate", 65_536 * 65_536 + 1), ("circular", 131_072 * 65_536)],
)
def test_the_largest_windows_are_counted_without_a_look_at_each_cell(mode, expected):
    """Its own eight thousand million cells would take minutes. The last window of `replicate` lies in the border."""
    assert connections(Axis(131_072, 65_536, 65_536, before=65_535, mode=mode)) == expected
