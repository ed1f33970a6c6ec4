"""Counts and steps give the very places that they were found from, and are short where the move is simple."""

import numpy as np
import pytest

from netinspect.explorer.moves import move_settings

CUBE = np.arange(2 * 3 * 4).reshape(2, 3, 4)
IMAGE = np.arange(8 * 3 * 5).reshape(1, 8, 3, 5)


def places_of(settings):
    places = np.array([settings["offset"]])
    for axis in settings["axes"]:
        steps = np.array(axis["steps"]) if isinstance(axis, dict) else np.arange(axis[0]) * axis[1]
        places = (places[:, None] + steps).reshape(-1)
    return places


MOVES = {
    "as it was": CUBE,
    "turned": CUBE.transpose(2, 0, 1),
    "a slice": CUBE[:, 1:, ::2],
    "one number": CUBE[1, 2, 3],
    "flipped": CUBE[::-1, :, ::-1],
    "rolled": np.roll(CUBE, (1, 2), (0, 2)),
    "repeated": np.repeat(CUBE, 3, axis=1),
    "tiled": np.tile(CUBE, (2, 1, 2)),
    "spread": np.broadcast_to(CUBE[:1], (5, 3, 4)),
    "chosen rows": CUBE[:, [2, 0, 0]],
    "pixel shuffle": IMAGE.reshape(1, 2, 2, 2, 3, 5).transpose(0, 1, 4, 2, 5, 3).reshape(1, 2, 6, 10),
    "channel shuffle": IMAGE.reshape(1, 2, 4, 3, 5).swapaxes(1, 2).reshape(1, 8, 3, 5),
    "windows": np.lib.stride_tricks.sliding_window_view(np.arange(20), 4)[::2],
}


@pytest.mark.parametrize("name", MOVES)
def test_the_places_come_out_again(name):
    assert np.array_equal(places_of(move_settings(np.asarray(MOVES[name]))), np.asarray(MOVES[name]).reshape(-1))


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("as it was", [[24, 1]]),
        ("turned", [[4, 1], [6, 4]]),
        ("rolled", [[2, -12], [3, 4], [2, -2], [2, 1]]),
    ],
)
def test_a_simple_move_is_said_shortly(name, axes):
    assert move_settings(MOVES[name])["axes"] == axes


def test_axes_that_do_not_act_apart_are_no_counts_and_steps():
    assert move_settings(np.random.default_rng(0).permutation(24).reshape(2, 3, 4)) is None


def test_a_place_that_is_none_is_no_step():
    assert move_settings(np.array([[0, -1], [2, 3]])) is None
