"""Numbers become the colours that figures.md of the design asks for."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib import colormaps

from netinspect.pictures.diagram.palette import COLOURS as FAMILIES
from netinspect.pictures.draw import colour


def test_zero_is_the_middle_of_the_diverging_map():
    values = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    assert colour.diverging(values, 2.0).tolist() == [0, 56, 112, 168, 224]
    middle = colour.palette("RdBu_r")[colour.ZERO].astype(int)
    assert middle.tolist() == np.rint(255 * np.array(colormaps["RdBu_r"](0.5)[:3])).astype(int).tolist()
    assert np.ptp(middle) <= 3


def test_rgb_is_half_plus_the_weight_over_twice_the_limit():
    values = np.array([[-0.4, 0.0, 0.4], [0.2, -0.2, 0.1]])
    assert colour.rgb(values, 0.4).tolist() == [[0, 128, 255], [191, 64, 159]]


def test_amounts_start_at_the_maps_first_colour():
    assert colour.sequential(np.array([0.0, 0.5, 1.0, 7.0]), 1.0).tolist() == [0, 112, 224, 224]


def test_gamma_above_one_brightens_and_keeps_the_ends_and_the_sign():
    assert colour.sequential(np.array([0.0, 0.25, 1.0]), 1.0, 2.0).tolist() == [0, 112, 224]
    assert colour.diverging(np.array([-1.0, -0.25, 0.0, 0.25]), 1.0, 2.0).tolist() == [0, 56, 112, 168]


def test_what_is_not_finite_has_a_colour_of_its_own():
    values = np.array([np.nan, np.inf, -np.inf, 0.0])
    assert colour.diverging(values, 1.0).tolist() == [colour.MISSING] * 3 + [colour.ZERO]
    assert colour.sequential(values, 1.0).tolist() == [colour.MISSING] * 3 + [0]
    assert colour.rgb(np.array([[np.nan, 0.0, 0.0]]), 1.0).tolist() == [list(colour.MISSING_COLOUR)]


def test_a_limit_of_zero_leaves_zero_where_it_is():
    assert colour.diverging(np.zeros(2), 0.0).tolist() == [colour.ZERO] * 2
    assert colour.rgb(np.zeros((1, 3)), 0.0).tolist() == [[128, 128, 128]]
    assert colour.sequential(np.zeros(1), 0.0).tolist() == [0]


@pytest.mark.parametrize("name", ["RdBu_r", "magma"])
def test_gap_and_missing_occur_in_no_map(name):
    colours = {tuple(c) for c in np.rint(255 * colormaps[name](np.linspace(0, 1, 4096))[:, :3]).astype(int).tolist()}
    palette = colour.palette(name)
    assert tuple(palette[colour.GAP].tolist()) not in colours
    assert tuple(palette[colour.MISSING].tolist()) not in colours


def test_every_palette_has_the_same_greys_for_text():
    greys = [colour.palette(name)[colour.PAPER :].tolist() for name in ("RdBu_r", "magma", "gray")]
    assert greys[0] == greys[1] == greys[2]
    assert greys[0][0] == [255, 255, 255]
    assert greys[0][-1] == [0, 0, 0]


def test_the_largest_looks_at_finite_values_only():
    assert colour.largest(np.array([1.0, -3.0, np.nan, np.inf])) == 3.0
    assert colour.largest(np.array([-np.inf])) == 0.0
    assert colour.largest(np.array([])) == 0.0
    assert colour.largest(np.array([-2.0, 1.0])) == 2.0


@pytest.mark.parametrize("count", [1, 2, 10, 199])
def test_of_few_values_none_lies_beyond_the_scale(count):
    values = np.arange(1.0, count + 1)
    assert colour.percentile(values, 99.5) == count
    assert colour.percentile(np.append(values, np.nan), 99.5) == count


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("clip", [50, 99.5, 99.9])
def test_the_percentile_of_many_values_is_that_of_few(monkeypatch, dtype, clip):
    values = (np.random.default_rng(0).standard_normal(40_003) ** 5).astype(dtype)
    values[::1000] = np.inf
    exact = colour.percentile(values, clip)
    monkeypatch.setattr(colour, "_MANY", 1000)
    assert colour.percentile(values, clip) == pytest.approx(exact, rel=1e-6)


def test_few_values_among_many_zeros_keep_the_scale(monkeypatch):
    monkeypatch.setattr(colour, "_MANY", 1000)
    values = np.zeros((4, 100, 100), np.float32)
    values[:, 3, :10] = np.linspace(0.1, 1, 10)
    assert colour.percentile(values, 99.5) == 1.0
    values[:, 3:9] = np.linspace(0.1, 1, 100)
    assert colour.percentile(values, 99.5) == pytest.approx(np.percentile(values, 99.5), rel=1e-6)


def test_the_percentile_is_never_zero_while_a_value_is_not():
    values = np.zeros(1000)
    values[0] = 5.0
    assert colour.percentile(values, 99.5) == 5.0
    assert colour.percentile(np.arange(1001.0), 99.5) == pytest.approx(995.0)
    assert colour.percentile(np.array([np.nan]), 50) == 0.0


# --- the diagram's families ------------------------------------------------------------------

XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]
])  # fmt: skip
DEUTERANOPIA = np.array([
    [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
])  # fmt: skip
PROTANOPIA = np.array([
    [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
])  # fmt: skip
"""In linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency", 2009, severity 1."""


def lab(code, sight=None):
    """CIE L*, a*, b* of a colour as it is seen with all cones, or through a matrix."""
    share = np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    linear = linear if sight is None else np.clip(sight @ linear, 0, 1)
    x, y, z = np.cbrt(XYZ @ linear / (0.95047, 1.0, 1.08883))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_each_family_of_the_diagram_is_a_grey_of_its_own():
    greys = sorted(lab(code)[0] for code in FAMILIES.values())
    assert min(np.diff(greys)) > 4


@pytest.mark.parametrize("sight", [None, DEUTERANOPIA, PROTANOPIA])
def test_no_two_families_of_the_diagram_look_alike(sight):
    for one, other in combinations(FAMILIES.values(), 2):
        assert np.linalg.norm(lab(one, sight) - lab(other, sight)) > 7
