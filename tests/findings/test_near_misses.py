"""What rules pass over because it is meant, and what they find in other clothes than their examples."""

import re
from pathlib import Path

import pytest

from netinspect.findings.rules import all_rules
from tests.findings.looking import codes, findings, on

IMAGE = "[3, 16, 16]"
STEPS = "{time: 20, features: 64}"
IDS = "{{shape: [40], dtype: int64, high: {high}}}"


def conv(out, **more):
    settings = {"kernel_size": 3, "padding": 1, **more}
    return f"Conv2d({out}, {', '.join(f'{name}={value}' for name, value in settings.items())})"


RELU, FLAT, SCORES = "ReLU", "Flatten", "Linear(10)"
HEAD = ("AdaptiveMaxPool2d(1)", FLAT, SCORES)


def pair(*lines, tower=None):
    """Two inputs of 8 numbers, a list of layers, and a block Tower of one layer where it is given."""
    units = blocks(f"Tower: [{tower}]") if tower else ""
    return "inputs:\n  a: [8]\n  b: [8]\n" + units + on("", *lines).partition("\n")[2]


def blocks(*lines):
    """The key of blocks, each a line with a list in brackets."""
    return "blocks:\n" + "".join(f"  {line}\n" for line in lines)


MEANT = {
    # W101
    "channels moved to the end": on(IMAGE, conv(8), RELU, "permute(0, 2, 3, 1)", "Linear(16)", RELU),
    "a table of patches": on(IMAGE, "Conv2d(8, kernel_size=4, stride=4)", "flatten(2)", "transpose(1, 2)", "LayerNorm",
                             "Linear(16)", RELU),
    "a mixer along the patches": on(IMAGE, "Conv2d(8, kernel_size=4, stride=4)", "flatten(2)", "Linear(16)", RELU),
    "a forecast along time, which was moved to the end": on("{time: 96, features: 7}", "transpose(1, 2)",
                                                            "Linear(24)", "transpose(1, 2)"),
    "features of each step": on(STEPS, "Linear(32)", RELU, "Linear(8)"),
    "bands of each moment": on("{time: 100, mel: 40}", "Linear(32)", RELU, "Linear(8)"),
    "time averaged away": on("[1, 64, 100]", conv(16), RELU, "amax(dim=3)", "Linear(8)", "Sigmoid"),
    "rows that are summed, as in Deep Sets": on("[20, 3]", "Linear(32)", RELU, "sum(dim=1)", SCORES),
    "steps that a recurrent layer reads": on("[20, 64]", "GRU(32, batch_first=True)", "Linear(8)"),
    "steps behind a convolution over them": on("[64, 20]", "Conv1d(32, kernel_size=3)", RELU, "transpose(1, 2)",
                                               "Linear(8)"),
    "pooled features without their axes": on("[64, 20]", "Conv1d(32, kernel_size=9)", RELU, "AdaptiveMaxPool1d(1)",
                                             "squeeze(2)", "Linear(8)"),
    "steps that have a learned position each": (
        "input: [16, 64]\nparameters:\n  positions: [1, 16, 64]\nlayers:\n  - input + positions\n  - Linear(8)\n"),
    "embedded ids": on(IDS.format(high=500), "Embedding(500, 8)", "Linear(32)", RELU, "Linear(4)"),
    # W102
    "read for its size only": on("[3, 16, 16]", f"a: {conv(8)}", f"b(input): {conv(8)}",
                                 "interpolate(b, size=(a.shape[2], a.shape[3]))", RELU, *HEAD),
    "an LSTM of which one output is read": on("[20, 6]", "r: LSTM(8, batch_first=True)", "last: r.h_n[0]", SCORES),
    "a line of a block that another use of it reads": (
        "input: [64]\n"
        + blocks("Two(which):", "  - a: Linear(32)", "  - b(input): Linear(32)", "  - a if which else b")
        + "layers:\n  - Two(0)\n  - ReLU\n  - Two(1)\n  - ReLU\n  - Linear(10)\n"),
    "an output of a block that this network does not need": (
        "input: [64]\nblocks:\n  Two:\n    layers:\n      - a: Linear(8)\n      - b(input): Linear(4)\n"
        "    outputs: [a, b]\nlayers:\n  - Two\n  - ReLU\n  - Linear(10)\n"),
    "an input for its size": pair("x: Linear(8)", "expand(mean(x, dim=1, keepdim=True), -1, b.shape[1])"),
    # W103
    "features beside scores": on("[64]", "Linear(32)", "features: ReLU", "scores: Linear(10)")
                              + "outputs: [features, scores]\n",
    "an embedding beside classes": on("[64]", "Linear(256)", RELU, "inner: Linear(128)", "classes: Linear(10)")
                                   + "outputs: [inner, classes]\n",
    "a code beside what is made of it": on("[64]", "inner: Linear(2)", "image: Linear(64)")
                                        + "outputs: [inner, image]\n",
    "scores beside their softmax": on("[64]", "scores: Linear(10)", "shares: Softmax(dim=1)")
                                   + "outputs: [scores, shares]\n",
    "a head that reads features and another head": (
        on("[64]", "Linear(32)", "x: ReLU", "a: Linear(4)", "cat(x, a, dim=1)", "b: Linear(3)") + "outputs: [a, b]\n"),
    "an answer that is used elsewhere, too": (
        on("[64]", "Linear(32)", "x: ReLU", "a: Linear(4)", "b: Linear(3)", "c(x): Linear(2)",
           "d: cat(a, c, dim=1)") + "outputs: [a, b, d]\n"),
    "a pyramid": on(IMAGE, f"a: {conv(8)}", "x: ReLU", f"b: {conv(8, stride=2)}", "y: ReLU") + "outputs: [x, y]\n",
    # W104
    "each sample with each, as in CLIP": pair("x(a): Linear(4)", "y(b): Linear(4)", "matmul(x, transpose(y, 0, 1))",
                                              "log_softmax(dim=0)"),
    "time first, and said so": on("[20, 6]", "transpose(0, 1)", "r: GRU(8, batch_first=False)", "last: r[-1]", SCORES),
    "frames that are taken apart again": on("[5, 3, 16, 16]", "flatten(0, 1)", conv(8), RELU, "AdaptiveMaxPool2d(1)",
                                            "flatten(1)", "unflatten(0, (-1, 5))", "mean(dim=1)", SCORES),
    "two batches that are taken apart again": pair("x: cat(a, b, dim=0)", "Linear(4)", "two: chunk(2, dim=0)",
                                                   "mul(two[0], two[1])"),
    "a view that keeps the batch": on("[1, 28, 28]", "view(-1, 784)", SCORES),
    "batch norm without running figures": on("[8, 20]", "BatchNorm1d(track_running_stats=False)", RELU,
                                             "amax(dim=2)", SCORES),
    # W105
    "a var that only `preprocess` uses": "vars: {n: 9}\ninput: {shape: [3, 8, 8], preprocess: "
        "{resize: {size: n, filter: area}, center_crop: input}}\nlayers:\n  - Conv2d(4, 3)\n",
    "a var that only an input, a block or a variant's value reads": (
        "vars: {size: 8, width: 4, wide: 2, n: 3}\nvariants:\n  a: {}\n  b: {n: wide * 4}\ninput: [size]\n"
        + blocks("Unit:", "  - Linear(width)", "  - ReLU") + "layers:\n  - Unit\n  - Linear(n)\n"),
    "a parameter for the sake of another block": (
        "vars: {kind: Plain}\nvariants:\n  a: {}\n  b: {kind: Wide}\ninput: [64]\n"
        + blocks("Plain(width, factor):", "  - Linear(width)", "Wide(width, factor):", "  - Linear(width * factor)")
        + "layers:\n  - kind(8, 2)\n"),
    "a parameter that a checkpoint has": "parameters: {mask: [1, 8]}\nexpect: {params: 98}\n" + on("[8]", SCORES),
    "a parameter that a tie uses": (
        "parameters: {table: [4, 8]}\ntie: {table: top.weight}\n" + on("[8]", "top: Linear(4, bias=False)")),
    # W106
    "a block without a mistake": "input: [64]\n" + blocks("Unit:", "  - Linear(8)") + "layers:\n  - Unit\n",
    # W107
    "a branch that is used where it is written": pair("branch(a): Linear(8)", "x: ReLU", "branch(b)", "add(prev, x)"),
    "one layer at several places": on("[64]", "same: Linear(64)", "ReLU", "same(prev)", RELU, SCORES),
    # W108
    "an empty variant and others": ("vars: {n: 4}\nvariants:\n  a: {}\n  b: {n: 8}\n  c: {n: 4 * 4}\n"
                                    + on("[64]", "Linear(n)")),
    "the same layers, trained twice": (
        "vars: {n: 4}\nvariants:\n  a: {results: {top1: 69.7}}\n  b: {results: {top1: 71.3}}\n"
        + on("[64]", "Linear(n)")),
    # W109
    "axes that have names": on("{channels: 64, height: 64, width: 3}", conv(8), RELU, *HEAD),
    "channels last, moved to the front": on("[16, 16, 3]", "permute(0, 3, 1, 2)", conv(8), RELU, *HEAD),
    "channels last that no convolution reads": on("[16, 16, 3]", FLAT, SCORES),
    "many channels of a small map": on("[64, 4, 4]", conv(8), RELU, *HEAD),
    "a clip": on("[3, 16, 32, 32]", "Conv3d(8, kernel_size=3, padding=1)", RELU, "AdaptiveMaxPool3d(1)", FLAT, SCORES),
    "a grey volume": on("[1, 32, 32, 32]", "Conv3d(8, kernel_size=3, padding=1)", RELU, "AdaptiveMaxPool3d(1)", FLAT,
                        SCORES),
    # W111
    "the same weights again": pair("x(a): Tower", "y: x(b)", "x - y", tower=SCORES),
    "towers that are joined": pair("x(a): Tower", "y(b): Tower", "cat(x, y, dim=1)", tower=SCORES),
    "towers without weights": pair("x(a): Tower", "y(b): Tower", "x - y", tower=RELU),
    "towers on one input": pair("x(a): Tower", "y(a): Tower", "x - y", "cat(prev, b, dim=1)", tower=SCORES),
    # W112
    "a product of a line": on("[64]", "a: Linear(64)", "a * 2", RELU, SCORES),
    "turns of a line in a loop": on("[64]", "a: Linear(64)", RELU, "a(prev) for _ in range(2)", SCORES),
    "a line in a group that repeats": on("[64]", "a: Linear(64)", "2 * [ReLU, a]", RELU, SCORES),
    "a value twice": on("[64]", "a: relu", "2 * a", SCORES),
    # W201
    "a narrow middle is a matrix of low rank": on("[784]", "Linear(32)", "Linear(784)", "Sigmoid"),
    "a middle narrower than both ends": on("[64]", "Linear(40)", "Linear(64)", "Sigmoid"),
    "a first layer that is called again": on("[64]", "a: Linear(64)", "b(a): Linear(64)", "r: ReLU", "a(r)", RELU,
                                             SCORES),
    "a second layer that is called again": on("[64]", "a: Linear(64)", "r: ReLU", "b(input): Linear(64)", "a(b)",
                                              "add(prev, r)", RELU, SCORES),
    "LoRA": on("[64]", "a(input): Linear(4, bias=False)", "b(a): Linear(64, bias=False)", "full(input): Linear(64)",
               "add(full, b)", RELU, SCORES),
    "a first layer that two others read": on("[64]", "trunk: Linear(32)", "a(trunk): Linear(10)", "b(trunk): Linear(4)",
                                             "cat(a, b, dim=1)"),
    "attention between two layers": on("[20, 64]", "v: Linear(64)", "scaled_dot_product_attention(v, v, v)",
                                       "Linear(64)"),
    "depthwise and pointwise": on(IMAGE, conv(8), RELU, conv(8, groups=8), conv(32, kernel_size=1, padding=0), RELU,
                                  *HEAD),
    "features, then time": on("[20, 64]", "Linear(64)", "transpose(1, 2)", "Linear(20)", "transpose(1, 2)", RELU,
                              "mean(dim=1)", SCORES),
    "a convolution and a fully connected layer": on("[3, 8, 8]", conv(4), FLAT, "Linear(4)"),
    "one layer called twice": on("[64]", "same: Linear(64)", "same(prev)", RELU, SCORES),
    "a frozen layer under a new one": "frozen: [old]\n" + on("[64]", "old: Linear(64)", SCORES),
    "1x1 with a norm between them, as MobileNetV3 begins": on(
        IMAGE, conv(16), RELU, conv(16, kernel_size=1, padding=0, bias=False), "BatchNorm2d",
        conv(72, kernel_size=1, padding=0), RELU, *HEAD),
    # W202
    "a bias before LayerNorm": on("[64]", "Linear(32)", "LayerNorm", RELU, SCORES),
    "a bias before GroupNorm": on(IMAGE, conv(32), "GroupNorm(8)", RELU, *HEAD),
    "a bias, an activation, a norm": on(IMAGE, conv(32), RELU, "BatchNorm2d", *HEAD),
    "a bias that is read elsewhere too": on(IMAGE, f"c: {conv(8)}", "n: BatchNorm2d", "r: ReLU", "add(c, r)", *HEAD),
    "features of a sequence before a norm over time": on("[20, 64]", "Linear(32)", "BatchNorm1d", RELU, "mean(dim=1)",
                                                         SCORES),
    # W307
    "a sound of any length": on("{shape: {mel: 80, time: 100}, preprocess: {log_mel: {like: hifigan}}}",
                                "Conv1d(16, kernel_size=3)"),
    "a sound that is filled": on("{shape: {mel: 80, time: 3000}, preprocess: {frame: 9, log_mel: {like: whisper}}}",
                                 "Conv1d(16, kernel_size=3)"),
    "a picture of any form": on("{shape: [3, 16, 16], preprocess: {resize: 20}}", conv(8), RELU, *HEAD),
    "a crop of the input's form": on("{shape: [3, 16, 24], preprocess: {center_crop: [12, 18], resize: 16}}", conv(8),
                                    RELU, *HEAD),
    "a picture of the input's size": on("{shape: [3, 16, 12], preprocess: {resize: 20, center_crop: input}}", conv(8),
                                        RELU, *HEAD),
    # W203, W306
    "a fully connected network": on("[1, 64, 64]", FLAT, "Linear(512)", RELU, SCORES),
    "an autoencoder with a flat middle": on(
        "[3, 64, 64]", conv(32), RELU, FLAT, "Linear(16)", "Linear(4096)", RELU, "Unflatten(1, (16, 16, 16))",
        "ConvTranspose2d(3, kernel_size=4, stride=4)", "Sigmoid"),
    "a head of less than a million weights": on("[3, 16, 16]", conv(64), RELU, "MaxPool2d(2)", FLAT, "Linear(100)",
                                                RELU, SCORES),
    "a row of features, channels last": on(IMAGE, conv(80), RELU, "AdaptiveMaxPool2d(1)", "permute(0, 2, 3, 1)",
                                           "LayerNorm", FLAT, SCORES),
    "a head on an 8x8 map": on(IMAGE, conv(8), RELU, "MaxPool2d(2)", FLAT, SCORES),
    "a head after global pooling": on("[3, 32, 32]", conv(1500), RELU, *HEAD),
    "channels last": on("[3, 12, 12]", conv(8), RELU, "AdaptiveMaxPool2d(1)", "permute(0, 2, 3, 1)", FLAT, SCORES),
    # W204
    "dropout of nothing before a norm": on("[64]", "Linear(32, bias=False)", "Dropout(0.0)", "BatchNorm1d", RELU,
                                           SCORES),
    "dropout, a layer, a norm": on("[64]", "Dropout(0.5)", "Linear(32, bias=False)", "BatchNorm1d", RELU, SCORES),
    "dropout before LayerNorm": on("[64]", "Linear(32)", "Dropout(0.5)", "LayerNorm", RELU, SCORES),
    # W205
    "dropout of two layers": on("[20, 6]", "r: GRU(8, num_layers=2, dropout=0.2, batch_first=True)", "last: r[:, -1]",
                                SCORES),
    "no dropout of one layer": on("[20, 6]", "r: GRU(8, dropout=0.0, batch_first=True)", "last: r[:, -1]", SCORES),
    "a Transformer of one layer": on("[20, 64]", "TransformerEncoder(nhead=4, num_layers=1, dropout=0.1, "
                                                 "batch_first=True)", "mean(dim=1)", SCORES),
    # W206
    "a depthwise kernel": on(IMAGE, conv(8), RELU, conv(8, groups=8), RELU, *HEAD),
    "1x1 in fewer groups": on(IMAGE, conv(8), RELU, conv(8, kernel_size=1, padding=0, groups=4), RELU, *HEAD),
    "one channel": on("[1, 16, 16]", conv(1, kernel_size=1, padding=0), RELU, *HEAD),
    # W207
    "one group over a map": on(IMAGE, conv(8), "GroupNorm(1)", RELU, *HEAD),
    "groups of pooled features": on("[64]", "Linear(64)", "GroupNorm(8)", RELU, SCORES),
    "one group of one channel": on(IMAGE, conv(1), "GroupNorm(1)", RELU, *HEAD),
    # W208
    "a stride on a shortcut": on(IMAGE, f"c: {conv(8)}", "a(c): ReLU", f"b(a): {conv(8, stride=2)}",
                                 "s(a): Conv2d(8, kernel_size=1, stride=2)", "add(b, s)", RELU, *HEAD),
    "a pool that thins out": on(IMAGE, conv(8), RELU, "MaxPool2d(1, stride=2)", *HEAD),
    "a transposed convolution that fills": on("[8, 4, 4]", "ConvTranspose2d(4, kernel_size=2, stride=2)", "Tanh"),
    "adaptive pooling": on("[8, 7, 7]", "AdaptiveAvgPool2d(3)", FLAT, SCORES),
    "strides and dilation with no common factor": on("[1, 99]", "Conv1d(8, kernel_size=3, dilation=3, stride=2)", RELU,
                                                     "AdaptiveMaxPool1d(1)", FLAT, SCORES),
    # W209
    "one row of eleven": on("[1, 13, 13]", "Conv2d(8, kernel_size=3)", RELU, "MaxPool2d(2)", FLAT, SCORES),
    "padding that is not read": on(IMAGE, "Conv2d(8, kernel_size=3, stride=2, padding=1)", RELU, *HEAD),
    "ceil_mode": on("[8, 5, 5]", "MaxPool2d(2, ceil_mode=True)", FLAT, SCORES),
    # W210
    "an even kernel with padding of its own": on(IMAGE, conv(8, kernel_size=4, stride=2), RELU, *HEAD),
    "an even kernel with an even dilation": on(IMAGE, conv(8, kernel_size=4, dilation=2, padding="same"), RELU, *HEAD),
    # W211
    "a row for padding": on(IDS.format(high=500), "Embedding(501, 8, padding_idx=500)", "mean(dim=1)", SCORES),
    "rows rounded up": on(IDS.format(high=50257), "Embedding(50304, 8)", "mean(dim=1)", SCORES),
    "positions beyond this text": on(IDS.format(high=500), "words: Embedding(500, 8)", "at: arange(input.shape[1])",
                                     "places: Embedding(512, 8)", "add(words, places)", "mean(dim=1)", SCORES),
    "ids without a bound": on("{shape: [40], dtype: int64, high: 500}", "add(input, 7)", "Embedding(507, 8)",
                              "mean(dim=1)", SCORES),
    # W212
    "more channels than pixels, with an activation": on("[1, 6, 6]", conv(64), RELU, *HEAD),
    "a matrix that is used again": "tie: {again.weight: up.weight}\n" + on(
        "[8]", "up: Linear(16, bias=False)", "down: Linear(8, bias=False)", "again: Linear(16, bias=False)"),
    "a wide layer at the end": on("[16]", "Linear(1000)"),
    "a decoder's first layer": on("[2]", "Linear(512)", RELU, "Linear(784)", "Sigmoid"),
    "a row that a decoder lays out as a map": on(
        "[128]", "Linear(2048)", "Unflatten(1, (128, 4, 4))",
        "ConvTranspose2d(64, kernel_size=4, stride=2, padding=1)", RELU, conv(3), "Tanh"),
    "a row that is laid out as a map and normalised": on(
        "[128]", "Linear(2048, bias=False)", "BatchNorm1d", "Unflatten(1, (128, 4, 4))", conv(3), "Tanh"),
    # W213
    "in place on what nothing reads again": on(IMAGE, conv(8), "ReLU(inplace=True)", conv(8), "ReLU(inplace=True)",
                                               *HEAD),
    "in place after a shortcut is added": on("[8, 16, 16]", f"c: {conv(8)}", "add(c, input)", "ReLU(inplace=True)",
                                             *HEAD),
    "what is read is what is written": on("[8, 16, 16]", f"c: {conv(8)}", "r: ReLU(inplace=True)", f"d: {conv(8)}",
                                          "add(r, d)", RELU, *HEAD),
    "what was read before keeps nothing": on("[8, 4, 4]", f"c: {conv(8)}", "s: add(c, input)",
                                             "r(c): ReLU(inplace=True)", "add(s, r)", RELU, *HEAD),
    "in place on a copy": on("[8, 16, 16]", f"c: {conv(8)}", "copy: clone(c)", "r: ReLU(inplace=True)", f"d: {conv(8)}",
                             "add(c, d)", RELU, *HEAD),
    # W301
    "LogSoftmax": on("[64]", SCORES, "LogSoftmax(dim=1)"),
    "Sigmoid": on("[64]", SCORES, "Sigmoid"),
    "shares of a mixture, or a policy and a value": on(
        "[64]", "a: Linear(4)", "p: softmax(dim=1)", "b(input): Linear(2)") + "outputs: [p, b]\n",
    "attention that is returned too": (
        on("[20, 8]", "scores: matmul(input, transpose(input, 1, 2))", "shares: softmax(dim=-1)",
           "mixed: matmul(shares, input)") + "outputs: [mixed, shares]\n"),
    # W302
    "Tanh": on("[64]", "Linear(10)", "Tanh"),
    "Softplus": on("[64]", "Linear(10)", "Softplus"),
    "a map of features": on(IMAGE, conv(8), RELU),
    "features that were added": on("[64]", "a: Linear(8)", "b(input): Linear(8)", "add(a, b)", RELU),
    "features that are made a direction": on("[64]", "Linear(8)", RELU, "normalize(dim=1)"),
    "dropout of nothing": on("[64]", "Linear(8)", "Dropout(0.0)"),
    # W303
    "twenty layers": on(IMAGE, f"20 * [{conv(4)}, ReLU]", "Flatten"),
    "a U-Net's joins": on("[8, 16, 16]", f"10 * [{conv(8)}, ReLU]", "cat(prev, input, dim=1)",
                          f"14 * [{conv(8)}, ReLU]", "AdaptiveMaxPool2d(1)", FLAT),
    # W304
    "a quarter of a spectrogram is seen": on(
        "[1, 64, 96]", f"{conv(16)}", RELU, "MaxPool2d(2)", f"{conv(32)}", RELU, "MaxPool2d(2)", f"{conv(64)}", RELU,
        "AdaptiveAvgPool2d(1)", FLAT, SCORES),
    "words are local": on("[8, 200]", "Conv1d(16, kernel_size=3)", RELU, "AdaptiveAvgPool1d(1)", FLAT, SCORES),
    "a fully connected head sees all": on("[3, 8, 8]", conv(8), RELU, FLAT, SCORES),
    "a dense prediction": on("[3, 64, 64]", conv(8), RELU, conv(2)),
    "squeeze and excitation": on(
        "[3, 64, 64]", f"c: {conv(8)}", "r: ReLU", "AdaptiveAvgPool2d(1)", "Conv2d(2, kernel_size=1)", RELU,
        "Conv2d(8, kernel_size=1)", "gate: Sigmoid", "mul(r, gate)", "Conv2d(8, kernel_size=3)"),
    # W305
    "max pooling is not linear": on(IMAGE, conv(8), "MaxPool2d(2)", conv(8), RELU, *HEAD),
    "1x7 and 7x1": on(IMAGE, "Conv2d(8, kernel_size=(1, 7), padding=(0, 3))",
                      "Conv2d(8, kernel_size=(7, 1), padding=(3, 0))", RELU, *HEAD),
    "a bottleneck of MobileNetV2": on(IMAGE, conv(96), RELU, "Conv2d(24, kernel_size=1)", "BatchNorm2d(affine=False)",
                                      conv(144), RELU, *HEAD).replace("kernel_size=1)", "kernel_size=1, bias=False)"),
    "a convolution that is used elsewhere too": on(IMAGE, f"c: {conv(8)}", f"d: {conv(8)}", "add(c, d)", RELU, *HEAD),
    "layer norm of channels": on(IMAGE, conv(8), "GroupNorm(1)", conv(8), RELU, *HEAD),
    "pixel shuffle": on(IMAGE, conv(48), "PixelShuffle(2)", conv(3)),
    "scores that are enlarged, as in FCN": on(
        "[64, 8, 8]", "Conv2d(21, kernel_size=1)", "ConvTranspose2d(21, kernel_size=16, stride=8, padding=4)"),
    "scores of a 3x3 that are enlarged": on(
        "[64, 8, 8]", conv(21), "ConvTranspose2d(21, kernel_size=16, stride=8, padding=4)"),
    "a 3x3 that Tucker took apart": on("[64, 8, 8]", "Conv2d(16, kernel_size=1)", conv(16), "Conv2d(64, kernel_size=1)",
                                       RELU, *HEAD),
    "a number divided by a map": on(IMAGE, conv(8), "div(1, prev)", conv(8), RELU, *HEAD),
    "a map times itself": on(IMAGE, conv(8), "mul(prev, prev)", conv(8), RELU, *HEAD),
}  # fmt: skip

FOUND = {
    # W101
    "behind a pool to 1": (on(IMAGE, conv(8), RELU, "AdaptiveMaxPool2d(1)", SCORES), ["W101"]),
    "on a signal": (on("[1, 100]", "Conv1d(8, kernel_size=9)", RELU, SCORES), ["W101"]),
    "on a spectrogram that a convolution read": (
        on("{channels: 1, time: 16, mel: 16}", conv(8), RELU, "MaxPool2d(2)", SCORES), ["W101"]),
    "behind a mean that keeps its axes": (on(IMAGE, conv(8), RELU, "amax(dim=(2, 3), keepdim=True)", SCORES), ["W101"]),
    "behind a squeeze of the wrong axis": (
        on("[8, 1, 16]", "Conv2d(8, kernel_size=(1, 3), padding=(0, 1))", RELU, "squeeze(2)", SCORES), ["W101"]),
    "channels of a signal behind a pool to 1": (on("[8, 100]", "AdaptiveAvgPool1d(1)", SCORES), ["W101"]),
    "a batch in the input": (on("[32, 784]", SCORES), ["W101"]),
    "an image as a table": (on("[28, 28]", "Linear(64)", RELU, SCORES), ["W101"]),
    "a batch of 1 in the input": (on("[1, 784]", "Linear(64)", RELU, SCORES), ["W101"]),
    # W102
    "a sub-network that nothing reads": (
        on("[64]", "x: Linear(8)", "y: [Linear(4), ReLU, Linear(2)]", "z(x): Sigmoid"), ["W102"]),
    "a block that nothing reads": (
        "input: [64]\n" + blocks("Unit:", "  - Linear(8)", "  - ReLU")
        + "layers:\n  - x: Unit\n  - y(input): Unit\n  - Linear(10)\n", ["W102"]),
    "an input that nothing reads": (pair("Linear(4)"), ["W102"]),
    "in place on what is read: of use, and doubtful": (
        on("[8, 4, 4]", f"c: {conv(8)}", "r(c): ReLU(inplace=True)", "flat(c): Flatten", SCORES), ["W213"]),
    "two ends": (on("[64]", "x: Linear(8)", "a: ReLU", "b(x): Tanh", "c(x): Sigmoid"), ["W102", "W102"]),
    "a line inside a block": (
        "input: [64]\n" + blocks("Unit:", "  - x: Linear(8)", "  - ReLU", "  - y(x): Tanh")
        + "layers:\n  - Unit\n  - Unit\n", ["W102"]),
    # W103
    "through a sigmoid": (on("[64]", "Linear(32)", RELU, "a: Linear(8)", "p: Sigmoid", "b: Linear(1)", "q: Sigmoid")
                          + "outputs: [p, q]\n", ["W103"]),
    "a wide head on a narrow one": (on("[64]", "Linear(32)", RELU, "a: Linear(1)", "b: Linear(7)")
                                    + "outputs: {first: a, second: b}\n", ["W103"]),
    "two heads on one": (on("[64]", "Linear(32)", RELU, "a: Linear(8)", "b: Linear(2)", "c(a): Linear(3)")
                         + "outputs: [a, b, c]\n", ["W103", "W103"]),
    # W104
    "sum, mean": (on("[8]", "Linear(4)", "mean(dim=0)"), ["W104"]),
    "time first by mistake": (on("[20, 6]", "r: LSTM(8, batch_first=False)", "last: r[:, -1]", SCORES), ["W104"]),
    "attention by mistake": (on("[20, 8]", "MultiheadAttention(num_heads=2, batch_first=False)", "mean(dim=1)", SCORES),
                             ["W104"]),
    "the last sample in place of the last step": (on("[20, 6]", "r: GRU(8, batch_first=True)", "last: r[-1]",
                                                     "Linear(3)"), ["W104"]),
    "flattened from 0": (on("[4, 28, 28]", "Flatten(0)", RELU), ["W104"]),
    "a view that changes the batch": (on("[4, 28, 28]", "view(-1, 784)", SCORES), ["W104"]),
    "cat along the batch": (pair("x(a): Linear(4)", "y(b): Linear(4)", "cat(x, y, dim=0)"), ["W104"]),
    "normalised along the batch": (on("[8]", "Linear(4)", "normalize(dim=0)"), ["W104"]),
    # W105
    "a var that variants set": ("vars: {n: 4, m: 2}\nvariants:\n  a: {}\n  b: {m: 3, n: 8}\n" + on("[64]", "Linear(n)"),
                                ["W105"]),
    "a var that a block's parameter hides": (
        "vars: {n: 4}\ninput: [64]\n" + blocks("Unit(n):", "  - Linear(n)") + "layers:\n  - Unit(8)\n", ["W105"]),
    "a block": ("input: [64]\n" + blocks("Unit:", "  - Linear(8)") + "layers:\n  - Linear(8)\n", ["W105"]),
    "a block's own var": (
        "input: [64]\n" + blocks("Unit:", "  vars: {n: 4}", "  layers:", "    - Linear(8)") + "layers:\n  - Unit\n",
        ["W105"],
    ),
    "a block's parameter": ("input: [64]\n" + blocks("Unit(n):", "  - Linear(8)") + "layers:\n  - Unit(8)\n", ["W105"]),
    "a parameter of the network's own": ("parameters: {mask: [1, 8]}\n" + on("[8]", SCORES), ["W105"]),
    # W106
    "a block with a mistake": ("input: [64]\n" + blocks("Unit:", "  - Liner(8)") + "layers:\n  - Linear(8)\n",
                               ["W106"]),
    # W107
    "an embedding": (
        pair("embed: Embedding(9, 4)", "x: embed(a)", "y: embed(b)", "add(x, y)").replace(
            "[8]", "{shape: [6], dtype: int64, high: 9}"), ["W107"]),
    "a branch whose first run is read by what nothing reads": (
        pair("branch: Linear(8)", "ReLU", "x: branch(a)", "y: branch(b)", "add(x, y)"), ["W107", "W102"]),
    # W108
    "two empty variants": ("vars: {n: 4}\nvariants:\n  a: {}\n  b: {}\n" + on("[64]", "Linear(n)"), ["W108"]),
    "one that sets what the base has": ("vars: {n: 4}\nvariants:\n  a: {n: 4}\n" + on("[64]", "Linear(n)"), ["W108"]),
    "two that set the same": (
        "vars: {n: 4, m: 2}\nvariants:\n  a: {n: 8}\n  b: {m: 2, n: 8}\n" + on("[64]", "Linear(n)", RELU, "Linear(m)"),
        ["W108"]),
    # W109
    "a sound": (on("[16000, 1]", "Conv1d(8, kernel_size=1)", RELU), ["W109"]),
    "behind a batch norm": (on("[28, 28, 1]", "BatchNorm2d", "MaxPool2d(2, stride=1, padding=1)", RELU), ["W109"]),
    "a batch of 1 before an image": (on("[1, 3, 32, 32]", "Conv3d(8, kernel_size=3)", RELU), ["W109"]),
    # W111
    "two towers": (pair("x(a): Tower", "y(b): Tower", "x - y", tower=SCORES), ["W111"]),
    "a distance of two towers": (pair("x(a): Tower", "y(b): Tower", "pairwise_distance(x, y)", tower=SCORES), ["W111"]),
    # W112
    "a count before a line in a group": (on("[64]", "a: Linear(64)", RELU, "2 * [ReLU, 3 * a]", SCORES), ["W112"]),
    "a count before a sub-network": (
        on("[64]", "a: {layers: [Linear(64), Tanh]}", RELU, "2 * a", SCORES), ["W112"]),
    # W201
    "behind dropout and Identity": (on("[64]", "Linear(32)", "Dropout(0.5)", "Identity", SCORES), ["W201"]),
    "with a batch norm between": (on("[64]", "Linear(32, bias=False)", "BatchNorm1d", SCORES), ["W201"]),
    "on every step of a sequence": (on(STEPS, "Linear(32)", "Linear(16)"), ["W201"]),
    "of three two": (on("[64]", "Linear(32)", "Linear(32)", "Linear(16)"), ["W201", "W201"]),
    "scaled between": (on("[64]", "Linear(32)", "mul(prev, 0.5)", SCORES), ["W201"]),
    "1x1 after 1x1, divided": (on(IMAGE, "Conv2d(8, kernel_size=1)", "div(prev, 8)", "Conv2d(8, kernel_size=1)", RELU,
                                  *HEAD), ["W201"]),
    "1x1 after 3x3": (on(IMAGE, conv(32), "Conv2d(8, kernel_size=1)", RELU, *HEAD), ["W201"]),
    "1x1 after 1x1": (on(IMAGE, "Conv2d(8, kernel_size=1)", "Conv2d(8, kernel_size=1)", RELU, *HEAD), ["W201"]),
    # W202
    "a Linear before BatchNorm1d": (on("[64]", "Linear(32)", "BatchNorm1d", RELU, SCORES), ["W202"]),
    "before InstanceNorm": (on(IMAGE, conv(8), "InstanceNorm2d", RELU, *HEAD), ["W202"]),
    "scaled before a norm": (on(IMAGE, conv(8), "mul(prev, 2)", "BatchNorm2d", RELU, *HEAD), ["W202"]),
    "a transposed convolution": (on("[8, 4, 4]", "ConvTranspose2d(4, kernel_size=2, stride=2)", "BatchNorm2d", "Tanh"),
                                 ["W202"]),
    # W307
    "a frame that is too long": (on("{shape: [1, 100], preprocess: {frame: 101}}", "Conv1d(16, kernel_size=3)"),
                                 ["W307"]),
    "other bands and other columns": (
        on("{shape: {mel: 81, time: 30}, preprocess: {frame: 8192, log_mel: {like: hifigan}}}",
           "Conv1d(16, kernel_size=3)"), ["W307", "W307"]),
    "a crop of another height": (on("{shape: [3, 16, 12], preprocess: {resize: 20, center_crop: 12}}", conv(8), RELU,
                                    *HEAD), ["W307"]),
    "a crop that is resized": (on("{shape: [3, 16, 16], preprocess: {center_crop: [12, 18], resize: 16}}", conv(8),
                                  RELU, *HEAD), ["W307"]),
    # W203, W306
    "a flat map of a million weights": (on("[1, 28, 28]", "Conv2d(32, kernel_size=3)", RELU,
                                           "Conv2d(64, kernel_size=3)", RELU, "MaxPool2d(2)", "Dropout(0.25)", FLAT,
                                           "Linear(128)", RELU, SCORES), ["W203"]),
    "a large map, moved before it is laid out": (on("[3, 16, 16]", conv(8), RELU, "permute(0, 2, 3, 1)", "flatten(1)",
                                                    SCORES), ["W306"]),
    "a large map behind a shortcut": (on("[8, 16, 16]", f"c: {conv(8)}", "add(c, input)", RELU, FLAT, SCORES),
                                      ["W306"]),
    # W204
    "dropout, an activation, a norm": (on("[64]", "Linear(32, bias=False)", "Dropout(0.5)", RELU, "BatchNorm1d",
                                          "Tanh", SCORES), ["W204"]),
    "dropout of channels, a norm: the bias is of use": (
        on(IMAGE, conv(8), "Dropout2d(0.5)", "BatchNorm2d", RELU, *HEAD), ["W204"]),
    # W206
    "in two for each channel": (on("[8, 2, 2]", "Conv2d(16, kernel_size=1, groups=8)", RELU, *HEAD), ["W206"]),
    # W207
    "two numbers a group": (on("[64]", "Linear(64)", "GroupNorm(32)", RELU, SCORES), ["W207"]),
    "one group over one cell": (on(IMAGE, conv(8), RELU, "AdaptiveMaxPool2d(1)", "GroupNorm(1)", FLAT, SCORES),
                                ["W207"]),
    # W208
    "a pool": (on("[8, 16, 16]", "MaxPool2d(2, stride=3)", *HEAD), ["W208"]),
    "every second cell": (on("[1, 99]", "Conv1d(8, kernel_size=3, dilation=2, stride=2)", RELU, "AdaptiveMaxPool1d(1)",
                             FLAT, SCORES), ["W208"]),
    "a transposed convolution with holes": (on("[8, 4, 4]", "ConvTranspose2d(4, kernel_size=2, stride=3)", "Tanh"),
                                            ["W208"]),
    # W209
    "a row of seven": (on("[8, 7, 7]", "MaxPool2d(2)", FLAT, SCORES), ["W209"]),
    "with padding in front": (on("[8, 13, 13]", "MaxPool2d(4, padding=1)", FLAT, SCORES), ["W209"]),
    "a convolution": (on("[8, 8, 8]", "Conv2d(8, kernel_size=3, stride=2)", RELU, *HEAD), ["W209"]),
    # W210
    "a kernel even along one axis": (on(IMAGE, conv(8, kernel_size=(3, 4), padding="same"), RELU, *HEAD), ["W210"]),
    # W211
    "fewer rows than ids": (on(IDS.format(high=500), "Embedding(400, 8)", "mean(dim=1)", SCORES), ["W211"]),
    "ids in another shape": (on("{shape: [4, 10], dtype: int64, high: 50}", "flatten(1)", "Embedding(400, 8)",
                                "mean(dim=1)", SCORES), ["W211"]),
    # W213
    "a tensor that the network returns": (on("[64]", "a: Linear(32)", "b: ReLU(inplace=True)", "c: Linear(8)")
                                          + "outputs: [a, c]\n", ["W213"]),
    "a tensor that backward needs": (on("[8, 4, 4]", f"c: {conv(8)}", "Tanh", "Dropout(0.5, inplace=True)", *HEAD),
                                     ["W213"]),
    "a tensor that an earlier layer keeps": (on("[8, 4, 4]", f"c: {conv(8)}", f"d: {conv(8)}", "r(c): "
                                                "ReLU(inplace=True)", "add(d, r)", *HEAD), ["W213"]),
    "before and after an in-place call": (
        on("[8]", "a: Linear(8)", "b: Tanh", "c(b): ReLU(inplace=True)", "d: ReLU(inplace=True)", "add(d, b)"),
        ["W213", "W213"]),
    "through a view": (on("[8, 4, 4]", f"c: {conv(8)}", "flat: flatten(1)", "r: ReLU(inplace=True)", "Linear(128)",
                          "v: Unflatten(1, (8, 4, 4))", "add(c, v)", *HEAD), ["W213"]),
    # W301
    "over the last axis": (on(STEPS, "Linear(8)", "Softmax(dim=-1)"), ["W301"]),
    # W302
    "dropout": (on("[64]", "Linear(10)", "Dropout(0.5)"), ["W302"]),
    "a function": (on("[64]", "Linear(10)", "relu"), ["W302"]),
    "behind a norm": (on("[64]", "Linear(10, bias=False)", "BatchNorm1d", "GELU"), ["W302"]),
    # W303
    "twenty-one layers": (on("[64]", "21 * [Linear(8), Tanh]", "Linear(8)"), ["W303"]),
    # W304
    "a mean over height and width": (on("[3, 64, 64]", conv(8), RELU, "mean(dim=(2, 3))", SCORES), ["W304"]),
    # W305
    "average pooling between": (on(IMAGE, conv(8), "AvgPool2d(2)", conv(8), RELU, *HEAD), ["W305"]),
    "3x3, a norm, 1x1": (on(IMAGE, conv(8, bias=False), "BatchNorm2d", "Conv2d(8, kernel_size=1)", RELU, *HEAD),
                         ["W305"]),
    "a factor between": (on(IMAGE, conv(8), "mul(prev, 2)", conv(8), RELU, *HEAD), ["W305"]),
    "a map and what enlarges it": (on(IMAGE, conv(8), "ConvTranspose2d(8, kernel_size=2, stride=2)", RELU, *HEAD),
                                   ["W305"]),
    "in a chain": (on(IMAGE, conv(8), conv(8), conv(8), RELU, *HEAD), ["W305", "W305"]),
    # W212 in place of W305
    "more channels than pixels see": (on("[1, 16, 16]", conv(16), conv(8), RELU, *HEAD), ["W212"]),
}  # fmt: skip

NETWORKS = {
    "a CRNN reads columns": """
        input: [1, 32, 100]
        layers:
          - Conv2d(64, kernel_size=3, padding=1)
          - ReLU
          - MaxPool2d(2)
          - Conv2d(128, kernel_size=3, padding=1)
          - ReLU
          - MaxPool2d((2, 1))
          - permute(0, 3, 1, 2)
          - flatten(2)
          - LSTM(64, bidirectional=True, batch_first=True)
          - Linear(37)
        """,
    "PANNs' head averages on purpose": """
        input: {channels: 1, time: 128, mel: 64}
        layers:
          - Conv2d(64, kernel_size=3, padding=1, bias=False)
          - BatchNorm2d
          - ReLU
          - AvgPool2d(2)
          - Conv2d(128, kernel_size=3, padding=1, bias=False)
          - BatchNorm2d
          - ReLU
          - x: mean(dim=3)
          - high: amax(x, dim=2)
          - add(high, mean(x, dim=2))
          - Linear(2048)
          - ReLU
          - Linear(527)
          - Sigmoid
        """,
    "squeeze and excitation by Linear": """
        input: [8, 16, 16]
        layers:
          - c: Conv2d(16, kernel_size=3, padding=1)
          - x: ReLU
          - mean(dim=(2, 3))
          - Linear(4)
          - ReLU
          - Linear(16)
          - gate: Sigmoid
          - mul(x, gate[:, :, None, None])
          - AdaptiveMaxPool2d(1)
          - Flatten
          - Linear(10)
        """,
    "PointNet": """
        input: [3, 1024]
        layers:
          - Conv1d(64, kernel_size=1)
          - ReLU
          - Conv1d(128, kernel_size=1)
          - ReLU
          - amax(dim=2)
          - Linear(40)
        """,
    "attention over steps that have no names": """
        input: [50, 40]
        layers:
          - x: Linear(64)
          - Tanh
          - Linear(1)
          - weights: softmax(dim=1)
          - sum(mul(x, weights), dim=1)
          - Linear(5)
        """,
    "an MLP-Mixer": """
        input: [3, 32, 32]
        blocks:
          Mixer:
            - LayerNorm
            - transpose(1, 2)
            - Linear(128)
            - GELU
            - Linear(64)
            - t: transpose(1, 2)
            - x: add(input, t)
            - LayerNorm
            - Linear(256)
            - GELU
            - Linear(32)
            - add(x, prev)
        layers:
          - Conv2d(32, kernel_size=4, stride=4)
          - flatten(2)
          - transpose(1, 2)
          - 2 * Mixer
          - LayerNorm
          - mean(dim=1)
          - Linear(10)
        """,
    "a policy and a value": """
        input: [8]
        layers:
          - Linear(64)
          - x: Tanh
          - policy: Linear(4)
          - value(x): Linear(1)
        outputs: [policy, value]
        """,
    "DETR's queries": """
        input: {time: 49, features: 64}
        parameters:
          queries: {shape: [1, 10, 64], init: normal, std: 1.0}
        layers:
          - memory: TransformerEncoderLayer(nhead=4, batch_first=True, dim_feedforward=128)
          - q: expand(queries, input.shape[0], -1, -1)
          - (q, memory): TransformerDecoderLayer(nhead=4, batch_first=True, dim_feedforward=128)
          - x: Linear(5)
        """,
    "three inputs of one network": """
        inputs:
          anchor: [3, 32, 32]
          positive: [3, 32, 32]
          negative: [3, 32, 32]
        layers:
          - embed(anchor):
              - Conv2d(16, kernel_size=3)
              - ReLU
              - AdaptiveMaxPool2d(1)
              - Flatten
              - Linear(128)
              - normalize(dim=1)
          - good: embed(positive)
          - bad: embed(negative)
        outputs: [embed, good, bad]
        """,
    "boxes of two maps": """
        input: [3, 64, 64]
        layers:
          - Conv2d(16, kernel_size=3, stride=2, padding=1)
          - a: ReLU
          - Conv2d(32, kernel_size=3, stride=2, padding=1)
          - b: ReLU
          - box_a(a): Conv2d(4, kernel_size=3, padding=1)
          - box_b(b): Conv2d(4, kernel_size=3, padding=1)
          - x: flatten(box_a, 2)
          - y: flatten(box_b, 2)
          - cat(x, y, dim=2)
        """,
    "DCGAN's generator": """
        input: [100]
        blocks:
          Up(channels):
            - ConvTranspose2d(channels, kernel_size=4, stride=2, padding=1, bias=False)
            - BatchNorm2d
            - ReLU
        layers:
          - Unflatten(1, (100, 1, 1))
          - ConvTranspose2d(512, kernel_size=4, bias=False)
          - BatchNorm2d
          - ReLU
          - Up(channels) for channels in (256, 128, 64)
          - ConvTranspose2d(3, kernel_size=4, stride=2, padding=1)
          - Tanh
        """,
    "DCGAN's discriminator": """
        input: [3, 64, 64]
        blocks:
          Down(channels):
            - Conv2d(channels, kernel_size=4, stride=2, padding=1, bias=False)
            - BatchNorm2d
            - LeakyReLU(0.2)
        layers:
          - Conv2d(64, kernel_size=4, stride=2, padding=1)
          - LeakyReLU(0.2)
          - Down(channels) for channels in (128, 256, 512)
          - Conv2d(1, kernel_size=4)
          - Flatten
          - Sigmoid
        """,
    "a variational autoencoder": """
        input: [784]
        layers:
          - Linear(400)
          - hidden: ReLU
          - mean(hidden): Linear(20)
          - log_variance(hidden): Linear(20)
          - add(mean, exp(mul(log_variance, 0.5)))
          - Linear(400)
          - ReLU
          - Linear(784)
          - image: Sigmoid
        outputs: [image, mean, log_variance]
        """,
    "MobileNetV1": """
        input: [3, 64, 64]
        blocks:
          Separable(channels, stride):
            - Conv2d(input.shape[1], kernel_size=3, stride=stride, padding=1, groups=input.shape[1], bias=False)
            - BatchNorm2d
            - ReLU
            - Conv2d(channels, kernel_size=1, bias=False)
            - BatchNorm2d
            - ReLU
        layers:
          - Conv2d(32, kernel_size=3, stride=2, padding=1, bias=False)
          - BatchNorm2d
          - ReLU
          - Separable(c, s) for c, s in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2))
          - AdaptiveAvgPool2d(1)
          - Flatten
          - Linear(1000)
        """,
    "Xception's entry: separable convolutions with a norm and no activation inside": """
        input: [3, 64, 64]
        blocks:
          Separable(channels):
            - Conv2d(input.shape[1], kernel_size=3, padding=1, groups=input.shape[1], bias=False)
            - Conv2d(channels, kernel_size=1, bias=False)
            - BatchNorm2d
        layers:
          - Conv2d(32, kernel_size=3, padding=1, bias=False)
          - BatchNorm2d
          - x: ReLU
          - Separable(64)
          - ReLU
          - Separable(64)
          - MaxPool2d(3, stride=2, padding=1)
          - y: ReLU
          - short(x): Conv2d(64, kernel_size=1, stride=2, bias=False)
          - norm: BatchNorm2d
          - add(y, norm)
          - AdaptiveMaxPool2d(1)
          - Flatten
          - Linear(10)
        """,
    "a ResNet with activations first": """
        input: [3, 32, 32]
        blocks:
          Pre(channels):
            - BatchNorm2d
            - ReLU
            - Conv2d(channels, kernel_size=3, padding=1, bias=False)
            - BatchNorm2d
            - ReLU
            - Conv2d(channels, kernel_size=3, padding=1)
            - add(input, prev)
        layers:
          - Conv2d(16, kernel_size=3, padding=1)
          - 12 * Pre(16)
          - BatchNorm2d
          - ReLU
          - AdaptiveAvgPool2d(1)
          - Flatten
          - Linear(10)
        """,
    "EDSR enlarges": """
        input: [3, 48, 48]
        blocks:
          Residual(width):
            - Conv2d(width, kernel_size=3, padding=1)
            - ReLU
            - Conv2d(width, kernel_size=3, padding=1)
            - add(input, prev)
        layers:
          - head: Conv2d(32, kernel_size=3, padding=1)
          - 4 * Residual(32)
          - Conv2d(32, kernel_size=3, padding=1)
          - add(head, prev)
          - Conv2d(128, kernel_size=3, padding=1)
          - PixelShuffle(2)
          - Conv2d(3, kernel_size=3, padding=1)
        """,
    "words by convolutions of three widths": """
        input: {shape: [40], dtype: int64, high: 5000}
        blocks:
          Width(size):
            - Conv1d(100, kernel_size=size)
            - ReLU
            - AdaptiveMaxPool1d(1)
            - Flatten
        layers:
          - Embedding(5000, 64)
          - words: transpose(1, 2)
          - three(words): Width(3)
          - four(words): Width(4)
          - five(words): Width(5)
          - cat(three, four, five, dim=1)
          - Dropout(0.5)
          - Linear(2)
        """,
    "LeNet of 1998 with tanh and average pooling": """
        input: [1, 32, 32]
        layers:
          - Conv2d(6, kernel_size=5)
          - Tanh
          - AvgPool2d(2)
          - Conv2d(16, kernel_size=5)
          - Tanh
          - AvgPool2d(2)
          - Conv2d(120, kernel_size=5)
          - Tanh
          - Flatten
          - Linear(84)
          - Tanh
          - Linear(10)
        """,
    "a GRU with attention over time": """
        input: [100, 40]
        layers:
          - gru: GRU(64, bidirectional=True, batch_first=True)
          - Linear(1)
          - shares: softmax(dim=1)
          - sum(mul(shares, gru), dim=1)
          - Linear(10)
        """,
    "two towers with shared weights": """
        inputs:
          left: [1, 28, 28]
          right: [1, 28, 28]
        layers:
          - tower(left):
              - Conv2d(16, kernel_size=3)
              - ReLU
              - MaxPool2d(2)
              - Conv2d(32, kernel_size=3)
              - ReLU
              - MaxPool2d(2, ceil_mode=True)
              - Flatten
              - Linear(32)
          - other: tower(right)
          - (tower, other): PairwiseDistance
        """,
    "stacked layers of a Transformer": """
        input: {shape: [50], dtype: int64, high: 1000}
        parameters:
          places: (1, 50, 64)
        layers:
          - Embedding(1000, 64)
          - add(prev, places)
          - Dropout(0.1)
          - TransformerEncoder(nhead=4, num_layers=6, batch_first=True)
          - LayerNorm
          - Linear(1000)
        """,
}


@pytest.mark.parametrize("text", MEANT.values(), ids=MEANT)
def test_what_is_meant_is_passed_over(text):
    assert [(finding.code, finding.diagnostic.message) for finding in findings(text)] == []


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND)
def test_what_is_wrong_is_found_in_other_clothes(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_nothing_is_found_in_networks_as_people_write_them(text):
    assert [(finding.code, finding.diagnostic.message) for finding in findings(text)] == []


def test_every_warning_has_a_near_miss():
    """The tables have a line under a comment with the code of each."""
    text = Path(__file__).read_text(encoding="utf-8")
    tables = {code for line in re.findall(r"^    # (W.*)$", text, re.MULTILINE) for code in re.findall(r"W\d{3}", line)}
    assert tables == {rule.code for rule in all_rules() if rule.code.startswith("W")}


# --- lines that run many times -------------------------------------------------------------------

REPEATED = """
    input: [8, 16, 16]
    blocks:
      Block:
        - Conv2d(8, kernel_size=3, padding=1)
        - BatchNorm2d
        - ReLU
    layers:
      - {count} * Block
      - AdaptiveMaxPool2d(1)
      - Flatten
      - Linear(10)
    """


@pytest.mark.parametrize(
    ("count", "more"),
    [(1, ""), (2, "; and the same line at 1 more place of the network"), (5, "at 4 more places of the network")],
)
def test_a_line_that_runs_many_times_is_told_once(count, more):
    (finding,) = findings(REPEATED.format(count=count))
    assert finding.diagnostic.note.endswith(more)
    assert ("more place" in finding.diagnostic.note) is (count > 1)


# --- the lines to write --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("LSTM(8, dropout=0.2, batch_first=True)", "LSTM(8, batch_first=True)"),
        ("LSTM(8, batch_first=True, dropout=0.2)", "LSTM(8, batch_first=True)"),
        ("LSTM(dropout=0.2, hidden_size=8, batch_first=True)", "LSTM(hidden_size=8, batch_first=True)"),
        ("LSTM( 8 , dropout = 0.2 , batch_first=True )", "LSTM( 8 , batch_first=True )"),
        ("GRU(4 + (2 * 2), dropout=max(0.1, 0.2), batch_first=True)", "GRU(4 + (2 * 2), batch_first=True)"),
    ],
)
def test_an_argument_is_taken_out_of_a_line_as_it_stands(line, written):
    (finding,) = findings(on("[20, 6]", f"r: {line}", "last: r[:, -1]", SCORES))
    (edit,) = finding.diagnostic.fix
    text = f"  - r: {line}"
    mended = text[: edit.span.column - 1] + edit.text + text[edit.span.end_column - 1 :]
    assert mended == f"  - r: {written}"
    assert f"`{written}`" in finding.diagnostic.help


def test_the_long_form_is_found_and_not_mended():
    text = on("[20, 6]", "r: {LSTM: {hidden_size: 8, dropout: 0.2, batch_first: true}}", "last: r[:, -1]", SCORES)
    (finding,) = findings(text)
    assert finding.diagnostic.fix == ()
    assert "without dropout" in finding.diagnostic.help


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Conv2d(8, kernel_size=3)", "Conv2d(8, kernel_size=3, bias=False)"),
        ("Conv2d(8, bias=True, kernel_size=3)", "Conv2d(8, bias=False, kernel_size=3)"),
        ("{Conv2d: {out_channels: 8, kernel_size: 3}}", "Conv2d(…, bias=False)"),
    ],
)
def test_a_line_is_shown_with_the_argument_that_it_lacks(line, written):
    (finding,) = findings(on("[3, 5, 5]", line, "BatchNorm2d", RELU, *HEAD))
    assert finding.diagnostic.help == f"write `{written}`"


def test_a_layer_that_is_called_again_is_mended_where_it_is_defined():
    """torch stops in the backward pass of the sigmoid: without `inplace` the network computes what it did."""
    text = on(
        "[8, 4, 4]",
        "act: ReLU(inplace=True)",
        f"c: {conv(8)}",
        "s: Sigmoid",
        "d: act(s)",
        f"e: {conv(8)}",
        "ReLU",
        *HEAD,
    )
    (finding,) = findings(text)
    assert finding.diagnostic.span.line == 6
    assert [edit.span.line for edit in finding.diagnostic.fix] == [3]


def test_where_a_later_line_reads_other_numbers_nothing_is_changed_unasked():
    text = on("[8, 4, 4]", f"c: {conv(8)}", "ReLU(inplace=True)", f"e: {conv(8)}", "add(c, e)", *HEAD)
    (finding,) = findings(text)
    assert (finding.code, finding.diagnostic.fix) == ("W213", ())


def test_a_line_that_is_right_in_another_use_of_its_block_has_no_fix():
    text = """
        blocks:
          Reader(layers):
            - LSTM(8, num_layers=layers, dropout=0.2, batch_first=True)
        input: [10, 4]
        layers:
          - Reader(1)
          - Reader(2)
          - last: prev[:, -1]
          - Linear(3)
    """
    (finding,) = findings(text)
    assert (finding.code, finding.diagnostic.fix) == ("W205", ())
