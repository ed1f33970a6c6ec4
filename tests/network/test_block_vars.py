"""A block or sub-network may have vars of its own, worked out from its inputs' shapes."""

import json

import pytest
import torch

import netinspect
from netinspect.language import Source, parse
from netinspect.language.write import spec_text
from tests.exporting.test_torch_source import assert_is_the_network
from tests.network.building import mistakes

SPEC = """\
name: Heads
input: {time: 6, features: 16}
vars: {act: ReLU}

blocks:
  Attention(dim=8):
    vars:
      rows: input.shape[0]
      heads: input.shape[-1] // dim
      width: heads * dim
    parameters:
      scale: width
    layers:
      - qkv: Linear(3 * width)
      - view(qkv, rows, -1, 3, heads, dim).permute(2, 0, 3, 1, 4).unbind(0)
      - scaled_dot_product_attention(prev[0], prev[1], prev[2]).transpose(1, 2).flatten(2)
      - prev * scale
      - 2 * [Linear(width), act]

layers:
  - first: Attention
  - second: Attention(4)
  - head:
      vars:
        fewer: input.shape[-1] // 2
      layers:
        - Linear(fewer)
        - act
        - Linear(fewer)
"""


def test_they_follow_from_the_input_s_shape():
    network = netinspect.loads(SPEC)
    widths = [layer.out_features for layer in network.build().modules() if isinstance(layer, torch.nn.Linear)]
    assert widths == [48, 16, 16, 48, 16, 16, 8, 8]
    assert network.verify().agrees
    wider = netinspect.loads(SPEC, input_shape=(9, 32))
    assert wider.verify().agrees
    assert wider.build()(torch.randn(2, 9, 32)).shape == (2, 9, 16)


def test_a_size_stays_right_when_the_model_runs_on_another_length():
    model = netinspect.loads(SPEC).build().eval()
    for batch, length in ((3, 4), (1, 11)):
        assert model(torch.randn(batch, length, 16)).shape == (batch, length, 8)


def test_they_are_written_and_read_again():
    tree = parse(Source("heads.yaml", SPEC)).spec
    text = spec_text(tree)
    assert "    vars:\n      rows: input.shape[0]\n      heads: input.shape[-1] // dim\n" in text
    assert spec_text(parse(Source("again.yaml", text)).spec) == text
    assert netinspect.loads(text).profile().totals == netinspect.loads(SPEC).profile().totals


def test_in_json_an_expression_of_their_names_is_one():
    body = {"vars": {"fewer": "input.shape[-1] // 2"}, "layers": [{"Linear": {"out_features": "fewer"}}]}
    spec = {"input": [8], "blocks": {"Half": body}, "layers": ["Half"]}
    assert netinspect.loads(json.dumps(spec)).profile().totals.params == 8 * 4 + 4


def test_the_source_of_torch_is_the_same_network():
    network = netinspect.loads(SPEC)
    assert_is_the_network(network.export(), network.graph)


@pytest.mark.parametrize(
    ("own", "code", "words"),
    [
        ("input", "E212", "`width` is a number, text, a list or a layer type, never a tensor"),
        ("relu(input)", "E212", "`width`"),
        ("other + 1", "E104", "other"),
        ("input.shape[0]", "E307", "depends on the batch size"),
        ("after * 2\n      after: 3", "E104", "after"),
        ("3\n      size: 4", "E107", "`size` is already the name of"),
        ("3\n      fc: 4", "E107", "`fc` is already the name of"),
    ],
)
def test_mistakes(own, code, words):
    text = f"""\
input: [8]
blocks:
  Wide(size=4):
    vars:
      width: {own}
    layers:
      - fc: Linear(width + size)
layers:
  - Wide
"""
    diagnostics = mistakes(text)
    assert [item.code for item in diagnostics] == [code], diagnostics
    assert words in diagnostics[0].message


def test_a_repeat_over_one_is_counted():
    text = """\
input: [8]
blocks:
  Many:
    vars: {count: 9_000}
    layers:
      - count * [ReLU]
layers:
  - 40 * Many
"""
    assert [item.code for item in mistakes(text)] == ["E501"]
