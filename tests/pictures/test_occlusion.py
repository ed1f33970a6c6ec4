"""The occlusion map: its colours over the picture, and its line under a sound."""

from dataclasses import replace

import numpy as np
import pytest

from netinspect.pictures.draw import colour
from netinspect.pictures.kinds.occlusion import Question, over_picture, under_signal
from netinspect.pictures.look import Origin
from netinspect.recording import Occlusion
from tests.pictures.pixels import rgb

ASKED = Question("photo.png", "“cat”", Origin("net.pt"), 5, 1000)


def test_red_lies_over_what_the_answer_rests_on_and_nothing_over_the_rest():
    values = np.array([[0.1, 0.9], [0.9, 0.9]])
    hidden = Occlusion(0, 0, 3, "probability", 0.9, (4, 4), ((0, 4), (0, 4)), values)
    picture = over_picture(np.full((8, 8), 255, np.uint8), hidden, ASKED)
    pixels = rgb(picture)
    red, white = (tuple(colour.palette(colour.DIVERGING)[level].tolist()) for level in (colour.LEVELS - 1, colour.ZERO))
    counts = {colour_: int((pixels == colour_).all(axis=-1).sum()) for colour_ in (red, white)}
    tile = (640 // 8 * 4) ** 2
    assert tile <= counts[red] < 1.1 * tile  # and the end of the bar
    assert 3 * tile <= counts[white] < 3.2 * tile
    assert picture.description.scale.high == pytest.approx(0.8)
    assert "90.0% with nothing hidden" in picture.description.title
    assert "25 % down" not in picture.description.alt  # the first of equal cells, in the upper left
    assert "by 80%" in picture.description.alt
    assert "scale ±80%" in picture.description.title
    assert "5 runs of 1,000 multiply-accumulates" in picture.description.notes[0]


def test_of_an_untrained_network_the_title_says_that_the_map_is_noise():
    hidden = Occlusion(0, 0, 3, "probability", 0.9, (4, 4), ((0, 4), (0, 4)), np.full((2, 2), 0.8))
    titles = [over_picture(np.zeros((8, 8), np.uint8), hidden, asked).description.title
              for asked in (ASKED, replace(ASKED, is_trained=False))]  # fmt: skip
    assert [title.startswith("untrained, so this is noise") for title in titles] == [False, True]


def test_a_fall_of_a_probability_is_in_percent_under_a_sound_too():
    hidden = Occlusion(0, 0, 1, "probability", 0.75, (4,), ((0, 4),), np.array([0.5, 0.25]))
    _, lower = under_signal(np.zeros((1, 8)), hidden, ASKED).image.axes
    assert lower.patches[0].get_data().values.tolist() == [25, 50]
    assert lower.get_ylabel() == "fall of the probability / %"


def test_the_line_under_a_sound_is_the_fall_over_time():
    hidden = Occlusion(0, 0, 1, "output", 1.0, (4,), ((0, 4),), np.array([0.5, 2.0]))
    picture = under_signal(np.zeros((1, 8)), hidden, ASKED, seconds=0.5)
    _, lower = picture.image.axes
    stairs = lower.patches[0].get_data()
    assert stairs.values.tolist() == [0.5, -1.0]
    assert stairs.edges.tolist() == [0, 2, 4]
    assert lower.get_ylabel() == "fall of the output"


def test_answers_that_are_no_numbers_are_said():
    hidden = Occlusion(0, 0, 1, "output", np.nan, (4, 4), ((0, 4), (0,)), np.full((2, 1), np.nan))
    said = over_picture(np.zeros((8, 4), np.uint8), hidden, ASKED).description
    assert "No fall is finite" in said.alt
    assert "not finite" in said.notes[1]
