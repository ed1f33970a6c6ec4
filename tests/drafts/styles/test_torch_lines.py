"""Lists that mix lines of a spec with statements of code: the spec computes what the code means, or none is shown."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  torch's own name for it
import yaml
from torch import nn

from netinspect.drafts.styles.torch_lines import layer_of, rewrite
from tests.drafts.outcomes import followed, reading
from tests.drafts.styles.assembling import built, flat, take_weights


@dataclass(frozen=True)
class Pair:
    """A draft, and what it means in torch: the layers in the order of their use, and the forward."""

    name: str
    draft: str
    layers: str
    forward: str
    shape: tuple[int, ...]

    def original(self) -> nn.Module:
        class Wrapped(nn.Module):
            def __init__(self, pair: Pair) -> None:
                super().__init__()
                self.code = pair.forward
                self.layers = eval(f"nn.ModuleList([{pair.layers}])", {"nn": nn})

            def forward(self, x: torch.Tensor) -> object:
                names = {"x": x, "torch": torch, "F": F, "layers": self.layers}
                exec(self.code, names)  # the test's own text
                return names["result"]

        return Wrapped(self).eval()


PAIRS = (
    Pair(
        "x is what runs through the network, beside values of its own name",
        """
        - conv: nn.Conv2d(3, 4, 3, padding=1)
        - w = torch.sigmoid(x.mean((2, 3), keepdim=True))
        - x = x * w
        - nn.Conv2d(4, 2, 1)
        """,
        "nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 2, 1)",
        "y = layers[0](x); result = layers[1](y * torch.sigmoid(y.mean((2, 3), keepdim=True)))",
        (3, 8, 8),
    ),
    Pair(
        "beside the layer above it, x is what came before",
        """
        - stem: nn.Conv2d(3, 4, 1)
        - x = F.relu(x)
        - conv: nn.Conv2d(4, 4, 3, padding=1)
        - x = conv + x
        - x = self.relu(x)
        - relu: nn.ReLU()
        """,
        "nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 3, padding=1)",
        "y = F.relu(layers[0](x)); result = F.relu(layers[1](y) + y)",
        (3, 8, 8),
    ),
    Pair(
        "beside prev, x is what came before",
        """
        - fc1: nn.Linear(6, 6)
        - x = F.relu(x)
        - fc2: nn.Linear(6, 6)
        - x = prev + x
        """,
        "nn.Linear(6, 6), nn.Linear(6, 6)",
        "y = F.relu(layers[0](x)); result = layers[1](y) + y",
        (6,),
    ),
    Pair(
        "a value is kept for a shortcut, and changed in place",
        """
        - fc1: nn.Linear(6, 6)
        - skip = x
        - fc2: nn.Linear(6, 6)
        - F.relu
        - x += skip
        - fc3: nn.Linear(6, 2)
        """,
        "nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 2)",
        "y = layers[0](x); result = layers[2](F.relu(layers[1](y)) + y)",
        (6,),
    ),
    Pair(
        "the states of a recurrent layer are taken apart",
        """
        - lstm: nn.LSTM(5, 4, num_layers=2, bidirectional=True, batch_first=True)
        - _, (h, c) = lstm
        - x = torch.cat([h[-2], h[-1]], dim=1)
        - nn.Linear(8, 3)
        """,
        "nn.LSTM(5, 4, num_layers=2, bidirectional=True, batch_first=True), nn.Linear(8, 3)",
        "h = layers[0](x)[1][0]; result = layers[1](torch.cat([h[-2], h[-1]], 1))",
        (7, 5),
    ),
    Pair(
        "layers are made and called in one expression",
        """
        - a = nn.Linear(6, 4)(x)
        - b = nn.Linear(6, 4)(x)
        - x = torch.softmax(a @ b.transpose(1, 2), dim=-1) @ nn.Linear(6, 4)(x)
        """,
        "nn.Linear(6, 4), nn.Linear(6, 4), nn.Linear(6, 4)",
        "result = torch.softmax(layers[0](x) @ layers[1](x).transpose(1, 2), dim=-1) @ layers[2](x)",
        (5, 6),
    ),
    Pair(
        "a layer that lines call is applied by them alone, and has the same weights",
        """
        - embed: nn.Linear(6, 6)
        - x = F.relu(embed(x))
        - x = embed(x)
        """,
        "nn.Linear(6, 6)",
        "result = layers[0](F.relu(layers[0](x)))",
        (6,),
    ),
    Pair(
        "two results",
        """
        - trunk:
            - nn.Linear(6, 5)
            - nn.ReLU()
        - feat = trunk(x)
        - one = nn.Linear(5, 2)(feat)
        - two = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))(feat)
        - two = torch.sigmoid(two)
        - return one, two
        """,
        "nn.Linear(6, 5), nn.Linear(5, 2), nn.Linear(5, 4), nn.Linear(4, 3)",
        "y = F.relu(layers[0](x)); result = layers[1](y), torch.sigmoid(layers[3](torch.tanh(layers[2](y))))",
        (6,),
    ),
    Pair(
        "names that are given with = again and again",
        """
        - x = nn.Linear(6, 4)
        - x = nn.ReLU()
        - x = nn.Linear(4, 2)
        """,
        "nn.Linear(6, 4), nn.Linear(4, 2)",
        "result = layers[1](F.relu(layers[0](x)))",
        (6,),
    ),
    Pair(
        "brackets over several lines, closed under the dash",
        """
        - encoder: nn.Sequential(
            nn.Linear(6, 4),   # narrow
            nn.ReLU(),
          )
        - nn.Linear(4, 6)
        """,
        "nn.Linear(6, 4), nn.Linear(4, 6)",
        "result = layers[1](F.relu(layers[0](x)))",
        (6,),
    ),
    Pair(
        "a pool over all that is there",
        """
        - nn.Conv1d(2, 3, 3)
        - x = F.avg_pool1d(x, x.shape[-1])
        - x = x.permute(0, 2, 1)
        - nn.Linear(3, 2)
        """,
        "nn.Conv1d(2, 3, 3), nn.Linear(3, 2)",
        "y = layers[0](x); result = layers[1](F.avg_pool1d(y, y.shape[-1]).permute(0, 2, 1))",
        (2, 9),
    ),
)


def file(lines: str, head: str = "input: [6]") -> str:
    """A spec with these entries."""
    return f"{head}\nlayers:\n{lines.strip(chr(10)).rstrip()}\n"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_the_spec_computes_what_the_lines_mean(pair: Pair) -> None:
    text = followed(file(pair.draft, f"input: {list(pair.shape)}"))
    assert not [found for found in reading(text).findings if found.code.startswith("E")]
    model, original = built(text).eval(), pair.original()
    take_weights(model, original, keys_agree=False)
    sample = torch.randn(3, *pair.shape)
    with torch.no_grad():
        ours, theirs = flat(model(sample)), flat(original(sample))
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their)


@pytest.mark.parametrize(
    "lines",
    [
        "- fc: nn.Linear(6, 6)\n- w = nn.Linear(6, 6)(x)\n- x = F.relu(x)\n- nn.Linear(6, 2)",  # w goes nowhere
        "- fc1: nn.Linear(6, 6)\n- fc2: nn.Linear(6, 6)\n- x = fc1(x)",  # what of fc2?
        "- _, (h, c) = nn.LSTM(6, 6, batch_first=True)(x)\n- nn.Linear(6, 2)",  # which of them?
        "- a, b = x.chunk(2, 1)\n- nn.Linear(3, 2)",
        "- fc: nn.Linear(6, 6)\n- y = fc(prev)\n- x = y + x",  # applied once, or twice?
        "- fc: nn.Linear(6, 6)\n- x = fc(x) + scale",  # scale is nothing
        "- fc: nn.Linear(6, 6)\n- for i in range(2): x = fc(x)",
        "- return x\n- nn.Linear(6, 6)(x)",
        "- trunk:\n  - nn.Linear(6, 6)\n  - x = F.relu(x)\n- x = trunk(x)",
    ],
)
def test_what_may_mean_another_net_is_not_rewritten(lines: str) -> None:
    assert rewrite("", {"input": [6], "layers": yaml.safe_load(lines)}) is None


def test_the_first_input_of_a_block_may_be_called_x() -> None:
    block = [{"up": "nn.Linear(n, n)"}, "x = torch.cat([x, skip], dim=1)"]
    lines = [{"a": "nn.Linear(6, 4)"}, {"b": "nn.Linear(4, 4)"}, "x = Up(4)(b, a)"]
    rewritten = rewrite("", {"input": [6], "blocks": {"Up(n)(x, skip)": block}, "layers": lines})
    assert rewritten is not None
    assert rewritten.blocks == ("Up(n)(x, skip):", "  - up: Linear(n, n)", "  - cat(up, skip, dim=1)")
    assert rewritten.layers == ("- a: Linear(6, 4)", "- b: Linear(4, 4)", "- (b, a): Up(4)")


def test_an_input_that_no_line_takes_is_not_dropped() -> None:
    lines = ["fc = nn.Linear(6, 2)(right)", "x = F.relu(fc)"]
    assert rewrite("", {"inputs": {"left": [6], "right": [6]}, "layers": lines}) is None


@pytest.mark.parametrize(
    "lines", [["Linear(6, 2)", {"act": "ReLU"}], ["fc = nn.Linear(6, 2)", "ReLU"], ["y = input + 1", "Linear(2)"]]
)
def test_lines_of_a_spec_are_left_to_other_messages(lines: list[object]) -> None:
    assert rewrite("", {"input": [6], "layers": lines}) is None


FILE = """\
name: Two
vars: {width: 6}
input: [6]

encoder:   # shared
  - Linear(width)
  - ReLU

# what follows stays
frozen: [encoder]

layers:
  - Twice(width)
  - self.encoder(x)
  - out = self.encoder(x)

outputs: [out]

Twice(n):
  - fc: Linear(n)
  - x += input
expect: {params: 84}
"""

MENDED = """\
name: Two
vars: {width: 6}
input: [6]

# what follows stays
frozen: [encoder]

blocks:
  Twice(n):
    - fc: Linear(n)
    - fc + input
layers:
  - Twice(width)
  - encoder:  # shared
    - Linear(width)
    - ReLU
  - out: encoder(encoder)

outputs: [out]
expect: {params: 84}
"""


def test_lists_of_the_file_come_to_their_place_and_all_else_stays() -> None:
    assert followed(FILE) == MENDED
    assert [found.code for found in reading(FILE).findings if found.code < "W2"] == ["W110"]


@pytest.mark.parametrize(
    ("body", "layer"),
    [
        ("F.dropout(x, 0.2, training=self.training)", "Dropout(0.2)"),
        ("dropout(0.2)", "Dropout(0.2)"),
        ("F.dropout(h, 0.2)", None),
        ("F.dropout(self.fc(x), 0.2)", None),
    ],
)
def test_a_function_of_what_runs_through_is_a_layer(body: str, layer: str | None) -> None:
    assert layer_of(body) == layer
