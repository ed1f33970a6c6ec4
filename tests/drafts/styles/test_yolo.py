"""Model files of ultralytics and yolov5, against the numbers of parameters that those projects publish."""

import re

import pytest
import torch
import yaml

from netinspect.drafts.styles.yolo import STYLE
from tests.drafts.styles.written import params, read

V5 = """
nc: 80
depth_multiple: {depth}
width_multiple: {width}
anchors: [[10,13, 16,30, 33,23], [30,61, 62,45, 59,119], [116,90, 156,198, 373,326]]
backbone:
  [[-1, 1, Conv, [64, 6, 2, 2]], [-1, 1, Conv, [128, 3, 2]], [-1, 3, C3, [128]], [-1, 1, Conv, [256, 3, 2]],
   [-1, 6, C3, [256]], [-1, 1, Conv, [512, 3, 2]], [-1, 9, C3, [512]], [-1, 1, Conv, [1024, 3, 2]],
   [-1, 3, C3, [1024]], [-1, 1, SPPF, [1024, 5]]]
head:
  [[-1, 1, Conv, [512, 1, 1]], [-1, 1, nn.Upsample, [None, 2, 'nearest']], [[-1, 6], 1, Concat, [1]],
   [-1, 3, C3, [512, False]], [-1, 1, Conv, [256, 1, 1]], [-1, 1, nn.Upsample, [None, 2, 'nearest']],
   [[-1, 4], 1, Concat, [1]], [-1, 3, C3, [256, False]], [-1, 1, Conv, [256, 3, 2]], [[-1, 14], 1, Concat, [1]],
   [-1, 3, C3, [512, False]], [-1, 1, Conv, [512, 3, 2]], [[-1, 10], 1, Concat, [1]], [-1, 3, C3, [1024, False]],
   [[17, 20, 23], 1, Detect, [nc, anchors]]]
"""

V3 = """
nc: 80
depth_multiple: 1.0
width_multiple: 1.0
anchors: [[10,13, 16,30, 33,23], [30,61, 62,45, 59,119], [116,90, 156,198, 373,326]]
backbone:
  [[-1, 1, Conv, [32, 3, 1]], [-1, 1, Conv, [64, 3, 2]], [-1, 1, Bottleneck, [64]], [-1, 1, Conv, [128, 3, 2]],
   [-1, 2, Bottleneck, [128]], [-1, 1, Conv, [256, 3, 2]], [-1, 8, Bottleneck, [256]], [-1, 1, Conv, [512, 3, 2]],
   [-1, 8, Bottleneck, [512]], [-1, 1, Conv, [1024, 3, 2]], [-1, 4, Bottleneck, [1024]]]
head:
  [[-1, 1, Bottleneck, [1024, False]], [-1, 1, Conv, [512, 1, 1]], [-1, 1, Conv, [1024, 3, 1]],
   [-1, 1, Conv, [512, 1, 1]], [-1, 1, Conv, [1024, 3, 1]], [-2, 1, Conv, [256, 1, 1]],
   [-1, 1, nn.Upsample, [None, 2, 'nearest']], [[-1, 8], 1, Concat, [1]], [-1, 1, Bottleneck, [512, False]],
   [-1, 1, Bottleneck, [512, False]], [-1, 1, Conv, [256, 1, 1]], [-1, 1, Conv, [512, 3, 1]],
   [-2, 1, Conv, [128, 1, 1]], [-1, 1, nn.Upsample, [None, 2, 'nearest']], [[-1, 6], 1, Concat, [1]],
   [-1, 1, Bottleneck, [256, False]], [-1, 2, Bottleneck, [256, False]], [[27, 22, 15], 1, Detect, [nc, anchors]]]
"""

V8_BODY = """
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, Conv, [128, 3, 2]]
  - [-1, 3, C2f, [128, True]]
  - [-1, 1, Conv, [256, 3, 2]]
  - [-1, 6, C2f, [256, True]]
  - [-1, 1, Conv, [512, 3, 2]]
  - [-1, 6, C2f, [512, True]]
  - [-1, 1, Conv, [1024, 3, 2]]
  - [-1, 3, C2f, [1024, True]]
"""

V8 = f"""
nc: 80
scale: SCALE
scales: {{n: [0.33, 0.25, 1024], s: [0.33, 0.50, 1024], m: [0.67, 0.75, 768]}}
{V8_BODY}
  - [-1, 1, SPPF, [1024, 5]]
head:
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 6], 1, Concat, [1]]
  - [-1, 3, C2f, [512]]
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 4], 1, Concat, [1]]
  - [-1, 3, C2f, [256]]
  - [-1, 1, Conv, [256, 3, 2]]
  - [[-1, 12], 1, Concat, [1]]
  - [-1, 3, C2f, [512]]
  - [-1, 1, Conv, [512, 3, 2]]
  - [[-1, 9], 1, Concat, [1]]
  - [-1, 3, C2f, [1024]]
  - [[15, 18, 21], 1, HEAD]
"""

V8_CLASSIFY = f"""
nc: 1000
scales: {{n: [0.33, 0.25, 1024], s: [0.33, 0.50, 1024]}}
{V8_BODY}
head:
  - [-1, 1, Classify, [nc]]
"""

V11 = """
nc: 80
scale: SCALE
scales: {n: [0.50, 0.25, 1024], s: [0.50, 0.50, 1024], m: [0.50, 1.00, 512]}
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, Conv, [128, 3, 2]]
  - [-1, 2, C3k2, [256, False, 0.25]]
  - [-1, 1, Conv, [256, 3, 2]]
  - [-1, 2, C3k2, [512, False, 0.25]]
  - [-1, 1, Conv, [512, 3, 2]]
  - [-1, 2, C3k2, [512, True]]
  - [-1, 1, Conv, [1024, 3, 2]]
  - [-1, 2, C3k2, [1024, True]]
  - [-1, 1, SPPF, [1024, 5]]
  - [-1, 2, C2PSA, [1024]]
head:
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 6], 1, Concat, [1]]
  - [-1, 2, C3k2, [512, False]]
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 4], 1, Concat, [1]]
  - [-1, 2, C3k2, [256, False]]
  - [-1, 1, Conv, [256, 3, 2]]
  - [[-1, 13], 1, Concat, [1]]
  - [-1, 2, C3k2, [512, False]]
  - [-1, 1, Conv, [512, 3, 2]]
  - [[-1, 10], 1, Concat, [1]]
  - [-1, 2, C3k2, [1024, True]]
  - [[16, 19, 22], 1, Detect, [nc]]
"""


def rewrite(text):
    return STYLE.rewrite(text, yaml.safe_load(text))


def v8(scale, head="Detect, [nc]"):
    return V8.replace("SCALE", scale).replace("HEAD", head)


@pytest.mark.parametrize(
    ("text", "published"),
    [
        (V5.format(depth=0.33, width=0.25), 1_872_157),
        (V5.format(depth=0.33, width=0.50), 7_235_389),
        (V5.format(depth=0.67, width=0.75), 21_190_557),
        (V3, 61_949_149),
        (v8("n"), 3_157_200),
        (v8("s"), 11_166_560),
        (v8("m"), 25_902_640),
        (v8("n", "Segment, [nc, 32, 256]"), 3_409_968),
        (v8("n", "OBB, [nc, 1]"), 3_228_867),
        (V8_CLASSIFY, 2_719_288),
        (V11.replace("SCALE", "n"), 2_624_080),
        (V11.replace("SCALE", "s"), 9_458_752),
        (V11.replace("SCALE", "m"), 20_114_688),
    ],
)
def test_a_model_file_has_the_published_parameters(text, published, tmp_path):
    assert params(rewrite(text), tmp_path) == published


def test_yolov5n_without_its_batch_normalisation_has_the_parameters_of_the_fused_model(tmp_path):
    network = read(rewrite(V5.format(depth=0.33, width=0.25)), tmp_path)
    normalised = sum(p.numel() for name, p in network.build().named_parameters() if name.endswith("bn.bias"))
    assert network.profile().totals.params - normalised == 1_867_405


def test_the_lines_are_named_after_the_rows():
    rewritten = rewrite(V5.format(depth=0.33, width=0.25))
    assert rewritten.layers[0] == "- l0: Conv(16, 6, 2, 2)"
    assert "- l12: cat(l11, l6, dim=1)" in rewritten.layers
    assert rewritten.outputs == "[detect0, detect1, detect2]"
    assert rewritten.input == "[3, 640, 640]"


def test_the_first_scale_holds_where_none_is_named():
    text = re.sub(r"scale: \w+\n", "", v8("n"))
    assert "scale n of n, s, m" in rewrite(text).note


def test_the_head_yields_boxes_and_scores_of_all_places(tmp_path):
    network = read(rewrite(v8("n")), tmp_path)
    boxes, scores = network.build()(torch.zeros(1, 3, 640, 640))
    assert boxes.shape == (1, 4, 80 * 80 + 40 * 40 + 20 * 20)
    assert scores.shape == (1, 80, 8_400)


def test_an_activation_of_the_file_stands_in_all_convolutions(tmp_path):
    rewritten = rewrite("activation: nn.LeakyReLU(0.1)\n" + V5.format(depth=0.33, width=0.5))
    assert any("LeakyReLU(0.1) if act" in line for line in rewritten.blocks)
    assert params(rewritten, tmp_path) == 7_235_389


def test_the_attention_of_yolo11_computes_what_the_formula_says(tmp_path):
    network = read(rewrite("nc: 3\nbackbone: [[-1, 1, Conv, [256, 3, 16]], [-1, 1, C2PSA, [256]]]\nhead: []"), tmp_path)
    attention = network.build().eval().l1.m[0].attn
    image = torch.randn(2, 128, 5, 7)
    q, k, v = attention.qkv(image).view(2, 2, 128, 35).split([32, 32, 64], dim=2)
    weights = ((q * 32**-0.5).transpose(-2, -1) @ k).softmax(dim=-1)
    mixed = (v @ weights.transpose(-2, -1)).view(2, 128, 5, 7) + attention.pe(v.reshape(2, 128, 5, 7))
    assert torch.allclose(attention(image), attention.proj(mixed), atol=1e-5)


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("[-1, 1, Focus, [64, 3]]", "- l0: Focus(64, 3)"),
        ("[-1, 2, Bottleneck, [64]]", "- l0: 2 * Bottleneck(64)"),
        ("[-1, 3, BottleneckCSP, [64]]", "- l0: BottleneckCSP(64, 3)"),
        ("[-1, 1, SPP, [64, [5, 9, 13]]]", "- l0: SPP(64)"),
        ("[-1, 3, C2, [64, False]]", "- l0: C2(64, 3, False)"),
        ("[-1, 1, nn.MaxPool2d, [2, 2, 0]]", "- l0: MaxPool2d(2, 2, 0)"),
        ("[-1, 1, nn.ZeroPad2d, [[0, 1, 0, 1]]]", "- l0: ZeroPad2d((0, 1, 0, 1))"),
        ("[-1, 1, nn.ConvTranspose2d, [64, 2, 2, 0]]",
         "- l0: ConvTranspose2d(64, kernel_size=2, stride=2, padding=0)"),
    ],
)  # fmt: skip
def test_a_row_becomes_this_line(row, line, tmp_path):
    rewritten = rewrite(f"nc: 3\nbackbone: [{row}]\nhead: []")
    assert rewritten.layers == (line,)
    read(rewritten, tmp_path)


def test_rows_may_stand_under_layers(tmp_path):
    rewritten = rewrite("input: [3, 64, 64]\nlayers:\n  - [-1, 1, Conv, [64, 3, 2]]\n  - [-1, 3, C3, [128]]\n")
    assert rewritten.input == "[3, 64, 64]"
    bottleneck = 64 * 64 + 128 + 64 * 64 * 9 + 128
    assert params(rewritten, tmp_path) == 1_728 + 128 + 2 * (64 * 64 + 128) + 3 * bottleneck + 128 * 128 + 256


@pytest.mark.parametrize(
    "text",
    [
        "backbone: [[-1, 1, MyBlock, [64]]]\nhead: []",
        "backbone: [[-1, 1, Conv, [64, [3, 1]]]]\nhead: []",
        "backbone: [[-1, 1, Conv, [width]]]\nhead: []",
        "backbone: [[5, 1, Conv, [64]]]\nhead: []",
        "nc: 3\nend2end: true\nbackbone: [[-1, 1, Conv, [64]]]\nhead: []",
        "backbone: {type: resnet}\nhead: {type: fpn}",
        "backbone: [Conv2d(3), ReLU]\nhead: [Linear(3)]",
        "input: [8]\nlayers: [Linear(3)]",
        "[]",
    ],
)
def test_other_texts_are_left_alone(text):
    assert rewrite(text) is None
