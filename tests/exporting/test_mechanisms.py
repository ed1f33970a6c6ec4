"""What is odd in a spec comes out as the same network; what cannot be written is refused by name."""

import textwrap

import pytest

import netinspect
from netinspect.errors import NetinspectError
from tests.exporting.test_torch_source import assert_is_the_network

SPECS = {
    "a path beside layers without names": """
        input: [4]
        layers:
          - Linear(4)
          - inner.0: Linear(4)
          - prev + input
          - Linear(2)
        """,
    "a list called like the second class of a block": """
        input: [8]
        blocks:
          Block(wide=True):
            - fc: Linear(8)
            - norm: LayerNorm if wide
            - relu(prev) + input
        layers:
          - block0: Block
          - block1: Block(wide=False)
          - block2:
              - up: Linear(16)
              - down: Linear(8)
              - down + input
        """,
    "what only the later use of a block gives": """
        input: [4]
        blocks:
          Two:
            layers:
              - fc: Linear(4)
              - twofold: fc * 2
              - bent: relu(twofold)
            outputs: [twofold]
        layers:
          - two: Two
          - again: two(two)
          - again.bent + 1
        """,
    "a repeat of no turns": """
        input: [4]
        layers:
          - none: 0 * Linear(4)
          - fc: Linear(2)
        """,
    "a block that is frozen in one place": """
        input: [4]
        blocks:
          Scale(still):
            parameters:
              scale: {shape: [4], init: ones, frozen: still}
            layers:
              - input * scale
        layers:
          - a: Scale(False)
          - b: Scale(True)
        """,
    "a layer that an inner list calls": """
        input: [4]
        layers:
          - first: Linear(4)
          - inner:
              - again: first(prev)
              - fc: Linear(4)
          - last: first(inner)
        """,
    "outputs, an LSTM's states and a tie": """
        input: {time: 5, features: 4}
        layers:
          - up: Linear(8, bias=False)
          - lstm: LSTM(8, batch_first=True, bidirectional=True)
          - other(input): Linear(8, bias=False)
        tie: {other.weight: up.weight}
        frozen: [lstm]
        outputs: {state: lstm.c_n, hidden: lstm.h_n, out: lstm, other: other}
        """,
    "keys that are no names": """
        input: [4]
        layers:
          - "block1-0": Linear(4)
          - block1_0 + input
          - fc: Linear(2)
        """,
    "keys that are no names, one after the other": """
        input: [4]
        layers:
          - body:
              - "block3-0": Linear(4)
              - "block3-1": Linear(8)
              - "block3-2": Linear(8)
              - "block3-3": Linear(8)
          - Linear(2)
        """,
    "a weight of a layer as a value": """
        input: {shape: [6], dtype: int64, high: 10}
        layers:
          - embed: Embedding(10, 4)
          - linear(embed, embed.weight)
        """,
    "a weight that an inner list reads of its own": """
        input: [4]
        blocks:
          Tied(width):
            - down: Linear(width, bias=False)
            - linear(relu(down), down.weight.transpose(0, 1))
        layers:
          - Tied(8)
          - Tied(3)
        """,
    "buffers with formulas, in blocks and not saved": """
        input: [6, 4]
        buffers:
          positions: {value: arange(6), persistent: False}
          mask:
            value: tril(ones(6, 6))
        blocks:
          Window(size):
            buffers:
              taper:
                value: linspace(0, 1, size) ** 2 * 3
            layers:
              - input * taper.unsqueeze(1)
        layers:
          - mask @ prev + positions.unsqueeze(1)
          - Window(6)
          - Window(6)
          - prev[:, :3]
          - Window(3)
        """,
    "attention without its weights": """
        input: [5, 8]
        layers:
          - a(input, need_weights=False): MultiheadAttention(num_heads=2, batch_first=True)
          - Linear(2)
        """,
    "vars that differ in their case alone, and those named like a class or an argument": """
        name: Net
        input: [8]
        vars: {n: 5, N: 7, net: 9, b: 11}
        blocks:
          B(N, n=3):
            - Linear(N)
            - relu
            - Linear(n * 2 + b)
        layers:
          - Linear(n + 1)
          - relu
          - Linear(N + 1)
          - B(4, n=5)
          - B(5)
          - relu
          - Linear(net + 1)
        """,
    "parameters and buffers at positions": """
        input: [4]
        layers:
          - lists:
              parameters:
                0: (4, 4)
                1: {shape: [4], init: normal}
              buffers:
                2: {values: [1, 2, 3, 4]}
              layers:
                - input @ _0 + _1 * _2
          - linear(lists, lists._0, lists._1)
        """,
    "keys that are words of the language": """
        input: [4]
        layers:
          - "input": Linear(4)
          - relu
          - sub:
              - "steps":
                  - Linear(4)
                  - relu
              - "shape": Linear(4)
          - linear(input_ + sub.steps_, sub.shape_.weight)
        """,
    "inputs named like what the code calls": """
        inputs: {torch: [8], min: [8], getattr: [8]}
        layers:
          - cat(torch, min, getattr, dim=1)
          - relu
          - prev[:, :min(5, getattr.shape[1] // 2)]
        """,
    "numbered layers that do not begin at 0": """
        input: [4]
        layers:
          - w.1: Linear(5)
          - w.2: Linear(2)
        """,
    "names that the source has itself": """
        input: [8]
        vars: {torch: 8, nn: 4, Nn: 5, nN: 8, minus: 3}
        blocks:
          Block(self, nn=4, nn_=3, range=2):
            - Linear(self)
            - Linear(nn * nn_ + range)
            - torch: Linear(self)
            - relu(torch)
          MINUS()(math, lambda_):
            - super: Linear(8)
            - super - lambda_ * math
        layers:
          - 3 * Block(8)
          - Block(8, 3, nn_=5)
          - Block(torch, nn, range=1)
          - max(prev, input): MINUS
          - Linear(Nn)
          - Linear(nN)
          - Linear(minus)
        """,
    "a list of two states, taken apart": """
        input: [3, 4]
        blocks:
          Cell()(x, *states):
            layers:
              - cell(x, states[0], states[1]): LSTMCell(5)
            outputs: {cell: cell, c: cell.c}
        layers:
          - h: zeros(input.shape[0], 5)
          - state: ones(input.shape[0], 5)
          - first(input[:, 0], h, state): Cell
          - first(input[:, 1], first, first.c)
        """,
    "a module that reads no input, in a list": """
        input: [4]
        blocks:
          Weight:
            parameters:
              weight: (3, 4)
            layers:
              - weight * 2
        layers:
          - inner:
              - w: Weight
          - linear(input, inner)
        """,
    "no layers": """
        input: [4]
        layers:
          - input
        """,
    "lists of tensors": """
        input: [8]
        blocks:
          Dense(growth)(*features):
            - cat(features, dim=1)
            - Linear(growth)
        layers:
          - dense{i}(input, *dense.steps): Dense(4) for i in range(3)
          - cat(input, *dense.steps, dim=1)
          - Linear(2)
        """,
}

LOOPS = {
    "all layers of a list": """
        input: [4]
        layers:
          - inner:
              - relu(prev)
              - 3 * Linear(4)
              - relu(prev)
          - Linear(2)
        # for layer in self[0]:
        """,
    "some layers of a list": """
        input: [4]
        layers:
          - layer: input + 1
          - inner:
              - Linear(4)
              - relu(prev) + layer
              - 2 * Linear(4)
              - prev - layer
              - Linear(4)
        # for layer2 in self.inner[1:3]:
        """,
}
"""Lists of which each layer is called in turn, and the loop that each is."""


def test_layers_that_read_all_before_them_are_a_loop():
    text = """
        input: [8]
        blocks:
          Dense(growth)(*features):
            - cat(features, dim=1)
            - Linear(growth)
        layers:
          - a: Linear(8)
          - b: Linear(8)
          - dense{i}(b, *dense.steps): Dense(4) for i in range(4)
          - cat(b, *dense.steps, dim=1)
          - last: Linear(2)
          - last * dense3.sum(dim=1, keepdim=True)
        """
    network = netinspect.loads(textwrap.dedent(text))
    source = network.export()
    assert "        for i in range(4):\n" in source
    assert "torch.cat(features, 1)" in source
    assert "features[4]" in source
    assert_is_the_network(source, network.graph)


@pytest.mark.parametrize("name", LOOPS)
def test_layers_in_turn_are_a_loop(name):
    text = textwrap.dedent(LOOPS[name])
    network = netinspect.loads(text)
    source = network.export()
    loops = [line.strip() for line in source.splitlines() if line.strip().startswith("for ")]
    assert loops == [line[2:] for line in text.splitlines() if line.startswith("# ")]
    assert_is_the_network(source, network.graph)


@pytest.mark.parametrize(
    ("use", "line"),
    [
        ("cat(layers.steps[0].skip, layers.steps[1].skip, layers.steps[2].skip, dim=1)",
         "x = torch.cat(skips, 1)  # 12 x 5"),
        ("layers.steps[0].skip * layers.steps[1].skip - layers.steps[2].skip", "x = skips[0] * skips[1] - skips[2]"),
        ("layers.steps[0].skip + layers.steps[1].skip + layers.steps[2].skip + a", "x = sum(skips) + a"),
        ("cat(a, layers.steps[0].skip, layers.steps[1].skip, layers.steps[2].skip, dim=1)",
         "x = torch.cat((a, *skips), 1)  # 16 x 5"),
    ],
)  # fmt: skip
def test_what_the_turns_give_is_gathered(use, line):
    network = netinspect.loads(
        "input: [4, 5]\nblocks:\n  Layer:\n    - Conv1d(4, kernel_size=1)\n    - skip: relu(prev)\n"
        "    - input + skip * 2\nlayers:\n  - a: Conv1d(4, kernel_size=1)\n  - relu(a)\n"
        f"  - layers: Layer for i in range(3)\n  - head: Conv1d(4, kernel_size=1)\n  - {use}\n"
    )
    source = network.export()
    assert line in [written.strip() for written in source.splitlines()]
    assert "            skips.append(skip)\n" in source
    assert_is_the_network(source, network.graph)


def test_a_block_that_takes_a_list_is_one_class():
    network = netinspect.loads(textwrap.dedent(SPECS["lists of tensors"]))
    source = network.export()
    assert source.count("def forward(self, *features):\n        x = torch.cat(features, 1)") == 1
    assert source.count("class ") == 2


@pytest.mark.parametrize("name", SPECS)
def test_an_odd_spec(name):
    network = netinspect.loads(textwrap.dedent(SPECS[name]))
    assert_is_the_network(network.export(), network.graph)


@pytest.mark.parametrize("name", ["Net\nprint('run')\n#", 'A\n"""', "\\"])
def test_a_name_is_no_code(name):
    network = netinspect.loads({"name": name, "input": [4], "layers": ["Linear(2)"]})
    text = network.export()
    assert [line for line in text.splitlines() if line and not line.startswith((" ", "class ", "from ", "#"))] == []
    assert_is_the_network(text, network.graph)


def test_a_block_that_takes_other_steps_when_it_is_called_again_is_refused():
    network = netinspect.loads(
        textwrap.dedent("""
        inputs: {left: [4], right: [4]}
        blocks:
          Minus()(x, y):
            - bias(x): Linear(4)
            - sub(prev, y)
        layers:
          - m(left, left): Minus
          - again: m(left, right)
        """)
    )
    with pytest.raises(NetinspectError, match="`m` is called again, and takes other steps there"):
        network.export()


def test_the_folder_of_a_spec_is_not_told(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: [4]\nlayers:\n  - fc: Linear(2)\n")
    assert netinspect.export(path).startswith("# From the spec net.yaml\n\nfrom torch import nn\n\n\nclass Net(")
