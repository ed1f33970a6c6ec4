"""Curves, health, histograms, equivariance: what is drawn is what was measured, and what cannot be drawn is said."""

import numpy as np
import pytest

from netinspect.pictures.draw.plots import MOST_NAMES, encoded
from netinspect.pictures.kinds.activation_functions import curves
from netinspect.pictures.kinds.equivariance import equivariance
from netinspect.pictures.kinds.health import health
from netinspect.pictures.kinds.histograms import BINS, LayerSpread, histograms, spread
from netinspect.pictures.look import Origin
from netinspect.recording import ActivationCurve, Health, LayerEquivariance, LayerGradient

RANDOM = Origin()


def lines(axes):
    """label → (x, y) of each line that has one."""
    return {line.get_label(): line.get_xydata().T.tolist() for line in axes.lines}


def seen(path, silent, units, inputs=64):
    largest = np.ones(units)
    largest[:silent] = 0
    return Health(path, "ReLU", largest, inputs)


# --- curves ----------------------------------------------------------------------------------


def test_each_function_is_drawn_with_its_own_values_on_common_axes():
    x = np.linspace(-2, 2, 5)
    picture = curves(
        [ActivationCurve("ReLU", x, np.maximum(x, 0), ("1", "3")), ActivationCurve("Tanh", x, np.tanh(x), ("5",))]
    )
    first, second = picture.image.axes
    assert first.lines[-1].get_ydata().tolist() == [0, 0, 0, 1, 2]
    assert second.lines[-1].get_ydata().tolist() == np.tanh(x).tolist()
    assert first.get_ylim() == second.get_ylim()
    assert [axes.texts[0].get_text() for axes in (first, second)] == ["2 layers", "layer 5"]
    assert "ReLU from 0 to 2 for inputs from −2 to 2" in picture.description.alt


def test_a_function_that_is_nowhere_finite_leaves_the_others_their_axes():
    x = np.linspace(-1, 1, 3)
    picture = curves([ActivationCurve("a", x, x), ActivationCurve("b", x, np.full(3, np.nan))])
    assert picture.image.axes[0].get_ylim() == pytest.approx((-1.16, 1.16))
    assert "b no finite value" in picture.description.alt


# --- health ----------------------------------------------------------------------------------


def test_dead_units_and_gradients_are_drawn_by_layer():
    gradients = [LayerGradient("conv1", 1, 1e-3, 0.1, 1e-6), LayerGradient("fc", 2, 1e-2, 0.1, 1e-2)]
    picture = health([seen("relu1", 1, 4), seen("relu2", 0, 8)], gradients, RANDOM)
    upper, lower = picture.image.axes
    assert [bar.get_height() for bar in upper.patches] == [25.0, 0.0]
    assert upper.get_ylabel() == "% of units dead"
    assert lines(lower)["as it is"] == [[0, 1], [1e-3, 1e-2]]
    assert lines(lower)["without the skip connections"] == [[0, 1], [1e-6, 1e-2]]
    assert lower.get_yscale() == "log"
    assert picture.description.alt.startswith("1 of 12 units are dead.")


def test_few_inputs_make_silent_units_not_dead_ones():
    picture = health([seen("relu1", 1, 4, inputs=3)], [], RANDOM)
    assert picture.image.axes[0].get_ylabel() == "% of units silent for these inputs"


def test_a_net_without_skips_has_one_line():
    (lower,) = health(
        [], [LayerGradient("a", 1, 1.0, 0.1, None), LayerGradient("b", 2, 2.0, 0.1, None)], RANDOM
    ).image.axes
    assert "without the skip connections" not in lines(lower)
    assert lower.get_legend() is None


def test_the_line_of_gradients_runs_through_matrices_and_norms_stand_beside_it():
    gradients = [
        LayerGradient("conv1", 1, 1e-3, 0.1, None), LayerGradient("bn1", 2, 1.0, 1.0, None, by_unit=True),
        LayerGradient("conv2", 3, 2e-3, 0.1, None),
    ]  # fmt: skip
    (lower,) = health([], gradients, RANDOM).image.axes
    assert lines(lower)["as it is"] == [[0, 2], [1e-3, 2e-3]]
    (beside,) = [line for line in lower.lines if line.get_linestyle() == "None" and line.get_xdata().tolist() == [1]]
    assert beside.get_ydata().tolist() == [1.0]
    assert any("norms" in text.get_text() for text in lower.get_legend().get_texts())
    (alone,) = health([], [LayerGradient("bn", 1, 1.0, 1.0, None, by_unit=True)], RANDOM).image.axes
    assert lines(alone)["as it is"] == [[0], [1.0]]  # of nothing but norms


@pytest.mark.parametrize("without", [None, 0.5])
def test_the_legend_has_the_points_beside_the_line_as_they_are_drawn(without):
    gradients = [
        LayerGradient("conv1", 1, 1e-3, 0.1, without), LayerGradient("bn1", 2, 1.0, 1.0, without, by_unit=True),
        LayerGradient("conv2", 3, 2e-3, 0.1, without),
    ]  # fmt: skip
    (lower,) = health([], gradients, RANDOM).image.axes

    def look(line):
        return line.get_color(), line.get_marker(), line.get_alpha(), line.get_markeredgewidth()

    beside = [line for line in lower.lines if line.get_xdata().tolist() == [1]]
    entries = zip(lower.get_legend().get_lines(), lower.get_legend().get_texts(), strict=True)
    assert [look(line) for line, text in entries if "norms" in text.get_text()] == [look(line) for line in beside]
    assert len(beside) == (1 if without is None else 2)


@pytest.mark.parametrize("dead", [0, 1])
def test_where_no_unit_is_dead_the_title_says_it_in_place_of_an_empty_panel(dead):
    picture = health([seen("relu1", dead, 4), seen("relu2", 0, 8)], [], RANDOM)
    assert len(picture.image.axes) == dead
    assert ("none of 12 units is dead" in picture.description.title) == (dead == 0)


def test_there_is_no_panel_of_gradients_where_there_are_none():
    picture = health([seen("relu1", 1, 4)], [], RANDOM)
    assert [axes.get_ylabel() for axes in picture.image.axes] == ["% of units dead"]


@pytest.mark.parametrize(("smallest", "marks"), [(0.1, ["0.1", "0.2", "0.5", "1"]), (1e-6, None)])
def test_gradients_of_few_decades_are_marked_in_plain_numbers(smallest, marks):
    gradients = [LayerGradient("a", 1, smallest, 0.1, None), LayerGradient("b", 2, 1.0, 0.1, None)]
    picture = health([], gradients, RANDOM)
    picture.image.draw_without_rendering()
    (lower,) = picture.image.axes
    low, high = lower.get_ylim()
    shown = [label.get_text() for label in lower.get_yticklabels() if low <= label.get_position()[1] <= high]
    assert (shown == marks) is (marks is not None)


def test_no_gradient_is_marked_at_the_foot_and_said():
    gradients = [LayerGradient("a", 1, 0.0, 0.1, None), LayerGradient("b", 2, 3e-2, 0.1, None)]
    picture = health([], gradients, RANDOM)
    (lower,) = picture.image.axes
    (foot,) = [line for line in lower.lines if line.get_markerfacecolor() == "none"]
    assert foot.get_xydata().tolist() == [[0, pytest.approx(1e-2)]]
    assert picture.description.notes == ("a: no gradient arrives",)


def test_the_legend_says_what_hollow_marks_at_the_foot_are():
    gradients = [
        LayerGradient("a", 1, 1e-3, 0.1, 0.0), LayerGradient("b", 2, 1e-2, 0.1, 1e-2),
        LayerGradient("c", 3, 0.0, 0.1, 0.0),
    ]  # fmt: skip
    (lower,) = health([], gradients, RANDOM).image.axes
    names = {handle.get_label(): handle for handle in lower.get_legend_handles_labels()[0]}
    hollow = {label: line.get_marker() for label, line in names.items() if line.get_markerfacecolor() == "none"}
    assert hollow == {"zero, as it is": "o", "zero, without the skip connections": "s"}
    assert [text.get_text() for text in lower.get_legend().get_texts()] == list(names)


def test_units_and_gradients_that_are_not_finite_are_marked_and_said():
    units = [Health("relu1", "ReLU", np.array([1, 0, np.nan, np.inf]), 64), seen("relu2", 0, 8)]
    gradients = [LayerGradient("a", 1, np.nan, 0.1, None), LayerGradient("b", 2, 3e-2, 0.1, None)]
    picture = health(units, gradients, RANDOM)
    upper, lower = picture.image.axes
    assert [(bar.get_y(), bar.get_height()) for bar in upper.patches] == [(0, 25), (0, 0), (25, 50), (0, 0)]
    assert [text.get_text() for text in upper.get_legend().texts] == ["dead", "NaN or infinite"]
    (cross,) = [line for line in lower.lines if line.get_marker() == "x" and len(line.get_xdata())]
    assert cross.get_xydata().tolist() == [[0, pytest.approx(1e-2)]]
    assert [text.get_text() for text in lower.texts] == ["×: the gradient is NaN or infinite"]
    notes = ("relu1: 2 of 4 units give NaN or infinite values", "a: the gradient is not finite")
    assert picture.description.notes == notes
    assert picture.description.alt == (
        f"1 of 12 units are dead, 2 give NaN or infinite values. The gradient is not finite. {RANDOM}."
    )


def test_where_nothing_is_finite_no_panel_says_that_all_is_well():
    upper, lower = health(
        [Health("relu", "ReLU", np.full(3, np.nan), 1)], [LayerGradient("a", 1, np.inf, 0.1, None)], RANDOM
    ).image.axes
    assert not any("none of" in text.get_text() for text in upper.texts)
    assert lower.get_yticks().tolist() == []


def test_weights_that_learned_nothing_are_said_to_have_learned_nothing():
    for picture in (health([], [], RANDOM), histograms([], RANDOM), equivariance([], RANDOM)):
        assert "nothing learned" in picture.description.title
        assert "nothing learned" in picture.image.get_suptitle()


def test_long_names_leave_the_plots_their_room():
    def drawn(path):
        figure = health([seen(path, 1, 8)], [LayerGradient(path, 1, 0.1, 1.0, None)], RANDOM).image
        figure.canvas.draw()
        upper, lower = figure.axes
        label = upper.yaxis.label.get_window_extent()
        assert figure.bbox.y0 <= label.y0 < label.y1 <= figure.bbox.y1
        return upper, [axes.bbox.height for axes in (upper, lower)]

    upper, heights = drawn("encoder.layers.encoder_layer_11.self_attention")
    assert [label.get_text() for label in upper.get_xticklabels()] == ["…encoder_layer_11.self_attention"]
    assert heights == pytest.approx(drawn("encoder")[1], rel=0.1)


def test_of_very_many_layers_every_second_is_named():
    units = [seen(f"relu{i}", 1, 2) for i in range(2 * MOST_NAMES)]
    upper = health(units, [], RANDOM).image.axes[0]
    assert [label.get_text() for label in upper.get_xticklabels()][:2] == ["relu0", "relu2"]


# --- histograms ------------------------------------------------------------------------------


def test_a_histogram_is_symmetric_for_signed_values_and_counts_zeros_apart():
    one = spread(np.array([[-1.0, 0.0], [0.0, 2.0]], np.float32))
    assert (one.low, one.high) == (-2.0, 2.0)
    assert one.counts.sum() == 2
    assert np.flatnonzero(one.counts).tolist() == [BINS // 4, BINS - 1]
    assert (one.mean, one.zeros, one.not_finite) == (0.25, 0.5, 0)


def test_a_histogram_of_amounts_starts_at_zero():
    one = spread(np.array([0.5, 4.0]))
    assert (one.low, one.high) == (0.0, 4.0)


def test_values_that_are_not_finite_are_left_out_and_said():
    bad = spread(np.array([1.0, np.nan, np.inf]))
    assert (bad.counts.sum(), bad.not_finite) == (1, 2)
    picture = histograms([LayerSpread("conv1", bad, spread(np.zeros(4)))], RANDOM)
    assert picture.description.notes == ("conv1: 2 values are not finite",)
    assert "weights mean 1, standard deviation 0, 2 of 3 not finite" in picture.description.alt
    assert [text.get_text() for text in picture.image.axes[0].texts] == ["σ 0\n2 not finite"]


def test_the_bars_of_a_row_are_its_counts():
    values = np.array([-1.0, -1.0, 1.0])
    left, right = histograms([LayerSpread("conv1", spread(values))], RANDOM).image.axes
    (stairs,) = left.patches
    assert stairs.get_data().values[[0, -1]].tolist() == [1.0, 0.5]
    assert left.get_xlim() == (-1.0, 1.0)
    assert not right.patches


def test_an_array_of_nothing_but_nan_is_drawn_as_nothing():
    one = spread(np.full(3, np.nan))
    assert (one.counts.sum(), one.not_finite) == (0, 3)
    left, _ = histograms([LayerSpread("conv1", one, one)], RANDOM).image.axes
    assert [text.get_text() for text in left.texts] == ["none of 3 is finite"]
    assert not left.patches


# --- equivariance ----------------------------------------------------------------------------


def test_perfect_shifts_are_seen_on_an_axis_of_one_per_cent():
    picture = equivariance([LayerEquivariance("conv1", "width", 1, 1, 0.0, 0.0)], RANDOM)
    upper = picture.image.axes[0]
    assert upper.get_ylim() == (0.0, 1.0)
    assert not any(line.get_clip_on() for line in upper.lines)


def test_a_net_without_maps_is_said_to_have_none():
    assert [text.get_text() for text in equivariance([], RANDOM).image.axes[0].texts] == ["no layer keeps a map"]


def test_differences_that_are_not_finite_are_gaps_that_are_said():
    shifts = [
        LayerEquivariance("conv1", "width", 1, 1, 0.0, 0.1),
        LayerEquivariance("norm", "width", 1, 1, np.nan, np.nan),
    ]
    picture = equivariance(shifts, RANDOM)
    assert picture.description.notes == ("norm: the difference is not finite",)
    assert [text.get_text() for text in picture.image.axes[0].texts] == ["gaps: NaN or infinite"]
    assert "at most 10 % (conv1); away from the border at most 0 %" in picture.description.alt


def test_differences_are_drawn_in_per_cent_with_gaps_where_nothing_is_inside():
    shifts = [LayerEquivariance("conv1", "width", 1, 1, 0.0, 0.1), LayerEquivariance("pool", "width", 2, 1, None, 0.25)]
    picture = equivariance(shifts, RANDOM)
    upper, lower = picture.image.axes
    assert lines(upper)["whole map"] == [[0, 1], [10.0, 25.0]]
    assert lines(upper)["away from the border"][1][0] == 0.0
    assert np.isnan(lines(upper)["away from the border"][1][1])
    assert [bar.get_height() for bar in lower.patches] == [1, 2]
    assert "along width" in picture.description.title
    assert "at most 25 % (pool); away from the border at most 0 %" in picture.description.alt


def test_the_same_numbers_give_the_same_bytes():
    def drawn():
        return encoded(health([seen("relu", 1, 4)], [LayerGradient("a", 1, 1.0, 0.1, None)], RANDOM).image, "svg")

    assert drawn() == drawn()
