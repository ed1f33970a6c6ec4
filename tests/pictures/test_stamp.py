"""That nothing was learned stands in the image, the title and the alt text of every picture."""

import numpy as np
import pytest

from netinspect.pictures.draw.signals import spectrogram
from netinspect.pictures.draw.text import SMALL
from netinspect.pictures.kinds.activation_functions import curves
from netinspect.pictures.kinds.input import array, photograph, sound
from netinspect.pictures.look import Description, Origin, Picture
from netinspect.pictures.page.plate import pixels, stamped
from netinspect.recording import ActivationCurve, Spectrogram
from tests.pictures.pixels import says

WORDS = str(Origin())
LINE = np.arange(-3.0, 4.0)
PICTURES = {
    "photograph": lambda: photograph(np.zeros((8, 8, 3), np.uint8), "cat.png", (3, 8, 8)),
    "array": lambda: array(np.ones((3, 4, 4), np.float32), "noise"),
    "row": lambda: array(LINE, "noise"),
    "sound": lambda: sound(np.zeros(200), "x.wav", 100),
    "spectrogram": lambda: spectrogram(Spectrogram(np.ones((4, 6)), np.arange(4) * 100.0, 0.1), "x.wav"),
    "curves": lambda: curves([ActivationCurve("ReLU", LINE, np.maximum(LINE, 0))]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_words_are_drawn_beneath_what_does_not_say_them(name):
    picture = PICTURES[name]()
    before = pixels(picture.image)
    told = stamped(picture, WORDS)
    assert not says(np.asarray(before.convert("RGB")), WORDS, SMALL, strength=0.85)
    assert says(np.asarray(told.image.convert("RGB")), WORDS, SMALL, strength=0.85)
    above = np.asarray(told.image.convert("RGB"))[: before.height, : before.width]
    assert np.array_equal(above, np.asarray(before.convert("RGB")))
    assert told.description.title.endswith(f" · {WORDS}")
    assert told.description.alt.endswith(f"{WORDS}.")
    assert told.image.mode == before.mode


def test_what_says_them_stays_as_it_is():
    picture = Picture(pixels(PICTURES["row"]().image), Description("kernels", f"conv1 · {WORDS}", "Kernels."))
    told = stamped(picture, WORDS)
    assert told.image is picture.image
    assert told.description.alt == f"Kernels. {WORDS}."
