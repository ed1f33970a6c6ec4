"""What a file of another tool says beside its layers, brought to the keys of a spec."""

import pytest
import yaml

from netinspect.drafts.entries.outline import input_of, outline, sizes_of


@pytest.mark.parametrize(
    ("stated", "sizes"),
    [
        ("[28, 28]", (28, 28)),
        ("[null, 128, 126, 1]", (128, 126, 1)),
        ("[None, 64, 64, 3]", (64, 64, 3)),
        ("[-1, 10]", (10,)),
        ("32x32x1", (32, 32, 1)),
        ("(16000, 1)", (16000, 1)),
        ("(None, 20)", (20,)),
        ("784", (784,)),
        ("{shape: [null, 40], dtype: int32}", (40,)),
        ("{time: 20, features: 8}", None),
        ("[height, width]", None),
        ("true", None),
        ("a picture", None),
    ],
)
def test_sizes_are_read_without_the_batch(stated, sizes):
    assert sizes_of(yaml.safe_load(stated)) == sizes


@pytest.mark.parametrize(
    ("stated", "first", "text"),
    [
        ("[32, 32, 3]", "Conv2D", "[3, 32, 32]"),
        ("[3, 32, 32]", "Conv2D", "[3, 32, 32]"),
        ("[7, 7, 512]", "Conv2D", "[512, 7, 7]"),
        ("[64, 4, 4]", "Conv2d", "[64, 4, 4]"),
        ("[16, 64, 64, 1]", "Conv3D", "[1, 16, 64, 64]"),
        ("(16000, 1)", "Conv1D", "[1, 16000]"),
        ("[1, 16000]", "Conv1D", "[1, 16000]"),
        ("[120, 40]", "Conv1d", "[120, 40]"),
        ("[120, 40]", "GRU", "{time: 120, features: 40}"),
        ("[28, 28]", "Dense", "[28, 28]"),
        ("[50]", "Embedding", "{shape: {time: 50}, dtype: int64, high: 1000}"),
        ("{shape: [50], dtype: int32}", "Embedding", "{shape: [50], dtype: int32}"),
        ("{shape: [null, 32, 32, 3]}", "Conv2D", "[3, 32, 32]"),
        ("{time: 20, features: 8}", "GRU", "{time: 20, features: 8}"),
    ],
)
def test_the_input_stands_with_its_channels_in_front(stated, first, text):
    assert input_of(yaml.safe_load(stated), first, (1000,))[1] == text


def test_sections_become_one_list_in_their_order():
    said = outline(yaml.safe_load("input: [8]\nencoder: [Flatten]\nhead:\n  - Dense: 3\nepochs: 5\nwidth: 4\n"))
    assert said.entries == ({"encoder": ["Flatten"]}, {"head": [{"Dense": 3}]})
    assert (said.others, said.numbers, said.inputs) == (("epochs",), ("width",), {"input": [8]})


def test_a_wrapper_is_taken_off():
    said = outline(yaml.safe_load("model:\n  name: net\n  input: {shape: [4]}\n  layers: [ReLU]\noptimizer: adam\n"))
    assert (said.name, said.entries, said.inputs) == ("net", ("ReLU",), {"input": {"shape": [4]}})


def test_a_section_that_others_refer_to_is_not_run_in_its_place():
    said = outline(yaml.safe_load("tower: [ReLU]\nbranches: {left: '*tower', right: '*tower'}\n"))
    assert said.definitions == {"tower": ["ReLU"]}
    assert [*said.entries[0]] == ["branches"]


@pytest.mark.parametrize("text", ["blocks: {A: [ReLU]}\nlayers: [A]", "tie: {}\nlayers: [ReLU]", "3", "text"])
def test_other_files_have_no_outline(text):
    assert outline(yaml.safe_load(text)) is None
