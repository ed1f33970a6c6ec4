"""Crops of the inputs that drive a kernel most."""

import numpy as np

from netinspect.figures import tiles
from netinspect.figures.picture import Look, Origin
from netinspect.figures.top_inputs import OUTSIDE, Unit, crop, top_inputs, waveform
from tests.figures.pixels import find, rgb

IMAGE = np.arange(5 * 6 * 3, dtype=np.uint8).reshape(5, 6, 3)


def test_a_crop_inside():
    assert np.array_equal(crop(IMAGE, ((1, 3), (2, 4))), IMAGE[1:4, 2:5])


def test_a_crop_is_grey_where_it_leaves_the_image():
    cut = crop(IMAGE, ((-1, 1), (4, 7)))
    assert np.array_equal(cut[1:, :2], IMAGE[:2, 4:])
    assert (cut[0] == OUTSIDE).all()
    assert (cut[:, 2:] == OUTSIDE).all()
    assert (crop(IMAGE, ((10, 12), (0, 2))) == OUTSIDE).all()


def test_a_crop_of_numbers_has_nan_outside():
    cut = crop(np.ones((3, 3)), ((-1, 1), (0, 1)))
    assert np.isnan(cut[0]).all()
    assert (cut[1:] == 1).all()


def test_a_waveform_is_grey_where_there_is_no_sound():
    drawn = waveform(np.ones(50), 0, 99)
    assert (drawn[:, -40:] == OUTSIDE).all()
    assert not (drawn[:, :40] == OUTSIDE).any()
    assert waveform(np.ones(5), 100, 120).min() == OUTSIDE


def test_blocks_show_the_crops_of_each_kernel():
    crops = tuple(np.full((8, 8, 3), value, np.uint8) for value in range(10, 100, 10))
    units = [Unit(index, crops, tuple(range(9, 0, -1))) for index in range(3)]
    picture = top_inputs("conv1", units, Origin("net.pt"), "photos", 1234, 64, Look(max_tiles=2))
    assert picture.description.shown == (0, 1)
    assert "showing 2 of 64 kernels" in picture.description.title
    assert "the 9 strongest of 1,234 inputs" in picture.description.title
    for value in range(10, 100, 10):
        assert find(rgb(picture), tiles.enlarge(np.full((8, 8, 3), value, np.uint8), 12))


def test_large_and_empty_crops_can_be_drawn():
    units = [Unit(0, (np.full((500, 300, 3), 7, np.uint8), np.full((4, 4), np.nan)), (1.0, 0.5)), Unit(1, (), ())]
    assert top_inputs("conv1", units, Origin("net.pt"), "photos", 2, 2).image.size[0] < 1200
    assert top_inputs("conv1", [], Origin("net.pt"), "photos", 0, 0).description.shown == ()
