"""Receptive fields, against the literature's figures and against index sets followed by hand."""

from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.analysis.profile import profile
from netinspect.analysis.receptive_field import Field, slide, union
from netinspect.catalogue.entry import Window
from netinspect.network.load import load
from tests.network.building import layers, network


def seen(net):
    return {row.path: row.receptive_field for row in profile(net).rows}


def test_three_layers_with_stride_two_see_3_7_15():
    net = layers("- 3 * Conv2d(4, kernel_size=3, stride=2)", "[1, 63, 63]")
    assert list(seen(net).values()) == [(3, 3), (7, 7), (15, 15)]


def test_alexnet():
    found = [row for row in profile(load("alexnet")).rows if row.type == "Conv2d"]
    assert [row.receptive_field for row in found] == [(size, size) for size in (11, 51, 99, 131, 163)]


@pytest.mark.parametrize(("name", "size"), [("vgg16", 212), ("resnet50", 427)])
def test_the_last_feature_map_of(name, size):
    assert profile(load(name)).totals.receptive_field == (size, size)


def test_pooling_to_one_and_what_follows_sees_all():
    found = profile(load("resnet50")).rows
    assert [row.receptive_field for row in found[-3:]] == ["global"] * 3


@pytest.mark.parametrize("name", ["type_as", "expand_as", "reshape_as", "view_as", "crop_like"])
def test_a_tensor_that_lends_its_shape_or_dtype_is_not_seen(name):
    lines = f"- a: Conv2d(4, kernel_size=1)\n- b: Conv2d(4, kernel_size=7, padding=3)\n- c: {name}(a, b)"
    net = layers(lines, "[3, 16, 16]")
    assert seen(net)["c"] == (1, 1)


def test_a_tensor_of_zeros_sees_nothing():
    assert seen(layers("- Conv2d(4, kernel_size=7)\n- zeros: zeros_like", "[3, 16, 16]"))["zeros"] is None


def test_stride_and_offset():
    row = profile(layers("- Conv2d(2, kernel_size=3, stride=2, padding=1)", "[1, 9, 9]")).rows[0]
    assert (row.receptive_field, row.stride, row.offset) == ((3, 3), (2, 2), (-1, -1))


def test_dilation_widens_and_one_by_one_does_not():
    net = layers("- Conv2d(2, kernel_size=3, dilation=4)\n- Conv2d(2, kernel_size=1)", "[1, 32, 32]")
    assert list(seen(net).values()) == [(9, 9), (9, 9)]


def test_axes_are_told_apart():
    assert seen(layers("- a: Conv2d(2, kernel_size=(3, 5))", "[1, 32, 32]")) == {"a": (3, 5)}


def test_a_join_takes_the_union():
    net = layers("""
        - a: Conv2d(3, kernel_size=3, padding=1)
        - b(input): Conv2d(3, kernel_size=7, padding=3)
        - sum: add(a, b)
        - c: Conv2d(3, kernel_size=3, padding=1)
    """)
    assert seen(net)["sum"] == (7, 7)
    assert seen(net)["c"] == (9, 9)


def test_a_linear_over_space_sees_all():
    net = layers("- Conv2d(2, kernel_size=3)\n- Flatten\n- fc: Linear(5)", "[1, 8, 8]")
    assert list(seen(net).values()) == [(3, 3), (3, 3), "global"]


def test_a_recurrent_layer_sees_all_of_time_and_a_conv1d_a_window():
    net = network("""
        input: {channels: 2, time: 100}
        layers:
          - conv: Conv1d(4, kernel_size=5)
          - frames: transpose(1, 2)
          - each: Linear(3)
          - rnn: LSTM(4, batch_first=True)
    """)
    assert seen(net) == {"conv": (5,), "frames": (5,), "each": (5,), "rnn": "global"}


def test_features_have_no_space():
    assert seen(layers("- a: Linear(3)", "[5]")) == {"a": None}
    assert profile(layers("- a: Linear(3)", "[5]")).totals.receptive_field is None


def test_patches_of_a_vision_transformer():
    found = {row.path: row.receptive_field for row in profile(load("vit_b_16")).rows}
    assert found["conv_proj"] == (16, 16)
    assert found["patches"] == (16, 16)
    assert found["encoder.layers.encoder_layer_0.self_attention"] == "global"


def test_the_size_is_that_of_the_unit_that_sees_most():
    whole = profile(load("unet"))  # 188 pixels from most units, 204 from those beside a border of upsampled cells
    assert whole.totals.receptive_field == (204, 204)
    assert whole.totals.receptive_field_of == "head"


def test_after_upsampling_the_stride_is_a_fraction():
    net = layers(
        "- ConvTranspose2d(2, kernel_size=2, stride=2)\n- ConvTranspose2d(2, kernel_size=2, stride=2)", "[1, 4, 4]"
    )
    assert [row.stride for row in profile(net).rows] == [(0.5, 0.5), (0.25, 0.25)]


# --- against index sets ----------------------------------------------------------------------

CONVOLUTION = st.builds(Window, st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3), st.just(1))
TRANSPOSED = st.builds(
    lambda size, spread, pad: Window(size, 1, max(size - 1 - pad, 0), 1, spread),
    st.integers(2, 6), st.integers(1, 3), st.integers(0, 2),
)  # fmt: skip


def index_sets(windows, cells):
    """For each of `cells` the input cells it depends on, by following every single connection."""

    def sees(cell, depth):
        if depth < 0:
            return {cell}
        window = windows[depth]
        found = set()
        for step in range(window.size):
            spread = cell * window.stride - window.before + step * window.dilation
            if spread % window.spread == 0:
                found |= sees(spread // window.spread, depth - 1)
        return found

    return [sees(cell, len(windows) - 1) for cell in cells]


@settings(max_examples=150, deadline=None)
@given(st.lists(CONVOLUTION, min_size=1, max_size=3))
def test_convolutions_see_what_their_connections_say(windows):
    field = Field()
    for window in windows:
        field = slide(field, window)
    (connected,) = index_sets(windows, [3])
    assert (field.low(3), field.high(3)) == (min(connected), max(connected))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(CONVOLUTION.filter(lambda w: w.dilation == 1), TRANSPOSED), min_size=1, max_size=3))
def test_transposed_convolutions_see_what_their_connections_say(windows):
    windows = [window for window in windows if window.size >= window.spread]  # else some cells see nothing
    field = Field()
    for window in windows:
        field = slide(field, window)
    cells = range(field.period)
    assert [(field.low(cell), field.high(cell)) for cell in cells] == [
        (min(connected), max(connected)) for connected in index_sets(windows, cells)
    ]


def test_a_union_of_unequal_strides_is_global():
    fine, coarse = Field(), slide(Field(), Window(2, 2))
    assert union(fine, coarse) is None


def test_a_union_of_a_skip_and_an_upsampled_branch():
    down = slide(Field(), Window(2, 2))
    up = slide(down, Window(2, 1, 1, 1, 2))
    joined = union(up, slide(Field(), Window(3, 1, 1)))
    assert [(joined.low(cell), joined.high(cell)) for cell in (0, 1)] == [(-1, 1), (0, 2)]


def test_endless_upsampling_ends_in_global():
    field = Field()
    for _ in range(13):
        field = slide(field, Window(2, 1, 1, 1, 2)) if field else None
    assert field is None
    assert ceil(2**13 / 4096) == 2


@pytest.mark.parametrize(
    ("name", "finite", "whole", "path"),
    [
        ("vit_b_16", (16, 16), "global", "encoder.layers.encoder_layer_0.self_attention"),
        ("wave_unet", (5,), "global", "waveunets.vocals.downsampling_blocks.0.pre_shortcut_convs.0.norm"),
        ("efficientnet_b0", (7, 7), "global", "features.1.0.block.1.mul"),
        ("gpt2", None, "global", "transformer.h.0.attn.scaled_dot_product_attention"),
        ("sed_crnn", (382, 50), (382, 626), "rnn.rnn"),
        ("resnet18", (435, 435), None, None),
        ("lenet", (16, 16), None, None),
    ],
)
def test_where_a_map_sees_all_along_an_axis_it_is_said_beside_the_field_of_the_last_window(name, finite, whole, path):
    totals = profile(load(name)).totals
    assert totals.receptive_field == finite
    assert (totals.whole_field, totals.whole_field_of) == (whole, path)
