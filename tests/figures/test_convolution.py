"""The lecture's convolutions, worked out step by step."""

import numpy as np
import pytest

from netinspect.figures.convolution import outputs, step, worked
from netinspect.figures.picture import Origin

DIAGONAL = 2 * np.eye(4) - 1
KERNEL = 2 * np.eye(3) - 1


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, [[9, -1], [-1, 9]]),
        ({"padding": (1, 1)}, [[4, -2, 0, 2], [-2, 9, -1, 0], [0, -1, 9, -2], [2, 0, -2, 4]]),
        ({"padding": (1, 1), "stride": (2, 2)}, [[4, 0], [0, 9]]),
        ({"padding": (1, 1), "stride": (3, 3)}, [[4, 2], [2, 4]]),
    ],
)
def test_the_diagonal(how, expected):
    assert outputs(DIAGONAL[None], KERNEL[None, None], 0, **how).tolist() == expected


def test_the_mirrored_pair():
    assert outputs(DIAGONAL[None, :, ::-1], KERNEL[None, None, :, ::-1], 0).tolist() == [[-1, 9], [9, -1]]


def test_products_add_up_to_the_output():
    rng = np.random.default_rng(0)
    found = step(rng.standard_normal((4, 9, 9)), rng.standard_normal((6, 2, 3, 3)), (5, 2, 1), bias=np.arange(6.0),
                 stride=(2, 2), padding=(1, 1), dilation=(2, 2), groups=2)  # fmt: skip
    assert found.channels == (2, 4)
    assert found.start == (3, 1)
    assert found.products.sum() == pytest.approx(found.sum)
    assert found.output == found.sum + 5.0


def test_a_patch_that_hangs_over_is_filled_with_zeros():
    found = step(np.ones((1, 4, 4)), np.ones((1, 1, 3, 3)), (0, 0, 0), padding=(1, 1))
    assert found.patch[0].tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 1]]
    assert found.start == (-1, -1)


def test_the_picture_says_what_it_shows():
    found = step(DIAGONAL[None], KERNEL[None, None], (0, 0, 0))
    said = worked("conv", found, Origin("net.pt"), "diagonal", DIAGONAL[None]).description
    assert said.title.startswith("conv:0,0,0 worked out · patch and kernel 1×3×3")
    assert "the products add up to 9, with the bias 0 the output is 9" in said.alt


@pytest.mark.parametrize("shape", [(2, 50), (64, 9, 9), (2, 5, 6, 7)])
def test_any_number_of_axes_and_channels_can_be_drawn(shape):
    values = np.random.default_rng(0).standard_normal(shape)
    kernel = np.random.default_rng(1).standard_normal((3, shape[0], *(3,) * (len(shape) - 1)))
    found = step(values, kernel, (1, *(1,) * (len(shape) - 1)))
    picture = worked("conv", found, Origin(), "noise", values)
    assert picture.image.size[0] < 2400
    assert len(picture.description.shown) <= 3
