"""Which layer is which: by path, then by type and shape."""

from netinspect.analysis.alignment import Layer, aligned, layers_of, match
from netinspect.analysis.profile import profile
from netinspect.network import load


def layer(path, type="ReLU", sizes=(1, 8), params=0):
    return Layer(path, type, (sizes,), (sizes,), params, params, 0, 0)


def paths(old, new, **how):
    found = match(old, new, **how)
    return {new[position].path: old[was].path for position, was in found.items()}


def test_the_same_path_is_the_same_layer_whatever_its_size():
    old = [layer("a", "Linear", (1, 8), 72), layer("b", "Linear", (1, 8), 72)]
    new = [layer("a", "Linear", (1, 16), 272), layer("b", "Linear", (1, 16), 272)]
    assert paths(old, new) == {"a": "a", "b": "b"}


def test_a_renamed_layer_is_found_by_type_and_shape():
    assert paths([layer("fc", "Linear", params=72)], [layer("head", "Linear", params=72)]) == {"head": "fc"}


def test_of_two_of_one_shape_the_one_with_as_many_parameters():
    old = [layer("thin", "Conv2d", params=64), layer("thick", "Conv2d", params=576)]
    assert paths(old, [layer("x", "Conv2d", params=576)]) == {"x": "thick"}


def test_a_line_put_in_moves_the_numbered_ones_behind_it():
    old = [layer("0", "Linear", (1, 8), 72), layer("1"), layer("2", "Linear", (1, 9), 81), layer("3", sizes=(1, 9))]
    new = [old[0], layer("1", "Dropout"), layer("2"), layer("3", "Linear", (1, 9), 81), layer("4", sizes=(1, 9))]
    assert paths(old, new) == {"0": "0", "2": "1", "3": "2", "4": "3"}


def test_a_place_in_a_list_is_a_weaker_sign_than_type_and_shape():
    narrow, wide = (lambda path: layer(path, "Linear", (1, 8), 72)), (lambda path: layer(path, "Linear", (1, 9), 90))
    assert paths([narrow("0"), wide("1")], [narrow("0"), narrow("1"), wide("2")]) == {"0": "0", "2": "1"}


def test_another_type_at_the_same_place():
    assert paths([layer("act")], [layer("act", "GELU")]) == {"act": "act"}
    assert paths([layer("1")], [layer("1", "GELU")]) == {"1": "1"}
    assert paths([layer("1")], [layer("1", "GELU", (1, 16))]) == {}


def test_by_place_what_was_renamed_and_resized():
    old = [layer("a"), layer("fc1", "Linear", (1, 8), 72), layer("z")]
    new = [layer("a"), layer("hidden", "Linear", (1, 16), 272), layer("z")]
    assert paths(old, new) == {"a": "a", "z": "z"}
    assert paths(old, new, by_place=True) == {"a": "a", "hidden": "fc1", "z": "z"}


def test_no_layer_is_matched_twice():
    old = [layer(str(number)) for number in range(3)]
    new = [layer(f"x{number}") for number in range(5)]
    found = match(old, new)
    assert sorted(found.values()) == [0, 1, 2]


def test_rows_keep_the_first_network_in_order_and_put_others_beside_their_neighbours():
    first = [layer("a"), layer("c")]
    second = [layer("a"), layer("b", "Tanh"), layer("c")]
    third = [layer("start", "Flatten"), layer("b", "Tanh"), layer("end", "Softmax")]
    rows = aligned([first, second, third])
    assert [[one.path if one else None for one in row] for row in rows] == [
        [None, None, "start"],
        ["a", "a", None],
        [None, "b", "b"],
        [None, None, "end"],
        ["c", "c", None],
    ]


def test_a_deeper_resnet_has_the_shallower_ones_layers():
    small, large = (layers_of(profile(load(name))) for name in ("resnet18", "resnet34"))
    rows = aligned([small, large])
    assert all(one is None or other is None or one.path == other.path for one, other in rows)
    assert sum(one is not None and other is not None for one, other in rows) == len(small)
    assert sum(other is not None for _, other in rows) == len(large)
