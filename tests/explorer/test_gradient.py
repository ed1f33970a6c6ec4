"""The gradients of the page, layer by layer, against autograd."""

import json

import numpy as np
import pytest
import torch

from netinspect.api import loads
from netinspect.explorer.page import page
from netinspect.explorer.payload import Payload
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from tests.explorer.pages import texts
from tests.page.browser import browser, found

pytestmark = [
    pytest.mark.skipif(found() is None, reason="needs Chromium (Debian: apt-get install chromium)"),
    pytest.mark.xdist_group("browser"),
]

GRADIENT = """
(async () => {
  const text = (id) => document.getElementById(id).textContent;
  const net = engine.open(JSON.parse(await unpackText(text("network"))), await unpack(text("numbers")));
  await engine.run(net);
  const input = net.head.inputs[0].value;
  const gradient = gradients.of(gradients.begin(net, { at: net.head.outputs[0].value, place: PLACE }), input);
  return gradient ? [...gradient.data] : null;
})()
"""
LAYERS = {
    "Linear": ("5, 4", ["Linear(3)"]),
    "Conv1d": ("4, 20", ["Conv1d(3, kernel_size=3, stride=2, padding=1)"]),
    "Conv2d": ("4, 9, 9", ["Conv2d(6, kernel_size=3, stride=2, padding=1, groups=2)"]),
    "Conv2d reflect": ("2, 7, 7", ["Conv2d(3, kernel_size=3, padding=1, padding_mode=reflect)"]),
    "Conv3d": ("2, 4, 5, 5", ["Conv3d(2, kernel_size=2, dilation=2)"]),
    "ConvTranspose2d": ("4, 4, 4", ["ConvTranspose2d(2, kernel_size=3, stride=2)"]),
    "MaxPool2d": ("3, 8, 8", ["MaxPool2d(3, stride=2, padding=1)"]),
    "AvgPool2d": ("3, 8, 8", ["AvgPool2d(3, stride=2, padding=1)"]),
    "AdaptiveAvgPool2d": ("3, 7, 8", ["AdaptiveAvgPool2d((3, 5))"]),
    "BatchNorm2d": ("3, 5, 5", ["BatchNorm2d"]),
    "LayerNorm": ("6, 5", ["LayerNorm([6, 5])"]),
    "RMSNorm": ("6, 5", ["RMSNorm(5)"]),
    "GroupNorm": ("6, 5, 5", ["GroupNorm(3)"]),
    "Softmax": ("6, 5", ["Softmax(dim=1)"]),
    "LogSoftmax": ("6, 5", ["LogSoftmax(dim=-1)"]),
    "Softmin": ("6, 5", ["Softmin(dim=1)"]),
    "GELU": ("6, 5", ["GELU"]),
    "Sigmoid": ("6, 5", ["Sigmoid"]),
    "PReLU": ("4, 5", ["PReLU(4)"]),
    "add": ("4, 5", ["a: Linear(5)", "add(a, input)"]),
    "sub": ("4, 5", ["a: Linear(5)", "sub(a, input)"]),
    "mul": ("4, 5", ["a: Linear(5)", "mul(a, input)"]),
    "div": ("4, 5", ["a: Sigmoid", "div(input, a)"]),
    "maximum": ("4, 5", ["a: Linear(5)", "maximum(a, input)"]),
    "minimum": ("4, 5", ["a: relu(input)", "minimum(a, input)"]),  # equal wherever the input is positive
    "remainder": ("4, 5", ["a: Sigmoid", "b: mul(a, 0.1)", "remainder(input, b)"]),
    "pow": ("4, 5", ["a: Sigmoid", "b: Tanh", "pow(a, b)"]),
    "pow of a number": ("4, 5", ["pow(prev, 3)"]),
    "pow of 0": ("4, 5", ["a: relu(input)", "b: pow(a, 1)", "mul(a, b)"]),
    "where": ("4, 5", ["a: Linear(5)", "b: gt(a, input)", "c: logical_or(b, input)", "where(b, a, input)"]),
    "where spread": ("4, 5", ["a: mean(dim=2, keepdim=True)", "where(gt(input, 0), a, input)"]),
    "GLU": ("6, 5", ["a: Linear(4)", "GLU(dim=1)", "GLU(dim=2)"]),
    "attention": ("5, 4", ["a: Linear(4)", "b: Linear(4)", "scaled_dot_product_attention(a, b, input)"]),
    "causal attention": ("5, 4", ["a: Linear(4)", "scaled_dot_product_attention(a, input, input, is_causal=True)"]),
    "attention with a bias": (
        "5, 4",
        ["a: Linear(4)", "b: Linear(5)", "scaled_dot_product_attention(a, input, a, attn_mask=b)"],
    ),
    "MultiheadAttention": ("5, 8", ["MultiheadAttention(num_heads=2, batch_first=True)", "getitem(prev, 0)"]),
    "MultiheadAttention of two": (
        "5, 8",
        ["a: Linear(8)", "b(a, input, input): MultiheadAttention(num_heads=4, batch_first=False)", "getitem(prev, 0)"],
    ),
    "TransformerEncoderLayer": ("5, 8", ["TransformerEncoderLayer(nhead=2, dim_feedforward=12, batch_first=True)"]),
    "matmul": ("4, 5", ["a: Linear(4)", "matmul(a, input)"]),
    "cat": ("4, 5", ["a: Linear(5)", "cat(a, input, dim=1)"]),
    "permute": ("4, 5", ["permute(0, 2, 1)", "Linear(3)"]),
    "ReflectionPad2d": ("2, 5, 5", ["ReflectionPad2d((1, 2, 3, 0))"]),
    "Upsample": ("3, 5, 4", ["Upsample(scale_factor=2.5, mode=bilinear)"]),
    "mean": ("4, 5", ["mean(dim=1)"]),
    "PixelShuffle": ("8, 3, 4", ["PixelShuffle(2)"]),
}


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def gradient(tab, folder, payload, place):
    """Of the input, as the page of these data works it out."""
    (folder / "page.html").write_bytes(page(payload))
    tab.visit(folder / "page.html")
    tab.wait("document.body.dataset.ready")
    return tab.value(GRADIENT.replace("PLACE", str(place)))


@pytest.mark.parametrize("case", LAYERS)
def test_the_gradient_of_a_number_is_that_of_autograd(tab, tmp_path, case):
    sizes, lines = LAYERS[case]
    network = loads(f"input: [{sizes}]\nlayers:\n" + "".join(f"  - {line}\n" for line in lines))
    x = torch.from_numpy(noise(network.graph)[0].array[:1].copy()).requires_grad_()
    output = build(network.graph, seed=0).eval()(x).flatten()
    place = len(output) // 2 + 1
    output[place].backward()
    expected = x.grad.flatten().numpy()
    assert np.count_nonzero(expected) > 0
    of_page = gradient(tab, tmp_path, texts(network), place)
    np.testing.assert_allclose(of_page, expected, atol=2e-3 * np.abs(expected).max())


def test_no_gradient_is_said_of_what_is_recorded(tab, tmp_path):
    network = loads("input: [4]\nlayers:\n  - Linear(40)\n  - Linear(3)\n")
    data = texts(network)
    head = json.loads(data.network)
    head["operations"][0]["kind"], head["operations"][0]["settings"] = "recorded", {"why": "unknown"}
    head["values"][1]["stored"] = head["values"][1]["checks"]
    assert gradient(tab, tmp_path, Payload(json.dumps(head), data.numbers), 1) is None


SAYS = """
(async () => {
  const text = (id) => document.getElementById(id).textContent;
  const net = engine.open(JSON.parse(await unpackText(text("network"))), await unpack(text("numbers")));
  await engine.run(net);
  const begun = gradients.begin(net, { at: net.head.outputs[0].value, place: 0 });
  const at = net.head.values.findIndex(({ path }) => path === PATH);
  const gradient = gradients.of(begun, at);
  return gradient ? "a gradient" : gradients.gapOf(begun, at);
})()
"""
RECURRENT = "input: [3, 4]\nlayers:\n  - r: {}(3, batch_first=True)\n  - {}\n"
IDS = "input: {shape: {time: 3}, dtype: int64, high: 5}\nlayers:\n  - e: Embedding(5, 4)\n  - r: Linear(2)\n"
PARTLY = """
name: part
input: [3, 4]
layers:
  - before: Linear(4)
  - a: RNN(4, batch_first=True)
  - sum: add(before, a)
  - fc: Linear(2)
"""


@pytest.mark.parametrize(
    ("spec", "path", "words"),
    [
        (RECURRENT.format("GRU", "Linear(2)"), "input", "not worked out through r."),
        (RECURRENT.format("LSTM", "r.h_n"), "input", "not worked out through r."),
        # half of its gradient is known, which is not its gradient
        (PARTLY, "before", "not worked out through a."),
        (PARTLY, "input", "not worked out through a."),
        (PARTLY, "sum", "a gradient"),
        (IDS, "input", "No gradient"),
    ],
)
def test_what_has_no_rule_is_said_to_be_missing(tab, tmp_path, spec, path, words):
    (tmp_path / "page.html").write_bytes(page(texts(loads(spec))))
    tab.visit(tmp_path / "page.html")
    tab.wait("document.body.dataset.ready")
    assert words in tab.value(SAYS.replace("PATH", json.dumps(path)))
