"""Buffers of a scope: declared, used by name, counted, built, and refused where they make no sense."""

import copy
import json

import jsonschema
import pytest
import torch

import netinspect
from tests.network.building import mistakes

SPEC = """\
input: [3, 8, 8]
blocks:
  Normal(width):
    buffers:
      mean: (1, width, 1, 1)
      std: {shape: 1, values: [2], dtype: float32}
    layers:
      - input - mean
      - prev / std
buffers:
  count: {shape: [], dtype: int64}
  bins: {values: [0, 1, 2], dtype: int64}
  table: {values: [[1, 2], [3, 4]], shape: [2, 2], scale: 0.5, persistent: False}
layers:
  - norm: Normal(3)
  - conv: Conv2d(4, kernel_size=3)
  - prev * table[1, 0]
"""


@pytest.fixture(scope="module")
def network():
    return netinspect.loads(SPEC)


def test_the_state_dict_has_the_persistent_ones(network):
    state = network.build().state_dict()
    assert list(state) == ["count", "bins", "norm.mean", "norm.std", "conv.weight", "conv.bias"]
    assert state["count"].dtype == torch.int64
    assert state["count"].shape == ()
    assert state["bins"].tolist() == [0, 1, 2]
    assert state["norm.mean"].shape == (1, 3, 1, 1)
    assert state["norm.std"].tolist() == [2.0]


def test_values_and_zeros_are_what_it_computes_with(network):
    model = network.build()
    picture = torch.randn(2, 3, 8, 8)
    assert torch.equal(model.norm(picture), picture / 2)
    assert torch.allclose(model(picture), model.conv(picture / 2) * 1.5)
    with torch.no_grad():
        model.norm.mean.fill_(1.0)
    assert torch.equal(model.norm(picture), (picture - 1) / 2)


def test_a_copy_keeps_what_is_persistent(network):
    model = copy.deepcopy(network.build())
    assert "table" not in model.state_dict()
    assert dict(model.named_buffers())["table"].tolist() == [[0.5, 1.0], [1.5, 2.0]]


def test_they_are_no_parameters(network):
    totals = network.profile().totals
    assert totals.params == sum(parameter.numel() for parameter in network.build().parameters()) == 112
    rows = {row.path: row for row in network.profile().rows}
    assert rows["norm.mean"].type == "Buffer"
    assert rows["norm.mean"].params == 0


def test_torch_agrees(network):
    assert network.verify().agrees


def test_the_summary_shows_them(network):
    assert "Buffer" in network.table()


def test_a_block_that_is_called_again_has_them_once():
    model = netinspect.loads(
        """\
input: [3]
blocks:
  Shift:
    buffers:
      shift: 3
    layers:
      - input + shift
layers:
  - shift: Shift
  - ReLU
  - shift(prev)
"""
    ).build()
    assert list(model.state_dict()) == ["shift.shift"]
    model.shift.shift.fill_(1.0)
    assert model(torch.zeros(1, 3)).tolist() == [[2.0, 2.0, 2.0]]


def spec(buffers, line="- input + offset"):
    return f"input: [4]\nbuffers:\n{buffers}\nlayers:\n  {line}\n"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (spec("  offset: {dtype: int64}"), "E202", "neither `shape` nor `values`"),
        (spec("  offset: {shape: 4, scale: 2}"), "E212", "`scale` belongs to `values`"),
        (spec("  offset: {shape: 4, persistent: False}"), "E212", "not persistent needs `values`"),
        (spec("  offset: {values: [1, 2, 3], shape: 4}"), "E214", "3 values, and the shape takes 4"),
        (spec("  offset: {values: [a, b]}"), "E104", "`a`"),
        (spec("  offset: {values: ['a']}"), "E212", "a buffer holds numbers"),
        (spec("  offset: {values: [1], scale: 'a'}"), "E212", "`scale` is a number"),
        (spec("  input: 4", "- ReLU"), "E108", "`input`"),
        (spec("  offset: {shape: 4, dtype: float8}"), "E213", "float8"),
        (spec("  offset: {shape: 4, init: normal}"), "E012", "init"),
        (
            spec("  offset: 4\nparameters:\n  offset: 4"),
            "E107",
            "`offset` is already the name of an input or a parameter",
        ),
    ],
)
def test_mistakes(text, code, message):
    texts = {item.code: f"{item.message} {item.note} {item.help}" for item in mistakes(text)}
    assert code in texts
    assert message in texts[code]


def test_the_schema_has_them():
    import yaml

    schema = json.loads(netinspect.schema()) if isinstance(netinspect.schema(), str) else netinspect.schema()
    validator = jsonschema.Draft7Validator(schema)
    assert list(validator.iter_errors(yaml.safe_load(SPEC))) == []
    wrong = yaml.safe_load(SPEC.replace("dtype: int64}", "dtype: 7}"))
    assert list(validator.iter_errors(wrong))
