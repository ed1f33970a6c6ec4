"""Folding: fewer lines, the same sums."""

import pytest

from netinspect.analysis.figures import Row
from netinspect.analysis.fold import SCREEN, fold
from netinspect.analysis.profile import profile
from netinspect.gallery import entries
from netinspect.network.load import load
from tests.network.building import layers, network


def names(lines):
    return [(line.item.name, line.last.name, line.count) for line in lines]


@pytest.mark.parametrize("name", [entry.name for entry in entries()])
def test_folded_lines_sum_to_the_totals_at_every_depth(name):
    whole = profile(load(name))
    for depth in (None, 1, 2, 3, 9):
        for expand in (False, True):
            lines = fold(whole, depth=depth, expand=expand)
            for figure in ("params", "macs", "buffers"):
                shown = sum(
                    line.sum(lambda row, figure=figure: getattr(row, figure)) * line.times
                    for line in lines
                    if not line.opened
                )
                assert shown == getattr(whole.totals, figure)


def test_resnet152_fits_a_screen_with_35_equal_blocks_in_one_line():
    lines = fold(profile(load("resnet152")))
    assert len(lines) <= SCREEN
    assert ("1", "35", 35) in names(lines)


@pytest.mark.parametrize("name", [entry.name for entry in entries()])
def test_every_network_of_the_gallery_fits_a_screen(name):
    assert len(fold(profile(load(name)))) <= SCREEN


def test_expanded_every_row_is_there():
    whole = profile(load("resnet152"))
    shown = [line.item for line in fold(whole, expand=True) if isinstance(line.item, Row)]
    assert tuple(shown) == whole.rows


def test_blocks_of_other_shapes_are_not_folded_together():
    net = network("""
        input: [8]
        blocks:
          Step(n):
            - Linear(n)
            - ReLU
        layers:
          - body: Step(n) for n in (8, 8, 4, 4)
    """)
    lines = fold(profile(net), depth=2)
    assert names(lines) == [("body", "body", 1), ("0", "1", 2), ("2", "2", 1), ("3", "3", 1)]


def test_two_equal_layers_stay_apart_and_three_are_folded():
    assert len(fold(profile(layers("- Linear(8)\n- Linear(8)", "[8]")))) == 2
    assert names(fold(profile(layers("- Linear(8)\n- Linear(8)\n- Linear(8)", "[8]")))) == [("0", "2", 3)]


def test_the_turns_of_a_repeat_inside_a_repeat_are_multiplied():
    net = network("""
        input: [8]
        blocks:
          Pair:
            - Linear(8)
            - ReLU
          Three:
            - inner: 3 * Pair
        layers:
          - outer: 5 * Three
    """)
    leaf = next(line for line in fold(profile(net), depth=9) if line.item.name == "0" and isinstance(line.item, Row))
    assert leaf.times == 15


def test_depth_one_shows_the_outermost_scopes_only():
    assert [line.item.name for line in fold(profile(load("vgg16")), depth=1)] == [
        "features", "avgpool", "2", "classifier",
    ]  # fmt: skip


def test_names_that_do_not_count_on_are_not_folded():
    net = layers(
        """
        - q(input): Linear(4)
        - k(input): Linear(4)
        - v(input): Linear(4)
        - head1: Linear(4)
        - head2: Linear(4)
        - head3: Linear(4)
        """,
        "[4]",
    )
    assert names(fold(profile(net))) == [("q", "q", 1), ("k", "k", 1), ("v", "v", 1), ("head1", "head3", 3)]
