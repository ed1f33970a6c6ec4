"""Lists of tensors: turns of a repeat, what `chunk` gives and what a block takes with `*`, and where they may stand."""

import pytest
import torch

import netinspect
from tests.network.building import layers, mistakes

DENSE = """\
input: [4]
blocks:
  Dense()(*rows):
    - cat(rows, dim=1)
    - fc: Linear(2)
layers:
  - dense{i}(input, *dense.steps): Dense for i in range(3)
  - cat(input, *dense.steps, dim=1)
"""


def test_each_turn_takes_what_the_turns_before_gave():
    network = netinspect.loads(DENSE)
    model = network.build().eval()
    row = torch.randn(2, 4)
    rows = [row]
    for name in ("dense0", "dense1", "dense2"):
        rows.append(getattr(model, name).fc(torch.cat(rows, 1)))
    assert torch.equal(model(row), torch.cat(rows, 1))
    assert network.verify().agrees


@pytest.mark.parametrize(
    ("lines", "sizes"),
    [
        ("- parts: chunk(2, dim=1)\n- cat(parts, dim=2)", (2, 6)),
        ("- parts: chunk(2, dim=1)\n- stack(parts[1:], dim=1)", (1, 2, 3)),
        ("- parts: chunk(2, dim=1)\n- cat(input, *parts, dim=1)", (8, 3)),
        ("- parts: chunk(2, dim=1)\n- prev[0] + prev[-1]", (2, 3)),
        ("- chunk(2, dim=1)\n- cat(prev, dim=1)", (4, 3)),
        ("- turns: 3 * [Linear(3)]\n- cat(turns.steps, dim=1)", (12, 3)),
        ("- fc{i}: Linear(3) for i in range(2)\n- cat(*fc.steps, dim=1)", (8, 3)),
        ("- fcs.{i}: Linear(3) for i in range(2)\n- fcs.steps[-1] + fcs.steps[0]", (4, 3)),
        ("- fc{i}: Linear(3) for i in range(2)\n- part:\n    - cat(fc.steps, dim=1)", (8, 3)),
        ("- view(input, *input.shape[:1], 12)", (12,)),
    ],
)
def test_a_list_of_tensors(lines, sizes):
    network = layers(lines, shape="[4, 3]")
    assert network.outputs[0][1].type.shape[1:] == sizes


BLOCKS = """\
input: [4]
blocks:
  Halves:
    - chunk(2, dim=1)
  Named:
    layers:
      - halves: chunk(2, dim=1)
      - fc(halves[0]): Linear(3)
    outputs: {sum: fc, halves: halves}
  Pair()(x, *rest):
    - Linear(2)
    - cat(prev, *rest, dim=1)
layers:
"""


@pytest.mark.parametrize(
    ("lines", "features"),
    [
        ("- halves: Halves\n  - cat(halves, dim=1)", 4),
        ("- halves: Halves\n  - (halves[1]): Linear(7)", 7),
        ("- halves: Halves\n  - (input, *halves): Pair", 6),
        ("- named: Named\n  - cat(named, *named.halves, dim=1)", 7),
        ("- Pair", 2),
        ("- pair: Pair\n  - pair(input, input)", 6),
    ],
)
def test_a_block_takes_and_gives_lists(lines, features):
    network = netinspect.loads(f"{BLOCKS}  {lines}\n")
    assert network.build()(torch.randn(2, 4)).shape == (2, features)
    assert network.verify().agrees


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("- parts: chunk(2, dim=1)\n- Linear(3)", "E110"),
        ("- parts: chunk(2, dim=1)\n- relu(parts)", "E110"),
        ("- parts: chunk(2, dim=1)\n- parts * 2", "E110"),
        ("- cat(*input, dim=1)", "E212"),
        ("- parts: chunk(2, dim=1)", "E110"),
        ("- Conv1d(*[4, 1])", "E017"),
        ("- fc{i}: Linear(3) for i in range(2)\n- fc.steps[2]", "E215"),
        ("- fc{i}: Linear(3) for i in range(2)\n- fd.steps[0]", "E104"),
        ("- fc{i}(*fc.steps[-1]): Linear(3) for i in range(2)", "E215"),
    ],
)
def test_mistakes(lines, code):
    indented = lines.replace("\n", "\n  ")
    assert code in [item.code for item in mistakes(f"input: [4, 3]\nlayers:\n  {indented}\n")]


def test_a_mistake_in_a_turn_is_told_once():
    text = "input: [4]\nlayers:\n  - fc{i}: Linear(0) for i in range(2)\n  - cat(*fc.steps, dim=1)\n"
    assert [item.code for item in mistakes(text)] == ["E211"]
