"""Where queries and keys stand on the input: against marks that are moved by hand."""

import numpy as np

from netinspect.torch_backend.studies.places import attended_places
from tests.gallery_readings import gallery_reading
from tests.network.building import network


def test_the_patches_of_a_vision_transformer_tile_the_picture_behind_the_class_token():
    places = attended_places(gallery_reading("vit_b_16").network)
    assert len(places) == 12
    last = places["encoder.layers.encoder_layer_11.self_attention"]
    assert last.sizes == (14, 14)
    assert last.edges == (tuple(range(0, 225, 16)),) * 2
    assert last.keys[0].tolist() == [-1, *range(196)]
    assert (last.keys == last.queries).all()
    assert last.other(-1) == "class_token"


def cut(marks, window, shift):
    """The windows of a square of marks, after a shift, (windows, cells): Swin's own, written out with numpy."""
    moved = np.roll(marks, (-shift, -shift), (0, 1))
    side = len(marks) // window
    return moved.reshape(side, window, side, window).swapaxes(1, 2).reshape(side * side, window * window)


def test_the_windows_of_swin_are_cut_shifted_and_merged():
    places = attended_places(gallery_reading("swin_t").network)
    for path, cells, shift in (
        ("features.1.0", 56, 0), ("features.1.1", 56, 3), ("features.3.1", 28, 3), ("features.5.4", 14, 0),
        ("features.7.1", 7, 0),
    ):  # fmt: skip
        here = places[f"{path}.attn.softmax"]
        assert here.sizes == (cells, cells)
        assert here.edges[0] == tuple(range(0, 225, 224 // cells))
        expected = cut(np.arange(cells * cells).reshape(cells, cells), 7, shift)
        assert (here.keys == expected).all()
        assert (here.queries == expected).all()


TOKENS = """\
netspec: 1
inputs:
  words:
    shape: {time: 6}
    dtype: int64
    high: 50
layers:
  - Embedding(50, 8)
LAYERS
"""


def tokens(*layers):
    return network(TOKENS.replace("LAYERS", "\n".join(f"  - {layer}" for layer in layers)))


def test_tokens_keep_their_places_through_layers_and_turns():
    net = tokens("flip(1)", "Linear(8)", "ReLU", "attn: MultiheadAttention(num_heads=2, batch_first=True)")
    places = attended_places(net)["attn"]
    assert places.keys.tolist() == [[5, 4, 3, 2, 1, 0]]


def test_a_layer_over_the_tokens_leaves_none_of_them_its_place():
    mixed = ("transpose(1, 2)", "Linear(6)", "transpose(1, 2)")
    assert attended_places(tokens(*mixed, "attn: MultiheadAttention(num_heads=2, batch_first=True)")) == {}


def test_a_mean_over_the_tokens_has_no_place():
    net = tokens("mean(dim=1, keepdim=True)", "attn: MultiheadAttention(num_heads=2, batch_first=True)")
    assert attended_places(net) == {}


def test_attention_before_tokens_moves_no_place():
    layers = ("MultiheadAttention(num_heads=2, batch_first=True)", "x: prev", "roll(2, dims=1)")
    places = attended_places(tokens(*layers, "attn: MultiheadAttention(num_heads=2, batch_first=True)"))
    assert places["attn"].keys.tolist() == [[4, 5, 0, 1, 2, 3]]


def test_what_is_no_token_has_the_name_of_its_parameter():
    net = network(
        TOKENS.replace("layers:", "parameters: {start: [1, 1, 8], end: [1, 2, 8]}\nlayers:").replace(
            "LAYERS",
            "\n".join(
                f"  - {layer}"
                for layer in (
                    "embedded: prev",
                    "first: expand(start, embedded.shape[0], -1, -1)",
                    "last: expand(end, embedded.shape[0], -1, -1)",
                    "cat(first, embedded, last, dim=1)",
                    "attn: MultiheadAttention(num_heads=2, batch_first=True)",
                )
            ),
        )
    )
    places = attended_places(net)["attn"]
    assert places.keys.tolist() == [[-1, 0, 1, 2, 3, 4, 5, -2, -2]]
    assert [places.other(number) for number in (-1, -2, 0, 5)] == ["start", "end", "", ""]
