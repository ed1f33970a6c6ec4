"""Pictures as files: the pixels that were drawn, smaller where rows repeat, in order whichever thread is done first."""

import struct
from hashlib import sha256
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from netinspect.pictures.draw import colour
from netinspect.pictures.draw.png import png
from netinspect.pictures.draw.sheet import image
from netinspect.pictures.look import Description, Picture
from netinspect.pictures.page.plate import AHEAD, plate, plates

INDICES = np.random.default_rng(0).integers(0, 256, (40, 60), np.uint8)
WORDS = Description("kernels", "title", "alt")


def opened(data):
    return Image.open(BytesIO(data))


def chunks(data):
    at, names = 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        names.append(data[at + 4 : at + 8].decode())
        at += 12 + length
    return names


def test_indices_stay_indices_with_their_palette():
    found = opened(png(image(INDICES, colour.SEQUENTIAL)))
    assert (found.mode, found.size) == ("P", (60, 40))
    assert np.array_equal(np.asarray(found), INDICES)
    assert np.array_equal(np.asarray(found.convert("RGB")), colour.palette(colour.SEQUENTIAL)[INDICES])


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_everything_else_becomes_rgb(mode):
    drawn = Image.fromarray(np.random.default_rng(1).integers(0, 256, (9, 7, 3), np.uint8)).convert(mode)
    found = opened(png(drawn))
    assert found.mode == "RGB"
    assert np.array_equal(np.asarray(found), np.asarray(drawn.convert("RGB")))


def test_a_file_says_its_size_in_print_and_nothing_else():
    data = png(image(INDICES, colour.GREY))
    assert chunks(data) == ["IHDR", "PLTE", "pHYs", "IDAT", "IEND"]
    assert opened(data).info["dpi"] == pytest.approx((192, 192), abs=0.01)


def test_rows_that_repeat_cost_next_to_nothing():
    wide = np.random.default_rng(2).integers(0, 256, (3, 40_000), np.uint8)  # a row is longer than zlib remembers
    enlarged = np.repeat(wide, 8, axis=0)
    assert len(png(image(enlarged, colour.GREY))) < 1.2 * len(png(image(wide, colour.GREY)))


def test_a_plate_knows_the_hash_of_its_pixels_and_half_their_size():
    made = plate(Picture(image(INDICES[:, :59], colour.DIVERGING), WORDS), "a.png")
    assert (made.width, made.height) == (30, 20)
    assert made.sha256 == sha256(opened(made.data).convert("RGB").tobytes()).hexdigest()


def test_plates_come_in_the_order_of_the_pictures_and_few_are_waited_for():
    handed = []

    def drawing():
        for number in range(3 * AHEAD):
            handed.append(number)
            side = 400 if number % 3 == 0 else 4  # the large ones are done later than those after them
            yield f"{number}.png", Picture(image(np.full((side, side), number, np.uint8), colour.GREY), WORDS)

    for number, made in enumerate(plates(drawing())):
        assert made.path == f"{number}.png"
        assert np.asarray(opened(made.data))[0, 0] == number
        assert len(handed) <= number + AHEAD + 1


def test_what_is_a_plate_already_is_passed_on():
    made = plate(Picture(image(INDICES, colour.GREY), WORDS), "a.png")
    assert list(plates([("a.png", made)])) == [made]


def test_a_failure_in_a_thread_is_raised():
    with pytest.raises(OSError, match="image file is truncated"):
        list(plates([("a.png", Picture(opened(png(image(INDICES, colour.GREY))[:-40]), WORDS))]))
