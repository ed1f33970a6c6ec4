"""Names that are paths, and keys that are no names: the state dict has them, and lines refer to them with `_`."""

import pytest
import torch

import netinspect
from tests.network.building import mistakes

PATHS = """\
input: [3]
layers:
  - convs.0: Linear(4)
  - norms.0: LayerNorm
  - convs.1(convs_0): Linear(4)
  - norms.1: LayerNorm
  - norms_0 + norms_1
  - "head-{i}": Linear(4) for i in range(2)
  - "last-0": Linear(2)
  - last_0 * 2
"""


@pytest.fixture(scope="module")
def network():
    return netinspect.loads(PATHS)


def test_the_keys(network):
    modules = [key.removesuffix(".weight") for key in network.build().state_dict() if key.endswith("weight")]
    assert modules == ["convs.0", "convs.1", "norms.0", "norms.1", "head-0", "head-1", "last-0"]


def test_it_computes_with_them(network):
    model = network.build().eval()
    row = torch.randn(2, 3)
    convs, norms = model.convs, model.norms
    first = getattr(convs, "0")(row)
    second = getattr(norms, "1")(getattr(convs, "1")(first))
    hidden = getattr(norms, "0")(first) + second
    for key in ("head-0", "head-1", "last-0"):
        hidden = getattr(model, key)(hidden)
    assert torch.equal(model(row), hidden * 2)


def test_torch_agrees(network):
    assert network.verify().agrees


def test_the_summary_has_the_keys(network):
    assert [row.path for row in network.profile().rows if row.params][:3] == ["convs.0", "norms.0", "convs.1"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("- convs: Linear(4)\n  - convs.0: Linear(4)", "E107"),
        ("- convs.0: Linear(4)\n  - convs: Linear(4)", "E107"),
        ("- convs.0: Linear(4)\n  - convs.0: Linear(4)", "E107"),
        ("- convs.0: Linear(4)\n  - convs_0: Linear(4)", "E107"),
        ('- "a-b": Linear(4)\n  - a_b: Linear(4)', "E107"),
        ("- a-b: Linear(4)", "E108"),
        ("- convs..0: Linear(4)", "E108"),
        ("- convs.forward: Linear(4)", "E108"),
        ('- "a b": Linear(4)', "E108"),
    ],
)
def test_mistakes(lines, code):
    assert code in [item.code for item in mistakes(f"input: [3]\nlayers:\n  {lines}\n")]
