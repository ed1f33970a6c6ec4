"""The maps that the page has without a script: a cell is a pixel, and its colour says the number."""

from base64 import b64decode
from io import BytesIO

import numpy as np
from PIL import Image

from netinspect.explorer.stills import MISSING, PAPER, SHADES, still, strip


def test_a_cell_is_a_shade_and_zero_is_the_middle_one():
    pixels = still(np.array([[[[-2.0, 0.0], [2.0, np.nan]], [[1.0, 1.0], [0.0, np.inf]]]]), 1).pixels
    middle, last = SHADES // 2, SHADES - 1
    half = round((SHADES - 1) * 0.75)
    assert pixels.tolist() == [[0, middle, PAPER, half, half], [last, MISSING, PAPER, middle, MISSING]]


def test_amounts_begin_with_zero():
    assert still(np.array([[0.0, 4.0, 2.0]]), 1).pixels.tolist() == [
        [SHADES, 2 * SHADES - 1, SHADES + (SHADES - 1) // 2]
    ]


def test_what_is_left_out_is_said():
    large = still(np.zeros((1, 50, 64, 100)), 1)
    assert large.pixels.shape == (22, 34)  # every third row and column of one channel
    assert large.words == "the first of 50 channels, one of 3 rows and columns, all numbers of the layer from 0 to 0"
    assert still(np.full((1, 4), np.nan), 1).words == "not finite"


def test_the_span_says_of_which_numbers_it_is():
    numbers = np.zeros((1, 2, 40, 40))
    numbers[0, 0], numbers[0, 1] = 1, -2
    assert still(numbers, 1).words == "the first of 2 channels, all numbers of the layer from \N{MINUS SIGN}2 to 1"
    assert still(numbers[:, :, :5, :5], 1).words == "\N{MINUS SIGN}2 to 1"


def test_maps_lie_under_each_other_in_their_colours():
    first, second = still(np.array([[-1.0, 0.0, 1.0]]), 1), still(np.array([[0.0, 1.0]]), 1)
    image = Image.open(BytesIO(b64decode(strip([first, second])))).convert("RGBA")
    assert image.size == (3, 2)
    rows = np.asarray(image)
    red, blue = rows[0, 2, :3], rows[0, 0, :3]
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    assert np.ptp(rows[0, 1, :3]) <= 1  # zero is grey
    assert rows[1, 0].tolist() == [0, 0, 4, 255]  # zero, the beginning of the other map
    assert rows[1, 2, 3] == 0  # nothing lies there
