"""A layer or block that is called again has its weights once, wherever it is called from."""

import copy
import pickle

import pytest
import torch

from netinspect.torch_backend.build import build

TWICE = """
    inputs: {left: [4], right: [4]}
    layers:
      - embed(left): Linear(4)
      - other: embed(right)
      - sub(embed, other)
"""

FROM_INSIDE = """
    input: [4]
    layers:
      - embed: Linear(4)
      - inner:
          - Linear(4)
          - embed(prev)
          - deeper:
              - Linear(4)
              - embed(prev)
      - repeat: 2 * embed
"""

BLOCK = """
    inputs: {left: [4], right: [4]}
    blocks:
      Two:
        - a: Linear(4)
        - b: Linear(4)
        - add(a, b)
    layers:
      - two(left): Two
      - more: two(right)
      - cat(two, more, two.b, more.a, dim=1)
"""

BLOCK_FROM_INSIDE = """
    input: [4]
    blocks:
      Two:
        - a: Linear(4)
        - b: Linear(4)
        - add(a, b)
    layers:
      - two: Two
      - inner:
          - Linear(4)
          - more: two(prev)
          - sub(more, more.a)
"""

AMBIGUOUS = """
    inputs: {left: [4], right: [4]}
    blocks:
      Minus()(x, y):
        - bias(x): Linear(4)
        - sub(prev, y)
    layers:
      - (left, left): Minus
      - m(left, left): Minus
      - again: m(left, right)
"""


def test_a_layer_called_twice_is_one_module(network):
    model = build(network(TWICE))
    left, right = torch.randn(2, 3, 4)
    assert list(model.state_dict()) == ["embed.weight", "embed.bias"]
    assert torch.equal(model(left, right), model.embed(left) - model.embed(right))


def test_an_inner_list_calls_a_layer_of_an_outer_one_without_a_second_key(network):
    model = build(network(FROM_INSIDE))
    assert list(model.state_dict()) == [
        "embed.weight", "embed.bias", "inner.0.weight", "inner.0.bias", "inner.deeper.0.weight", "inner.deeper.0.bias",
    ]  # fmt: skip
    x = torch.randn(3, 4)
    assert torch.equal(model(x), _from_inside(model, x))


def _from_inside(model, x):
    """What FROM_INSIDE means, with the layers where they were made."""
    inner, deeper = getattr(model.inner, "0"), getattr(model.inner.deeper, "0")
    embed = model.embed
    return embed(embed(embed(deeper(embed(inner(embed(x)))))))


def _copies(model):
    return {
        "deepcopy": copy.deepcopy(model),
        "pickle": pickle.loads(pickle.dumps(model)),
        "deepcopy of pickle": copy.deepcopy(pickle.loads(pickle.dumps(model))),
    }


@pytest.mark.parametrize("way", ["deepcopy", "pickle", "deepcopy of pickle"])
def test_a_copy_shares_its_own_layer_with_its_own_inner_lists(network, way):
    model = build(network(FROM_INSIDE))
    x = torch.randn(3, 4)
    expected = model(x)
    copied = _copies(model)[way]
    assert torch.equal(copied(x), expected)
    assert list(copied.state_dict()) == list(model.state_dict())
    with torch.no_grad():
        copied.embed.weight.mul_(2)
    assert torch.equal(copied(x), _from_inside(copied, x))
    assert not torch.equal(copied(x), expected)
    assert torch.equal(model(x), expected)


def test_a_block_called_again_gives_the_inner_values_of_each_use(network):
    model = build(network(BLOCK))
    left, right = torch.randn(2, 3, 4)
    a, b = model.two.a, model.two.b
    expected = (a(left) + b(a(left)), a(right) + b(a(right)), b(a(left)), a(right))
    assert torch.equal(model(left, right), torch.cat(expected, dim=1))
    assert list(model.state_dict()) == ["two.a.weight", "two.a.bias", "two.b.weight", "two.b.bias"]


def test_an_inner_list_calls_a_block_of_an_outer_one(network):
    model = build(network(BLOCK_FROM_INSIDE))
    x = torch.randn(3, 4)
    a, b = model.two.a, model.two.b
    y = getattr(model.inner, "0")(a(x) + b(a(x)))
    assert torch.equal(model(x), a(y) + b(a(y)) - a(y))
    assert list(model.state_dict()) == [
        "two.a.weight", "two.a.bias", "two.b.weight", "two.b.bias", "inner.0.weight", "inner.0.bias",
    ]  # fmt: skip


def test_a_block_called_again_is_one_module(network):
    model = build(network(BLOCK))
    seen = []
    model.two.register_forward_hook(lambda *_: seen.append("two"))
    model(*torch.randn(2, 3, 4))
    assert seen == ["two", "two"]
    assert [name for name, _ in model.named_modules()] == ["", "two", "two.a", "two.b"]


def test_a_use_that_one_graph_cannot_serve_has_a_graph_of_its_own_over_the_same_layers(network):
    model = build(network(AMBIGUOUS))
    left, right = torch.randn(2, 3, 4)
    assert torch.equal(model(left, right), model.m.bias(left) - right)
    assert list(model.state_dict()) == ["0.bias.weight", "0.bias.bias", "m.bias.weight", "m.bias.bias"]


def test_a_block_with_a_parameter_of_its_own_called_again(network):
    model = build(
        network("""
            inputs: {left: [4], right: [4]}
            blocks:
              Shift()(x, y):
                parameters: {by: {shape: 4, init: ones}}
                layers:
                  - add(x, by)
                  - sub(prev, y)
            layers:
              - s(left, left): Shift
              - t: s(right, right)
              - u: s(left, right)
              - stack(s, t, u, dim=1)
        """)
    )
    left, right = torch.randn(2, 3, 4)
    with torch.no_grad():
        model.s.by.fill_(3.0)
    expected = torch.stack((left + 3 - left, right + 3 - right, left + 3 - right), dim=1)
    assert torch.equal(model(left, right), expected)
    assert list(model.state_dict()) == ["s.by"]


@pytest.mark.parametrize("text", [TWICE, FROM_INSIDE, BLOCK, BLOCK_FROM_INSIDE, AMBIGUOUS])
def test_export_and_compile(network, text):
    spec = network(text)
    model = build(spec)
    inputs = tuple(torch.randn(3, 4) for _ in spec.inputs)
    expected = model(*inputs)
    exported = torch.export.export(model, inputs)
    assert torch.equal(exported.module()(*inputs), expected)
    assert list(exported.state_dict) == list(model.state_dict())
    assert torch.equal(torch.compile(model, backend="eager", fullgraph=True)(*inputs), expected)
