"""Spectrograms, hidden units over time, attention and filter responses."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from netinspect.cli.main import main
from netinspect.errors import InputError
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import Clock, time_marks
from netinspect.pictures.draw.matrices import ticks
from netinspect.pictures.draw.scaling import peak_frequencies
from netinspect.pictures.draw.signals import decibels, spectrogram
from netinspect.pictures.draw.text import TEXT
from netinspect.pictures.kinds.attention import (
    CHOSEN,
    SIDE,
    UNSEEN,
    Heads,
    OverPicture,
    asking,
    attention,
    brightest,
    entropy,
    highest,
    light,
    shares_of,
    visible_keys,
)  # fmt: skip
from netinspect.pictures.kinds.responses import FLOOR_DB, Filters, _figure, magnitude_db, responses
from netinspect.pictures.kinds.sequence import DIRECTIONS, WIDEST, UnitsOverTime, hidden_states
from netinspect.pictures.look import Look, Origin
from netinspect.recording import AttendedPlaces, Spectrogram
from tests.cli.running import run
from tests.pictures.pixels import find, rgb, says

TRAINED = Origin("net.pt")


def test_decibels_are_relative_to_the_maximum_and_cut_at_80():
    assert decibels(np.array([[1.0, 10.0, 1e-12, 0.0]]), "power").tolist() == [[-10.0, 0.0, -80.0, -80.0]]
    assert decibels(np.array([[1.0, 10.0]]), "magnitude").tolist() == [[-20.0, 0.0]]
    assert decibels(np.array([[-30.0, 5.0]]), "dB").tolist() == [[-35.0, 0.0]]
    with pytest.raises(InputError, match="power, magnitude or dB"):
        decibels(np.ones((1, 1)), "mel")


def test_low_frequencies_are_at_the_bottom():
    values = np.full((6, 4), 1e-9)
    values[0] = 1.0
    picture = spectrogram(Spectrogram(values, np.arange(6) * 100.0, 0.01), "tone.wav")
    column = np.repeat(np.array([0, 0, 0, 0, 0, colour.LEVELS - 1], np.uint8), 12)[:, None]
    assert find(rgb(picture), colour.coloured(np.repeat(column, 48, axis=1), "magma"))


def test_a_spectrogram_is_titled_by_the_tensor_and_its_unit():
    heard = Spectrogram(np.ones((4, 6)), np.arange(4) * 100.0, 0.1, "dB", "ln")
    said = spectrogram(heard, "x.wav", (1, 4, 6)).description
    assert said.title == "input 1×4×6 · x.wav · the network's: ln · drawn in dB re max, 80 dB"
    assert said.shape == (1, 4, 6)


def test_a_spectrogram_and_its_kernels_share_the_direction_of_frequency():
    from netinspect.pictures.kinds.kernels import Tensor, kernels

    low = np.zeros((8, 8))
    low[0] = 1
    seen = rgb(spectrogram(Spectrogram(low, np.arange(8.0), 0.1, "power"), "tone.wav"))
    heard = rgb(kernels(Tensor("conv1", low[None, None].astype(np.float32), TRAINED, spectrogram=True)))
    for pixels, name, ground in ((seen, "magma", 0), (heard, "RdBu_r", colour.ZERO)):
        lit, dark = (np.tile(colour.palette(name)[level], (12, 96, 1)) for level in (colour.LEVELS - 1, ground))
        assert find(pixels, lit) > find(pixels, dark)


def test_hidden_units_stand_in_order_of_index_so_that_noise_makes_no_diagonal():
    values = np.random.default_rng(0).uniform(-1, 1, (40, 30))
    given = UnitsOverTime("lstm", values, TRAINED, "x.wav")
    said = hidden_states(given).description
    assert said.indices == tuple(range(30))
    assert "30 hidden units, in order of index" in said.title
    assert (said.scale.low, said.scale.high) == (-said.scale.high, pytest.approx(np.percentile(np.abs(values), 99.5)))
    strongest = hidden_states(given, Look(order="activation")).description
    assert strongest.indices == tuple(np.argsort(-np.abs(values).mean(axis=0)).tolist())
    assert "by mean activation" in strongest.title


def test_two_directions_are_ordered_apart():
    values = np.eye(4)[[3, 1, 0, 2]]
    said = hidden_states(UnitsOverTime("lstm", values, TRAINED, "x.wav", directions=2)).description
    assert sorted(said.indices[:2]) == [0, 1]
    assert sorted(said.indices[2:]) == [2, 3]


def test_each_direction_has_its_own_panel_and_says_which_it_is():
    values = np.eye(6)
    picture = hidden_states(UnitsOverTime("lstm", values, TRAINED, "x.wav", directions=2))
    assert all(says(rgb(picture), words, TEXT, bold=True, strength=0.85) for words in DIRECTIONS)
    for half in (slice(0, 3), slice(3, 6)):
        own = colour.coloured(colour.diverging(values.T[half], 1.0), "RdBu_r")
        assert find(rgb(picture), np.repeat(np.repeat(own, 24, axis=0), WIDEST, axis=1))
    assert "above those that read forwards, below those that read backwards" in picture.description.alt
    assert not says(rgb(hidden_states(UnitsOverTime("lstm", values, TRAINED, "x"))), DIRECTIONS[0], TEXT, bold=True)


def test_panels_with_the_same_axis_of_time_stand_exactly_below_each_other():
    """Numbers of units of three digits are longer than those of two."""
    values = np.random.default_rng(0).uniform(-1, 1, (30, 128))
    pixels = rgb(hidden_states(UnitsOverTime("gru", values, TRAINED, "x.wav", directions=2), Look(clip=100)))
    limit = np.abs(values).max()
    places = []
    for half in (slice(0, 64), slice(64, 128)):
        cells = colour.coloured(colour.diverging(values.T[half], limit), colour.DIVERGING)
        places.append(find(pixels, np.repeat(np.repeat(cells, 900 // 2 // 64, axis=0), tiles.WIDTH // 30, axis=1)))
    assert places[0][1] == places[1][1]


def test_round_indices_are_marked_where_they_begin_anywhere():
    for indices, texts in (
        (np.arange(32, 64), ["35", "40", "45", "50", "55", "60"]),
        (np.arange(10)[::-1], ["5", "0"]),
    ):
        marks = ticks(indices, 10, 50)
        assert [mark.text for mark in marks] == texts
        assert [indices[int((mark.at - 2) / 10)] for mark in marks] == [int(text) for text in texts]
    assert [mark.text for mark in ticks(np.array([3, 9, 4, 7]), 10, 20)] == ["3", "4"]


def test_time_is_in_seconds_where_it_is_known():
    values = np.zeros((100, 4))
    values[50] = 1.0
    heard = hidden_states(UnitsOverTime("lstm", values, TRAINED, "x.wav", clock=Clock(0.01)))
    assert says(rgb(heard), "time / s")
    assert "over 100 time steps, 1 s, for x.wav" in heard.description.alt
    assert says(rgb(hidden_states(UnitsOverTime("lstm", values, TRAINED, "x.npy"))), "time step")


def test_round_times_are_marked_where_they_are():
    found = time_marks(Clock(0.05, 0.02), 20, 10.0)  # from 0.02 to 1.02 seconds
    assert [tick.text for tick in found] == ["0.2", "0.4", "0.6", "0.8", "1"]
    assert [tick.at for tick in found] == pytest.approx([36, 76, 116, 156, 196])
    assert time_marks(Clock(0.05), 0, 10.0) == []


def test_the_last_of_stacked_layers_is_said_to_be_that():
    said = hidden_states(UnitsOverTime("lstm", np.eye(3), TRAINED, "x.wav", stacked=3)).description
    assert "the last of 3 layers" in said.title
    assert "the last of 3 layers" in said.alt


def test_gamma_reaches_hidden_states():
    picture = hidden_states(
        UnitsOverTime("lstm", np.array([[0.25] * 2] * 3 + [[0.5] * 2]), TRAINED, "x"), Look(gamma=2.0)
    )
    assert find(rgb(picture), colour.coloured(colour.diverging(np.full((40, 40), 0.25), 0.5, 2.0), "RdBu_r"))
    assert "gamma 2" in picture.description.title
    assert picture.description.scale.gamma == 2.0


@pytest.mark.parametrize("size", [0.01, 5.0])
def test_the_scale_of_hidden_states_is_that_of_what_is_drawn(size):
    values = size * np.repeat([[1.0, -1.0]], 3, axis=0)
    picture = hidden_states(UnitsOverTime("rnn", values, TRAINED, "x"))
    assert picture.description.scale.high == pytest.approx(size)
    assert find(rgb(picture), colour.coloured(colour.diverging(np.ones((20, 60)), 1.0), "RdBu_r"))


def test_entropy_in_bits():
    alike, one = np.full((4, 8), 1 / 8), np.eye(8)[:4]
    assert entropy(np.stack([alike, one])).tolist() == [3.0, 0.0]


def test_heads_share_one_scale_and_colours_follow_the_square_root():
    weights = np.stack([np.full((4, 4), 0.25), np.eye(4)])
    picture = attention(Heads("attn", weights, TRAINED, "text"))
    assert (picture.description.scale.low, picture.description.scale.high) == (0.0, 1.0)
    quarter = colour.coloured(np.full((100, 100), round(0.5 * 224), np.uint8), "magma")
    assert find(rgb(picture), quarter)
    assert picture.description.labels == ((0, "2.00 bits"), (1, "0.00 bits"))


def causal(*scores):
    """Softmax over the keys up to each query's own place."""
    stack = np.stack(scores).astype(float)
    stack[:, ~np.tri(stack.shape[1], dtype=bool)] = -np.inf
    shares = np.exp(stack)
    return shares / shares.sum(axis=2, keepdims=True)


def test_the_first_queries_of_a_long_causal_layer_do_not_set_the_scale():
    weights = causal(np.zeros((1000, 1000)))
    assert weights.max() == 1.0
    rows = np.arange(1, 1001)  # row n has n keys and gives each 1/n
    least = next(n for n in rows if rows[n:].sum() <= 0.995 * rows.sum())  # those after row n are 99.5 % of all
    assert highest(weights, 99.5) == pytest.approx(1 / least)
    said = attention(Heads("attn", weights, TRAINED, "text")).description
    assert said.scale.high == highest(weights, 99.5)
    assert f"have no weight above {said.scale.high:.3g}; the largest of all is 1" in said.notes[0]


@pytest.mark.parametrize(("queries", "keys", "cell"), [(12, 100, (18, 3)), (100, 12, (3, 18)), (1, 100, (48, 3))])
def test_few_queries_or_keys_have_long_cells_so_that_the_name_of_their_axis_fits(queries, keys, cell):
    weights = np.zeros((1, queries, keys))
    weights[0, np.arange(queries), np.arange(queries) % keys] = 1.0
    picture = attention(Heads("attn", weights, TRAINED, "text"))
    panel = colour.coloured(colour.sequential(weights[0], 1.0, 2.0), colour.SEQUENTIAL)
    assert find(rgb(picture), panel.repeat(cell[0], axis=0).repeat(cell[1], axis=1))
    assert says(np.rot90(rgb(picture), -1), "query, the first on top" if queries > 1 else "query")


def test_sharp_attention_keeps_its_peaks_on_the_scale():
    weights = np.eye(600)[None]
    assert highest(weights, 99.5) == 1.0
    assert highest(causal(50 * np.eye(600)), 99.5) == pytest.approx(1.0)


@pytest.mark.parametrize("weights", [causal(np.eye(6), np.zeros((6, 6))), np.eye(6)[None] * 0.4 + 0.1])
def test_short_sequences_keep_the_true_maximum(weights):
    assert highest(weights, 99.5) == weights.max()


def test_only_what_a_query_may_see_counts():
    scores = np.random.default_rng(0).standard_normal((2, 40, 40))
    weights = causal(*scores)
    assert np.array_equal(visible_keys(weights), np.tri(40, dtype=bool))
    assert visible_keys(np.full((1, 3, 3), 1 / 3)).all()
    largest, counts = weights.max(axis=2).ravel(), np.tile(np.arange(1, 41), 2)
    repeated = np.sort(np.repeat(largest, counts))  # each query as often as it sees keys
    for clip in (10, 50, 90, 99.5, 100):
        assert highest(weights, clip) == repeated[int(np.ceil(clip / 100 * len(repeated))) - 1]


def test_keys_after_a_causal_query_are_grey():
    picture = attention(Heads("attn", causal(np.zeros((6, 6))), TRAINED, "text"))
    grey = np.tile(colour.palette("magma")[UNSEEN], (250, 50, 1))  # five cells above the diagonal in the last column
    assert find(rgb(picture), grey)
    assert "grey: keys after the query, which it may not see" in picture.description.notes
    assert "entropy at most 1.58 bits" in picture.description.title


def test_clip_and_gamma_reach_attention_and_stand_in_the_title():
    weights = np.eye(10)[None] * np.linspace(0.1, 1, 10)[None, :, None]
    picture = attention(Heads("attn", weights, TRAINED, "text"), Look(gamma=1.5, clip=80))
    assert "scale 0…0.8 (all heads, clip 80 %) · gamma 3 (√weight, then 1.5)" in picture.description.title
    assert (picture.description.scale.high, picture.description.scale.gamma) == (pytest.approx(0.8), 3.0)
    fourth = colour.coloured(colour.sequential(np.full((30, 30), 0.4), 0.8, 3.0), "magma")
    assert find(rgb(picture), fourth)


def test_no_peak_is_lost_where_a_panel_is_reduced():
    weights = np.full((1, 900, 900), 1e-6)
    weights[0, np.arange(900), 7] = 1.0
    picture = attention(Heads("attn", weights, TRAINED, "text"))
    assert "each pixel is the largest of 3×3 values" in picture.description.notes
    assert find(rgb(picture), np.tile(colour.palette("magma")[colour.LEVELS - 1], (300, 1, 1)))


def test_which_of_several_windows_is_shown_is_said():
    said = attention(Heads("attn", np.full((1, 4, 4), 0.25), TRAINED, "text", sets=64, set=2)).description
    assert "window 3 of 64" in said.title


def over_picture(weights, keys, query=-1):
    """A white picture of 4 by 6 pixels, two rows of three patches."""
    return OverPicture(
        np.full((4, 6), 255, np.uint8), ((0, 2, 4), (0, 2, 4, 6)), np.array(keys), query, np.array(weights)
    )


def test_the_patch_with_a_pixel_asks_in_the_window_that_it_stands_in():
    """Two windows of two patches each, and a token that is none; the edges are those of 4 by 6 pixels."""
    edges = ((0.0, 2.0, 4.0), (0.0, 3.0, 6.0))
    places = AttendedPlaces(0, (2, 2), edges, np.array([[0, 2], [1, 3]]), np.array([[0, 2], [1, 3]]))
    expected = {(0, 0): (0, 0), (1, 2): (0, 0), (1, 3): (1, 0), (2, 2): (0, 1), (3, 5): (1, 1), (9, 9): (1, 1)}
    assert {pixel: asking(places, pixel) for pixel in expected} == expected
    with_token = replace(places, queries=np.array([[-1, 0, 1, 2, 3]]))
    assert asking(with_token) == (0, 0)
    assert asking(with_token, (3, 0)) == (0, 3)


def test_a_pixel_that_no_input_has_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for pixel, reason in (("300,10", "there is no such pixel; the input has 224×224"), ("7", "such as --query 120,80")):
        assert main(["visualize", "vit_b_16", "-o", "out", "--what", "attention", "--query", pixel]) == 2
        assert reason in capsys.readouterr().err


def test_weights_lie_on_the_pixels_of_their_patches():
    over = over_picture([[0.4, 0.1, 0.2, 0.3]], [-1, 0, 2, 4])
    expected = [[0.1, 0.1, 0, 0, 0.2, 0.2], [0.1, 0.1, 0, 0, 0.2, 0.2], [0, 0, 0.3, 0.3, 0, 0], [0, 0, 0.3, 0.3, 0, 0]]
    assert light(over, over.weights[0]).tolist() == expected
    assert shares_of(over).tolist() == pytest.approx([0.6])
    assert brightest(over) == 0.3


def test_pixels_outside_all_patches_are_dark():
    """Whatever the class token, which lies nowhere, is given."""
    edges = ((0, 2), (1, 3))
    over = OverPicture(np.full((3, 5), 255, np.uint8), edges, np.array([-1, 0]), 0, np.array([[0.75, 0.25]]))
    half = [0, 0.25, 0.25, 0, 0]
    assert light(over, over.weights[0]).tolist() == [half, half, [0, 0, 0, 0, 0]]


def test_the_picture_is_as_bright_as_the_root_of_the_weight_and_the_patch_that_asks_is_framed():
    weights = np.array([[0.04, 0.01, 0.0, 0.0, 0.0, 0.95]])
    over = over_picture(weights, [0, 1, 2, 3, 4, -1], query=4)
    picture = attention(Heads("attn", np.full((1, 6, 6), 1 / 6), TRAINED, "photo", over=over))
    pixels = np.asarray(picture.image)
    factor = SIDE // 6
    corners = [tuple(corner) for corner in np.argwhere((pixels == CHOSEN).all(axis=2))]
    assert len(corners) > 8 * factor  # a frame of the patch that asks, in the mean and in the head
    levels, counts = np.unique(pixels[..., 0][(pixels[..., 0] == pixels[..., 1])], return_counts=True)
    for level in (round(255 * (0.01 / 0.04) ** 0.5),):
        assert counts[list(levels).index(level)] >= 2 * (2 * factor) ** 2
    assert "row 1, column 1" in picture.description.notes[-1]


def test_what_lies_outside_a_window_is_grey():
    """Not black, as what is seen and given nothing."""
    red = np.full((4, 4, 3), (240, 0, 0), np.uint8)
    over = OverPicture(red, ((0, 2, 4), (0, 2, 4)), np.array([0, 1]), 0, np.array([[1.0, 0.0]]))
    picture = attention(Heads("attn", np.full((1, 2, 2), 0.5), TRAINED, "photo", sets=2, over=over))
    pixels = np.asarray(picture.image)
    counts = {level: int((pixels == level).all(axis=-1).sum()) for level in ((240, 0, 0), (24, 24, 24))}
    tile = (2 * SIDE // 4) ** 2
    assert counts[240, 0, 0] > 1.8 * tile  # but for the frame, in the mean and in the head
    assert counts[24, 24, 24] >= 4 * tile
    assert "in grey what it may not see" in picture.description.notes[-1]


@pytest.mark.parametrize(("count", "is_named"), [(5, True), (60, False)])
def test_few_tokens_stand_at_the_axes(monkeypatch, count, is_named):
    marks = []
    with_axes = sheet.with_axes
    monkeypatch.setattr(
        sheet, "with_axes", lambda body, rows=(), columns=(), *more: marks.append((rows, columns)) or with_axes(
            body, rows, columns, *more
        )
    )  # fmt: skip
    names = [str(number + 100) for number in range(count)]
    heads = Heads("attn", np.full((1, count, count), 1 / count), TRAINED, "text", tokens=(names, names))
    attention(heads)
    rows, columns = marks[0]
    assert [tick.text for tick in rows] == (names if is_named else [])
    assert [tick.text.replace("\n", "") for tick in columns] == (names if is_named else [])


@pytest.mark.slow
def test_a_photograph_is_laid_over_the_patches_of_a_transformer(tmp_path):
    """The class token's weights, from the pixels of the album's file."""
    text = """\
netspec: 1
input:
  shape: {channels: 3, height: 8, width: 8}
parameters:
  token: (1, 1, 8)
layers:
  - Conv2d(8, kernel_size=4, stride=4)
  - flatten(2)
  - patches: transpose(1, 2)
  - cat(token.expand(input.shape[0], -1, -1), patches, dim=1)
  - attn: MultiheadAttention(num_heads=2, batch_first=True)
"""
    (tmp_path / "net.yaml").write_text(text)
    Image.new("RGB", (8, 8), (200, 100, 50)).save(tmp_path / "photo.png")
    command = ["visualize", "net.yaml", "--input", "photo.png", "--what", "attention", "-o", "out", "--save-arrays"]
    assert run(*command, cwd=tmp_path).returncode == 0
    (file,) = (tmp_path / "out" / "attention").iterdir()
    (data,) = (tmp_path / "out" / "data").glob("*attn.npz")
    weights = np.load(data)["attention.attn"][0]  # heads, queries, keys
    on_patches = np.concatenate([weights[:, 0, 1:], weights[:, 0, 1:].mean(axis=0)[None]])
    light = np.rint(200 * np.sqrt(on_patches / on_patches[:2].max())).astype(int)
    red = np.asarray(Image.open(file).convert("RGB"))[..., 0]
    for level in np.unique(light):
        assert (red == level).sum() >= 200 * 200


def test_more_heads_than_tiles_are_counted():
    said = attention(Heads("attn", np.full((10, 3, 3), 1 / 3), TRAINED, "text"), Look(max_tiles=4)).description
    assert "showing 4 of 10 heads" in said.title


@pytest.mark.parametrize("clock", [Clock(0.01), Clock(0.02, 0.03), Clock(0.0013, 7.77)])
def test_an_axis_of_time_has_two_marks_at_least(clock):
    found = time_marks(clock, 18, 2, 2)
    assert 2 <= len(found) <= 4
    assert [clock.start + mark.at / 2 * clock.step for mark in found] == pytest.approx([float(m.text) for m in found])


def filters(*cycles, length=64):
    taps = np.arange(length)
    return np.stack([np.cos(2 * np.pi * c * taps / length) for c in cycles])[:, None]


def test_filters_are_sorted_by_peak_frequency():
    weight = filters(20, 4, 10)
    assert peak_frequencies(weight) * 64 == pytest.approx([20, 4, 10], abs=0.2)
    said = responses(Filters("conv1", weight, TRAINED, sample_rate=16000)).description
    assert said.indices == (1, 2, 0)


def test_responses_are_db_re_the_layers_largest():
    weight = np.stack([np.ones((1, 4)), 0.1 * np.ones((1, 4))])
    level = magnitude_db(weight)
    assert level[0, 0] == 0.0
    assert level[1, 0] == pytest.approx(-20.0)
    assert level.min() >= FLOOR_DB
    assert (magnitude_db(np.zeros((2, 1, 8))) == FLOOR_DB).all()


def test_a_dilated_filters_response_repeats():
    weight = filters(20, 4, 10)
    apart = np.zeros((3, 1, 3 * 64))
    apart[:, :, ::3] = weight  # the very same filter, the zeros between its taps written out
    assert magnitude_db(weight, dilation=3) == pytest.approx(magnitude_db(apart), abs=1e-6)
    said = responses(Filters("conv1", weight, TRAINED, sample_rate=16000, dilation=4)).description
    assert said.notes == ("taps lie 4 samples apart: |H(f)| repeats every 4,000 Hz, and the lowest peak counts",)


def test_odd_filters_draw_without_warnings():
    for weight in (np.zeros((3, 1, 5)), np.full((2, 2, 3), np.nan), np.ones((1, 1, 1)), filters(*range(1, 30))):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert responses(Filters("conv1", weight, Origin())).image.size[0] > 1000


@pytest.mark.parametrize(
    ("inputs", "rate", "scale"), [(1, 16000, "log"), (2, 16000, "log"), (16, 16000, "linear"), (1, None, "linear")]
)
def test_filters_of_a_sound_are_drawn_in_octaves(inputs, rate, scale):
    weight = np.repeat(filters(20, 4, 10), inputs, axis=1)
    figure = _figure(Filters("conv1", weight, TRAINED, rate), weight, magnitude_db(weight), np.arange(3), np.arange(3))
    heat_map, _, curves = figure.axes
    assert (heat_map.get_yscale(), curves.get_xscale()) == (scale, scale)


def test_filters_over_maps_say_that_they_hear_no_sound():
    weight = np.random.default_rng(0).standard_normal((4, 1, 9))
    said = {channels: Filters("conv", weight, TRAINED, 100.0, channels=channels).what for channels in (1, 128)}
    assert said == {1: "frequency / Hz", 128: "frequency of changes in the maps / Hz"}
