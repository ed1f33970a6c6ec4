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
        (spec("  offset: {dtype: int64}"), "E202", "no `shape`, `values` or `value`"),
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


FORMULAS = """\
input: [4, 8]
vars: {length: 4}
blocks:
  Distance(size):
    - rows: arange(size)
    - abs(rows[:, None] - rows)
  Masked(size):
    buffers:
      mask:
        value: tril(ones(size, size))
        persistent: False
    layers:
      - mask @ input
buffers:
  distance: {value: Distance(length)}
  ramp: {value: -arange(length) * 0.5}
layers:
  - masked: Masked(4)
  - again(prev): Masked(4)
  - masked(prev)
  - prev + distance[:, :1] + ramp[:, None]
"""


def test_a_formula_is_worked_out_once():
    network = netinspect.loads(FORMULAS)
    model = network.build()
    buffers = dict(model.named_buffers())
    rows = torch.arange(4)
    assert torch.equal(buffers["distance"], (rows[:, None] - rows).abs())
    assert torch.equal(buffers["ramp"], -rows * 0.5)
    mask = torch.ones(4, 4).tril()
    assert torch.equal(buffers["masked.mask"], mask)
    assert list(model.state_dict()) == ["distance", "ramp"]
    x = torch.randn(2, 4, 8)
    expected = mask @ (mask @ (mask @ x)) + buffers["distance"][:, :1] + buffers["ramp"][:, None]
    assert torch.equal(model(x), expected)
    assert [row.type for row in network.profile().rows][:2] == ["Buffer", "Buffer"]
    assert not any("arange" in row.path or "tril" in row.path for row in network.profile().rows)
    assert network.verify().agrees
    assert all(not buffer.is_meta or name for name, buffer in network.build(device="meta").named_buffers())


def test_formulas_are_copied_and_counted_in_bytes():
    network = netinspect.loads(FORMULAS)
    copied = copy.deepcopy(network.build())
    assert torch.equal(dict(copied.named_buffers())["again.mask"], torch.ones(4, 4).tril())
    buffers = sum(row.buffers for row in network.profile().rows)
    assert buffers == sum(buffer.numel() for buffer in network.build().buffers()) == 16 + 4 + 2 * 16


@pytest.mark.parametrize(
    ("buffer", "code"),
    [
        ("{value: arange(3), shape: 3}", "E212"),
        ("{value: arange(3), values: [0, 1, 2]}", "E212"),
        ("{value: arange(3), scale: 2}", "E212"),
        ("{value: arange(3), dtype: int64}", "E212"),
        ("{value: input}", "E104"),
        ("{value: prev}", "E104"),
        ("{value: conv}", "E102"),
        ("{value: Conv2d}", "E202"),
        ("{value: Inner}", "E212"),
        ("{value: 7}", "E212"),
        ("\n    value: chunk(arange(4), 2, dim=0)", "E110"),
        ("{value: aranje(3)}", "E101"),
    ],
)
def test_mistakes_in_a_formula(buffer, code):
    text = (
        "input: [3, 8, 8]\nblocks:\n  Inner:\n    - ones(2, 3)\n    - Linear(3)\n"
        f"buffers:\n  index: {buffer}\nlayers:\n  - conv: Conv2d(4, kernel_size=3)\n  - prev * 2\n"
    )
    assert code in [item.code for item in mistakes(text)]
