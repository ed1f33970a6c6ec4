"""Looking for arrays in pictures, as a person's eye would, exactly."""

import numpy as np

from netinspect.pictures.draw.colour import coloured
from netinspect.pictures.draw.text import SMALL, label
from netinspect.pictures.draw.tiles import enlarge


def rgb(picture):
    """The decoded pixels of a picture."""
    return np.asarray(picture.image.convert("RGB"))


def codes(pixels):
    """One number for each RGB pixel."""
    return pixels.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])


def find(pixels, block):
    """(y, x) of the first place where an RGB block stands in an image; None where it does not."""
    whole, part = codes(pixels), codes(block)
    height, width = part.shape
    rows, columns = whole.shape[0] - height + 1, whole.shape[1] - width + 1
    if rows < 1 or columns < 1:
        return None
    could = np.ones((rows, columns), bool)
    for y in sorted({0, height // 3, height // 2, height - 1}):
        for x in sorted({0, width // 3, width // 2, width - 1}):
            could &= whole[y : y + rows, x : x + columns] == part[y, x]
    for y, x in np.argwhere(could):
        if np.array_equal(whole[y : y + height, x : x + width], part):
            return int(y), int(x)
    return None


def enlargement(pixels, block):
    """The largest whole factor by which a block stands enlarged in an image; 0 where it does not."""
    most = min(whole // part for whole, part in zip(pixels.shape[:2], block.shape[:2], strict=True))
    factors = range(min(most, 180), 0, -1)
    return next((factor for factor in factors if find(pixels, enlarge(block, factor)) is not None), 0)


def says(pixels, words, size=SMALL, *, bold=False, strength=0.75):
    """Whether a line of text stands in an image, by itself or within a longer line."""
    block = coloured(label(words, size, bold=bold, strength=strength), "gray")
    inked = np.argwhere(block.min(axis=2) < 250)
    top, left = inked.min(axis=0)
    bottom, right = inked.max(axis=0) + 1
    whole, part = codes(pixels), codes(block[top:bottom, left:right])
    rows, columns = (whole.shape[axis] - part.shape[axis] + 1 for axis in (0, 1))
    if rows < 1 or columns < 1:
        return False
    could = np.ones((rows, columns), bool)
    for y, x in np.argwhere(part == part.min())[::5]:  # the darkest points: few places have all of them
        could &= whole[y : y + rows, x : x + columns] == part[y, x]
    return any(np.array_equal(whole[y : y + part.shape[0], x : x + part.shape[1]], part) for y, x in np.argwhere(could))
