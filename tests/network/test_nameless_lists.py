"""A list in a list without a name is a sub-network, whose key is its position."""

import pytest
import torch

import netinspect
from tests.network.building import mistakes

SPEC = """\
input: [4]
layers:
  - - Linear(8)
    - ReLU
  - body:
      - - - Linear(8)
        - shortcut: Linear(8)
      - [ReLU, Linear(3)]
  - [Linear(2)]
"""


def test_its_key_is_its_position():
    network = netinspect.loads(SPEC)
    model = network.build().eval()
    keys = [key.removesuffix(".weight") for key in model.state_dict() if key.endswith("weight")]
    assert keys == ["0.0", "body.0.0.0", "body.0.shortcut", "body.1.1", "2.0"]
    row = torch.randn(2, 4)
    hidden = model.body[0].shortcut(model.body[0][0](model[0](row)))
    assert torch.equal(model(row), model[2](model.body[1](hidden)))
    assert network.verify().agrees


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("- a: Linear(3)\n  - [a, a]", "E216"),
        ("- - Linear(3, kernel_size=2)", "E201"),
        ("- - - \n  - Linear(3)", "E017"),
    ],
)
def test_mistakes(lines, code):
    assert code in [item.code for item in mistakes(f"input: [4]\nlayers:\n  {lines}\n")]
