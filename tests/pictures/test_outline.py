"""From a network to its diagram: what becomes a box, what is folded, what is closed."""

import re
from math import prod

import pytest

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.network.load import load
from netinspect.pictures.diagram.outline import LARGE, diagram_of
from netinspect.pictures.diagram.parts import FAMILIES
from netinspect.pictures.diagram.words import is_quiet, of_all
from netinspect.reference.examples import example_call
from tests.gallery_readings import NAMES, gallery_diagram, gallery_reading


def panels(name, **options):
    diagram = diagram_of(gallery_reading(name).network, **options) if options else gallery_diagram(name)
    return diagram.panels


def shown(panel):
    """op, count, shape and notes of each box, and what is done to its result."""
    return [(box.symbol or box.op, box.count, box.shape, box.notes, box.after) for box in panel.boxes]


def written(tmp_path, text):
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return diagram_of(load(path)).panels


def feeds(panel, key):
    return [edge.source for edge in panel.edges if edge.target == key]


def test_alexnet_box_by_box():
    (net,) = panels("alexnet")
    assert shown(net) == [
        ("input", 1, "3@224×224", (), ()),
        ("Conv 11×11", 1, "64@55×55", ("stride 4",), ("ReLU",)),
        ("MaxPool 3×3", 1, "64@27×27", ("stride 2",), ()),
        ("Conv 5×5", 1, "192@27×27", (), ("ReLU",)),
        ("MaxPool 3×3", 1, "192@13×13", ("stride 2",), ()),
        ("Conv 3×3", 1, "384@13×13", (), ("ReLU",)),
        ("Conv 3×3", 1, "256@13×13", (), ("ReLU",)),
        ("Conv 3×3", 1, "256@13×13", (), ("ReLU",)),
        ("MaxPool 3×3", 1, "256@6×6", ("stride 2",), ("AvgPool to 6×6", "flatten")),
        ("Linear", 1, "4096", (), ("ReLU",)),
        ("Linear", 1, "4096", (), ("ReLU",)),
        ("Linear", 1, "1000", (), ()),
    ]
    assert [box.before for box in net.boxes[8:]] == [(), ("Dropout",), ("Dropout",), ()]
    assert [box.kernel for box in net.boxes[:4]] == [(), (11, 11), (3, 3), (5, 5)]
    assert (net.boxes[1].channels, net.boxes[1].space) == (64, (55, 55))


def test_resnet_shows_its_stages_and_the_insides_of_its_blocks():
    net, first, other = panels("resnet50")
    assert [(box.op, box.count) for box in net.boxes[3:11]] == [
        ("Bottleneck a", 1), ("Bottleneck b", 2), ("Bottleneck a", 1), ("Bottleneck b", 3),
        ("Bottleneck a", 1), ("Bottleneck b", 5), ("Bottleneck a", 1), ("Bottleneck b", 2),
    ]  # fmt: skip
    assert (first.title, other.title) == ("Bottleneck a", "Bottleneck b")
    assert (first.about, other.about) == ("×4, with the sizes of layer1.0", "×12, with the sizes of layer1.1")
    operations = ["input", "Conv 1×1", "Conv 3×3", "Conv 1×1", "+"]
    assert [box.symbol or box.op for box in other.boxes] == operations
    assert sorted(feeds(other, "4")) == ["0", "3"]  # the skip
    assert [box.symbol or box.op for box in first.boxes] == [*operations[:4], "Conv 1×1", "+"]
    assert sorted(feeds(first, "5")) == ["3", "4"]  # the projection
    assert first.boxes[2].notes == first.boxes[4].notes == ("stride 1 or 2",)


RESIDUAL = """\
blocks:
  Residual(kernel):
    - conv1: Conv2d(8, kernel_size=kernel, padding=same)
    - {between}
    - conv2: Conv2d(8, kernel_size=1)
    - conv2 + input
"""


def test_an_open_block_is_named_before_its_first_box(tmp_path):
    head = "input: [8, 6, 6]\n" + RESIDUAL.format(between="ReLU")
    lines = ("stem: Conv2d(8, kernel_size=1)", "res1: Residual(3)", "pool: MaxPool2d(2)", "res2: Residual(3)")
    (net,) = written(tmp_path, head + "\n".join(["layers:", *(f"  - {line}" for line in lines), ""]))
    assert [box.name for box in net.boxes] == ["", "stem", "res1.conv1", "conv2", "", "pool", "res2.conv1", "conv2", ""]
    assert [box.name for box in panels("resnet50")[1].boxes] == ["", "conv1", "conv2", "conv3", "downsample", ""]
    assert panels("wav2vec2")[0].boxes[1].name == "…conv_layers.0"  # of a long path its end


def test_a_box_for_several_blocks_has_the_names_of_all(tmp_path):
    head = "input: [8, 6, 6]\n" + RESIDUAL.format(between="ReLU")
    for count, name in ((2, "res0, res1"), (9, "res0 … res8")):
        lines = [f"  - res{at}: Residual(3)" for at in range(count)]
        more = [f"  - Conv2d({width}, kernel_size=1)" for width in range(20, 7, -1)]  # so many that blocks are closed
        net, *_ = written(tmp_path, head + "\n".join(["layers:", *lines, *more, "  - last: Residual(3)", ""]))
        blocks = [(box.name, box.op, box.count) for box in net.boxes if box.block]
        assert blocks == [(name, "Residual", count), ("last", "Residual", 1)]


def test_blocks_that_take_turns_are_one_box(tmp_path):
    net, first, second = panels("swin_t")
    assert [(box.op, box.count) for box in net.boxes if box.block] == [
        ("SwinBlock a", 1), ("SwinBlock b", 1), ("SwinBlock a", 1), ("SwinBlock b", 1), ("SwinBlock a, b", 3),
        ("SwinBlock a", 2),
    ]  # fmt: skip
    assert (first.about, second.about) == ("×7, with the sizes of features.1.0", "×5, with the sizes of features.1.1")
    head = "input: [8, 6, 6]\n" + RESIDUAL.format(between="ReLU")  # forms that differ in a number have no letters
    turns = ["  - Residual(3)", "  - Residual(5)"] * 6
    net, *_ = written(tmp_path, head + "\n".join(["layers:", *turns, "  - Residual(3)", ""]))
    assert [(box.op, box.count) for box in net.boxes if box.block] == [("Residual", 12), ("Residual", 1)]


def test_wavenet_shows_its_dilations_and_one_sum():
    net, _, layer, last = panels("wavenet")
    assert [box.notes for box in net.boxes[2:4]] == [
        ("49 × Layer a", "1 × Layer b", "dilation 1…512"), ("sum of 50", "← skip 512@16000")
    ]  # fmt: skip
    assert [box.notes for box in layer.boxes[1:3]] == [("dilation 1…512",)] * 2
    assert [box.notes for box in last.boxes[1:3]] == [("dilation 512",)] * 2


def test_mobilenet_shows_its_squeeze_and_excitation_and_each_form_of_its_block():
    diagram = gallery_diagram("mobilenet_v3_large")
    assert [panel.title for panel in diagram.panels[1:]] == [f"InvertedResidual {letter}" for letter in "abcde"]
    plain, squeezed = diagram.panels[3], diagram.panels[5]
    assert ["×" in [box.symbol for box in panel.boxes] for panel in (plain, squeezed)] == [False, True]
    assert [box.op for box in squeezed.boxes[2:4]] == ["Conv 3×3 or 5×5", "GlobalAvgPool"]
    assert squeezed.boxes[1].after == ("BN", "ReLU or Hardswish")
    assert diagram.notes == ()


def test_what_has_no_room_is_named(tmp_path):
    """Six insides are drawn: of each block its commonest form first, then further ones."""
    path = tmp_path / "net.yaml"
    blocks = "".join(
        f"  {name}:\n    - first: Linear(9)\n    - second: Linear(9)\n" + "    - ReLU\n    - Linear(9)\n" * (place + 1)
        for place, name in enumerate("ABCDEFGH")
    )  # fmt: skip
    lines = "".join(f"  - {name}\n  - Sigmoid\n  - {name}\n" for name in "ABCDEFGH")
    path.write_text(f"input: [9]\nblocks:\n{blocks}layers:\n{lines}", encoding="utf-8")
    diagram = diagram_of(load(path))
    assert [panel.title for panel in diagram.panels[1:]] == list("ABCDEF")
    assert diagram.notes == ("Insides that are not drawn: G; H",)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_closed_block_has_a_panel_or_is_named(name):
    diagram = gallery_diagram(name)
    titles = {scope.title for scope in gallery_reading(name).network.root.walk() if scope.title}
    shown = {panel.title for panel in diagram.panels}
    ops = {box.op for panel in diagram.panels for box in panel.boxes if box.block and box.op.split()[0] in titles}
    closed = {f"{op.split()[0]} {letter}".strip() for op in ops for letter in op.partition(" ")[2].split(", ")}
    named = set(re.findall(r"\w+", " ".join(diagram.notes)))
    missing = {label for label in closed - shown if not set(label.split()) <= named}
    assert missing == set()


def test_a_sum_of_many_is_one_circle(tmp_path):
    lines = "".join(f"  - {name}(input): Linear(4)\n" for name in "abc")
    (net,) = written(tmp_path, f"input: {{features: 4}}\nlayers:\n{lines}  - a + b + c\n")
    assert [box.symbol for box in net.boxes] == ["", "", "", "", "+"]
    assert feeds(net, "4") == ["1", "2", "3"]


def test_a_function_says_its_window_and_groups_as_a_layer_does():
    box = next(box for box in panels("wav2vec2")[0].boxes if box.op.startswith("Conv 128"))
    assert box.notes == ("groups 16",)
    assert [box.op for box in panels("wave_unet")[3].boxes][3] == "Up-conv 15"
    assert [box.op for box in panels("inception_v3")[1].boxes][7] == "AvgPool 3×3"


def test_a_dilated_window_reaches_from_its_first_tap_to_its_last(tmp_path):
    (net,) = written(tmp_path, "input: [1, 20, 20]\nlayers:\n  - Conv2d(1, kernel_size=3, dilation=(4, 2))\n")
    assert (net.boxes[1].kernel, net.boxes[1].op, net.boxes[1].notes) == ((9, 5), "Conv 3×3", ("dilation 4×2",))


@pytest.mark.parametrize(("words", "said"), [
    (["stride 2"] * 3, "stride 2"), ([f"dilation {2**i}" for i in range(10)], "dilation 1…512"),
    (["Conv 3×3", "Conv 5×5"], "Conv 3×3 or 5×5"), (["Conv 3×3", "Conv 11×11", "Conv 5×5"], "Conv 3×3…11×11"),
    (["ReLU", "GELU"], "ReLU or GELU"), (["ReLU", "ReLU6"], "ReLU or ReLU6"), (list("abcd"), "a … d"),
])  # fmt: skip
def test_what_differs_between_uses_is_said_in_one_word(words, said):
    assert of_all(words) == said


def test_gpt2_is_one_block_twelve_times():
    net, block = panels("gpt2")
    assert [(box.symbol or box.op, box.count) for box in net.boxes] == [
        ("input", 1), ("Embedding", 1), ("Embedding", 1), ("+", 1), ("Block", 12), ("Linear", 1),
    ]  # fmt: skip
    assert net.boxes[5].before == ("LN",)  # the last norm goes with what it feeds
    assert [box.symbol for box in block.boxes].count("+") == 2


def test_unet_keeps_its_skips():
    (net,) = panels("unet")
    cats = [box.key for box in net.boxes if box.op == "cat"]
    sources = [{net.boxes[int(source)].op for source in feeds(net, key)} for key in cats]
    assert sources == [{"Conv 3×3", "Up-conv 2×2"}] * 4


def test_attention_has_its_three_branches():
    (net,) = panels("self_attention")
    by_name = {box.name: box.key for box in net.boxes}
    assert feeds(net, by_name["scores"]) == [by_name["query"], by_name["key"]]
    assert feeds(net, by_name["context"]) == [by_name["scores"], by_name["value"]]
    assert all(feeds(net, by_name[name]) == ["0"] for name in ("query", "key", "value"))


def test_attention_says_which_branch_is_which_and_has_them_in_order():
    layer = panels("wav2vec2")[1]
    assert [box.name for box in layer.boxes[1:4]] == ["attention.q_proj", "k_proj", "v_proj"]
    assert layer.boxes[4].notes == ("q of q_proj", "k of k_proj", "v of v_proj")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_branches_stand_in_the_order_in_which_they_are_joined(name):
    for panel in panels(name):
        place = {box.key: number for number, box in enumerate(panel.boxes)}
        edges = [(place[edge.source], place[edge.target]) for edge in panel.edges]
        feeding = {source: [b for a, b in edges if a == source] for source, _ in edges}
        for target in {b for _, b in edges}:
            branches = [a for a, b in edges if b == target and feeding[a] == [target]]
            starts = [a for a in branches if panel.boxes[a].family != "input"]
            assert starts == sorted(starts)


def test_tied_weights_are_said():
    assert panels("gpt2")[0].boxes[-1].notes == ("weights of wte",)
    assert panels("siamese")[0].boxes[-1].notes == ()


def test_constants_are_named_where_they_go_in():
    net, _ = panels("vit_b_16")
    assert (net.boxes[2].notes, net.boxes[2].after) == (("with class_token",), ("+ pos_embedding",))
    assert [box.family for box in net.boxes] == ["input", "convolution", "join", "attention", "linear"]


QUIET = {
    "reshape", "view", "reshape_as", "view_as", "flatten", "unflatten", "squeeze", "unsqueeze", "permute", "transpose",
    "swapaxes", "movedim", "expand", "expand_as", "contiguous", "clone", "detach", "split", "chunk", "unbind",
    "tensor_split", "getitem", "select", "narrow", "crop_like",
    "to", "type_as", "float", "double", "half", "bfloat16", "Identity", "Flatten", "Unflatten",
}  # fmt: skip
"""What may be left out of a diagram: it hands numbers on, all or some, in their order."""


def test_only_what_hands_numbers_on_is_left_out():
    entries = [*LAYERS.values(), *FUNCTIONS.values()]
    assert {entry.name for entry in entries if entry.family != "creation" and is_quiet(example_call(entry)[0])} == QUIET


CODEBOOK = """\
input: [3, 32, 32]
parameters: {{codebook: [64, 16]}}
layers:
  - encode: Conv2d(16, kernel_size=4, stride=4)
  - flat: permute(encode, 0, 2, 3, 1)
{lookup}
  - permute(0, 3, 1, 2)
  - decode: ConvTranspose2d(3, kernel_size=4, stride=4)
"""
BY_DISTANCE = """\
  - flat.square().sum(-1, keepdim=True) - 2 * flat @ codebook.transpose(0, 1) + codebook.square().sum(-1)
  - argmin(-1)
  - codes: codebook[prev]
"""
BY_CDIST = """\
  - cdist(flatten(flat, 1, 2), codebook)
  - argmin(-1)
  - codes: embedding(prev, codebook)
  - unflatten(1, (8, 8))
"""


def test_a_codebook_is_named_where_it_is_read(tmp_path):
    (net,) = written(tmp_path, CODEBOOK.format(lookup=BY_DISTANCE))
    boxes = {box.op: box for box in net.boxes}
    assert (boxes["lookup"].name, boxes["lookup"].shape, boxes["lookup"].notes) == (
        "codes", "8×8×16", ("with codebook",)
    )  # fmt: skip
    assert boxes["matmul"].notes == ("@ codebookᵀ",)
    assert boxes["−"].after == ("+ (sum of (square of codebook))",)
    (net,) = written(tmp_path, CODEBOOK.format(lookup=BY_CDIST))
    assert [box.op for box in net.boxes if "with codebook" in box.notes] == ["cdist", "Embedding"]


EXPERTS = """\
input: {time: 10, features: 32}
layers:
  - router: Linear(4)
  - best: topk(router, 2, dim=-1)
  - gates: scatter(zeros_like(router), -1, best.indices, softmax(best, dim=-1))
  - first(input): Linear(32)
  - second(input): Linear(32)
  - stack(first, second, first, second, dim=-1)
  - (prev * gates.unsqueeze(-2)).sum(-1)
"""


def test_a_product_is_of_what_scatter_makes(tmp_path):
    (net,) = written(tmp_path, EXPERTS)
    boxes = {box.key: box for box in net.boxes}
    product = next(box for box in net.boxes if box.symbol)
    assert [boxes[key].op for key in feeds(net, product.key)] == ["stack", "scatter"]
    gates = next(box for box in net.boxes if box.op == "scatter")
    assert (gates.name, gates.shape, gates.notes) == (
        "gates", "10×4", ("with zeros_like", "← indices 10×2")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("index_select(input, 1, source)", "index_select with source"),
        ("roll(2, dims=1)", "roll"),
        ("flip(1)", "flip"),
        ("repeat(1, 1, 2)", "repeat"),
        ("input[:, :15]", "[:, :15]"),
        ("input[:, 1::2]", "[:, 1::2]"),
        ("input[..., -8:]", "[..., -8:]"),
        ("select(1, -3)", "[:, -3]"),
        ("input[:, :, 1]", "[:, :, 1]"),
        ("narrow(1, 2, 10)", "cut"),
        ("cumsum(1)", "cumsum"),
        ("masked_fill(input, keep, 0.0)", "masked_fill(0) with keep"),
        ("tril()", "tril"),
    ],
)
def test_what_moves_numbers_is_named(tmp_path, line, word):
    buffers = "buffers: {source: {shape: [60], dtype: int64}, keep: {shape: [16], dtype: bool}}"
    text = f"input: [20, 16]\n{buffers}\nlayers:\n  - {line}\n  - Linear(4)\n"
    (net,) = written(tmp_path, text)
    assert net.boxes[-1].before == (word,)


def test_a_conversion_that_changes_numbers_is_named(tmp_path):
    (net,) = written(tmp_path, "input: [8]\nlayers:\n  - float(bool(int(long(input))))\n  - Linear(4)\n")
    assert net.boxes[-1].before == ("to int64", "to bool")


def test_what_is_cut_before_a_sum_has_the_size_of_the_sum(tmp_path):
    text = "input: [4, 20]\nlayers:\n  - a: Conv1d(4, kernel_size=3)\n  - input[:, :, 2:] + a\n"
    (net,) = written(tmp_path, text)
    assert [(box.symbol or box.op, box.shape) for box in net.boxes] == [
        ("input", "4@20"), ("[:, :, 2:]", "4@18"), ("Conv 3", "4@18"), ("+", "")
    ]  # fmt: skip


def test_what_is_joined_again_with_half_of_it_is_said_to_be_split():
    *_, unit = panels("shufflenet_v2_x1_0")
    assert unit.title == "Unit"
    join = next(box for box in unit.boxes if box.op == "cat")
    assert [box.op for box in unit.boxes if box.before == ("split[1]",)] == ["Conv 1×1"]
    assert (join.shape, join.notes) == ("116@28×28", ("← split[0] 58@28×28",))


def test_what_is_done_to_one_part_is_not_said_of_the_other(tmp_path):
    text = (
        "input: [8]\nlayers:\n  - st: Linear(8)\n  - parts: chunk(2, dim=-1)\n"
        "  - exp(parts[0]) + parts[1]\n  - Linear(4)\n"
    )
    (net,) = written(tmp_path, text)
    assert [(box.symbol or box.op, box.shape, box.after) for box in net.boxes[1:4]] == [
        ("Linear", "8", ("split",)), ("exp", "4", ()), ("+", "", ())
    ]  # fmt: skip


def test_the_states_that_a_decoder_takes_are_named(tmp_path):
    text = (
        "inputs: {x: {time: 20, features: 8}, y: {time: 10, features: 8}}\nlayers:\n"
        "  - enc(x): LSTM(32, batch_first=True)\n  - dec(y, enc.h_n, enc.c_n): LSTM(32, batch_first=True)\n"
    )
    net = written(tmp_path, text)[0]
    assert [box.notes for box in net.boxes if box.op == "LSTM"] == [(), ("← h_n, c_n 1×32",)]


def test_an_output_that_a_box_does_not_show_is_named():
    assert [box.before for box in panels("resemblyzer")[0].boxes] == [(), (), ("h_n[-1]",)]


def test_a_box_of_its_own_says_which_constant_is_added(tmp_path):
    text = (
        "inputs: {x: [8, 4], keep: {shape: [3], dtype: int64, high: 8}}\nparameters: {pos: [8, 4]}\n"
        "layers:\n  - tokens: x + pos\n  - gather(tokens, 1, expand(unsqueeze(keep, -1), -1, 3, 4))\n  - Linear(2)\n"
    )
    (net,) = written(tmp_path, text)
    assert [(box.op, box.name) for box in net.boxes][2:5] == [
        ("+ pos", "tokens"), ("expand", ""), ("gather", "")
    ]  # fmt: skip


SKIPS = """\
input: {channels: 16, time: 1000}
blocks:
  Layer(dilation):
    - filter: Conv1d(16, kernel_size=3, dilation=dilation, padding=same)
    - gate(input): Conv1d(16, kernel_size=3, dilation=dilation, padding=same)
    - gated: tanh(filter) * sigmoid(gate)
    - skip(gated): Conv1d(32, kernel_size=1)
    - dense(gated): Conv1d(16, kernel_size=1)
    - input + dense
layers:
  - skips: Layer(2 ** i) for i in range(4)
  - skips.steps[0].skip + skips.steps[1].skip + skips.steps[2].skip + skips.steps[3].skip
  - Conv1d(16, kernel_size=1)
"""


def test_what_is_read_out_of_a_block_is_named_with_its_size(tmp_path):
    net, layer = written(tmp_path, SKIPS)
    (total,) = [box for box in net.boxes if box.symbol]
    assert total.notes == ("← skip 32@1000",)
    assert [net.boxes[int(key)].op for key in feeds(net, total.key)] == ["Layer"] * 4
    assert [box.name or box.symbol for box in layer.boxes if box.results] == ["skip", "+"]
    assert [box.results for box in layer.boxes if box.results] == [("output skip",), ("output",)]


def test_a_sum_of_a_side_input_does_not_count_itself(tmp_path):
    lines = "".join(f"  - fc{number}: Linear(8)\n  - prev + side\n" for number in range(3))
    net, _ = written(tmp_path, f"inputs: {{x: [8], side: [8]}}\nlayers:\n{lines}")
    assert [box.notes for box in net.boxes if box.symbol] == [("← side",)] * 3


def test_a_side_input_that_feeds_many_boxes_is_drawn_apart():
    net, time, *_ = panels("diffusion_unet")
    assert time.title == "time"
    assert [box.op for box in time.boxes] == ["step", "TimeEmbedding"]
    assert sum("← time" in box.notes for box in net.boxes) == 6  # the residual blocks


def test_every_entry_is_drawn_as_a_family_of_the_diagram():
    assert {entry.drawn_as for entry in (*LAYERS.values(), *FUNCTIONS.values())} <= {"", *FAMILIES}


def test_channels_stand_where_the_tensor_has_them():
    net = panels("demucs")[0]
    shapes = {box.op: (box.shape, box.channels, box.space) for box in net.boxes}
    assert shapes["BiLSTM"] == ("106×4096", 4096, (106,))
    assert shapes["input"] == ("2@441000", 2, (441000,))
    assert net.boxes[-1].results == ("as 4×2×428716",)


def test_bands_of_a_spectrogram_are_channels_and_its_steps_are_not():
    for name, shape, channels in (("hifigan_v1", "80@86", 80), ("sed_crnn", "128@626", 128)):
        first = panels(name)[0].boxes[0]
        assert (first.shape, first.channels) == (shape, channels)


def test_attention_by_head_has_its_heads_first_in_every_net():
    shapes = {name: box.shape for name in ("bert_base", "gpt2", "wav2vec2") for panel in panels(name)
              for box in panel.boxes if box.family == "attention"}  # fmt: skip
    assert shapes == {"bert_base": "12@128×64", "gpt2": "12@1024×64", "wav2vec2": "12@49×64"}


def test_the_same_weights_used_again_are_said():
    net = panels("siamese")[0]
    towers = [box.notes for box in net.boxes if box.op == "Tower"]
    assert towers == [(), ("same weights",)]


def test_depth_closes_scopes_as_in_the_summary():
    closed = panels("alexnet", depth=1)[0]
    assert [box.op for box in closed.boxes] == ["input", "features", "AvgPool to 6×6", "classifier"]
    assert closed.boxes[2].after == ("flatten",)
    opened = panels("alexnet", depth=2)[0]
    assert len(opened.boxes) == 12


def test_a_norm_before_a_skip_stays_behind_it(tmp_path):
    net = written(tmp_path, (
        "netspec: 1\ninput: {time: 5, features: 8}\nlayers:\n  - a: Linear(8)\n  - n: LayerNorm\n  - b: Linear(8)\n"
        "  - add(a, b)\n"
    ))[0]  # fmt: skip
    assert (net.boxes[2].op, net.boxes[2].before) == ("Linear", ("LN",))
    assert feeds(net, "3") == ["1", "2"]  # the skip leaves before the norm


PRE = "  - norm: BatchNorm2d\n  - ReLU\n  - conv: Conv2d(8, kernel_size=3)\n"
POST = "  - conv: Conv2d(8, kernel_size=3)\n  - norm: BatchNorm2d\n  - ReLU\n"


@pytest.mark.parametrize(("layers", "before", "after"), [(PRE, ("BN", "ReLU"), ()), (POST, (), ("BN", "ReLU"))])
def test_what_comes_before_a_layer_is_told_from_what_comes_after(tmp_path, layers, before, after):
    (net,) = written(tmp_path, f"input: [8, 9, 9]\nlayers:\n{layers}")
    assert (net.boxes[1].before, net.boxes[1].after) == (before, after)


def test_densenet_is_preactivated_and_resnet_is_not():
    dense, residual = (panels(name)[-1].boxes[1:3] for name in ("densenet121", "resnet18"))
    assert [(box.before, box.after) for box in dense] == [(("BN", "ReLU"), ())] * 2
    assert [(box.before, box.after) for box in residual] == [((), ("BN", "ReLU")), ((), ("BN",))]


def test_an_activation_of_one_summand_is_not_said_of_the_sum():
    net = panels("wav2vec2")[0]
    (total,) = [box for box in net.boxes if box.symbol == "+"]
    convolution, projection = (net.boxes[int(key)] for key in reversed(feeds(net, total.key)))
    assert (total.before, total.after) == ((), ("LN", "Dropout"))
    assert convolution.after == ("[:, :, :-1] 768@49", "GELU")
    assert projection.op == "Linear"


TURNED = "input: {time: 5, features: 5}\nlayers:\n  - a: Linear(5)\n  - branch(a): %s\n  - %s\n"


@pytest.mark.parametrize(
    "branch",
    ["[ReLU]", "{layers: [ReLU, 'transpose(1, 2)']}", "{layers: ['transpose(1, 2)', ReLU]}", "[ReLU, Dropout(0.5)]"],
)
@pytest.mark.parametrize("join", ["a + branch", "cat(a, branch, dim=1)", "stack(a, branch, dim=1)"])
def test_what_is_done_to_one_of_several_inputs_is_a_box_of_its_own(tmp_path, branch, join):
    (net,) = written(tmp_path, TURNED % (branch, join))
    last = net.boxes[-1]
    assert (last.before, last.after) == ((), ())
    assert {net.boxes[int(key)].op for key in feeds(net, last.key)} >= {"Linear"}
    inside = [word for box in net.boxes for word in (*box.before, box.op, *box.after)]
    assert inside.count("ReLU") == 1


def test_a_name_that_only_begins_like_its_layer_is_still_written(tmp_path):
    layers = "layers:\n  - c: Conv2d(2, kernel_size=3)\n  - conv: Conv2d(2, kernel_size=1)\n"
    (net,) = written(tmp_path, f"input: [1, 6, 6]\n{layers}")
    assert [box.name for box in net.boxes[1:3]] == ["c", ""]


def test_equal_layers_in_a_row_are_one_box_in_a_long_net_only():
    assert max(box.count for box in panels("alexnet")[0].boxes) == 1
    assert [box.count for box in panels("vgg16")[0].boxes if box.op == "Conv 3×3"] == [2, 2, 3, 3, 3]


def test_attention_by_head_is_as_wide_as_its_heads_together():
    attention = panels("gpt2")[1].boxes[2]
    assert (attention.shape, attention.channels, attention.space) == ("12@1024×64", 768, (1024,))


def test_an_output_at_the_end_of_a_repeat_is_marked():
    assert next(box for box in panels("bert_base")[0].boxes if box.count == 12).results == ("output last_hidden_state",)


def test_several_outputs_are_marked():
    (net,) = panels("self_attention")
    assert {box.name: box.results for box in net.boxes if box.results} == {
        "scores": ("output weights",), "out": ("output out",)
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_gallery_network_has_a_diagram_that_holds_together(name):
    diagram = gallery_diagram(name)
    assert len(diagram.panels[0].boxes) <= LARGE
    for panel in diagram.panels:
        keys = [box.key for box in panel.boxes]
        assert len(set(keys)) == len(keys)
        places = {key: place for place, key in enumerate(keys)}
        assert all(places[edge.source] < places[edge.target] for edge in panel.edges)
        fed = {edge.target for edge in panel.edges}
        loose = [box.op for box in panel.boxes if box.key not in fed and box.family not in ("input", "embedding")]
        assert loose == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_shape_is_one_of_the_network(name):
    network = gallery_reading(name).network
    known = {value.type.elements for call in network.calls for value in call.outputs}
    known |= {given.value.type.elements for given in network.inputs}
    for panel in gallery_diagram(name).panels:
        for box in panel.boxes:
            sizes = [int(size) for size in box.shape.replace("@", "×").split("×") if size]
            assert prod(sizes) in known or box.symbol


SIDES = """\
inputs: {x: {time: 8, features: 32}, a: {time: 8, features: 32}, b: {time: 8, features: 32}}
blocks:
  Gate()(main, gain, shift):
    - p(main): Linear(64)
    - GELU
    - q: Linear(32)
    - k: q * gain
    - l: Linear(32)
    - l - shift
layers:
"""
MORE = "".join(f"  - fc{place}: Linear({place + 4})\n" for place in range(12))  # so many that blocks are closed


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        (("g1(x, a, b)", "g2(g1, a, b)", "g3(g2, a, b)"), [3]),
        (("g1(x, a, b)", "g2(g1, b, a)", "g3(g2, b, a)"), [1, 2]),
        (("g1(x, a, b)", "g2(g1, x, b)"), [1, 1]),
        (("g1(x, a, b)", "g2(a, g1, b)"), [1, 1]),
        (("g1(x, x, b)", "g2(g1, x, b)"), [1, 1]),  # the first would hide that the second takes x too
        (("g1(x, a, b)", "g2(g1, g1, b)", "g3(g2, g2, b)"), [1, 2]),
        (("g1(x, view_as(a, x), b)", "g2(g1, view_as(a, x), b)"), [2]),
        (("g1(x, a[:, :1], b)", "g2(g1, a[:, 1:2], b)"), [1, 1]),
        (("g1(x, a, b)", "g2(g1, a, b)", "g3(g2, g1, b)", "g4(g3, g2, b)"), [1, 1, 1, 1]),
    ],
)  # fmt: skip
def test_blocks_are_one_box_where_all_take_the_same_besides(tmp_path, lines, counts):
    uses = "".join(f"  - {line}: Gate\n" for line in lines)
    net, *_ = written(tmp_path, SIDES + uses + "  - last: Linear(3)\n" + MORE)
    assert [box.count for box in net.boxes if box.block] == counts


@pytest.mark.parametrize(("lines", "counts"), [
    (("a1: prev - x", "a2: prev - x"), [2]), (("a1: prev - x", "a2: x - prev"), [1, 1]),
    (("a1: prev - view_as(x, y)", "a2: prev - view_as(x, y)"), [2]),
    (("a1: prev - x[:, :1]", "a2: prev - x[:, 1:2]"), [1, 1]),
])  # fmt: skip
def test_signs_are_one_circle_where_all_take_the_same_in_the_same_order(tmp_path, lines, counts):
    uses = "".join(f"  - {line}\n" for line in lines)
    more = "".join(f"  - Linear({place + 4})\n" for place in range(14))
    net, *_ = written(tmp_path, f"inputs: {{y: [4, 8], x: [4, 8]}}\nlayers:\n  - h(y): Linear(8)\n{uses}{more}")
    assert [box.count for box in net.boxes if box.symbol] == counts


def test_the_inputs_of_a_block_have_its_names_in_its_order(tmp_path):
    uses = "  - g1(x, a, b): Gate\n  - g2(g1, b, a): Gate\n  - last: Linear(3)\n"
    reordered = SIDES.replace("l - shift", "shift - l").replace("q * gain", "gain * q")
    net, gate = written(tmp_path, reordered + uses + MORE)
    assert [box.op for box in gate.boxes[:3]] == ["main", "gain", "shift"]
    assert [box.notes for box in net.boxes if box.block] == [("gain of a", "shift of b"), ("gain of b", "shift of a")]


DECODER = """\
inputs: {text: [12, 64], sound: [100, 64]}
blocks:
  Decoder()(x, memory):
    - own(x): MultiheadAttention(num_heads=4, batch_first=True)
    - cross(own, memory, memory): MultiheadAttention(num_heads=4, batch_first=True)
    - cross + x
layers:
  - decoder(text, sound): 9 * Decoder
"""


def test_an_attention_says_which_input_it_takes_as_what(tmp_path):
    net, decoder = written(tmp_path, DECODER)
    assert [box.op for box in decoder.boxes[:2]] == ["x", "memory"]
    assert [box.notes for box in decoder.boxes if box.name == "cross"] == [("4 heads", "q of own", "k, v of memory")]
    assert [box.op for box in net.boxes[:2]] == ["text", "sound"]


@pytest.mark.parametrize(("line", "words"), [
    ("1 - a", ("1 −",)), ("a - 1", ("− 1",)), ("1 / (a + 2)", ("+ 2", "1 ÷")), ("a / 8", ("÷ 8",)),
    ("mul(0.5, a)", ("× 0.5",)), ("2 + a", ("+ 2",)), ("a ** 2", ("^ 2",)), ("2 ** a", ("2 ^",)), ("-a", ("negative",)),
    ("a * a", ("squared",)), ("side - a", ("side −",)), ("side / a", ("side ÷",)), ("side * a", ("× side",)),
    ("a + 2 * side", ("+ 2 × side",)), ("a + (1 - side)", ("+ 1 − side",)), ("a - (1 - side)", ("− (1 − side)",)),
    ("a * 0.7071067", ("× 0.7071",)),
    ("float(gt(a, 0))", ("> 0",)), ("a // 2", ("// 2",)),
])  # fmt: skip
def test_arithmetic_with_a_number_or_a_constant_is_written_as_a_formula(tmp_path, line, words):
    text = f"input: [8]\nbuffers: {{side: [8]}}\nlayers:\n  - a: Linear(8)\n  - {line}\n  - Linear(4)\n"
    (net,) = written(tmp_path, text)
    assert net.boxes[1].after == words


def test_parts_that_are_scaled_by_different_numbers_before_they_are_joined_are_said_once():
    net = panels("googlenet")[0]
    assert (net.boxes[1].op, net.boxes[1].before) == ("cat", ("cut", "scaled", "shifted"))


@pytest.mark.parametrize(("line", "signs"), [
    ("a - b", {"b": "−"}), ("b - a", {"a": "−"}), ("a / b", {"b": "÷"}), ("b / a", {"a": "÷"}), ("a + b", {}),
    ("a * b", {}), ("(a - b) / input", {"b": "−", "input": "÷"}),
])  # fmt: skip
def test_what_is_taken_away_or_divided_by_has_the_sign(tmp_path, line, signs):
    lines = f"  - a: Linear(8)\n  - b: Linear(8)\n  - {line}\n"
    (net,) = written(tmp_path, f"input: [8]\nlayers:\n{lines}")
    boxes = {box.key: box for box in net.boxes}
    drawn = [(boxes[edge.source].name or boxes[edge.source].op, edge.sign) for edge in net.edges if edge.sign]
    assert dict(drawn) == signs


def test_a_side_input_that_is_drawn_apart_says_its_place_in_a_difference(tmp_path):
    lines = "".join(f"  - fc{number}: Linear(8)\n  - {line}\n"
                    for number, line in enumerate(("prev - side", "side - prev", "prev / side")))  # fmt: skip
    net, _ = written(tmp_path, f"inputs: {{x: [8], side: [8]}}\nlayers:\n{lines}")
    assert [box.notes for box in net.boxes if box.symbol] == [("− side",), ("side −",), ("÷ side",)]
    assert [edge.sign for edge in net.edges if edge.sign] == ["−"]


def test_a_where_says_what_it_takes_in_which_case(tmp_path):
    lines = "  - a: Linear(8)\n  - where(gt(a, 0), a, mul(0.1, a))\n  - Linear(4)\n"
    (net,) = written(tmp_path, f"input: [8]\nlayers:\n{lines}")
    assert [box.notes for box in net.boxes if box.op == "where"] == [("if > 0", "then a", "else × 0.1")]


def test_parts_of_one_box_that_are_subtracted_are_no_product(tmp_path):
    (net,) = written(tmp_path, "input: [8]\nlayers:\n  - a: Linear(8)\n  - c: chunk(a, 2, dim=-1)\n  - c[0] - c[1]\n")
    assert [box.notes for box in net.boxes if box.symbol] == [("difference of 2", "← split[0], split[1]")]


GATED = """\
input: {channels: 1, time: 64}
blocks:
  Gated(d):
    layers:
      - padded: pad(input, (d, 0))
      - f: Conv1d(64, kernel_size=2, dilation=d)
      - c: chunk(f, 2, dim=1)
      - g: tanh(c[0]) * sigmoid(c[1])
      - skip(g): Conv1d(48, kernel_size=1)
      - res(g): Conv1d(32, kernel_size=1)
      - out: input + res
    outputs: [out, skip]
layers:
  - x0: Conv1d(32, kernel_size=1)
  - b1: Gated(1)
  - b2(b1.out): Gated(2)
  - b3(b2.out): Gated(4)
  - b1.skip + b2.skip + b3.skip
  - Conv1d(48, kernel_size=1)
"""


def test_a_further_output_of_a_block_is_named_with_its_size_where_it_is_read(tmp_path):
    net, _ = written(tmp_path, GATED)
    assert [box.notes for box in net.boxes if box.symbol] == [("← skip 48@64",)]
    assert [box.notes for box in net.boxes if box.block] == [()] * 3  # what each shows is what the next one takes


def test_only_what_has_weights_has_the_same_weights(tmp_path):
    tower = "  Tower:\n    - c: Conv2d(4, kernel_size=3)\n    - MaxPool2d(2)\n    - fc: Linear(2)\n"
    lines = "  - a(left): Tower\n  - b: a(right)\n  - a - b\n"
    (net,) = written(tmp_path, f"inputs: {{left: [1, 9, 9], right: [1, 9, 9]}}\nblocks:\n{tower}layers:\n{lines}")
    assert [box.op for box in net.boxes if "same weights" in box.notes] == ["Conv 3×3", "Linear"]


def test_a_value_that_is_read_twice_is_made_once(tmp_path):
    lines = "  - e: Linear(8)\n  - f: Linear(8)\n  - z: sigmoid(f)\n  - (1 - z) * e + z * f\n"
    (net,) = written(tmp_path, f"input: [8]\nlayers:\n{lines}")
    assert [box.op for box in net.boxes].count("sigmoid") == 1
    assert not any("sigmoid" in (*box.before, *box.after) for box in net.boxes)
    gate = next(box.key for box in net.boxes if box.op == "sigmoid")
    assert sum(edge.source == gate for edge in net.edges) == 2


def test_a_constant_of_which_a_part_is_read_says_so(tmp_path):
    text = "input: [8, 4]\nparameters: {pos: [20, 4]}\nlayers:\n  - a: Linear(4)\n  - a + pos[:8]\n  - Linear(4)\n"
    (net,) = written(tmp_path, text)
    assert net.boxes[1].after == ("+ pos[:8]",)


@pytest.mark.parametrize(("line", "note"), [
    ("cat(qkv[0], qkv[1], qkv[2], dim=-1)", "← [0], [1], [2] 5×8"),
    ("qkv[0] + qkv[2]", "← [0], [2]"),
])  # fmt: skip
def test_which_parts_of_one_tensor_are_joined_is_said_in_their_order(tmp_path, line, note):
    qkv = "  - a: Linear(24)\n  - qkv: unflatten(-1, [3, 8]).permute(2, 0, 1, 3)\n"
    (net,) = written(tmp_path, f"input: {{time: 5, features: 8}}\nlayers:\n{qkv}  - {line}\n")
    assert net.boxes[-1].notes[-1] == note


ATTENTION = """\
input: {time: 5, features: 8}
layers:
  - a: Linear(24)
  - qkv: unflatten(-1, [3, 2, 4]).permute(2, 0, 3, 1, 4)
"""


def test_which_parts_are_query_key_and_value_is_said(tmp_path):
    (net,) = written(tmp_path, f"{ATTENTION}  - scaled_dot_product_attention(qkv[2], qkv[0], qkv[1])\n")
    assert net.boxes[-1].notes == ("q of [2]", "k of [0]", "v of [1]")


@pytest.mark.parametrize("past", ["softmax(s, dim=-1)", "softmax(s + mask, dim=-1)"])
def test_query_key_and_value_of_attention_that_is_written_out_are_named(tmp_path, past):
    mask = "buffers: {mask: {shape: [5, 5]}}\n"
    lines = f"  - scaled: qkv[0] * 0.5\n  - s: scaled @ qkv[1].transpose(-2, -1)\n  - w: {past}\n  - w @ qkv[2]\n"
    (net,) = written(tmp_path, mask + ATTENTION + lines)
    notes = [box.notes for box in net.boxes if box.op == "matmul"]
    assert notes == [("k of a[1]", "q of scaled"), ("v of a[2]",)]


def test_which_half_goes_where_is_said(tmp_path):
    lines = (
        "  - halves: chunk(2, dim=-1)\n  - net(halves[0]): Linear(8)\n  - s_t: chunk(2, dim=-1)\n"
        "  - y: halves[1] * s_t[0] + s_t[1]\n  - cat(y, halves[0], dim=-1)\n"
    )
    (net,) = written(tmp_path, f"input: [8]\nlayers:\n{lines}")
    assert [(box.symbol or box.op, box.before, box.notes) for box in net.boxes[2:]] == [
        ("Linear", ("split[0]",), ()), ("×", (), ("← split[1], split[0]",)), ("+", (), ("← split[1]",)),
        ("cat", (), ("← split[0] 4",)),
    ]  # fmt: skip


def test_a_part_of_one_of_several_inputs_of_a_block_has_its_name(tmp_path):
    block = "  Add()(x, a, b):\n    - l: Linear(8)\n    - l + a\n    - Linear(16)\n    - Linear(8)\n    - prev * b\n"
    inputs = "inputs: {x: [8], a: [2, 8], b: [2, 8]}"
    lines = "  - f(x, a[:, 0], b[:, 1]): Add\n  - g(f, a[:, 0], b[:, 1]): Add\n  - h(g, b[:, 0], a[:, 1]): Add\n"
    net, _ = written(tmp_path, f"{inputs}\nblocks:\n{block}layers:\n{lines}")
    assert [(box.count, box.notes) for box in net.boxes if box.block] == [
        (2, ("← a[:, 0], b[:, 1]",)), (1, ("a of b[:, 0]", "b of a[:, 1]"))
    ]  # fmt: skip


def test_a_step_of_a_gru_that_is_written_out_is_drawn(tmp_path):
    lines = (
        "  - wx(x): Linear(8)\n  - wh(h): Linear(8)\n  - r: sigmoid(wx + wh)\n  - z: sigmoid(wx + wh)\n"
        "  - n: tanh(wx + r * wh)\n  - (1 - z) * n + z * h\n"
    )
    (net,) = written(tmp_path, f"inputs: {{x: [8], h: [8]}}\nlayers:\n{lines}")
    assert [box.symbol for box in net.boxes if box.symbol] == ["+", "+", "×", "+", "×", "×", "+"]
    inputs = {box.key for box in net.boxes if box.family == "input"}
    assert len([edge for edge in net.edges if edge.source in inputs]) == 3  # wx, wh, z * h


def test_a_layer_with_weights_that_several_read_is_one_box(tmp_path):
    lines = "".join(f"  - {name}(norm): Linear(8)\n" for name in "abc")
    text = f"input: [8]\nlayers:\n  - norm: LayerNorm\n{lines}  - a + b + c + input\n"
    (net,) = written(tmp_path, text)
    assert [(box.op, box.before) for box in net.boxes if not box.symbol] == [
        ("input", ()), ("LayerNorm", ()), ("Linear", ()), ("Linear", ()), ("Linear", ())
    ]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), [
    ("linear(z, enc.weight.transpose(0, 1))", "with (weight of enc)ᵀ"), ("z @ enc.weight", "@ weight of enc"),
])  # fmt: skip
def test_whose_weight_a_function_reads_is_said(tmp_path, line, said):
    (net,) = written(tmp_path, f"input: [16]\nlayers:\n  - enc: Linear(8)\n  - z: sigmoid(enc)\n  - {line}\n")
    assert net.boxes[-1].notes == (said,)


def test_what_is_repeated_or_bounded_and_an_equation_is_said(tmp_path):
    lines = "  - clamp(-2, 2)\n  - einsum('bij,kl->bik', prev, w)\n  - expand(prev[:, :, :1], -1, -1, 5)\n"
    (net,) = written(tmp_path, f"input: [8, 2]\nparameters: {{w: [3, 3]}}\nlayers:\n{lines}  - Linear(4)\n")
    words = [(box.before, box.op, box.after) for box in net.boxes[1:]]
    assert words == [(("clamp(−2, 2)",), "einsum bij,kl→bik", ("[:, :, :1] 8@1",)), (("expand",), "Linear", ())]


def test_an_output_that_follows_from_no_input_is_drawn(tmp_path):
    (net,) = written(tmp_path, "input: [8]\nparameters: {token: [1, 4]}\nlayers:\n  - expand(token, 3, -1)\n")
    assert [(box.op, box.notes) for box in net.boxes] == [("expand", ("with token",))]


def test_padding_by_nothing_is_not_said(tmp_path):
    (net,) = written(tmp_path, "input: [1, 8]\nlayers:\n  - pad(input, (0, 0))\n  - Conv1d(4, kernel_size=1)\n")
    assert [box.before for box in net.boxes] == [(), ()]


def test_an_output_is_named_behind_the_last_that_is_done_to_it(tmp_path):
    text = "input: [8]\nlayers:\n  - a: Linear(4)\n  - p: softmax(a, dim=1)\n  - Linear(2)\n  - q: sigmoid(prev)\n"
    (net,) = written(tmp_path, f"{text}outputs: {{label: p, mask: q}}\n")
    assert [(box.after, box.results) for box in net.boxes[1:]] == [
        (("softmax",), ("output label",)), (("sigmoid",), ("output mask",))
    ]  # fmt: skip


def test_a_block_that_takes_a_constant_in_one_use_only_has_two_forms(tmp_path):
    block = "  Cross()(q, kv):\n    - Linear(8)\n    - Linear(16)\n    - ReLU\n    - Linear(8)\n    - q + prev * kv\n"
    lines = "  - one(query, input): Cross\n" + "".join(f"  - l{n}: Linear({n})\n" for n in range(1, 14))
    text = f"input: [8]\nparameters: {{query: [1, 8]}}\nblocks:\n{block}layers:\n{lines}  - l: Linear(8)\n"
    _, *insides = written(tmp_path, f"{text}  - two(l, input): Cross\n")
    assert [panel.title for panel in insides] == ["Cross a", "Cross b"]
    assert not any("doubled" in box.after for panel in insides for box in panel.boxes)


def test_a_panel_says_how_many_blocks_its_other_uses_have():
    _, dense, *_, layer = panels("densenet121")
    assert dense.about == "×4, with the sizes of features.denseblock1; DenseLayer ×6, ×12, ×24, ×16"
    assert layer.about.startswith("×58, ")


@pytest.mark.parametrize(("line", "notes"), [
    ("where(gt(a, 0.5), a, -3.0)", ("else −3", "if > 0.5", "then a")),
    ("where(keep, 7.0, a)", ()), ("mask @ a", ("mask @",)), ("a @ mask.transpose(0, 1)", ("@ maskᵀ",)),
])  # fmt: skip
def test_what_a_function_takes_of_numbers_and_constants_has_its_place(tmp_path, line, notes):
    kept = "{keep: {shape: [5], dtype: bool}, mask: {shape: [5, 5]}}"
    (net,) = written(
        tmp_path, f"input: {{time: 5, features: 5}}\nbuffers: {kept}\nlayers:\n  - a: Linear(5)\n  - {line}\n"
    )
    assert net.boxes[-1].notes == notes
    assert net.boxes[-1].after == (() if notes else ("where if keep then 7",))


def test_how_named_constants_are_made_is_said(tmp_path):
    lines = (
        "  - r: relu(w)\n  - n: r / (r.sum(dim=0) + 1e-4)\n  - k: zeros(3)\n  - a(input): Linear(3)\n  - n * a + k\n"
    )
    path = tmp_path / "net.yaml"
    path.write_text(f"input: [3]\nparameters: {{w: [3]}}\nlayers:\n{lines}  - Linear(2)\n", encoding="utf-8")
    diagram = diagram_of(load(path))
    assert diagram.notes == ("Constants: n = r ÷ ((sum of r) + 0.0001), k = zeros, r = ReLU of w",)
    assert diagram.panels[0].boxes[1].after == ("× n", "+ k")


@pytest.mark.parametrize(("line", "size", "after"), [
    ("glu(prev, 1)", "8@12", ("GLU 4@12",)), ("prev[:, :6]", "8@12", ("[:, :6] 6@12",)),
    ("repeat_interleave(prev, 2, dim=2)", "8@12", ("repeat_interleave 8@24",)), ("relu", "8@12", ("ReLU",)),
])  # fmt: skip
def test_a_box_has_its_own_size_and_what_follows_the_size_that_it_makes(tmp_path, line, size, after):
    (net,) = written(
        tmp_path, f"input: [3, 12]\nlayers:\n  - Conv1d(8, kernel_size=1)\n  - {line}\n  - Conv1d(2, kernel_size=1)\n"
    )
    assert (net.boxes[1].shape, net.boxes[1].after) == (size, after)


def test_a_transformer_layer_says_what_is_inside(tmp_path):
    layer = "TransformerEncoderLayer(nhead=2, dim_feedforward=64, activation=gelu, norm_first=True, batch_first=True)"
    (net,) = written(tmp_path, f"input: {{time: 8, features: 16}}\nlayers:\n  - {layer}\n")
    assert net.boxes[1].notes == ("2 heads", "64 hidden, gelu", "norms first")


def test_a_weight_that_two_functions_read_is_said_to_be_shared(tmp_path):
    lines = "  - w: weight.sum(dim=[1, 2])\n  - y: conv1d(input, weight)\n  - y * w[:, None]\n"
    text = f"input: [2, 9]\nparameters: {{weight: [4, 2, 3]}}\nlayers:\n{lines}"
    (net,) = written(tmp_path, text)
    assert net.boxes[1].notes == ("with shared weight",)


def test_a_circle_of_which_a_part_is_read_has_its_name(tmp_path):
    lines = "  - both: a * b\n  - c(a): Linear(4)\n  - c[:, 1] + both[:, 0]\n  - prev * both[:, 2]\n"
    (net,) = written(tmp_path, f"inputs: {{a: [3, 4], b: [3, 4]}}\nlayers:\n{lines}")
    assert [box.notes for box in net.boxes if box.symbol] == [("both",), ("← both[:, 0]",), ("← both[:, 2]",)]


def test_a_run_of_equal_blocks_ends_at_an_output_of_the_network(tmp_path):
    block = "  Res:\n    - Linear(16)\n    - ReLU\n    - Linear(4)\n    - b: Linear(8)\n    - b + input\n"
    lines = "".join(f"  - r{number}: Res\n" for number in range(5))
    net, _ = written(tmp_path, f"input: [8]\nblocks:\n{block}layers:\n{lines}outputs: [r1, r4]\n")
    assert [(box.name, box.count, box.results) for box in net.boxes if box.block] == [
        ("r0, r1", 2, ("output r1",)), ("r2 … r4", 3, ("output r4",))
    ]  # fmt: skip
