"""A layer's own weight as a value: `embed.weight`."""

import copy
import pickle

import pytest
import torch

import netinspect
from tests.network.building import mistakes

SPEC = """\
input: {shape: [5], dtype: int64, high: 20}
blocks:
  Mixed:
    - fc: Linear(8)
    - gru: GRU(8, batch_first=True)
    - gru + fc.weight[0] * gru.weight_ih_l0[0, 0]
layers:
  - embed: Embedding(20, 8)
  - body: Mixed
  - body(prev)
  - norm: BatchNorm1d
  - scale: norm.running_var[0] + body.fc.bias
  - inner(norm):
      - prev @ embed.weight.transpose(0, 1)
  - linear(inner, body.fc.weight[0, 0] + zeros(3, 20), scale[:3])
"""


@pytest.fixture(scope="module")
def network():
    return netinspect.loads(SPEC)


def test_it_is_the_layers_weight(network):
    model = network.build().eval()
    words = torch.randint(20, (2, 5))

    def mixed(x):
        y, _ = model.body.gru(model.body.fc(x))
        return y + model.body.fc.weight[0] * model.body.gru.weight_ih_l0[0, 0]

    hidden = model.norm(mixed(mixed(model.embed(words))))
    logits = hidden @ model.embed.weight.T
    scale = model.norm.running_var[0] + model.body.fc.bias
    weight = model.body.fc.weight[0, 0] + torch.zeros(3, 20)
    expected = torch.nn.functional.linear(logits, weight, scale[:3])
    for same in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(same(words), expected)


def test_a_gradient_reaches_it(network):
    model = network.build()
    model(torch.randint(20, (2, 5))).sum().backward()
    assert model.embed.weight.grad is not None
    assert model.body.fc.weight.grad is not None


def test_it_costs_nothing_more(network):
    assert network.verify().agrees
    totals = network.profile().totals
    assert totals.params == sum(parameter.numel() for parameter in network.build().parameters())
    assert network.profile().totals.backward_macs is not None
    assert "weight" in network.table()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("- fc.wieght + prev", "E110"),
        ("- pool.weight + prev", "E110"),
    ],
)
def test_mistakes(line, code):
    text = f"input: [4]\nlayers:\n  - fc: Linear(4)\n  - pool: ReLU\n  {line}\n"
    assert [item.code for item in mistakes(text)] == [code]
