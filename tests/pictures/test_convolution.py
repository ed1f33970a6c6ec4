"""One output of a convolution, worked out, as a picture."""

from dataclasses import replace

import numpy as np
import pytest

from netinspect.pictures.kinds.convolution import worked
from netinspect.pictures.look import Origin
from netinspect.recording import WorkedConvolution

DIAGONAL = (2 * np.eye(4) - 1)[None]


def at_the_corner(values, kernel):
    """Unit 0,0,0 or so of a convolution of (C, *space) without padding, worked out with one kernel (C, *size)."""
    patch = values[tuple(slice(0, size) for size in kernel.shape)]
    products = patch * kernel
    rank = values.ndim - 1
    return WorkedConvolution(
        path="conv", unit=(0,) * values.ndim, patch=patch, kernel=kernel, products=products, sum=float(products.sum()),
        bias=0.0, output=float(products.sum()), start=(0,) * rank, dilation=(1,) * rank, channels=(0, len(values)),
    )  # fmt: skip


def test_the_picture_says_what_it_shows():
    found = at_the_corner(DIAGONAL, DIAGONAL[:, :3, :3])
    said = worked("conv", found, Origin("net.pt"), "diagonal", DIAGONAL).description
    assert said.title.startswith("conv:0,0,0 worked out · patch and kernel 1×3×3")
    assert "the products add up to 9, with the bias 0 the output is 9" in said.alt


def test_the_output_is_what_the_layer_gave():
    found = replace(at_the_corner(DIAGONAL, DIAGONAL[:, :3, :3]), bias=0.5, output=9.5)
    assert "with the bias 0.5 the output is 9.5" in worked("conv", found, Origin("net.pt"), "diagonal").description.alt


def test_over_a_spectrogram_low_frequencies_are_at_the_bottom():
    heard = np.zeros((1, 6, 8))
    heard[0, 0] = 1.0  # the lowest row of frequencies
    found = at_the_corner(heard, np.array([[[0.5, 0.5], [0.25, -0.25]]]))
    picture = worked("conv", found, Origin("net.pt"), "sound", heard, spectrogram=True)
    turned = replace(
        found, patch=found.patch[:, ::-1], kernel=found.kernel[:, ::-1], products=found.products[:, ::-1], start=(4, 0)
    )
    same = np.asarray(worked("conv", turned, Origin("net.pt"), "sound", heard[:, ::-1]).image.convert("RGB"))
    drawn = np.asarray(picture.image.convert("RGB"))
    assert (drawn[: len(same) - 40] == same[:-40]).all()  # all but the note beneath
    assert picture.description.alt.startswith("One output of conv, unit 0,0,0:")


def test_the_cells_of_all_channels_are_as_large_however_long_their_numbers_are():
    kernel = np.stack([np.full((3, 3), value) for value in (1.0, -0.25, 10.5)])
    values = np.stack([np.full((5, 5), value) for value in (1.0, -123.25, 1.0)])
    pixels = np.asarray(worked("conv", at_the_corner(values, kernel), Origin("net.pt"), "noise").image.convert("RGB"))
    lines = np.flatnonzero((pixels == 110).all(axis=2).sum(axis=1) > 300)  # the frames of three panels, above and below
    tops = lines[np.diff(lines, prepend=-9) > 1]
    assert len(tops) == 6
    assert len(set(tops[1::2] - tops[::2])) == 1


@pytest.mark.parametrize("shape", [(2, 50), (64, 9, 9), (2, 5, 6, 7)])
def test_any_number_of_axes_and_channels_can_be_drawn(shape):
    values = np.random.default_rng(0).standard_normal(shape)
    kernel = np.random.default_rng(1).standard_normal((shape[0], *(3,) * (len(shape) - 1)))
    picture = worked("conv", at_the_corner(values, kernel), Origin(), "noise", values)
    assert picture.image.size[0] < 2400
    assert len(picture.description.indices) <= 3
