"""Folding: fewer lines, the same sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.analysis.figures import Row
from netinspect.analysis.fold import SCREEN, equal_sections, fold
from netinspect.analysis.profile import profile
from tests.gallery_readings import NAMES, gallery_reading
from tests.network.building import layers, network


def names(lines):
    return [(line.item.name, line.last.name, line.count) for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_folded_lines_sum_to_the_totals_at_every_depth(name):
    whole = gallery_reading(name).profile
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
    lines = fold(gallery_reading("resnet152").profile)
    assert len(lines) <= SCREEN
    assert ("1", "35", 35) in names(lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_network_of_the_gallery_fits_a_screen(name):
    assert len(fold(gallery_reading(name).profile)) <= SCREEN


def test_expanded_every_row_is_there():
    whole = gallery_reading("resnet152").profile
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
    assert [line.item.name for line in fold(gallery_reading("vgg16").profile, depth=1)] == [
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


def folded(body, shape="[8]", depth=9):
    """(first name, last name, how often, title or type) of every line."""
    return [
        (line.item.name, line.last.name, line.count, line.item.type if isinstance(line.item, Row) else line.item.title)
        for line in fold(profile(layers(body, shape)), depth=depth)
    ]


def test_the_turns_of_a_repeat_without_a_name_are_one_line_with_the_first_of_them_below():
    assert folded("- 4 * [Linear(8), ReLU]") == [
        ("0", "7", 4, "[Linear, ReLU]"), ("0", "0", 1, "Linear"), ("1", "1", 1, "ReLU"),
    ]  # fmt: skip
    assert folded("- 4 * [Linear(8), ReLU]", depth=1) == [("0", "7", 4, "[Linear, ReLU]")]


def test_a_first_turn_of_another_size_stands_apart_and_whole():
    assert folded("- 4 * [Linear(16), ReLU]\n- Linear(2)", depth=1) == [
        ("0", "0", 1, "Linear"), ("1", "1", 1, "ReLU"), ("2", "7", 3, "[Linear, ReLU]"), ("8", "8", 1, "Linear"),
    ]  # fmt: skip


def test_a_last_turn_of_another_size_stands_apart():
    assert folded("- 1 * [ReLU, Linear(n)] for n in (8, 8, 8, 4)", depth=1) == [
        ("0", "5", 3, "[ReLU, Linear]"), ("6", "6", 1, "ReLU"), ("7", "7", 1, "Linear"),
    ]  # fmt: skip


def test_functions_in_a_turn_are_counted_by_their_own_numbers():
    assert folded("- 3 * [Linear(8), relu]", depth=1) == [("0", "2", 3, "[Linear, relu]")]


def test_a_repeat_in_a_turn_is_folded_too():
    assert folded("- 3 * [3 * Linear(8), ReLU]")[:2] == [("0", "11", 3, "[3 × Linear, ReLU]"), ("0", "2", 3, "Linear")]


def test_a_long_turn_is_named_by_its_beginning():
    assert folded("- 3 * [Linear(8), ReLU, Tanh, GELU, SiLU]", depth=1)[0][3] == "[Linear, ReLU, Tanh, …]"


def test_lines_that_were_written_out_are_shown_each():
    assert len(folded("- Linear(8)\n- ReLU\n" * 4)) == 8


def test_two_turns_are_shown_each():
    assert len(folded("- 2 * [Linear(8), ReLU]")) == 4


UNITS = ("Linear(8)", "Linear(4)", "ReLU", "relu", "2 * Linear(8)", "3 * Tanh", "Pair")


@given(st.lists(st.tuples(st.integers(0, 7), st.lists(st.sampled_from(UNITS), min_size=1, max_size=5)), max_size=4))
def test_folded_lines_of_any_repeats_stand_for_all_rows(repeats):
    lines_of = "".join(f"  - {count} * [{', '.join(units)}]\n" for count, units in repeats)
    spec = f"input: [8]\nblocks:\n  Pair:\n    - Linear(8)\n    - ReLU\nlayers:\n  - Linear(8)\n{lines_of}"
    whole = profile(network(spec))
    for depth in (None, 1, 2, 3):
        lines = [line for line in fold(whole, depth=depth) if not line.opened]
        assert sum(line.sum(lambda _: 1) * line.times for line in lines) == len(whole.rows)
        assert sum(line.sum(lambda row: row.params) * line.times for line in lines) == whole.totals.params
        assert sum(line.sum(lambda row: row.macs) * line.times for line in lines) == whole.totals.macs


def test_a_repeated_block_shows_what_its_last_turn_sees():
    whole = gallery_reading("vit_b_16").profile
    (line,) = [line for line in fold(whole, depth=4) if line.item.name == "ln_1"]
    assert line.item.path.endswith("encoder_layer_0.ln_1")
    assert line.final.path.endswith("encoder_layer_11.ln_1")
    assert (line.item.receptive_field, line.final.receptive_field) == ((16, 16), "global")


def test_sections_made_like_an_earlier_one_are_known_by_it():
    equal = equal_sections(gallery_reading("resnet50").profile)
    pairs = {(section.path, earlier.path) for section, earlier in equal.values()}
    assert pairs == {
        ("layer1.2", "layer1.1"), *((f"layer2.{place}", "layer2.1") for place in (2, 3)),
        *((f"layer3.{place}", "layer3.1") for place in (2, 3, 4, 5)), ("layer4.2", "layer4.1"),
    }  # fmt: skip
    assert "layer1.2.conv1" in equal
    assert "layer1.0.conv1" not in equal
